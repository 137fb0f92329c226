"""A module of JavaScript, or a style sheet, without what only its readers need.

    packed(text)     a module without comments, and without blanks where none is needed
    tokens(text)     its strings, templates, expressions and signs, one after the other
    pressed(text)    a style sheet without comments and indentation

No name is shortened. A line break counts as a blank: the linter puts every semicolon.
"""

import re

STRING = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
EXPRESSION = r"/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*"
BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
WORD = re.compile(r"[\w$]+")
# After these a slash begins an expression, elsewhere it divides.
BEFORE = re.compile(r"(?:^|[(,=:\[!&|?{};+~>]|\breturn|\btypeof)$")


def tokens(text):
    """The tokens of a module, a blank between two of them as None."""
    found, at, last = [], 0, ""
    while at < len(text):
        if blank := BLANK.match(text, at):
            found.append(None)
            at = blank.end()
            continue
        end = _end(text, at, last)
        last = text[at:end]
        found.append(last)
        at = end
    return found


def _end(text, at, last):
    first = text[at]
    if first == "`":
        return _template(text, at + 1)
    if first in "\"'":
        return re.compile(STRING).match(text, at).end()
    if first == "/" and BEFORE.search(last):
        return re.compile(EXPRESSION).match(text, at).end()
    word = WORD.match(text, at)
    return word.end() if word else at + 1


def _template(text, at):
    """Where a template ends whose text begins there."""
    while text[at] != "`":
        if text[at] == "\\":
            at += 2
        elif text.startswith("${", at):
            at, last = at + 2, "{"
            while text[at] != "}" or last is None:
                at, last = _inner(text, at, last)
            at += 1
        else:
            at += 1
    return at + 1


def _inner(text, at, last):
    """Past one token, or past braces and what is between them."""
    if blank := BLANK.match(text, at):
        return blank.end(), last
    if text[at] == "{":
        at, last = at + 1, "{"
        while text[at] != "}":
            at, last = _inner(text, at, last)
        return at + 1, "}"
    end = _end(text, at, last)
    return end, text[at:end]


def packed(text):
    """A module with its tokens as close together as they may stand."""
    found, blank = [], False
    for token in tokens(text):
        if token is None:
            blank = True
            continue
        if blank and found and _apart(found[-1][-1], token[0]):
            found.append(" ")
        found.append(token)
        blank = False
    return "".join(found) + "\n"


def _apart(before, after):
    word = re.compile(r"[\w$]")
    if word.match(before):
        return bool(word.match(after)) or after in "\"'`"
    return before in "+-" and before == after


def pressed(text):
    """A style sheet without comments, and without blanks at the ends of its lines."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", text.strip())
