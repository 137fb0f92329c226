r"""What errors assume: each is the surprise at what was desired.

    N  net inputs of the output units   (n, outputs)
    O  outputs, probabilities here      (n, outputs)
    D  desired outputs                  (n, outputs)
    E  error, the mean over the n examples     delta_o  slope of E by N (n, outputs)

    softmax(N), cross_entropy(N, D), softmax_delta(O, D)       one class of several
    logistic(N), binary_cross_entropy(N, D), binary_delta(O, D)   each output yes or no
    gaussian_surprise(O, D, sigma), gaussian_delta(O, D, sigma)   each output a number

The first two errors are computed from the net inputs, not from the outputs: an output
that rounds to 0 has no logarithm, its net input still says how wrong it was. For the
third the outputs are the net inputs, and it is the squared error.
"""

from functools import partial

import numpy as np

import arguments
import backprop as bp

logistic = bp.Logistic()


def softmax(N):
    r"""The share of each output in the exponentials of all (eq-softmax).

    .. math:: O_o = \frac{e^{N_o}}{\sum_k e^{N_k}}

    Shapes: N (n, outputs); returns (n, outputs), each row positive with sum 1. The
    largest N is taken off first: it divides above and below alike, and e to what is
    left cannot overflow.
    """
    powers = np.exp(N - N.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def log_sum_exp(N):
    r"""The logarithm of the sum of exponentials, without overflow (eq-log-sum-exp).

    .. math:: L = \log\Bigl(\sum_o e^{N_o}\Bigr)

    Shapes: N (n, outputs); returns (n,).
    """
    largest = N.max(axis=1)
    return largest + np.log(np.exp(N - largest[:, None]).sum(axis=1))


def cross_entropy(N, D):
    r"""The surprise at the desired class, from the net inputs (eq-cross-entropy-safe).

    .. math:: E = \log\Bigl(\sum_k e^{N_k}\Bigr) - \sum_o D_o\, N_o

    Equals the negative sum of D_o log O_o where O is softmax(N) and each row of D sums
    to 1. Shapes: N and D (n, outputs); returns a number, the mean over the examples.
    """
    return (log_sum_exp(N) - (D * N).sum(axis=1)).mean()


def softmax_delta(O, D):
    r"""The slope of the cross-entropy by each net input of softmax (eq-softmax-delta).

    .. math:: \delta_o = O_o - D_o

    Shapes: O and D (n, outputs), each row of D with sum 1; returns (n, outputs).
    """
    return O - D


def binary_cross_entropy(N, D):
    r"""The surprise at each desired yes or no (eq-binary-cross-entropy-safe).

    .. math:: E = \sum_o \bigl(\max(0, N_o) - D_o N_o + \log(1 + e^{-\lvert N_o \rvert})\bigr)

    Equals the negative sum of D_o log O_o + (1 - D_o) log(1 - O_o) where O is the
    logistic function of N. Shapes: N and D (n, outputs); returns a number, the mean
    over the examples.
    """  # noqa: E501
    return (np.maximum(0, N) - D * N + np.log1p(np.exp(-abs(N)))).sum(axis=1).mean()


def binary_delta(O, D):
    r"""The slope of the binary cross-entropy by each net input (eq-binary-delta).

    .. math:: \delta_o = O_o - D_o

    Shapes: O and D (n, outputs); returns (n, outputs).
    """
    return O - D


def gaussian(O, D, sigma):
    r"""How probable what was desired is, spread around the output (eq-gaussian).

    .. math:: p_o = \frac{1}{\sigma \sqrt{2 \pi}}\, e^{-\frac{(D_o - O_o)^2}{2 \sigma^2}}

    Shapes: O and D (n, outputs); returns (n, outputs), a density: it may exceed 1.
    """  # noqa: E501
    return np.exp(-((D - O) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))


def gaussian_surprise(O, D, sigma):
    r"""The surprise at what was desired: the squared error, but for a factor and a
    constant (eq-gaussian-surprise).

    .. math:: E = \sum_o \Bigl(\frac{(D_o - O_o)^2}{2 \sigma^2} + \log(\sigma \sqrt{2 \pi})\Bigr)

    Shapes: O and D (n, outputs); returns a number, the mean over the examples.
    """  # noqa: E501
    squares = (D - O) ** 2 / (2 * sigma**2)
    return (squares + np.log(sigma * np.sqrt(2 * np.pi))).sum(axis=1).mean()


def gaussian_delta(O, D, sigma):
    r"""The slope of that surprise by each net input of a linear unit
    (eq-gaussian-delta).

    .. math:: \delta_o = \frac{O_o - D_o}{\sigma^2}

    Shapes: O and D (n, outputs); returns (n, outputs).
    """
    return (O - D) / sigma**2


arguments.guard(globals(), positive=("sigma",))


def draw(rng, share=softmax, outputs=3, examples=5):
    """Random net inputs, and desired outputs that such net inputs could give."""
    N, D = rng.normal(size=(2, examples, outputs))
    return {"N": N, "D": share(D)}


def _draw_linear(rng, outputs=3, examples=5):
    """Random net inputs and desired outputs, and how far these spread."""
    N, D = rng.normal(size=(2, examples, outputs))
    return {"N": N, "D": D, "sigma": rng.uniform(0.5, 1.5), "pi": np.pi}


BOTH = {
    "symbols": r"N_o O_o D_o \delta_o=delta_o E L", "indices": {"o k": "outputs"},
    "rows": "N O D delta_o L",
    "means": {r"\delta_o": r"\frac{\partial E}{\partial N_o}"}}  # fmt: skip
MODELS = {
    "softmax": BOTH | {
        "labels": "eq-softmax eq-log-sum-exp eq-cross-entropy-safe eq-softmax-delta",
        "also": (r"E = -\sum_o D_o \log O_o",), "draw": draw},
    "binary": BOTH | {
        "labels": "eq-binary-cross-entropy-safe eq-binary-delta",
        "also": (r"O_o = \frac{1}{1 + e^{-N_o}}",
                 r"E = -\sum_o \bigl(D_o \log O_o + (1 - D_o) \log(1 - O_o)\bigr)"),
        "draw": partial(draw, share=logistic)},
    "gaussian": BOTH | {
        "symbols": r"N_o O_o D_o \delta_o=delta_o E p_o=p \sigma \pi",
        "labels": "eq-gaussian eq-gaussian-surprise eq-gaussian-delta",
        "rows": "N O D delta_o p", "also": ("O_o = N_o", r"E = -\sum_o \log(p_o)"),
        "draw": _draw_linear}}  # fmt: skip

# Name in code -> what it is, in the order of the notation.
WORDS = {
    "N": "net input of output unit $o$",
    "O": "output of output unit $o$",
    "D": "desired output of unit $o$",
    "E": "error",
    "L": "logarithm of the sum of exponentials",
    "delta_o": "slope of $E$ by $N_o$",
    "p": "how probable the desired value is",
    "sigma": "spread of the desired values around the output",
    "pi": "circle's number, 3.14159…",
}
