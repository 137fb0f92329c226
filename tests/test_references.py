"""Every source can be found by its reader, and every key in the text is in the list."""

import re
import unicodedata
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


# ---- what fields say twice, they say alike

# What the DOIs of a publisher are made of; every group is a field of the entry.
MADE_OF = [
    r"10\.1038/(?P<volume>\d{3})(?P<page>\d+)a0",
    r"10\.1162/neco\.(?P<year>\d{4})\.(?P<volume>\d+)\.(?P<number>\d+)\.(?P<page>\d+)",
    r"10\.1073/pnas\.(?P<volume>\d+)\.(?P<number>\d+)\.(?P<page>\d+)",
    r"10\.1103/\w+\.(?P<volume>\d+)\.(?P<page>\d+)",
    r"10\.1126/science\.(?P<volume>\d+)\.(?P<number>\d+)\.(?P<page>\d+)",
    r"10\.1109/[\w-]+\.(?P<year>(?:19|20)\d\d)\.\d+",
    r"10\.1016/[SB]?\d{4}-?\d{3}[\dX]\((?P<yy>\d\d)\)\d{5}-[\dX]",
    r"10\.1016/j\.\w+\.(?P<year>\d{4})\.\d\d\.\d{3}",
    r"10\.1093/\w+/(?P<volume>\d+)\.(?P<number>\d+)\.(?P<page>\d+)",
    r"10\.1147/rd\.(?P<volume>\d)(?P<number>\d)\.(?P<page>\d+)",
    r"10\.1207/s\d{8}cog(?P<volume>\d\d)(?P<number>\d\d)_\d",
    r"10\.3389/\w+\.(?P<year>\d{4})\.\d+",
    r"10\.1007/s\d{5}-0(?P<yy>\d\d)-\d{4}-[\dx]",
    r"10\.48550/arXiv\.(?P<eprint>\d{4}\.\d{4,5})",
]


def told(fields):
    """What an entry says of what a DOI can be made of."""
    year = fields["year"]
    page = re.split("-+", fields.get("pages", ""))[0]
    return {**fields, "page": page, "yy": year[2:]}


def clashes(key, entry):
    """What an entry says twice, and not alike."""
    fields = entry.fields
    first, *others = entry.persons["author"]
    surname = " ".join((*first.prelast_names, *first.last_names))
    plain = unicodedata.normalize("NFKD", plainly(surname).replace("ø", "o"))
    letters = re.sub("[^a-z]", "", plain.encode("ascii", "ignore").decode().lower())
    name, year = re.fullmatch(r"([a-z-]+?)(?:-(\d{4}))?", key).groups()
    if year and year != fields["year"]:
        yield f"the key says {year}, the year is {fields['year']}"
    if not letters.startswith(name.split("-")[0]):
        yield f"the key says {name}, the first author is {surname}"
    if other := fields.get("eprint"):
        digits = re.search(r"(?:^|/)(\d\d)(\d\d)", other)
        century = 1900 if int(digits[1]) > 90 else 2000
        since = int(fields["year"]) - century - int(digits[1])
        if not 0 <= since <= 3 or not 1 <= int(digits[2]) <= 12:
            yield f"arXiv {other} and the year {fields['year']}"
    if "pages" in fields:
        ends = [int(n) for n in re.findall(r"\d+", fields["pages"])]
        if ends != sorted(ends) or not 1 <= len(ends) <= 2 or ends[-1] - ends[0] > 250:
            yield f"the pages {fields['pages']}"
    for pattern in MADE_OF:
        if made := re.fullmatch(pattern, fields.get("doi", "")):
            for field, value in made.groupdict().items():
                own = told(fields).get(field, value)
                near = field in ("year", "yy") and abs(int(own) - int(value)) <= 1
                if own.lstrip("0") != value.lstrip("0") and not near:
                    yield f"the DOI {made[0]} and {field} {own}"


def plainly(text):
    """A name without what LaTeX needs to write it."""
    text = text.replace(r"\o", "o").replace(r"\l", "l").replace(r"\i", "i")
    return re.sub(r"[{}\\'\"`^~]", "", re.sub(r"\\[vcHu](?=\W)", "", text))


@each_entry
def test_what_an_entry_says_twice_it_says_alike(key):
    found = list(clashes(key, ENTRIES[key]))
    assert not found, f"{key}: {'; '.join(found)}"


def test_enough_is_said_twice_to_be_held():
    made = [
        key
        for key, entry in ENTRIES.items()
        if any(re.fullmatch(p, entry.fields.get("doi", "")) for p in MADE_OF)
    ]
    assert len(made) >= 10


@each_page
def test_a_name_before_a_citation_is_an_author_of_it(path):
    """The name in "Wengert {cite}`wengert-1964`" is one of the source's."""
    named = r"\b([A-Z][\w-]+)(?:'s)? (?:and others )?\{cite(?::\w+)?\}`([\w-]+)`"
    authors = {key: plainly(surnames(entry)) for key, entry in ENTRIES.items()}
    for name, key in re.findall(named, prose(path)):
        if any(name in known for known in authors.values()):
            assert name in authors[key], f"{name} is no author of {key}"


def surnames(entry):
    return " ".join(" ".join(p.last_names) for p in entry.persons["author"])
