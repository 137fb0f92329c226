r"""A net that hears itself: unrolled in time, its deltas scanned backwards.

X  inputs (n, times, inputs)    H  hidden outputs    H_0  before the first time
w, u, b  from the inputs, from the time before, biases      v  to the outputs O
"""

import numpy as np

from backprop import Logistic, Tanh


def net_hidden(X, H_before, w, u, b):
    r"""The net input of each hidden unit, one time (eq-rnn-net).

    .. math:: N_{th} = \sum_i X_{ti}\, w_{ih} + \sum_g H_{t-1,g}\, u_{gh} + b_h
    """
    return X @ w + H_before @ u + b


def hidden(N, f):
    r"""The output of each hidden unit (eq-rnn-hidden).

    .. math:: H_{th} = f(N_{th})
    """
    return f(N)


def output(H, v):
    r"""The outputs, at every time (eq-rnn-output).

    .. math:: O_{to} = \sum_h H_{th}\, v_{ho}
    """
    return H @ v


def error(O, D):
    r"""Half the squared difference, over all times (eq-rnn-error).

    .. math:: E = \frac{1}{2} \sum_t \sum_o (D_{to} - O_{to})^2
    """
    return 0.5 * ((D - O) ** 2).sum() / len(D)


def output_delta(O, D):
    r"""The slope of E by each output (eq-rnn-output-delta).

    .. math:: \delta_{to} = O_{to} - D_{to}
    """
    return O - D


def hidden_delta(delta_o, v, delta_after, u, N, f):
    r"""The slope of E by each hidden net input: what it does to the outputs now, and to
    the net inputs of the next time (eq-rnn-delta).

    .. math:: \delta_{th} = \Bigl(\sum_o v_{ho}\, \delta_{to} + \sum_g u_{hg}\, \delta_{t+1,g}\Bigr)\, f'(N_{th})
    """  # noqa: E501
    return (delta_o @ v.T + delta_after @ u.T) * f.slope(N)


def slope_u(H_before, delta_h):
    r"""A weight through time is used at every time (eq-rnn-slope-u).

    .. math:: \frac{\partial E}{\partial u_{gh}} = \sum_t H_{t-1,g}\, \delta_{th}
    """
    return np.einsum("ntg,nth->gh", H_before, delta_h) / len(delta_h)


def slope_w(X, delta_h):
    r"""And so is a weight from the inputs (eq-rnn-slope-w).

    .. math:: \frac{\partial E}{\partial w_{ih}} = \sum_t X_{ti}\, \delta_{th}
    """
    return np.einsum("nti,nth->ih", X, delta_h) / len(delta_h)


def draw(rng, inputs=2, hidden=3, outputs=4, times=5, examples=6):
    """Random sequences and weights; times are counted from 1."""
    f = (Tanh(), Logistic(1.2))[rng.integers(2)]
    return {
        "X": rng.normal(size=(examples, times, inputs)),
        "D": rng.normal(size=(examples, times, outputs)),
        "H_0": rng.normal(size=(examples, hidden)),
        "w": rng.normal(size=(inputs, hidden)), "u": rng.normal(size=(hidden, hidden)),
        "b": rng.normal(size=hidden), "v": rng.normal(size=(hidden, outputs)), "f": f,
        "ranges": {"t": (1, times + 1)},
    }  # fmt: skip


MODELS = {
    "recurrent": {
        "symbols": {
            "X_{ti}": "X", "w_{ih}": "w", "u_{gh}": "u", "b_h": "b", "v_{ho}": "v",
            "N_{th}": "N", "H_{th}": "H", "O_{to}": "O", "D_{to}": "D", "E": "E",
            r"\delta_{to}": "delta_o", r"\delta_{th}": "delta_h",
            "H_{t-1,h}": "H_before", r"\delta_{t+1,h}": "delta_after",
        },
        "indices": {
            "i": "inputs", "h g": "hidden", "o": "outputs", "t": "times",
            "n": "examples",
        },
        "rows": "X N H O D delta_o delta_h",
        "functions": {"f": (Tanh, Logistic)},
        "means": {
            r"\delta_{to}": r"\frac{\partial E}{\partial O_{to}}",
            r"\delta_{th}": r"\frac{\partial E}{\partial N_{th}}",
        },
        "scan": {"t": "times"},
        "outside": {"H": "H_0", "delta_h": 0},
        "draw": draw,
    },
}  # fmt: skip
