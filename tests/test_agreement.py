"""Chapters, docstrings and functions are asked the same, each in its model."""

import inspect
import json

import numpy as np
import pytest

import backprop as bp
from book import agreement
from book.trees import EquationError

DISPLAYED = [e for path in agreement.chapters() for e in agreement.displayed(path)]


def test_a_function_with_the_opposite_sign_is_noticed():
    for label in agreement.coded():
        name = agreement.home(label)
        one = agreement.model(name)
        if one.carriers[label].owner is None:
            opposite = turned(one, label)
            assert agreement.function_disagreement(name, label, opposite) > 1e-3, label


def turned(one, label):
    """The function of a label, with the opposite sign."""
    function, own = one.carriers[label].function, one.equations[label].name

    def opposite(**arguments):
        result = function(**arguments)
        if isinstance(result, tuple):
            return tuple(-part for part in result)
        return -getattr(result, own, result)

    opposite.__signature__ = inspect.signature(function)
    return opposite


def test_every_quantity_of_a_step_has_its_equation():
    net = bp.network(np.random.default_rng(0), (3, 4, 2))
    for step in bp.steps(net, np.ones((1, 3)), np.ones((1, 2))):
        equation = agreement.coded()[step.label]
        assert equation.name == step.name
        assert "".join(equation.letters) == step.indices


def test_every_equal_sign_between_symbols_is_executed():
    right = r"\frac{\partial E}{\partial H_h} = \sum_o v_{ho}\, \delta_o"
    assert agreement.block_disagreement(right) < 1e-9
    assert agreement.block_disagreement(right.replace("= ", "= -")) > 1e-3


def test_an_update_is_executed_with_the_value_afterwards_on_its_left():
    right = r"v_{ho} \leftarrow v_{ho} - \eta\, H_h\, \delta_o"
    assert agreement.block_disagreement(right) < 1e-9
    assert agreement.block_disagreement(right.replace("- ", "+ ")) > 1e-3
    with pytest.raises(EquationError, match="does not update H"):
        agreement.block_disagreement(r"H_h \leftarrow H_h")


def test_a_change_is_what_the_update_adds():
    right = r"\Delta v_{ho} = -\eta\, H_h\, \delta_o"
    assert agreement.block_disagreement(right) < 1e-9
    assert agreement.block_disagreement(right.replace("-", "")) > 1e-3


def test_an_index_that_is_neither_summed_nor_on_the_left_is_refused():
    with pytest.raises(
        EquationError, match="index k is neither summed nor on the left"
    ):
        agreement.block_disagreement(r"\delta_o = (O_o - D_k)\, f'(N_o)")


def test_an_update_comes_after_those_before_it_in_its_function():
    new = r"\theta \leftarrow \theta - \eta\, m"
    old = r"\theta \leftarrow \theta - \eta\, (\mu\, m + g)"  # m there is the new one
    assert agreement.block_disagreement(new, name="optimisers.momentum") < 1e-9
    assert agreement.block_disagreement(old, name="optimisers.momentum") > 1e-3


def test_numbers_are_those_of_the_example_and_may_be_off_only_by_their_rounding():
    exact = r"N_{h1} = 0.6 \times 0.2 + 0.9 \times 0.7 + 0.1 = 0.85"
    assert agreement.block_disagreement(exact) < 1e-9
    assert agreement.block_disagreement(exact.replace("0.85", "0.86")) > 1e-3
    assert agreement.block_disagreement(exact, example="mazur") > 1e-3
    rounded = r"H_{h1} = f(0.85) \approx 0.7006"
    assert agreement.block_disagreement(rounded) < 1e-9
    assert agreement.block_disagreement(rounded.replace("0.7006", "0.7005")) > 1e-6
    with pytest.raises(EquationError, match="'digits' is no example"):
        agreement.block_disagreement(exact, example="digits")


@pytest.mark.parametrize("right, wrong", [("0.4775", "0.4776"), ("0.5037", "0.5038")])
def test_a_rounded_number_is_the_rounding_of_what_it_stands_for(right, wrong):
    tex = r"N_{o1} \approx 0.7006 \times 0.8 + 0.4775 \times 0.3 - 0.2 \approx 0.5037"
    assert agreement.block_disagreement(tex) < 1e-9
    assert agreement.block_disagreement(tex.replace(right, wrong)) > 1e-6


@pytest.mark.parametrize("wrong", [
    r"-0.1241", r"-0.1239", r"0.1240", r"-0.124 \approx -0.1241",
    r"-0.1241 \approx -0.12", r"-0.1240 \approx -0.13",
])  # fmt: skip
def test_every_result_after_approx_is_the_rounding_of_the_first_member(wrong):
    right = (
        r"\sum_o v_{h1o}\, \delta_o \approx 0.8 \times (-0.06496)"
        r" - 0.6 \times 0.12013 \approx -0.1240"
    )
    assert agreement.block_disagreement(right) < 1e-9
    assert agreement.block_disagreement(right + r" \approx -0.12") < 1e-9
    assert agreement.block_disagreement(right.replace("-0.1240", wrong)) > 1e-6


def test_whole_array_equations_are_executed_on_batches():
    right = (
        r"\boldsymbol{\delta}_h ="
        r" (\boldsymbol{\delta}_o\,\mathbf{v}^\top) \odot f'(\mathbf{N}_h)"
    )
    assert agreement.block_disagreement(right) < 1e-9
    assert agreement.block_disagreement(right.replace("f'", "f")) > 1e-3


def test_a_block_is_tried_with_the_functions_that_its_chapter_names():
    short = r"f'(N) = \alpha\, f(N)\, (1 - f(N))"
    assert agreement.block_disagreement(short, classes=("Logistic",)) < 1e-9
    flat = r"f'(N) = 1 - f(N)^2"
    assert agreement.block_disagreement(flat, classes=("Tanh",)) < 1e-9
    assert agreement.block_disagreement(flat) > 1e-3
    with pytest.raises(EquationError, match="no instance of Softplus"):
        agreement.block_disagreement(flat, classes=("Softplus",))


def test_to_hold_in_another_model_is_not_to_hold():
    wrong = r"\delta_o = (O_o - D_o)\, f'(N_o)"  # true in Part I, not with softmax
    assert agreement.block_disagreement(wrong) < 1e-9
    (at,) = [e for e in DISPLAYED if e.label == "eq-softmax-delta"]
    with pytest.raises(EquationError, match="the letter f has no meaning here"):
        agreement.equation_disagreement(at._replace(tex=wrong))
    short = r"\delta_o = (O_o - D_o)\, O_o\, (1 - O_o)"
    assert agreement.equation_disagreement(at._replace(tex=short)) > 1e-3
    (at,) = [e for e in DISPLAYED if e.label == "eq-cross-entropy"]
    (other,) = [e for e in DISPLAYED if e.label == "eq-binary-cross-entropy"]
    assert agreement.equation_disagreement(at._replace(tex=other.tex)) > 1e-3


def test_a_model_that_is_none_is_refused_with_those_that_are():
    for name in "softmax", "losses", "losses.softmin", "counting":
        with pytest.raises(
            ValueError, match="is no model; known: backprop, depth, fruit"
        ):
            agreement.model(name)


def test_displayed_equations_are_found_with_their_labels(tmp_path):
    text = (
        "One\n$$\na = b\n$$ (eq-one)\n$$c = d$$\n"
        "```{math}\n:label: eq-two\ne = f\n```\n"
    )
    found = [
        (e.cell, e.label, e.tex) for e in notebook(tmp_path, code="$$x$$", text=text)
    ]
    assert found == [(1, "eq-one", "a = b"), (1, "", "c = d"), (1, "eq-two", "e = f")]


def test_a_comment_says_the_model_and_the_example_until_the_next(tmp_path):
    text = (
        "$$a = b$$\n<!-- model: backprop Logistic -->\n$$a = c$$\n$$a = d$$\n"
        "<!-- example: mazur -->\n$$a = e$$\n"
        "<!-- model: losses.softmax -->\n$$a = f$$\n"
    )
    found = notebook(tmp_path, code="import numpy as np", text=text)
    assert [(e.model, e.classes, e.example) for e in found] == [
        ("backprop", (), "running"),
        ("backprop", ("Logistic",), "running"),
        ("backprop", ("Logistic",), "running"),
        ("backprop", ("Logistic",), "mazur"),
        ("losses.softmax", (), "mazur"),
    ]


@pytest.mark.parametrize(
    "code, model",
    [
        ("import fruit", "fruit"),
        ("import numpy as np\nimport backprop as bp", "backprop"),
        ("import fruit\nimport backprop as bp", "backprop"),
        ("import counting", "backprop"),
    ],
)
def test_a_chapter_that_says_nothing_has_the_model_it_imports(tmp_path, code, model):
    (found,) = notebook(tmp_path, code=code, text="$$a = b$$")
    assert found.model == model


def notebook(folder, code, text):
    """What is displayed in a notebook with one cell of code and one of text."""
    path = folder / "01-x.ipynb"
    cells = [{"cell_type": "code", "source": [code]}]
    cells.append({"cell_type": "markdown", "source": text.splitlines(keepends=True)})
    path.write_text(json.dumps({"cells": cells}))
    return agreement.displayed(path)
