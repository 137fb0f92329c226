"""A reference to an equation goes to the equation that its sentence speaks of.

Where a formula, a symbol, a line of code or a function stands beside a reference, the
equation is compared with it; where only words stand there, nothing is.
"""

import inspect
import json
import re

import pytest

from book import agreement, inline
from book.bound import without_marks
from book.latex import LETTERS
from book.notation import PLAIN

LABEL = r"\{eq\}`(?P<label>eq-[\w-]+)`"
BESIDE = re.compile(rf"\$(?P<tex>[^$]+)\$(?:,| \()? (?:by )?{LABEL}")
CODE = re.compile(rf"`(?P<code>[^`]+)`[\w ]* is (?:the sum of )?{LABEL}")


INDICES = {
    letter
    for name in agreement.every()
    for letter in agreement.model(name).notation.over
}
FUNCTIONS = {
    carrier.function.__name__
    for name in agreement.every()
    for carrier in agreement.model(name).carriers.values()
}


def symbols(tex):
    """The letters of a formula with what stands below them, particular units aside."""
    found = set()
    for symbol in PLAIN.finditer(tex):
        if symbol["letter"].startswith("\\") and symbol["letter"] not in LETTERS:
            continue  # \\times, \\frac
        below = symbol["first"] if symbol["mark"] == "_" else ""
        found.add(symbol["letter"] + re.sub(r"[{}\d\s]", "", below or ""))
    return found


def references():
    """(place, line, label, what stands beside it, and of which kind that is)."""
    for path in agreement.chapters():
        cells = json.loads(path.read_text("utf-8"))["cells"]
        for k, cell in enumerate(cells):
            if cell["cell_type"] != "markdown":
                continue
            for line in without_marks("".join(cell["source"])).splitlines():
                place = f"{path.stem}[{k}]"
                for found in BESIDE.finditer(line):
                    if not symbols(inline.RELATION.split(found["tex"])[0]) - INDICES:
                        continue  # a number, or an index: of no equation in particular
                    yield place, found["label"], "formula", found["tex"]
                for found in CODE.finditer(line):
                    yield place, found["label"], "code", found["code"]
                if line.startswith("|"):
                    named = re.findall(r"(?<!\})`(\w+)`", line)
                    named = [name for name in named if name in FUNCTIONS]
                    for label in re.findall(LABEL, line):
                        if named:
                            yield place, label, "functions", tuple(named)


REFERENCES = [r for r in references() if r[1] in agreement.coded()]


@pytest.mark.parametrize("place, label, kind, beside", REFERENCES)
def test_a_reference_goes_to_the_equation_that_stands_beside_it(
    place, label, kind, beside
):
    carrier = agreement.model(agreement.home(label)).carriers[label]
    at = f"{place}: {beside} is not of {label}"
    if kind == "functions":
        assert carrier.function.__name__ in beside, at
    elif kind == "code":
        source = inspect.getsource(carrier.function).replace(" ", "")
        words = re.findall(r"[\w.]+", beside)
        assert beside.replace(" ", "") in source or words[0] in source, at
    elif inline.RELATION.search(beside):
        left = inline.RELATION.split(beside)[0]
        assert symbols(left) == symbols(inline.RELATION.split(carrier.tex)[0]), at
    else:
        assert symbols(beside) <= symbols(carrier.tex), at


def test_some_references_can_be_compared():
    assert len(REFERENCES) >= 18
