"""Formulas in the page: a box for each, its number, and the way to the line of code.

LaTeX that cannot be typeset is shown as it was written, with a warning, hence an error.
"""

import html

from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from .mathematics import MathematicsError, typeset
from .source import code_link

logger = logging.getLogger(__name__)


def _visit_inline(translator, node):
    math = _typeset_or_warn(node, display=False)
    translator.body.append(f'<span class="math-inline">{math}</span>')
    raise nodes.SkipNode


def _visit_display(translator, node):
    math = _typeset_or_warn(node, display=True)
    body = translator.body
    body.append(translator.starttag(node, "div", CLASS="math-block"))
    body.append(f'<div class="math-scroll">{math}</div>')
    if node["number"]:
        number = get_node_equation_number(translator, node)
        body.append(
            '<span class="math-number">'
            f'<a class="number" href="#{node["ids"][0]}" '
            f'title="Link to equation {number}">({number})</a>'
            f"{code_link(translator.builder, node)}</span>"
        )
    body.append("</div>\n")
    raise nodes.SkipNode


def cell_of(node):
    """ "cell 3, line 4: " of a notebook, whose lines myst-nb counts from 30000."""
    while node is not None and node.line is None:
        node = node.parent
    cell, line = divmod(node.line if node is not None else 0, 10_000)
    return f"cell {cell}, line {line}: " if cell else ""


def _typeset_or_warn(node, display):
    try:
        return typeset(node.astext(), display)
    except MathematicsError as error:
        logger.warning("%s%s", cell_of(node), error, location=node)
        return f"<code>{html.escape(node.astext())}</code>"


def setup(app):
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_display, None))
