"""Make the slide decks, one for each chapter that marks slides.

    make slides                every deck, into _build/slides/ and into the book
    make slides ONLY=04        the decks whose name begins so; several: ONLY="04 05"
    make slides-pdf            the same, and each as a PDF, one slide a page

The decks are cut while the book is built (decks.py); those in the book share its files.
Each deck in _build/slides/ is one file that holds all it needs, so it can be mailed or
carried alone. The PDFs are printed by the browser the tests use.
"""

import argparse
import base64
import mimetypes
import posixpath
import re
import subprocess
import sys
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Refused(Exception):
    """What stands in the way of a deck; the message says what to do."""


def build_book(root):
    """Build the book, and with it its decks. Raises Refused with what Sphinx said."""
    program = str(Path(sys.executable).with_name("jupyter-book"))
    command = [program, "build", ".", "-n", "-W", "--keep-going"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    if done.returncode:
        said = re.findall(r"^.*(?:WARNING|ERROR).*$", done.stderr, re.M)
        raise Refused("\n".join(said or done.stderr.splitlines()[-20:]))


def bundle(deck):
    """The HTML of a deck of the book as one file, with styles, scripts and pictures.

    Links to the book lead to html/ beside the folder that the file is for.
    """
    folder, html = deck.parent, deck.read_text("utf-8")
    scripts = []

    def data(address):
        path = folder / address
        kind = mimetypes.guess_type(path.name)[0]
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"

    def style(match):
        return f"<style>\n{(folder / match[1]).read_text('utf-8')}</style>"

    def text(match):
        # What ends a script, or opens a comment in it, means the same when escaped.
        text = (folder / match[1]).read_text("utf-8")
        return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")

    def early(match):
        return f"<script>\n{text(match)}</script>"

    def script(match):
        scripts.append(text(match))
        return ""

    def picture(match):
        return f'{match[1]}="{data(match[2])}"'

    def link(match):
        address = posixpath.normpath(posixpath.join("../html/slides", match[2]))
        return f'{match[1]}="{address}"'

    html = re.sub(r'<link rel="stylesheet" href="([^"]+)">', style, html)
    html = re.sub(r'<script src="([^"]+)"></script>', early, html)
    html = re.sub(r'\n?<script src="([^"]+)" defer></script>', script, html)
    html = re.sub(r'(<link rel="icon" href)="(?!data:)([^"]+)"', picture, html)
    html = re.sub(r'(<img\b[^>]*? src)="(?!data:)([^"]+)"', picture, html)
    html = re.sub(r'(<a\b[^>]*? href)="(?!#|[a-z]+:)([^"]+)"', link, html)
    tail = "".join(f"<script>\n{text}</script>\n" for text in scripts)
    return html.replace("</body>", f"{tail}</body>")


@contextmanager
def browser():
    """The Chromium that prints."""
    sys.path.insert(0, str(ROOT / "tools"))
    from playwright.sync_api import sync_playwright

    import chromium  # needs Playwright, which building alone does not

    with sync_playwright() as play:
        started = chromium.launch(play)
        yield started
        started.close()


def pdf(browser, deck, target):
    """Print a deck as a PDF of 1280 × 720 pages, one slide a page."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{deck.resolve().as_uri()}?print-pdf")
    page.wait_for_selector("html[data-ready] .pdf-page")
    page.pdf(path=target, prefer_css_page_size=True, print_background=True, tagged=True)
    page.close()


def main():
    try:
        make_decks(arguments())
    except Refused as reason:
        sys.exit(str(reason))
    print("Open a deck in a browser; ? lists its keys.")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("only", nargs="*", help="how the names of the decks begin")
    parser.add_argument("--pdf", action="store_true", help="print them as well")
    return parser.parse_args()


def make_decks(wanted):
    """Make the decks that are wanted, telling how it goes. Raises Refused."""
    chapters = sorted(path.stem for path in (ROOT / "chapters").glob("*.ipynb"))
    for word in wanted.only:
        if not word or not any(stem.startswith(word) for stem in chapters):
            raise Refused(
                f"No deck begins with {word!r}. There are: {', '.join(chapters)}"
            )
    began = time.perf_counter()
    print("building the book …", flush=True)
    build_book(ROOT)
    print(f"built in {time.perf_counter() - began:.0f} s", flush=True)
    decks = [
        deck
        for deck in sorted((ROOT / "_build" / "html" / "slides").glob("*.html"))
        if not wanted.only or deck.name.startswith(tuple(wanted.only))
    ]
    out = ROOT / "_build" / "slides"
    out.mkdir(exist_ok=True)
    with browser() if wanted.pdf else nullcontext() as printer:
        for number, deck in enumerate(decks, 1):
            began = time.perf_counter()
            target = out / deck.name
            target.write_text(bundle(deck), "utf-8")
            if printer:
                pdf(printer, target, target.with_suffix(".pdf"))
            print(
                f"[{number}/{len(decks)}] {target.relative_to(ROOT)}, "
                f"{target.stat().st_size / 1024:.0f} KB"
                f"{', and PDF' if printer else ''} "
                f"({time.perf_counter() - began:.1f} s)",
                flush=True,
            )


if __name__ == "__main__":
    main()
