"""A pass of any model on paper: a sheet to fill in, and its key.

    sheet(7)            the numbers of seed 7, with blanks    show either in a notebook
    key(7)              the same sheet, filled in
    sheet(7, "fruit")   a sheet of another model
    python -m book.worksheet 1 2 3      writes both of each seed into _build/worksheets

By itself it is a 2-2-1 network with one example. Every seed gives other numbers, short
ones, and always the same: a class can have as many sheets as it has students.
"""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import backprop as bp
from book import ideas
from book.instance import Instance
from book.mistakes import right_value
from book.trees import disagreement
from book.writing import mathml, plain, shown, symbol, text

ETA = 0.5
STYLE = (
    "body{font:11pt/1.35 sans-serif;max-width:44em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #888;padding:.25em .6em;text-align:left}"
    "tbody th{width:11em;font-weight:normal}h2{font-size:1em;margin:1em 0 .3em}"
)


def example(seed):
    """The network, X (1, 2) and D (1, 1) of that seed: one decimal, none of them 0."""
    rng = np.random.default_rng(seed)

    def short(*shape):
        return rng.integers(1, 10, shape) * rng.choice([-1, 1], shape) / 10

    net = bp.Network(short(2, 2), short(2), short(2, 1), short(1))
    # Two different inputs, so that no slope by a weight w can stand for another.
    return net, rng.permutation(9)[None, :2] / 10 + 0.1, rng.choice([0.1, 0.9], (1, 1))


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
        parts = [f"<h2>{self._title()}</h2><p>{self._given(numbers)}</p>"]
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
        return '<div class="worksheet">' + "".join(parts) + "</div>"

    def page(self):
        """A page of its own, to print."""
        return (
            '<!DOCTYPE html><html lang="en"><meta charset="utf-8">'
            f"<title>{self._title()}</title><style>{STYLE}</style>"
            f"{self._repr_html_()}</html>\n"
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


def sheet(seed, model="backprop"):
    """The Sheet of that seed with blanks."""
    return Sheet(int(seed), False, model)


def key(seed, model="backprop"):
    """The Sheet of that seed filled in, to four digits."""
    return Sheet(int(seed), True, model)


def write(seeds, folder=Path("_build/worksheets")):
    """Write the sheet and the key of each seed as pages to print."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (folder / f"sheet-{seed}.html").write_text(sheet(seed).page(), encoding="utf-8")
        (folder / f"key-{seed}.html").write_text(key(seed).page(), encoding="utf-8")
    return folder


if __name__ == "__main__":
    seeds = sys.argv[1:] or ["1"]
    for seed in seeds:
        if not seed.isdecimal():
            sys.exit(f"seed is {seed!r}: expected a whole number that is not negative")
    print(f"Written to {write(seeds)}.")
