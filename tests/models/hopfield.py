r"""A Hopfield net: what is stored lies in a valley of its energy.

xi  patterns (patterns, units)   w  weights, none to itself    s  states, -1 or 1
"""

import numpy as np


def weights(xi):
    r"""What fires together is wired together (eq-hopfield-weights).

    .. math:: w_{ij} = \frac{1}{n} \sum_k \xi_{ki}\, \xi_{kj}
    """
    return xi.T @ xi / xi.shape[1]


def net(w, s, b):
    r"""What the others say to a unit (eq-hopfield-net).

    .. math:: N_i = \sum_{j \ne i} w_{ij}\, s_j + b_i
    """
    return w @ s - w.diagonal() * s + b


def energy(w, s, b):
    r"""Low where units that are wired agree; each pair once (eq-hopfield-energy).

    .. math:: E = -\sum_{i < j} w_{ij}\, s_i\, s_j - \sum_i b_i\, s_i
    """
    pairs = np.triu(np.outer(s, s), 1)
    return -(w * pairs).sum() - b @ s


def turned(N):
    r"""A unit does what it is told (eq-hopfield-turned).

    .. math:: A_i = \operatorname{sign}(N_i)
    """
    return np.sign(N)


def slope(N):
    r"""Which is downhill (eq-hopfield-slope).

    .. math:: \frac{\partial E}{\partial s_i} = -N_i
    """
    return -N


def agreement(s, xi):
    r"""Whether a state is a pattern, 1 or 0, for each pattern (eq-hopfield-same).

    .. math:: M_k = \prod_i \frac{1 + s_i\, \xi_{ki}}{2}
    """
    return ((1 + s * xi) / 2).prod(axis=1)


def draw(rng, units=5, patterns=3):
    """Random patterns, and a state that is one of them or close to it."""
    xi = rng.choice((-1.0, 1.0), size=(patterns, units))
    s = xi[0] * np.where(np.arange(units) < rng.integers(2), -1, 1)
    return {"xi": xi, "s": s, "b": 3 * rng.normal(size=units), "n": units}


MODELS = {
    "hopfield": {
        "symbols": {
            r"\xi_{ki}": "xi", "w_{ij}": "w", "s_i": "s", "b_i": "b", "N_i": "N",
            "E": "E", "A_i": "A", "n": "n", "M_k": "M",
        },
        "indices": {"i j": "units", "k": "patterns"},
        "draw": draw,
    },
}  # fmt: skip
