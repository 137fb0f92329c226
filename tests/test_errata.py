"""What others have misprinted is right here; back/errata-avoided names each test."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import backprop as bp
import examples
import gradcheck
from autodiff import Value
from book.specimens import Specimen, specimen

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "back" / "errata-avoided.md"


def test_every_test_the_page_names_stands_here():
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    here = set(re.findall(r"def (test_\w+)", Path(__file__).read_text()))
    assert named and named <= here


def mazur_totals(ids):
    """E after one update, and O and E after 10,000, with some specimens' changes."""
    changes = sum((specimen(id).changes for id in ids), ())
    program = Specimen("-".join(ids), "", changes)
    net, X, D = examples.mazur()
    once, _ = program.train(net, X, D, eta=0.5, epochs=1)
    often, _ = program.train(net, X, D, eta=0.5, epochs=10_000)
    first, last = (
        bp.forward(replace(net, w=n.w, b=n.b, v=n.v, c=n.c), X).O for n in (once, often)
    )
    return bp.error(first, D), last[0], bp.error(last, D)


def test_the_quoted_totals_come_from_the_updated_v():
    first, O, last = mazur_totals(["updated-v", "biases-left"])
    assert f"{first:.9f}" == "0.291027924"
    assert [f"{o:.9f}" for o in O] == ["0.015912196", "0.984065734"]
    assert f"{last:.10f}" == "0.0000350848"  # quoted as 0.0000351085


def test_the_right_totals_come_from_all_deltas_first():
    first, O, last = mazur_totals(["biases-left"])
    assert f"{first:.9f}" == "0.291027774"
    assert [f"{o:.9f}" for o in O] == ["0.015913620", "0.984064274"]
    assert f"{last:.10f}" == "0.0000351019"


def test_the_page_quotes_these_very_numbers():
    text = PAGE.read_text(encoding="utf-8")
    for number in (
        "0.291027924", "0.015912196", "0.984065734", "0.0000350848",
        "0.291027774", "0.015913620", "0.984064274", "0.0000351019",
    ):  # fmt: skip
        assert number in text


def example():
    rng = np.random.default_rng(0)
    net = bp.network(rng, (3, 4, 2))
    return net, rng.uniform(-1, 1, (5, 3)), rng.uniform(0, 1, (5, 2))


def test_a_step_along_the_slope_goes_up():
    net, X, D = example()
    slope = bp.gradient(net, X, D)
    here = bp.error(bp.forward(net, X).O, D)
    down = bp.update(net, slope, 1e-3)
    up = bp.update(net, bp.Gradient(*(-s for s in slope)), 1e-3)
    assert bp.error(bp.forward(down, X).O, D) < here < bp.error(bp.forward(up, X).O, D)


def test_the_half_in_the_error_belongs_to_the_slope():
    net, X, D = example()
    without_half = lambda O, D: 2 * bp.error(O, D)  # noqa: E731
    twice = gradcheck.slopes_by_nudging(net, X, D, error=without_half)
    for whole, slope in zip(twice, bp.gradient(net, X, D)):
        assert np.allclose(whole, 2 * slope, atol=1e-9)


def test_no_transpose_can_hide_in_a_square():
    net, X, D = example()
    for id in "transposed-v", "transposed-outer":
        with pytest.raises(ValueError):
            specimen(id).train(net, X, D, epochs=1)


def test_what_goes_back_is_delta_not_the_error():
    net, X, D = example()
    raw = specimen("raw-error-to-hidden")
    right = gradcheck.gradient_check(bp.gradient, net, X, D)
    wrong = gradcheck.gradient_check(raw.gradient, net, X, D)
    assert gradcheck.failing(right) == "" and gradcheck.failing(wrong) == "wb"


def test_every_bias_has_a_slope_of_its_own():
    slope = bp.gradient(*example())
    assert len(set(slope.b)) == 4 and len(set(slope.c)) == 2
    assert gradcheck.failing(gradcheck.gradient_check(bp.gradient, *example())) == ""


def test_a_batch_repeated_has_the_same_slopes():
    net, X, D = example()
    for once, often in zip(
        bp.gradient(net, X, D), bp.gradient(net, np.vstack([X] * 8), np.vstack([D] * 8))
    ):
        assert np.allclose(once, often, rtol=1e-12)


def test_a_value_used_twice_gets_the_sum_of_its_slopes():
    x = Value(2.0)
    y = x * x
    (y * y + y).backward()
    assert (y.grad, x.grad) == (9.0, 36.0)
