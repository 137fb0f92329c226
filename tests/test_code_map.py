"""Line by line: no equation without its code, no code without its equation."""

import inspect
import re
from pathlib import Path

import pytest

import backprop as bp
from book import model
from bookext import source
from bookext.declared import displayed, ideas
from bookext.listing import _numbers

ROOT = Path(__file__).resolve().parent.parent
IDEAS = ideas()
EQUATIONS = {e.label: e for idea in IDEAS for e in idea.equations.values()}

# Public functions of backprop.py that repeat, choose or start, and compute nothing new.
WITHOUT_EQUATION = {
    "draw", "forward", "gradient", "network", "steps", "train", "transfer_function",
}  # fmt: skip


# ---- what is listed


def test_every_module_with_labelled_equations_is_listed():
    labelled = [
        path.stem
        for path in (ROOT / "code").glob("*.py")
        if re.search(r"\(eq-[a-z].*?\.\. math::", path.read_text("utf-8"), re.DOTALL)
    ]
    assert sorted(idea.name for idea in IDEAS) == sorted(labelled)


def test_modules_stand_in_the_order_of_the_chapters_that_derive_them():
    first = [idea.chapters[0] for idea in IDEAS]
    assert first == sorted(first)
    toy, network, *_ = IDEAS
    assert toy.name == "throw" and toy.chapters == [1]
    assert network.name == "backprop" and network.chapters == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("chapters, words", [
    ([], ""),
    ([3], ", chapter 3"),
    ([3, 4], ", chapters 3 and 4"),
    ([2, 3, 4, 5], ", chapters 2 to 5"),
    ([2, 4, 7], ", chapters 2, 4 and 7"),
])  # fmt: skip
def test_a_section_names_its_chapters(chapters, words):
    assert _numbers(chapters) == words


@pytest.mark.parametrize("name", ["code-map", "source", "notation", "glossary"])
def test_the_built_page_has_every_module_and_every_equation(pages, name):
    html = (pages / "back" / f"{name}.html").read_text("utf-8")
    for idea in IDEAS:
        if name != "glossary":
            title = f"{idea.title} ({idea.name}.py{_numbers(idea.chapters)})"
            assert title in html, title
        if name in ("code-map", "source"):
            for label in idea.equations:
                assert f"#code-{label}" in html, label


def test_words_are_left_out_of_the_source_and_nothing_else(pages):
    html = (pages / "back" / "source.html").read_text("utf-8")
    for idea in IDEAS:
        text = idea.path.read_text("utf-8")
        left_out = source._words(text)
        lines = text.splitlines()
        assert (
            lines[left_out[0] - 1].startswith(("#", "WORDS"))
            and lines[left_out[-1] - 1] == "}"
        )
        shown = set(map(int, re.findall(rf'id="{idea.name}-(\d+)"', html)))
        assert f"Lines {left_out[0]} to {left_out[-1]} are left out here" in html
        missing = set(range(1, len(lines) + 1)) - shown - set(left_out)
        assert not any(lines[number - 1].strip() for number in missing), missing


# ---- what is computed


@pytest.mark.parametrize("label", EQUATIONS)
def test_every_equation_of_the_code_has_a_chapter(label):
    derived = {e.label for e in displayed()}
    place = f"{EQUATIONS[label].module}.{EQUATIONS[label].function}"
    assert label in derived, f"{place} computes {label}, and no chapter typesets it"


def test_every_function_of_the_algorithm_has_its_equation():
    (network,) = (idea for idea in IDEAS if idea.name == "backprop")
    with_equation = {e.function.split(".")[0] for e in network.equations.values()}
    public = {
        name
        for name, thing in vars(bp).items()
        if inspect.isfunction(thing)
        and thing.__module__ == "backprop"
        and not name.startswith("_")
    }
    assert public - with_equation == WITHOUT_EQUATION


def test_the_quantities_of_a_pass_are_those_of_the_equations_in_their_order():
    labels = [said.__metadata__[1] for said in bp.Pass.__annotations__.values()]
    own = model.models("backprop")["backprop"]
    assert labels == [label for label in own.order if own.carriers[label].owner is None]


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: idea.name)
def test_phases_part_the_equations_without_gap(idea):
    for one in idea.models:
        for label in one.order if one.phases else ():
            assert (label in idea.phases) == (one.carriers[label].owner is None), label
    counts = {}
    for phase, number, of in idea.phases.values():
        counts[phase] = counts.get(phase, 0) + 1
        assert number == counts[phase] <= of


@pytest.mark.parametrize("label", EQUATIONS)
def test_the_line_of_an_equation_is_in_its_function(label):
    equation = EQUATIONS[label]
    thing = next(idea.module for idea in IDEAS if idea.name == equation.module)
    for name in equation.function.split("."):
        thing = getattr(thing, name)
    lines, first = inspect.getsourcelines(thing)
    code = lines[equation.line - first].strip()
    assert code == equation.code
    assert code.startswith(("return ", f"{equation.name} = ")), code
