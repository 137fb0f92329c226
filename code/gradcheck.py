"""Gradient checking: compare the slopes that were derived with slopes found by nudging.

    central_difference(E_up, E_down, epsilon)   the slope, from two nudges
    slopes_by_nudging(net, X, D)          central differences of E, one by one
    relative_error(found, wanted)         0 is equal, 1 is opposite or one of them zero
    gradient_check(gradient, net, X, D)   name -> relative error, for w, b, v and c
    step_check(train, net, X, D)          the same of what a training step really did
    failing(errors)                       the names whose error is above 1e-6: "wb", ""

Both checks take the function to be checked, so that they can be turned on anything with
the interface of backprop.gradient and backprop.train.
"""

from dataclasses import replace

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


def relative_error(found, wanted):
    """The size of the difference by the sum of the sizes: between 0 and 1, no unit.

    Two arrays of zeros agree. Infinite or not a number: 1. Different shapes: 1.
    """
    found = arguments.numbers("found", found)
    wanted = arguments.numbers("wanted", wanted)
    finite = np.isfinite(found).all() and np.isfinite(wanted).all()
    if found.shape != wanted.shape or not finite:
        return 1.0
    sizes = np.linalg.norm(found) + np.linalg.norm(wanted)
    return float(np.linalg.norm(found - wanted) / sizes) if sizes else 0.0


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


CHECKS = "slopes_by_nudging", "gradient_check", "step_check"
arguments.guard(globals(), **dict.fromkeys(CHECKS, _asked))


def draw(rng):
    """Two errors and a nudge."""
    return {"E_up": rng.uniform(), "E_down": rng.uniform(), "epsilon": rng.uniform()}


MODELS = {"gradcheck": {
    "symbols": r"g E_{up} E_{down} \varepsilon=epsilon", "indices": {},
    "draw": draw}}  # fmt: skip

# Name in code -> what it is, in the order of the notation.
WORDS = {
    "g": "slope of the error by a parameter, found by nudging it",
    "E_up": "error with the parameter moved up",
    "E_down": "error with the parameter moved down",
    "epsilon": "how far a parameter is nudged",
}
