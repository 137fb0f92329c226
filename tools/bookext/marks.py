"""What binds a number to its quantity is read by tests alone, and is in no page."""

from __future__ import annotations

import json


def setup(app):
    app.connect("source-read", remove)


def remove(app, docname, source):
    """Take the marks of book.bound out of a page or a notebook before it is parsed."""
    from book.bound import without_marks

    if not app.env.doc2path(docname).endswith(".ipynb"):
        source[0] = without_marks(source[0], steps=True)
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            cell["source"] = without_marks(text, steps=True)
    source[0] = json.dumps(notebook)
