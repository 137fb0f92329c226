"""One thing explained at five levels, of which the reader chooses one.

Sections headed "Level 1: …" to "Level 5: …" are marked for book.js, which shows the one
that was chosen; the choice itself stands before the first of them.
"""

import re

from docutils import nodes

LEVELS = ("a child", "at school", "undergraduate", "graduate", "research")


class level_choice(nodes.General, nodes.Element):
    """Where the reader chooses a level."""


def mark_levels(app, doctree, docname):
    """Mark the sections of a page that are levels, and put the choice before them."""
    first = None
    for section in doctree.findall(nodes.section):
        if level := re.match(r"level-([1-5])-", section["ids"][0]):
            section["level"] = level[1]
            first = first or section
    if first:
        first.parent.insert(first.parent.index(first), level_choice())


def _visit_choice(translator, node):
    buttons = "".join(
        f'<label><input type="radio" name="level" value="{value}"> {name}</label>'
        for value, name in [("all", "all"), *enumerate(LEVELS, 1)]
    )
    translator.body.append(
        f'<fieldset class="levels"><legend>Your level</legend>{buttons}</fieldset>\n'
    )
    raise nodes.SkipNode


def setup(app):
    app.add_node(level_choice, html=(_visit_choice, None))
    # After the decks are cut: a slide has no choice on it.
    app.connect("doctree-resolved", mark_levels, priority=600)
