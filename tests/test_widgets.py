"""The host that brings a stored widget to life in a built page."""

import json
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
from bookext.widgets import script  # noqa: E402

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
def open_widget(tmp_path, browser):
    def open_page(module, shared="{}"):
        (tmp_path / "counter.js").write_text(module, "utf-8")
        (tmp_path / "counter.py").write_text(f"def shared(): return {shared}\n", "utf-8")
        sys.modules.pop("counter", None)
        sys.path.insert(0, str(tmp_path))
        try:
            (tmp_path / "made.js").write_text(
                script(tmp_path / "counter.js", PLACES, package=""), "utf-8"
            )
        finally:
            sys.path.remove(str(tmp_path))
        state = json.dumps({"count": 3}).replace('"', "&quot;")
        (tmp_path / "page.html").write_text(
            f'<!DOCTYPE html><div data-widget="counter" data-state="{state}">'
            '<table><tr><td>3</td></tr></table></div><script src="made.js"></script>',
            "utf-8",
        )
        page = browser.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.goto((tmp_path / "page.html").as_uri())
        return page

    return open_page


def test_a_stored_widget_lives_without_a_kernel(open_widget):
    page = open_widget(COUNTER, '{"limit": 9, "trap": "</script>"}')
    button = page.get_by_role("button")
    assert button.text_content() == "3 of 9 (5.1)"
    assert not page.locator("table").is_visible()
    button.click()
    assert button.text_content() == "4 of 9 (5.1)"
    assert not page.said


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
    assert "The counter stays a table" in page.said[0]
