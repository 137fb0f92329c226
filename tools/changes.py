r"""Every small slip in an equation or in a function: one thing changed at a time.

    tex_changes(tex, model)        (what, (start, stop), text instead) for LaTeX
    code_changes(source, function, model) the same for the body of a function

What may stand for what is read off the model: an index for one that runs over the same,
a letter for one with the same indices. Nothing here knows the letters of any chapter.
"""

import ast
import re

from book.notation import PLAIN

# Words and layout, which say nothing that runs.
WORDS = re.compile(
    r"\\(?:text|begin|end|operatorname)\s*\{[^{}]*\}|\\\\(?:\[[^\]]*\])?"
    r"|\\underset\s*\{(?:[^{}]|\{[^{}]*\})*\}|(?<=\})_\{\\text\{[^{}]*\}\}"
)
BOLD = re.compile(
    r"\\(?:mathbf|boldsymbol)\{(?P<letter>\\?[a-zA-Z]+)\}(?P<below>_[a-z](?![a-z]))?"
)
TOTAL = re.compile(r"\\(?:sum|prod)_(?:\{[^{}]*\}|[a-z])")
NUMERAL = re.compile(r"(?<![\d.])\d+(?:\.\d+)?")
OTHER = {
    r"\max": r"\min", r"\min": r"\max", r"\exp": r"\tanh", r"\tanh": r"\sin",
    r"\log": r"\exp", r"\cos": r"\sin", r"\sin": r"\cos", r"\sqrt": "",
    r"\prod": r"\sum", r"\ne": r"\le", "<": ">", ">": "<", r"\odot": "+",
    r"^\top": "", r"^{\top}": "", r"\operatorname{sign}": "",
}  # fmt: skip
NEIGHBOURS = 3  # so many letters may stand for one


def tex_changes(tex, model):
    """Each small slip in an equation in the letters of a model."""
    plain = WORDS.sub(lambda found: " " * len(found[0]), tex)
    for changes in (_signs, _marks, _letters, _bold, _numerals, _functions):
        yield from changes(tex, plain, model)
    for total in TOTAL.finditer(plain):
        yield "sum", total.span(), ""
    for power in re.finditer(r"\^(?:\d|\{[^{}]*\})", plain):
        if "top" not in power[0]:
            yield "power", power.span(), ""


def _signs(tex, plain, model):
    for sign in re.finditer(r"[+-]", plain):
        before = plain[: sign.start()].rstrip()
        unary = (
            not before
            or before[-1] in "{(&=,["
            or before.endswith((r"\approx", r"\times"))
        )
        yield "sign", sign.span(), "" if unary else "+-"[sign[0] == "+"]


def _marks(tex, plain, model):
    """Indices below letters and below sums."""
    over = model.notation.over
    used = {k for mark in _below(plain) for k in mark[0] if k in over}
    for mark in _below(plain):
        start, text = mark.start(mark.lastgroup), mark[mark.lastgroup]
        for found in re.finditer(
            r"(?<![a-zA-Z\\])[a-zA-Z]|(?<=[a-zA-Z])[a-zA-Z]", text
        ):
            if found[0] not in over or "\\" in text:
                continue
            span = start + found.start(), start + found.end()
            others = [k for k in over if k != found[0]]
            # o1 and p1 are the same unit, and a bold letter is all of them.
            one = text[found.end() :][:1].isdigit() or plain[: mark.start()].endswith(
                "}"
            )
            same = [k for k in others if over[k] == over[found[0]] and not one]
            for other in (
                same[:2] + [k for k in others if k in used and k not in same][:1]
            ):
                yield "index", span, other
        if len(text) == 2 and set(text) <= set(over):
            yield "index", (start, start + 2), text[::-1]
        for digit in re.finditer(r"(?<=[a-z])[12]", text):
            span = start + digit.start(), start + digit.end()
            yield "index", span, "2" if digit[0] == "1" else "1"


def _below(plain):
    return re.finditer(r"_(?:\{(?P<braces>[^{}]*)\}|(?P<one>[a-zA-Z]))", plain)


def _letters(tex, plain, model):
    """Quantities: left out, doubled, or another one in their place."""
    for found in PLAIN.finditer(plain):
        known = model.notation.known.get(found["letter"])
        inside = re.search(r"_(?:\{[^{}]*)?$", plain[: found.start()])
        bold = plain[: found.start()].endswith(("bf{", "symbol{"))
        if not known or inside or bold or _applied(found, plain, model):
            continue
        marks = {found["mark"]: "first", found["other"]: "second"}
        below, above = (found[marks[k]] if k in marks else "" for k in "_^")
        symbol = _meant(known, below, model, above)
        own = "_^" if symbol.above else "_"
        stops = [found.end(marks[k]) for k in own if k in marks]
        span = found.start(), max([found.end("letter"), *stops])
        if not re.search(r"\\partial(?:\^2)?\s*$", plain[: found.start()]):
            yield "factor", span, ""
            yield "factor", span, f"2\\,{tex[slice(*span)]}"
        for other in _alike(symbol, model):
            letter = PLAIN.match(other.tex)["letter"]
            over = f"^{{{other.above}}}" if other.above else ""
            marks = f"{over}_{below}" if other.letters else ""
            yield "letter", span, letter + marks if other.letters else other.tex


def _applied(found, plain, model):
    """Is this letter a function that is applied?"""
    after = plain[found.end("letter") :].lstrip()
    return found["letter"] in model.notation.functions and after[:1] in ("(", "'")


def _meant(known, below, model, above=""):
    """The Symbol of a letter with what stands below and above it."""
    bare = below.strip("{}").replace(" ", "")
    known = (
        [s for s in known if s.above and s.above == above.strip("{}")]
        or [s for s in known if not s.above]
        or known
    )
    over = model.notation.over
    kinds = tuple(over[k] for k in re.sub(r"[\d,]", "", bare) if k in over)
    literal = [s for s in known if not s.letters and s.literal == bare]
    fitting = [s for s in known if s.letters and s.kinds == kinds]
    return (literal + fitting + [s for s in known if s.letters] + known)[0]


def _alike(symbol, model):
    """The next Symbols that run over the same and are, or are not, rows alike."""
    every = list(model.symbols.values())
    rows = model.rows
    alike = [
        s
        for s in every
        if s.kinds == symbol.kinds and (s.name in rows) == (symbol.name in rows)
    ]
    names = [s.name for s in alike]
    at = names.index(symbol.name) if symbol.name in names else 0
    return [s for s in (alike[at + 1 :] + alike[:at]) if s.name != symbol.name][
        :NEIGHBOURS
    ]


def _bold(tex, plain, model):
    """Whole arrays: doubled, or another one in their place."""
    for found in BOLD.finditer(plain):
        known = model.notation.known.get(found["letter"])
        if not known:
            continue
        symbol = _meant(known, (found["below"] or "").removeprefix("_"), model)
        if not re.search(r"\\partial\s*$", plain[: found.start()]):
            yield "factor", found.span(), f"2\\,{found[0]}"
        for other in _alike(symbol, model):
            letter, _, below = other.tex.partition("_")
            several = len(model.notation.known[letter]) > 1
            text = rf"\boldsymbol{{{letter}}}" + (f"_{below}" if several else "")
            yield "letter", found.span(), text


def _numerals(tex, plain, model):
    for found in NUMERAL.finditer(plain):
        before = plain[: found.start()]
        if re.search(r"_\{[^{}]*$|_$", before) and not re.search(r"[+-] *$", before):
            continue  # a particular unit, or part of a name
        whole, _, digits = found[0].partition(".")
        if digits:
            last = int(whole + digits) + 1
            text = str(last).zfill(len(whole + digits))
            yield (
                "last digit",
                found.span(),
                f"{text[: -len(digits)]}.{text[-len(digits) :]}",
            )
            yield "numeral", found.span(), str(round(float(found[0]) * 1.5 + 0.1, 4))
        else:
            yield "numeral", found.span(), str(int(found[0]) + 1)


def _functions(tex, plain, model):
    for letter in model.notation.functions:
        for found in re.finditer(
            rf"(?<![a-zA-Z\\_]){re.escape(letter)}'?(?=\()", plain
        ):
            other = letter if found[0].endswith("'") else f"{letter}'"
            yield "function", found.span(), other
    for function, other in OTHER.items():
        end = r"(?![a-zA-Z])" if function[-1].isalpha() else ""
        text = tex if "operatorname" in function else plain
        for found in re.finditer(re.escape(function) + end, text):
            yield "function", found.span(), other


# ---- code


OPERATORS = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.MatMult: "*",
    ast.Pow: "*",
}  # fmt: skip
COMPARED = {
    ast.Gt: ("<", ">="), ast.GtE: ("<", ">"), ast.Lt: (">", "<="), ast.LtE: (">", "<"),
    ast.Eq: ("!=",), ast.NotEq: ("==",),
}  # fmt: skip
NAMED = {
    "exp": "tanh", "log": "exp", "log1p": "exp", "tanh": "sin", "cos": "sin",
    "sin": "cos",
    "sqrt": "abs", "sign": "abs", "maximum": "minimum", "minimum": "maximum",
    "sum": "mean", "mean": "sum", "max": "min", "min": "max",
}  # fmt: skip


def code_changes(source, function, model):
    """Each small slip in the body of a function, an ast node of the source."""
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))

    def span(node):
        ends = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
        text = source.splitlines()
        return tuple(
            lines[n - 1] + len(text[n - 1].encode()[:column].decode())
            for n, column in ends
        )

    arguments = [a.arg for a in function.args.args + function.args.kwonlyargs]
    body = function.body[1:] if ast.get_docstring(function) else function.body
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Return) and not isinstance(node.value, ast.Tuple):
                value = ast.unparse(node.value)
                yield "sign", span(node.value), f"(-({value}))"
                yield "factor", span(node.value), f"(2 * ({value}))"
            if isinstance(node, ast.expr):
                for what, text in _changes(node, arguments, model):
                    yield what, span(node), text


def _changes(node, arguments, model):
    said = ast.unparse
    if isinstance(node, ast.BinOp):
        left, right = said(node.left), said(node.right)
        if type(node.op) in OPERATORS:
            yield "sign", f"(({left}) {OPERATORS[type(node.op)]} ({right}))"
        yield "factor", f"({left})"
        yield "factor", f"({right})"
        yield "factor", f"(2 * ({said(node)}))"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign", f"({said(node.operand)})"
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        for other in COMPARED[type(node.ops[0])]:
            right = said(node.comparators[0])
            yield "function", f"({said(node.left)} {other} {right})"
    if isinstance(node, ast.Attribute):
        value = said(node.value)
        value = value if isinstance(node.value, ast.Name) else f"({value})"
        if node.attr == "T":
            yield "index", value
        elif node.attr in NAMED:
            yield "function", f"{value}.{NAMED[node.attr]}"
    if isinstance(node, ast.Call):
        inner = ", ".join(map(said, node.args))
        if isinstance(node.func, ast.Attribute) and node.func.attr == "slope":
            yield "function", f"{said(node.func.value)}({inner})"
        elif isinstance(node.func, ast.Name) and node.func.id in model.classes:
            yield "function", f"{node.func.id}.slope({inner})"
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield "numeral", repr(node.value + 1)
        if node.value:
            yield "numeral", repr(node.value * 2)
    if isinstance(node, ast.Constant) and "->" in str(node.value):
        before, _, after = node.value.partition("->")
        if len(after) > 1:
            yield "index", repr(f"{before}->{after[::-1]}")
    if isinstance(node, ast.Name) and node.id in arguments:
        for other in arguments:
            if other != node.id and _as_many(node.id, other, model):
                yield "letter", other


def _as_many(name, other, model):
    """Have two names in code as many indices?"""
    known = model.symbols
    if not {name, other} <= set(known):
        return False
    return len(known[name].letters) == len(known[other].letters)
