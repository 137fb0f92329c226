"""The stepper: one pass of backpropagation to watch, to touch and to be asked about.

    Stepper(net, X, D)                       forward, output delta, hidden delta, update
    Stepper(net, X, D, phases=("forward",))        one phase; what comes before is shown
    Stepper(net, X, D, compare="no-slope-output")  beside it, the pass with that mistake
    stepper.net, stepper.trace               network and pass, as the reader left them

The widget is this file, stepper.js and stepper.css. The browser gets the equations of
backprop.py as trees, and engine.js evaluates them; it knows no other backpropagation.
`shared()` is what all steppers have in common: the trees, the lines of code, the
sentences and the mistakes. A notebook stores no widget but a table of every number,
made by backprop.py.
"""

import html
import inspect
import json
import pathlib
from functools import cache

import anywidget
import numpy as np
import traitlets

import backprop as bp
from backprop import WORDS
from book import engine, ideas, judge, mistakes
from book.model import models
from book.writing import shown, split

BACKPROP = models("backprop")["backprop"]
# The quantities of each phase, by the label of their equation. "error" can stand alone,
# as in the chapter that introduces it; otherwise the output delta begins with it.
PHASES = BACKPROP.phase_labels

# From E back to a weight: each factor, the slope of one quantity by the one before it.
PATHS = {
    "v": (
        r"\frac{\partial E}{\partial O_o} = O_o - D_o",
        r"\frac{\partial O_o}{\partial N_o} = f'(N_o)",
        r"\frac{\partial N_o}{\partial v_{ho}} = H_h",
    ),
    "w": (
        r"\frac{\partial E}{\partial O_o} = O_o - D_o",
        r"\frac{\partial O_o}{\partial N_o} = f'(N_o)",
        r"\frac{\partial N_o}{\partial H_h} = v_{ho}",
        r"\frac{\partial H_h}{\partial N_h} = f'(N_h)",
        r"\frac{\partial N_h}{\partial w_{ih}} = X_i",
    ),
}


@cache
def shared():
    """The traits that are the same in every stepper: {"book": the model, and what the
    screen adds to it; "said": what is said of a typed number}."""
    classes = {cls.name: cls.__name__ for cls in BACKPROP.classes["f"]}
    return {
        "book": {
            "model": BACKPROP.data(),
            "equations": {
                label: {
                    "code": _code(BACKPROP.equations[label]),
                    "mistakes": mistakes.told(label, BACKPROP),
                }
                for label in ideas.computed(BACKPROP)
            },
            "functions": classes,
            "paths": {
                name: [(e.lhs, e.rhs) for e in map(BACKPROP.parse, factors)]
                for name, factors in PATHS.items()
            },
        },
        "said": judge.DATA,
    }


def _code(equation):
    """[line number, text] of the function's head and of the line that computes it."""
    lines = inspect.getsource(bp).splitlines()
    head = next(
        k
        for k in range(equation.line, 0, -1)
        if lines[k - 1].lstrip().startswith("def ")
    )
    return [[k, lines[k - 1]] for k in (head, equation.line)]


FOLDER = pathlib.Path(__file__).parent


class Stepper(anywidget.AnyWidget):
    """One pass through a network (see the module), for the examples X (n, inputs) and
    D (n, outputs), shown one example at a time.

    eta is the learning rate. phases are names of PHASES. view is "unit" (one number at
    a time) or "layer"; with ask=True the reader is asked before a number is shown;
    compare names a mistake to compute beside the right pass: its id, or label/id for
    one equation.

    Raises ValueError for an unknown phase, view or mistake, and as backprop.steps does.
    """

    _esm = engine.module("stepper")
    _css = FOLDER / "stepper.css"

    X = traitlets.List().tag(sync=True)
    D = traitlets.List().tag(sync=True)
    w = traitlets.List().tag(sync=True)
    b = traitlets.List().tag(sync=True)
    v = traitlets.List().tag(sync=True)
    c = traitlets.List().tag(sync=True)
    transfer = traitlets.Unicode("logistic").tag(sync=True)
    alpha = traitlets.Float(1.0).tag(sync=True)
    eta = traitlets.Float(0.5).tag(sync=True)
    phases = traitlets.List().tag(sync=True)
    view = traitlets.Enum(["unit", "layer"], "unit").tag(sync=True)
    ask = traitlets.Bool(True).tag(sync=True)
    compare = traitlets.Unicode("").tag(sync=True)
    example = traitlets.Int(0).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    errors = traitlets.List().tag(sync=True)
    book = traitlets.Dict().tag(sync=True)
    said = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        net,
        X,
        D,
        eta=0.5,
        phases=("forward", "output delta", "hidden delta", "update"),
        *,
        view="unit",
        ask=True,
        compare="",
    ):
        for _ in bp.steps(net, X, D, eta):
            pass
        for phase in phases:
            if phase not in PHASES:
                known = ", ".join(PHASES)
                raise ValueError(f"phases has {phase!r}; expected some of {known}")
        if not phases:
            raise ValueError("phases is empty; expected at least one")
        if view not in ("unit", "layer"):
            raise ValueError(f"view is {view!r}; expected 'unit' or 'layer'")
        if compare and compare not in _comparable():
            known = ", ".join(sorted(_comparable()))
            raise ValueError(f"compare is {compare!r}; expected one of {known}")
        super().__init__(
            X=np.asarray(X, float).tolist(),
            D=np.asarray(D, float).tolist(),
            eta=float(eta),
            phases=list(phases),
            view=view,
            ask=ask,
            compare=compare,
            **shared(),
        )
        self.net = net

    @property
    def net(self):
        """The network as it now is: the reader may have changed or trained it."""
        f = bp.transfer_function(self.transfer, self.alpha)
        return bp.Network(self.w, self.b, self.v, self.c, f)

    @net.setter
    def net(self, net):
        with self.hold_trait_notifications():
            for name in bp.Gradient._fields:
                setattr(self, name, getattr(net, name).astype(float).tolist())
            self.transfer = net.f.name
            self.alpha = float(getattr(net.f, "alpha", 1.0))

    @property
    def trace(self):
        """Every Step of the pass for the example on show, from backprop.steps."""
        row = slice(self.example, self.example + 1)
        return list(
            bp.steps(self.net, np.array(self.X)[row], np.array(self.D)[row], self.eta)
        )

    def __repr__(self):
        sizes = "-".join(map(str, (len(self.w), len(self.v), len(self.c))))
        return f"Stepper({sizes}, {self.transfer}, {', '.join(self.phases)})"

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/plain": repr(self), "text/html": self._table()}, metadata

    def _table(self):
        """The numbers of the pass as a table, with the inputs in data-state."""
        state = {name: getattr(self, name) for name in STATE}
        rows = []
        for name, words, value in self._rows():
            letter, units = split(_tree(name), BACKPROP)
            symbol = letter + (f"<sub>{units}</sub>" if units else "")
            rows.append(
                f'<tr><th scope="row">{symbol}</th><td>{words}</td>'
                f"<td>{_cells(units, value)}</td></tr>"
            )
        return (
            '<div class="stepper-table" data-widget="stepper" '
            f'data-state="{html.escape(json.dumps(state), quote=True)}">\n'
            f"<table><caption>{self._caption()}</caption>\n"
            '<thead><tr><th scope="col">symbol</th><th scope="col">what it is</th>'
            '<th scope="col">value</th></tr></thead>\n'
            "<tbody>\n" + "\n".join(rows) + "\n</tbody></table></div>"
        )

    def _caption(self):
        sizes = f"{len(self.w)} inputs, {len(self.v)} hidden, {len(self.c)} outputs"
        alpha = f" with α = {shown(self.alpha)}" if self.transfer == "logistic" else ""
        return (
            f"One pass, every number: {sizes}; {self.transfer} units{alpha}; "
            f"η = {shown(self.eta)}"
        )

    def _rows(self):
        """(name, words, value) for every input and every quantity of a phase."""
        given = [("X", "input", np.array(self.X[self.example]))]
        given += [("w", "weight, input to hidden", np.array(self.w))]
        given += [("b", "hidden bias", np.array(self.b))]
        given += [("v", "weight, hidden to output", np.array(self.v))]
        given += [("c", "output bias", np.array(self.c))]
        backward = set(self.phases) - {"forward"}
        if backward:
            given += [("D", "desired output", np.array(self.D[self.example]))]
        for name, words, value in given:
            yield name, words, value
        last = max(list(PHASES).index(phase) for phase in self.phases)
        labels = [
            label for phase in list(PHASES)[: last + 1] for label in PHASES[phase]
        ]
        for step in self.trace:
            if step.label in labels:
                # A unit's quantity has a row per example: here one.
                batch = np.ndim(step.value) > len(step.indices)
                value = step.value[0] if batch else step.value
                yield step.name, WORDS[step.label][0], value


# What the table hands to the widget in the page: inputs only, no computed number.
STATE = (
    "X", "D", "w", "b", "v", "c", "transfer", "alpha", "eta", "phases", "view", "ask",
    "compare",
)  # fmt: skip


def _tree(name):
    """The symbol, or the slope, of that name in code."""
    symbol = BACKPROP.symbols.get(name)
    if symbol:
        return ("var", name, *symbol.letters)
    return next(e.lhs for e in BACKPROP.equations.values() if e.name == name)


def _cells(letters, value):
    """The numbers of one quantity, each named by its place: i1 h2 …"""
    if not letters:
        return shown(value)
    rows = []
    for place in np.ndindex(np.shape(value)):
        unit = "".join(f"{letter}{k + 1}" for letter, k in zip(letters, place))
        rows.append(f"<small>{unit}</small>&nbsp;{shown(value[place])}")
    if np.ndim(value) == 2:
        width = np.shape(value)[1]
        lines = [rows[k : k + width] for k in range(0, len(rows), width)]
        return "<br>".join(" ".join(line) for line in lines)
    return " ".join(rows)


@cache
def _comparable():
    """Every id of a mistake, and label/id for one equation's."""
    labels = ideas.computed(BACKPROP)
    found = [(label, m.id) for label in labels for m in mistakes.mistakes(label)]
    return {id for _, id in found} | {f"{label}/{id}" for label, id in found}
