"""What others made and the pages carry: what it is, its version and its licence.

``{third-party}`` lists it. Versions and licences are read from the installed packages
when the book is built, so that they are those of what is shipped.
"""

import json
import re
from importlib.metadata import files, version
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from fontTools.ttLib import TTFont
from sphinx.util.docutils import SphinxDirective

from .elements import fold, fold_title
from .fonts import SOURCE_SANS, STIX, STIX_MATH, installed

REVEAL = installed("sphinx_revealjs", "_static", "revealjs")
OFL = "SIL Open Font License 1.1"


class Part(NamedTuple):
    """Something carried: its package, the files it is in, its licence and its words."""

    name: str
    version: str
    package: str
    use: str
    files: tuple[str, ...]
    licence: str
    text: str


def shipped() -> list[Part]:
    """Everything that pages and decks carry and others made."""
    return [
        Part(
            "STIX", _named(STIX / "STIXGeneral.ttf", VERSION), "matplotlib",
            "The letters of the text, cut to what is shown and renamed Book Text.",
            ("fonts.css",), OFL, _read(STIX / "LICENSE_STIX"),
        ),
        Part(
            "Source Sans Pro",
            _named(SOURCE_SANS / "source-sans-pro-regular.woff", VERSION),
            "sphinx-revealjs",
            "Headings, tables and buttons, cut in the same way and renamed Book Sans.",
            ("fonts.css",), OFL, _read(SOURCE_SANS / "LICENSE"),
        ),
        Part(
            "STIX Two Math", _named(STIX_MATH, VERSION), "ziamath",
            "The mathematics, cut in the same way and renamed Book Math.",
            ("fonts.css",), OFL,
            f"{_named(STIX_MATH, COPYRIGHT)}\n\n{_named(STIX_MATH, LICENCE)}\n\n"
            + _open_font_licence(),
        ),
        Part(
            "reveal.js", _banner(REVEAL / "dist" / "reveal.js"), "sphinx-revealjs",
            "Plays the slides, and shows the speaker's notes.",
            ("slides/reveal.js", "slides/reveal.css", "slides/notes.js"),
            "MIT", _read(REVEAL / "LICENSE"),
        ),
        Part(
            "marked", "inside reveal.js", "sphinx-revealjs",
            "Reads the speaker's notes; it is part of what shows them.",
            ("slides/notes.js",), "MIT", _of_jupyterlab("marked"),
        ),
        Part(
            "sphinx-design", version("sphinx-design"), "sphinx-design",
            "Lays out tabs and grids, on the pages that have some.",
            ("sphinx-design.min.css", "design-tabs.js"),
            "MIT", _read(_metadata("sphinx-design", "LICENSE")),
        ),
    ]  # fmt: skip


# Which record of a font's names says what.
COPYRIGHT, VERSION, LICENCE = 0, 5, 13


def _named(path: Path, record: int) -> str:
    """What a font says of itself; of its version, the number alone."""
    said = TTFont(path)["name"].getDebugName(record)
    return re.search(r"[\d.]*\d", said)[0] if record == VERSION else said


def _banner(path: Path) -> str:
    return re.search(r"reveal\.js ([\d.]+)", path.read_text("utf-8"))[1]


def _read(path: Path) -> str:
    return path.read_text("utf-8").strip()


def _metadata(package: str, name: str) -> Path:
    """A file that an installed package has beside its code."""
    return next(f.locate() for f in files(package) if f.name == name)


def _open_font_licence() -> str:
    """The licence itself, without the copyright of the font whose package has it."""
    return (
        "SIL OPEN FONT LICENSE"
        + _read(STIX / "LICENSE_STIX").rpartition("SIL OPEN FONT LICENSE")[2]
    )


def _of_jupyterlab(name: str) -> str:
    """A licence that its own package leaves out, from the list JupyterLab keeps."""
    listed = _read(installed("jupyterlab", "static", "third-party-licenses.json"))
    return next(
        p["extractedText"].strip()
        for p in json.loads(listed)["packages"]
        if p["name"] == name
    )


class ThirdParty(SphinxDirective):
    """``{third-party}``: a section for each part, its licence folded away."""

    def run(self):
        self.env.note_reread()  # packages change, and no file of the book with them
        return [self._section(part) for part in shipped()]

    def _section(self, part):
        name = nodes.make_id(part.name)
        section = nodes.section(ids=[name], names=[part.name])
        section += nodes.title(part.name, part.name)
        files = ", ".join(part.files)
        section += nodes.paragraph(
            "",
            f"{part.use} Version: {part.version}; from the package {part.package} "
            f"{version(part.package)}; in {files}. Licence: {part.licence}.",
        )
        title = fold_title("", f"The licence of {part.name}")
        text = nodes.literal_block(part.text, part.text, language="none")
        text["classes"].append("licence")
        section += fold("", title, text)
        self.state.document.note_implicit_target(section, section)
        return section


def setup(app):
    app.add_directive("third-party", ThirdParty)
