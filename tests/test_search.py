"""The search page: real queries, and where they must lead; opened from file://."""

from pathlib import Path
from urllib.parse import quote, unquote, urldefrag, urlparse

import axe_playwright_python
import pytest

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")

# What a reader types, and the places which must be among the first three results.
LEADS_TO = [
    ("hidden delta", "05-hidden-delta.html#the-delta-of-a-hidden-unit"),
    ("Hidden Deltas", "05-hidden-delta.html#the-delta-of-a-hidden-unit"),
    ("why the old v", "05-hidden-delta.html#the-old-v"),
    ("δ", "04-output-delta.html#a-name-for-the-first-two-factors"),
    ("delta_h", "05-hidden-delta.html#the-delta-of-a-hidden-unit"),
    ("δ_o", "04-output-delta.html#a-name-for-the-first-two-factors"),
    ("f'", "04-output-delta.html#"),
    ("f′(N_h)", "07-bug-zoo.html#hidden-delta-without-f-n-h"),
    ("gradcheck", "glossary.html#term-gradient-check"),
    ("gradient checking", "07-bug-zoo.html#"),
    ("gradients checked", "07-bug-zoo.html#"),
    ("softmax", "10-losses-and-activations.html#one-class-of-several-softmax"),
    ("cross entropy", "10-losses-and-activations.html#yes-or-no-binary-cross-entropy"),
    ('"chain rule"', "glossary.html#term-chain-rule"),
    ("x-or", "glossary.html#term-X-OR"),
    ("xor", "glossary.html#term-X-OR"),
    ("minibatch", "06-training.html#online-batch-mini-batch"),
    ("learning rate", "glossary.html#term-learning-rate"),
    ("credit assignment", "glossary.html#term-credit-assignment"),
    ("momentum", "12-optimisers.html#momentum-a-heavy-ball"),
    ("ADAM", "12-optimisers.html#adam-both-at-once"),
    ("saddle point", "12-optimisers.html#saddle-points"),
    ("pytorch", "09-universal-backprop.html#the-same-in-pytorch"),
    ("bias", "02-forward-pass.html#why-a-bias"),
    ("transpose", "07-bug-zoo.html#v-transposed"),
    ("Rumelhart 1986", "references.html#"),
    ("Muller", "references.html#"),
    ("backpropogation", "glossary.html#term-backpropagation"),
    ("hiden dleta", "05-hidden-delta.html#the-delta-of-a-hidden-unit"),
    ("softmax of a zebra", "10-losses-and-activations.html"),
]
# What is asked for by name or number, and what must be the very first result.
LEADS_FIRST_TO = [
    ("(4.2)", "04-output-delta.html#equation-eq-output-delta"),
    ("equation 5.1", "05-hidden-delta.html#equation-eq-hidden-delta"),
    ("eq. (2.4)", "02-forward-pass.html#equation-eq-net-output"),
    ("derivative of sigmoid", "04-output-delta.html#equation-eq-logistic-slope"),
    ("ReLU derivative", "04-output-delta.html#equation-eq-relu-slope"),
    ("cost function", "03-error-and-descent.html#equation-eq-error"),
    ("error signal of a hidden unit", "05-hidden-delta.html#the-"),
    ("formula of the hidden delta", "05-hidden-delta.html#equation-eq-hidden-delta"),
    ("for teachers", "for-instructors.html"),
    ("dE/dw", "html#equation-eq-"),
    ("∂E/∂v", "html#equation-eq-"),
]
ODD = ["constructor", "__proto__", "toString", "x" * 10_000, "δ " * 5_000, "(b*", "\\"]
ODD += ["[", "'", '"', "the", "-", "_", "%", "&amp;", "<b>", "𝐗", "½", "null", "f'("]
SHOWN = """() => [...document.querySelectorAll("#results li")].map((entry) => [
  entry.querySelector("a").href, entry.querySelector("a").textContent,
  entry.querySelector("p").textContent,
  [...entry.querySelectorAll("mark")].map((mark) => mark.textContent)])"""


class Reader:
    """Somebody who searches, in one page that is opened again and again."""

    def __init__(self, page, pages):
        self.page, self.pages, self.wrong = page, pages, []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def asks(self, words):
        """(address, title, excerpt, marked words) of what is shown."""
        self.page.goto((self.pages / "search.html").as_uri() + "?q=" + quote(words))
        assert not self.wrong, words
        return self.page.evaluate(SHOWN)

    @property
    def told(self):
        return self.page.locator("#found").inner_text()


@pytest.fixture(scope="module")
def reader(browser, pages):
    context = browser.new_context(offline=True)
    yield Reader(context.new_page(), pages)
    context.close()


def test_real_queries_lead_where_they_should(reader):
    astray = {}
    for words, place in LEADS_TO:
        first = [address for address, *_ in reader.asks(words)[:3]]
        if not any(place in address for address in first):
            astray[words] = first
    assert not astray


def test_what_is_asked_by_name_or_number_comes_first(reader):
    first = {
        words: (reader.asks(words) or [("",)])[0][0] for words, _ in LEADS_FIRST_TO
    }
    astray = {w: first[w] for w, place in LEADS_FIRST_TO if place not in first[w]}
    assert not astray


def test_no_word_is_too_odd_to_be_looked_for(reader):
    for words in ODD:
        found = reader.asks(words)
        assert reader.told.endswith("."), words
        assert reader.told.startswith("No section holds “") == (not found), words
        nothing = reader.page.get_by_text("What may help")
        assert nothing.is_visible() == (not found), words


def test_a_misspelt_word_is_said_to_be_one(reader):
    reader.asks("backpropogation")
    said = "“backpropogation” is nowhere; shown is “backpropagation”. "
    assert reader.told.startswith(said)
    reader.asks("softmax zebra")
    assert reader.told.startswith("No section holds all the words; these hold most")


def test_every_result_shows_its_words_and_arrives(reader):
    for words in ("hidden delta", "why the old v", "learning rate", "Rumelhart 1986"):
        for address, title, excerpt, marked in reader.asks(words):
            file, fragment = urldefrag(address)
            html = Path(unquote(urlparse(file).path)).read_text("utf-8")
            assert not fragment or f'id="{fragment}"' in html
            assert title and 0 < len(excerpt) < 300
            assert marked and all(mark in title + excerpt for mark in marked)


def test_a_result_leads_to_the_heading_it_names(reader):
    (address, title, *_), *_ = reader.asks("why the old v")
    reader.page.locator("#results a").first.click()
    heading = reader.page.locator(f"[id='{urldefrag(address)[1]}'] > h2")
    assert heading.inner_text().removesuffix("#") == title
    assert heading.evaluate("h => h.getBoundingClientRect().top") < 200


def test_displayed_formulas_are_not_in_the_excerpts(reader):
    section = "#the-delta-of-a-hidden-unit"
    found = reader.asks("hidden delta")
    excerpt = next(words for there, _, words, _ in found if section in there)
    assert "unit" in excerpt and "=∂E" not in excerpt and "∑" not in excerpt


def test_results_stay_on_the_page_and_are_accessible(reader):
    page = reader.page
    for theme, width in [("light", 360), ("dark", 1280), ("light", 1920)]:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme)
        for words in ("hidden delta", "x" * 10_000, "zebra"):
            reader.asks(words)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    for words in ("zebra", "hidden delta"):
        reader.asks(words)
        page.evaluate(AXE + "; 0")
        found = page.evaluate("axe.run(document, { preload: false })")
        assert not found["violations"]
