r"""Errors other than the squared one, in the form that huge net inputs cannot break.

    N  net inputs of the output units   (n, outputs)
    O  outputs, probabilities here      (n, outputs)
    D  desired outputs                  (n, outputs)
    E  error, the mean over the n examples     delta_o  slope of E by N (n, outputs)

    softmax(N), cross_entropy(N, D), softmax_delta(O, D)       one class of several
    logistic(N), binary_cross_entropy(N, D), binary_delta(O, D)   each output yes or no

Both errors are computed from the net inputs, not from the outputs: an output that
rounds to 0 has no logarithm, its net input still says how wrong it was.
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


arguments.guard(globals())


def draw(rng, share=softmax, outputs=3, examples=5):
    """Random net inputs, and desired outputs that such net inputs could give."""
    N, D = rng.normal(size=(2, examples, outputs))
    return {"N": N, "D": share(D)}


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
        "draw": partial(draw, share=logistic)}}  # fmt: skip

# Name in code -> what it is, in the order of the notation.
WORDS = {
    "N": "net input of output unit $o$",
    "O": "output of output unit $o$",
    "D": "desired output of unit $o$",
    "E": "error",
    "L": "logarithm of the sum of exponentials",
    "delta_o": "slope of $E$ by $N_o$",
}
