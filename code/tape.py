"""Automatic differentiation in fifteen lines: a tape, and a way back along it.

    x = Value(3.0)
    y = x * x + np.exp(x)     NumPy operations, run one by one as they are written
    backward()                x.grad is now the slope of y by x
    tape.clear()              before the next computation

A Value is a number that remembers: every operation on it is written on the tape with
its slope by each argument, found by nudging that argument by an imaginary 1e-30. Every
smooth operation of NumPy will do (and np.maximum); np.abs and complex numbers will not.

A list of operations stands in Wengert (1964, doi:10.1145/355586.364791), who carries
slopes forwards; the way back along one in Linnainmaa's thesis (1970). autodiff.py is
the same idea grown up: a rule instead of a nudge, and arrays.
"""

import numpy as np

from arguments import a_number, some_of

tape = []


class Value(np.lib.mixins.NDArrayOperatorsMixin):
    def __init__(self, data):
        self.data, self.grad = a_number("data", data), 0.0

    def __array_ufunc__(self, f, method, *args):
        args = [a if isinstance(a, Value) else Value(a) for a in args]
        x = [a.data for a in args]
        slopes = [f(*row).imag / 1e-30 for row in x + 1e-30j * np.eye(len(x))]
        tape.append((Value(f(*x)), args, slopes))
        return tape[-1][0]


def backward():
    some_of("tape", tape)[-1][0].grad = 1.0
    for result, args, slopes in reversed(tape):
        for arg, slope in zip(args, slopes):
            arg.grad += slope * result.grad
