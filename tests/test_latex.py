"""The parser reads what the book typesets and refuses the rest, at its place."""

import pytest

import backprop
from book import latex, model
from book.notation import Notation, named

NETWORK = model.models(backprop)["backprop"].notation
# A made-up model with one of everything: scanned letters, states, a stride, a gate f.
MIXED = Notation(
    {
        "x_i": "x", "y_{ij}": "y", "w_{ih}": "w", "H_{th}": "H", "f_{th}": "gate",
        "s_i": "s", "s_i^{0}": "s_free", r"s_i^{\beta}": "s_nudged", r"\beta": "beta",
        "p_{ra}": "p", "k": "k", "q": "q", "n": "n", r"\sigma": "sigma", "c": "c",
        "v_i": "v", "h_h": "h", r"\beta_1": "beta_1", r"\theta": "theta", "z_i": "z",
        r"\hat{m}": "m_corrected", r"\bar{m}": "m_bar", "m": "m", "E": "E", "T": "T",
        "H_{t-1,h}": "H_before", r"\langle v_i\, h_h \rangle": "together",
    },
    {"i j": "inputs", "h g": "hidden", "t u": "times", "r": "rows", "a": "window"},
    functions="f",
    averages=("", "v"),
    states=("v", "h"),
)  # fmt: skip


def right(tex, notation):
    return latex.parse(tex, notation).rhs


X, w = ("var", "X", "i"), ("var", "w", "i", "h")
O, D = ("var", "O", "o"), ("var", "D", "o")
E, N, ONE, T = ("var", "E"), ("var", "N"), ("num", "1"), ("var", "T")
x_i, s_i, y_ij = ("var", "x", "i"), ("var", "s", "i"), ("var", "y", "i", "j")

READ = [  # LaTeX, and the tree of its right side
    (r"N_h = \sum_i X_i\, w_{ih} + b_h",  # a sum takes the product after it, no more
     ("add", ("sum", "i", ("mul", X, w)), ("var", "b", "h"))),
    (r"E = \sum_i \sum_h X_i w_{ih}", ("sum", "i", ("sum", "h", ("mul", X, w)))),
    (r"E = -(D_o - O_o)", ("neg", ("sub", D, O))),
    (r"E = \left( D_o - O_o \right)^2", ("pow", ("sub", D, O), ("num", "2"))),
    (r"E = 0.6 \times 0.2 \cdot X_i", ("mul", ("num", "0.6"), ("num", "0.2"), X)),
    (r"E = \frac{\partial E}{\partial N_{h1}}", ("d", E, ("var", "N_h", "h1"))),
    (r"E = \tfrac{1}{2} O_o", ("mul", ("frac", ONE, ("num", "2")), O)),
    (r"E = \delta_{o2}\, f'(N_{o2})",
     ("mul", ("var", "delta_o", "o2"), ("call", "f'", ("var", "N_o", "o2")))),
    (r"E = e^{-N}", ("call", "exp", ("neg", N))),
    (r"E = \max(0, N)", ("call", "max", ("num", "0"), N)),
    (r"E = \sum_k O_k", ("sum", "k", ("var", "O", "k"))),
    (r"E = \Delta v_{ho}", ("var", "Delta_v", "h", "o")),
    (r"E = X_{ni}", ("var", "X", "n", "i")),
    (r"E = \underbrace{D_o - O_o}_{\text{how far}}", ("sub", D, O)),
    (r"\mathbf{H} = \mathbf{X}\,\mathbf{w} \odot \boldsymbol{\delta}_h^\top",
     ("odot", ("mul", ("arr", "X"), ("arr", "w")), ("T", ("arr", "delta_h")))),
    (r"E = \frac{\partial E}{\partial \mathbf{w}}", ("arr", "dE_dw")),
    (r"E = D_o \log O_o", ("mul", D, ("call", "log", O))),
]  # fmt: skip

READ_TOO = [
    ("E = x_{i+a}", ("var", "x", ("add", "i", "a"))),
    ("E = p_{k r + a - q, a}",
     ("var", "p",
      ("sub", ("add", ("mul", ("var", "k"), "r"), "a"), ("var", "q")), "a")),
    ("E = H_{t-1,h}", ("var", "H", ("sub", "t", ONE), "h")),
    ("E = H_{t-1, h1}", ("var", "H", ("sub", "t", ONE), "h1")),
    ("E = f_{th}", ("var", "gate", "t", "h")),
    ("E = f(c)", ("call", "f", ("var", "c"))),
    (r"E = \sum_{i<j} y_{ij}", ("sum", "i", ("sum", "j", y_ij, ("lt", "i", "j")))),
    (r"s_i = \sum_{j \ne i} y_{ij}", ("sum", "j", y_ij, ("ne", "j", "i"))),
    (r"E = \sum_{i=1}^{n} x_i", ("sum", "i", x_i, ("from", ONE, ("var", "n")))),
    (r"E = \sum_{i,j} y_{ij}", ("sum", "i", ("sum", "j", y_ij))),
    (r"E = \prod_i x_i", ("prod", "i", x_i)),
    (r"E = \max_i x_i", ("most", "i", x_i)),
    (r"E = \sum_{\mathbf{v}, \mathbf{h}} e^{-E/T}",
     ("states", "v", ("states", "h", ("call", "exp", ("neg", ("frac", E, T)))))),
    (r"E = \langle v_i \rangle_v", ("mean", ("var", "v", "i"), "v")),
    (r"E = \frac{\partial^2 E}{\partial x_i\, \partial w_{jh}}",
     ("d2", E, x_i, ("var", "w", "j", "h"))),
    (r"E = \frac{\partial^2 E}{\partial x_i^2}", ("d2", E, x_i, x_i)),
    (r"E = \lVert\mathbf{w}\rVert^2", ("pow", ("norm", ("arr", "w")), ("num", "2"))),
    (r"E = s_i^{0} + s^{\beta}_i + s_i^2",
     ("add", ("var", "s_free", "i"), ("var", "s_nudged", "i"),
      ("pow", s_i, ("num", "2")))),
    (r"E = \beta_1^{n} / T", ("frac", ("pow", ("var", "beta_1"), ("var", "n")), T)),
    (r"E = \hat{m} \bar{m}", ("mul", ("var", "m_corrected"), ("var", "m_bar"))),
    (r"E = 2 \sigma \cdot (n)", ("mul", ("num", "2"), ("var", "sigma"), ("var", "n"))),
]  # fmt: skip


@pytest.mark.parametrize("tex, tree", READ, ids=[tex for tex, _ in READ])
def test_latex_is_read_as_the_book_means_it(tex, tree):
    assert right(tex, NETWORK) == tree


@pytest.mark.parametrize("tex, tree", READ_TOO, ids=[tex for tex, _ in READ_TOO])
def test_what_later_chapters_need_is_read(tex, tree):
    assert right(tex, MIXED) == tree


def test_a_symbol_that_is_a_tree_gives_the_tree_a_name():
    found = {name: latex.expression(tex, MIXED) for name, tex in MIXED.trees.items()}
    assert found == {
        "H_before": ("var", "H", ("sub", "t", ONE), "h"),
        "together": ("mean", ("mul", ("var", "v", "i"), ("var", "h", "h")), ""),
    }


# Kind of fault: formulas, each with where it stops and words of the reason.
REFUSED = {
    "it stops short": [
        (r"E = \sigma", "", ""),
        (r"E = (c + k", "", "stops short"),
        (r"E = c +", "", "stops short"),
        (r"E = \max(c, k", "", "stops short"),
        (r"E", "", "relation is missing"),
    ][1:],
    "an argument is missing": [
        (r"E = \frac{1}", "", "wants an argument"),
        (r"E = \frac{}{c}", "}{c}", "empty argument"),
        (r"E = \sqrt c", "c", "wants an argument"),
        (r"E = \tfrac c k", "c k", "wants an argument"),
        (r"E = \tanh", "", "stops short"),
    ],
    "braces or brackets do not match": [
        (r"E = \frac{1}{c", "{c", "never closed"),
        (r"E = c}", "}", "} without {"),
        (r"E = \left( c + k )", r"\left(", r"\left is never closed"),
        (r"E = ( c \right)", r"\right)", "without"),
        (r"E = (c + k]", "]", "cannot read"),
    ],
    "a stray sign": [
        (r"E = c & k", "& k", "cannot read"),
        (r"E = c + + k", "+ k", "two signs"),
        (r"E = c - -k", "-k", "two signs"),
        (r"E = c \cdot \cdot k", r"\cdot k", "cannot read"),
        (r"E = c = = k", "= k", "cannot read"),
    ],
    "a mark that is empty or double": [
        (r"E = x_{}", "{}", "empty mark"),
        (r"E = x_", "", "empty mark"),
        (r"E = x_i_j", "_j", "two marks"),
        (r"E = c^2^3", "^3", "two marks"),
        (r"E = c^{}", "{}", "empty mark"),
    ],
    "an unknown command": [
        (r"E = \mathbb{E} c", r"\mathbb", "langle"),
        (r"E = \foo c", r"\foo", "cannot read"),
        (r"E = \int c", r"\int", "integrals"),
        (r"E = \lim c", r"\lim", "cannot read"),
        (r"E = \operatorname{softmax}(c)", r"\operatorname", "no function"),
    ],
    "words": [
        (r"E = \text{cost} + c", r"\text", "words are not run"),
        (r"E = \mathrm{E}", r"\mathrm", "upright"),
        (r"E = c \quad \text{if} c", r"\text", "words"),
        (r"E = cost", "ost", "no meaning"),
    ],
    "a letter without a meaning": [
        (r"E = Q", "Q", "no meaning"),
        (r"E = \lambda", r"\lambda", "no meaning"),
        (r"E = \mathbf{Q}", "{Q}", "no meaning"),
        (r"E = i c", "i c", "is an index"),
        (r"E = \Delta Q_i", "Q_i", "no meaning"),
    ],
    "the wrong indices": [
        (r"E = w_{hi}", "w_{hi}", "expected w_{ih}"),
        (r"E = w_i", "w_i", "expected w_{ih}"),
        (r"E = x_{ij}", "x_{ij}", "expected x_i"),
        (r"E = x", "x", "expected x_i"),
        (r"E = x_h", "x_h", "expected x_i"),
        (r"E = c_i", "c_i", "expected c"),
    ],
    "an index that is none": [
        (r"E = x_b", "x_b", "no index here"),
        (r"E = x_{i+b}", "b}", "no index here"),
        (r"E = \sum_b x_i", "b x_i", "no index here"),
        (r"E = x_{i+}", "}", "stops short"),
        (r"E = x_{3}", "x_{3}", "an index is a letter"),
        (r"E = H_{t-1 h}", "h}", "two indices side by side"),
    ],
    "an index that looks like a power": [
        (r"E = c^{t}", "^{t}", "looks like an index"),
        (r"E = H_{th}^{(t)}", "^{(t)}", "looks like an index"),
        (r"E = x_i^{(2)}", "^{(2)}", "looks like an index"),
        (r"E = x_i^j", "^j", "looks like an index"),
    ],
    "applied or multiplied": [
        (r"E = \sigma(n)", r"\sigma(n)", "undecided"),
        (r"E = c(k)", "c(k)", "undecided"),
        (r"E = \sigma(-n)", r"\sigma(-n)", "undecided"),
        (r"E = k(c, n)", "k(c, n)", "undecided"),
        (r"E = \sigma'(n)", r"\sigma'", "not declared as a function"),
        (r"E = f", "", "expected f_{th}"),
    ],
    "a slash that binds in two ways": [
        (r"E = c / k n", "n", "undecided"),
        (r"E = c / k / n", "/ n", "undecided"),
        (r"E = c / k \cdot n", r"\cdot n", "undecided"),
        (r"E = \prod_i x_i / n", "_i x_i / n", "undecided"),
    ],
    "a function of what": [
        (r"E = \log c^2", "", "undecided"),
        (r"E = \log^2 c", "^2 c", "put brackets"),
        (r"E = \tanh(c, k)", r"\tanh", "takes 1"),
        (r"E = \max(c)", r"\max", "takes 2"),
        (r"E = \log c k", "k", "undecided"),
        (r"E = \exp -c", "-c", "brackets or to one symbol"),
    ],
    "a sum over what": [
        (r"E = \sum x_i", r"\sum", "has to stand below"),
        (r"E = \sum_{i}^{n} x_i", "_{i}^{n}", "a range is written"),
        (r"E = \sum_{i=1} x_i", "i=1", "a range is written"),
        (r"E = \sum_i \sum_i y_{ii}", "_i y_{ii}", "taken already"),
        (r"s_i = \sum_i x_i", "_i x_i", "taken already"),
        (r"E = \sum_{\mathbf{x}} c", r"\mathbf{x}", "not declared"),
    ],
    "a slope of what": [
        (r"E = \frac{\partial E}{c}", "c}", "cannot read"),
        (r"E = \frac{\partial^2 E}{\partial c}", "", "as many slopes"),
        (r"E = \frac{\partial}{\partial c} E", r"}{\partial c} E",
         "followed by a quantity"),
        (r"E = \partial E", r"\partial E", r"\frac"),
        (r"E = \frac{\partial^3 E}{\partial c^3}", "3 E", "taken once"),
    ],
    "averages and norms": [
        (r"E = \langle c", "", "stops short"),
        (r"E = \langle c \rangle_h", "", "not declared"),
        (r"E = \lVert x_i \rVert", "", "norm is of a whole array"),
        (r"E = \lVert c \rVert_1", "_1", "cannot read"),
    ],
    "whole arrays": [
        (r"E = \mathbf{w}_i", "{w}_i", "without an index"),
        (r"E = \mathbf{s}", "{s}", "which array"),
        (r"E = \mathbf{w}^2", "^2", "power of a whole array"),
        (r"E = \mathbf{w x}", "x}", "cannot read"),
        (r"E = \mathbf c", "c", "which array"),
    ],
    "signs of other languages": [
        (r"E = |c", "", "stops short"),
        (r"E = 0,5", ",5", "cannot read"),
        (r"E = c ** 2", "** 2", "cannot read"),
        (r"E = c − k", "− k", "cannot read"),
        (r"E = \sqrt[3]{c}", "[3]", "wants an argument in braces"),
        (r"E = 2 3", "3", "two numerals"),
    ],
}  # fmt: skip
ROWS = [(kind, *row) for kind, rows in REFUSED.items() for row in rows]


def test_there_are_ten_kinds_of_refusal_and_four_examples_of_each():
    assert len(REFUSED) >= 10 and min(map(len, REFUSED.values())) >= 4


@pytest.mark.parametrize("kind, tex, place, reason", ROWS, ids=[row[1] for row in ROWS])
def test_what_is_malformed_or_uncovered_is_refused_with_place_and_reason(
    kind, tex, place, reason
):
    with pytest.raises(latex.EquationError) as refusal:
        latex.parse_chain(tex, MIXED)
    assert f"⟦here⟧{place}" in str(refusal.value)
    assert reason in str(refusal.value)


def test_aligned_lines_are_one_chain_and_quads_part_equations():
    chains = latex.parse_block(
        r"\begin{aligned} H_h &= f(N_h) \\ &= f(N_h) \\ O_o &= f(N_o) \end{aligned}",
        NETWORK,
    )
    assert [len(chain) for chain in chains] == [5, 3]
    assert len(latex.parse_block(r"H_h = f(N_h), \qquad O_o = f(N_o)", NETWORK)) == 2


@pytest.mark.parametrize(
    "tex",
    [
        r"\begin{aligned} H_h &= f(N_h)",
        r"H_h = f(N_h) \end{aligned}",
        r"\end{aligned} H_h = f(N_h) \begin{aligned}",
    ],
)
def test_an_environment_that_is_not_whole_is_refused(tex):
    with pytest.raises(latex.EquationError, match="do not match"):
        latex.parse_block(tex, NETWORK)


def test_a_line_with_two_relations_is_no_equation():
    with pytest.raises(latex.EquationError, match="has 2 relations"):
        latex.parse("E = c = k", MIXED)


def test_symbols_without_names_are_called_by_their_letters():
    assert named(r"N_o N_h O_o \delta_o \delta_h \eta w_{ih} d=decay") == {
        "N_o": "N_o", "N_h": "N_h", "O_o": "O", r"\delta_o": "delta_o",
        r"\delta_h": "delta_h", r"\eta": "eta", "w_{ih}": "w", "d": "decay",
    }  # fmt: skip
