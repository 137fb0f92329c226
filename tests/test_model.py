"""Each declared model: its functions, its slopes, what a wrong declaration says."""

import ast
import importlib
import inspect
import json
import sys
from copy import deepcopy

import numpy as np
import pytest

import backprop
from book import agreement, model
from book.instance import DeclarationError
from book.model import Model
from book.trees import EquationError

MODULES = "backprop fruit losses optimisers rules".split() + [
    "models." + name
    for name in "convolution recurrent lstm boltzmann hopfield relaxation twice".split()
]
MODELS = [m for name in MODULES for m in model.models(name).values()]
EQUATIONS = [(m, label) for m in MODELS for label in m.order]


def test_a_scan_gives_the_same_deltas_as_nudging():
    import models.recurrent as recurrent

    declared = deepcopy(recurrent.MODELS["recurrent"])
    del declared["means"][r"\delta_{th}"]
    scanned = Model(recurrent, "recurrent", declared).instance(3)
    nudged = model.models(recurrent)["recurrent"].instance(3)
    law = scanned.world.setting.laws["delta_h"]
    assert law.backward and law.scan == "t"
    np.testing.assert_allclose(
        scanned.world["delta_h"], nudged.world["delta_h"], rtol=1e-12
    )


def test_a_small_nudge_contrasts_to_the_slope_of_the_cost_at_rest():
    m = model.models("models.relaxation")["relaxation"]
    instance = m.instance(0, beta=1e-4)
    slope = ("d", ("var", "J"), ("var", "w", "i1", "i2"))
    exact = instance.world.table(slope, ())[..., 0]
    assert instance.world["G"][0, 1] == pytest.approx(exact, rel=1e-2)


def test_the_data_of_every_model_are_plain():
    for m in MODELS:
        data = json.loads(json.dumps(m.data()))
        assert [e["label"] for e in data["equations"]] == list(m.order)
        given = json.loads(json.dumps(m.instance(0).data()))
        known = {name for law in data["laws"] for name, *_ in law["equations"]}
        assert given["values"] and not known & set(given["values"])


def test_the_order_of_the_labels_is_that_of_the_steps():
    net = backprop.network(np.random.default_rng(0), (3, 4, 2))
    steps = backprop.steps(net, np.ones((1, 3)), np.ones((1, 2)))
    labels = [step.label for step in steps]
    assert labels == [
        k for k in model.models(backprop)["backprop"].order if k in labels
    ]


def test_rows_come_first_and_everything_else_is_a_mean():
    m = model.models(backprop)["backprop"]
    instance = m.instance(0, examples=6)
    assert m.call("eq-hidden", instance).shape == (6, 4)
    slopes = instance.world.table(m.equations["eq-slope-v"].rhs, ("h", "o"))
    assert m.expected("eq-slope-v", instance) == pytest.approx(slopes.mean(axis=-1))


def test_an_example_that_is_given_has_its_quantities():
    import examples

    m = model.models(backprop)["backprop"]
    net, X, D = examples.running()
    world = m.given(net=net, X=X, D=D, eta=0.5).world
    np.testing.assert_allclose(world.value("O")[..., 0], backprop.forward(net, X).O[0])


def declared(**changes):
    return {**backprop.MODELS["backprop"], **changes}


@pytest.mark.parametrize("changes, found, expected", [
    ({"symbols": ["w"]}, "'symbols'] is ['w']", "LaTeX -> name in code"),
    ({"rows": "X Q"}, "'rows'] is 'Q'", "a name in code from symbols"),
    ({"row": "X"}, "'row'] is 'X'", "one of the keys symbols"),
    ({"labels": "eq-nothing"}, "is 'eq-nothing'", "a label of a docstring"),
    ({"phases": {"one": "eq-nothing"}}, "is 'eq-nothing'", "one of eq-logistic"),
    ({"draw": None}, "'draw'] is None", "a function of a Generator"),
    ({"scan": {"t": "times"}}, "'scan'] is 'times'", "one of examples, hidden"),
    ({"picture": "unrolled"}, "'picture'] is 'unrolled'", "one of network, grid"),
    ({"made": {"net": "w"}}, "'made'] is 'w'", "(class, names of its parts)"),
    ({"outside": {"Q": 0}}, "'outside'] is 'Q'", "a name in code"),
    ({"means": {"2 N_h": "E"}}, "'means'] is '2 N_h'", "a symbol"),
    ({"means": {r"\delta_o": ("d",)}}, "'means'] is ", "LaTeX"),
    ({"also": ("E = Q",)}, "'also'] is 'E = Q'",
     "E = ⟦here⟧Q: the letter Q has no meaning"),
    ({"states": {"Q": (0, 1)}}, "'states'] is 'Q'", "a name in code from symbols"),
])  # fmt: skip
def test_a_malformed_declaration_says_where_what_and_what_was_expected(
    changes, found, expected
):
    with pytest.raises(DeclarationError) as refusal:
        Model(backprop, "backprop", declared(**changes))
    assert "backprop.MODELS['backprop']" in str(refusal.value)
    assert found in str(refusal.value) and expected in str(refusal.value)


@pytest.mark.parametrize(
    "drawn, expected",
    [
        ({"X": np.ones((2, 5, 3))}, "X with shape (2, 5, 3)"),
        ({"X": np.ones((2, 3)), "D": np.ones((3, 2))}, "one number of examples"),
        ({"w": np.ones((3, 4)), "b": np.ones(5)}, "expected 4 hidden"),
        ({"ranges": {"z": (0, 1)}}, "ranges of index letters"),
        ([], "a function that returns name -> quantity"),
    ],
)
def test_a_draw_that_does_not_fit_says_so(drawn, expected):
    m = Model(backprop, "backprop", declared(draw=lambda rng: drawn))
    with pytest.raises(DeclarationError) as refusal:
        m.instance(0)
    assert expected in str(refusal.value)


POOL = """def mean_pool(x):
    r'''The mean (eq-pool).

    .. math:: M = \\sum_i x_i
    '''
    return -x.mean()
"""
ELSEWHERE = """
MODELS = {"pool": {"symbols": "M x_i", "indices": {"i": "places"}, "labels": " ",
                   "draw": lambda rng: {"x": rng.normal(size=3)}}}
"""


@pytest.mark.parametrize("source", [POOL, POOL + ELSEWHERE])
def test_a_labelled_function_that_no_model_has_is_an_error(
    source, tmp_path, monkeypatch
):
    (tmp_path / "unclaimed.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "unclaimed", raising=False)
    with pytest.raises(DeclarationError, match="unclaimed.mean_pool computes eq-pool"):
        model.models("unclaimed")


def test_labels_that_do_not_match_their_equations_are_refused(tmp_path, monkeypatch):
    text = "def odd():\n    r'''No (eq-one, eq-two).\n\n    .. math:: E = 1\n    '''\n"
    (tmp_path / "odd_one.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EquationError, match="2 labels for 1 equations"):
        model.models("odd_one")


def test_an_equation_that_cannot_be_read_says_whose_it_is(tmp_path, monkeypatch):
    source = POOL.replace("x_i", "q_i") + ELSEWHERE.replace('"labels": " ",', "")
    (tmp_path / "unread.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        EquationError, match=r"unread.mean_pool \(eq-pool\): .*⟦here⟧q_i"
    ):
        model.models("unread")


TWICE = """
def largest(x):
    r'''The largest (eq-largest).

    .. math:: M = \\max_i x_i
    '''
    return x.max()
"""


@pytest.mark.parametrize("source, said", [
    (POOL.replace("M =", "2 M ="), "left side cannot be defined"),
    (POOL.replace("M =", r"\tanh(2 M) ="), "left side cannot be defined"),
    (POOL + TWICE, "eq-largest defines M once more"),
    (POOL.replace("M =", r"M \leftarrow"), "M is updated, and is no argument"),
])  # fmt: skip
def test_a_left_side_gives_one_thing_once(source, said, tmp_path, monkeypatch):
    (tmp_path / "left.py").write_text(source + ELSEWHERE.replace('"labels": " ",', ""))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "left", raising=False)
    with pytest.raises(EquationError, match=said):
        found = model.models(importlib.import_module("left"))
        agreement.meaning_disagreement(found["pool"], "eq-pool")


def test_every_equation_names_the_line_that_computes_it():
    for m, label in EQUATIONS:
        equation = m.equations[label]
        lines = inspect.getsource(m.module).splitlines()
        assert lines[equation.line - 1].strip() == equation.code
        assert "return" in equation.code or f"{equation.name} =" in equation.code


@pytest.mark.parametrize("name", agreement.modules())
def test_a_declaration_takes_at_most_twenty_lines(name):
    """What a module says of its model, its words and its blank lines not counted; of
    several, eight of each."""
    module = importlib.import_module(name)
    text = inspect.getsource(module)
    spans = [
        (node.lineno, node.end_lineno)
        for node in ast.parse(text).body
        if getattr(node, "name", "") == "draw"
        or isinstance(node, ast.Assign)
        and node.targets[0].id == "MODELS"
    ]
    lines = [
        line for a, b in spans for line in text.splitlines()[a - 1 : b] if line.strip()
    ]
    assert len(spans) == 2 and len(lines) <= max(20, 8 * len(module.MODELS))
