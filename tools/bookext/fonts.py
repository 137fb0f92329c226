"""The fonts of the book, each cut to what is set in it and held by a style sheet.

Text and headings have every character shown anywhere: a search finds any line. Slanted
and bold text have what stands in elements that are so; mathematics what stands in
formulas, or may be written in one by a widget.
"""

import hashlib
import html
import importlib.util
import re
import unicodedata
from base64 import b64encode
from functools import partial
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont


def installed(package: str, *path: str) -> Path:
    """A file of an installed package, which need not be imported for it."""
    return Path(importlib.util.find_spec(package).origin).parent.joinpath(*path)


STIX = installed("matplotlib", "mpl-data", "fonts", "ttf")
SOURCE_SANS = installed(
    "sphinx_revealjs", "_static/revealjs/dist/theme/fonts/source-sans-pro"
)
STIX_MATH = installed("ziamath", "fonts", "STIXTwoMath-Regular.ttf")

# What a reader types, and a widget writes, whatever the pages show.
ASCII = set(range(0x20, 0x7F))
# Letters alone in an <mi> are set in these: italic a to z, A to Z and Greek.
ITALIC = {0x210E, *range(0x1D434, 0x1D455), *range(0x1D456, 0x1D468)}
ITALIC |= set(range(0x1D6FC, 0x1D71C))
# What stands in no text: a browser draws it for <msqrt>.
ROOT_SIGN = {0x221A}
# The elements that are set in a face, where it is not for whatever is shown.
SLANTED = ("em", "i", "cite", "dfn")
BOLD = ("b", "strong", "dt", "th", "h1", "h2", "h3", "h4", "h5", "h6")

SANS = SOURCE_SANS / "source-sans-pro-regular.woff"
SEMIBOLD = SOURCE_SANS / "source-sans-pro-semibold.woff"
FACES = [
    ("Book Text", "400", "normal", STIX / "STIXGeneral.ttf", "all"),
    ("Book Text", "400", "italic", STIX / "STIXGeneralItalic.ttf", "slanted"),
    ("Book Text", "700", "normal", STIX / "STIXGeneralBol.ttf", "bold"),
    ("Book Sans", "400", "normal", SANS, "all"),
    ("Book Sans", "600", "normal", SEMIBOLD, "all"),
    ("Book Math", "400", "normal", STIX_MATH, "formulas"),
]


def face(family: str, weight: str, style: str, path: Path, characters) -> str:
    """One @font-face, the font cut to some characters and carried in the rule itself.

    Carried, not linked: browsers treat a font beside a file:// page as foreign, and
    text that is set once does not jump when its font arrives.
    """
    options = subset.Options()
    options.flavor = "woff2"
    # Not ssty: letters made for indices double the font, and Chromium sets none.
    options.layout_features = ["flac", "dtls"] if family == "Book Math" else [
        "kern", "liga", "lnum", "tnum", "ccmp", "locl", "mark", "mkmk",
    ]  # fmt: skip
    options.notdef_outline = True
    options.hinting = False
    options.drop_tables += ["FFTM", "webf"]  # notes of the programs that made them
    font = TTFont(path)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=characters)
    cut.subset(font)
    for record in font["name"].names:
        # A changed font must not bear the name its licence reserves (SIL OFL 1.1).
        if record.nameID in (1, 3, 4, 6, 16):
            record.string = family if record.nameID != 6 else family.replace(" ", "")
    font.flavor = "woff2"
    woff2 = BytesIO()
    font.save(woff2)
    data = b64encode(woff2.getvalue()).decode()
    return (
        f'@font-face {{ font-family: "{family}"; font-weight: {weight}; '
        f"font-style: {style}; font-display: block; "
        f'src: url("data:font/woff2;base64,{data}") format("woff2"); }}\n'
    )


def shown(folder: Path) -> set[int]:
    """Every character that the pages, decks and scripts below a folder can show."""
    files = [*folder.rglob("*.html"), *folder.rglob("*.js")]
    texts = (html.unescape(file.read_text("utf-8")) for file in files)
    return ASCII.union(*(map(ord, text) for text in texts))


def within(elements, texts: list[str]) -> set[int]:
    """Every character inside those elements of some pages."""
    found = set()
    for element in elements:
        whole = re.compile(rf"<{element}\b[^>]*>(.*?)</{element}>", re.DOTALL)
        for text in texts:
            for inner in whole.findall(text):
                found.update(map(ord, html.unescape(re.sub("<[^>]*>", "", inner))))
    return found


def italic(texts: list[str]) -> set[int]:
    """Of ITALIC those of the letters alone in an <mi> of pages and scripts, and of
    those that stand alone in the data of a widget: symbols, indices, what is above."""
    alone = re.compile(r"<mi>([^<])</mi>|(?:\"|&quot;)([^\W\d_])(?:\"|&quot;)")
    plain = partial(unicodedata.normalize, "NFKC")  # of ϕ and its like too
    letters = {plain(a or b) for text in texts for a, b in alone.findall(text)}
    return {c for c in ITALIC if plain(chr(c)) in letters}


def needed(folder: Path) -> list[set[int]]:
    """The characters of each of FACES, for the book in that folder."""
    pages = [file.read_text("utf-8") for file in sorted(folder.rglob("*.html"))]
    widgets = folder / "_static" / "widgets"
    scripts = [file.read_text("utf-8") for file in sorted(widgets.glob("*.js"))]
    writer = (widgets / "mathml.js").read_text("utf-8")
    everything = shown(folder)
    formulas = within(["math"], pages).union(map(ord, writer), ASCII)
    formulas.add(ord("√"))  # drawn by <msqrt>, in whose text it does not stand
    sets = {
        "slanted": ASCII | within(SLANTED, pages),
        "bold": ASCII | within(BOLD, pages),
        "formulas": formulas | ROOT_SIGN | italic(pages + scripts),
    }
    return [sets.get(content, everything) for *_, content in FACES]


def write_fonts(app, error):
    """Write fonts.css, unless the one there was made by this code from these fonts and
    for these characters."""
    if error or app.builder.format != "html":
        return
    characters = needed(Path(app.outdir))
    key = hashlib.sha256(Path(__file__).read_bytes())
    key.update(repr([*map(sorted, characters)]).encode())
    for *_, path, _ in FACES:
        key.update(path.read_bytes())
    first = f"/* {key.hexdigest()} */\n"
    sheet = Path(app.outdir, "_static", "fonts.css")
    if sheet.exists() and sheet.read_text("utf-8").startswith(first):
        return
    faces = [face(*entry[:-1], own) for entry, own in zip(FACES, characters)]
    sheet.write_text(first + "".join(faces), "utf-8")


def setup(app):
    # When everything else is written: decks, search and widgets too.
    app.connect("build-finished", write_fonts, priority=900)
