r"""Backpropagation twice: the slope by a weight of the slopes by the inputs.

x  inputs (n, inputs)   w, v  weights   O  output   D  desired   g  slopes of E by x
R  half the sum of their squares
"""

import numpy as np

from backprop import Tanh


def net(x, w):
    r"""The net input of each hidden unit (eq-twice-net).

    .. math:: N_h = \sum_i x_i\, w_{ih}
    """
    return x @ w


def output(N, v, f):
    r"""The one output (eq-twice-output).

    .. math:: O = \sum_h v_h\, f(N_h)
    """
    return f(N) @ v


def error(O, D):
    r"""Half the squared difference (eq-twice-error).

    .. math:: E = \frac{1}{2} (D - O)^2
    """
    return 0.5 * ((D - O) ** 2).mean()


def slope_x(O, D, N, v, w, f):
    r"""The slope of E by each input (eq-twice-slope).

    .. math:: g_i = (O - D) \sum_h v_h\, f'(N_h)\, w_{ih}
    """
    return (O - D)[:, None] * ((v * f.slope(N)) @ w.T)


def penalty(g):
    r"""How steep E is where the example lies (eq-twice-penalty).

    .. math:: R = \frac{1}{2} \sum_i g_i^2
    """
    return 0.5 * (g**2).sum(axis=1).mean()


def second(x, O, D, N, v, w, f):
    r"""How each weight changes each slope (eq-twice-second).

    .. math:: \frac{\partial^2 E}{\partial x_j\, \partial w_{ih}} = \frac{\partial g_j}{\partial w_{ih}}
    """  # noqa: E501
    e, slope, back = (O - D)[:, None, None, None], f.slope(N), (v * f.slope(N)) @ w.T
    bent = -2 * f(N) * slope  # the slope of the slope of tanh
    found = e * np.einsum("h,nh,ni,jh->njih", v, bent, x, w)
    found += e * np.einsum("h,nh,ij->njih", v, slope, np.eye(x.shape[1]))
    return found + np.einsum("ni,nh,h,nj->njih", x, slope, v, back)


def slope_penalty(g, second):
    r"""The slope of the penalty by each weight (eq-twice-slope-penalty).

    .. math:: \frac{\partial R}{\partial w_{ih}} = \sum_j g_j\, \frac{\partial^2 E}{\partial x_j\, \partial w_{ih}}
    """  # noqa: E501
    return np.einsum("nj,njih->ih", g, second) / len(g)


def draw(rng, inputs=3, hidden=2, examples=4):
    """A random small net of one output."""
    return {
        "x": rng.normal(size=(examples, inputs)), "D": rng.normal(size=examples),
        "w": rng.normal(size=(inputs, hidden)), "v": rng.normal(size=hidden),
        "f": Tanh(),
    }  # fmt: skip


MODELS = {
    "twice": {
        "symbols": {
            "x_i": "x", "w_{ih}": "w", "v_h": "v", "N_h": "N", "O": "O", "D": "D",
            "E": "E", "g_i": "g", "R": "R",
            r"\frac{\partial^2 E}{\partial x_j\, \partial w_{ih}}": "second",
        },
        "indices": {"i j": "inputs", "h": "hidden", "n": "examples"},
        "rows": "x D N O g",
        "functions": {"f": (Tanh,)},
        "means": {"g_i": r"\frac{\partial E}{\partial x_i}"},
        "draw": draw,
    },
}  # fmt: skip
