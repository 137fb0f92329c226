"""Wrong backpropagation, to be found out: each specimen is backprop.py with one change.

    wrong = specimen("raw-error-to-hidden")
    wrong.changes                         the text that was changed, and into what
    wrong.module                          backprop.py so changed, as a module
    wrong.network(net)                    the same numbers, as a network of that module
    wrong.gradient(net, X, D)             what the wrong code takes for the gradient
    wrong.train(net, X, D, eta=0.5, …)    what it learns, as backprop.train
    number("raw-error-to-hidden")         which one of them it is, from 1
    checks("raw-error-to-hidden")         the parameters that fail each of four checks
    compared("raw-error-to-hidden")       its slopes and the right ones, 2000 networks
    suspect(1)                            one that does not say which it is: find out
    stack("raw-error-to-hidden")          the same code for many networks at once
    CORRECT                               backprop.py with nothing changed

No file is copied: the source of backprop.py is read, changed and run when it is asked
for, so a specimen is wrong in one way only, whatever backprop.py becomes. A change that
no longer fits raises ValueError.
"""

import inspect
import re
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType
from typing import NamedTuple

import numpy as np

import arguments
import backprop as bp
import examples
import gradcheck


@dataclass(frozen=True, repr=False)
class Specimen:
    """One wrong version: its id, its name in words, and (text, changed text) pairs.

    mistake is the id of the same mistake in mistakes.py, if one equation shows it.
    """

    id: str
    name: str
    changes: tuple = ()
    mistake: str = ""

    @property
    def module(self):
        """backprop.py with the change."""
        return _run(self.id, self.changes)

    def network(self, net):
        """The numbers of net as a Network of the changed module."""
        f = self.module.transfer_function(net.f.name, getattr(net.f, "alpha", 1.0))
        return self.module.Network(net.w, net.b, net.v, net.c, f)

    def start(self, seed, f=bp.Logistic(), sizes=(2, 2, 2)):
        """The network with which the changed code starts at that seed."""
        net = self.module.network(np.random.default_rng(seed), sizes)
        return bp.Network(net.w, net.b, net.v, net.c, f)

    def gradient(self, net, X, D):
        """What the changed code takes for the slopes of E, as a Gradient."""
        return self.module.gradient(self.network(net), X, D)

    def train(self, net, X, D, **how):
        """The network the changed code ends with, and the errors it met."""
        return self.module.train(self.network(net), X, D, **how)

    def __repr__(self):
        return f"{self.id}: {self.name}\n" + "\n".join(self._difference())

    def _repr_markdown_(self):
        return "```diff\n" + "\n".join(self._difference()) + "\n```"

    def _difference(self):
        for sign, text in ((s, t) for pair in self.changes for s, t in zip("-+", pair)):
            yield from (f"{sign} {line.strip()}" for line in text.strip().splitlines())


CORRECT = Specimen("correct", "backprop.py as it is")

SPECIMENS = (
    Specimen(
        "no-slope-output",
        "output delta without f′(N_o)",
        (("return (O - D) * f.slope(N_o)", "return O - D"),),
    ),
    Specimen(
        "raw-error-to-hidden",
        "hidden delta fed the raw error",
        (
            (
                "delta_h = hidden_delta(delta_o, net.v, N_h, f)",
                "delta_h = hidden_delta(O - D, net.v, N_h, f)",
            ),
        ),
    ),
    Specimen(
        "no-slope-hidden",
        "hidden delta without f′(N_h)",
        (("return (delta_o @ v.T) * f.slope(N_h)", "return delta_o @ v.T"),),
    ),
    Specimen(
        "updated-v",
        "hidden delta with the updated v",
        (
            (
                "delta_h = hidden_delta(delta_o, net.v, N_h, f)",
                "delta_h = hidden_delta(delta_o, net.v - eta * dE_dv, N_h, f)",
            ),
        ),
    ),
    Specimen(
        "transposed-v",
        "v transposed in the hidden delta",
        (
            (
                "return (delta_o @ v.T) * f.slope(N_h)",
                "return (delta_o @ v) * f.slope(N_h)",
            ),
        ),
    ),
    Specimen(
        "transposed-outer",
        "outer product transposed in the slope by w",
        (("return X.T @ delta_h / len(X)", "return delta_h.T @ X / len(X)"),),
    ),
    Specimen(
        "uphill",
        "sign flipped everywhere",
        (("return (O - D) * f.slope(N_o)", "return (D - O) * f.slope(N_o)"),),
    ),
    Specimen(
        "sign-hidden",
        "sign flipped in the hidden delta only",
        (
            (
                "return (delta_o @ v.T) * f.slope(N_h)",
                "return -(delta_o @ v.T) * f.slope(N_h)",
            ),
        ),
    ),
    Specimen(
        "biases-left",
        "bias slopes computed, never applied",
        (
            ("c = net.c - eta * slope.c", "c = net.c"),
            ("b = net.b - eta * slope.b", "b = net.b"),
        ),
    ),
    Specimen(
        "bias-summed",
        "bias slope summed over the units",
        (
            (
                "return delta_h.sum(axis=0) / len(delta_h)",
                "every = delta_h.sum(axis=-1, keepdims=True) + 0 * delta_h\n"
                "    return every.sum(axis=0) / len(delta_h)",
            ),
        ),
    ),
    Specimen(
        "slope-at-output",
        "derivative taken at the activation, f′(f(N))",
        (("F = self(N)\n", "F = self(self(N))\n"),),
    ),
    Specimen(
        "net-for-output",
        "N(1 − N) for f(N)(1 − f(N))",
        (("F = self(N)\n", "F = N\n"),),
    ),
    Specimen(
        "half",
        "a factor ½ too many",
        (("return (O - D) * f.slope(N_o)", "return (O - D) * f.slope(N_o) / 2"),),
    ),
    Specimen(
        "w-left",
        "the first layer never trained",
        (
            (
                "w = net.w - eta * slope.w\n    b = net.b - eta * slope.b",
                "w = net.w\n    b = net.b",
            ),
        ),
    ),
    Specimen(
        "zero-start",
        "all-zero start",
        (("rng.uniform(-scale, scale, shape)", "np.zeros(shape)"),),
    ),
    Specimen(
        "never-zeroed",
        "slopes never zeroed between steps",
        (
            (
                "errors = np.zeros(epochs)",
                "errors = np.zeros(epochs)\n    slope = Gradient(0.0, 0.0, 0.0, 0.0)",
            ),
            (
                "found, net = _pass(net, X[rows], D[rows], eta)",
                "found, _ = _pass(net, X[rows], D[rows], eta)\n"
                "            slope = Gradient(*(\n"
                '                kept + getattr(found, "dE_d" + name)\n'
                '                for kept, name in zip(slope, "wbvc")\n'
                "            ))\n"
                "            net = update(net, slope, eta)",
            ),
        ),
    ),
    Specimen(
        "batch-sum",
        "slopes summed over the batch, not averaged",
        (
            ("return H.T @ delta_o / len(H)", "return H.T @ delta_o"),
            ("return X.T @ delta_h / len(X)", "return X.T @ delta_h"),
            ("return delta_o.sum(axis=0) / len(delta_o)", "return delta_o.sum(axis=0)"),
            ("return delta_h.sum(axis=0) / len(delta_h)", "return delta_h.sum(axis=0)"),
        ),
    ),
    Specimen(
        "last-output-only",
        "fan-out not accumulated: = for +=",
        (
            (
                "return (delta_o @ v.T) * f.slope(N_h)",
                "return (delta_o[..., -1:] @ v[..., -1:].T) * f.slope(N_h)",
            ),
        ),
    ),
    Specimen(
        "net-overwritten",
        "net input overwritten before the way back",
        (("H = hidden(N_h, f)", "H = hidden(N_h, f)\n    N_h = H"),),
    ),
    Specimen(
        "other-error",
        "cross-entropy with the delta of the squared error",
        (
            (
                "return 0.5 * ((D - O) ** 2).sum() / len(D)",
                "return -(D * np.log(O) + (1 - D) * np.log(1 - O)).sum() / len(D)",
            ),
        ),
    ),
    Specimen(
        "alpha-left-out",
        "slope of the logistic function without α",
        (("return self.alpha * F * (1 - F)", "return F * (1 - F)"),),
    ),
    Specimen(
        "answers-not-shuffled",
        "examples shuffled, their answers not",
        (
            (
                "_pass(net, X[rows], D[rows], eta)",
                "_pass(net, X[rows], D[start : start + batch], eta)",
            ),
        ),
    ),
)


def specimen(id):
    """The Specimen of that id; ValueError names those there are."""
    for found in (CORRECT, *SPECIMENS):
        if found.id == id:
            return found
    known = ", ".join(s.id for s in SPECIMENS)
    raise ValueError(f"specimen is {id!r}; expected one of {known}")


def number(id):
    """Which one of the specimens it is, from 1."""
    return SPECIMENS.index(specimen(id)) + 1


@cache
def _run(id, changes, others=()):
    """backprop.py as a module of its own, with the changes made."""
    source = inspect.getsource(bp)
    for old, new in changes:
        if source.count(old) != 1:
            times = source.count(old)
            raise ValueError(f"{id}: {old!r} stands {times} times in it, expected once")
        source = source.replace(old, new)
    for pattern, new in others:
        source, times = re.subn(pattern, new, source)
        if not times:
            raise ValueError(f"{id}: {pattern!r} is nowhere")
    module = ModuleType(f"backprop_{id}")
    exec(compile(source, module.__name__, "exec"), module.__dict__)
    if not others:  # it works on the book's own networks
        module.Network, module.Gradient = bp.Network, bp.Gradient
    return module


# ---- finding them out

CHECKS = (
    "slopes, one example, α = 1",
    "slopes, four examples, α = 2",
    "the first step taken",
    "the second step taken",
)


def checks(id):
    """The parameters that fail each of CHECKS, as words such as "wb"; "" is a pass.

    Each check uses the specimen's own error; the all-zero start starts from zero.
    """
    wrong = specimen(id)
    error = wrong.module.error
    _, X, D = examples.running()
    one = wrong.start(0) if id == "zero-start" else examples.running()[0]
    two = wrong.start(1, bp.Logistic(2.0))
    several = examples.xor()
    return tuple(
        gradcheck.failing(errors)
        for errors in (
            gradcheck.gradient_check(wrong.gradient, one, X, D, error=error),
            gradcheck.gradient_check(wrong.gradient, two, *several, error=error),
            gradcheck.step_check(wrong.train, two, *several),
            gradcheck.step_check(wrong.train, two, *several, step=2),
        )
    )


class Suspect:
    """A specimen that does not say which it is: gradient, train, and guess(id)."""

    def __init__(self, number):
        wrong = np.random.default_rng(number).choice(len(SPECIMENS))
        self._number, self._wrong = number, SPECIMENS[wrong]
        self.gradient, self.train = self._wrong.gradient, self._wrong.train

    def __repr__(self):
        return f"suspect {self._number}"

    def guess(self, id):
        """Whether it is that one; if not, which checks of the two differ."""
        guessed = specimen(id)
        if guessed is self._wrong:
            return f"Yes: {guessed.name}."
        yours, its = checks(id), checks(self._wrong.id)
        for check, a, b in zip(CHECKS, yours, its):
            if a != b:
                a, b = (", ".join(word) or "nothing" for word in (a, b))
                return f"No. Look again at {check}: {a} would fail; here {b} does."
        return "No, though it fails the same checks. Compare the numbers."


def suspect(number):
    """The Suspect of that number; the same number is always the same one."""
    number = arguments.count("number", number, least=0)
    return Suspect(number)


# ---- many networks at once, for the experiment

# What turns a network into a stack of them, an axis in front: w (networks, inputs,
# hidden), b (networks, 1, hidden). Nothing is asked of the arguments, so that one
# network may run off to infinity and leave the others in peace.
STACKED = (
    (r"\.T\b", ".mT"),
    (r"\blen\((X|H|D|delta_o|delta_h)\)", r"\1.shape[-2]"),
    (r"\.sum\(axis=0\)", ".sum(axis=-2, keepdims=True)"),
    (r"X, D = _examples\(net, X, D\)", "pass"),
    (r"(def __post_init__\(self\):)\n( +)for name", r"\1\n\2return\n\2for name"),
    (r"errors = np.zeros\(epochs\)", "errors = np.zeros((epochs, len(net.w)))"),
    (r"\.sum\(\) / ", ".sum(axis=(-2, -1)) / "),
    (
        r"errors\[epoch\] \+= found\.E .*",
        "errors[epoch] += ((D[rows] - found.O) ** 2).sum(axis=(-2, -1))",
    ),
)


def stack(id):
    """A specimen's module for stacks of networks.

    Its train returns, in place of E, the squared error of all examples together as they
    were met, (epochs, networks).
    """
    return _run(id, specimen(id).changes, STACKED)


class Compared(NamedTuple):
    """A stack of networks, X (networks, n, inputs) and D of each, the slopes that a
    specimen has for them, and those found by nudging."""

    net: object
    X: np.ndarray
    D: np.ndarray
    found: tuple
    nudged: tuple

    @property
    def ratios(self):
        """Name -> how many times the right slope each slope is."""
        return {
            name: getattr(self.found, name) / getattr(self.nudged, name)
            for name in bp.Gradient._fields
        }


def compared(id, count=2000, sizes=(2, 2, 2), n=1, alpha=1.0, scale=1.0, seed=0):
    """The Compared of `count` random networks, each with n random examples of its own.

    Parameters are uniform in (-scale, scale), inputs in (-1, 1), desired outputs in
    (0, 1). What is nudged is the error that the specimen itself reports. A seed gives
    every specimen the same networks.
    """
    many, rng = stack(id), np.random.default_rng(seed)
    inputs, hidden, outputs = sizes
    shapes = (inputs, hidden), (1, hidden), (hidden, outputs), (1, outputs)
    w, b, v, c = (rng.uniform(-scale, scale, (count, *shape)) for shape in shapes)
    net = many.Network(w, b, v, c, many.Logistic(alpha))
    X = rng.uniform(-1, 1, (count, n, inputs))
    D = rng.uniform(0, 1, (count, n, outputs))
    nudged = bp.Gradient(*(_nudged(many, net, name, X, D) for name in "wbvc"))
    return Compared(net, X, D, many.gradient(net, X, D), nudged)


def _nudged(many, net, name, X, D, size=1e-5):
    """The slope of each network's own error by every parameter of that name."""
    given, error = getattr(net, name), inspect.unwrap(many.error)
    slopes = np.zeros_like(given)
    for place in np.ndindex(given.shape[1:]):
        everywhere, E = (slice(None), *place), []
        for nudge in size, -size:
            moved = given.copy()
            moved[everywhere] += nudge
            there = many._forward(replace(net, **{name: moved}), X, net.f)
            E.append(error(there.O, D))
        slopes[everywhere] = (E[0] - E[1]) / (2 * size)
    return slopes


def stacked_networks(id, seeds, sizes=(2, 2, 2)):
    """A network per seed, as that specimen starts it, in one stack."""
    many = stack(id)
    nets = [specimen(id).start(seed, sizes=sizes) for seed in seeds]
    w, v = (np.stack([getattr(net, name) for net in nets]) for name in "wv")
    b, c = (np.stack([getattr(net, name)[None] for net in nets]) for name in "bc")
    return many.Network(w, b, v, c, many.Logistic())


def steps_to_solve(id, seeds, epochs, eta=0.5, solved=0.2):
    """After how many online steps each seed's network has learned X-OR; nan if never.

    Solved: the squared error of one epoch's examples together is below `solved`. Every
    seed sees the examples in the same order, shuffled for each epoch.
    """
    X, D = examples.xor()
    nets = stacked_networks(id, seeds)
    rng = np.random.default_rng(0)
    with np.errstate(over="ignore", invalid="ignore"):
        _, errors = stack(id).train(nets, X, D, eta, epochs, batch=1, rng=rng)
    below = errors < solved
    return np.where(below.any(axis=0), 4.0 * (below.argmax(axis=0) + 1), np.nan)
