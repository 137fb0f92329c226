"""The network of Part I, for what knows no other model: its equations and quantities.

registry()                    label -> Equation of every docstring of backprop.py
registry("losses")            the same for all models of another module
parse(tex)                    the Equation of one line in the letters of Part I
environment(net, x, d, eta)   the World of one example, from trees
"""

import numpy as np

from book.model import models
from book.trees import EquationError

__all__ = ["EquationError", "environment", "parse", "registry"]


def registry(module="backprop"):
    """Label -> Equation for every labelled docstring equation of a module, in order."""
    found = {}
    for model in models(module).values():
        found |= model.equations
    return found


def parse(tex):
    """The Equation of one line in the letters of backprop.py, or EquationError."""
    return models("backprop")["backprop"].parse(tex)


def environment(net, x, d, eta=0.5):
    """Every quantity of Part I for one example x (inputs,), d (outputs,), as a World.

    The forward quantities come from docstring trees; each delta is the slope of E by a
    net input, found by nudging. Nothing here comes from the functions of backprop.py.
    """
    model = models("backprop")["backprop"]
    world = model.given(net=net, X=np.atleast_2d(x), D=np.atleast_2d(d), eta=eta).world
    for name in world.setting.laws:
        world.value(name)
    return world
