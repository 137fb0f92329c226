"""Every labelled equation of every module: its function computes it, and it gives what
its left side means."""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from places import at

ROOT = Path(__file__).parent.parent
FILES = {path.stem: path for path in sorted((ROOT / "code").glob("*.py"))}
FILES |= {f"models.{p.stem}": p for p in sorted((ROOT / "tests/models").glob("*.py"))}
LABEL = re.compile(r"\beq-[a-z0-9-]+")


def carriers(path):
    """(qualified name of a function, a label in its docstring), in the file at path."""
    waiting = [("", node) for node in ast.parse(path.read_text("utf-8")).body]
    while waiting:
        before, node = waiting.pop(0)
        if isinstance(node, ast.ClassDef):
            waiting += [(f"{before}{node.name}.", inner) for inner in node.body]
        elif isinstance(node, ast.FunctionDef):
            for label in LABEL.findall(ast.get_docstring(node) or ""):
                yield before + node.name, label


# Found without reading any mathematics: what cannot be read has to fail in a test.
EQUATIONS = [(name, *found) for name, path in FILES.items() for found in carriers(path)]
IDS = [f"{module}.{function}({label})" for module, function, label in EQUATIONS]
each = pytest.mark.parametrize("module, function, label", EQUATIONS, ids=IDS)


def model(module, label):
    """The model of a module that has a label."""
    from book.model import models

    return next(one for one in models(module).values() if label in one.order)


@each
def test_an_equation_is_computed_by_its_function(module, function, label):
    with at(f"{module}.{function}({label})"):
        from book import agreement

        # Both are a few dozen operations in double precision: 1e-9 leaves room.
        off = agreement.function_disagreement(model(module, label), label)
        assert off < 1e-9, f"function and docstring differ by {off:.2g}"


@each
def test_an_equation_gives_what_its_left_side_means(module, function, label):
    with at(f"{module}.{function}({label})"):
        from book import agreement

        off = agreement.meaning_disagreement(model(module, label), label)
        assert off < 1e-9, (
            f"the right side is off what the left side means by {off:.2g}"
        )


OF_CLASSES = [found for found in EQUATIONS if "." in found[1]]


@pytest.mark.parametrize(
    "module, function, label",
    OF_CLASSES,
    ids=[f"{module}.{function}({label})" for module, function, label in OF_CLASSES],
)
def test_a_function_is_its_equation_at_a_kink_too(module, function, label):
    """Random instances keep away from kinks; zero is where there is one."""
    with at(f"{module}.{function}({label})"):
        from book import agreement

        one = model(module, label)
        equation, carrier = one.equations[label], one.carriers[label]
        instance = agreement.instances(one, label=label)[0]
        (argument,) = [n[1] for n in equation.lhs[2:] if n[0] == "var"]
        instance.world.set(argument, np.zeros(instance.lanes))
        wanted = instance.world.table(equation.rhs, ())
        given = carrier.function(instance.function_of(carrier.owner), np.zeros(1))
        assert given == pytest.approx(wanted[0], abs=1e-12), "another value at zero"


def test_a_model_has_every_label_of_its_module():
    from book.model import models

    for name in FILES:
        module = import_module(name)
        known = [label for one in models(module).values() for label in one.order]
        assert {*known} == {label for m, _, label in EQUATIONS if m == name}


def unlabelled(path):
    """(qualified name, LaTeX) of each docstring equation without a label."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            text = ast.get_docstring(node) or ""
            if not LABEL.search(text):
                for tex in re.findall(r"\.\. math:: (.+)", text):
                    yield node.name, tex


def test_an_equation_without_a_label_is_none():
    """A label that was forgotten would leave its equation to itself. One is held here:
    the stretched tanh of chapter 11 is a transfer function, and of no model."""
    import tricks
    from book import agreement

    found = [(name, *one) for name, path in FILES.items() for one in unlabelled(path)]
    ((module, function, tex),) = found
    assert (module, function) == ("tricks", "__call__")
    f, instance = tricks.StretchedTanh(), agreement.model("backprop").instance(0)
    N = instance.raw["N"]
    value = instance.world.table(instance.model.parse(tex).rhs, ())
    assert value == pytest.approx(f(N), rel=1e-12)
    slope = (f(N + 1e-6) - f(N - 1e-6)) / 2e-6  # central differences err by 1e-10
    assert f.slope(N) == pytest.approx(slope, rel=1e-8)


def test_a_tuple_is_returned_in_the_order_of_its_arguments():
    from book import docstrings
    from book.model import models

    for name in FILES:
        for one in models(import_module(name)).values():
            for label, carrier in one.carriers.items():
                arguments = list(inspect.signature(carrier.function).parameters)
                given = docstrings.returned(carrier.function)
                known = [a for a in given if a in arguments]
                assert known == sorted(known, key=arguments.index), label


def test_the_phases_of_the_network_begin_where_the_book_says():
    from book import agreement

    phases = agreement.model("backprop").phase_labels
    assert {phase: labels[0] for phase, labels in phases.items()} == {
        "forward": "eq-net-hidden",
        "error": "eq-error",
        "output delta": "eq-output-delta",
        "hidden delta": "eq-hidden-delta",
        "update": "eq-update-v",
    }
    assert phases["error"] == ("eq-error",)
