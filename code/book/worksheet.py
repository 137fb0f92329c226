"""A pass of backpropagation on paper: a sheet to fill in, and its key.

    sheet(7)      the numbers of seed 7, with blanks          show either in a notebook
    key(7)        the same sheet, filled in
    python -m book.worksheet 1 2 3      writes both of each seed into _build/worksheets

A 2-2-1 network with one example. Every seed gives another one, with short numbers, and
always the same one: a class can have as many sheets as it has students.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import backprop as bp
from book.exercise import letter, plain, symbol
from book.stepper import shown

PHASES = (
    ("Forward", ("eq-net-hidden", "eq-hidden", "eq-net-output", "eq-output")),
    ("Error", ("eq-error",)),
    ("Output delta", ("eq-output-delta", "eq-slope-v", "eq-slope-c")),
    ("Hidden delta", ("eq-hidden-delta", "eq-slope-w", "eq-slope-b")),
    ("Update", ("eq-update-v", "eq-update-c", "eq-update-w", "eq-update-b")),
)
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


@dataclass(frozen=True)
class Sheet:
    """The sheet of one seed, filled in or not."""

    seed: int
    filled: bool

    def lines(self):
        """(phase, label, place, value) of every number, in the order of the pass."""
        found = {step.label: step for step in bp.steps(*example(self.seed), ETA)}
        for phase, labels in PHASES:
            for label in labels:
                step = found[label]
                value = np.asarray(step.value)
                if value.ndim > len(step.indices):
                    value = value[0]  # a row per example, and there is one
                for place in np.ndindex(value.shape):
                    yield phase, label, place, float(value[place])

    def __repr__(self):
        given = "; ".join(
            f"{name[0]}_{name[1:]} = {value}" for name, value in self._numbers()
        )
        rows = [self._title(), f"{self._units()} {given}."]
        for _, label, place, value in self.lines():
            answer = shown(value) if self.filled else "……"
            rows.append(f"{plain(label, place)} = {answer}")
        return "\n".join(rows)

    def _repr_html_(self):
        given = "; ".join(
            f"<math><mrow>{letter(name[0], name[1:])}</mrow></math> = {value}"
            for name, value in self._numbers()
        )
        parts = [f"<h2>{self._title()}</h2><p>{self._units()} {given}.</p>"]
        for phase, _ in PHASES:
            rows = "".join(
                f'<tr><th scope="row">{symbol(label, place)}</th>'
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
        return f"Worksheet {self.seed}" + (", key" if self.filled else "")

    def _units(self):
        return f"Logistic units with α = 1; η = {ETA}."

    def _numbers(self):
        """(name, number) of all that is given: ("wi1h2", "0.5")."""
        net, X, D = example(self.seed)
        given = ("X", "i", X[0]), ("w", "ih", net.w), ("b", "h", net.b)
        given += ("v", "ho", net.v), ("c", "o", net.c), ("D", "o", D[0])
        for letter, units, values in given:
            for place in np.ndindex(values.shape):
                unit = "".join(f"{u}{k + 1}" for u, k in zip(units, place))
                yield letter + unit, shown(values[place])


def sheet(seed):
    """The Sheet of that seed with blanks."""
    return Sheet(int(seed), False)


def key(seed):
    """The Sheet of that seed filled in, to four digits."""
    return Sheet(int(seed), True)


def write(seeds, folder=Path("_build/worksheets")):
    """Write the sheet and the key of each seed as pages to print."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        (folder / f"sheet-{seed}.html").write_text(sheet(seed).page(), encoding="utf-8")
        (folder / f"key-{seed}.html").write_text(key(seed).page(), encoding="utf-8")
    return folder


if __name__ == "__main__":
    print(f"Written to {write(sys.argv[1:] or ['1'])}.")
