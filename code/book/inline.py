r"""Mathematics within sentences, held as the displayed one is.

    inlined(path)        every formula between single dollars of a notebook or a page
    fault(inline)        what is wrong with it, or ""

A formula is one of these, and each is held in another way:

    relation     H_h = f(N_h), \eta < 2/\lambda   runs, as a displayed one does
    expression   H_h\,\delta_o                    is part of an equation of its model;
                                              of a difference, its opposite is not
    symbol       v_{ho}, \eta, f', h              is declared, its indices in order
    numerals     0.9 - 0.6233                     rounded ones are parts of the example

It belongs to the model and the example of its chapter (see agreement.py). What is no
letter of the model, or another number than in the example, is said in a comment, which
holds until the next one or the end of the file:

    <!-- letters: x; u = 2 x; X = (0.3, 0.8); f = Tanh; \eta = 0.6; e^x -->

A letter alone is any number; with "=" it is what stands there; what is no letter is
taken as it stands. A formula that is shown because it is wrong is announced; it has to
be false, and to follow:

    <!-- wrong: \delta_o = (D_o - O_o)\, f'(N_o) -->
"""

import ast
import dataclasses
import json
import re
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

import examples
from book import agreement, latex, named
from book.instance import Instance
from book.notation import PLAIN
from book.trees import (
    CONDITIONS,
    TOTALS,
    EquationError,
    difference,
    letters,
    names,
    nodes,
)

FORMULA = re.compile(
    r"(?P<code>^(?P<fence>`{3,})\{math\}.*?^(?P=fence)|`[^`\n]+`)"
    r"|(?P<shown>\$\$.+?\$\$)"
    r"|<!-- (?P<key>model|example|letters|wrong): ?(?P<said>.*?) ?-->"
    r"|(?<![\\$])\$(?P<tex>[^$]+?)(?<!\\)\$",
    re.DOTALL | re.MULTILINE,
)
ORDER = {"<": np.less, ">": np.greater, r"\le": np.less_equal, r"\leq": np.less_equal,
         r"\ge": np.greater_equal, r"\geq": np.greater_equal,
         r"\ne": np.not_equal, r"\neq": np.not_equal}  # fmt: skip
RELATION = re.compile(r"=|\\(?:approx|leftarrow|leq?|geq?|neq?)(?![a-zA-Z])|<|>")
SIGNS = re.compile(
    r"\\(?:odot|times|leftarrow|approx|pm|tanh|exp|log|sum|prod|max|top)"
)


GONE = -2  # where a formula begins that is announced, and does not come


class Inline(NamedTuple):
    """A formula in a sentence: where it stands, its LaTeX, and what it belongs to."""

    file: str
    cell: int  # of a notebook; of a page, the line
    tex: str
    model: str = "backprop"
    classes: tuple = ()
    example: str = "running"
    letters: str = ""
    wrong: bool = False  # announced as a mistake
    start: int = -1  # where it begins in the source of its cell, or in the page
    words: named.Words = named.Words()  # around it

    def __str__(self):
        return f"{self.file}[{self.cell}] ${self.tex}$"


def inlined(path):
    """Every formula within a sentence of the notebook or page at path, in order."""
    path, state = Path(path), {"model": "backprop"}
    if path.suffix == ".ipynb":
        cells = json.loads(path.read_text("utf-8"))["cells"]
        state["model"] = agreement.imported(cells)
        texts = [
            (k, cell["cell_type"] == "markdown", text)
            for k, cell in enumerate(cells)
            for text in _texts(cell["cell_type"], "".join(cell["source"]))
        ]
    else:
        texts = [(None, True, path.read_text("utf-8"))]
    announced = []
    for k, whole, text in texts:
        for found in FORMULA.finditer(text):
            place = k if k is not None else 1 + text.count("\n", 0, found.start())
            if found["key"] == "model":
                state["model"], *classes = found["said"].split()
                state["classes"] = tuple(classes)
            elif found["key"] == "wrong":
                announced.append((place, found["said"]))
            elif found["key"]:
                state[found["key"]] = found["said"]
            elif found["tex"]:
                said = [wrong for wrong in announced if wrong[1] == found["tex"]]
                if said:
                    announced.remove(said[0])
                yield Inline(
                    path.stem, place, found["tex"], **state, wrong=bool(said),
                    start=found.start("tex") if whole else -1,
                    words=_words(text, found) if whole else named.Words(),
                )  # fmt: skip
    for place, tex in announced:
        yield Inline(path.stem, place, tex, **state, wrong=True, start=GONE)


def _words(text, found):
    """What stands around a formula in its paragraph or row, without marks."""
    start = max(
        text.rfind(end, 0, found.start()) for end in ("\n\n", "|", "\n*", "-->")
    )
    stops = (text.find(end, found.end()) for end in ("\n\n", "|", "\n*"))
    stop = min((stop for stop in stops if stop >= 0), default=len(text))
    sides = text[start + 1 : found.start()], text[found.end() : stop]
    return named.Words(
        *(re.sub(r"<!--.*?-->", "", s).replace("\n", " ") for s in sides)
    )


def _texts(kind, source):
    """The texts of a cell: of code, its strings without what is filled in."""
    if kind == "markdown":
        return [source]
    if kind != "code":
        return []
    tree = ast.parse(re.sub(r"^[%!].*", "", source, flags=re.MULTILINE))
    filled = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in filled
    ]


# ---- the model of a formula, with the letters that its chapter adds


class Letter(NamedTuple):
    """A letter that a chapter declares: its LaTeX, and that of what it is, or ""."""

    tex: str
    value: str


def declared(said):
    """The Letters of a comment."""
    found = []
    for part in re.split(r"(?<!\\);", said):
        tex, _, value = (text.strip() for text in part.partition("="))
        letter = PLAIN.fullmatch(tex) and "^" not in tex
        found.append(Letter(tex, value) if letter else Letter("", part.strip()))
    return found


@cache
def own_model(name, said):
    """The Model of that name, with the letters of a comment for letters of its own."""
    one, added = agreement.model(name), declared(said)
    new = {x.tex: x.value for x in added if x.tex and not _known(one, x)}
    return one.extended(new) if new else one


def as_it_stands(inline):
    """Is a formula taken as it stands, because its chapter says so?"""
    said = [_plain(x.value) for x in declared(inline.letters) if not x.tex]
    return _plain(inline.tex) in said


def _known(one, letter):
    """Is this another number, or list of numbers, or function, of a quantity that the
    model has?"""
    if letter.tex in one.classes:
        return True
    found = PLAIN.fullmatch(letter.tex)
    known = one.notation.known.get(found["letter"], ()) if found else ()
    if letter.value.startswith("("):
        return bool(known)
    number = re.fullmatch(r"-?[\d.]+", letter.value)
    return bool(number) and (
        any(s.tex == letter.tex for s in known) or bool(re.search(r"\d", letter.tex))
    )


@cache
def example(name, said, wanted):
    """The Instance of the example, with the numbers of a comment in their places."""
    one, plain = own_model(name, said), agreement.model(name)
    given = dict(one.instance(0).alone(0).raw)
    if name in examples.WORKED:
        of_example = (
            agreement.given(name, wanted)
            if name == "backprop"
            else one.given(**examples.WORKED[name]())
        )
        given = {k: v for k, v in given.items() if k not in of_example.world}
        given |= of_example.raw
    changed = [x for x in declared(said) if x.tex and _known(plain, x)]
    for letter in changed:
        if letter.tex in one.classes:
            kinds = {kind.__name__: kind for kind in one.classes[letter.tex]}
            given["net"] = dataclasses.replace(
                given["net"], **{letter.tex: kinds[letter.value]()}
            )
    instance = Instance(one, given)
    for letter in changed:
        if letter.tex not in one.classes:
            _put(instance, letter)
    return instance


def _put(instance, letter):
    """Give a quantity of the instance the value that a comment says."""
    world, notation = instance.world, instance.model.notation
    if letter.value.startswith("("):
        symbol = _listed(letter.tex, notation)
        numbers = [float(number) for number in letter.value[1:-1].split(",")]
        world.set(symbol.name, np.reshape(numbers, (-1, 1)))
        return
    tree = latex.expression(letter.tex, notation)
    array = world.value(tree[1]).copy()
    spot = tuple(int(u[1:]) - 1 if len(u) > 1 else slice(None) for u in tree[2:])
    array[spot] = float(letter.value)
    world.set(tree[1], array)


def _listed(tex, notation):
    """The one Symbol with one index that a letter, with or without it, may be."""
    found = PLAIN.fullmatch(tex)
    known = notation.known.get(found["letter"], ()) if found else ()
    below = found["first"] if found else ""
    known = [s for s in known if len(s.letters) == 1]
    fitting = [s for s in known if not below or s.letters == (below,)]
    if len({s.name for s in fitting}) != 1:
        raise EquationError(f"{tex} is no list of numbers here")
    return fitting[0]


# ---- one formula


def fault(inline):
    """What is wrong with a formula: one line, or ""."""
    if inline.start == GONE:
        return f"{inline}: announced as wrong, and not shown"
    try:
        why = _why(inline)
    except EquationError as error:
        why = str(error)
        if inline.wrong:
            return f"{inline}: announced as wrong, and cannot be read: {why}"
    if inline.wrong:
        return "" if why else f"{inline}: announced as wrong, and holds"
    return f"{inline}: {why}" if why else ""


def _why(inline):
    if as_it_stands(inline):
        return ""
    try:
        return _in_model(inline)
    except EquationError:
        if inline.model == "backprop" or _relations(_plain(inline.tex)):
            raise
        # What later chapters say of the network of Part I is said in its letters.
        return _in_model(inline._replace(model="backprop", classes=(), letters=""))


def model_of(inline):
    """The model of a formula, with the letters of its passage."""
    return own_model(inline.model, inline.letters)


def is_symbol(inline):
    """Is a formula one symbol, or a list of them?"""
    tex, notation = _plain(inline.tex), model_of(inline).notation
    return not _relations(tex) and all(_symbol(p, notation) for p in _apart(tex))


def _in_model(inline):
    tex = _plain(inline.tex)
    one = own_model(inline.model, inline.letters)
    _other_letters(tex, inline)
    relations = _relations(tex)
    if relations and not SIGNS.fullmatch(tex):
        return _relation(tex, relations, one, inline)
    parts = _apart(tex)
    if all(_symbol(part, one.notation) for part in parts):
        return named.fault(tex, inline.words, one) if len(parts) == 1 else ""
    if all(re.fullmatch(r"[-+]?\d+|\\pm \d+", part) for part in parts):
        return ""
    faults = [_expression(part, one, inline) for part in parts]
    return "; ".join(filter(None, faults))


def _other_letters(tex, inline):
    """Refuse a second letter for what a first one stands for, as k for o, where no
    equation of the chapter has it."""
    first, usual = {}, set()
    over = agreement.model(inline.model).notation.over
    for letter, kind in over.items():
        usual.add(first.setdefault(kind, letter))
    for mark in re.finditer(r"_(?:\{([a-z\d]+)\}|([a-z]))", tex):
        for letter in set(mark[1] or mark[2]) & set(over) - usual:
            if letter not in _shown(inline.file) and not _own(letter, inline):
                raise EquationError(f"{letter} stands for {first[over[letter]]}")


def _own(letter, inline):
    return any(letter in x.tex for x in declared(inline.letters))


@cache
def _referred(file):
    """The labels of the equations that a file shows or refers to."""
    path, texts = _path(file), [_path(file).read_text("utf-8")]
    if path.suffix == ".ipynb":
        cells = json.loads(texts[0])["cells"]
        texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    return set(re.findall(r"\beq-[a-z0-9-]+", " ".join(texts)))


def _path(file):
    return next(path for path in files() if path.stem == file)


def files():
    """The notebooks and pages of the book, in order."""
    back = agreement.ROOT / "back"
    pages = [*back.glob("*.md"), *back.glob("*.ipynb")]
    return [*agreement.chapters(), *sorted(pages), agreement.ROOT / "index.md"]


@cache
def _shown(file):
    """The letters below in the displayed equations of a chapter."""
    tex = "".join(e.tex for e in agreement.displayed(_path(file)))
    return {letter for mark in re.findall(r"_(\{\w+\}|\w)", tex) for letter in mark}


def _plain(tex):
    """Without what changes nothing but the looks."""
    tex = re.sub(r"(?<=\d)\{,\}(?=\d)", "", " ".join(tex.split()))
    below = r"(\\partial\s*(?:\\mathbf\{\w\}|\\?[a-zA-Z]+(?:_\{\w+\}|_\w)?))"
    return re.sub(below + r"\s*/\s*" + below, r"\\frac{\1}{\2}", tex)


def _relations(tex):
    """The relations of a formula that stand in no brackets, with their places."""
    depth, found = 0, []
    for piece in re.finditer(r"[{\[(]|[}\])]|" + RELATION.pattern, tex):
        if piece[0] in "{[(":
            depth += 1
        elif piece[0] in "}])":
            depth -= 1
        elif not depth:
            found.append(piece)
    return found


def _apart(tex):
    """The parts between commas that stand in no brackets."""
    depth, parts = 0, [""]
    for sign in tex:
        depth += (sign in "{[(") - (sign in "}])")
        if sign == "," and not depth and not parts[-1].endswith("\\"):
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


# -- symbols


def _symbol(tex, notation):
    """Is this one declared letter, with its indices or for all of them; a slope of one
    by another; or the sign of an operation?"""
    if SIGNS.fullmatch(tex):
        return True
    if total := re.fullmatch(r"\\(?:sum|prod)_(\w)", tex):
        return total[1] in notation.over
    unit = re.fullmatch(r"(\w)_\d", tex)
    if unit and unit[1] in notation.over:
        return True  # the name of a unit
    if inverse := re.fullmatch(r"1\s*/\s*([^/]+)", tex):
        return _symbol(inverse[1], notation)
    bare = tex.removesuffix("'")
    bold = re.fullmatch(r"\\(?:mathbf|boldsymbol)\{(\\?[a-zA-Z]+)\}", bare)
    letter = bold[1] if bold else bare
    if letter in notation.functions:
        return True
    if re.fullmatch(r"(\w|\\tanh)'?\(\w\)", tex):
        return latex.expression(tex, notation)[0] == "call"
    if tex.endswith("'") or bare != tex:
        return False
    if letter in notation.known or letter in notation.over:
        return True
    if slope := re.fullmatch(r"\\frac\{\\partial ?(.+)\}\{\\partial ?(.+)\}", tex):
        return all(_symbol(part.strip(), notation) for part in slope.groups())
    try:
        tree = latex.expression(tex, notation)
    except EquationError:
        return False
    return tree[0] in ("var", "d") or tree[0] == "arr"


# -- relations


def _relation(tex, relations, one, inline):
    ends = [0, *(at for r in relations for at in r.span()), len(tex)]
    members = [tex[a:b].strip() for a, b in zip(ends[::2], ends[1::2])]
    signs = [r[0] for r in relations]
    worked = partial(example, inline.model, inline.letters, inline.example)
    if any(sign in ORDER for sign in signs):
        return _ordered(members, signs, one, inline, worked)
    if members[-1].startswith("(") and len(_apart(members[-1][1:-1])) > 1:
        return _list(members, signs, worked())
    chain = latex.parse_chain(tex, one.notation)
    classes = inline.classes or _needed(one, chain[::2])
    off = agreement.chain_disagreement(chain, "", one, classes, worked)
    every = [node for tree in chain[::2] for node in nodes(tree)]
    if off >= 1e-9 and (inline.letters or any(n[0] == "num" for n in every)):
        off = min(off, agreement.worked_disagreement(chain, worked()))
    if all(node[0] not in ("var", "call") for node in every):
        off = _of_numerals(chain, off, worked())
    return f"the sides differ by {off:.2g}" if off >= 1e-9 else ""


def _of_numerals(chain, off, instance):
    """The disagreement of arithmetic: of the example, where a rounded numeral is a
    quantity of it; or of anything else."""
    first, rest = (
        [node for tree in trees for node in nodes(tree) if agreement.is_long(node)]
        for trees in (chain[:1], chain[2::2])
    )
    known = agreement.parts(instance)
    beyond = [agreement.beyond(numeral, known) for numeral in (*first, *rest)]
    if all(beyond):
        return agreement.arithmetic_disagreement(chain)
    return max(off, *beyond)


def _needed(one, trees):
    """The classes of functions that have a number which the trees speak of."""
    found = {name for tree in trees for name in names(tree)}
    for kinds in one.classes.values():
        own = {name for kind in kinds for name in _numbers(kind)} & found
        if own:
            return tuple(k.__name__ for k in kinds if own & set(_numbers(k)))
    return ()


def _numbers(kind):
    """The names of the numbers that a class of functions carries."""
    return getattr(kind, "__dataclass_fields__", ())


def _list(members, signs, instance):
    """X = (0.6, 0.9): the numbers of all units of a layer, in the example."""
    if len(members) > 2:
        raise EquationError("a list is what one thing is")
    notation, texts = instance.model.notation, _apart(members[-1][1:-1])
    try:
        symbol = _listed(members[0], notation)
        tree = ("var", symbol.name, *symbol.letters)
    except EquationError:
        tree = latex.expression(members[0], notation)
    exact = instance.world.table(tree, letters(tree))[..., 0]
    if exact.shape != (len(texts),):
        return f"{members[0]} has the shape {exact.shape}"
    for text, number in zip(texts, exact):
        digits = len(text.partition(".")[2])
        slack = 0.5 * 10.0**-digits if signs[-1] == r"\approx" else 0.0
        if abs(float(text) - number) > slack + 1e-12:
            return f"{text} is {number:.{digits + 2}f} in the example"
    return ""


def _ordered(members, signs, one, inline, worked):
    """Inequalities, in the numbers that the chapter says."""
    trees = [latex.expression(member, one.notation) for member in members]
    for tree in trees:
        if letters(tree) or tree[0] not in ("var", "num", "neg"):
            if any(node[0] == "var" for node in nodes(tree)):
                if wrong := _part(_of_one(tree, one.notation.over), inline):
                    return wrong
    world = worked().world
    values = [world.table(tree, letters(tree))[..., 0] for tree in trees]
    for a, sign, b in zip(values, signs, values[1:]):
        if sign not in ORDER or not np.all(ORDER[sign](a, b)):
            return f"{np.ravel(a)} {sign} {np.ravel(b)} does not hold in the example"
    return ""


# -- expressions


def _expression(tex, one, inline):
    tree = latex.expression(tex, one.notation)
    if tree[0] == "num" or tree[0] == "neg" and tree[1][0] == "num":
        return ""  # a number in a sentence
    if any(node[0] == "arr" for node in nodes(tree)):
        return _whole(tree, one)
    if not any(node[0] == "var" for node in nodes(tree)):
        return _numerals(tree, inline)
    if tree[:2] == ("frac", ("num", "1")):
        tree = tree[2]
    if tree[0] == "var":
        return ""
    over = one.notation.over
    wrong = _part(_of_one(tree, over), inline)
    signed = tree[0] == "sub" or tree[0] == "neg" and tree[1][0] != "var"
    if wrong or not signed:
        return wrong
    if not _part(_of_one(_opposite(tree), over), inline):
        return "its opposite is part of an equation too: say of what it is, with a ="
    return ""


def _opposite(tree):
    """A difference or a negative tree with the other sign, as one would write it."""
    return tree[1] if tree[0] == "neg" else ("sub", *tree[:0:-1])


def _whole(tree, one):
    """Nothing, if a tree of whole arrays is part of an equation of a chapter."""
    return "" if tree in _whole_parts(one.full_name) else "is no part of an equation"


@cache
def _whole_parts(name):
    """Every part of every equation of whole arrays that the chapters show."""
    found = set()
    for path in agreement.chapters():
        for shown in agreement.displayed(path):
            if agreement.model(shown.model).full_name == name:
                for chain in agreement.model(name).parse_block(shown.tex):
                    for node in (n for tree in chain[::2] for n in nodes(tree)):
                        found.add(node)
    return found


def _of_one(tree, over):
    """What a tree says of one example: X_{ni} is X_i, and so is a mean over n."""
    if isinstance(tree, str):
        return tree
    kind, *parts = tree
    if kind == "var":
        return kind, parts[0], *(p for p in parts[1:] if over.get(p) != "examples")
    if kind == "mul" and parts[0][0] == "frac" and parts[1][0] == "sum":
        # Both letters run over the examples: the mean of E_s over s is divided by n.
        if over.get(parts[1][1]) == over.get(parts[0][2][1]) == "examples":
            return _of_one(parts[1][2], over)
    return kind, *(_of_one(p, over) if isinstance(p, tuple) else p for p in parts)


def _numerals(tree, inline):
    """Arithmetic of numerals: each is a quantity of the example, as it is rounded."""
    instance = example(inline.model, inline.letters, inline.example)
    for node in nodes(tree):
        if node[0] == "num" and "." in node[1]:
            known = agreement.parts(instance)
            off = agreement.beyond(node, known)
            if len(node[1].partition(".")[2]) == 1:  # short, so it is given as it is
                off = np.min(np.abs(np.abs(known) - float(node[1])))
            if off > 1e-9:
                return f"{node[1]} is {off:.2g} off what stands in the example"
    return ""


def _part(tree, inline):
    """Nothing, if a tree is part of an equation of its model or its chapter."""
    free, one = letters(tree), _loose(inline)
    twos = any(
        isinstance(unit, str) and len(unit) > 1
        for node in nodes(tree)
        if node[0] == "var"
        for unit in node[2:]
    )
    classes = inline.classes or _needed(one, [tree])
    found = agreement.instances(one, classes, "", twos)
    found = [i for i in found if all(name in i.world for name in names(tree))][:2]
    own = [i.world.table(tree, sorted(free)) for i in found]
    for other in _parts_of(one, inline.file, inline.letters):
        if _coefficient(other) != _coefficient(tree):
            continue
        if not twos and set(letters(other)) != set(free):
            continue
        tables = _tables(other, tuple(found))
        if tables is None:
            continue
        if twos:
            tables = [t.reshape(-1, t.shape[-1]) for t in tables]
            off = [
                max(difference(mine, t[k]) for mine, t in zip(own, tables))
                for k in range(len(tables[0]))
            ]
            if min(off) < 1e-9:
                return ""
        elif max(map(difference, own, tables)) < 1e-9:
            return ""
    return "is no part of an equation of the model"


def _loose(inline):
    """The model of a formula, in which no letter of its passage has a number: equal by
    chance is not equal."""
    one, kept = agreement.model(inline.model), []
    for x in declared(inline.letters):
        if x.tex and not _known(one, x):
            number = re.fullmatch(r"-?[\d./]+", x.value)
            kept.append(x.tex if number or not x.value else f"{x.tex} = {x.value}")
    return own_model(inline.model, "; ".join(kept))


def _coefficient(tree):
    """The numerals by which a tree is multiplied."""
    return [part for part in tree[1:] if tree[0] == "mul" and part[0] == "num"]


@cache
def _tables(tree, instances):
    """The numbers of a tree in each instance, or None where it has none."""
    try:
        return [i.world.table(tree, sorted(letters(tree))) for i in instances]
    except EquationError:
        return None


def _outside(tree, bound=()):
    """The parts of a tree that speak of no index of a sum that they stand in."""
    if not set(letters(tree)) & set(bound):
        yield tree
    inner = (*bound, tree[1]) if tree[0] in TOTALS else bound
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from _outside(part, inner)


def _same(found_in, path, one):
    """What is found in a chapter and belongs to a model."""
    for said in found_in(path):
        if agreement.model(said.model).full_name == one.full_name:
            yield said


@cache
def _parts_of(one, file, letters_said):
    """Every part of every equation of a model, and of those of its chapter, shown or
    in a sentence, where the same letters are declared."""
    shown = [e for label, e in one.equations.items() if label in _referred(file)]
    trees = [side for e in (*shown, *one.also) for side in (e.lhs, e.rhs)]
    path = _path(file)
    said = [e.tex for e in _same(agreement.displayed, path, one)]
    more = [i for i in _same(inlined, path, one) if i.letters == letters_said]
    for inline in more:
        tex = _plain(inline.tex)
        signs = {r[0] for r in _relations(tex)}
        if signs and not signs & set(ORDER) and not inline.wrong:
            said.append(tex)
    for tex in said:
        try:
            for chain in one.parse_block(tex):
                trees += chain[::2]
        except EquationError:
            continue  # is found to be unreadable where it stands
    found = {}
    for tree in trees:
        for node in _outside(tree):
            kind, *factors = node
            if kind in ("sub", "neg"):
                last = node[-1][1:] if node[-1][0] == "mul" else ()
                starts = (last[:k] for k in range(1, len(last) + 1))
                found |= {("neg", ("mul", *start)): None for start in starts}
            if kind == "mul":
                runs = combinations(range(len(factors) + 1), 2)
                found |= {("mul", *factors[k:j]): None for k, j in runs if j > k + 1}
            found[node] = None
    return tuple(
        tree
        for tree in found
        if tree[0] not in ("num", *CONDITIONS, "from")
        and not any(node[0] == "arr" for node in nodes(tree))
    )
