"""What is stored in every notebook; that its cells give it again is nbval's part."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import pytest

import refresh
from conftest import awaited

NOTEBOOKS = refresh.notebooks()
SLIDE_TYPES = {"slide", "subslide", "fragment", "notes", "skip", "-"}
# A path of somebody's machine, an address in memory, a time taken.
PRIVATE = [
    r"(?<![\w.])/(home|Users|root|tmp|work|usr|opt|var|mnt|builds?)/",
    r"[A-Z]:\\\\Users",
    r"\bat 0x[0-9a-f]{6,}",
    r"\b\d+(\.\d+)? ?(ms|µs|ns)\b",
    r"\bWall time\b",
    r"\.venv\b",
]

# A comment on its own line, below a line of text and above another.
PARTING = re.compile(
    r"^(?![#|:`]|<!--)[^\n]*\w[^\n]*\n(<!--[^\n]*-->)\n(?=\S)", re.MULTILINE
)

each_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=[refresh.name(p) for p in NOTEBOOKS]
)


def test_there_are_notebooks():
    assert NOTEBOOKS


@each_notebook
def test_notebook_is_canonical(path):
    text = path.read_text(encoding="utf-8")
    assert text == refresh.canonical(refresh.read(path)), "run: make refresh"


@each_notebook
def test_no_comment_parts_a_paragraph(path):
    # Alone on its line within a text, a comment ends the paragraph for a reader too.
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            found = PARTING.search("".join(cell["source"]))
            assert not found, f"put it at the end of the line before: {found[1]}"


@each_notebook
def test_every_code_cell_was_run_in_order(path):
    counts = [cell.get("execution_count") for cell in code_cells(path)]
    # nbval compares nothing where the count is empty.
    assert counts == list(range(1, len(counts) + 1)), "run: make refresh"


@each_notebook
def test_no_cell_hides_from_nbval(path):
    for cell in code_cells(path):
        tags = {tag.lower() for tag in cell["metadata"].get("tags", [])}
        hiding = {tag for tag in tags if tag.startswith("nbval")} | tags & {
            "skip-execution"
        }
        assert not hiding, f"cell {cell['execution_count']}: tags {sorted(hiding)}"
        source = "".join(cell["source"])
        assert "NBVAL_" not in source and "PYTEST_VALIDATE" not in source, source
        assert not source.rstrip().endswith(";"), f"{source}\nwrite: _ = …"


@each_notebook
def test_every_cell_says_how_it_is_shown_on_a_slide(path):
    for cell in stored(path)["cells"]:
        kind = cell["metadata"].get("slideshow", {}).get("slide_type")
        assert kind in SLIDE_TYPES, f"{kind!r} in {''.join(cell['source'])[:60]!r}"


@each_notebook
def test_stored_outputs_hold_nothing_of_the_machine_they_ran_on(path):
    for cell in code_cells(path):
        for shown in texts(cell["outputs"]):
            for pattern in PRIVATE:
                found = re.search(pattern, shown)
                assert not found, (
                    f"cell {cell['execution_count']} shows {found.group()!r}"
                )


@each_notebook
def test_an_exception_is_stored_only_where_a_tag_announces_it(path):
    for cell in code_cells(path):
        raised = any(output["output_type"] == "error" for output in cell["outputs"])
        assert raised == ("raises-exception" in cell["metadata"].get("tags", []))


@each_notebook
def test_first_cell_imports_in_any_folder_and_installs_nothing(path, tmp_path):
    first = "".join(code_cells(path)[0]["source"])
    assert not re.search(r"^\s*[!%]|\bpip\b|sys\.path|chdir", first, re.M), first
    done = subprocess.run(
        [sys.executable, "-c", first], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_refresh_makes_one_form_of_every_spelling_of_a_notebook(tmp_path):
    path = tmp_path / "01-messy.ipynb"
    path.write_text(json.dumps(messy()), encoding="utf-8")
    first = refresh.canonical(refresh.read(path))
    path.write_text(first, encoding="utf-8")
    assert refresh.canonical(refresh.read(path)) == first
    nb = json.loads(first)
    nbformat.validate(nb)
    assert [cell["cell_type"] for cell in nb["cells"]] == ["markdown", "code", "code"]
    assert [cell.get("execution_count") for cell in nb["cells"]] == [None, 1, 2]
    assert len({cell["id"] for cell in nb["cells"]}) == 3
    assert nb["cells"][0]["id"] == "same"
    assert nb["cells"][1]["metadata"] == {"tags": ["hide-input"]}
    streams = [o["text"] for o in nb["cells"][1]["outputs"] if "text" in o]
    assert streams == [["a\n", "c\n"], ["b\n"]]
    assert set(nb["cells"][2]["outputs"][0]["data"]) == {"text/plain"}
    assert nb["cells"][2]["outputs"][0]["execution_count"] == 2
    assert set(nb["metadata"]) == {"kernelspec", "language_info"}
    assert "version" not in nb["metadata"]["language_info"]


def messy():
    """A notebook with everything in it that canonical form has not."""
    code = {"cell_type": "code", "id": "same", "execution_count": 7}
    streams = [("stdout", "a\n"), ("stderr", "b\n"), ("stdout", "c\n")]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "language_info": {"name": "python", "version": "3.11.7"},
            "kernelspec": {"name": "mine", "display_name": "Mine"},
            "widgets": {"application/vnd.jupyter.widget-state+json": {}},
        },
        "cells": [
            {"cell_type": "markdown", "id": "same", "metadata": {}, "source": "# A\n"},
            {
                **code,
                "metadata": {"tags": ["hide-input"], "execution": {"a": "12:00"}},
                "source": ["1\n"],
                "outputs": [
                    {"output_type": "stream", "name": name, "text": text}
                    for name, text in streams
                ],
            },
            {
                **code,
                "metadata": {"collapsed": True},
                "source": "2",
                "outputs": [
                    {
                        "output_type": "execute_result",
                        "execution_count": 9,
                        "metadata": {},
                        "data": {
                            "text/plain": "W()",
                            refresh.WIDGET_VIEW: {"model_id": "random"},
                        },
                    }
                ],
            },
            {**code, "metadata": {}, "source": "", "outputs": []},
        ],
    }


def test_refresh_names_the_cell_that_fails_and_leaves_the_file(tmp_path, capfd):
    nb = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(s) for s in ("x = 1", "x / 0")]
    )
    path = tmp_path / "01-fails.ipynb"
    path.write_text(nbformat.writes(nb), encoding="utf-8")
    before = path.read_bytes()
    assert refreshed(path) == 1
    said = capfd.readouterr().err.strip()
    assert said == "01-fails.ipynb, cell 2: ZeroDivisionError: division by zero"
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "[]", '{"nbformat": 3}', '{"nbformat": 4}']
)
def test_refresh_says_which_notebook_cannot_be_read(tmp_path, capfd, text):
    path = tmp_path / "01-broken.ipynb"
    path.write_text(text)
    assert refreshed(path) == 1
    said = capfd.readouterr().err.strip()
    assert said.startswith("01-broken.ipynb: not a readable notebook: ")
    assert "\n" not in said
    assert path.read_text() == text


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_refresh_that_is_interrupted_says_so_in_a_line(tmp_path, told):
    """It leaves no notebook half written, and no kernel behind."""
    slow = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(60)"
    paths = [tmp_path / name for name in ("01-quick.ipynb", "02-slow.ipynb")]
    for path, source in zip(paths, ("1 + 1", slow)):
        cell = nbformat.v4.new_code_cell(source)
        path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=[cell])))
    before = paths[1].read_bytes()
    code = (
        "import pathlib, refresh, sys\n"
        "refresh.notebooks = lambda only: [*map(pathlib.Path, sys.argv[1:])]\n"
        "refresh.main([])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, paths)],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert "01-quick.ipynb: changed" in process.stdout.readline()
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(told)
    _, said = process.communicate(timeout=60)
    assert said == "Stopped: what was not done yet is as it was.\n"
    assert process.returncode == 130
    assert paths[1].read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "01-quick.ipynb", "02-slow.ipynb", "pid",
    ]  # fmt: skip
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_refresh_twice_changes_no_byte(tmp_path):
    cells = ["import matplotlib.pyplot as plt", "_ = plt.plot([1, 3, 2])", "{'b', 'a'}"]
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in cells])
    path = tmp_path / "01-figure.ipynb"
    path.write_text(nbformat.writes(nb), encoding="utf-8")
    assert refreshed(path) == 0
    once = path.read_bytes()
    assert refreshed(path) == 0
    assert path.read_bytes() == once
    assert b"image/png" in once


def refreshed(path):
    """How many notebooks `make refresh` refuses, when `path` is all there is."""
    return awaited(refresh.refresh_all([path]))


def stored(path):
    return json.loads(path.read_text(encoding="utf-8"))


def code_cells(path):
    return [cell for cell in stored(path)["cells"] if cell["cell_type"] == "code"]


def texts(outputs):
    """Everything in the outputs that is read, not drawn."""
    for output in outputs:
        yield "".join(output.get("text", ""))
        yield "\n".join(output.get("traceback", []))
        for kind, data in output.get("data", {}).items():
            if not kind.startswith("image/"):
                yield "".join(data) if isinstance(data, list) else json.dumps(data)
