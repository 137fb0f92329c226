r"""Say of an answer that it is right, or which mistake it looks like; never the answer.

    check("eq-hidden-delta", [0.1, -0.2])           numbers for the running example
    check("eq-hidden-delta", 0.1, "h1")             one of them
    check("eq-hidden-delta", "−2.6×10⁻²", "h1")     as you would write it on paper
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

Numbers are read and judged as in the page (judge.py), and so may be rounded as a person
rounds. Of a function, right and wrong are what the trees of the model and of
mistakes.py give on random instances, square and not.
"""

import re

import numpy as np

import arguments
from book import ideas, trial
from book.feedback import Feedback, explained, unexplained
from book.judge import NOT, ROUNDED, SAID, SHORT, WAY, fit, judge, near, read, suspects
from book.mistakes import gives, mistakes, tried

# Of these, two mistakes made together may still be the reason.
UNEXPLAINED = ("size", "both", "sign decimal")


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
    if isinstance(value, np.ma.MaskedArray):
        arguments.numbers("value", value)
    texts = np.vectorize(_written, otypes=[object])(np.asarray(value, object))
    right = gives(label, instance)
    letters = model.equations[label].letters
    place = _place(unit, letters, right.shape[right.ndim - len(letters) :])
    count = right[(..., *place)].size
    one = instance.lanes == 1 and right.ndim > 1
    shapes = [right.shape[k:] for k in range(1 + one)]
    if texts.size != count or not (place or texts.shape in shapes or count == 1):
        expected = " or ".join(map(str, shapes))
        text = f"It has the shape {texts.shape}; expected {expected}."
        return Feedback("unclear", text, label)
    typed = [read(text) for text in texts.ravel()]
    for one in typed:
        if one.why:
            return Feedback("unclear", one.why, label)

    def pick(values):
        return values[(..., *place)].reshape(texts.shape)

    if count == 1 and instance.lanes == 1:
        where = place or (0,) * len(model.equations[label].letters)
        around = suspects(label, instance, where)
        said = judge(texts.item(), pick(right).item(), around)
        found = None
        if said.kind in UNEXPLAINED:
            found = _explained(label, instance, typed, pick)
        return found or _as_feedback(said, label, model)
    return _of_several(label, instance, typed, pick)


def _of_several(label, instance, typed, pick):
    """Feedback on all numbers of a quantity, each read."""
    right = pick(gives(label, instance))
    own, best = _level(typed, right), NOT
    for mistake in mistakes(label, instance.model):
        value = tried(label, instance, mistake)
        if value is not None:
            best = max(best, _level(typed, pick(value)))
    if own and own >= best:
        kind = {WAY: "way", SHORT: "short"}.get(own, "right")
        return Feedback("right", SAID[kind])
    found = _explained(label, instance, typed, pick, best)
    if not found and all(map(near, typed, right.ravel())):
        return Feedback("unclear", SAID["near"], label)
    value = np.reshape([one.value for one in typed], right.shape)
    tree = instance.model.equations[label].rhs
    return found or unexplained(label, tree, value, right)


def _level(typed, exact):
    """How well each typed number fits, at worst."""
    return min(map(fit, typed, np.ravel(exact)))


def _explained(label, instance, typed, pick, best=NOT):
    """Feedback naming the mistakes that fit best, or two made together; None if the
    digits are too few to tell."""
    if best < WAY:
        if any(one.digits < 3 and one.value for one in typed):
            return None
        best = ROUNDED

    def explains(mistake, changes):
        value = tried(label, instance, mistake, changes)
        return value is not None and _level(typed, pick(value)) >= best

    return explained([label], instance.model, explains)


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


def _written(number):
    """A number as it would be typed, with as many digits as it was given."""
    if isinstance(number, str):
        return number
    one = arguments.numbers("value", number)
    if one.ndim:
        found = arguments.short(number)
        raise ValueError(f"value has {found}; expected an array of numbers")
    return np.format_float_positional(float(one), trim="-")


def _as_feedback(said, label, model):
    """The Verdict on one number as Feedback."""
    if said.right:
        return Feedback("right", said.text)
    known = {mistake.id: mistake for mistake in mistakes(label, model)}
    named = tuple(known[one["id"]] for one in said.found if one["kind"] == "mistake")
    return Feedback("mistake" if said.found else "unclear", said.text, label, named)
