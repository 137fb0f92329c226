"""The front page: a question at once; its equation and its citation are the book's."""

import html
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from docutils.parsers.rst import DirectiveError

import backprop as bp
import examples
from book import agreement
from book.stepper import shown
from bookext.widgets import StepperOfTheBook

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "index.md").read_text(encoding="utf-8")


def test_its_equation_is_that_of_the_code():
    (block,) = agreement.BLOCK.finditer(PAGE)
    home = agreement.coded()["eq-hidden-delta"]
    here = agreement.model("backprop").parse(block["dollars"].strip())
    assert (here.lhs, here.relation, here.rhs) == (home.lhs, home.relation, home.rhs)


def test_its_stepper_begins_inside_the_forward_pass_of_three_units(pages):
    page = (pages / "index.html").read_text("utf-8")
    (stored,) = re.findall(r"""data-widget="stepper" data-state='([^']*)'""", page)
    state = json.loads(html.unescape(stored))["state"]
    net, X, D = examples.chain()
    assert state["given"]["w"] == net.w.tolist() and state["given"]["X"] == X.tolist()
    assert list(state["phases"]) == ["forward", "output delta", "hidden delta"]
    assert state["phases"]["forward"] == ["eq-net-output", "eq-output"]
    hidden = bp.forward(net, X).H
    assert hidden == 0.5, "the first question is no longer one for the head"


def words(page):
    return page.locator(".question").inner_text()


@pytest.mark.parametrize("width, height", [(1280, 800), (360, 740)])
def test_a_reader_meets_a_question_at_once_and_a_delta_three_steps_on(
    browser, pages, width, height
):
    size = {"width": width, "height": height}
    page = browser.new_page(viewport=size)
    page.goto((pages / "index.html").as_uri())
    field, show = page.locator(".ask input"), page.locator('[data-do="show"]')
    field.wait_for()
    for part in (page.locator(".question"), field, show):
        box = part.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height - 8
    assert "What is No1, the net input of output unit 1? Type it" in words(page)
    # Answered once as the reader is invited to, then by the button.
    net, X, D = examples.chain()
    before = bp.forward(net, X)
    field.fill(f"{before.N_o.item():.4g}")
    field.press("Enter")
    for _ in range(2):
        page.locator('[data-do="on"]').click()
        show.click()
    page.locator('[data-do="on"]').click()
    assert "What is δo1" in words(page)
    show.click()
    delta = bp.output_delta(before.O, D, before.N_o, net.f)
    assert shown(delta.item()) in words(page)
    page.close()


@pytest.mark.parametrize(
    "wrong, reason",
    [
        (":begin: eq-net-hidden", "begin is 'eq-net-hidden'; expected one of eq-error"),
        (":example: chains", "no example 'chains' in examples.py"),
    ],
)
def test_what_cannot_begin_is_said(wrong, reason):
    name, value = re.fullmatch(r":(\w+): (.*)", wrong).groups()
    directive = object.__new__(StepperOfTheBook)
    directive.arguments, directive.options = ["output delta"], {name: value}
    directive.state_machine = SimpleNamespace(document=None)
    directive.state = SimpleNamespace(
        document=SimpleNamespace(
            settings=SimpleNamespace(
                env=SimpleNamespace(note_dependency=lambda path: None)
            )
        )
    )
    with pytest.raises(DirectiveError) as refused:
        directive.run()
    assert reason in refused.value.msg


def test_its_citation_is_that_of_the_citation_file():
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    (cited,) = re.findall(r"^Cite it as: (.*)$", PAGE, re.M)
    plain = cited.replace("*", "")
    assert cff["authors"][0]["name"] in plain and cff["title"] in plain
    assert f"Version {cff['version']}, {cff['date-released'].year}." in plain
