r"""Any number of layers, the two deltas of backprop.py called again: no third rule.

    layers   w (from, to) and b (to,) of each layer, from the inputs to the outputs
    H        what each layer receives: H[0] is X, H[k + 1] the output of layers[k]
    N        the net inputs of each layer: N[k] (n, to)
    delta    slope of E by a layer's net inputs, (n, to)

    net = network(np.random.default_rng(0), (2, 4, 3, 2))   a random start
    forward(net, X)                                         N and H of every layer
    backward(net, N, H, D)                                  delta of every layer
    gradient(net, X, D)                                     a Layer of slopes for each
    train(net, X, D, eta=0.5, epochs=1000)                  many steps downhill

Rows are examples; E and its slopes by the parameters are means over them.

With two hidden layers, G before H, and weights w, u, v on the way to the outputs, each
new equation is an old one with other letters: net_first, net_second, second_delta,
first_delta, slope_second and slope_first say which.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

import arguments
import backprop as bp


class Layer(NamedTuple):
    """The weights (from, to) and biases (to,) of one layer, or the slopes by them."""

    w: np.ndarray
    b: np.ndarray


@dataclass(frozen=True, eq=False)
class Network:
    """The layers, each a Layer, and the transfer function f of all of them.

    Raises ValueError if there is no layer, or one does not fit the layer before it.
    """

    layers: tuple[Layer, ...]
    f: bp.Logistic | bp.Tanh | bp.ReLU | bp.Identity = bp.Logistic()

    def __post_init__(self):
        arguments.transfer("f", self.f)
        layers = _layers("layers", self.layers)
        object.__setattr__(self, "layers", layers)
        size = "from"
        for k, (w, b) in enumerate(layers):
            arguments.shaped(f"layers[{k}].w", w, (size, "to"))
            size = w.shape[1]
            arguments.shaped(f"layers[{k}].b", b, (size,))

    @property
    def sizes(self):
        """The number of inputs, and of the units of each layer."""
        return (len(self.layers[0].w), *(len(b) for _, b in self.layers))


def network(rng, sizes, f=bp.Logistic(), scale=1.0, dtype=float):
    """A network with those numbers of inputs and units, weights and biases drawn from
    the Generator rng, uniformly between -scale and scale."""
    arguments.generator("rng", rng)
    arguments.transfer("f", f)
    sizes = arguments.sizes("sizes", sizes, ("inputs", "…", "outputs"))
    arguments.positive("scale", scale)
    arguments.precision("dtype", dtype)

    def drawn(*shape):
        return rng.uniform(-scale, scale, shape).astype(dtype)

    pairs = zip(sizes, sizes[1:])
    return Network(tuple(Layer(drawn(m, k), drawn(k)) for m, k in pairs), f)


def forward(net, X):
    """N and H: the net inputs of each layer, and what each layer receives, then O."""
    N, H = [], [X]
    for w, b in net.layers:
        N.append(bp.net_hidden(H[-1], w, b))
        H.append(bp.hidden(N[-1], net.f))
    return N, H


def backward(net, N, H, D):
    """The slope of E by the net inputs of every layer, first layer first, from the N
    and H of `forward`. Raises ValueError if D does not fit or is not finite."""
    delta = [bp.output_delta(H[-1], D, N[-1], net.f)]
    for k in reversed(range(len(net.layers) - 1)):
        # The layer above plays the part of the output layer: its delta, its weights.
        delta.insert(0, bp.hidden_delta(delta[0], net.layers[k + 1].w, N[k], net.f))
    return delta


def gradient(net, X, D):
    """The slope of E by every parameter: a Layer of slopes for each layer."""
    N, H = forward(net, X)
    delta = backward(net, N, H, D)
    return [Layer(bp.slope_w(h, d), bp.slope_b(d)) for h, d in zip(H, delta)]


def update(net, slopes, eta):
    """The network one step downhill: each parameter moved against its slope."""
    moved = [
        Layer(w - eta * s.w, b - eta * s.b) for (w, b), s in zip(net.layers, slopes)
    ]
    return Network(tuple(moved), net.f)


def train(net, X, D, eta=0.5, epochs=1000, batch=None, rng=None):
    """The trained network, and E over all examples after each epoch, (epochs,).

    batch and rng as in backprop.train: how many examples at a time, and their order.
    """
    X, D, n = np.asarray(X), np.asarray(D), len(X)
    batch = n if batch is None else batch
    errors = np.zeros(epochs)
    for epoch in range(epochs):
        order = np.arange(n) if rng is None else rng.permutation(n)
        for start in range(0, n, batch):
            rows = order[start : start + batch]
            net = update(net, gradient(net, X[rows], D[rows]), eta)
        errors[epoch] = bp.error(forward(net, X)[1][-1], D)
    return net, errors


# ---- two hidden layers, unit by unit: every line is one of backprop.py


def net_first(X, w, a):
    r"""The net input of each unit of the first hidden layer (eq-first-net).

    .. math:: N_g = \sum_i X_i\, w_{ig} + a_g

    Shapes: X (n, inputs), w (inputs, first), a (first,); returns (n, first).
    """
    return bp.net_hidden(X, w, a)


def net_second(G, u, b):
    r"""The net input of each unit of the second hidden layer (eq-second-net).

    .. math:: N_h = \sum_g G_g\, u_{gh} + b_h

    Shapes: G (n, first), u (first, second), b (second,); returns (n, second).
    """
    return bp.net_hidden(G, u, b)


def second_delta(delta_o, v, N_h, f):
    r"""The slope of E by each net input of the second hidden layer (eq-second-delta).

    .. math:: \delta_h = \Bigl(\sum_o v_{ho}\, \delta_o\Bigr)\, f'(N_h)

    Shapes: delta_o (n, outputs), v (second, outputs), N_h (n, second);
    returns (n, second).
    """
    return bp.hidden_delta(delta_o, v, N_h, f)


def first_delta(delta_h, u, N_g, f):
    r"""The slope of E by each net input of the first hidden layer (eq-first-delta).

    .. math:: \delta_g = \Bigl(\sum_h u_{gh}\, \delta_h\Bigr)\, f'(N_g)

    Shapes: delta_h (n, second), u (first, second), N_g (n, first); returns (n, first).
    """
    return bp.hidden_delta(delta_h, u, N_g, f)


def slope_second(G, delta_h):
    r"""The slope of E by each weight between the hidden layers (eq-second-slope).

    .. math:: \frac{\partial E}{\partial u_{gh}} = G_g\, \delta_h

    Shapes: G (n, first), delta_h (n, second); returns (first, second).
    """
    return bp.slope_w(G, delta_h)


def slope_first(X, delta_g):
    r"""The slope of E by each weight from the inputs (eq-first-slope).

    .. math:: \frac{\partial E}{\partial w_{ig}} = X_i\, \delta_g

    Shapes: X (n, inputs), delta_g (n, first); returns (inputs, first).
    """
    return bp.slope_w(X, delta_g)


# ---- what is asked of the arguments


def _layers(name, layers):
    """layers as a tuple of Layers, each of two finite arrays; else ValueError."""
    try:
        pairs = [(w, b) for w, b in layers]
    except (TypeError, ValueError):
        pairs = []
    if not pairs:
        found = arguments.short(layers)
        raise ValueError(f"{name} is {found}; expected a Layer (w, b) at least")
    return tuple(
        Layer(
            arguments.finite(f"{name}[{k}].w", w), arguments.finite(f"{name}[{k}].b", b)
        )
        for k, (w, b) in enumerate(pairs)
    )


def _of_each_layer(name, arrays, sizes):
    """arrays as a list with one of (n, size) for each size, n the same in all."""
    if not isinstance(arrays, (list, tuple)) or len(arrays) != len(sizes):
        found = arguments.short(arrays)
        raise ValueError(f"{name} is {found}; expected {len(sizes)} arrays")
    found, n = [], "n"
    for k, (values, size) in enumerate(zip(arrays, sizes)):
        found.append(arguments.finite(f"{name}[{k}]", values))
        arguments.shaped(f"{name}[{k}]", found[k], (n, size))
        n = len(found[k])
    return found


def _fitting(given):
    """Arguments by name, arrays as arrays; an error if one does not fit the network."""
    asked, net = dict(given), given["net"]
    arguments.instance("net", net, Network, "a Network of depth.py")
    first, last = net.sizes[0], net.sizes[-1]
    if "N" in given:
        asked["N"] = _of_each_layer("N", given["N"], net.sizes[1:])
        asked["H"] = _of_each_layer("H", given["H"], net.sizes)
        asked["D"] = arguments.finite("D", given["D"])
        arguments.shaped("D", asked["D"], asked["H"][-1].shape)
    elif "D" in given:
        asked["X"], asked["D"] = arguments.examples(given["X"], given["D"], first, last)
    elif "X" in given:
        asked["X"] = arguments.rows("X", given["X"], first, "inputs")
    if "slopes" in given:
        asked["slopes"] = _layers("slopes", given["slopes"])
        found = [(s.w.shape, s.b.shape) for s in asked["slopes"]]
        wanted = [(w.shape, b.shape) for w, b in net.layers]
        if found != wanted:
            raise ValueError(f"slopes has the shapes {found}; expected {wanted}")
    if "eta" in given:
        arguments.positive("eta", given["eta"])
    for name in "epochs", "batch":
        if given.get(name) is not None or name == "epochs" and name in given:
            asked[name] = arguments.count(name, given[name])
    if given.get("rng") is not None:
        arguments.generator("rng", given["rng"])
    return asked


arguments.guard(
    globals(),
    **dict.fromkeys(("forward", "backward", "gradient", "update", "train"), _fitting),
)


# ---- what the letters mean, and a random instance of them


def draw(rng, inputs=3, first=4, second=6, outputs=2, examples=5):
    """Random weights, biases and examples."""
    sizes = {"X": (examples, inputs), "D": (examples, outputs), "w": (inputs, first),
             "a": first, "u": (first, second), "b": second, "v": (second, outputs),
             "c": outputs}  # fmt: skip
    f = (bp.Logistic(1.3), bp.Tanh(), bp.Identity())[rng.integers(3)]
    return {name: rng.normal(size=size) for name, size in sizes.items()} | {"f": f}


MODELS = {"depth": {
    "symbols": r"X_i w_{ig} a_g N_g G_g u_{gh} b_h N_h H_h v_{ho} c_o N_o O_o D_o E "
               r"\delta_o \delta_h \delta_g",
    "indices": {"i": "inputs", "g": "first", "h": "second", "o": "outputs"},
    "draw": draw, "rows": "X D N_g G N_h H N_o O delta_o delta_h delta_g",
    "functions": {"f": (bp.Logistic, bp.Tanh, bp.Identity)},
    "means": {rf"\delta_{k}": rf"\frac{{\partial E}}{{\partial N_{k}}}" for k in "ohg"},
    "also": (r"G_g = f(N_g)", r"H_h = f(N_h)", r"O_o = f(N_o)",
             r"N_o = \sum_h H_h\, v_{ho} + c_o",
             r"E = \frac{1}{2} \sum_o (D_o - O_o)^2")}}  # fmt: skip

# Name in code -> what it is, in the order of the notation.
WORDS = {
    "X": "input $i$",
    "w": "weight from input $i$ to unit $g$ of the first hidden layer",
    "a": "bias of unit $g$ of the first hidden layer",
    "N_g": "net input of unit $g$ of the first hidden layer",
    "G": "output of unit $g$ of the first hidden layer",
    "u": "weight from unit $g$ of the first hidden layer to unit $h$ of the second",
    "b": "bias of unit $h$ of the second hidden layer",
    "N_h": "net input of unit $h$ of the second hidden layer",
    "H": "output of unit $h$ of the second hidden layer",
    "v": "weight from unit $h$ of the second hidden layer to output unit $o$",
    "c": "bias of output unit $o$",
    "N_o": "net input of output unit $o$",
    "O": "output of output unit $o$",
    "D": "desired output of output unit $o$",
    "E": "error of the whole network",
    "delta_o": "slope of $E$ by the net input of output unit $o$",
    "delta_h": "slope of $E$ by the net input of unit $h$ of the second hidden layer",
    "delta_g": "slope of $E$ by the net input of unit $g$ of the first hidden layer",
    "dE_du": "slope of $E$ by that weight from unit $g$ to unit $h$",
    "dE_dw": "slope of $E$ by that weight from input $i$ to unit $g$",
}
