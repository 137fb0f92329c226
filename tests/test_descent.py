"""The descent: its surfaces, and that the browser walks as optimisers.py does."""

import json
import re

import numpy as np
import pytest

import throw
from book import descent, engine
from book.trees import Law, Laws, Setting, World, disagreement
from bookext.widgets import scripts
from conftest import ROOT, stored


@pytest.mark.parametrize("name", descent.SURFACES)
def test_the_slopes_of_a_surface_are_those_of_its_height(name):
    found = descent.SURFACES[name]
    height, *slopes = found.trees
    laws = Laws([Law(((height.name, (), height.rhs),))])
    x, y = np.random.default_rng(0).uniform(-1, 1, (2, 10))
    world = World(dict(zip(found.axes, (x, y))), Setting(laws), lanes=10)
    for slope, letter in zip(slopes, found.axes):
        assert slope.name == f"dE_d{letter}"
        assert disagreement(slope.lhs, slope.rhs, world) < 1e-12


@pytest.mark.parametrize("name", descent.MENU)
def test_every_rule_at_its_own_rate_ends_lower_than_it_starts(name):
    start = descent.SURFACES[name].start
    for rule, eta in descent.ETA.items():
        points = descent.path(name, rule, start, eta)
        E = descent.heights(name, points[:, 0], points[:, 1])
        assert len(points) == descent.STEPS + 1 and E[-1] < 0.5 * E[0], rule


def test_the_surface_of_the_arm_is_its_own_error():
    """The dials and landings of throw.py, which knows nothing of surfaces."""
    for w, v in np.random.default_rng(1).uniform(0.5, 4, (5, 2)):
        landed = throw.ball(v, throw.hand(w, 2.0))
        height = descent.heights("throw", w, v)
        assert height == pytest.approx(throw.error(landed, 10.0), rel=1e-12)
    tries = throw.practise(3.0, 2.0, 2.0, 10.0, eta=0.01, tries=9)
    walked = descent.path("throw", "gradient_descent", (3.0, 2.0), 0.01, steps=8)
    np.testing.assert_allclose(walked, tries[:, :2], rtol=1e-12)


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


def test_what_a_page_does_not_offer_is_not_shown(live_page):
    """One rule, and a surface that has a chapter of its own: no menus."""
    made = "".join(scripts(ROOT / "code/book/descent.js", {}).values())
    lone = descent.Descent("ravine", rules=["gradient_descent"])
    page = live_page(made, stored(lone), ["code/book/descent.css"])
    page.wait_for_selector(".descent-view")
    assert page.get_by_label("surface", exact=True).is_visible()
    for name in "rule", "against":
        assert not page.get_by_label(name, exact=True).is_visible()
    assert page.locator("input:visible").count() == 1


def test_the_arm_stands_alone_with_its_dials_for_axes(live_page):
    made = "".join(scripts(ROOT / "code/book/descent.js", {}).values())
    rules = ["gradient_descent"]
    arm = descent.Descent("throw", eta=0.01, rules=rules, steps=20)
    page = live_page(made, stored(arm), ["code/book/descent.css"])
    page.wait_for_selector(".descent-view")
    assert page.locator("select:visible").count() == 0
    assert page.locator(".across").inner_text().split() == ["2", "w", "3.6"]
    assert page.locator(".up").inner_text().split() == ["2.6", "v", "1"]
    said = page.get_by_role("status")
    before = said.text_content()
    assert before.startswith("From (3, 2)")
    page.get_by_label("rate").first.fill("-3")
    page.get_by_role("button", name="start at").press("ArrowUp")
    assert said.text_content() != before
    page.get_by_role("button", name="start again").click()
    assert said.text_content() == before
    assert "throw" not in descent.MENU  # the reader of another surface does not meet it


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
    rate = page.get_by_text("rate η").first.text_content()
    page.get_by_label("rule", exact=True).select_option("momentum")
    assert page.get_by_text("rate η").first.text_content() == rate
    page.get_by_label("against", exact=True).select_option("adam")
    assert "Dashed, Adam: 100 steps" in said.text_content()
    page.get_by_label("rate").nth(1).focus()
    alone = said.text_content()
    page.keyboard.press("ArrowRight")
    assert said.text_content() != alone
    page.get_by_label("against", exact=True).select_option("")
    assert "Dashed" not in said.text_content()
    page.get_by_label("surface", exact=True).select_option("saddle")
    assert "down to both sides" in said.text_content()
    page.get_by_role("button", name="start again").click()
    assert "From (−1.2, 0.001)" in said.text_content()


@pytest.fixture
def phone(browser, live_page):
    """The same on a phone's screen, 360 wide."""
    made = "".join(scripts(ROOT / "code/book/descent.js", {}).values())
    body = stored(descent.Descent("valley")) + "<p>more</p>" * 60
    page = live_page(made, body, ["code/book/descent.css"], size=(360, 740))
    page.wait_for_selector(".descent-view")
    return page


# What a finger at this place on the map would take hold of, and how it may move there.
UNDER = """([dx, dy]) => {
  const ring = document.querySelector(".start").getBoundingClientRect();
  const x = ring.x + ring.width / 2 + dx, y = ring.y + ring.height / 2 + dy;
  const found = document.elementFromPoint(x, y);
  return [found.getAttribute("class"), getComputedStyle(found).touchAction];
}"""


def test_a_thumb_holds_the_start_and_scrolls_everywhere_else(phone):
    for by in ([0, 0], [21, 0], [-21, 0], [0, 21], [0, -21], [15, 15]):
        assert phone.evaluate(UNDER, by) == ["grip", "none"], by
    for by in ([60, 0], [120, 30]):
        assert phone.evaluate(UNDER, by)[1] == "auto"
    assert (
        phone.evaluate(
            "getComputedStyle(document.querySelector('.descent-view svg')).touchAction"
        )
        == "auto"
    )


def test_the_start_follows_a_finger_from_where_it_was_taken(phone):
    said = phone.get_by_role("status")
    box = phone.locator(".start").bounding_box()
    x, y = box["x"] + box["width"] / 2 + 15, box["y"] + box["height"] / 2
    place = phone.locator(".start").get_attribute("cx")
    before = said.text_content()
    phone.mouse.move(x, y)
    phone.mouse.down()
    phone.mouse.move(x, y)
    assert phone.locator(".start").get_attribute("cx") == place
    phone.mouse.move(x + 40, y - 10)
    phone.mouse.up()
    assert said.text_content() != before
    moved = phone.locator(".start").bounding_box()
    assert moved["x"] - box["x"] == pytest.approx(40, abs=1.5)
    phone.mouse.move(x, y)  # let go, it stays
    assert phone.locator(".start").bounding_box() == moved


def test_the_map_says_what_its_axes_are(page):
    across = page.locator(".across").inner_text().split()
    up = page.locator(".up").inner_text().split()
    x0, x1, y0, y1 = (
        f"{v:g}".replace("-", "−") for v in descent.SURFACES["ravine"].window
    )
    assert across == [x0, "x", x1] and up == [y1, "y", y0]
    named = page.get_by_role("group", name=f"x from {x0} to {x1} across, y from {y0}")
    assert named.is_visible()


# ---- what is drawn, read back and compared with the surface and the walk

RENDER = """async ([source, shared, state, slider]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  const held = { ...state, descent: shared };
  const model = {
    get: (name) => held[name], set: (name, value) => { held[name] = value; },
    on() {}, off() {}, save_changes() {},
  };
  const el = document.createElement("div");
  document.body.replaceChildren(el);
  widget.render({ model, el });
  const rate = el.querySelector("input");
  if (slider !== null) {
    rate.value = slider;
    rate.dispatchEvent(new Event("input"));
  }
  const at = (node) => ["cx", "cy"].map((name) => Number(node.getAttribute(name)));
  return {
    view: el.querySelector("svg").getAttribute("viewBox"),
    levels: el.querySelector(".level").getAttribute("d"),
    track: el.querySelector(".own").getAttribute("d"),
    rival: el.querySelector(".rival").getAttribute("d"),
    marks: [...el.querySelectorAll(".heights text")].map((node) =>
      [...["x", "y"].map((name) => Number(node.getAttribute(name))), node.textContent]),
    bottom: el.querySelector(".bottom").getAttribute("d"),
    dots: [...el.querySelectorAll(".dots circle")].map(at),
    start: at(el.querySelector(".start")),
    label: el.querySelector(`label[for="${rate.id}"]`).textContent,
    spoken: rate.getAttribute("aria-valuetext"),
    slider: Number(rate.value), eta: held.eta,
    said: el.querySelector('[role="status"]').textContent,
  };
}"""
WIDE, HIGH = 640, 400
STATE = {"surface": "ravine", "rule": "adam", "eta": 0.08, "steps": 100}
STATE["start"] = list(descent.SURFACES["ravine"].start)


@pytest.fixture(scope="module")
def plane(browser):
    """A page in which maps are drawn, one after the other."""
    page = browser.new_page()
    yield page
    page.close()


def on_map(points, window):
    """Places on the map: x to the right, y upwards."""
    x0, x1, y0, y1 = window
    x, y = np.asarray(points, float).T
    return np.stack(
        [(x - x0) / (x1 - x0) * WIDE, HIGH - (y - y0) / (y1 - y0) * HIGH], 1
    )


def pairs(path):
    """The places that an SVG path goes through."""
    return np.array(
        [p.split(",") for p in path.replace("M", "L").split("L")[1:]], float
    )


def drawn_otherwise(page, source, state=STATE, slider=None):
    """What a map shows and should not, in sentences."""
    shared = json.loads(json.dumps(descent.shared()["descent"]))
    found = page.evaluate(RENDER, [source, shared, state, slider])
    faults = []
    eta = state["eta"] if slider is None else float(f"{10**slider:.3g}")
    window = descent.SURFACES[state["surface"]].window
    points = descent.path(
        state["surface"], state["rule"], state["start"], eta, state["steps"]
    )
    places = on_map(points, window)
    track, dots = pairs(found["track"]), np.array(found["dots"])
    for name, ours, right in (
        ("track", track, places),
        ("dots", dots, places[1:]),
        ("start", np.array([found["start"]]), places[:1]),
    ):
        if ours.shape != right.shape or np.abs(ours - right).max() > 0.06:
            faults.append(f"{name} begins at {ours[:2]}; expected {right[:2]}")
    if state.get("rival"):
        given = state["rival"], state["start"], state["rival_eta"], state["steps"]
        theirs = on_map(descent.path(state["surface"], *given), window)
        if np.abs(pairs(found["rival"]) - theirs).max() > 0.06:
            faults.append("the rival is somewhere else")
        E = descent.heights(
            state["surface"], *descent.path(state["surface"], *given)[-1]
        )
        said = f"Dashed, {descent.NAMES[state['rival']]}: "
        if said not in found["said"] or f"{E:.4g}" not in found["said"]:
            faults.append(f"of the rival it says {found['said']!r}; {said}{E}")
    low = descent.SURFACES[state["surface"]].low
    if low:
        (x, y), cross = on_map([low], window)[0], pairs(found["bottom"].split("l")[0])
        if np.abs(cross[0] + 9 - (x, y)).max() > 0.01:
            faults.append(f"the bottom is at {cross}")
    x0, x1, y0, y1 = window
    if len(found["marks"]) < 3:
        faults.append("there are too few heights on the map")
    for px, py, words in found["marks"]:
        x, y = x0 + px / WIDE * (x1 - x0), y0 + (HIGH - py) / HIGH * (y1 - y0)
        E, said = descent.heights(state["surface"], x, y), words.replace("−", "-")
        if abs(E - float(said)) > 0.06 * abs(E) + 0.02:
            faults.append(f"the map says {words} where it is {E}")
    if found["view"] != f"0 0 {WIDE} {HIGH}":
        faults.append(f"the map is {found['view']}")
    rate = f"{eta:.4g}"
    if (found["label"], found["spoken"]) != (f"rate η = {rate}", rate):
        faults.append(f"the rate is said as {found['label']!r}; it is {rate}")
    if abs(found["slider"] - np.log10(eta)) > 0.011 or found["eta"] != eta:
        faults.append(f"the slider stands at {found['slider']}, for {found['eta']}")
    end = descent.heights(state["surface"], *points[-1])
    height = re.search(r"height (−?[\d.]+\d)", found["said"])
    if not height or float(height[1].replace("−", "-")) != float(f"{end:.4g}"):
        faults.append(f"it says {found['said']!r}; the height is {end}")
    return faults + wrong_levels(found["levels"], state["surface"], window)


def wrong_levels(path, surface, window):
    """Whether each line joins points of one of the 13 heights, and none is missing."""
    x0, x1, y0, y1 = window
    grid = np.meshgrid(np.linspace(x0, x1, 97), np.linspace(y0, y1, 97))
    E = descent.heights(surface, *grid)
    heights = E.min() + np.ptp(E) * (np.arange(1, 14) / 14) ** 3
    px, py = pairs(path).T
    x, y = x0 + px / WIDE * (x1 - x0), y0 + (HIGH - py) / HIGH * (y1 - y0)
    off = np.abs(descent.heights(surface, x, y)[:, None] - heights)
    faults = []
    if off.min(axis=1).max() > 2e-3 * np.ptp(E):
        faults.append("a line of equal height has another height")
    if set(off.argmin(axis=1)) != set(range(13)):
        faults.append("a line of equal height is missing")
    return faults


@pytest.mark.parametrize("surface", descent.SURFACES)
def test_a_map_shows_its_surface_and_its_walk(plane, surface):
    start = list(descent.SURFACES[surface].start)
    for rule in "gradient_descent", "adam":
        state = {**STATE, "surface": surface, "rule": rule, "start": start}
        state["eta"] = descent.ETA[rule]
        if surface not in descent.MENU:  # its bottom can be reached, up to rounding
            state["steps"] = 10
        assert not drawn_otherwise(plane, engine.module("descent"), state)


def test_two_rules_are_drawn_on_one_map(plane):
    state = {**STATE, "rival": "momentum", "rival_eta": 0.01}
    assert not drawn_otherwise(plane, engine.module("descent"), state)


@pytest.mark.parametrize(
    "surface, rule, eta",
    [("valley", "gradient_descent", 3.0), ("ravine", "gradient_descent", 3.0)],
)
def test_a_path_that_runs_away_has_no_height(plane, surface, rule, eta):
    """In the valley a million steps of a billion are still numbers, in the ravine not:
    either way it says so, and never "height Infinity"."""
    start = list(descent.SURFACES[surface].start)
    state = {**STATE, "surface": surface, "rule": rule, "eta": eta, "start": start}
    shared = json.loads(json.dumps(descent.shared()["descent"]))
    found = plane.evaluate(RENDER, [engine.module("descent"), shared, state, None])
    points = descent.path(surface, rule, start, eta)
    high = descent.heights(surface, *points.T) >= descent.AWAY
    after = high.argmax() if high.any() else len(points) - 1
    assert f"runs away, off every map after {after} steps" in found["said"]
    assert "height" not in found["said"]
    table = descent.Descent(surface, rule, eta, rules=[rule])._table()
    assert "<td>ran away</td></tr>" in table and "inf" not in table


def test_the_goal_is_counted_in_steps(plane):
    state = {**STATE, "surface": "valley", "rule": "momentum", "eta": 0.05}
    state |= {"start": [-2.0, 0.5], "steps": 20}
    E = descent.heights(
        "valley", *descent.path("valley", "momentum", (-2, 0.5), 0.05, 20).T
    )
    shared = json.loads(json.dumps(descent.shared()["descent"]))
    for goal in 1.0, 1e-9:
        found = plane.evaluate(
            RENDER, [engine.module("descent"), shared, state | {"goal": goal}, None]
        )
        first = np.flatnonzero(E < goal)
        words = (
            f"after {first[0]} it is below 1." if len(first) else "; never below 1e−9."
        )
        assert words in found["said"]


def test_the_slider_is_the_rate(plane):
    for slider in -3, -2.5, -1.5:
        assert not drawn_otherwise(plane, engine.module("descent"), slider=slider)


@pytest.mark.parametrize(
    "old, new",
    [
        ("HIGH - ((y - y0)", "((y - y0)"),  # the map upside down
        ("px(x0 + ((x1 - x0) * i)", "px(x0 + ((x1 - x0) * (i + 1))"),
        ("py(y0 + ((y1 - y0) * j)", "py(y0 + ((y1 - y0) * (j + 1))"),
        ("crossings(E, height)", "crossings(E, height + 0.3)"),
        ("x0 + ((x1 - x0) * i) / CELLS", "x0 + ((x1 - x0) * (i + 1)) / CELLS"),
        ("((k + 1) / LEVELS) ** 3", "((k + 1) / LEVELS) ** 2"),
        ("LEVELS = 14", "LEVELS = 13"),
        ("(10 ** Number(input.value))", "(10 * 10 ** Number(input.value))"),
        ("Math.log10(rate)", "Math.log10(10 * rate)"),
        ("`rate η = ${short(rate)}`", "`rate η = ${short(10 * rate)}`"),
        ('"aria-valuetext", short(rate)', '"aria-valuetext", short(rate / 10)'),
        ("clip(px(x)), clip(py(y))]", "clip(px(x)), clip(py(x))]"),
        ('"cy", py(now.start[1])', '"cy", py(now.start[0])'),
        ("value.toPrecision(4)", "value.toPrecision(2)"),
        (
            "evaluate(tree, { [across]: x, [up]: y })",
            "evaluate(tree, { [across]: y, [up]: x })",
        ),
        ("short(heights[steps])", "short(heights[0])"),
        ("state(),\n\t\t\tfound", "{ ...state(), eta: 1 },\n\t\t\tfound"),
    ],
)
def test_a_change_of_the_map_is_noticed(plane, old, new):
    source = (engine.FOLDER / "descent.js").read_text("utf-8")
    assert source.count(old), "this is no longer in the source"
    changed = engine.module("descent", source.replace(old, new, 1))
    assert drawn_otherwise(plane, changed) or drawn_otherwise(plane, changed, slider=-2)
