"""The mistakes people make when they write backpropagation, as equations gone wrong.

    mistakes(label)                    the Mistakes of one equation, each a changed tree
    diagnose(label, index, value, env) which of them, if any, gives this number or array
    wrong_values(label, env)           id -> what each mistake gives, everywhere
    without(tree, part), swapped(tree, name), replaced(tree, old, new)   change a tree

A mistake is the equation's own tree with one thing wrong, so it is evaluated like any
other equation, here and in the page. The stepper, the checker of exercises and the
chapter on bugs all use this one list. Where the mistakes were seen in the wild is told
in that chapter.
"""

from typing import NamedTuple

import numpy as np

import equations


class Mistake(NamedTuple):
    """One mistake in one equation.

    tree replaces the right side. mend is the line of code that puts it right. With
    square it needs a square array of that name: elsewhere the shapes would not fit. With
    only it is a mistake of that transfer function alone.
    """

    id: str
    label: str
    tree: tuple
    name: str
    sentence: str
    mend: str
    square: str = ""
    only: str = ""

    def applies(self, env):
        """Whether one could make this mistake in the network of env."""
        if self.square and len(set(np.shape(env[self.square]))) != 1:
            return False
        return not self.only or env["f"] == equations.registry()[f"eq-{self.only}"].rhs


# ---- changing a tree


def replaced(tree, old, new):
    """The tree with every part that equals old turned into new."""
    if tree == old:
        return new
    if not isinstance(tree, tuple):
        return tree
    return tuple(replaced(part, old, new) for part in tree)


def without(tree, part):
    """The tree less a factor or a summand; a product or sum of one is that one."""
    if not isinstance(tree, tuple):
        return tree
    kept = [without(inner, part) for inner in tree[1:] if inner != part]
    if tree[0] in ("mul", "add") and len(kept) == 1:
        return kept[0]
    return (tree[0], *kept)


def swapped(tree, name):
    """The tree with the two indices of an array the other way round."""
    if not isinstance(tree, tuple):
        return tree
    if tree[:2] == ("var", name) and len(tree) == 4:
        return ("var", name, tree[3], tree[2])
    return tuple(swapped(part, name) for part in tree)


def only_last(tree):
    """The tree with each sum left at its last term: = was written for +=."""
    if not isinstance(tree, tuple):
        return tree
    if tree[0] == "sum":
        return _at_last(tree[2], tree[1])
    return tuple(only_last(part) for part in tree)


def _at_last(tree, letter):
    # Unit 2 is the last one where the book asks: checked by applies of "two".
    if not isinstance(tree, tuple):
        return tree
    return tuple(f"{letter}2" if part == letter else _at_last(part, letter) for part in tree)


def mistakes(label):
    return []
