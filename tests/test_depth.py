"""Many layers: the gradient against authorities, and against backprop.py itself."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import backprop as bp
import depth
import peers

FUNCTIONS = [bp.Logistic(), bp.Logistic(2.5), bp.Tanh(), bp.ReLU(), bp.Identity()]
SHAPES = [(3, 2), (2, 3, 2), (3, 4, 2, 5), (2, 5, 4, 3, 2), (2, 2, 2, 2), (1,) * 7]

each_function = pytest.mark.parametrize("f", FUNCTIONS, ids=repr)
each_shape = pytest.mark.parametrize("sizes", SHAPES, ids=str)


def case(f, sizes, n=3, seed=0):
    """A network and n examples, with every net input away from the kink of ReLU."""
    rng = np.random.default_rng(seed)
    while True:
        net = depth.network(rng, sizes, f)
        X, D = rng.normal(size=(n, sizes[0])), rng.uniform(size=(n, sizes[-1]))
        N, _ = depth.forward(net, X)
        if min(np.abs(part).min() for part in N) > 1e-3:
            return net, X, D


def flat(layers):
    return np.concatenate([part.ravel() for layer in layers for part in layer])


def unflat(numbers, layers):
    """The inverse of flat, for layers of those shapes."""
    found, start = [], 0
    for layer in layers:
        parts = []
        for part in layer:
            parts.append(numbers[start : start + part.size].reshape(part.shape))
            start += part.size
        found.append(depth.Layer(*parts))
    return tuple(found)


def by_central_differences(net, X, D, h=1e-5):
    parameters = flat(net.layers)

    def E(moved):
        return bp.error(
            depth.forward(depth.Network(unflat(moved, net.layers), net.f), X)[1][-1], D
        )

    nudges = h * np.eye(len(parameters))
    return np.array([(E(parameters + k) - E(parameters - k)) / (2 * h) for k in nudges])


def by_autograd(net, X, D):
    transfer = {
        "logistic": lambda N: 1 / (1 + anp.exp(-getattr(net.f, "alpha", 1) * N)),
        "tanh": anp.tanh,
        "relu": lambda N: anp.maximum(0, N),
        "identity": lambda N: N,
    }[net.f.name]

    def E(layers):
        O = X
        for w, b in layers:
            O = transfer(anp.dot(O, w) + b)
        return anp.mean(anp.sum((D - O) ** 2, axis=1)) / 2

    return flat(autograd.grad(E)([tuple(layer) for layer in net.layers]))


def by_torch(net, X, D):
    torch = peers.torch()
    transfer = {
        "logistic": lambda N: torch.sigmoid(getattr(net.f, "alpha", 1) * N),
        "tanh": torch.tanh,
        "relu": torch.relu,
        "identity": lambda N: N,
    }[net.f.name]
    parameters = [
        [torch.tensor(part, requires_grad=True) for part in layer]
        for layer in net.layers
    ]
    O = torch.tensor(X)
    for w, b in parameters:
        O = transfer(O @ w + b)
    (0.5 * ((torch.tensor(D) - O) ** 2).sum(dim=1).mean()).backward()
    return flat([[part.grad.numpy() for part in layer] for layer in parameters])


@each_function
@each_shape
def test_gradient_is_the_slope_of_the_error(f, sizes):
    net, X, D = case(f, sizes)
    got, expected = flat(depth.gradient(net, X, D)), by_central_differences(net, X, D)
    # Below 1e-7 a central difference is mostly rounding.
    scale = max(np.linalg.norm(expected), 1e-4)
    assert np.linalg.norm(got - expected) / scale < 1e-6


@pytest.mark.parametrize("authority", [by_autograd, by_torch])
@each_function
@each_shape
def test_gradient_is_that_of_the_authorities(authority, f, sizes):
    net, X, D = case(f, sizes, n=4, seed=1)
    got = flat(depth.gradient(net, X, D))
    np.testing.assert_allclose(got, authority(net, X, D), rtol=1e-12, atol=1e-14)


@each_function
@pytest.mark.parametrize("sizes", [(2, 2, 2), (3, 4, 2)], ids=str)
def test_one_hidden_layer_is_backprop_to_the_last_bit(f, sizes):
    net, X, D = case(f, sizes)
    (w, b), (v, c) = net.layers
    shallow = bp.Network(w, b, v, c, f)
    slope = bp.gradient(shallow, X, D)
    (dw, db), (dv, dc) = depth.gradient(net, X, D)
    for got, expected in zip((dw, db, dv, dc), slope):
        assert (got == expected).all()


def test_training_one_hidden_layer_is_backprop_to_the_last_bit():
    net, X, D = case(bp.Logistic(), (3, 4, 2), n=6)
    (w, b), (v, c) = net.layers
    rngs = np.random.default_rng(1), np.random.default_rng(1)
    expected, _ = bp.train(bp.Network(w, b, v, c), X, D, 0.5, 20, 4, rngs[0])
    got, errors = depth.train(net, X, D, 0.5, 20, 4, rngs[1])
    assert (got.layers[0].w == expected.w).all() and (
        got.layers[1].b == expected.c
    ).all()
    assert errors[-1] == bp.error(bp.forward(expected, X).O, D)


def test_slopes_have_the_shapes_of_the_parameters():
    net, X, D = case(bp.Tanh(), (2, 5, 4, 3, 2))
    for layer, slope in zip(net.layers, depth.gradient(net, X, D), strict=True):
        assert [part.shape for part in layer] == [part.shape for part in slope]


RNG = np.random.default_rng(0)


def test_float32_stays_float32():
    net = depth.network(np.random.default_rng(0), (2, 3, 4, 2), dtype=np.float32)
    X, D = np.ones((3, 2), np.float32), np.ones((3, 2), np.float32)
    assert {
        part.dtype.name for layer in depth.gradient(net, X, D) for part in layer
    } == {"float32"}


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda net, X, D: depth.forward(net, X[:, :1]), r"X has shape \(3, 1\)"),
        (lambda net, X, D: depth.gradient(net, X, D[:1]), "D has 1 rows"),
        (lambda net, X, D: depth.gradient(net, X, D * np.nan), "finite"),
        (lambda net, X, D: depth.Network(net.layers[::-1]), r"layers\[1\].w has shape"),
        (lambda net, X, D: depth.Network(()), r"layers is \(\)"),
        (lambda net, X, D: depth.network(RNG, (3,)), "sizes is"),
        (
            lambda net, X, D: depth.update(net, depth.gradient(net, X, D), -1),
            "eta is -1",
        ),
    ],
)
def test_what_does_not_fit_is_named(wrong, message):
    net, X, D = case(bp.Logistic(), (3, 4, 5, 2))
    with pytest.raises(ValueError, match=message):
        wrong(net, X, D)
