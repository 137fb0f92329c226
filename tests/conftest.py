"""What tests share: the book, built once, its chapters, run once, and one browser."""

import asyncio
import fcntl
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import running

ROOT = Path(__file__).parent.parent


def pytest_sessionfinish(session):
    """Where all is to be run, only what skips.txt lists may be skipped."""
    all_of_it = os.environ.get("CI") or os.environ.get("PEERS") == "1"
    if not all_of_it or hasattr(session.config, "workerinput"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    listed = (ROOT / "tests" / "skips.txt").read_text("utf-8").splitlines()
    skipped = {_skipped(report) for report in reporter.stats.get("skipped", ())}
    if unlisted := skipped - set(listed):
        said = "\n  ".join(["Skipped, and not in tests/skips.txt:", *sorted(unlisted)])
        reporter.write_line(f"\n{said}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skipped(report):
    """The file of a skipped test, and why it was skipped."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "xfail"
    return f"{report.nodeid.partition('::')[0]}: {reason.removeprefix('Skipped: ')}"


@pytest.fixture(scope="session")
def executions(tmp_path_factory):
    """What a chapter gives when its code runs again: each chapter runs once a session.

    executions(stem) is its Execution, with an answer to every mark that names it.
    """
    return running.kept(shared(tmp_path_factory) / "executions")


def shared(tmp_path_factory) -> Path:
    """The folder of a session that all workers of pytest-xdist share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """The folder of the book's pages, built anew with every warning an error."""
    base = shared(tmp_path_factory)
    html = base / "book" / "_build" / "html"
    with open(base / "book.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (base / "book").exists():
            build(ROOT, base / "book")
    assert (html / "index.html").exists(), "the book did not build"
    return html


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


@pytest.fixture
def live_page(tmp_path, browser):
    """Open a page that holds widgets, from file:// and without a kernel.

    `script` brings to life what `body` holds; `sheets` are paths of style sheets. What
    the page says in the console or as an error is in its list `wrong`, which is empty
    in the end. The pages that one test opens share what browsers store.
    """
    context = browser.new_context()
    context.set_default_timeout(5000)

    def opened(script, body, sheets=(), size=(1280, 720), hash="", **media):
        style = "".join((ROOT / sheet).read_text("utf-8") for sheet in sheets)
        (tmp_path / "widgets.js").write_text(script, "utf-8")
        (tmp_path / "page.html").write_text(
            '<!DOCTYPE html><html lang="en"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            "<title>Widgets</title>"
            f"<style>{style}</style><main><h1>Widgets</h1>{body}</main>"
            '<script src="widgets.js"></script></html>',
            "utf-8",
        )
        page = context.new_page()
        page.set_viewport_size(dict(zip(("width", "height"), size)))
        page.emulate_media(**media)
        page.wrong = []
        page.on("console", lambda message: page.wrong.append(message.text))
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.goto((tmp_path / "page.html").as_uri() + hash)
        return page

    yield opened
    wrong = [complaint for page in context.pages for complaint in page.wrong]
    context.close()
    assert not wrong, wrong


def until(page, condition, timeout=10_000):
    """Wait for an expression to be true in a page. Playwright's wait_for_function would
    evaluate a string there, which the pages' policy forbids."""
    page.evaluate(
        f"""() => new Promise((done, fail) => {{
          const late = performance.now() + {timeout};
          const look = () => {{
            if ({condition}) done();
            else if (performance.now() < late) requestAnimationFrame(look);
            else fail(new Error("never came true: " + {json.dumps(condition)}));
          }};
          look();
        }})"""
    )


def awaited(coroutine):
    """What a coroutine returns, run in a thread: the browser has a loop in this."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def stored(widget) -> str:
    """The HTML that a notebook stores of a widget."""
    return widget._repr_mimebundle_()[0]["text/html"]
