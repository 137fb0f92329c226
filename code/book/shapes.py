"""Visual pseudocode: each line of a pass with its arrays drawn to size.

    found = visual(net, X, D)      a pass through a network of backprop or of depth
    print(found)                   every line of it, with the size of every array
    found.draw()                   the same as a matplotlib figure
    found.forward, found.backward  the half of it before the deltas, and the rest

The lines are those of backprop.py, with the names that the network's arrays have; the
arrays are the real ones. A cell is one number: vermilion above zero, blue below, pale
near it. Rows run down, columns across; a bias is one row.
"""

import ast
import inspect
import re
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

import backprop as bp
import depth
from book.model import models
from book.writing import typeset

BACKPROP = models("backprop")["backprop"]

COLOURS = LinearSegmentedColormap.from_list("", ["#0072B2", "#f4f4f4", "#D55E00"])
WIDTH = 6.4  # inches at most, as every figure of the book
CELL = 0.2  # at most, inches
CHARACTER = 0.085  # a monospaced one of size 10
LABEL = 0.5  # room for the name and size below a box


class Line(NamedTuple):
    """result = code, where code is the expression of a function of backprop.py."""

    result: str
    code: str


class Visual(NamedTuple):
    """The lines of a pass, and its arrays by name."""

    lines: list[Line]
    arrays: dict[str, np.ndarray]

    @property
    def forward(self):
        return Visual([x for x in self.lines if not _backward(x)], self.arrays)

    @property
    def backward(self):
        return Visual([x for x in self.lines if _backward(x)], self.arrays)

    def pieces(self, line):
        """What stands in a row: names of arrays, with .T if transposed, and text."""
        found = [line.result, " = "]
        for piece in re.split(r"([A-Za-z]\w*(?:\.T\b)?)", line.code):
            if self.array(piece) is None and self.array(found[-1]) is None:
                found[-1] += piece
            else:
                found.append(piece)
        return found

    def array(self, piece):
        """The array that a piece of a line stands for, or None if it is text."""
        name = piece.removesuffix(".T")
        if name not in self.arrays:
            return None
        return self.arrays[name].T if piece.endswith(".T") else self.arrays[name]

    def __str__(self):
        return "\n".join(
            "".join(piece + self._size(piece) for piece in self.pieces(line))
            for line in self.lines
        )

    __repr__ = __str__

    def _size(self, piece):
        array = self.array(piece)
        return "" if array is None else f"[{' × '.join(map(str, array.shape))}]"

    def tables(self):
        """The array of each box that draw() draws, in order."""
        found = [
            self.array(piece) for line in self.lines for piece in self.pieces(line)
        ]
        return tuple(np.atleast_2d(array) for array in found if array is not None)

    def draw(self):
        """A figure of the lines, one below the other, each array a box of cells."""
        lines = [self.pieces(line) for line in self.lines]
        cell = CELL
        while (
            cell > 0.01 and max(self._width(line, cell) for line in lines) > WIDTH - 0.1
        ):
            cell *= 0.95
        heights = [self._height(line, cell) for line in lines]
        width = max(self._width(line, cell) for line in lines) + 0.1
        fig = plt.figure(figsize=(width, sum(heights)), layout="none")
        ax = fig.add_axes((0, 0, 1, 1))
        ax.axis("off")
        top = 0
        for line, height in zip(lines, heights):
            self._draw(ax, line, 0.05, top + (height - LABEL) / 2, cell)
            top += height
        _ = ax.set(xlim=(0, width), ylim=(top, 0))
        return fig

    def _draw(self, ax, line, x, middle, cell):
        centred = {"ha": "center", "va": "center"}
        for piece in line:
            array, width = self.array(piece), self._width([piece], cell)
            if array is None:
                text = piece.strip()
                _ = ax.text(x + width / 2, middle, text, family="monospace", **centred)
            else:
                table = np.atleast_2d(array)
                down, across = table.shape[0] * cell, table.shape[1] * cell
                left, upper = x + (width - across) / 2, middle - down / 2
                most = np.abs(table).max() or 1
                box = (left, left + across, upper + down, upper)
                _ = ax.imshow(
                    table, COLOURS, vmin=-most, vmax=most, extent=box, aspect="auto"
                )
                edge = {"fill": False, "edgecolor": "#44444a", "linewidth": 0.8}
                _ = ax.add_patch(plt.Rectangle((left, upper), across, down, **edge))
                label = f"${typeset(piece, BACKPROP)}$\n{self._size(piece)[1:-1]}"
                place = x + width / 2, upper + down + 0.05
                _ = ax.text(*place, label, ha="center", va="top", fontsize=11)
            x += width

    def _width(self, row, cell):
        total = 0
        for piece in row:
            array = self.array(piece)
            if array is None:
                total += CHARACTER * len(piece)
            else:
                label = 0.085 * len(self._size(piece)) + 0.02
                total += max(np.atleast_2d(array).shape[1] * cell + 0.06, label)
        return total

    def _height(self, row, cell):
        arrays = [self.array(piece) for piece in row]
        return (
            cell * max(len(np.atleast_2d(a)) for a in arrays if a is not None)
            + LABEL
            + 0.1
        )


def visual(net, X, D):
    """The Visual of one pass of the examples X (n, inputs), D (n, outputs)."""
    if isinstance(net, bp.Network):
        net = depth.Network(
            (depth.Layer(net.w, net.b), depth.Layer(net.v, net.c)), net.f
        )
    count = len(net.layers)
    if count == 2:
        N, H, w, b = ["N_h", "N_o"], ["X", "H", "O"], ["w", "v"], ["b", "c"]
        delta = ["delta_h", "delta_o"]
    else:
        N, w, b, delta = (
            [f"{name}{k + 1}" for k in range(count)]
            for name in ("N", "w", "b", "delta_")
        )
        H = ["X", *(f"H{k}" for k in range(1, count)), "O"]
    arrays, lines = {"X": np.asarray(X), "D": np.asarray(D)}, []
    for k, layer in enumerate(net.layers):
        arrays |= {w[k]: layer.w, b[k]: layer.b}

    def call(result, function, *names):
        arguments = [net.f if name == "f" else arrays[name] for name in names]
        arrays[result] = function(*arguments)
        lines.append(Line(result, _expression(function, names)))

    for k in range(count):
        call(N[k], bp.net_hidden, H[k], w[k], b[k])
        call(H[k + 1], bp.hidden, N[k], "f")
    call(delta[-1], bp.output_delta, "O", "D", N[-1], "f")
    for k in reversed(range(count)):
        if k < count - 1:
            call(delta[k], bp.hidden_delta, delta[k + 1], w[k + 1], N[k], "f")
        call("dE_d" + w[k], bp.slope_w, H[k], delta[k])
        call("dE_d" + b[k], bp.slope_b, delta[k])
    return Visual(lines, arrays)


def _expression(function, names):
    """What the function returns, as in its source, in the names it is called with."""
    source = inspect.getsource(function)
    code = ast.get_source_segment(source, ast.parse(source).body[0].body[-1].value)
    for parameter, name in zip(inspect.signature(function).parameters, names):
        code = re.sub(rf"\b{parameter}\b", name, code)
    return re.sub(r"len\(\w+\)", "n", code)


def _backward(line):
    return line.result.startswith("d")
