"""Exercises in a page without a kernel, answered in Chromium from file://."""

import html
import json
import re

import comm
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

import backprop as bp
import examples
from book import ideas, mistakes
from book.exercise import exercise
from book.model import models
from bookext.widgets import scripts
from conftest import ROOT, stored

NET, X, D = examples.running()
STEPS = {s.label: s for s in bp.steps(NET, X, D)}
RUNNING = ideas.given(ideas.model("backprop"))
PLACES = {
    label: {"number": f"9.{k}", "chapter": f"#{label}", "code": ""}
    for k, label in enumerate(STEPS)
}

BORDER = "field => getComputedStyle(field).borderTopColor"


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


def test_an_answer_that_is_not_right_keeps_its_field_and_shows_no_answer(open_page):
    page = open_page(exercise(["eq-hidden-delta h1"]))
    assert answered(page, 0, "") == "Type a number."
    field = page.locator(".exercise input")
    assert field.get_attribute("aria-invalid") is None
    said = answered(page, 0, "0.777")
    assert "too large in size" in said and "Read again: (9." in said
    assert field.get_attribute("aria-invalid") == "true"
    assert field.evaluate("field => field === document.activeElement")
    assert "0.026" not in page.content()
    assert "Read again" not in answered(page, 0, "-0.0255")


def test_escape_clears_the_field_its_redness_and_its_feedback_together(open_page):
    page = open_page(exercise(["eq-hidden-delta h1"]))
    usual = page.locator(".exercise input").evaluate(BORDER)
    assert answered(page, 0, "7")
    field, said = page.locator(".exercise input"), page.locator(".exercise li p")
    assert field.evaluate(BORDER) != usual
    page.keyboard.press("Escape")
    assert field.input_value() == "" and said.inner_text() == ""
    assert field.evaluate(BORDER) == usual
    assert answered(page, 0, "-0.02602").endswith("Right.")
    page.keyboard.type("1")
    assert said.inner_text() == "" and field.evaluate(BORDER) == usual


def test_what_is_typed_into_a_field_is_for_nobody_else(open_page):
    """A notebook takes Enter for its cell, and then it answers nothing."""
    page = open_page(exercise(["eq-output o1"]))
    page.evaluate(
        """() => {
          window.heard = [];
          document.addEventListener("keydown", (event) => {
            heard.push(event.key);
            if (event.key === "Enter") event.preventDefault();
          });
        }"""
    )
    page.locator(".exercise input").focus()
    for key in "9", "ArrowLeft", "Enter", "Escape", "Escape", "Tab":
        page.keyboard.press(key)
        if key == "Enter":
            assert page.get_by_role("status").inner_text()
    assert page.evaluate("heard") == ["Escape", "Tab"]


def test_an_exercise_is_answered_by_keyboard_and_each_verdict_heard_once(open_page):
    page = open_page(exercise(["eq-hidden-delta"]))
    page.keyboard.press("Tab")
    page.keyboard.type("-0.02602")
    page.keyboard.press("Enter")
    item = page.locator(".exercise li").first
    assert item.locator("p").inner_text().endswith("Right.")
    # The reply is a status, spoken by itself; the field is not described by it as well.
    assert item.locator("p").get_attribute("role") == "status"
    assert item.locator("input").get_attribute("aria-describedby") is None
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type("0.02211")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator(".exercise li.right").count() == 2
    # Who comes back later hears it with the field.
    back = item.locator("input").get_attribute("aria-describedby")
    assert back == item.locator("p").get_attribute("id")


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


def test_a_notebook_is_told_all_of_an_exercise_as_it_opens(monkeypatch):
    """What came later would be missing where it is drawn at once, or drawn again."""
    opened, create = [], comm.create_comm
    monkeypatch.setattr(
        comm, "create_comm", lambda **told: opened.append(told) or create(**told)
    )
    made = exercise(["eq-softmax-delta o1"], O=[[0.2, 0.8]], D=[[0.0, 1.0]])
    (told,) = [o["data"]["state"] for o in opened if "rows" in o["data"]["state"]]
    for name in "rows", "given", "book", "said":
        assert told[name] == getattr(made, name) != {}, name


@pytest.mark.parametrize("chapter", ["02", "04"])
def test_what_is_said_speaks_of_nothing_that_comes_later(chapter, browser, tmp_path):
    """Every mistake in every equation, in a page of a chapter: what is said names no
    quantity, and sends to no equation, of a later one."""
    questions = list({label: one for one in places() for label in [one[1]]}.values())
    labels = {label: f"{ideas.chapter(label)}-x.html#{label}" for label in STEPS}
    labels["eq-logistic-slope"] = "04-x.html#eq-logistic-slope"
    later = {
        "δ": "04", "delta": "04", "f′": "04", "δh": "05",
    }  # fmt: skip
    known = {
        label: {"number": f"{int(at[:2])}.1", "chapter": at, "code": ""}
        for label, at in labels.items()
    }
    asked = [words for words, _, _ in questions]
    made = "".join(scripts(ROOT / "code/book/exercise.js", known).values())
    path = tmp_path / f"{chapter}-x.html"
    path.write_text(
        f'<meta charset="utf-8">{stored(exercise(asked))}<script>{made}</script>',
        "utf-8",
    )
    page = browser.new_page()
    page.goto(path.as_uri())
    page.locator(".exercise li").nth(len(asked) - 1).wait_for()
    told = 0
    for row, (_, label, place) in enumerate(questions):
        for wrong in mistakes.wrong_values(label, RUNNING, place).values():
            said = answered(page, row, repr(wrong))
            for word, first in later.items():
                if first > max(chapter, ideas.chapter(label)):
                    assert not re.search(rf"(?<!\w){word}(?!\w)", said), said
            if number := re.search(r"Read again: \((\d+)\.", said):
                assert int(number[1]) <= int(chapter)
                told += 1
    page.close()
    assert told >= 10


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


# ---- any model

(RECURRENT,) = models("models.recurrent").values()
MODELS = [
    ideas.model(name)
    for name in ("losses.softmax", "fruit", "optimisers.adam", "optimisers.momentum")
] + [RECURRENT]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.full_name)
def test_an_exercise_of_any_model_asks_for_every_number_and_stores_none(model):
    instance = ideas.drawn(model, 2)
    labels = ideas.computed(model)
    raw = {**instance.raw, "ranges": instance.ranges}
    one = exercise(labels[1:], given=labels[:1], model=model, **raw)
    shown = dict.fromkeys(labels, 0)
    for label, _, symbol, number in one.rows:
        shown[label] += 1
        assert symbol.startswith("<math>") and (number is None) == (label != labels[0])
    for label in labels:
        assert shown[label] == np.size(mistakes.right_value(label, instance))
    assert len(repr(one).splitlines()) == len(one.rows)
    state = json.loads(html.unescape(re.search('data-state="(.*?)"', stored(one))[1]))
    assert set(state) == {"given", "book", "rows"}
    assert set(state["given"]) == {*instance.given, "functions", "ranges"}
    for name in instance.given:
        assert np.array_equal(state["given"][name], instance.world[name])
    assert set(state["book"]["equations"]) == set(labels[1:])
    told = [m["id"] for m in state["book"]["equations"][labels[-1]]["mistakes"]]
    assert told == [m.id for m in mistakes.mistakes(labels[-1], model)]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.full_name)
def test_a_page_judges_the_answers_of_any_model(model, open_page):
    """Where two mistakes give one number, either is named."""
    instance = ideas.drawn(model, 2, size=2)
    label = ideas.computed(model)[-1]
    given = {**instance.raw, "ranges": instance.ranges}
    page = open_page(exercise([label], model=model, **given))
    right = np.ravel(mistakes.right_value(label, instance))
    for row, value in enumerate(right):
        said = answered(page, row, f"{value:.5g}")
        assert said.startswith(("Right", "✓ Right")), (label, row, said)
    known = {m.id: m for m in mistakes.mistakes(label, model)}
    wrong = mistakes.wrong_values(label, instance)
    told = 0
    for id, value in wrong.items():
        number = float(np.ravel(value)[-1])
        if np.isfinite(number) and not np.isclose(number, right[-1], rtol=1e-3):
            said = answered(page, len(right) - 1, repr(number))
            assert re.sub(r"_(\w)", r"\1", known[id].name) in said, (id, said)
            told += 1
    assert told >= 2


def test_quantities_of_another_model_are_given_by_name():
    one = exercise(
        ["eq-softmax-delta o1"], given=["eq-softmax"], model="losses.softmax",
        N_o=[0.5, -1.0, 0.2], D=[0, 1, 0],
    )  # fmt: skip
    assert repr(one).splitlines() == [
        "O_o1 = 0.5092", "O_o2 = 0.1136", "O_o3 = 0.3772", "δ_o1 = …",
    ]  # fmt: skip
    after = exercise(
        ["eq-adam"], **ideas.model("optimisers.adam").instance(0).alone(0).raw
    )
    assert repr(after) == "θ after the update = …"
    times = exercise(["eq-rnn-delta t2h1"], model=RECURRENT, **_sequence())
    assert repr(times) == "δ_t2h1 = …"
    with pytest.raises(ValueError, match="expected one like eq-softmax-delta o1"):
        exercise(["eq-softmax-delta o9"], O=[0.4, 0.6], D=[0, 1])
    with pytest.raises(ValueError, match="'eq-softmax' has no equation"):
        exercise(["eq-softmax"], model="losses.binary", N=[0], D=[0])


def _sequence():
    instance = RECURRENT.instance(0).alone(0)
    return {**instance.raw, "ranges": instance.ranges}
