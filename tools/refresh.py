"""Run the book's notebooks and store them in canonical form.

    make refresh             run every notebook, two at a time
    make refresh ONLY=02     only those whose file name begins so; several: ONLY="02 05"
    python tools/refresh.py --check    run nothing; tell which are not canonical

Canonical form: code cells numbered 1…n as a fresh kernel numbers them; no timing, no
interpreter version, no widget id and no widget state; cell metadata holds `tags` and
`slideshow` only; every cell has an id of its own, kept from one refresh to the next;
empty cells are gone; streams are merged; an exception is its one closing line; a PNG
holds no text. So what changes in a refreshed file is a result, or what somebody wrote.

A cell that fails leaves its file as it was, and is named. The exit code says it too.
"""

import argparse
import asyncio
import base64
import hashlib
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("chapters", "back")
WORKERS = 2
CELL_SECONDS = 600
CELL_METADATA = ("slideshow", "tags")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
ID = re.compile("[a-zA-Z0-9_-]{1,64}")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Refused(Exception):
    """A notebook that cannot be read or run; the message says which and why."""


def notebooks(only=""):
    """The paths of the book's notebooks whose names begin with a word of `only`."""
    paths = sorted(p for folder in FOLDERS for p in (ROOT / folder).glob("*.ipynb"))
    words = only.replace(",", " ").split()
    chosen = [p for p in paths if not words or any(p.name.startswith(w) for w in words)]
    for word in words:
        if not any(p.name.startswith(word) for p in paths):
            there = ", ".join(p.stem for p in paths) or "none"
            raise Refused(f"No notebook begins with {word!r}. There are: {there}")
    return chosen


def name(path):
    """How messages call a notebook: its path in the book."""
    path = Path(path).resolve()
    return path.relative_to(ROOT).as_posix() if ROOT in path.parents else path.name


def read(path):
    """The notebook at `path`: no cell empty, every id valid. Raises Refused."""
    try:
        text = Path(path).read_text(encoding="utf-8")
        if json.loads(text).get("nbformat") != 4:
            raise ValueError("its nbformat is not 4")
        nb = nbformat.v4.reads(text)
        nb.cells = [cell for cell in nb.cells if cell.source.strip()]
        # nbformat's own repair draws new ids at random: no two refreshes would agree.
        give_ids(nb.cells)
        nb.nbformat_minor = 5
        nbformat.validate(nb, relax_add_props=True)
    except Exception as reason:
        first = (str(reason).strip() or type(reason).__name__).splitlines()[0]
        raise Refused(f"{name(path)}: not a readable notebook: {first}") from None
    return nb


def give_ids(cells):
    """Replace each missing, malformed or repeated id: made from place and text."""
    taken = set()
    for index, cell in enumerate(cells):
        salt = 0
        while not ID.fullmatch(str(cell.get("id", ""))) or cell.id in taken:
            text = f"{index} {salt} {cell.source}"
            cell.id = hashlib.sha256(text.encode()).hexdigest()[:8]
            salt += 1
        taken.add(cell.id)


def canonical(nb):
    """The text of a notebook, as `read` gives it, in canonical form."""
    cells, count = [], 0
    for cell in nb.cells:
        kept = nbformat.NotebookNode(
            cell_type=cell.cell_type,
            id=cell.id,
            metadata={
                k: cell.metadata[k] for k in CELL_METADATA if cell.metadata.get(k)
            },
            source=cell.source.rstrip(),
        )
        if cell.get("attachments"):
            kept.attachments = cell.attachments
        if cell.cell_type == "code":
            count += 1
            kept.execution_count = count
            kept.outputs = canonical_outputs(cell.outputs, count)
        cells.append(kept)
    whole = nbformat.NotebookNode(
        cells=cells, metadata=NOTEBOOK_METADATA, nbformat=4, nbformat_minor=5
    )
    return nbformat.v4.writes(nbformat.from_dict(whole)) + "\n"


def canonical_outputs(outputs, count):
    """The outputs of the cell numbered `count`, in canonical form."""
    kept = []
    for output in outputs:
        output = nbformat.from_dict(dict(output))
        if output.output_type == "stream":
            # Where printing and warnings mix is chance; join each, up to a figure.
            same = last_streams(kept).get(output.name)
            if same:
                same.text += output.text
                continue
        elif output.output_type == "error":
            # The frames differ between versions of IPython and hold paths.
            output.traceback = [f"{output.ename}: {output.evalue}"]
        else:
            data = dict(output.data)
            data.pop(WIDGET_VIEW, None)
            if "image/png" in data:
                data["image/png"] = without_text(data["image/png"])
            if not data:
                continue
            output.data = data
            output.pop("transient", None)
            output.metadata.pop(WIDGET_VIEW, None)
            if output.output_type == "execute_result":
                output.execution_count = count
        kept.append(output)
    return kept


def last_streams(outputs):
    """The streams after the last output of another kind, by name."""
    streams = {}
    for output in outputs:
        streams = streams | {output.name: output} if "text" in output else {}
    return streams


def without_text(png):
    """The base64 PNG less its text chunks, which name the version that drew it."""
    data = base64.b64decode(png)
    kept, at = data[:8], 8
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] not in (b"tEXt", b"iTXt", b"zTXt", b"tIME"):
            kept += data[at:end]
        at = end
    return base64.b64encode(kept).decode()


async def run(nb, path):
    """Run `nb` in place in a fresh kernel, in the folder of `path`. Raises Refused."""
    client = NotebookClient(
        nb,
        kernel_name="python3",
        timeout=CELL_SECONDS,
        record_timing=False,
        store_widget_state=False,
        # Else it warns that it is reached over TCP, and tells how it was stopped.
        extra_arguments=["--log-level=CRITICAL"],
        resources={"metadata": {"path": str(Path(path).parent)}},
    )
    running = [0]
    client.on_cell_start = lambda cell, cell_index: running.__setitem__(0, cell_index)
    where = lambda: f"{name(path)}, cell {running[0] + 1}"  # noqa: E731
    try:
        await client.async_execute()
    except CellExecutionError as error:
        raise Refused(f"{where()}: {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise Refused(f"{where()}: not done after {CELL_SECONDS} s") from None
    except DeadKernelError:
        raise Refused(f"{where()}: the kernel died") from None


async def refresh(path):
    """Run the notebook, store it; return whether its file changed. Raises Refused."""
    nb = read(path)
    await run(nb, path)
    return store(path, canonical(nb))


def store(path, text):
    """Write `text` to `path`, all or nothing. Returns whether the file changed."""
    path = Path(path)
    if path.read_text(encoding="utf-8") == text:
        return False
    beside = path.with_name(path.name + ".refreshing")
    beside.write_text(text, encoding="utf-8", newline="\n")
    os.replace(beside, path)
    return True


def stop_when_told():
    """Let an interruption end the task that runs now, and each kernel with it.

    Returns the Event that tells of it.
    """
    loop, task, told = (
        asyncio.get_running_loop(),
        asyncio.current_task(),
        asyncio.Event(),
    )

    def stop():
        told.set()
        task.cancel()

    try:
        for number in signal.SIGINT, signal.SIGTERM:
            loop.add_signal_handler(number, stop)
    except (RuntimeError, NotImplementedError):  # not in the main thread; Windows
        return told
    # A client of a kernel would take the signals over, and end that kernel alone.
    loop.add_signal_handler = loop.remove_signal_handler = lambda *_: None
    return told


async def refresh_all(paths):
    """Refresh several at a time, a line for each. Returns how many were refused."""
    told = stop_when_told()
    free = asyncio.Semaphore(WORKERS)
    done = []

    async def one(path):
        async with free:
            start = time.monotonic()
            try:
                word = "changed" if await refresh(path) else "same"
            except Refused as reason:
                if told.is_set():  # a kernel that was ended did not die
                    raise asyncio.CancelledError from None
                word = "FAILED"
                print(reason, file=sys.stderr, flush=True)
            done.append(word)
            seconds = time.monotonic() - start
            print(
                f"[{len(done)}/{len(paths)}] {name(path)}: {word} ({seconds:.0f} s)",
                flush=True,
            )

    await asyncio.gather(*(one(path) for path in paths))
    return done.count("FAILED")


def check(paths):
    """Name each notebook that is not canonical. Returns how many there are."""
    wrong = 0
    for path in paths:
        try:
            if canonical(read(path)) != path.read_text(encoding="utf-8"):
                raise Refused(f"{name(path)}: not canonical; run: make refresh")
        except Refused as reason:
            wrong += 1
            print(reason, file=sys.stderr)
    return wrong


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", help="beginnings of file names, such as 02")
    parser.add_argument("--check", action="store_true", help="run nothing")
    arguments = parser.parse_args(argv)
    try:
        if "" in arguments.only:
            raise Refused("'' names no notebook: expected a beginning, such as 02")
        paths = notebooks(" ".join(arguments.only))
    except Refused as reason:
        sys.exit(str(reason))
    # A set or a dict of strings shows the same order every time.
    os.environ["PYTHONHASHSEED"] = "0"
    try:
        failed = check(paths) if arguments.check else asyncio.run(refresh_all(paths))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Stopped: what was not done yet is as it was.", file=sys.stderr)
        sys.exit(130)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
