"""The decks: every slide played in a browser, and cut from the chapters alone."""

import ast
import base64
import inspect
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

import backprop
import decks as knife
import depth
import make_decks
from conftest import ROOT, build, until

CHAPTERS = {
    path.stem: cells
    for path in sorted((ROOT / "chapters").glob("*.ipynb"))
    for cells in [nbformat.read(path, 4).cells]
    if any(c.metadata.get("slideshow", {}).get("slide_type") == "slide" for c in cells)
}
each_deck = pytest.mark.parametrize("name", CHAPTERS)

# What is wrong with each slide of a deck, all its fragments shown, on this screen.
FAULTS = """() => {
  const faults = [];
  const scale = Reveal.getScale();
  for (const slide of Reveal.getSlides()) {
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v, 99);
    const fault = (what, of) => {
      const words = (of?.textContent ?? "").trim().slice(0, 60);
      faults.push(`slide ${h + 1}.${v + 1}: ${what}: ${words}`);
    };
    const frame = slide.getBoundingClientRect();
    const full = [0, 0, innerWidth, innerHeight];
    const sides = [frame.left, frame.top, frame.right, frame.bottom];
    if (sides.some((x, n) => Math.abs(x - full[n]) > 1))
      fault("does not fill the screen", slide);
    const seen = [...slide.querySelectorAll("*")].filter((e) =>
      !e.closest(".notes, .hid, defs")
      && e.checkVisibility({ visibilityProperty: true }));
    for (const e of seen) {
      const box = e.getBoundingClientRect();
      if (!box.width || !box.height) continue;
      const outside = Math.max(box.right - frame.right, frame.left - box.left,
        box.bottom - (frame.bottom - 30 * scale), frame.top - box.top);
      if (outside > 1) { fault(`${outside.toFixed()} px outside`, e); break; }
    }
    const boxes = "pre, .math-scroll, .table-scroll, .output";
    for (const e of slide.querySelectorAll(boxes)) {
      if (e.closest(".widget")) continue;
      if (e.scrollWidth > e.clientWidth + 1) fault("cut off at the right", e);
      const clips = getComputedStyle(e).overflowY !== "visible";
      if (clips && e.scrollHeight > e.clientHeight + 1) fault("cut off below", e);
    }
    for (const e of seen) {
      const words = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
      if (!words || e.closest(".widget, math, svg, sup, .under")) continue;
      const size = parseFloat(getComputedStyle(e).fontSize) * scale;
      const least = (e.closest("pre, code") ? 18 : 27.9) * innerHeight / 720;
      if (size < least) fault(`letters of ${size.toFixed(1)} px`, e);
    }
    const clone = slide.cloneNode(true);
    const exempt = "pre, code, math, .widget, [data-widget]";
    for (const e of clone.querySelectorAll(exempt)) e.remove();
    const marks = /\\\\[a-z]+\\b|\\$[^$]+\\$|\\{(eq|ref|numref|cite|doc)\\}|\\?\\?/;
    const raw = marks.exec(clone.textContent);
    if (raw) fault(`not rendered: ${raw[0]}`, clone);
    const dead = "[data-widget]:not([hidden])";
    for (const e of slide.querySelectorAll(dead)) fault("not alive", e);
    for (const i of slide.querySelectorAll("img"))
      if (!i.naturalWidth) fault("no picture", i);
  }
  Reveal.slide(0, 0);
  return faults;
}"""


@pytest.fixture(scope="module")
def decks(pages):
    """The folder of the decks, each one file, beside the book they link to."""
    folder = pages.parent / "slides"
    folder.mkdir(exist_ok=True)
    for deck in (pages / "slides").glob("*.html"):
        (folder / deck.name).write_text(make_decks.bundle(deck), "utf-8")
    return folder


@pytest.fixture
def play(browser, decks):
    """Open a deck; at the end, nothing was fetched and nothing complained."""
    contexts, said, fetched = [], [], []

    def open_deck(name, query="", folder=decks, **options):
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 720}, "offline": True, **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: fetched.append(request.url))
        page.goto(f"{(folder / name).as_uri()}.html{query}")
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_deck
    for context in contexts:
        context.close()
    assert not said
    assert not [url for url in fetched if not re.match("(file|data|blob|about):", url)]


def axe(page):
    """What axe finds on a page, a line for each."""
    import axe_playwright_python

    script = Path(axe_playwright_python.__file__).parent / "axe.min.js"
    page.evaluate(script.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in found["violations"]
        for node in violation["nodes"][:3]
    ]


def test_every_chapter_with_slides_has_a_deck(decks):
    assert CHAPTERS
    assert {path.stem for path in decks.glob("*.html")} == set(CHAPTERS)


@each_deck
def test_every_slide_shows_all_it_holds_large_enough(play, name):
    page = play(name)
    assert page.evaluate(FAULTS) == []
    page.set_viewport_size({"width": 1920, "height": 1080})
    until(page, "Reveal.getScale() === 1.5")
    assert page.evaluate(FAULTS) == []


@each_deck
def test_axe_finds_nothing_on_any_slide(play, name):
    # Printing lays all slides out at once, every fragment shown: one run sees them all.
    theme = "dark" if int(name[:2]) % 2 else "light"
    page = play(name, f"?print-pdf&theme={theme}")
    page.wait_for_selector(".pdf-page")  # it is laid out a frame after it is ready
    assert axe(page) == []


@each_deck
def test_no_link_of_a_deck_is_dead(decks, name):
    html = (decks / f"{name}.html").read_text("utf-8")
    body = html[html.index("<body>") : html.index("</footer>")]
    links = {*re.findall(r'<a\b[^>]*? href="([^"]+)"', body)}
    assert f"../html/chapters/{name}.html" in links
    for link in links:
        if re.match("[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = html if not path else (decks / path).read_text("utf-8")
        assert not anchor or f'id="{anchor}"' in target, link


@each_deck
def test_a_page_and_its_deck_lead_to_each_other(pages, name):
    page = (pages / "chapters" / f"{name}.html").read_text("utf-8")
    assert f'href="../slides/{name}.html"' in page
    deck = (pages / "slides" / f"{name}.html").read_text("utf-8")
    assert f'href="../chapters/{name}.html"' in deck


@each_deck
def test_a_cells_metadata_says_where_it_goes(pages, name):
    words = lambda html: re.sub(r"\W+", "", re.sub(r"<[^>]+>|&\w+;", "", html))  # noqa: E731
    page = words((pages / "chapters" / f"{name}.html").read_text("utf-8"))
    deck = (pages / "slides" / f"{name}.html").read_text("utf-8")
    notes = words(
        "".join(re.findall(r'<aside class="notes">(.*?)</aside>', deck, re.S))
    )
    slides = words(re.sub(r'<aside class="notes">.*?</aside>', "", deck, flags=re.S))
    for cell in CHAPTERS[name]:
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "-")
        tags = cell.metadata.get("tags", [])
        # A line of plain words, long enough to be found nowhere else.
        plain = re.findall(r"^[A-Z][\w ,;:.?]{40,}$", cell.source, re.M)
        if cell.cell_type != "markdown" or not plain:
            continue
        text = words(plain[0])
        assert (text in page) == ("remove-cell" not in tags), (kind, plain[0])
        if kind in ("slide", "subslide", "fragment"):
            assert text in slides, plain[0]
        elif kind in ("notes", "skip"):
            assert text not in slides, plain[0]
            assert (text in notes) == (kind == "notes"), plain[0]


@each_deck
def test_instructors_find_minutes_objectives_deck_and_notebook(pages, name):
    page = (pages / "back" / "for-instructors.html").read_text("utf-8")
    card = page[
        page.index(f'href="../chapters/{name}.html"', page.index('class="lesson')) :
    ]
    card = card[: card.find('class="lesson')]
    assert re.search(r"\d+ minutes", card)
    assert "Afterwards a student can" in card
    assert "Ask:" in card or "Where they stumble" in card
    copies = f"../notebooks/{name}.ipynb", f"../notebooks/whole/{name}.ipynb"
    for link in (f"../slides/{name}.html", *copies):
        assert f'href="{link}"' in card and (pages / "back" / link).resolve().exists()


def test_a_slide_without_notes_shows_those_of_its_section():
    cells = [
        ("slide", "<h2>Roads</h2>"),
        ("subslide", "<p>Predict.</p>"),
        ("notes", '<p id="n">Vote <em>first</em>.\nThen\nshow.</p><pre>a\nb</pre>'),
        ("subslide", "<p>What came.</p>"),
        ("slide", "<h2>Nothing said</h2>"),
    ]
    columns = knife.cut([knife.Cell(kind, [], [html]) for kind, html in cells], "".join)
    slides = [slide for column in columns for slide in column]
    notes = [re.findall(r'<aside class="notes">(.*)</aside>', s, re.S) for s in slides]
    own = '<p id="n">Vote <em>first</em>.<br/>\nThen<br/>\nshow.</p><pre>a\nb</pre>'
    again = own.replace(' id="n"', "")
    assert notes == [[again], [own], [again], []]


def test_the_speaker_has_notes_wherever_the_class_is_asked(pages):
    deck = (pages / "slides" / "05-hidden-delta.html").read_text("utf-8")
    slides = deck.split('<section class="page">')[1:]
    shown = [
        re.sub(r"<aside.*?</aside>|<math.*?</math>", "", s, flags=re.S) for s in slides
    ]
    asked = [
        s for s, text in zip(slides, shown) if re.search(r"\b(Predict|Which)\b", text)
    ]
    assert len(asked) > 3
    assert [s[:80] for s in asked if '<aside class="notes">' not in s] == []
    assert "<br/>" in "".join(re.findall(r"<aside.*?</aside>", deck, re.S))


def test_notebooks_can_be_taken_home_with_the_code_they_run_on(pages, tmp_path):
    for name in CHAPTERS:
        page = (pages / "chapters" / f"{name}.html").read_text("utf-8")
        for there in (f"../notebooks/{name}.ipynb", "../notebooks/book.zip"):
            assert f'href="{there}"' in page and (pages / "chapters" / there).exists()
        assert "notebooks/whole" not in page
        for folder, handed_out in ("notebooks", True), ("notebooks/whole", False):
            copy = nbformat.read(pages / folder / f"{name}.ipynb", 4)
            given = [cell for cell in copy.cells if cell.get("outputs")]
            told = [
                cell for cell in copy.cells if "answer" in cell.metadata.get("tags", [])
            ]
            assert bool(given) == bool(told) != handed_out
    with zipfile.ZipFile(pages / "notebooks" / "book.zip") as bundle:
        assert {entry.date_time for entry in bundle.infolist()} == {
            (1980, 1, 1, 0, 0, 0)
        }
        assert bundle.namelist() == sorted(bundle.namelist())
        bundle.extractall(tmp_path)
    home = tmp_path / "book"
    assert {path.stem for path in (home / "chapters").glob("*.ipynb")} >= set(CHAPTERS)
    assert (home / "requirements-student.txt").exists()
    assert (home / "chapters" / "matplotlibrc").exists()
    for path in (home / "chapters").glob("*.ipynb"):
        assert path.read_text("utf-8") == (pages / "notebooks" / path.name).read_text(
            "utf-8"
        )
    with zipfile.ZipFile(pages / "notebooks" / "whole" / "book.zip") as bundle:
        for name in CHAPTERS:
            whole = bundle.read(f"book/chapters/{name}.ipynb").decode()
            assert whole == (ROOT / "chapters" / f"{name}.ipynb").read_text("utf-8")
    program = (
        f"import sys; sys.path.insert(0, {str(home / 'code')!r});"
        "import backprop, tricks, book.stepper, book.exercise, book.descent;"
        "print(backprop.__file__)"
    )
    run = [sys.executable, "-c", program]
    said = subprocess.run(run, cwd=home / "chapters", capture_output=True, text=True)
    assert Path(said.stdout.strip()).parent == home / "code", said.stderr


def test_change_a_chapter_and_its_deck_follows(tmp_path):
    name = "04-output-delta"
    for part in ("code", "tools", "slides", "_config.yml"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    (tmp_path / "chapters").mkdir()
    (tmp_path / "references.bib").touch()
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\n", "utf-8")
    dot = base64.b64encode(DOT).decode()
    nb = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", 4)
    changed = {"equation": 0, "number": 0, "figure": 0}
    for cell in nb.cells:
        on_a_slide = cell.metadata.slideshow.slide_type in (
            "slide",
            "subslide",
            "fragment",
        )
        if "\\frac{\\partial N_o}{\\partial v_{ho}} = H_h" in cell.source:
            cell.source = cell.source.replace("= H_h", "= \\Theta_h")
            changed["equation"] += 1
        for output in cell.get("outputs", []) if on_a_slide else []:
            if "all multiplied" in output.get("text", ""):
                output.text = re.sub(
                    r"all multiplied.*", "all multiplied 271.8281", output.text
                )
                changed["number"] += 1
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = dot
                changed["figure"] += 1
    assert all(changed.values()), changed
    # Alone, it cannot refer to other chapters and to the references.
    for cell in nb.cells:
        cell.source = re.sub(
            r"\{(eq|numref|doc|ref|cite|term)\}`[^`]*`|\]\(\d\d-[^)]*\)",
            lambda link: "](index.ipynb)" if link[0][0] == "]" else "there",
            cell.source,
        )
    nbformat.write(nb, tmp_path / "index.ipynb")
    build(tmp_path, tmp_path / "out")
    html = (tmp_path / "out" / "_build" / "html" / "slides" / "index.html").read_text(
        "utf-8"
    )
    slides = re.sub(r'<aside class="notes">.*?</aside>', "", html, flags=re.S)
    assert "Θ" in slides
    assert "271.8281" in slides and "-0.0455\n" in slides
    pictures = re.findall(r'<img\b[^>]*? src="\.\./(_images[^"]+)"', slides)
    assert len(pictures) == changed["figure"]
    for picture in pictures:
        assert (tmp_path / "out" / "_build" / "html" / picture).read_bytes() == DOT


# A PNG of one grey point.
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


def test_keys_turn_slides_except_inside_a_stepper(play):
    page = play("04-output-delta")
    at = lambda: page.evaluate("Reveal.getSlidePastCount()")  # noqa: E731
    page.keyboard.press("ArrowRight")
    assert at() == 1
    page.keyboard.press("ArrowLeft")
    assert at() == 0
    page.evaluate(
        "const s = document.querySelector('.widget').closest('.page');"
        "const { h, v } = Reveal.getIndices(s); Reveal.slide(h, v, 99)"
    )
    here = at()
    stepper = page.locator(".page.present .widget")
    # A slide that is still turning takes no focus.
    until(
        page,
        "(() => { const b = document.querySelector('.present .widget [data-do=next]');"
        "b.focus(); return document.activeElement === b; })()",
    )
    before = stepper.locator(".count").inner_text()
    page.keyboard.press("ArrowRight")  # shows
    page.keyboard.press("ArrowRight")  # goes on
    assert at() == here and stepper.locator(".count").inner_text() != before
    page.keyboard.press("Escape")
    assert not page.evaluate("Reveal.isOverview()")
    page.keyboard.press("ArrowRight")
    assert at() == here + 1
    page.keyboard.press("o")
    assert page.evaluate("Reveal.isOverview()")
    page.keyboard.press("Escape")
    theme = "document.documentElement.dataset.theme"
    before = page.evaluate(theme)
    page.keyboard.press("t")
    assert page.evaluate(theme) != before
    page.keyboard.press("?")
    assert "speaker" in page.locator("dialog.keys").inner_text()


# Where the focus is when somebody presses the button of a page turner.
INSIDE = [
    ("02-forward-pass", ".stepper [data-do=next]"),
    ("05-hidden-delta", ".stepper [data-do=next]"),
    ("05-hidden-delta", ".stepper .ask input"),
    ("06-training", ".training button"),
    ("12-optimisers", ".descent .start"),
]


@pytest.mark.parametrize(("name", "inside"), INSIDE)
def test_page_turners_turn_the_deck_out_of_any_widget(play, name, inside):
    page, at = play(name), "Reveal.getProgress()"
    for key, back in [("PageDown", False), ("PageUp", True)]:
        page.evaluate(
            "inside => { const slide = document.querySelector(inside).closest('.page');"
            "const { h, v } = Reveal.getIndices(slide); Reveal.slide(h, v, 99) }",
            inside,
        )
        here = page.evaluate(at)
        until(
            page,
            f"(() => {{ const e = document.querySelector('.present {inside}');"
            "e?.focus(); return e && document.activeElement === e; })()",
        )
        page.keyboard.press("ArrowLeft")  # is the widget's
        assert page.evaluate(at) == here
        page.keyboard.press(key)
        assert page.evaluate(at) != here, key
        assert (page.evaluate(at) < here) == back, key
        assert page.evaluate("document.activeElement === document.body")


def test_keys_in_the_speakers_window_turn_the_deck(play):
    page = play("05-hidden-delta")
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    speaker = opened.value
    speaker.locator(".speaker-controls-notes .value").wait_for()
    at = "JSON.stringify(Reveal.getState())"
    for key in ("PageDown", "ArrowRight", "n", " ", "PageUp"):
        before = page.evaluate(at)
        speaker.keyboard.press(key)
        until(page, f"{at} !== {before!r}")


def test_speaker_view_shows_the_notes_of_the_slide(play):
    name = "04-output-delta"
    page = play(name)
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    speaker = opened.value
    note = speaker.locator(".speaker-controls-notes .value")
    first = next(
        c for c in CHAPTERS[name] if c.metadata.slideshow.slide_type == "notes"
    )
    note.filter(has_text=first.source.split("\n")[0][:20]).wait_for()
    page.evaluate("Reveal.slide(1, 0)")
    on_the_slide = page.locator(".page.present .notes").text_content()
    note.filter(has_text=on_the_slide.strip().split("\n")[0]).wait_for()


def test_printed_deck_has_a_page_for_each_slide_with_its_stepper_drawn(
    play, browser, decks, tmp_path
):
    name = "04-output-delta"
    slides = play(name).evaluate("Reveal.getTotalSlides()")
    target = tmp_path / "deck.pdf"
    make_decks.pdf(browser, decks / f"{name}.html", target)
    assert len(re.findall(rb"/Type\s*/Page\b", target.read_bytes())) == slides
    page = play(name, "?print-pdf")
    page.emulate_media(media="print")
    drawing = page.locator(".widget svg").first.bounding_box()
    assert drawing["width"] > 300 and drawing["height"] > 120
    assert page.locator(".widget .equation math").first.is_visible()


def test_decks_of_the_book_play_with_the_books_own_files(pages, play):
    page = play("05-hidden-delta", folder=pages / "slides")
    assert page.evaluate(FAULTS) == []


def test_a_listing_on_a_slide_has_no_docstring_and_loses_nothing_else():
    for thing in (backprop.hidden_delta, backprop.Logistic, depth.Network):
        html = highlight(inspect.getsource(thing), PythonLexer(), HtmlFormatter())
        code = BeautifulSoup(html, "html.parser").pre
        knife.without_docstrings(code)
        tree = ast.parse(inspect.getsource(thing))
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                node.body = node.body[bool(ast.get_docstring(node)) :]
        assert ast.dump(ast.parse(code.get_text())) == ast.dump(tree)
        assert '"""' not in code.get_text() and "\n\n\n" not in code.get_text()


@each_deck
def test_the_last_slide_names_source_and_licence(pages, name):
    deck = (pages / "slides" / f"{name}.html").read_text("utf-8")
    closing = deck.rpartition('<section class="page')[2]
    for link in f"../chapters/{name}.html", "../back/licences.html":
        assert f'href="{link}"' in closing and (pages / "slides" / link).exists()
    assert "CC BY 4.0" in closing and "BSD 3-Clause" in closing
