"""The stepper in a page without a kernel, played in Chromium from file://.

Every number that the page shows or computes is compared with backprop.py.
"""

import json
import re
import subprocess
import sys
from urllib.parse import quote

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

import backprop as bp
import examples
from book import ideas, mistakes
from book.model import models
from book.stepper import Stepper, shared, shown
from bookext.widgets import scripts
from conftest import ROOT, stored

PLACES = {
    label: {"number": f"{k}.1", "chapter": f"#{label}", "code": f"#code-{label}"}
    for k, label in enumerate(shared()["book"]["equations"])
}
MODEL = ideas.model("backprop")
RELATIVE = 1e-12


@pytest.fixture(scope="module")
def made():
    return "".join(scripts(ROOT / "code/book/stepper.js", PLACES).values())


@pytest.fixture
def open_page(live_page, made):
    """Open a page with some steppers; a second call opens another."""

    def opened(*steppers, hash="", before="", after="", book=True, **media):
        sheets = ["code/book/stepper.css"]
        if book:
            sheets.insert(0, "tools/bookext/theme/static/book.css")
        body = before + "".join(map(stored, steppers)) + after
        page = live_page(made, body, sheets, size=(1000, 900), hash=hash, **media)
        page.locator(".stepper svg").first.wait_for()
        return page

    return opened


def running(**options):
    return Stepper("backprop", **options)


def of(net, X, D, **options):
    return Stepper("backprop", net=net, X=X, D=D, **options)


def do(page, act):
    """Press a button; at either end it is a button that does nothing."""
    page.locator(f'[data-do="{act}"]').first.dispatch_event("click")


def plain(text):
    return float(text.replace("−", "-"))


def numbers(page, which=".stepper"):
    """Every number in the table of all numbers, in full: key -> float."""
    box = page.locator(f"{which} >> .all")
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    box.locator("[data-q]").first.wait_for()  # it is filled once it is open
    found = box.evaluate(
        """box => [...box.querySelectorAll("[data-q]")].map(
             node => [node.dataset.q, node.value ?? node.title])"""
    )
    return {key: plain(text) for key, text in found}


def expected(net, x, d, eta=0.5):
    """The same by backprop.py."""
    given = {"X": x, "w": net.w, "b": net.b, "v": net.v, "c": net.c, "D": d}
    values = dict(given)
    for step in bp.steps(net, x[None], d[None], eta):
        name = step.name + "_new" if step.name in given else step.name
        value = np.asarray(step.value)
        values[name] = value[0] if value.ndim > len(step.indices) else value
    return {
        f"{name}:{','.join(map(str, place))}": float(np.asarray(value)[place])
        for name, value in values.items()
        for place in np.ndindex(np.shape(value))
    }


def assert_same(found, right):
    assert found.keys() == right.keys()
    for key in right:
        assert found[key] == pytest.approx(right[key], rel=RELATIVE, abs=1e-15), key


def network(**changes):
    net, X, D = examples.running()
    names = {name: getattr(net, name) for name in ("w", "b", "v", "c", "f")}
    return bp.Network(**{**names, **changes}), X[0], D[0]


def setting(page, name):
    """A field of the settings, which are opened for it."""
    box = page.locator(".settings")
    if box.get_attribute("open") is None:
        box.locator("summary").click()
    return page.locator(f'[data-set="{name}"]')


def press(page, act):
    """Press a button of the settings."""
    setting(page, "ask")
    page.locator(f'.settings [data-do="{act}"]').click()


def forward(page, steps):
    """So many numbers on: each is shown, then left."""
    for _ in range(steps):
        do(page, "next")
        do(page, "next")


def type_over(page, key, text):
    """Click a number in the drawing, type another over it."""
    page.locator(f'.net [data-edit="{key}"]').first.dispatch_event("click")
    page.locator(".editor:not([hidden]) input").fill(text)
    page.keyboard.press("Enter")


# ---- the numbers


def test_parity_with_backprop_on_600_random_networks(open_page):
    """The evaluator alone: every quantity, 1e-12 relative."""
    rng = np.random.default_rng(0)
    page = open_page(running())
    names, states, right = list(bp.TRANSFER_FUNCTIONS), [], []
    for _ in range(600):
        sizes = rng.integers(1, 6, 3)
        alpha, eta = rng.uniform(0.3, 2.0), rng.uniform(0.01, 1.0)
        f = bp.transfer_function(names[rng.integers(4)], alpha)
        net = bp.network(rng, sizes, f, scale=rng.uniform(0.2, 1.5))
        x, d = rng.normal(size=sizes[0]), rng.uniform(size=sizes[2])
        given = {name: getattr(net, name).tolist() for name in "wbvc"}
        given |= {"X": x.tolist(), "D": d.tolist(), "eta": eta}
        chosen = {"name": type(f).__name__, "alpha": alpha}
        states.append({**given, "functions": {"f": chosen}})
        right.append(expected(net, x, d, eta))
    found = page.evaluate(
        """async ([source, book, states]) => {
          const blob = new Blob([source], { type: "text/javascript" });
          const { computed } = await import(URL.createObjectURL(blob));
          return states.map((given) => {
            const world = computed(book.model, given);
            const flat = {};
            const walk = (name, value, place) => Array.isArray(value)
              ? value.forEach((part, k) => walk(name, part, [...place, k]))
              : flat[`${name}:${place}`] = value;
            const { functions, ...own } = given;
            for (const name in own) walk(name, own[name], []);
            for (const { name, value } of world.results) walk(name, value, []);
            return flat;
          });
        }""",
        [(ROOT / "code/book/engine.js").read_text("utf-8"), shared()["book"], states],
    )
    for ours, theirs in zip(found, right, strict=True):
        del ours["eta:"]
        assert_same(ours, theirs)


@pytest.mark.parametrize("view", ["unit", "layer"])
def test_each_phase_plays_and_shows_the_digits_of_backprop(open_page, view):
    page = open_page(running(view=view, ask=False))
    net, x, d = network()
    right = expected(net, x, d)
    buttons = page.locator(".phases button")
    assert buttons.all_inner_texts() == [
        "Forward",
        "Output delta",
        "Hidden delta",
        "Update",
    ]
    last = page.locator(".count").inner_text().split()[-1]
    assert last == ("37" if view == "unit" else "15")
    seen, phases = {}, []
    for _ in range(int(last)):
        phases.append(page.locator('.phases [aria-pressed="true"]').inner_text())
        for key, text in page.locator(".equation .result .value").evaluate_all(
            "nodes => nodes.map(node => [node.dataset.q, node.textContent])"
        ):
            assert text == shown(right[key]), key
            seen[key] = text
        do(page, "next")
    given = {"X", "w", "b", "v", "c", "D"}
    assert seen.keys() == {key for key in right if key.split(":")[0] not in given}
    assert list(dict.fromkeys(phases)) == buttons.all_inner_texts()


def test_each_step_lights_equation_numbers_code_and_words(open_page):
    page = open_page(running(phases=("hidden delta",), ask=False))
    shown_now = page.locator(".equation")
    net, x, d = network()
    symbols, numbers_, result = shown_now.locator(".lines math").all()[1:4]
    assert "δ" in symbols.text_content() and "0.8" in numbers_.text_content()
    assert plain(re.sub("=|\\s", "", result.text_content())) == plain(
        shown(expected(net, x, d)["delta_h:0"])
    )
    said = symbols.get_attribute("aria-label")
    assert said.startswith("equals open paren v h 1 o 1 delta o 1 plus v h 1 o 2")
    line = MODEL.equations["eq-hidden-delta"].line
    assert f"{line}" in page.locator(".code .runs").inner_text()
    assert "delta_o @ v.T" in page.locator(".code .runs").inner_text()
    assert page.locator(".say p").first.inner_text().startswith("Hidden unit 1 answers")
    link = page.locator(".general a")
    assert link.get_attribute("href").endswith("#eq-hidden-delta")
    # Hovering one lights the same in every place.
    page.locator('.equation .value[data-q="v:0,1"]').hover()
    for place in (".net", ".lines", ".code"):
        assert page.locator(f"{place} .lit").count(), place
    assert page.locator(".read").inner_text() == "v h1 o2 = −0.6"


# ---- any model

SIZES = {
    "recurrent": {"times": 4, "hidden": 2, "outputs": 2},
    "convolution": {"rows": 3, "columns": 4},
}


def played():
    """The models that are played from first to last, each with what is given."""
    named = [("backprop", "backprop"), ("fruit", "fruit"), ("losses", "softmax")]
    named += [(f"models.{name}", name) for name in (
        "deeper", "recurrent", "divergence", "boltzmann", "convolution"
    )]  # fmt: skip
    for module, name in named:
        model = models(module)[name]
        rng = np.random.default_rng(7)
        yield model, model.declaration["draw"](rng, **SIZES.get(name, {}))


@pytest.mark.parametrize(
    "model, given", list(played()), ids=lambda one: getattr(one, "name", "given")
)
def test_every_model_plays_by_keyboard_and_shows_the_numbers_of_its_trees(
    open_page, model, given
):
    widget = Stepper(model, **given)
    instance = widget.instance
    one = instance.alone(0) if widget.state["rows"] else instance
    right = {}
    for label in ideas.computed(model):
        equation = model.equations[label]
        value = np.asarray(model.expected(label, one))
        value = value[0] if value.ndim > len(equation.letters) else value
        name = equation.name + ("_new" if equation.relation != "=" else "")
        for place in np.ndindex(value.shape):
            right[f"{name}:{','.join(map(str, place))}"] = float(value[place])
    page = open_page(widget)
    page.locator(".stepper").focus()
    seen = {}
    for _ in range(2 * len(right)):
        page.keyboard.press("ArrowRight")
        for key, text in page.locator(".result .value").evaluate_all(
            "nodes => nodes.map(node => [node.dataset.q, node.textContent])"
        ):
            seen[key] = text
    assert seen.keys() == right.keys()
    assert page.locator('[data-do="next"]').get_attribute("aria-disabled") == "true"
    found = numbers(page)
    for key, x in right.items():
        assert found[key] == pytest.approx(x, rel=1e-9, abs=1e-12), key
        # A last digit may lie between two, by the last bits of either.
        assert plain_number(seen[key]) == pytest.approx(x, rel=6e-4, abs=1e-12), key
    assert "NaN" not in page.locator(".stepper").inner_text()


def test_a_scan_is_played_time_by_time_forward_and_back(open_page):
    model, given = next(one for one in played() if one[0].name == "recurrent")
    page = open_page(Stepper(model, **given, ask=False))
    order = []
    for _ in range(int(page.locator(".count").inner_text().split()[-1])):
        order.append(page.locator(".result .value").get_attribute("data-q"))
        do(page, "next")
    assert order[:6] == ["N:0,0", "N:0,1", "H:0,0", "H:0,1", "N:1,0", "N:1,1"]
    back = [key for key in order if key.startswith("delta_h:")]
    assert back == [f"delta_h:{t},{h}" for t in (3, 2, 1, 0) for h in (0, 1)]


def plain_number(text):
    digits, _, power = text.replace("−", "-").partition("×10")
    superscripts = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    return float(f"{digits}e{power.translate(superscripts) or 0}")


# ---- touching


@pytest.mark.parametrize(
    "key, text, change",
    [
        ("w:1,0", "0.25", {"w": [[0.2, -0.4], [0.25, 0.5]]}),
        ("b:1", "−1.5", {"b": [0.1, -1.5]}),
        ("v:0,1", "2", {"v": [[0.8, 2], [0.3, 0.9]]}),
        ("c:0", "1e-3", {"c": [1e-3, 0.4]}),
    ],
)
def test_a_parameter_is_edited_where_it_stands(open_page, key, text, change):
    page = open_page(running())
    type_over(page, key, text)
    net, x, d = network(**change)
    assert_same(numbers(page), expected(net, x, d))
    assert page.locator(".net .changed").count() > 0
    forward(page, 1)
    assert page.locator(".net .changed").count() == 0


def test_inputs_and_targets_are_edited(open_page):
    page = open_page(running())
    type_over(page, "X:1", "−0.25")
    type_over(page, "D:0", "0,5")
    net, _, _ = network()
    assert_same(
        numbers(page), expected(net, np.array([0.6, -0.25]), np.array([0.5, 0.1]))
    )


def test_an_edit_is_of_the_example_that_is_shown(open_page):
    net = network()[0]
    X, D = np.array([[0.6, 0.9], [0.2, -0.4]]), np.array([[0.9, 0.1], [0.3, 0.7]])
    page = open_page(of(net, X, D))
    setting(page, "example").select_option(label="2")
    type_over(page, "X:1", "0.8")
    type_over(page, "D:0", "0.5")
    assert_same(
        numbers(page), expected(net, np.array([0.2, 0.8]), np.array([0.5, 0.7]))
    )
    setting(page, "example").select_option(label="1")
    assert_same(numbers(page), expected(net, X[0], D[0]))


def test_settings_are_edited(open_page):
    page = open_page(running())
    settings = page.locator(".settings summary")
    assert settings.inner_text().strip() == "2-2-2 logistic, α 1, η 0.5"
    setting(page, "number eta").fill("0.05")
    setting(page, "number alpha").fill("2.5")
    page.keyboard.press("Enter")
    net, x, d = network(f=bp.Logistic(2.5))
    assert_same(numbers(page), expected(net, x, d, 0.05))
    for f in ("tanh", "relu", "identity"):
        setting(page, "function f").select_option(label=f)
        net, x, d = network(f=bp.transfer_function(f))
        assert_same(numbers(page), expected(net, x, d, 0.05))


def test_hidden_units_come_and_go(open_page):
    page = open_page(running())
    setting(page, "ask")
    page.get_by_label("hidden units").select_option("4")
    found = numbers(page)
    for name in "wv":
        assert sum(key.startswith(f"{name}:") for key in found) == 4 * 2
    arrays = {
        name: np.array([found[k] for k in found if k.startswith(f"{name}:")])
        for name in "wbvc"
    }
    grown = bp.Network(
        arrays["w"].reshape(2, 4), arrays["b"], arrays["v"].reshape(4, 2), arrays["c"]
    )
    net, x, d = network()
    assert np.array_equal(grown.w[:, :2], net.w) and np.array_equal(grown.v[:2], net.v)
    assert_same(found, expected(grown, x, d))
    setting(page, "size hidden").select_option("2")
    assert_same(numbers(page), expected(net, x, d))


def test_training_by_hand_is_train(open_page):
    page = open_page(running())
    page.locator('[data-n="update"]').click()
    page.locator('.train button:has-text("Update")').click()
    page.locator('.train button:has-text("10 times")').click()
    net, X, D = examples.running()
    trained, errors = bp.train(net, X, D, epochs=11)
    assert_same(numbers(page), expected(trained, X[0], D[0]))
    assert "after 11" in page.locator(".chart").inner_text()
    label = page.locator(".plot").get_attribute("aria-label")
    assert label.startswith(f"E over 11 updates, from {shown(errors[0])} to ")
    press(page, "undo")
    once, _ = bp.train(net, X, D, epochs=1)
    assert_same(numbers(page), expected(once, X[0], D[0]))
    press(page, "reset")
    assert_same(numbers(page), expected(net, X[0], D[0]))


def test_examples_take_turns(open_page):
    net = bp.network(np.random.default_rng(1), (2, 3, 2))
    X, D = examples.xor()
    page = open_page(of(net, X, D, eta=2.0))
    page.locator('[data-n="update"]').click()
    for _ in range(2):
        page.locator('.train button:has-text("Update")').click()
        page.locator('[data-n="update"]').click()
    online = net
    for row in range(2):
        slope = bp.gradient(online, X[row : row + 1], D[row : row + 1])
        online = bp.update(online, slope, 2.0)
    assert_same(numbers(page), expected(online, X[2], D[2], 2.0))
    found = page.locator(".chart b").get_attribute("title")
    mean = bp.error(bp.forward(online, X).O, D)
    assert float(found) == pytest.approx(mean, rel=RELATIVE)


def test_a_random_start_is_brought_back_by_its_seed(open_page):
    page = open_page(running())
    press(page, "random")
    first = numbers(page)
    assert setting(page, "seed").input_value() == "1"
    press(page, "random")
    assert numbers(page) != first
    setting(page, "seed").fill("1")
    setting(page, "seed").press("Enter")
    assert numbers(page) == first


def test_a_seed_that_is_none_is_mended_before_a_random_start(open_page):
    page = open_page(running())
    before = numbers(page)
    setting(page, "seed").fill("foo")
    setting(page, "seed").press("Enter")
    press(page, "random")
    assert page.evaluate("document.activeElement.dataset.set") == "seed"
    assert numbers(page) == before
    setting(page, "seed").fill("3")
    setting(page, "seed").press("Enter")
    press(page, "random")
    assert numbers(page) != before
    assert setting(page, "seed").input_value() == "4"


def test_absurd_input_is_answered_in_the_field(open_page):
    page = open_page(running())
    before = numbers(page)
    rows = [
        ("", "Type a number."),
        ("abc", "“abc” cannot be read as a number. Write it like −0.5, 1/2 or 5×10⁻¹."),
        ("1e308", "Too large: at most 1000 in size."),
        ("NaN", "“NaN” cannot be read as a number. Write it like −0.5, 1/2 or 5×10⁻¹."),
        ("<b>", "“<b>” cannot be read as a number. Write it like −0.5, 1/2 or 5×10⁻¹."),
    ]
    for text, why in rows:
        type_over(page, "w:0,0", text)
        assert page.locator(".editor output").inner_text() == why
        assert page.locator(".editor input").get_attribute("aria-invalid") == "true"
        page.keyboard.press("Escape")
        assert not page.locator(".editor").is_visible()
    assert numbers(page) == before


def test_absurd_settings_are_answered_beside_them(open_page):
    page = open_page(running())
    before = numbers(page)
    rows = [
        ("number eta", "0", "η must be above 0"),
        ("number eta", "-1", "η must be above 0"),
        ("number alpha", "1e9", "Too large"),
        ("number alpha", "0", "α must be above 0"),
        ("seed", "1.5", "A whole number from 0."),
    ]
    for name, text, why in rows:
        field = setting(page, name)
        field.fill(text)
        field.press("Enter")
        assert page.locator(".settings output", has_text=why).count() == 1
    assert numbers(page) == before


def test_a_step_that_is_too_large_stops_before_the_numbers_run_away(open_page):
    net, x, d = network(f=bp.Identity())
    page = open_page(of(net, x[None], d[None], eta=100.0))
    page.locator('[data-n="update"]').click()
    page.locator('.train button:has-text("100 times")').click()
    assert "too large" in page.locator(".reply").inner_text()
    assert_same(numbers(page), expected(net, x, d, 100.0))


# ---- questions


def answer(page, text):
    """What it says to a typed number."""
    return answers(page, [text])[0]


def answers(page, texts):
    """What it says to each of several typed numbers: a right one must come last."""
    return page.evaluate(
        """texts => texts.map(text => {
          const form = document.querySelector(".ask");
          form.querySelector("input").value = text;
          form.requestSubmit();
          return document.querySelector(".reply").textContent;
        })""",
        texts,
    )


def typed(value):
    return f"{value:#.4g}"


def test_every_mistake_is_named_with_what_mends_it(open_page):
    """At every number of the pass, every mistake that can be made there."""
    page = open_page(running())
    net, x, d = network()
    instance = ideas.given(MODEL, net=net, X=[x], D=[d])
    kinds = set()
    for _ in range(37):
        key = page.locator(".equation .lhs [data-q]").first.get_attribute("data-q")
        name, places = key.split(":")
        place = tuple(int(k) for k in places.split(",") if k)
        label = next(
            label
            for label, equation in MODEL.equations.items()
            if equation.name + ("_new" if equation.relation != "=" else "") == name
        )
        known = {m.id: m for m in mistakes.mistakes(label)}
        right = mistakes.right_value(label, instance, place)
        wrong = mistakes.wrong_values(label, instance, place)
        # An entry on the diagonal does not show that its indices were swapped.
        wrong = {id: x for id, x in wrong.items() if abs(x - right) > 1e-9}
        said = answers(page, [typed(x) for x in wrong.values()] + [typed(right)])
        for id, text in zip(wrong, said):
            name = known[id].name.replace("_", "")
            assert f"{name}." in text or f"; {name}" in text, (key, id, text)
            assert known[id].mend in text or "not tell which" in text, (key, id)
            kinds.add(id)
        assert said[-1].startswith("Right."), key
        assert page.locator(".ask input").count() == 0
        do(page, "next")
    here = [k for k in mistakes.KINDS if k.changes.keys() & MODEL.equations.keys()]
    assert kinds == {kind.id for kind in here if kind.only in ("", "logistic")}


def test_a_typed_number_is_judged_by_the_one_judge(open_page):
    """What is said to which text is held by test_judge.py; here, that it is asked."""
    page = open_page(running())
    rows = [
        ("", "Type a number."), ("five", "“five” cannot be read as a number."),
        ("8.5", "The digits are right, the decimal point is not"),
        ("−0.85", "The sign is the other one."), ("0.84", "Close"),
        ("0,85", "Right."),
    ]  # fmt: skip
    for text, reply in rows:
        assert answer(page, text).startswith(reply), text
        assert page.locator(".result").count() == (reply == "Right."), text


def test_who_is_right_is_told_no_more_where_a_mistake_gives_the_same(open_page):
    net, x, d = network(b=[0, -0.3])
    page = open_page(of(net, x[None], d[None]))  # without the bias it is 0.75 too
    assert answer(page, "0.75").strip() == "Right."
    page.locator('[data-n="update"]').click()
    type_over(page, "v:0,0", "0")
    net, x, d = network(b=[0, -0.3], v=[[0, -0.6], [0.3, 0.9]])
    change = -0.5 * expected(net, x, d)["dE_dv:0,0"]
    # From 0 the new value is the change itself.
    assert answer(page, typed(change)).strip() == "Right."


def test_sign_direction_and_largest_can_be_answered_instead(open_page):
    page = open_page(running())
    page.locator('.quick button:has-text("−")').click()
    assert page.locator(".reply").inner_text().startswith("No")
    page.locator('.quick button:has-text("+")').click()
    assert page.locator(".reply").inner_text().startswith("Yes")
    page.locator('[data-n="update"]').click()
    page.locator('.quick button:has-text("up")').click()
    assert page.locator(".reply").inner_text().startswith("Yes")
    page.locator('[data-n="layer"]').click()
    assert "Which moves most?" in page.locator(".quick").inner_text()
    right = expected(*network())
    most = max((k for k in right if k.startswith("dE_dv")), key=lambda k: abs(right[k]))
    unit = "h{} o{}".format(*(int(n) + 1 for n in most.split(":")[1].split(",")))
    page.locator(f'.quick button:has-text("{unit}")').click()
    assert page.locator(".reply").inner_text().startswith("Yes")


def test_a_question_can_be_skipped(open_page):
    page = open_page(running())
    assert page.locator(".net .row.results").text_content() == "N?"
    question = "What is Nh1, the net input of hidden unit 1? Type it, or press Show."
    assert page.locator(".question").text_content() == question
    page.locator('[data-do="show"]').click()
    assert "0.85" in page.locator(".result").inner_text()
    do(page, "next")
    assert page.locator(".count").inner_text() == "step 2 of 37"
    assert page.locator(".result").count() == 0, "next goes on, then shows"
    do(page, "next")
    assert page.locator(".result").count() == 1
    do(page, "next")
    page.locator('[data-do="back"]').click()
    assert page.locator(".result").count() == 1, "what was passed stays shown"


def test_all_units_are_asked_for_as_each_and_the_end_is_said(open_page):
    page = open_page(running(phases=("hidden delta",)))
    page.locator('[data-n="layer"]').click()
    question, said = page.locator(".question"), set()
    for _ in range(6):
        said.add(question.text_content())
        do(page, "next")
        if page.locator(".ask p").count():
            break
        do(page, "next")
    assert "What is the delta of each hidden unit? Press Show." in said
    assert page.locator(".ask").inner_text() == "That was the whole pass."
    # The slope of a hidden bias is its delta: one number, said once for each unit.
    assert page.locator(".lines").inner_text().count("0.02602") == 1


# ---- the path, the address, what is taken away


@pytest.mark.parametrize("key", ["w:1,0", "v:0,1"])
def test_a_clicked_weight_shows_its_path_from_E(open_page, key):
    page = open_page(running())
    page.locator(f'.net [data-edit="{key}"]').first.dispatch_event("click")
    page.keyboard.press("Enter")
    name, place = key.split(":")
    slope = expected(*network())[f"dE_d{name}:{place}"]
    assert page.locator(".route math").last.text_content().endswith("=" + shown(slope))
    lit = page.locator(".net .path").evaluate_all(
        "nodes => nodes.map(n => n.dataset.q)"
    )
    assert "E:" in lit and any(f"dE_d{name}:{place}" in q for q in lit)
    ways = page.locator(".route li").all_inner_texts()
    assert len(ways) == (2 if name == "w" else 1)
    products = [plain(way.split("=")[-1]) for way in ways]
    assert sum(products) == pytest.approx(slope, rel=1e-3)
    page.locator('[data-do="close"]').click()
    assert not page.locator(".route").is_visible()


def on_screen(page):
    parts = ".bar, .net svg > g > g, .route, .asked, .equation, .code, .say, .steps"
    return page.locator(parts).evaluate_all(
        "nodes => nodes.map(n => n.checkVisibility() ? n.textContent : '')"
    )


def test_the_address_brings_the_same_screen_back(open_page):
    page = open_page(running(), running(phases=("forward",)))
    type_over(page, "v:1,1", "0.125")
    page.locator('.stepper >> nth=0 >> [data-n="hidden delta"]').click()
    page.locator('.stepper >> nth=0 >> [data-do="show"]').click()
    page.locator('.stepper >> nth=1 >> [data-do="next"]').click()
    page.locator('.stepper >> nth=1 >> [data-do="next"]').click()
    page.wait_for_timeout(400)
    screen = on_screen(page)
    hash = page.url[page.url.index("#") :]
    page.reload()
    page.locator(".stepper svg").nth(1).wait_for()
    assert on_screen(page) == screen
    again = open_page(running(), running(phases=("forward",)), hash=hash)
    again.locator(".stepper svg").nth(1).wait_for()
    assert on_screen(again) == screen


def shared_link(state):
    return f"#s1={quote(json.dumps(state))}"


REFUSED = [
    {"step": 0.5}, {"step": -5}, {"step": 99999}, {"step": "1"}, {"step": [1]},
    {"chosen": ["w:0,0"]}, {"chosen": "w:9,9"}, {"chosen": "N_h:0"}, {"chosen": 3},
    {"given": {"b": []}}, {"given": {"w": [[1]]}}, {"given": {"b": [0, None]}},
    {"given": {"eta": "x"}}, {"given": {"eta": -1}}, {"given": {"b": [1e9, 0]}},
    {"given": {"N_h": [1, 2]}}, {"given": []}, {"given": None}, {"given": {"X": [[1]]}},
    {"given": {"b": [0] * 500, "c": [0, 0]}}, {"w": [[0.2, -0.4], [0.7, 0.5]]},
    {"errors": ["1", "2"]}, {"errors": [None]}, {"errors": [[1]]}, {"errors": 3},
    {"errors": [1] * 1001}, {"example": 1}, {"example": 0.5}, {"view": "neuron"},
    {"ask": 1}, {"seed": -1}, {"seed": 1.5}, {"open": "yes"}, {"phases": {}},
    {"functions": {"f": {"name": "constructor"}}}, {"functions": {}},
    {"functions": {"f": {"name": "Logistic"}}}, {"functions": {"f": 3}},
    {"functions": {"f": {"name": "Logistic", "alpha": 0}}}, {"__proto__": {"step": 3}},
    7, None, [1], "step",
]  # fmt: skip


def test_an_address_that_is_no_state_is_refused_whole(open_page):
    page = open_page(running())
    fits = page.evaluate("document.querySelector('.count').textContent")
    for state in REFUSED:
        # What goes with it would be sound alone.
        mixed = {"view": "layer", **state} if isinstance(state, dict) else state
        page.goto(page.url.split("#")[0] + shared_link(mixed))
        page.reload()
        page.locator(".stepper svg").first.wait_for()
        assert page.locator(".count").inner_text() == fits, str(state)[:80]
        assert page.locator('[data-n="unit"]').get_attribute("aria-pressed") == "true"
    assert_same(numbers(page), expected(*network()))
    long = shared_link({"errors": [1] * 150_000})
    page.goto(page.url.split("#")[0] + long, timeout=30_000)
    page.reload(timeout=30_000)
    assert_same(numbers(page), expected(*network()))
    for hash in ["#s1=%7B", "#s1=", "#s1", "#eq-hidden-delta", "#s1=%", "#&&=="]:
        page.goto(page.url.split("#")[0] + hash)
        page.reload()
        assert_same(numbers(page), expected(*network()))


def test_an_address_that_is_a_state_is_taken(open_page):
    state = {
        "given": {"b": [0, 1, 2], "w": [[1, 2, 3], [4, 5, 6]], "v": [[1, 2]] * 3},
        "functions": {"f": {"name": "Tanh"}}, "step": 3, "open": 1, "chosen": "w:1,2",
    }  # fmt: skip
    page = open_page(running(), hash=shared_link(state))
    assert page.locator(".count").inner_text().startswith("step 4 of ")
    assert numbers(page)["w:1,2"] == 6 and page.locator(".route").is_visible() is False


ROOM = {
    "before": '<h2 id="a-section">A section</h2><p style="height: 1500px"></p>',
    "after": '<p style="height: 2000px"></p>',
}
TOP = "document.querySelector('.widget.stepper').getBoundingClientRect().top"


def test_a_shared_link_leads_to_its_stepper(open_page):
    page = open_page(running(), hash=shared_link({"step": 2}), **ROOM)
    page.wait_for_function(f"Math.abs({TOP}) < 100")
    page = open_page(running(), **ROOM)
    page.wait_for_timeout(300)
    assert page.evaluate(TOP) > 1500, "without a state nothing scrolls"


def test_the_anchor_of_a_section_is_kept_and_stayed_at(open_page):
    page = open_page(running(), hash="#a-section", **ROOM)
    do(page, "next")
    page.wait_for_timeout(400)
    assert page.url.split("#")[1].startswith("a-section&s1=")
    page.reload()
    page.locator(".stepper svg").first.wait_for()
    page.wait_for_timeout(300)
    assert page.evaluate(TOP) > 1000
    assert page.locator(".result").count() == 1


def test_two_steppers_on_a_page_do_not_interfere(open_page):
    page = open_page(running(), running())
    for _ in range(2):
        page.locator(".stepper").nth(0).locator('[data-do="next"]').click()
    type_over(page, "w:0,0", "0.9")
    one = numbers(page, ".stepper >> nth=0")
    two = numbers(page, ".stepper >> nth=1")
    assert one["w:0,0"] == 0.9
    assert_same(two, expected(*network()))
    assert page.locator(".count").all_inner_texts() == ["step 2 of 37", "step 1 of 37"]


@pytest.mark.parametrize("f", ["logistic", "relu"])
def test_copied_python_prints_the_same_digits(open_page, f):
    net = bp.network(np.random.default_rng(2), (2, 3, 1), bp.transfer_function(f))
    page = open_page(of(net, np.array([[0.3, -0.7]]), np.array([[1.0]]), eta=0.3))
    type_over(page, "w:0,2", "1.25")
    page.locator(".more summary").click()
    page.locator('[data-do="python"]').click()
    code = page.locator("textarea").input_value()
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    printed = run.stdout.split()
    found = numbers(page)
    for name in ("N_h", "H", "N_o", "O", "E", "delta_o", "dE_dv", "delta_h", "dE_dw"):
        digits = [f"{x:.4g}" for key, x in found.items() if key.split(":")[0] == name]
        at = printed.index(name) + 1
        assert [t.replace("-0", "0") if t == "-0" else t
                for t in printed[at : at + len(digits)]] == digits  # fmt: skip


def test_the_picture_is_a_whole_svg(open_page):
    page = open_page(running(ask=False))
    page.locator(".more summary").click()
    with page.expect_download() as download:
        page.locator('[data-do="picture"]').click()
    assert download.value.suggested_filename == "step-1.svg"
    text = download.value.path().read_text("utf-8")
    assert text.startswith("<svg") and ">0.85<" in text
    assert "data-" not in text and "var(" not in text


# ---- everyone, everywhere


def test_it_is_played_by_keyboard_alone(open_page):
    page = open_page(running())
    page.keyboard.press("Tab")
    focused = lambda: page.evaluate("document.activeElement.textContent")  # noqa: E731
    assert focused() == "Forward"
    page.keyboard.press("3")
    assert page.locator('.phases [aria-pressed="true"]').inner_text() == "Hidden delta"
    page.keyboard.press("Home")
    assert page.locator(".count").inner_text() == "step 1 of 37"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("End")
    assert page.locator(".count").inner_text() == "step 37 of 37"
    page.keyboard.press("1")
    # Tab reaches what takes part, in reading order: an input, a weight, the bias; Enter
    # opens its field.
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.edit ?? ''"))
        if reached[-1] == "w:0,0":
            break
    assert reached[-1] == "w:0,0"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid", "focus is visible"
    page.keyboard.press("Enter")
    page.keyboard.type("0.7")
    page.keyboard.press("Enter")
    assert numbers(page)["w:0,0"] == 0.7
    # Answer, go on, answer: the next field is under the fingers.
    page.locator(".settings summary").click()
    do(page, "reset")
    page.locator(".ask input").focus()
    page.keyboard.type("0.85")
    page.keyboard.press("Enter")
    assert page.locator(".reply").inner_text() == "Right."
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.matches('.ask input')")
    assert "Step 2 of 37, forward." in page.locator(".live").inner_text()


def test_enter_reveals(open_page):
    page = open_page(running())
    page.locator(".stepper").focus()
    page.keyboard.press("Enter")
    assert page.locator(".result").count() == 1
    assert "N h1 is 0.85" in page.locator(".live").inner_text()


def test_a_deck_keeps_its_keys_unless_the_reader_is_in_the_stepper(open_page):
    page = open_page(running())
    page.evaluate(
        "window.turned = []; addEventListener('keydown', e => turned.push(e.key))"
    )
    page.keyboard.press("ArrowRight")
    assert page.evaluate("turned") == ["ArrowRight"]
    assert page.locator(".count").inner_text() == "step 1 of 37"
    page.locator(".stepper").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("turned") == ["ArrowRight"]
    assert page.locator(".count").inner_text() == "step 2 of 37"
    # Page keys always turn the page, after a click in the stepper too.
    page.locator('.net [data-edit="X:0"]').click()
    page.keyboard.press("PageDown")
    page.keyboard.press("PageUp")
    assert page.evaluate("turned") == ["ArrowRight", "PageDown", "PageUp"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page, scheme):
    page = open_page(running(), color_scheme=scheme)
    page.locator('[data-n="hidden delta"]').click()
    type_over(page, "w:0,0", "0.3")
    answer(page, "0.123")
    for box in (".settings", ".more", ".all", ".say details"):
        page.locator(f"{box} > summary").click()
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("sizes", [(2, 2, 2), (4, 5, 3)])
def test_a_phone_does_not_scroll_sideways(open_page, sizes):
    net = bp.network(np.random.default_rng(4), sizes)
    x, d = np.ones((1, sizes[0])), np.zeros((1, sizes[2]))
    page = open_page(of(net, x, d))
    page.set_viewport_size({"width": 360, "height": 740})
    for box in (".settings", ".more", ".all"):
        page.locator(f"{box} > summary").click()
    for _ in range(int(page.locator(".count").inner_text().split()[-1])):
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, page.locator(".count").inner_text()
        do(page, "next")


def test_without_motion_nothing_moves(open_page):
    page = open_page(running(), reduced_motion="reduce")
    moving = page.evaluate(
        """[...document.querySelectorAll(".stepper, .stepper *")].filter(node => {
          const style = getComputedStyle(node);
          return style.transitionDuration !== "0s" || style.animationName !== "none";
        }).length"""
    )
    assert moving == 0


def test_on_paper_a_page_of_the_book_has_the_table_instead(open_page):
    page = open_page(running())
    page.emulate_media(media="print")
    assert page.locator(".stepper-table").is_visible()
    assert not page.locator(".widget.stepper").is_visible()


def test_a_pass_runs_from_left_to_right(open_page):
    page = open_page(running())
    at = [
        page.locator(".net text", has_text=words).first.bounding_box()["x"]
        for words in ("inputs", "hidden", "outputs")
    ]
    assert at == sorted(at)


def test_sign_is_not_by_colour_alone(open_page):
    page = open_page(running())
    dashes = page.locator(".net .edge").evaluate_all(
        """nodes => nodes.map(node => [node.classList.contains("minus"),
             getComputedStyle(node.querySelector(".stroke")).strokeDasharray])"""
    )
    assert {dash == "none" for minus, dash in dashes if minus} == {False}
    assert {dash == "none" for minus, dash in dashes if not minus} == {True}
    assert "−0.4" in page.locator('.net [data-q~="w:0,1"] text').text_content()


def test_a_mistake_is_shown_beside_the_right_pass(open_page):
    page = open_page(running(compare="no-slope-output", ask=False))
    page.locator('[data-n="output delta"]').click()
    do(page, "next")
    net, x, d = network()
    right = expected(net, x, d)
    wrong = right["O:0"] - d[0]
    results = page.locator(".equation .result").all_inner_texts()
    assert [plain(re.sub("=|\\s", "", text)) for text in results] == [
        plain(shown(right["delta_o:0"])), plain(shown(wrong)),
    ]  # fmt: skip
    page.locator('[data-n="hidden delta"]').click()
    assert "passed on" in page.locator(".equation .wrong").first.inner_text()
    page.locator('[data-n="forward"]').click()
    assert page.locator(".equation .wrong").count() == 0


def test_state_in_the_page_is_what_python_stored(open_page):
    page = open_page(running())
    stored = page.locator("[data-widget]").get_attribute("data-state")
    kept = json.loads(stored)["state"]["given"]
    assert kept["w"] == examples.running()[0].w.tolist()


# ---- motion


WATCH = """() => {
  window.seen = { pulses: [], moved: 0, started: [] };
  const net = document.querySelector(".net");
  net.addEventListener("transitionrun", (e) => seen.started.push(e.propertyName));
  const look = () => {
    for (const pulse of document.querySelectorAll(".pulse")) {
      seen.pulses.push([pulse.getAttribute("x1"), pulse.getAttribute("stroke-width"),
        parseFloat(getComputedStyle(pulse).strokeDashoffset)]);
    }
    const text = document.querySelector(".settling text");
    if (text) seen.moved = Math.max(seen.moved, text.getAnimations().length);
    requestAnimationFrame(look);
  };
  look();
}"""


def test_what_takes_part_runs_along_its_edges_and_the_number_settles(open_page):
    page = open_page(running())
    page.evaluate(WATCH)
    do(page, "show")
    page.wait_for_timeout(800)
    seen = page.evaluate("seen")
    along = {}
    for start, width, offset in seen["pulses"]:
        along.setdefault((start, width), []).append(offset)
    # Two weights and what they bring: 0.6 × 0.2 and 0.9 × 0.7, the wider the more.
    assert len(along) == 2
    widths = sorted(float(width) for _, width in along)
    assert widths[0] < 0.7 * widths[1]
    for offsets in along.values():
        assert offsets[0] - offsets[-1] > 50, "it runs forward, all the way"
        assert sorted(offsets, reverse=True) == offsets and len(set(offsets)) > 4
    assert seen["moved"] > 0, "the number settles"
    assert page.locator(".pulse, .settling").count() == 0, "and then all is still"


def test_blame_runs_backward(open_page):
    page = open_page(running())
    page.locator('[data-n="hidden delta"]').click()
    page.evaluate(WATCH)
    do(page, "show")
    page.wait_for_timeout(800)
    offsets = [offset for *_, offset in page.evaluate("seen.pulses")]
    assert offsets and offsets[-1] - offsets[0] > 50


def test_nodes_stay_and_styles_move(open_page):
    """The edges of one step fade into those of the next: the same nodes, changed."""
    page = open_page(running(ask=False))
    page.evaluate("document.querySelectorAll('.net g').forEach(node => node.mine = 1)")
    page.evaluate(WATCH)
    do(page, "next")
    page.wait_for_timeout(300)
    assert {"stroke", "opacity"} <= set(page.evaluate("seen.started"))
    edges = page.locator(".net .edge")
    assert edges.evaluate_all("nodes => nodes.map(node => node.mine)") == [1] * 16


def test_motion_ends_within_600_ms_and_with_the_next_key(open_page):
    page = open_page(running())
    ends = """() => Math.max(...document.querySelector(".net").getAnimations({
      subtree: true }).map(one => one.effect.getComputedTiming().endTime))"""
    do(page, "show")
    assert 300 < page.evaluate(ends) <= 600
    page.locator(".stepper").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".pulse, .settling").count() == 0


def test_with_reduced_motion_nothing_runs(open_page):
    page = open_page(running(), reduced_motion="reduce")
    page.evaluate(WATCH)
    do(page, "show")
    page.wait_for_timeout(300)
    assert page.evaluate("seen") == {"pulses": [], "moved": 0, "started": []}
    assert page.locator(".result").count() == 1


def test_play_goes_through_the_whole_pass_and_pauses(open_page):
    page = open_page(running(phases=("hidden delta",)))
    # Faster than a reader would have it.
    page.evaluate(
        "window.later = setTimeout; window.setTimeout = (f, ms) => later(f, ms / 20)"
    )
    play = page.locator('[data-do="play"]')
    play.click()
    assert play.get_attribute("aria-label") == "Pause"
    page.wait_for_function("document.querySelector('.count').textContent > 'step 3'")
    page.keyboard.press("Escape")
    count = page.locator(".count").inner_text()
    page.wait_for_timeout(200)
    assert page.locator(".count").inner_text() == count
    assert play.get_attribute("aria-label") == "Play"
    play.click()
    end = "document.querySelector('.count').textContent === 'step 8 of 8'"
    page.wait_for_function(f"{end} && document.querySelector('.result')")
    page.wait_for_function(
        "document.querySelector('[data-do=play]').ariaLabel === 'Play'"
    )


# ---- dragging


def middle(page, key):
    box = page.locator(f'.net [data-edit="{key}"] text').first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_number_is_dragged_and_everything_follows_at_once(open_page):
    page = open_page(running(ask=False))
    x, y = middle(page, "X:0")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 15, y, steps=3)
    page.wait_for_timeout(60)
    during = page.locator('.net [data-q~="X:0"]').first.text_content()
    page.mouse.move(x - 50, y, steps=5)
    page.mouse.up()
    assert "0.75" in during, "while it is dragged"
    net, _, d = network()
    assert_same(numbers(page), expected(net, np.array([0.1, 0.9]), d))
    assert not page.locator(".editor").is_visible()
    press(page, "undo")
    assert numbers(page)["X:0"] == 0.6, "one drag is one step back"


def test_the_arrow_keys_change_a_number_that_has_the_focus(open_page):
    page = open_page(running())
    page.locator('.net [data-edit="X:1"]').focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowDown")
    assert page.evaluate("document.activeElement.dataset.edit") == "X:1"
    assert page.locator(".live").inner_text() == "X i2 is 0.99"
    net, _, d = network()
    assert_same(numbers(page), expected(net, np.array([0.6, 0.99]), d))


def test_space_opens_a_number_and_scrolls_nothing(open_page):
    page = open_page(running(), after=ROOM["after"])
    page.locator('.net [data-edit="X:1"]').focus()
    page.keyboard.press(" ")
    assert page.evaluate("scrollY") == 0
    assert page.locator(".editor input").is_visible()


# ---- nothing jumps


def places_of(page):
    return page.evaluate(
        """[...document.querySelectorAll(
             ".steps button, .ask, .views button, .equation"
           )].map(node => Math.round(node.getBoundingClientRect().top + scrollY))"""
    )


def test_drawing_question_and_controls_share_a_small_screen(open_page):
    page = open_page(running())
    page.set_viewport_size({"width": 1366, "height": 768})
    height = page.evaluate(
        """document.querySelector(".reply").getBoundingClientRect().bottom
           - document.querySelector(".stepper").getBoundingClientRect().top"""
    )
    assert height <= 768 - 64


def test_nothing_that_opens_or_answers_moves_the_controls(open_page):
    page = open_page(running())
    before = places_of(page)
    answer(page, "0.123")
    assert places_of(page) == before, "a wrong answer"
    page.locator('.net [data-edit="w:0,0"]').first.dispatch_event("click")
    assert page.locator(".route").is_visible() and places_of(page) == before
    page.keyboard.press("Escape")
    for box in (".settings", ".more"):
        page.locator(f"{box} summary").click()
        assert page.locator(f"{box} .panel").is_visible()
        assert places_of(page) == before, box
    do(page, "show")
    assert places_of(page) == before, "an answer shown"
    for _ in range(20):
        forward(page, 1)
        assert places_of(page) == before, page.locator(".count").inner_text()


# ---- heard and read


def test_a_right_answer_is_said_once_and_enter_goes_on(open_page):
    page = open_page(running())
    page.locator(".ask input").focus()
    page.keyboard.type("0.85")
    before = page.locator(".live").inner_text()
    page.keyboard.press("Enter")
    assert page.locator(".reply").inner_text() == "Right."
    assert page.locator(".live").inner_text() == before
    page.keyboard.press("Enter")
    assert page.locator(".count").inner_text() == "step 2 of 37"
    assert page.evaluate("document.activeElement.matches('.ask input')")


def test_units_are_named_and_in_reading_order(open_page):
    page = open_page(running(ask=False))
    named = page.locator(".net svg [role=group][aria-label]").evaluate_all(
        "nodes => nodes.map(node => node.ariaLabel)"
    )
    units = [words for words in named if "unit" in words]
    assert units[0].startswith("hidden unit 1: net input 0.85")
    assert [words.split(":")[0] for words in units] == [
        "hidden unit 1", "hidden unit 2", "output unit 1", "output unit 2",
    ]  # fmt: skip
    tops = page.evaluate(
        """[...document.querySelectorAll(".net [data-edit][tabindex]")].map(
             node => node.dataset.edit)"""
    )
    assert tops.index("X:0") < tops.index("b:0") < tops.index("c:0")
    for key in ("X:0", "w:0,0", "b:1", "v:1,1", "c:0", "D:1"):
        assert key in tops, f"{key} can be reached"


def test_the_drawing_grows_with_the_letters_of_the_reader(open_page):
    page = open_page(running())
    height = "document.querySelector('.net text').getBoundingClientRect().height"
    before = page.evaluate(height)
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_timeout(100)
    do(page, "next")
    assert page.evaluate(height) > 1.8 * before


def test_on_paper_elsewhere_every_number_is_there_and_no_control_is(open_page):
    """As in a notebook or on a slide."""
    page = open_page(running(), book=False)
    page.emulate_media(media="print")
    page.locator(".tables table").wait_for()
    assert "?" not in page.locator(".net").inner_text()
    shown_there = page.locator(".tables tr").last.inner_text()
    right = expected(*network())
    assert shown(right["b_new:0"]) in shown_there and "·" not in shown_there
    for part in (".bar", ".walk", ".asked"):
        assert not page.locator(part).is_visible(), part
    page.emulate_media(media="screen")
    page.wait_for_function("document.querySelector('.net').textContent.includes('?')")


# ---- in a notebook


NOTEBOOK = """async ([source, traits]) => {
  const blob = new Blob([source], { type: "text/javascript" });
  const { default: widget } = await import(URL.createObjectURL(blob));
  const heard = {};
  window.kept = [];
  window.model = {
    widget_manager: {}, get: (name) => traits[name], off() {}, save_changes() {},
    set(name, value) { traits[name] = value; kept.push(JSON.stringify(value)); },
    on: (name, act) => { heard[name] = act; },
    sent(state) { traits.state = state; heard["change:state"](); },
  };
  const el = document.createElement("div");
  document.body.append(el);
  widget.render({ model, el });
}"""


def test_in_a_notebook_kernel_and_screen_tell_each_other_the_state(browser):
    widget = running()
    page = browser.new_page()
    page.goto("data:text/html,<!DOCTYPE html><p>a notebook")
    traits = {name: getattr(widget, name) for name in ("state", "book", "said")}
    page.evaluate(NOTEBOOK, [widget._esm, json.loads(json.dumps(traits))])
    do(page, "show")
    do(page, "next")
    widget.set_state({"state": json.loads(page.evaluate("kept.at(-1)"))})
    assert widget.state["step"] == 1
    # Python changes a weight: the screen follows, and says nothing back.
    state = json.loads(json.dumps(widget.state))
    state["given"]["w"][0][0] = 0.5
    page.evaluate("state => model.sent(state)", {**state, "step": 0})
    page.wait_for_function("document.querySelector('.count').textContent > 'step 1'")
    assert numbers(page)["w:0,0"] == 0.5
    assert page.url == "data:text/html,<!DOCTYPE html><p>a notebook", "no address"
    page.close()
