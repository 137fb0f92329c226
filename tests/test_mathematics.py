"""LaTeX becomes MathML that reads, looks and sounds right, or an error."""

import pytest

from bookext.mathematics import MathematicsError, tree, typeset


@pytest.mark.parametrize(
    "tex, words",
    [
        (r"\delta_h = \Bigl(\sum_o v_{ho}\,\delta_o\Bigr)\, f'(N_h)",
         "delta sub h equals open paren sum over o of v sub h o delta sub o "
         "close paren f prime open paren N sub h close paren"),
        (r"\frac{\partial E}{\partial v_{ho}} = \delta_o H_h",
         "partial E by partial v sub h o equals delta sub o H sub h"),
        (r"\boldsymbol{\delta}_H \odot \mathbf{X}^\top",
         "bold delta sub H element by element times bold X transposed"),
        (r"E = \tfrac12 x^2", "E equals 1 over 2 x squared"),
    ],
)  # fmt: skip
def test_a_formula_is_spoken_in_words(tex, words):
    assert tree(tex).get("alttext") == words


@pytest.mark.parametrize(
    "tex, piece",
    [
        (r"\mathbf{N}", "𝐍"),  # browsers ignore mathvariant="bold"
        (r"\boldsymbol{\delta}", "𝜹"),
        (r"w_{\mathrm{old}}", "<mi>old</mi>"),
        (r"\operatorname{softmax}(z)", "<mi>softmax</mi>"),
        (r"3{,}000", "<mn>3,000</mn>"),
        (r"x = -0.4", '<mo form="prefix">−</mo>'),
        (r"\begin{aligned}a&=b\\&=c\end{aligned}", '<mtable class="aligned"'),
        (r"a &= b \\ &= c", '<mtable class="aligned"'),
        (r"f'(N)", '<mi>f</mi><mo lspace="0" rspace="0">′</mo>'),
    ],
)
def test_what_latex2mathml_gets_wrong_is_mended(tex, piece):
    assert piece in typeset(tex, display=True)


@pytest.mark.parametrize("tex", [r"\bogus x", "", r"x & \foo"])
def test_what_cannot_be_typeset_is_refused(tex):
    with pytest.raises(MathematicsError):
        typeset(tex)


@pytest.mark.parametrize(
    "place, reason",
    [
        (r"⟦here⟧\frac{1}", "lacks its argument 2 of 2"),
        (r"⟦here⟧\frac{\partial E} = 0", "lacks its argument 2 of 2"),
        (r"⟦here⟧\frac{}{n}", "lacks its argument 1 of 2"),
        (r"\mathbf{X} + ⟦here⟧\sqrt", "lacks its argument"),
        (r"a + ⟦here⟧\hat", "lacks its argument"),
        (r"⟦here⟧\overset{a}", "lacks its argument 2 of 2"),
        (r"\frac{1}⟦here⟧{2", "never closed"),
        (r"a⟦here⟧}", "closes nothing"),
        (r"H_⟦here⟧{h = f(N_h)", "never closed"),
        (r"\text⟦here⟧{old", "never closed"),
        (r"⟦here⟧\left( x", "never closed"),
        (r"x ⟦here⟧\right)", "closes nothing"),
        (r"⟦here⟧\left( \frac{1}{2}", "never closed"),
        (r"\left( {x ⟦here⟧\right)}", "closes nothing"),
        (r"⟦here⟧\begin{aligned} a &= b", "never closed"),
        (r"\begin{array}{c} a ⟦here⟧\end{aligned}", "closed by another"),
        (r"a ⟦here⟧\end{aligned}", "closes nothing"),
        (r"x⟦here⟧^", "nothing follows"),
        (r"x⟦here⟧_{}", "nothing follows"),
        (r"\sum⟦here⟧_", "nothing follows"),
        (r"w⟦here⟧__{ih}", "nothing follows"),
        (r"⟦here⟧$x$", "inside the formula"),
        (r"50⟦here⟧%", "comment"),
        (r"a ⟦here⟧\over b", r"\frac"),
    ],
)
def test_a_formula_that_is_not_whole_is_refused_at_its_place(place, reason):
    with pytest.raises(MathematicsError) as refusal:
        typeset(place.replace("⟦here⟧", ""))
    assert place in str(refusal.value) and reason in str(refusal.value)


def test_no_formula_of_a_docstring_is_left_out():
    from book import agreement

    for equation in agreement.coded().values():
        assert "\\" not in typeset(equation.tex)
