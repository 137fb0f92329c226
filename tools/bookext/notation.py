"""The notation: what every letter of every model is, by module and by word.

``{notation}`` is a section for each module that declares a model, with a row for each
of its letters: the symbol, what it is, its size, its name in the code, and the equation
that gives it. ``{quantities}`` is the same the other way round, in one table: from what
a thing is to the letters it has. Words come from each module's WORDS, the rest from its
MODELS, its docstrings and the chapters.
"""

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from .listing import Listing


class Notation(Listing):
    """``{notation}``: a table of letters for each module."""

    def listed(self, idea):
        return _parsed(self, table(idea))


class Quantities(SphinxDirective):
    """``{quantities}``: every quantity by its name in words, and its letters."""

    def run(self):
        self.env.note_reread()
        return _parsed(self, index())


def table(idea) -> list[str]:
    """The lines of the table of an idea's letters, in MyST Markdown."""
    return _lines(
        ["symbol", "what it is", "size", "in code", "first in"],
        [
            [f"${q.tex}$", q.words, q.size, q.code, _place(q)]
            for q in [*idea.quantities(), *idea.signs()]
        ],
    )


def index() -> list[str]:
    """The lines of the table of all quantities, in the order of their words."""
    from .declared import ideas

    found = {}
    for idea in ideas():
        for q in idea.quantities():
            if q.words:
                found.setdefault(q.words, []).append(q)
    return _lines(
        ["quantity", "symbol", "in code", "first in"],
        [
            [words, _each(f"${q.tex}$" for q in same), _each(q.code for q in same),
             _each(map(_place, same))]
            for words, same in sorted(found.items(), key=lambda entry: entry[0].lower())
        ],
    )  # fmt: skip


def _lines(titles, rows):
    cells = [titles, ["---"] * len(titles), *rows]
    return ["| " + " | ".join(row) + " |" for row in cells]


def _each(parts):
    return ", ".join(part for part in dict.fromkeys(parts) if part)


def _place(quantity):
    """The number of the equation, or the chapter where no equation has a number."""
    first = quantity.first
    if first is None:
        return ""
    if first.label:
        return f"{{eq}}`{first.label}`"
    return f"{{doc}}`chapter {int(first.chapter[:2])} </chapters/{first.chapter}>`"


def _parsed(directive, lines):
    box = nodes.Element()
    directive.state.nested_parse(StringList(lines, ""), directive.content_offset, box)
    return box.children


def setup(app):
    app.add_directive("notation", Notation)
    app.add_directive("quantities", Quantities)
