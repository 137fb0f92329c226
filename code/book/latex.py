r"""LaTeX to trees: what the book can run is read, everything else is refused.

    parse(tex, notation)               the Equation of one line with one relation
    parse_chain(tex, notation)         [left, "=", middle, "=", right, …]
    parse_block(tex, notation)         every chain of a displayed block
    expression(tex, notation)          the tree of one expression

What a letter means is said by a Notation: an index, a quantity with so many indices, a
function that is applied, a name with a literal subscript (\beta_1) or superscript
(s_i^{\beta}). Nothing is guessed. What can be read in two ways (\sigma(n), a/bc, x^{t}
where t is an index) is refused, and so is what has no meaning; an EquationError shows
the place, ⟦here⟧, and the reason. Trees are described in trees.py.

Symbols with an index are the numbers of one example: X_i, w_{ih}, \delta_{o1}, x_{i+a}.
Bold symbols are whole arrays with a row per example: \mathbf{X}\,\mathbf{w} is a matrix
product, \odot multiplies element by element and ^\top transposes; \mathbf{1} is a one
for each example, and \frac{\partial E}{\partial \mathbf{w}} has the shape of w.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from book.trees import EquationError, letters, nodes

GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta kappa lambda "
    "mu nu xi pi rho sigma tau phi varphi chi psi omega "
    "Gamma Theta Lambda Xi Pi Sigma Phi Psi Omega ell"
).split()
LETTERS = {"\\" + name for name in GREEK}
ACCENTS = {r"\hat", r"\bar", r"\tilde"}
BOLD = {r"\mathbf", r"\boldsymbol"}
RELATIONS = {"=", r"\leftarrow", r"\approx"}
FRACTIONS = {r"\frac", r"\tfrac", r"\dfrac"}
TOTALS = {r"\sum": "sum", r"\prod": "prod", r"\max": "most"}
# Name -> how many things it is applied to.
FUNCTIONS = {
    r"\tanh": 1, r"\exp": 1, r"\log": 1, r"\ln": 1, r"\cos": 1, r"\sin": 1,
    r"\max": 2, r"\min": 2, "sign": 1,
}  # fmt: skip
CONDITIONS = {
    "<": "lt", ">": "gt", r"\le": "le", r"\leq": "le", r"\ge": "ge", r"\geq": "ge",
    r"\ne": "ne", r"\neq": "ne",
}  # fmt: skip
INSTEAD = {
    r"\mathbb": "an expectation over states is written \\langle … \\rangle",
    r"\partial": "a slope is written \\frac{\\partial A}{\\partial B}",
    r"\text": "words are not run; they may stand under an \\underbrace",
    r"\mathrm": "upright letters have no meaning here",
    r"\sum": "an index has to stand below a sum",
    r"\prod": "an index has to stand below a product",
    r"\int": "integrals are not run",
    r"\Delta": "a change is \\Delta before a quantity",
}

# Typography that does not change what an equation says.
SPACING = re.compile(
    r"\\[,;:!> ]|~|\\q?quad(?![a-zA-Z])|\\(?:[Bb]igg?)[lr]?(?![a-zA-Z])"
    r"|\\(?:left|right)(?!arrow|[a-zA-Z])|\\(?:displaystyle|limits)(?![a-zA-Z])"
    r"|[.,;]\s*$"
)
TOKEN = re.compile(r"\d+(?:\.\d+)?|\\[a-zA-Z]+|\\.|\S")
UNIT = re.compile(r"[a-zA-Z]\d*")


@dataclass(frozen=True)
class Equation:
    """One equation, and where it is computed if it comes from a docstring."""

    tex: str
    lhs: tuple
    relation: str
    rhs: tuple
    label: str = ""
    module: str = ""
    function: str = ""
    line: int = 0
    code: str = ""

    @property
    def name(self):
        """The name in code of what the equation gives: delta_h, dE_dv, v …"""
        return tree_name(self.lhs)

    @property
    def letters(self):
        """The letters of the indices that the equation holds for."""
        return letters(self.lhs)


def tree_name(tree):
    """The name in code of what a left side says."""
    if tree[0] == "d":
        return f"d{tree[1][1]}_d{tree[2][1]}"
    if tree[0] == "d2":
        return f"d2{tree[1][1]}_d{tree[2][1]}d{tree[3][1]}"
    return tree[1]


# ---- the reader


class _Token(NamedTuple):
    text: str
    at: int


def _indexed(node):
    """Is this a whole array, or an entry of one?"""
    return node[0] == "arr" or node[0] == "var" and letters(node)


class _Reader:
    """A recursive descent through one chain; each method reads what its name says."""

    def __init__(self, tex, notation):
        self.tex, self.notation = tex, notation
        self._check_pairs()
        # Blanks keep every place where it was, for the message.
        plain = SPACING.sub(lambda found: " " * len(found.group()), tex)
        self.tokens = [_Token(f.group(), f.start()) for f in TOKEN.finditer(plain)]
        self.plain, self.every = plain, self.tokens
        self.k, self.stop = 0, len(tex)
        self.left = ()  # the letters free on the left side of the line
        self.bound = []

    # -- one token at a time

    @property
    def word(self):
        return self.tokens[self.k].text if self.k < len(self.tokens) else ""

    @property
    def place(self):
        return self.tokens[self.k].at if self.k < len(self.tokens) else self.stop

    def next(self, ahead=1):
        k = self.k + ahead
        return self.tokens[k].text if k < len(self.tokens) else ""

    def refuse(self, reason, place=None):
        place = self.place if place is None else place
        raise EquationError(f"{self.tex[:place]}⟦here⟧{self.tex[place:]}: {reason}")

    def cannot(self, more=""):
        if not self.word:
            self.refuse("it stops short" + more)
        more = more or (f"; {INSTEAD[self.word]}" if self.word in INSTEAD else "")
        self.refuse(f"cannot read {self.tex[self.place : self.place + 12]!r}{more}")

    def take(self, *words):
        if self.word and self.word in words:
            self.k += 1
            return self.tokens[self.k - 1].text
        return ""

    def need(self, word, why=""):
        if not self.take(word):
            self.cannot(why)

    def end(self):
        if self.word:
            self.cannot()

    def _check_pairs(self):
        """Braces, and \\left with \\right, come in pairs."""
        opened = []
        for found in re.finditer(
            r"\\left(?![a-zA-Z])|\\right(?![a-zA-Z])|\\.|[{}]", self.tex
        ):
            text = found.group()
            closes = {"}": "{", r"\right": r"\left"}.get(text)
            if text in ("{", r"\left"):
                opened.append((text, found.start()))
            elif closes and (not opened or opened.pop()[0] != closes):
                self.refuse(f"{text} without {closes}", found.start())
        if opened:
            text, place = opened[-1]
            self.refuse(f"{text} is never closed: it stops short", place)

    # -- chains and sums

    def chain(self):
        parts = [self.expression()]
        self.left = letters(parts[0])
        while relation := self.take(*RELATIONS):
            parts += [relation, self.expression()]
        if self.word in CONDITIONS or self.word in (r"\to", r"\propto", r"\equiv"):
            self.cannot("; a relation is =, \\leftarrow or \\approx")
        self.end()
        if len(parts) == 1:
            self.refuse("it stops short: a relation is missing", len(self.tex))
        taken = {
            n[1] for n in nodes(parts[0]) if n[0] in TOTALS.values() and len(n) > 3
        }
        for tree in parts[2::2]:
            if shared := sorted(taken & set(letters(tree))):
                self.refuse(
                    f"whether the left side sums over {shared[0]} is undecided", 0
                )
        kinds = {n[0] for tree in parts[::2] for n in nodes(tree) if _indexed(n)}
        if len(kinds) == 2:
            self.refuse("whole arrays and entries with an index do not mix", 0)
        return parts

    def expression(self):
        minus = self.take("-")
        tree = self.term()
        tree = ("neg", tree) if minus else tree
        while sign := self.take("+", "-"):
            if self.word in ("+", "-"):
                self.refuse("two signs in a row; put the second in brackets")
            term = self.term()
            if sign == "-":
                tree = ("sub", tree, term)
            else:
                tree = ("add", *(tree[1:] if tree[0] == "add" else (tree,)), term)
        return tree

    def term(self):
        tree = self.product()
        while self.take(r"\odot"):
            tree = ("odot", tree, self.product())
        return tree

    def product(self):
        if self.word in TOTALS and self.next() in ("_", "^"):
            return self.total()
        start = self.k
        tree = self.power()
        self._check_applied(start, tree)
        if tree[0] == "num" and self.word[:1].isdigit():
            self.refuse("two numerals side by side; put \\cdot between them")
        if self.take("/"):
            tree = ("frac", tree, self.power())
            if (
                self.word in ("/", r"\cdot", r"\times", r"\odot")
                or self._starts_factor()
            ):
                self.refuse(
                    "what is divided here is undecided; write \\frac or brackets"
                )
        if self.take(r"\cdot", r"\times") or self._starts_factor():
            last = self.product()
            tree = ("mul", tree, *(last[1:] if last[0] == "mul" else (last,)))
        return tree

    def _starts_factor(self):
        """May the next word begin another factor?"""
        word = self.word
        return (
            word[:1].isalnum()
            or word in ("(", "[", r"\lvert", r"\lVert", r"\langle", r"\sqrt", r"\Delta")
            or word in (r"\underbrace", r"\underset", r"\operatorname")
            or word in LETTERS | FRACTIONS | ACCENTS | BOLD
            or word in TOTALS
            or word in FUNCTIONS
        )

    def _check_applied(self, start, tree):
        """A symbol before brackets with a lone symbol in them may be meant to be
        applied to it, or to be multiplied by it."""
        if tree[0] != "var" or self.word != "(":
            return
        name = self.tokens[start].text
        self.take("(")
        k, inner = self.k, self.expression()
        lone = inner[1] if inner[0] == "neg" else inner
        if self.word == "," or lone[0] in ("var", "num"):
            self.refuse(
                f"{name} before brackets is undecided: a function has to be declared, "
                f"a product is written without them or with \\cdot",
                self.tokens[start].at,
            )
        self.k = k - 1

    def total(self):
        """A sum, a product or the largest, over letters, conditions or states."""
        kind, place = TOTALS[self.take(*TOTALS)], self.place
        below, above = self._marks(self.tokens[self.k - 1].text)
        over, wanted, condition = self._over(below, above, place)
        arrays = [item for item in wanted if item[0] == "states"]
        for item in wanted:
            if item not in arrays:
                if item in self.bound or item in self.left:
                    self.refuse(f"the index {item} is taken already", place)
        self.bound += over
        start = self.k
        body = self.product()
        del self.bound[len(self.bound) - len(over) :]
        if kind != "sum" and self._slash(start):
            self.refuse("what is divided here is undecided; write \\frac", place)
        if arrays and kind != "sum":
            self.refuse("states are summed over, nothing else", place)
        for item in reversed(wanted):
            if item in arrays:
                body = ("states", item[1], body)
            elif condition:
                body, condition = (kind, item, body, condition), None
            else:
                body = (kind, item, body)
        return body

    def _slash(self, start):
        """Does a slash stand outside brackets since that token?"""
        depth = 0
        for token in self.tokens[start : self.k]:
            depth += (token.text in "({[") - (token.text in ")}]")
            if token.text == "/" and not depth:
                return True
        return False

    def _over(self, below, above, place):
        """The letters that a total binds, all it runs over, and its condition."""
        if not below:
            self.refuse("it runs over nothing: an index has to stand below", place)
        inner = self._inside(below)
        wanted, conditions = [], []
        while inner.word:
            if inner.take(*BOLD):
                name = inner.whole()[1]
                if name not in self.notation.states:
                    inner.refuse(f"the states of {name} are not declared", below[0])
                wanted.append(("states", name))
            elif inner.next() in ("", ",") or inner.next() in self.notation.over:
                letter = inner.word
                if letter not in self.notation.over:
                    inner.refuse(f"{letter} is no index here")
                inner.k += 1
                wanted.append(letter)
            else:
                conditions.append(inner._condition(above))
                above = None
            inner.take(",")
        if above or len(conditions) > 1:
            self.refuse("a range is written \\sum_{i=1}^{n}, one at a time", place)
        for condition in conditions:
            free = [condition[3]] if condition[0] == "from" else letters(condition)
            taken = (*self.left, *self.bound, *wanted)
            wanted += [letter for letter in free if letter not in taken]
        found = conditions[0] if conditions else None
        ranged = found and found[0] == "from"
        if not wanted or len(set(wanted)) < len(wanted) or ranged and len(wanted) > 1:
            self.refuse("which index it runs over is undecided", place)
        found = found[:3] if ranged else found
        return [item for item in wanted if isinstance(item, str)], wanted, found

    def _condition(self, above):
        """i < j, i \\ne j, or i = 1 with its end above."""
        start, letter = self.place, self.word
        side = self._unit()
        relation = self.word
        if self.take("="):
            if not above or letter not in self.notation.over or side != letter:
                self.refuse("a range is written \\sum_{i=1}^{n}", start)
            low = self.expression()
            high = self._inside(above)
            tree = high.expression()
            high.end()
            if low[0] == tree[0] == "num" and float(low[1]) > float(tree[1]):
                self.refuse(f"the range from {low[1]} to {tree[1]} is empty", start)
            return ("from", low, tree, letter)
        if not self.take(*CONDITIONS):
            self.cannot("; expected <, >, \\le, \\ge, \\ne or =")
        other = self._unit()
        if isinstance(other, tuple) and not letters(other) or not letters(side):
            self.refuse("a condition is between indices", start)
        return (CONDITIONS[relation], side, other)

    # -- factors

    def power(self):
        tree = self.atom()
        if self.word != "^":
            return tree
        place = self.place
        _, above = self._marks("a power", only="^")
        inner = self._inside(above)
        if inner.word == r"\top" and not inner.next():
            tree = ("T", tree)
        elif tree[0] != "norm" and any(node[0] == "arr" for node in nodes(tree)):
            self.refuse("the power of a whole array is undecided", place)
        elif (inner.word == "(" and inner.next(2) == ")") or (
            inner.word in self.notation.over and not inner.next()
        ):
            index = inner.word if inner.word != "(" else inner.next()
            self.refuse(
                f"{index} above looks like an index; write it below, or declare the "
                f"superscript",
                place,
            )
        elif inner.word == "(" and inner._closes_at_end():
            self.refuse("brackets above look like a label; a power has none", place)
        else:
            tree = ("pow", tree, inner.whole_expression())
        if self.word in ("^", "_"):
            self.refuse("a second mark in the same place; put brackets")
        return tree

    def _closes_at_end(self):
        """Does the bracket here close with the last word?"""
        depth = 0
        for k, token in enumerate(self.tokens[self.k :], self.k):
            depth += (token.text == "(") - (token.text == ")")
            if not depth:
                return k == len(self.tokens) - 1
        return False

    def whole_expression(self):
        tree = self.expression()
        self.end()
        return tree

    def atom(self):
        word = self.word
        if word[:1].isdigit():
            self.k += 1
            if self.word == "_":
                self.refuse("a numeral has no subscript")
            return ("num", word)
        if word == "(":
            return self._bracketed("(", ")")
        if word == "[":
            self.take("[")
            left = self.expression()
            self.need(">", "; square brackets ask [a > b]")
            right = self.expression()
            self.need("]")
            return ("gt", left, right)
        if word == r"\lvert":
            return ("call", "abs", self._bracketed(r"\lvert", r"\rvert"))
        if word == "|":
            return ("call", "abs", self._bracketed("|", "|"))
        if word == r"\lVert":
            inner = self._bracketed(r"\lVert", r"\rVert")
            if letters(inner):
                self.refuse(
                    "a norm is of a whole array, \\mathbf, "
                    f"not over {letters(inner)[0]}"
                )
            return ("norm", inner)
        if word == r"\langle":
            return self.average()
        if word in FRACTIONS:
            return self.fraction()
        if self.take(r"\sqrt"):
            return ("call", "sqrt", self.argument(r"\sqrt"))
        if word in FUNCTIONS or word == r"\operatorname":
            return self.function()
        if self.take(r"\underbrace"):
            tree = self.argument(r"\underbrace")
            if self.take("_"):
                self._skip_braces()
            return tree
        if self.take(r"\underset"):
            self._skip_braces()
            return self.argument(r"\underset")
        if self.take(*BOLD):
            return self.whole()
        if self._applied():
            return self.applied()
        if word == "e" and self.next() == "^" and not self._plain("e"):
            self.k += 1
            _, above = self._marks("e", only="^")
            return ("call", "exp", self._inside(above).whole_expression())
        if word == r"\Delta" and (self.next() in LETTERS or self.next().isalpha()):
            self.k += 1
            return self.symbol("Delta_")
        if word in LETTERS or word in ACCENTS or word.isalpha():
            return self.symbol()
        self.cannot()

    def _plain(self, letter):
        return any(
            not (s.letters or s.literal or s.above)
            for s in self.notation.known.get(letter, ())
        )

    def _bracketed(self, opening, closing):
        self.need(opening)
        tree = self.expression()
        self.need(closing)
        return tree

    def argument(self, command):
        """One argument: in braces, or one digit of \\frac12."""
        digits = re.match(r"\d\d?(?!\d)", self.word)
        if command in FRACTIONS and digits:
            token = self.tokens[self.k]
            self.tokens[self.k : self.k + 1] = [
                _Token(digit, token.at + j) for j, digit in enumerate(token.text)
            ]
            return self.atom()
        if self.word != "{":
            self.refuse(f"{command} wants an argument in braces")
        self.take("{")
        if self.word == "}":
            self.refuse(f"{command} has an empty argument")
        tree = self.expression()
        self.need("}")
        return tree

    def fraction(self):
        command = self.take(*FRACTIONS)
        if self.word == "{" and self.next() == r"\partial":
            return self.slope()
        return ("frac", self.argument(command), self.argument(command))

    def slope(self):
        r"""\partial A over \partial B, or \partial^2 A over \partial B \partial C."""
        self.take("{")
        self.take(r"\partial")
        twice = self.take("^") and self._two()
        above = self._quantity()
        self.need("}")
        if not self.take("{"):
            self.refuse("\\frac wants two arguments in braces")
        below = []
        while self.take(r"\partial"):
            below.append(self._quantity())
            if twice and self.take("^"):
                below.append(below[-1]) if self._two() else None
        self.need("}", "; below stand \\partial and a quantity")
        if len(below) != (2 if twice else 1):
            self.refuse("as many slopes are taken above as below")
        if any(tree[0] == "arr" for tree in (above, *below)):
            if twice:
                self.refuse("second slopes are of quantities with indices")
            return ("arr", f"d{above[1]}_d{below[0][1]}")
        return ("d2" if twice else "d", above, *below)

    def _two(self):
        braces = self.take("{")
        self.need("2", "; a slope is taken once, or \\partial^2")
        if braces:
            self.need("}")
        return True

    def _quantity(self):
        if self.take(*BOLD):
            return self.whole()
        if not (self.word in LETTERS or self.word in ACCENTS or self.word.isalpha()):
            self.cannot("; \\partial is followed by a quantity")
        return self.symbol()

    def average(self):
        inner = self._bracketed(r"\langle", r"\rangle")
        tag = ""
        if self.word in ("_", "^"):
            below, above = self._marks("an average")
            if above:
                self.refuse("an average has no power; put it in brackets")
            tag = re.sub(r"\\mathbf\{(\w)\}", r"\1", self.tex[slice(*below)]).strip()
        if tag not in self.notation.averages:
            known = ", ".join(map(repr, self.notation.averages)) or "none"
            self.refuse(
                f"the average with the subscript {tag!r} is not declared: {known}"
            )
        return ("mean", inner, tag)

    def function(self):
        r"""\tanh, \max … and what they are applied to."""
        place, word = self.place, self.word
        self.k += 1
        if word == r"\operatorname":
            name = re.compile(r"\s*\{\s*([a-z]+)\s*\}").match(self.plain, self.place)
            word = name[1] if name else ""
            if word not in FUNCTIONS:
                self.refuse(f"there is no function {word!r} here", place)
            self._skip_braces()
        name = word.removeprefix("\\").replace("ln", "log")
        raised = self.word == "^" and self.next() == "2" and self.next(2) == "("
        if raised:
            self.k += 2
        if self.word in ("_", "^"):
            self.refuse(f"{name} has no subscript and no power here; put brackets")
        if self.take("("):
            values = [self.expression()]
            while self.take(","):
                values.append(self.expression())
            self.need(")")
        elif FUNCTIONS[word] == 1 and self.word in FRACTIONS:
            values = [self.fraction()]
        elif self.word in LETTERS | ACCENTS or self.word.isalpha():
            values = [self.symbol(powered=False)]
            if self._starts_factor():
                self.refuse(f"what {name} is applied to is undecided; put brackets")
        else:
            self.cannot(f"; {name} is applied to brackets or to one symbol")
        if len(values) != FUNCTIONS[word]:
            self.refuse(f"{name} takes {FUNCTIONS[word]}; found {len(values)}", place)
        tree = ("call", name, *values)
        return ("pow", tree, ("num", "2")) if raised else tree

    def _applied(self):
        if self.word not in self.notation.functions:
            return False
        return self.next() in ("(", "'") or not self.notation.known.get(self.word)

    def applied(self):
        """f(…) or f'(…) of a function that the model declares."""
        name = self.word.removeprefix("\\")
        self.k += 1
        name += "'" if self.take("'") else ""
        if self.word != "(":
            self.cannot(f"; {name} is a function, and applied to brackets")
        self.take("(")
        inner = self.expression()
        self.need(")", f"; {name} takes one argument" if self.word == "," else "")
        return ("call", name, inner)

    # -- symbols

    def whole(self):
        """A whole array: the bold letter, and its subscript where it has one."""
        place = self.place
        braces = self.take("{")
        letter = self.word
        if not (letter in LETTERS or letter.isalpha() or letter == "1"):
            self.cannot("; one bold letter is a whole array")
        self.k += 1
        if braces:
            self.need("}")
        if letter == "1":
            return ("arr", "1")
        below = self._marks(letter, only="_")[0] if self.word == "_" else None
        if letter not in self.notation.known:
            self.refuse(f"the letter {letter} has no meaning here", place)
        known = [s for s in self.notation.known[letter] if s.letters]
        if below and len({s.name for s in known}) == 1:
            self.refuse(
                f"\\mathbf{{{letter}}} is a whole array, without an index", place
            )
        if below:
            units = self._inside(below).units()
            known = self.notation.fitting(known, units)
        if len({s.name for s in known}) != 1:
            said = " or ".join(s.tex for s in self.notation.known[letter])
            self.refuse(
                f"which array \\mathbf{{{letter}}} is, is undecided: {said}", place
            )
        return ("arr", known[0].name)

    def symbol(self, prefix="", powered=True):
        place, letter, accent = self.place, self.word, ""
        self.k += 1
        if letter in ACCENTS:
            accent, braces = letter, self.take("{")
            letter = self.word
            if not (letter in LETTERS or letter.isalpha()):
                self.cannot("; an accent stands over one letter")
            self.k += 1
            if braces:
                self.need("}")
        whole = f"{accent}{{{letter}}}" if accent else letter
        known = self.notation.known.get(whole)
        if known is None:
            if letter in self.notation.over:
                self.refuse(f"{letter} is an index, and has no value of its own", place)
            self.refuse(f"the letter {whole} has no meaning here", place)
        below = above = None
        literal = {s.above for s in known} - {""}
        k = self.k
        if self.word in ("_", "^"):
            below, above = self._marks(letter)
        text = self.tex[slice(*above)].strip() if above else ""
        if above and text in literal:
            known = [s for s in known if s.above == text]
        else:
            known = [s for s in known if not s.above] or known
            if above:  # a power: power() reads it, after the subscript
                self.k = k
                below = self._marks(letter, only="_")[0] if self.word == "_" else None
                if not powered:
                    self.refuse("what the power is of is undecided; put brackets")
        if self.word == "'":
            self.refuse(
                f"{letter} is not declared as a function, and has no slope", place
            )
        name, units = self._named(letter, known, below, place)
        return ("var", prefix + name, *units)

    def _named(self, letter, known, below, place):
        """The name and the units of a symbol with its subscript."""
        text = self.tex[slice(*below)].strip() if below else ""
        for symbol in known:
            if not symbol.letters and symbol.literal == text:
                return symbol.name, ()
        said = " or ".join(dict.fromkeys(s.tex for s in known))
        wanted = f"{letter} has the subscript {text!r}; expected {said}"
        if not below:
            self.refuse(wanted, place)
        units = self._inside(below).units(wanted, place)
        fits = {s.name for s in self.notation.fitting(known, units)}
        if len(fits) != 1:
            more = "" if not fits else "; which one is undecided"
            self.refuse(wanted + more, place)
        return fits.pop(), units

    def units(self, wanted="", place=None):
        """The units of a subscript: letters, particular units, or index arithmetic."""
        wanted, found = wanted and wanted + ": ", []
        while self.word:
            piece = self._piece()
            if {"+", "-"} & set(piece) or piece[0].isdigit() or self._factor():
                found.append(self._unit())
            else:
                found += [self._letter(wanted, place) for _ in self._particular(piece)]
            if self.word and (not self.take(",") or not self.word):
                self.refuse(f"{wanted}an index is missing", place)
        if not all(letters(unit) or isinstance(unit, str) for unit in found):
            self.refuse(f"{wanted}an index is a letter, or one unit like h1", place)
        return tuple(found)

    def _piece(self):
        """The words up to the next comma of a subscript."""
        words = [token.text for token in self.tokens[self.k :]]
        return words[: words.index(",")] if "," in words else words

    def _particular(self, piece):
        """The units of a piece: letters, a numeral belongs to the letter before it."""
        return [word for word in piece if not word.isdigit()]

    def _factor(self):
        """Does a plain quantity begin here, to be multiplied with an index?"""
        return self.word not in self.notation.over and self._plain(self.word)

    def _letter(self, wanted="", place=None):
        word = self.word
        if word not in self.notation.over:
            self.refuse(f"{wanted}{word!r} is no index here", place)
        self.k += 1
        if self.word.isdigit() and self.place == self.tokens[self.k - 1].at + 1:
            self.k += 1
            return word + self.tokens[self.k - 1].text
        return word

    def _unit(self):
        """A sum or difference of index letters, numerals and plain quantities."""
        tree = self._unit_term()
        while sign := self.take("+", "-"):
            term = self._unit_term()
            if sign == "-":
                tree = ("sub", tree, term)
            else:
                flat = (
                    tree[1:]
                    if isinstance(tree, tuple) and tree[0] == "add"
                    else (tree,)
                )
                tree = ("add", *flat, term)
        return tree

    def _unit_term(self):
        factors = []
        while self.word and (self.word[0].isalnum() or self.word in LETTERS):
            word = self.word
            if word in self.notation.over:
                apart = self.tokens[self.k - 1].at + 1 < self.place
                if any(
                    letters(factor) or factor[0] == "num" and apart
                    for factor in factors
                ):
                    self.refuse("two indices side by side; a comma parts them")
                factors.append(self._letter())
            elif word.isdigit():
                self.k += 1
                factors.append(("num", word))
            elif self._plain(word):
                factors.append(self.symbol())
            else:
                self.refuse(f"{word} is no index here")
            self.take(r"\cdot")
        if not factors:
            self.cannot("; an index is missing")
        return factors[0] if len(factors) == 1 else ("mul", *factors)

    # -- subscripts and superscripts

    def _marks(self, what, only="_^"):
        """The spans of text below and above, each once, in either order."""
        found = {}
        while self.word and self.word in only:
            mark = self.word
            if mark in found:
                self.refuse(f"{what} has two marks in the same place; put brackets")
            self.k += 1
            found[mark] = self._span(what)
        return found.get("_"), found.get("^")

    def _span(self, what):
        """The text of one mark: in braces, or one token."""
        if not self.word:
            self.refuse(f"{what} has an empty mark: it stops short")
        if self.word != "{":
            token = self.tokens[self.k]
            if not (token.text[0].isalnum() or token.text in LETTERS | {r"\top"}):
                self.refuse(f"{what} has an empty mark")
            # x_12 is typeset as x_1 2: what is meant has to stand in braces.
            if token.text[0].isdigit() and len(token.text) > 1:
                self.refuse(f"{what}: put {token.text} in braces")
            self.k += 1
            return token.at, token.at + len(token.text)
        start = self.tokens[self.k].at + 1
        if self.next() == "}":
            self.refuse(f"{what} has an empty mark")
        end = self._skip_braces()
        return start, end

    def _skip_braces(self):
        """Pass over one pair of braces; the place of the closing one."""
        if self.word != "{":
            self.cannot("; braces are expected here")
        depth = 0
        while True:
            depth += (self.word == "{") - (self.word == "}")
            self.k += 1
            if not depth:
                return self.tokens[self.k - 1].at

    def _inside(self, span):
        """A reader of the text in a span, with the places of the whole."""
        inner = object.__new__(_Reader)
        inner.__dict__ = dict(self.__dict__)
        start, end = span
        inner.tokens = [t for t in self.every if start <= t.at < end]
        inner.k, inner.stop = 0, end
        return inner


# ---- from outside


def expression(tex, notation):
    """The tree of one expression, without a relation."""
    return _Reader(tex, notation).whole_expression()


def parse_chain(tex, notation):
    """The trees and relations of one line: [left, "=", middle, "=", right, …].

    Raises EquationError with the place and the reason if the grammar of the book does
    not cover it or a letter has no meaning.
    """
    return _Reader(tex, notation).chain()


def parse(tex, notation):
    """The Equation of one line with one relation, or EquationError."""
    chain = parse_chain(tex, notation)
    if len(chain) != 3:
        raise EquationError(f"{tex}: has {len(chain) // 2} relations; expected one")
    return Equation(tex.strip(), *chain)


ENVIRONMENT = re.compile(r"\\(begin|end)\{(aligned|align\*?|split|gathered)\}")


def parse_block(tex, notation):
    r"""Every chain of a displayed block.

    In an aligned block a line that starts with a relation goes on with the chain of the
    line before it; \qquad or \quad between two equations on one line parts them.
    """
    return [parse_chain(chain, notation) for chain in chains(tex)]


def chains(tex):
    """The text of every chain of a displayed block."""
    opened = [f[1] for f in ENVIRONMENT.finditer(tex)]
    if opened not in ([], ["begin", "end"]):
        raise EquationError(f"⟦here⟧{tex}: \\begin and \\end do not match")
    found = []
    for line in re.split(r"\\\\(?:\[[^\]]*\])?", ENVIRONMENT.sub("", tex)):
        for k, piece in enumerate(re.split(r"\\q?quad(?![a-zA-Z])", line)):
            if opened:
                piece = piece.replace("&", " ")
            piece = piece.strip().rstrip(".,;")
            if not piece:
                continue
            if re.match(r"=|\\approx|\\leftarrow", piece) and k == 0 and found:
                found[-1] += " " + piece
            else:
                found.append(piece)
    return found
