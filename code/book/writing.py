"""How the symbols of a model are written: in a line of text, as MathML, as LaTeX.

    text(tree, model, place)     a quantity or a whole tree as text: ∂E/∂v_h1o2
    mathml(tree, model, place)   a quantity as MathML
    plain(equation, place, model)   what an equation gives at a place, as text
    symbol(equation, place, model)  the same as MathML
    phrase(tree, model)          a quantity in words: δ_o, the delta of an output unit
    split(tree, model)           its letter and its index letters: ∂E/∂v, ho
    typeset(code, model)         a name in code as LaTeX, its subscript as in code
    shown(number)                a number to four digits

Letters are those of the model's declaration. A place says which number each index
letter has, counted from 1; without it the letters stand for themselves.
"""

import re
import unicodedata

from book.notation import PLAIN

ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}
SIGNS = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥", "ne": "≠", "eq": "="}
TOTALS = {"sum": "Σ", "prod": "Π", "most": "max"}


def shown(number):
    """A number as the book shows it: four significant digits, a true minus sign."""
    text = f"{number:.4g}"
    if "e" in text:
        digits, power = text.split("e")
        superscripts = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
        text = f"{digits}×10{str(int(power)).translate(superscripts)}"
    return text.replace("-", "−")


# ---- a symbol


def letter(name, model):
    """The letter of a quantity as a character: δ for delta_o."""
    return character(_base(name, model))


def _base(name, model):
    symbol = model.symbols.get(name)
    return PLAIN.match(symbol.tex)["letter"] if symbol else name


def character(tex):
    r"""The character that LaTeX writes: δ for \delta, x̂ for \hat{x}."""
    if accented := re.fullmatch(r"\\(hat|bar|tilde)\{(.+)\}", tex):
        return character(accented[2]) + ACCENTS[accented[1]]
    word = tex.removeprefix("\\").replace("lambda", "lamda")
    if len(word) == 1:
        return word
    if word == "ell":
        return "ℓ"  # of no Greek alphabet
    case = "CAPITAL" if word[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {word.upper()}")
    except KeyError:
        return word


def marks(tree, model, place=None):
    """The units below a quantity, each (letter, number or ""), and what is above."""
    symbol = model.symbols.get(tree[1])
    literal, above = (symbol.literal, symbol.above) if symbol else ("", "")
    below = [(literal, "")] if literal else []
    for unit in tree[2:]:
        if not isinstance(unit, str):
            below.append((text(unit, model, place).replace(" ", "") + ",", ""))
        elif unit in (place or {}):
            below.append((unit, str(place[unit])))
        else:
            below.append((unit[0], unit[1:]))
    return below, character(above) if above else ""


def split(tree, model):
    """The letter of a quantity or a slope, and the letters of its indices below."""
    bare = tree if tree[0] == "var" else tree[-1]
    units = "".join(unit for unit in bare[2:] if isinstance(unit, str))
    return text((*tree[:-1], bare[:2]) if bare != tree else tree[:2], model), units


def plain(equation, place, model):
    """What an equation gives at a place, from 0, in one line of text: ∂E/∂v_h1o2."""
    return text(equation.lhs, model, _numbers(equation, place)) + _after(equation)


def symbol(equation, place, model):
    """What an equation gives at a place, from 0, as MathML."""
    inner = mathml(equation.lhs, model, _numbers(equation, place))
    return f"<math><mrow>{inner}</mrow></math>{_after(equation)}"


def _numbers(equation, place):
    return {unit: number + 1 for unit, number in zip(equation.letters, place)}


def _after(equation):
    return " after the update" if equation.relation != "=" else ""


def phrase(tree, model):
    """A quantity with the words that the model's module has for it."""
    table, written = getattr(model.module, "WORDS", {}), text(tree, model)
    for label, equation in model.equations.items():
        if equation.name == tree[1] and equation.relation == "=" and label in table:
            return f"{written}, the {table[label][0]}"
    return written


def typeset(code, model):
    r"""A name in code as LaTeX: dE_dw, H.T, \delta_{2} for delta2."""
    name, transposed = code.removesuffix(".T"), code.endswith(".T")
    if name.startswith("dE_d"):
        return rf"\partial E/\partial {_indexed(name[4:], model)}"
    return _indexed(name, model) + (r"^\top" if transposed else "")


def _indexed(name, model):
    bases = {known.partition("_")[0]: _base(known, model) for known in model.symbols}
    stem, _, index = name.partition("_")
    if not index and name[1:].isdigit():
        stem, index = name[0], name[1:]
    stem = bases.get(stem, stem)
    return f"{stem}_{{{index}}}" if index else stem


# ---- MathML


def mathml(tree, model, place=None):
    """A quantity, a slope or f(N) as MathML, to stand in <math>."""
    if tree[0] in ("d", "d2"):
        by = "".join(f"<mi>∂</mi>{mathml(part, model, place)}" for part in tree[2:])
        power = "<msup><mi>∂</mi><mn>2</mn></msup>" if tree[0] == "d2" else "<mi>∂</mi>"
        above = f"{power}{mathml(tree[1], model, place)}"
        return f"<mfrac><mrow>{above}</mrow><mrow>{by}</mrow></mfrac>"
    if tree[0] == "call":
        inner = mathml(tree[2], model, place)
        return f"<mi>{_function(tree[1])}</mi><mo>(</mo>{inner}<mo>)</mo>"
    below, above = marks(tree, model, place)
    inner = f"<mi>{letter(tree[1], model)}</mi>"
    if above:
        inner = f"<msup>{inner}<mi>{above}</mi></msup>"
    units = "".join(_mathml_unit(a.rstrip(","), number) for a, number in below)
    return f"<msub>{inner}<mrow>{units}</mrow></msub>" if below else inner


def _mathml_unit(unit, number):
    kind = "mn" if unit.isdigit() else "mi"
    return f"<{kind}>{unit}</{kind}>" + (f"<mn>{number}</mn>" if number else "")


# ---- a line of text


def text(tree, model, place=None):
    """A tree as one line of text."""
    kind, *parts = tree if isinstance(tree, tuple) else ("unit", tree)

    def write(part):
        return text(part, model, place)

    def firm(part):  # what a product, a quotient or a power must not tear apart
        loose = part[0] in ("add", "sub", "neg", "sum", "frac", "mul")
        return f"({write(part)})" if loose else write(part)

    if kind == "unit":
        return parts[0]
    if kind == "num":
        return parts[0]
    if kind == "arr":
        return letter(parts[0], model)
    if kind == "var":
        below, above = marks(tree, model, place)
        units = "".join(unit + number for unit, number in below).rstrip(",")
        above = f"^{above}" if above else ""
        return letter(parts[0], model) + above + (f"_{units}" if units else "")
    if kind == "add":
        return " + ".join(map(write, parts))
    if kind == "sub":
        loose = parts[1][0] in ("add", "sub", "neg")
        return f"{write(parts[0])} − {firm(parts[1]) if loose else write(parts[1])}"
    if kind in ("mul", "odot"):
        tight = ("add", "sub", "neg", "sum")
        return " ".join(firm(p) if p[0] in tight else write(p) for p in parts)
    if kind == "neg":
        return (
            f"−{firm(parts[0]) if parts[0][0] in ('add', 'sub') else write(parts[0])}"
        )
    if kind == "frac":
        return "/".join(map(firm, parts))
    if kind == "pow":
        return f"{firm(parts[0])}^{firm(parts[1])}"
    if kind in TOTALS:
        condition = ""
        if len(parts) > 2 and parts[2][0] in SIGNS:
            sides = [write(side) for side in parts[2][1:]]
            condition = f"({sides[0]} {SIGNS[parts[2][0]]} {sides[1]})"
        loose = parts[1][0] in ("add", "sub", "neg")
        body = firm(parts[1]) if loose else write(parts[1])
        return f"{TOTALS[kind]}_{parts[0]}{condition} {body}"
    if kind == "call":
        return f"{_function(parts[0])}({', '.join(map(write, parts[1:]))})"
    if kind == "gt":
        return f"[{write(parts[0])} > {write(parts[1])}]"
    if kind in ("d", "d2"):
        top, *by = map(write, parts)
        return f"∂{'²' if kind == 'd2' else ''}{top}/" + "".join(
            f"∂{part}" for part in by
        )
    if kind == "states":
        return f"Σ_{letter(parts[0], model)} {firm(parts[1])}"
    if kind == "mean":
        return f"⟨{write(parts[0])}⟩" + (f"_{parts[1]}" if parts[1] else "")
    if kind == "norm":
        return f"‖{write(parts[0])}‖"
    return f"{write(parts[0])}ᵀ"  # T


def _function(name):
    plain = name.rstrip("'")
    return character(plain if len(plain) == 1 else f"\\{plain}") + "′" * name.count("'")
