"""The search page: the prose of every section, in one script that only this page loads.

A page opened from file:// may fetch nothing, so Sphinx's own search can show no
excerpts, and it finds pages, not sections. Here the prose of all sections is a classic
script, search-text.js, and theme/static/search.js looks through it.
"""

import html
import json
import re
from pathlib import Path

SECTION = re.compile(
    r'<section\b[^>]* id="([^"]+)"[^>]*>(?:\s*<span id="[^"]*"></span>)*\s*'
    r"<h([1-6])[^>]*>(.*?)</h\2>",
    re.DOTALL,
)
# What is not read as prose: displayed formulas, code, tables of numbers, drawings,
# buttons.
DROPPED = re.compile(
    r"<(pre|svg|style|script|fieldset)\b.*?</\1>"
    r'|<math\b[^>]* display="block".*?</math>'
    r'|<div\b[^>]* data-widget=.*?</table>|<a class="(?:headerlink|number)".*?</a>'
    r'|<span class="unseen">.*?</span>|<p class="deck">.*?</p>'
    r'|<p class="(?:collapsed|expanded) .*?</p>',
    re.DOTALL,
)
BLOCK = re.compile(
    r"</?(?:p|div|pre|section|h[1-6]|[uo]l|li|d[ltd]|table|t[rdh]|caption|figure"
    r"|figcaption|details|summary|br|aside)\b[^>]*>"
)


def plain(fragment: str) -> str:
    """The words of a piece of HTML, with one space wherever there is any."""
    fragment = re.sub(r"<[^>]+>", "", BLOCK.sub(" ", DROPPED.sub(" ", fragment)))
    return " ".join(html.unescape(fragment).split())


def sections(page: str, address: str) -> list[tuple[str, str, str, str]]:
    """(address, title of the page, title, text) of each section of a page's HTML.

    A section's text ends where the first section inside it begins.
    """
    article = page.partition("<article>")[2].partition("</article>")[0]
    _, *parts = SECTION.split(article)
    found = []
    for identifier, level, title, text in zip(*[iter(parts)] * 4):
        place = address if level == "1" else f"{address}#{identifier}"
        name = found[0][2] if found else plain(title)
        found.append((place, name, plain(title), plain(text)))
    return found


def write(app, error):
    """Write search-text.js, from the pages as they are."""
    if error or app.builder.format != "html":
        return
    found = []
    for docname in sorted(app.env.found_docs, key=lambda name: (name != "index", name)):
        address = app.builder.get_target_uri(docname)
        page = Path(app.outdir, address).read_text("utf-8")
        found += sections(page, address)
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in found)
    script = Path(app.outdir, "_static", "search-text.js")
    script.write_text(f"const SECTIONS = [\n{rows}\n];\n", "utf-8")


def replace_sphinx_search(app):
    """Have Sphinx make the page as any other, and no index."""
    if app.builder.format == "html":
        app.builder.search = False
        app.config.html_additional_pages["search"] = "search.html"


def setup(app):
    app.connect("builder-inited", replace_sphinx_search)
    app.connect("build-finished", write)
