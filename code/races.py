r"""Two comparisons on scikit-learn's digits: of errors, and of cures for deep networks.

    ERRORS                     name -> outputs of the net inputs, and their delta
    race(name, eta, seed)      % right after each epoch, on digits learned from and not
    DEEP                       name -> how a network with twelve hidden layers is made
    deep_race(name, eta, seed) the same of that network
    calls(name, eta, seed)     how many test digits it calls each of the ten classes
    delta_sizes(name, seed)    how large delta is in each of its layers at the start
    spreads(name, seed)        how much net inputs differ there, by example and by unit

Whatever is compared has the seed in common: the same split into 1400 digits to learn
from and 397 to be tested with, the same start, the same batches. One thing differs.
Rates are not compared at one value: each arm has its own best of ETAS, chosen with
TUNING_SEEDS by the digits that are learned from, and then SEEDS are run that had no
part in the choice.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

import arguments
import backprop as bp
import digits
import flow
import losses

LEARN, BATCH = 1400, 32
TUNING_SEEDS, SEEDS = range(100, 104), range(16)
ETAS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)

logistic = bp.Logistic()


def _squared_delta(N, D):
    return bp.output_delta(logistic(N), D, N, logistic)


def _binary_delta(N, D):
    return losses.binary_delta(logistic(N), D)


def _softmax_delta(N, D):
    return losses.softmax_delta(losses.softmax(N), D)


# Name -> the outputs of net inputs, and the delta of them.
ERRORS = {
    "squared error, logistic": (logistic, _squared_delta),
    "cross-entropy, logistic": (logistic, _binary_delta),
    "cross-entropy, softmax": (losses.softmax, _softmax_delta),
}


class Curves(NamedTuple):
    """% of digits called rightly after each epoch (epochs,)."""

    learned: np.ndarray
    tested: np.ndarray


def _split(rng):
    """Inputs, desired outputs and classes, and who learns and who is tested."""
    X, classes = digits.load()
    order = rng.permutation(len(X))
    return X, np.eye(10)[classes], classes, order[:LEARN], order[LEARN:]


def _batches(rng, learn):
    shuffled = rng.permutation(learn)
    for start in range(0, len(learn), BATCH):
        yield shuffled[start : start + BATCH]


def race(name, eta, seed, epochs=15):
    """The Curves of a network with 32 hidden units that learns by one of ERRORS."""
    arguments.one_of("name", name, ERRORS)
    arguments.positive("eta", eta)
    rng = np.random.default_rng(arguments.count("seed", seed, least=0))
    epochs = arguments.count("epochs", epochs)
    outputs, delta = ERRORS[name]
    X, D, classes, learn, test = _split(rng)
    net = bp.network(rng, (64, 32, 10), scale=0.2)
    found = np.zeros((2, epochs))
    for epoch in range(epochs):
        for rows in _batches(rng, learn):
            N_h, H, N_o, _ = bp.forward(net, X[rows])
            delta_o = delta(N_o, D[rows])
            delta_h = bp.hidden_delta(delta_o, net.v, N_h, net.f)
            slope = bp.Gradient(
                bp.slope_w(X[rows], delta_h),
                bp.slope_b(delta_h),
                bp.slope_v(H, delta_o),
                bp.slope_c(delta_o),
            )
            net = bp.update(net, slope, eta)
        said = outputs(bp.forward(net, X).N_o).argmax(axis=1)
        found[:, epoch] = [np.mean(said[k] == classes[k]) for k in (learn, test)]
    return Curves(*(100 * found))


# ---- twelve hidden layers


@dataclass(frozen=True)
class Deep:
    """How a deep network is made: layers of equal units, softmax at the end."""

    f: object = logistic
    spread: float = 1.0  # of the weights, times 1 / sqrt(units they come from)
    normalised: str = ""  # each layer's net inputs before f: by "layer" or by "batch"
    around: bool = False  # what a layer receives is added to what it sends
    longest: float | None = None  # the slope is clipped to this length
    still: int = 0  # so many layers, from the first, are never moved
    layers: int = 12


DEEP = {
    "logistic": Deep(),
    "one hidden layer": Deep(layers=1),
    "one hidden layer, never moved": Deep(layers=1, still=1),
    "tanh": Deep(bp.Tanh()),
    "ReLU, twice the variance": Deep(bp.ReLU(), np.sqrt(2)),
    "logistic, layers normalised": Deep(normalised="layer"),
    "logistic, batches normalised": Deep(normalised="batch"),
    "logistic, residual": Deep(around=True),
    "ReLU, clipped": Deep(bp.ReLU(), np.sqrt(2), longest=1.0),
    "too large": Deep(bp.ReLU(), 2 * np.sqrt(2)),
    "too large, clipped": Deep(bp.ReLU(), 2 * np.sqrt(2), longest=1.0),
    "too large, layers normalised": Deep(bp.ReLU(), 2 * np.sqrt(2), "layer"),
    "too large, batches normalised": Deep(bp.ReLU(), 2 * np.sqrt(2), "batch"),
}
DEEP_ETAS = (1e-5, 3e-5, 1e-4, 3e-4, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
DEEP_TUNING_SEEDS, DEEP_SEEDS, UNITS = range(100, 103), range(8), 50


class DeepNet(NamedTuple):
    """The Deep it is made as, and w and b of each layer, the outputs' last."""

    made: Deep
    w: list
    b: list


def _start(name, rng):
    """A DeepNet, its weights normal with the spread of its kind, its biases zero."""
    made = DEEP[name]
    sizes = (64, *[UNITS] * made.layers, 10)
    w = [
        rng.normal(0, made.spread / np.sqrt(m), (m, k))
        for m, k in zip(sizes, sizes[1:])
    ]
    w[-1] = w[-1] / made.spread  # the same start of the outputs in every arm
    return DeepNet(made, w, [np.zeros(k) for k in sizes[1:]])


def _forward(net, X, known=None):
    """What each layer receives, what its f is asked of, and means and spreads; those of
    a batch may be known from other examples."""
    made, H, asked, used = net.made, [X], [], []
    for k, (w, b) in enumerate(zip(net.w, net.b)):
        N = bp.net_hidden(H[-1], w, b)
        if k == made.layers:
            return H, [*asked, N], used
        if made.normalised:
            # A batch is normalised unit by unit, a layer example by example.
            N = N.T if made.normalised == "batch" else N
            m, s = known[k] if known else (flow.mean(N), flow.spread(N, flow.mean(N)))
            N = flow.normalise(N, m, s)
            N = N.T if made.normalised == "batch" else N
            used.append((m, s))
        asked.append(N)
        around = made.around and k > 0  # the first has other inputs than units
        H.append(flow.residual(H[-1], N, made.f) if around else made.f(N))
    raise AssertionError("a network has outputs")


def _deltas(net, X, D):
    """What each layer receives, and the slope of E by its net inputs, first first."""
    made = net.made
    H, asked, used = _forward(net, X)
    deltas = [losses.softmax_delta(losses.softmax(asked[-1]), D)]
    sent = deltas[0] @ net.w[-1].T  # the slope of E by what a layer sends
    for k in reversed(range(made.layers)):
        delta = sent * made.f.slope(asked[k])
        if made.normalised == "layer":
            delta = flow.normal_delta(delta, asked[k], used[k][1])
        if made.normalised == "batch":
            delta = flow.normal_delta(delta.T, asked[k].T, used[k][1]).T
        deltas.insert(0, delta)
        around = made.around and k > 0
        sent = (
            flow.slope_through(sent, net.w[k], delta) if around else delta @ net.w[k].T
        )
    return H, deltas


def _gradient(net, X, D):
    """The slopes of E by w and b of each layer."""
    H, deltas = _deltas(net, X, D)
    slopes = [bp.slope_w(h, d) for h, d in zip(H, deltas)]
    return slopes, [bp.slope_b(d) for d in deltas]


def _clipped(slopes, longest):
    """All slopes as one, no longer than that."""
    flat = np.concatenate([s.ravel() for s in slopes])
    flat, found, start = flow.clip(flat, longest), [], 0
    for s in slopes:
        found.append(flat[start : start + s.size].reshape(s.shape))
        start += s.size
    return found


def _epochs(name, eta, seed, epochs):
    """What one of DEEP calls each digit after each epoch while its numbers are finite,
    with the classes, and who learns and who is tested."""
    rng = np.random.default_rng(seed)
    X, D, classes, learn, test = _split(rng)
    net = _start(name, rng)
    layers, still = len(net.w), net.made.still
    for _ in range(epochs):
        for rows in _batches(rng, learn):
            w, b = _gradient(net, X[rows], D[rows])
            slopes = [*w, *b]
            if net.made.longest is not None:
                slopes = _clipped(slopes, net.made.longest)
            moved = [p - eta * s for p, s in zip([*net.w, *net.b], slopes)]
            w, b = moved[:layers], moved[layers:]
            net = DeepNet(
                net.made, [*net.w[:still], *w[still:]], [*net.b[:still], *b[still:]]
            )
        batch = net.made.normalised == "batch"  # as it was for those learned from
        N = _forward(net, X, _forward(net, X[learn])[2] if batch else None)[1][-1]
        if not np.isfinite(N).all():
            return
        yield N.argmax(axis=1), classes, learn, test


def deep_race(name, eta, seed, epochs=10):
    """The Curves of one of DEEP; where a number is no longer finite, chance is left."""
    arguments.one_of("name", name, DEEP)
    arguments.positive("eta", eta)
    seed = arguments.count("seed", seed, least=0)
    found = np.full((2, arguments.count("epochs", epochs)), 10.0)
    with np.errstate(over="ignore", invalid="ignore"):
        told = _epochs(name, eta, seed, found.shape[1])
        for epoch, (said, classes, *parts) in enumerate(told):
            right = [np.mean(said[k] == classes[k]) for k in parts]
            found[:, epoch] = 100 * np.array(right)
    return Curves(*found)


def calls(name, eta, seed, epochs=10):
    """How many of the tested digits one of DEEP calls each class in the end, how many
    are of it, and how many of those learned from (3, 10)."""
    arguments.one_of("name", name, DEEP)
    arguments.positive("eta", eta)
    seed = arguments.count("seed", seed, least=0)
    *_, last = _epochs(name, eta, seed, arguments.count("epochs", epochs))
    said, classes, learn, test = last
    counted = said[test], classes[test], classes[learn]
    return np.array([np.bincount(which, minlength=10) for which in counted])


def delta_sizes(name, seed):
    """The root mean square of delta in each hidden layer of one of DEEP, first first,
    and what `flow.growth` expects it to be, reckoned back from the last; before any
    learning, for the first hundred digits that are learned from."""
    arguments.one_of("name", name, DEEP)
    rng = np.random.default_rng(arguments.count("seed", seed, least=0))
    X, D, _, learn, _ = _split(rng)
    net = _start(name, rng)
    _, asked, _ = _forward(net, X[learn[:100]])
    _, deltas = _deltas(net, X[learn[:100]], D[learn[:100]])
    sizes = [np.sqrt(np.mean(delta**2)) for delta in deltas[:-1]]
    expected, sigma = [sizes[-1]], net.made.spread / np.sqrt(UNITS)
    for N in reversed(asked[:-2]):
        q = flow.growth(N, sigma, net.made.f).mean()
        expected.insert(0, expected[0] * np.sqrt(q))
    return np.array(sizes), np.array(expected)


def spreads(name, seed):
    """How much the net inputs of each hidden layer of one of DEEP differ, first first:
    from example to example, as a mean over the units, and from unit to unit, as a mean
    over the examples; before any learning, for the digits of `delta_sizes`."""
    arguments.one_of("name", name, DEEP)
    rng = np.random.default_rng(arguments.count("seed", seed, least=0))
    X, _, _, learn, _ = _split(rng)
    asked = _forward(_start(name, rng), X[learn[:100]])[1][:-1]
    found = [[N.std(axis=0).mean(), N.std(axis=1).mean()] for N in asked]
    return np.transpose(found)


arguments.guard(globals())  # what explodes is let run, and then counted
