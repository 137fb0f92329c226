"""The book's Sphinx extension: everything in the built book that is not text.

What a page may hold, beside what MyST and myst-nb give:

* Mathematics in ``$…$`` and ``$$ … $$ (eq-label)``, typeset as MathML when the book is
  built (mathematics, formulas). LaTeX that cannot be typeset is a warning, hence an
  error.
* Numbers that follow a chapter's file name: chapters/05-hidden-delta is chapter 5, its
  equations are (5.k) and its figures 5.k, whatever chapters exist yet (numbering).
* ``{annotated-source}``: every module that declares a model, its equations beside the
  lines that compute them. Each labelled equation of a chapter links to its line, and
  back (source).
* ``{code-map}``: each equation of each module, its chapter, its line and its phase, in
  one table a module (codemap).
* ``{notation}``: each letter of each module, what it is, its size and its name in code;
  ``{quantities}``: the same from what it is to its letters (notation). What these four
  read of the modules is in ideas; that they have no list of modules, in listing.
* Figures with alternative text: an output made by ``book.figure`` (figures).
* Numbers in sentences without the marks that bind them to a quantity (marks).
* Living widgets: an output with ``<div data-widget="stem" data-state="{…}">`` and a
  table inside is brought to life by code/book/stem.js and .css; ``{stepper}`` puts a
  stepper on a page that is no notebook (widgets).
* Passages that say which step of the chapter's stepper they speak of: the drawing of it
  stands beside them (beside).
* ``class: dropdown`` on an admonition folds it away, as a ``<details>`` (elements).
* Sections headed "Level 1: …" to "Level 5: …" explain one thing at five levels. The
  reader chooses one; it is remembered in every chapter that has such sections (levels).
* Sections that the search page finds, each with the words around what was found
  (search).
* A sheet of keys, from one table (keys); under a chapter's title, how long it takes to
  read; beside each heading, where to report a slip, if an address is set (along).
* What a link or a letter of a formula stands for, shown beside it (previews).
* Code in the colours that the theme has, and no other marks (colouring).
* ``{third-party}``: what others made and the pages carry, with versions and licences
  (licences); and what a page may load and run (policy).
* The theme, with the book's fonts in its style sheet (page, fonts).

The theme, in theme/, is one page template, one style sheet and one script.
"""

import sys
from pathlib import Path

import refresh

from . import (
    along,
    beside,
    codemap,
    colouring,
    elements,
    figures,
    fonts,
    formulas,
    keys,
    levels,
    licences,
    marks,
    notation,
    numbering,
    page,
    previews,
    search,
    source,
    widgets,
)

# Hooks of Sphinx are called in this order.
PARTS = (
    marks,
    formulas,
    numbering,
    figures,
    source,
    codemap,
    colouring,
    notation,
    widgets,
    beside,
    elements,
    levels,
    licences,
    fonts,
    page,
    search,
    previews,
    keys,
    along,
)


def read_every_notebook(app):
    """Say in one line which notebook is none, before anything stumbles over it."""
    for folder in refresh.FOLDERS:
        for path in sorted(Path(app.srcdir, folder).glob("*.ipynb")):
            try:
                refresh.read(path)
            except refresh.Refused as reason:
                sys.exit(f"ERROR: {reason}")


def end_in_a_line(app, error):
    """End a build with faults here: Jupyter Book would say it in seventy lines."""
    if error is None and app.keep_going and app._warncount:
        sys.exit(f"The book is not built: faults, named above: {app._warncount}.")


def setup(app):
    app.connect("builder-inited", read_every_notebook)
    app.connect("build-finished", end_in_a_line, priority=1000)
    # Docstring equations and widgets are read from the very modules the book explains.
    code = str(Path(app.srcdir, "code"))
    if code not in sys.path:
        sys.path.insert(0, code)
    # Jupyter Book sets it whether or not the extension it belongs to is loaded.
    app.add_config_value("comments_config", {}, "html")
    for part in PARTS:
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
