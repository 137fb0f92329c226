r"""Eight tricks of Efficient BackProp (LeCun, Bottou, Orr & Müller 1998), one by one.

    CHANGES                    name -> what is different from the recommended setting
    test_error("recommended", seed)    % of test digits wrong after a short training
    radial_error(seed)                 the same with 50 radial units in place of 50 tanh
    StretchedTanh()            1.7159 tanh(2N/3), the recommended transfer function

Everything is trained by backprop.py on scikit-learn's digits: 50 hidden units, squared
error, one example at a time, five epochs. One thing is changed at a time, so that a
difference has one cause. The learning rate is not tuned again for each change: that is
a limit of the comparison, and the chapter says so.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from sklearn.datasets import load_digits

import arguments
import backprop as bp


@dataclass(frozen=True)
class StretchedTanh:
    r"""A tanh stretched so that f(1) = 1, f(-1) = -1 and it bends most near there."""

    name = "stretched tanh"

    def __call__(self, N):
        r""".. math:: f(N) = 1.7159 \tanh\bigl(\tfrac{2}{3} N\bigr)"""
        return 1.7159 * np.tanh(2 / 3 * N)

    def slope(self, N):
        return 1.7159 * 2 / 3 * (1 - np.tanh(2 / 3 * N) ** 2)


@dataclass(frozen=True)
class Setting:
    """How to train: the defaults are the eight recommendations."""

    batch: int | None = 1  # None: all examples in one step
    shuffle: bool = True  # False: one class after the other
    inputs: str = "standardised"  # or scaled, raw, decorrelated
    f: object = StretchedTanh()
    target: float = 1.0  # the wanted output of the right class; the others' is -target
    spread: float | None = None  # of the weights; None: 1 / sqrt(inputs of the unit)
    equal_rates: bool = True  # False: each layer's rate by sqrt(inputs of its units)
    eta: float = 0.01


CHANGES = {
    "recommended": {},
    "1 batch, same rate": dict(batch=None),
    "1 batch, rate × 50": dict(batch=None, eta=0.5),
    "2 not shuffled": dict(shuffle=False),
    "3 raw inputs": dict(inputs="raw"),
    "3 scaled, not centred": dict(inputs="scaled"),
    "3 decorrelated too": dict(inputs="decorrelated"),
    "4 logistic units": dict(f=bp.Logistic()),
    "4 plain tanh": dict(f=bp.Tanh()),
    "5 targets at the asymptote": dict(target=1.7159),
    "6 all weights zero": dict(spread=0.0),
    "6 weights of spread 0.001": dict(spread=0.001),
    "6 weights of spread 1": dict(spread=1.0),
    "7 rates by layer": dict(equal_rates=False),
}

HIDDEN, EPOCHS = 50, 5


def prepared(inputs, learn, test):
    """Training and test inputs; mean, spread and axes are those of the training set."""
    known = "standardised", "scaled", "raw", "decorrelated"
    arguments.one_of("inputs", inputs, known)
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
    digits = load_digits()
    order = np.random.default_rng(seed).permutation(len(digits.data))
    learn, test = order[:1400], order[1400:]
    return (
        digits.data[learn],
        digits.target[learn],
        digits.data[test],
        digits.target[test],
    )


def test_error(name, seed):
    """The share of test digits called wrongly after training, in %."""
    arguments.one_of("name", name, CHANGES)
    setting = replace(Setting(), **CHANGES[name])
    X, classes, X_test, classes_test = split(seed)
    rng = np.random.default_rng(seed)
    X, X_test = prepared(setting.inputs, X, X_test)
    logistic = setting.f.name == "logistic"  # its outputs cannot be negative
    low, high = (0.0, 1.0) if logistic else (-setting.target, setting.target)
    D = np.where(np.arange(10) == classes[:, None], high, low)
    sizes = X.shape[1], HIDDEN, 10
    net = bp.network(rng, sizes, setting.f)
    fan_in = dict(w=X.shape[1], b=X.shape[1], v=HIDDEN, c=HIDDEN)
    parameters = {}
    for k in bp.Gradient._fields:
        spread = 1 / np.sqrt(fan_in[k]) if setting.spread is None else setting.spread
        bias = getattr(net, k).ndim == 1
        parameters[k] = (
            0 * getattr(net, k)
            if bias
            else (rng.normal(0, spread, getattr(net, k).shape))
        )
    net = bp.Network(**parameters, f=setting.f)
    # Relative to equal rates of the same mean: more for the layer with more inputs.
    by_layer = {k: np.sqrt(fan) for k, fan in fan_in.items()}
    mean = np.mean([by_layer["w"], by_layer["v"]])
    batch = setting.batch or len(X)
    order = np.argsort(classes, kind="stable")
    for _ in range(EPOCHS):
        order = rng.permutation(len(X)) if setting.shuffle else order
        for start in range(0, len(X), batch):
            rows = order[start : start + batch]
            slope = bp.gradient(net, X[rows], D[rows])
            if not setting.equal_rates:
                slope = bp.Gradient(
                    *(s * by_layer[k] / mean for k, s in slope._asdict().items())
                )
            net = bp.update(net, slope, setting.eta)
    said = bp.forward(net, X_test).O.argmax(axis=1)
    return 100 * np.mean(said != classes_test)


def radial_error(seed, eta=0.03):
    """The share of test digits called wrongly, in %, with 50 radial hidden units.

    A radial unit answers to inputs near its centre nu: exp(-|x - nu|² / (2 sigma²)).
    The centres are 50 training digits, sigma² is half the mean squared distance between
    them, and only v and c are trained, as LeCun et al. describe in section 4.8.
    """
    arguments.positive("eta", eta)
    X, classes, X_test, classes_test = split(seed)
    rng = np.random.default_rng(seed)
    X, X_test = prepared("standardised", X, X_test)
    centres = X[rng.choice(len(X), HIDDEN, replace=False)]

    def squared_distances(inputs):
        return ((inputs[:, None] - centres) ** 2).sum(axis=2)

    width = squared_distances(centres).mean()
    H, H_test = (np.exp(-squared_distances(inputs) / width) for inputs in (X, X_test))
    D = np.where(np.arange(10) == classes[:, None], 1.0, -1.0)
    f = StretchedTanh()
    v, c = rng.normal(0, 1 / np.sqrt(HIDDEN), (HIDDEN, 10)), np.zeros(10)
    for _ in range(EPOCHS):
        for k in rng.permutation(len(X)):
            h, d = H[k : k + 1], D[k : k + 1]
            N = bp.net_output(h, v, c)
            delta = bp.output_delta(f(N), d, N, f)
            v = v - eta * bp.slope_v(h, delta)
            c = c - eta * bp.slope_c(delta)
    return 100 * np.mean(bp.net_output(H_test, v, c).argmax(axis=1) != classes_test)


arguments.guard(globals())
