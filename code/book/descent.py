r"""A descent to play with: a surface, an update rule, a start and a rate.

    Descent("ravine", "momentum", eta=0.05)     the widget; drag the start and the rate
    Descent("throw", eta=0.01, choose=False)    this surface and this rule only
    path("saddle", "adam", (0.5, 0.01), 0.05)   the same numbers from optimisers.py

    x, y  the two parameters     E  the height     steps  how many are drawn

The widget is this file, descent.js and descent.css. The browser gets the equations of
the rules and of the surfaces as trees, and engine.js evaluates them: it has no rule of
its own.
"""

import html
import json
import pathlib
from typing import NamedTuple

import anywidget
import numpy as np
import traitlets

import arguments
import optimisers
from book import engine
from book.latex import parse
from book.model import models
from book.notation import Notation
from book.trees import World, evaluate

NOTATION = Notation({letter: letter for letter in "xyE"})


class Surface(NamedTuple):
    """A height over the plane, its two slopes, what it shows, and where to look."""

    E: str
    slope_x: str
    slope_y: str
    words: str
    window: tuple  # x from, x to, y from, y to
    start: tuple
    low: tuple | None  # its lowest point, if there is one
    names: tuple = ("x", "y")  # what its two parameters are called


SURFACES = {
    "valley": Surface(
        r"E = \frac{1}{2} x^2 + 10 y^2",
        r"\frac{\partial E}{\partial x} = x",
        r"\frac{\partial E}{\partial y} = 20 y",
        "twenty times as steep across as along",
        (-2.5, 1.0, -0.8, 0.8),
        (-2.0, 0.5),
        (0.0, 0.0),
    ),
    "saddle": Surface(
        r"E = \frac{1}{2} x^2 - \frac{1}{2} y^2 + \frac{1}{4} y^4",
        r"\frac{\partial E}{\partial x} = x",
        r"\frac{\partial E}{\partial y} = y^3 - y",
        "level in the middle, down to both sides",
        (-1.6, 1.6, -1.4, 1.4),
        (-1.2, 0.001),
        None,
    ),
    "ravine": Surface(
        r"E = \frac{1}{2} (1 - x)^2 + 5 (y - x^2)^2",
        r"\frac{\partial E}{\partial x} = x - 1 - 20 x (y - x^2)",
        r"\frac{\partial E}{\partial y} = 10 (y - x^2)",
        "a bent floor between steep walls, after Rosenbrock (1960)",
        (-1.6, 1.6, -0.6, 2.0),
        (-1.2, 1.2),
        (1.0, 1.0),
    ),
    "throw": Surface(
        r"E = \frac{1}{2} (2 x y - 10)^2",
        r"\frac{\partial E}{\partial x} = (2 x y - 10) 2 y",
        r"\frac{\partial E}{\partial y} = (2 x y - 10) 2 x",
        "the error of the arm of chapter 1, by its two dials",
        (0.5, 4.5, 0.5, 4.0),
        (3.0, 2.0),
        None,
        ("w", "v"),
    ),
}
# Those that a reader may choose from; the others belong to a passage of their own.
OFFERED = "valley", "saddle", "ravine"

# What each rule does well with on these surfaces; the reader drags from here.
ETA = {
    "gradient_descent": 0.04,
    "momentum": 0.01,
    "nesterov": 0.01,
    "adagrad": 0.3,
    "rmsprop": 0.03,
    "adam": 0.08,
    "powersign": 0.02,
    "addsign": 0.025,
}
STEPS = 100


def heights(surface, x, y):
    """E of a surface at x and y, numbers or arrays alike, from its equation."""
    arguments.one_of("surface", surface, SURFACES)
    x, y = np.broadcast_arrays(arguments.finite("x", x), arguments.finite("y", y))
    tree = parse(SURFACES[surface].E, NOTATION).rhs
    # Each point is a lane of its own.
    world = World({"x": x.ravel(), "y": y.ravel()}, lanes=x.size)
    return world.table(tree, ()).reshape(x.shape)[()]


def slope(surface):
    """The function from (x, y) to the slopes of E by them, from their equations."""
    arguments.one_of("surface", surface, SURFACES)
    found = SURFACES[surface]
    trees = [parse(tex, NOTATION).rhs for tex in (found.slope_x, found.slope_y)]

    def at(theta):
        world = World({"x": theta[:1], "y": theta[1:]})
        return np.array([evaluate(tree, world) for tree in trees])

    return at


def path(surface, rule, start, eta, steps=STEPS):
    """The points of a descent, (steps + 1, 2); fewer if it leaves the numbers."""
    arguments.one_of("rule", rule, optimisers.RULES)
    start = arguments.finite("start", start)
    arguments.shaped("start", start, (2,))
    arguments.positive("eta", eta)
    steps = arguments.count("steps", steps, least=0)
    decay = optimisers.linear_decay if rule in ("powersign", "addsign") else None
    walk = optimisers.walk(
        optimisers.RULES[rule], slope(surface), start, steps, decay, eta=eta
    )
    points = []
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            for theta in walk:
                points.append(theta)
        except ValueError:  # the numbers ended before the steps did
            pass
    return np.array(points)


def shared():
    """What all descents have in common: the trees of the surfaces and of the rules."""
    surfaces = {}
    for name, found in SURFACES.items():
        texts = found.E, found.slope_x, found.slope_y
        trees = [parse(tex, NOTATION).rhs for tex in texts]
        surfaces[name] = {**found._asdict(), "trees": trees}
    rules = {}
    for rule in optimisers.RULES:
        own = models("optimisers")[rule].equations.values()
        rules[rule] = [[e.name, e.rhs] for e in own if e.relation != "="]
    common = {
        "surfaces": surfaces,
        "offered": OFFERED,
        "rules": rules,
        "settings": {
            "mu": 0.9,
            "rho": 0.9,
            "beta": 0.9,
            "beta_1": 0.9,
            "beta_2": 0.999,
        },
        "epsilon": {"adagrad": 1e-10, "rmsprop": 1e-8, "adam": 1e-8},
        "decay": models("optimisers")["powersign"].equations["eq-linear-decay"].rhs,
        "eta": ETA,
    }
    return {"descent": common}


class Descent(anywidget.AnyWidget):
    """A surface with the path of a rule on it. Raises ValueError for an unknown surface
    or rule, a rate that is not positive, or a start that is not two finite numbers.

    Without `choose` the surface and the rule stay what they are."""

    _esm = engine.module("descent")
    _css = pathlib.Path(__file__).with_suffix(".css")
    surface = traitlets.Unicode().tag(sync=True)
    rule = traitlets.Unicode().tag(sync=True)
    eta = traitlets.Float().tag(sync=True)
    start = traitlets.List(traitlets.Float()).tag(sync=True)
    steps = traitlets.Int(STEPS).tag(sync=True)
    choose = traitlets.Bool(True).tag(sync=True)
    descent = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        surface="valley",
        rule="gradient_descent",
        eta=None,
        start=None,
        choose=True,
    ):
        arguments.one_of("surface", surface, SURFACES)
        arguments.one_of("rule", rule, optimisers.RULES)
        eta = ETA[rule] if eta is None else eta
        arguments.positive("eta", eta)
        start = SURFACES[surface].start if start is None else start
        if np.shape(start) != (2,) or not np.isfinite(start).all():
            raise ValueError(f"start is {start!r}; expected two finite numbers")
        super().__init__(
            surface=surface,
            rule=rule,
            eta=eta,
            start=[float(x) for x in start],
            choose=bool(choose),
            **json.loads(json.dumps(shared())),
        )

    @property
    def path(self):
        """The points of the descent as the reader left it, (steps + 1, 2)."""
        return path(self.surface, self.rule, self.start, self.eta, self.steps)

    def __repr__(self):
        return f"Descent({self.surface}, {self.rule}, eta {self.eta:g})"

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/plain": repr(self), "text/html": self._table()}, metadata

    def _table(self):
        """Where each rule is after some steps from this start, each at its own rate."""
        state = {
            k: getattr(self, k)
            for k in ("surface", "rule", "eta", "start", "steps", "choose")
        }
        rows = []
        for rule, eta in ETA.items():
            if not self.choose and rule != self.rule:
                continue
            eta = self.eta if rule == self.rule else eta
            points = path(self.surface, rule, self.start, eta, self.steps)
            cells = ""
            for step in 1, 10, self.steps:
                if step < len(points):
                    x, y = points[step]
                    E = heights(self.surface, x, y)
                    cells += f"<td>({x:.3f}, {y:.3f}), E {E:.3f}</td>"
                else:
                    cells += "<td>left the numbers</td>"
            name = rule.replace("_", " ")
            rows.append(f'<tr><th scope="row">{name}, η = {eta:g}</th>{cells}</tr>')
        x, y = self.start
        return (
            '<div class="descent-table" data-widget="descent" '
            f'data-state="{html.escape(json.dumps(state), quote=True)}">\n'
            f"<table><caption>Descents on the {self.surface} from "
            f"({x:g}, {y:g})</caption>\n"
            '<thead><tr><th scope="col">rule</th><th scope="col">after 1 step</th>'
            '<th scope="col">after 10</th>'
            f'<th scope="col">after {self.steps}</th></tr></thead>\n<tbody>\n'
            + "\n".join(rows)
            + "\n</tbody></table></div>"
        )
