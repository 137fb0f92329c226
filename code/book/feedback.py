"""From an answer to what is said of it: right, the mistake it looks like, what is seen.

Feedback(verdict, text, label, mistakes)    what a learner is told
explained(labels, model, explains)          the one mistake, or the two, that explain it
unexplained(label, tree, value, right)      what can be seen if none does
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from book import ideas, mistakes
from book.judge import SAID, TOLERANCE, made_of, told
from book.trees import replaced

# Of several mistakes that explain the same numbers, the likeliest stands first. The
# order is that of the sightings in chapter 07; the others follow as they are listed.
LIKELY = (
    "sign", "updated-v", "raw-difference", "no-slope-output", "no-slope-hidden",
    "transposed-v", "transposed-slope", "transposed-slope-w", "transposed-w",
    "factor-two", "factor-half", "slope-at-output", "net-in-short-form", "first-only",
    "bias-summed", "no-bias", "not-updated",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Feedback:
    """verdict: "right", "mistake" or "unclear"; the text shown; the label of the
    equation to read again; the mistakes, likeliest first."""

    verdict: str
    text: str
    label: str = ""
    mistakes: tuple = ()

    def __repr__(self):
        if not self.label:
            return self.text
        number = ideas.chapter(self.label)
        place = f"{self.label}, chapter {number}" if number else self.label
        return f"{self.text} Read again: {place}."


def explained(labels, model, explains, partly=None):
    """Feedback naming the one mistake or the two that explain an answer, or None.

    explains(mistake, changes) says whether an answer is what those changes, label ->
    tree, give; partly does so of what comes first in it.
    """
    singles = _singles(labels, model)
    found = [m for m in singles if explains(m, {m.label: m.tree})]
    if found:
        return named(found, found[0].label)
    if partly:  # a mistake in what comes first, and another in what comes after
        firsts = [m for m in singles if partly(m, {m.label: m.tree})]
        if not firsts:
            return None
        for first in firsts[:3]:
            for second in singles:
                if second.label != first.label and explains(
                    second, {first.label: first.tree, second.label: second.tree}
                ):
                    return _two(first, second)
    for label in labels:
        for first, second in _pairs(label, model):
            if explains(_both(first, second), {label: second.tree}):
                return _two(first, second)
    return None


def _singles(labels, model):
    """Every mistake in one of the equations, the likeliest first."""
    found = [m for label in labels for m in mistakes.mistakes(label, model)]
    found += [_last_only(m) for m in found if m.id.startswith("first-only")]
    return sorted(found, key=lambda m: (LIKELY + (m.id,)).index(m.id))


def _last_only(first_only):
    """The mistake of keeping a sum's last term: unit 0 is the one before unit 1."""
    tree = first_only.tree
    for letter in "abcdefghijklmnopqrstuvwxyz":
        tree = replaced(tree, f"{letter}1", f"{letter}0")
    id, name = (
        words.replace("first", "last") for words in (first_only.id, first_only.name)
    )
    return first_only._replace(id=id, tree=tree, name=name)


@cache
def _pairs(label, model):
    """Every two mistakes made together in one equation; the second has the tree."""
    singles, trial = _singles([label], model), ideas.drawn(model, 0, size=3)
    found, seen = [], {m.tree for m in singles} | {model.equations[label].rhs}
    for first in singles:
        for second in mistakes.changed(label, model, first.tree):
            if second.id == first.id or second.tree in seen:
                continue
            try:
                value = mistakes.tried(label, trial, second)
            except (IndexError, KeyError, TypeError):
                continue  # what the second would change is gone
            if value is not None:
                seen.add(second.tree)
                found.append((first, second))
    return found


def _both(first, second):
    """The first mistake, where both can be made."""
    return first._replace(
        square=first.square or second.square, only=first.only or second.only
    )


def named(found, label):
    """Feedback that names mistakes, the first of them with its sentence."""
    text = told([mistake._asdict() for mistake in found])
    return Feedback("mistake", text, label, tuple(found))


def _two(first, second):
    if first.id == second.id:
        name = first.name[0].lower() + first.name[1:]
        text = f"In both layers: {name}. {first.sentence}"
        return Feedback("mistake", text, first.label, (first, second))
    text = (
        f"Two things at once. {first.name}: {first.sentence} "
        f"And then: {second.name[0].lower()}{second.name[1:]}. {second.sentence}"
    )
    return Feedback("mistake", text, first.label, (first, second))


def unexplained(label, tree, value, right, complaint=""):
    """Feedback for an answer that no mistake of the list explains: what can be seen,
    and how to go through the tree of the equation."""
    through = SAID[made_of(tree)]
    value, right = np.atleast_1d(value), np.atleast_1d(right)
    part = TOLERANCE["part"]
    same = np.abs(value - right) <= part * np.abs(right)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (value / right)[np.abs(right) > 0]
    if not np.isfinite(value).all():
        seen = "Something in it is not a finite number."
    elif same.any():
        wrong = ", ".join(map(str, np.argwhere(~same)[0] + 1))
        seen = f"Part of it is right. Look at place {wrong}, counted from 1."
    elif ratio.size > 1 and np.ptp(ratio) <= part * np.abs(ratio).max():
        seen = (
            "It is right but for one factor, the same everywhere. "
            "Which is one too many or too few?"
        )
    elif (np.sign(value) == -np.sign(right)).all():
        seen = "Its sign is the other one, and its size is off too."
    elif (np.sign(value) == np.sign(right)).all():
        seen = f"Its sign is right, its size is not. {through}"
    else:
        seen = f"{through[:-1]}, each at its own index."
    text = f"This is none of the mistakes the book can name. {seen}"
    return Feedback("unclear", f"{text} {complaint}".strip(), label)
