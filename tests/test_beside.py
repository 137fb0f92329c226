"""The drawing beside the text: at the step of the passage in view, lit both ways."""

import re
from pathlib import Path

import axe_playwright_python
import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import backprop as bp
import examples
from book import bound
from book.stepper import Stepper, shown
from conftest import build, until

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
ROOT = Path(__file__).resolve().parent.parent
MARK = re.compile(r"<!-- step: (.*?) -->")
STEP = re.compile(r'data-step="([^"]*)"')
CHAPTERS = {"04-output-delta": "output delta", "05-hidden-delta": "hidden delta"}
# A passage speaks once it has come as high as this, of the window.
HIGH = "e => scrollBy(0, e.getBoundingClientRect().top - innerHeight * 0.3)"


class Reader:
    """Somebody who reads a chapter; what went wrong is kept."""

    def __init__(self, browser, pages, name, width=1280, height=800, **options):
        size = {"width": width, "height": height}
        self.context = browser.new_context(viewport=size, offline=True, **options)
        self.page, self.wrong = self.context.new_page(), []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.address = (pages / "chapters" / f"{name}.html").as_uri()
        self.opens()

    def opens(self):
        self.page.goto(self.address)
        self.page.locator(".widget.stepper svg").first.wait_for()
        self.panel = self.page.locator(".widget.beside").last
        until(self.page, "document.querySelector('.widget.beside .what')?.textContent")

    def comes_to(self, passage):
        """Scroll until a passage has just begun."""
        passage.evaluate(HIGH)
        self.page.wait_for_timeout(80)

    def said(self):
        """What the panel says of its step: "δh1 is −0.02602: …"."""
        return self.panel.locator(".what").inner_text()

    def lit(self):
        """The keys of what is lit in the drawing, and of what is in the equation."""
        return [
            sorted({key for q in self.panel.locator(f"{part} .lit").all()
                    for key in q.get_attribute("data-q").split()})
            for part in (".net", ".lines", "pre")
        ]  # fmt: skip

    def leaves(self):
        self.context.close()
        assert not self.wrong


@pytest.fixture
def reader(browser, pages):
    opened = []

    def read(name="05-hidden-delta", **options):
        opened.append(Reader(browser, pages, name, **options))
        return opened[-1]

    yield read
    for one in opened:
        one.leaves()


def test_every_mark_becomes_a_step_of_the_page_and_leaves_no_comment(pages):
    for name, phase in CHAPTERS.items():
        notebook = (ROOT / "chapters" / f"{name}.ipynb").read_text("utf-8")
        page = (pages / "chapters" / f"{name}.html").read_text("utf-8")
        marks, steps = MARK.findall(notebook), STEP.findall(page)
        assert len(marks) >= 10 and "<!-- step" not in page
        assert [mark.split()[0] for mark in marks] == [s.split(":")[0] for s in steps]
        deck = (pages / "slides" / f"{name}.html").read_text("utf-8")
        for sign in "<!-- step", "data-step", "step-drawing", "beside.":
            assert sign not in deck
        labels = Stepper("backprop", phases=(phase,)).state["phases"][phase]
        assert sum(step.split(":")[0] in labels for step in steps) >= 6


def test_only_pages_with_marks_load_it(pages):
    with_it = {
        page.stem
        for page in [*pages.glob("*.html"), *pages.glob("*/*.html")]
        if "widgets/beside." in page.read_text("utf-8")
    }
    assert with_it == {"02-forward-pass", *CHAPTERS}


def test_readers_of_other_forms_get_no_mark():
    text = "It falls. <!-- step: eq-slope-v h1o1 -->\nSo it is."
    assert bound.without_marks(text) == "It falls.\nSo it is."
    assert bound.without_marks(text, steps=True) == text


@pytest.mark.parametrize("name", CHAPTERS)
def test_it_shows_the_step_of_the_passage_in_view_and_its_number(reader, name):
    seen = reader(name)
    net, X, D = examples.running()
    right = {step.label: step.value for step in bp.steps(net, X, D, 0.5)}
    passages = seen.page.locator("article [data-step]").all()
    steps = [one.get_attribute("data-step") for one in passages]
    # Down the page, and up again.
    for passage, step in [*zip(passages, steps), *reversed([*zip(passages, steps)])]:
        seen.comes_to(passage)
        label, place = step.split(":")
        value = right[label]
        number = seen.panel.locator(".lines .result").first.inner_text()
        if place:
            value = value[tuple(map(int, place.split(",")))]
        first = value.flat[0] if hasattr(value, "flat") else value
        assert shown(float(first)) in re.sub(r"\s", "", number), step
        assert seen.panel.locator(".general a").get_attribute("href").endswith(label)


def test_where_no_step_is_spoken_of_it_stands_back(reader):
    seen = reader()
    seen.comes_to(seen.page.locator("#step-through-it"))
    assert not seen.panel.locator(".net").is_visible()
    seen.comes_to(seen.page.locator("#the-delta-of-a-hidden-unit"))
    assert seen.panel.locator(".net").is_visible()
    assert seen.said().startswith("δh1 is −0.02602")


def test_a_letter_of_the_text_lights_its_edge_its_number_and_its_code(reader):
    seen = reader()
    section = seen.page.locator("#the-delta-of-a-hidden-unit")
    seen.comes_to(section)
    block = section.locator(".math-block math")
    # v_ho of (5.1): at the step of hidden unit 1, its two weights.
    block.nth(1).locator("mi", has_text="v").first.hover()
    drawing, equation, code = seen.lit()
    assert {"v:0,0", "v:0,1"} <= set(drawing) and not {"v:1,0", "v:1,1"} & set(drawing)
    assert set(equation) == {"v:0,0", "v:0,1"} and code == ["v:"]
    # v_h1o1 alone, of the line for hidden unit 1.
    block.nth(2).locator("msub", has_text="o1").first.locator("mi").first.hover()
    assert "v:0,0" in seen.lit()[0] and "v:0,1" not in seen.lit()[0]
    assert seen.lit()[1] == ["v:0,0"]
    seen.page.mouse.move(300, 30)
    assert seen.lit() == [[], [], []]


def test_what_is_pointed_at_beside_lights_its_letters_in_the_text(reader):
    seen = reader()
    section = seen.page.locator("#the-delta-of-a-hidden-unit")
    seen.comes_to(section)
    seen.panel.locator('.lines [data-q="v:0,1"]').first.hover()
    lit = section.locator("math .lit")
    written = {text.replace("\n", "") for text in lit.all_text_contents()}
    assert "vh1o2" in written and "vho" in written and "vh1o1" not in written
    assert "v:0,1" in seen.lit()[0]
    seen.page.mouse.move(300, 30)
    assert lit.count() == 0


def test_a_number_that_has_the_focus_lights_the_letters_of_its_equation(reader):
    seen = reader()
    seen.comes_to(seen.page.locator("#the-delta-of-a-hidden-unit"))
    seen.page.locator("[id='equation-eq-hidden-delta'] .number").focus()
    assert {"delta_h:0", "delta_o:0", "delta_o:1", "v:0,0"} <= set(seen.lit()[0])


def test_it_folds_away_and_this_is_remembered(reader):
    seen = reader()
    width = "document.querySelector('article').getBoundingClientRect().x"
    before = seen.page.evaluate(width)
    button = seen.panel.get_by_role("button")
    button.click()
    assert not seen.panel.locator(".net").is_visible()
    assert button.inner_text() == "Show the drawing"
    assert seen.page.locator(".contents").is_visible()
    seen.opens()
    assert seen.panel.get_by_role("button").inner_text() == "Show the drawing"
    assert not seen.panel.locator(".net").is_visible()
    seen.panel.get_by_role("button").click()
    assert seen.panel.locator(".net").is_visible()
    assert seen.page.evaluate(width) == before
    kept = "JSON.parse(localStorage['backpropagation-line-by-line']).beside"
    assert seen.page.evaluate(kept) is True


def test_the_contents_come_by_their_button_where_it_stands_in_their_place(reader):
    seen = reader()
    contents = seen.page.locator(".contents")
    assert not contents.is_visible()
    seen.page.get_by_role("button", name="Contents").click()
    assert contents.is_visible()
    seen.page.keyboard.press("Escape")
    assert not contents.is_visible()
    seen.page.set_viewport_size({"width": 1600, "height": 900})
    assert contents.is_visible() and seen.panel.locator(".net").is_visible()


@pytest.mark.parametrize("width, height", [(1040, 700), (1280, 800), (1920, 1000)])
def test_it_covers_no_text_and_has_its_drawing_in_view(reader, width, height):
    seen = reader(width=width, height=height)
    for passage in seen.page.locator("article [data-step]").all():
        seen.comes_to(passage)
        panel = seen.panel.bounding_box()
        text = seen.page.locator("article").bounding_box()
        assert text["width"] >= 540 and text["x"] + text["width"] <= panel["x"]
        drawing = seen.panel.locator(".net svg").bounding_box()
        assert drawing["x"] + drawing["width"] <= width
        assert 55 <= drawing["y"] and drawing["y"] + drawing["height"] <= height
        result = seen.panel.locator(".lines .result").first.bounding_box()
        assert result["y"] + result["height"] <= height


@pytest.mark.parametrize("media", [{}, {"forced_colors": "active"}])
def test_it_is_accessible_in_view(reader, media):
    seen = reader(**media)
    seen.comes_to(seen.page.locator("#the-slope-by-w-and-by-b"))
    seen.page.evaluate(AXE + "; 0")
    # Preloading would ask for the style sheets anew, which no page may.
    run = """axe.run(".widget.beside", { preload: false }).then((e) => e.violations)"""
    assert not [found["id"] for found in seen.page.evaluate(run)]


def test_on_a_phone_it_is_folded_into_the_text(reader):
    seen = reader(width=360, height=740)
    assert not seen.page.locator("article > .widget.beside").is_visible()
    section = seen.page.locator("#the-delta-of-a-hidden-unit")
    fold = section.locator("details.step-drawing")
    assert fold.count() == 1 and fold.locator("svg").count() == 0
    fold.locator("summary").click()
    fold.locator("svg").wait_for()
    assert fold.locator(".what").inner_text().startswith("δh1 is −0.02602")
    wide = "document.documentElement.scrollWidth"
    assert seen.page.evaluate(wide) == 360
    drawing, box = fold.locator("svg").bounding_box(), fold.bounding_box()
    assert drawing["x"] + drawing["width"] <= box["x"] + box["width"]


def test_paper_has_nothing_of_it(reader):
    seen = reader()
    seen.comes_to(seen.page.locator("#the-same-two-factors"))
    seen.page.emulate_media(media="print")
    assert not seen.panel.is_visible()
    assert not seen.page.locator(".step-drawing").first.is_visible()
    assert seen.page.locator(".contents").is_hidden()


def test_nothing_of_it_moves_where_motion_is_unwanted(reader):
    seen = reader(reduced_motion="reduce")
    seen.comes_to(seen.page.locator("#the-same-two-factors"))
    moving = "document.getAnimations().length"
    assert seen.page.evaluate(moving) == 0


WRONG = {
    "Up. <!-- step: eq-delta o1 -->": "no equation; expected one of eq-net-hidden, ",
    "Up. <!-- step: eq-update-v -->": "'eq-update-v' has no equation; expected one of",
    "Up. <!-- step: eq-output-delta h1 -->": "expected one like eq-output-delta o1",
    "Up. <!-- step: eq-output-delta o3 -->": "'eq-output-delta o3' is no place",
    "* Up. <!-- step: eq-slope-v -->": "it has to end a line of a section's paragraph",
    "A. <!-- step: eq-error -->\nB. <!-- step: eq-error -->": "has one already",
}


def test_a_wrong_mark_is_named_with_its_cell_and_what_was_expected(tmp_path):
    for name in ("_config.yml", "references.bib"):
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    pages = [{"file": "one"}, {"file": "none"}]
    toc = {"format": "jb-book", "root": "index", "chapters": pages}
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")
    (tmp_path / "index.md").write_text("# Front\n", "utf-8")
    (tmp_path / "none.md").write_text(
        "# None\n\nUp. <!-- step: eq-error -->\n", "utf-8"
    )
    table = Stepper("backprop", phases=("output delta",))._repr_mimebundle_()[0]
    shown = {name: table[name] for name in ("text/html", "text/plain")}
    sections = [f"## Section {k}\n\n{text}" for k, text in enumerate(WRONG)]
    cells = [new_markdown_cell(text) for text in ["# One", *sections]]
    cells.append(new_code_cell("1", outputs=[new_output("display_data", shown)]))
    nbformat.write(new_notebook(cells=cells), tmp_path / "one.ipynb")
    for name in ("code", "slides", "tools"):
        (tmp_path / name).symlink_to(ROOT / name)
    with pytest.raises(AssertionError) as failure:
        build(tmp_path, tmp_path / "out")
    said = str(failure.value).splitlines()
    for k, reason in enumerate(WRONG.values(), 2):
        (line,) = [line for line in said if f"cell {k}, line" in line]
        assert "one.ipynb" in line and reason in line
    assert any("none.md" in s and "the page has no stepper" in s for s in said)
