"""The page around the text: its theme, contents, style sheets and scripts."""

import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.environment.adapters.toctree import TocTree, global_toctree_for_doc

from . import packing, policy, widgets

THEME = Path(__file__).parent / "theme"


def fill(app, pagename, templatename, context, doctree):
    """Give the template its contents, sections, style sheets and scripts."""
    body = context.get("body") or ""
    sheets, scripts = widgets.assets(app, body)
    context["body"] = unmarked(widgets.dense(body))
    if re.search(r'class="[^"]*\bsd-(?:tab|row|container|badge|btn)', body):
        sheets.append("sphinx-design.min.css")
        scripts.append("design-tabs.js")
    context["book_stylesheets"] = ["fonts.css", "book.css", "reading.css", *sheets]
    context["book_scripts"] = scripts
    context["book_policy"] = policy.written(policy.PAGE)
    context["book_contents"] = _contents(app, pagename)
    context["book_sections"] = _sections(app, pagename)


# What docutils and Sphinx write for style sheets that are not this book's.
UNUSED = re.compile(
    r' class="(?:docutils literal notranslate|std std-\w+|xref [^"]*|simple|doc'
    r'|docutils|reference external)"'
    r'|(?<=[\w-])(?: docutils container| notranslate)(?=")'
)


def unmarked(body: str) -> str:
    """A page's text without classes and wrappings that no style sheet speaks of."""
    body = re.sub(r'<span class="pre">([^<]*)</span>', r"\1", body)
    return UNUSED.sub("", body)


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


def remove_unasked(app, error):
    """Remove from _static what Sphinx and its extensions put there for pages of theirs:
    no page, script or sheet of this book names it."""
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static")
    there = {path.name: path for path in folder.iterdir() if path.is_file()}
    asked, looked = set(), [*Path(app.outdir).rglob("*.html")]
    while looked:
        text = looked.pop().read_text("utf-8")
        found = {name for name in there.keys() - asked if name in text}
        asked |= found
        looked += [there[n] for n in found if n.endswith((".css", ".js"))]
    for name in there.keys() - asked:
        there[name].unlink()


def pack(app, error):
    """Send the theme's sheets and scripts without what stands in them for those who
    write them."""
    if error or app.builder.format != "html":
        return
    for kind, shortened in {"css": packing.pressed, "js": packing.packed}.items():
        for file in (THEME / "static").glob(f"*.{kind}"):
            text = shortened(file.read_text("utf-8"))
            Path(app.outdir, "_static", file.name).write_text(text, "utf-8")


def setup(app):
    app.add_html_theme("linebyline", str(THEME))
    app.connect("html-page-context", fill)
    app.connect("build-finished", pack)
    app.connect("build-finished", remove_unasked, priority=950)
