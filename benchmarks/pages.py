"""What a page weighs and when it can be used, against a stock Jupyter Book page.

The same chapter is built twice: in this book, and alone with Jupyter Book's defaults.
Both are opened in Chromium over file:// with the network off. The weight is every file
the page loads but its figures, uncompressed. A stock page fetches its mathematics from
elsewhere: that is not in its weight here, nor in its time, since there is no network to
fetch it by. Usable is when the page has loaded and the browser has nothing left to do;
the median of several visits.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlparse

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import chromium  # noqa: E402

CHAPTER = "02-forward-pass"
VISITS = 9
IDLE = "() => new Promise(done => requestIdleCallback(() => done(performance.now())))"


def build(source, to):
    """The folder of pages of the Jupyter Book at `source`, built under `to`."""
    tool = Path(sys.executable).with_name("jupyter-book")
    command = [tool, "build", "-q", source, "--path-output", to]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout[-2000:] + done.stderr[-2000:])
    return Path(to) / "_build" / "html"


def stock(folder):
    """A Jupyter Book of this one chapter, as `jupyter-book create` would have it."""
    folder.mkdir()
    shutil.copy(ROOT / "chapters" / f"{CHAPTER}.ipynb", folder)
    (folder / "_config.yml").write_text(
        'title: Stock\nexecute: {execute_notebooks: "off"}\n'
    )
    (folder / "_toc.yml").write_text(f"format: jb-book\nroot: {CHAPTER}\n")
    return folder


def visit(browser, page):
    """The bytes a page loads, the milliseconds until usable, the requests outside."""
    context = browser.new_context(offline=True)
    tab = context.new_page()
    asked = []
    tab.on(
        "request", lambda request: asked.append(request.url.split("#")[0].split("?")[0])
    )
    tab.goto(page.as_uri(), wait_until="load")
    usable = tab.evaluate(IDLE)
    files = {url for url in asked if url.startswith("file:")}
    context.close()
    paths = [Path(unquote(urlparse(url).path)) for url in files]
    figures = sum(p.stat().st_size for p in paths if p.parent.name == "_images")
    weight = sum(p.stat().st_size for p in paths) - figures
    return weight, usable, len({url for url in asked if url.startswith("http")})


def main():
    """Print the table; return what limits.py asks for."""
    print(f"The page of {CHAPTER}, over file:// with the network off.")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as play:
        scratch = Path(scratch)
        pages = {
            "this book": build(ROOT, scratch / "book") / "chapters" / f"{CHAPTER}.html",
            "stock": build(stock(scratch / "s"), scratch / "stock") / f"{CHAPTER}.html",
        }
        browser = chromium.launch(play)
        print(f"{'':<12}{'weight':>10}{'usable after':>15}{'outside requests':>18}")
        ms, weights = {name: [] for name in pages}, {}
        for turn in range(VISITS):
            for name, page in pages.items():
                weight, usable, outside = visit(browser, page)
                ms[name].append(usable)
                weights[name] = weight / 1e3
                if turn == VISITS - 1:
                    median = statistics.median(ms[name])
                    print(
                        f"{name:<12}{weight / 1e3:>7.0f} KB"
                        f"{median:>12.0f} ms{outside:>18}"
                    )
        ratio = statistics.median(a / b for a, b in zip(ms["this book"], ms["stock"]))
        print(f"this book is usable after {ratio:.2f} of the stock page's time")
        browser.close()
    return {
        "a page until usable by a stock page's": ratio,
        "KB of a page without its figures": weights["this book"],
    }


if __name__ == "__main__":
    main()
