r"""A window slid over a picture, with stride and padding.

x  picture (n, rows, columns)   w  window      s  stride    p  padding of noughts
y  output  (n, rows, columns)   D  desired     delta  slope of E by y
"""

import numpy as np


def padded(x, p):
    """The pictures with p noughts around them."""
    return np.pad(x, ((0, 0), (p, p), (p, p)))


def windows(x, w, s, p):
    """Every window of the pictures: (n, rows, columns, rows and columns of w)."""
    found = np.lib.stride_tricks.sliding_window_view(padded(x, p), w.shape, axis=(1, 2))
    return found[:, ::s, ::s]


def output(x, w, c, s, p):
    r"""The window's weighted sum at each place (eq-window).

    .. math:: y_{ij} = \sum_a \sum_b x_{s i + a - p, s j + b - p}\, w_{ab} + c
    """
    return (windows(x, w, s, p) * w).sum(axis=(3, 4)) + c


def error(y, D):
    r"""Half the squared difference (eq-window-error).

    .. math:: E = \frac{1}{2} \sum_i \sum_j (D_{ij} - y_{ij})^2
    """
    return 0.5 * ((D - y) ** 2).sum() / len(D)


def delta(y, D):
    r"""The slope of E by each output (eq-window-delta).

    .. math:: \delta_{ij} = y_{ij} - D_{ij}
    """
    return y - D


def slope_w(x, w, s, p, delta):
    r"""Each weight is used at every place (eq-window-slope).

    .. math:: \frac{\partial E}{\partial w_{ab}} = \sum_{i,j} \delta_{ij}\, x_{s i + a - p, s j + b - p}
    """  # noqa: E501
    return (delta[..., None, None] * windows(x, w, s, p)).sum(axis=(1, 2)).mean(axis=0)


def slope_x(x, w, s, p, delta):
    r"""Each point is seen by every window that covers it (eq-window-back).

    .. math:: \frac{\partial E}{\partial x_{rl}} = \sum_i \sum_j \delta_{ij}\, w_{r + p - s i, l + p - s j}
    """  # noqa: E501
    back = np.zeros_like(padded(x, p))
    for i, j in np.ndindex(delta.shape[1:]):
        here = back[:, s * i : s * i + len(w), s * j : s * j + w.shape[1]]
        here += delta[:, i, j, None, None] * w
    return back[:, p : p + x.shape[1], p : p + x.shape[2]]


def largest(y):
    r"""The largest output of each column (eq-window-largest).

    .. math:: M_j = \max_i y_{ij}
    """
    return y.max(axis=1)


def draw(rng, rows=5, columns=6, examples=4):
    """Random pictures and a random window, moved in strides of 2 over one nought."""
    x, w = rng.normal(size=(examples, rows, columns)), rng.normal(size=(3, 2))
    D = rng.normal(size=(examples, (rows - 1) // 2 + 1, columns // 2 + 1))
    return {"x": x, "w": w, "c": 0.3, "D": D, "s": 2, "p": 1}


MODELS = {
    "convolution": {
        "symbols": {
            "x_{rl}": "x", "y_{ij}": "y", "w_{ab}": "w", "c": "c", "D_{ij}": "D",
            "s": "s", "p": "p", "E": "E", r"\delta_{ij}": "delta", "M_j": "M",
        },
        "indices": {
            "r": "rows", "l": "columns", "i": "rows out", "j": "columns out",
            "a": "window rows", "b": "window columns", "n": "examples",
        },
        "rows": "x y D delta M",
        "means": {r"\delta_{ij}": r"\frac{\partial E}{\partial y_{ij}}"},
        "outside": {"x": 0, "w": 0},
        "draw": draw,
    },
}  # fmt: skip
