"""What the modules of code/ declare, for the pages that list it.

    ideas()              an Idea for each module with MODELS, in the chapters' order
    idea.title           what the module's docstring says first
    idea.chapters        the numbers of the chapters that derive its equations
    idea.equations       label -> Equation, of all its models
    idea.phases          label -> (phase, which of its equations, of how many)
    idea.quantities()    what every letter is: the rows of its notation

There is no list of modules: one that declares a model is found, and stands where the
first chapter stands that typesets an equation of it.
"""

import ast
import importlib
import re
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from book import agreement, model
from book.trees import functions_in, letters, names, nodes

# What every model may write: LaTeX, what it is, and how the code writes it.
SIGNS = (
    (r"\odot", "product, entry by entry", "*"),
    (r"\top", "transposed: rows and columns change places", ".T"),
    (r"\leftarrow", "becomes", "="),
    (r"\mathbf{1}", "a one for each example", ""),
)


def ideas():
    """An Idea for each module of code/ that has MODELS, in the chapters' order."""
    found = [Idea(importlib.import_module(name)) for name in agreement.modules()]
    return sorted(found, key=lambda idea: (idea.chapters or [100], idea.name))


class Quantity(NamedTuple):
    """One row of the notation: a letter, what it is, its size, its name in code or the
    functions that give it, and where it stands first: the Displayed equation that gives
    it, or else that has it. key is its entry in the module's WORDS."""

    key: str
    tex: str
    words: str
    size: str
    code: str
    first: agreement.Displayed | None


class Idea:
    """A module of code/ with the models it declares."""

    def __init__(self, module):
        self.module, self.name = module, module.__name__
        self.models = list(model.models(module).values())
        self.words = getattr(module, "WORDS", {})
        found = [e for one in self.models for e in one.equations.values()]
        self.equations = {e.label: e for e in sorted(found, key=lambda e: e.line)}

    @property
    def path(self):
        """The file of the module."""
        return Path(self.module.__file__)

    @property
    def title(self):
        """The first line of the module's docstring, up to its colon or full stop."""
        first = (self.module.__doc__ or self.name).strip().splitlines()[0]
        return re.split(r":|\.$", first)[0]

    @cached_property
    def chapters(self):
        """The numbers of the chapters that typeset an equation of its docstrings."""
        homes = {e.chapter for e in displayed() if e.label in self.equations}
        return sorted(int(chapter[:2]) for chapter in homes)

    @property
    def phases(self):
        """label -> (phase, which of its equations it is, of how many)."""
        found = {}
        for one in self.models:
            begins = {label: phase for phase, label in one.phases.items()}
            together, phase = {}, None
            for label in one.order:
                phase = begins.get(label, phase)
                if phase:
                    together.setdefault(phase, []).append(label)
            for phase, labels in together.items():
                for number, label in enumerate(labels, 1):
                    found[label] = phase, number, len(labels)
        return found

    # -- the notation

    def quantities(self):
        """A Quantity for every letter of its models: those with words, in the order of
        WORDS, then any without."""
        found = {}
        for one in self.models:
            for key, *row in [*_functions(one), *_symbols(one), *_slopes(one)]:
                found.setdefault(key, row)
        order = [key for key in self.words if key in found]
        order += [key for key in found if key not in self.words]
        return [self._quantity(key, *found[key]) for key in order]

    def signs(self):
        """A Quantity for each sign in its equations that is no letter of its own."""
        found = []
        for tex, words, code in SIGNS:
            using = [e for e, _ in self._typeset if e.label and tex in e.tex]
            if using:
                code = f"`{code}`" if code else ""
                found.append(Quantity(tex, tex, words, "", code, using[0]))
        return found

    def _quantity(self, key, tree, tex, size, code):
        if code not in self._names_used and "(" not in code:
            code = ""
        equations = self.equations.values()
        giving = [f"`{e.function}`" for e in equations if _same(e.lhs, tree)]
        code = f"`{code}`" if code else ", ".join(giving)
        return Quantity(
            key, tex, self.words.get(key, ""), size, code, self._first(tree)
        )

    @cached_property
    def _typeset(self):
        """(Displayed, chains) of each displayed equation about it, in book order."""
        own = {one.full_name: one for one in self.models}
        return [
            (e, own[e.model].parse_block(e.tex)) for e in displayed() if e.model in own
        ]

    def _first(self, tree):
        """The labelled equation that gives a quantity, or has it; or any that has."""
        labelled = [(shown, chains) for shown, chains in self._typeset if shown.label]
        for shown, chains in labelled:
            if any(chain[1] == "=" and _same(chain[0], tree) for chain in chains):
                return shown
        for shown, chains in [*labelled, *self._typeset]:
            if any(_has(side, tree) for chain in chains for side in chain[::2]):
                return shown
        return None

    @cached_property
    def _names_used(self):
        """What is a name in the functions of the module, or is called so by one."""
        used = set()
        for node in ast.walk(ast.parse(self.path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("draw"):
                for inside in ast.walk(node):
                    said = (
                        getattr(inside, a, "") for a in ("id", "arg", "attr", "value")
                    )
                    used |= {name for name in said if isinstance(name, str)}
        return used


def displayed():
    """Every displayed equation of the book, in the order of the chapters."""
    return _displayed(tuple((p, p.stat().st_mtime) for p in agreement.chapters()))


@cache
def _displayed(paths):
    return [equation for path, _ in paths for equation in agreement.displayed(path)]


def _same(a, b):
    """Are they the same quantity, whatever letters its indices have?"""
    if a[0] in ("d", "d2") and a[0] == b[0]:
        return all(_same(x, y) for x, y in zip(a[1:], b[1:]))
    return {a[0], b[0]} <= {"var", "arr", "call"} and a[1] == b[1]


def _has(side, tree):
    if tree[0] == "call":
        return tree[1] in functions_in(side)
    if tree[0] in ("d", "d2"):
        return any(_same(part, tree) for part in nodes(side))
    return tree[1] in names(side)


# ---- what a model has: key, tree, LaTeX, size, name in code


def _symbols(one):
    for name, symbol in one.symbols.items():
        yield name, ("var", name), symbol.tex, _size(one, name, symbol.kinds), name
    for name, tex in one.notation.trees.items():
        tree = one.aliases[name]
        yield name, tree, _in_line(tex), _size_of(one, name, letters(tree)), name


def _slopes(one):
    for equation in one.equations.values():
        tree, name = equation.lhs, equation.name
        if tree[0] in ("d", "d2"):
            tex = re.split(r"=|\\leftarrow", equation.tex)[0].strip()
            yield name, tree, _in_line(tex), _size_of(one, name, equation.letters), name


def _functions(one):
    """Each letter that is applied, f, and its slope f', by the first of its classes."""
    for letter, (cls, *_) in one.classes.items():
        tex = next(t for t in one.declaration["functions"] if t.lstrip("\\") == letter)
        for equation in one.equations.values():
            if equation.lhs[0] == "call" and equation.function.startswith(
                f"{cls.__name__}."
            ):
                own = equation.function.removeprefix(cls.__name__).replace(
                    ".__call__", ""
                )
                tree, prime = equation.lhs, equation.lhs[1].removeprefix(letter)
                yield (
                    letter + own,
                    tree,
                    tex + prime,
                    "",
                    f"{letter}{own}({tree[2][1]})",
                )


def _in_line(tex):
    """A fraction as it stands in a sentence: with a slash."""
    return re.sub(r"^\\frac\{(.*?)\}\{(.*)\}$", r"\1/\2", tex)


def _size_of(one, name, units):
    return _size(one, name, [one.notation.over[letter] for letter in units])


def _size(one, name, kinds):
    """The size of an array as the page writes it, "a number", or "any shape" in a model
    whose quantities have no index at all: it works element by element."""
    sides = ["$n$" if kind == "examples" else kind for kind in kinds]
    if name in one.rows:
        if not any(symbol.kinds for symbol in one.symbols.values()):
            return "any shape"
        sides.insert(0, "$n$")
    if not sides:
        return "a number"
    return f"({', '.join(sides)}{',' if len(sides) == 1 else ''})"
