r"""What the letters of a model mean: indices, quantities, functions, literal marks.

Notation(symbols, indices, …)   what a model declares of its letters
notation.fitting(known, units)  the Symbols that a subscript may belong to
"""

import copy
import re
from typing import NamedTuple

from book.trees import EquationError, letters

PLAIN = re.compile(
    r"(?P<letter>\\(?:hat|bar|tilde)\{\\?[a-zA-Z]+\}|\\[a-zA-Z]+|[a-zA-Z])"
    r"(?:(?P<mark>[_^])(?P<first>[^{}\\]|\\[a-zA-Z]+|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}))?"
    r"(?:(?P<other>[_^])(?P<second>[^{}\\]|\\[a-zA-Z]+|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}))?"
)


class Symbol(NamedTuple):
    """One symbol of the text: its name in code and its indices, or literal marks."""

    tex: str
    name: str
    letters: tuple = ()
    kinds: tuple = ()
    literal: str = ""  # a subscript that is part of the name
    above: str = ""  # a superscript that is part of the name


def named(texts):
    """LaTeX -> name in code, of symbols with blanks between them: N_o \\delta_h y=rate.

    The name is the letter; where two symbols have one letter, with its subscript; or it
    stands after an equals sign.
    """
    found, letters_of = {}, {}
    for text in texts.split():
        tex, _, name = text.partition("=")
        letter = PLAIN.match(tex)["letter"]
        letters_of.setdefault(letter, []).append(tex)
        found[tex] = name, letter
    for tex, (name, letter) in found.items():
        words = re.sub(r"[\\{}]", "", tex if len(letters_of[letter]) > 1 else letter)
        found[tex] = name or words
    return found


class Notation:
    """What the letters mean in a model.

    symbols: LaTeX -> name in code, or a text for `named`. indices: letters -> what they
    run over. functions, averages, states and rows: the letters that are applied, the
    subscripts of ⟨…⟩, the arrays that are enumerated, and those with a row per example.
    A symbol that is not a plain one, H_{t-1,h} or \\frac{\\partial E}{\\partial w},
    gives its name to a tree.
    """

    def __init__(
        self, symbols, indices=(), functions=(), averages=(), states=(), rows=()
    ):
        self.over = {
            letter: kind
            for together, kind in dict(indices).items()
            for letter in together.split()
        }
        self.functions, self.averages = set(functions), set(averages)
        self.states, self.rows = set(states), set(rows)
        self.known = {}  # letter -> its Symbols
        self.trees = {}  # name -> the LaTeX of the tree that it names
        symbols = named(symbols) if isinstance(symbols, str) else symbols
        for tex, name in symbols.items():
            symbol = self._symbol(tex, name)
            if symbol:
                letter = PLAIN.match(tex)["letter"]
                self.known.setdefault(letter, []).append(symbol)
            else:
                self.trees[name] = tex

    def extended(self, names):
        """These letters and more: LaTeX -> name in code, of what has no index."""
        more = copy.copy(self)
        more.known = {letter: list(known) for letter, known in self.known.items()}
        for tex, name in names.items():
            found = PLAIN.fullmatch(tex)
            if not found:
                raise EquationError(f"{tex} is no letter")
            known = more.known.setdefault(found["letter"], [])
            known[:] = [s for s in known if s.tex != tex]
            below = _bare(found["first"] or "")
            known.append(Symbol(tex, name, literal=below))
        return more

    def _symbol(self, tex, name):
        found = PLAIN.fullmatch(tex.strip())
        if not found:
            return None
        marks = {found["mark"]: found["first"], found["other"]: found["second"]}
        below, above = (_bare(marks.get(mark) or "") for mark in "_^")
        if re.search("[-+]", below) and set(below) & set(self.over):
            return None
        units = below.replace(",", "").replace(" ", "")
        if units and all(letter in self.over for letter in units):
            kinds = tuple(self.over[letter] for letter in units)
            return Symbol(tex, name, tuple(units), kinds, "", above)
        return Symbol(tex, name, literal=below, above=above)

    @property
    def symbols(self):
        """name -> Symbol; the first, where two symbols have one name."""
        found = {}
        for symbol in (s for together in self.known.values() for s in together):
            found.setdefault(symbol.name, symbol)
        return found

    def kind(self, unit):
        """What a unit runs over: None where its tree does not tell."""
        kinds = {self.over[letter] for letter in letters(unit)}
        if isinstance(unit, str):
            return self.over[unit[0]]
        return kinds.pop() if len(kinds) == 1 else None

    def fitting(self, known, units):
        """The Symbols whose indices the units may be: exactly, or else by their count
        where a unit is a sum or a product."""
        kinds = [self.kind(unit) for unit in units]
        known = [s for s in known if not s.literal]
        fits = [s for s in known if _fit(kinds, s.kinds)]
        if kinds[0] == "examples":
            rows = [s for s in known if s.name in self.rows]
            fits += [s for s in rows if _fit(kinds[1:], s.kinds)]
        if not fits:
            loose = [k if isinstance(u, str) else None for k, u in zip(kinds, units)]
            fits = [s for s in known if _fit(loose, s.kinds)]
        return fits


def _fit(found, wanted):
    return len(found) == len(wanted) and all(
        a is None or a == b for a, b in zip(found, wanted)
    )


def _bare(text):
    return text[1:-1].strip() if text.startswith("{") else text.strip()
