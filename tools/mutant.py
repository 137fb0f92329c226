"""What a mutant is, and what a class of them has to say of itself."""

from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class Mutant(NamedTuple):
    """One thing changed.

    kind and model; of places, a failure has to name one; what was changed; the span and
    the new text in a file, or in a cell of a notebook; and the arguments with which the
    shipped tests are called.
    """

    kind: str
    model: str
    places: tuple
    change: str
    path: Path
    cell: int | None
    span: tuple
    text: str
    subject: object

    def __str__(self):
        return f"{self.places[0]}: {self.change}"


class Class(NamedTuple):
    """A class of mutants: how changes are made, and who has to notice them."""

    made: object  # gives every mutant
    under: object  # a context in which the mutant is true
    asked: object  # gives the shipped tests of its place
    tests: object = None  # of some mutants, as pytest names them; None: in no copy
    same: object = None  # whether what nobody notices changes nothing that is seen
    limit: float = 0.0  # the share that may survive unlisted


def put(text, span, new):
    return text[: span[0]] + new + text[span[1] :]


def said(what, text, span, new):
    """What was changed, with the line it stands in."""
    changed = put(text, span, new)
    start = changed.rfind("\n", 0, span[0]) + 1
    stop = changed.find("\n", span[0] + len(new))
    line = changed[start : stop if stop >= 0 else None]
    return f"{what} [{text[slice(*span)]} → {new}] in {' '.join(line.split())}"


@contextmanager
def handed(mutant):
    """Nothing is changed: the test is handed what is."""
    yield


@contextmanager
def patched(module, /, **names):
    """A module in which names stand for something else."""
    before = {name: getattr(module, name) for name in names}
    vars(module).update(names)
    try:
        yield
    finally:
        vars(module).update(before)
