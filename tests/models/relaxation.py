r"""States that roll downhill to rest, free or nudged towards a target.

s  states   w, b  weights and biases   x  target   beta  strength of the nudge
F  energy   C  cost   epsilon  step     s_free, s_nudged  where the states come to rest
"""

import numpy as np

from backprop import Tanh


def energy(s, w, b, x, beta, f):
    r"""The energy, and the pull of the target (eq-relax-energy).

    .. math:: F = \frac{1}{2} \sum_i s_i^2 - \sum_{i<j} w_{ij}\, f(s_i)\, f(s_j) - \sum_i b_i\, s_i + \beta\, C
    """  # noqa: E501
    pairs = (np.triu(w, 1) * np.outer(f(s), f(s))).sum()
    return 0.5 * (s @ s) - pairs - b @ s + beta * cost(s, x)


def cost(s, x):
    r"""How far the states are from the target (eq-relax-cost).

    .. math:: C = \frac{1}{2} \sum_i (s_i - x_i)^2
    """
    return 0.5 * ((s - x) ** 2).sum()


def rolled(s, w, b, x, beta, epsilon, f):
    r"""One step downhill (eq-relax-step).

    .. math:: s_i \leftarrow s_i - \epsilon\, \frac{\partial F}{\partial s_i}
    """
    pull = np.triu(w, 1) + np.triu(w, 1).T
    return s - epsilon * (s - f.slope(s) * (pull @ f(s)) - b + beta * (s - x))


def rest(s, w, b, x, epsilon, f):
    r"""Where free states come to rest: what pulls them is in balance (eq-relax-rest).

    .. math:: s_i^{0} = f'(s_i^{0}) \bigl(\sum_{j<i} w_{ji}\, f(s_j^{0}) + \sum_{j>i} w_{ij}\, f(s_j^{0})\bigr) + b_i
    """  # noqa: E501
    for _ in range(2000):
        s = rolled(s, w, b, x, 0.0, epsilon, f)
    return s


def contrast(s_free, s_nudged, beta, f):
    r"""What the nudge changed, as a slope of the cost at rest (eq-relax-contrast).

    .. math:: G_{ij} = -\frac{1}{\beta} \bigl(f(s_i^{\beta})\, f(s_j^{\beta}) - f(s_i^{0})\, f(s_j^{0})\bigr)
    """  # noqa: E501
    nudged, free = f(s_nudged), f(s_free)
    return -(np.outer(nudged, nudged) - np.outer(free, free)) / beta


def draw(rng, units=4, beta=0.3):
    """Weights weak enough for one place of rest."""
    w = 0.3 * rng.normal(size=(units, units))
    s, b, x = rng.normal(size=(3, units))
    return {"s": s, "w": w, "b": b, "x": x, "beta": beta, "epsilon": 0.4, "f": Tanh()}


MODELS = {
    "relaxation": {
        "symbols": {
            "s_i": "s", "s_i^{0}": "s_free", r"s_i^{\beta}": "s_nudged", "w_{ij}": "w",
            "b_i": "b", "x_i": "x", r"\beta": "beta", r"\epsilon": "epsilon", "F": "F",
            "C": "C", "G_{ij}": "G", "J": "J",
        },
        "indices": {"i j": "units"},
        "functions": {"f": (Tanh,)},
        "also": (r"J = \frac{1}{2} \sum_i (s_i^{0} - x_i)^2",),
        "rest": {
            "s_free": ("eq-relax-step", {"beta": 0.0}),
            "s_nudged": ("eq-relax-step", {}),
        },
        "draw": draw,
    },
}  # fmt: skip
