"""What is kept on the reader's machine: sections read, answers, the place to go on."""

import html
import json
import re

import pytest

import backprop as bp
from bookext import along, keys
from conftest import ROOT, until

NAME = "backpropagation-line-by-line"
CHAPTER = "chapters/02-forward-pass"
KEPT = f"JSON.parse(localStorage.getItem('{NAME}'))"
CURRENT = ".sections a[aria-current]"
PUT = f"([kept]) => localStorage.setItem('{NAME}', kept)"
SHUT = "Object.defineProperty(window, 'localStorage', { get() { throw Error(); } })"


class Reader:
    """Somebody who reads from file://, whose time goes as fast as the test wants."""

    def __init__(self, browser, pages, width=1440, **options):
        size = {"width": width, "height": 800}
        self.context = browser.new_context(viewport=size, offline=True, **options)
        self.context.set_default_timeout(5000)
        self.pages, self.wrong = pages, []
        self.page = self.context.new_page()
        self.page.clock.install()
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def opens(self, name, hash=""):
        self.page.goto((self.pages / f"{name}.html").as_uri() + hash)
        self.page.clock.run_for(100)

    def reads(self, section, seconds=20):
        # The event comes with the next frame; said at once, no busy machine delays it.
        self.page.locator(f"[id='{section}']").evaluate(
            "e => { e.scrollIntoView(); dispatchEvent(new Event('scroll')); }"
        )
        self.page.clock.run_for(seconds * 1000)


@pytest.fixture
def reader(browser, pages):
    readers = []

    def come(**options):
        readers.append(Reader(browser, pages, **options))
        return readers[-1]

    yield come
    for one in readers:
        one.context.close()
        assert not one.wrong


# ---- on this page


def test_the_outline_follows_the_text(reader):
    one = reader()
    one.opens(CHAPTER)
    page = one.page
    for section in ("your-turn", "why-a-bias"):
        one.reads(section, 0.1)
        assert page.locator(CURRENT).get_attribute("href") == f"#{section}"
    page.evaluate("scrollTo(0, 1e6); dispatchEvent(new Event('scroll'))")
    page.clock.run_for(100)
    assert page.locator(CURRENT).get_attribute("href") == "#sources"
    box = page.locator(CURRENT).bounding_box()
    assert 0 < box["y"] < 800


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_where_there_is_no_column_it_is_a_list_that_opens(reader, width):
    one = reader(width=width)
    one.opens(CHAPTER)
    page = one.page
    button = page.get_by_role("button", name="On this page")
    links = page.locator("#outline")
    assert not links.is_visible()
    header = page.locator(".top .search").bounding_box()
    at = button.bounding_box()
    assert at["x"] + at["width"] <= header["x"] and at["width"] >= 24 <= at["height"]
    button.click()
    assert button.get_attribute("aria-expanded") == "true" and links.is_visible()
    box = links.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    page.keyboard.press("Escape")
    assert not links.is_visible()
    assert button.evaluate("e => e === document.activeElement")
    page.keyboard.press("Enter")
    links.get_by_role("link", name="Why a bias?").click()
    assert not links.is_visible() and page.url.endswith("#why-a-bias")


def test_it_lists_no_section_that_the_level_hides(reader):
    one = reader()
    one.opens("chapters/01-why-backprop")
    entries = one.page.locator(".sections a[href^='#level-']")
    assert entries.count() == 5
    assert [entry.is_visible() for entry in entries.all()] == [True] * 5
    one.page.locator('.levels input[value="4"]').check()
    shown = [entry.is_visible() for entry in entries.all()]
    assert shown == [False, False, False, True, False]


def test_without_a_script_the_list_stands_before_the_text(reader):
    one = reader(width=360, java_script_enabled=False)
    one.page.goto((one.pages / f"{CHAPTER}.html").as_uri())
    assert one.page.get_by_role("link", name="Why a bias?").first.is_visible()
    assert not one.page.get_by_role("button", name="Forget it").is_visible()


# ---- what was read


def test_a_section_is_read_when_its_end_was_seen_and_not_at_a_glance(reader):
    one = reader()
    one.opens(CHAPTER)
    one.reads("your-turn", 1)
    assert "read" not in one.page.evaluate(KEPT)
    one.reads("your-turn", 20)
    ids = one.page.evaluate(KEPT)["read"][f"{CHAPTER}.html"]["ids"]
    assert ids == ["your-turn"]
    assert one.page.locator(".sections a.read").count() == 1
    one.opens("index")
    mark = one.page.locator(".contents a", has_text="The forward pass").locator(".done")
    of = one.page.evaluate(KEPT)["read"][f"{CHAPTER}.html"]["of"]
    assert mark.inner_text() == f"1/{of}" and of > 10


def test_the_front_page_goes_on_where_one_was(reader):
    one = reader()
    one.opens("index")
    assert one.page.locator(".resume").count() == 0
    one.opens(CHAPTER)
    one.reads("why-a-bias", 1)
    one.opens("index")
    link = one.page.get_by_role("link", name="Go on where you were")
    assert link.inner_text().endswith("2. The forward pass, “Why a bias?”")
    link.click()
    one.page.wait_for_url(f"**/{CHAPTER}.html#why-a-bias")


def right_answer(page):
    """What the first exercise of a built page asks for first, by the code."""
    (found, *_) = re.findall(r"""data-widget="exercise"\s+data-state='([^']*)'""", page)
    state = json.loads(html.unescape(found))
    asked = next(row for row in state["rows"] if row[3] is None)
    assert asked[:2] == ["eq-output", [0]]
    (net_input,) = [
        row[3] for row in state["rows"] if row[:2] == ["eq-net-output", [0]]
    ]
    return f"{bp.Logistic()(float(net_input.replace('−', '-'))):.4f}"


def test_right_answers_come_back_and_wrong_ones_do_not(reader):
    one = reader()
    one.page.clock.resume()
    page, right = one.page, right_answer((one.pages / f"{CHAPTER}.html").read_text())
    for visit in (1, 2):
        one.opens(CHAPTER)
        until(page, "document.querySelectorAll('.exercise form').length > 1")
        first, second = page.locator(".exercise li:has(form)").all()[:2]
        if visit == 1:
            for item, text in ((first, right), (second, "77")):
                item.locator("input").fill(text)
                item.locator("input").press("Enter")
            (kept,) = page.evaluate(KEPT)["answers"][f"{CHAPTER}.html"].values()
            assert kept == right
        assert first.get_attribute("class") == "right"
        assert second.get_attribute("class") != "right"
        assert first.locator("input").input_value() == right
        assert "Right" in first.get_by_role("status").inner_text()
    assert second.locator("input").input_value() == ""
    page.evaluate(PUT, [json.dumps(page.evaluate(KEPT)).replace(right, "78")])
    one.opens(CHAPTER)
    until(page, "document.querySelectorAll('.exercise form').length > 1")
    assert page.locator(".exercise input").first.input_value() == ""


def test_one_button_forgets_all_of_it(reader):
    one = reader()
    one.opens(CHAPTER)
    one.reads("your-turn")
    one.page.get_by_role("button", name="Dark theme").click()
    one.page.get_by_role("button", name="Forget it").click()
    said = one.page.locator(".kept [role=status]")
    assert said.inner_text() == "All of it is forgotten."
    assert one.page.evaluate("localStorage.length") == 0
    one.reads("why-a-bias")
    assert one.page.evaluate("localStorage.length") == 0
    marks = one.page.locator(".sections .read, .contents .done")
    assert marks.evaluate_all("all => all.map((e) => e.outerHTML)") == []


RUBBISH = [
    "{", "null", "7", '"text"', "[]",
    {"read": 5, "place": [], "answers": "x"},
    {"read": {f"{CHAPTER}.html": {"ids": {"length": 9}, "of": "many"}}},
    {"read": {f"{CHAPTER}.html": {"ids": [1, None, "no-such"], "of": 1}}},
    {"place": {"page": "https://a.example/", "anchor": "", "title": "", "section": ""}},
    {"place": {"page": 1}, "answers": {f"{CHAPTER}.html": [3]}, "keys": "no"},
    {"__proto__": {"page": "x"}, "read": {"__proto__": 1, "constructor": 2}},
]  # fmt: skip


def test_rubbish_in_the_store_breaks_nothing(reader):
    one = reader()
    one.opens("index")
    for rubbish in RUBBISH:
        text = rubbish if isinstance(rubbish, str) else json.dumps(rubbish)
        one.page.evaluate(PUT, [text])
        one.opens("index")
        assert one.page.locator(".resume").count() == 0, rubbish
        one.opens(CHAPTER)
        one.reads("your-turn")
        ids = one.page.evaluate(KEPT)["read"][f"{CHAPTER}.html"]["ids"]
        assert ids == ["your-turn"], rubbish


def test_it_works_where_nothing_can_be_stored(reader):
    one = reader()
    one.page.add_init_script(SHUT)
    one.opens(CHAPTER)
    one.reads("your-turn")
    assert one.page.locator(CURRENT).get_attribute("href") == "#your-turn"
    one.page.get_by_role("button", name="Forget it").click()


# ---- keys


def test_keys_of_the_page_do_what_the_sheet_says(reader):
    one = reader()
    page = one.page
    one.opens(CHAPTER)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    sheet.wait_for()
    shown = sheet.inner_text()
    for part, rows in keys.KEYS.items():
        assert part in shown
        assert all(does in shown for _, does in rows)
    page.keyboard.press("Escape")
    sheet.wait_for(state="hidden")
    page.keyboard.press("/")
    field = page.get_by_label("Search the book")
    assert field.evaluate("e => e === document.activeElement")
    page.keyboard.type("?n")
    assert field.input_value() == "?n"
    field.blur()
    page.keyboard.press("n")
    page.wait_for_url("**/03-*.html")
    page.keyboard.press("p")
    page.wait_for_url(f"**/{CHAPTER}.html")


def test_the_pages_own_keys_can_be_switched_off(reader):
    one = reader()
    page = one.page
    one.opens(CHAPTER)
    page.get_by_role("button", name="Keys: ?").click()
    page.get_by_label("The page listens to its keys").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("n")
    page.keyboard.press("?")
    page.clock.run_for(100)
    assert page.url.endswith(f"{CHAPTER}.html")
    assert page.get_by_role("dialog").count() == 0


def test_the_sheet_names_every_key_that_the_scripts_know():
    theme = ROOT / "tools" / "bookext" / "theme" / "static"
    script = (theme / "reading.js").read_text("utf-8")
    table = script.partition("const KEYS = {")[2].partition("\n\t};")[0]
    known = {
        line.strip().split(":")[0].strip('"') for line in table.splitlines() if line
    }
    listed = {key for row, _ in keys.KEYS["On any page"] for key in row.split()}
    assert known == listed - {"Tab", "Escape"}


# ---- along with the text


def test_a_chapter_says_how_long_it_takes_once(pages):
    for page in sorted(pages.glob("chapters/*.html")):
        text = page.read_text("utf-8")
        assert text.count('<p class="minutes">') == 1
        minutes = int(text.partition('<p class="minutes">About ')[2].split()[0])
        assert 3 < minutes < 60, page.name
    assert '<p class="minutes">' not in (pages / "index.html").read_text("utf-8")
    assert along.minutes("<p>" + "word " * 2000 + "</p>") == 10


def test_no_address_no_slip_links(pages):
    for page in [pages / "index.html", *pages.glob("chapters/*.html")]:
        assert 'class="slip"' not in page.read_text("utf-8")


def test_a_slip_link_carries_the_section_and_its_place():
    link = along.slip_link("https://h.example/new?a=1", "The old v", "c/05.html", "old")
    assert 'href="https://h.example/new?a=1&amp;title=Slip%20in%20%E2%80%9CThe' in link
    assert "c%2F05.html%23old" in link
    assert "?subject=Slip" in along.slip_link("mailto:a@b.example", "t", "p", "a")


class App:
    """As much of Sphinx as along.add needs, with an address for slips."""

    class config:
        slips_to = "https://h.example/new"

    class builder:
        @staticmethod
        def get_target_uri(name):
            return f"{name}.html"


def test_each_section_has_a_slip_link_where_an_address_is_set(pages):
    whole = (pages / f"{CHAPTER}.html").read_text("utf-8")
    body = whole.partition("<article>")[2].partition("</article>")[0]
    context = {"body": body}
    along.add(App, CHAPTER, "page.html", context, doctree=True)
    sections = body.count("<section")
    assert context["body"].count('class="slip"') == sections > 10
    assert json.dumps(context["body"]).count("Report a slip in") == sections
