"""The mistakes that the book can name: each is wrong, and each is told from the others."""

import itertools

import numpy as np
import pytest

import backprop as bp
import examples
from book import ideas, mistakes
from book.mistakes import KINDS, right_value, wrong_values

MODEL = ideas.model("backprop")

LABELS = [step.label for step in bp.steps(*examples.running())]
# An entry on the diagonal does not show that its indices were swapped.
DIAGONAL = {"transposed-slope", "transposed-slope-w"}


def instance(net, X, D, eta=0.5):
    return ideas.given(MODEL, net=net, X=X, D=D, eta=eta)


@pytest.fixture(scope="module")
def running():
    return instance(*examples.running())


def four_digits(x):
    return float(f"{x:.4g}")


def test_at_least_fifteen_kinds_of_mistake_are_known():
    assert len(KINDS) >= 15
    assert len({kind.id for kind in KINDS}) == len(KINDS)
    for kind in KINDS:
        assert kind.name and kind.sentence.endswith("."), kind.id
        assert set(kind.changes) <= set(LABELS), kind.id


def test_every_equation_has_mistakes_and_each_changes_its_tree():
    for label in LABELS:
        found = mistakes.mistakes(label)
        assert len(found) >= 3, label
        right = MODEL.equations[label].rhs
        for m in found:
            assert m.tree != right, (label, m.id)
            assert m.mend, (label, m.id)


@pytest.mark.parametrize("label", LABELS)
def test_the_running_example_tells_all_mistakes_apart(label, running):
    """Typed with four digits, as the reader sees them, no two give the same number."""
    values = {"right": right_value(label, running), **wrong_values(label, running)}
    for place in np.ndindex(values["right"].shape):
        for a, b in itertools.combinations(values, 2):
            if DIAGONAL & {a, b} and len(set(place)) == 1:
                continue
            x, y = four_digits(values[a][place]), four_digits(values[b][place])
            assert x != y, f"{label}{list(place)}: {a} and {b} both give {x}"


def test_a_transpose_is_named_only_where_the_shapes_let_it_pass():
    square = instance(*examples.running())
    net = bp.network(np.random.default_rng(1), (3, 4, 2))
    oblong = instance(net, np.ones((1, 3)), np.zeros((1, 2)))
    for label, id in [("eq-hidden-delta", "transposed-v"), ("eq-net-hidden", "transposed-w")]:
        assert id in wrong_values(label, square)
        assert id not in wrong_values(label, oblong)


def test_the_short_form_of_the_slope_belongs_to_the_logistic_function():
    net, X, D = examples.running()
    curved = bp.Network(net.w, net.b, net.v, net.c, bp.Tanh())
    assert "net-in-short-form" in wrong_values("eq-hidden-delta", instance(net, X, D))
    env = instance(curved, X, D)
    assert "net-in-short-form" not in wrong_values("eq-hidden-delta", env)


def test_mistakes_are_what_careless_code_computes():
    """The trees against arrays, written as people write them by mistake."""
    net, X, D = examples.running()
    found = {step.name: step.value for step in bp.steps(net, X, D)}
    N_h, H, N_o, O, delta_o = (found[k] for k in ("N_h", "H", "N_o", "O", "delta_o"))
    slope_h = net.f.slope(N_h)
    moved = net.v - 0.5 * found["dE_dv"]
    careless = {
        ("eq-net-hidden", "no-bias"): X @ net.w,
        ("eq-net-hidden", "transposed-w"): X @ net.w.T + net.b,
        ("eq-net-output", "net-sent"): N_h @ net.v + net.c,
        ("eq-error", "factor-two"): ((D - O) ** 2).sum(),
        ("eq-error", "square-of-sum"): 0.5 * (D - O).sum() ** 2,
        ("eq-output-delta", "no-slope-output"): O - D,
        ("eq-output-delta", "sign"): (D - O) * net.f.slope(N_o),
        ("eq-output-delta", "slope-at-output"): (O - D) * net.f.slope(O),
        ("eq-output-delta", "net-in-short-form"): (O - D) * N_o * (1 - N_o),
        ("eq-slope-v", "net-sent"): N_h.T @ delta_o,
        ("eq-slope-v", "transposed-slope"): delta_o.T @ H,
        ("eq-slope-c", "bias-summed"): np.full(2, delta_o.sum()),
        ("eq-hidden-delta", "no-slope-hidden"): delta_o @ net.v.T,
        ("eq-hidden-delta", "raw-difference"): ((O - D) @ net.v.T) * slope_h,
        ("eq-hidden-delta", "updated-v"): (delta_o @ moved.T) * slope_h,
        ("eq-hidden-delta", "transposed-v"): (delta_o @ net.v) * slope_h,
        ("eq-hidden-delta", "first-only"): delta_o[:, :1] * net.v[:, 0] * slope_h,
        ("eq-slope-w", "output-for-input"): H * found["delta_h"] * np.ones((2, 1)),
        ("eq-update-v", "added"): net.v + 0.5 * found["dE_dv"],
        ("eq-update-b", "not-updated"): net.b,
    }
    env = instance(net, X, D)
    for (label, id), wrong in careless.items():
        expected = np.reshape(wrong, right_value(label, env).shape)
        assert wrong_values(label, env)[id] == pytest.approx(expected, rel=1e-12), id


def test_what_mends_a_mistake_is_a_line_of_the_source():
    lines = {line.strip() for line in open(bp.__file__)}
    for label in LABELS:
        for m in mistakes.mistakes(label):
            assert m.mend in lines
