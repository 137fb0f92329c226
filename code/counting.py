"""How many multiplications a pass takes: counted, by numbers that count.

    multiplications(function, *arrays)  done by any function of arrays
    pass_costs(sizes)                   of one forward pass, and of the backward pass
    gradient_costs(sizes)               of the gradient by nudging, by backpropagation

The functions counted are those of backprop.py, as they are: NumPy hands each number of
an array of objects to Python, and these objects keep a tally. The same on every
machine.
"""

import numpy as np

import arguments
import backprop as bp


def multiplications(function, *arrays):
    """How many multiplications function does with the numbers of the given arrays."""
    arguments.function("function", function, "of arrays")
    arrays = [arguments.finite(f"arrays[{k}]", a) for k, a in enumerate(arrays)]
    tally = 0

    class Counted(float):
        def exp(self):  # NumPy asks an object for its own exp
            return Counted(np.exp(float(self)))

    def counted(name, cost):
        plain = getattr(float, name)

        def operation(self, *others):
            nonlocal tally
            tally += cost
            return Counted(plain(self, *others))

        setattr(Counted, name, operation)

    for name in "add", "radd", "sub", "rsub", "truediv", "rtruediv", "neg":
        counted(f"__{name}__", 0)
    for name in "mul", "rmul", "pow":  # the only power there is a square
        counted(f"__{name}__", 1)

    function(*(np.vectorize(Counted, otypes=[object])(array) for array in arrays))
    return tally


def pass_costs(sizes):
    """The multiplications of one forward pass with its error, and of the backward pass,
    for one example and a logistic network of (inputs, hidden, outputs) units."""
    rng = np.random.default_rng(0)
    net = bp.network(rng, sizes)
    X, D = rng.uniform(size=(1, sizes[0])), rng.uniform(size=(1, sizes[2]))
    N_h, H, N_o, O = bp.forward(net, X)

    def forward(X, D, w, b, v, c):
        H = bp.hidden(bp.net_hidden(X, w, b), net.f)
        bp.error(bp.output(bp.net_output(H, v, c), net.f), D)

    def backward(X, D, N_h, H, N_o, O, v):
        delta_o = bp.output_delta(O, D, N_o, net.f)
        bp.slope_v(H, delta_o)
        bp.slope_c(delta_o)
        delta_h = bp.hidden_delta(delta_o, v, N_h, net.f)
        bp.slope_w(X, delta_h)
        bp.slope_b(delta_h)

    return (
        multiplications(forward, X, D, net.w, net.b, net.v, net.c),
        multiplications(backward, X, D, N_h, H, N_o, O, net.v),
    )


def gradient_costs(sizes):
    """The multiplications of the whole gradient: by nudging every parameter once, and
    by one forward and one backward pass."""
    forward, backward = pass_costs(sizes)
    inputs, hidden, outputs = sizes
    parameters = (inputs + 1) * hidden + (hidden + 1) * outputs
    return (parameters + 1) * forward, forward + backward


arguments.guard(globals())
