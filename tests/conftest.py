"""What the tests of the built book share: the book, built once, and one browser."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """The folder of the book's pages, built anew with every warning an error."""
    base = tmp_path_factory.getbasetemp()
    if base.name.startswith("popen-"):  # of a pytest-xdist worker: all share one book
        base = base.parent
    pages = base / "book" / "_build" / "html"
    with open(base / "book.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (base / "book").exists():
            build(ROOT, base / "book")
    assert (pages / "index.html").exists(), "the book did not build"
    return pages


def build(source: Path, output: Path) -> None:
    """Build a book as `make book` does; on failure, show what Sphinx said."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", str(source)]
    options = ["-n", "-W", "--keep-going", "--path-output", str(output)]
    run = subprocess.run(command + options, capture_output=True, text=True)
    said = [line for line in run.stderr.splitlines() if "WARNING" in line]
    assert run.returncode == 0, "\n".join(said) or run.stderr[-3000:]


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all pages: the system's where there is one."""
    from playwright.sync_api import sync_playwright

    import chromium

    with sync_playwright() as playwright:
        started = chromium.launch(playwright)
        yield started
        started.close()
