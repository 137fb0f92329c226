r"""What the words beside a symbol say of it, held like what it says itself.

    fault(tex, words, one)   what is wrong with a symbol between words, or ""

Three things that a sentence may say, and nothing is asked where it says none of them:

    the weight $v_{ho}$         a noun right before it: that of some declared symbol;
                                then the symbol is one of those that the noun declares
    slope of $E$ by $N_o$       the first depends on the second, by the equations
    $N_{h1}$, $N_{h2}$ and $E$  in a list of three or more, none stands twice

A noun is how a module's WORDS begin: "weight from input $i$ …" declares w a weight, and
"delta" is what \delta is called. A number or a slope may be of anything.
"""

import re
from functools import cache
from typing import NamedTuple

from book import latex
from book.notation import PLAIN
from book.trees import EquationError, names

ENDS = re.compile(r" of | from | by | that | has |\$|[;:,(]")
SLOPE = re.compile(r"\b(?:slope|rate|derivative)s? of (?:the \w+ )?$")
BY = re.compile(r"^ by (?:(?:the|each|its|a) )?(?:[a-z]+ ){0,2}\$([^$]+)\$")
OF = re.compile(
    r"\b(?:slope|rate|derivative)s? of (?:the \w+ )?\$([^$]+)\$ by "
    r"(?:(?:the|each|its|a) )?(?:[a-z]+ ){0,2}$"
)
LOOSE = {"number", "slope", "part"}
LISTED = re.compile(r"\$([^$]+)\$(?:, | and |, and | or |, or )$")
GOES_ON = re.compile(r"^(?:, | and |, and | or |, or )\$([^$]+)\$")


class Words(NamedTuple):
    """What stands before and after a formula, in its paragraph."""

    before: str = ""
    after: str = ""


@cache
def nouns(one):
    """noun -> the names of the quantities of a model that it declares."""
    found = {}
    for name, said in getattr(one.module, "WORDS", {}).items():
        if name in one.symbols and isinstance(said, str):
            found.setdefault(ENDS.split(said)[0].strip(), set()).add(name)
    for name, symbol in one.symbols.items():
        letter = PLAIN.match(symbol.tex)
        if letter and letter["letter"] == r"\delta":
            found.setdefault("delta", set()).add(name)
    return {noun: own for noun, own in found.items() if noun not in LOOSE}


def fault(tex, words, one):
    """What is wrong with a symbol of a model between words: one line, or ""."""
    if wrong := _twice(tex, words):
        return wrong
    try:
        tree = latex.expression(tex, one.notation)
    except EquationError:
        return ""
    if tree[0] not in ("var", "d") or str(tree[1]).startswith("own_"):
        return ""  # a letter of the passage alone
    return _noun(tree, words, one) or _slope(tree, words, one)


def _noun(tree, words, one):
    if tree[0] != "var":
        return ""
    known = nouns(one)
    said = words.before.lower()
    for noun in sorted(known, key=len, reverse=True):
        if re.search(rf"\b{re.escape(noun)} $", said):
            if tree[1] in known[noun]:
                return ""
            return f"is no {noun}; that is {', '.join(sorted(known[noun]))}"
    return ""


def _slope(tree, words, one):
    """Of what a slope is, and by what it is."""
    if SLOPE.search(words.before):
        by = BY.search(words.after)
        return _apart(tree, by and by[1], one)
    if of := OF.search(words.before):
        try:
            return _apart(latex.expression(of[1], one.notation), None, one, tree)
        except EquationError:
            return ""
    return ""


def _apart(of, by, one, tree=None):
    if of[0] != "var":
        return ""
    found = needs(one).get(of[1])
    if found is None:
        return f"{of[1]} is given: there is nothing that it has a slope by"
    if by and not tree:
        try:
            tree = latex.expression(by, one.notation)
        except EquationError:
            return ""
    if tree and tree[0] == "var" and tree[1] not in found:
        return f"{of[1]} does not depend on {tree[1]}"
    return ""


@cache
def needs(one):
    """name -> the names of all that a quantity is computed from."""
    reads = {}
    for equation in (*one.equations.values(), *one.also):
        if equation.relation == "=" and equation.lhs[0] == "var":
            reads.setdefault(equation.name, set()).update(names(equation.rhs))
    while True:
        more = {
            name: found.union(*(reads.get(other, ()) for other in found))
            for name, found in reads.items()
        }
        if more == reads:
            return reads
        reads = more


def _twice(tex, words):
    """Whether a list of symbols has this one again right beside it."""
    before, beside = words.before, []
    while listed := LISTED.search(before):
        beside.append(listed[1])
        before = before[: listed.start()]
    after = words.after
    while listed := GOES_ON.match(after):
        beside.append(listed[1])
        after = after[listed.end() :]
    if len(beside) < 2 or tex not in beside:
        return ""
    return f"stands twice in a list with {', '.join(beside)}"
