r"""Two hidden layers: the two deltas of Part I, called once more.

X  inputs   u, v, w  weights, from the inputs on   a, b, c  biases   D  desired
G, H  outputs of the hidden units   O  outputs   E  error
"""

import numpy as np

from backprop import Tanh


def first_net(X, u, a):
    r"""The net input of each unit of the first hidden layer (eq-deeper-first-net).

    .. math:: N_g = \sum_i X_i\, u_{ig} + a_g
    """
    return X @ u + a


def first(N_g, f):
    r"""The output of each unit of the first hidden layer (eq-deeper-first).

    .. math:: G_g = f(N_g)
    """
    return f(N_g)


def second_net(G, v, b):
    r"""The net input of each unit of the second hidden layer (eq-deeper-second-net).

    .. math:: N_h = \sum_g G_g\, v_{gh} + b_h
    """
    return G @ v + b


def second(N_h, f):
    r"""The output of each unit of the second hidden layer (eq-deeper-second).

    .. math:: H_h = f(N_h)
    """
    return f(N_h)


def output(H, w, c):
    r"""The outputs, straight lines here (eq-deeper-output).

    .. math:: O_o = \sum_h H_h\, w_{ho} + c_o
    """
    return H @ w + c


def error(O, D):
    r"""Half the squared difference (eq-deeper-error).

    .. math:: E = \frac{1}{2} \sum_o (D_o - O_o)^2
    """
    return 0.5 * ((D - O) ** 2).sum() / len(D)


def output_delta(O, D):
    r"""The slope of E by each output (eq-deeper-output-delta).

    .. math:: \delta_o = O_o - D_o
    """
    return O - D


def second_delta(delta_o, w, N_h, f):
    r"""Passed back once (eq-deeper-second-delta).

    .. math:: \delta_h = \Bigl(\sum_o w_{ho}\, \delta_o\Bigr)\, f'(N_h)
    """
    return (delta_o @ w.T) * f.slope(N_h)


def first_delta(delta_h, v, N_g, f):
    r"""And once more (eq-deeper-first-delta).

    .. math:: \delta_g = \Bigl(\sum_h v_{gh}\, \delta_h\Bigr)\, f'(N_g)
    """
    return (delta_h @ v.T) * f.slope(N_g)


def slope_u(X, delta_g):
    r"""What came in, times the delta (eq-deeper-slope).

    .. math:: \frac{\partial E}{\partial u_{ig}} = X_i\, \delta_g
    """
    return np.einsum("ni,ng->ig", X, delta_g) / len(X)


def draw(rng, inputs=3, first=4, second=3, outputs=2, examples=5):
    """Random weights, and random examples."""
    return {
        "X": rng.normal(size=(examples, inputs)),
        "D": rng.normal(size=(examples, outputs)),
        "u": rng.normal(size=(inputs, first)), "a": rng.normal(size=first),
        "v": rng.normal(size=(first, second)), "b": rng.normal(size=second),
        "w": rng.normal(size=(second, outputs)), "c": rng.normal(size=outputs),
        "f": Tanh(),
    }  # fmt: skip


MODELS = {
    "deeper": {
        "symbols": r"X_i u_{ig} a_g N_g G_g v_{gh} b_h N_h H_h w_{ho} c_o O_o D_o E "
                   r"\delta_o \delta_h \delta_g",
        "indices": {
            "i": "inputs", "g": "first hidden", "h": "second hidden", "o": "outputs",
            "n": "examples",
        },
        "rows": "X N_g G N_h H O D delta_o delta_h delta_g",
        "functions": {"f": (Tanh,)},
        "means": {
            r"\delta_o": r"\frac{\partial E}{\partial O_o}",
            r"\delta_h": r"\frac{\partial E}{\partial N_h}",
            r"\delta_g": r"\frac{\partial E}{\partial N_g}",
        },
        "draw": draw,
    },
}  # fmt: skip
