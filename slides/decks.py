"""Slide decks, cut out of the chapters while the book is built.

A cell's `slideshow` metadata says what becomes of it, as in Jupyter's own slide show:

    slide, subslide  it begins a slide; a subslide stands below the slide before it
    fragment         it appears on the slide at the next key
    notes            it goes to the speaker's notes; with the tag remove-cell only there
    skip             it is in the book only
    -, or nothing    it belongs to the cell before it

and three rules follow from what a cell is: a folded box becomes its title and, at the
next key, what it folds; a cell tagged `answer` goes to the notes, unless it begins a
slide or is a fragment; an input that the book folds away, or that only calls up a
widget or a listing, stays in the book.

A slide without notes of its own shows those of its section, so that a note may stand
after the last of the slides it speaks of.

The blocks on a slide are the chapter's own, after Sphinx has resolved them: the same
mathematics, numbers, links, figures, code and widgets. What does not fit on one slide
is carried over to the next by deck.js, when the deck opens.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import sphinx_revealjs
from bs4 import BeautifulSoup, NavigableString
from docutils import nodes
from jinja2 import Template
from sphinx.transforms import SphinxTransform

import refresh
import student
import teaching
from bookext import policy
from bookext.numbering import chapter_number

HERE = Path(__file__).parent
REVEAL = Path(sphinx_revealjs.__file__).parent / "_static" / "revealjs"
ASSETS = [
    HERE / "deck.css",
    HERE / "deck.js",
    REVEAL / "dist" / "reveal.css",
    REVEAL / "dist" / "reveal.js",
    REVEAL / "plugin" / "notes" / "notes.js",
]
TYPES = ("slide", "subslide", "fragment", "notes", "skip")


class cell_start(nodes.Invisible, nodes.Element):
    """Where a notebook's cell begins; it leaves no trace in the page."""


class speaker_notes(nodes.General, nodes.Element):
    """A cell that is in no page, only in the notes of a deck."""


@dataclass
class Cell:
    """A cell's resolved blocks and what its metadata says of them."""

    type: str
    tags: list
    blocks: list = field(default_factory=list)


# ---- reading: remember which cell a block came from


def keep_cells(app, docname, source):
    """Say before each Markdown cell of a notebook what cell it is, in MyST's own way: a
    block break, ``+++``, with the cell's metadata. Code cells keep theirs anyway.
    """
    if not app.env.doc2path(docname).endswith(".ipynb"):
        return
    notebook = nbformat.reads(source[0], as_version=4)
    # myst-nb counts the lines of cell k from here; the break is not the author's.
    lines = [10_000 * k for k, _ in enumerate(notebook.cells, 1)]
    for k, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown" or not cell.source.strip():
            continue
        cell.source = f"+++ {json.dumps(cell.metadata)}\n{cell.source}"
        lines[k] -= 1
        if is_for_speakers(cell.metadata):  # myst-nb would leave it out
            cell.metadata["tags"] = [t for t in cell.metadata["tags"] if t != HIDDEN]
    notebook.metadata["source_map"] = lines
    source[0] = nbformat.writes(notebook)


class CellsOfDecks(SphinxTransform):
    """Put a mark where each cell begins, and a node around what only decks show."""

    default_priority = 1  # before anything is moved

    def apply(self, **kwargs):
        if not self.env.doc2path(self.env.docname).endswith(".ipynb"):
            return
        for node in list(self.document.findall(nodes.Element)):
            if "block_break" in node.get("classes", []):
                metadata = json.loads(node.astext())
                mark = begin(metadata)
                node.replace_self(mark)
                if is_for_speakers(metadata):
                    only_for_speakers(mark)
            elif node.get("nb_element") == "cell_code":
                place = node.parent.index(node)
                node.parent.insert(place, begin(node["cell_metadata"]))


def begin(metadata):
    """The mark of where a cell begins."""
    return cell_start(type=slide_type(metadata), tags=metadata.get("tags", []))


def only_for_speakers(mark):
    """Put what stands between this mark and the next into speaker_notes."""
    parent, start = mark.parent, mark.parent.index(mark) + 1
    end = start
    while end < len(parent) and not is_beginning(parent[end]):
        end += 1
    parent[start:end] = [speaker_notes("", *parent[start:end])]


def is_beginning(node):
    """Whether a block begins another cell."""
    return (
        "block_break" in node.get("classes", [])
        or node.get("nb_element") == "cell_code"
    )


HIDDEN = "remove-cell"


def is_for_speakers(metadata) -> bool:
    """Whether a cell is in no page, only in the notes of a deck."""
    return slide_type(metadata) == "notes" and HIDDEN in metadata.get("tags", [])


def slide_type(metadata) -> str:
    """A cell's slide type; "-" where its metadata gives none."""
    given = metadata.get("slideshow", {}).get("slide_type", "-")
    return given if given in TYPES else "-"


# ---- cutting


def collect(app, doctree, docname):
    """Keep the cells of a resolved chapter; take off its page what only decks show."""
    if app.builder.format != "html":
        return
    cells = []
    gather(doctree, 0, chapter_number(docname), cells)
    for node in list(
        doctree.findall(lambda n: isinstance(n, (cell_start, speaker_notes)))
    ):
        node.parent.remove(node)
    if any(cell.type == "slide" for cell in cells):
        DECKS[docname] = cells


# The cells of each chapter, between resolving it and writing its page.
DECKS: dict[str, list[Cell]] = {}


def gather(parent, depth, chapter, cells):
    """Put each block below `parent` into the cell it came from."""
    for node in parent.children:
        if isinstance(node, cell_start):
            cells.append(Cell(node["type"], node["tags"]))
        elif isinstance(node, nodes.section):
            gather(node, depth + 1, chapter, cells)
        elif not cells or isinstance(node, nodes.Invisible):
            continue
        elif isinstance(node, nodes.title):
            level = min(depth, 4)
            number = f' data-number="{chapter}"' if level == 1 and chapter else ""
            anchor = "".join(f'<span id="{name}"></span>' for name in parent["ids"])
            cells[-1].blocks += [
                nodes.raw("", f"<h{level}{number}>{anchor}", format="html"),
                nodes.inline("", "", *(child.deepcopy() for child in node)),
                nodes.raw("", f"</h{level}>", format="html"),
            ]
        elif isinstance(node, speaker_notes):
            cells[-1].blocks += [child.deepcopy() for child in node]
        else:
            cells[-1].blocks.append(node.deepcopy())


def cut(cells, render) -> list[list[str]]:
    """The deck as columns of slides, each the HTML inside its <section>."""
    columns, heading, sections = [], "", 0
    for cell in cells:
        kind = cell.type
        if "answer" in cell.tags and kind not in ("slide", "subslide", "fragment"):
            kind = "skip" if kind == "skip" else "notes"
        if kind == "skip" or not cell.blocks:
            continue
        content = on_slide(render(cell.blocks))
        if kind == "slide" or not columns:
            columns.append([])
        headings = re.findall(r"<h[1-4]\b[^>]*>(.*?)</h[1-4]>", content, re.DOTALL)
        if kind in ("slide", "subslide") or not columns[-1]:
            if not headings:
                content = f'<p class="under">{heading}</p>{content}'
            sections += bool(headings)
            slide = {"parts": [("", content)], "notes": "", "section": sections}
            columns[-1].append(slide)
        if headings:
            heading = re.sub(r'<span id="[^"]*"></span>', "", headings[-1])
        if kind in ("slide", "subslide"):
            continue
        slide = columns[-1][-1]
        if kind == "notes":
            slide["notes"] += in_lines(content)
        elif kind == "fragment":
            slide["parts"].append(("fragment", content))
        else:
            shown, before = slide["parts"][-1]
            slide["parts"][-1] = (shown, before + content)
    share_notes([slide for column in columns for slide in column])
    return [[section(slide) for slide in column] for column in columns]


def share_notes(slides):
    """Give a slide without notes those of its section: the next ones, else the last."""
    for order in (reversed(slides), slides):
        notes, of = "", None
        for slide in order:
            if slide["section"] != of:
                notes, of = "", slide["section"]
            # What is shown again is no place to link to.
            slide["notes"] = slide["notes"] or re.sub(r' id="[^"]*"', "", notes)
            notes = slide["notes"]


def in_lines(notes: str) -> str:
    """Notes with the line breaks of their source, a clause a line, for a speaker."""
    soup = BeautifulSoup(notes, "html.parser")
    for text in soup.find_all(string=re.compile(r"\S\s*\n|\n\s*\S")):
        if text.find_parent(["p", "dd", "li"]) and not text.find_parent(
            ["pre", "math"]
        ):
            first, *others = text.split("\n")
            pieces = [(soup.new_tag("br"), "\n" + line) for line in others]
            text.replace_with(first, *(part for piece in pieces for part in piece))
    return str(soup)


def section(slide) -> str:
    parts = "".join(
        f'<div class="fragment">{content}</div>' if shown else content
        for shown, content in slide["parts"]
    )
    notes = slide["notes"].replace(' class="fragment"', "")
    return parts + (f'<aside class="notes">{notes}</aside>' if notes else "")


def on_slide(content: str) -> str:
    """A cell's HTML in the form it has on a slide."""
    soup = BeautifulSoup(content, "html.parser")
    for link in soup.select("a.headerlink"):
        link.decompose()
    for hidden in soup.select("details.hide"):
        hidden.decompose()
    for cell in soup.select(".cell"):
        given, shown = cell.select_one(".cell_input"), cell.select_one(".cell_output")
        lists = given and re.fullmatch(r"\s*source\(.*\)\s*", given.text, re.DOTALL)
        if given and shown and (lists or shown.select_one("[data-widget]")):
            given.decompose()
    for code in soup.select(".highlight pre"):
        without_docstrings(code)
    for box in soup.select("details.fold, details.sd-dropdown"):
        box.name = "div"
        box.attrs = {"class": "fold"}
        title = box.summary
        title.name, title.attrs = "p", {"class": "fold-title"}
        for body in box.find_all(recursive=False):
            if body is not title:
                body["class"] = "fragment"
    return str(soup)


def without_docstrings(code):
    """Take docstrings out of a listing, with the lines they stand on: on a slide the
    equation has just been shown."""
    for said in code.select("span.sd"):
        before = said.previous_sibling
        while before is not None and not before.get_text().endswith("\n"):
            before, marks = before.previous_sibling, before  # its indent and its r
            marks.extract()
        blank = ""
        while said.next_sibling and not said.next_sibling.get_text().strip():
            blank += said.next_sibling.extract().get_text()
        said.replace_with(NavigableString(blank.rpartition("\n")[2]))


# ---- writing


def write(app, pagename, templatename, context, doctree):
    """Write the deck of a chapter's page, and link it there."""
    cells = DECKS.pop(pagename, None)
    if cells is None:
        return
    source = Path(app.env.doc2path(pagename))
    for folder, change in COPIES.items():
        copy = Path(app.outdir, folder, source.name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(refresh.canonical(change(refresh.read(source))), "utf-8")
    address = posixpath.join("slides", posixpath.basename(pagename) + ".html")
    target = Path(app.outdir, address)
    target.parent.mkdir(exist_ok=True)
    target.write_text(deck(app, pagename, address, cells, context), "utf-8")
    here = posixpath.dirname(app.builder.get_target_uri(pagename))
    links = " · ".join(
        f'<a href="{posixpath.relpath(there, here)}">{words}</a>'
        for there, words in [
            (address, "This chapter as slides"),
            (posixpath.join(STUDENT, source.name), "as a notebook"),
            (f"{STUDENT}/{BUNDLE}", "with its code"),
        ]
    )
    context["body"] = context["body"].replace(
        "</h1>", f'</h1>\n<p class="deck">{links}</p>', 1
    )


OF_PAGES = "fonts.css book.css widgets/beside.css widgets/beside.js".split()


def deck(app, pagename, address, cells, context) -> str:
    """The HTML of the deck of a page, to be written at `address`."""

    def render(blocks):
        holder = nodes.container("", *blocks)
        html = app.builder.render_partial(holder)["fragment"].strip()
        return re.sub(r"\A<div[^>]*>\n?|</div>\Z", "", html)

    columns = cut(cells, render)
    body = "".join(content for column in columns for content in column)
    inside = set(re.findall(r'\bid="([^"]+)"', body))
    here = app.builder.get_target_uri(pagename)
    there = posixpath.dirname(address)
    columns = [[relink(c, here, there, inside) for c in column] for column in columns]
    # Those of the chapter's page, less the page's own.
    sheets, scripts = (
        [name for name in context[kind] if name not in OF_PAGES]
        for kind in ("book_stylesheets", "book_scripts")
    )
    number = chapter_number(pagename)
    template = Template((HERE / "deck.html").read_text("utf-8"), autoescape=False)
    return template.render(
        title=app.env.titles[pagename].astext(), book=context["docstitle"],
        number=number, language=app.config.language, columns=columns, sheets=sheets,
        scripts=scripts, chapter=posixpath.relpath(here, there),
        policy=policy.written(policy.DECK),
        copyright=f"{app.config.copyright} {app.config.author}",
        licences=posixpath.relpath(app.builder.get_target_uri("back/licences"), there),
    )  # fmt: skip


def relink(content, here, there, inside):
    """Links of a page as links of its deck: to a slide, or else to the book."""

    def aim(match):
        attribute, url = match.groups()
        if re.match(r"[a-z]+:", url) or (url[0] == "#" and url[1:] in inside):
            return match[0]
        path, hash_, anchor = url.partition("#")
        path = posixpath.join(posixpath.dirname(here), path) if path else here
        return f'{attribute}="{posixpath.relpath(path, there)}{hash_}{anchor}"'

    return re.sub(r'\b(href|src)="([^"]+)"', aim, content)


# Where the notebooks are: what every page leads to, and what the one for instructors.
STUDENT, WHOLE = "notebooks", "notebooks/whole"
COPIES = {STUDENT: student.without_answers, WHOLE: lambda notebook: notebook}
# In each of them: the notebooks and what they need to run, in one file.
BUNDLE = "book.zip"
BUNDLED = (
    "chapters/*.ipynb", "chapters/matplotlibrc", "chapters/data/*", "back/*.ipynb",
    "code/**/*.py", "code/**/*.js", "code/**/*.css", "pyproject.toml",
    "requirements-student.txt", "constraints.txt", "references.bib", "LICENSE*",
)  # fmt: skip
BUNDLE_README = """\
The notebooks of the book, with the code they import.

    python3 -m venv .venv
    .venv/bin/pip install --no-compile -r requirements-student.txt -c constraints.txt
    .venv/bin/jupyter-lab chapters

On Windows: py -m venv .venv, then .venv\\Scripts\\pip and .venv\\Scripts\\jupyter-lab.
"""


def write_bundle(app, error):
    """Zip the notebooks with the book's code; the same files give the same bytes."""
    if error or app.builder.format != "html" or not Path(app.outdir, WHOLE).exists():
        return
    root = Path(app.srcdir)
    paths = [path for each in BUNDLED for path in root.glob(each) if path.is_file()]
    for folder, change in COPIES.items():
        files = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
        for path in paths:
            if path.suffix == ".ipynb":
                copy = refresh.canonical(change(refresh.read(path)))
                files[path.relative_to(root).as_posix()] = copy.encode()
        files["README.txt"] = BUNDLE_README.encode()
        target = Path(app.outdir, folder, BUNDLE)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name in sorted(files):
                entry = zipfile.ZipInfo(f"book/{name}")  # given no date, it is of 1980
                entry.external_attr = 0o644 << 16
                bundle.writestr(entry, files[name], zipfile.ZIP_DEFLATED)


def copy_assets(app):
    """Put reveal.js and the decks' look where the decks find them."""
    if app.builder.format != "html":
        return
    # Not a folder Sphinx would put into every page: these are only named by decks.
    folder = Path(app.outdir, "_static", "slides")
    folder.mkdir(parents=True, exist_ok=True)
    for asset in ASSETS:
        shutil.copy(asset, folder)


def remove_stale(app, error):
    """Remove the decks of chapters that are no more."""
    names = {posixpath.basename(docname) for docname in app.env.found_docs}
    for deck in Path(app.outdir, "slides").glob("*.html"):
        if deck.stem not in names:
            deck.unlink()


def outdated(app, env, added, changed, removed):
    """Chapters whose deck was cut with an older knife."""
    newest = max(path.stat().st_mtime for path in HERE.iterdir() if path.is_file())
    decks = Path(app.outdir, "slides")
    return [
        docname
        for docname in env.found_docs
        for deck in [decks / f"{posixpath.basename(docname)}.html"]
        if deck.exists() and deck.stat().st_mtime < newest
    ]


def setup(app):
    teaching.setup(app)
    app.add_node(cell_start)
    app.add_node(speaker_notes)
    app.add_transform(CellsOfDecks)
    app.connect("builder-inited", copy_assets)
    app.connect("env-get-outdated", outdated)
    app.connect("source-read", keep_cells)
    app.connect("doctree-resolved", collect)
    app.connect("html-page-context", write, priority=900)
    app.connect("build-finished", remove_stale)
    app.connect("build-finished", write_bundle)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
