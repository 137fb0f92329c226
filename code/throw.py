r"""A toy arm throws a ball: two dials in a row, and who is to blame. Chapter 01.

    X  the swing     w  the arm's dial     H  what the hand gets
    v  the hand's dial     O  where the ball lands     D  where the basket stands
    E  error         eta  learning rate

No unit bends anything and there is one road only, so that the two dials show in whole
numbers what backpropagation does: each rate going back is made of the one before it.

    hand(w, X), ball(v, H), error(O, D)   forward
    rate_ball, rate_v, rate_hand, rate_w  the rates of E, from the end to the start
    practise(w, v, X, D, eta, tries)      dials and landing of each try
"""

import numpy as np

import arguments


def hand(w, X):
    r"""What the hand gets (eq-throw-hand).

    .. math:: H = w\, X
    """
    return w * X


def ball(v, H):
    r"""Where the ball lands (eq-throw-ball).

    .. math:: O = v\, H
    """
    return v * H


def error(O, D):
    r"""Half the squared distance to the basket (eq-throw-error).

    .. math:: E = \frac{1}{2} (O - D)^2
    """
    return 0.5 * (O - D) ** 2


def rate_ball(O, D):
    r"""The rate of E by where the ball lands (eq-throw-rate-ball).

    .. math:: \frac{\partial E}{\partial O} = O - D
    """
    return O - D


def rate_v(dE_dO, H):
    r"""The rate of E by the hand's dial (eq-throw-rate-v).

    .. math:: \frac{\partial E}{\partial v} = \frac{\partial E}{\partial O}\, H
    """
    return dE_dO * H


def rate_hand(dE_dO, v):
    r"""The rate of E by what the hand gets (eq-throw-rate-hand).

    .. math:: \frac{\partial E}{\partial H} = \frac{\partial E}{\partial O}\, v
    """
    return dE_dO * v


def rate_w(dE_dH, X):
    r"""The rate of E by the arm's dial (eq-throw-rate-w).

    .. math:: \frac{\partial E}{\partial w} = \frac{\partial E}{\partial H}\, X
    """
    return dE_dH * X


def turned_v(v, dE_dv, eta):
    r"""The hand's dial after one turn against its rate (eq-throw-update-v).

    .. math:: v \leftarrow v - \eta\, \frac{\partial E}{\partial v}
    """
    return v - eta * dE_dv


def turned_w(w, dE_dw, eta):
    r"""The arm's dial after one turn against its rate (eq-throw-update-w).

    .. math:: w \leftarrow w - \eta\, \frac{\partial E}{\partial w}
    """
    return w - eta * dE_dw


def practise(w, v, X, D, eta, tries):
    """Each try, a row (w, v, O): the dials it was thrown with, and where it landed.

    Both rates are known before either dial turns.
    """
    for name, value in ("w", w), ("v", v), ("X", X), ("D", D):
        arguments.number(name, value)
    arguments.positive("eta", eta)
    tries = arguments.count("tries", tries)
    rows = []
    for _ in range(tries):
        H = hand(w, X)
        O = ball(v, H)
        rows.append((w, v, O))
        dE_dO = rate_ball(O, D)
        dE_dv = rate_v(dE_dO, H)
        dE_dw = rate_w(rate_hand(dE_dO, v), X)
        v, w = turned_v(v, dE_dv, eta), turned_w(w, dE_dw, eta)
    return np.array(rows)


arguments.guard(globals())


def draw(rng):
    """A random throw: swing, dials and basket."""
    X, w, v, D = rng.normal(size=4)
    return {"X": X, "w": w, "v": v, "D": D, "eta": 0.1}


MODELS = {"throw": {
    "symbols": r"X w H v O D E \eta", "indices": {}, "draw": draw,
    "positive": "eta",
    "phases": {"forward": "eq-throw-hand", "rates": "eq-throw-rate-ball",
               "update": "eq-throw-update-v"}}}  # fmt: skip

# Name in code -> what it is, in the order of the notation.
WORDS = {
    "X": "swing",
    "w": "the arm's dial",
    "H": "what the hand gets",
    "v": "the hand's dial",
    "O": "where the ball lands",
    "D": "where the basket stands",
    "E": "error",
    "dE_dO": "rate of $E$ by where the ball lands",
    "dE_dv": "rate of $E$ by the hand's dial",
    "dE_dH": "rate of $E$ by what the hand gets",
    "dE_dw": "rate of $E$ by the arm's dial",
    "eta": "learning rate",
}
