"""What an instructor asks of each chapter, gathered from the chapter itself.

``{chapters-to-teach}`` lists every chapter that has a deck:

* the minutes, as its first speaker's note says them ("35 minutes");
* the objectives: the list after "you can";
* the questions to ask: what stands on a slide and ends in a question mark;
* where students stumble: the lines of the notes that speak of a mistake, or the usual.

So the page cannot promise what a chapter does not hold.
"""

import re

import nbformat
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from book.bound import without_marks
from bookext.numbering import chapter_number

STUMBLE = re.compile(r"mistake|\busual|stumbl|confus|forget|forgot|\bmiss(es)?\b", re.I)
ELSEWHERE = re.compile(r"\{doc\}`((?:[^`<]*<)?)(\d\d-)")
NOT_PROSE = ("#", "|", "```", ":::", "$$")


class ChaptersToTeach(SphinxDirective):
    """``{chapters-to-teach}``: a section of facts for each chapter with a deck."""

    def run(self):
        found = []
        for docname in sorted(self.env.found_docs):
            if chapter_number(docname) is None:
                continue
            path = self.env.doc2path(docname)
            self.env.note_dependency(path)
            if path.endswith(".ipynb") and (lesson := Lesson(path)).slides:
                found += self.card(docname, lesson)
        return found

    def card(self, docname, lesson):
        name = docname.rpartition("/")[2]
        minutes = f", {lesson.minutes} minutes" if lesson.minutes else ""
        box = nodes.container(classes=["lesson"])
        title = f"**{chapter_number(docname)}. {{doc}}`/{docname}`**{minutes}"
        self.parse(title, box)
        # Written beside the pages by decks.py, so Sphinx knows no such targets.
        for words, address in [
            ("slides", f"../slides/{name}.html"),
            ("notebook", f"../notebooks/{name}.ipynb"),
            ("with answers and notes", f"../notebooks/whole/{name}.ipynb"),
        ]:
            link = nodes.reference("", words, refuri=address, internal=False)
            box[0] += [nodes.Text(" · "), link]
        for what, lines in [
            ("Afterwards a student can", lesson.objectives),
            ("Ask", lesson.questions),
            ("Where they stumble", lesson.stumbles),
        ]:
            if lines:
                self.parse(
                    f"{what}:\n\n" + "\n".join(f"* {line}" for line in lines), box
                )
        return [box]

    def parse(self, text, parent):
        self.state.nested_parse(StringList(text.splitlines(), ""), 0, parent)


class Lesson:
    """A chapter's notebook as an instructor sees it."""

    def __init__(self, path):
        self.slides = 0
        self.minutes, self.objectives, self.questions, self.stumbles = "", [], [], []
        for cell in nbformat.read(path, 4).cells:
            text = ELSEWHERE.sub(r"{doc}`\1/chapters/\2", without_marks(cell.source))
            kind = cell.metadata.get("slideshow", {}).get("slide_type", "-")
            self.slides += kind in ("slide", "subslide")
            if cell.cell_type != "markdown" or "answer" in cell.metadata.get(
                "tags", []
            ):
                continue
            if kind == "notes":
                self.read_notes(text)
            elif not self.objectives and re.search(r"\byou (can|will be able)\b", text):
                self.objectives = items(text)
            elif kind != "skip":
                self.questions += questions(text)

    def read_notes(self, text):
        minutes = re.search(r"(\d+) minutes", text)
        if minutes and not self.minutes:
            self.minutes = minutes[1]
        # A clause a line, so a sentence may run over several.
        sentences = re.findall(r"\S[^\n]*(?:(?<![.?!*])\n(?!\s*\n)[^\n]*)*", text)
        found = [" ".join(s.split()) for s in sentences if STUMBLE.search(s)]
        self.stumbles += [s for s in found if not s.startswith(NOT_PROSE)]


def items(text):
    """The items of the first list in a cell, each on one line."""
    found = re.search(r"^[*-] .*(?:\n(?!\s*$).*)*", text, re.M)
    return [
        " ".join(item.split()) for item in re.split(r"^[*-] ", found[0], flags=re.M)[1:]
    ]


def questions(text):
    """The paragraphs that ask something, and the items of a list that do."""
    paragraphs = [p.strip() for p in re.split(r"\n\s*\n", text)]
    lines = []
    for paragraph in paragraphs:
        if re.match(r"\d+\. ", paragraph):
            lines += re.split(r"^\d+\. ", paragraph, flags=re.M)[1:]
        elif not paragraph.startswith(NOT_PROSE):
            lines.append(paragraph)
    asked = (" ".join(line.split()) for line in lines)
    return [line for line in asked if re.search(r"\?\W*$", line)]


def setup(app):
    app.add_directive("chapters-to-teach", ChaptersToTeach)
