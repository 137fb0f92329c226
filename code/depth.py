"""Any number of layers, with the two deltas of backprop.py called again: no third rule.

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
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

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
        layers = tuple(Layer(np.asarray(w), np.asarray(b)) for w, b in self.layers)
        object.__setattr__(self, "layers", layers)
        if not layers:
            raise ValueError("layers is empty; expected at least one Layer")
        size = np.shape(layers[0].w)[:1]
        for k, (w, b) in enumerate(layers):
            if w.ndim != 2 or w.shape[:1] != size or b.shape != w.shape[1:]:
                raise ValueError(
                    f"layers[{k}] has w {w.shape} and b {b.shape}; "
                    f"expected w ({', '.join(map(str, size))}, to) and b (to,)"
                )
            if not (np.isfinite(w).all() and np.isfinite(b).all()):
                raise ValueError(f"layers[{k}] has a number that is not finite")
            size = w.shape[1:]

    @property
    def sizes(self):
        """The number of inputs, and of the units of each layer."""
        return (len(self.layers[0].w), *(len(b) for _, b in self.layers))


def network(rng, sizes, f=bp.Logistic(), scale=1.0, dtype=float):
    """A network with those numbers of inputs and units, weights and biases drawn from
    the Generator rng, uniformly between -scale and scale."""
    if len(sizes) < 2 or any(size != int(size) or size < 1 for size in sizes):
        raise ValueError(
            f"sizes is {sizes!r}; expected (inputs, …, outputs), each at least 1"
        )

    def drawn(*shape):
        return rng.uniform(-scale, scale, shape).astype(dtype)

    pairs = zip(sizes, sizes[1:])
    return Network(tuple(Layer(drawn(m, k), drawn(k)) for m, k in pairs), f)


def forward(net, X):
    """N and H: the net inputs of each layer, and what each layer receives, then O."""
    X = np.asarray(X)
    if X.ndim != 2 or X.shape[1] != net.sizes[0] or not np.isfinite(X).all():
        raise ValueError(
            f"X has shape {X.shape}; expected (n, {net.sizes[0]}), finite numbers"
        )
    N, H = [], [X]
    for w, b in net.layers:
        N.append(bp.net_hidden(H[-1], w, b))
        H.append(bp.hidden(N[-1], net.f))
    return N, H


def backward(net, N, H, D):
    """The slope of E by the net inputs of every layer, first layer first, from the N
    and H of `forward`. Raises ValueError if D does not fit or is not finite."""
    D = np.asarray(D)
    if D.shape != H[-1].shape or not np.isfinite(D).all():
        raise ValueError(
            f"D has shape {D.shape}; expected {H[-1].shape}, finite numbers"
        )
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
    if not 0 < eta < np.inf:
        raise ValueError(f"eta is {eta!r}; expected a positive number")
    moved = [
        Layer(w - eta * s.w, b - eta * s.b) for (w, b), s in zip(net.layers, slopes)
    ]
    return Network(tuple(moved), net.f)


def train(net, X, D, eta=0.5, epochs=1000, batch=None, rng=None):
    """The trained network, and E over all examples after each epoch, (epochs,).

    batch and rng as in backprop.train: how many examples at a time, and their order.
    """
    n = len(X)
    batch = n if batch is None else batch
    errors = np.zeros(epochs)
    for epoch in range(epochs):
        order = np.arange(n) if rng is None else rng.permutation(n)
        for start in range(0, n, batch):
            rows = order[start : start + batch]
            net = update(net, gradient(net, X[rows], D[rows]), eta)
        errors[epoch] = bp.error(forward(net, X)[1][-1], D)
    return net, errors
