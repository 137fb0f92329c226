"""The fonts of the book, cut to the characters it needs and held by a style sheet."""

import hashlib
import importlib.util
from base64 import b64encode
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont


def _installed(package: str, *path: str) -> Path:
    """A file of an installed package, which need not be imported for it."""
    return Path(importlib.util.find_spec(package).origin).parent.joinpath(*path)


STIX = _installed("matplotlib", "mpl-data", "fonts", "ttf")
SOURCE_SANS = _installed(
    "sphinx_revealjs", "_static/revealjs/dist/theme/fonts/source-sans-pro"
)
STIX_MATH = _installed("ziamath", "fonts", "STIXTwoMath-Regular.ttf")

# Letters of Western and Central Europe, Greek, punctuation, arrows, a few signs.
TEXT = [
    *range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x391, 0x3CA), 0x2010, 0x2011,
    *range(0x2013, 0x2016), *range(0x2018, 0x201F), 0x2020, 0x2022, 0x2026, 0x2032,
    0x20AC, *range(0x2190, 0x2194), 0x2202, 0x2211, 0x2212, 0x221A, 0x2248, 0x2260,
    0x2264, 0x2265,
]  # fmt: skip
# What LaTeX in this book can become, and what the stepper writes; see mathematics.
MATHEMATICS = [
    *range(0x20, 0x7F), 0xA0, 0xAC, 0xB1, 0xB7, 0xD7, 0xF7, *range(0x2C6, 0x2DE),
    0x302, 0x303, 0x304, 0x307, 0x308, 0x338, *range(0x391, 0x3CA), 0x3D1, 0x3D5, 0x3F5,
    0x2013, 0x2014, 0x2016, 0x2026, *range(0x2032, 0x2038), *range(0x2061, 0x2065),
    0x210B, 0x210E, 0x2110, 0x2112, 0x211B, 0x211D, 0x2115, 0x2124, 0x2130, 0x2131,
    0x2133, *range(0x2190, 0x2196), 0x21A6, *range(0x21D0, 0x21D5),
    *range(0x2200, 0x220E), *range(0x220F, 0x2214), 0x2217, 0x2218, 0x221A, 0x221D,
    0x221E, 0x2225, 0x2227,
    0x2228, 0x2229, 0x222A, 0x222B, 0x223C, 0x2248, 0x2260, 0x2261, 0x2264, 0x2265,
    0x226A, 0x226B, 0x2282, 0x2286, 0x2295, 0x2297, 0x2299, 0x22A4, 0x22A5, 0x22C5,
    0x22EE, 0x22EF, 0x22F1, 0x2308, 0x2309, 0x230A, 0x230B, 0x23DE, 0x23DF, 0x25A1,
    0x27E8, 0x27E9, 0x27F5, 0x27F6, 0x2A01, 0x2A02,
    *range(0x1D400, 0x1D468),  # bold, italic
    *range(0x1D468, 0x1D49C),  # bold italic
    *range(0x1D49C, 0x1D4D0),  # script
    *range(0x1D6A8, 0x1D756),  # Greek: bold, italic, bold italic
    *range(0x1D7CE, 0x1D7D8),  # bold digits
]  # fmt: skip

FACES = [
    ("Book Text", "400", "normal", STIX / "STIXGeneral.ttf", TEXT),
    ("Book Text", "400", "italic", STIX / "STIXGeneralItalic.ttf", TEXT),
    ("Book Text", "700", "normal", STIX / "STIXGeneralBol.ttf", TEXT),
    ("Book Sans", "400", "normal", SOURCE_SANS / "source-sans-pro-regular.woff", TEXT),
    ("Book Sans", "600", "normal", SOURCE_SANS / "source-sans-pro-semibold.woff", TEXT),
    ("Book Math", "400", "normal", STIX_MATH, MATHEMATICS),
]


def face(family: str, weight: str, style: str, path: Path, characters) -> str:
    """One @font-face, the font cut to some characters and carried in the rule itself.

    Carried, not linked: browsers treat a font beside a file:// page as foreign, and
    text that is set once does not jump when its font arrives.
    """
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = ["ssty", "flac", "dtls"] if family == "Book Math" else [
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


def write_fonts(app):
    """Write fonts.css, unless the one there was made by this code from these fonts."""
    if app.builder.format != "html":
        return
    key = hashlib.sha256(Path(__file__).read_bytes())
    for *_, path, _ in FACES:
        key.update(path.read_bytes())
    first = f"/* {key.hexdigest()} */\n"
    sheet = Path(app.outdir, "_static", "fonts.css")
    if sheet.exists() and sheet.read_text("utf-8").startswith(first):
        return
    sheet.parent.mkdir(parents=True, exist_ok=True)
    sheet.write_text(first + "".join(face(*entry) for entry in FACES), "utf-8")


def setup(app):
    app.connect("builder-inited", write_fonts)
