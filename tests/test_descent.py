"""The descent: its surfaces, and that the browser walks as optimisers.py does."""

import numpy as np
import pytest

from book import descent, engine
from book.latex import parse
from book.trees import Law, Laws, Setting, World, disagreement
from bookext.widgets import scripts
from conftest import ROOT, stored


@pytest.mark.parametrize("name", descent.SURFACES)
def test_the_slopes_of_a_surface_are_those_of_its_height(name):
    found = descent.SURFACES[name]
    height = parse(found.E, descent.NOTATION)
    laws = Laws([Law(((height.name, (), height.rhs),))])
    x, y = np.random.default_rng(0).uniform(-1, 1, (2, 10))
    world = World({"x": x, "y": y}, Setting(laws), lanes=10)
    for tex in found.slope_x, found.slope_y:
        slope = parse(tex, descent.NOTATION)
        assert disagreement(slope.lhs, slope.rhs, world) < 1e-12


@pytest.mark.parametrize("name", descent.SURFACES)
def test_every_rule_at_its_own_rate_ends_lower_than_it_starts(name):
    start = descent.SURFACES[name].start
    for rule, eta in descent.ETA.items():
        points = descent.path(name, rule, start, eta)
        E = descent.heights(name, points[:, 0], points[:, 1])
        assert len(points) == descent.STEPS + 1 and E[-1] < 0.5 * E[0], rule


def test_a_rate_that_is_too_large_gives_a_shorter_path():
    points = descent.path("ravine", "gradient_descent", (-1.2, 1.2), 3.0)
    assert len(points) < 20 and np.isfinite(points).all()


REFUSED = [
    (dict(surface="hill"), "surface is 'hill'; expected one of valley, saddle, ravine"),
    (dict(rule="luck"), "rule is 'luck'; expected one of gradient_descent"),
    (dict(eta=-1), "eta is -1; expected a positive number"),
    (dict(start=(1, np.nan)), "start is .* two finite numbers"),
]


@pytest.mark.parametrize("wrong, message", REFUSED)
def test_what_cannot_be_drawn_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        descent.Descent(**wrong)


@pytest.fixture
def page(live_page):
    """A page with one descent, alive."""
    made = "".join(scripts(ROOT / "code/book/descent.js", {}).values())
    body = stored(descent.Descent("ravine", "adam"))
    page = live_page(made, body, ["code/book/descent.css"])
    page.wait_for_selector(".descent-view")
    return page


def test_the_browser_walks_as_optimisers_does(page):
    rng = np.random.default_rng(0)
    cases = [
        dict(surface=s, rule=r, eta=e * f, start=list(rng.uniform(-1, 1, 2)), steps=60)
        for s in descent.SURFACES
        for r, e in descent.ETA.items()
        for f in (0.5, 1.0)
    ]
    got = page.evaluate(
        """async ([source, shared, cases]) => {
          const blob = new Blob([source], { type: "text/javascript" });
          const url = URL.createObjectURL(blob);
          const { walk } = await import(url);
          return cases.map((one) => walk(shared, one));
        }""",
        [engine.module("descent"), descent.shared()["descent"], cases],
    )
    for one, points in zip(cases, got):
        rule_path = descent.path(**one)
        assert len(points) == len(rule_path), one
        # 60 steps of the same double arithmetic; a ravine magnifies the last bit.
        np.testing.assert_allclose(points, rule_path, rtol=1e-9, atol=1e-9)


def test_start_rate_rule_and_surface_can_be_changed_by_keyboard(page):
    said = page.get_by_role("status")
    before = said.text_content()
    page.get_by_role("button", name="start at").focus()
    page.keyboard.press("ArrowRight")
    moved = said.text_content()
    assert moved != before
    page.get_by_label("rate").focus()
    page.keyboard.press("End")
    assert "out of bounds" in said.text_content() or said.text_content() != moved
    page.get_by_label("rule", exact=True).select_option("momentum")
    page.get_by_label("surface", exact=True).select_option("saddle")
    assert "down to both sides" in said.text_content()
    page.get_by_role("button", name="start again").click()
    assert "From (−1.2, 0.001)" in said.text_content()
