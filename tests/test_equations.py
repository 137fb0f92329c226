"""The parser reads what the book typesets, refuses the rest, and the trees run."""

import json

from book import agreement
import numpy as np
import pytest

import backprop as bp
from book import equations as eq

X, w = ("var", "X", "i"), ("var", "w", "i", "h")
O, D = ("var", "O", "o"), ("var", "D", "o")

READ = [  # LaTeX, and the tree of its right side
    (r"N_h = \sum_i X_i\, w_{ih} + b_h",  # a sum takes the product after it, no more
     ("add", ("sum", "i", ("mul", X, w)), ("var", "b", "h"))),
    (r"E = \sum_i \sum_h X_i w_{ih}", ("sum", "i", ("sum", "h", ("mul", X, w)))),
    (r"E = -(D_o - O_o)", ("neg", ("sub", D, O))),
    (r"E = \left( D_o - O_o \right)^2", ("pow", ("sub", D, O), ("num", "2"))),
    (r"E = 0.6 \times 0.2 \cdot X_i", ("mul", ("num", "0.6"), ("num", "0.2"), X)),
    (r"E = \frac{\partial E}{\partial N_{h1}}",
     ("d", ("var", "E"), ("var", "N_h", "h1"))),
    (r"E = \tfrac{1}{2} O_o", ("mul", ("frac", ("num", "1"), ("num", "2")), O)),
    (r"E = \delta_{o2}\, f'(N_{o2})",
     ("mul", ("var", "delta_o", "o2"), ("call", "f'", ("var", "N_o", "o2")))),
    (r"E = e^{-N}", ("call", "exp", ("neg", ("var", "N")))),
    (r"E = \max(0, N)", ("call", "max", ("num", "0"), ("var", "N"))),
    (r"E = \sum_k O_k", ("sum", "k", ("var", "O", "k"))),
    (r"E = \Delta v_{ho}", ("var", "Delta_v", "h", "o")),
    (r"E = \underbrace{D_o - O_o}_{\text{how far}}", ("sub", D, O)),
    (r"\mathbf{H} = \mathbf{X}\,\mathbf{w} \odot \boldsymbol{\delta}_h^\top",
     ("odot", ("mul", ("arr", "X"), ("arr", "w")), ("T", ("arr", "delta_h")))),
]


@pytest.mark.parametrize("tex, tree", READ, ids=[tex for tex, _ in READ])
def test_latex_is_read_as_the_book_means_it(tex, tree):
    assert eq.parse(tex).rhs == tree


REFUSED = [  # LaTeX, where it stops, and words of the reason
    (r"N_h = \sum_i X_i w_{hi} + b_h", r"w_{hi}", "expected w_{ih}"),
    (r"N_h = q_h", "q_h", "no meaning"),
    (r"N_h = f(N_h", "", "stops short"),
    (r"N_h = \int X_i", r"\int", "cannot read"),
    (r"N_h = X_i +", "", "stops short"),
    (r"N_h", "", "stops short"),
    (r"N_h = X_i ) + 1", ") + 1", "cannot read"),
    (r"H_o = f(N_o)", "H_o", "expected H_{h}"),
    (r"E = \Bigl( D_o - O_o \Bigr ]", "]", "cannot read"),
]


@pytest.mark.parametrize("tex, place, reason", REFUSED, ids=[row[0] for row in REFUSED])
def test_what_the_grammar_does_not_cover_is_refused_with_place_and_reason(
    tex, place, reason
):
    with pytest.raises(eq.EquationError) as refusal:
        eq.parse(tex)
    assert f"⟦here⟧{place}" in str(refusal.value)
    assert reason in str(refusal.value)


def test_a_letter_that_is_neither_summed_nor_on_the_left_is_refused():
    env = agreement.case().examples[0]
    with pytest.raises(eq.EquationError, match="index i is neither summed"):
        eq.tabulate(eq.parse(r"b_h = X_i w_{ih}"), env)


def test_aligned_lines_are_one_chain_and_quads_part_equations():
    chains = eq.parse_block(
        r"\begin{aligned} H_h &= f(N_h) \\ &= f(N_h) \\ O_o &= f(N_o) \end{aligned}"
    )
    assert [len(chain) for chain in chains] == [5, 3]
    assert len(eq.parse_block(r"H_h = f(N_h), \qquad O_o = f(N_o)")) == 2


def test_trees_survive_json():
    for equation in eq.registry().values():
        assert _tuples(json.loads(json.dumps(equation.rhs))) == equation.rhs


def _tuples(tree):
    return tuple(_tuples(part) if isinstance(part, list) else part for part in tree)


def test_a_nudge_gives_the_slope_to_the_last_digits():
    env = agreement.case("tanh").examples[0]
    N = env["N"]
    slope = eq.evaluate(("call", "f'", ("var", "N")), env)
    assert slope == pytest.approx(1 - np.tanh(N) ** 2, rel=1e-15)


def test_a_nudge_moves_what_comes_after_and_nothing_before():
    env = agreement.case().examples[0]
    H, N_h, N_o = ("var", "H", "h1"), ("var", "N_h", "h1"), ("var", "N_o", "o2")
    assert eq.evaluate(("d", N_h, H), env) == 0
    assert eq.evaluate(("d", N_o, H), env) == pytest.approx(env["v"][0, 1], rel=1e-15)
    before = {name: np.copy(env[name]) for name in ("H", "N_o", "O")}
    eq.evaluate(("d", ("var", "E"), H), env)
    for name, value in before.items():
        np.testing.assert_array_equal(env[name], value)


def test_every_equation_of_backprop_is_computed_by_its_function():
    for label, equation in eq.registry().items():
        # Both are a few dozen operations in double precision: 1e-9 leaves room to spare.
        assert agreement.function_disagreement(equation) < 1e-9, label


def test_every_labelled_function_names_the_line_that_computes():
    lines = open(bp.__file__).read().splitlines()
    for label, equation in eq.registry().items():
        line = lines[equation.line - 1]
        assert "return" in line or f"{equation.name} =" in line, label


def test_every_quantity_of_a_step_has_its_equation():
    net, X, D = agreement.case()[:3]
    for step in bp.steps(net, X, D):
        equation = eq.registry()[step.label]
        assert equation.name == step.name
        free = equation.lhs[2][2:] if equation.lhs[0] == "d" else equation.lhs[2:]
        assert "".join(free) == step.indices


def test_labels_that_do_not_match_their_equations_are_refused(monkeypatch):
    def odd():
        r"""Nothing (eq-one, eq-two).

        .. math:: H_h = f(N_h)
        """
        return None

    monkeypatch.setattr(eq, "_functions", lambda module: [odd])
    eq.registry.cache_clear()
    with pytest.raises(eq.EquationError, match="2 labels for 1 equations"):
        eq.registry()
    eq.registry.cache_clear()


def test_every_equal_sign_between_symbols_is_executed():
    right = r"\frac{\partial E}{\partial H_h} = \sum_o v_{ho}\, \delta_o"
    assert agreement.block_disagreement(right) < 1e-9
    assert agreement.block_disagreement(right.replace("= ", "= -")) > 1e-3


def test_an_update_is_executed_with_the_value_afterwards_on_its_left():
    right = r"v_{ho} \leftarrow v_{ho} - \eta\, H_h\, \delta_o"
    assert agreement.block_disagreement(right) < 1e-9
    assert agreement.block_disagreement(right.replace("- ", "+ ")) > 1e-3


def test_numbers_are_those_of_the_example_and_may_be_off_only_by_their_rounding():
    exact = r"N_{h1} = 0.6 \times 0.2 + 0.9 \times 0.7 + 0.1 = 0.85"
    assert agreement.block_disagreement(exact) < 1e-9
    assert agreement.block_disagreement(exact.replace("0.85", "0.86")) > 1e-3
    rounded = r"H_{h1} = f(0.85) \approx 0.7006"
    assert agreement.block_disagreement(rounded) < 1e-9
    assert agreement.block_disagreement(rounded.replace("0.7006", "0.7005")) > 1e-6


def test_whole_array_equations_are_executed_on_batches():
    right = (
        r"\boldsymbol{\delta}_h ="
        r" (\boldsymbol{\delta}_o\,\mathbf{v}^\top) \odot f'(\mathbf{N}_h)"
    )
    assert agreement.block_disagreement(right) < 1e-9
    assert agreement.block_disagreement(right.replace("f'", "f")) > 1e-3


def test_displayed_equations_are_found_with_their_labels(tmp_path):
    text = "One\n$$\na = b\n$$ (eq-one)\n$$c = d$$\n```{math}\n:label: eq-two\ne = f\n```\n"
    path = tmp_path / "01-x.ipynb"
    cells = [{"cell_type": "code", "source": ["$$x$$"]}]
    cells.append({"cell_type": "markdown", "source": text.splitlines(keepends=True)})
    path.write_text(json.dumps({"cells": cells}))
    found = [(e.cell, e.label, e.tex) for e in agreement.displayed(path)]
    assert found == [(1, "eq-one", "a = b"), (1, "", "c = d"), (1, "eq-two", "e = f")]
