"""The graph of a calculation, to walk: values on the way there, slopes on the way back.

    Graph(x=x, a=a, y=y)            Values of autodiff.py by their names, the end last
    Graph(begin="back", …)          the same, the values filled in
    Graph(ask="a x", …)             an exercise: the slopes of y by a and by x
    Graph(ask="a x", bare=True, …)  the same, without the slope of each operation
    Graph(ask="order", …)           an exercise: who hands back when?
    tape(x=x, a=a, y=y)             a Line for each, as they were made
    laid_out(lines)                 where each stands in a drawing, and each edge
    drawing(lines, back=False)      the same on paper, with the slopes or without

Nothing is drawn by hand: what was computed from what, and the slope of each operation,
is what autodiff recorded. A plain number in a calculation stands in its line, and is no
node. The widget is this file, graph.js and graph.css; the page gets the tape as plain
data, and adds up the way back itself. Without JavaScript there is a table.
"""

import html
import json
import pathlib
from typing import NamedTuple

import anywidget
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.patches import Rectangle

from autodiff import Value
from book import engine, judge
from book.writing import shown

# How an operation is written with what goes in.
WRITTEN = {
    "add": "{} + {}",
    "subtract": "{} − {}",
    "multiply": "{} · {}",
    "divide": "{} / {}",
    "negative": "−{}",
}


class Line(NamedTuple):
    """One line of a tape: a name, the operation ("" for what is given), its value, how
    it is written, the names of what went in ("" for a plain number), the numbers that
    went in, and the slope of the value by each."""

    name: str
    operation: str
    value: float
    said: str
    operands: tuple
    numbers: tuple
    slopes: tuple


def tape(**values):
    """The Lines of a calculation whose Values are given by name, the end last.

    Raises TypeError or ValueError for what is no Value or not one number, for a Value
    that the end does not come from, and for a computed one without a name.
    """
    if not values:
        raise ValueError("values is empty; expected Values by their names")
    for name, value in values.items():
        if not isinstance(value, Value):
            raise TypeError(f"{name} is {value!r}; expected a Value of autodiff")
        if value.shape:
            raise ValueError(f"{name} has shape {value.shape}; expected one number")
    *_, (last, end) = values.items()
    names = {id(value): name for name, value in values.items()}
    history = end.history()
    for name, value in values.items():
        if not any(value is other for other in history):
            raise ValueError(f"{name} is no part of {last}; expected what it came from")
    lines = []
    for value in history:
        if id(value) not in names and value.operands:
            at = f"{value.operation} that gives {shown(float(value.data))}"
            raise ValueError(
                f"{last} comes from an unnamed {at}; expected a name for it"
            )
        if id(value) in names:
            lines.append(_line(value, names))
    return lines


def _line(value, names):
    operands = tuple(names.get(id(one), "") for one in value.operands)
    numbers = tuple(float(one.data) for one in value.operands)
    words = [name or shown(number) for name, number in zip(operands, numbers)]
    written = WRITTEN.get(
        value.operation, f"{value.operation}({', '.join(['{}'] * len(words))})"
    )
    slopes = value.slopes(np.ones_like(value.data))
    return Line(
        names[id(value)],
        value.operation,
        float(value.data),
        written.format(*words) if value.operands else "",
        operands,
        numbers,
        tuple(float(slope) for slope in slopes),
    )


def way_back(lines):
    """Name -> the slope of the end by it: each line, the last first, hands back to what
    went in the slope of its operation times its own, and it is added."""
    slopes = dict.fromkeys((line.name for line in lines), 0.0)
    slopes[lines[-1].name] = 1.0
    for line in reversed(lines):
        for name, slope in zip(line.operands, line.slopes):
            if name:
                slopes[name] += slope * slopes[line.name]
    return slopes


def laid_out(lines):
    """(places, edges): name -> (column, row), and of each edge (from, to, which operand
    it is, the points that it passes, how far it bends off a twin).

    A line stands a column behind the last of what went in, what is given a column
    before its first use. An edge has a row of its own in each column that it passes.
    """
    column = {}
    for line in lines:
        column[line.name] = 1 + max((column[n] for n in line.operands if n), default=-1)
    for line in reversed(lines):
        uses = [column[u.name] for u in lines if line.name in u.operands]
        if not line.operation and uses:
            column[line.name] = min(uses) - 1
    pairs = dict.fromkeys((n, line.name) for line in lines for n in line.operands if n)
    rows, passing = {}, {pair: [] for pair in pairs}
    for k in range(max(column.values()) + 1):
        here = []
        for line in lines:
            if column[line.name] == k:
                before = [
                    passing[n, line.name][-1][1] if passing[n, line.name] else rows[n]
                    for n in line.operands
                    if n
                ]
                here.append((np.mean(before) if before else np.inf, line.name))
        for (start, stop), points in passing.items():
            if column[start] < k < column[stop]:
                here.append((points[-1][1] if points else rows[start], (start, stop)))
        here.sort(key=lambda one: one[0])
        for n, (_, what) in enumerate(here):
            row = n - (len(here) - 1) / 2
            if isinstance(what, str):
                rows[what] = row
            else:
                passing[what].append((k, row))
    edges = []
    for line in lines:
        for k, name in enumerate(line.operands):
            if name:
                twins = [n for n, other in enumerate(line.operands) if other == name]
                bend = twins.index(k) - (len(twins) - 1) / 2
                edges.append((name, line.name, k, passing[name, line.name], bend))
    return {name: (column[name], rows[name]) for name in column}, edges


def drawing(lines, back=True):
    """A figure of the graph: in each box the value, with back the slope under it."""
    (places, edges), slopes = laid_out(lines), way_back(lines)
    columns, rows = np.transpose([*places.values()])
    high = 0.9 + 1.25 * np.ptp(rows)
    fig, ax = plt.subplots(figsize=(5.6, high))
    middle = dict(ha="center", va="center")
    for start, stop, operand, via, bend in edges:
        points = np.array([places[start], *via, places[stop]], float)
        points[:, 1] += 0.2 * bend
        ax.plot(*points.T, color="0.55", lw=1.4, zorder=1)
        slope = next(line for line in lines if line.name == stop).slopes[operand]
        at = points[-2] if via else points.mean(axis=0)
        words = ax.text(*at, shown(float(f"{slope:.3g}")), fontsize=12, **middle)
        words.set_bbox(dict(boxstyle="square,pad=0.12", fc="white", ec="none"))
    for line in lines:
        column, row = places[line.name]
        title = f"{line.name} = {line.said}" if line.said else line.name
        ax.text(column, row - 0.3, title, ha="center", fontsize=12.5, color="0.25")
        corner = column - 0.28, row - 0.25
        ax.add_patch(Rectangle(corner, 0.56, 0.5, fc="white", ec="0.4", zorder=2))
        ax.plot([corner[0], corner[0] + 0.56], [row, row], color="0.4", lw=0.7)
        ax.text(
            column, row - 0.12, shown(line.value), color="C0", fontsize=13, **middle
        )
        if back:
            below = shown(slopes[line.name])
            ax.text(column, row + 0.13, below, color="C1", fontsize=13, **middle)
    ax.set(xlim=(-0.36, columns.max() + 0.36))
    ax.set(ylim=(rows.max() + 0.3, rows.min() - 0.55))
    ax.axis("off")
    return fig


def shared():
    """What every such widget has in common, and with the exercises: what is said."""
    return {"said": judge.DATA}


class Graph(anywidget.AnyWidget):
    """The graph of a calculation (see the module).

    ask is "" for a walk, "order", or the names whose slopes are asked for, with spaces
    between; bare leaves the slopes of the single operations away. begin is "there" or
    "back", where a walk begins.

    Raises TypeError and ValueError as `tape`, and for a name that is asked for and is
    none.
    """

    _esm = engine.module("graph")
    _css = pathlib.Path(__file__).with_suffix(".css")
    graph = traitlets.Dict().tag(sync=True)
    said = traitlets.Dict().tag(sync=True)

    def __init__(self, ask="", bare=False, begin="there", **values):
        if not isinstance(ask, str):
            raise TypeError(f"ask is {ask!r}; expected names, as in 'a x'")
        if not isinstance(bare, bool):
            raise TypeError(f"bare is {bare!r}; expected True or False")
        if begin not in ("there", "back"):
            raise ValueError(f"begin is {begin!r}; expected 'there' or 'back'")
        self.lines = tape(**values)
        names = [line.name for line in self.lines]
        asked = [] if ask == "order" else ask.split()
        for name in asked:
            if name not in names:
                raise ValueError(
                    f"ask has {name!r}; expected some of {', '.join(names)}"
                )
        places, edges = laid_out(self.lines)
        lines = [line._asdict() | {"at": places[line.name]} for line in self.lines]
        keys = "from to operand via bend".split()
        graph = {
            "mode": "order" if ask == "order" else "ask" if asked else "walk",
            "asked": asked,
            "bare": bare,
            "begin": begin,
            "lines": lines,
            "edges": [dict(zip(keys, edge)) for edge in edges],
        }
        super().__init__(
            graph=json.loads(json.dumps(graph)), said=json.loads(json.dumps(judge.DATA))
        )

    def __repr__(self):
        return "\n".join(
            f"{line.name} = {line.said or shown(line.value)}" for line in self.lines
        )

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/plain": repr(self), "text/html": self._table()}, metadata

    def _table(self):
        """The tape as a table: what is asked for is a gap in it."""
        graph, slopes = self.graph, way_back(self.lines)
        end = self.lines[-1].name
        order = graph["mode"] == "order"
        rows = []
        for line in self.lines:
            own = [
                f"by {name}: {shown(slope)}"
                for name, slope in zip(line.operands, line.slopes)
                if name
            ]
            hidden = order or line.name in graph["asked"]
            cells = [
                line.said or "given",
                shown(line.value),
                "" if graph["bare"] else ", ".join(own),
                "…" if hidden else shown(slopes[line.name]),
            ]
            cells = "".join(f"<td>{cell}</td>" for cell in cells)
            rows.append(f'<tr><th scope="row">{line.name}</th>{cells}</tr>')
        heads = ("name", "operation", "value", "its own slope", f"slope of {end} by it")
        heads = "".join(f'<th scope="col">{words}</th>' for words in heads)
        caption = {
            "walk": f"The graph of {end}, every number",
            "ask": "Fill in what is missing.",
            "order": "Who hands back when? Number the lines.",
        }[graph["mode"]]
        state = html.escape(json.dumps({"graph": graph}), quote=True)
        return (
            f'<div class="graph-table" data-widget="graph" data-state="{state}">\n'
            f"<table><caption>{caption}</caption>\n<thead><tr>{heads}</tr></thead>\n"
            "<tbody>\n" + "\n".join(rows) + "\n</tbody></table></div>"
        )
