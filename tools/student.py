"""Write what students and instructors get: notebooks without the answers, and whole.

    make student               _build/student/ and _build/instructor/

In a student's copy a run of cells tagged `answer` is one empty place to write in, the
speaker's notes are gone, and so is what the cells gave, which would tell what they are
asked to predict. An instructor's copy has everything. Both folders hold the
code that the notebooks use and run on their own.
"""

import shutil
import sys
from pathlib import Path

import nbformat

import refresh
from book.bound import without_marks

ROOT = Path(__file__).resolve().parent.parent
WITH_THE_NOTEBOOKS = (
    "code", "requirements-student.txt", "constraints.txt", "pyproject.toml",
    "references.bib", "LICENSE", "LICENSE-TEXT",
)  # fmt: skip
PLACE = "*Your answer:*"


def without_answers(nb):
    """The notebook with an empty place for each answer, without speaker's notes,
    without what its cells gave, and without what binds its numbers, which would tell
    how they are computed."""
    kept = []
    for cell in nb.cells:
        tags = cell.metadata.get("tags", [])
        notes = cell.metadata.get("slideshow", {}).get("slide_type") == "notes"
        if notes and "remove-cell" in tags:
            continue
        if "answer" not in tags:
            if cell.cell_type == "markdown":
                cell.source = without_marks(cell.source)
            else:
                cell.outputs = []
            kept.append(cell)
        elif not kept or kept[-1].source != PLACE:
            place = nbformat.v4.new_markdown_cell(PLACE, id=cell.id)
            place.metadata["slideshow"] = {"slide_type": "skip"}
            kept.append(place)
    nb.cells = kept
    return nb


def write(root, target, change):
    """Write every notebook below `root`, changed, with what it needs, into `target`."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    stale = shutil.ignore_patterns("__pycache__", "*.egg-info", ".ipynb_checkpoints")
    for name in WITH_THE_NOTEBOOKS:
        if (root / name).is_dir():
            shutil.copytree(root / name, target / name, ignore=stale)
        elif (root / name).exists():
            shutil.copy(root / name, target)
    for folder in refresh.FOLDERS:
        if list((root / folder).glob("*.ipynb")):
            others = shutil.ignore_patterns("*.ipynb", "*.md", ".ipynb_checkpoints")
            shutil.copytree(root / folder, target / folder, ignore=others)
    for path in sorted(p for f in refresh.FOLDERS for p in (root / f).glob("*.ipynb")):
        copy = target / path.relative_to(root)
        copy.write_text(refresh.canonical(change(refresh.read(path))), "utf-8")


def main():
    build = ROOT / "_build"
    try:
        write(ROOT, build / "student", without_answers)
        write(ROOT, build / "instructor", lambda nb: nb)
    except refresh.Refused as reason:
        sys.exit(str(reason))
    for name in ("student", "instructor"):
        count = len(list((build / name).glob("*/*.ipynb")))
        print(
            f"_build/{name}/: {count} notebooks"
            f"{', without answers' * (name == 'student')}"
        )


if __name__ == "__main__":
    main()
