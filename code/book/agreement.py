"""Do the chapters, the docstrings and the functions say the same? In numbers.

    displayed(path)                    every displayed equation of a notebook
    function_disagreement(model, …)    docstring tree against function
    meaning_disagreement(model, …)     docstring tree against what its left side means
    block_disagreement(tex, …)         every "=" of a displayed block, executed

Each disagreement is the largest difference met in random instances of a model, relative
to 1 or to the size of the numbers. A displayed block is tried in the one model it
belongs to. A chapter says which, in a comment that holds until the next one:

    <!-- model: losses.softmax -->       the model softmax of losses.py
    <!-- model: backprop Logistic -->    only where a function is a Logistic
    <!-- example: mazur -->              its worked numbers are those of examples.mazur

A chapter that says nothing has the model of the only module with MODELS that it
imports, or else that of backprop.py. The tests and the mutation run ask these same
questions.
"""

import importlib
import inspect
import json
import re
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

import examples
from book.docstrings import labelled
from book.instance import DeclarationError
from book.model import Model, models
from book.trees import (
    EquationError,
    World,
    difference,
    disagreement,
    evaluate,
    letters,
    nodes,
)

ROOT = Path(__file__).resolve().parent.parent.parent
CHAPTERS = ROOT / "chapters"
CODE = ROOT / "code"

BLOCK = re.compile(
    r"\$\$(?P<dollars>.+?)\$\$[ \t]*(?:\((?P<label>[\w-]+)\))?"
    r"|^```+\{math\}[ \t]*\n(?P<directive>.+?)^```+"
    r"|<!-- (?P<key>model|example): (?P<said>[^>]*?) -->",
    re.DOTALL | re.MULTILINE,
)
IMPORT = re.compile(r"^(?:import|from) (\w+)", re.MULTILINE)


class Displayed(NamedTuple):
    """A displayed equation: where it stands, its label or "", its LaTeX, and the model,
    the classes of functions and the example that its chapter says it is about."""

    chapter: str
    cell: int
    label: str
    tex: str
    model: str = "backprop"
    classes: tuple = ()
    example: str = "running"


def displayed(path):
    """Every displayed equation of the notebook, or the page, at path, in order."""
    text = Path(path).read_text("utf-8")
    if Path(path).suffix == ".ipynb":
        cells = json.loads(text)["cells"]
    else:
        cells = [{"cell_type": "markdown", "source": text}]
    model, classes, example = imported(cells), (), "running"
    found = []
    for number, cell in enumerate(cells):
        if cell["cell_type"] != "markdown":
            continue
        for block in BLOCK.finditer("".join(cell["source"])):
            if block["key"] == "model":
                model, *classes = block["said"].split()
            elif block["key"]:
                example = block["said"]
            else:
                label, tex = (
                    block["label"] or "",
                    block["dollars"] or block["directive"],
                )
                if named := re.search(r"^:label:[ \t]*(\S+)\s*\n", tex, re.MULTILINE):
                    label, tex = named[1], tex.replace(named[0], "")
                place = Path(path).stem, number, label, tex.strip()
                found.append(Displayed(*place, model, tuple(classes), example))
    return found


def imported(cells):
    """The model of the only module with MODELS that the cells import, or backprop."""
    source = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    found = [
        name for name in dict.fromkeys(IMPORT.findall(source)) if name in modules()
    ]
    return found[0] if len(found) == 1 else "backprop"


def chapters():
    """The notebooks of the book, in order."""
    return sorted(CHAPTERS.glob("[0-9][0-9]-*.ipynb"))


# ---- models


@cache
def modules():
    """The names of the modules of code/ whose docstrings carry labelled equations.

    Raises DeclarationError if a labelled function is in no model.
    """
    texts = {path.stem: path.read_text("utf-8") for path in sorted(CODE.glob("*.py"))}
    stems = [
        stem for stem, text in texts.items() if ".. math::" in text and "eq-" in text
    ]
    found = [name for name in stems if labelled(importlib.import_module(name))]
    return tuple(name for name in found if models(name))


@cache
def model(name):
    """The Model of that name, "fruit" or "losses.softmax"; a Model is itself.

    Raises DeclarationError.
    """
    if isinstance(name, Model):
        return name
    module, _, own = name.partition(".")
    if module not in modules():
        raise DeclarationError(f"{name!r} is no model; known: {', '.join(every())}")
    found = models(module)
    if not own:
        own = module if len(found) > 1 else next(iter(found))
    if own not in found:
        raise DeclarationError(f"{name!r} is no model; known: {', '.join(every())}")
    return found[own]


@cache
def every():
    """The names of every model of the book."""
    return tuple(m.full_name for name in modules() for m in models(name).values())


@cache
def coded():
    """Label -> Equation of every docstring of the book's modules."""
    return {
        label: equation
        for name in every()
        for label, equation in model(name).equations.items()
    }


@cache
def home(label):
    """The name of the model that has a docstring equation with that label."""
    return next(name for name in every() if label in model(name).equations)


@cache
def instances(name, classes=(), label="", twos=False):
    """Random instances of a model: three at least, every function at least once.

    Only those with functions of the named classes, or for which the label holds; with
    twos, two units in every layer.
    """
    one = model(name)
    sizes = inspect.signature(one.declaration["draw"]).parameters
    kinds = set(one.notation.over.values()) - {"examples"}
    sizes = {size: 2 for size in sizes if size in kinds} if twos else {}
    wanted = set(product(*one.classes.values()))
    found, met = [], set()
    for seed in range(100):
        instance = one.instance(seed, **sizes)
        kinds = tuple(type(f) for f in instance.functions.values())
        if classes and not {kind.__name__ for kind in kinds} & set(classes):
            continue
        if label in one.equations and not one.holds_for(label, instance):
            continue
        if len(found) < 3 or kinds not in met:
            found.append(instance)
        met.add(kinds)
        if len(found) >= 3 and (met >= wanted or seed > 30):
            return tuple(found)
    raise EquationError(f"{name}: no instance of {' '.join(classes) or label} is drawn")


# ---- docstring against function


def function_disagreement(name, label, function=None, tree=None):
    """The largest relative difference between a docstring equation of a model and the
    function that carries it, over random instances. Another function, or another tree
    for the right side, can be given in their place."""
    one, worst = model(name), 0.0
    for instance in instances(name, label=label):
        got = one.call(label, instance, function)
        expected = one.expected(label, instance, tree)
        same = np.shape(got) == np.shape(expected)
        worst = max(worst, difference(got, expected) if same else np.inf)
    return worst


def meaning_disagreement(name, label):
    """The largest relative difference between the two sides of a docstring equation,
    over random instances: what its left side means is said by the declaration, or is a
    slope and found by nudging. An update has to be of something that its function is
    given, or an EquationError is raised."""
    one = model(name)
    equation, found = one.equations[label], instances(one, label=label)
    if equation.relation != "=":
        given = inspect.signature(one.carriers[label].function).parameters
        parts = [
            part for kind in given if kind in one.made for part in one.made[kind][1]
        ]
        if equation.name not in (*given, *parts):
            raise EquationError(f"{equation.name} is updated, and is no argument")
        return 0.0
    return max(disagreement(equation.lhs, equation.rhs, i.world) for i in found)


# ---- displayed blocks


def equation_disagreement(equation):
    """The largest disagreement in a Displayed equation, in the model it belongs to."""
    return block_disagreement(
        equation.tex, equation.label, equation.model, equation.classes, equation.example
    )


def block_disagreement(tex, label="", name="backprop", classes=(), example="running"):
    """The largest disagreement of neighbours in the chains of a displayed block.

    Equations between symbols run on random instances without two sizes alike, those
    about particular units where every layer has two, those with bold letters on whole
    arrays. A chain with arithmetic of numerals is about the example; what its rounded
    numerals leave open is allowed after \\approx. Raises EquationError if the block
    cannot be read.
    """
    chains = model(name).parse_block(tex)
    return max(chain_disagreement(c, label, name, classes, example) for c in chains)


def chain_disagreement(chain, label="", name="backprop", classes=(), example="running"):
    """The same for one chain of trees and relations."""
    found = [node for tree in chain[::2] for node in nodes(tree)]
    if "\\approx" in chain or any(_arithmetic(node) for node in found):
        return worked_disagreement(
            chain, example() if callable(example) else given(name, example)
        )
    units = [u for node in found if node[0] == "var" for u in node[2:]]
    twos = any(isinstance(unit, str) and len(unit) > 1 for unit in units)
    return max(_worst(chain, i) for i in instances(name, tuple(classes), label, twos))


def worked_disagreement(chain, instance):
    """The same for one chain in one worked example."""
    rounded = _misrounded(chain, instance) if "\\approx" in chain else 0.0
    return max(_worst(chain, instance), rounded)


def arithmetic_disagreement(chain):
    """The same for one chain of numerals, whatever they are about: a rounded number at
    the end is the rounding of what the first member computes."""
    world, (*before, relation, last) = World({}), chain
    if relation != r"\approx":
        before, last = chain, chain[0]
    values = [evaluate(tree, world) for tree in before[::2]]
    off = max(difference(values[0], value) for value in values)
    exact = evaluate(last, world)
    if relation == r"\approx":
        off = max(off, abs(exact - values[0]) - _half(_numeral(last)) - 1e-12)
    return off


@cache
def given(name, example):
    """The Instance of a worked example: the network, X and D, or all it names."""
    if not hasattr(examples, example):
        raise EquationError(f"{example!r} is no example of examples.py")
    said = getattr(examples, example)()
    said = (
        said if isinstance(said, dict) else dict(zip(("net", "X", "D"), said), eta=0.5)
    )
    return model(name).given(**said)


def _worst(chain, instance):
    for tree in chain[2::2]:
        for letter in letters(tree):
            if letter not in letters(chain[0]):
                raise EquationError(
                    f"the index {letter} is neither summed nor on the left side"
                )
    world, worst = _changed(chain, instance), 0.0
    for a, relation, b in zip(chain[::2], chain[1::2], chain[2::2]):
        if any(n[0] == "arr" for n in (*nodes(a), *nodes(b))) and not letters(
            ("add", a, b)
        ):
            left, right = instance.whole(a), instance.whole(b)
            same = np.shape(left) == np.shape(right)
            excess = difference(left, right) if same else np.inf
        elif relation == r"\leftarrow":
            excess = _update(a, b, instance)
        else:
            excess = disagreement(a, b, world)
        if relation == r"\approx":
            excess = max(0.0, excess - _slack(a, world) - _slack(b, world))
        worst = max(worst, excess)
    return worst


def _changed(chain, instance):
    """The world in which \\Delta v is what the model's own update adds to v."""
    world = instance.world
    found = {node[1] for tree in chain[::2] for node in nodes(tree) if node[0] == "var"}
    for name in found:
        if name.startswith("Delta_"):
            own = name.removeprefix("Delta_")
            update = _own_update(own, instance)
            after = instance.model.before(update.label, instance)
            after = after.table(update.rhs, update.letters)
            world = world.moved(**{name: after - world.value(own)})
    return world


def _own_update(name, instance):
    """The model's update of a quantity."""
    for equation in instance.model.equations.values():
        if equation.relation != "=" and equation.name == name:
            return equation
    raise EquationError(f"{instance.model.full_name} does not update {name}")


def _update(a, b, instance):
    """What is left of an arrow is the value afterwards, by the model's own update."""
    own = _own_update(a[1], instance)
    world = instance.model.before(own.label, instance)
    after = world.table(own.rhs, own.letters)
    return difference(after, world.table(b, letters(a)))


def _misrounded(chain, instance):
    """How far a rounded numeral of a chain with \\approx is off what it stands for.

    A number that is a later member of the chain is the rounding of what the first one
    computes exactly; one in the midst of arithmetic, if it has three decimals or more,
    of what some part of some equation of the model gives.
    """
    first, *later = chain[::2]
    results = [tree for tree in later if _bare(tree)]
    worst, others = 0.0, [tree for tree in chain[::2] if tree not in results]
    if not any(is_long(node) for node in nodes(first)):
        exact = evaluate(first, instance.world)
        for tree in results:
            off = abs(evaluate(tree, instance.world) - exact)
            worst = max(worst, off - _half(_numeral(tree)) - 1e-12)
    else:
        others += results
    for numeral in {node for tree in others for node in nodes(tree) if is_long(node)}:
        worst = max(worst, beyond(numeral, parts(instance)))
    return worst


def beyond(numeral, values):
    """How far a numeral is off the nearest of some values, beyond its rounding."""
    nearest = np.min(np.abs(np.abs(values) - float(numeral[1])))
    return max(0.0, nearest - _half(numeral) - 1e-12)


@cache
def parts(instance):
    """What the parts of the equations of its model give in an instance, wherever they
    have a value."""
    found = []
    one = instance.model
    for equation in (*one.equations.values(), *one.also):
        for node in nodes(("sub", equation.lhs, equation.rhs)):
            try:
                found.append(np.ravel(instance.world.table(node, letters(node))))
            except EquationError:
                continue  # of a function that the instance has not
    return np.concatenate(found)


def _arithmetic(node):
    """Is this a numeral with a decimal point?"""
    return node[0] == "num" and "." in node[1]


def is_long(node):
    """Is this a numeral with so many decimals that it has been rounded?"""
    return _arithmetic(node) and len(node[1].partition(".")[2]) >= 3


def _bare(tree):
    """Is this a number, perhaps with a sign?"""
    return tree[0] == "num" or tree[0] == "neg" and tree[1][0] == "num"


def _numeral(tree):
    """The numeral of a number, perhaps with a sign."""
    return tree[-1] if tree[0] == "neg" else tree


def _half(numeral):
    """Half a unit of a numeral's last decimal."""
    return 0.5 * 10.0 ** -len(numeral[1].partition(".")[2])


def _slack(tree, world):
    """How far a tree may be off because its numerals are rounded in their last digit.

    A result is; in the midst of arithmetic, numerals of three decimals or more are.
    """
    numerals = {node for node in nodes(tree) if _arithmetic(node)}
    numerals = {n for n in numerals if _bare(tree) or is_long(n)}
    plain = evaluate(tree, world)
    slack = 1e-12
    for numeral in numerals:
        moved = ("num", str(float(numeral[1]) + _half(numeral)))
        slack += abs(evaluate(_replaced(tree, numeral, moved), world) - plain)
    return slack


def _replaced(tree, old, new):
    if tree == old:
        return new
    return tuple(
        _replaced(part, old, new) if isinstance(part, tuple) else part for part in tree
    )
