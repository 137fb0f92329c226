"""An exercise in the page: numbers to compute, each answer checked where it is typed.

    exercise(["eq-output-delta o1", "eq-hidden-delta h1"])      for the running example
    exercise([…], given=["eq-hidden h1", "eq-output-delta o1"]) with some steps done
    exercise([…], net, X, D, eta=0.5)                           for another network

A quantity is the label of its equation and its place, counted from 1, as in "eq-slope-v
h1o2". The label alone stands for all its places. A faded worked example is the same
list of steps with ever fewer of them in `given`.

A right answer, rounded as a person rounds, is called right. A wrong one is compared
with the mutated trees of mistakes.py and named, with one sentence and the equation to
read again. The answer itself is never shown, nor stored. Nothing is computed here:
exercise.js uses engine.js, and the trees of the stepper. Without JavaScript there is a table with
blanks to fill.
"""

import html
import json
import pathlib
import re

import anywidget
import numpy as np
import traitlets

import backprop as bp
from book import engine
from book import equations
import examples
from book import stepper
from book.stepper import shared

FOLDER = pathlib.Path(__file__).parent
STATE = ("X", "D", "w", "b", "v", "c", "transfer", "alpha", "eta", "rows")
GREEK = {"delta": "δ", "dE": "∂E"}


class Exercise(anywidget.AnyWidget):
    """Quantities to compute (see the module); rows are [label, place, symbol, number],
    where the number of a quantity that is asked for is missing."""

    _esm = engine.module("exercise")
    _css = FOLDER / "exercise.css"

    X = traitlets.List().tag(sync=True)
    D = traitlets.List().tag(sync=True)
    w = traitlets.List().tag(sync=True)
    b = traitlets.List().tag(sync=True)
    v = traitlets.List().tag(sync=True)
    c = traitlets.List().tag(sync=True)
    transfer = traitlets.Unicode().tag(sync=True)
    alpha = traitlets.Float(1.0).tag(sync=True)
    eta = traitlets.Float(0.5).tag(sync=True)
    rows = traitlets.List().tag(sync=True)
    book = traitlets.Dict().tag(sync=True)

    def __repr__(self):
        return "\n".join(
            f"{plain(label, place)} = {'…' if number is None else number}"
            for label, place, _, number in self.rows
        )

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/plain": repr(self), "text/html": self._table()}, metadata

    def _table(self):
        state = html.escape(json.dumps({name: getattr(self, name) for name in STATE}))
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


def exercise(asked, net=None, X=None, D=None, *, given=(), eta=0.5):
    """The Exercise that asks for those quantities, of the running example or of another
    network and one example. Those in `given` are shown, in the order of a pass.

    Raises ValueError for a quantity that there is not.
    """
    if net is None:
        net, X, D = examples.running()
    steps = {s.label: s for s in bp.steps(net, X, D, eta)}
    order = list(steps)
    rows = []
    wanted = [(words, True) for words in given] + [(words, False) for words in asked]
    for words, known in sorted(wanted, key=lambda pair: order_of(pair[0], order)):
        for label, place in _parsed(words, steps):
            value = steps[label].value
            value = value[0] if np.ndim(value) > len(place) else value
            number = stepper.shown(value[tuple(place)]) if known else None
            rows.append([label, place, symbol(label, place), number])
    parameters = {name: getattr(net, name).tolist() for name in bp.Gradient._fields}
    return Exercise(
        X=np.asarray(X, float).tolist(),
        D=np.asarray(D, float).tolist(),
        transfer=net.f.name,
        alpha=float(getattr(net.f, "alpha", 1.0)),
        eta=float(eta),
        rows=rows,
        **parameters,
        **shared(),
    )


def order_of(words, labels):
    """Where a quantity stands in a pass; ValueError if it is no quantity of a pass."""
    label = words.split()[0]
    if label not in labels:
        known = ", ".join(labels)
        raise ValueError(f"{words!r} has no equation; expected one of {known}")
    return labels.index(label)


def _parsed(words, steps):
    """The label and each place, from 0, of "eq-slope-v h1o2" or of "eq-slope-v"."""
    label, _, unit = words.partition(" ")
    step = steps[label]
    if not unit:
        sizes = np.shape(step.value)[-len(step.indices) :] if step.indices else ()
        return [(label, list(place)) for place in np.ndindex(sizes)]
    place = [int(number) - 1 for number in re.findall(r"\d+", unit)]
    letters = "".join(re.findall(r"[a-z]", unit))
    sizes = np.shape(step.value)[-len(place) :] if place else ()
    inside = [0 <= k < n for k, n in zip(place, sizes)]
    if letters != step.indices or len(place) != len(letters) or not all(inside):
        wanted = "".join(f"{letter}1" for letter in step.indices)
        raise ValueError(f"{words!r} is no place; expected one like {label} {wanted}")
    return [(label, place)]


def _names(label, place):
    """The letter, what it is divided by, and the unit of a quantity: δ, "", h1."""
    equation = equations.registry()[label]
    d = equation.lhs[0] == "d"
    letters = (equation.lhs[2] if d else equation.lhs)[2:]
    units = [f"{letter}{k + 1}" for letter, k in zip(letters, place)]
    name = equation.lhs[2][1] if d else equation.lhs[1].split("_")[0]
    return GREEK.get(name, name), d, units, equation.relation != "="


def plain(label, place):
    """A quantity in one line of text: ∂E/∂v_h1o2."""
    name, d, units, after = _names(label, place)
    symbol = name + ("_" + "".join(units) if units else "")
    return ("∂E/∂" if d else "") + symbol + (" after the update" if after else "")


def symbol(label, place):
    """A quantity as MathML."""
    name, d, units, after = _names(label, place)
    inner = letter(name, "".join(units))
    if d:
        by = f"<mrow><mi>∂</mi>{inner}</mrow>"
        inner = f"<mfrac><mrow><mi>∂</mi><mi>E</mi></mrow>{by}</mfrac>"
    after = " after the update" if after else ""
    return f"<math><mrow>{inner}</mrow></math>{after}"


def letter(name, units):
    """A letter with its units below, as MathML: ("v", "h1o2")."""
    below = "".join(
        f"<mi>{unit}</mi><mn>{number}</mn>"
        for unit, number in re.findall(r"([a-z])(\d+)", units)
    )
    inner = f"<mi>{name}</mi>"
    return f"<msub>{inner}<mrow>{below}</mrow></msub>" if below else inner
