"""Exercises in a page without a kernel, answered in Chromium from file://."""

import html
import json
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT, stored

import backprop as bp
import examples
from book import ideas, mistakes
from book.exercise import exercise
from bookext.widgets import scripts

NET, X, D = examples.running()
STEPS = {s.label: s for s in bp.steps(NET, X, D)}
RUNNING = ideas.given(ideas.model("backprop"))
PLACES = {
    label: {"number": f"9.{k}", "chapter": f"#{label}", "code": ""}
    for k, label in enumerate(STEPS)
}


@pytest.fixture(scope="module")
def made():
    return "".join(scripts(ROOT / "code/book/exercise.js", PLACES).values())


@pytest.fixture
def open_page(live_page, made):
    """A phone that shows some exercises."""

    def opened(*exercises, **media):
        sheets = "tools/bookext/theme/static/book.css", "code/book/exercise.css"
        body = "".join(map(stored, exercises))
        page = live_page(made, body, sheets, size=(360, 800), **media)
        page.locator(".exercise li").first.wait_for()
        return page

    return opened


def places():
    """Every quantity of the pass: its words, its label and its place."""
    for label, step in STEPS.items():
        for place in np.ndindex(np.shape(step.value)[-len(step.indices) or 99 :]):
            unit = "".join(f"{letter}{k + 1}" for letter, k in zip(step.indices, place))
            yield f"{label} {unit}".strip(), label, place


def answered(page, row, text):
    item = page.locator(".exercise li").nth(row)
    item.locator("input").fill(text)
    item.locator("input").press("Enter")
    return item.locator("p").inner_text()


def test_every_quantity_is_called_right_and_every_mistake_by_its_name(open_page):
    asked = list(places())
    page = open_page(exercise([words for words, _, _ in asked]))
    named = 0
    for row, (words, label, place) in enumerate(asked):
        value = STEPS[label].value
        value = value[0] if np.ndim(value) > len(place) else value
        for digits in 3, 5:
            said = answered(page, row, f"{value[place]:.{digits}g}".replace("-", "−"))
            assert said.startswith(("Right", "✓ Right")), (words, said)
        known = {m.id: m for m in mistakes.mistakes(label)}
        for id, wrong in mistakes.wrong_values(label, RUNNING, place).items():
            if np.isclose(wrong, value[place], rtol=1e-6):
                continue
            said = answered(page, row, repr(wrong))
            name = re.sub(r"_(\w)", r"\1", known[id].name)
            assert name in said and known[id].label in PLACES, (words, id, said)
            assert "Read again: (9." in said
            named += 1
    assert named > 150


def test_what_is_no_number_or_no_known_mistake_is_answered_kindly(open_page):
    page = open_page(exercise(["eq-hidden-delta h1"]))
    assert answered(page, 0, "").startswith("Type a number")
    assert answered(page, 0, "abc") == "That is not a number."
    assert answered(page, 0, "1e999") == "That is not a number."
    said = answered(page, 0, "0.777")
    assert "None of the mistakes" in said and "Read again" in said
    assert "0.026" not in page.content()


def test_neither_page_nor_notebook_holds_the_answers():
    one = exercise(["eq-hidden-delta h1"], given=["eq-output-delta o1"])
    text = stored(one) + repr(one)
    answer = abs(STEPS["eq-hidden-delta"].value[0, 0])
    assert f"{answer:.4f}"[2:] not in text
    state = json.loads(html.unescape(re.search('data-state="(.*?)"', text)[1]))
    assert [row[3] for row in state["rows"]] == ["−0.06496", None]
    assert repr(one) == "δ_o1 = −0.06496\nδ_h1 = …"
    both = exercise(["eq-error", "eq-slope-b"])
    assert repr(both).splitlines() == ["E = …", "∂E/∂b_h1 = …", "∂E/∂b_h2 = …"]


def test_exercises_are_for_everyone(open_page):
    for scheme in "light", "dark":
        page = open_page(
            exercise(["eq-slope-v h1o2", "eq-update-v h1o2"], given=["eq-hidden h1"]),
            exercise(["eq-error"]),
            color_scheme=scheme,
        )
        assert answered(page, 1, "0.5")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        wide = "document.documentElement.scrollWidth"
        assert page.evaluate(wide) <= 360


def test_another_network_can_be_asked_about(open_page):
    net = bp.network(np.random.default_rng(1), (2, 3, 1), bp.Tanh())
    x, d = np.array([[0.5, -0.5]]), np.array([[0.2]])
    page = open_page(exercise(["eq-hidden-delta h3"], net, x, d))
    found = {s.label: s.value for s in bp.steps(net, x, d)}
    assert "Right" in answered(page, 0, f"{found['eq-hidden-delta'][0, 2]:.4g}")


def test_a_quantity_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="'eq-nothing h1' has no equation"):
        exercise(["eq-nothing h1"])
    for words in "eq-hidden-delta o1", "eq-hidden-delta h3", "eq-hidden-delta h":
        with pytest.raises(ValueError, match="expected one like eq-hidden-delta h1"):
            exercise([words])
