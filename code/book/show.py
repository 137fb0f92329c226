"""What a chapter's cells show things with; importing it sets the book's figure style.

    source(backprop.hidden_delta)       the function's own source, never a copy
    figure(fig, alt="…")                a figure, and what it shows in words
    figure(fig, alt="…", caption="…", label="fig-error-curve")   a numbered figure
    figure(fig, alt="…", shows={"error": errors})    one whose curves are held to data

A figure is stored as a PNG and a text. nbval compares the text, which is the figure's
alternative text in the built book; a test must assert the data. With a label the book
numbers it, prints the caption (``$…$`` is mathematics), and ``{numref}`` refers to it.
"""

import base64
import inspect
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import matplotlib
import matplotlib.figure
import matplotlib.pyplot as plt
from PIL import Image

from book import drawn

CHAPTERS = Path(__file__).parents[2] / "chapters"
STYLE = CHAPTERS / "matplotlibrc"
HAVE_SOURCE = inspect.isroutine, inspect.isclass, inspect.ismodule
MINUS = re.compile(r"(?<![\w.)])[-−](?=\d)")
DATA = CHAPTERS / "data"  # what heavy runs of experiments/ stored
if (
    STYLE.exists()
):  # a student's copy of one notebook has code/ but not always chapters/
    matplotlib.rc_file(STYLE)


@dataclass(frozen=True)
class Source:
    """Python source, shown highlighted in JupyterLab, in the book and on slides."""

    text: str

    def __repr__(self):
        return self.text

    def _repr_markdown_(self):
        return f"```python\n{self.text}\n```"


def to_read(text: str) -> str:
    """Source without what is said to the linter and the formatter, line by line."""
    return re.sub(r"  # (?:noqa|fmt): .*$", "", text, flags=re.MULTILINE)


def source(*things) -> Source:
    """The source of functions, classes, modules, one after another, as it runs now."""
    for thing in things:
        if not any(kind(thing) for kind in HAVE_SOURCE):
            raise TypeError(f"{thing!r} has no source; expected a function or class")
    text = "\n\n\n".join(inspect.getsource(t).rstrip() for t in things)
    return Source(to_read(text))


@dataclass(frozen=True)
class Figure:
    """A drawn figure with its text: what a cell shows and a notebook stores."""

    png: bytes
    size: tuple[int, int]
    alt: str
    caption: str
    label: str

    def __repr__(self):
        if self.label:
            return f"Figure {self.label}. {self.caption}\n{self.alt}"
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        png = base64.b64encode(self.png).decode()
        data = {"image/png": png, "text/plain": repr(self)}
        width, height = self.size
        # Drawn at twice the size it is shown, for screens that have the pixels.
        return data, {"image/png": {"width": width, "height": height}}


def figure(fig, alt: str, caption="", label="", shows=None) -> Figure:
    """The figure with its alternative text, and with a label its number and caption.

    alt says what there is to see, for who cannot see it; its numbers are filled in from
    the data, and a minus becomes the word that is read aloud. Closes fig, so that it is
    not shown twice. shows names each quantity that is drawn (see book.drawn).

    Raises ValueError if alt is missing, or a label without a caption, or if something
    else is drawn than shows says.
    """
    if not isinstance(fig, matplotlib.figure.Figure):
        raise TypeError(f"fig is {fig!r}; expected a Figure of matplotlib")
    for name, words in ("alt", alt), ("caption", caption), ("label", label):
        if not isinstance(words, str):
            raise TypeError(f"{name} is {words!r}; expected words")
    alt, caption = " ".join(alt.split()), " ".join(caption.split())
    alt = MINUS.sub("minus ", alt)
    if not alt:
        raise ValueError(f"alt is {alt!r}; expected what the figure shows, in words")
    if bool(caption) != bool(label):
        raise ValueError(
            f"caption is {caption!r} and label is {label!r}; expected both or neither"
        )
    if label and not label.startswith("fig-"):
        raise ValueError(f"label is {label!r}; expected 'fig-' and a name")
    drawn.check(fig, shows or {})
    file = BytesIO()
    # Without the version of matplotlib in it, equal figures are equal files.
    fig.savefig(file, format="png", metadata={"Software": None})
    width, height = fig.get_size_inches() * matplotlib.rcParams["savefig.dpi"] / 2
    plt.close(fig)
    png = _with_a_palette(file)
    return Figure(png, (round(width), round(height)), alt, caption, label)


def _with_a_palette(png: BytesIO) -> bytes:
    """The picture in 256 colours: a third of the bytes; the page has few to spend."""
    small = BytesIO()
    picture = Image.open(png).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()
