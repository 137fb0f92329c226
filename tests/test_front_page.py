"""The front page: its equation is the book's, its stepper too, its citation right."""

import re
from pathlib import Path

import yaml

from book import agreement
from book.stepper import Stepper

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "index.md").read_text(encoding="utf-8")


def test_its_equation_is_that_of_the_code():
    (block,) = agreement.BLOCK.finditer(PAGE)
    home = agreement.coded()["eq-hidden-delta"]
    here = agreement.model("backprop").parse(block["dollars"].strip())
    assert (here.lhs, here.relation, here.rhs) == (home.lhs, home.relation, home.rhs)


def test_its_stepper_shows_the_same_line(pages):
    html = (pages / "index.html").read_text("utf-8")
    assert html.count('data-widget="stepper"') == 1
    state = re.search(r'data-state="([^"]*)"', html)[1]
    assert "hidden delta" in state
    table = Stepper("backprop", phases=("hidden delta",))._table()
    first = re.search(r"<td[^>]*>.*?</td>", table)[0]
    assert first in html


def test_its_citation_is_that_of_the_citation_file():
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    (cited,) = re.findall(r"^Cite it as: (.*)$", PAGE, re.M)
    plain = cited.replace("*", "")
    assert cff["authors"][0]["name"] in plain and cff["title"] in plain
    assert f"Version {cff['version']}, {cff['date-released'].year}." in plain
