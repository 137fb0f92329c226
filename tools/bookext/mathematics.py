"""Mathematics as native MathML, made from LaTeX when the book is built.

``typeset(tex)`` returns one ``<math>`` element: no JavaScript, selectable, spoken by
screen readers, and set in STIX Two Math by the page's style sheet. latex2mathml does
the parsing; what it gets wrong, or writes for older browsers, is mended here on the
tree. A command it does not know raises ``MathematicsError``: it never becomes text in
the page.

``spoken(math)`` reads the tree out in words, for ``alttext`` and for titles.
"""

from __future__ import annotations

import html
import re
import unicodedata
from xml.etree import ElementTree

from latex2mathml.converter import convert_to_element

from .wellformed import fault


class MathematicsError(ValueError):
    """LaTeX this book cannot typeset."""


def typeset(tex: str, display: bool = False) -> str:
    """The ``<math>`` element of a LaTeX formula, as text.

    Raises MathematicsError with the place of what is missing or cannot be typeset.
    """
    return ElementTree.tostring(tree(tex, display), encoding="unicode")


def tree(tex: str, display: bool = False) -> ElementTree.Element:
    """The mended MathML tree of a LaTeX formula."""
    source = " ".join(tex.split())
    if not source:
        raise MathematicsError("empty formula")
    if found := fault(source):
        place, reason = found
        raise MathematicsError(f"{source[:place]}⟦here⟧{source[place:]}: {reason}")
    if "\\" * 2 in ENVIRONMENT.sub("", source) or "&" in ENVIRONMENT.sub("", source):
        source = rf"\begin{{aligned}}{source}\end{{aligned}}"
    source, columns = _aligned_as_arrays(source)
    try:
        math = convert_to_element(source, display="block" if display else "inline")
    except Exception as error:
        # latex2mathml raises a dozen unrelated classes, most of them without a message.
        reason = type(error).__name__
        raise MathematicsError(f"cannot read the formula {tex!r}: {reason}") from error
    for node in math.iter():
        # It writes every symbol as an entity in the text, escaped once too often here.
        node.text = node.text and html.unescape(node.text)
    if columns:
        _mark_aligned(math)
    _mend(math)
    for node in math.iter():
        if node.text and "\\" in node.text:
            raise MathematicsError(f"unknown command {node.text!r} in {tex!r}")
        if node.tag in ("mi", "mo") and node.text == "&":
            raise MathematicsError(f"stray & in {tex!r}")
    math.attrib.pop("xmlns", None)
    if not display:  # so it is anyway
        math.attrib.pop("display")
    if len(math) == 1 and math[0].tag == "mrow" and not math[0].attrib:
        math[:] = list(math[0])  # a formula is a row without being told
    math.set("alttext", spoken(math))
    return math


# An environment with its contents: `\\` and `&` inside it belong to it.
ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}")
ALIGNED = re.compile(r"\\begin\{(aligned|align\*?|split)\}(.*?)\\end\{\1\}")


def _aligned_as_arrays(source: str) -> tuple[str, int]:
    """LaTeX with every aligned environment written as an array, right-left-right-…

    latex2mathml prints the & of an ``aligned`` inside another formula as a letter.
    """

    def array(match: re.Match) -> str:
        body = match[2].strip()
        columns = max(row.count("&") for row in body.split(r"\\")) + 1
        return rf"\begin{{array}}{{{'rl' * columns}}}{body}\end{{array}}"

    return ALIGNED.subn(array, source)


def _mark_aligned(math: ElementTree.Element) -> None:
    for table in math.iter("mtable"):
        table.set("class", "aligned")
        table.set("displaystyle", "true")


def _mend(parent: ElementTree.Element) -> None:
    """Mend a tree in place, leaves first."""
    for node in parent:
        _mend(node)
    _join_runs(parent)
    for position, node in enumerate(parent):
        if node.tag in ("msup", "msubsup") and _is_prime(node[-1]):
            _lower_prime(node)
        elif node.tag in ("mi", "mn"):
            _mend_identifier(node)
        elif node.tag == "mo":
            _mend_operator(node, parent, position)
        elif node.tag == "mtd":
            # MathML Core has no columnalign: the style sheet aligns by class.
            side = node.attrib.pop("columnalign", "center")
            if side != "center":
                node.set("class", side)
        elif node.tag in ("mtable", "mtr"):
            node.attrib.pop("columnalign", None)


def _join_runs(parent: ElementTree.Element) -> None:
    r"""Join the letters of a \mathrm and the digits of 3{,}000 into one token."""
    if parent.tag not in ("mrow", "mstyle", "math", "mtd"):
        return
    position = 0
    while position < len(parent) - 1:
        here, after = parent[position], parent[position + 1]
        upright = {here.get("mathvariant"), after.get("mathvariant")} == {"normal"}
        if here.tag == after.tag == "mi" and upright:
            here.text += after.text
            parent.remove(after)
        elif (
            here.tag == "mn"
            and after.tag == "mrow"
            and [(n.tag, n.text) for n in after] == [("mo", ",")]
            and position + 2 < len(parent)
            and parent[position + 2].tag == "mn"
        ):
            here.text += "," + parent[position + 2].text
            parent.remove(parent[position + 2])
            parent.remove(after)
        else:
            position += 1
    if parent.tag == "mrow" and len(parent) == 1 and parent[0].tag == "mrow":
        inner = parent[0]
        parent.remove(inner)
        parent.extend(inner)


def _mend_identifier(node: ElementTree.Element) -> None:
    variant = node.attrib.pop("mathvariant", None)
    text = node.text or ""
    if variant in VARIANTS:
        # Browsers know only mathvariant="normal"; the letters themselves exist.
        node.text = "".join(_letter(c, VARIANTS[variant]) for c in text)
    elif variant == "normal" and len(text) == 1:
        node.set("mathvariant", "normal")


def _is_prime(node: ElementTree.Element) -> bool:
    return node.text == "′" and not len(node)


def _lower_prime(node: ElementTree.Element) -> None:
    """Set a prime beside its letter: the font draws it raised, once is enough."""
    prime = node[-1]
    node.remove(prime)
    base = list(node)
    if node.tag == "msubsup":
        script = ElementTree.Element("msub")
        script.extend(base)
        for child in base:
            node.remove(child)
        node.append(script)
    node.tag = "mrow"
    node.append(ElementTree.Element("mo", lspace="0", rspace="0"))
    node[-1].text = "′"


VARIANTS = {"bold": "BOLD", "bold-italic": "BOLD ITALIC", "italic": "ITALIC"}


def _letter(character: str, style: str) -> str:
    """A letter or digit in one of Unicode's mathematical alphabets."""
    name = unicodedata.name(character, "")
    words = name.replace("GREEK SMALL LETTER", "SMALL").replace(
        "GREEK CAPITAL LETTER", "CAPITAL"
    )
    words = words.replace("LATIN SMALL LETTER", "SMALL")
    words = words.replace("LATIN CAPITAL LETTER", "CAPITAL")
    # "MATHEMATICAL BOLD ITALIC SMALL LAMDA": Unicode spells it so in both blocks.
    try:
        return unicodedata.lookup(f"MATHEMATICAL {style} {words}")
    except KeyError:
        return character


def _mend_operator(
    node: ElementTree.Element, parent: ElementTree.Element, position: int
) -> None:
    text = node.text or ""
    if text in (r"\{", r"\}"):
        node.text = text[1]
    elif text == "∂":
        # As a letter it is set in italics, like the d it stands for.
        node.tag = "mi"
    elif re.fullmatch(r"[a-zA-Z]{2,}", text):
        node.tag = "mi"
        follower = parent[position + 1] if position + 1 < len(parent) else None
        if follower is not None and follower.tag not in ("mo", "mspace"):
            node.tail = None
            space = ElementTree.Element("mspace", width="0.167em")
            parent.insert(position + 1, space)
    elif text == "−" and position and _expects_operand(parent[position - 1]):
        # The sign of a number, not a difference: no space after it.
        node.set("form", "prefix")
    elif text in ("⊤", "*") and parent.tag in ("msup", "msubsup"):
        node.set("lspace", "0")
        node.set("rspace", "0")


def _expects_operand(node: ElementTree.Element) -> bool:
    return node.tag == "mo" and node.text in "=≈≠<>≤≥←(,[×·⋅+"


NAMES = {
    "=": "equals", "+": "plus", "−": "minus", "-": "minus", "×": "times", "·": "times",
    "⋅": "times", "/": "over", "∑": "sum", "∏": "product", "←": "becomes",
    "→": "goes to", "⟶": "goes to", "⊙": "element by element times", "(": "open paren",
    ")": "close paren", "[": "open bracket", "]": "close bracket", "{": "open brace",
    "}": "close brace", ">": "is greater than", "<": "is less than", "≥": "is at least",
    "≤": "is at most", "≈": "is about", "≠": "is not", "∂": "partial", "′": "prime",
    "⊤": "transposed", "∈": "in", "…": "and so on", "⋯": "and so on", ",": ",",
    "|": "bar", "‖": "double bar", "∼": "is distributed as", "∞": "infinity",
    "√": "root", "⏟": "", "⏞": "", "⟨": "open angle", "⟩": "close angle", ":": ":",
    "∝": "is proportional to", "±": "plus or minus", "∇": "gradient of",
}  # fmt: skip


def spoken(node: ElementTree.Element) -> str:
    """A formula in words: "delta sub h equals open paren sum over o of …"."""
    words = " ".join(_words(node).split())
    return re.sub(r"( ?,)+", ",", words).rstrip(",")


def _words(node: ElementTree.Element) -> str:
    parts = [_words(child) for child in node]
    match node.tag:
        case "mi" | "mn" | "mo":
            return f" {_token(node.text or '')} "
        case "mtext":
            return f" {node.text or ''} "
        case "mfrac":
            if _is_partial(node[0]) and _is_partial(node[1]):
                return f" {parts[0]} by {parts[1]} "
            simple = all(len(child) < 2 for child in node)
            words = f"{parts[0]} over {parts[1]}"
            return f" {words} " if simple else f" the fraction {words}, end fraction, "
        case "msub" if node[0].text == "∑":
            return f" sum over {parts[1]} of "
        case "msub":
            return f" {parts[0]} sub {parts[1]} "
        case "msup":
            return f" {parts[0]} {_power(parts[1])} "
        case "msubsup":
            return f" {parts[0]} sub {parts[1]} {_power(parts[2])} "
        case "munder":
            over = "over" if node[0].text == "∑" else "with, below it,"
            return f" {parts[0]} {over} {parts[1]} of "
        case "munderover":
            return f" {parts[0]} from {parts[1]} to {parts[2]} of "
        case "mover":
            return f" {parts[0]} {'hat' if node[1].text == '^' else parts[1]} "
        case "msqrt":
            return f" the root of {' '.join(parts)}, end root, "
        case "mtr":
            return " ".join(parts) + "; "
        case _:
            return " ".join(parts)


def _is_partial(node: ElementTree.Element) -> bool:
    first = next((n for n in node.iter() if n.tag in ("mi", "mo", "mn")), None)
    return first is not None and first.text == "∂"


def _power(words: str) -> str:
    words = words.strip()
    if words in ("prime", "transposed"):
        return words
    return {"2": "squared"}.get(words, f"to the power {words}, end power,")


def _token(text: str) -> str:
    if text in NAMES:
        return NAMES[text]
    words = []
    for character in text:
        plain = unicodedata.normalize("NFKC", character)
        name = unicodedata.name(plain[0], "")
        if name.startswith("GREEK"):
            letter = name.split()[-1].lower().replace("lamda", "lambda")
            bold = "BOLD" in unicodedata.name(character)
            words.append(f"bold {letter}" if bold else letter)
        elif plain != character and character.isalpha():
            bold = "BOLD" in unicodedata.name(character)
            words.append(f"bold {plain}" if bold else plain)
        else:
            words.append(plain)
    return " ".join(words) if any(len(w) > 1 for w in words) else "".join(words)
