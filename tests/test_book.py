"""The built book: offline, calm, numbered, linked, accessible, and light enough."""

import html
import re
import threading
import unicodedata
from base64 import b64decode
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

import axe_playwright_python
import nbformat
import pytest
import yaml
from fontTools.ttLib import TTFont
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import make_decks
from bookext import colouring, fonts, licences
from bookext.declared import ideas
from conftest import ROOT, build, until

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
# preload fetches the style sheets, which file:// forbids; and axe takes a header cell
# that holds only mathematics for empty, so that is looked at below. Of code and
# formulas it would look at every letter, for minutes: FAINT looks at their colours.
AXE_RUN = """axe.run({ exclude: ["pre *", "math *"] }, {
  preload: false,
  resultTypes: ["violations"],
  rules: { "empty-table-header": { enabled: false } },
})"""
# The texts whose contrast with what is behind them is less than 4.5, or 3 where large.
FAINT = """() => {
  const mixed = (colour, below) => {
    const [r, g, b, alpha = 1] = colour.match(/[\\d.]+/g).map(Number);
    return [r, g, b].map((c, k) => alpha * c + (1 - alpha) * below[k]);
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const known = new Map([[null, [255, 255, 255]]]);
  const ground = (e) => {
    if (!known.has(e)) {
      const below = ground(e.parentElement);
      known.set(e, mixed(getComputedStyle(e).backgroundColor, below));
    }
    return known.get(e);
  };
  const faint = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const e = node.parentElement;
    if (!node.data.trim() || e.closest("svg, noscript, [hidden], :disabled")) continue;
    if (!e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    const [dark, light] = [mixed(style.color, ground(e)), ground(e)].map(luminance)
      .sort((a, b) => a - b);
    const size = parseFloat(style.fontSize) * (style.fontWeight >= 600 ? 4 / 3 : 1);
    if ((light + 0.05) / (dark + 0.05) < (size >= 24 ? 3 : 4.5))
      faint.add(`${style.color} on ${ground(e)}: ${e.outerHTML.slice(0, 80)}`);
  }
  return [...faint];
}"""
OPEN_ALL = """() => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
}"""

PAGES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix()
    for pattern in ("index.md", "chapters/*.ipynb", "back/*.md", "back/*.ipynb")
    for path in ROOT.glob(pattern)
)
ALL_PAGES = [*PAGES, "search"]
# Each theme on a desktop and on a phone, without doing everything four times.
VIEWS = [("light", 1280), ("dark", 360)]

# The controls that a finger would miss: under 24 px, their labels counted in.
SMALL = """() => [...document.querySelectorAll(
    "button, select, input, summary, nav a, .math-number a, .end a, [role=button]")]
  .filter((e) => e.checkVisibility() && !e.closest("svg, .unseen"))
  .map((e) => [e, (e.closest("label") ?? e).getBoundingClientRect()])
  .filter(([e, box]) => box.width > 1 && Math.min(box.width, box.height) < 23.5)
  .map(([e, box]) => `${box.width} x ${box.height}: ${e.outerHTML.slice(0, 90)}`)"""


# Says of the first frame with text in it which of the book's faces were not ready: then
# a page would jump, though only with fallback faces of other measures is it seen to.
FIRST_FRAME = """
const look = () => {
  if (!document.querySelector("main")) return requestAnimationFrame(look);
  window.late = [...document.fonts]
    .filter((face) => face.family.startsWith("Book ") && face.status !== "loaded")
    .map((face) => face.family);
};
requestAnimationFrame(look);"""
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 150);
})"""


WIDGETS_LIVE = "[...document.querySelectorAll('[data-widget]')].every(e => e.hidden)"


class Visit:
    """A page opened over file:// with the network off; what it asked for and said."""

    def __init__(self, context, path: Path, query: str = ""):
        self.page = context.new_page()
        self.requests, self.complaints = [], []
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("requestfailed", lambda r: self.complaints.append(r.url))
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.goto(path.as_uri() + query)
        # A widget's module is imported after the page has loaded.
        until(self.page, WIDGETS_LIVE)

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def jumps(self):
        """How far it moved in loading, which faces came late; None if it was still."""
        shift, late = self.page.evaluate(SHIFT), self.page.evaluate("window.late")
        return (shift, late) if shift > 0.02 or late else None

    def weights(self) -> tuple[float, float]:
        """The KB of a page, uncompressed, and of its figures."""
        urls = {u for u in self.requests if u.startswith("file:")}
        files = {Path(unquote(urlparse(url).path)) for url in urls}
        kb = {file: file.stat().st_size / 1e3 for file in files}
        figures = sum(kb[file] for file in files if file.parent.name == "_images")
        return sum(kb.values()) - figures, figures


@pytest.fixture(scope="module")
def visit(browser, pages):
    contexts = {}

    def open_page(name, theme="light", width=1280, query="", **options):
        key = (theme, width, *sorted(options.items()))
        if key not in contexts:
            contexts[key] = browser.new_context(
                color_scheme=theme,
                viewport={"width": width, "height": 800},
                offline=True,
                **options,
            )
            contexts[key].add_init_script(FIRST_FRAME)
        return Visit(contexts[key], pages / f"{name}.html", query)

    yield open_page
    for context in contexts.values():
        context.close()


def audit(page) -> list[str]:
    """What axe finds on a page as it stands, and header cells of nothing."""
    page.evaluate(AXE + "; 0")
    found = page.evaluate(AXE_RUN)["violations"]
    empty = page.locator("th").evaluate_all(
        "cells => cells.filter(c => !c.textContent.trim()).map(c => c.outerHTML)"
    )
    return empty + [
        f"{v['id']}: {v['nodes'][0]['html'][:200]} {v['nodes'][0]['failureSummary']}"
        for v in found
    ]


def overflow(page) -> int:
    """By how many pixels a page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.mark.parametrize("name", ALL_PAGES)
def test_page_is_still_light_quiet_and_accessible_when_all_is_open(visit, name):
    # These two hold the whole book, and grow with its chapters.
    chapters = len(list((ROOT / "chapters").glob("*.ipynb")))
    most = 60 * chapters if name in ("search", "back/source") else 460
    seen = visit(name, "light", 1280)
    page = seen.page
    assert not seen.jumps()
    text_and_scripts, figures = seen.weights()
    assert text_and_scripts <= most and figures <= 300
    page.evaluate(OPEN_ALL)
    assert not audit(page)
    assert overflow(page) <= 0
    # The same in colours of another theme, of the system, and of more contrast.
    for media in (
        dict(color_scheme="light"),
        dict(color_scheme="dark"),
        dict(color_scheme="light", forced_colors="active"),
        dict(color_scheme="dark", forced_colors="active"),
        dict(color_scheme="light", forced_colors="none", contrast="more"),
    ):
        page.emulate_media(**media)
        assert not page.evaluate(FAINT), media
    assert not seen.complaints
    foreign = [
        u for u in seen.requests if not u.startswith(("file:", "blob:", "data:"))
    ]
    assert not foreign
    page.close()


@pytest.mark.parametrize("name", ALL_PAGES)
def test_page_fits_a_phone_and_stays_still_on_it(visit, name):
    seen = visit(name, "dark", 360)
    page = seen.page
    assert not seen.jumps()
    assert overflow(page) <= 0
    assert page.evaluate(SMALL) == []
    page.evaluate(OPEN_ALL)
    assert overflow(page) <= 0
    page.get_by_role("button", name="Contents").click()
    assert not page.evaluate(FAINT)
    page.keyboard.press("Escape")
    # At 400 % a window of 1280 has 320 px; and one that was wide is measured again.
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        until(page, f"document.documentElement.scrollWidth <= {width}", timeout=3000)
    assert not seen.complaints
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "chapters/01-why-backprop"])
def test_a_phone_is_accessible_with_the_contents_open(visit, name, theme):
    page = visit(name, theme, 360).page
    assert not audit(page)
    page.get_by_role("button", name="Contents").click()
    assert not audit(page)
    page.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_deck_does_not_jump_as_it_loads(visit, pages, width):
    decks = sorted((pages / "slides").glob("*.html"))
    assert decks
    seen = {deck.stem: visit(f"slides/{deck.stem}", width=width) for deck in decks}
    assert not {name: found for name, one in seen.items() if (found := one.jumps())}


def test_a_deck_weighs_little(visit, pages):
    for deck in sorted((pages / "slides").glob("*.html")):
        text_and_scripts, figures = visit(f"slides/{deck.stem}").weights()
        assert text_and_scripts <= 720 and figures <= 300, deck.stem


def test_code_is_marked_only_where_it_is_coloured(pages):
    code = "".join(
        block
        for page in [*built(pages), *(pages / "slides").glob("*.html")]
        for block in re.findall(r"<pre>.*?</pre>", text(page), re.DOTALL)
    )
    marks = set(re.findall(r'<span class="([^"]+)">', code))
    assert {"k", "kn", "nf", "s2", "mi", "c1"} <= marks
    assert not [m for m in marks if not set(m.split()) & colouring.Sparing.kept]


# What is set in which face, with all that is folded open: "family style bold" -> text.
SET = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const found = {};
  const add = (style, text) => {
    const family = style.fontFamily.split(",")[0].replaceAll('"', "");
    const face = [family, style.fontStyle, style.fontWeight > 500].join(" ");
    found[face] = (found[face] ?? "") + text;
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { data, parentElement: at } = walk.currentNode;
    if (at.closest("script, style, noscript")) continue;
    // A letter alone becomes another character, which is slanted.
    const slanted = at.localName === "mi" && !at.hasAttribute("mathvariant");
    add(getComputedStyle(at), slanted && data.length === 1 ? `<${data}>` : data);
  }
  // The sign of a root is drawn, and stands in no text.
  for (const root of document.querySelectorAll("msqrt, mroot")) {
    add(getComputedStyle(root), "√");
  }
  for (const at of document.querySelectorAll("*")) {
    for (const where of ["::before", "::after", "::marker"]) {
      const style = getComputedStyle(at, where);
      if (style.content.startsWith('"')) add(style, style.content);
    }
  }
  return found;
}"""


def slanted(text):
    """The characters of what SET found: <x> is an x alone, set in italics."""
    letters = sorted(fonts.ITALIC, reverse=True)  # variants of Greek letters come last
    others = {unicodedata.normalize("NFKC", chr(c)): chr(c) for c in letters}
    others |= zip("ϵϑϰϕϱϖ", map(chr, range(0x1D716, 0x1D71C)))
    return re.sub("<(.)>", lambda found: others.get(found[1], found[1]), text)


def test_fonts_hold_every_character_that_is_set_in_them_and_little_else(visit, pages):
    sheet = text(pages / "_static" / "fonts.css")
    assert len(sheet) <= 104_000
    carried = re.findall(r'family: "([^"]+)".*?base64,([^"]+)"', sheet)
    assert [family for family, _ in carried] == [family for family, *_ in fonts.FACES]
    faces, seen = {}, set()
    for (_, data), (family, weight, style, path, _) in zip(carried, fonts.FACES):
        cut = TTFont(BytesIO(b64decode(data))).getBestCmap()
        lost = TTFont(path).getBestCmap().keys() - cut.keys()
        faces[f"{family} {style} {str(weight > '500').lower()}"] = lost
    for page in [*built(pages), *(pages / "slides").glob("*.html")]:
        one = visit(page.relative_to(pages).with_suffix(""))
        for face, words in one.page.evaluate(SET).items():
            known = faces.get(face.replace("Sans italic", "Sans normal"), set())
            missing = {c for c in slanted(words) if ord(c) in known}
            assert not missing, (page.name, face, missing)
            seen |= {face} & faces.keys()
        one.page.close()
    assert seen == faces.keys()
    # Nothing is known of where a script writes: its signs are in the upright faces.
    script = {ord(c) for f in (pages / "_static").rglob("*.js") for c in text(f)}
    for face in "Book Text normal false", "Book Sans normal false":
        assert not script & faces[face]


# ---- what a page may load and run


@pytest.fixture(scope="module")
def served(pages):
    """The address of the book over HTTP."""
    handler = partial(SimpleHTTPRequestHandler, directory=pages)
    handler.log_message = lambda *_: None
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "http://{}:{}".format(*server.server_address)
        server.shutdown()


# What must not come in: a script of the page's own, one from elsewhere, a text that
# becomes a program, a picture, a request, a frame.
INTRUDERS = """async () => {
  const broken = [];
  addEventListener("securitypolicyviolation", (e) => broken.push(e.effectiveDirective));
  const add = (name, given) => document.body.append(
    Object.assign(document.createElement(name), given));
  add("script", { textContent: "window.intruded = true" });
  add("script", { src: "https://example.org/a.js" });
  add("img", { src: "https://example.org/a.png" });
  add("iframe", { src: "https://example.org/" });
  add("object", { data: "https://example.org/a.swf" });
  const face = "@font-face { font-family: X; src: url(https://example.org/a) }";
  add("style", { textContent: face });
  document.fonts.load("12px X").catch(() => {});
  await fetch("https://example.org/").catch(() => {});
  await new Promise((done) => setTimeout(done, 300));
  return [...new Set(broken)].sort();
}"""


@pytest.mark.parametrize("over", ["file", "http"])
@pytest.mark.parametrize(
    "name", ["chapters/05-hidden-delta", "slides/05-hidden-delta", "search"]
)
def test_policy_holds_off_all_that_is_foreign(browser, pages, served, over, name):
    root = pages.as_uri() if over == "file" else served
    page, complaints = browser.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{root}/{name}.html")
    until(page, WIDGETS_LIVE)
    assert not complaints
    kinds = {"connect-src", "font-src", "img-src", "script-src-elem"}
    kinds |= {"frame-src", "object-src"}
    assert set(page.evaluate(INTRUDERS)) == kinds
    assert bool(page.evaluate("window.intruded")) == name.startswith("slides")
    page.close()


def test_policy_stands_before_all_it_governs_and_has_no_eval(pages):
    for page in [*pages.glob("*.html"), *pages.glob("*/*.html")]:
        head = text(page).partition("</head>")[0]
        policy = re.search(r'"Content-Security-Policy" content="([^"]+)"', head)
        assert "default-src 'none'" in policy[1] and "eval" not in policy[1]
        assert policy.start() < re.search("<(link|script|style)", head).start()


def test_what_others_made_is_listed_with_its_licence(pages):
    listed = {name for part in licences.shipped() for name in part.files}
    static = pages / "_static"
    for page in [*pages.glob("*.html"), *pages.glob("*/*.html")]:
        for name in re.findall(r'(?:src|href)="[./]*_static/([^"#?]+)"', text(page)):
            assert (static / name).exists(), (page.name, name)
    ours = {path.name for path in (ROOT / "tools" / "bookext" / "theme").rglob("*")}
    ours |= {path.name for path in (ROOT / "code" / "book").iterdir()}
    ours |= {path.name for path in (ROOT / "slides").iterdir()}
    for path in static.rglob("*"):
        name = path.relative_to(static).as_posix()
        made = path.name in ours or name.endswith((".data.js", "search-text.js"))
        made = made or name.startswith("previews/")  # pieces of the pages themselves
        assert path.is_dir() or made or name in listed, f"{name}: whose is it?"
    page = text(pages / "back" / "licences.html")
    for part in licences.shipped():
        assert all((static / name).exists() for name in part.files)
        words = [line for line in part.text.splitlines() if line.strip()]
        assert html.escape(words[-1].strip(), quote=False) in page.replace(
            "&quot;", '"'
        )
        assert part.version in page and len(words) > 10
    for name in PAGES:
        assert any(
            "back/licences.html" in str(target(pages / f"{name}.html", a)[0])
            for a, _ in links(pages / f"{name}.html")
        )


# ---- numbers and links, in the HTML itself


@cache
def text(path: Path) -> str:
    return path.read_text("utf-8")


def built(pages: Path) -> list[Path]:
    return [pages / f"{name}.html" for name in PAGES]


def numbers(path: Path) -> dict[str, str]:
    """The id of each numbered equation of a page, and its number."""
    block = (
        r'<div class="math-block" id="([^"]+)">.*?'
        r'<a class="number" [^>]*>\(([^)]*)\)</a>'
    )
    return {
        identifier: number
        for chunk in text(path).split('<div class="math-block')[1:]
        for identifier, number in re.findall(
            block, '<div class="math-block' + chunk, re.DOTALL
        )
    }


def figures(path: Path) -> dict[str, str]:
    """The id of each numbered figure of a page, and its number."""
    figure = r'<figure [^>]*id="([^"]+)".*?"caption-number">Figure ([\d.]+)'
    return dict(re.findall(figure, text(path), re.DOTALL))


def links(path: Path) -> list[tuple[str, str]]:
    """(address, text) of each link of a page, the text without its tags."""
    found = re.findall(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', text(path), re.DOTALL)
    return [(html.unescape(a), re.sub(r"<[^>]+>", "", t).strip()) for a, t in found]


def target(path: Path, address: str) -> tuple[Path, str]:
    file, fragment = urldefrag(address)
    return ((path.parent / unquote(file)).resolve() if file else path), fragment


def test_every_page_is_built_and_listed(pages):
    listed = {
        target(pages / "index.html", a)[0] for a, _ in links(pages / "index.html")
    }
    for page in built(pages):
        assert page.exists()
        assert page in listed or page.name == "index.html"


def test_every_link_inside_the_book_arrives(pages):
    for page in built(pages):
        for address, _ in links(page):
            if urlparse(address).scheme:
                continue
            file, fragment = target(page, address)
            assert file.exists(), f"{page.name}: {address}"
            if fragment:
                assert f'id="{fragment}"' in text(file), f"{page.name}: {address}"


def test_equations_and_figures_are_numbered_by_their_chapters_file(pages):
    for page in built(pages):
        if page.parent.name != "chapters":
            continue
        chapter = str(int(page.name[:2]))
        found = list(numbers(page).values())
        assert found == [f"{chapter}.{k}" for k in range(1, len(found) + 1)]
        drawn = list(figures(page).values())
        assert drawn == [f"{chapter}.{k}" for k in range(1, len(drawn) + 1)]
        title = re.search(r'<h1><span class="section-number">(\d+)\.', text(page))
        assert title[1] == chapter


def test_references_show_the_number_of_what_they_refer_to(pages):
    seen = set()
    for page in built(pages):
        for address, shown in links(page):
            file, fragment = target(page, address)
            kind = fragment.split("-")[0]
            if kind not in ("equation", "fig") or not shown:
                continue
            known = numbers(file) if kind == "equation" else figures(file)
            if number := re.search(r"\d+\.\d+", shown):
                assert known[fragment] == number[0], f"{page.name}: {address}"
                seen.add(kind)
    assert seen == {"equation", "fig"}


def test_every_equation_that_runs_links_to_its_line_and_back(pages):
    source = pages / "back" / "source.html"
    labels = {label: e for idea in ideas() for label, e in idea.equations.items()}
    met = set()
    for page in built(pages):
        for identifier in numbers(page):
            label = identifier.removeprefix("equation-")
            if label not in labels:
                continue
            addresses = [a for a, _ in links(page)]
            assert any(a.endswith(f"source.html#code-{label}") for a in addresses)
            back = [a for a, _ in links(source) if a.endswith(f"#{identifier}")]
            assert back and target(source, back[0])[0] == page
            met.add(label)
    assert met == set(labels)
    for label, equation in labels.items():
        row = rf'id="{equation.module}-{equation.line}">(<span id="[^"]+"></span>)*'
        row += rf'<span id="code-{label}">'
        assert re.search(row, text(source)), label


# ---- what a reader does


def test_theme_button_changes_the_theme_and_it_is_remembered(visit):
    page = visit("index", "light", 1280).page
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Dark theme").click()
    dark = page.evaluate(paper)
    assert dark != light
    page.reload()
    assert page.evaluate(paper) == dark
    page.get_by_role("button", name="Light theme").click()
    assert page.evaluate(paper) == light
    page.evaluate("localStorage.clear()")


def test_contents_open_and_shut_by_keyboard_on_a_phone(visit):
    page = visit("index", "dark", 360).page
    contents = page.get_by_role("navigation", name="Contents")
    assert not contents.is_visible()
    button = page.get_by_role("button", name="Contents")
    button.focus()
    page.keyboard.press("Enter")
    assert contents.is_visible()
    page.keyboard.press("Escape")
    assert not contents.is_visible()
    assert button.evaluate("e => e === document.activeElement")


def test_figures_are_dark_in_the_dark(visit):
    for name in PAGES:
        page = visit(name, "dark", 360).page
        figure = page.locator("img.drawn").first
        if figure.count():
            assert brightness(figure.screenshot()) < 0.4
            return
    pytest.fail("no page has a figure")


def brightness(png: bytes) -> float:
    import matplotlib.image

    return float(matplotlib.image.imread(BytesIO(png), format="png")[..., :3].mean())


STEPPED = "chapters/05-hidden-delta"


def test_paper_has_text_results_and_numbers_and_nothing_else(visit):
    page = visit(STEPPED, "dark", 1280).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.get_by_role("heading", level=1).is_visible()
    for selector in (".top", ".contents", ".turn", ".end", ".widget.stepper"):
        assert not page.locator(selector).first.is_visible(), selector
    white = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert white == "rgb(255, 255, 255)"
    # What code drew is there, and the code is not; answers are open.
    assert page.locator("img.drawn").first.is_visible()
    assert page.locator("details.hide").count()
    assert not page.locator("details.hide:visible").count()
    for answer in page.locator("details.fold").all():
        assert answer.evaluate("e => e.open")
    tables = page.locator('[data-widget="stepper"]').all()
    assert tables
    for table in tables:
        assert table.is_visible() and "?" not in table.inner_text()
        assert table.evaluate("e => e.scrollWidth <= e.clientWidth")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.locator("details.fold").first.evaluate("e => e.open")


def test_a_chapter_prints_on_few_pages(visit):
    page = visit(STEPPED, "dark", 1280).page
    sheets = page.pdf(format="A4", print_background=True)
    assert 5 < len(re.findall(rb"/Type\s*/Page\b", sheets)) <= 16


def test_the_systems_colours_go_before_a_stored_theme(visit):
    page = visit(STEPPED, "light", 1280, forced_colors="active").page
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.reload()
    until(page, WIDGETS_LIVE)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    # A box of the drawing is filled as the system's paper is, not as the dark one.
    filled = "e => getComputedStyle(e).fill"
    boxes = page.locator(".widget.stepper svg rect").evaluate_all(
        f"all => [...new Set(all.map({filled}))]"
    )
    assert not [box for box in boxes if box != "none" and brightness_of(box) < 0.5]
    assert not page.get_by_role("button", name="Light theme").is_visible()
    page.evaluate("localStorage.clear()")


def brightness_of(colour: str) -> float:
    red, green, blue, alpha = [*map(float, re.findall(r"[\d.]+", colour)), 1][:4]
    return alpha * (red + green + blue) / 765 + 1 - alpha


def test_what_is_pressed_is_told_by_more_than_its_border_in_forced_colours(visit):
    page = visit("chapters/02-forward-pass", forced_colors="active").page
    ground = "all => [...new Set(all.map((e) => getComputedStyle(e).backgroundColor))]"
    pressed = page.locator('button[aria-pressed="true"]:visible')
    others = page.locator('button[aria-pressed="false"]:visible')
    assert pressed.count() and others.count()
    assert not set(pressed.evaluate_all(ground)) & set(others.evaluate_all(ground))


def test_a_finger_finds_the_copy_buttons(visit):
    page = visit(STEPPED, "light", 360, has_touch=True, is_mobile=True).page
    for button in page.locator(".copy").all():
        if button.is_visible():
            box = button.bounding_box()
            assert button.evaluate("e => getComputedStyle(e).opacity") == "1"
            assert min(box["width"], box["height"]) >= 43
    assert page.locator(".copy:visible").count()


def test_a_wide_box_shows_that_there_is_more(visit):
    page = visit(STEPPED, "light", 360).page
    wide = page.locator(".scrolls:visible")
    assert wide.count()
    for box in wide.all():
        assert box.evaluate("e => e.scrollWidth > e.clientWidth + 1")
        assert "gradient" in box.evaluate("e => getComputedStyle(e).backgroundImage")
    page.set_viewport_size({"width": 1280, "height": 800})
    until(page, "!document.querySelector('.math-block .scrolls')")


def test_code_fits_its_column_on_a_desktop(visit):
    wide = """() => [...document.querySelectorAll("article pre")]
      .filter((e) => e.scrollWidth > e.clientWidth + 1)
      .filter((e) => e.textContent.split("\\n").every((line) => line.length <= 88))
      .map((e) => e.textContent.slice(0, 80))"""
    for name in [STEPPED, "chapters/09-universal-backprop", "back/source"]:
        for width in (1280, 1400, 1920):
            page = visit(name, "light", width).page
            assert page.evaluate(wide) == [], (name, width)
            page.close()


def test_text_of_twice_the_size_fits_its_page(visit):
    page = visit(STEPPED, "light", 1280).page
    page.add_style_tag(content="html { font-size: 212.5% !important; }")
    assert overflow(page) <= 0
    page.set_viewport_size({"width": 360, "height": 740})
    until(page, "document.documentElement.scrollWidth <= 360", timeout=3000)
    # What of a drawing is cut fades out.
    drawing = page.locator(".stepper .net").first
    until(page, "document.querySelector('.stepper .net.more-right')", timeout=3000)
    assert "gradient" in drawing.evaluate("e => getComputedStyle(e).maskImage")
    drawing.evaluate("e => { e.scrollLeft = 9999 }")
    until(page, "document.querySelector('.stepper .net:not(.more-right)')")
    page.close()


def test_without_a_script_no_button_is_dead(browser, pages):
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    page.goto((pages / f"{STEPPED}.html").as_uri())
    assert not page.locator("button:visible").count()
    page.get_by_role("link", name="Contents").click()
    assert page.url.endswith("#contents")
    contents = page.get_by_role("navigation", name="Contents")
    assert contents.get_by_role("link", name="The forward pass").is_visible()
    assert page.locator('[data-widget="stepper"] table').first.is_visible()
    page.goto((pages / "slides" / "05-hidden-delta.html").as_uri())
    page.get_by_role("link", name="The change of w").first.click()
    assert page.url.endswith("chapters/05-hidden-delta.html")
    context.close()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", ["index", "chapters/05-hidden-delta"])
def test_without_a_script_the_text_comes_first_and_wide(browser, pages, name, width):
    size = {"width": width, "height": 800}
    context = browser.new_context(java_script_enabled=False, viewport=size)
    page = context.new_page()
    page.goto((pages / f"{name}.html").as_uri())
    title = page.locator("article h1").bounding_box()
    article = page.locator("article").bounding_box()
    outline = page.locator("#outline").bounding_box()
    assert title["y"] < 200 and article["width"] > min(700, width - 40)
    assert outline["y"] > article["y"] + article["height"]
    context.close()


@pytest.mark.parametrize("width", [1280, 1041, 700, 360])
def test_parts_of_the_header_stay_apart_at_twice_the_size(visit, width):
    page = visit("chapters/05-hidden-delta", "light", width).page
    page.add_style_tag(content="html { font-size: 200% !important }")
    parts = [".top button.menu", ".sections button", ".top input", "button.theme"]
    boxes = [page.locator(part).bounding_box() for part in parts]
    shown = [(box["x"], box["x"] + box["width"]) for box in boxes if box]
    assert len(shown) == 4
    for (_, end), (start, _) in zip([(0, 0), *shown], [*shown, (width, width)]):
        assert end <= start + 1, shown
    room = page.locator(".top input").evaluate(
        "e => e.clientWidth - 2 * parseFloat(getComputedStyle(e).paddingLeft)"
    )
    assert room > 90  # of "Search", at 32 px


def test_nothing_moves_where_motion_is_unwanted(visit):
    for name in PAGES:
        page = visit(name, "light", 1280, reduced_motion="reduce").page
        moving = page.evaluate(
            """() => [...document.querySelectorAll("*")].filter((e) => {
              const style = getComputedStyle(e);
              return [style.transitionDuration, style.animationDuration]
                .some((times) => times.split(",").some((t) => parseFloat(t) > 0));
            }).map((e) => e.outerHTML.slice(0, 80))"""
        )
        assert not moving
        page.close()


# ---- what goes wrong is said


BROKEN = r"""
# A broken page

An unknown command, $\bogus{x}$, and no equation: {eq}`eq-nowhere`.

$$
x = 1
$$ (eq-here)

[nowhere](nowhere.md)"""


def test_faults_in_a_page_stop_the_build(tmp_path):
    for name in ("_config.yml", "references.bib"):
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    toc = {"format": "jb-book", "root": "index", "chapters": [{"file": "mute"}]}
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")
    (tmp_path / "index.md").write_text(BROKEN, "utf-8")
    picture = {"image/png": "", "text/plain": "<Figure size 640x480 with 1 Axes>"}
    mute = new_notebook(
        cells=[
            new_markdown_cell("# Mute\n\nand\n\n$$\nx = \\frac{1}\n$$ (eq-x)"),
            new_code_cell("fig", outputs=[new_output("display_data", picture)]),
        ]
    )
    nbformat.write(mute, tmp_path / "mute.ipynb")
    for name in ("code", "slides", "tools"):
        (tmp_path / name).symlink_to(ROOT / name)
    with pytest.raises(AssertionError) as failure:
        build(tmp_path, tmp_path / "out")
    for said in (
        r"unknown command '\\bogus'",
        "eq-nowhere",
        "nowhere.md",
        "alternative",
        r"mute.ipynb:10006: WARNING: cell 1, line 6: x = ⟦here⟧\frac{1}: \frac lacks",
    ):
        assert said in str(failure.value)


def test_a_notebook_that_is_none_is_named_in_a_line_and_nothing_is_built(tmp_path):
    """Of the build and of the decks."""
    for name in ("_config.yml", "references.bib", "index.md"):
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    toc = {
        "format": "jb-book",
        "root": "index",
        "chapters": [{"file": "chapters/01-a"}],
    }
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "01-a.ipynb").write_text('{"nbformat": 4, "cells": [')
    for name in ("code", "slides", "tools"):
        (tmp_path / name).symlink_to(ROOT / name)
    with pytest.raises(make_decks.Refused) as refused:
        make_decks.build_book(tmp_path)
    said = str(refused.value)
    assert "01-a.ipynb: not a readable notebook: " in said and "\n" not in said
    assert not (tmp_path / "_build" / "html" / "index.html").exists()
