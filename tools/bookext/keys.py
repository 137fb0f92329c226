"""The keys of the book, in one table, and the sheet that shows them.

A page loads the sheet when ? is pressed or its button; a deck has it at hand. Both are
written from ``KEYS`` and theme/keys.js into one classic script, keys.js.
"""

import json
from pathlib import Path

SHEET = Path(__file__).parent / "theme" / "keys.js"

# Where they are pressed -> the keys and what they do.
KEYS = {
    "On any page": [
        ("?", "this sheet"),
        ("/", "search"),
        ("n p", "the next page, the page before"),
        ("Tab", "to the next link: what it leads to is shown beside it"),
        ("Escape", "shut what is open"),
    ],
    "In a stepper": [
        ("→", "show the answer, then the next step"),
        ("←", "the step before"),
        ("Home End", "the first step, the last"),
        ("1 2 3 4", "to a phase"),
        ("Enter", "show the answer, or change the number you are at"),
        ("↑ ↓", "more or less of the number you are at; with Shift, finely"),
        ("Escape", "leave what was chosen"),
    ],
    "In an exercise": [("Enter", "check the answer"), ("Escape", "empty the field")],
    "On a surface": [("← → ↑ ↓", "move the starting point")],
    "In slides": [
        ("→ ←", "on and back"),
        ("PageDown PageUp", "on and back, from inside a stepper too"),
        ("Escape O", "all slides at once"),
        ("s", "speaker's notes"),
        ("b", "black screen"),
        ("f", "full screen"),
        ("t", "dark or light"),
        ("Tab", "into a stepper; Escape leads out"),
        ("?", "this sheet"),
    ],
}


def script() -> str:
    """The classic script with the sheet and its table."""
    table = json.dumps(list(KEYS.items()), ensure_ascii=False)
    return f"window.bookKeyTable = {table};\n{SHEET.read_text('utf-8')}"


def write(app, builder):
    if builder.format == "html":
        folder = Path(app.outdir, "_static")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "keys.js").write_text(script(), "utf-8")


def setup(app):
    app.connect("write-started", write)
