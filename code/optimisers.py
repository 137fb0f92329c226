r"""Update rules: what to do with a slope once backpropagation has found it.

    theta  parameters        g  their slope     eta  learning rate    t  step, from 1
    m  a running mean of slopes, or velocity    s  a running mean of squared slopes

    descend(adam, slope, theta, 100, eta=0.1)   the path: theta after every step
    descend(…, schedule=cosine_decay)           the same with a rate that falls

One function per rule, from the paper it cites: it takes theta, g and what the rule
remembers, and returns theta and what to remember. Memories start at zero. Everything
is element by element: arrays of any one shape. Squared slopes are called s, because v
is a weight in this book; papers write v.
"""

import inspect

import numpy as np
from numpy import sqrt

import arguments


def gradient_descent(theta, g, eta=0.1):
    r"""Downhill, in proportion to the slope (eq-gradient-descent).

    .. math:: \theta \leftarrow \theta - \eta\, g

    Source: Cauchy 1847; with one example at a time, Robbins & Monro 1951.
    """
    theta = theta - eta * g
    return (theta,)


def momentum(theta, g, m, eta=0.1, mu=0.9):
    r"""A heavy ball: the velocity m keeps a part mu of itself
    (eq-momentum-velocity, eq-momentum).

    .. math:: m \leftarrow \mu\, m + g
    .. math:: \theta \leftarrow \theta - \eta\, m

    Source: Polyak 1964, in the form of Sutskever et al. 2013 with eta taken out of m.
    """
    m = mu * m + g
    theta = theta - eta * m
    return theta, m


def nesterov(theta, g, m, eta=0.1, mu=0.9):
    r"""Momentum that looks ahead: it steps along the velocity it is about to have
    (eq-nesterov-velocity, eq-nesterov).

    .. math:: m \leftarrow \mu\, m + g
    .. math:: \theta \leftarrow \theta - \eta\, (g + \mu\, m)

    Source: Nesterov 1983, with a constant mu, in the form of Sutskever et al. 2013
    written for the point where the slope is taken.
    """
    m = mu * m + g
    theta = theta - eta * (g + mu * m)
    return theta, m


def adagrad(theta, g, s, eta=0.1, epsilon=1e-10):
    r"""Each parameter's own rate, smaller the more slope it has seen
    (eq-adagrad-squares, eq-adagrad).

    .. math:: s \leftarrow s + g^2
    .. math:: \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s} + \epsilon}

    Source: Duchi, Hazan & Singer 2011. Here s is a sum, and nothing is forgotten.
    """
    s = s + g**2
    theta = theta - eta * g / (sqrt(s) + epsilon)
    return theta, s


def rmsprop(theta, g, s, eta=0.01, rho=0.9, epsilon=1e-8):
    r"""AdaGrad that forgets: squares are averaged over about 1 / (1 - rho) steps
    (eq-rmsprop-squares, eq-rmsprop).

    .. math:: s \leftarrow \rho\, s + (1 - \rho)\, g^2
    .. math:: \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{s} + \epsilon}

    Source: Tieleman & Hinton 2012, lecture 6.5. It is an update rule; the root of the
    mean squared error is a loss, and has only three letters in common with it.
    """
    s = rho * s + (1 - rho) * g**2
    theta = theta - eta * g / (sqrt(s) + epsilon)
    return theta, s


def adam(theta, g, m, s, t, eta=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    r"""The mean slope over the root of the mean squared slope, both made up for having
    started at zero (eq-adam-mean, eq-adam-squares, eq-adam).

    .. math:: m \leftarrow \beta_1\, m + (1 - \beta_1)\, g
    .. math:: s \leftarrow \beta_2\, s + (1 - \beta_2)\, g^2
    .. math:: \theta \leftarrow \theta - \eta\, \frac{\frac{m}{1 - \beta_1^{t}}}{\sqrt{\frac{s}{1 - \beta_2^{t}}} + \epsilon}

    Source: Kingma & Ba 2015, algorithm 1. There is no logarithm in it.
    """  # noqa: E501
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    theta = theta - eta * (m / (1 - beta_1**t)) / (sqrt(s / (1 - beta_2**t)) + epsilon)
    return theta, m, s


def l2_slope(theta, g, weight_decay=0.01):
    r"""The slope of E with a fine on large parameters, (lambda / 2) theta squared
    (eq-l2-slope).

    .. math:: g \leftarrow g + \lambda\, \theta

    Put before gradient descent it is weight decay; put before Adam it is not.
    """
    return g + weight_decay * theta


def adamw(
    theta,
    g,
    m,
    s,
    t,
    eta=0.001,
    beta_1=0.9,
    beta_2=0.999,
    epsilon=1e-8,
    weight_decay=0.01,
):
    r"""Adam, and beside it a share of every parameter goes
    (eq-adamw-mean, eq-adamw-squares, eq-adamw).

    .. math:: m \leftarrow \beta_1\, m + (1 - \beta_1)\, g
    .. math:: s \leftarrow \beta_2\, s + (1 - \beta_2)\, g^2
    .. math:: \theta \leftarrow (1 - \eta\, \lambda)\, \theta - \eta\, \frac{\frac{m}{1 - \beta_1^{t}}}{\sqrt{\frac{s}{1 - \beta_2^{t}}} + \epsilon}

    Source: Loshchilov & Hutter 2019, algorithm 2 with the schedule left to eta, as in
    PyTorch.
    """  # noqa: E501
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    step = (m / (1 - beta_1**t)) / (sqrt(s / (1 - beta_2**t)) + epsilon)
    theta = (1 - eta * weight_decay) * theta - eta * step
    return theta, m, s


def powersign(theta, g, m, eta=0.1, beta=0.9, decay=1.0):
    r"""A step e times as long where slope and mean slope agree in sign, e times as
    short where they do not (eq-powersign-mean, eq-powersign).

    .. math:: m \leftarrow \beta\, m + (1 - \beta)\, g
    .. math:: \theta \leftarrow \theta - \eta\, e^{d\, \operatorname{sign}(g)\, \operatorname{sign}(m)}\, g

    decay is d, from 1 down to 0: linear_decay, cosine_decay, or always 1.
    Source: Bello, Zoph, Vasudevan & Le 2017.
    """  # noqa: E501
    m = beta * m + (1 - beta) * g
    theta = theta - eta * np.exp(decay * np.sign(g) * np.sign(m)) * g
    return theta, m


def addsign(theta, g, m, eta=0.1, beta=0.9, decay=1.0):
    r"""A step twice as long where slope and mean slope agree in sign, none where they
    do not (eq-addsign-mean, eq-addsign).

    .. math:: m \leftarrow \beta\, m + (1 - \beta)\, g
    .. math:: \theta \leftarrow \theta - \eta\, (1 + d\, \operatorname{sign}(g)\, \operatorname{sign}(m))\, g

    decay is d, as in powersign. Source: Bello, Zoph, Vasudevan & Le 2017.
    """  # noqa: E501
    m = beta * m + (1 - beta) * g
    theta = theta - eta * (1 + decay * np.sign(g) * np.sign(m)) * g
    return theta, m


def newton(theta, g, kappa):
    r"""To where a parabola with this slope and this curvature is level (eq-newton).

    .. math:: \theta \leftarrow \theta - \frac{g}{\kappa}

    For many parameters: along each eigenvector of the Hessian by itself.
    """
    theta = theta - g / kappa
    return (theta,)


def saddle_free_newton(theta, g, kappa):
    r"""As far as Newton's step, and always downhill (eq-saddle-free).

    .. math:: \theta \leftarrow \theta - \frac{g}{|\kappa|}

    Source: Dauphin et al. 2014.
    """
    theta = theta - g / abs(kappa)
    return (theta,)


def scheduled_rate(eta, decay):
    r"""The rate of this step: what a schedule leaves of eta (eq-scheduled-rate).

    .. math:: \bar{\eta} = \eta\, d
    """
    return eta * decay


def linear_decay(t, T):
    r"""From 1 at the first of T steps down towards 0 (eq-linear-decay).

    .. math:: d = 1 - \frac{t - 1}{T}
    """
    return 1 - (t - 1) / T


def cosine_decay(t, T):
    r"""From 1 at the first of T steps down towards 0, slow at both ends
    (eq-cosine-decay).

    .. math:: d = \frac{1}{2} \Bigl(1 + \cos\bigl(\pi\, \frac{t - 1}{T}\bigr)\Bigr)
    """
    return 0.5 * (1 + np.cos(np.pi * (t - 1) / T))


def warm_up(t, K):
    r"""Up to 1 in K equal steps, and 1 from then on (eq-warm-up).

    .. math:: d = \min\bigl(1, \frac{t}{K}\bigr)

    Source: Goyal et al. 2017, "gradual warmup".
    """
    return np.minimum(1, t / K)


# What a setting may be. One that keeps all of the past would never forget a thing.
RANGES = dict.fromkeys(("mu", "rho", "beta", "beta_1", "beta_2"), "[0, 1)") | {
    "decay": "[0, 1]",
    "weight_decay": "[0, inf)",
    "t": "[1, T]",
}
arguments.guard(
    globals(),
    every="theta, g, m, s and kappa (any)",
    counts=("t", "T", "K"),
    ranges=RANGES,
)

RULES = {
    rule.__name__: rule
    for rule in (
        gradient_descent,
        momentum,
        nesterov,
        adagrad,
        rmsprop,
        adam,
        adamw,
        powersign,
        addsign,
    )
}


class RanAway(ValueError):
    """The parameters are no longer finite."""


def descend(rule, slope, theta, steps, decay=None, schedule=None, **settings):
    """theta at the start and after each step of a rule, (steps + 1, …), as `walk`."""
    return np.array(list(walk(rule, slope, theta, steps, decay, schedule, **settings)))


def walk(rule, slope, theta, steps, decay=None, schedule=None, **settings):
    """Yields theta at the start and after each step of a rule.

    slope(theta) gives g. settings are the rule's own: eta, mu, beta_1 …; schedule is a
    function of (t, T) that says what is left of eta, such as cosine_decay; decay says
    the same of the factor d of PowerSign and AddSign. Raises ValueError for a setting
    that the rule does not have, and RanAway, which is one, when theta stops being
    finite.
    """
    arguments.function("rule", rule, "of theta and g, such as adam")
    arguments.function("slope", slope, "of theta")
    steps = arguments.count("steps", steps, least=0)
    for name, value in ("decay", decay), ("schedule", schedule):
        if value is not None:
            arguments.function(name, value, "of t and T")
    for name, value in settings.items():
        arguments.within(name, value, RANGES.get(name, "[-inf, inf]"))
    found = inspect.signature(rule).parameters
    names = list(found)
    unknown = set(settings) - set(names) | ({"decay"} if decay else set()) - set(names)
    if unknown:
        raise ValueError(
            f"{rule.__name__} has no setting {', '.join(sorted(unknown))}; it has "
            + ", ".join(names[2:])
        )
    eta = settings.get("eta", found["eta"].default)
    theta = arguments.some("theta", theta).astype(float)
    memory = tuple(np.zeros_like(theta) for name in names if name in ("m", "s"))
    yield theta
    for t in range(1, steps + 1):
        if decay:
            settings["decay"] = decay(t, steps)
        if schedule:
            settings["eta"] = scheduled_rate(eta, schedule(t, steps))
        if "t" in names:
            settings["t"] = t
        g = arguments.numbers("slope(theta)", slope(theta))
        arguments.shaped("slope(theta)", g, theta.shape)
        theta, *memory = rule(theta, g, *memory, **settings)
        if not np.isfinite(theta).all():
            raise RanAway(
                f"theta is not finite after step {t} of {rule.__name__}: "
                "the learning rate is too large here"
            )
        yield theta


def draw(rng, parameters=5):
    """Random parameters, slopes and memories, a row for each, at a random step."""
    theta, g, m = rng.normal(size=(3, parameters))
    s = rng.uniform(0.1, 1, parameters)
    said = {"theta": theta, "g": g, "m": m, "s": s, "t": rng.integers(2, 8), "T": 11}
    said |= {"K": rng.integers(3, 6), "weight_decay": rng.uniform(0.1, 0.5)}
    rates = dict(zip("mu rho beta beta_1 beta_2".split(), rng.uniform(0.5, 0.99, 5)))
    return said | rates | {"eta": 0.1, "epsilon": 1e-3, "pi": np.pi}


BASIS = {
    "symbols": r"\theta g m s t T K d=decay \eta \mu \rho \pi "
               r"\lambda=weight_decay \beta \beta_1 \beta_2 \epsilon",
    "indices": {"n": "examples"}, "rows": "theta g m s", "draw": draw}  # fmt: skip
MODELS = {rule: BASIS | {"labels": labels} for rule, labels in {
    "gradient_descent": "eq-gradient-descent",
    "momentum": "eq-momentum-velocity eq-momentum",
    "nesterov": "eq-nesterov-velocity eq-nesterov",
    "adagrad": "eq-adagrad-squares eq-adagrad",
    "rmsprop": "eq-rmsprop-squares eq-rmsprop",
    "adam": "eq-adam-mean eq-adam-squares eq-adam",
    "l2": "eq-l2-slope",
    "adamw": "eq-adamw-mean eq-adamw-squares eq-adamw",
    "powersign": "eq-linear-decay eq-powersign-mean eq-powersign",
    "addsign": "eq-cosine-decay eq-addsign-mean eq-addsign",
    "warm_up": "eq-warm-up"}.items()}  # fmt: skip


def _curved(rng, parameters=5):
    """Random parameters with their slopes and curvatures, some of these negative."""
    theta, g = rng.normal(size=(2, parameters))
    sign = np.where(np.arange(parameters) % 2, -1.0, 1.0)
    return {"theta": theta, "g": g, "kappa": sign * rng.uniform(0.3, 2, parameters)}


CURVED = {
    "symbols": r"\theta g \kappa", "indices": {"n": "examples"},
    "rows": "theta g kappa", "draw": _curved}  # fmt: skip
MODELS |= {
    "newton": CURVED | {"labels": "eq-newton"},
    "saddle_free_newton": CURVED | {"labels": "eq-saddle-free"},
    "schedule": {
        "symbols": r"\bar{\eta}=rate \eta d=decay",
        "indices": {},
        "draw": lambda rng: {"eta": rng.uniform(), "decay": rng.uniform()},
        "labels": "eq-scheduled-rate",
    },
}

# Name in code -> what it is, in the order of the notation.
WORDS = {
    "theta": "any one parameter",
    "g": "slope of the error by that parameter",
    "eta": "learning rate",
    "m": "velocity, or running mean of slopes",
    "mu": "part of the velocity that is kept",
    "s": "sum, or running mean, of squared slopes",
    "epsilon": "small number that keeps a divisor from 0",
    "rho": "part of the mean square that is kept",
    "beta_1": "part of the mean slope that is kept, in Adam",
    "beta_2": "part of the mean square that is kept, in Adam",
    "t": "number of the step, from 1",
    "beta": "part of the mean slope that is kept",
    "decay": "how much agreement in sign still counts",
    "T": "number of steps",
    "K": "number of steps of warming up",
    "rate": "rate of one step, as the schedule has it",
    "weight_decay": "weight decay: share of a parameter that goes, over the rate",
    "kappa": "curvature: the second slope in one direction",
    "pi": "circle's number, 3.14159…",
}
