"""The host that brings a stored widget to life in a built page."""

import json
import sys

import pytest
from bookext.widgets import script

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
    """A page with one counter that stands at 3, its module and what its counters share."""

    def opened(module, shared="{}"):
        (tmp_path / "counter.js").write_text(module, "utf-8")
        (tmp_path / "counter.py").write_text(f"def shared(): return {shared}\n", "utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "counter", raising=False)
        made = script(tmp_path / "counter.js", PLACES, package="")
        state = json.dumps({"count": 3}).replace('"', "&quot;")
        return live_page(
            made,
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
