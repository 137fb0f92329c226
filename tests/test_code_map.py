"""Line by line: no equation without its code, no code without its equation."""

import inspect
import re
from pathlib import Path

from book import agreement
import pytest

import backprop as bp
from book import equations as eq
from book import stepper

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "back" / "code-map.md").read_text("utf-8")
ON_THE_PAGE = re.findall(r"\{code-map\} (\w+)", PAGE)

# Public functions of backprop.py that repeat, choose or start, and compute nothing new.
WITHOUT_EQUATION = {"draw", "forward", "gradient", "network", "steps", "train", "transfer_function"}


def with_labels():
    """The modules whose docstrings have labelled equations."""
    for path in sorted((ROOT / "code").glob("*.py")):
        text = path.read_text("utf-8")
        if re.search(r"\(eq-[a-z]", text) and ".. math::" in text:
            if eq.registry(path.stem):
                yield path.stem


def test_every_module_with_equations_is_on_the_page():
    assert sorted(ON_THE_PAGE) == sorted(with_labels())


@pytest.mark.parametrize("module", ON_THE_PAGE)
def test_every_equation_of_the_code_has_a_chapter(module):
    derived = {e.label for path in agreement.chapters() for e in agreement.displayed(path)}
    assert set(eq.registry(module)) <= derived


def test_every_function_of_the_algorithm_has_its_equation():
    with_equation = {e.function.split(".")[0] for e in eq.registry().values()}
    public = {
        name
        for name, thing in vars(bp).items()
        if inspect.isfunction(thing)
        and thing.__module__ == "backprop"
        and not name.startswith("_")
    }
    assert public - with_equation == WITHOUT_EQUATION


def test_every_line_that_computes_a_number_of_the_pass_has_its_equation():
    """The quantities of a Pass and the equations of the functions are the same."""
    labels = [said.__metadata__[1] for said in bp.Pass.__annotations__.values()]
    functions = {e.label for e in eq.registry().values() if "." not in e.function}
    assert len(labels) == len(set(labels)) and set(labels) == functions


def test_every_equation_of_the_pass_has_its_step():
    shown = [label for labels in stepper.PHASES.values() for label in labels]
    functions = {e.label for e in eq.registry().values() if "." not in e.function}
    assert len(shown) == len(set(shown)) and set(shown) == functions


@pytest.mark.parametrize("label", eq.registry())
def test_the_line_of_an_equation_is_in_its_function(label):
    equation = eq.registry()[label]
    thing = bp
    for name in equation.function.split("."):
        thing = getattr(thing, name)
    lines, first = inspect.getsourcelines(thing)
    code = lines[equation.line - first].strip()
    assert code.startswith(("return ", f"{equation.name} = ")), code
