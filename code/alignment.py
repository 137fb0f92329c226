r"""Ways back for the error: the true one, and what is left where it is not known.

    WAYS                                  name -> what the hidden layer is told
    train(net, X, D, way, eta, rng, …)    the trained network, and the angle it began
                                          and ended with
    angle(net, B, X, D)                   degrees between deltas through B and true ones
    test_error(way, seed, eta)            % of test digits wrong after such a training
    learning_error(way, seed, eta)        E on the digits it learned from

Everything else is the network of Part I: backprop.py on scikit-learn's digits, with 30
hidden units. With one seed all ways have the same start, pictures, order and B.
"""

from functools import cache

import numpy as np

import arguments
import backprop as bp
import digits

WAYS = {
    "backprop": "the delta, through the weights v as they are",
    "feedback": "the delta through B: random weights, drawn once and never changed",
    "fresh": "the delta through random weights that are drawn again for every batch",
    "frozen": "nothing: the first layer stays as it was drawn",
}
RATES = 0.5, 1.0, 2.0, 4.0, 8.0
HIDDEN, SPREAD, BATCH, EPOCHS, TEST = 30, 0.3, 20, 12, 360


def angle(net, B, X, D):
    """Degrees between the hidden deltas sent back through B and the true ones, over all
    examples together: 0 is the same way, 90 unrelated, 180 the opposite one."""
    bp.gradient(net, X, D)  # refuses what is no network or no example of its size
    B = arguments.some("B", B)
    arguments.shaped("B", B, net.v.shape, ", as v has")
    N_h, H, N_o, O = bp.forward(net, X)
    delta_o = bp.output_delta(O, D, N_o, net.f)
    other = bp.hidden_delta(delta_o, B, N_h, net.f)
    true = bp.hidden_delta(delta_o, net.v, N_h, net.f)
    cosine = (other * true).sum() / np.sqrt((other**2).sum() * (true**2).sum())
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def train(net, X, D, way, eta, rng, epochs=EPOCHS, batch=BATCH):
    """(network, angles): trained with that way back, and the angle between the hidden
    deltas through B and the true ones, before and after each epoch, (epochs + 1,).

    B is drawn first, from rng, then the order of the examples, epoch by epoch.
    """
    bp.gradient(net, X, D)
    X, D = arguments.finite("X", X), arguments.finite("D", D)
    arguments.one_of("way", way, WAYS)
    arguments.positive("eta", eta)
    arguments.generator("rng", rng)
    epochs = arguments.count("epochs", epochs)
    batch = arguments.count("batch", batch)
    spread = SPREAD
    B = rng.uniform(-spread, spread, net.v.shape)
    fresh = np.random.default_rng(rng.integers(2**32))
    angles = [angle(net, B, X, D)]
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for at in range(0, len(X), batch):
            few = order[at : at + batch]
            N_h, H, N_o, O = bp.forward(net, X[few])
            delta_o = bp.output_delta(O, D[few], N_o, net.f)
            if way == "fresh":
                through = fresh.uniform(-spread, spread, B.shape)
            else:
                through = net.v if way == "backprop" else B
            delta_h = bp.hidden_delta(delta_o, through, N_h, net.f)
            if way == "frozen":
                delta_h = 0 * delta_h
            slopes = bp.Gradient(
                w=bp.slope_w(X[few], delta_h),
                b=bp.slope_b(delta_h),
                v=bp.slope_v(H, delta_o),
                c=bp.slope_c(delta_o),
            )
            net = bp.update(net, slopes, eta)
        angles.append(angle(net, B, X, D))
    return net, np.array(angles)


def run(way, seed, eta):
    """(network, angles, X, D, test): a training on digits, of which `test` are the
    numbers of those it never learned from."""
    arguments.one_of("way", way, WAYS)
    arguments.positive("eta", eta)
    return _run(way, arguments.count("seed", seed, least=0), float(eta))


@cache
def _run(way, seed, eta):
    X, classes = digits.load()
    D = np.eye(10)[classes]
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(X))
    test, learn = order[:TEST], order[TEST:]
    net = bp.network(rng, (64, HIDDEN, 10), scale=SPREAD)
    net, angles = train(net, X[learn], D[learn], way, eta, rng)
    return net, angles, X, D, test


def test_error(way, seed, eta):
    """Per cent of the test pictures that are read wrongly."""
    net, _, X, D, test = run(way, seed, eta)
    said = bp.forward(net, X[test]).O.argmax(1)
    return 100 * float(np.mean(said != D[test].argmax(1)))


def learning_error(way, seed, eta):
    """E over the pictures it learned from: what a rate is chosen by."""
    net, _, X, D, test = run(way, seed, eta)
    learn = np.setdiff1d(np.arange(len(X)), test)
    return float(bp.error(bp.forward(net, X[learn]).O, D[learn]))
