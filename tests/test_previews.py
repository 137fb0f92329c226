"""Previews: what links and letters stand for, by pointing, tabbing and tapping."""

import html
import json
import re
from pathlib import Path

import axe_playwright_python
import pytest

from bookext import previews
from bookext.declared import ideas
from conftest import until

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
CHAPTER = "chapters/05-hidden-delta"
WIDGETS_LIVE = "[...document.querySelectorAll('[data-widget]')].every(e => e.hidden)"
LINK = re.compile(r'<a class="reference internal" href="([^"]+)"')
ROLL = "e => scrollBy(0, e.getBoundingClientRect().top - 300)"


class Reader:
    """Somebody who reads a page from file://; what went wrong is kept."""

    def __init__(self, browser, pages, **options):
        self.context = browser.new_context(offline=True, **options)
        self.context.set_default_timeout(5000)
        self.pages, self.wrong = pages, []
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.box = self.page.get_by_role("dialog")

    def opens(self, name):
        self.page.goto((self.pages / f"{name}.html").as_uri())

    def seen(self, selector, nth=0):
        """A visible element of the page, brought into the middle of the window."""
        element = self.page.locator(selector).locator("visible=true").nth(nth)
        element.evaluate(ROLL)
        return element

    def points_at(self, selector, nth=0):
        """What is shown when the mouse rests on something: its words."""
        element = self.seen(selector, nth)
        self.page.mouse.move(2, 300)
        self.box.wait_for(state="hidden")
        element.hover()
        self.box.wait_for()
        return " ".join(self.box.inner_text().split())


@pytest.fixture(scope="module")
def reader(browser, pages):
    one = Reader(browser, pages, viewport={"width": 1280, "height": 800})
    yield one
    one.context.close()
    assert not one.wrong


def test_an_equation_is_shown_by_its_number(reader):
    reader.opens(CHAPTER)
    said = reader.points_at("article a[href*='#equation-eq-net-output']")
    assert said.startswith("Equation (2.4) 2. The forward pass · The output layer")
    assert "The net input of each output unit." in said
    assert reader.box.locator("math[display=block] msub").count() == 4
    assert reader.box.get_attribute("aria-label") == "Equation (2.4)"
    link = reader.box.get_by_role("link", name="Equation (2.4)")
    assert link.get_attribute("href").endswith("#equation-eq-net-output")


def test_sources_words_figures_and_lines_of_code_are_shown(reader):
    reader.opens(CHAPTER)
    said = reader.points_at("article a[href*='references.html#']")
    assert re.match(r"\[\d+\] References .*\b(19|20)\d\d\b", said)
    said = reader.points_at("article a[href*='#fig-fork']")
    assert said.startswith("Figure 5.1") and "the road to the error forks" in said
    image = reader.box.locator("img")
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 99
    said = reader.points_at("article .to-code")
    assert re.match(r"backprop.py, line \d+ hidden_delta", said)
    assert "delta_o @ v.T" in said
    reader.opens("back/glossary")
    said = reader.points_at("#term-activation + dd a")
    assert said.startswith("output Glossary What a unit passes on")
    reader.opens("index")
    said = reader.points_at("article a[href^='chapters/02']")
    assert said.startswith("2. The forward pass")


def test_a_letter_is_said_by_the_module_of_its_formula(reader):
    reader.opens(CHAPTER)
    block = "[id='equation-eq-hidden-delta'] math"
    assert "slope of" in (said := reader.points_at(f"{block} msub > mi"))
    assert "in code delta_h" in said and "first in (5.1)" in said
    said = reader.points_at(f"{block} msub > mi", 2)
    assert "weight from hidden unit" in said
    letter = reader.page.locator(".explained")
    assert letter.count() == 1 and letter.evaluate("e => e.localName") == "msub"
    reader.opens("chapters/03-error-and-descent")
    assert "number of fruits" in reader.points_at("#the-slopes-of-e .math-block mi", 4)
    reader.opens("chapters/12-optimisers")
    shown = "[id='equation-eq-adam-mean'] mi"
    assert "in Adam" in reader.points_at(shown, 1)


def test_the_number_of_a_formula_explains_its_letters(reader):
    reader.opens(CHAPTER)
    said = reader.points_at("[id='equation-eq-hidden-delta'] .number")
    assert said.startswith("The letters of (5.1)")
    letters = reader.box.locator("dt").all_inner_texts()
    assert len(letters) == 5 and reader.box.locator("dd").count() == 5


def test_every_letter_that_a_model_displays_is_explained(reader):
    """Each letter of each labelled equation is found under the very words of WORDS."""
    reader.opens(CHAPTER)
    reader.points_at("article .number")
    rows = {}
    for idea in ideas():
        for q in idea.quantities():
            rows.setdefault(idea.name, {})[previews.written(q.tex)] = q.words
    text = (reader.pages / "_static" / "previews" / "letters.js").read_text("utf-8")
    told = json.loads(text.removeprefix('bookPreviews.set("letters", ')[:-3])
    for module, letters in rows.items():
        for letter, words in letters.items():
            plain = html.unescape(re.sub(r"<[^>]+>", "", told[module][letter][0]))
            assert plain == re.sub(r"\$([^$]*)\$", plain_letter, words)
    assert {"δ_h", "w_ih", "f′", "∂E/∂v_ho"} <= told["backprop"].keys()
    assert told["fruit"]["c"][0] != told["backprop"]["c_o"][0]


def plain_letter(match):
    return re.sub(r"[_{}\\]", "", match[1])


def test_by_keyboard_it_opens_is_entered_left_and_shut(reader):
    reader.opens(CHAPTER)
    page, box = reader.page, reader.box
    link = reader.seen("article a[href*='#equation-eq-net-output']")
    page.keyboard.press("Tab")  # so that the focus is one of the keyboard
    link.focus()
    box.wait_for()
    assert link.get_attribute("aria-describedby") == "preview"
    page.keyboard.press("Tab")
    inside = box.get_by_role("link").first
    assert inside.evaluate("e => e === document.activeElement")
    page.keyboard.press("Shift+Tab")
    assert link.evaluate("e => e === document.activeElement")
    box.wait_for()
    page.keyboard.press("Escape")
    assert not box.is_visible()
    assert link.evaluate("e => e === document.activeElement")
    assert link.get_attribute("aria-describedby") is None
    page.keyboard.press("Tab")
    assert not link.evaluate("e => e === document.activeElement")


def test_the_mouse_may_go_into_it_and_away(reader):
    reader.opens(CHAPTER)
    reader.points_at("article a[href*='#equation-eq-net-output']")
    reader.box.hover()
    reader.page.wait_for_timeout(400)
    assert reader.box.is_visible()
    reader.page.mouse.move(2, 300)
    reader.box.wait_for(state="hidden")


def test_pointing_replaces_what_tabbing_opened(reader):
    reader.opens(CHAPTER)
    page, box = reader.page, reader.box
    block = "[id='equation-eq-hidden-delta']"
    reader.seen(block)
    page.mouse.move(2, 300)
    for into in (False, True):
        page.keyboard.press("Tab")  # so that the focus is one of the keyboard
        page.locator(f"{block} .to-code").focus()
        box.get_by_text("backprop.py, line").wait_for()
        if into:
            page.keyboard.press("Tab")
        page.locator(f"{block} math msub > mi").first.hover()
        box.get_by_text("slope of").wait_for()
        page.wait_for_timeout(500)
        assert "slope of" in box.inner_text()
        page.mouse.move(2, 300)
        box.wait_for(state="hidden")


def test_a_page_that_scrolls_under_a_still_mouse_opens_nothing(reader):
    reader.opens(CHAPTER)
    page = reader.page
    letter = "[id='equation-eq-hidden-delta'] math msub > mi"
    reader.points_at(letter)  # so that what shows is loaded
    page.keyboard.press("Escape")
    at = page.locator(letter).first.bounding_box()
    page.evaluate("scrollBy(0, 200)")
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.wait_for_timeout(600)
    shown = reader.box.is_visible()
    page.evaluate("scrollBy(0, -200)")
    page.wait_for_timeout(800)
    assert not shown and not reader.box.is_visible()


def test_it_moves_nothing_stays_in_the_window_and_is_not_printed(reader):
    page = reader.page
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        reader.opens(CHAPTER)
        until(page, WIDGETS_LIVE)
        high = "document.querySelector('.sheet').getBoundingClientRect().height"
        before = page.evaluate(high)
        for selector in ("article a[href*='references.html#']", "article .number"):
            reader.points_at(selector)
            at = reader.box.bounding_box()
            assert at["x"] >= 0 and at["x"] + at["width"] <= width
        assert page.evaluate(high) == before
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(media="print")
    assert not reader.box.is_visible()
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_while_it_is_open(reader, theme):
    page = reader.page
    page.emulate_media(color_scheme=theme)
    reader.opens("back/glossary")
    reader.points_at("#term-activation + dd a")
    page.evaluate(AXE + "; 0")
    assert not page.evaluate("axe.run(document, { preload: false })")["violations"]


def test_a_first_tap_shows_and_a_second_goes(browser, pages):
    size = {"width": 360, "height": 700}
    reader = Reader(browser, pages, viewport=size, has_touch=True, is_mobile=True)
    reader.opens(CHAPTER)
    page, address = reader.page, reader.page.url
    link = reader.seen("article a[href*='#equation-eq-net-output']")
    link.tap()
    reader.box.wait_for()
    assert page.url == address
    reader.seen("article h2").tap()
    reader.box.wait_for(state="hidden")
    reader.seen("[id='equation-eq-hidden-delta'] math mi").tap()
    reader.box.wait_for()
    assert "slope of" in reader.box.inner_text()
    link = reader.seen("article a[href*='#equation-eq-net-output']")
    link.tap()
    reader.box.get_by_text("Equation (2.4)").wait_for()
    # A link beside a formula, right after something else was shown.
    beside = reader.seen("[id='equation-eq-hidden-delta'] .to-code")
    beside.tap()
    reader.box.get_by_text("delta_o @ v.T").wait_for()
    link.evaluate(ROLL)
    link.tap()
    reader.box.get_by_text("Equation (2.4)").wait_for()
    link.tap()
    page.wait_for_url("**/02-forward-pass.html#equation-eq-net-output")
    reader.context.close()
    assert not reader.wrong


def test_every_link_of_the_text_has_something_to_show(pages):
    """What the pages link to inside the book, by its anchor, is in the scripts."""
    told, mute = {}, set()
    for script in (pages / "_static" / "previews").glob("*.js"):
        text = script.read_text("utf-8")
        name, _, rows = text.removeprefix("bookPreviews.set(").partition(", ")
        told[json.loads(name)] = json.loads(rows[:-3])
    for page in [pages / "index.html", *pages.glob("chapters/*.html")]:
        article = page.read_text("utf-8").partition("<article>")[2]
        article = article.partition("</article>")[0]
        for address in re.findall(
            r'<a class="(?:reference internal)" href="([^"]+)"', article
        ):
            file, _, anchor = address.partition("#")
            at = (page.parent / file).resolve() if file else page
            name = at.relative_to(pages).as_posix()
            if name in told and not told[name].get(anchor):
                mute.add((name, anchor))
    assert not mute
