"""Automatic differentiation of NumPy code: write the forward pass, get every slope.

    x = Value([[0.6, 0.9]])     a number or an array that remembers where it came from
    E = (x @ w).tanh().sum()    operators, broadcasting, methods: they run at once
    E.backward()                x.grad, w.grad: the slope of E by each, in its own shape
    x.data                      the number or the array itself, read-only

    + - * / ** @  (also with a plain number or array on either side)
    relu exp log tanh logistic sum mean reshape T and indexing x[rows, columns]

RULES is the whole calculus: one line per operation. backward() walks the history() from
the last Value to the first and adds up, over every use of a Value, the slope that comes
back along that use, each time from zero.

A result cannot be changed in place: slopes still to come are computed from it. What was
not computed, a parameter, can be given new data: w.data = w.data - eta * w.grad.
"""

from itertools import count

import numpy as np

import arguments


def _spread(g, a, axis):
    """g, the slope by a sum over that axis, as the slope by each number summed."""
    if axis is not None:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, np.shape(a))


def _scatter(g, a, where):
    """g, the slope by a[where], as the slope by all of a."""
    whole = np.zeros_like(a)
    np.add.at(whole, where, g)  # a place taken twice is answered for twice
    return whole


def _logistic(a):
    return 0.5 + 0.5 * np.tanh(0.5 * a)  # 1 / (1 + e**-a), and nothing to overflow


# operation   y =                           slope by each operand, from g = slope by y
RULES = {
    "add":      (lambda a, b: a + b,        lambda g, y, a, b: (g, g)),
    "subtract": (lambda a, b: a - b,        lambda g, y, a, b: (g, -g)),
    "multiply": (lambda a, b: a * b,        lambda g, y, a, b: (g * b, g * a)),
    "divide":   (lambda a, b: a / b,        lambda g, y, a, b: (g / b, -g * y / b)),
    "matmul":   (lambda a, b: a @ b,        lambda g, y, a, b: (g @ b.mT, a.mT @ g)),
    "negative": (lambda a: -a,              lambda g, y, a: (-g,)),
    "power":    (lambda a, k: a**k,         lambda g, y, a, k: (g * k * a ** (k - 1),)),
    "relu":     (lambda a: a.clip(0),       lambda g, y, a: (g * (a > 0),)),
    "exp":      (lambda a: np.exp(a),       lambda g, y, a: (g * y,)),
    "log":      (lambda a: np.log(a),       lambda g, y, a: (g / a,)),
    "tanh":     (lambda a: np.tanh(a),      lambda g, y, a: (g * (1 - y**2),)),
    "logistic": (_logistic,                 lambda g, y, a: (g * y * (1 - y),)),
    "sum":      (lambda a, n: a.sum(n),     lambda g, y, a, n: (_spread(g, a, n),)),
    "reshape":  (lambda a, s: a.reshape(s), lambda g, y, a, s: (g.reshape(a.shape),)),
    "T":        (lambda a: a.T,             lambda g, y, a: (g.T,)),
    "getitem":  (lambda a, k: a[k],         lambda g, y, a, k: (_scatter(g, a, k),)),
}  # fmt: skip

_serial = count()


class Value:
    """A number or an array, and after backward() the slope of the end by it: .grad."""

    __array_ufunc__ = None  # so that array * value comes here, to __rmul__

    def __init__(self, data):
        self._serial, self.operation, self.operands = next(_serial), "", ()
        self.slopes = lambda g: ()  # by each operand, from g, the slope by this
        self.data = data
        self.grad = np.zeros_like(self.data)[()]

    @property
    def data(self):
        """The number or the array; read-only, like every array that was recorded."""
        return self._data

    @data.setter
    def data(self, data):
        if self.operands:
            raise ValueError(
                "a computed Value cannot be changed in place: the way back needs what "
                "the forward pass saw; make a new Value instead"
            )
        array = np.array(arguments.numbers("data", data))
        array.flags.writeable = False
        self._data = array[()]

    def __setitem__(self, where, data):
        raise TypeError(
            "a Value cannot be changed in place: the way back needs what the forward "
            "pass saw; compute a new Value, for instance with a mask: x * keep + y"
        )

    def history(self):
        """Every Value that this one came from, and this one, as they were made."""
        reached, waiting = {}, [self]
        while waiting:
            value = waiting.pop()
            if value._serial not in reached:
                reached[value._serial] = value
                waiting.extend(value.operands)
        return [reached[serial] for serial in sorted(reached)]

    def backward(self):
        """Set .grad to the slope of this by each Value it came from; ValueError if this
        is not one number."""
        if np.size(self.data) != 1:
            raise ValueError(
                f"backward() starts from one number and this has shape {self.shape}; "
                "take .sum() or .mean() first"
            )
        values = self.history()
        for value in values:
            value.grad = np.zeros_like(value.data)
        self.grad = np.ones_like(self.data)
        for value in reversed(values):  # what was made last speaks first
            for operand, slope in zip(value.operands, value.slopes(value.grad)):
                operand.grad = operand.grad + _fitted(slope, operand.shape)
            value.grad = value.grad[()]

    def __pow__(self, k):
        if isinstance(k, Value):
            return (self.log() * k).exp()
        return _record("power", self, how=(k,))

    def __matmul__(self, other):
        a, b = self, _value(other)
        if len(a.shape) > 1 and len(b.shape) > 1:
            return _record("matmul", a, b)
        row = a if len(a.shape) > 1 else a.reshape((1, -1))
        column = b if len(b.shape) > 1 else b.reshape((-1, 1))
        return (row @ column).reshape(np.shape(a.data @ b.data))

    def sum(self, axis=None):
        """The sum of all numbers, or along an axis."""
        return _record("sum", self, how=(axis,))

    def mean(self, axis=None):
        """The mean of all numbers, or along an axis."""
        total = self.sum(axis)
        return total * float(np.size(total.data) / np.size(self.data))

    # fmt: off
    def __add__(self, other):      return _record("add", self, other)
    def __radd__(self, other):     return _record("add", other, self)
    def __sub__(self, other):      return _record("subtract", self, other)
    def __rsub__(self, other):     return _record("subtract", other, self)
    def __mul__(self, other):      return _record("multiply", self, other)
    def __rmul__(self, other):     return _record("multiply", other, self)
    def __truediv__(self, other):  return _record("divide", self, other)
    def __rtruediv__(self, other): return _record("divide", other, self)
    def __rmatmul__(self, other):  return _value(other) @ self
    def __rpow__(self, other):     return _value(other) ** self
    def __neg__(self):             return _record("negative", self)
    def relu(self):                return _record("relu", self)
    def exp(self):                 return _record("exp", self)
    def log(self):                 return _record("log", self)
    def tanh(self):                return _record("tanh", self)
    def logistic(self):            return _record("logistic", self)
    def reshape(self, shape):      return _record("reshape", self, how=(shape,))
    def __getitem__(self, where):  return _record("getitem", self, how=(where,))
    T = property(lambda self: _record("T", self))
    shape = property(lambda self: np.shape(self.data))
    def __len__(self):             return len(self.data)
    def __repr__(self):            return f"Value(data={self.data}, grad={self.grad})"
    # fmt: on


def _value(x):
    return x if isinstance(x, Value) else Value(x)


def _record(name, *operands, how=()):
    """The Value of an operation, remembering how its slope goes back."""
    dtype = next(x.data.dtype for x in operands if isinstance(x, Value))
    operands = tuple(  # a plain number takes the precision of what it meets
        Value(np.array(x, dtype)) if isinstance(x, (int, float)) else _value(x)
        for x in operands
    )
    numbers = [x.data for x in operands]
    forward, slopes = RULES[name]
    result = Value(forward(*numbers, *how))
    result.operation, result.operands = name, operands
    result.slopes = lambda g: slopes(g, result.data, *numbers, *how)
    return result


def _fitted(slope, shape):
    """The slope by a broadcast operand: summed over every place it was copied to."""
    slope = slope.sum(axis=tuple(range(np.ndim(slope) - len(shape))))
    copied = tuple(k for k, n in enumerate(shape) if n == 1 and slope.shape[k] != 1)
    return slope.sum(axis=copied, keepdims=True) if copied else slope
