"""The race of chapter 12: one rule, one seed, the digits.

    run(adam, 0, eta=0.01)                a Result: training loss, test accuracy …
    run(momentum, 0, eta=0.1, schedule=linear_decay)     any setting of optimisers.walk
    run(adam, 0, fine=0.1, examples=300)  an L2 fine in the slope, few examples

64-32-10, tanh, softmax and cross-entropy, batches of 32. A seed is a split of the
digits, a start and an order of the batches: the same for every rule, so that two rules
may be compared seed by seed.
"""

from typing import NamedTuple

import numpy as np

import arguments
import backprop as bp
import digits
import losses
import optimisers as opt

LEARN, BATCH = 1400, 32


class Result(NamedTuple):
    """Losses on the digits learned from, on those kept back from the 1400 (nan if there
    are none) and on the test digits, and how many % of the test digits are right."""

    loss: float
    kept_loss: float
    test_loss: float
    accuracy: float


def task(seed, examples=LEARN, epochs=5):
    """(start, slope, steps, measured): theta at the start; the slope of each batch in
    turn, a function of theta to be called once a step; how many steps; and the Result
    as a function of theta.
    """
    seed = arguments.count("seed", seed, least=0)
    examples = arguments.count("examples", examples, least=BATCH)
    epochs = arguments.count("epochs", epochs)
    rng = np.random.default_rng(seed)
    X, classes = digits.load()
    D = np.eye(10)[classes]
    order = rng.permutation(len(X))
    learn, kept, test = np.split(order, [min(examples, LEARN), LEARN])
    net = bp.network(rng, (64, 32, 10), bp.Tanh(), scale=0.2)
    parts = [np.shape(getattr(net, k)) for k in bp.Gradient._fields]
    ends = np.cumsum([np.prod(shape) for shape in parts])[:-1]
    batches = [
        rows
        for _ in range(epochs)
        for rows in np.array_split(rng.permutation(learn), len(learn) // BATCH)
    ]

    def unpack(theta):
        cut = np.split(theta, ends)
        return bp.Network(*(a.reshape(shape) for a, shape in zip(cut, parts)), f=net.f)

    coming = iter(batches)

    def slope(theta):
        net, rows = unpack(theta), next(coming)
        N_h, H, N_o, _ = bp.forward(net, X[rows])
        if not np.isfinite(N_o).all():
            raise opt.RanAway("a net input is not finite: the rate is too large here")
        delta_o = losses.softmax_delta(losses.softmax(N_o), D[rows])
        delta_h = bp.hidden_delta(delta_o, net.v, N_h, net.f)
        found = (
            bp.slope_w(X[rows], delta_h),
            bp.slope_b(delta_h),
            bp.slope_v(H, delta_o),
            bp.slope_c(delta_o),
        )
        return np.concatenate([a.ravel() for a in found])

    def measured(theta):
        N_o = bp.forward(unpack(theta), X).N_o
        right = N_o[test].argmax(axis=1) == D[test].argmax(axis=1)
        loss, kept_loss, test_loss = (
            float(losses.cross_entropy(N_o[rows], D[rows])) if len(rows) else np.nan
            for rows in (learn, kept, test)
        )
        return Result(loss, kept_loss, test_loss, float(100 * right.mean()))

    start = np.concatenate([getattr(net, k).ravel() for k in bp.Gradient._fields])
    return start, slope, len(batches), measured


def run(rule, seed, fine=0, *, examples=LEARN, epochs=5, **settings):
    """The Result of a run; infinite losses and 0 % if the weights ran away.

    fine is the lambda of l2_slope, put before the rule; settings are those of
    optimisers.walk.
    """
    arguments.within("fine", fine, opt.RANGES["weight_decay"])
    theta, slope, steps, measured = task(seed, examples, epochs)

    def fined(theta):
        return opt.l2_slope(theta, slope(theta), fine)

    with np.errstate(over="ignore", invalid="ignore"):
        try:
            *_, last = opt.walk(rule, fined, theta, steps, **settings)
            return measured(last)
        except opt.RanAway:
            return Result(np.inf, np.inf, np.inf, 0.0)
