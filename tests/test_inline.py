"""Every formula in a sentence is declared, runs, or is part of an equation."""

import re

import pytest

from book import agreement, inline, named

FILES = inline.files()

# (file, formula): why it is not held.
NOT_HELD = {
    ("03-error-and-descent", "D_s = 0.5"): "one of two kinds of fruit",
    ("03-error-and-descent", "D_s = -0.5"): "the other kind",
    ("04-output-delta", "O_o = D_o"): "a case other than the example",
    ("04-output-delta", "f'(N_o) = 0"): "a case other than the example",
    ("04-output-delta", "H_h = 0"): "a case other than the example",
    ("05-hidden-delta", "G_g"): "of one more layer, which the model has not",
    ("05-hidden-delta", r"\delta_g"): "of one more layer",
    ("05-hidden-delta", "u_{gh}"): "of one more layer",
    ("05-hidden-delta", r"N_h = \sum_g G_g\, u_{gh} + b_h"): "of one more layer",
    ("05-hidden-delta", "G_g = f(N_g)"): "of one more layer",
    ("05-hidden-delta", r"G_g\, \delta_h"): "of one more layer",
    (
        "05-hidden-delta",
        r"\delta_g = \bigl(\sum_h u_{gh}\, \delta_h\bigr)\, f'(N_g)",
    ): "of one more layer",
    ("08-shapes-and-depth", r"(\mathbf{v}^\top)_{oh} = v_{ho}"): "entries of an array",
    ("11-eight-tricks", "f(1) = 1"): "of the stretched tanh, which is of no model",
    ("11-eight-tricks", "f(-1) = -1"): "of the stretched tanh",
    ("claims-under-test", "y = 1"): "a case of a quoted claim",
    ("claims-under-test", "y = 0"): "a case of a quoted claim",
}

# A letter of other books, with all that they write around it: \mathbf{W}^{(1)}, z^2_h.
OTHERS = re.compile(
    r"(?:\\mathbf|\\boldsymbol)\{\\?\w+\}[_^]?.*|\w(?=.*_).[\w{}^]+_?[\w{}]*|\w'"
)

INLINE = [found for path in FILES for found in inline.inlined(path)]
WORDS = [found for found in INLINE if r"\text{" in found.tex]
HELD = [i for i in INLINE if (i.file, i.tex) not in NOT_HELD and i not in WORDS]


@pytest.mark.parametrize("file", [path.stem for path in FILES])
def test_every_formula_in_a_sentence_holds(file):
    faults = [fault(found) for found in HELD if found.file == file]
    assert not any(faults), "\n".join(filter(None, faults))


def fault(found):
    """What is wrong with one formula, so that the others are still asked."""
    try:
        return inline.fault(found)
    except Exception as error:
        return f"{found}: {error!r}"


PAGES = [path for path in FILES if path not in agreement.chapters()]
SHOWN = [shown for path in PAGES for shown in agreement.displayed(path)]


@pytest.mark.parametrize("shown", SHOWN, ids=lambda e: f"{e.chapter}: {e.tex}")
def test_an_equation_on_a_page_that_is_no_chapter_holds(shown):
    assert agreement.equation_disagreement(shown) < 1e-9


def test_at_most_five_formulas_in_a_hundred_are_taken_as_they_stand():
    taken = [i for i in INLINE if i not in HELD or inline.as_it_stands(i)]
    taken = [i for i in taken if not OTHERS.fullmatch(i.tex)]
    assert len(INLINE) > 1100
    assert len(taken) <= 0.05 * len(INLINE), "\n".join(map(str, taken))


def test_what_is_not_held_still_stands_in_its_file_and_could_not_be_held():
    for file, tex in NOT_HELD:
        found = [i for i in INLINE if (i.file, i.tex) == (file, tex)]
        assert found, f"{file}: ${tex}$ is gone"
        assert all(map(inline.fault, found)), f"{file}: ${tex}$ can be held"


@pytest.mark.parametrize(
    "tex, held",
    [
        (r"H_h\,\delta_o", True),
        (r"O_o - D_o", False),
        (r"D_o - O_o", False),
        (r"\partial E/\partial O_o = O_o - D_o", True),
        (r"\partial E/\partial O_o = D_o - O_o", False),
    ],
)
def test_an_expression_that_could_have_either_sign_says_what_it_is(tex, held):
    fault = inline.fault(inline.Inline("04-output-delta", 0, tex))
    assert bool(fault) != held, fault


# A sentence about a symbol, and what is wrong with it.
SAID = [
    ("the weight ", "v_{ho}", "", ""),
    ("the weight ", "O_o", "", "is no weight"),
    ("The net input ", r"\delta_h", "", "is no net input"),
    ("the delta ", r"\delta_o", "", ""),
    ("the delta ", "D_o", "", "is no delta"),
    ("the slope of ", "E", " by $N_o$", ""),
    ("the slope of ", "D_o", " by $N_o$", "D is given"),
    ("the slope of ", "N_o", " by $D_o$", "N_o does not depend on D"),
    ("the slope of $E$ by the weight ", "v_{ho}", "", ""),
    ("the slope of $N_h$ by ", "v_{ho}", "", "N_h does not depend on v"),
    ("which of $N_{h1}$, ", "N_{h2}", " and $E$ changes", ""),
    ("which of $N_{h1}$, ", "N_{h1}", " and $E$ changes", "twice in a list"),
    ("$X$ is red, ", "X", " and round", ""),
    ("it is large, and ", "D_o", " is small", ""),
]


@pytest.mark.parametrize("before, tex, after, wrong", SAID)
def test_the_words_beside_a_symbol_are_held(before, tex, after, wrong):
    words = named.Words(before, after)
    found = inline.fault(inline.Inline("05-hidden-delta", 0, tex, words=words))
    assert (wrong in found) if wrong else not found, found
