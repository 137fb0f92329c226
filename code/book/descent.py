r"""A descent to play with: a surface, an update rule, a start and a rate.

    Descent("ravine", "momentum", eta=0.05)     the widget; drag the start and the rate
    Descent("valley", rival="adam")             two rules on one map, each at its rate
    Descent("valley", steps=20, goal=0.01)      it says when the path is below the goal
    Descent("valley", rules=["adam"])           the reader chooses among these rules
    path("saddle", "adam", (0.5, 0.01), 0.05)   the same numbers from optimisers.py

    x, y  the two parameters     E  the height     steps  how many are drawn

A surface is an entry of SURFACES, in letters of its own if it names its axes. One that
is not in MENU stands alone: the reader of another does not meet it.

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


class Surface(NamedTuple):
    """A height over the plane, its two slopes, what it shows, and where to look."""

    E: str
    slope_x: str  # by the parameter that is drawn across
    slope_y: str  # by the one that is drawn upwards
    words: str
    window: tuple  # x from, x to, y from, y to
    start: tuple
    low: tuple | None  # its lowest point, if there is one
    axes: tuple = ("x", "y")  # what the two are called, in the equations as on the map

    @property
    def trees(self):
        """The height and its two slopes, as trees."""
        notation = Notation({letter: letter for letter in (*self.axes, "E")})
        texts = self.E, self.slope_x, self.slope_y
        return [parse(tex, notation) for tex in texts]


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
        r"E = \frac{1}{2} (2 w v - 10)^2",
        r"\frac{\partial E}{\partial w} = (2 w v - 10) 2 v",
        r"\frac{\partial E}{\partial v} = (2 w v - 10) 2 w",
        "the error of the arm of chapter 1, by its two dials",
        (2.0, 3.6, 1.0, 2.6),
        (3.0, 2.0),
        None,
        ("w", "v"),
    ),
}

# Among these the reader of one of them may choose.
MENU = ("valley", "saddle", "ravine")

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
NAMES = {rule: rule.replace("_", " ") for rule in ETA} | {
    "nesterov": "Nesterov",
    "adagrad": "AdaGrad",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "powersign": "PowerSign",
    "addsign": "AddSign",
}
STEPS = 100
STATE = tuple("surface rule eta rival rival_eta rules start steps goal".split())
AWAY = 1e6  # a path as high as that has run away


def heights(surface, x, y):
    """E of a surface at x and y, numbers or arrays alike, from its equation."""
    arguments.one_of("surface", surface, SURFACES)
    x, y = np.broadcast_arrays(arguments.finite("x", x), arguments.finite("y", y))
    found = SURFACES[surface]
    across, up = found.axes
    # Each point is a lane of its own.
    world = World({across: x.ravel(), up: y.ravel()}, lanes=x.size)
    return world.table(found.trees[0].rhs, ()).reshape(x.shape)[()]


def slope(surface):
    """The function from (x, y) to the slopes of E by them, from their equations."""
    arguments.one_of("surface", surface, SURFACES)
    found = SURFACES[surface]
    across, up = found.axes
    trees = [equation.rhs for equation in found.trees[1:]]

    def at(theta):
        world = World({across: theta[:1], up: theta[1:]})
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
        except optimisers.RanAway:  # the numbers ended before the steps did
            pass
    return np.array(points)


def shared():
    """What all descents have in common: the trees of the surfaces and of the rules."""
    surfaces = {}
    for name, found in SURFACES.items():
        trees = [equation.rhs for equation in found.trees]
        surfaces[name] = {**found._asdict(), "trees": trees}
    rules = {}
    for rule in ETA:
        own = models("optimisers")[rule].equations.values()
        rules[rule] = [[e.name, e.rhs] for e in own if e.relation != "="]
    common = {
        "surfaces": surfaces,
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
        "names": NAMES,
        "menu": MENU,
        "away": AWAY,
    }
    return {"descent": common}


class Descent(anywidget.AnyWidget):
    """A surface with the path of a rule on it, and of a rival if there is one. goal is
    a height to get below, 0 for none. Raises ValueError for an unknown surface or rule,
    a rate that is not positive, or a start that is not two finite numbers."""

    _esm = engine.module("descent")
    _css = pathlib.Path(__file__).with_suffix(".css")
    surface = traitlets.Unicode().tag(sync=True)
    rule = traitlets.Unicode().tag(sync=True)
    eta = traitlets.Float().tag(sync=True)
    rival = traitlets.Unicode().tag(sync=True)
    rival_eta = traitlets.Float().tag(sync=True)
    rules = traitlets.List(traitlets.Unicode()).tag(sync=True)
    start = traitlets.List(traitlets.Float()).tag(sync=True)
    steps = traitlets.Int(STEPS).tag(sync=True)
    goal = traitlets.Float().tag(sync=True)
    descent = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        surface="valley",
        rule="gradient_descent",
        eta=None,
        start=None,
        *,
        rival="",
        rival_eta=None,
        rules=tuple(ETA),
        steps=STEPS,
        goal=0,
    ):
        arguments.one_of("surface", surface, SURFACES)
        for name in rules:
            arguments.one_of("rules", name, ETA)
        arguments.one_of("rule", rule, rules)
        arguments.one_of("rival", rival, ("", *rules))
        eta = ETA[rule] if eta is None else eta
        rival_eta = ETA[rival or rule] if rival_eta is None else rival_eta
        arguments.positive("eta", eta)
        arguments.positive("rival_eta", rival_eta)
        arguments.number("goal", goal)
        start = SURFACES[surface].start if start is None else start
        if np.shape(start) != (2,) or not np.isfinite(start).all():
            raise ValueError(f"start is {start!r}; expected two finite numbers")
        super().__init__(
            surface=surface,
            rule=rule,
            eta=eta,
            rival=rival,
            rival_eta=rival_eta,
            rules=list(rules),
            start=[float(x) for x in start],
            steps=arguments.count("steps", steps),
            goal=goal,
            **json.loads(json.dumps(shared())),
        )

    @property
    def path(self):
        """The points of the descent as the reader left it, (steps + 1, 2)."""
        return path(self.surface, self.rule, self.start, self.eta, self.steps)

    @property
    def rival_path(self):
        """The points of the rival as the reader left it, or None."""
        if self.rival:
            return path(
                self.surface, self.rival, self.start, self.rival_eta, self.steps
            )

    def __repr__(self):
        rival = f" against {self.rival}, eta {self.rival_eta:g}" if self.rival else ""
        return f"Descent({self.surface}, {self.rule}, eta {self.eta:g}{rival})"

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/plain": repr(self), "text/html": self._table()}, metadata

    def _table(self):
        """Where each rule is after some steps from this start, each at its own rate."""
        state = {k: getattr(self, k) for k in STATE}
        own, shown = {self.rival: self.rival_eta, self.rule: self.eta}, []
        for step in 1, 10, self.steps:
            if step <= self.steps and step not in shown:
                shown.append(step)
        rows = []
        for rule in self.rules:
            eta = own.get(rule, ETA[rule])
            points = path(self.surface, rule, self.start, eta, self.steps)
            cells = ""
            for step in shown:
                E = np.inf
                if step < len(points):
                    x, y = points[step]
                    E = heights(self.surface, x, y)
                if E < AWAY:
                    cells += f"<td>({x:.3f}, {y:.3f}), E {E:.3f}</td>"
                else:
                    cells += "<td>ran away</td>"
            rows.append(
                f'<tr><th scope="row">{NAMES[rule]}, η = {eta:g}</th>{cells}</tr>'
            )
        x, y = self.start
        return (
            '<div class="descent-table" data-widget="descent" '
            f'data-state="{html.escape(json.dumps(state), quote=True)}">\n'
            f"<table><caption>Descents on the {self.surface} from "
            f"({x:g}, {y:g})</caption>\n"
            '<thead><tr><th scope="col">rule</th>'
            + "".join(f'<th scope="col">after {step}</th>' for step in shown)
            + "</tr></thead>\n<tbody>\n"
            + "\n".join(rows)
            + "\n</tbody></table></div>"
        )
