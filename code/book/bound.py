"""Numbers in sentences, and the quantities they are bound to.

A number is bound by a mark, an HTML comment directly after it that no page shows:

    the first output is 0.6233<!--= O[0, 0] -->
    it is learned from 57 of 100<!--= solved, starts --> starts
    off by five per cent<!--= 100 * off -->
    $0.0455$<!--= delta_o[0, 1] -->
    it begins at 0.1420<!--= below: errors[0] -->          what the next cell computes
    0.79<!--= free: quoted, with its misprint -->          held by nothing, for a reason

What stands in it is Python in the names of the chapter (book.execution says at which
cell; outside the chapters `06: share` names the chapter), and has to give the number at
the digits it shows: within half a unit of the last. Numerals in it are indices, or 1, 2
and 100 beside a name, so that no mark brings its own result.

    numbers(text)        the numbers of a text in Markdown that have to be bound
    said(path)           those of a page or notebook: sentences, tables, captions, …
    unbound(said)        what is wrong with them before anything is run
    differs(said, …)     what is wrong with one, given what its mark gives
    without_marks(text)  the text as readers get it

To be bound are decimals, percentages, whole numbers below −1 and results counted of so
many ("57 of 100", "in nine of ten"). Not meant are numbers of chapters, equations,
figures, versions and licences, years, sizes and ordinals, what stands in code, links
and citations, and mathematics but a lone numeral: the rest of that runs by itself
(book.agreement).
"""

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from book.execution import BELOW, Asked

ROOT = Path(__file__).resolve().parent.parent.parent
BACK = ROOT / "back"
CLAIMS = BACK / "claims-under-test.md"
FREE = "free:"
LONGEST = 72
MARK = re.compile(r"<!--=(?P<said>.*?)-->", re.DOTALL)
SAID_OF_MATHEMATICS = re.compile(
    r"^[ \t]*<!-- (?:example|letters|wrong|deck):[^>]*-->[ \t]*\n"
    r"|[ \t]*<!-- (?:example|letters|wrong|deck):[^>]*-->",
    re.MULTILINE,
)
STEP = re.compile(r"[ \t]*<!-- step:[^>]*-->")
PLAIN_NUMERALS = 1, 2, 100
# They would make of one number another.
ROUNDING = "round rint around floor ceil trunc fix astype int float".split()

# ---- number words

UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen"
    " fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
WORDS = {word: value for value, word in enumerate(UNITS)}
for ten, word in enumerate(TENS, 2):
    WORDS[word] = 10 * ten
    WORDS |= {f"{word}-{unit}": 10 * ten + k for k, unit in enumerate(UNITS[1:10], 1)}
WORDS |= {"a hundred": 100, "one hundred": 100, "hundred": 100, "a thousand": 1000}


WORD = "|".join(sorted(WORDS, key=len, reverse=True)).replace(" ", r"\s+")
MANY = "|".join(w for w in sorted(WORDS, key=len)[::-1] if WORDS[w] > 9)
MANY = MANY.replace(" ", r"\s+")
DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
ANY = rf"(?:(?:minus\s+|[-−+])?(?:{DIGITS})|\b(?:{WORD})\b)"
SEVERAL = rf"{ANY}(?:(?:\s+(?:and|or|to)\s+|–){ANY})*"
BEFORE = r"(?<![\w.,\\^{/−-])"
PERCENT = r"(?:\s?(?:\\,)?\\?%|[\s-]per[\s-]?cent\b)"
TOTAL = rf"(?:\d[\d,]*\b(?![.,]?\d)|\b(?:{MANY})\b)"
ROUND = rf"(?:\d[\d,]*0\b(?![.,]?\d)|\b(?:{MANY})\b)"
NUMBER = re.compile(
    rf"{BEFORE}(?:"
    rf"(?P<percentage>{SEVERAL}{PERCENT})"
    rf"|(?P<count>{SEVERAL}\s+(?:(?:of|out\s+of)\s+(?:the\s+|all\s+)?{TOTAL}"
    rf"|in\s+(?:every\s+)?{ROUND}))"
    r"|(?P<decimal>(?:minus\s+|[-−+])?\d[\d,]*\.\d+(?![\w]|\.\d))"
    r"|(?P<negative>(?:minus\s+|[-−])(?!1\b)\d+\b(?![.,/]?\d))"
    r"|(?P<tuple>\((?:[-−+]?\d+(?:\.\d+)?,[\s~]*)+[-−+]?\d+(?:\.\d+)?\)(?=\x02)))",
    re.IGNORECASE,
)
PART = re.compile(rf"(?:minus\s+|[-−+])?(?:{DIGITS})|\b(?:{WORD})\b", re.IGNORECASE)
VOLUNTARY = re.compile(rf"{BEFORE}{ANY}$", re.IGNORECASE)
# One of several things is no result, nor is a year.
IDIOM = re.compile(r"one\s+of\s+[a-z]|.*\sin\s+(?:1[5-9]|20)\d\d$", re.I | re.S)
# What comes after such a word is a name.
NAMED = re.compile(
    r"(?:\b(?:chapters?|sections?|figures?|tables?|equations?|exercises?|listings?"
    r"|versions?|python|numpy|matplotlib|pytorch|cc\s+by|issues?|lessons?|weeks?"
    r"|parts?)\s+\(?|\barxiv:\s?)(?:\d[\d.]*(?:,|\s+and|\s+or|\s+to|–)\s*)*$",
    re.IGNORECASE,
)


class Number(NamedTuple):
    """A number in a text: its words, where they begin and where its mark does or would,
    its values with half a unit of each last digit, and what its mark says, or None."""

    words: str
    start: int
    end: int
    values: tuple
    halves: tuple
    mark: str | None


class Said(NamedTuple):
    """A Number and where it stands: the page, the cell, the line, and whether that is
    text of a cell of code."""

    path: str
    cell: int
    line: str
    number: Number
    in_code: bool = False

    def __str__(self):
        cell = f", cell {self.cell}" if self.path.endswith(".ipynb") else ""
        return f"{self.path}{cell}: “{self.line}”: {self.number.words}"

    @property
    def free(self):
        """Why the number is held by nothing; "" if it is to be held."""
        mark = self.number.mark or ""
        return mark.removeprefix(FREE).strip() if mark.startswith(FREE) else ""

    @property
    def chapter(self):
        """The stem of the chapter in whose names the mark speaks, or ""."""
        if named := CHAPTER.match(self.number.mark or ""):
            return next((p.stem for p in chapters() if p.stem[:2] == named[1]), "")
        path = Path(self.path)
        return path.stem if path.parent.name == "chapters" else ""

    @property
    def asked(self):
        """What the mark asks of its chapter."""
        if named := CHAPTER.match(self.number.mark):
            return Asked(END, self.number.mark[named.end() :])
        return Asked(self.cell, self.number.mark)


CHAPTER = re.compile(r"(\d\d):\s*")
END = 10**6  # a cell after every other


# ---- finding


def numbers(text):
    """The Numbers of a text in Markdown, and what is marked besides, in order."""
    marks = {m.start(): m["said"].strip() for m in MARK.finditer(text)}
    readable = _readable(text, marks)
    found, used = [], set()
    for match in NUMBER.finditer(readable):
        before = readable[max(0, match.start() - 60) : match.start()]
        at = _mark_at(text, match.end())
        mark = marks.get(at)
        if mark is None and (NAMED.search(before) or IDIOM.match(match[0])):
            continue
        used.add(at)
        found.append(_number(match[0], match.start(), at, mark))
    for at in sorted(set(marks) - used):
        end = len(text[:at].rstrip("$*_"))
        match = VOLUNTARY.search(readable, max(0, end - 40), end)
        words, start = (match[0], match.start()) if match else ("", at)
        found.append(_number(words, start, at, marks[at]))
    return sorted(found, key=lambda number: number.start)


def _mark_at(text, end):
    """Where a mark would begin that belongs to the number that ends there."""
    return end + len(re.match(r"[$*_]*", text[end:])[0])


def _number(words, start, end, mark):
    values, halves = [], []
    for part in PART.findall(words):
        value, decimals = _value(part)
        values.append(value)
        halves.append(0.5 * 10.0**-decimals)
    plain = " ".join(words.split())
    return Number(plain, start, end, tuple(values), tuple(halves), mark)


def _value(part):
    """A part of a number's words, as a number, and how many decimals it shows."""
    word = " ".join(part.lower().split())
    if word in WORDS:
        return float(WORDS[word]), 0
    plain = re.sub(r"^minus\s+|^[−-]", "-", word).replace(",", "").lstrip("+")
    return float(plain), len(plain.partition(".")[2])


HIDDEN = re.compile(
    r"\A---\n.*?^---$"  # what a page says of itself
    r"|<!--.*?-->"
    r"|\$\$.+?\$\$"
    r"|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|(?<=\])\([^)\s]*\)|<?https?://[^\s>)]+>?"
    r"|^\[[^\]]+\]:.*?$"
    r"|</?[a-zA-Z][^>]*>",
    re.DOTALL | re.MULTILINE,
)
INLINE = re.compile(
    r"(?<![\\$])\$(?!\s)(?P<tex>(?:[^$\n]|\n(?!\s*\n))+?)(?<![\\\s])\$(?!\d)"
)
NUMERAL = r"[-−+]?\d+(?:\.\d+)?(?:\\,)?(?:\\%)?"
TUPLE = rf"\((?:{NUMERAL},(?:\s|\\[,;! ])*)+{NUMERAL}\)"
LONE = re.compile(rf"(?:{NUMERAL}|{TUPLE})$")


def _readable(text, marks):
    """The text, place by place, with nothing in it that holds no number of its own."""
    hidden = _without_fences(text)
    hidden = HIDDEN.sub(lambda m: "\0" * len(m[0]), hidden)

    def formula(match):
        tex = match["tex"].replace("{,}", ",\0\0")
        last = LONE.search(tex)
        if last and (last.start() == 0 or match.end() in marks):
            start = last.start()
            # The end of the formula is where a tuple may be a number.
            return "\0" * start + " " + tex[start:] + "\x02"
        return "\0" * len(match[0])

    return INLINE.sub(formula, hidden)


# Of these what stands inside is no prose.
CODE = "math code code-block code-cell literalinclude raw bibliography"
CODE = set(CODE.split())
FENCE = re.compile(r"^[ >]*(?P<fence>`{3,}|~{3,}|:{3,})\s*(?P<info>[^`]*)$")
OPTION = re.compile(r"^\s*:(?!alt:|caption:)[\w-]+:.*$")


def _without_fences(text):
    """The text, place by place, without fenced code and the names of directives."""
    lines, open_fences, code = [], [], None
    for line in text.splitlines(keepends=True):
        fence = FENCE.match(line.rstrip("\n"))
        blank = "\0" * (len(line) - line.endswith("\n")) + "\n" * line.endswith("\n")
        if code:
            lines.append(blank)
            if fence and not fence["info"] and fence["fence"].startswith(code):
                code = None
        elif fence and not fence["info"] and open_fences:
            open_fences.pop()
            lines.append(blank)
        elif fence:
            named = re.match(r"\{([\w-]+)\}", fence["info"])
            if named and named[1] not in CODE:
                open_fences.append(fence["fence"])
                hidden = fence.start("info") + named.end()
                lines.append("\0" * hidden + line[hidden:])
            else:
                code = fence["fence"]
                lines.append(blank)
        elif open_fences and OPTION.match(line):
            lines.append(blank)
        else:
            lines.append(line)
    return "".join(lines)


@cache
def chapters():
    """The notebooks whose names a mark can speak of, in order."""
    return sorted((ROOT / "chapters").glob("[0-9][0-9]-*.ipynb"))


def pages():
    """Every page and notebook whose numbers are to be bound, chapters first: all but
    the claims, whose findings stand beside the tests that hold them."""
    back = [p for kind in ("md", "ipynb") for p in sorted(BACK.glob(f"*.{kind}"))]
    held = [page for page in back if page != CLAIMS]
    return [*chapters(), ROOT / "index.md", *held]


def said(path):
    """Every Said of a page or notebook, in order."""
    path = Path(path)
    name = path.relative_to(ROOT).as_posix() if ROOT in path.parents else path.name
    text = path.read_text("utf-8")
    if path.suffix != ".ipynb":
        return [Said(name, 0, _line(text, n.start), n) for n in numbers(text)]
    found = []
    for place, cell in enumerate(json.loads(text)["cells"]):
        source, code = "".join(cell["source"]), cell["cell_type"] == "code"
        for part in drawn_texts(source) if code else [source]:
            for number in numbers(part):
                line = _line(part, number.start)
                found.append(Said(name, place, line, number, code))
    return found


def _line(text, at):
    """The line of a text around a place, without its marks."""
    start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    line = without_marks(text[start : end if end >= 0 else None]).replace("\0", "…")
    line = " ".join(line.split())
    return line if len(line) < 160 else f"{line[:157]}…"


# ---- what a cell writes into a figure

STYLES = "color c facecolor edgecolor fc ec mfc mec boxstyle arrowstyle connectionstyle"
STYLES = {*STYLES.split(), "linestyle", "ls", "marker"}


def drawn_texts(source):
    """What a code cell that shows a figure says in literal text, drawn or beside it.

    What an f-string fills in is its values' affair, so it is none of the text; unless
    nothing but numerals is filled in.
    """
    tree = ast.parse(source)
    if not any(_is_figure(node) for node in ast.walk(tree)):
        return []
    found, seen = [], set()
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in STYLES:
            seen |= {id(part) for part in ast.walk(node.value)}
        elif isinstance(node, ast.JoinedStr) and id(node) not in seen:
            seen |= {id(part) for part in ast.walk(node)}
            found.append("".join(map(_piece, node.values)))
        elif isinstance(node, ast.Constant) and id(node) not in seen:
            if isinstance(node.value, str):
                found.append(node.value)
    return found


def _is_figure(node):
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "figure"
    )


def _piece(part):
    """A piece of an f-string: its literal text, or \\0 where a name is filled in."""
    if isinstance(part, ast.Constant):
        return part.value
    named = any(isinstance(node, ast.Name) for node in ast.walk(part.value))
    return "\0" if named else ast.unparse(part.value)


# ---- judging


def unbound(one):
    """What is wrong with a Said before anything runs, or ""."""
    number, mark = one.number, one.number.mark
    if mark is not None and one.line.startswith("#") and not one.in_code:
        return "JupyterLab shows a mark in a heading: say the number below it"
    if not number.words:
        return f"the mark {mark!r} stands after no number"
    if one.in_code:
        return "fill the number in with an f-string"
    if mark is None:
        return "is bound to nothing"
    if mark.startswith(FREE):
        return "" if len(one.free) >= 8 else f"is free without a reason: {mark!r}"
    if not one.chapter:
        return f"{mark!r} names no chapter: begin it as in '06: share'"
    wrong = refused(one.asked.expression)
    return f"{mark!r}: {wrong}" if wrong else ""


ALLOWED = (
    ast.Expression, ast.Tuple, ast.Name, ast.Attribute, ast.Subscript, ast.Slice,
    ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.keyword,
    ast.Load, ast.operator, ast.unaryop, ast.cmpop,
)  # fmt: skip


def refused(expression):
    """Why an expression cannot stand in a mark, or ""."""
    expression = expression.removeprefix(BELOW).strip()
    if len(expression) > LONGEST or "\n" in expression:
        return f"an expression has one line of at most {LONGEST} characters"
    if "|" in expression or "--" in expression:
        return "'|' would end a cell of a table, and '--' a comment"
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as error:
        return f"no expression of Python: {error.msg}"
    nodes = list(ast.walk(tree))
    for node in nodes:
        if not isinstance(node, ALLOWED):
            return f"{type(node).__name__} cannot stand in a mark"
        name = getattr(node, "attr", getattr(node, "id", ""))
        if name in ROUNDING:
            return f"{name} makes another number of it"
        if name.startswith("_"):
            return f"{name} is nobody's affair"
    if not any(isinstance(node, ast.Name) for node in nodes):
        return "it names no quantity"
    return _numerals_refused(tree)


def _numerals_refused(tree):
    """Why the numerals of an expression could bring the result themselves, or ""."""
    indices = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Subscript, ast.keyword))
        for part in ast.walk(node.slice if isinstance(node, ast.Subscript) else node)
    }
    beside = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            pairs = [(node.left, node.right, 1), (node.right, node.left, 1)]
        elif isinstance(node, ast.Compare):
            pairs = [(part, node.left, 0) for part in node.comparators]
        else:
            continue
        for part, other, least in pairs:
            if any(isinstance(x, ast.Name) for x in ast.walk(other)):
                beside[id(part)] = least
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in indices:
            continue
        least = beside.get(id(node))
        plain = type(node.value) is int and (
            node.value in PLAIN_NUMERALS or node.value == least == 0
        )
        if least is None or not plain:
            return (
                f"{node.value!r} could bring the result: numerals are indices,"
                " or 1, 2 and 100 beside a name"
            )
    return ""


def differs(one, answer):
    """What is wrong with a Said whose mark gives that answer of an Execution, or ""."""
    number, mark = one.number, one.number.mark
    if isinstance(answer, str):
        return f"{mark!r}: {answer}"
    if len(answer) != len(number.values):
        return f"{mark!r} gives {len(answer)} numbers, not {len(number.values)}"
    for shown, half, value in zip(number.values, number.halves, answer):
        # A tie may be rounded either way; what is not a number equals nothing.
        if not abs(value - shown) <= half * (1 + 1e-9):
            return f"but {mark} is {', '.join(f'{v:.10g}' for v in answer)}"
    return ""


def without_marks(text, steps=False):
    """The text as its readers get it: without the marks of numbers, and without what is
    said of its mathematics (book.inline), which may stand on lines of their own. With
    steps, it still says which step it speaks of, as the book's extension reads it."""
    text = MARK.sub("", SAID_OF_MATHEMATICS.sub("", text))
    return text if steps else STEP.sub("", text)
