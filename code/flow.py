r"""What becomes of a delta on its way back through many layers, and four cures.

    N_h  net inputs of a layer  (n, units)   f  transfer function   a  leak of a ReLU
    sigma  spread of weights    q  what delta's mean square is multiplied by, each layer
    g    a slope by every parameter, one after another  (parameters,)
    ell  its length             c  the longest that may pass
    m, s  mean and spread of a layer's net inputs  (n,)       Z  normalised  (n, units)
    H    what a block receives  (n, units)   R  what it sends, H and more  (n, units)
    G    slope of E by Z, or by R   delta  slope of E by N_h   (n, units)
    B    slope of E by H            (n, units)

    growth(N_h, sigma, f)             does delta vanish or explode?
    LeakyReLU(a)                      a transfer function that is never quite dead
    clip(g, c)                        the same direction, a bounded length
    normalise(N_h, m, s), normal_delta(G, Z, s)    every layer at the same size
    residual(H, N_h, f), slope_through(G, w, delta)    a road on which nothing shrinks

Equations are written for one example; rows are examples.
"""

from dataclasses import dataclass

import numpy as np

import arguments
from backprop import Logistic, ReLU, Tanh

TINY = 1e-5  # added to a variance, so that equal net inputs divide nothing by zero


# ---- how a delta grows or shrinks


def growth(N_h, sigma, f):
    r"""What the mean square of delta is multiplied by on its way back through a layer,
    on average over weights of mean 0 and spread sigma (eq-growth).

    .. math:: q = \sigma^2 \sum_h f'(N_h)^2

    Shapes: N_h (n, units); returns (n,).
    """
    return sigma**2 * (f.slope(N_h) ** 2).sum(axis=1)


# ---- a unit that cannot die


@dataclass(frozen=True)
class LeakyReLU:
    """Passes what is positive, and a small part a of what is not."""

    a: float = 0.01
    name = "leaky relu"

    def __post_init__(self):
        arguments.positive("a", self.a)

    def __call__(self, N):
        r"""The output of a leaky rectified linear unit (eq-leaky-relu).

        .. math:: f(N) = \max(0, N) + a\, \min(0, N)
        """
        return np.maximum(0, N) + self.a * np.minimum(0, N)

    def slope(self, N):
        r"""The slope of a leaky ReLU: 1 where N > 0, else a (eq-leaky-slope).

        .. math:: f'(N) = a + (1 - a)\, [N > 0]
        """
        return self.a + (1 - self.a) * (N > 0)


# ---- a slope that cannot be too long


def length(g):
    r"""The length of a slope, all parameters together (eq-length).

    .. math:: \ell = \sqrt{\sum_k g_k^2}

    Shapes: g (parameters,); returns a number.
    """
    return np.sqrt((g**2).sum())


def clip(g, c):
    r"""The same direction, no longer than c (eq-clip).

    .. math:: g_k \leftarrow \frac{c}{\max(c, \ell)}\, g_k

    Shapes: g (parameters,); returns (parameters,).
    """
    return c / max(c, length(g)) * g


# ---- every layer at the same size


def mean(N_h):
    r"""The mean of a layer's net inputs, of one example (eq-layer-mean).

    .. math:: m = \frac{1}{u} \sum_h N_h

    Shapes: N_h (n, units); returns (n,).
    """
    return N_h.mean(axis=1)


def spread(N_h, m, epsilon=TINY):
    r"""How far a layer's net inputs lie around their mean (eq-layer-spread).

    .. math:: s = \sqrt{\frac{1}{u} \sum_h (N_h - m)^2 + \epsilon}

    Shapes: N_h (n, units), m (n,); returns (n,).
    """
    return np.sqrt(((N_h - m[:, None]) ** 2).mean(axis=1) + epsilon)


def normalise(N_h, m, s):
    r"""The net inputs with mean 0 and spread 1 (eq-layer-norm).

    .. math:: Z_h = \frac{N_h - m}{s}

    Shapes: N_h (n, units), m and s (n,); returns (n, units).
    """
    return (N_h - m[:, None]) / s[:, None]


def normal_delta(G, Z, s):
    r"""The slope of E by each net input, from that by what is normalised
    (eq-layer-norm-delta).

    .. math:: \delta_h = \frac{1}{s} \Bigl(G_h - \frac{1}{u} \sum_k G_k - Z_h\, \frac{1}{u} \sum_k G_k\, Z_k\Bigr)

    Shapes: G and Z (n, units), s (n,); returns (n, units).
    """  # noqa: E501
    common = G.mean(axis=1, keepdims=True)
    along = (G * Z).mean(axis=1, keepdims=True)
    return (G - common - Z * along) / s[:, None]


# ---- a road on which nothing shrinks


def residual(H, N_h, f):
    r"""What a block sends: what it received, and what it adds (eq-residual).

    .. math:: R_h = H_h + f(N_h)

    Shapes: H and N_h (n, units); returns (n, units).
    """
    return H + f(N_h)


def slope_through(G, w, delta):
    r"""The slope of E by what a residual block received (eq-residual-slope).

    .. math:: B_i = G_i + \sum_h w_{ih}\, \delta_h

    Shapes: G and delta (n, units), w (units, units); returns (n, units).
    """
    return G + delta @ w.T


arguments.guard(globals(), positive=("sigma", "c", "epsilon"))


# ---- what the letters mean, and a random instance of them


def draw(rng, units=3, examples=5):
    """A layer's net inputs, what is wanted of them, and how many are normalised."""
    N_h, D = rng.normal(size=(2, examples, units))
    return {"N_h": N_h, "D": D, "u": units, "epsilon": 1e-3}


def _draw_growth(rng, units=3, examples=5):
    """A layer's net inputs, any spread of its weights, and a transfer function."""
    f = (Logistic(), Tanh(), ReLU())[rng.integers(3)]
    sigma = rng.uniform(0.5, 1.5)
    return {"N_h": rng.normal(size=(examples, units)), "sigma": sigma, "f": f}


def _draw_leak(rng):
    """A leaky unit, and net inputs on either side of its kink."""
    N = rng.permutation([-1.2, -0.4, 0.3, 0.8, 1.7])
    return {"f": LeakyReLU(rng.uniform(0.05, 0.3)), "N": N * rng.uniform(0.5, 1.5)}


def _draw_block(rng, units=3, examples=5):
    """What a block receives, what is wanted of it, its weights and its function."""
    H, D = rng.normal(size=(2, examples, units))
    w, b = rng.normal(size=(units, units)), rng.normal(size=units)
    f = (Logistic(), Tanh(), ReLU())[rng.integers(3)]
    return {"H": H, "D": D, "w": w, "b": b, "f": f}


def _draw_slopes(rng, parameters=3):
    """A slope by every parameter, and a length that is sometimes shorter."""
    return {"g": rng.normal(size=parameters), "c": rng.uniform(0.5, 4)}


APPLIED = {"f": (Logistic, Tanh, ReLU)}
MODELS = {
    "growth": {
        "symbols": r"N_h=N_h \sigma q", "indices": {"h": "units", "n": "examples"},
        "labels": "eq-growth", "rows": "N_h q", "functions": APPLIED,
        "draw": _draw_growth},
    "leaky": {
        "symbols": "N a", "indices": {"n": "examples"}, "rows": "N",
        "functions": {"f": (LeakyReLU,)},
        "labels": "eq-leaky-relu eq-leaky-slope", "draw": _draw_leak},
    "clipping": {
        "symbols": r"g_k \ell c", "indices": {"k": "parameters", "n": "examples"},
        "labels": "eq-length eq-clip", "draw": _draw_slopes},
    "normalisation": {
        "symbols": r"N_h=N_h m s \epsilon u Z_h D_h E G_h \delta_h=delta",
        "indices": {"h k": "units", "n": "examples"},
        "labels": "eq-layer-mean eq-layer-spread eq-layer-norm eq-layer-norm-delta",
        "rows": "N_h m s Z D G delta",
        "also": (r"E = \frac{1}{2} \sum_h (D_h - Z_h)^2",),
        "means": {r"G_h": r"\frac{\partial E}{\partial Z_h}",
                  r"\delta_h": r"\frac{\partial E}{\partial N_h}"}, "draw": draw},
    "residual": {
        "symbols": r"H_h w_{ih} b_h N_h=N_h R_h D_h E G_h \delta_h=delta B_h",
        "indices": {"h i": "units", "n": "examples"},
        "labels": "eq-residual eq-residual-slope",
        "rows": "H N_h R D G delta B", "functions": APPLIED,
        "also": (r"N_h = \sum_i H_i\, w_{ih} + b_h",
                 r"E = \frac{1}{2} \sum_h (D_h - R_h)^2"),
        "means": {r"G_h": r"\frac{\partial E}{\partial R_h}",
                  r"\delta_h": r"\frac{\partial E}{\partial N_h}",
                  r"B_h": r"\frac{\partial E}{\partial H_h}"},
        "draw": _draw_block}}  # fmt: skip

# Name in code -> what it is, in the order of the notation.
WORDS = {
    "N_h": "net input of unit $h$ of a layer",
    "f": "transfer function",
    "f.slope": "slope of the transfer function",
    "sigma": "spread of the weights",
    "q": "what the mean square of a delta is multiplied by in a layer",
    "N": "net input of one unit",
    "a": "leak of a ReLU: its slope where the net input is negative",
    "g": "slope of the error by parameter $k$",
    "ell": "length of all slopes together",
    "c": "longest slope that may pass",
    "m": "mean of a layer's net inputs",
    "s": "spread of a layer's net inputs",
    "epsilon": "small number that keeps a divisor from 0",
    "u": "number of units of a layer",
    "Z": "normalised net input of unit $h$",
    "H": "what a residual block receives",
    "w": "weight within a residual block",
    "b": "bias within a residual block",
    "R": "what a residual block sends",
    "D": "desired value, of what a layer sends",
    "E": "error",
    "G": "slope of $E$ by what a layer sends, before its $f$ is asked",
    "delta": "slope of $E$ by a net input",
    "B": "slope of $E$ by what a residual block received",
}
