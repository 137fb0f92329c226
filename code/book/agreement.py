"""Do the chapters, the docstrings and the functions say the same? In numbers.

    displayed(path)                   every displayed equation of a notebook
    function_disagreement(equation)   docstring tree against function
    block_disagreement(tex, …)        every "=" of a displayed block, executed

Each disagreement is the largest difference met on random networks, relative to 1 or to
the size of the numbers. The tests and the mutation run ask these same questions.
"""

import inspect
import json
import operator
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

import backprop as bp
from book import equations as eq
import examples

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = ROOT / "chapters"

BLOCK = re.compile(
    r"\$\$(?P<dollars>.+?)\$\$[ \t]*(?:\((?P<label>[\w-]+)\))?"
    r"|^```+\{math\}[ \t]*\n(?P<directive>.+?)^```+",
    re.DOTALL | re.MULTILINE,
)


class Displayed(NamedTuple):
    """A displayed equation: where it stands, its label or "", and its LaTeX."""

    chapter: str
    cell: int
    label: str
    tex: str


def displayed(path):
    """Every displayed equation of the notebook at path, in order."""
    found = []
    for number, cell in enumerate(json.loads(Path(path).read_text())["cells"]):
        if cell["cell_type"] != "markdown":
            continue
        for block in BLOCK.finditer("".join(cell["source"])):
            label, tex = block["label"] or "", block["dollars"] or block["directive"]
            if named := re.search(r"^:label:[ \t]*(\S+)\s*\n", tex, re.MULTILINE):
                label, tex = named[1], tex.replace(named[0], "")
            found.append(Displayed(Path(path).stem, number, label, tex.strip()))
    return found


def chapters():
    """The notebooks of the book, in order."""
    return sorted(CHAPTERS.glob("[0-9][0-9]-*.ipynb"))


# ---- random networks, and what is known of them


FUNCTIONS = {
    "logistic": bp.Logistic(1.3),
    "tanh": bp.Tanh(),
    "relu": bp.ReLU(),
    "identity": bp.Identity(),
}


class Case(NamedTuple):
    """A network, a batch, every quantity of every example, and the same by batch."""

    net: bp.Network
    X: np.ndarray
    D: np.ndarray
    examples: list
    batch: dict


@cache
def case(f="logistic", sizes=(3, 4, 2), n=3, seed=0):
    """A random Case; everything in it but net, X and D comes from nudging trees."""
    rng = np.random.default_rng(seed)
    net = bp.network(rng, sizes, FUNCTIONS[f])
    X = rng.normal(size=(n, sizes[0]))
    D = rng.uniform(0.2, 0.8, (n, sizes[2]))
    return described(net, X, D)


def described(net, X, D, eta=0.7):
    """The Case of a given network and examples."""
    found = [eq.environment(net, x, d, eta) for x, d in zip(X, D)]
    for k, env in enumerate(found):
        env["N"] = np.float64(0.37 + 0.11 * k)  # any net input, of no unit in particular
    rows = "X D N_h H N_o O delta_h delta_o".split()
    batch = {**found[0], "n": float(len(X)), "1": np.ones(len(X))}
    batch |= {name: np.array([env[name] for env in found]) for name in rows}
    batch["E"] = np.mean([env["E"] for env in found])
    for name in bp.Gradient._fields:
        change = np.mean([env["Delta_" + name] for env in found], axis=0)
        batch["Delta_" + name] = change
        batch["dE_d" + name] = -change / eta
    return Case(net, X, D, found, batch)


# ---- docstring against function


PER_EXAMPLE = {"N_h", "H", "N_o", "O", "delta_o", "delta_h", "f", "f'"}


def function_disagreement(equation, function=None):
    """The largest relative difference between the tree of a docstring equation and the
    function that it describes, over several non-square random networks. Another
    function can be given in place of the one that carries the docstring."""
    function = function or operator.attrgetter(equation.function)(bp)
    named = [f for f in FUNCTIONS if f"-{f}" in equation.label]
    worst = 0.0
    for f in named or FUNCTIONS:
        for sizes, n in ((3, 4, 2), 3), ((2, 3, 5), 1):
            found = case(f, sizes, n)
            expected = [eq.tabulate(equation, env) for env in found.examples]
            if equation.name not in PER_EXAMPLE:
                expected = np.mean(expected, axis=0)
            got = _computed(equation, found, function)
            worst = max(worst, _difference(got, expected))
    return worst


def _computed(equation, found, function):
    """What the function of an equation returns for a Case."""
    batch = found.batch
    known = {**batch, "net": found.net, "self": found.net.f, "f": found.net.f}
    known["slope"] = bp.Gradient(*(batch["dE_d" + k] for k in bp.Gradient._fields))
    if equation.name in ("f", "f'"):
        known["N"] = np.array([env["N"] for env in found.examples])
    arguments = {name: known[name] for name in inspect.signature(function).parameters}
    result = function(**arguments)
    return getattr(result, equation.name, result) if equation.relation != "=" else result


def _difference(got, expected):
    got, expected = np.asarray(got, float), np.asarray(expected, float)
    if got.shape != expected.shape or not np.isfinite(got).all():
        return np.inf
    return float(np.max(np.abs(got - expected) / np.maximum(1, np.abs(expected))))


# ---- displayed blocks


# The chapters whose worked numbers are about another network than examples.running().
EXAMPLES = {"06-training": (examples.mazur, examples.running)}

# Modules with quantities of their own: each has SYMBOLS, labelled docstring equations,
# and models(), a list of models, each a list of environments for eq.evaluate.
MODULES = {
    "03-error-and-descent": ("fruit",),
    "10-losses-and-activations": ("losses",),
    "12-optimisers": ("optimisers",),
}


def coded():
    """Label -> Equation of every docstring of the book's modules."""
    found = dict(eq.registry())
    for name in dict.fromkeys(name for names in MODULES.values() for name in names):
        found |= eq.registry(name)
    return found


def equation_disagreement(equation):
    """The largest disagreement in a Displayed equation, in Part I or in that model of
    its chapter in which it holds best. An update of a chapter's own module is held to
    its docstring. Raises the EquationError of Part I if nobody can read it."""
    answers = []
    try:
        answers.append(
            max(_in_part_one(chain, equation) for chain in eq.parse_block(equation.tex))
        )
    except eq.EquationError as error:
        refusal = error
    for name in MODULES.get(equation.chapter, ()):
        module = __import__(name)
        try:
            chains = eq.parse_block(equation.tex, module.SYMBOLS)
        except eq.EquationError:
            continue
        if equation.label in eq.registry(name) and chains[0][1] != "=":
            home = eq.registry(name)[equation.label]
            same = chains[0] == [home.lhs, home.relation, home.rhs]
            answers.append(0.0 if same else np.inf)
        for model in module.models():
            try:
                answers.append(max(_worst(chain, env) for chain in chains for env in model))
            except eq.EquationError as error:
                refusal = error
    if not answers:
        raise refusal
    return min(answers)


def _in_part_one(chain, equation):
    possible = EXAMPLES.get(equation.chapter, (examples.running,))
    return min(chain_disagreement(chain, equation.label, example) for example in possible)


def block_disagreement(tex, label="", example=examples.running):
    """The largest disagreement of any two neighbours in the chains of a displayed block.

    Equations between symbols run on random non-square networks, those about particular
    units on 2-2-2 ones, those with bold letters on batches. A chain with arithmetic of
    numerals is about the example network; what its rounded numerals leave open is
    allowed after \\approx. Raises EquationError if the block cannot be read.
    """
    return max(
        chain_disagreement(chain, label, example) for chain in eq.parse_block(tex)
    )


def chain_disagreement(chain, label="", example=examples.running):
    """The same for one chain of trees and relations."""
    return max(_worst(chain, env) for env in _environments(chain, label, example))


def _worst(chain, env):
    worst = 0.0
    for a, relation, b in zip(chain[::2], chain[1::2], chain[2::2]):
        if relation == r"\leftarrow":  # what is left of it is the value afterwards
            a = ("add", a, ("var", "Delta_" + a[1], *a[2:]))
        excess = eq.disagreement(a, b, env)
        if relation == r"\approx":
            excess = max(0.0, excess - _slack(a, env) - _slack(b, env))
        worst = max(worst, excess)
    return worst


def _environments(chain, label, example):
    nodes = [node for tree in chain[::2] for node in _nodes(tree)]
    if any(node[0] == "arr" for node in nodes):
        return [case(f, sizes).batch for f in FUNCTIONS for sizes in [(3, 4, 2)]]
    if "\\approx" in chain or any(_arithmetic(node) for node in nodes):
        return described(*example(), eta=0.5).examples
    units = any(len(unit) > 1 for node in nodes if node[0] == "var" for unit in node[2:])
    named = [f for f in FUNCTIONS if f"-{f}" in label]
    bare = any(node[:2] == ("var", "N") for node in nodes)
    functions = named or (["logistic"] if bare else FUNCTIONS)
    shapes = [(2, 2, 2)] if units else [(3, 4, 2), (2, 3, 5)]
    return [env for f in functions for s in shapes for env in case(f, s).examples]


def _nodes(tree):
    yield tree
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from _nodes(part)


def _arithmetic(node):
    """Is this a numeral with a decimal point?"""
    return node[0] == "num" and "." in node[1]


def _slack(tree, env):
    """How far a tree may be off because its numerals are rounded in their last digit.

    A result is; in the midst of arithmetic, numerals of three decimals or more are.
    """
    bare = tree[0] == "num" or tree[0] == "neg" and tree[1][0] == "num"
    numerals = {node for node in _nodes(tree) if _arithmetic(node)}
    numerals = {n for n in numerals if bare or len(n[1].split(".")[1]) >= 3}
    plain = eq.evaluate(tree, env)
    slack = 1e-12
    for numeral in numerals:
        half = 0.5 * 10.0 ** -len(numeral[1].split(".")[1])
        moved = ("num", str(float(numeral[1]) + half))
        slack += abs(eq.evaluate(_replaced(tree, numeral, moved), env) - plain)
    return slack


def _replaced(tree, old, new):
    if tree == old:
        return new
    return tuple(
        _replaced(part, old, new) if isinstance(part, tuple) else part for part in tree
    )
