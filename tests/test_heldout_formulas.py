"""A hundred formulas by somebody who had not seen the parser: none is misread.

heldout_formulas.json has sixty formulas to refuse and forty to read, each of these with
its value as a NumPy expression. It was written and run once before anything was mended:
of the sixty 52 were refused and of the forty 34 read, none to a wrong value.
"""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from book import latex
from book.notation import Notation
from book.trees import EquationError, Laws, Setting, World, letters

FORMULAS = json.loads(
    Path(__file__).with_name("heldout_formulas.json").read_text("utf-8")
)
DECLARATIONS = {
    "net": Notation(
        {
            "X_i": "X", "w_{ih}": "w", "b_h": "b", "N_h": "N_h", "H_h": "H",
            "v_{ho}": "v", "c_o": "c", "N_o": "N_o", "O_o": "O", "D_o": "D",
            "E": "E", "E_o": "E_o",
            r"\delta_o": "delta_o", r"\delta_h": "delta_h", r"\eta": "eta",
            r"\alpha": "alpha", "n": "n", "N": "N",
        },
        {"i j": "inputs", "h g": "hidden", "o k p": "outputs"},
        functions="f",
    ),
    "conv": Notation(
        {"x_{uv}": "x", "w_{ab}": "w", "y_{ij}": "y", "s": "s", "p": "p"},
        {
            "u": "rows", "v": "columns", "a": "window", "b": "across",
            "i": "down", "j": "out",
        },
    ),
    "rnn": Notation(
        {
            "X_{ti}": "X", "H_{th}": "H", "w_{ih}": "w", "u_{gh}": "u", "b_h": "b",
            "N_{th}": "N", r"\delta_{th}": "delta",
        },
        {"t": "times", "i": "inputs", "h g": "hidden"},
        functions="f",
    ),
    "rbm": Notation(
        {
            "v_i": "v", "h_j": "h", "w_{ij}": "w", "a_i": "a", "b_j": "b", "E": "E",
            "Z": "Z", "T": "T", "p": "p",
        },
        {"i": "visible", "j": "hidden"},
        averages=("", "v"),
        states=("v", "h"),
    ),
    "hopfield": Notation(
        {"s_i": "s", "w_{ij}": "w", r"\theta_i": "theta", "E": "E", r"\beta": "beta"},
        {"i j": "units"},
        states=("s",),
    ),
    "adam": Notation(
        {
            r"\theta": "theta", "g": "g", "m": "m", "s": "s", "t": "t", r"\eta": "eta",
            r"\beta_1": "beta_1", r"\beta_2": "beta_2", r"\epsilon": "epsilon",
        }
    ),
}  # fmt: skip
SIZES = {
    "inputs": 3, "hidden": 4, "outputs": 2, "rows": 7, "columns": 8, "window": 2,
    "across": 3, "down": 3, "out": 2, "times": 5, "visible": 3, "units": 4,
}  # fmt: skip
WHOLE = {"s": 2.0, "p": 0.0}  # a stride and a padding
STATES = {"v": (0, 1), "h": (0, 1)}


def name_of(formula):
    return f"{formula['group']}: {formula['tex']}"


def world_of(declaration):
    """Random quantities for a declaration, and the same by name for NumPy."""
    rng, notation = np.random.default_rng(3), DECLARATIONS[declaration]
    symbols = [s for known in notation.known.values() for s in known]
    numbers = {}
    for symbol in symbols:
        numbers[symbol.name] = rng.uniform(0.2, 1.2, [SIZES[k] for k in symbol.kinds])
    if declaration == "conv":
        numbers |= WHOLE
    numbers |= {"n": 3.0} if declaration == "net" else {}
    numbers |= {"q": 0.7} if declaration == "rbm" else {}
    setting = Setting(
        laws=Laws(
            (), {"H": 0, "delta": 0}, STATES,
            {"": ("p", "v h".split()), "v": ("q", ["h"])},
        ),
        ranges={letter: (0, SIZES[kind]) for letter, kind in notation.over.items()},
        functions={"f": ("N", ("call", "tanh", ("var", "N")), {})},
        from_one=frozenset(notation.over),
    )  # fmt: skip
    lanes = {name: np.asarray(value)[..., None] for name, value in numbers.items()}
    return World(lanes, setting), numbers


def states(count):
    return [np.array(state) for state in itertools.product((0, 1), repeat=count)]


def averaged(numbers):
    """What ⟨…⟩ is in world_of: weights that do not depend on the states."""

    def average(function, held=""):
        free = states(len(numbers["a"])) if not held else [numbers["v"]]
        weight = numbers["p"] if not held else numbers["q"]
        return sum(
            weight * function(v, h) for v in free for h in states(len(numbers["b"]))
        )

    return average


def by_numpy(formula, numbers, place):
    """The value that the formula should have, by its own expression."""
    known = {
        **numbers, **place, "np": np, "f": np.tanh, "fp": lambda x: 1 - np.tanh(x) ** 2,
        "states": states, "eps": numbers.get("epsilon"), "n": numbers.get("n"),
        **{name: int(value) for name, value in numbers.items() if name in WHOLE and
           formula["declaration"] == "conv"},
    }  # fmt: skip
    if formula["declaration"] == "rbm":
        known["avg"] = averaged(numbers)
    return eval(formula["value_python"], known)


@pytest.mark.parametrize(
    "formula", [f for f in FORMULAS if f["kind"] == "refuse"], ids=name_of
)
def test_what_cannot_be_run_is_refused(formula):
    notation = DECLARATIONS[formula["declaration"]]
    world, _ = world_of(formula["declaration"])
    with pytest.raises(EquationError):
        for chain in latex.parse_block(formula["tex"], notation):
            # An index that is neither summed nor on the left is refused when it runs.
            for tree in chain[2::2]:
                world.table(tree, letters(chain[0]))


@pytest.mark.parametrize(
    "formula", [f for f in FORMULAS if f["kind"] == "read"], ids=name_of
)
def test_what_is_easily_misread_has_the_right_value(formula):
    notation = DECLARATIONS[formula["declaration"]]
    ((left, _, tree),) = latex.parse_block(formula["tex"], notation)
    if "pd(" in formula["value_python"]:  # nothing here depends on anything
        assert {part[0] for part in tree[1:] if isinstance(part, tuple)} & {
            "d",
            "d2",
            "pow",
        } or (tree[0] == "neg" and tree[1][0] == "d")
        return
    world, numbers = world_of(formula["declaration"])
    units = tuple(formula["indices"])
    assert set(letters(left)) == set(units)
    found = world.table(tree, units)[..., 0]
    for place in itertools.product(*map(range, found.shape)):
        named = dict(zip(units, place))
        if "t" in named and not 0 < named["t"] < SIZES["times"] - 1:
            continue  # NumPy would count from the other end
        wanted = by_numpy(formula, numbers, named)
        assert found[place] == pytest.approx(wanted, rel=1e-12, abs=1e-12)
