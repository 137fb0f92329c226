"""What a deck and a page show hangs on the metadata of cells; lost, it is noticed.

Rules say what a cell has to have for what it is. What is the author's choice (a slide,
a fragment, the book only) is counted by the author: a comment in the first note for the
speaker, which no deck shows, says what deck and page have, and the test compares.
"""

import copy
import json
import re

import numpy as np
import pytest

import refresh

CHAPTERS = [p for p in refresh.notebooks() if p.parent.name == "chapters"]
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=[p.stem for p in CHAPTERS])
TAGS = {
    "answer", "hide-cell", "hide-input", "remove-cell", "remove-input",
}  # fmt: skip


def cells(path):
    """The cells of a notebook, of their outputs only what kind each one is."""
    found = json.loads(path.read_text("utf-8"))["cells"]
    for cell in found:
        kinds = {kind for o in cell.pop("outputs", []) for kind in o.get("data", {})}
        cell["shows"] = sorted(kinds)
    return found


def kind(cell):
    return cell["metadata"].get("slideshow", {}).get("slide_type")


def tags(cell):
    return set(cell["metadata"].get("tags", []))


def source(cell):
    return "".join(cell["source"])


TYPES = {"slide", "subslide", "fragment", "-", "skip", "notes"}


# ---- rules


def faults(cells):
    """Where a cell's metadata does not fit what the cell is."""
    imported = False
    for number, cell in enumerate(cells, 1):
        has, how, text = tags(cell), kind(cell), source(cell)
        code = cell["cell_type"] == "code"

        def fault(words, number=number):
            return f"cell {number}: {words}"

        if has - TAGS - {"raises-exception"} or how not in TYPES:
            yield fault(f"slide type {how}, tags {sorted(has - TAGS)}")
        if "image/png" in cell["shows"] and "hide-input" not in has:
            yield fault("draws a figure, and its code is not folded: hide-input")
        if code and not imported:
            imported = True
            if how != "skip" or has - {"hide-input"}:
                yield fault("the first code cell imports, and is in the book only")
        if ("remove-cell" in has) != (how == "notes"):
            yield fault("notes for the speaker, and they alone, have remove-cell")
        if "answer" in has:
            if how not in ("skip", "fragment", "subslide"):
                yield fault("an answer follows a question, or is in the book only")
            if code and not has & {"hide-cell", "hide-input"}:
                yield fault("an answer in code is folded: hide-cell or hide-input")
            if ":::" in text and "dropdown" not in text.split("\n\n")[0]:
                yield fault("an answer in a box is folded: :class: dropdown")
        elif re.match(r":::\{admonition\} (One solution|Solution|Answer)", text):
            yield fault("has the title of an answer, and no tag answer")
        if "hide-cell" in has and "answer" not in has:
            yield fault("only an answer is folded with its result: hide-cell")
        if "remove-input" in has and not (
            "text/html" in cell["shows"] or text.startswith("source(")
        ):
            yield fault("only of a widget or a listing the code is left out")
        if not code and has & {"hide-input", "hide-cell", "remove-input"}:
            yield fault("no code, and a tag that hides code")
        if re.match(r"# ", text) and how not in ("slide", "skip"):
            yield fault("the title begins the deck")
        if re.match(r"## ", text) and how not in ("slide", "skip"):
            yield fault("a section begins a slide")


@each_chapter
def test_the_metadata_of_each_cell_fits_what_the_cell_is(path):
    found = list(faults(cells(path)))
    assert not found, "\n".join([path.stem, *found])


# ---- what the comment in the first note counts


def outline(cells):
    """The comment that says what a deck and a page have."""
    kinds = [kind(cell) for cell in cells]
    has = [tags(cell) for cell in cells]
    code = [t for cell, t in zip(cells, has) if cell["cell_type"] == "code"]
    slides = kinds.count("slide") + kinds.count("subslide")
    steps = slides + kinds.count("fragment")
    shown = len(kinds) - kinds.count("skip") - kinds.count("notes")
    return (
        f"<!-- deck: {slides} slides in {kinds.count('slide')} columns, {steps} steps, "
        f"{shown} cells, {kinds.count('notes')} notes; "
        f"page: {sum('hide-input' in t for t in code)} cells with code folded, "
        f"{sum('remove-input' in t for t in code)} without it, "
        f"{sum('answer' in t for t in has)} answers, "
        f"{sum('hide-cell' in t for t in code)} of them run -->"
    )


def miscounted(cells):
    """Why the first note does not say what there is; "" if it does."""
    if not any(kind(cell) == "slide" for cell in cells):
        return ""
    notes = [source(cell) for cell in cells if kind(cell) == "notes"]
    wanted = outline(cells)
    said = notes and re.search(r"<!-- deck: .*?-->", notes[0])
    if said and said[0] == wanted:
        return ""
    was = said[0] if said else "nothing"
    return f"the first note says: {was}\nbut there is: {wanted}"


@each_chapter
def test_the_first_note_counts_what_deck_and_page_have(path):
    assert not (wrong := miscounted(cells(path))), f"{path.stem}: {wrong}"


# ---- that it is noticed


def change(given, k, what):
    """The cells with another slide type, or a tag more or less, at one of them."""
    changed, one = list(given), copy.deepcopy(given[k])
    if what in TYPES:
        one["metadata"]["slideshow"] = {"slide_type": what}
    else:
        one["metadata"]["tags"] = sorted(tags(one) ^ {what})
    changed[k] = one
    return changed


@each_chapter
def test_any_change_of_metadata_is_noticed(path):
    given, rng = cells(path), np.random.default_rng(0)
    for k in rng.choice(len(given), 40):
        what = str(rng.choice(sorted(TYPES - {kind(given[k])} | TAGS)))
        changed = change(given, k, what)
        assert [*faults(changed)] or miscounted(changed), f"cell {k + 1}: {what}"
