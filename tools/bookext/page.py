"""The page around the text: its theme, contents, style sheets and scripts."""

import html
import re
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.environment.adapters.toctree import TocTree, global_toctree_for_doc

from . import policy, widgets
from .packing import packed, pressed

THEME = Path(__file__).parent / "theme"
# What a style sheet is for its readers only: comments, and the beginnings of lines.
SPARE = re.compile(r"/\*.*?\*/\n?|^\s+", re.DOTALL | re.MULTILINE)
TOKEN = re.compile(r'<span class="(\w+)">([^<]*)</span>')


def fill(app, pagename, templatename, context, doctree):
    """Give the template its contents, sections, style sheets and scripts."""
    body = context["body"] = without_plain_tokens(context.get("body") or "")
    sheets, scripts = widgets.assets(app, body)
    if re.search(r'class="[^"]*\bsd-(?:tab|row|container|badge|btn)', body):
        sheets.append("sphinx-design.min.css")
        scripts.append("design-tabs.js")
    context["book_stylesheets"] = ["fonts.css", "book.css", "reading.css", *sheets]
    context["book_scripts"] = scripts
    context["book_policy"] = policy.written(policy.PAGE)
    context["book_contents"] = _contents(app, pagename)
    context["book_sections"] = _sections(app, pagename)


@cache
def token_classes() -> frozenset[str]:
    """The classes of tokens of code that the style sheet colours."""
    sheet = (THEME / "static" / "book.css").read_text("utf-8")
    rules = re.findall(r"\.highlight (:is\([^)]*\)|\.\w+)", sheet)
    return frozenset(re.findall(r"\.(\w+)", " ".join(rules)))


def without_plain_tokens(body: str) -> str:
    """HTML whose code has no elements around what looks as if it had none: names, signs
    and spaces, a quarter of a page with much code."""

    def bare(block):
        return TOKEN.sub(
            lambda token: token[0 if token[1] in token_classes() else 2], block[0]
        )

    return re.sub(r"<pre>.*?</pre>", bare, body, flags=re.DOTALL)


def _contents(app, pagename: str) -> str:
    """The parts of the book with their chapters, less the parts that are still empty.

    A part's name is no heading of the page.
    """
    whole = global_toctree_for_doc(
        app.env, pagename, app.builder,
        collapse=False, includehidden=True, titles_only=True, maxdepth=1,
    )  # fmt: skip
    parts = []
    for part in whole or ():
        if isinstance(part, nodes.title):
            name = html.escape(part.astext())
        elif part.children:
            caption = f'<span class="caption-text">{name}</span>'
            chapters = app.builder.render_partial(part)["fragment"].strip()
            parts.append(f'<p class="caption">{caption}</p>{chapters}')
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
    """Write the theme's scripts and style sheets without what stands in them for their
    readers."""
    if error or app.builder.format != "html":
        return
    for file in (THEME / "static").iterdir():
        write = {".js": packed, ".css": pressed}.get(file.suffix)
        if write:
            text = write(file.read_text("utf-8"))
            Path(app.outdir, "_static", file.name).write_text(text, "utf-8")


def setup(app):
    app.add_html_theme("linebyline", str(THEME))
    app.connect("html-page-context", fill)
    app.connect("build-finished", pack)
    app.connect("build-finished", remove_unasked, priority=950)
