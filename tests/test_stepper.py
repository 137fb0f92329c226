"""The stepper in Python: its state, its three forms, what it hands to the browser."""

import html
import json
import re

import numpy as np
import pytest

import backprop as bp
import examples
from book import stepper, trees
from book.stepper import PATHS, PHASES, Stepper, shown
from conftest import ROOT


@pytest.fixture
def oblong():
    net = bp.network(np.random.default_rng(5), (3, 4, 2), bp.Tanh())
    return (
        net,
        np.array([[0.1, -0.2, 0.3], [1.0, 0.0, 0.5]]),
        np.array([[0, 1], [1, 0]]),
    )


def table(widget):
    return widget._repr_mimebundle_()[0]["text/html"]


def state(text):
    return json.loads(html.unescape(re.search(r'data-state="([^"]*)"', text)[1]))


def test_module_and_style_weigh_at_most_60_kilobytes():
    files = ROOT / "code/book/stepper.js", ROOT / "code/book/stepper.css"
    assert sum(path.stat().st_size for path in files) <= 60 * 1024


def test_net_and_trace_follow_the_traits(oblong):
    net, X, D = oblong
    widget = Stepper(net, X, D, eta=0.2)
    assert np.array_equal(widget.net.w, net.w) and widget.net.f == net.f
    # What the browser sends back when the reader edits a weight and chooses a function.
    w = [list(row) for row in widget.w]
    w[2][3] = 0.75
    widget.set_state({"w": w, "transfer": "logistic", "alpha": 2.0, "example": 1})
    assert widget.net.w[2, 3] == 0.75
    assert widget.net.f == bp.Logistic(2.0)
    edited = bp.Network(w, net.b, net.v, net.c, bp.Logistic(2.0))
    for ours, theirs in zip(widget.trace, bp.steps(edited, X[1:], D[1:], 0.2)):
        assert ours.name == theirs.name and np.array_equal(ours.value, theirs.value)


def test_the_network_can_be_set_from_python(oblong):
    widget = Stepper(*examples.running())
    net, X, D = oblong
    widget.X, widget.D, widget.net = X.tolist(), D.tolist(), net
    assert np.array_equal(widget.net.v, net.v) and widget.transfer == "tanh"


def test_one_output_has_three_forms():
    widget = Stepper(*examples.running())
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == repr(widget)
    assert data["text/html"].startswith(
        '<div class="stepper-table" data-widget="stepper"'
    )


def test_the_table_holds_every_number_of_the_pass(oblong):
    net, X, D = oblong
    text = table(Stepper(net, X, D, eta=0.3))
    numbers = re.findall(
        r"<small>([^<]*)</small>&nbsp;([^\s<]*)|<td>([^<]+)</td></tr>", text
    )
    found = [b or c for _, b, c in numbers]
    expected = [X[0], net.w, net.b, net.v, net.c, D[0]]
    expected += [step.value for step in bp.steps(net, X[:1], D[:1], 0.3)]
    assert found == [shown(x) for value in expected for x in np.ravel(value)]


def test_the_state_holds_inputs_and_nothing_computed():
    net, X, D = examples.running()
    kept = state(
        table(Stepper(net, X, D, phases=("forward",), view="layer", ask=False))
    )
    assert kept == {
        "X": X.tolist(), "D": D.tolist(), "w": net.w.tolist(), "b": net.b.tolist(),
        "v": net.v.tolist(), "c": net.c.tolist(), "transfer": "logistic", "alpha": 1.0,
        "eta": 0.5, "phases": ["forward"], "view": "layer", "ask": False, "compare": "",
    }  # fmt: skip


def test_a_phase_shows_no_number_of_a_later_one():
    text = table(Stepper(*examples.running(), phases=("forward",)))
    assert "output of an output unit" in text
    assert "error" not in text and "desired" not in text and "δ" not in text


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"phases": ("backward",)}, "phases has 'backward'; expected some of forward"),
        ({"phases": ()}, "phases is empty"),
        ({"view": "neuron"}, "view is 'neuron'"),
        ({"eta": 0}, "eta is 0; expected a positive number"),
        ({"compare": "typo"}, "compare is 'typo'; expected one of"),
    ],
)
def test_what_it_cannot_show_is_refused_by_name(wrong, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Stepper(*examples.running(), **wrong)


def test_shapes_that_do_not_fit_are_refused_as_by_backprop():
    net, X, D = examples.running()
    with pytest.raises(ValueError, match="X has shape"):
        Stepper(net, X[:, :1], D)


def test_numbers_are_shown_to_four_digits_with_a_true_minus():
    rows = [
        (0.85, "0.85"), (-0.0649609, "−0.06496"), (0.70056714, "0.7006"), (0, "0"),
        (1234.56, "1235"), (1.234567e-5, "1.235×10⁻⁵"), (-2e-7, "−2×10⁻⁷"),
    ]  # fmt: skip
    for number, text in rows:
        assert shown(number) == text


def test_what_all_steppers_share_is_data():
    book = json.loads(json.dumps(stepper.shared()))["book"]
    labels = [label for phase in PHASES.values() for label in phase]
    order = [step.label for step in bp.steps(*examples.running())]
    assert list(book["equations"]) == order and sorted(labels) == sorted(order)
    assert set(book["functions"]) == set(bp.TRANSFER_FUNCTIONS)
    lines = open(bp.__file__).read().splitlines()
    for label, equation in book["equations"].items():
        (head, definition), (line, code) = equation["code"]
        assert lines[head - 1] == definition and definition.lstrip().startswith("def ")
        assert (
            lines[line - 1] == code and line == stepper.BACKPROP.equations[label].line
        )
        assert all(words.endswith((".", "unit", "error", "v", "w", "bias", "update"))
                   for words in book["model"]["words"][label])  # fmt: skip


def test_the_factors_from_E_back_to_a_weight_are_the_slopes_they_are_called():
    """Each is executed by nudging; along the paths they multiply to the gradient."""
    rng = np.random.default_rng(3)
    net = bp.network(rng, (3, 4, 2))
    x, d = rng.normal(size=3), rng.uniform(size=2)
    env = stepper.BACKPROP.given(net=net, X=x[None], D=d[None], eta=0.5).world
    gradient = bp.gradient(net, x[None], d[None])
    for name, texts in PATHS.items():
        factors = [stepper.BACKPROP.parse(text) for text in texts]
        for factor in factors:
            assert trees.disagreement(factor.lhs, factor.rhs, env) < 1e-9
        for place in np.ndindex(getattr(net, name).shape):
            index = dict(zip("ih" if name == "w" else "ho", place))
            total = 0
            for o in range(2) if name == "w" else [index["o"]]:
                at = {**index, "o": o}
                total += np.prod([trees.evaluate(f.rhs, env, at) for f in factors])
            assert total == pytest.approx(getattr(gradient, name)[place], rel=1e-12)
