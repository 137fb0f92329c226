"""The drawing beside the text: which step of the chapter's stepper a passage speaks of.

A passage says so at the end of a line of its first paragraph,

    Raise $O_{o1}$ a little. <!-- step: eq-error -->
    The delta of output 1 is negative. <!-- step: eq-output-delta o1 -->

with a quantity as exercises name it: one that the chapter's stepper computes, or that
is computed before. The first mark of a section speaks for it from its heading on,
another from its paragraph on. In the page they become

    data-step="eq-output-delta:0"     on the section, or on the <div> before a paragraph
    <details class="step-drawing">    for a screen without room beside the text

and what stands beside the text (theme/beside.js and .css) is loaded where there is one.
No comment reaches a page, and no deck has anything of it.
"""

import html
import json
import re

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from .formulas import cell_of

logger = logging.getLogger(__name__)

MARK = re.compile(r"<!--\s*step:\s*(.*?)\s*-->", re.DOTALL)
STORED = re.compile(r'data-widget="stepper"\s+data-state="([^"]*)"')
SUMMARY = "The drawing at this step"
PLACE = '\n<div data-widget="beside"></div>'


class step_drawing(nodes.General, nodes.Element):
    """Where a drawing is folded into the text; step says which."""


class TakeMarks(SphinxTransform):
    """Take each mark out of its paragraph, which remembers it."""

    default_priority = 5  # before decks and pages are made of the cells

    def apply(self, **kwargs):
        for raw in list(self.document.findall(nodes.raw)):
            if not (found := MARK.fullmatch(raw.astext().strip())):
                continue
            paragraph = raw.parent
            place = isinstance(paragraph.parent, nodes.section)
            if not isinstance(paragraph, nodes.paragraph) or not place:
                _refuse(raw, found[1], "it has to end a line of a section's paragraph")
            elif "step" in paragraph:
                _refuse(raw, found[1], "its paragraph has one already")
            else:
                paragraph["step"] = found[1]
            paragraph.remove(raw)


def _refuse(node, words, reason):
    where = cell_of(node)
    logger.warning("%sstep %r: %s", where, words, reason, location=node)


def place_drawings(app, doctree, docname):
    """Put each mark's step on its section or before its paragraph."""
    marked = [p for p in doctree.findall(nodes.paragraph) if "step" in p]
    if not marked:
        return
    pass_ = _pass_of(doctree)
    spoken_for = set()
    for paragraph in marked:
        words, section = paragraph["step"], paragraph.parent
        try:
            if pass_ is None:
                raise ValueError("the page has no stepper; expected one")
            step = _step(words, *pass_)
        except ValueError as reason:
            _refuse(paragraph, words, str(reason))
            continue
        first = id(section) not in spoken_for
        spoken_for.add(id(section))
        if first:
            section["step"] = step
        drawing = step_drawing("", step="" if first else step)
        section.insert(section.index(paragraph) + first, drawing)


def _pass_of(doctree):
    """(instance, labels) of the page's first stepper: what it computes and what is
    computed before; None if there is none."""
    from book import ideas
    from book.stepper import PART_ONE, instance_of

    for raw in doctree.findall(nodes.raw):
        if found := STORED.search(raw.astext()):
            stored = json.loads(html.unescape(found[1]))
            name = stored["book"]["model"]["name"] if "book" in stored else PART_ONE
            model, state = ideas.model(name), stored["state"]
            last = list(state["phases"].values())[-1][-1]
            labels = ideas.computed(model)
            labels = labels[: labels.index(last) + 1]
            return instance_of(model, state), labels
    return None


def _step(words, instance, labels):
    """ "eq-output-delta:0" of "eq-output-delta o1"; without a unit, of all of them.

    Raises ValueError for what that pass does not compute.
    """
    from book.exercise import order_of, places

    order_of(words, labels)
    found = places(words, instance)
    label, place = found[0]
    alone = " " in words or len(found) == 1
    return f"{label}:{','.join(map(str, place)) if alone else ''}"


def _visit_drawing(translator, node):
    step = f' data-step="{node["step"]}"' if node["step"] else ""
    translator.body.append(
        f'<div class="step"{step}><details class="step-drawing">'
        f"<summary>{SUMMARY}</summary></details></div>\n"
    )
    raise nodes.SkipNode


def accompany(app, pagename, templatename, context, doctree):
    """Give a page with marks the place of what stands beside it."""
    body = context.get("body") or ""
    context["book_beside"] = "data-step=" in body
    if context["book_beside"]:
        context["body"] = body + PLACE


def setup(app):
    app.add_node(step_drawing, html=(_visit_drawing, None))
    app.add_transform(TakeMarks)
    # After the decks are cut: a slide has no drawing beside it.
    app.connect("doctree-resolved", place_drawings, priority=600)
    app.connect("html-page-context", accompany)
