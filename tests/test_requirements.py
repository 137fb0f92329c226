"""What is imported is declared where it is needed, and a student needs little."""

import ast
import json
import re
import sys
from pathlib import Path

import pytest

if sys.version_info < (3, 11):
    import tomli as tomllib
else:
    import tomllib

ROOT = Path(__file__).parent.parent
FOLDERS = (
    "code",
    "tools",
    "slides",
    "chapters",
    "back",
    "tests",
    "benchmarks",
    "experiments",
)
FILES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".ipynb") and ".ipynb_checkpoints" not in path.parts
)
OURS = {
    part
    for path in FILES
    if path.suffix == ".py"
    for part in (path.stem, path.parent.name)
}
# Packages whose name is not that of their module.
PACKAGES = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "sklearn": "scikit-learn",
    "websocket": "websocket-client",
    "yaml": "pyyaml",
}


def names(lines):
    """The normalised names of what the requirement lines ask for."""
    found = (re.match(r"[\w.-]+", line) for line in lines if not line.startswith("-e"))
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found if match}


def lines(name):
    return (ROOT / name).read_text("utf-8").splitlines()


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
CODE = names(PROJECT["dependencies"])
STUDENT = names(lines("requirements-student.txt"))
BOOK = names(lines("requirements.txt"))
TESTS = BOOK | names(EXTRAS["tests"]) | names(EXTRAS["peers"])
# slides/make_decks.py prints PDFs with the tests' browser (tools/chromium.py).
BROWSER = BOOK | {"playwright"}
DECLARED = {
    "code": CODE,
    "chapters": STUDENT,
    "back": STUDENT,
    "experiments": STUDENT,
    "tools": BROWSER | {"pytest"},  # tools/copies.py runs the tests of a copy
    "slides": BROWSER,
    "tests": TESTS,
    "benchmarks": TESTS,
}


def imported(text):
    """The top names of the modules that Python source imports."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def source(path):
    """The Python of a file; of a notebook, that of its cells."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        return text
    cells = json.loads(text)["cells"]
    code = ("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    return "\n".join(re.sub(r"(?m)^[%!].*", "", cell) for cell in code)


@pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_every_import_is_declared(path):
    declared = DECLARED[path.relative_to(ROOT).parts[0]]
    for module in set(imported(source(path))) - sys.stdlib_module_names - OURS:
        package = names([PACKAGES.get(module, module)])
        assert package <= declared, f"{module} is of {package}, which is not declared"


def test_what_is_declared_twice_is_declared_alike():
    book = set(lines("requirements.txt"))
    assert (
        set(PROJECT["dependencies"]) <= set(lines("requirements-student.txt")) <= book
    )
    assert CODE < STUDENT < BOOK


def test_requirements_name_what_the_book_stands_on():
    assert {"jupyter-book", "numpy", "ipywidgets", "matplotlib", "nbval"} <= BOOK
    for name in ("requirements.txt", "requirements-student.txt"):
        first, *others = lines(name)
        assert first == "-e ."
        for line in others:
            assert re.fullmatch(r"[\w-]+>=[\d.]+,<[\d.]+", line), line


def pins():
    """Each pinned package, with the packages that ask for it."""
    asked = {}
    for line in lines("constraints.txt"):
        if line and not line.startswith("#"):
            assert re.match(r"[a-z0-9.-]+==\S+ .*# via ", line), line
            pin, by = line.split("# via ")
            asked.setdefault(pin.split("==")[0], set()).update(by.split(", "))
    return asked


def test_everything_is_pinned_with_its_reason_but_pytorch():
    wanted = BOOK | names(EXTRAS["tests"]) | names(EXTRAS["lint"])
    assert wanted <= set(pins())
    assert "torch" not in pins()


def test_a_student_installs_at_most_120_packages():
    asked, needed = pins(), set(STUDENT)
    while more := {name for name, by in asked.items() if by & needed} - needed:
        needed |= more
    assert {"numpy", "contourpy", "ipykernel", "tornado"} <= needed
    assert (
        not {"sphinx", "jupyter-book", "nbval", "sphinx-revealjs", "playwright"}
        & needed
    )
    assert len(needed) <= 120, sorted(needed)
