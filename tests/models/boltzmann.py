r"""A restricted Boltzmann machine, small enough to enumerate.

v  visible units   h  hidden units   w  between them   a, b  biases   T  temperature
E  energy   Z  partition function   p  probability of v and h   F  free energy of v
q  probability of h, v given        L  log-probability of v
"""

from itertools import product

import numpy as np


def states(size):
    """Every state of so many units, a row each."""
    return np.array(list(product((0, 1), repeat=size)), float)


def energy(v, h, w, a, b):
    r"""The energy of a state (eq-rbm-energy).

    .. math:: E = -\sum_i \sum_j v_i\, w_{ij}\, h_j - \sum_i a_i\, v_i - \sum_j b_j\, h_j
    """  # noqa: E501
    return -v @ w @ h - a @ v - b @ h


def partition(w, a, b, T):
    r"""The sum over all states of what they weigh (eq-rbm-partition).

    .. math:: Z = \sum_{\mathbf{v}, \mathbf{h}} e^{-E/T}
    """
    return sum(
        np.exp(-energy(v, h, w, a, b) / T)
        for v in states(len(a))
        for h in states(len(b))
    )


def probability(E, Z, T):
    r"""How probable a state is (eq-rbm-probability).

    .. math:: p = \frac{e^{-E/T}}{Z}
    """
    return np.exp(-E / T) / Z


def free_energy(v, w, a, b, T):
    r"""The energy of v with the hidden units summed out (eq-rbm-free-energy).

    .. math:: F = -\sum_i a_i\, v_i - T \sum_j \log(1 + e^{N_j/T})
    """
    return -a @ v - T * np.log(1 + np.exp(net(v, w, b) / T)).sum()


def net(v, w, b):
    r"""The net input of each hidden unit (eq-rbm-net).

    .. math:: N_j = \sum_i v_i\, w_{ij} + b_j
    """
    return v @ w + b


def together(w, a, b, T):
    r"""How often v_i and h_j are on together (eq-rbm-together).

    .. math:: C_{ij} = \langle v_i\, h_j \rangle
    """
    Z, found = partition(w, a, b, T), 0.0
    for v in states(len(a)):
        for h in states(len(b)):
            found = found + np.exp(-energy(v, h, w, a, b) / T) / Z * np.outer(v, h)
    return found


def slope_w(data, dream, T):
    r"""Up with what the data do, down with what is dreamt (eq-rbm-slope).

    .. math:: \frac{\partial L}{\partial w_{ij}} = \frac{1}{T} \bigl(\langle v_i\, h_j \rangle_v - \langle v_i\, h_j \rangle\bigr)
    """  # noqa: E501
    return (data - dream) / T


def draw(rng, visible=3, hidden=2):
    """Random weights, biases and one state."""
    v, h = rng.integers(2, size=visible), rng.integers(2, size=hidden)
    w, a, b = map(
        rng.normal, (0, 0, 0), (1, 1, 1), ((visible, hidden), visible, hidden)
    )
    return {"v": v, "h": h, "w": w, "a": a, "b": b, "T": 1.7}


MODELS = {
    "boltzmann": {
        "symbols": {
            "v_i": "v", "h_j": "h", "w_{ij}": "w", "a_i": "a", "b_j": "b", "T": "T",
            "E": "E", "Z": "Z", "p": "p", "q": "q", "F": "F", "L": "L", "N_j": "N",
            "C_{ij}": "C", r"\langle v_i\, h_j \rangle": "dream",
            r"\langle v_i\, h_j \rangle_v": "data",
        },
        "indices": {"i": "visible", "j": "hidden"},
        "states": {"v": (0, 1), "h": (0, 1)},
        "averages": {"": ("p", "v h"), "v": ("q", "h")},
        "also": (
            r"F = -T \log\Bigl(\sum_{\mathbf{h}} e^{-E/T}\Bigr)",
            r"q = \frac{e^{-E/T}}{\sum_{\mathbf{h}} e^{-E/T}}",
            r"L = -F/T - \log Z",
        ),
        "draw": draw,
    },
}  # fmt: skip
