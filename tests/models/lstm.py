r"""A memory with gates: input i, forget f, output o, and g, what may be stored.

X  inputs (n, times, inputs)   H  outputs   C  the memory     i, forget, o, g  gates
w_i, u_i, b_i  the weights of gate i, from the inputs and from H, and its biases
"""

from backprop import Logistic, Tanh


def input_gate(X, H_before, w_i, u_i, b_i, sigma):
    r"""How much is stored (eq-lstm-input).

    .. math:: i_{th} = \sigma(\sum_k X_{tk}\, w^{i}_{kh} + \sum_l H_{t-1,l}\, u^{i}_{lh} + b^{i}_h)
    """  # noqa: E501
    return sigma(X @ w_i + H_before @ u_i + b_i)


def forget_gate(X, H_before, w_f, u_f, b_f, sigma):
    r"""How much is kept (eq-lstm-forget).

    .. math:: f_{th} = \sigma(\sum_k X_{tk}\, w^{f}_{kh} + \sum_l H_{t-1,l}\, u^{f}_{lh} + b^{f}_h)
    """  # noqa: E501
    return sigma(X @ w_f + H_before @ u_f + b_f)


def output_gate(X, H_before, w_o, u_o, b_o, sigma):
    r"""How much is shown (eq-lstm-output).

    .. math:: o_{th} = \sigma(\sum_k X_{tk}\, w^{o}_{kh} + \sum_l H_{t-1,l}\, u^{o}_{lh} + b^{o}_h)
    """  # noqa: E501
    return sigma(X @ w_o + H_before @ u_o + b_o)


def candidate(X, H_before, w_g, u_g, b_g, f):
    r"""What may be stored (eq-lstm-candidate).

    .. math:: g_{th} = f(\sum_k X_{tk}\, w^{g}_{kh} + \sum_l H_{t-1,l}\, u^{g}_{lh} + b^{g}_h)
    """  # noqa: E501
    return f(X @ w_g + H_before @ u_g + b_g)


def memory(forget, C_before, i, g):
    r"""What is kept of the old and stored of the new (eq-lstm-memory).

    .. math:: C_{th} = f_{th}\, C_{t-1,h} + i_{th}\, g_{th}
    """
    return forget * C_before + i * g


def hidden(o, C, f):
    r"""What is shown of the memory (eq-lstm-hidden).

    .. math:: H_{th} = o_{th}\, f(C_{th})
    """
    return o * f(C)


def error(H, D):
    r"""Half the squared difference, over all times (eq-lstm-error).

    .. math:: E = \frac{1}{2} \sum_t \sum_h (D_{th} - H_{th})^2
    """
    return 0.5 * ((D - H) ** 2).sum() / len(D)


def memory_delta(epsilon, o, C, delta_after, forget_after, f):
    r"""The slope of E by the memory: what it shows now, and what is kept of it
    (eq-lstm-delta).

    .. math:: \delta_{th} = \epsilon_{th}\, o_{th}\, f'(C_{th}) + \delta_{t+1,h}\, f_{t+1,h}
    """  # noqa: E501
    return epsilon * o * f.slope(C) + delta_after * forget_after


def draw(rng, inputs=2, hidden=3, times=4, examples=5):
    """Random sequences, weights and biases; times are counted from 1."""
    shapes = {"w": (inputs, hidden), "u": (hidden, hidden), "b": (hidden,)}
    weights = {
        f"{name}_{gate}": rng.normal(size=shape)
        for name, shape in shapes.items()
        for gate in "ifog"
    }
    start = dict(zip(("H_0", "C_0"), rng.normal(size=(2, examples, hidden))))
    return weights | start | {
        "X": rng.normal(size=(examples, times, inputs)),
        "sigma": Logistic(), "f": Tanh(), "ranges": {"t": (1, times + 1)},
        "D": rng.normal(size=(examples, times, hidden)),
    }  # fmt: skip


WEIGHTS = {
    name + "^{" + gate + "}_{" + letters + "}": f"{name}_{gate}"
    for name, letters in {"w": "kh", "u": "lh", "b": "h"}.items()
    for gate in "ifog"
}
MODELS = {
    "lstm": {
        "symbols": WEIGHTS | {
            "X_{tk}": "X", "H_{th}": "H", "C_{th}": "C", "D_{th}": "D", "E": "E",
            "i_{th}": "i", "f_{th}": "forget", "o_{th}": "o", "g_{th}": "g",
            r"\delta_{th}": "delta", r"\epsilon_{th}": "epsilon",
            "H_{t-1,h}": "H_before", "C_{t-1,h}": "C_before",
            r"\delta_{t+1,h}": "delta_after", "f_{t+1,h}": "forget_after",
        },
        "indices": {"k": "inputs", "h l": "hidden", "t": "times", "n": "examples"},
        "rows": "X H C D i forget o g delta epsilon",
        "functions": {"f": (Tanh,), r"\sigma": (Logistic,)},
        "means": {
            r"\delta_{th}": r"\frac{\partial E}{\partial C_{th}}",
            r"\epsilon_{th}": r"\frac{\partial E}{\partial H_{th}}",
        },
        "scan": {"t": "times"},
        "outside": {"H": "H_0", "C": "C_0", "delta": 0, "forget": 0},
        "draw": draw,
    },
}  # fmt: skip
