"""Each picture of the book is what its cell draws, of the data that it names."""

import base64
import io
import json
import re
from importlib.metadata import version
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from book import bound, drawn, figure

ROOT = Path(__file__).parent.parent
CHAPTERS = {path.stem: path for path in bound.chapters()}
# Drawn again by the pinned versions a picture is the same to the last byte. Another
# processor may round a line's end to the neighbouring pixel: a little may differ there,
# but no more than the antialiased edge of one short stroke.
PINNED = "matplotlib", "pillow"
SHADE = 24  # of 255: less is a rounding
MOST_PIXELS = 60  # of some million


def otherwise_pinned():
    """What is installed of the drawing packages, where constraints.txt has another."""
    text = (ROOT / "constraints.txt").read_text("utf-8")
    pins = {name: re.findall(rf"^{name}==(\S+)", text, re.MULTILINE) for name in PINNED}
    return [
        f"{name} is {version(name)}, pinned is {' or '.join(pins[name])}"
        for name in PINNED
        if version(name) not in pins[name]
    ]


def stored(path):
    """(cell, PNG, shown size) of every picture that a notebook stores, in order."""
    return [
        (number, output["data"]["image/png"], output["metadata"].get("image/png"))
        for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"])
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)


def differs(png, other):
    """What is different in two pictures, or ""."""
    one, two = pixels(png), pixels(other)
    if one.shape != two.shape:
        return f"{one.shape[1::-1]} pixels became {two.shape[1::-1]}"
    changed = (np.abs(one - two).max(-1) > SHADE).sum()
    return f"{changed} pixels differ" if changed > MOST_PIXELS else ""


@pytest.mark.skipif(bool(otherwise_pinned()), reason="; ".join(otherwise_pinned()))
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_stored_picture_is_what_its_cell_draws(chapter, executions):
    again = executions(chapter).figures
    before = stored(CHAPTERS[chapter])
    assert [cell for cell, _, _ in before] == [one.cell for one in again]
    for (cell, png, shown), one in zip(before, again):
        said = differs(base64.b64decode(png), one.png)
        assert not said, f"{chapter}, cell {cell}: {said}; run: make refresh"
        width, height = one.size
        assert shown == {"width": width, "height": height}, f"{chapter}, cell {cell}"


def test_pictures_of_the_book_are_told_apart():
    every = [
        base64.b64decode(png) for p in CHAPTERS.values() for _, png, _ in stored(p)
    ]
    assert len(every) > 25
    for k, one in enumerate(every):
        assert differs(one, one) == ""
        assert differs(one, every[k - 1])


# ---- small changes of a picture


def curve(numbers, width=6.4, **style):
    """The PNG of a curve."""
    fig, ax = plt.subplots(figsize=(width, 3))
    ax.plot(numbers, **style)
    return figure(fig, alt="a curve", shows={"numbers": numbers}).png


FALLING = np.exp(-np.arange(30) / 7)


@pytest.mark.parametrize("other", [
    lambda: curve(FALLING, width=6.3),
    lambda: curve(FALLING * np.linspace(1, 1.05, 30)),
    lambda: curve(FALLING, ls="--"),
    lambda: curve(FALLING, color="C1"),
    lambda: curve(FALLING, lw=2.5),
    lambda: curve(np.where(np.arange(30) == 7, 0.5, FALLING)),
])  # fmt: skip
def test_a_small_change_of_a_picture_is_noticed(other):
    assert differs(curve(FALLING), curve(FALLING)) == ""
    assert differs(curve(FALLING), other())


def test_altered_pixels_are_noticed():
    picture = Image.open(io.BytesIO(curve(FALLING))).convert("RGB")
    picture.paste((200, 30, 30), (300, 200, 310, 208))
    altered = io.BytesIO()
    picture.save(altered, "PNG")
    assert differs(curve(FALLING), altered.getvalue()) == "80 pixels differ"


# ---- what is drawn, and what is said of it

X = np.linspace(0, 1, 20)
E = {"online": np.exp(-X), "batch": np.exp(-2 * X)}
GRID = np.meshgrid(np.linspace(-1, 1, 21), np.linspace(-2, 2, 31))
HEIGHT = GRID[0] ** 2 + 0.3 * GRID[1] ** 2 + 0.1 * GRID[0] * GRID[1]


def lines(ax, factor=1.0, swapped=False):
    labels = list(E)[::-1] if swapped else list(E)
    for label, values in zip(labels, E.values()):
        ax.plot(X, factor * values, label=label)


def contours(ax, heights=HEIGHT):
    levels = ax.contour(*GRID, heights, levels=[0.1, 0.3, 0.9])
    ax.clabel(levels)


def one_by_one(ax, values=E["online"]):
    for row, value in enumerate(values):
        ax.plot(value, row, "o")
        ax.plot([value - 0.1, value + 0.1], [row, row])


PATH = np.stack([X, E["batch"]], axis=-1)
SPREAD = np.stack([E["online"] - 0.1, E["online"] + 0.1], axis=-1)
DRAWN = {
    "lines": (lines, {"x": X, **E}),
    "counted": (lambda ax: ax.plot(E["batch"]), {"E": E["batch"]}),
    "path": (lambda ax: ax.plot(*PATH.T), {"path": PATH}),
    "points": (lambda ax: ax.scatter(X, E["batch"]), {"of": (X, E["batch"])}),
    "bars": (lambda ax: ax.bar(range(20), E["batch"]), {"E": E["batch"]}),
    "ranges": (lambda ax: ax.hlines(range(20), *SPREAD.T), {"spread": SPREAD}),
    "one by one": (one_by_one, {"E": E["online"], "spread": SPREAD}),
    "image": (lambda ax: ax.imshow(HEIGHT), {"heights": HEIGHT}),
    "map": (lambda ax: ax.pcolormesh(*GRID, HEIGHT), {"heights": (*GRID, HEIGHT)}),
    "contours": (contours, {"heights": (*GRID, HEIGHT)}),
    "nothing": (lambda ax: (ax.axhline(0.5), ax.plot([0, 1], [0, 1])), {}),
}  # fmt: skip


def check(draw, shows, axis=True):
    fig, ax = plt.subplots()
    draw(ax)
    if not axis:
        ax.axis("off")
    try:
        drawn.check(fig, shows)
    finally:
        plt.close(fig)


@pytest.mark.parametrize("draw, shows", DRAWN.values(), ids=DRAWN)
def test_what_is_drawn_is_one_of_the_quantities_it_names(draw, shows):
    check(draw, shows)
    for name, value in shows.items():
        for factor in 1.01, 1 + 1e-8:
            several = isinstance(value, tuple)
            last = value[-1] if several else value
            scaled = last * np.linspace(1, factor, len(last)).reshape(
                -1, *[1] * (last.ndim - 1)
            )
            wrong = shows | {name: (*value[:-1], scaled) if several else scaled}
            if factor == 1.01 or draw is not contours:  # contours to a millionth
                with pytest.raises(ValueError, match="shows says what is drawn"):
                    check(draw, wrong)
        rest = {other: shows[other] for other in shows if other != name}
        with pytest.raises(ValueError, match="shows"):
            check(draw, rest)


@pytest.mark.parametrize("draw, why", [
    (lambda ax: lines(ax, 1.01), "the y of the line 'online' in the figure are not"),
    (lambda ax: lines(ax, swapped=True), "the y of the line 'batch' in the figure"),
    (lambda ax: (lines(ax), ax.plot(X, 2 * X)), "the y of the line in the figure"),
    (lambda ax: (lines(ax), ax.scatter(X, X**2)), "the y of the points in the figure"),
    (lambda ax: ax.plot(X, X, label="x"), "shows has 'online', and nothing drawn"),
    (lambda ax: (lines(ax), ax.plot(X, X, label="x²")), "shows has no 'x²', which the"),
    (lambda ax: ax.plot([3, 1, 2]), "the y of the line in the figure"),
    (lambda ax: ax.bar(range(3), [3, 1, 2]), "the y of the bars in the figure"),
    (lambda ax: ax.scatter(range(3), [3, 1, 2], label="x"), "the y of the points 'x'"),
    (lambda ax: (lines(ax), ax.fill_between(X, X)), "has a FillBetweenPolyColl"),
])  # fmt: skip
def test_another_curve_under_the_same_words_is_refused(draw, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        check(draw, {"x": X, **E})


def test_a_drawing_of_boxes_and_arrows_shows_no_series():
    check(lines, {}, axis=False)
    with pytest.raises(ValueError, match="the colour of the map in the figure"):
        check(lambda ax: ax.imshow(HEIGHT), {}, axis=False)


def test_shows_is_a_dict():
    with pytest.raises(TypeError, match="shows is 3; expected a dict of names"):
        check(lines, 3)


def test_a_figure_that_does_not_say_what_it_shows_is_not_shown():
    fig, ax = plt.subplots()
    lines(ax)
    with pytest.raises(ValueError, match="shows has no 'online', which the legend"):
        figure(fig, alt="two curves")
    assert figure(fig, alt="two curves", shows={"x": X, **E}).alt == "two curves"


def test_a_minus_is_read_aloud():
    fig, _ = plt.subplots()
    alt = f"from {-0.5} to {-2:.1f}, 2-3-2 units, 1e-05"
    assert figure(fig, alt=alt).alt == "from minus 0.5 to minus 2.0, 2-3-2 units, 1e-05"
