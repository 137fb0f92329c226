"""Every source can be found by its reader, and every key in the text is in the list."""

import re
from pathlib import Path

import nbformat
import pytest
from pybtex.database import parse_file

ROOT = Path(__file__).resolve().parent.parent
ENTRIES = parse_file(ROOT / "references.bib", bib_format="bibtex").entries
DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>{}]+")
ARXIV = re.compile(r"\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7}")
URL = re.compile(r"https?://[\w.-]+\.[a-z]{2,}(/[^\s{}]*)?")
ROLE = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")

PAGES = sorted(
    path
    for pattern in ("index.*", "chapters/*.ipynb", "back/*.md", "back/*.ipynb")
    for path in ROOT.glob(pattern)
)
each_page = pytest.mark.parametrize(
    "path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix()
)
CHAPTERS = [path for path in PAGES if path.parent.name == "chapters"]
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
each_entry = pytest.mark.parametrize("key", sorted(ENTRIES))


def prose(path):
    """The text of a page: of a notebook, its Markdown cells."""
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, 4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def cited(path):
    """The keys that a page cites."""
    keys = ",".join(ROLE.findall(prose(path))).split(",")
    return {key.strip() for key in keys if key.strip()}


@each_entry
def test_a_source_has_a_doi_or_an_arxiv_id_or_else_an_address(key):
    fields = ENTRIES[key].fields
    found = []
    if "doi" in fields:
        assert DOI.fullmatch(fields["doi"]), fields["doi"]
        found.append("doi")
    if "eprint" in fields:
        assert fields.get("archiveprefix") == "arXiv", key
        assert ARXIV.fullmatch(fields["eprint"]), fields["eprint"]
        found.append("arXiv")
    if not found:
        printed = re.sub(r".*\\url\{(.*)\}.*", r"\1", fields.get("howpublished", ""))
        address = fields.get("url", printed)
        isbn = re.sub("-", "", fields.get("isbn", ""))
        assert URL.fullmatch(address) or re.fullmatch(r"97[89]\d{10}", isbn), key


@each_entry
def test_a_source_says_who_what_and_when(key):
    entry = ENTRIES[key]
    assert entry.persons.get("author"), key
    assert entry.fields.get("title"), key
    assert re.fullmatch(r"1[89]\d\d|20\d\d", entry.fields["year"])
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*(-\d{4})?", key)


def test_no_source_is_listed_twice():
    for field in "doi", "eprint", "title":
        values = [e.fields.get(field, "").lower() for e in ENTRIES.values()]
        values = [value for value in values if value]
        assert len(values) == len(set(values)), field


@each_page
def test_every_source_a_page_cites_is_in_the_list(path):
    assert cited(path) <= set(ENTRIES)


def test_every_source_in_the_list_is_cited():
    assert set(ENTRIES) == set().union(*map(cited, PAGES))


@each_chapter
def test_every_chapter_ends_with_its_sources(path):
    headings = re.findall(r"^## (.+)$", prose(path), re.M)
    assert headings[-1] == "Sources", headings
    # Whoever is named with a year has a key: no "Surname (1986)" by hand.
    for line in prose(path).splitlines():
        bare = re.search(r"\b[A-Z]\w+ (and others |et al\. )?\((1[89]|20)\d\d\)", line)
        assert not bare or "{cite" in line, line


@each_page
def test_every_file_a_page_links_to_is_there(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if re.match(r"[a-z]+:|#", target):
            continue
        file = path.parent / target.partition("#")[0]
        # A page of the book may be named without its suffix.
        names = [file.with_name(file.name + suffix) for suffix in ("", ".md", ".ipynb")]
        assert any(name.exists() for name in names), target
