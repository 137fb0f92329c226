"""Every displayed equation of a chapter runs, and the labelled ones are the code's."""

import json
import re

import pytest

from book import agreement, latex
from places import at

# (chapter, how the equation begins): why it cannot be run.
NOT_RUN = {}

EQUATIONS = [e for path in agreement.chapters() for e in agreement.displayed(path)]
RUN = [e for e in EQUATIONS if not any(e.tex.startswith(x[1]) for x in NOT_RUN)]


def named(equation):
    return f"{equation.chapter}[{equation.cell}]{equation.label or equation.tex[:40]}"


@pytest.mark.parametrize("equation", RUN, ids=named)
def test_every_equal_sign_holds_on_random_networks(equation):
    with at(named(equation)):
        # Slopes are exact to a few parts in 1e15; a dozen terms stay far below 1e-9.
        off = agreement.equation_disagreement(equation)
        assert off < 1e-9, f"the sides differ by {off:.2g} in {equation.tex}"


def test_every_equation_that_is_not_run_still_stands_in_its_chapter():
    for chapter, start in NOT_RUN:
        assert any(e.chapter == chapter and e.tex.startswith(start) for e in EQUATIONS)


@pytest.mark.parametrize("label", agreement.coded())
def test_a_labelled_equation_is_derived_once_in_the_same_form(label):
    homes = [e for e in EQUATIONS if e.label == label]
    assert len(homes) == 1, f"{label} is typeset in {[e.chapter for e in homes]}"
    with at(named(homes[0])):
        coded, home = agreement.coded()[label], agreement.model(homes[0].model)
        assert label in home.equations, f"{home} has no {label}"
        chain = home.parse_block(homes[0].tex)[0]
        said = chain == [coded.lhs, coded.relation, coded.rhs]
        assert said, f"{homes[0].tex} is not the docstring's {coded.tex}"


def test_labels_are_unique_in_the_book():
    labels = [e.label for e in EQUATIONS if e.label]
    assert sorted(labels) == sorted(set(labels))


SIZED = re.compile(r"\\underset\{((?:[^{}]|\{[^{}]*\})*)\}\{")


def sized(tex):
    """(size, what has it) of everything under which a displayed block writes a size."""
    for found in SIZED.finditer(tex):
        depth, end = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(tex[end], 0)
            end += 1
        yield found[1], tex[found.end() : end - 1]


def test_a_size_written_below_an_array_is_its_size():
    count = 0
    for path in agreement.chapters():
        for shown in agreement.displayed(path):
            model = agreement.model(shown.model)
            instance = model.instance(0)
            sizes = {
                kind: instance.world.size(letter)
                for letter, kind in model.notation.over.items()
                if kind != "examples"
            } | {"n": instance.lanes}
            for said, tex in sized(shown.tex):
                words = re.sub(r"\\text\{(\w+)\}", r"\1", said).split(r"\times")
                array = instance.whole(latex.expression(tex, model.notation))
                wanted = tuple(sizes[word.strip()] for word in words)
                place = f"{shown.chapter}[{shown.cell}]{shown.label}"
                assert array.shape == wanted, f"{place}: {tex} is not {said}"
                count += 1
    assert count >= 20


ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": 0}
NAMED = re.compile(rf"\b[Tt]he ({'|'.join(ORDINALS)})\b(?! term)")
SPOKEN = re.compile(r"\bthe first line\b.*\bthe second\b", re.IGNORECASE | re.DOTALL)


def lines(equation):
    """How many lines the chain of a displayed block goes on for, or 1."""
    sides = [side for row in equation.tex.split(r"\\") for side in row.split("\n")]
    found = [side for side in sides if re.search(r"&\s*=", side)]
    return len(found) if found and re.match(r"\s*&\s*=", found[-1]) else 1


@pytest.mark.parametrize("path", agreement.chapters(), ids=lambda path: path.stem)
def test_the_text_says_what_each_line_of_a_derivation_does(path):
    """So that a line cannot be lost: nothing else would be wrong without it."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    text = {
        k: "".join(cell["source"])
        for k, cell in enumerate(cells)
        if cell["cell_type"] == "markdown"
    }
    long = {e.cell: lines(e) for e in EQUATIONS if e.chapter == path.stem}
    long = {cell: count for cell, count in long.items() if count > 1}
    for cell, count in long.items():
        after = next((text[k] for k in sorted(text) if k > cell), "")
        named = NAMED.findall(f"{text[cell]} {after}")
        said = sorted(ORDINALS[word] or count for word in named)
        assert said[1 - count :] == list(range(2, count + 1)), (
            f"{path.stem}[{cell}]: {count} lines, and the text speaks of {named}"
        )
    for k in text:
        before = max((other for other in text if other < k), default=k)
        spoken = bool(SPOKEN.search(text[k]))
        assert not spoken or {k, before} & set(long), (
            f"{path.stem}[{k}] speaks of lines, {path.stem}[{before}] has not several"
        )


def test_a_unit_has_its_output_worked_out_if_its_net_input_is():
    """A line that is lost in a pass with numbers leaves one of them out."""
    found = {}
    for equation in EQUATIONS:
        for left, *rest in agreement.model(equation.model).parse_block(equation.tex):
            units = [u for u in left[2:] if isinstance(u, str) and len(u) > 1]
            worked = (rest[-1][-1] if rest[-1][0] == "neg" else rest[-1])[0] == "num"
            if left[0] == "var" and len(units) == 1 and worked:
                place = equation.chapter, equation.model
                found.setdefault(place, {}).setdefault(left[1], set()).add(units[0])
    for (chapter, model), units in found.items():
        for equation in agreement.model(model).equations.values():
            kind, *parts = equation.rhs
            if kind == "call" and parts[1][0] == "var" and equation.name in units:
                net = parts[1][1]
                assert units[equation.name] == units.get(net), f"{chapter}: {units}"


UNIT = re.compile(r"\b(input|hidden|output)(?: unit)? (\d)\b")


@pytest.mark.parametrize("equation", EQUATIONS, ids=named)
def test_a_block_works_out_each_unit_that_the_line_before_it_names(equation):
    path = next(p for p in agreement.chapters() if p.stem == equation.chapter)
    cell = json.loads(path.read_text("utf-8"))["cells"][equation.cell]
    place = equation.chapter, equation.cell
    here = [e for e in EQUATIONS if (e.chapter, e.cell) == place].index(equation)
    before = "".join(cell["source"]).split("$$")[2 * here]
    line = before.strip().rpartition("\n")[2]
    if r"\begin" in equation.tex and line.endswith(":"):
        chains = agreement.model(equation.model).parse_block(equation.tex)
        worked = {unit for left, *_ in chains for unit in left[2:]}
        said = {f"{layer[0]}{number}" for layer, number in UNIT.findall(line)}
        assert said <= worked, f"{named(equation)}: {said - worked} is named before it"
