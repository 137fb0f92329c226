"""The mistakes people make when they write backpropagation, as equations gone wrong.

    mistakes(label)                     the Mistakes of one equation, each a changed tree
    diagnose(label, index, value, env)  which of them, if any, gives this number or array
    wrong_values(label, env)            id -> what each mistake gives

A mistake is the equation's own tree with one thing wrong, so it is evaluated like any
other equation, here and in the page. The stepper, the checker of exercises and the
chapter on bugs use this one list. What mends a mistake is the line of code that computes
the equation, read from the source.
"""

import inspect
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from book import equations, trees


class Mistake(NamedTuple):
    """One mistake in one equation: `tree` stands where its right side should.

    mend is the line of code that puts it right. With `square` the mistake needs a square
    array of that name: elsewhere the shapes would not fit, and the mistake shows itself.
    With `only` it is a mistake about that transfer function.
    """

    id: str
    label: str
    tree: tuple
    name: str
    sentence: str
    mend: str
    square: str = ""
    only: str = ""

    def applies(self, env):
        """Whether one could make this mistake unnoticed in the network of env."""
        if self.square and len(set(np.shape(env[self.square]))) != 1:
            return False
        return not self.only or env.setting.functions["f"][1] == (
            equations.registry()[f"eq-{self.only}"].rhs
        )


# ---- changing a tree


def replaced(tree, old, new):
    """The tree with every part that equals `old` turned into `new`."""
    if tree == old:
        return new
    if not isinstance(tree, tuple):
        return tree
    return tuple(replaced(part, old, new) for part in tree)


def without(tree, part):
    """The tree less a factor or a summand."""
    if not isinstance(tree, tuple):
        return tree
    kept = [without(inner, part) for inner in tree[1:] if inner != part]
    if tree[0] in ("mul", "add") and len(kept) == 1:
        return kept[0]
    return (tree[0], *kept)


def swapped(tree, name):
    """The tree with the two indices of an array the other way round."""
    if not isinstance(tree, tuple):
        return tree
    if tree[:2] == ("var", name):
        return ("var", name, *reversed(tree[2:]))
    return tuple(swapped(part, name) for part in tree)


def first_only(tree):
    """The tree with its sum left at the first term."""
    if not isinstance(tree, tuple):
        return tree
    if tree[0] == "sum":
        return replaced(tree[2], tree[1], f"{tree[1]}1")
    return tuple(first_only(part) for part in tree)


def times(*factors):
    """A product of numbers, names and trees, flat."""
    return ("mul", *factors)


# Trees that the mistakes are made of.
def _trees(*texts):
    return (equations.parse(f"n = {tex}").rhs for tex in texts)


X_i, H_h, v_ho, w_ih = _trees("X_i", "H_h", "v_{ho}", "w_{ih}")
N_h, N_o, O_o, b_h, c_o = _trees("N_h", "N_o", "O_o", "b_h", "c_o")
delta_o, delta_h, eta, half = _trees(r"\delta_o", r"\delta_h", r"\eta", r"\frac{1}{2}")
slope_h, slope_o, squared = _trees("f'(N_h)", "f'(N_o)", r"\frac{1}{2} (D_o - O_o)^2")
difference, backwards, updated_v = _trees(
    "O_o - D_o", "D_o - O_o", r"v_{ho} - \eta\, H_h\, \delta_o"
)
TWO = ("num", "2")
# Quantities of one layer read at the index of another: square arrays let it pass.
X_h, delta_o_at_h = ("var", "X", "h"), ("var", "delta_o", "h")


# ---- the list


@dataclass(frozen=True)
class Kind:
    """One way to go wrong, in each equation where it can be: label -> change of the
    right side."""

    id: str
    name: str
    sentence: str
    changes: dict
    square: str = ""
    only: str = ""
    mended_in: str = ""


def _slope_at(N, inner):
    return lambda tree: replaced(tree, ("call", "f'", N), inner)


def _each(labels, change):
    return {f"eq-{label}": change for label in labels.split()}


def _update(change):
    """The change of the four updates; `change` gets the parameter and its slope."""
    return _each(
        "update-v update-c update-w update-b",
        lambda tree: change(tree[1], tree[2][2]),
    )


KINDS = [
    Kind(
        "no-bias",
        "The bias is left out",
        "A unit starts from its bias before it hears anything.",
        {
            "eq-net-hidden": lambda tree: without(tree, b_h),
            "eq-net-output": lambda tree: without(tree, c_o),
        },
    ),
    Kind(
        "bias-subtracted",
        "The bias is subtracted",
        "The bias is added; if it should pull down, it is negative itself.",
        {
            "eq-net-hidden": lambda tree: ("sub", tree[1], b_h),
            "eq-net-output": lambda tree: ("sub", tree[1], c_o),
        },
    ),
    Kind(
        "no-weights",
        "The weights are left out",
        "What passes a connection is multiplied by its weight, in both directions.",
        {
            "eq-net-hidden": lambda tree: replaced(tree, times(X_i, w_ih), X_i),
            "eq-net-output": lambda tree: replaced(tree, times(H_h, v_ho), H_h),
            "eq-hidden-delta": lambda tree: replaced(tree, times(v_ho, delta_o), delta_o),
        },
    ),
    Kind(
        "first-only",
        "Only the first term of the sum is there",
        "All the connections count: add them up, do not overwrite or stop.",
        _each("net-hidden net-output error hidden-delta", first_only),
    ),
    Kind(
        "transposed-w",
        "The indices of w are swapped",
        "The first index is where a weight comes from: w[i, h], not w[h, i].",
        {"eq-net-hidden": lambda tree: swapped(tree, "w")},
        square="w",
    ),
    Kind(
        "transposed-v",
        "The indices of v are swapped",
        "The first index is where a weight comes from: v[h, o], not v[o, h].",
        {
            "eq-net-output": lambda tree: swapped(tree, "v"),
            "eq-hidden-delta": lambda tree: swapped(tree, "v"),
        },
        square="v",
    ),
    Kind(
        "transfer-too-soon",
        "That is already f(N)",
        "The net input is the sum alone; f comes in the next step.",
        _each("net-hidden net-output", lambda tree: ("call", "f", tree)),
    ),
    Kind(
        "net-sent",
        "The net input N is used where the output H should be",
        "What a unit sends on, and what a weight multiplies, is H = f(N).",
        _each("net-output slope-v", lambda tree: replaced(tree, H_h, N_h)),
    ),
    Kind(
        "wrong-layer",
        "The input of the wrong layer",
        "A weight multiplies what the layer before it sends: X for w, H for v.",
        {"eq-net-output": lambda tree: replaced(tree, H_h, X_h)},
        square="w",
    ),
    Kind(
        "no-transfer",
        "The transfer function is left out",
        "That is the net input itself; the unit sends f of it.",
        _each("hidden output", lambda tree: tree[2]),
    ),
    Kind(
        "slope-for-transfer",
        "That is the slope f′(N), not f(N)",
        "Forward the unit sends f(N); its slope is needed on the way back.",
        _each("hidden output", lambda tree: ("call", "f'", tree[2])),
    ),
    Kind(
        "sign-in-exponent",
        "The minus sign in the exponent is lost",
        "The exponent is −αN: a large net input must give an output near 1.",
        _each("hidden output", lambda tree: ("call", "f", ("neg", tree[2]))),
        only="logistic",
        mended_in="eq-logistic",
    ),
    Kind(
        "factor-two",
        "Twice as much: the ½ is missing",
        "E carries a ½, so that its slope has no factor 2.",
        {
            "eq-error": lambda tree: without(tree, half),
            "eq-output-delta": lambda tree: times(TWO, *tree[1:]),
        },
        mended_in="eq-error",
    ),
    Kind(
        "factor-half",
        "Half as much: the ½ stayed in the slope",
        "The slope of ½x² is x: the 2 of the square takes the ½ away.",
        {"eq-output-delta": lambda tree: times(half, *tree[1:])},
    ),
    Kind(
        "not-squared",
        "The differences are not squared",
        "Without the square, too high and too low cancel.",
        {
            "eq-error": lambda tree: times(half, ("sum", "o", backwards)),
        },
    ),
    Kind(
        "square-of-sum",
        "The sum is squared, not the differences",
        "Square each difference, then add.",
        {
            "eq-error": lambda tree: times(
                half, ("pow", ("sum", "o", backwards), TWO)
            ),
        },
    ),
    Kind(
        "sign",
        "The sign is the other one",
        "A delta and a slope point uphill, the way E grows: O − D, not D − O.",
        _each(
            "output-delta slope-v slope-c hidden-delta slope-w slope-b",
            lambda tree: ("neg", tree),
        ),
    ),
    Kind(
        "no-slope-output",
        "The slope f′(N_o) is left out",
        "The difference is the slope by the output; f′ takes it to the net input.",
        {"eq-output-delta": lambda tree: without(tree, slope_o)},
    ),
    Kind(
        "no-slope-hidden",
        "The slope f′(N_h) is left out",
        "The sum is the slope by the unit's output; f′ takes it to the net input.",
        {"eq-hidden-delta": lambda tree: without(tree, slope_h)},
    ),
    Kind(
        "slope-at-output",
        "The slope is taken at the output, f′(f(N))",
        "f′ wants the net input N. Only the short form αO(1 − O) takes the output.",
        {
            "eq-output-delta": _slope_at(N_o, ("call", "f'", O_o)),
            "eq-hidden-delta": _slope_at(N_h, ("call", "f'", H_h)),
        },
    ),
    Kind(
        "net-in-short-form",
        "The short form of f′ with N in it: N(1 − N)",
        "The short form of the slope is αf(N)(1 − f(N)): it takes the output.",
        {
            "eq-output-delta": _slope_at(
                N_o, times(("var", "alpha"), N_o, ("sub", ("num", "1"), N_o))
            ),
            "eq-hidden-delta": _slope_at(
                N_h, times(("var", "alpha"), N_h, ("sub", ("num", "1"), N_h))
            ),
        },
        only="logistic",
        mended_in="eq-logistic-slope",
    ),
    Kind(
        "transfer-for-slope",
        "f(N) where its slope f′(N) should be",
        "Backwards a unit passes on how much its output would change: f′, not f.",
        {
            "eq-output-delta": _slope_at(N_o, O_o),
            "eq-hidden-delta": _slope_at(N_h, H_h),
        },
    ),
    Kind(
        "error-for-difference",
        "The squared error where the difference should be",
        "The delta is a slope: the slope of ½(D − O)² by O is O − D.",
        {
            "eq-output-delta": lambda tree: replaced(tree, difference, squared),
        },
    ),
    Kind(
        "error-for-delta",
        "The error E_o where the delta should be",
        "What goes back is the slope of the error, δ_o, not the error.",
        _each(
            "slope-v slope-c hidden-delta",
            lambda tree: replaced(tree, delta_o, squared),
        ),
    ),
    Kind(
        "raw-difference",
        "The raw difference O − D where δ_o should be",
        "δ_o carries f′(N_o) too; what goes further back is δ_o.",
        _each(
            "slope-v slope-c hidden-delta",
            lambda tree: replaced(tree, delta_o, difference),
        ),
    ),
    Kind(
        "updated-v",
        "The updated v is used",
        "All deltas are computed with the weights of the forward pass; then v moves.",
        {"eq-hidden-delta": lambda tree: replaced(tree, v_ho, updated_v)},
    ),
    Kind(
        "transposed-slope",
        "The two factors come from each other's unit",
        "Entry [from, to] is what came in at `from` times the delta at `to`.",
        {
            "eq-slope-v": lambda tree: times(("var", "H", "o"), delta_o_at_h),
        },
        square="v",
    ),
    Kind(
        "transposed-slope-w",
        "The two factors come from each other's unit",
        "Entry [from, to] is what came in at `from` times the delta at `to`.",
        {
            "eq-slope-w": lambda tree: times(X_h, ("var", "delta_h", "i")),
        },
        square="w",
    ),
    Kind(
        "no-input",
        "What came in is left out",
        "A weight that nothing passes cannot change E: its slope has that factor.",
        {
            "eq-slope-v": lambda tree: without(tree, H_h),
            "eq-slope-w": lambda tree: without(tree, X_i),
        },
    ),
    Kind(
        "weight-for-input",
        "The parameter itself where its input should be",
        "The slope by a weight is what came in, not the weight; a bias has input 1.",
        {
            "eq-slope-v": lambda tree: replaced(tree, H_h, v_ho),
            "eq-slope-c": lambda tree: times(c_o, delta_o),
            "eq-slope-w": lambda tree: replaced(tree, X_i, w_ih),
            "eq-slope-b": lambda tree: times(b_h, delta_h),
        },
    ),
    Kind(
        "output-for-input",
        "The output of the unit it leads to, not what came in",
        "What came in over w is X; H is what went out.",
        {"eq-slope-w": lambda tree: replaced(tree, X_i, H_h)},
    ),
    Kind(
        "wrong-delta",
        "The delta of the wrong layer",
        "A weight takes the delta of the unit it leads to: δ_h for w, δ_o for v.",
        _each(
            "slope-w slope-b",
            lambda tree: replaced(tree, delta_h, delta_o_at_h),
        ),
        square="v",
    ),
    Kind(
        "bias-summed",
        "The slope of the bias is summed over the units",
        "Each unit has its own bias, with its own delta for a slope.",
        {
            "eq-slope-c": lambda tree: ("sum", "o", tree),
            "eq-slope-b": lambda tree: ("sum", "h", tree),
        },
    ),
    Kind(
        "eta-in-slope",
        "η is in the slope already",
        "The learning rate belongs to the update; the slope is E's own.",
        _each(
            "slope-v slope-c slope-w slope-b",
            lambda tree: times(eta, *(tree[1:] if tree[0] == "mul" else (tree,))),
        ),
    ),
    Kind(
        "added",
        "The slope is added, not subtracted",
        "The slope points uphill; to go down, subtract.",
        _update(lambda old, slope: ("add", old, times(eta, slope))),
    ),
    Kind(
        "no-eta",
        "The learning rate η is left out",
        "The slope is true only nearby: take a fraction η of it.",
        _update(lambda old, slope: ("sub", old, slope)),
    ),
    Kind(
        "change-only",
        "That is the change, not the new value",
        "The change is added to the old value: the parameter moves, it is not replaced.",
        _update(lambda old, slope: ("neg", times(eta, slope))),
    ),
    Kind(
        "not-updated",
        "It was not updated",
        "Every parameter moves, those of the first layer and the biases too.",
        _update(lambda old, slope: old),
    ),
]


@cache
def mistakes(label):
    """The Mistakes of the equation with that label: none if the list knows none."""
    registry = equations.registry()
    found = []
    for kind in KINDS:
        if label in kind.changes:
            tree = kind.changes[label](registry[label].rhs)
            mend = _code_line(registry[kind.mended_in or label])
            found.append(
                Mistake(
                    kind.id, label, tree, kind.name, kind.sentence, mend,
                    kind.square, kind.only,
                )
            )  # fmt: skip
    return tuple(found)


def _code_line(equation):
    lines = inspect.getsource(__import__(equation.module)).splitlines()
    return lines[equation.line - 1].strip()


# ---- from a number to a mistake


def wrong_values(label, env, index=None):
    """id -> the value of each mistake that applies, as an array over all its places, or
    for the places of index (from 0) as a number.

    env is that of equations.environment.
    """
    return {
        m.id: _values(label, m.tree, env, index)
        for m in mistakes(label)
        if m.applies(env)
    }


def right_value(label, env, index=None):
    """What the equation itself gives, as `wrong_values` does."""
    return _values(label, equations.registry()[label].rhs, env, index)


def _values(label, tree, env, index):
    units = equations.registry()[label].letters
    if index is not None:
        return float(trees.evaluate(tree, env, dict(zip(units, index))))
    return trees.tabulate(tree, env, units).astype(float)


class Diagnosis(NamedTuple):
    """verdict is "right", "mistake" or "unknown"; mistakes are those that give the value
    (two, if these numbers cannot tell them apart), or with "right" those that give the
    right value too."""

    verdict: str
    mistakes: tuple


def diagnose(label, index, value, env, tolerance=1e-6):
    """What a number, or with index None an array, says about how it was computed.

    Equal means: within tolerance, relative to the larger of the two in the array.
    """
    value = np.asarray(value, float)
    by_id = {m.id: m for m in mistakes(label)}
    same = tuple(
        by_id[id]
        for id, wrong in wrong_values(label, env, index).items()
        if _equal(value, wrong, tolerance)
    )
    if _equal(value, right_value(label, env, index), tolerance):
        return Diagnosis("right", same)
    return Diagnosis("mistake" if same else "unknown", same)


def _equal(a, b, tolerance):
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    return bool(np.max(np.abs(a - b)) <= tolerance * max(np.abs(a).max(), np.abs(b).max()))
