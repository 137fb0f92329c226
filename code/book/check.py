r"""Say of an answer that it is right, or which mistake it looks like; never the answer.

    check("eq-hidden-delta", [0.1, -0.2])           numbers for the running example
    check("eq-hidden-delta", 0.1, "h1")             one of them
    check("eq-slope-v", value, net=net, X=X, D=D)   numbers for another network
    check("eq-softmax-delta", value, O=…, D=…)      numbers for quantities of any model
    check(hidden_delta)                             a function of yours, by its name
    check(mine, "eq-hidden-delta")                  one of any other name
    check(output, model="fruit")                    where two models have that name

What comes back shows itself: a verdict ("right", "mistake" or "unclear"), the mistakes
it may be with a sentence, and the equation to read again. A function may use loops,
einsum or matrices and take one example or a batch. Its arguments are the quantities of
its model, by their names (net X w b v c f N_h H N_o O D delta_o delta_h eta alpha), or
in the order of the book's function. `gradient` returns a Gradient, a tuple w, b, v, c
or a dict.

Right and wrong are what the trees of the model and of mistakes.py give on random
instances, square and not. Numbers may be rounded as a person rounds.
"""

import re

import numpy as np

import arguments
from book import ideas, trial
from book.feedback import Feedback, explained, unexplained
from book.mistakes import gives, tried
from book.trial import TOLERANCE


def check(answer, *rest, **given):
    """Feedback on numbers, check(label, value, unit, model=, name=quantity, …), or on a
    function, check(function, label, model=).

    Raises ValueError if the label is unknown, if a quantity is unknown or missing, or
    if no function is so called.
    """
    if callable(answer):
        return trial.of_function(answer, *rest, **given)
    return _of_value(answer, *rest, **given)


def _of_value(label, value=None, unit="", model=None, **given):
    model = ideas.model_of(label, model)
    instance = ideas.given(model, **given)
    value, right = arguments.numbers("value", value), gives(label, instance)
    letters = model.equations[label].letters
    place = _place(unit, letters, right.shape[right.ndim - len(letters) :])
    if place:
        pick = lambda a: a[(..., *place)].reshape(value.shape)  # noqa: E731
        count = right[(..., *place)].size
    else:
        pick = lambda a: a.reshape(value.shape)  # noqa: E731
        count = right.size
    one = instance.lanes == 1 and right.ndim > 1
    shapes = [right.shape[k:] for k in range(1 + one)]
    if value.size != count or not (place or value.shape in shapes or count == 1):
        expected = " or ".join(map(str, shapes))
        text = f"It has the shape {value.shape}; expected {expected}."
        return Feedback("unclear", text, label)
    if not np.isfinite(value).all():
        return Feedback("unclear", "It is not a finite number.", label)
    if _rounded(value, pick(right)):
        return Feedback("right", "Right.")

    def explains(mistake, changes):
        found = tried(label, instance, mistake, changes)
        return found is not None and _rounded(value, pick(found))

    found = explained([label], model, explains)
    return found or unexplained(label, value, pick(right))


def _place(unit, letters, sizes):
    """The place, from 0, that "h1o2" says; () for all of them. Else ValueError."""
    if unit == "":
        return ()
    arguments.instance("unit", unit, str, "a place, as in 'h1'")
    said = re.findall(r"([a-z])(\d+)", unit)
    place = tuple(int(number) - 1 for _, number in said)
    inside = len(place) == len(sizes) and all(0 <= k < n for k, n in zip(place, sizes))
    written = "".join(f"{letter}{number}" for letter, number in said) == unit
    if not (written and inside and [letter for letter, _ in said] == list(letters)):
        last = "".join(f"{letter}{size}" for letter, size in zip(letters, sizes))
        raise ValueError(f"unit is {unit!r}; expected a place up to {last}")
    return place


def _rounded(given, exact):
    """Whether each given number is the exact one as a person writes it: rounded, or cut
    off, to at least two significant digits."""
    for a, b in zip(np.ravel(given), np.ravel(exact)):
        decimals = len(np.format_float_positional(a, trim="-").partition(".")[2])
        last = 10.0**-decimals
        near = abs(a - b) <= max(0.51 * last, TOLERANCE * abs(b))
        if not near or (last > 0.1 * abs(b) and abs(a - b) > TOLERANCE * abs(b)):
            return False
    return True
