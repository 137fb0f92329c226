"""Trees run: sums, scans, states and rest, and slopes to the last digits."""

import json
from itertools import product
from time import perf_counter

import numpy as np
import pytest

from book import model, trees
from book.trees import EquationError, Law, Laws, Setting, World

BACKPROP = model.models("backprop")["backprop"]


def world(ranges=(), laws=(), firsts=(), functions=(), **values):
    """A world of one lane."""
    lanes = {
        name: np.asarray(value, float)[..., None] for name, value in values.items()
    }
    rules = laws if isinstance(laws, Laws) else Laws(laws)
    setting = Setting(rules, dict(ranges), dict(firsts), dict(functions))
    return World(lanes, setting)


x_i, y_ij = ("var", "x", "i"), ("var", "y", "i", "j")
SQUARE = ("mul", ("var", "a"), ("var", "a"))
X, Y = np.array([0.3, -1.2, 0.7]), np.arange(9.0).reshape(3, 3) ** 1.5
THREE = {"i": (0, 3), "j": (0, 3)}


@pytest.mark.parametrize("tree, value", [
    (("sum", "i", x_i), X.sum()),
    (("prod", "i", x_i), X.prod()),
    (("most", "i", x_i), 0.7),
    (("sum", "i", ("sum", "j", y_ij, ("lt", "i", "j"))), np.triu(Y, 1).sum()),
    (("sum", "i", ("sum", "j", y_ij, ("ne", "j", "i"))), Y.sum() - np.trace(Y)),
    (("prod", "i", ("sum", "j", y_ij, ("le", "j", "i"))), np.tril(Y).sum(1).prod()),
    (("most", "i", ("most", "j", y_ij, ("gt", "j", "i"))), Y[1, 2]),
    (("sum", "i", ("sum", "j", ("var", "x", ("sub", "i", "j")), ("le", "j", "i"))),
     3 * X[0] + 2 * X[1] + X[2]),  # what the condition leaves out may lie outside
    (("sum", "i", ("var", "x", "i3")), 3 * 0.7),
    (("norm", ("sub", ("arr", "y"), ("arr", "y"))), 0.0),
    (("norm", ("arr", "x")), np.linalg.norm(X)),
    (("gt", ("num", "2"), ("var", "x", "i1")), 1.0),
])  # fmt: skip
def test_totals_and_conditions_are_what_numpy_makes_them(tree, value):
    got = trees.evaluate(tree, world(THREE, x=X, y=Y))
    assert got == pytest.approx(value, rel=1e-15)


def test_a_range_is_counted_from_one_in_the_text_unless_it_starts_at_nought():
    here = world(THREE, x=X)
    here.setting.from_one = frozenset("ij")
    for low, high, expected in ("2", "3", X[1:]), ("0", "1", X[:2]), ("1", "3", X):
        tree = ("sum", "i", x_i, ("from", ("num", low), ("num", high)))
        assert trees.evaluate(tree, here) == pytest.approx(expected.sum())
    with pytest.raises(EquationError, match="goes from 1 to 4; it runs from 1 to 3"):
        trees.evaluate(("sum", "i", x_i, ("from", ("num", "1"), ("num", "4"))), here)


def test_what_is_read_outside_its_range_is_refused_with_name_index_and_range():
    tree = ("sum", "i", ("var", "x", ("add", "i", ("num", "1"))))
    words = r"x is read at 3 of index i \+ 1, outside 0 to 2"
    with pytest.raises(EquationError, match=words):
        trees.evaluate(tree, world(THREE, x=X))
    padded = world(THREE, Laws(outside={"x": 5}), x=X)
    assert trees.evaluate(tree, padded) == pytest.approx(X[1:].sum() + 5)


def test_a_letter_that_is_neither_summed_nor_on_the_left_is_refused():
    with pytest.raises(EquationError, match="index i is neither summed"):
        trees.evaluate(x_i, world(THREE, x=X))


def test_a_letter_that_runs_over_nothing_is_refused():
    with pytest.raises(EquationError, match="index k runs over nothing"):
        trees.evaluate(("sum", "k", ("var", "x", "k")), world(THREE, x=X))


def test_a_quantity_without_a_value_is_refused_by_name():
    with pytest.raises(EquationError, match="q has no value here; known: x"):
        trees.evaluate(("var", "q"), world(x=X))


def test_a_nudge_gives_the_slope_to_the_last_digits():
    tanh = ("call", "tanh", ("var", "N"))
    here = world(functions={"f": ("N", tanh, {})}, M=0.37)
    slope = trees.evaluate(("call", "f'", ("var", "M")), here)
    assert slope == pytest.approx(1 - np.tanh(0.37) ** 2, rel=1e-15)


def test_a_nudge_moves_what_comes_after_and_nothing_before():
    here = BACKPROP.instance(1).world
    H, N_h, N_o = ("var", "H", "h1"), ("var", "N_h", "h1"), ("var", "N_o", "o2")
    assert trees.evaluate(("d", N_h, H), here) == 0
    assert trees.evaluate(("d", N_o, H), here) == pytest.approx(
        here["v"][0, 1], rel=1e-15
    )
    before = {name: here.value(name).copy() for name in ("H", "N_o", "O")}
    trees.evaluate(("d", ("var", "E"), H), here)
    for name, value in before.items():
        np.testing.assert_array_equal(here.value(name), value)


def test_a_second_slope_is_right_to_eleven_digits():
    b = Law((("b", (), ("call", "tanh", ("mul", ("num", "3"), SQUARE))),))
    here = world(laws=[b], a=0.4)
    second = trees.evaluate(("d2", ("var", "b"), ("var", "a"), ("var", "a")), here)
    t = np.tanh(3 * 0.16)
    expected = 6 * (1 - t**2) - 2 * t * (1 - t**2) * (6 * 0.4) ** 2
    assert second == pytest.approx(expected, abs=1e-11)


def test_a_slope_of_what_is_defined_by_a_slope_is_right_to_eleven_digits():
    b = Law((("b", (), ("pow", ("var", "a"), ("num", "4"))),))
    g = Law((("g", (), ("d", ("var", "b"), ("var", "a"))),))
    here = world(laws=[b, g], a=0.7)
    slope = trees.evaluate(("d", ("var", "g"), ("var", "a")), here)
    assert slope == pytest.approx(12 * 0.49, abs=1e-11)


def scan(backward=False):
    """s_t = s_{t∓1}² + x_t, from s_0 = 0.5 on."""
    step = ("add" if backward else "sub", "t", ("num", "1"))
    tree = ("add", ("pow", ("var", "s", step), ("num", "2")), ("var", "x", "t"))
    laws = Laws([Law((("s", ("t",), tree),), "t", backward)], {"s": 0.5})
    return world({"t": (1, 4)}, laws, {"s": (1,), "x": (1,)}, x=X)


def test_a_scan_goes_forward_or_backward_from_what_lies_outside():
    s, expected = 0.5, []
    for x in X:
        s = s**2 + x
        expected.append(s)
    np.testing.assert_allclose(scan()["s"], expected)
    s, expected = 0.5, []
    for x in X[::-1]:
        s = s**2 + x
        expected.insert(0, s)
    np.testing.assert_allclose(scan(backward=True)["s"], expected)


def test_within_a_scan_the_nudged_entry_keeps_its_nudge_and_the_later_ones_follow():
    here = scan()
    s = here["s"]
    last = ("var", "s", "t3")
    slopes = trees.tabulate(("d", last, ("var", "s", "t")), here, ("t",))
    np.testing.assert_allclose(slopes, [4 * s[0] * s[1], 2 * s[1], 1], rtol=1e-15)
    first = trees.tabulate(("d", ("var", "s", "t1"), ("var", "s", "t")), here, ("t",))
    np.testing.assert_array_equal(first, [1, 0, 0])


def test_states_and_averages_are_sums_over_every_state():
    weight = ("call", "exp", ("sum", "i", ("mul", x_i, ("var", "v", "i"))))
    laws = Laws(
        [Law((("p", (), ("frac", weight, ("states", "v", weight))),))],
        states={"v": (-1, 1)}, averages={"": ("p", ("v",))},
    )  # fmt: skip
    here = world(THREE, laws, x=X, v=[1, 1, -1])
    weights = {v: np.exp(X @ v) for v in product((-1, 1), repeat=3)}
    mean = sum(w * v[1] for v, w in weights.items()) / sum(weights.values())
    tree = ("mean", ("var", "v", "i2"), "")
    assert trees.evaluate(tree, here) == pytest.approx(mean, rel=1e-14)
    assert mean == pytest.approx(np.tanh(X[1]), rel=1e-14)  # independent units
    assert here["p"] == pytest.approx(weights[1, 1, -1] / sum(weights.values()))
    # What is summed over changes nothing; what weighs the states does.
    total = Law((("Z", (), ("states", "v", weight)),))
    here = world(THREE, Laws([total], states={"v": (-1, 1)}), x=X, v=[1, 1, -1])
    assert trees.evaluate(("d", ("var", "Z"), ("var", "v", "i1")), here) == 0
    slope = trees.evaluate(("d", ("var", "Z"), ("var", "x", "i1")), here)
    assert slope == pytest.approx(sum(w * v[0] for v, w in weights.items()), rel=1e-14)


def test_more_states_than_memory_holds_are_refused():
    here = world(THREE, Laws([], states={"v": (-1, 1)}), v=[1] * 17)
    with pytest.raises(EquationError, match="more than 100000 states"):
        trees.evaluate(("states", "v", ("var", "v", "i1")), here)


def test_a_state_comes_to_rest_and_its_rest_has_a_slope():
    step = ("call", "cos", ("mul", ("var", "a"), ("var", "s")))
    here = world(laws=[Law((("r", (), step),), state="s")], s=0.1, a=0.8)
    r = here["r"]
    assert r == pytest.approx(np.cos(0.8 * r), rel=1e-14)
    slope = trees.evaluate(("d", ("var", "r"), ("var", "a")), here)
    sine = np.sin(0.8 * r)
    assert slope == pytest.approx(-sine * r / (1 + 0.8 * sine), rel=1e-10)


def test_a_state_that_never_rests_is_refused():
    step = ("sub", ("num", "1"), ("var", "s"))
    with pytest.raises(EquationError, match="s does not come to rest"):
        world(laws=[Law((("r", (), step),), state="s")], s=0.1)["r"]


def test_a_disagreement_is_relative_to_the_numbers_and_infinite_where_there_are_none():
    here = world(THREE, x=X * 1e6)
    larger = ("mul", x_i, ("num", "1.001"))
    assert trees.disagreement(x_i, larger, here) == pytest.approx(0.001, rel=1e-2)
    assert trees.disagreement(x_i, ("frac", x_i, ("num", "0")), here) == np.inf


@pytest.mark.parametrize("label", BACKPROP.order)
def test_trees_survive_json(label):
    def tuples(tree):
        return tuple(tuples(part) if isinstance(part, list) else part for part in tree)

    right = BACKPROP.equations[label].rhs
    assert tuples(json.loads(json.dumps(right))) == right


def test_an_instance_of_backprop_takes_less_than_30_milliseconds():
    taken = []
    for seed in range(5):
        start = perf_counter()
        instance = BACKPROP.instance(seed)
        for name in "E", "delta_h", "delta_o":
            instance.world.value(name)
        for name in "wbvc":
            instance.argument(f"dE_d{name}")
        taken.append(perf_counter() - start)
    assert min(taken) < 0.03
