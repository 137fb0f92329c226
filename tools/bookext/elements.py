"""Elements that the book writes otherwise than Sphinx, docutils and myst-nb do.

A folded admonition is a ``<details>``, a table scrolls in a box of its own, and three
faults are avoided that axe finds: a heading of nothing, a list's children that are no
items, a label that hides the visible words.
"""

import html

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator


class BookTranslator(HTML5Translator):
    """Sphinx's, with the faults of its HTML avoided."""

    def visit_entry(self, node):
        in_head = isinstance(node.parent.parent, nodes.thead)
        if not in_head or any(child.children for child in node):
            super().visit_entry(node)
            return
        # The corner of a table is no heading.
        node.parent.column += 1
        self.body.append(self.starttag(node, "td", ""))
        self.context.append("</td>\n")
        raise nodes.SkipChildren

    def visit_citation(self, node):
        if not isinstance(node.previous_sibling(), nodes.citation):
            self.body.append('<div role="list" class="citation-list">\n')
        self.body.append(self.starttag(node, "div", CLASS="citation", role="listitem"))

    def visit_section(self, node):
        # See levels.py and beside.py.
        own = {f"data-{n}": node[n] for n in ("level", "step") if n in node}
        self.section_level += 1
        self.body.append(self.starttag(node, "section", **own))


def _visit_hidden(translator, node):
    classes = " ".join(["admonition", "hide", *node["classes"]])
    translator.body.append(f'<details class="{classes}">\n<summary>\n')
    for state in "show", "hide":
        words = html.escape(node[f"prompt_{state}"])
        kind = {"show": "collapsed", "hide": "expanded"}[state]
        translator.body.append(f'<p class="{kind} admonition-title">{words}</p>\n')
    translator.body.append("</summary>\n")


class fold(nodes.General, nodes.Element):
    """A box that opens and shuts without a script: <details>."""


class fold_title(nodes.General, nodes.TextElement):
    """What a shut box shows: its <summary>."""


class FoldedBoxes(SphinxPostTransform):
    """An admonition of class dropdown becomes a fold."""

    default_priority = 300
    formats = ("html",)

    def run(self, **kwargs):
        def dropdown(node):
            return isinstance(node, nodes.Admonition) and "dropdown" in node["classes"]

        for box in list(self.document.findall(dropdown)):
            titled = isinstance(box[0], nodes.title)
            name = box[0].children if titled else [nodes.Text(box.tagname.title())]
            body = box.children[1:] if titled else box.children
            box.replace_self(fold("", fold_title("", "", *name), *body))


def _visit_fold(translator, node):
    translator.body.append(translator.starttag(node, "details", CLASS="fold"))


def _visit_fold_title(translator, node):
    translator.body.append("<summary>")


def _depart(tag):
    return lambda translator, node: translator.body.append(f"</{tag}>\n")


class ScrollingTables(SphinxPostTransform):
    """A wide table scrolls in its own box, so that the page never does."""

    default_priority = 301
    formats = ("html",)

    def run(self, **kwargs):
        for table in list(self.document.findall(nodes.table)):
            box = nodes.container(classes=["table-scroll"])
            table.replace_self(box)
            box += table


def setup(app):
    app.set_translator("html", BookTranslator)
    hidden = (_visit_hidden, _depart("details"))
    app.add_node(HideCodeCellNode, override=True, html=hidden)
    app.add_node(fold, html=(_visit_fold, _depart("details")))
    app.add_node(fold_title, html=(_visit_fold_title, _depart("summary")))
    app.add_post_transform(FoldedBoxes)
    app.add_post_transform(ScrollingTables)
