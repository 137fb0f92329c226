"""A typed answer, read and judged as a good tutor would: what it is, never the answer.

    read("−2.602×10⁻²")              a Typed number, or why it is none
    judge(text, right, suspects)     a Verdict: right, short, near, or what went wrong
    suspects(label, instance, place) what else could have been typed there, each a value
    apart(a, b)                      whether no typed number can be both

judge.js does the same in a page; both say SAID and measure with TOLERANCE, which a page
gets as data. Stepper, exercises and `check` all ask here.

How a number may be written: with a point or a comma, with spaces in it (- 0.026,
1 234.5), with any minus, as 2.6e-2, 2.6*10^-2, 2.6×10⁻² or 10⁻², as −1/38 or ½, in
percent, with a name and "=" or "≈" before it and a unit after it. One comma is a
decimal comma, so 1,234 is a little more than 1; 1,234.5 is more than a thousand.

The rule of digits. A number is right if it is the true one rounded to the digits typed
and these reach the first digit of the true one that counts: 0.62 and 0.6 for 0.6225,
but not 1; −0.03 for −0.02602. Only 0 itself is 0. With one digit that counts it is
"short": right, and told that one more would say more. With none, one more digit is
asked for before it is called anything. A number as near as rounding on the way may take
it is right as well, unless the true one ends before its last digit, so that nothing
had to be rounded; one within "near", or cut off where it should be rounded, is close
and not right. What is the very number of a mistake, and the right one only when rounded
to as few digits, may be either, and one more digit tells.

Of everything that could have been meant, what fits the typed digits best is named: the
very number before its rounding, that before a rounding on the way. Where several fit as
well, all are named, the sign first.
"""

import math
import re
from typing import NamedTuple

import numpy as np

from book import mistakes
from book.writing import plain

# Each a share of the number. A typed one is held to these: the very number, rounded on
# the way, near. What a function computes is held to "computed"; where it is wrong, the
# parts of it that agree to "part" are said to be right.
TOLERANCE = {"same": 1e-9, "way": 0.004, "near": 0.025, "computed": 1e-6, "part": 1e-4}

SAID = {
    "empty": "Type a number.",
    "unread": "“{text}” cannot be read as a number. Write it like −0.5, 1/2 or 5×10⁻¹.",
    "partly": "This can be read up to “{head}”, but not “{rest}”. Type one number.",
    "large": "“{text}” is too large a number.",
    "right": "Right.",
    "way": "Right, rounded on the way.",
    "before": "Right, when you were here before.",
    "short": "Right, to one digit. One more digit would say more.",
    "digit": "It fits so far. One more digit, please.",
    "either": "It fits so far, but it could also be: {names}. One more digit, please.",
    "small": "It is small, but not 0. Type its digits, please.",
    "exact": "Close, but nothing has to be rounded here.",
    "near": "Close, but not by rounding alone. Keep one more digit on the way.",
    "sign": "The sign is the other one",
    "sign sentence": "The size is right: look at each minus.",
    "sign near": "The sign is the other one, and the size is close, not quite right.",
    "decimal": "The digits are right, the decimal point is not",
    "decimal sentence": "Count the places again.",
    "sign decimal": "The digits are right. Look at the sign and at the decimal point.",
    "neighbour": "That is {there}",
    "neighbour sentence": "Here it is {here} that is asked for.",
    "several": "There is more than one way to get this.",
    "or": "Or:",
    "also": "(It could also be: {names}.)",
    "both large": "The sign is the other one, and it is too large in size.",
    "both small": "The sign is the other one, and it is too small in size.",
    "large size": "The sign is right, but it is too large in size.",
    "small size": "The sign is right, but it is too small in size.",
    "too large": "It is too large in size.",
    "zero": "It is not 0.",
    "never": "{here} is never negative: all that goes into it is 0 or more.",
    "factors": "Go through the factors one by one.",
    "terms": "Go through the terms one by one.",
    "parts": "Go through it part by part.",
}

# What a page is told of all this.
DATA = {"sentences": SAID, "tolerance": TOLERANCE}


# ---- reading


class Typed(NamedTuple):
    """What was read: the number, what its last digit counts, how many digits count. Of
    what cannot be read, why not, and no number."""

    value: float = math.nan
    last: float = 0.0
    digits: int = 0
    why: str = ""


SPACES = "[\t\n\r\u00a0\u2000-\u200a\u202f\u205f\u3000]"
# What is written in several ways; each is one character, so that places stay.
SAME = ("[−–—‐‑﹣－]", "-"), ("[×·⋅∙]", "*"), ("[⁄∕÷]", "/"), ("[.,;!]$", " ")
SUPERSCRIPTS = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
VULGAR = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5",
          "⅙": "1/6", "⅛": "1/8"}  # fmt: skip

POWER = r"(?:(?:\^|\*\*) *[({]? *([+-]? *[0-9]+) *[)}]?|([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
I = re.IGNORECASE
NAME = re.compile(r"^.*[=≈≃≅~] *", re.DOTALL)
SIGN = re.compile(r"^(?:(minus|-)|plus|\+)? *", I)
RUN = re.compile(r"^(?:[0-9.,'’_]| (?=[0-9.,]))+")
TEN = re.compile(rf"^10 *{POWER})")
EXPONENT = re.compile(
    rf"^ *(?:e *([+-]? *[0-9]+)|[*x] *10 *{POWER}|([+-][0-9]+)))", re.I
)
PERCENT = re.compile(r"^ *%")
OVER = re.compile(r"^ */ *")
UNIT = re.compile(
    r"^ *(?!e *(?:[+-]|$))[a-zµμω°å]+[²³]?(?: */ *[a-zµμω]+[²³]?)? *$", re.I
)
WHOLE = re.compile(r"^(?:[0-9]*|[0-9]{1,3}(?:([ '’_.,])[0-9]{3})(?:\1[0-9]{3})*)$")
AFTER = re.compile(r"^(?:[0-9]*|[0-9]{3}(?: [0-9]{3})*(?: [0-9]{1,3})?)$")


def read(text):
    """What was typed, as a Typed number."""
    text = re.sub(SPACES, " ", text).strip(" ")
    if not text:
        return Typed(why=SAID["empty"])
    tidy = text
    for pattern, character in SAME:
        tidy = re.sub(pattern, character, tidy)
    name = NAME.match(tidy)
    start = name.end() if name else 0
    end, number = _quotient(tidy, start)
    if number is None:
        return Typed(why=filled("unread", text=text))
    if tidy[end:].strip(" ") and not UNIT.match(tidy[end:]):
        head, rest = text[start:end].strip(" "), text[end:].strip(" ")
        return Typed(why=filled("partly", head=head, rest=rest))
    if not math.isfinite(number.value):
        return Typed(why=filled("large", text=text))
    return number


def filled(key, **parts):
    """A sentence of SAID with its parts filled in."""
    return re.sub(r"\{(\w+)\}", lambda m: parts[m[1]], SAID[key])


def _quotient(text, start):
    """Where a number or a quotient ends, and the Typed number or None."""
    end, number = _number(text, start)
    over = OVER.match(text[end:]) if number else None
    if over:
        after, below = _number(text, end + over.end())
        if below and below.value:
            return after, Typed(number.value / below.value, 0.0, 99)
    return end, number


def _number(text, start):
    sign = SIGN.match(text[start:])
    at = start + sign.end()
    if text[at : at + 1] in VULGAR:
        above, below = VULGAR[text[at]].split("/")
        value = int(above) / int(below)
        return at + 1, Typed(-value if sign[1] else value, 0.0, 99)
    if power := TEN.match(text[at:]):
        at, digits, decimals, exponent = at + power.end(), "1", 0, _power(power)
    else:
        run = RUN.match(text[at:])
        length, digits, decimals = _digits(run[0]) if run else (0, "", 0)
        if not digits:
            return start, None
        at, exponent = at + length, 0
        if power := EXPONENT.match(text[at:]):
            at, exponent = at + power.end(), _power(power)
    if percent := PERCENT.match(text[at:]):
        at, exponent = at + percent.end(), exponent - 2
    places = exponent - decimals
    value = float(f"{'-' if sign[1] else ''}{digits}e{places}")
    return at, Typed(value, float(f"1e{places}"), len(digits.lstrip("0")))


def _power(match):
    found = next(group for group in match.groups() if group)
    return int(found.translate(SUPERSCRIPTS).replace(" ", ""))


def _digits(run):
    """The longest beginning of a run that is a number: its length, its digits, and how
    many of them stand after the point."""
    for end in range(len(run), 0, -1):
        if run[end - 1] == " " or run[end : end + 1] not in ("", " "):
            continue
        found = _decimal(run[:end])
        if found:
            return end, *found
    return 0, "", 0


def _decimal(run):
    points = [mark for mark in run if mark in ".,"]
    grouped = len(points) > 1 and len(set(points)) == 1  # 1,234,567
    if len(points) > 1 and not grouped and points.count(points[-1]) > 1:
        return None
    at = len(run) if grouped or not points else run.rindex(points[-1])
    whole, after = run[:at], run[at + 1 :]
    if not WHOLE.match(whole) or not AFTER.match(after):
        return None
    digits, after = (re.sub("[^0-9]", "", part) for part in (whole, after))
    return (digits + after, len(after)) if digits + after else None


# ---- judging

# How well a typed number fits a value.
VERY, ROUNDED, WAY, SHORT, NOT = 4, 3, 2, 1, 0
FEW = 5  # digits of a number that is written out in full


def shown(typed, value):
    """How many of the digits typed count for a value: none if they do not reach it."""
    first = float("1e" + f"{abs(value):.16e}".split("e")[1])
    return typed.digits if value and typed.last <= first else 0


def fit(typed, value):
    """How well a typed number fits a value: one of the five above."""
    off, size = abs(typed.value - value), max(abs(typed.value), abs(value))
    if off <= TOLERANCE["same"] * size:
        return VERY
    if _rounded(typed, value):
        digits = shown(typed, value)
        if digits:
            return ROUNDED if digits > 1 else SHORT
    return WAY if off <= TOLERANCE["way"] * abs(value) else NOT


def ends(value):
    """What the last digit of a number counts that has few of them; of others, 0."""
    digits, power = f"{value:.11e}".split("e")
    count = len(digits.lstrip("-").replace(".", "").rstrip("0"))
    return float(f"1e{int(power) - count + 1}") if value and count <= FEW else 0.0


def same(a, b):
    """Whether two values are one, but for the last bits."""
    return abs(a - b) <= TOLERANCE["same"] * max(abs(a), abs(b))


def apart(a, b):
    """Whether two values are so far from each other that none that is typed to three
    digits or more can be a rounding of both, on the way or at the end."""
    return abs(a - b) > TOLERANCE["way"] * (abs(a) + abs(b))


def _rounded(typed, value):
    return abs(typed.value - value) <= 0.5 * typed.last * (1 + 1e-9)


def near(typed, value):
    """Whether a typed number is close by, or cut off after some digits."""
    size, given = abs(value), abs(typed.value)
    cut = typed.digits > 1 and given < size < given + typed.last
    by = abs(typed.value - value) <= TOLERANCE["near"] * size * (1 + 1e-9)
    return typed.value * value > 0 and (by or cut and shown(typed, value) > 1)


class Suspects(NamedTuple):
    """What could be typed where a quantity is asked for, each {"name", "sentence",
    "value"}: mistakes, the same quantity at other places, other quantities of the pass
    at the same place. `here` is what is asked for; made_of is what its equation puts
    together, "factors", "terms" or other "parts"; it may be never_negative."""

    here: str = ""
    mistakes: tuple = ()
    neighbours: tuple = ()
    quantities: tuple = ()
    made_of: str = "factors"
    never_negative: bool = False


class Verdict(NamedTuple):
    """kind says what was found, right whether it counts as right, text what a learner
    is told. found are the readings of a wrong number that fit, likeliest first."""

    kind: str
    right: bool
    text: str
    found: tuple = ()


def judge(text, right, suspects=Suspects()):  # noqa: B008
    """The Verdict on a typed text, where that number is asked for."""
    typed = read(text)
    if typed.why:
        return Verdict("empty" if typed.why == SAID["empty"] else "unread", False,
                       typed.why)  # fmt: skip
    levels = [(fit(typed, one["value"]), one) for one in readings(right, suspects)]
    best = max((level for level, _ in levels), default=NOT)
    found = tuple(one for level, one in levels if level == best)
    own = fit(typed, right)
    exact = own == WAY and 0 < typed.last < 0.5 * ends(right)
    own = NOT if exact else own

    def answer(kind, right, *said, found=()):
        return Verdict(kind, right, " ".join(filter(None, said)), found)

    if own and own >= best:
        kind = {WAY: "way", SHORT: "short"}.get(own, "right")
        return answer(kind, True, SAID[kind])
    if own == ROUNDED:
        names = _names(found)
        return answer("digit", False, filled("either", names=names), found=found)
    if best >= WAY:
        kind = found[0]["kind"] if len(found) == 1 else "several"
        return answer(kind, False, told(found), found=found)
    if right and not typed.value and abs(right) <= 0.5:
        return answer("digit", False, SAID["small"])
    if _rounded(typed, right) and not shown(typed, right):
        return answer("digit", False, SAID["digit"])
    if near(typed, right):
        return answer("near", False, SAID["exact" if exact else "near"])
    if suspects.never_negative and typed.value < 0:
        return answer("sign", False, filled("never", here=suspects.here))
    if fit(typed, -right) == SHORT:
        return answer("sign", False, f"{SAID['sign']}.")
    if near(typed, -right):
        return answer("sign", False, SAID["sign near"])
    if any(fit(typed, -right * ten) >= WAY for ten in TENS):
        return answer("sign decimal", False, SAID["sign decimal"])
    kind, key = _seen(typed.value, right)
    return answer(kind, False, SAID[key], SAID[suspects.made_of])


TENS = (10, 0.1, 100, 0.01, 1000, 0.001)


def readings(right, suspects):
    """What a wrong number could be, the sign first: {"kind", "id", "name", "sentence",
    "value"}. What has the right number itself is none; of another quantity with the
    number of a mistake, the mistake says more."""
    found = [{"kind": "mistake", **one} for one in suspects.mistakes]

    def say(kind, name, sentence, value):
        words = {"name": name, "sentence": sentence}
        found.append({"kind": kind, "id": kind, **words, "value": value})

    if not any(one["id"] == "sign" and same(one["value"], -right) for one in found):
        never = suspects.never_negative and filled("never", here=suspects.here)
        say("sign", SAID["sign"], never or SAID["sign sentence"], -right)
    found.sort(key=lambda one: one["id"] != "sign")
    asked = filled("neighbour sentence", here=suspects.here)
    others = [("neighbour", one) for one in suspects.neighbours]
    others += [("quantity", one) for one in suspects.quantities]
    for kind, one in others:
        if not any(same(one["value"], other["value"]) for other in found):
            say(kind, filled("neighbour", there=one["name"]), asked, one["value"])
    for ten in TENS:
        say("decimal", SAID["decimal"], SAID["decimal sentence"], right * ten)
    return [one for one in found if not same(one["value"], right)]


def _names(found):
    return " and ".join(f"“{one['name']}”" for one in found)


def told(found):
    """What readings are called, with what mends them; of more than two the first."""
    by_name = {one["name"]: one for one in reversed(found)}
    first, *others = [one for one in found if by_name[one["name"]] is one]
    full = f"{first['name']}. {first['sentence']}"
    if not others:
        return full
    if len(others) == 1:
        other = f"{others[0]['name']}. {others[0]['sentence']}"
        return " ".join((SAID["several"], full, SAID["or"], other))
    names = "; ".join(one["name"] for one in others)
    return " ".join((SAID["several"], full, filled("also", names=names)))


def _seen(value, right):
    """What can be seen of a number that nothing explains."""
    if not value:
        return "size", "zero"
    if not right:
        return "size", "too large"
    size = "large" if abs(value) > abs(right) else "small"
    return ("both", f"both {size}") if value * right < 0 else ("size", f"{size} size")


def suspects(label, instance, place):
    """The Suspects of a quantity of an Instance at a place, counted from 0; each value
    is that of the first example."""
    model, equation = instance.model, instance.model.equations[label]
    wrong = mistakes.wrong_values(label, instance, place)
    known = {m.id: m for m in mistakes.mistakes(label, model)}

    def at(label, place):
        equation = model.equations[label]
        value = mistakes.right_value(label, instance, place)
        return {"name": plain(equation, place, model), "value": value}

    shape = np.shape(mistakes.right_value(label, instance))
    before = model.order[: model.order.index(label)]
    earlier = [other for other in before if _beside(other, equation, instance)]
    return Suspects(
        plain(equation, place, model),
        tuple(
            {"id": id, "name": known[id].name, "sentence": known[id].sentence,
             "value": value}
            for id, value in wrong.items() if np.isfinite(value)
        ),
        tuple(at(label, k) for k in np.ndindex(shape) if k != tuple(place)),
        tuple(at(other, place) for other in earlier),
        made_of(equation.rhs),
        never_negative(equation.rhs),
    )  # fmt: skip


def made_of(tree):
    """What a learner goes through in an equation: its "factors", "terms" or "parts"."""
    if tree[0] in ("add", "sub", "sum"):
        return "terms"
    if tree[0] not in ("mul", "odot", "prod"):
        return "parts"
    kept = [part for part in tree[1:] if not _constant(part)]
    return made_of(kept[0]) if len(kept) == 1 and tree[0] != "prod" else "factors"


def _constant(tree):
    """Whether a part of a tree is made of numbers alone."""
    return tree[0] == "num" or tree[0] == "frac" and all(map(_constant, tree[1:]))


def never_negative(tree):
    """Whether it can be seen of a tree that no number it gives is below 0."""
    kind, *inner = tree
    if kind == "pow":
        return inner[1] == ("num", "2")
    if kind in ("sum", "prod"):
        return never_negative(inner[1])
    if kind in ("mul", "add", "frac"):
        return all(map(never_negative, inner))
    return kind == "num"


def _beside(label, equation, instance):
    """Whether an equation gives another quantity at each of the same places."""
    model, other = instance.model, instance.model.equations[label]
    same_units = other.letters and other.letters == equation.letters
    return same_units and other.lhs[0] != "call" and model.holds_for(label, instance)
