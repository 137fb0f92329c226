"""The graph of a calculation: what it shows is what was recorded, and nudges agree."""

import html
import json
import re
from pathlib import Path

import axe_playwright_python
import numpy as np
import pytest

from autodiff import Value
from book import engine
from book.graph import Graph, drawing, laid_out, shared, tape, way_back
from book.writing import shown
from bookext.widgets import scripts
from conftest import ROOT, stored

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
NOTEBOOK = ROOT / "chapters" / "09-universal-backprop.ipynb"
CALL = """async ([source, name, values]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  return (await import(url))[name](...values);
}"""


def small(x=3.0):
    x = Value(x)
    a, b = x * x, x / 6
    t = b.tanh()
    return {"x": x, "a": a, "b": b, "t": t, "y": a + t}


def woven(a=1.3):
    a = Value(a)
    b = a + a
    c = b + b
    d = b * c
    return {"a": a, "b": b, "c": c, "d": d, "e": c - d}


def many(u=0.7, v=-1.2):
    u, v = Value(u), Value(v)
    p = u * v
    q = p.exp()
    r = 2 / q
    s = -r
    t = s * u
    return {"u": u, "v": v, "p": p, "q": q, "r": r, "s": s, "t": t, "z": t + q}


MADE = small, woven, many
each = pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)


# ---- the tape


@each
def test_the_way_back_along_the_lines_is_that_of_autodiff_and_of_a_nudge(made):
    values = made()
    slopes = way_back(tape(**values))
    *_, end = values.values()
    end.backward()
    assert slopes == pytest.approx({n: v.grad for n, v in values.items()}, rel=1e-14)
    given = [name for name, value in values.items() if not value.operands]
    numbers = [float(values[name].data) for name in given]
    for k, name in enumerate(given):
        ends = []
        for by in 1e-6, -1e-6:
            moved = [x + by * (n == k) for n, x in enumerate(numbers)]
            *_, end = made(*moved).values()
            ends.append(end.data)
        assert slopes[name] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-7)


def test_the_slope_on_an_edge_is_that_of_the_operation_alone():
    for line in tape(**many()):
        if not line.operation:
            continue
        again = {"multiply": lambda u, v: u * v, "add": lambda u, v: u + v,
                 "divide": lambda u, v: u / v, "negative": lambda u: -u,
                 "exp": np.exp}[line.operation]  # fmt: skip
        assert again(*line.numbers) == pytest.approx(line.value)
        for k, slope in enumerate(line.slopes):
            up, down = (
                again(*(x + by * (n == k) for n, x in enumerate(line.numbers)))
                for by in (1e-6, -1e-6)
            )
            assert slope == pytest.approx((up - down) / 2e-6, rel=1e-7)


def test_a_line_is_written_as_it_was_computed():
    said = [line.said for line in tape(**small())]
    assert said == ["", "x · x", "x / 6", "tanh(b)", "a + t"]
    assert [line.said for line in tape(**many())][4:6] == ["2 / q", "−r"]


REFUSED = [
    ({}, ValueError, "values is empty"),
    ({"x": 3.0}, TypeError, r"x is 3\.0; expected a Value"),
    ({"x": Value([1.0, 2.0])}, ValueError, r"x has shape \(2,\); expected one number"),
    ({"z": Value(1.0), **small()}, ValueError, "z is no part of y"),
    ({"x": small()["x"]} | {"y": small()["y"]}, ValueError, "x is no part of y"),
    ({"ask": "x w", **small()}, ValueError, "ask has 'w'; expected some of x, a"),
    ({"ask": ["x"], **small()}, TypeError, r"ask is \['x'\]"),
    ({"bare": 1, **small()}, TypeError, "bare is 1; expected True or False"),
    ({"begin": "end", **small()}, ValueError, "begin is 'end'"),
]


@pytest.mark.parametrize("given, kind, message", REFUSED)
def test_what_is_no_graph_is_refused(given, kind, message):
    with pytest.raises(kind, match=message):
        Graph(**given)


def test_a_computed_number_without_a_name_is_refused():
    values = small()
    del values["b"]
    with pytest.raises(ValueError, match="unnamed divide that gives 0.5; expected a"):
        Graph(**values)


# ---- where things stand


@each
def test_edges_lead_on_and_nothing_stands_on_anything(made):
    lines = tape(**made())
    places, edges = laid_out(lines)
    spots = [*places.values(), *(tuple(spot) for edge in edges for spot in edge[3])]
    assert len(set(places.values())) == len(places)
    pairs = {(start, stop): via for start, stop, _, via, _ in edges}
    passing = [tuple(spot) for via in pairs.values() for spot in via]
    assert len(passing) == len(set(passing)) and not set(passing) & {*places.values()}
    assert spots
    for start, stop, _, via, _ in edges:
        columns = [places[start][0], *(column for column, _ in via), places[stop][0]]
        assert columns == list(range(columns[0], columns[-1] + 1))
    assert len(edges) == sum(bool(name) for line in lines for name in line.operands)


def test_twin_edges_bend_apart():
    bends = [bend for *_, bend in laid_out(tape(**woven()))[1][:2]]
    assert sorted(bends) == [-0.5, 0.5]


@each
def test_on_paper_stand_the_same_numbers(made):
    lines = tape(**made())
    texts = [text.get_text() for text in drawing(lines).axes[0].texts]
    for line in lines:
        assert shown(line.value) in texts
        assert shown(way_back(lines)[line.name]) in texts
    below = drawing(lines, back=False).axes[0].texts
    assert len(texts) - len(below) == len(lines)


# ---- without JavaScript


def test_the_table_has_every_number_and_a_gap_for_what_is_asked():
    page = stored(Graph(**small()))
    assert re.findall(r"<td>([^<]*)</td></tr>", page) == [
        "6.131", "1", "0.7864", "1", "1",
    ]  # fmt: skip
    page = stored(Graph(ask="x b", **small()))
    assert re.findall(r"<td>([^<]*)</td></tr>", page) == ["…", "1", "…", "1", "1"]
    assert "6.131" not in html.unescape(page)
    page = stored(Graph(ask="order", **small()))
    assert re.findall(r"<td>([^<]*)</td></tr>", page) == ["…"] * 5
    page = stored(Graph(ask="x", bare=True, **small()))
    assert "by x" not in page.split("<tbody>")[1]


# ---- in the page


@pytest.fixture
def opened(live_page):
    def open_(widget, **more):
        made = "".join(scripts(ROOT / "code/book/graph.js", {}).values())
        page = live_page(made, stored(widget), ["code/book/graph.css"], **more)
        page.wait_for_selector(".graph-view")
        return page

    return open_


def texts(page, kind):
    """Name of a box -> its number of a kind, as the drawing shows it."""
    found = page.evaluate(
        """kind => [...document.querySelectorAll(".unit")].map((unit) =>
        [unit.querySelector(".title").textContent.split(" ")[0],
         unit.querySelector(`text.${kind}`).textContent])""",
        kind,
    )
    return dict(found)


@each
def test_the_page_adds_up_as_autodiff_does(opened, made):
    values = made()
    lines = [line._asdict() for line in tape(**values)]
    page = opened(Graph(**values))
    found = page.evaluate(CALL, [engine.module("graph"), "back", [lines]])
    *_, end = values.values()
    end.backward()
    for name, value in values.items():
        assert found[name]["slope"] == pytest.approx(float(value.grad), rel=1e-14)
        parts = [term["own"] * term["came"] for term in found[name]["terms"]]
        assert not parts or sum(parts) == pytest.approx(float(value.grad), rel=1e-14)


def test_it_is_walked_from_first_to_last_with_the_arrow_keys(opened):
    values = small()
    page = opened(Graph(**values))
    said = texts(page, "value")
    assert said == {"x": "3", "a": "?", "b": "", "t": "", "y": ""}
    page.locator("form input").focus()
    for _ in range(2 * 9 - 1):
        page.keyboard.press("ArrowRight")
    assert page.locator(".count").inner_text() == "step 9 of 9"
    lines = tape(**values)
    assert texts(page, "value") == {line.name: shown(line.value) for line in lines}
    slopes = way_back(lines)
    assert texts(page, "slope") == {name: shown(slopes[name]) for name in slopes}
    assert "x is used 3 times, by b, a and a" in page.locator(".sum").inner_text()
    page.locator('[data-do="back"]').focus()
    page.keyboard.press("ArrowLeft")
    assert texts(page, "slope")["x"] == "?"


def test_the_way_back_can_be_begun_with(opened):
    page = opened(Graph(begin="back", **small()))
    assert page.locator(".count").inner_text() == "step 5 of 9"
    assert texts(page, "value")["y"] == "9.462" and texts(page, "slope")["y"] == "?"


SLIPS = [
    (small, "x", "3", "One road only"),
    (small, "x", "0.1311", "One road only"),
    (small, "x", "3.131", "A use is forgotten"),
    (small, "x", "6.167", "What came back is left out"),
    (small, "y", "0", "Here the way back begins"),
    (small, "b", "0.75", "It is taken at what goes in"),
    (small, "b", "0.5379", "The square is missing"),
    (small, "b", "0.4621", "It is the result that is multiplied"),
    (small, "a", "9", "That is a itself"),
    (small, "b", "1", "The slope of the operation is left out"),
    (small, "b", "-0.7864", "The sign is the other one"),
    (small, "b", "7.864", "the decimal point is not"),
    (woven, "d", "5.2", "That is c"),
    (woven, "b", "", "Type a number"),
]


@pytest.mark.parametrize("made, name, typed, said", SLIPS)
def test_a_slip_is_named(opened, made, name, typed, said):
    page = opened(Graph(ask=name, **made()))
    page.locator("form input").fill(typed)
    page.keyboard.press("Enter")
    words = page.get_by_role("status").inner_text()
    if said == "That is c":  # a value of another box is not what is asked for
        assert "Right" not in words
    else:
        assert said in words


@each
def test_the_right_slopes_are_called_right_and_filled_in(opened, made):
    slopes = way_back(tape(**made()))
    page = opened(Graph(ask=" ".join(slopes), bare=True, **made()))
    assert page.locator(".own").count() == 0
    for form, slope in zip(page.locator("form").all(), slopes.values()):
        form.locator("input").fill(f"{slope:.6g}")
        form.locator("button").click()
    words = page.get_by_role("status").all_inner_texts()
    assert all(text.startswith("Right") for text in words), words
    assert texts(page, "slope") == {name: shown(slopes[name]) for name in slopes}


def test_who_hands_back_too_early_is_told_for_whom_to_wait(opened):
    page = opened(Graph(ask="order", **woven()))
    said = page.get_by_role("status")
    speak = {name: page.locator(f'[data-do="speak:{name}"]') for name in "bcde"}
    speak["b"].click()
    assert "b has not heard from c and d" in said.inner_text()
    speak["e"].click()
    speak["c"].click()
    assert "c has not heard from d" in said.inner_text()
    assert "hand back 1," in said.inner_text()
    for name in "dcb":
        speak[name].click()
    assert said.inner_text().endswith("none too early: e, d, c, b.")
    slopes = way_back(tape(**woven()))
    assert texts(page, "slope") == {name: shown(slopes[name]) for name in slopes}
    page.get_by_role("button", name="Start again").click()
    assert set(texts(page, "slope").values()) == {""}


RENDERED = """async ([source, state, typed]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const el = document.createElement("div");
  document.querySelector("main").replaceChildren(el);
  const heard = [];
  el.addEventListener("asked", ({ detail }) => detail.restore(typed));
  el.addEventListener("answered", ({ detail }) => heard.push(detail));
  (await import(url)).default.render({ model: { get: (name) => state[name] }, el });
  return heard;
}"""


@pytest.mark.parametrize(
    "ask, typed, said",
    [
        ("x", "6.131", "Right, when you were here before."),
        ("x", "3", ""),
        ("order", "y t b a", "All have handed back, none too early: y, t, b, a."),
        ("order", "y b", "Too early: b has not heard from t."),
        ("order", "nobody", ""),
    ],
)
def test_what_was_typed_before_comes_back(opened, ask, typed, said):
    widget = Graph(ask=ask, **small())
    page = opened(Graph(**small()))
    state = {"graph": widget.graph, "said": widget.said}
    page.evaluate(RENDERED, [engine.module("graph"), state, typed])
    assert page.get_by_role("status").inner_text().startswith(said)
    assert bool(page.get_by_role("status").inner_text()) == bool(said)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_and_can_be_read(opened, width, scheme):
    page = opened(Graph(**small()), size=(width, 800), color_scheme=scheme)
    page.add_style_tag(content=":root { color-scheme: light dark; background: Canvas }")
    for _ in range(8):
        page.locator('[data-do="next"]').click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [b.bounding_box() for b in page.locator(".unit .box").all()]
    for k, one in enumerate(boxes):
        for other in boxes[:k]:
            apart = (
                one["x"] >= other["x"] + other["width"]
                or other["x"] >= one["x"] + one["width"]
                or one["y"] >= other["y"] + other["height"]
                or other["y"] >= one["y"] + one["height"]
            )
            assert apart
    sizes = page.evaluate(
        """() => [...document.querySelectorAll(".drawing text")].map((t) =>
        t.getBoundingClientRect().height).filter((high) => high)"""
    )
    assert min(sizes) > 11
    page.wait_for_timeout(700)
    page.evaluate(AXE + "; 0")
    run = """axe.run(".graph-view", { preload: false }).then((e) => e.violations)"""
    assert not [found["id"] for found in page.evaluate(run)]


def test_who_types_goes_on_typing(opened):
    page = opened(Graph(begin="back", **small()))
    page.locator("form input").focus()
    for typed in "1", "1":
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        assert page.get_by_role("status").inner_text().startswith("Right")
        page.keyboard.press("Enter")
    assert page.locator(".count").inner_text() == "step 7 of 9"
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    assert (
        "slope of the operation is left out" in page.get_by_role("status").inner_text()
    )


def test_page_keys_are_the_decks(opened):
    page = opened(Graph(**small()))
    page.evaluate(
        "() => { window.heard = []; document.onkeydown = (e) => heard.push(e.key) }"
    )
    page.locator("form input").focus()
    for key in "ArrowRight", "PageDown", "1", "PageUp":
        page.keyboard.press(key)
    assert page.evaluate("heard") == ["PageDown", "PageUp"]


# ---- in the chapter


def graphs():
    """(number of the cell, what is stored) of every graph of the chapter."""
    for k, cell in enumerate(json.loads(NOTEBOOK.read_text("utf-8"))["cells"]):
        for output in cell.get("outputs", []):
            page = "".join(output.get("data", {}).get("text/html", []))
            for found in re.findall(r'data-widget="graph" data-state="(.*?)"', page):
                yield k, json.loads(html.unescape(found))["graph"]


def test_no_answer_of_the_chapter_is_printed_before_it_is_asked_for():
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    asked = 0
    for k, graph in graphs():
        lines = [type("Line", (), line) for line in graph["lines"]]
        slopes = way_back(lines)
        before = " ".join(
            "".join(cell["source"])
            + "".join("".join(out.get("text", [])) for out in cell.get("outputs", []))
            for cell in cells[:k]
            if "answer" not in cell["metadata"].get("tags", [])
        )
        for name in graph["asked"]:
            if not float(slopes[name]).is_integer():
                asked += 1
                assert f"{abs(slopes[name]):.4f}" not in before, (k, name)
    assert asked >= 6


def test_the_chapter_has_a_walk_an_order_and_four_exercises():
    modes = [graph["mode"] for _, graph in graphs()]
    assert sorted(modes) == ["ask"] * 4 + ["order", "walk"]
    assert set(shared()) == {"said"}
