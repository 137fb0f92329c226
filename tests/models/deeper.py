r"""The network of Part I with a second hidden layer: no third rule.

X  inputs   w  to the first hidden layer H   u  to the second, G   v  to the outputs O
b, a, c  biases   D  desired outputs   delta  slopes of E by net inputs
"""

import backprop as bp


def net_first(X, w, b):
    r"""The net input of each unit of the first layer (eq-deeper-net-first).

    .. math:: N_h = \sum_i X_i\, w_{ih} + b_h
    """
    return X @ w + b


def first(N_h, f):
    r"""The output of each unit of the first layer (eq-deeper-first).

    .. math:: H_h = f(N_h)
    """
    return f(N_h)


def net_second(H, u, a):
    r"""The net input of each unit of the second layer (eq-deeper-net-second).

    .. math:: N_g = \sum_h H_h\, u_{hg} + a_g
    """
    return H @ u + a


def second(N_g, f):
    r"""The output of each unit of the second layer (eq-deeper-second).

    .. math:: G_g = f(N_g)
    """
    return f(N_g)


def net_output(G, v, c):
    r"""The net input of each output unit (eq-deeper-net-output).

    .. math:: N_o = \sum_g G_g\, v_{go} + c_o
    """
    return G @ v + c


def output(N_o, f):
    r"""The output of each output unit (eq-deeper-output).

    .. math:: O_o = f(N_o)
    """
    return f(N_o)


def error(O, D):
    r"""Half the squared difference (eq-deeper-error).

    .. math:: E = \frac{1}{2} \sum_o (D_o - O_o)^2
    """
    return 0.5 * ((D - O) ** 2).sum() / len(D)


def output_delta(O, D, N_o, f):
    r"""The delta of each output unit (eq-deeper-output-delta).

    .. math:: \delta_o = (O_o - D_o)\, f'(N_o)
    """
    return (O - D) * f.slope(N_o)


def second_delta(delta_o, v, N_g, f):
    r"""The delta of each unit of the second layer (eq-deeper-second-delta).

    .. math:: \delta_g = \Bigl(\sum_o v_{go}\, \delta_o\Bigr)\, f'(N_g)
    """
    return (delta_o @ v.T) * f.slope(N_g)


def first_delta(delta_g, u, N_h, f):
    r"""The delta of each unit of the first layer (eq-deeper-first-delta).

    .. math:: \delta_h = \Bigl(\sum_g u_{hg}\, \delta_g\Bigr)\, f'(N_h)
    """
    return (delta_g @ u.T) * f.slope(N_h)


def slope_u(H, delta_g):
    r"""The slope of E by each weight between the hidden layers (eq-deeper-slope-u).

    .. math:: \frac{\partial E}{\partial u_{hg}} = H_h\, \delta_g
    """
    return H.T @ delta_g / len(H)


def draw(rng, inputs=3, first=4, second=5, outputs=2, examples=6):
    """A random network, off every kink."""
    f = (bp.Logistic(1.2), bp.Tanh())[rng.integers(2)]
    sizes = inputs, first, second, outputs
    w, u, v = (rng.normal(size=pair) for pair in zip(sizes, sizes[1:]))
    b, a, c = (rng.normal(size=size) for size in sizes[1:])
    X = rng.normal(size=(examples, inputs))
    D = rng.uniform(0.2, 0.8, (examples, outputs))
    return {
        "X": X, "D": D, "w": w, "u": u, "v": v, "b": b, "a": a, "c": c, "f": f
    }  # fmt: skip


MODELS = {
    "deeper": {
        "symbols": r"X_i w_{ih} b_h N_h H_h u_{hg} a_g N_g G_g v_{go} c_o N_o O_o D_o "
        r"E \delta_o \delta_g \delta_h",
        "indices": {
            "i": "inputs", "h": "first hidden", "g": "second hidden", "o": "outputs",
            "n": "examples",
        },
        "rows": "X D N_h H N_g G N_o O delta_o delta_g delta_h",
        "functions": {"f": (bp.Logistic, bp.Tanh)},
        "means": {
            r"\delta_o": r"\frac{\partial E}{\partial N_o}",
            r"\delta_g": r"\frac{\partial E}{\partial N_g}",
            r"\delta_h": r"\frac{\partial E}{\partial N_h}",
        },
        "phases": {
            "forward": "eq-deeper-net-first", "backward": "eq-deeper-output-delta"
        },
        "draw": draw,
    },
}  # fmt: skip
