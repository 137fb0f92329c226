"""The search page: the prose of every section, in one script that only this page loads.

A page opened from file:// may fetch nothing, so Sphinx's own search can show no
excerpts, and it finds pages, not sections. Here the prose of all sections, of each word
of the glossary and of each source is a classic script, search-text.js, and
theme/static/search.js looks through it.
"""

import html
import json
import re
import unicodedata
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
    r'|<div\b[^>]* data-widget=.*?</table>|<a class="(?:headerlink|number|slip)".*?</a>'
    r'|<span class="unseen">.*?</span>|<p class="(?:deck|minutes)">.*?</p>'
    r'|<p class="(?:collapsed|expanded) .*?</p>',
    re.DOTALL,
)
BLOCK = re.compile(
    r"</?(?:p|div|pre|section|h[1-6]|[uo]l|li|d[ltd]|table|t[rdh]|caption|figure"
    r"|figcaption|details|summary|br|aside)\b[^>]*>"
)
# Entries that are found one by one: the words of a glossary, the sources.
TERM = re.compile(r'<dt id="(term-[^"]+)">(.*?)</dt>\s*<dd>(.*?)</dd>', re.DOTALL)
SOURCE = re.compile(
    r'<div class="citation" id="([^"]+)".*?<p>(.*?)</p>\s*</div>', re.DOTALL
)
EQUATION = re.compile(
    r'id="equation-eq-([^"]+)">.*?<math[^>]*>(.*?)<mo[^>]*>[=←]'
    r'.*?<a class="number"[^>]*>\(([^<]*)\)</a>',
    re.DOTALL,
)
# The names before the title of a source: up to a full stop after more than an initial.
AUTHORS = re.compile(r"(.*?\w{3})\. ")
# The alphabets of mathematics: bold, script and so on.
LETTERS = re.compile("[\U0001d400-\U0001d7ff]")


def plain(fragment: str) -> str:
    """The words of a piece of HTML, with one space wherever there is any."""
    fragment = re.sub(r"<[^>]+>", "", BLOCK.sub(" ", DROPPED.sub(" ", fragment)))
    # A letter is found whatever alphabet of mathematics it is set in.
    text = LETTERS.sub(
        lambda letter: unicodedata.normalize("NFKC", letter[0]), html.unescape(fragment)
    )
    return " ".join(text.split())


def parts(page: str) -> list[tuple[str, str, str]]:
    """(anchor, title, text) of each section of a page, as HTML; the anchor of the whole
    page is "", and a text ends where the first section inside it begins."""
    article = page.partition("<article>")[2].partition("</article>")[0]
    _, *cut = SECTION.split(article)
    return [
        ("" if level == "1" else identifier, title, text)
        for identifier, level, title, text in zip(*[iter(cut)] * 4)
    ]


def sections(page: str, address: str) -> list[tuple]:
    """(address, title of the page, title, text, equations) of each section of a page.

    A text is without the entries of a list that are found one by one. Of the equations
    that stand in it, if there are any, each is [number, name, left side]: ["5.1",
    "hidden-delta", "δh"].
    """
    found = []
    for anchor, title, text in parts(page):
        place = f"{address}#{anchor}" if anchor else address
        name = found[0][2] if found else plain(title)
        rest = SOURCE.sub("", TERM.sub("", text))
        equations = [
            [number, label, plain(side)]
            for label, side, number in EQUATION.findall(text)
        ]
        row = place, name, plain(title), plain(rest), equations
        found.append(row if equations else row[:-1])
        found += entries(text, address, name)
    return found


def entries(text: str, address: str, page: str) -> list[tuple[str, ...]]:
    """The same of each entry of a glossary or of a list of sources."""
    found = [(key, plain(term), plain(said)) for key, term, said in TERM.findall(text)]
    for key, source in SOURCE.findall(text):
        said = plain(source)
        authors = AUTHORS.match(said)
        found.append((key, authors[1] if authors else said, said))
    return [(f"{address}#{key}", page, title, said) for key, title, said in found]


def write(app, error):
    """Write search-text.js, from the pages as they are."""
    if error or app.builder.format != "html":
        return
    found = []
    for docname in sorted(app.env.found_docs, key=_order):
        address = app.builder.get_target_uri(docname)
        page = Path(app.outdir, address).read_text("utf-8")
        found += sections(page, address)
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in found)
    script = Path(app.outdir, "_static", "search-text.js")
    script.write_text(f"const SECTIONS = [\n{rows}\n];\n", "utf-8")


def _order(docname):
    """The front page, the chapters, the rest."""
    return docname != "index", not docname.startswith("chapters/"), docname


def replace_sphinx_search(app):
    """Have Sphinx make the page as any other, and no index."""
    if app.builder.format == "html":
        app.builder.search = False
        app.config.html_additional_pages["search"] = "search.html"


def setup(app):
    app.connect("builder-inited", replace_sphinx_search)
    app.connect("build-finished", write)
