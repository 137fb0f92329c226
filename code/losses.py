r"""Errors other than the squared one, in the form that huge net inputs cannot break.

    N  net inputs of the output units   (n, outputs)
    O  outputs, probabilities here      (n, outputs)
    D  desired outputs                  (n, outputs)
    E  error, the mean over the n examples     delta_o  slope of E by N (n, outputs)

    softmax(N), cross_entropy(N, D), softmax_delta(O, D)       one class of several
    logistic(N), binary_cross_entropy(N, D), binary_delta(O, D)   each output yes or no

Both errors are computed from the net inputs, not from the outputs: an output that rounds
to 0 has no logarithm, its net input still says how wrong it was.
"""

import numpy as np

import backprop as bp
from book import equations as eq

SYMBOLS = eq.SYMBOLS | {"L": {"": "L"}}

logistic = bp.Logistic()


def softmax(N):
    r"""The share of each output in the exponentials of all (eq-softmax).

    .. math:: O_o = \frac{e^{N_o}}{\sum_k e^{N_k}}

    Shapes: N (n, outputs); returns (n, outputs), each row positive with sum 1. The largest
    N is taken off first: it divides above and below alike, and e to it cannot overflow.
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
    """
    return (np.maximum(0, N) - D * N + np.log1p(np.exp(-abs(N)))).sum(axis=1).mean()


def binary_delta(O, D):
    r"""The slope of the binary cross-entropy by each net input (eq-binary-delta).

    .. math:: \delta_o = O_o - D_o

    Shapes: O and D (n, outputs); returns (n, outputs).
    """
    return O - D


def models():
    """Environments for the chapter's derivations: softmax with cross-entropy, and the
    logistic function with binary cross-entropy, on random net inputs."""
    softmax_model = (
        r"O_o = \frac{e^{N_o}}{\sum_k e^{N_k}}",
        r"E = -\sum_o D_o \log O_o",
    )
    logistic_model = (
        r"O_o = \frac{1}{1 + e^{-N_o}}",
        r"E = -\sum_o \bigl(D_o \log O_o + (1 - D_o) \log(1 - O_o)\bigr)",
    )
    return [_environments(softmax_model, True), _environments(logistic_model, False)]


def _environments(texts, one_class):
    rng = np.random.default_rng(0)
    definitions = tuple(eq.parse(tex) for tex in texts)
    found = []
    for outputs in 3, 5:
        N, D = rng.normal(size=outputs), rng.uniform(0.1, 0.9, outputs)
        D = D / D.sum() if one_class else D
        env = {"N_o": N, "D": D, "definitions": definitions, "N": 0.4, "alpha": 1.0}
        env["L"] = np.log(np.exp(N).sum())
        env["f"] = eq.registry()["eq-logistic"].rhs
        for equation in definitions:
            env[equation.name] = eq.tabulate(equation, env)
        slope = ("d", ("var", "E"), ("var", "N_o", "o"))
        slopes = [eq.evaluate(slope, env, {"o": k}) for k in range(outputs)]
        env["delta_o"] = np.array(slopes)
        found.append(env)
    return found
