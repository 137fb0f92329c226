"""The page around the text: its theme, contents, style sheets and scripts."""

import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.environment.adapters.toctree import TocTree, global_toctree_for_doc

from . import widgets

THEME = Path(__file__).parent / "theme"


def fill(app, pagename, templatename, context, doctree):
    """Give the template its contents, sections, style sheets and scripts."""
    body = context.get("body") or ""
    sheets, scripts = widgets.assets(app, body)
    if re.search(r'class="[^"]*\bsd-(?:tab|row|container|badge|btn)', body):
        sheets.append("sphinx-design.min.css")
        scripts.append("design-tabs.js")
    context["book_stylesheets"] = ["fonts.css", "book.css", *sheets]
    context["book_scripts"] = scripts
    context["book_contents"] = _contents(app, pagename)
    context["book_sections"] = _sections(app, pagename)


def _contents(app, pagename: str) -> str:
    """The parts of the book with their chapters, less the parts that are still empty.

    A part's name is no heading of the page.
    """
    whole = global_toctree_for_doc(
        app.env, pagename, app.builder,
        collapse=False, includehidden=True, titles_only=True, maxdepth=1,
    )  # fmt: skip
    parts, caption = [], ""
    for part in whole or ():
        if isinstance(part, nodes.title):
            name = f'<span class="caption-text">{html.escape(part.astext())}</span>'
            caption = f'<p class="caption">{name}</p>'
        elif part.children:
            chapters = app.builder.render_partial(part)["fragment"].strip()
            parts.append(f"{caption}{chapters}")
    return "\n".join(parts)


def _sections(app, pagename: str) -> str:
    """The sections of a page without its title, where there are at least two."""
    if pagename not in app.env.tocs:
        return ""
    toc = TocTree(app.env).get_toc_for(pagename, app.builder)
    sections = [
        part for page in toc for part in page if isinstance(part, nodes.bullet_list)
    ]
    if not sections or len(list(sections[0].findall(nodes.list_item))) < 2:
        return ""
    return app.builder.render_partial(sections[0])["fragment"].strip()


def setup(app):
    app.add_html_theme("linebyline", str(THEME))
    app.connect("html-page-context", fill)
