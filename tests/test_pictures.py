"""Every drawing of the stepper says what its data say, for every model.

The pictures are drawn in the browser and read back from it: each number, both ends of
each line, signs, thicknesses, labels, names, what runs along an edge. What they should
be comes from the trees in Python. Then the source of the drawings is changed in one
place at a time, in the same page, and each change is noticed.
"""

import math
import re
from itertools import combinations

import pytest

import gallery
from book.model import models
from book.writing import shown as four_digits
from conftest import ROOT
from gallery import Room, Stop, drawn, hang, key

SIZES = {
    "recurrent": {"inputs": 2, "hidden": 3, "outputs": 2, "times": 4},
    "lstm": {"inputs": 2, "hidden": 2, "times": 3},
}
MODULES = "backprop fruit losses optimisers rules".split() + [
    "models." + path.stem for path in sorted((ROOT / "tests" / "models").glob("*.py"))
]
MODELS = {
    m.full_name: m for name in MODULES for m in models(name).values()
}  # fmt: skip
WIDTHS = {700: 4, 340: 3}  # pixels -> significant digits

# ---- numbers


def written(value, digits):
    """A number to so many digits, as the book writes it."""
    if digits == 4:
        return four_digits(value)
    size = abs(value)
    if size and (size < 1e-4 or size >= 1e6):
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{float(mantissa):g}".replace("-", "−") + f"×10{raised}"
    rounded = float(f"{value:.{digits}g}")
    text = f"{rounded:.10f}".rstrip("0").rstrip(".") if rounded else "0"
    return text.replace("-", "−")


def about(words):
    """How wide a text is at the least, in the drawing's own units."""
    narrow = {".": 3, " ": 3, "−": 7}
    return sum(narrow.get(letter, 6.4) for letter in words)


class Drawn:
    """One drawing, and what it should say."""

    def __init__(self, room, stop, width, data):
        self.room, self.stop, self.data = room, stop, data
        self.digits = WIDTHS[width] if width in WIDTHS else 4
        self.width = width
        self.pieces = {piece["id"]: piece for piece in data["drawn"]}
        self.results = set(room.results(stop))
        self.faults = []
        for text in (text for piece in data["drawn"] for text in piece["texts"]):
            # Of a parameter and its new value, it stands for both.
            text["keys"] = text["key"].split(" ")
            text["key"] = text["keys"][0]

    def wrong(self, piece, found, expected):
        where = piece if isinstance(piece, str) else piece["id"]
        self.faults.append(
            f"{self.room.model.full_name} {self.stop.label} {self.stop.place} "
            f"at {self.width}: {where} has {found!r}; expected {expected!r}"
        )

    def known(self, k):
        return self.room.known(k, self.stop)

    # -- what a number should read

    def number(self, piece, k, text, room=math.inf):
        """The text of a number: the value, "?" or nothing; to the digits there is room
        for."""
        words = text["words"]
        if not self.known(k):
            expected = "?" if k in self.results else ""
            if words != expected:
                self.wrong(piece, words, expected)
            return
        self.digits_of(piece, words, self.room.numbers[k], room)

    def digits_of(self, piece, words, value, room=math.inf):
        right = [written(value, n) for n in range(self.digits, 0, -1)]
        if words not in right:
            if words in ("", "−") and about(right[-1]) > room - 6:
                return  # a pixel too small for any number shows its sign
            self.wrong(piece, words, right[0])
            return
        # Fewer digits only where one more would not fit.
        at = right.index(words)
        if at and about(right[at - 1]) <= room - 12 and right[at - 1] != words:
            self.wrong(piece, words, right[at - 1])

    def now(self, k):
        """The key of a parameter as it is now: after its update, if that is known."""
        name, place = k.split(":")
        new = f"{name}_new:{place}"
        return new if new in self.room.numbers and self.known(new) else k

    def updated(self, k):
        name, place = k.split(":")
        return f"{name}_new:{place}" in self.room.numbers

    def moving(self, piece, k, words, room=60):
        """A parameter, or on its way to the new value."""
        name, place = k.split(":")
        new = f"{name}_new:{place}"
        if new in self.results and self.known(new):
            if not words.startswith("→"):
                self.wrong(piece, words, "→ and the new value")
            self.digits_of(piece, words.lstrip("→"), self.room.numbers[new], room)
        elif new in self.results:
            if not words.endswith("→?"):
                self.wrong(piece, words, "the old value and →?")
            if words != "→?" or self.width > 500:
                self.digits_of(piece, words.removesuffix("→?"), self.room.numbers[k])
        else:
            self.digits_of(piece, words, self.room.numbers[self.now(k)], room)

    # -- every piece

    def check(self):
        for piece in self.data["drawn"]:
            kind = piece["id"].split(" ")[0]
            getattr(self, f"_{kind}", lambda piece: None)(piece)
            self._inside(piece)
        self._apart()
        self._all_there()
        self._runs()
        return self.faults

    def _rows(self, piece):
        """Each number in a box, beside the letter of its quantity."""
        letters = {
            t["key"].split(" ")[0]: t["words"]
            for t in piece["texts"]
            if "name" in t["classes"]
        }
        for text in piece["texts"]:
            if not text["key"] or "name" in text["classes"]:
                continue
            k = text["key"].split(" ")[0]
            letter = letters.pop(k)
            if letter != letter_of(self.room, k):
                self.wrong(piece, letter, letter_of(self.room, k))
            room = piece["box"][2] - 18 - about(letter)
            if self.updated(k) and self.known(k):
                self.moving(piece, k, text["words"], room)
            else:
                self.number(piece, k, text, room)

    def _unit(self, piece):
        self._rows(piece)
        k = piece["id"].removeprefix(f"unit {kind_of(piece['id'])} ").split(" ")[0]
        letter = self.letter(piece)
        said = f"unit {letter} {int(k) + 1}: "
        if not piece["label"].startswith(said):
            self.wrong(piece, piece["label"], said)
        for text in piece["texts"]:
            if (
                text["key"]
                and "name" not in text["classes"]
                and self.known(text["key"])
            ):
                value = four_digits(self.room.numbers[text["key"]])
                if value not in piece["label"].replace(",", " ").split():
                    self.wrong(piece, piece["label"], value)
        names = [t["words"] for t in piece["texts"] if "unit-name" in t["classes"]]
        if not names or names[0].split(" ")[0] != f"{letter}{int(k) + 1}":
            self.wrong(piece, names, f"{letter}{int(k) + 1}")
        self._on(piece, names)

    def _on(self, piece, names):
        """A unit that has states is filled when it is on, and a character says so."""
        keys = [t["key"].split(" ")[0] for t in piece["texts"]]
        states = [k for k in keys if self.two_states(k)]
        if not states:
            return
        on = self.room.numbers[states[0]] > 0
        found = "on" in piece["classes"], names[0].endswith("●")
        if found != (on, on):
            self.wrong(piece, found, (on, on))

    def two_states(self, k):
        name = k.split(":")[0]
        if name in self.room.data["states"]:
            return True
        values = [
            v for other, v in self.room.numbers.items() if other.startswith(name + ":")
        ]
        return (
            name in self.room.given and bool(values) and {abs(v) for v in values} == {1}
        )

    def letter(self, piece):
        """The index letter of a unit's kind, by a quantity in its box."""
        kind = kind_of(piece["id"])
        model = self.room.model
        for symbol in model.symbols.values():
            kinds = [m for m in symbol.kinds if m not in model.scan.values()]
            if kinds == [kind]:
                return [u for u, m in zip(symbol.letters, symbol.kinds) if m == kind][
                    -1
                ]
        raise AssertionError(f"no letter for {kind}")

    def _cell(self, piece):
        k = piece["keys"][0]
        self.number(piece, k, piece["texts"][0], piece["box"][2] - 6)

    def _pill(self, piece):
        self._rows(piece)

    def _pixel(self, piece):
        k = piece["keys"][0]
        name = k.split(":")[0]
        self.number(piece, k, piece["texts"][0], piece["box"][2] - 2)
        known = [
            abs(v) for other, v in self.room.numbers.items()
            if other.startswith(name + ":") and self.known(other)
        ]  # fmt: skip
        value = self.room.numbers[k] if self.known(k) else 0
        amount = 0.45 * abs(value) / max(known, default=1) if value else 0
        if abs(piece["amount"] - amount) > 0.002:
            self.wrong(piece, piece["amount"], amount)
        self._sign(piece, k)
        self._bears(piece, k)
        # Where it stands: rows down, columns to the right.
        first = self.pieces[f"pixel {key(name, (0, 0))}"]["box"]
        row, column = map(int, k.split(":")[1].split(","))
        expected = [first[0] + column * first[2], first[1] + row * first[3]]
        if math.dist(expected, piece["box"][:2]) > 1:
            self.wrong(piece, piece["box"][:2], expected)

    def _bears(self, piece, k):
        """Of what a sum goes over, that takes part which the result depends on."""
        name, place = k.split(":")
        equation = self.room.equations[self.stop.label]
        if name not in self.room.reads(self.stop.label) or not self.linear(equation):
            return
        if self.stop.place is None:
            return
        without = float(self.room.without(self.stop.label, k)[self.stop.place])
        [result] = self.results
        bears = without != self.room.numbers[result]
        if bears != ("parts" in piece["classes"]):
            self.wrong(piece, piece["classes"], f"parts: {bears}")

    def _frame(self, piece):
        """A frame stands around what takes part, and not around more."""
        name = piece["id"].split(" ")[1]
        left, top, width, height = piece["frame"]
        for other in self.data["drawn"]:
            if not other["id"].startswith(f"pixel {name}:"):
                continue
            x, y, side, _ = other["box"]
            inside = left - 1 < x and x + side < left + width + 1
            inside = inside and top - 1 < y and y + side < top + height + 1
            if inside != ("parts" in other["classes"]):
                self.wrong(piece, other["id"], "inside the frame if it takes part")

    def _sign(self, piece, k):
        expected = "unknown"
        if k and self.known(k):
            expected = "minus" if self.room.numbers[k] < 0 else "plus"
        found = {"plus", "minus", "unknown"} & set(piece["classes"])
        if found != {expected}:
            self.wrong(piece, found, expected)
        if piece["dash"] and (piece["dash"] != "none") != (expected == "minus"):
            self.wrong(piece, piece["dash"], f"a dash if minus, and it is {expected}")

    # -- edges

    def _edge(self, piece):
        k = piece["id"].split(" ")[1]
        own = self.now(k)
        self._line(piece, k, own, self.boxes(piece["id"], k, "unit"))

    def _back(self, piece):
        k = piece["id"].split(" ")[1]
        self._line(piece, k, self.backward(k), self.boxes(piece["id"], k, "delta"))

    def backward(self, k):
        """What a line of the mirror shows: the weight that carries a delta back, or
        else the slope by it."""
        name, place = k.split(":")
        slope = next(
            (f"{e.name}:{place}" for e in self.room.equations.values()
             if e.lhs[0] == "d" and e.lhs[2][1] == name), None,
        )  # fmt: skip
        equation = self.room.equations[self.stop.label]
        source = self.room.model.symbols[name].letters[0]
        carried = (
            name in self.room.reads(self.stop.label)
            and equation.lhs[0] == "var"
            and self.room.data["indices"][equation.letters[0]]
            == self.room.data["indices"][source]
            and is_slope(self.room, equation.name)
        )
        if carried:
            here = self.stop.place
            if here is None or str(here[0]) == place.split(",")[0]:
                return k
        return slope

    def _line(self, piece, k, own, ends):
        self._sign(piece, own)
        value = self.room.numbers[own] if own and self.known(own) else 0
        thick = 0.8 + 2.4 * min(1, abs(value) / 1.5)
        if abs(piece["thick"] - thick) > 0.006:
            self.wrong(piece, piece["thick"], thick)
        x1, y1, x2, y2 = piece["line"]
        for (x, y), box in zip(((x1, y1), (x2, y2)), ends):
            if not box or not on_rim(x, y, box):
                self.wrong(piece, [x, y], f"an end on the rim of {box}")

    def boxes(self, id, k, what):
        """The boxes of the two units that a weight joins."""
        name, place = k.split(":")
        a, b = place.split(",")
        one, other = self.room.model.symbols[name].kinds
        times = id.split(" ")[2:]
        if times:
            before = int(times[0]) - (one == other)
            return [self.box(one, a, before, what), self.box(other, b, times[0], what)]
        return [self.box(one, a, None, what), self.box(other, b, None, what)]

    def box(self, kind, k, time, what):
        """The box of a unit: its own, that of its one number or of its delta."""
        for piece in self.data["drawn"]:
            if not piece["box"]:
                continue
            first, *rest = piece["id"].split(" ")
            if what == "delta" and first == "ghost" and rest == [kind, k]:
                return piece["box"]
            if first in ("unit", "cell", "pill"):
                if first == "unit" and what == "unit":
                    at = [k] if time is None else [k, str(time)]
                    if rest[-len(at) :] == at and " ".join(rest[: -len(at)]) == kind:
                        return piece["box"]
                elif first != "unit" and self.belongs(
                    rest[0], kind, k, time, first, what
                ):
                    return piece["box"]
        return None

    def belongs(self, own, kind, k, time, first, what):
        name, place = own.split(":")
        symbol = self.room.model.symbols.get(name)
        if symbol is None and time == -1:  # what a scan begins with
            outside = self.room.data["outside"].items()
            inner = next((n for n, other in outside if other == name), None)
            return inner and kind in self.room.model.symbols[inner].kinds and place == k
        if symbol is None or (first == "pill") != (what == "delta"):
            return False
        if is_wanted(self.room, name):
            return False
        kinds = [m for m in symbol.kinds if m not in self.room.model.scan.values()]
        expected = k if time is None else f"{time},{k}"
        return kinds == [kind] and place == expected

    # -- labels

    def _label(self, piece):
        words = piece["texts"][0]["words"]
        room = 60 if self.width > 500 else 34
        line = self.pieces[piece["id"].removeprefix("label ")]
        k = line["id"].split(" ")[1]
        if line["id"].startswith("back"):
            own = self.backward(k)
            self.number(piece, own, piece["texts"][0], room + 9)
        else:
            slope = next(
                (r for r in self.results if is_slope_of(self.room, r, k)), None
            )
            own = slope if slope and " " in line["id"].removeprefix("edge ") else k
            if own == slope:
                self.number(piece, slope, piece["texts"][0], room + 9)
            elif self.known(k):
                self.moving(piece, k, words, room)
            else:
                self.number(piece, k, piece["texts"][0])
        x, y, width, height = piece["texts"][0]["at"]
        away = distance((x + width / 2, y + height / 2), line["line"])
        if away > 4:
            self.wrong(piece, round(away, 1), "a label on its own line")
        if piece["keys"][0] != line["keys"][0]:
            self.wrong(piece, piece["keys"], line["keys"])

    def _bias(self, piece):
        k = piece["keys"][0]
        *letter, words = piece["texts"][0]["words"].split(" ")
        if letter != [letter_of(self.room, k)] and (letter or self.width > 500):
            self.wrong(piece, letter, letter_of(self.room, k))
        self.moving(piece, k, words, 60 if self.width > 500 else 46)
        self._sign(piece, self.now(k))
        # It stands above the box of its own unit.
        name, place = k.split(":")
        kind = self.room.model.symbols[name].kinds[0]
        time = piece["id"].split(" ")[2:]
        box = self.box(kind, place, time[0] if time else None, "unit")
        x, y, width, height = piece["texts"][0]["at"]
        if not box or not (
            0 < box[1] - y < 22 and box[0] - 1 < x + width <= box[0] + box[2] + 1
        ):
            self.wrong(piece, [x, y, width], f"right above {box}")

    # -- all together

    def _inside(self, piece):
        """What is written in a box has room in it, and nothing leaves the drawing."""
        _, _, wide, high = self.data["box"]
        for text in piece["texts"]:
            x, y, width, height = text["at"]
            if not text["words"]:
                continue
            if x < -1 or y < -2 or x + width > wide + 1 or y + height > high + 3:
                self.wrong(piece, text["words"], "inside the drawing")
            names = {"unit-name", "head"} & set(text["classes"])
            if piece["box"] and not names and piece["id"][:5] != "label":
                left, top, w, h = piece["box"]
                if x < left - 0.5 or x + width > left + w + 0.5:
                    self.wrong(
                        piece, text["words"], f"inside its box, {width:.0f} of {w}"
                    )

    def _apart(self):
        """No two texts stand on each other."""
        texts = [
            (piece["id"], text["words"], text["at"])
            for piece in self.data["drawn"]
            for text in piece["texts"]
            if text["words"]
        ]
        for (one, words, a), (other, also, b) in combinations(texts, 2):
            if overlap(a, b):
                self.wrong(one, words, f"apart from {also!r} of {other}")

    # -- what runs along the edges

    def _runs(self):
        """A result is told along its edges, from their other ends; a weight's slope is
        met from both. Each as wide as what it brings."""
        equation = self.room.equations[self.stop.label]
        for pulse in self.data["motion"]["pulses"]:
            wide = 2 * (0.8 + 2.4 * min(1, abs(pulse["value"]) / 1.5))
            sign = "minus" if pulse["value"] < 0 else "plus"
            if abs(pulse["width"] - wide) > 0.006 or pulse["sign"] != sign:
                self.wrong(pulse["edge"], [pulse["width"], pulse["sign"]], [wide, sign])
        # On a phone, of all the weights of a layer some have no room for their number.
        crowded = self.width < 500 and self.stop.place is None
        settled = len(equation.letters) < 3 and not (
            crowded and len(equation.letters) > 1
        )
        for k in self.results if settled else ():
            settling = [self.pieces[id] for id in self.data["motion"]["settles"]]
            texts = [k for p in settling for t in p["texts"] for k in t["keys"]]
            if k not in texts and not any(k in piece["keys"] for piece in settling):
                self.wrong("what settles", self.data["motion"]["settles"], k)
        if equation.relation != "=":
            if self.data["motion"]["pulses"]:
                self.wrong(
                    "an update", self.data["motion"]["pulses"], "nothing that runs"
                )
        elif equation.lhs[0] == "d":
            self._meet()
        elif self.linear(equation):
            self._told(equation)

    def linear(self, equation):
        """A sum of products of weights, or that times something."""
        return equation.rhs[0] in ("add", "sum", "mul") and len(equation.letters) > 0

    def _told(self, equation):
        """Every weight of a result brings its share from the other end of its edge."""
        found = {}
        for pulse in self.data["motion"]["pulses"]:
            line = self.pieces[pulse["edge"]]["line"]
            ends = [line[:2], line[2:]]
            begins, arrives = ends if pulse["from"] == "start" else ends[::-1]
            k = pulse["edge"].split(" ")[1]
            found.setdefault(k, []).append((pulse, arrives, begins))
        edges = {
            piece["id"].split(" ")[1] for piece in self.data["drawn"]
            if piece["id"].startswith("edge")
        }  # fmt: skip
        lit = {
            piece["id"] for piece in self.data["drawn"]
            if piece["id"].startswith("edge") and "parts" in piece["classes"]
        }  # fmt: skip
        ran = {pulse["edge"] for pulse in self.data["motion"]["pulses"]}
        mirrored = any(piece["id"].startswith("back") for piece in self.data["drawn"])
        if not mirrored and lit != ran:
            self.wrong("what is lit", sorted(lit), sorted(ran))
        whole = self.room.numbers
        for k in sorted(edges):
            name = k.split(":")[0]
            if (
                name not in self.room.reads(self.stop.label)
                or name not in self.room.given
            ):
                continue
            without = self.room.without(self.stop.label, k)
            shares = [
                (
                    r,
                    whole[r]
                    - float(without[tuple(map(int, r.split(":")[1].split(",")))]),
                )
                for r in sorted(self.results)
            ]
            shares = [(r, share) for r, share in shares if abs(share) > 1e-12]
            pulses = [one for one in found.get(k, []) if abs(one[0]["value"]) > 1e-12]
            if len(pulses) != len(shares):
                self.wrong(k, [p[0] for p in pulses], f"a pulse for each of {shares}")
                continue
            for r, share in shares:
                box = self.result_box(r)
                if not any(
                    math.isclose(p["value"], share, rel_tol=1e-9, abs_tol=1e-12)
                    and box and on_rim(*arrives, box) and not on_rim(*begins, box)
                    for p, arrives, begins in pulses
                ):  # fmt: skip
                    self.wrong(k, [p[0] for p in pulses], f"{share} to {r} at {box}")

    def result_box(self, k):
        """The box in which a result stands."""
        pill = self.pieces.get("pill " + k)
        if pill:
            return pill["box"]
        for piece in self.data["drawn"]:
            if piece["box"] and k in [
                *piece["keys"],
                *(t["key"] for t in piece["texts"]),
            ]:
                return piece["box"]
        return None

    def _meet(self):
        """Along a weight runs what came in from its start, its blame from its end."""
        for pulse in self.data["motion"]["pulses"]:
            k = pulse["edge"].split(" ")[1]
            if not any(is_slope_of(self.room, r, k) for r in self.results):
                self.wrong(pulse["edge"], pulse, "the edge of a slope on show")
        by_edge = {}
        for pulse in self.data["motion"]["pulses"]:
            ends = by_edge.setdefault(pulse["edge"], {})
            ends[pulse["from"]] = pulse["value"]
        for edge, found in by_edge.items():
            k = edge.split(" ")[1]
            a, b = (int(n) for n in k.split(":")[1].split(","))
            for side, place, end in (0, a, "start"), (1, b, "end"):
                there = [value for _, value in self.at_unit(k, side, place)]
                if end in found and not near(found[end], there):
                    self.wrong(edge, found, there)
                if bool(there) != (end in found):
                    self.wrong(edge, found, f"something from its {end}")
            slope = next(r for r in self.results if is_slope_of(self.room, r, k))
            if len(found) == 2 and not self.room.model.scan:
                product = self.room.numbers[slope]
                if not near(found["start"] * found["end"], [product]):
                    self.wrong(edge, found, f"two whose product is {product}")

    def at_unit(self, k, side, place):
        """The numbers that the equation reads of the unit at one end of an edge."""
        kind = self.room.model.symbols[k.split(":")[0]].kinds[side]
        outside = self.room.data["outside"]
        for name in self.room.reads(self.stop.label):
            symbol = self.room.model.symbols.get(name)
            before = outside.get(name)  # what a scan begins with
            for other, value in self.room.numbers.items():
                if other == f"{before}:{place}":
                    yield other, value
            if not symbol or kind not in symbol.kinds or name == k.split(":")[0]:
                continue
            for other, value in self.room.numbers.items():
                own, at = other.split(":")
                if own == name and at.split(",")[-1] == str(place):
                    yield other, value

    def _all_there(self):
        """Each quantity of a unit, each edge, and each scalar that is read is drawn."""
        for piece in self.data["drawn"]:
            if piece["id"].startswith(("unit", "pill")) and not piece["box"]:
                self.wrong(piece, None, "a box")
        settledkeys = {k for piece in self.data["drawn"] for k in piece["keys"]}
        settledkeys |= {t["key"] for p in self.data["drawn"] for t in p["texts"]}
        for label, equation in self.room.equations.items():
            if equation.relation == "=" and len(equation.letters) < 3:
                for place in self.room.places(label):
                    if (
                        is_pair_of_one_kind(self.room, equation)
                        and place[0] >= place[1]
                    ):
                        continue
                    k = key(equation.name, place)
                    if k not in settledkeys:
                        self.wrong("the drawing", "no " + k, k)


def kind_of(id):
    """The kind in "unit hidden 0" or "unit visible units 0 2"."""
    return re.sub(r"( \d+)+$", "", id).split(" ", 1)[1]


def letter_of(room, k):
    """The letter of a quantity, as a drawing writes it."""
    name = k.split(":")[0]
    slope = re.fullmatch(r"d(\w+)_d(\w+)", name)
    if slope:
        return "/".join("∂" + letter_of(room, part + ":") for part in slope.groups())
    symbol = room.data["symbols"][name]
    raised = str(symbol["above"] or "").translate(str.maketrans("0ifogβ", "⁰ⁱᶠᵒᵍᵝ"))
    return symbol["letter"] + raised


def is_slope(room, name):
    laws = room.world.setting.laws.get(name)
    trees = [tree for n, _, tree in laws.equations if n == name] if laws else []
    return bool(trees) and trees[0][0] == "d"


def is_slope_of(room, result, k):
    """Whether a result is the slope by this very weight."""
    name, place = result.split(":")
    weight, at = k.split(":")
    return name.startswith("d") and name.endswith(f"_d{weight}") and place == at


def is_wanted(room, name):
    """Whether a given quantity is what an output should be."""
    return name == "D" and name in room.given


def is_pair_of_one_kind(room, equation):
    kinds = [room.data["indices"][u] for u in equation.letters]
    return len(kinds) == 2 and kinds[0] == kinds[1] and equation.name == "w"


def on_rim(x, y, box):
    left, top, width, height = box
    if not (left - 1 <= x <= left + width + 1 and top - 1 <= y <= top + height + 1):
        return False
    sides = abs(x - left), abs(x - left - width), abs(y - top), abs(y - top - height)
    return min(sides) <= 1


def near(value, others):
    return any(math.isclose(value, other, rel_tol=1e-9) for other in others)


def distance(point, line):
    """How far a point lies from a line between two points."""
    (px, py), (x1, y1, x2, y2) = point, line
    length = math.dist((x1, y1), (x2, y2)) or 1
    t = ((px - x1) * (x2 - x1) + (py - y1) * (y2 - y1)) / length**2
    t = min(1, max(0, t))
    return math.dist((px, py), (x1 + t * (x2 - x1), y1 + t * (y2 - y1)))


def overlap(a, b):
    """Whether two boxes of text share more than the space between lines."""
    wide = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    high = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return wide > 1 and high > 5


# ---- what runs along the edges


def faults(page, names=None, widths=WIDTHS, most=None):
    """What is wrong with the drawings in a page, in sentences; at most so many."""
    found = []
    for name in names or MODELS:
        room = rooms()[name]
        for width in widths:
            stops = [s for s in room.stops() if width > 500 or s.place is None]
            for stop, data in zip(stops, drawn(page, room, stops, width)):
                found += Drawn(room, stop, width, data).check()
                if most and len(found) >= most:
                    return found
    return found


ROOMS = {}


def rooms():
    """One instance of each model."""
    if not ROOMS:
        for name, model in MODELS.items():
            ROOMS[name] = Room(model, 1, **SIZES.get(name.split(".")[-1], {}))
    return ROOMS


def opened(browser):
    """A page for all drawings, with the book's own style."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_content(
        "<!DOCTYPE html><html lang=en><style></style><style>"
        ".stepper { max-width: none } </style><body></body></html>"
    )
    hang(page)
    return page


@pytest.fixture(scope="module")
def page(browser):
    page = opened(browser)
    yield page
    page.close()


@pytest.fixture(scope="module")
def workshop(browser):
    """Another one, in which the drawings are changed."""
    page = opened(browser)
    yield page
    page.close()


@pytest.mark.parametrize("name", MODELS)
def test_a_drawing_says_what_its_data_say(page, name):
    found = faults(page, [name])
    assert not found, "\n".join(found[:12]) + f"\n{len(found)} in all"


# Room in pixels and the scale: a page, and a slide of 1280 by 720.
@pytest.mark.parametrize("width, scale", [(700, 1), (1216, 1.6)])
@pytest.mark.parametrize("name", ["backprop", "deeper"])
def test_every_weight_of_a_larger_net_can_be_read(page, name, width, scale):
    room = rooms()[name]
    label = list(room.equations)[1]
    [data] = drawn(page, room, [Stop(label)], width, scale)
    found = Drawn(room, Stop(label), 700, data).check()
    assert not found, found[0]
    pieces = {piece["id"]: piece for piece in data["drawn"]}
    edges = [id for id in pieces if id.startswith("edge")]
    assert len(edges) == {"backprop": 20, "deeper": 30}[name]
    assert all(f"label {id}" in pieces for id in edges)
    high = [t["at"][3] for p in data["drawn"] for t in p["texts"] if t["words"]]
    assert data["width"] <= width and min(high) * scale >= (20 if scale > 1 else 12)
    assert data["width"] == data["box"][2] * scale


def test_a_model_may_say_which_picture_it_wants(page):
    room = Room(MODELS["boltzmann"], 1)
    stop = Stop("eq-rbm-net")
    shown = []
    for picture in room.data["picture"], "network":
        room.data["picture"] = picture
        [data] = drawn(page, room, [stop])
        boxes = {p["id"]: p["box"] for p in data["drawn"] if p["box"]}
        shown.append(boxes["unit hidden 0"][0] - boxes["unit hidden 1"][0])
    # Side by side in a row, or below each other in a column.
    assert shown[0] < -50 and shown[1] == 0


# What is changed, in which module, and the model whose drawings say so.
CHANGES = [
    (
        "marks",
        "this.number(k, room);",
        "this.number(key(name, [0]), room);",
        "backprop",
    ),
    ("marks", "moving(k, room) : ", "moving(key(name, [0]), room) : ", "relaxation"),
    ("network", "half(to), y(to, b)]", "half(to), y(to, a)]", "backprop"),
    ("network", "half(from), y(from, a)]", "half(from), y(from, b)]", "backprop"),
    ("network", "spot[0], spot[1] + 4.5", "spot[0] + 24, spot[1] + 4.5", "backprop"),
    ("network", "spot[0], spot[1] + 4.5", "spot[0], spot[1] - 8", "backprop"),
    ("network", "? d.brief(k, room)", "? d.brief(slope, room)", "backprop"),
    (
        "network",
        "columns[from].deltas.includes",
        "columns[to].deltas.includes",
        "backprop",
    ),
    ("mathml", 'x < 0 ? "minus"', 'x > 0 ? "minus"', "backprop"),
    ("mathml", "size < 1e-4", "size < 1e-2", "recurrent"),
    ("mathml", "size >= 1e6", "size >= 1e1", "convolution"),
    ("marks", "this.narrow ? 3 : 4", "this.narrow ? 3 : 5", "backprop"),
    ("marks", "this.narrow ? 3 : 4", "this.narrow ? 2 : 4", "backprop"),
    ("marks", "Math.abs(value) / 1.5", "Math.abs(value) / 2", "backprop"),
    ("marks", "0.8 + 2.4", "1.2 + 2.4", "backprop"),
    ("marks", "2 * thickness(value)", "thickness(value)", "backprop"),
    (
        "marks",
        'ends[0] === at ? "end" : "start"',
        'ends[0] === at ? "start" : "end"',
        "backprop",
    ),
    (
        "marks",
        "add(from, shares.get(weight))",
        "add(from, this.value(weight))",
        "backprop",
    ),
    (
        "marks",
        "others.reduce((product, x) => product * x, factor)",
        "factor",
        "recurrent",
    ),
    ("marks", 'has(k) ? "?" : ""', 'has(k) ? "?" : "0"', "backprop"),
    ("marks", "`${letter}${k + 1}${on", "`${letter}${k}${on", "backprop"),
    ("marks", "this.look.unit(letter, k)", "this.look.unit(letter, k + 1)", "backprop"),
    ("marks", "taken.push(best.spot)", "void best.spot", "backprop"),
    ("marks", "return `→${this.brief(next", "return `→${this.brief(k", "backprop"),
    ("marks", "key(name, [k]), ...place", "key(name, [0]), ...place", "backprop"),
    ("marks", "(0.45 * amount)", "(0.9 * amount)", "convolution"),
    ("grid", "left + (b + 0.5) * side", "left + (a + 0.5) * side", "convolution"),
    ("grid", "middle(to).map", "middle(from).map", "convolution"),
    ("grid", "Math.abs(d.value(k)) / most", "1 / most", "convolution"),
    ("grid", "shares.get(k) !== 0", "true", "convolution"),
    ("unrolled", "edge.through ? t - 1 : t", "t", "recurrent"),
    ("unrolled", "names.every((name)", "names.some((name)", "recurrent"),
    ("unrolled", "? startOf(edge.carries, start[1])", "? start[1]", "lstm"),
    ("ways", "d.value(key(name, [k])) > 0", "d.value(key(name, [k])) < 1", "boltzmann"),
    ("ways", "to: rim(b, a,", "to: rim(a, b,", "boltzmann"),
    (
        "ways",
        "names = [`${from.kind} ${place[0]}`",
        "names = [`${from.kind} 0`",
        "hopfield",
    ),
    ("style", ".minus > .stroke", ".plus > .stroke", "backprop"),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: f"{c[0]}: {c[1]} → {c[2]}")
def test_a_change_of_the_drawing_is_noticed(workshop, change):
    stem, old, new, name = change
    text = gallery.source(stem)
    assert text.count(old), "this is no longer in the source"
    hang(workshop, {stem: text.replace(old, new, 1)})
    assert faults(workshop, [name], most=1)
