r"""Eight tricks of Efficient BackProp, by LeCun and others, 1998, one by one.

    CHANGES                       name -> what is different from the recommended setting
    test_error("recommended", 0)  % of test digits wrong after a short training, seed 0
    run(Setting(epochs=60), 0)    the network after each epoch, and its digits
    radial_run(0)                 the same with 50 radial units in place of 50 tanh
    StretchedTanh()               1.7159 tanh(2N/3), the recommended transfer function

    lambda_   curvature of a bowl along one direction      theta  where on it we stand
    eta_max   the rate from which descent diverges         kappa  condition number
    sigma     spread of the weights of a unit with m inputs

Everything is trained by backprop.py on scikit-learn's digits: 50 hidden units, squared
error, one example at a time, five epochs. One thing is changed at a time, so that a
difference has one cause; the learning rate is an argument, so that each change can be
given its own.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np

import arguments
import backprop as bp
import digits

# ---- the equations


def curvature(X):
    r"""How strongly the error of a linear unit is curved, by the weight of an input
    whose values are X (eq-curvature).

    .. math:: \lambda = \frac{1}{n} \sum_s X_s^2

    Shapes: X (cases,); returns a number.
    """
    return (X**2).sum() / len(X)


def largest_rate(lambda_):
    r"""The learning rate that descent has to stay below: twice the one that is at the
    bottom in a single step (eq-largest-rate).

    .. math:: \eta_{max} = 2\, \frac{1}{\lambda}
    """
    return 2 / lambda_


def bowl_step(theta, eta, lambda_):
    r"""One step of descent in a direction of curvature lambda (eq-bowl-step).

    .. math:: \theta \leftarrow (1 - \eta\, \lambda)\, \theta

    Shapes: theta and lambda_ (any); returns (any).
    """
    return (1 - eta * lambda_) * theta


def condition_number(lambda_max, lambda_min):
    r"""How much steeper the steepest direction is than the flattest (eq-condition).

    .. math:: \kappa = \frac{\lambda_{max}}{\lambda_{min}}
    """
    return lambda_max / lambda_min


def weight_spread(m):
    r"""The spread of weights that hands on the spread of m inputs (eq-weight-spread).

    .. math:: \sigma = \frac{1}{\sqrt{m}}
    """
    return 1 / np.sqrt(m)


@dataclass(frozen=True)
class StretchedTanh:
    r"""A tanh stretched so that f(1) = 1, f(-1) = -1 and it bends most near there."""

    name = "stretched tanh"

    def __call__(self, N):
        r""".. math:: f(N) = 1.7159 \tanh\bigl(\tfrac{2}{3} N\bigr)"""
        return 1.7159 * np.tanh(2 / 3 * N)

    def slope(self, N):
        return 1.7159 * 2 / 3 * (1 - np.tanh(2 / 3 * N) ** 2)


# ---- the settings

INPUTS = "standardised", "scaled", "raw", "decorrelated"


@dataclass(frozen=True)
class Setting:
    """How to train: the defaults are what is recommended, as far as it goes without
    decorrelating (3) and with one rate for both layers (7)."""

    batch: int | None = 1  # None: all examples in one step
    shuffle: bool = True  # False: one class after the other
    inputs: str = "standardised"  # or another of INPUTS
    f: object = StretchedTanh()
    # The wanted output of the right class; that of the others is -target. A logistic
    # unit, whose outputs lie between 0 and 1, is asked for (1 ± target) / 2.
    target: float = 1.0
    spread: float | None = None  # of the weights; None: 1 / sqrt(inputs of the unit)
    equal_rates: bool = True  # False: each layer's rate by sqrt(inputs of its units)
    eta: float = 0.01
    hidden: int = 50
    epochs: int = 5

    def __post_init__(self):
        if self.batch is not None:
            arguments.count("batch", self.batch)
        arguments.instance("shuffle", self.shuffle, bool, "True or False")
        arguments.one_of("inputs", self.inputs, INPUTS)
        arguments.transfer("f", self.f)
        arguments.positive("target", self.target)
        if self.spread is not None:
            arguments.number("spread", self.spread)
            if self.spread:
                arguments.positive("spread", self.spread)
        arguments.instance("equal_rates", self.equal_rates, bool, "True or False")
        arguments.positive("eta", self.eta)
        arguments.count("hidden", self.hidden)
        arguments.count("epochs", self.epochs)


INNER = 3**-0.5  # where tanh bends most, and the logistic function in its own range
CHANGES = {
    "recommended": {},
    "1 whole batch": dict(batch=None),
    "2 not shuffled": dict(shuffle=False),
    "3 raw inputs": dict(inputs="raw"),
    "3 scaled, not centred": dict(inputs="scaled"),
    "3 decorrelated too": dict(inputs="decorrelated"),
    "4 logistic units": dict(f=bp.Logistic()),
    "4 plain tanh": dict(f=bp.Tanh()),
    "4 logistic, inner targets": dict(f=bp.Logistic(), target=INNER),
    "4 plain tanh, inner targets": dict(f=bp.Tanh(), target=INNER),
    "5 targets at the asymptote": dict(target=1.7159),
    "6 all weights zero": dict(spread=0.0),
    "6 weights of spread 0.001": dict(spread=0.001),
    "6 weights of spread 1": dict(spread=1.0),
    "7 rates by layer": dict(equal_rates=False),
}


def setting(name, **changes):
    """The Setting of that name in CHANGES, with further changes: eta=0.03."""
    arguments.one_of("name", name, CHANGES)
    return replace(Setting(), **{**CHANGES[name], **changes})


def prepared(inputs, learn, test):
    """Training and test inputs; mean, spread and axes are those of the training set."""
    arguments.one_of("inputs", inputs, INPUTS)
    learn = arguments.finite("learn", learn)
    arguments.shaped("learn", learn, ("n", "inputs"))
    test = arguments.rows("test", test, learn.shape[1], "inputs")
    if inputs == "raw":
        return learn, test
    if inputs == "scaled":
        return learn / 16, test / 16
    mean, spread = learn.mean(0), learn.std(0)
    spread[spread == 0] = 1  # a pixel that is always white carries nothing
    learn, test = (learn - mean) / spread, (test - mean) / spread
    if inputs == "decorrelated":
        values, axes = np.linalg.eigh(learn.T @ learn / len(learn))
        axes = axes[:, values > 1e-3] / np.sqrt(values[values > 1e-3])
        return learn @ axes, test @ axes
    return learn, test


def split(seed):
    """Training inputs and classes, test inputs and classes: 1400 and 397 digits."""
    return _split(arguments.count("seed", seed, least=0))


@cache
def _split(seed):
    X, classes = digits.load()
    order = np.random.default_rng(seed).permutation(len(X))
    learn, test = order[:1400], order[1400:]
    return 16 * X[learn], classes[learn], 16 * X[test], classes[test]


# ---- training


class Run(NamedTuple):
    """The networks after each epoch, and the digits they learned from and did not."""

    nets: list
    X: np.ndarray
    classes: np.ndarray
    X_test: np.ndarray
    classes_test: np.ndarray

    def wrong(self, epoch=-1):
        """The share of training and of test digits called wrongly, in %."""
        net = self.nets[epoch]
        pairs = (self.X, self.classes), (self.X_test, self.classes_test)
        return tuple(
            100 * float(np.mean(bp.forward(net, X).N_o.argmax(axis=1) != classes))
            for X, classes in pairs
        )


def inputs_of(sizes):
    """How many inputs the unit has that a parameter belongs to."""
    inputs, hidden, _ = arguments.sizes("sizes", sizes, ("inputs", "hidden", "outputs"))
    return dict(w=inputs, b=inputs, v=hidden, c=hidden)


def rates(how, sizes):
    """The learning rate of each parameter. By layer, it is in proportion to the root of
    the inputs of its units, and the mean of the two layers is eta."""
    arguments.instance("how", how, Setting, "a Setting")
    roots = {
        k: np.sqrt(m) if not how.equal_rates else 1.0
        for k, m in inputs_of(sizes).items()
    }
    mean = (roots["w"] + roots["v"]) / 2
    return {k: how.eta * root / mean for k, root in roots.items()}


def start(how, rng, sizes):
    """The network to begin with: weights of the setting's spread, biases zero."""
    arguments.instance("how", how, Setting, "a Setting")
    arguments.generator("rng", rng)
    m = inputs_of(sizes)
    spread = {
        k: weight_spread(m[k]) if how.spread is None else how.spread for k in "wv"
    }
    inputs, hidden, outputs = sizes
    return bp.Network(
        w=rng.normal(0, spread["w"], (inputs, hidden)),
        b=np.zeros(hidden),
        v=rng.normal(0, spread["v"], (hidden, outputs)),
        c=np.zeros(outputs),
        f=how.f,
    )


def wanted(how, classes):
    """The desired outputs of those digits, (n, 10)."""
    arguments.instance("how", how, Setting, "a Setting")
    classes = arguments.finite("classes", classes)
    arguments.shaped("classes", classes, ("n",))
    D = np.where(np.arange(10) == classes[:, None], how.target, -how.target)
    return (1 + D) / 2 if how.f.name == "logistic" else D


def run(how, seed):
    """The Run of a Setting: start, split and order of the examples are the seed's."""
    arguments.instance("how", how, Setting, "a Setting")
    X, classes, X_test, classes_test = split(seed)
    rng = np.random.default_rng(seed)
    X, X_test = prepared(how.inputs, X, X_test)
    D = wanted(how, classes)
    sizes = X.shape[1], how.hidden, 10
    net, eta = start(how, rng, sizes), rates(how, sizes)
    batch = how.batch or len(X)
    order = np.argsort(classes, kind="stable")
    nets = []
    for _ in range(how.epochs):
        order = rng.permutation(len(X)) if how.shuffle else order
        p = {k: getattr(net, k).copy() for k in bp.Gradient._fields}
        for at in range(0, len(X), batch):
            rows = order[at : at + batch]
            _step(p, X[rows], D[rows], how.f, eta)
        net = bp.Network(**p, f=how.f)
        nets.append(net)
    return Run(nets, X, classes, X_test, classes_test)


def _step(p, X, D, f, eta):
    """One step downhill, in place: all deltas first, with the old v."""
    N_h = bp.net_hidden(X, p["w"], p["b"])
    H = bp.hidden(N_h, f)
    N_o = bp.net_output(H, p["v"], p["c"])
    delta_o = bp.output_delta(bp.output(N_o, f), D, N_o, f)
    delta_h = bp.hidden_delta(delta_o, p["v"], N_h, f)
    p["w"] -= eta["w"] * bp.slope_w(X, delta_h)
    p["b"] -= eta["b"] * bp.slope_b(delta_h)
    p["v"] -= eta["v"] * bp.slope_v(H, delta_o)
    p["c"] -= eta["c"] * bp.slope_c(delta_o)


def test_error(name, seed, eta=0.01):
    """The share of test digits called wrongly after training, in %."""
    return run(setting(name, eta=eta), seed).wrong()[1]


def radial_run(seed, eta=0.03, epochs=5):
    """The Run of 50 radial hidden units: only v and c are trained.

    A radial unit answers to inputs near its centre nu: exp(-|x - nu|² / (2 sigma²)).
    The centres are 50 training digits, sigma² is half the mean squared distance between
    them, as LeCun et al. describe in section 4.8. What the units answer is the input of
    a network whose first layer passes everything on.
    """
    arguments.positive("eta", eta)
    epochs = arguments.count("epochs", epochs)
    X, classes, X_test, classes_test = split(seed)
    rng = np.random.default_rng(seed)
    X, X_test = prepared("standardised", X, X_test)
    centres = X[rng.choice(len(X), 50, replace=False)]

    def squared_distances(inputs):
        return ((inputs[:, None] - centres) ** 2).sum(axis=2)

    width = squared_distances(centres).mean()
    H, H_test = (np.exp(-squared_distances(inputs) / width) for inputs in (X, X_test))
    D, f = wanted(Setting(), classes), StretchedTanh()
    v, c = rng.normal(0, weight_spread(50), (50, 10)), np.zeros(10)
    nets = []
    for _ in range(epochs):
        for k in rng.permutation(len(X)):
            h, d = H[k : k + 1], D[k : k + 1]
            N = bp.net_output(h, v, c)
            delta = bp.output_delta(f(N), d, N, f)
            v = v - eta * bp.slope_v(h, delta)
            c = c - eta * bp.slope_c(delta)
        nets.append(bp.Network(np.eye(50), np.zeros(50), v, c, bp.Identity()))
    return Run(nets, H, classes, H_test, classes_test)


def _positive(given):
    for name, value in given.items():
        arguments.positive(name, value)
    return given


arguments.guard(
    globals(), counts="m", largest_rate=_positive, condition_number=_positive
)


def draw(rng, examples=5):
    """A linear unit with one input, and a place on a bowl."""
    low, high = np.sort(rng.uniform(0.5, 4, 2))
    return {
        "X": rng.normal(size=examples), "n": examples, "lambda_min": low,
        "lambda_max": high, "theta": rng.normal(), "eta": 0.1 / high, "m": 7,
    }  # fmt: skip


MODELS = {"tricks": {
    "symbols": {
        "X_s": "X", "n": "n", r"\lambda": "lambda_", r"\lambda_{max}": "lambda_max",
        r"\lambda_{min}": "lambda_min", r"\eta_{max}": "eta_max", r"\eta": "eta",
        r"\theta": "theta", r"\kappa": "kappa", r"\sigma": "sigma", "m": "m",
        "E": "E"},
    "indices": {"s": "cases"},
    "draw": draw, "positive": "eta lambda_max lambda_min m",
    "also": (r"E = \frac{1}{2} \lambda\, \theta^2",)}}  # fmt: skip

# Name in code -> what it is, in the order of the notation.
WORDS = {
    "X": "input of example $s$",
    "n": "number of examples",
    "lambda_": "curvature along one direction",
    "lambda_max": "curvature along the steepest direction",
    "lambda_min": "curvature along the flattest direction",
    "eta": "learning rate",
    "eta_max": "rate from which descent diverges",
    "E": "error of a linear unit with one input",
    "theta": "how far it is to the bottom along one direction",
    "kappa": "condition number",
    "m": "number of inputs of a unit",
    "sigma": "spread of its weights at the start",
}
