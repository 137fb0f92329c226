"""The recipe of CONTRIBUTING.md, followed to the letter in a copy of the book."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import pytest

import refresh
from book import agreement, mistakes

ROOT = Path(__file__).resolve().parent.parent
RECIPE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
SECTION = RECIPE.partition("## Add a chapter\n")[2].partition("\n## ")[0]
PARTS = "code", "tests", "tools", "slides", "chapters", "back"
FILES = "pyproject.toml", "references.bib", "index.md", "CONTRIBUTING.md", "_toc.yml"


def blocks():
    """The indented blocks of the recipe: what it says to write or to run."""
    found = re.findall(r"(?:^(?: {4,}.*)?\n)+", SECTION, re.MULTILINE)
    return [textwrap.dedent(block).strip() + "\n" for block in found if block.strip()]


def written(comment):
    """The path and the text of the block that begins with a comment of its path."""
    block = next(block for block in blocks() if re.match(comment, block))
    first, _, text = block.partition("\n")
    return first.removeprefix("# "), text


MODULE, CODE = written(r"# code/\w+\.py\n")
NOTEBOOK, IMPORTS = written(r"# chapters/\S+\.ipynb\n")
EQUATION = next(block for block in blocks() if block.startswith("$$"))
CLAIM = next(block for block in blocks() if block.startswith("|"))
LABEL = re.search(r"\((eq-[\w-]+)\)", EQUATION)[1]
STEM, CHAPTER = Path(MODULE).stem, Path(NOTEBOOK).stem
ID, NUMBER = CLAIM.split()[1], CHAPTER[:2]
COMMAND = re.search(
    r"^\.venv/bin/pytest (\S.*) -k \"(.*)\"$", "".join(blocks()), re.MULTILINE
)


def notebook(equation):
    """The chapter that the recipe describes, as it is stored."""
    skipped = {"slideshow": {"slide_type": "skip"}}
    notes = {"slideshow": {"slide_type": "notes"}, "tags": ["remove-cell"]}
    told = nbformat.v4.new_markdown_cell
    cells = [
        told(
            "# Pooling\n\nAfter this chapter you can\n\n* take a mean.",
            metadata=skipped,
        ),
        told("About 30 minutes.", metadata=notes),
        nbformat.v4.new_code_cell(IMPORTS.strip(), metadata=skipped),
        told("## The mean of a window\n\n" + equation, metadata=skipped),
        told("## Sources\n\nNone.", metadata=skipped),
    ]
    return refresh.canonical(nbformat.v4.new_notebook(cells=cells))


def followed(book, code=CODE, equation=EQUATION, claim=CLAIM):
    """A copy of the book in which the recipe has been followed."""
    for part in PARTS:
        ignored = shutil.ignore_patterns("__pycache__", "_build", ".*")
        shutil.copytree(ROOT / part, book / part, ignore=ignored)
    for file in FILES:
        shutil.copy(ROOT / file, book / file)
    (book / MODULE).write_text(code, "utf-8")
    (book / NOTEBOOK).write_text(notebook(equation), "utf-8")
    page = book / "back" / "claims-under-test.md"
    row = re.compile(rf"^\| {ID} \|.*\n", re.MULTILINE)
    page.write_text(row.sub(lambda _: claim, page.read_text("utf-8")), "utf-8")
    return book


def running(book, tests, chosen):
    """The tests of a copy, started."""
    path = os.pathsep.join(str(book / part) for part in ("code", "tools", "slides"))
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short",
         *tests, "-k", chosen],
        cwd=book,
        env={
            **os.environ,
            "PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "1",
            # Plugins take longer to load than these tests to run.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


def changed(text, old, new):
    assert text.count(old) == 1, f"the recipe has no longer one {old!r}"
    return text.replace(old, new)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What the tests say, and their status: the recipe followed, then broken."""
    folder = tmp_path_factory.mktemp("recipe")
    waiting = (
        f"| {ID} | A claim. | To be built. | chapter {NUMBER} | chapter to come |\n"
    )
    wrong = {
        "function": {"code": changed(CODE, "return x.", "return -x.")},
        "docstring": {"code": changed(CODE, r"y = \frac", r"y = -\frac")},
        "chapter": {"equation": changed(EQUATION, r"\frac", r"-\frac")},
    }
    quick = ["tests/test_derivation.py", "tests/test_equations.py"]
    asked = {
        "followed": running(
            followed(folder / "followed"), COMMAND[1].split(), COMMAND[2]
        ),
        "waiting": running(
            followed(folder / "waiting", claim=waiting),
            ["tests/test_claims.py"],
            "judged",
        ),
    }
    for place, change in wrong.items():
        asked[place] = running(followed(folder / place, **change), quick, LABEL)
    return {name: (run.communicate()[0], run.returncode) for name, run in asked.items()}


def test_the_recipe_followed_to_the_letter_is_green(runs):
    words, status = runs["followed"]
    assert status == 0 and " passed" in words, words
    assert "skipped" not in words


def test_a_claim_that_waited_for_the_chapter_is_asked_for(runs):
    words, status = runs["waiting"]
    assert status == 1 and f"judge these claims: {{'{ID}'" in words, words


@pytest.mark.parametrize("place, red, named", [
    ("function", ["is_computed_by_its_function"], f"{STEM}.mean_pool({LABEL})"),
    ("docstring", ["is_computed_by_its_function", CHAPTER, "in_the_same_form"], LABEL),
    ("chapter", [CHAPTER, "in_the_same_form"], f"{CHAPTER}[3]{LABEL}"),
])  # fmt: skip
def test_each_of_the_three_with_another_sign_is_red_and_named(runs, place, red, named):
    words, status = runs[place]
    assert status == 1, f"a wrong {place} passes: {words}"
    failed = re.findall(r"^FAILED (\S+)", words, re.MULTILINE)
    assert len(failed) == len(red), failed
    assert all(any(part in test for test in failed) for part in red), failed
    assert all(LABEL in test for test in failed) and named in words, words


def test_the_mistake_of_the_recipe_is_one():
    block = re.search(r"^    Kind\(\n.*?^    \),$", RECIPE, re.MULTILINE | re.DOTALL)[0]
    kind = eval(textwrap.dedent(block).rstrip(","), vars(mistakes))
    for label, change in kind.changes.items():
        right = agreement.coded()[label].rhs
        assert change(right) != right
