"""The numbers of every exercise of the book: each slip has its own, none is given away,
and what is said speaks of nothing that comes later."""

import html
import json
import re
from functools import cache

import numpy as np
import pytest

import backprop as bp
from book import ideas, mistakes
from book.collisions import collisions
from book.judge import ROUNDED, fit, judge, read, suspects
from conftest import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
STATE = re.compile(r'data-widget="exercise" data-state="(.*?)"', re.DOTALL)


def cells(path):
    return json.loads(path.read_text("utf-8"))["cells"]


def told(cell):
    """What a reader of a cell sees of its output, as text."""
    for output in cell.get("outputs", []):
        yield "".join(output.get("text", []))
        yield "".join(output.get("data", {}).get("text/plain", []))


def instance_of(state):
    """The Instance that the page makes of a stored exercise: of its model, or else of
    the network of Part I."""
    given = dict(state["given"])
    functions = given.pop("functions")
    if "book" in state:
        for letter, numbers in functions.items():
            numbers = dict(numbers)
            given[letter] = getattr(bp, numbers.pop("name"))(**numbers)
        return ideas.given(ideas.model(state["book"]["model"]["name"]), **given)
    numbers = dict(functions["f"])
    f = getattr(bp, numbers.pop("name"))(**numbers)
    net = bp.Network(*(np.array(given[name]) for name in "wbvc"), f)
    X, D = np.array([given["X"]]), np.array([given["D"]])
    model = ideas.model("backprop")
    return ideas.given(model, net=net, X=X, D=D, eta=given["eta"])


@cache
def exercises():
    """(chapter, number of the cell, label, place, instance) of every number that an
    exercise of the book asks for."""
    found = []
    for path in CHAPTERS:
        for k, cell in enumerate(cells(path)):
            for output in cell.get("outputs", []):
                page = "".join(output.get("data", {}).get("text/html", []))
                for stored in STATE.findall(page):
                    state = json.loads(html.unescape(stored))
                    instance = instance_of(state)
                    found += [
                        (path, k, label, tuple(place), instance)
                        for label, place, _, given in state["rows"]
                        if given is None
                    ]
    return found


def named(one):
    path, k, label, place, _ = one
    return f"{path.name[:2]}-{k} {label} {','.join(map(str, place))}"


def test_the_exercises_of_the_book_are_found():
    assert len(exercises()) >= 40
    assert {path.name[:2] for path, *_ in exercises()} >= {"02", "03", "04", "05", "06"}


@pytest.mark.parametrize("one", exercises(), ids=named)
def test_no_two_likely_slips_have_one_number(one):
    _, _, label, place, instance = one
    assert collisions(label, instance, place) == []


@pytest.mark.parametrize("one", exercises(), ids=named)
def test_no_answer_is_printed_earlier_in_its_chapter(one):
    path, k, label, place, instance = one
    right = abs(mistakes.right_value(label, instance, place))
    for earlier in cells(path)[: k + 1]:
        if "remove-cell" in earlier["metadata"].get("tags", []):
            continue
        for text in ["".join(earlier["source"]), *told(earlier)]:
            for number in re.findall(r"(?<![\w.])\d+\.\d+(?![\w.]*\d)", text):
                typed = read(number)
                given = typed.digits > 2 and fit(typed, right) >= ROUNDED
                assert not given, (number, text[:300])


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name[:2])
def test_no_stored_feedback_sends_a_reader_ahead(path):
    for cell in cells(path):
        for text in told(cell):
            for number in re.findall(r"Read again: [\w-]+, chapter (\d\d)", text):
                assert number <= path.name[:2], text


# Of the stepper's example, what cannot be told apart when few digits are typed.
RUNNING = {
    ("eq-output-delta", (1,)): ("factor-two", "no-difference"),
    ("eq-hidden-delta", (0,)): ("slope-at-output", "updated-v"),
    ("eq-hidden-delta", (1,)): ("slope-at-output", "updated-v"),
    ("eq-slope-w", (1, 0)): ("weight-for-input", "output-for-input"),
    ("eq-slope-b", (0,)): ("weight-for-input", "decimal"),
}


def test_what_the_running_example_cannot_tell_apart_is_named_together():
    running = ideas.given(ideas.model("backprop"))
    for label in ideas.computed(running.model):
        right = mistakes.right_value(label, running)
        for place in np.ndindex(np.shape(right)):
            found = collisions(label, running, place)
            known = RUNNING.get((label, place))
            assert found == ([known] if known else [])
            for pair in found:
                around = suspects(label, running, place)
                wrong = {one["id"]: one["value"] for one in around.mistakes}
                value = wrong[pair[0] if pair[0] in wrong else pair[1]]
                told = judge(f"{value:.2g}", right[place], around)
                assert {one["id"] for one in told.found} >= set(pair), told
