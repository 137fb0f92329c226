"""Gradient checking: compare the slopes that were derived with slopes found by nudging.

    central_difference(E_up, E_down, epsilon)   the slope, from two nudges
    slopes_by_nudging(net, X, D)          central differences of E, one by one
    relative_error(s, g)                  0 is equal, 1 is opposite or one of them zero
    ratio(s, g)                           how many times too large a slope is
    missing_factor(s, g)                  what was left out, if a factor was
    gradient_check(gradient, net, X, D)   name -> relative error, for w, b, v and c
    step_check(train, net, X, D)          the same of what a training step really did
    failing(errors)                       the names whose error is above 1e-6: "wb", ""

Both checks take the function to be checked, so that they can be turned on anything with
the interface of backprop.gradient and backprop.train.
"""

from dataclasses import replace
from functools import partial

import numpy as np

import arguments
import backprop as bp

NAMES = "wbvc"


def central_difference(E_up, E_down, epsilon):
    r"""A slope found by nudging a parameter to both sides (eq-central-difference).

    .. math:: g = \frac{E_{up} - E_{down}}{2 \varepsilon}

    E_up and E_down are the error with the parameter moved up and down by epsilon.
    """
    return (E_up - E_down) / (2 * epsilon)


def slopes_by_nudging(net, X, D, size=1e-5, error=bp.error):
    """The slope of E by every parameter, as a Gradient, by central differences.

    Every parameter is moved up by size and down by size, and the whole forward pass is
    run each time: two passes per parameter. What is cut off shrinks with size², the
    rounding error grows with 1 / size; in double precision 1e-5 is near the best.
    """

    def at(name, place, nudge):
        moved = getattr(net, name).copy()
        moved[place] += nudge
        return error(bp.forward(replace(net, **{name: moved}), X).O, D)

    slopes = {}
    for name in NAMES:
        slopes[name] = np.zeros_like(getattr(net, name))
        for place in np.ndindex(slopes[name].shape):
            up, down = at(name, place, size), at(name, place, -size)
            slopes[name][place] = central_difference(up, down, size)
    return bp.Gradient(**slopes)


def relative_error(s, g):
    r"""How far the slopes s of a program are from the slopes g (eq-relative-error).

    .. math:: r = \frac{\lvert s - g \rvert}{\lvert s \rvert + \lvert g \rvert}

    Between 0 and 1, without a unit. Of an array, the bars mean its length. Two arrays
    of zeros agree. Infinite or not a number: 1. Different shapes: 1.
    """
    s, g = arguments.numbers("s", s), arguments.numbers("g", g)
    finite = np.isfinite(s).all() and np.isfinite(g).all()
    if s.shape != g.shape or not finite:
        return 1.0
    sizes = np.linalg.norm(s) + np.linalg.norm(g)
    return float(np.linalg.norm(s - g) / sizes) if sizes else 0.0


def ratio(s, g):
    r"""How many times the slope g a program's slope s is (eq-ratio).

    .. math:: q = \frac{s}{g}
    """
    return s / g


def missing_factor(s, g):
    r"""The factor that was left out of a slope, if one was (eq-missing-factor).

    .. math:: m = \frac{g}{s}

    What is missing takes the program's slope s to the right one.
    """
    return g / s


def gradient_check(gradient, net, X, D, size=1e-5, error=bp.error):
    """The relative error of gradient(net, X, D), by parameter: {"w": …, "b": …, …}."""
    found, wanted = gradient(net, X, D), slopes_by_nudging(net, X, D, size, error)
    return {
        name: relative_error(getattr(found, name), getattr(wanted, name))
        for name in NAMES
    }


def step_check(train, net, X, D, eta=0.5, step=1, size=1e-5):
    """The relative error of the slopes that the given training step followed.

    Trains for step - 1 and for step epochs of one batch; what the last step moved, by
    -eta, should be the slope of E at the place where it began.
    """
    before = net if step == 1 else train(net, X, D, eta=eta, epochs=step - 1)[0]
    after = train(net, X, D, eta=eta, epochs=step)[0]
    start = bp.Network(before.w, before.b, before.v, before.c, net.f)
    wanted = slopes_by_nudging(start, X, D, size)
    return {
        name: relative_error(
            (getattr(before, name) - getattr(after, name)) / eta, getattr(wanted, name)
        )
        for name in NAMES
    }


def failing(errors, tolerance=1e-6):
    """The names whose relative error is above the tolerance, or no number, as one word.
    Raises ValueError if there is no error to judge."""
    arguments.positive("tolerance", tolerance)
    if not isinstance(errors, dict) or not errors:
        found = arguments.short(errors)
        raise ValueError(f"errors is {found}; expected name -> relative error")
    for name, error in errors.items():
        arguments.instance(f"errors[{name!r}]", error, (float, int), "a number")
    return "".join(name for name, e in errors.items() if not 0 <= e <= tolerance)


def _asked(given):
    """Arguments by name, X and D as arrays; an error if a check of them would be none:
    if a nudge moves nothing, or if the error it should move is no number."""
    net, size, error = given["net"], given.get("size", 1e-5), given.get("error")
    arguments.instance("net", net, bp.Network, "a Network")
    X, D = arguments.examples(given["X"], given["D"], len(net.w), len(net.c))
    for name in "gradient", "train", "error":
        if name in given:
            arguments.function(name, given[name], "as the docstring says")
    for name in "size", "eta":
        arguments.positive(name, given.get(name, 1))
    arguments.count("step", given.get("step", 1))
    for name in NAMES:
        a = getattr(net, name)
        if (a + size == a).any() or (a - size == a).any():
            raise ValueError(f"size is {size}; expected one that moves each of {name}")
    if error is not None:
        arguments.number("error(O, D)", error(bp.forward(net, X).O, D))
    return {**given, "X": X, "D": D}


def _divisible(given, below):
    """Arguments by name, numbers all; an error if the one to divide by is 0."""
    for name, value in given.items():
        arguments.number(name, value)
    if given[below] == 0:
        raise ValueError(f"{below} is 0; expected a number other than 0")
    return given


CHECKS = "slopes_by_nudging", "gradient_check", "step_check"
arguments.guard(
    globals(),
    **dict.fromkeys(CHECKS, _asked),
    ratio=partial(_divisible, below="g"),
    missing_factor=partial(_divisible, below="s"),
    relative_error=dict,  # it looks for itself: what is no number is far
)


def draw(rng):
    """Two errors and a nudge."""
    return {"E_up": rng.uniform(), "E_down": rng.uniform(), "epsilon": rng.uniform()}


def _draw_with_slope(rng):
    """The same, and the slope that some program has."""
    return {**draw(rng), "s": rng.uniform(-1, 1)}


NUDGED = r"g E_{up} E_{down} \varepsilon=epsilon"
MODELS = {
    "gradcheck": {
        "symbols": NUDGED, "indices": {}, "draw": draw,
        "labels": "eq-central-difference",
    },
    "compared": {
        "symbols": rf"{NUDGED} s r q m", "indices": {}, "draw": _draw_with_slope,
        "labels": "eq-central-difference eq-relative-error eq-ratio eq-missing-factor",
    },
}  # fmt: skip

# Name in code -> what it is, in the order of the notation.
WORDS = {
    "g": "slope of the error by a parameter, found by nudging it",
    "E_up": "error with the parameter moved up",
    "E_down": "error with the parameter moved down",
    "epsilon": "how far a parameter is nudged",
    "s": "slope that a program has for the same parameter, right or wrong",
    "r": "relative error of the program's slope",
    "q": "ratio of the program's slope to the nudged one",
    "m": "factor that the program has left out",
}
