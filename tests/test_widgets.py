"""The host that brings a stored widget to life in a built page."""

import json
import sys

import pytest

from book import engine
from book.exercise import Exercise
from book.model import models
from book.picture import PICTURES
from book.stepper import Stepper
from bookext.packing import packed, pressed, tokens
from bookext.widgets import names, pictures, scripts
from conftest import ROOT

COUNTER = """
export default {
  render({ model, el }) {
    const button = document.createElement("button");
    const show = () => {
      const { number } = model.get("places")["eq-x"];
      button.textContent = `${model.get("count")} of ${model.get("limit")} (${number})`;
    };
    button.onclick = () => {
      model.set("count", model.get("count") + 1);
      model.save_changes();
    };
    model.on("change:count", show);
    show();
    el.append(button);
  },
};
"""
PLACES = {"eq-x": {"number": "5.1", "chapter": "x.html", "code": ""}}


@pytest.fixture
def open_widget(live_page, tmp_path, monkeypatch):
    """A page with one counter that stands at 3, its module, what its counters share."""

    def opened(module, shared="{}"):
        (tmp_path / "counter.js").write_text(module, "utf-8")
        (tmp_path / "counter.py").write_text(
            f"def shared(): return {shared}\n", "utf-8"
        )
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "counter", raising=False)
        made = scripts(tmp_path / "counter.js", PLACES, package="")
        state = json.dumps({"count": 3}).replace('"', "&quot;")
        return live_page(
            "".join(made.values()),
            f'<div data-widget="counter" data-state="{state}">'
            "<table><tr><td>3</td></tr></table></div>",
        )

    return opened


def test_a_stored_widget_lives_without_a_kernel(open_widget):
    page = open_widget(COUNTER, '{"limit": 9, "trap": "</script>"}')
    button = page.get_by_role("button")
    assert button.text_content() == "3 of 9 (5.1)"
    assert not page.locator("table").is_visible()
    button.click()
    assert button.text_content() == "4 of 9 (5.1)"


@pytest.mark.parametrize(
    "module",
    [
        "export default { render() { throw new Error('no luck'); } };",
        "export default { render( };",
    ],
)
def test_when_a_widget_fails_the_table_stays_and_the_console_says_why(
    open_widget, module
):
    page = open_widget(module)
    page.wait_for_function("true")
    page.wait_for_timeout(200)
    assert page.locator("table").is_visible()
    assert "The counter stays a table" in page.wrong.pop(0)


# A module that shows which engine it was given, and how often one was made.
SPY = """
import { evaluate } from "./engine.js";
export default {
  render({ el }) {
    globalThis.engines = (globalThis.engines ?? new Set()).add(evaluate);
    el.textContent = evaluate(["add", ["num", "1"], ["num", "2"]], {});
  },
};
"""


def test_the_widgets_of_a_page_share_one_engine_and_load_what_is_common_once(
    live_page, tmp_path
):
    made = {}
    for stem in "first", "second":
        (tmp_path / f"{stem}.js").write_text(SPY, "utf-8")
        made |= scripts(tmp_path / f"{stem}.js", PLACES)
    assert list(made) == ["host.js", "engine.js", "first.js", "second.js"]
    body = '<div data-widget="first"></div><div data-widget="second"></div>'
    page = live_page("".join(made.values()), body)
    page.wait_for_selector(".widget.second")
    assert page.locator(".widget").all_inner_texts() == ["3", "3"]
    assert page.evaluate("engines.size") == 1
    book = ROOT / "code" / "book"
    loaded = [scripts(book / f"{stem}.js", PLACES) for stem in ("stepper", "exercise")]
    assert loaded[0]["book.data.js"] == loaded[1]["book.data.js"]
    for one in loaded:
        assert sum("equations:{" in text for text in one.values()) == 1


@pytest.mark.parametrize(
    "name, drawn", [("backprop", set()), ("models.convolution", {"grid"})]
)
def test_a_page_brings_the_drawings_of_its_models_only(live_page, name, drawn):
    model = models(name)[name.split(".")[-1]]
    widget = Stepper(model, **model.instance(0).raw)
    body = widget._repr_mimebundle_()[0]["text/html"]
    assert pictures(body) == {"network"} | drawn
    module = ROOT / "code" / "book" / "stepper.js"
    brought = names(module, drawn=pictures(body))
    assert {p for p in PICTURES if f"{p}.js" in brought} == pictures(body)
    made = scripts(module, {})
    page = live_page("".join(made[name] for name in brought), body)
    page.wait_for_selector(".widget svg")
    assert not page.locator("table").first.is_visible()


def test_live_widgets_of_a_notebook_share_one_engine(browser, monkeypatch, tmp_path):
    for widget in Stepper, Exercise:
        assert 'from "data:' in widget._esm
    for name in "engine", "first", "second":
        source = ROOT / "code" / "book" / "engine.js"
        text = source.read_text("utf-8") if name == "engine" else SPY
        (tmp_path / f"{name}.js").write_text(text, "utf-8")
    monkeypatch.setattr(engine, "FOLDER", tmp_path)
    page = browser.new_page()
    page.goto("data:text/html,<!DOCTYPE html><p>a notebook")
    found = page.evaluate(
        """async (sources) => {
          for (const source of sources) {
            const blob = new Blob([source], { type: "text/javascript" });
            const { default: widget } = await import(URL.createObjectURL(blob));
            widget.render({ el: document.querySelector("p") });
          }
          return [engines.size, document.querySelector("p").textContent];
        }""",
        [engine.module("first"), engine.module("second")],
    )
    assert found == [1, "3"]


MODULES = sorted((ROOT / "code" / "book").glob("*.js"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_packed_module_has_every_token_of_its_source(path):
    text = path.read_text("utf-8")
    kept = [token for token in tokens(text) if token]
    assert [token for token in tokens(packed(text)) if token] == kept
    assert len(packed(text)) < 0.9 * len(text) and "\n//" not in packed(text)


def test_what_could_be_taken_for_a_comment_or_a_blank_stays_in_strings():
    text = "const a = `x // ${ f({ b: `/* ${ 1 / 2 } */ '` }) } y`; // gone\n"
    text += 'const c = / \\/[/*] "/.test(a) ? a / 2 / 3 : - -a; /* no */ return "//";'
    assert packed(text) == (
        "const a=`x // ${ f({ b: `/* ${ 1 / 2 } */ '` }) } y`;"
        'const c=/ \\/[/*] "/.test(a)?a/2/3:- -a;return "//";\n'
    )
    assert pressed("a {\n\tb: c; /* d\n e */\n\n}\n") == "a {\nb: c;\n}"
