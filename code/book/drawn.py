"""What the artists of a figure show, held against what the chapter says they show.

    figure(fig, alt="…", shows={"epoch": epochs, "error": errors})

Each series of more than two numbers on axes that are visible has to be one of the
quantities of shows, to nine digits; what has a label in the legend, the one of that
name. A quantity may be an array (its rows and columns count too), or several in a tuple
or a dict; steps and rows that only count, as 0, 1, 2, need none. Points drawn one by
one are one series, and so are lines between two points. Drawings of boxes and arrows,
on axes that are switched off, show no series.

    series(fig)         every Series of a figure
    check(fig, shows)   raises ValueError at what is not shown, or not said
"""

from typing import NamedTuple

import numpy as np
from matplotlib import collections, contour, image
from matplotlib.figure import Figure

LEAST = 3  # numbers of a series
EXACT = {"rtol": 1e-9, "atol": 1e-12, "equal_nan": True}


class Series(NamedTuple):
    """What one artist shows, or several drawn alike: its kind, its label or "", and its
    numbers by the letters of the axes; of contours, the artist."""

    kind: str
    label: str
    numbers: dict


def series(fig):
    """Every Series of a figure, axes by axes. Raises ValueError at an artist whose data
    cannot be read here."""
    # What a colour bar shows are the numbers of its map.
    axes = [ax for ax in fig.axes if not getattr(ax, "_colorbar", None)]
    return [one for ax in axes for one in (*_of_lines(ax), *_of_maps(ax))]


def _of_lines(ax):
    found, single, pairs = [], [], []
    for line in ax.lines if ax.axison else ():
        if not all(line.get_transform().contains_branch_seperately(ax.transData)):
            continue  # axhline and its like: one number each
        x, y = (_plain(part) for part in line.get_data(orig=False))
        if len(x) < LEAST:
            (single if len(x) == 1 else pairs).append((x, y))
        else:
            found.append(Series("line", _label(line), {"x": x, "y": y}))
    for kind, several in ("points", single), ("ranges", pairs):
        if sum(len(x) for x, _ in several) >= LEAST:
            x, y = (np.concatenate(parts) for parts in zip(*several))
            found.append(Series(kind, "", {"x": x, "y": y}))
    for bars in ax.containers if ax.axison else ():
        if hasattr(bars, "datavalues"):
            found.append(Series("bars", _label(bars), {"y": _plain(bars.datavalues)}))
    return found


def _of_maps(ax):
    found = []
    for artist in (*ax.images, *ax.collections):
        label = _label(artist)
        if isinstance(artist, contour.ContourSet):
            found.append(Series("contours", label, {"lines": artist}))
        elif isinstance(artist, (image.AxesImage, collections.QuadMesh)):
            found.append(Series("map", label, {"colour": _plain(artist.get_array())}))
        elif isinstance(artist, collections.PathCollection):
            x, y = _plain(artist.get_offsets()).T
            found.append(Series("points", label, {"x": x, "y": y}))
            if artist.get_array() is not None:
                found[-1].numbers["colour"] = _plain(artist.get_array())
        elif isinstance(artist, collections.LineCollection):
            x, y = np.concatenate([np.zeros((0, 2)), *artist.get_segments()]).T
            found.append(Series("ranges", label, {"x": x, "y": y}))
        else:
            raise ValueError(
                f"the figure has a {type(artist).__name__}, whose data nobody compares;"
                " expected lines, points, bars, maps or contours (see book.drawn)"
            )
    return [one for one in found if one.kind == "contours" or _size(one) >= LEAST]


def _size(one):
    return max(numbers.size for numbers in one.numbers.values())


def _plain(numbers):
    return np.asarray(np.ma.filled(np.ma.asarray(numbers, dtype=float), np.nan))


def _label(artist):
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") else label


def check(fig, shows):
    """Raise ValueError unless each series of fig is a quantity of the dict shows, and
    each quantity is drawn."""
    if not isinstance(shows, dict):
        raise TypeError(f"shows is {shows!r}; expected a dict of names and quantities")
    quantities = {name: list(_parts(value)) for name, value in shows.items()}
    drawn = set()
    for one in series(fig):
        own = quantities
        if one.label:
            if one.label not in quantities:
                raise ValueError(
                    f"shows has no {one.label!r}, which the legend names;"
                    f" it has {', '.join(map(repr, shows)) or 'nothing'}"
                )
            own = {one.label: quantities[one.label]}
        for letter, numbers in one.numbers.items():
            # A label tells the curves apart; what they are drawn over is common.
            among = quantities if letter == "x" else own
            names = [n for n, parts in among.items() if _is_one(numbers, parts)]
            if not names and not _only_places(one, letter):
                what = f" {one.label!r}" if one.label else ""
                raise ValueError(
                    f"the {letter} of the {one.kind}{what} in the figure are not"
                    f" {' nor '.join(map(repr, among)) or 'said'}:"
                    f" shows says what is drawn"
                )
            drawn |= set(names)
    if idle := [name for name in shows if name not in drawn]:
        raise ValueError(f"shows has {idle[0]!r}, and nothing drawn is that")


def _parts(value):
    """A quantity and all that it consists of."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple) and len(value) == 3 and np.ndim(value[2]) == 2:
        yield tuple(_plain(part) for part in value)  # a grid and the heights over it
    if isinstance(value, tuple) and any(np.ndim(part) for part in value):
        for part in value:
            yield from _parts(part)
        return
    numbers = _plain(value)
    yield numbers
    if numbers.ndim > 1:
        yield from numbers
    if numbers.ndim == 2:
        yield from numbers.T


def _is_one(numbers, parts):
    """Are these numbers one of the parts of a quantity?"""
    if isinstance(numbers, contour.ContourSet):
        return any(isinstance(p, tuple) and _is_contoured(numbers, *p) for p in parts)
    return any(
        np.size(part) == numbers.size
        and np.allclose(np.ravel(part), numbers.ravel(), **EXACT)
        for part in parts
        if not isinstance(part, tuple)
    )


def _only_places(one, letter):
    """Do the numbers along an axis only say which row or which step it is?"""
    places = np.unique(one.numbers[letter]) if letter in "xy" else None
    if places is None or one.kind == "bars" or one.label and letter == "y":
        return False
    if one.kind == "line" and letter == "y":
        return len(places) == 1
    return np.allclose(np.diff(places), 1)


def _is_contoured(lines, x, y, heights):
    """Are these the contours of the heights over a grid?

    Where a label interrupts a line the line has new ends, which lie on it.
    """
    if x.ndim == 1 or y.ndim == 1:
        x, y = np.meshgrid(x, y)
    if not x.shape == y.shape == heights.shape:
        return False
    wanted = Figure().subplots().contour(x, y, heights, levels=lines.levels)
    size = max(np.ptp(x), np.ptp(y))
    for path, right in zip(lines.get_paths(), wanted.allsegs):
        drawn, right = path.vertices, [line for line in right if len(line)]
        if not len(drawn) or not right:
            if len(drawn) or right:
                return False
            continue
        starts = np.concatenate([line[:-1] for line in right])
        ends = np.concatenate([line[1:] for line in right])
        if _distances(drawn, starts, ends).max() > 1e-6 * size:
            return False
        if len(drawn) < 0.5 * sum(map(len, right)):
            return False
    return True


def _distances(points, starts, ends):
    """How far each point is off the nearest of some straight pieces."""
    along = ends - starts
    length = np.maximum((along**2).sum(-1), 1e-300)
    from_start = points[:, None] - starts
    share = np.clip((from_start * along).sum(-1) / length, 0, 1)
    return np.linalg.norm(from_start - share[..., None] * along, axis=-1).min(1)
