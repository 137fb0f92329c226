r"""Against overfitting: weight decay and early stopping.

    w  weights    b  bias    N  net input of a linear unit, its output    E  error
    R  penalty on the weights      J  error and penalty together
    decay  lambda, how much the penalty counts     eta  learning rate
    curvature  lambda_k, of E along direction k    t  number of steps
    p, q  how much of the way along k is gone, with decay and by step t

    penalty, with_penalty, slope_with_penalty, decayed       the equations of decay
    share_with_decay, share_when_stopped                     what either leaves of it
    digits = few_digits(seed, wrong=0.2)                     150 digits to learn from
    curves(digits, seed, decay=0.03)                         losses and errors by epoch

The equations are those of one linear unit, where all can be solved. Weights decay and
biases do not: a bias moves the whole output, and bends nothing.
"""

from typing import NamedTuple

import numpy as np

import arguments
import backprop as bp
import digits
import losses

# ---- weight decay


def penalty(w, decay):
    r"""What large weights cost (eq-penalty).

    .. math:: R = \frac{1}{2} \lambda \sum_i w_i^2

    Shapes: w (inputs,); returns a number.
    """
    return 0.5 * decay * (w**2).sum()


def with_penalty(E, R):
    r"""What is made small: the error and the penalty (eq-with-penalty).

    .. math:: J = E + R
    """
    return E + R


def slope_with_penalty(dE_dw, w, decay):
    r"""The slope of J by each weight (eq-slope-with-penalty).

    .. math:: \frac{\partial J}{\partial w_i} = \frac{\partial E}{\partial w_i} + \lambda\, w_i

    Shapes: dE_dw and w (inputs,); returns (inputs,).
    """  # noqa: E501
    return dE_dw + decay * w


def decayed(w, dE_dw, eta, decay):
    r"""Each weight after one step down J: it shrinks, then moves (eq-decayed).

    .. math:: w_i \leftarrow (1 - \eta\, \lambda)\, w_i - \eta\, \frac{\partial E}{\partial w_i}

    Shapes: w and dE_dw (inputs,); returns (inputs,).
    """  # noqa: E501
    return (1 - eta * decay) * w - eta * dE_dw


# ---- what is left of a bowl


def share_with_decay(curvature, decay):
    r"""How much of the way to the bottom is gone when J is lowest, along a direction
    in which E has that curvature (eq-share-with-decay).

    .. math:: p_k = \frac{\lambda_k}{\lambda_k + \lambda}

    Shapes: curvature (directions,); returns (directions,).
    """
    return curvature / (curvature + decay)


def share_when_stopped(curvature, eta, t):
    r"""How much of that way descent from 0 has gone after t steps
    (eq-share-when-stopped).

    .. math:: q_k = 1 - (1 - \eta\, \lambda_k)^t

    Shapes: curvature (directions,); returns (directions,).
    """
    return 1 - (1 - eta * curvature) ** t


# ---- few digits, and what a network makes of them


class Digits(NamedTuple):
    """Inputs and classes to learn from, to choose by, and to be judged by."""

    X: np.ndarray
    classes: np.ndarray
    X_held: np.ndarray
    classes_held: np.ndarray
    X_test: np.ndarray
    classes_test: np.ndarray

    def joined(self):
        """The same with the digits to choose by among those to learn from."""
        X, classes = (np.concatenate(pair) for pair in zip(self[:2], self[2:4]))
        return self._replace(X=X, classes=classes)


def few_digits(seed, wrong=0.0, learn=150, held=100):
    """Handwritten digits: so many to learn from, to choose by, and 1000 others.

    A share `wrong` of the first two kinds gets another class, as careless people give
    it. Inputs are standardised by the digits to learn from.
    """
    arguments.count("seed", seed, least=0)
    arguments.number("wrong", wrong)
    if not 0 <= wrong < 1:
        raise ValueError(f"wrong is {wrong!r}; expected a share from 0 to below 1")
    learn = arguments.count("learn", learn)
    held = arguments.count("held", held)
    if learn + held > 797:
        raise ValueError(f"learn and held are {learn + held} digits; there are 797")
    X, classes = digits.load()
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(X))
    X, classes = 16 * X[order], classes[order]
    mean, spread = X[:learn].mean(0), X[:learn].std(0)
    X = (X - mean) / np.where(spread < 1, 1, spread)
    known = learn + held
    moved = rng.random(known) < wrong
    classes[:known][moved] += rng.integers(1, 10, moved.sum())  # one of the other nine
    classes %= 10
    parts = slice(learn), slice(learn, known), slice(-1000, None)
    return Digits(*(a[part] for part in parts for a in (X, classes)))


class Curves(NamedTuple):
    """After each epoch: loss and % called wrongly, of digits to learn from, to choose
    by, and of others; and the root of the mean square of the weights."""

    loss: np.ndarray
    wrong: np.ndarray
    loss_held: np.ndarray
    wrong_held: np.ndarray
    loss_test: np.ndarray
    wrong_test: np.ndarray
    weights: np.ndarray


def curves(digits, seed, decay=0.0, eta=0.1, epochs=200, batch=25, hidden=50):
    """The Curves of a training with softmax and cross-entropy, tanh hidden units."""
    arguments.instance("digits", digits, Digits, "Digits")
    arguments.count("seed", seed, least=0)
    arguments.within("decay", decay, "[0, inf)")
    arguments.positive("eta", eta)
    for name, value in ("epochs", epochs), ("batch", batch), ("hidden", hidden):
        arguments.count(name, value)
    rng, f = np.random.default_rng(seed), bp.Tanh()
    X, D = digits.X, np.eye(10)[digits.classes]
    w = rng.normal(0, 1 / np.sqrt(X.shape[1]), (X.shape[1], hidden))
    v = rng.normal(0, 1 / np.sqrt(hidden), (hidden, 10))
    b, c = np.zeros(hidden), np.zeros(10)
    found = []
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for at in range(0, len(X), batch):
            x, d = X[order[at : at + batch]], D[order[at : at + batch]]
            N_h = bp.net_hidden(x, w, b)
            H = bp.hidden(N_h, f)
            delta_o = losses.softmax_delta(losses.softmax(bp.net_output(H, v, c)), d)
            delta_h = bp.hidden_delta(delta_o, v, N_h, f)
            w = decayed(w, bp.slope_w(x, delta_h), eta, decay)
            v = decayed(v, bp.slope_v(H, delta_o), eta, decay)
            b = b - eta * bp.slope_b(delta_h)
            c = c - eta * bp.slope_c(delta_o)
        row = []
        for inputs, classes in zip(digits[::2], digits[1::2]):
            N_o = bp.net_output(bp.hidden(bp.net_hidden(inputs, w, b), f), v, c)
            row.append(losses.cross_entropy(N_o, np.eye(10)[classes]))
            row.append(100 * np.mean(N_o.argmax(axis=1) != classes))
        size = np.sqrt(((w**2).sum() + (v**2).sum()) / (w.size + v.size))
        found.append([*row, size])
    return Curves(*np.array(found).T)


arguments.guard(globals(), counts="t", ranges={"decay": "[0, inf)"})


def draw(rng, inputs=3, examples=5, directions=4):
    """A linear unit with random weights, and the curvatures of some bowl."""
    X, D = rng.normal(size=(examples, inputs)), rng.normal(size=examples)
    w, b = rng.normal(size=inputs), rng.normal()
    return {
        "X": X, "D": D, "w": w, "b": b, "eta": 0.1, "decay": rng.uniform(0.1, 1),
        "curvature": rng.uniform(0.1, 4, directions), "t": 3,
    }  # fmt: skip


MODELS = {"regularisation": {
    "symbols": {
        "X_i": "X", "w_i": "w", "b": "b", "N": "N", "D": "D", "E": "E", "R": "R",
        "J": "J", r"\lambda": "decay", r"\eta": "eta", r"\lambda_k": "curvature",
        "t": "t", "p_k": "p", "q_k": "q"},
    "indices": {"i j": "inputs", "k": "directions", "n": "examples"},
    "rows": "X N D", "draw": draw, "positive": "eta t",
    "also": (r"N = \sum_i X_i\, w_i + b", r"E = \frac{1}{2} (N - D)^2")}}  # fmt: skip

# Name in code -> what it is, in the order of the notation.
WORDS = {
    "X": "input $i$",
    "w": "weight of input $i$",
    "b": "bias",
    "N": "net input, the output of a linear unit",
    "D": "desired output",
    "E": "error",
    "R": "penalty on the weights",
    "J": "error and penalty together",
    "dJ_dw": "slope of $J$ by the weight of input $i$",
    "eta": "learning rate",
    "decay": "how much the penalty counts: the curvature it adds",
    "curvature": "curvature of $E$ along direction $k$",
    "t": "number of steps",
    "p": "share of the way along direction $k$ that decay leaves",
    "q": "share of the way along direction $k$ gone when stopped",
}
