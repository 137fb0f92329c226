"""An exercise in the page: numbers to compute, each answer checked where it is typed.

    exercise(["eq-output-delta o1", "eq-hidden-delta h1"])      for the running example
    exercise([…], given=["eq-hidden h1", "eq-output-delta o1"]) with some steps done
    exercise([…], net, X, D, eta=0.5)                           for another network
    exercise(["eq-softmax-delta o1"], O=[…], D=[…])             for any model

A quantity is the label of its equation and its place, counted from 1, as in "eq-slope-v
h1o2". The label alone stands for all its places. A faded worked example is the same
list of steps with ever fewer of them in `given`.

A right answer, rounded as a person rounds, is called right. A wrong one is compared
with the mutated trees of mistakes.py and named, with one sentence and the equation to
read again. The answer itself is never shown, nor stored. Nothing is computed here:
exercise.js uses engine.js, and the trees of the stepper or of the model. Without
JavaScript there is a table with blanks to fill.
"""

import html
import json
import pathlib
import re

import anywidget
import numpy as np
import traitlets

import arguments
from book import engine, ideas, mistakes
from book.stepper import PART_ONE, shared
from book.writing import plain, shown, symbol

FOLDER = pathlib.Path(__file__).parent


class Exercise(anywidget.AnyWidget):
    """Quantities to compute (see the module); rows are [label, place, symbol, number],
    where the number of a quantity that is asked for is missing.

    state is what the page is told of the instance: name -> value. lines are the rows as
    text.
    """

    _esm = engine.module("exercise")
    _css = FOLDER / "exercise.css"

    rows = traitlets.List().tag(sync=True)
    given = traitlets.Dict().tag(sync=True)
    book = traitlets.Dict().tag(sync=True)
    said = traitlets.Dict().tag(sync=True)

    def __init__(self, state, lines, rows):
        super().__init__(rows=rows, **{**shared(), **state})
        self.state, self.lines = state, lines

    def __repr__(self):
        return "\n".join(self.lines)

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/plain": repr(self), "text/html": self._table()}, metadata

    def _table(self):
        state = html.escape(json.dumps({**self.state, "rows": self.rows}))
        lines = "\n".join(
            f'<tr><th scope="row">{symbol}</th>'
            f"<td>{'…' if number is None else number}</td></tr>"
            for _, _, symbol, number in self.rows
        )
        return (
            '<div class="exercise-table" data-widget="exercise" '
            f'data-state="{state}">\n'
            "<table><caption>Fill in what is missing.</caption>\n"
            '<thead><tr><th scope="col">quantity</th><th scope="col">value</th></tr>'
            f"</thead>\n<tbody>\n{lines}\n</tbody></table></div>"
        )


def exercise(
    asked, net=None, X=None, D=None, *, given=(), eta=None, model=None, **quantities
):
    """The Exercise that asks for those quantities, of the running example, of another
    network and one example, or of a model whose quantities are given by name. Those in
    `given` are shown, in the order of computing.

    Raises ValueError for a quantity that there is not.
    """
    for name, listed in ("asked", asked), ("given", given):
        if isinstance(listed, str) or not hasattr(listed, "__iter__"):
            raise TypeError(f"{name} is {arguments.short(listed)}; expected a list")
        for words in listed:
            if not isinstance(words, str) or not words.strip():
                raise ValueError(f"{name} has {words!r}; expected 'eq-hidden h1'")
    if not asked:
        raise ValueError(f"asked is {asked!r}; expected a quantity at least")
    wanted = [(words, True) for words in given] + [(words, False) for words in asked]
    model = _model(wanted[0][0], model)
    instance = ideas.given(model, net=net, X=X, D=D, eta=eta, **quantities)
    order, rows, lines = ideas.computed(model), [], []
    for words, known in sorted(wanted, key=lambda pair: order_of(pair[0], order)):
        for label, place in places(words, instance):
            value = mistakes.right_value(label, instance, place)
            number, equation = shown(value) if known else None, model.equations[label]
            rows.append([label, place, symbol(equation, place, model), number])
            lines.append(f"{plain(equation, place, model)} = {number or '…'}")
    return Exercise(_state(instance, rows), lines, rows)


def _model(words, model):
    try:
        return ideas.model_of(words.split()[0], model)
    except ValueError as error:
        raise ValueError(f"{words!r} has no equation; {error}") from None


def _state(instance, rows):
    """What the page is told: the given quantities of the first example; and unless it
    has them already, the model as data and the mistakes in what is asked for."""
    model, world = instance.model, instance.world
    functions = {
        letter: {"name": type(f).__name__, **world.setting.functions[letter][2]}
        for letter, f in instance.functions.items()
    }
    labels = dict.fromkeys(label for label, _, _, number in rows if number is None)
    values = {name: world.value(name)[..., 0].tolist() for name in instance.given}
    state = {"given": values | {"functions": functions, "ranges": instance.ranges}}
    if model.full_name == PART_ONE:
        return state
    return state | {"book": {"model": model.data(), **mistakes.told(labels, model)}}


def order_of(words, labels):
    """Where a quantity stands in a pass; ValueError if it is no quantity of a pass."""
    label = words.split()[0]
    if label not in labels:
        known = ", ".join(labels)
        raise ValueError(f"{words!r} has no equation; expected one of {known}")
    return labels.index(label)


def places(words, instance):
    """The label and each place, from 0, of "eq-slope-v h1o2" or of "eq-slope-v"."""
    label, _, unit = words.partition(" ")
    letters = instance.model.equations[label].letters
    sizes = [instance.world.size(letter) for letter in letters]
    if not unit:
        return [(label, list(place)) for place in np.ndindex(*sizes)]
    place = [int(number) - 1 for number in re.findall(r"\d+", unit)]
    inside = len(place) == len(sizes) and all(0 <= k < n for k, n in zip(place, sizes))
    if re.findall(r"[a-z]", unit) != list(letters) or not inside:
        wanted = "".join(f"{letter}1" for letter in letters)
        raise ValueError(f"{words!r} is no place; expected one like {label} {wanted}")
    return [(label, place)]
