"""Figures made by code cells: alternative text, number and caption.

``figure(fig, alt, caption, label)`` shows a PNG together with a text/plain form that
reads ``Figure fig-label. Caption`` on one line and the alternative text on the next, or
the alternative text alone. nbval compares that text; here it becomes the picture's alt
attribute and, where there is a label, a numbered figure that ``{numref}`` finds. A
picture without such a text is a warning, hence an error: nobody could hear it.
"""

import re

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)

NARROW = (
    480  # pixels: what is drawn so narrow has letters that a phone need not enlarge
)
LABELLED = re.compile(r"Figure (fig-[\w-]+)\. (.*)\n+(.*)", re.DOTALL)


class DescribedFigures(SphinxTransform):
    """Give each picture among a cell's outputs the text that came with it."""

    default_priority = 300  # before the domains collect labels, at 850

    def apply(self, **kwargs):
        def bundle(node):
            return (
                isinstance(node, nodes.container)
                and node.get("nb_element") == "mime_bundle"
            )

        for node in list(self.document.findall(bundle)):
            forms = {form["mime_type"]: form for form in node.children}
            pictures = [f for m, f in forms.items() if m.startswith("image/")]
            if not pictures or "text/html" in forms:
                continue
            text = forms["text/plain"].astext().strip() if "text/plain" in forms else ""
            if not text or text.startswith("<"):
                logger.warning(
                    "a figure without alternative text: show it with "
                    "book.figure(fig, alt=…)",
                    location=node,
                )
                continue
            for picture in pictures:
                self.describe(picture, text)

    def describe(self, picture, text):
        match = LABELLED.fullmatch(text)
        label, caption, alt = match.groups() if match else (None, None, text)
        image = next(picture.findall(nodes.image))
        image["alt"] = " ".join(alt.split())
        image["classes"].append("drawn")
        wide = re.match(r"\d+", str(image.get("width", "")))
        if wide and int(wide[0]) <= NARROW:
            image["classes"].append("narrow")
        if label is None:
            return
        figure = nodes.figure("", image.deepcopy())
        figure += nodes.caption(caption, "", *_inline(caption))
        figure["names"].append(label)
        figure.line, figure.source = picture.line, picture.source
        self.document.note_explicit_target(figure)
        image.replace_self(figure)


def _inline(text: str) -> list[nodes.Node]:
    """Caption text with its ``$…$`` as mathematics."""
    parts = re.split(r"\$([^$]+)\$", text)
    return [
        nodes.math(part, part) if odd else nodes.Text(part)
        for position, part in enumerate(parts)
        for odd in [position % 2]
        if part
    ]


SIZED = re.compile(r'style="width: (\d+)px; height: (\d+)px;"')


def keep_room(app, pagename, templatename, context, doctree):
    """Say what shape a figure has, so that the page does not move when it comes: its
    height follows the column's width."""
    if "body" in context:
        shape = r'style="width: \1px; height: \2px; aspect-ratio: \1 / \2;"'
        context["body"] = SIZED.sub(shape, context["body"])


def setup(app):
    app.add_transform(DescribedFigures)
    app.connect("html-page-context", keep_room)
