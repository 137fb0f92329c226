"""Every small slip in a module of JavaScript: one thing changed at a time.

    script_changes(text)   (what, (start, stop), text instead), by its tokens
    guarded(text)          the same program, whose loops end at a deadline with an error

A sign, an operator, a numeral, an index, two arguments, a condition, a property or a
word is another. Comments, patterns and the text of a template stay as they are; what
stands in the braces of a template is code.
"""

import re
from typing import NamedTuple

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<number>\d+(?:\.\d+)?(?:e-?\d+)?)
    |(?P<name>[\w$]+)
    |(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<sign>===|!==|\?\?=|\|\|=|&&=|\*\*=?|=>|\.\.\.|\?\.|\?\?|&&|\|\||<=|>=|\+\+|--
        |[-+*/%]=|[-+*/%<>=!?:;,.(){}\[\]&|^~@\#])""",
    re.DOTALL | re.VERBOSE,
)
PATTERN = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n\[])+/[a-z]*")
WORDS = {"return", "typeof", "case", "in", "of", "new", "else", "await", "yield"}
KEYWORDS = {"if", "for", "while", "switch", "function", "catch", "import"} | WORDS
OPERATORS = {
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "<": ("<=", ">"),
    "<=": ("<", ">"), ">": (">=", "<"), ">=": (">", "<"), "&&": ("||",), "||": ("&&",),
    "===": ("!==",), "!==": ("===",), "+=": ("-=",), "-=": ("+=",), "*=": ("/=",),
}  # fmt: skip
PAIRS = (
    ("x", "y"), ("width", "height"), ("from", "to"), ("start", "end"), ("min", "max"),
    ("some", "every"), ("floor", "ceil"), ("left", "right"), ("top", "bottom"),
    ("first", "last"), ("value", "slope"), ("rows", "deltas"), ("rows", "wanted"),
    ("indexOf", "lastIndexOf"), ("unshift", "push"), ("cos", "sin"),
    ("E", "O"), ("H", "O"), ("digits", "last"), ("lhs", "rhs"), ("of", "by"),
    ("parts", "results"), ("plus", "minus"), ("right", "wrong"), ("sum", "prod"),
    ("near", "way"), ("sign", "decimal"), ("neighbour", "quantity"), ("add", "sub"),
    ("large", "small"), ("short", "way"), ("add", "mul"), ("cx", "cy"), ("m", "s"),
    ("−", "+"), ("(", ")"), ("=", "≠"), ("sign", "size"), ("over", "times"),
)  # fmt: skip
OTHERS = {a: b for pair in PAIRS for a, b in (pair, pair[::-1])}


class Token(NamedTuple):
    kind: str  # space, number, name, text, sign, pattern or template
    text: str
    start: int

    @property
    def span(self):
        return self.start, self.start + len(self.text)


def tokens(source):
    """The Tokens of a module in order, without space; code in templates too."""
    found, at, open_at = [], 0, []  # how many braces are open in each template
    while at < len(source):
        inside = open_at and open_at[-1] == 0 and source[at] == "}"
        if inside or source[at] == "`":
            stop, ends = _template(source, at + 1)
            found.append(Token("template", source[at:stop], at))
            if inside:
                open_at.pop()
            if not ends:
                open_at.append(0)
            at = stop
            continue
        pattern = PATTERN.match(source, at) if not _ended(found) else None
        match = pattern if pattern and source[at : at + 2] not in ("//", "/*") else None
        if match:
            found.append(Token("pattern", match[0], at))
        else:
            match = TOKEN.match(source, at)
            if not match:
                raise ValueError(f"no token of JavaScript: {source[at : at + 30]!r}")
            if match.lastgroup != "space":
                found.append(Token(match.lastgroup, match[0], at))
            if open_at and match[0] in ("{", "}"):
                open_at[-1] += 1 if match[0] == "{" else -1
        at = match.end()
    return found


def _template(source, at):
    """Where a piece of a template stops, and whether the whole of it ends there."""
    while source[at] != "`":
        if source[at : at + 2] == "${":
            return at + 2, False
        at += 2 if source[at] == "\\" else 1
    return at + 1, True


def _ended(found):
    """Does a value end here, so that what follows is an operator?"""
    if not found:
        return False
    last = found[-1]
    if last.kind == "template":
        return last.text.endswith("`")
    if last.kind == "sign":
        return last.text in (")", "]", "}")
    return last.text not in KEYWORDS


def script_changes(source):
    """Each small slip in a module."""
    every = tokens(source)
    first = next((k for k, t in enumerate(every) if t.text in ("const", "export")), 0)
    for k in range(first, len(every)):
        yield from _one(every, k, source)


def _one(every, k, source):
    token, text = every[k], every[k].text
    before = every[k - 1] if k else Token("sign", ";", 0)
    after = every[k + 1] if k + 1 < len(every) else Token("sign", ";", len(source))
    if token.kind == "sign" and text in OPERATORS:
        words = {"text", "template"} & {before.kind, after.kind}
        if _ended(every[:k]) and not words:
            for other in OPERATORS[text]:
                yield "operator", token.span, other
        elif text == "-" and not _ended(every[:k]):
            yield "sign", token.span, ""
    if token.kind == "number":
        whole = text.isdigit()
        yield "numeral", token.span, str(int(text) + 1) if whole else _half(text)
    if text == "[" and _ended(every[:k]) and every[k + 2].text == "]":
        own = every[k + 1]
        if own.kind in ("number", "name"):
            other = {"0": "1", "1": "0"}.get(own.text, "0")
            yield "index", own.span, other
    if text == "(" and before.kind == "name" and before.text not in KEYWORDS:
        if every[k - 2].text != "function":
            yield from _exchanged(every, k, source)
    if text == "if":
        span = every[k + 1].start, _closing(every, k + 1).start + 1
        yield "condition", span, f"(!{source[slice(*span)]})"
    if text == "?" and (began := _began(every, k)) is not None:
        span = every[began].start, before.span[1]
        yield "condition", span, f"!({source[slice(*span)]})"
    if token.kind == "name" and before.text in (".", "?.") and text in OTHERS:
        yield "property", token.span, OTHERS[text]
    if token.kind == "text" and text[1:-1] in OTHERS:
        yield "word", token.span, text[0] + OTHERS[text[1:-1]] + text[0]


def _half(text):
    """Half as much again."""
    return f"{float(text) * 1.5:g}"


def _closing(every, k):
    """The token that closes what opens at k."""
    depth = 0
    for token in every[k:]:
        if token.kind == "sign":
            depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        elif token.kind == "template":
            depth += token.text.endswith("${") - token.text.startswith("}")
        if depth == 0:
            return token
    raise ValueError("brackets that do not close")


def _exchanged(every, k, source):
    """The first two arguments of a call in each other's place."""
    stop, depth, commas = _closing(every, k), 0, []
    for token in every[k:]:
        if token.start >= stop.start:
            break
        if token.kind == "sign":
            depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        elif token.kind == "template":
            depth += token.text.endswith("${") - token.text.startswith("}")
        if token.text == "," and depth == 1:
            commas.append(token.start)
        if token.text == "=>" and depth == 1:
            return  # names of arguments, or one to be called
    following = source[stop.start + 1 :].lstrip()
    if not commas or following.startswith("{"):
        return
    start, end = every[k].start + 1, (commas + [stop.start])[1]
    one, other = source[start : commas[0]], source[commas[0] + 1 : end]
    if other.strip() and not (one + other).strip().startswith("..."):
        yield "arguments", (start, end), f"{other.strip()}, {one.strip()}"


def _began(every, k):
    """Where the condition of a choice at k begins, if that is one value, or None."""
    at, plain = k - 1, False
    while at >= 0:
        token = every[at]
        if token.text in (")", "]"):
            depth = 0
            while at >= 0:
                depth += every[at].text in (")", "]", "}")
                depth -= every[at].text in ("(", "[", "{")
                if every[at].kind == "template":
                    return None
                if depth == 0:
                    break
                at -= 1
        elif token.kind not in ("name", "number"):
            return None
        before = every[at - 1]
        if before.text in (".", "?."):
            at -= 2
        elif every[at].text in ("(", "[") and _ended(every[:at]):
            at -= 1
        else:
            plain = before.text in ("(", ",", "=", "=>", ":", "return", "${", "?", "[")
            plain |= before.kind == "template" and before.text.endswith("${")
            return at if plain else None
    return None


LATE = """;globalThis.lateAt ??= Infinity; globalThis.inTime ??= () => {
if (performance.now() > lateAt) throw new Error("it does not end"); return true; };"""


def guarded(source):
    """A module whose loops throw an error once it is later than globalThis.lateAt."""
    every, puts = tokens(source), []
    for k, token in enumerate(every):
        if token.text not in ("while", "for") or every[k - 1].text == ".":
            continue
        opens, stop = every[k + 1].start + 1, _closing(every, k + 1).start
        inner, depth, marks = source[opens:stop], 0, []
        for other in every[k + 1 :]:
            if other.start >= stop:
                break
            if other.kind == "sign":
                depth += other.text in ("(", "[", "{")
                depth -= other.text in (")", "]", "}")
            if other.text == ";" and depth == 1:
                marks.append(other.start)
        if token.text == "while":
            puts += [(opens, "inTime() && ("), (stop, ")")]
        elif len(marks) == 2 and inner:
            puts += [(marks[0] + 1, " inTime() && ("), (marks[1], ")")]
    for at, text in sorted(puts, reverse=True):
        source = source[:at] + text + source[at:]
    return source + LATE
