"""A notebook's code cells, run again in a fresh process: what they know and draw.

    executed(path)                        every figure
    executed(path, asked=[Asked(12, "O[0, 1]")])      and what an expression gives there
    executed(path, sought=[Sought(12, 0.62, 0.005)])  and which expressions give that

An expression of cell 12 has the values that the notebook's names have after the last
code cell before it; `below: O[0, 1]` those that they have after the next one. Where a
name is still unknown it waits for the first cell that knows all its names. So a text
may speak of what a later cell gives another value, and of what a later cell computes.

The process begins as a kernel does for nbval: in the notebook's folder, with the book's
matplotlibrc. The cells run in order, and what they print goes nowhere.
"""

import ast
import contextlib
import io
import json
import linecache
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

CODE = Path(__file__).resolve().parent.parent
SECONDS = 300
BELOW = "below:"
CALLS = {"abs": abs, "len": len, "max": max, "min": min, "sum": sum, "np": np}


class Failed(Exception):
    """A notebook that does not run through; the message says where and why."""


class Asked(NamedTuple):
    """An expression in the words of a cell."""

    cell: int
    expression: str


class Sought(NamedTuple):
    """A number in the words of a cell, and half a unit of its last digit."""

    cell: int
    number: float
    half: float


class Drawn(NamedTuple):
    """A figure as a cell drew it: its PNG, and how large it is shown."""

    cell: int
    png: bytes
    size: tuple


class Execution(NamedTuple):
    """What one run gave.

    answers   Asked -> a tuple of numbers, or a text that says why there is none
    found     Sought -> expressions that give the number, the likeliest first
    figures   every figure, in order
    """

    answers: dict
    found: dict
    figures: tuple


def executed(path, asked=(), sought=()):
    """The Execution of the notebook at path. Raises Failed if a cell does."""
    path = Path(path).resolve()
    environment = {**os.environ, "PYTHONHASHSEED": "0", "MPLBACKEND": "agg"}
    paths = str(CODE), environment.get("PYTHONPATH", "")
    environment["PYTHONPATH"] = os.pathsep.join(p for p in paths if p)
    done = subprocess.run(
        [sys.executable, "-B", "-c", "from book.execution import main; main()"],
        input=pickle.dumps((path, tuple(asked), tuple(sought))),
        capture_output=True,
        cwd=path.parent,
        env=environment,
        timeout=SECONDS,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Failed(f"{path.stem}: {said[-1] if said else 'the process died'}")
    return pickle.loads(done.stdout)


def main():
    """In the process: read what is wanted, run, and write the Execution."""
    path, asked, sought = pickle.load(sys.stdin.buffer)
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            result = Run(path, asked, sought).whole()
        except Failed as reason:
            sys.exit(str(reason))
    pickle.dump(result, sys.stdout.buffer)


class Run:
    """A notebook that is run once, and what is wanted of it on the way."""

    def __init__(self, path, asked, sought):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        self.cells = {n: c for n, c in enumerate(cells) if c["cell_type"] == "code"}
        self.asked, self.sought = set(asked), set(sought)
        self.space = {"__name__": "__main__"}
        self.answers, self.found, self.figures = {}, {}, []
        self.known = {}  # the cell of a Sought -> (the cell before, its names)
        self.made = {}  # Sought -> what is made of two names there

    def whole(self):
        """Run every cell; return the Execution."""
        from book import show

        self.at, draw = 0, show.figure

        def figure(fig, *arguments, **named):
            drawn = draw(fig, *arguments, **named)
            self.figures.append(Drawn(self.at, drawn.png, drawn.size))
            return drawn

        show.figure = figure
        sys.modules["book"].figure = figure
        places = list(self.cells)
        self.look(-1, places[0] if places else None)
        for number, following in zip(places, [*places[1:], None]):
            self.at = number
            self.run(self.cells[number])
            self.look(number, following)
        for question in self.asked - set(self.answers):
            names = ", ".join(sorted(self.unknown(question)))
            self.answers[question] = f"no cell says what {names} is"
        for question in self.sought:
            self.found[question] = self.found.get(question) or self.made[question]
        return Execution(self.answers, self.found, tuple(self.figures))

    def run(self, cell):
        source, name = "".join(cell["source"]), f"<cell {self.at}>"
        # Where inspect.getsource looks for what the cell defines.
        lines = source.splitlines(keepends=True)
        linecache.cache[name] = len(source), None, lines, name
        try:
            exec(compile(source, name, "exec"), self.space)
        except Exception as error:
            if "raises-exception" not in cell["metadata"].get("tags", []):
                what = f"{type(error).__name__}: {error}"
                raise Failed(f"cell {self.at}: {what}") from error

    def look(self, number, following):
        """Answer what is to be answered after the cell `number` has run."""
        for question in self.asked - set(self.answers):
            if self.reached(question, number, following) and not self.unknown(question):
                self.answers[question] = self.value(question.expression)
        wanted = {q for q in self.sought if not self.found.get(q)}
        if not wanted:
            return
        quantities = None
        for question in wanted:
            here = following is None or following > question.cell
            if not here:
                continue
            if quantities is None:
                quantities = Quantities(self.space)
            known = self.known.setdefault(question.cell, (number, set(self.space)))
            found = quantities.like(question)
            if question not in self.made:
                self.made[question] = quantities.made(question)
            if number > known[0]:  # known there: it has another value now
                nearest = number == min(c for c in self.cells if c > question.cell)
                old = [f for f in found if names(f) & known[1] - set(CALLS)]
                new = [f for f in found if f not in old]
                found = new + [f"{BELOW} {f}" for f in old if nearest]
            self.found[question] = found

    def reached(self, question, number, following):
        """Is this the cell, or a later one, whose values an expression speaks of?"""
        if question.expression.startswith(BELOW):
            return number > question.cell
        return following is None or following > question.cell

    def unknown(self, question):
        """The names of an expression that no cell so far has given a value."""
        return names(question.expression) - set(self.space) - set(CALLS)

    def value(self, expression):
        """The numbers that an expression gives, or a text that says why none."""
        try:
            tree = ast.parse(expression.removeprefix(BELOW).strip(), mode="eval")
            value = eval(compile(tree, "<mark>", "eval"), CALLS | self.space)
            parts = value if isinstance(value, tuple) else (value,)
            return tuple(float(x) for part in parts for x in np.ravel(part))
        except Exception as error:
            return f"{type(error).__name__}: {error}"


def names(expression):
    """The names in an expression."""
    tree = ast.parse(expression.removeprefix(BELOW).strip(), mode="eval")
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


class Quantities:
    """Every number that can be named in a space of names, to be looked up by value.

    Each expression has a price: what a sentence is likely to speak of is cheap.
    """

    LARGEST = 40  # of what is larger, a curve or a grid, only the ends are candidates
    SUMMARY, TURNED, ROUNDED = 10, 15, 25  # prices

    def __init__(self, space):
        self.expressions, self.values, self.prices = [], [], []
        for name, value in space.items():
            if not name.startswith("_"):
                self.add(name, value)
        self.values, self.prices = np.array(self.values), np.array(self.prices)
        cheap = np.argsort(self.prices, kind="stable")[:250]
        self.short = [
            k for k in cheap
            if self.values[k] and not self.expressions[k].endswith(")")
        ]  # fmt: skip

    def add(self, path, value, depth=0):
        """Take in a number, or the numbers in an array, a list, a dict or a record."""
        if isinstance(value, (bool, int, float, np.number, np.bool_)):
            self.put(path, value)
        elif isinstance(value, np.ndarray):
            if value.dtype.kind not in "biuf" or not value.size:
                return
            if value.size <= self.LARGEST:
                for place in np.ndindex(value.shape):
                    where = f"[{', '.join(map(str, place))}]" if place else ""
                    self.put(path + where, value[place])
            elif value.ndim == 1:
                for end in 0, -1:
                    self.put(f"{path}[{end}]", value[end])
            self.summarise(path, value)
        elif isinstance(value, type) or depth > 3:
            return
        elif isinstance(value, dict):
            for key, part in list(value.items())[: self.LARGEST]:
                if isinstance(key, (str, int)):
                    self.add(f"{path}[{key!r}]", part, depth + 1)
            self.put(f"len({path})", len(value), self.SUMMARY)
        elif isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
            if value and all(isinstance(v, (bool, int, float)) for v in value):
                self.summarise(path, np.array(value), "np.{}({})")
            for k, part in enumerate(value[: self.LARGEST]):
                self.add(f"{path}[{k}]", part, depth + 1)
        else:
            record = getattr(value, "__dataclass_fields__", ())
            fields = getattr(value, "_fields", record)
            for field in fields if isinstance(fields, (tuple, dict)) else ():
                self.add(f"{path}.{field}", getattr(value, field), depth + 1)

    def summarise(self, path, values, form="{1}.{0}()"):
        """Take in what many numbers come to."""
        if values.ndim:
            for summary in "mean", "sum", "max", "min":
                value = getattr(values, summary)()
                self.put(form.format(summary, path), value, self.SUMMARY)
            self.put(f"np.median({path})", np.median(values), self.SUMMARY)
            self.put(f"len({path})", len(values), self.SUMMARY)

    def put(self, path, value, price=0):
        if np.isfinite(float(value)):
            self.expressions.append(path)
            self.values.append(float(value))
            self.prices.append(len(path) + price)

    def like(self, question):
        """Expressions that give a number at its digits, the likeliest first."""
        number, half = question.number, question.half * (1 + 1e-9)
        found = {}
        for shape, values in (
            ("{}", self.values), ("-{}", -self.values), ("100 * {}", 100 * self.values),
            ("1 - {}", 1 - self.values), ("100 * (1 - {})", 100 - 100 * self.values),
        ):  # fmt: skip
            turned = 0 if shape == "{}" else self.TURNED
            for k in np.flatnonzero(np.abs(values - number) <= half):
                rounded = self.ROUNDED * (abs(values[k] - number) > 1e-9)
                price = self.prices[k] + turned + rounded
                found[shape.format(self.expressions[k])] = price
        return _varied(found)

    def made(self, question):
        """Two of the cheaper expressions, multiplied, subtracted, divided or added."""
        number, half = question.number, question.half * (1 + 1e-9)
        values, found = self.values[self.short], {}
        with np.errstate(all="ignore"):
            tables = {
                "{} * {}": np.triu(np.multiply.outer(values, values)),
                "{} - {}": np.subtract.outer(values, values),
                "{} / {}": np.divide.outer(values, values),
                "{} + {}": np.triu(np.add.outer(values, values)),
                "100 * {} / {}": 100 * np.divide.outer(values, values),
            }
        for shape, table in tables.items():
            for a, b in np.argwhere(np.abs(table - number) <= half)[:2000]:
                one, other = self.short[a], self.short[b]
                words = shape.format(self.expressions[one], self.expressions[other])
                rounded = self.ROUNDED * (abs(table[a, b] - number) > 1e-9)
                found[words] = self.prices[one] + self.prices[other] + rounded
        return _varied(found)


def _varied(prices, most=6):
    """The cheapest expressions, two at most of the same names."""
    chosen, met = [], {}
    for expression in sorted(prices, key=prices.get):
        own = frozenset(names(expression))
        met[own] = met.get(own, 0) + 1
        if met[own] <= 2:
            chosen.append(expression)
        if len(chosen) == most:
            break
    return chosen
