r"""Is a formula whole? What latex2mathml would typeset all the same, and wrongly.

``fault(tex)`` finds the first thing that is missing or left over: a brace, an argument,
a partner of ``\left`` or ``\begin``, a base under an index. It returns the place and
the reason, or None if the formula is whole.
"""

import re

TOKEN = re.compile(r"\\(?:[a-zA-Z]+\*?|.)|[{}^_&$#%]|[^\s\\{}^_&$#%]", re.DOTALL)
ARGUMENTS = {
    **dict.fromkeys(("frac", "tfrac", "dfrac", "binom", "overset", "underset"), 2),
    **dict.fromkeys(
        ("sqrt", "hat", "bar", "tilde", "vec", "dot", "ddot", "widehat"), 1
    ),
    **dict.fromkeys(
        ("mathbf", "mathrm", "mathit", "mathcal", "mathbb", "boldsymbol"), 1
    ),
    **dict.fromkeys(("text", "operatorname", "underbrace", "overbrace", "overline"), 1),
}
PARTNERS = {"left": "right", "begin": "end"}
# What TeX reads otherwise than one would think, or not in mathematics at all.
STRAY = {
    "$": "stands inside the formula",
    "#": "is no symbol",
    "%": "would begin a comment",
    r"\over": r"is TeX's own: write \frac",
}


def fault(tex: str):
    """(place, reason) of the first fault of a formula, or None."""
    tokens = [(found.start(), found[0]) for found in TOKEN.finditer(tex)]
    found = [*_unpaired(tokens, tex), *_missing(tokens, tex)]
    return min(found, default=None)


def _unpaired(tokens, tex):
    """Braces, environments, \\left and \\right that have no partner."""
    open_ = []
    for k, (place, token) in enumerate(tokens):
        name = token.removeprefix("\\")
        if token in STRAY:
            yield place, f"{token} {STRAY[token]}"
        if token == "{" or token != name and name in PARTNERS:
            open_.append((place, name, _environment(tokens, k, name)))
        elif token == "}" or token != name and name in PARTNERS.values():
            wanted = "{" if token == "}" else {"right": "left", "end": "begin"}[name]
            if not open_ or open_[-1][1] != wanted:
                yield place, f"{token} closes nothing that is open here"
                return
            _, _, environment = open_.pop()
            if name == "end" and _environment(tokens, k, name) != environment:
                yield place, rf"\begin{{{environment}}} is closed by another \end"
    for place, name, _ in open_:
        word = name if name == "{" else f"\\{name}"
        yield place, f"{word} is never closed"


def _environment(tokens, k, name):
    """The name behind \\begin or \\end at token k."""
    if name not in ("begin", "end"):
        return ""
    letters = []
    for _, token in tokens[k + 2 :]:
        if token == "}":
            break
        letters.append(token)
    return "".join(letters)


def _missing(tokens, tex):
    """Commands, indices and powers without what they are to be applied to."""
    for k, (place, token) in enumerate(tokens):
        if token in "^_":
            if _argument(tokens, k + 1) is None:
                yield place, f"nothing follows {token}"
            continue
        after = k + 1
        if token == r"\sqrt" and tokens[after : after + 1] and tokens[after][1] == "[":
            closed = [j for j in range(after, len(tokens)) if tokens[j][1] == "]"]
            after = closed[0] + 1 if closed else len(tokens)
        count = ARGUMENTS.get(token[1:], 0) if token[0] == "\\" else 0
        for number in range(1, count + 1):
            bare = tokens[after][1] if after < len(tokens) else ""
            after = None if bare and bare in "=+-<>,)" else _argument(tokens, after)
            if after is None:
                which = "" if count == 1 else f" {number} of {count}"
                yield place, f"{token} lacks its argument{which}"
                break


def _argument(tokens, k):
    """The token after the argument that begins at token k; None if there is none."""
    if k >= len(tokens) or tokens[k][1] in (
        "}",
        "^",
        "_",
        "&",
        r"\\",
        r"\right",
        r"\end",
    ):
        return None
    if tokens[k][1] != "{":
        return k + 1
    depth = 0
    for j in range(k, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[j][1], 0)
        if not depth:
            return j + 1 if j > k + 1 else None
    return len(tokens)
