"""The courses that the page for instructors plans are of chapters as they are."""

import json
import re
from pathlib import Path

import pytest

from teaching import Lesson

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "back" / "for-instructors.md").read_text("utf-8")
NUMBERS = dict(
    zip(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"],
        range(1, 11),
    )
)
NUMBERS |= {"eleven": 11, "twelve": 12}


def course(title):
    """The text below the heading of a course that begins so; the rows of its table."""
    section = re.search(
        rf"^### {title}.*?\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE
    )[1]
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in section.splitlines()
        if re.match(r"\| \d", line)
    ]
    return section, cells


LECTURE, WEEK, TERM = (course(f"One {name}") for name in ("lecture", "week", "term"))


class Chapter:
    """A chapter by its number: its title, its headings and its minutes."""

    def __init__(self, number):
        found = list((ROOT / "chapters").glob(f"{int(number):02}-*.ipynb"))
        assert len(found) == 1, f"for instructors: there is no chapter {number}"
        cells = json.loads(found[0].read_text("utf-8"))["cells"]
        told = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
        self.text = "\n".join(told)
        self.title, *self.headings = re.findall(
            r"^#{1,3} (.+)$", self.text, re.MULTILINE
        )
        self.minutes = int(Lesson(found[0]).minutes)
        self.first_note = next(text for text in told if re.search(r"\d+ minutes", text))


def plain(words):
    return re.sub(r"\W+", " ", words).strip().lower()


@pytest.mark.parametrize("row", LECTURE[1], ids=lambda row: row[2])
def test_what_the_lecture_takes_is_in_its_chapter(row):
    chapter = Chapter(re.match(r"chapter (\d+)", row[2])[1])
    for heading in re.findall(r"\*(.+?)\*", row[2]):
        assert heading in chapter.headings, (
            f"{chapter.title} has no section {heading!r}"
        )
    if cut := re.search(r"the cut of (\d+) minutes", row[2]):
        assert f"In {cut[1]} minutes" in chapter.first_note, chapter.title
        assert cut[1] == row[0]
    if exercise := re.search(r"exercise (\d+)", row[2]):
        assert f"Exercise {exercise[1]}" in chapter.text, chapter.title


def test_the_lecture_fills_its_minutes():
    total = re.search(r"^### One lecture, (\d+) minutes", PAGE, re.MULTILINE)[1]
    assert sum(int(minutes) for minutes, *_ in LECTURE[1]) == int(total)


@pytest.mark.parametrize("row", [*WEEK[1], *TERM[1]], ids=lambda row: row[1])
def test_a_chapter_of_a_course_is_there_under_its_title(row):
    for part, number in re.findall(r"(of )?\b(\d+)", row[1]):
        chapter = Chapter(number)
        if not part:  # "half of 3" needs no title
            assert plain(chapter.title) in plain(row[1]), (
                f"{number} is {chapter.title!r}"
            )


def test_courses_have_as_many_rows_as_they_say():
    for rows, unit in (WEEK[1], "sessions"), (TERM[1], "weeks"):
        said = re.search(rf"^### One .*, (\w+) {unit}", PAGE, re.MULTILINE)[1]
        assert [int(row[0]) for row in rows] == list(range(1, NUMBERS[said] + 1)), unit


def test_the_minutes_of_the_term_are_those_of_its_chapters():
    least, most = map(int, re.search(r"chapters take (\d+) to (\d+)", TERM[0]).groups())
    found = [re.findall(r"\b\d+", row[1]) for row in TERM[1]]
    taken = [sum(Chapter(n).minutes for n in numbers) for numbers in found if numbers]
    assert (min(taken), max(taken)) == (least, most)
