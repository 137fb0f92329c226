"""A pass of any model on paper: a sheet to fill in, and its key.

    sheet(7)            the numbers of seed 7, with blanks    show either in a notebook
    key(7)              the same sheet, filled in
    sheet(7, "fruit")   a sheet of another model
    python -m book.worksheet 1 2 3      writes both of each seed into _build/worksheets
    python -m book.worksheet --names class.txt      one for each line of a list of names

By itself it is a 2-2-1 network with one example. Every seed gives other numbers, halves
and tenths, and always the same: a class can have as many sheets as it has students. A
sheet is one page of A4, with a line for the name, the network drawn with its numbers,
and a blank beside each quantity to work in; its key is another.
"""

import sys
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import product
from pathlib import Path

import numpy as np

import backprop as bp
from book import ideas
from book.instance import Instance
from book.mistakes import right_value
from book.trees import disagreement
from book.writing import mathml, plain, shown, symbol, text

ETA = 0.5
SMALLEST = 0.005  # of the numbers of a pass: three digits of it stand in five places
ROUNDING = (
    "Round each number to four significant digits, and go on with the rounded one. "
    "The last digit may differ from the key by a little."
)
STYLE = """
@page { size: A4; margin: 12mm 14mm }
body { font: 10pt/1.3 sans-serif; max-width: 182mm; margin: 0 auto; color: #000 }
header { display: flex; gap: 6mm; align-items: baseline }
h1 { font-size: 14pt; margin: 0; flex: 1 }
.name { flex: 2; border-bottom: 0.3mm solid #000 }
.given { display: flex; gap: 6mm; align-items: center }
.given p { margin: 2mm 0; flex: 1 }
.given svg { width: 88mm; flex: none }
.worksheet { columns: 2; column-gap: 6mm }
table { border-collapse: collapse; width: 100%; margin-bottom: 2.5mm }
table { break-inside: avoid }
caption { text-align: left; font-weight: 600; padding-bottom: 0.5mm }
thead { display: none }
td, th { border: 0.2mm solid #777; padding: 0 1.5mm; height: 8.6mm; text-align: left }
tbody th { width: 16mm; font-weight: normal; white-space: nowrap }
"""


def example(seed):
    """The network, X (1, 2) and D (1, 1) of that seed: halves and tenths, none of them
    0, and no number of the pass below SMALLEST."""
    rng = np.random.default_rng(seed)

    def halves(*shape):
        return rng.integers(1, 5, shape) * rng.choice([-1, 1], shape) / 2

    while True:
        net = bp.Network(halves(2, 2), halves(2), halves(2, 1), halves(1))
        # Two different inputs, so that no slope by a weight w can stand for another.
        X = rng.permutation(4)[None, :2] / 2 + 0.5
        D = rng.choice([0.1, 0.9], (1, 1))
        pass_ = bp.steps(net, X, D, ETA)
        if min(np.abs(step.value).min() for step in pass_) >= SMALLEST:
            return net, X, D


@cache
def instance(seed, model):
    """A small Instance of that seed: one example, short numbers, none of them 0, for
    which every equation holds as it does for those of the model's own draw."""
    if model.full_name == "backprop":
        net, X, D = example(seed)
        return model.given(net=net, X=X, D=D, eta=ETA)
    for again in range(100):
        found = ideas.drawn(model, 100 * seed + again, size=2)
        found = Instance(model, {"ranges": found.ranges, **_shortened(found)})
        if _holds(found):
            return found
    raise ValueError(f"{model.full_name} has no short numbers")


def _shortened(found):
    """name -> what is given, each number with two digits at most, whole ones as they
    are."""
    short = {}
    for name, value in found.raw.items():
        if name in found.model.made or name in found.functions:
            short[name] = value
        elif (whole := np.asarray(value, float)).ndim and (
            whole != np.round(whole)
        ).any():
            rounded = np.round(whole, 1)
            short[name] = np.where(rounded == 0, 0.1, rounded)
        elif whole.ndim or value == np.pi or isinstance(value, (int, np.integer)):
            short[name] = value  # π is no rounded number, and a count stays a count
        else:
            short[name] = float(f"{value:.2g}")
    return short


def _holds(found):
    """Do the equations agree with what their left sides are defined to be?"""
    return all(
        disagreement(equation.lhs, equation.rhs, found.world) < 1e-9
        for label, equation in found.model.equations.items()
        if equation.relation == "=" and label in ideas.computed(found.model)
    )


@dataclass(frozen=True)
class Sheet:
    """The sheet of one seed, filled in or not."""

    seed: int
    filled: bool
    name: str = "backprop"
    student: str = ""

    @property
    def model(self):
        return ideas.model(self.name)

    def phases(self):
        """Phase -> its labels; a model without phases has one, of its own name."""
        phases = self.model.phase_labels
        phases = phases or {
            self.model.name.replace("_", " "): ideas.computed(self.model)
        }
        return {phase.capitalize(): labels for phase, labels in phases.items()}

    def lines(self):
        """(phase, label, place, value) of every number, in the order of the pass."""
        found = instance(self.seed, self.model)
        for phase, labels in self.phases().items():
            for label in labels:
                value = right_value(label, found)
                for place in np.ndindex(value.shape):
                    yield phase, label, place, float(value[place])

    def __repr__(self):
        numbers = [
            f"{text(tree, self.model, place)} = {shown(value)}"
            for tree, place, value in self._numbers()
        ]
        rows = [self._title(), self._given(numbers)]
        for _, label, place, value in self.lines():
            answer = shown(value) if self.filled else "……"
            equation = self.model.equations[label]
            rows.append(f"{plain(equation, place, self.model)} = {answer}")
        return "\n".join(rows)

    def _repr_html_(self):
        numbers = [
            f"<math><mrow>{mathml(tree, self.model, place)}</mrow></math>"
            f" = {shown(value)}"
            for tree, place, value in self._numbers()
        ]
        head = f"<h2>{self._title()}</h2><p>{self._given(numbers)} {ROUNDING}</p>"
        return f'<div class="worksheet">{head}{self._tables()}</div>'

    def _tables(self):
        parts = []
        for phase in self.phases():
            rows = "".join(
                '<tr><th scope="row">'
                f"{symbol(self.model.equations[label], place, self.model)}</th>"
                f"<td>{shown(value) if self.filled else ''}</td></tr>"
                for part, label, place, value in self.lines()
                if part == phase
            )
            parts.append(
                f'<table style="width: 100%"><caption>{phase}</caption><thead><tr>'
                '<th scope="col" style="width: 12em">quantity</th>'
                '<th scope="col">value</th></tr></thead>'
                f"<tbody>{rows}</tbody></table>"
            )
        return "".join(parts)

    def page(self):
        """A page of its own, to print: one of A4."""
        numbers = [
            f"<math><mrow>{mathml(tree, self.model, place)}</mrow></math>"
            f" = {shown(value)}"
            for tree, place, value in self._numbers()
        ]
        drawing = drawn(*example(self.seed)) if self.name == "backprop" else ""
        return (
            '<!DOCTYPE html><html lang="en"><meta charset="utf-8">'
            f"<title>{self._title()}</title><style>{STYLE}</style>"
            f"<header><h1>{self._title()}</h1>"
            f'<div class="name">Name: {escape(self.student)}</div></header>'
            f'<div class="given"><p>{self._given(numbers)}<br>{ROUNDING}</p>{drawing}'
            f'</div><div class="worksheet">{self._tables()}</div></html>\n'
        )

    def _title(self):
        own = (
            "" if self.name == "backprop" else f", {self.model.name.replace('_', ' ')}"
        )
        return f"Worksheet {self.seed}{own}" + (", key" if self.filled else "")

    def _given(self, numbers):
        """What is given, in sentences: functions and plain numbers, then the others."""
        found, said = instance(self.seed, self.model), []
        for f in found.functions.values():
            alpha = f" with α = {shown(f.alpha)}" if hasattr(f, "alpha") else ""
            said.append(f"{f.name} units{alpha}")
        if said:
            said[0] = said[0].capitalize()
        said += [
            f"{text(tree, self.model)} = {shown(value)}"
            for tree, place, value in _numbers(found)
            if not place
        ]
        sentences = "; ".join(said), "; ".join(numbers)
        return " ".join(f"{sentence}." for sentence in sentences if sentence)

    def _numbers(self):
        found = instance(self.seed, self.model)
        return [number for number in _numbers(found) if number[1]]


def _numbers(found):
    """(tree, letter -> number, value) of every number that is given of the first
    example and read by an equation; what is read before the first step of a scan has
    step 0."""
    model, laws = found.model, found.world.setting.laws
    trees = [model.equations[label].rhs for label in ideas.computed(model)]
    read = set().union(*map(laws.of_tree, trees))
    trees = {name: ("var", name, *s.letters) for name, s in model.symbols.items()}
    trees |= {
        outer: trees[inner] for inner, outer in laws.outside.items() if outer in read
    }
    # m is theta: what has another name only is given too.
    known = {*found.given, *(e.name for e in model.also if e.rhs[0] == "var")}
    for name, tree in trees.items():
        if name not in known or name not in read:
            continue
        value = found.world[name]
        letters = [k for k in tree[2:] if name in model.symbols or k not in model.scan]
        first = {k: 0 for k in tree[2:] if k not in letters}
        for place in np.ndindex(value.shape):
            numbers = {unit: k + 1 for unit, k in zip(letters, place)}
            yield tree, first | numbers, value[place]


# Where the units of the drawing stand: inputs, hidden units, the output.
PLACES = [(45, 50), (45, 150)], [(175, 50), (175, 150)], [(300, 100)]


def drawn(net, X, D):
    """The 2-2-1 network as SVG, each number beside what it belongs to."""
    lines, words = [], []

    def say(x, y, text, anchor="middle"):
        words.append(f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{text}</text>')

    for before, after, weights in zip(PLACES, PLACES[1:], (net.w, net.v)):
        for (a, (x, y)), (b, (u, v)) in product(enumerate(before), enumerate(after)):
            lines.append(f'<path d="M{x} {y}L{u} {v}"/>')
            part = 0.3 if y != v else 0.5  # where two cross, each near where it begins
            say(x + part * (u - x), y + part * (v - y) - 5, shown(weights[a, b]))
    for names, units in zip("iho", PLACES):
        for k, (x, y) in enumerate(units, 1):
            lines.append(f'<circle cx="{x}" cy="{y}" r="16"/>')
            say(x, y + 4, f"{names}{k}")
    for k, (x, y) in enumerate(PLACES[0]):
        say(x - 20, y + 4, shown(X[0, k]), "end")
    for units, biases in zip(PLACES[1:], (net.b, net.c)):
        for k, (x, y) in enumerate(units):
            say(x, y - 21, f"bias {shown(biases[k])}")
    (x, y) = PLACES[2][0]
    say(x, y + 34, f"wanted {shown(D[0, 0])}")
    return (
        '<svg viewBox="0 0 350 180" role="img" '
        'aria-label="The network with its numbers">'
        "<style>path,circle{stroke:#000;fill:#fff}text{font:11px sans-serif;"
        "paint-order:stroke;stroke:#fff;stroke-width:3px}</style>"
        f"{''.join(lines)}{''.join(words)}</svg>"
    )


def sheet(seed, model="backprop", student=""):
    """The Sheet of that seed with blanks."""
    return Sheet(int(seed), False, model, student)


def key(seed, model="backprop", student=""):
    """The Sheet of that seed filled in, to four digits."""
    return Sheet(int(seed), True, model, student)


def write(seeds, folder=Path("_build/worksheets"), names=None):
    """Write the sheet and the key of each seed as pages to print, with the names of
    students, if there are any."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, student in zip(seeds, names or [""] * len(seeds)):
        for kind, one in ("sheet", sheet), ("key", key):
            page = one(seed, student=student).page()
            (folder / f"{kind}-{seed}.html").write_text(page, encoding="utf-8")
    return folder


def main(words):
    """Write what the words of a command ask for. Exits with a line if they are none."""
    names = None
    if words[:1] == ["--names"]:
        if len(words) != 2:
            sys.exit("--names takes one file, with a name in each line")
        try:
            text = Path(words[1]).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as reason:
            sys.exit(f"{words[1]} cannot be read as a list of names: {reason}")
        names = [line.strip() for line in text.splitlines() if line.strip()]
        if not names:
            sys.exit(f"{words[1]} has no name: expected one in each line")
        words = [str(seed) for seed in range(1, len(names) + 1)]
    seeds = words or ["1"]
    for seed in seeds:
        if not seed.isdecimal():
            sys.exit(f"seed is {seed!r}: expected a whole number that is not negative")
    print(f"{len(seeds)} sheets, each with its key: {write(seeds, names=names)}.")


if __name__ == "__main__":
    main(sys.argv[1:])
