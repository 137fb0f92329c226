"""One thing at five levels: the choice is kept, and nothing is lost without it."""

import json
import re

import pytest

from conftest import until

CHAPTER = "chapters/01-why-backprop"
SHOWN = """
  [...document.querySelectorAll("section[data-level]")].map((s) => s.checkVisibility())
"""
ALL = [True] * 5


def only(level):
    return [k == level for k in range(1, 6)]


def sees(page, levels):
    """Whether these levels, and no others, are shown; a busy machine takes a moment."""
    wanted = json.dumps(levels, separators=(",", ":"))
    shown = f"JSON.stringify({SHOWN.strip()}) === '{wanted}'"
    until(page, shown)
    return True


@pytest.fixture
def reader(browser, pages):
    """Somebody who opens the chapter; what a page stores is kept in between."""
    contexts, complaints = [], []

    def meet(**options):
        context = browser.new_context(offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((pages / f"{CHAPTER}.html").as_uri())
        return page

    yield meet
    for context in contexts:
        context.close()
    assert not complaints


def test_every_level_is_there_and_asks_what_the_next_one_answers(pages):
    html = (pages / f"{CHAPTER}.html").read_text("utf-8")
    sections = re.split(r'<section data-level="(\d)" id="level-\d[^"]*"', html)
    assert sections[1::2] == list("12345")
    bodies = [body.split("</section>")[0] for body in sections[2::2]]
    for number, body in enumerate(bodies, 1):
        assert "And the question." in body
        assert number == 5 or f'href="#level-{number + 1}-' in body
        assert "<img" in body or "data-widget" in body


def test_the_first_screen_asks_who_is_to_blame_and_shows_no_code(reader):
    page = reader(viewport={"width": 1280, "height": 900})
    asked = page.get_by_text("Who is to blame?").first.bounding_box()
    picture = page.locator("main img").first.bounding_box()
    for box in asked, picture:
        assert 0 <= box["y"] and box["y"] + box["height"] <= 900
    above = asked["y"], picture["y"] + picture["height"]
    for code in page.locator("main pre").all():
        box = code.is_visible() and code.bounding_box()
        assert not box or not above[0] <= box["y"] <= above[1], code.inner_text()


def test_a_question_to_the_reader_is_answered_in_a_fold(pages):
    html = (pages / f"{CHAPTER}.html").read_text("utf-8")
    for body in re.split(r'<section data-level="\d"', html)[1:]:
        asked, left = body.index("Your turn."), body.index("And the question.")
        assert re.search(r"<details.*?Answer", body[asked:left], re.DOTALL)


def test_all_levels_are_shown_until_the_reader_chooses_one(reader):
    page = reader()
    assert sees(page, ALL)
    assert page.locator(".levels input:checked").get_attribute("value") == "all"


def test_a_level_is_chosen_by_keyboard_and_remembered(reader):
    page = reader()
    page.locator(".levels input:checked").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert sees(page, only(2))
    page.reload()
    assert sees(page, only(2))
    assert page.locator(".levels input:checked").get_attribute("value") == "2"


def test_the_question_at_the_end_leads_to_the_next_level(reader):
    page = reader()
    page.locator('.levels input[value="2"]').check()
    page.locator('section[data-level="2"] a[href^="#level-3-"]').click()
    until(page, f"({SHOWN.strip()})[2]")
    assert sees(page, only(3))


def test_on_paper_and_without_a_script_all_levels_are_shown(reader):
    page = reader()
    page.locator('.levels input[value="4"]').check()
    page.emulate_media(media="print")
    assert sees(page, ALL)
    assert not page.locator(".levels").is_visible()
    page = reader(java_script_enabled=False)
    sections = page.locator("section[data-level]")
    assert [section.is_visible() for section in sections.all()] == ALL
    assert not page.locator(".levels").is_visible()


def test_it_works_where_nothing_can_be_stored(reader):
    page = reader()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw Error(); } })"
    )
    page.reload()
    page.locator('.levels input[value="1"]').check()
    assert sees(page, only(1))
