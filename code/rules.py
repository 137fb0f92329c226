r"""The slopes of school that the backward pass is made of: chapter 03.

    x  what is nudged    u, z  two numbers that follow it    a  a number that stays
    m = a u    t = u + z    s = u^2    r = 1 / u    q = e^z    p = u z

A slope by x says how many times as fast as x something moves. Each function is one
rule. So that the rules can be run, u is x^2 + 1 and z is -a x; they hold for whatever
else follows x.

    slope_multiple(a, du), slope_sum(du, dz)      a constant factor stays, slopes add
    slope_square(u), slope_reciprocal(u)          two curves
    slope_product(u, z, du, dz)                   each factor moves in its turn
    slope_chain(outer, du)                        rates along a chain multiply
    slope_exponential(z, dz)                      the same, and e^z is its own slope
"""

import numpy as np

import arguments


def slope_multiple(a, du):
    r"""The slope of m = a u: a constant factor stays (eq-slope-multiple).

    .. math:: \frac{\partial m}{\partial x} = a\, \frac{\partial u}{\partial x}
    """
    return a * du


def slope_sum(du, dz):
    r"""The slope of t = u + z: slopes add (eq-slope-sum).

    .. math:: \frac{\partial t}{\partial x} = \frac{\partial u}{\partial x} + \frac{\partial z}{\partial x}
    """  # noqa: E501
    return du + dz


def slope_square(u):
    r"""The slope of s = u^2 by u (eq-slope-square).

    .. math:: \frac{\partial s}{\partial u} = 2 u
    """
    return 2 * u


def slope_reciprocal(u):
    r"""The slope of r = 1 / u by u (eq-slope-reciprocal).

    .. math:: \frac{\partial r}{\partial u} = -\frac{1}{u^2}
    """
    return -1 / u**2


def slope_product(u, z, du, dz):
    r"""The slope of p = u z: each factor moves in its turn (eq-slope-product).

    .. math:: \frac{\partial p}{\partial x} = \frac{\partial u}{\partial x}\, z + u\, \frac{\partial z}{\partial x}
    """  # noqa: E501
    return du * z + u * dz


def slope_chain(outer, du):
    r"""The slope of r = 1 / u by x: rates along a chain multiply (eq-slope-chain).

    .. math:: \frac{\partial r}{\partial x} = \frac{\partial r}{\partial u}\, \frac{\partial u}{\partial x}
    """  # noqa: E501
    return outer * du


def slope_exponential(z, dz):
    r"""The slope of q = e^z by x: e^z is its own slope (eq-slope-exponential).

    .. math:: \frac{\partial q}{\partial x} = e^z\, \frac{\partial z}{\partial x}
    """
    return np.exp(z) * dz


def _divided_by(given):
    """The u of a reciprocal, a number that one can divide by."""
    arguments.number("u", given["u"])
    if given["u"] == 0:
        raise ValueError("u is 0; expected a number to divide by")
    return given


arguments.guard(globals(), slope_reciprocal=_divided_by)


def draw(rng):
    """A place x and a number a, neither near 0."""
    x, a = rng.uniform(0.3, 2, 2) * rng.choice([-1, 1], 2)
    return {"x": x, "a": a}


MODELS = {"rules": {
    "symbols": {
        "x": "x", "a": "a", "u": "u", "z": "z", "m": "m", "t": "t", "s": "s", "r": "r",
        "q": "q", "p": "p",
        r"\frac{\partial u}{\partial x}": "du",
        r"\frac{\partial z}{\partial x}": "dz",
        r"\frac{\partial r}{\partial u}": "outer"},
    "indices": {},
    # What the rules are tried on, and what each is about.
    "also": ("u = x^2 + 1", "z = -a x", "m = a u", "t = u + z", "s = u^2",
             r"r = \frac{1}{u}", "q = e^z", "p = u z"),
    "draw": draw}}  # fmt: skip

# Name in code -> what it is, in the order of the notation.
WORDS = {
    "x": "what is nudged",
    "a": "constant",
    "u": "number that follows $x$",
    "z": "another number that follows $x$",
    "m": "multiple of $u$",
    "t": "sum of $u$ and $z$",
    "s": "square of $u$",
    "r": "reciprocal of $u$",
    "q": "exponential of $z$",
    "p": "product of $u$ and $z$",
    "du": "slope of $u$ by $x$",
    "dz": "slope of $z$ by $x$",
    "outer": "slope of the reciprocal by $u$",
    "dm_dx": "slope of the multiple by $x$",
    "dt_dx": "slope of the sum by $x$",
    "ds_du": "slope of the square by $u$",
    "dr_du": "slope of the reciprocal by $u$",
    "dp_dx": "slope of the product by $x$",
    "dr_dx": "slope of the reciprocal by $x$",
    "dq_dx": "slope of the exponential by $x$",
}
