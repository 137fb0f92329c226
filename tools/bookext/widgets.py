"""Widgets that live in the built page, without a kernel and from file://.

A widget is three files with one stem: code/book/stem.py, .js and .css; one that only
pages have is theme/stem.js and .css. What a notebook stores of it is ``<div
data-widget="stem" data-state="{…}">`` with a table of every number inside. Chromium
refuses modules loaded from files but imports a blob made of text the page holds, so
what a page needs comes as classic scripts, shared by all pages:

    host.js       the host (theme/host.js), which gives a module anywidget's interface
                  and puts it in the table's place; and where each equation stands,
                  which every widget finds under "places": label ->
                  {"number": "5.1", "chapter": its address, "code": its line's, or ""}
    engine.js …   each module that the widget's imports: one for all widgets of a page;
                  of the stepper's drawings those of the models on that page
    name.data.js  for each name in the dictionary that a widget's Python module offers
                  as ``shared()``, what ``model.get(name)`` falls back to; widgets that
                  offer the same name offer the same, and a page loads it once
    stem.js       the text of the widget's module
"""

import html
import importlib
import inspect
import json
import re
import shutil
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from book import ideas
from book.engine import needs
from book.picture import PICTURES, picture

from .numbering import equation_number
from .packing import packed, pressed
from .source import computed, sources

logger = logging.getLogger(__name__)

THEME = Path(__file__).parent / "theme"
HOST = THEME / "host.js"


class StepperOfTheBook(SphinxDirective):
    """``{stepper} hidden delta``: a stepper on a page that is no notebook, with all its
    phases or those named. ``:example: chain`` has the network and example of that name
    in examples.py, not the running one; ``:begin: eq-net-output`` begins inside the
    pass. Its table is made when the book is built, as in a notebook.
    """

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {
        "example": directives.unchanged_required,
        "begin": directives.unchanged_required,
    }

    def run(self):
        import examples
        from book.stepper import Stepper, phases

        chosen = [p.strip() for p in "".join(self.arguments).split(",") if p.strip()]
        if unknown := set(chosen) - set(phases()):
            there = ", ".join(phases())
            raise self.error(f"no phase {sorted(unknown)}; there are {there}")
        for module in "backprop", "examples", "book.stepper":
            self.env.note_dependency(importlib.import_module(module).__file__)
        name, given = self.options.get("example"), {}
        if name:
            if not inspect.isfunction(make := getattr(examples, name, None)):
                raise self.error(f"no example {name!r} in examples.py")
            given = dict(zip(("net", "X", "D"), make()))
        begin = self.options.get("begin", "")
        try:
            stepper = Stepper("backprop", phases=chosen or None, begin=begin, **given)
        except ValueError as reason:
            raise self.error(str(reason)) from None
        forms = stepper._repr_mimebundle_()[0]
        return [nodes.raw("", forms["text/html"], format="html")]


def widgets(folder: Path) -> list[Path]:
    """The modules in a folder that are widgets, not what widgets import."""
    found = sorted(folder.glob("*.js"))
    return [path for path in found if "\nexport default" in path.read_text("utf-8")]


def stems(body: str) -> list[str]:
    """The widgets a page holds, in order."""
    return list(dict.fromkeys(re.findall(r'data-widget="([\w-]+)"', body)))


def shared(module: Path, package: str = "book.") -> dict:
    """What the widgets of one stem have in common: name -> data."""
    if not module.with_suffix(".py").exists():
        return {}
    offered = getattr(importlib.import_module(package + module.stem), "shared", dict)
    return offered()


def names(module: Path, package: str = "book.", drawn=PICTURES) -> list[str]:
    """The scripts that bring the widgets of one stem to life, in loading order; of the
    stepper's drawings those named."""
    left = {f"{picture}.js" for picture in PICTURES} - {f"{name}.js" for name in drawn}
    return [
        "host.js",
        *(needed.name for needed in needs(module) if needed.name not in left),
        *(f"{name}.data.js" for name in shared(module, package)),
        module.name,
    ]


def scripts(module: Path, places: dict, package: str = "book.") -> dict[str, str]:
    """The same with their texts: name -> classic script."""
    data = shared(module, package).items()
    host = packed(HOST.read_text("utf-8")).strip()
    texts = [
        f"var bookHost = ({host})({_literals(*_written(places))});\n",
        *(f"bookHost.carry('{one.stem}', {_text(one)});\n" for one in needs(module)),
        *(f"bookHost.share({_literals(name, value)});\n" for name, value in data),
        f"bookHost.bring('{module.stem}', {_text(module)});\n",
    ]
    return dict(zip(names(module, package), texts))


def _written(places: dict) -> tuple[list, dict]:
    """Places in short: their addresses, each once and with * for the label; and
    label -> number, which address, which address of the code."""
    addresses = {}

    def which(label, address):
        return addresses.setdefault(address.replace(label, "*"), len(addresses))

    short = {
        label: [at["number"], which(label, at["chapter"]), which(label, at["code"])]
        for label, at in places.items()
    }
    return list(addresses), short


def _text(module: Path) -> str:
    """A module as a literal in single quotes, which its own strings have not."""
    inner = _literals(packed(module.read_text("utf-8")))[1:-1]
    return "'" + inner.replace('\\"', '"').replace("'", "\\'") + "'"


def _literals(*values) -> str:
    """Values as the arguments of a call in a script that may stand inside a page."""
    return ", ".join(_literal(value).replace("</", "<\\/") for value in values)


def _literal(value) -> str:
    """A value in JavaScript, where a key that is a name needs no quotes."""
    if isinstance(value, dict):
        pairs = (
            (key if re.fullmatch(r"[A-Za-z]\w*", key) else _literal(key), _literal(own))
            for key, own in value.items()
        )
        return "{" + ",".join(f"{key}:{own}" for key, own in pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def write(app, builder):
    """Write each widget's script and style sheet where the pages find them."""
    if builder.format != "html":
        return
    places = equation_places(builder)
    folder = Path(app.outdir, "_static", "widgets")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    own = widgets(Path(app.srcdir, "code", "book"))
    for module in [*own, *widgets(THEME)]:
        for name, text in scripts(module, places).items():
            (folder / name).write_text(text, "utf-8")
        style = module.with_suffix(".css")
        if style.exists():
            sheet = pressed(style.read_text("utf-8"))
            (folder / style.name).write_text(sheet, "utf-8")


def equation_places(builder) -> dict[str, dict[str, str]]:
    """Label -> number and addresses from the book's root, of each labelled equation."""
    lines = {
        label: f"{builder.get_target_uri(docname)}#code-{label}"
        for module, docname in sources(builder.env).items()
        for label in computed(module)
    }
    places = {}
    for label, (docname, _) in builder.env.domains["math"].equations.items():
        chapter = f"{builder.get_target_uri(docname)}#equation-{label}"
        number = equation_number(builder.env, label)
        code = lines.get(label, "")
        places[label] = {"number": number, "chapter": chapter, "code": code}
    return places


def pictures(body: str) -> set[str]:
    """The drawings of the models whose steppers a page holds: Part I's, which a table
    does not repeat, and those in the tables."""
    from book.stepper import PART_ONE

    states = re.findall(r'data-state="([^"]*)"', body)
    books = (json.loads(html.unescape(state)).get("book") for state in states)
    others = {book["model"]["picture"] for book in books if book}
    return {picture(ideas.model(PART_ONE))} | others


def assets(app, body: str) -> tuple[list[str], list[str]]:
    """The style sheets and scripts that a page's widgets need, below _static."""
    sheets, needed = [], {}
    for stem in stems(body):
        folders = Path(app.srcdir, "code", "book"), THEME
        module = next((m for f in folders if (m := f / f"{stem}.js").exists()), None)
        if module is None:
            logger.warning(
                "a page holds the widget %r, but code/book/%s.js is missing", stem, stem
            )
            continue
        scripts = names(module, drawn=pictures(body))
        needed |= {f"widgets/{name}": None for name in scripts}
        if module.with_suffix(".css").exists():
            sheets.append(f"widgets/{stem}.css")
    return sheets, list(needed)


def setup(app):
    app.add_directive("stepper", StepperOfTheBook)
    app.connect("write-started", write)
