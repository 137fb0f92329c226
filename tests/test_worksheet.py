"""The worksheet: short numbers, every quantity of the pass, and a key that is right."""

import re

import numpy as np
import pytest

import backprop as bp
from book import worksheet
from book.check import check


@pytest.mark.parametrize("seed", range(5))
def test_the_key_holds_every_number_of_the_pass(seed):
    net, X, D = worksheet.example(seed)
    lines = list(worksheet.key(seed).lines())
    wanted = [s for s in bp.steps(net, X, D, worksheet.ETA)]
    assert len(lines) == sum(np.size(s.value) for s in wanted)
    for step in wanted:
        found = [value for _, label, _, value in lines if label == step.label]
        assert np.allclose(found, np.ravel(step.value), rtol=1e-12)


def test_the_numbers_are_short_and_never_nothing():
    for seed in range(50):
        net, X, D = worksheet.example(seed)
        for a in (net.w, net.b, net.v, net.c, X, D):
            assert np.allclose(a * 10, np.round(a * 10)) and (a != 0).all()


def test_a_seed_is_always_the_same_sheet_and_another_seed_another_one():
    assert repr(worksheet.sheet(3)) == repr(worksheet.sheet(3))
    assert repr(worksheet.sheet(3)) != repr(worksheet.sheet(4))


def test_the_sheet_does_not_hold_its_key(tmp_path):
    folder = worksheet.write([1], tmp_path)
    sheet, key = ((folder / f"{name}-1.html").read_text() for name in ("sheet", "key"))
    cells = re.findall(r"<td>(.*?)</td>", sheet)
    assert cells and not any(cells)
    assert all(re.findall(r"<td>(.*?)</td>", key))


def test_a_number_of_the_key_is_what_the_checker_calls_right():
    net, X, D = worksheet.example(1)
    for _, label, place, value in worksheet.key(1).lines():
        letters = next(s.indices for s in bp.steps(net, X, D) if s.label == label)
        unit = "".join(f"{letter}{k + 1}" for letter, k in zip(letters, place))
        said = check(label, float(f"{value:.4g}"), unit, net=net, X=X, D=D)
        assert said.verdict == "right", (label, unit, value, said)
