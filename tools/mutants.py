"""Change one thing at a time, and see whether the checks notice.

    python tools/mutants.py              every mutant of every equation and code line
    python tools/mutants.py --sample 60  a seeded sample of each kind

One sign, index, factor or function is changed in an equation of a chapter, in an equation
of a docstring or in a line of code; then the questions of agreement.py are asked again. A
mutant that nobody notices survives, and is listed. Exits with 1 if more than 5 in 100 do.
"""

import argparse
import ast
import copy
import inspect
import operator
import random
import re
import sys
import textwrap
from typing import NamedTuple

from book import agreement
import numpy as np

import backprop as bp
from book import equations as eq

TOLERANCE = 1e-9

# What cannot be noticed, because it changes nothing: (where, what was changed): why.
EQUIVALENT = {
    ("error ", "D → O"): "in len(D), since D and O have a row for each example",
    ("slope_v ", "H → delta_o"): "in len(H), since both have a row for each example",
    ("eq-relu-slope", r"N → 2\,N"): "twice a number has its sign",
    ("slope_w ", "X → delta_h"): "in len(X), since both have a row for each example",
}


class Mutant(NamedTuple):
    """One thing changed: in a "chapter", a "docstring" or "code", where and how."""

    kind: str
    where: str
    change: str
    noticed: object  # a function of no arguments: is it?


# ---- equations


SUBSCRIPT = re.compile(r"_(?:\{([a-z0-9]+)\}|([a-z]))")
SYMBOL = re.compile(
    r"(?<![a-zA-Z\\])(?:\\Delta )?(?:[A-Z]|[wbvc]|\\delta|\\eta|\\alpha)(?![a-zA-Z])"
    r"(?:_\{[a-z0-9]+\}|_[a-z])?"
)
OTHER_LAYER = {"i": "h", "h": "o", "o": "h"}
OTHER_LETTER = {"O": "D", "D": "O", "H": "O", "X": "H", "w": "v", "v": "w", "b": "c"}


def tex_mutants(tex):
    """(what was changed, the LaTeX with it) for each sign, index, factor and function."""

    def put(start, stop, text, what):
        near = tex[max(0, start - 8) : start], tex[stop : stop + 8]
        change = f"{what}: {near[0]}[{tex[start:stop]} → {text}]{near[1]}"
        return change, tex[:start] + text + tex[stop:]

    for sign in re.finditer(r"[+-]", tex):
        flipped = "-" if sign[0] == "+" else "+"
        before = tex[: sign.start()].rstrip(" {(&=,")
        unary = before != tex[: sign.start()].rstrip() or not before
        yield put(*sign.span(), "" if unary else flipped, "sign")
    for subscript in SUBSCRIPT.finditer(tex):
        group = 1 if subscript[1] else 2
        start, stop = subscript.span(group)
        for k in range(start, stop):
            if tex[k] in OTHER_LAYER:
                yield put(k, k + 1, OTHER_LAYER[tex[k]], "index")
        if stop - start == 2 and tex[start:stop].isalpha():
            yield put(start, stop, tex[start:stop][::-1], "index")
    for symbol in SYMBOL.finditer(tex):
        if tex[: symbol.start()].endswith(r"\partial "):
            continue  # what a slope is of, or by, is no factor
        yield put(*symbol.span(), "", "factor")
        yield put(*symbol.span(), f"2\\,{symbol[0]}", "factor")
        if other := OTHER_LETTER.get(symbol[0][0]):
            yield put(symbol.start(), symbol.start() + 1, other, "factor")
    for function in re.finditer(r"(?<![a-zA-Z\\])f'?(?=\()", tex):
        yield put(*function.span(), "f" if function[0] == "f'" else "f'", "function")
    for power in re.finditer(r"\^2|\\frac\{1\}\{2\}", tex):
        yield put(*power.span(), "", "factor")
    for total in re.finditer(r"\\sum_[a-z]", tex):
        yield put(*total.span(), "", "function")
    for numeral in re.finditer(r"\d\.\d+", tex):
        other = str(round(float(numeral[0]) * 1.5 + 0.1, 4))
        yield put(*numeral.span(), other, "factor")


def chapter_mutants():
    """Every mutant of every displayed equation of the chapters."""
    for path in agreement.chapters():
        for equation in agreement.displayed(path):
            if not _sound(equation):
                continue
            for change, tex in tex_mutants(equation.tex):
                yield Mutant(
                    "chapter",
                    f"{equation.chapter} {equation.label or equation.tex[:30]!r}",
                    change,
                    lambda e=equation._replace(tex=tex): _equation_noticed(e),
                )


def _sound(equation):
    """Is this one of the equations that run?"""
    try:
        return agreement.equation_disagreement(equation) < TOLERANCE
    except eq.EquationError:
        return False


def _equation_noticed(equation):
    coded = agreement.coded().get(equation.label)
    try:
        if coded:
            chain = agreement.model(equation.model).parse_block(equation.tex)[0]
            return chain != [coded.lhs, coded.relation, coded.rhs]
        return agreement.equation_disagreement(equation) > TOLERANCE
    except Exception:  # whatever stops the check, the check has gone red
        return True


def docstring_mutants():
    """Every mutant of every equation of a docstring of backprop.py."""
    for label, coded in eq.registry().items():
        for change, tex in tex_mutants(coded.tex):
            yield Mutant(
                "docstring", label, change, lambda c=coded, t=tex: _docstring_noticed(c, t)
            )


def _docstring_noticed(coded, tex):
    try:
        mutant = eq.parse(tex)
        if mutant.lhs != coded.lhs:  # the chapter and steps() know what it should give
            return True
        worst = agreement.function_disagreement("backprop", coded.label, tree=mutant.rhs)
        return worst > TOLERANCE
    except Exception:
        return True


# ---- code


SWAPPED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}


def code_mutants():
    """Every mutant of every line of backprop.py that computes an equation."""
    for label, coded in eq.registry().items():
        function = operator.attrgetter(coded.function)(bp)
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines)))
        names = [argument.arg for argument in tree.body[0].args.args]
        for node in ast.walk(tree):
            if first + getattr(node, "lineno", 0) - 1 != coded.line:
                continue
            for what, mutant in _changed(node, names):
                whole = _swap(tree, node, mutant)
                changed = f"{what}: {ast.unparse(node)} → {ast.unparse(mutant)}"
                yield Mutant(
                    "code",
                    f"{coded.function} line {coded.line}",
                    changed,
                    lambda c=coded, t=whole: _code_noticed(c, t),
                )


def _changed(node, names):
    if isinstance(node, ast.BinOp):
        if type(node.op) in SWAPPED:
            yield "sign", ast.BinOp(node.left, SWAPPED[type(node.op)](), node.right)
        yield "factor", node.left
        yield "factor", node.right
        yield "factor", ast.BinOp(ast.Constant(2), ast.Mult(), node)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "index", node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "slope":
            yield "function", ast.Call(node.func.value, node.args, [])
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "f":
        slope = ast.Attribute(node.func, "slope", ast.Load())
        yield "function", ast.Call(slope, node.args, [])
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield "factor", ast.Constant(1 if node.value == 0 else node.value * 2)
    if isinstance(node, ast.Name) and node.id in names:
        for name in names:
            if name not in (node.id, "self", "f"):
                yield "factor", ast.Name(name, ast.Load())


def _swap(tree, old, new):
    """A copy of tree with the node `old` replaced."""
    place = list(ast.walk(tree)).index(old)
    twin = copy.deepcopy(tree)
    target = list(ast.walk(twin))[place]

    class Swap(ast.NodeTransformer):
        def visit(self, node):
            return copy.deepcopy(new) if node is target else super().visit(node)

    return ast.fix_missing_locations(Swap().visit(twin))


def _code_noticed(coded, tree):
    try:
        space = dict(vars(bp))
        exec(compile(tree, "mutant", "exec"), space)
        function = space[coded.function.split(".")[-1]]
        with np.errstate(all="ignore"):
            return agreement.function_disagreement("backprop", coded.label, function) > TOLERANCE
    except Exception:
        return True


# ---- the run


KINDS = {"chapter": chapter_mutants, "docstring": docstring_mutants, "code": code_mutants}


def sample(kind, size=None, seed=0):
    """All mutants of a kind, or a seeded sample of them."""
    mutants = list(KINDS[kind]())
    if size is None or size >= len(mutants):
        return mutants
    return random.Random(seed).sample(mutants, size)


def survivors(mutants):
    """The mutants that no check notices and that do change something."""
    return [
        mutant
        for mutant in mutants
        if not mutant.noticed() and not equivalent(mutant)
    ]


def equivalent(mutant):
    """The reason why a mutant changes nothing, or None."""
    for (where, change), reason in EQUIVALENT.items():
        if where in mutant.where and change in mutant.change:
            return reason
    return None


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--sample", type=int, help="so many of each kind")
    size = arguments.parse_args().sample
    made = alive = 0
    for kind in KINDS:
        mutants = sample(kind, size)
        left = survivors(mutants)
        made, alive = made + len(mutants), alive + len(left)
        print(f"{kind:10} {len(mutants):5} mutants, {len(left)} survive", flush=True)
        for mutant in left:
            print(f"    {mutant.where}: {mutant.change}")
    for (where, change), reason in EQUIVALENT.items():
        print(f"not counted: {change!r} in {where}: {reason}")
    print(f"{made - alive} of {made} noticed, {100 * (made - alive) / made:.1f} %")
    sys.exit(alive > 0.05 * made)


if __name__ == "__main__":
    main()
