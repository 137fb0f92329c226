"""Copies to hand out: no answer is left in them, and they still run."""

import re

import nbformat
import pytest

import refresh
import student
from conftest import ROOT, awaited

NOTEBOOKS = refresh.notebooks()
each_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=[refresh.name(p) for p in NOTEBOOKS]
)


def answers(path):
    return [
        c for c in refresh.read(path).cells if "answer" in c.metadata.get("tags", [])
    ]


@each_notebook
def test_no_answer_survives_in_a_students_copy(path):
    text = refresh.canonical(student.without_answers(refresh.read(path)))
    nb = refresh.read(path)
    nb.cells = [c for c in nb.cells if "answer" not in c.metadata.get("tags", [])]
    lesson = refresh.canonical(nb)
    for answer in answers(path):
        for line in answer.source.splitlines():
            # A line that is only in an answer; short ones are fences.
            if len(line) > 20 and line.strip() not in lesson:
                assert line.strip() not in text
        assert answer.source not in text
    # An answer folded away in a cell that is not tagged would be handed out.
    assert not re.search(r"(dropdown\}|admonition\}) *Answers?\b", text)
    assert '"answer"' not in text and '"remove-cell"' not in text


@each_notebook
def test_every_answer_has_a_place_to_write_it(path):
    copy = student.without_answers(refresh.read(path))
    places = sum(cell.source == student.PLACE for cell in copy.cells)
    assert (places > 0) == bool(answers(path))


@pytest.mark.parametrize(
    "path",
    # Elsewhere no code is left out, so that nbval has run the same cells already.
    [p for p in NOTEBOOKS if any(a.cell_type == "code" for a in answers(p))],
    ids=refresh.name,
)
def test_a_students_copy_runs_in_order(path):
    awaited(refresh.run(student.without_answers(refresh.read(path)), path))


def test_both_folders_hold_what_the_notebooks_need(tmp_path):
    for name, change in [
        ("student", student.without_answers),
        ("instructor", lambda nb: nb),
    ]:
        student.write(ROOT, tmp_path / name, change)
        assert (tmp_path / name / "code" / "backprop.py").exists()
        assert (tmp_path / name / "requirements-student.txt").exists()
        copies = {p.name for p in (tmp_path / name).glob("*/*.ipynb")}
        assert copies == {p.name for p in NOTEBOOKS}
        for path in (tmp_path / name).glob("*/*.ipynb"):
            assert refresh.canonical(refresh.read(path)) == path.read_text("utf-8")
    whole = (tmp_path / "instructor" / "chapters").glob("*.ipynb")
    for path in whole:
        original = ROOT / "chapters" / path.name
        assert nbformat.read(path, 4).cells == refresh.read(original).cells
