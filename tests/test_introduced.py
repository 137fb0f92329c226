"""Nothing is used before it is introduced: each term and each letter, where it first
stands in the chapters.

A term of the glossary is introduced where it is set in bold or italics, or names a
section; before that it leads to the glossary, {term}`slope`, where its preview says
what it is. (Goals may name what is to come.) A letter of an idea is introduced where
words of its WORDS stand by it: in its own cell of text or in the one before.
"""

import json
import re
from functools import cache

import pytest

from book import agreement
from bookext.declared import ideas

GLOSSARY = agreement.ROOT / "back" / "glossary.md"
# What a word of a sentence is not: code, mathematics, marks, addresses, other's titles.
NO_WORDS = re.compile(
    r"^(?P<fence>`{3,})(?!\{adm).*?^(?P=fence)|(?<!\})`[^`\n]+`|<!--.*?-->"
    r"|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)|\{(?!term)[\w:]+\}`[^`]*`",
    re.DOTALL | re.MULTILINE,
)
FORMULA = re.compile(r"\$\$.+?\$\$|(?<![\\$])\$[^$]+\$", re.DOTALL)
GOALS = re.compile(
    r"^After this chapter you can\b.*?(?:\n\n(?![-*\s])|\Z)", re.S | re.M
)
# What these words say every day is not what the glossary says of them.
EVERYDAY = {"depth", "example", "seed", "shape", "step", "update"}
FILLING = (
    "and are each every for from how into number other over than that the their they"
    " which with"
).split()


def terms():
    """The terms of the glossary, in its order."""
    inside = GLOSSARY.read_text("utf-8").partition("```{glossary}\n")[2]
    lines = inside.partition("\n```")[0].splitlines()
    return [line for line in lines if line and not line.startswith(" ")]


@cache
def told():
    """(chapter, cell, text) of each cell of text that a reader meets, in order."""
    found = []
    for path in agreement.chapters():
        for k, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"]):
            tags = cell["metadata"].get("tags", [])
            if cell["cell_type"] == "markdown" and "remove-cell" not in tags:
                found.append((path.stem, k, "".join(cell["source"])))
    return found


def first(pattern, texts):
    """Where a pattern stands first: chapter, cell, and what it matched; or None."""
    for chapter, cell, text in texts:
        if match := re.search(pattern, text, re.IGNORECASE | re.MULTILINE):
            return chapter, cell, match
    return None


def in_words(term):
    """A pattern of a term, in the singular or the plural."""
    stem = re.escape(term).replace(r"\ ", r"[\s-]+")
    return rf"(?<![\w-]){stem}(?:e?s)?(?![\w-])"


def introducing(term):
    """A pattern of a term where it is introduced, or leads to the glossary."""
    said = in_words(term)
    return rf"\*[^*\n]*{said}[^*\n]*\*|^#+ .*{said}|\{{term\}}`[^`]*{said}[^`]*`"


def in_sentences():
    """What is told, without mathematics, code and goals."""
    for chapter, k, text in told():
        yield chapter, k, NO_WORDS.sub(" ", GOALS.sub(" ", text))


@pytest.mark.parametrize("term", sorted(EVERYDAY))
def test_a_word_of_every_day_is_introduced_where_it_becomes_a_term(term):
    assert term in terms()
    assert first(introducing(term), in_sentences())


@pytest.mark.parametrize("term", [term for term in terms() if term not in EVERYDAY])
def test_a_term_is_introduced_where_it_first_stands(term):
    texts = list(in_sentences())
    used = first(in_words(term), texts)
    assert used, f"no chapter says {term!r}: take it out of the glossary"
    chapter, cell, match = used
    here = [(chapter, cell, text) for c, k, text in texts if (c, k) == (chapter, cell)]
    place = f"{term!r} stands first in {chapter}, cell {cell}"
    introduced = first(introducing(term), here)
    assert introduced, f"{place}, and is not introduced there: link it, {{term}}`…`"
    said = match.string[: introduced[2].start()]
    earlier = re.search(in_words(term), said, re.IGNORECASE)
    assert not earlier, f"{place}, before it is introduced"


def base(quantity):
    """Its letter, without what stands below."""
    return quantity.tex.partition("_")[0]


def first_told(idea, quantity):
    """The text of the cell where the letter first stands in the chapters of its idea,
    with the one before it, and its place; or None."""
    letter = rf"(?<![a-zA-Z\\]){re.escape(base(quantity))}(?![a-zA-Z'])"
    before = ""
    for chapter, cell, text in told():
        if chapter < f"{min(idea.chapters):02}":
            continue
        text = GOALS.sub(" ", text)
        if any(re.search(letter, tex) for tex in FORMULA.findall(text)):
            return f"{before} {text}".lower(), f"{chapter}, cell {cell}"
        before = text
    return None


def letters():
    """(Idea, Quantity, words) of each letter that the chapters of its idea write, where
    it first has this meaning; with what it is in any idea: another may have used it
    before."""
    every = [(i, q) for i in ideas() if i.chapters for q in i.quantities() if q.words]
    known = set()
    for idea, quantity in sorted(every, key=lambda one: min(one[0].chapters)):
        meant = base(quantity), quantity.words
        told_of = r"\partial" not in quantity.tex and first_told(idea, quantity)
        if told_of and meant not in known:
            known.add(meant)
            yield idea, quantity, [q.words for _, q in every if base(q) == meant[0]]


LETTERS = list(letters())


@pytest.mark.parametrize(
    "idea, quantity, meant", LETTERS, ids=[f"{i.name}: {q.tex}" for i, q, _ in LETTERS]
)
def test_a_letter_is_named_where_it_first_stands(idea, quantity, meant):
    text, place = first_told(idea, quantity)
    said = FORMULA.sub(" ", " ".join(meant)).lower()
    words = [w[:-1] if w[-1] == "s" else w for w in re.findall(r"[a-z]{3,}", said)]
    words = [word for word in words if word not in FILLING]
    assert any(word in text for word in words), (
        f"{quantity.tex}, {quantity.words}, stands first in {place}, "
        f"and none of {words} by it"
    )


def test_nearly_every_letter_is_looked_for():
    assert len(LETTERS) > 80
