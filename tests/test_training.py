"""Training to watch: what the page computes and draws is what backprop.py computes."""

import numpy as np
import pytest

import backprop as bp
import examples
from book import engine
from book.training import Training, history, shared
from bookext.widgets import scripts
from conftest import ROOT, stored

X, D = examples.xor()
CALL = """async ([source, name, values]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  return (await import(url))[name](...values);
}"""


def start(hidden=2, seed=2):
    return bp.network(np.random.default_rng(seed), (2, hidden, 2))


def test_history_is_that_of_train():
    networks, errors = history(start(), X, D, 10, 30)
    trained, met = bp.train(start(), X, D, eta=10, epochs=30)
    np.testing.assert_array_equal(errors[:-1], met)
    np.testing.assert_array_equal(networks[-1].v, trained.v)


REFUSED = [
    (
        dict(net=bp.network(np.random.default_rng(0), (2, 1, 2))),
        "net has 2 inputs and 1",
    ),
    (dict(X=np.ones((4, 3))), "X"),
    (dict(eta=-1), "eta"),
]


@pytest.mark.parametrize("wrong, message", REFUSED)
def test_what_a_plane_cannot_show_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Training(**{"net": start(), "X": X, "D": D, **wrong})


@pytest.fixture
def page(live_page):
    """A page with one network in training, alive."""
    made = "".join(scripts(ROOT / "code/book/training.js", {}).values())
    page = live_page(made, stored(Training(start(), X, D)), ["code/book/training.css"])
    page.wait_for_selector(".training-view")
    return page


def called(page, name, *values):
    return page.evaluate(CALL, [engine.module("training"), name, list(values)])


def test_no_panel_has_a_class_by_which_a_notebook_hides_it(page):
    """Extensions of JupyterLab bring .hidden and .invisible for the whole page."""
    page.add_style_tag(content=".hidden, .invisible { display: none }")
    seen = [one.is_visible() for one in page.locator(".panels figure").all()]
    assert seen == [True, True, True]


@pytest.mark.parametrize("hidden", [2, 3])
def test_the_page_trains_as_train_does(page, hidden):
    net, model = start(hidden), shared()["book"]["model"]
    networks, errors = history(net, X, D, 10, 12)
    given = Training(net, X, D).given
    for epoch, expected in enumerate(networks):
        found = called(page, "moment", model, given)
        N_h, H, N_o, O = bp.forward(expected, X)
        # A dozen epochs of the same double arithmetic, summed in another order.
        np.testing.assert_allclose(found["E"], errors[epoch], rtol=1e-10)
        np.testing.assert_allclose(found["H"], H, rtol=1e-10)
        np.testing.assert_allclose(found["O"], O, rtol=1e-10)
        given = {**given, **found["next"]}


def pixels(page, figure):
    return page.evaluate(
        """(figure) => { const c = document.querySelector(`.${figure} canvas`);
        return [...c.getContext("2d").getImageData(0, 0, c.width, c.height).data]; }""",
        figure,
    )


def tones(outputs):
    """How much of vermilion (above 0) or of blue (below 0) each output should have."""
    return 2 * (np.asarray(outputs) - 0.5)


def painted(data):
    """The same read off pixels, which keep a colour to 1 part in 255."""
    red, _, _, strength = np.reshape(data, (25, 25, 4)).transpose(2, 0, 1) / 255
    return np.where(red > 0.5, 1, -1) * strength / 0.85


def test_both_maps_are_painted_as_the_network_answers(page):
    for _ in range(5):
        page.get_by_role("button", name="10 epochs").click()
    net = history(start(), X, D, 10, 50)[0][-1]
    side = np.linspace(-0.3, 1.3, 25)
    grid = np.stack(np.meshgrid(side, side[::-1]), axis=-1).reshape(-1, 2)
    O = bp.forward(net, grid).O[:, 0].reshape(25, 25)
    np.testing.assert_allclose(painted(pixels(page, "inputs")), tones(O), atol=0.01)
    side = np.linspace(-0.08, 1.08, 25)
    H = np.stack(np.meshgrid(side, side[::-1]), axis=-1).reshape(-1, 2)
    O = net.f(H @ net.v + net.c)[:, 0].reshape(25, 25)
    np.testing.assert_allclose(painted(pixels(page, "units")), tones(O), atol=0.01)


def marks(page, figure):
    """The example marks of a map in order: "rect" or "circle", and where it stands."""
    found = page.evaluate(
        """(figure) => [...document.querySelectorAll(`.${figure} .mark`)].map((m) =>
        [m.localName, m.cx ? m.cx.baseVal.value : m.x.baseVal.value + 6,
         m.cy ? m.cy.baseVal.value : m.y.baseVal.value + 6])""",
        figure,
    )
    return [kind for kind, *_ in found], np.array([place for _, *place in found])


def test_the_examples_stand_where_they_belong(page):
    page.get_by_role("button", name="1 epoch").click()
    H = bp.forward(history(start(), X, D, 10, 1)[0][-1], X).H
    for figure, points, low, high in (
        ("inputs", X, -0.3, 1.3),
        ("units", H, -0.08, 1.08),
    ):
        kinds, places = marks(page, figure)
        assert kinds == ["rect" if d[0] else "circle" for d in D]
        part = (points - low) / (high - low)
        expected = np.stack([220 * part[:, 0], 220 - 220 * part[:, 1]], axis=1)
        np.testing.assert_allclose(places, expected, atol=0.01)


def test_the_line_is_where_a_map_crosses_one_half(page):
    x, y = np.meshgrid(np.arange(25), np.arange(25))
    rows = (0.5 + 0.02 * (x - 7.3) - 0.01 * (y - 11)).tolist()
    source = engine.module("crossings")
    found = page.evaluate(CALL, [source, "crossings", [rows, 0.5]])
    ends = np.array(found).reshape(-1, 2)
    assert len(ends) > 40
    at = 0.5 + 0.02 * (ends[:, 0] - 7.3) - 0.01 * (ends[:, 1] - 11)
    np.testing.assert_allclose(at, 0.5, atol=1e-12)


def test_the_error_curve_has_the_errors(page):
    errors = history(start(), X, D, 10, 40)[1]
    for _ in range(4):
        page.get_by_role("button", name="10 epochs").click()
    path = page.locator(".error .curve").get_attribute("d")
    points = np.array([p.split(",") for p in path[1:].split("L")], float)
    np.testing.assert_allclose(points[:, 0], 220 * np.arange(41) / 40, atol=0.051)
    expected = 200 - 200 * np.array(errors) / max(errors)
    np.testing.assert_allclose(points[:, 1], expected, atol=0.051)


def test_it_is_trained_stopped_and_taken_back_by_keyboard(page):
    said = page.get_by_role("status")
    play = page.get_by_role("button", name="Train")
    play.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.time input').max > 20")
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Train").is_visible()
    page.get_by_label("epoch", exact=True).focus()
    page.keyboard.press("Home")
    E = history(start(), X, D, 10, 0)[1][0]
    assert said.text_content().startswith(f"Epoch 0: E = {E:.4f}, 2 of 4")
    page.keyboard.press("ArrowRight")
    assert said.text_content().startswith("Epoch 1:")


def test_weights_of_ones_own_start_a_course_of_their_own(page):
    page.get_by_text("Your own weights").click()
    page.get_by_label("v h2o1").fill("−1,5")
    page.get_by_label("v h2o1").press("Enter")
    net = start()
    net.v[1, 0] = -1.5
    E = bp.error(bp.forward(net, X).O, D)
    assert page.get_by_role("status").text_content().startswith(f"Epoch 0: E = {E:.4f}")
    page.get_by_label("v h2o1").fill("much")
    page.get_by_label("v h2o1").press("Enter")
    assert page.get_by_role("status").text_content() == "A weight is a number."


def test_a_rate_that_is_too_large_is_said_to_be(page):
    page.get_by_label("η").fill("900000")
    page.get_by_label("η").press("Enter")
    page.get_by_role("button", name="10 epochs").click()
    assert "ran away" in page.get_by_role("status").text_content()
    page.get_by_label("η").fill("0")
    page.get_by_label("η").press("Enter")
    assert page.get_by_role("status").text_content() == "η is a number above 0."
