r"""Backpropagation through one hidden layer: one function per equation.

    X  inputs            (n, inputs)        D  desired outputs   (n, outputs)
    w  input to hidden   (inputs, hidden)   b  hidden biases     (hidden,)
    v  hidden to output  (hidden, outputs)  c  output biases     (outputs,)
    N_h, N_o  net inputs     H, O  outputs of the units     f  transfer function
    E  error     delta_h, delta_o  slopes of E by N_h, N_o     eta  learning rate

Rows are examples; one example is n = 1. The first index of a weight is where it comes
from, the second where it goes to: w[i, h], v[h, o]. Equations are written for one
example. For a batch, E and its slopes by the parameters are means over the examples.

    net = network(np.random.default_rng(0), (2, 3, 2))  a random start
    forward(net, X)                                     every quantity up to O
    gradient(net, X, D)                                 the slope of E by each parameter
    update(net, gradient(net, X, D), eta=0.5)           one step downhill
    train(net, X, D, eta=0.5, epochs=1000)              many of them
    steps(net, X, D, eta=0.5)                           all of it, quantity by quantity

float32 stays float32 and float64 stays float64; anything else becomes float64.
"""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np

import arguments

# ---- transfer functions: f(N) is the output of a unit, f.slope(N) is f'(N)


@dataclass(frozen=True)
class Logistic:
    """Squashes any net input into (0, 1); alpha is how steeply."""

    alpha: float = 1.0
    name = "logistic"

    def __post_init__(self):
        arguments.positive("alpha", self.alpha)

    def __call__(self, N):
        r"""The output of a logistic unit (eq-logistic).

        .. math:: f(N) = \frac{1}{1 + e^{-\alpha N}}
        """
        with np.errstate(over="ignore"):  # e**1000 is inf, and 1 / inf the right 0
            return 1 / (1 + np.exp(-self.alpha * N))

    def slope(self, N):
        r"""The slope of the logistic function (eq-logistic-slope).

        .. math:: f'(N) = \alpha\, f(N)\, (1 - f(N))
        """
        F = self(N)
        return self.alpha * F * (1 - F)


@dataclass(frozen=True)
class Tanh:
    """Squashes any net input into (-1, 1)."""

    name = "tanh"

    def __call__(self, N):
        r"""The output of a tanh unit (eq-tanh).

        .. math:: f(N) = \tanh(N)
        """
        return np.tanh(N)

    def slope(self, N):
        r"""The slope of tanh (eq-tanh-slope).

        .. math:: f'(N) = 1 - f(N)^2
        """
        return 1 - self(N) ** 2


@dataclass(frozen=True)
class ReLU:
    """Passes what is positive, stops what is not."""

    name = "relu"

    def __call__(self, N):
        r"""The output of a rectified linear unit (eq-relu).

        .. math:: f(N) = \max(0, N)
        """
        return np.maximum(0, N)

    def slope(self, N):
        r"""The slope of ReLU: 1 where N > 0, else 0; at the kink, 0 (eq-relu-slope).

        .. math:: f'(N) = [N > 0]
        """
        return (N > 0).astype(N.dtype)


@dataclass(frozen=True)
class Identity:
    """Passes the net input on as it is."""

    name = "identity"

    def __call__(self, N):
        r"""The output of a linear unit (eq-identity).

        .. math:: f(N) = N
        """
        return N

    def slope(self, N):
        r"""The slope of a linear unit (eq-identity-slope).

        .. math:: f'(N) = 1
        """
        return np.ones_like(N)


TRANSFER_FUNCTIONS = {f.name: f for f in (Logistic, Tanh, ReLU, Identity)}


def transfer_function(name, alpha=1.0):
    """The transfer function of that name; alpha is the slope of the logistic one.

    Raises ValueError for a name that is not in TRANSFER_FUNCTIONS.
    """
    arguments.one_of("name", name, TRANSFER_FUNCTIONS)
    arguments.positive("alpha", alpha)
    return Logistic(alpha) if name == "logistic" else TRANSFER_FUNCTIONS[name]()


# ---- the network


@dataclass(frozen=True, eq=False)
class Network:
    """The parameters w (inputs, hidden), b (hidden,), v (hidden, outputs), c (outputs,)
    and the transfer function f of both layers. Raises ValueError if they do not fit."""

    w: np.ndarray
    b: np.ndarray
    v: np.ndarray
    c: np.ndarray
    f: Logistic | Tanh | ReLU | Identity = Logistic()

    def __post_init__(self):
        for name in Gradient._fields:
            given = getattr(self, name)
            a = arguments.finite(name, given)
            if a is not given:
                object.__setattr__(self, name, a)
        arguments.transfer("f", self.f)
        arguments.shaped("w", self.w, ("inputs", "hidden"))
        arguments.shaped("b", self.b, (self.w.shape[1],))
        arguments.shaped("v", self.v, (self.w.shape[1], "outputs"))
        arguments.shaped("c", self.c, (self.v.shape[1],))


class Gradient(NamedTuple):
    """The slope of E by each parameter: the network's own names and shapes."""

    w: np.ndarray
    b: np.ndarray
    v: np.ndarray
    c: np.ndarray


def network(rng, sizes=(2, 2, 2), f=Logistic(), scale=1.0, dtype=float):
    """A network with (inputs, hidden, outputs) units and random parameters.

    Every weight and bias is drawn from the Generator rng, uniformly between -scale and
    scale. Raises ValueError if sizes is not three positive integers.
    """
    arguments.generator("rng", rng)
    arguments.transfer("f", f)
    arguments.positive("scale", scale)
    arguments.precision("dtype", dtype)
    sizes = arguments.sizes("sizes", sizes, ("inputs", "hidden", "outputs"))
    inputs, hidden, outputs = sizes
    shapes = (inputs, hidden), (hidden,), (hidden, outputs), (outputs,)
    w, b, v, c = (rng.uniform(-scale, scale, shape).astype(dtype) for shape in shapes)
    return Network(w, b, v, c, f)


# ---- forward: from the inputs to the outputs


def net_hidden(X, w, b):
    r"""The net input of each hidden unit (eq-net-hidden).

    .. math:: N_h = \sum_i X_i\, w_{ih} + b_h

    Shapes: X (n, inputs), w (inputs, hidden), b (hidden,); returns (n, hidden).
    """
    return X @ w + b


def hidden(N_h, f):
    r"""The output of each hidden unit (eq-hidden).

    .. math:: H_h = f(N_h)

    Shapes: N_h (n, hidden); returns (n, hidden).
    """
    return f(N_h)


def net_output(H, v, c):
    r"""The net input of each output unit (eq-net-output).

    .. math:: N_o = \sum_h H_h\, v_{ho} + c_o

    Shapes: H (n, hidden), v (hidden, outputs), c (outputs,); returns (n, outputs).
    """
    return H @ v + c


def output(N_o, f):
    r"""The output of each output unit (eq-output).

    .. math:: O_o = f(N_o)

    Shapes: N_o (n, outputs); returns (n, outputs).
    """
    return f(N_o)


class Forward(NamedTuple):
    """What the forward pass computes, and the backward pass needs."""

    N_h: np.ndarray
    H: np.ndarray
    N_o: np.ndarray
    O: np.ndarray


def forward(net, X):
    """Every quantity of the forward pass for the inputs X (n, inputs), as a Forward.

    Raises ValueError if X does not fit the network or is not finite.
    """
    arguments.instance("net", net, Network, "a Network")
    return _forward(net, arguments.rows("X", X, net.w.shape[0], "inputs"), net.f)


def _forward(net, X, f):
    N_h = net_hidden(X, net.w, net.b)
    H = hidden(N_h, f)
    N_o = net_output(H, net.v, net.c)
    return Forward(N_h, H, N_o, output(N_o, f))


def error(O, D):
    r"""Half the squared difference between outputs and desired outputs (eq-error).

    .. math:: E = \frac{1}{2} \sum_o (D_o - O_o)^2

    Shapes: O and D (n, outputs); returns a number, the mean over the n examples.
    """
    return 0.5 * ((D - O) ** 2).sum() / len(D)


# ---- backward: from the error to every parameter


def output_delta(O, D, N_o, f):
    r"""The slope of E by each output net input (eq-output-delta).

    .. math:: \delta_o = (O_o - D_o)\, f'(N_o)

    Shapes: O, D and N_o (n, outputs); returns (n, outputs).
    """
    return (O - D) * f.slope(N_o)


def slope_v(H, delta_o):
    r"""The slope of E by each weight from hidden to output (eq-slope-v).

    .. math:: \frac{\partial E}{\partial v_{ho}} = H_h\, \delta_o

    Shapes: H (n, hidden), delta_o (n, outputs); returns (hidden, outputs).
    """
    return H.T @ delta_o / len(H)


def slope_c(delta_o):
    r"""The slope of E by each output bias (eq-slope-c).

    .. math:: \frac{\partial E}{\partial c_o} = \delta_o

    Shapes: delta_o (n, outputs); returns (outputs,).
    """
    return delta_o.sum(axis=0) / len(delta_o)


def hidden_delta(delta_o, v, N_h, f):
    r"""The slope of E by each hidden net input (eq-hidden-delta).

    .. math:: \delta_h = \Bigl(\sum_o v_{ho}\, \delta_o\Bigr)\, f'(N_h)

    Shapes: delta_o (n, outputs), v (hidden, outputs), N_h (n, hidden);
    returns (n, hidden). The v is the one the forward pass used.
    """
    return (delta_o @ v.T) * f.slope(N_h)


def slope_w(X, delta_h):
    r"""The slope of E by each weight from input to hidden (eq-slope-w).

    .. math:: \frac{\partial E}{\partial w_{ih}} = X_i\, \delta_h

    Shapes: X (n, inputs), delta_h (n, hidden); returns (inputs, hidden).
    """
    return X.T @ delta_h / len(X)


def slope_b(delta_h):
    r"""The slope of E by each hidden bias (eq-slope-b).

    .. math:: \frac{\partial E}{\partial b_h} = \delta_h

    Shapes: delta_h (n, hidden); returns (hidden,).
    """
    return delta_h.sum(axis=0) / len(delta_h)


# ---- learning


def update(net, slope, eta):
    r"""The network one step downhill: each parameter moved against its slope
    (eq-update-v, eq-update-c, eq-update-w, eq-update-b).

    .. math:: v_{ho} \leftarrow v_{ho} - \eta\, \frac{\partial E}{\partial v_{ho}}
    .. math:: c_o \leftarrow c_o - \eta\, \frac{\partial E}{\partial c_o}
    .. math:: w_{ih} \leftarrow w_{ih} - \eta\, \frac{\partial E}{\partial w_{ih}}
    .. math:: b_h \leftarrow b_h - \eta\, \frac{\partial E}{\partial b_h}

    slope is a Gradient, complete before anything moves; eta is the learning rate.
    Raises ValueError if a parameter stops being finite: the step was too large.
    """
    v = net.v - eta * slope.v
    c = net.c - eta * slope.c
    w = net.w - eta * slope.w
    b = net.b - eta * slope.b
    return Network(w, b, v, c, net.f)


class Step(NamedTuple):
    """One quantity of a pass: its name in code, the letters of its indices, its value
    and the label of the equation that gives it. E has no index; of several examples it
    is the mean. A unit's quantity has a row per example, a parameter's has none."""

    name: str
    indices: str
    value: np.ndarray
    label: str


class Pass(NamedTuple):
    """What one pass computes, in the order in which it can be computed: each quantity
    with the letters of its indices and the label of the equation that gives it."""

    N_h: Annotated[np.ndarray, "h", "eq-net-hidden"]
    H: Annotated[np.ndarray, "h", "eq-hidden"]
    N_o: Annotated[np.ndarray, "o", "eq-net-output"]
    O: Annotated[np.ndarray, "o", "eq-output"]
    E: Annotated[np.ndarray, "", "eq-error"]
    delta_o: Annotated[np.ndarray, "o", "eq-output-delta"]
    dE_dv: Annotated[np.ndarray, "ho", "eq-slope-v"]
    dE_dc: Annotated[np.ndarray, "o", "eq-slope-c"]
    delta_h: Annotated[np.ndarray, "h", "eq-hidden-delta"]
    dE_dw: Annotated[np.ndarray, "ih", "eq-slope-w"]
    dE_db: Annotated[np.ndarray, "h", "eq-slope-b"]
    v: Annotated[np.ndarray, "ho", "eq-update-v"]
    c: Annotated[np.ndarray, "o", "eq-update-c"]
    w: Annotated[np.ndarray, "ih", "eq-update-w"]
    b: Annotated[np.ndarray, "h", "eq-update-b"]


def _pass(net, X, D, eta=0.5, moves=True):
    """The Pass of arguments that were checked, and the network after it; with
    moves=False it stays as it is."""
    f = _Once(net.f)
    N_h, H, N_o, O = _forward(net, X, f)
    E = error(O, D)

    delta_o = output_delta(O, D, N_o, f)
    dE_dv = slope_v(H, delta_o)
    dE_dc = slope_c(delta_o)

    delta_h = hidden_delta(delta_o, net.v, N_h, f)
    dE_dw = slope_w(X, delta_h)
    dE_db = slope_b(delta_h)

    if moves:
        net = update(net, Gradient(dE_dw, dE_db, dE_dv, dE_dc), eta)
    found = N_h, H, N_o, O, E, delta_o, dE_dv, dE_dc, delta_h, dE_dw, dE_db
    return Pass(*found, net.v, net.c, net.w, net.b), net


def steps(net, X, D, eta=0.5):
    """Every quantity of one pass, in the order of Pass: forward, output delta, hidden
    delta, update. Yields a Step for each.

    Shapes: X (n, inputs), D (n, outputs). Raises ValueError if one does not fit the
    network, is not finite, or if eta is not a positive number.
    """
    X, D = _examples(net, X, D)
    arguments.positive("eta", eta)
    found, _ = _pass(net, X, D, eta)
    for (name, said), value in zip(Pass.__annotations__.items(), found):
        indices, label = said.__metadata__
        yield Step(name, indices, value, label)


def gradient(net, X, D):
    """The slope of E by every parameter, as a Gradient, read off the pass of `steps`.

    Shapes and errors as in `steps`.
    """
    X, D = _examples(net, X, D)
    found, _ = _pass(net, X, D, moves=False)
    return Gradient(found.dE_dw, found.dE_db, found.dE_dv, found.dE_dc)


def train(net, X, D, eta=0.5, epochs=1000, batch=None, rng=None):
    """The trained network, and E as it was met in each epoch, (epochs,).

    An epoch shows every example once, `batch` at a time: 1 is online learning, None is
    all at once. With a Generator rng the examples are shuffled before each epoch. E is
    the mean over the epoch, each batch measured before its own update.
    Errors as in `steps`, and ValueError if epochs or batch is less than 1.
    """
    X, D = _examples(net, X, D)
    arguments.positive("eta", eta)
    epochs = arguments.count("epochs", epochs)
    n = len(X)
    batch = n if batch is None else arguments.count("batch", batch)
    if rng is not None:
        arguments.generator("rng", rng)
    errors = np.zeros(epochs)
    for epoch in range(epochs):
        if rng is not None:
            order = rng.permutation(n)
        for start in range(0, n, batch):
            rows = slice(start, start + batch)
            if rng is not None:
                rows = order[rows]
            found, net = _pass(net, X[rows], D[rows], eta)
            errors[epoch] += found.E * len(found.O) / n
            del found  # what it holds makes room for the next step
    return net, errors


class _Once:
    """A transfer function within one pass: f(N) is computed once, and f.slope(N), which
    asks for it again, is told what it was."""

    def __init__(self, f):
        self.__dict__.update(vars(f))  # alpha
        self.f, self.known = f, {}

    def __call__(self, N):
        found = self.known.get(id(N))
        if found is None:  # N is kept, so that its id stays its own
            found = self.known[id(N)] = N, self.f(N)
        return found[1]

    def slope(self, N):
        return type(self.f).slope(self, N)


# ---- what is asked of every argument


def _fitting(given):
    """What update is given; an error unless slope is a Gradient of net's own shapes."""
    net, slope = given["net"], given["slope"]
    arguments.positive("eta", given["eta"])
    arguments.instance("net", net, Network, "a Network")
    arguments.instance("slope", slope, Gradient, "a Gradient")
    for name, values in zip(Gradient._fields, slope):
        a = arguments.finite(f"slope.{name}", values)
        arguments.shaped(f"slope.{name}", a, getattr(net, name).shape)
    return given


def _examples(net, X, D):
    """X and D as arrays that fit the network and each other; else ValueError."""
    arguments.instance("net", net, Network, "a Network")
    return arguments.examples(X, D, net.w.shape[0], net.v.shape[1])


arguments.guard(globals(), update=_fitting)


# ---- what the letters mean, and a random instance of them


def draw(rng, inputs=3, hidden=4, outputs=2, examples=5):
    """Every given quantity of a random pass; N is any net input."""
    f = (Logistic(1.3), Tanh(), ReLU(), Identity())[rng.integers(4)]
    net = network(rng, (inputs, hidden, outputs), f)
    X = rng.normal(size=(examples, inputs))
    D = rng.uniform(0.2, 0.8, (examples, outputs))
    return {"net": net, "X": X, "D": D, "eta": 0.7, "N": rng.normal(size=examples)}


MODELS = {"backprop": {
    "symbols": r"X_i w_{ih} b_h N_h H_h v_{ho} c_o N_o O_o D_o E_o E "
               r"\delta_o \delta_h N \eta \alpha n",
    "indices": {"i j": "inputs", "h g": "hidden", "o k p": "outputs", "n s":"examples"},
    "draw": draw, "rows": "X D N N_h H N_o O delta_o delta_h", "positive": "eta alpha",
    "functions": {"f": (Logistic, Tanh, ReLU, Identity)},
    "made": {"net": (Network, "w b v c f"),
             "slope": (Gradient, "dE_dw dE_db dE_dv dE_dc")},
    "means": {r"\delta_o": r"\frac{\partial E}{\partial N_o}",
              r"\delta_h": r"\frac{\partial E}{\partial N_h}"},
    "phases": {"forward": "eq-net-hidden", "error": "eq-error", "update": "eq-update-v",
               "output delta": "eq-output-delta", "hidden delta": "eq-hidden-delta"},
    "also": (r"E_o = \frac{1}{2} (D_o - O_o)^2", r"E = \sum_o E_o")}}  # fmt: skip

# Name in code -> what it is, in the order of the notation.
# Label -> what it gives; the sentence for one unit; for a layer; why each factor.
WORDS = {
    "X": "input $i$",
    "w": "weight from input $i$ to hidden unit $h$",
    "b": "bias of hidden unit $h$",
    "N_h": "net input of hidden unit $h$",
    "H": "output of hidden unit $h$",
    "v": "weight from hidden unit $h$ to output unit $o$",
    "c": "bias of output unit $o$",
    "N_o": "net input of output unit $o$",
    "O": "output of output unit $o$",
    "N": "net input of a unit of any layer",
    "f": "transfer function",
    "f.slope": "slope of the transfer function",
    "alpha": "how steep the logistic function is",
    "D": "desired output of unit $o$",
    "E": "error",
    "E_o": "part of the error that output unit $o$ has",
    "delta_o": "slope of $E$ by $N_o$",
    "delta_h": "slope of $E$ by $N_h$",
    "dE_dv": "slope of $E$ by a weight",
    "dE_dc": "slope of $E$ by a bias",
    "dE_dw": "slope of $E$ by a weight",
    "dE_db": "slope of $E$ by a bias",
    "eta": "learning rate",
    "n": "number of examples",
    "eq-net-hidden": (
        "net input of a hidden unit",
        "Hidden unit {h} adds up what reaches it: each input times its weight, "
        "and its bias.",
        "Every hidden unit adds up what reaches it: each input times its weight, "
        "and its bias.",
        "Why times the weight? The weight says how much of an input this unit hears: "
        "0 is deaf to it, a negative weight counts it against. "
        "The bias is what the unit has before it hears anything.",
    ),
    "eq-hidden": (
        "output of a hidden unit",
        "Hidden unit {h} passes its net input through f.",
        "Every hidden unit passes its net input through f.",
        "Why f? Without a bend, two layers of weights are no better than one. "
        "The bend is what lets the hidden units find new features.",
    ),
    "eq-net-output": (
        "net input of an output unit",
        "Output unit {o} adds up what the hidden units send, each times its weight, "
        "and its bias.",
        "Every output unit adds up what the hidden units send, each times its weight, "
        "and its bias.",
        "Why H and not N? A unit sends what comes out of it, not what went in. "
        "Apart from the letters this is the same sum as in the hidden layer.",
    ),
    "eq-output": (
        "output of an output unit",
        "Output unit {o} passes its net input through f: this is the answer.",
        "Every output unit passes its net input through f: this is the answer.",
        "Why f again? It keeps the answer in the range of the desired outputs. "
        "With the logistic function that is between 0 and 1.",
    ),
    "eq-error": (
        "error",
        "The error is half the sum of the squared differences.",
        "The error is half the sum of the squared differences.",
        "Why the square? Too high and too low must not cancel, "
        "and a large miss should count more than two small ones. "
        "Why one half? Only so that the slope has no factor 2.",
    ),
    "eq-output-delta": (
        "delta of an output unit",
        "The delta of output unit {o}: how far it missed, "
        "times how much its net input still matters.",
        "Each output unit's delta: how far it missed, "
        "times how much its net input still matters.",
        "Why the difference? It is the slope of the error by this output. "
        "Why f′? A small change of the net input changes the output by f′ as much; "
        "where f is flat, changing the net input changes nothing.",
    ),
    "eq-slope-v": (
        "slope of E by a weight v",
        "The slope by the weight from hidden unit {h} to output unit {o} is what was "
        "sent through it, times the delta at its end.",
        "The slope by each weight v is what was sent through it, times the delta at "
        "its end.",
        "Why H? A weight multiplies what comes in: "
        "if nothing comes in, changing the weight changes nothing. "
        "Why δ? That is the slope of E by the net input the product goes into.",
    ),
    "eq-slope-c": (
        "slope of E by an output bias",
        "The slope by the bias of output unit {o} is the delta of that unit.",
        "The slope by each output bias is the delta of its unit.",
        "Why no other factor? A bias is a weight whose input is always 1.",
    ),
    "eq-hidden-delta": (
        "delta of a hidden unit",
        "Hidden unit {h} answers for every output, by as much as it fed each.",
        "Every hidden unit answers for every output, by as much as it fed each.",
        "Why v? It carried the signal there, and carries the blame back: "
        "the same weight, the other way. "
        "Why the sum? The unit fed all the outputs. "
        "Why f′? The blame reaches the output of the unit; "
        "f′ takes it back to the net input.",
    ),
    "eq-slope-w": (
        "slope of E by a weight w",
        "The slope by the weight from input {i} to hidden unit {h} is what was sent "
        "through it, times the delta at its end.",
        "The slope by each weight w is what was sent through it, times the delta at "
        "its end.",
        "Why X? What comes into this weight is an input: X is here what H is for v. "
        "The rule is the same in every layer.",
    ),
    "eq-slope-b": (
        "slope of E by a hidden bias",
        "The slope by the bias of hidden unit {h} is the delta of that unit.",
        "The slope by each hidden bias is the delta of its unit.",
        "Why no other factor? A bias is a weight whose input is always 1.",
    ),
    "eq-update-v": (
        "weight v after the update",
        "The weight from hidden unit {h} to output unit {o} moves against its slope.",
        "Each weight v moves against its slope.",
        "Why minus? The slope points uphill, and E should fall. "
        "Why η? The slope is true only nearby, so the step is kept small.",
    ),
    "eq-update-c": (
        "output bias after the update",
        "The bias of output unit {o} moves against its slope.",
        "Each output bias moves against its slope.",
        "Why at all? A bias is a parameter like any weight, and has its slope.",
    ),
    "eq-update-w": (
        "weight w after the update",
        "The weight from input {i} to hidden unit {h} moves against its slope.",
        "Each weight w moves against its slope.",
        "Why only now? The deltas were computed with the weights of the forward pass. "
        "Nothing moves before all slopes are known.",
    ),
    "eq-update-b": (
        "hidden bias after the update",
        "The bias of hidden unit {h} moves against its slope.",
        "Each hidden bias moves against its slope.",
        "Why at all? A bias is a parameter like any weight, and has its slope.",
    ),
}
