"""The stepper in Python: its state, its three forms, what it hands to the browser."""

import html
import json
import re

import numpy as np
import pytest

import backprop as bp
import examples
import losses
from book import ideas, judge, stepper
from book.model import models
from book.stepper import Stepper, phases, shown
from bookext.packing import pressed
from bookext.widgets import scripts
from conftest import ROOT

PHASES = phases()


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


def test_what_brings_it_to_life_weighs_at_most_140_kilobytes():
    sent = scripts(ROOT / "code/book/stepper.js", {})
    style = pressed((ROOT / "code/book/stepper.css").read_text("utf-8"))
    own = [text for name, text in sent.items() if not name.endswith(".data.js")]
    assert len("".join([*own, style]).encode()) <= 140 * 1024


def test_instance_and_trace_follow_the_state(oblong):
    net, X, D = oblong
    widget = Stepper("backprop", net=net, X=X, D=D, eta=0.2)
    kept = widget.instance.argument("net")
    assert np.array_equal(kept.w, net.w) and kept.f == net.f
    # What the browser sends back when the reader edits a weight and chooses a function.
    state = json.loads(json.dumps(widget.state))
    state["given"]["w"][2][3] = 0.75
    state["functions"] = {"f": {"name": "Logistic", "alpha": 2.0}}
    widget.set_state({"state": {**state, "example": 1}})
    edited = widget.instance.argument("net")
    assert edited.w[2, 3] == 0.75 and edited.f == bp.Logistic(2.0)
    theirs = bp.steps(edited, X[1:], D[1:], 0.2)
    for ours, step in zip(widget.trace, theirs, strict=True):
        assert (ours.label, ours.name) == (step.label, step.name)
        value = np.asarray(step.value)
        assert np.allclose(
            ours.value, value[0] if ours.value.ndim < value.ndim else value
        )


def test_the_whole_state_is_one_dict():
    widget = Stepper("backprop")
    own = [name for name, trait in widget.traits(sync=True).items() if name[0] != "_"]
    assert set(own) - {"layout", "tooltip", "tabbable", "comm"} == {
        "state",
        "book",
        "said",
    }
    assert list(widget.state) == [
        "given", "rows", "functions", "ranges", "phases", "view", "ask", "compare",
        "example", "step", "seed", "errors",
    ]  # fmt: skip
    assert json.loads(json.dumps(widget.state)) == widget.state


def test_what_is_not_given_is_that_of_the_worked_example(oblong):
    assert Stepper("backprop").state == Stepper(
        "backprop", **dict(zip(("net", "X", "D"), examples.running()))
    ).state  # fmt: skip
    net, X, D = oblong
    widget = Stepper("backprop", net=net, X=X, D=D)
    assert widget.state["given"]["eta"] == 0.5 and len(widget.state["given"]["w"]) == 3


def every_model():
    stems = sorted(path.stem for path in (ROOT / "tests" / "models").glob("*.py"))
    held = [model for stem in stems for model in models(f"models.{stem}").values()]
    return [*ideas.everywhere(), *held]


@pytest.mark.parametrize("model", every_model(), ids=lambda model: model.full_name)
def test_every_model_has_a_stepper_whose_table_is_what_its_functions_compute(model):
    given = model.declaration["draw"](np.random.default_rng(2))
    widget = Stepper(model, **given)
    labels = ideas.computed(model)
    assert [quantity.label for quantity in widget.trace] == labels
    instance = widget.instance
    for quantity in widget.trace:
        one = instance.alone(0) if widget.state["rows"] else instance
        right = np.asarray(model.expected(quantity.label, one))
        right = right[0] if right.ndim > quantity.value.ndim else right
        assert quantity.value == pytest.approx(right, rel=1e-9, abs=1e-12)
        for x in np.ravel(quantity.value):
            assert shown(x) in table(widget)


def test_a_model_may_be_given_by_name_or_itself():
    N, D = [[1.0, 2.0]], [[0.0, 1.0]]
    by_name = Stepper("losses.softmax", N=N, D=D)
    assert by_name.state == Stepper(models(losses)["softmax"], N=N, D=D).state
    assert repr(by_name) == "Stepper(losses.softmax, 2, pass)"
    with pytest.raises(
        ValueError, match="model is 'softmin'; expected one of backprop"
    ):
        Stepper("softmin", N=N)
    with pytest.raises(ValueError, match="losses.softmax has no X; expected some of N"):
        Stepper("losses.softmax", X=N)


def test_units_are_called_as_the_words_call_them():
    book = Stepper("backprop").book
    assert {letter: book["nouns"][letter] for letter in "iho"} == {
        "i": "input", "h": "hidden unit", "o": "output unit"
    }  # fmt: skip


def test_one_output_has_three_forms():
    widget = Stepper("backprop")
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == repr(widget)
    assert data["text/html"].startswith(
        '<div class="stepper-table" data-widget="stepper"'
    )


def test_the_table_holds_every_number_of_the_pass(oblong):
    net, X, D = oblong
    text = table(Stepper("backprop", net=net, X=X, D=D, eta=0.3))
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
        table(Stepper("backprop", phases=("forward",), view="layer", ask=False))
    )
    given = {
        "X": X.tolist(), "w": net.w.tolist(), "b": net.b.tolist(), "v": net.v.tolist(),
        "c": net.c.tolist(), "D": D.tolist(), "eta": 0.5,
    }  # fmt: skip
    assert kept == {
        "state": {
            "given": given, "rows": ["X", "D"], "ranges": {},
            "functions": {"f": {"name": "Logistic", "alpha": 1.0}},
            "phases": {"forward": list(PHASES["forward"])},
            "view": "layer", "ask": False, "compare": "",
        }
    }  # fmt: skip


def test_only_another_model_than_that_of_part_one_is_stored_with_its_stepper():
    assert "book" not in state(table(Stepper("backprop")))
    kept = state(table(Stepper("losses.softmax", N=[[1.0, 2.0]], D=[[0.0, 1.0]])))
    assert kept["book"]["model"]["name"] == "losses.softmax"


def test_an_error_of_one_equation_begins_the_phase_after_it_unless_it_stands_alone():
    assert list(Stepper("backprop").state["phases"]) == [
        "forward", "output delta", "hidden delta", "update",
    ]  # fmt: skip
    spelled = Stepper("backprop", phases=("output delta",)).state["phases"]
    assert spelled["output delta"][:2] == ["eq-error", "eq-output-delta"]
    alone = Stepper("backprop", phases=("error", "output delta")).state["phases"]
    assert alone["error"] == ["eq-error"]
    assert alone["output delta"][0] == "eq-output-delta"


def test_a_phase_shows_no_number_of_a_later_one():
    text = table(Stepper("backprop", phases=("forward",)))
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
        Stepper("backprop", **wrong)


def test_shapes_that_do_not_fit_are_refused():
    net, X, D = examples.running()
    with pytest.raises(ValueError, match="X with 1 inputs"):
        Stepper("backprop", net=net, X=X[:, :1], D=D)


def test_numbers_are_shown_to_four_digits_with_a_true_minus():
    rows = [
        (0.85, "0.85"), (-0.0649609, "−0.06496"), (0.70056714, "0.7006"), (0, "0"),
        (1234.56, "1235"), (1.234567e-5, "1.235×10⁻⁵"), (-2e-7, "−2×10⁻⁷"),
    ]  # fmt: skip
    for number, text in rows:
        assert shown(number) == text


def test_what_all_steppers_share_is_data():
    shared = json.loads(json.dumps(stepper.shared()))
    book = shared["book"]
    labels = [label for phase in PHASES.values() for label in phase]
    order = [step.label for step in bp.steps(*examples.running())]
    assert list(book["equations"]) == order and sorted(labels) == sorted(order)
    assert shared["said"] == json.loads(json.dumps(judge.DATA))
    said = {one["said"] for one in book["functions"]["f"].values()}
    assert said == set(bp.TRANSFER_FUNCTIONS)
    lines = open(bp.__file__).read().splitlines()
    model = ideas.model("backprop")
    for label, equation in book["equations"].items():
        (head, definition), (line, code) = equation["code"]
        assert lines[head - 1] == definition and definition.lstrip().startswith("def ")
        assert lines[line - 1] == code and line == model.equations[label].line
        assert all(words.endswith((".", "unit", "error", "v", "w", "bias", "update"))
                   for words in book["model"]["words"][label])  # fmt: skip
