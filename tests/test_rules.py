"""The slopes you will need, tried on functions that their module does not know."""

import math

import numpy as np
import pytest

import rules
from gradcheck import central_difference


def nudged(formula, x, by=1e-5):
    return central_difference(formula(x + by), formula(x - by), by)


def u(x):
    return math.sin(x) + 2


def z(x):
    return x**3 - 1


PLACES = np.random.default_rng(0).uniform(-1.5, 1.5, 20)


@pytest.mark.parametrize("x", PLACES)
def test_each_rule_is_what_a_nudge_says(x):
    du, dz = math.cos(x), 3 * x**2  # of sin(x) + 2 and x^3 - 1, by hand
    ruled = {
        rules.slope_multiple(-2.5, du): lambda x: -2.5 * u(x),
        rules.slope_sum(du, dz): lambda x: u(x) + z(x),
        rules.slope_product(u(x), z(x), du, dz): lambda x: u(x) * z(x),
        rules.slope_chain(rules.slope_reciprocal(u(x)), du): lambda x: 1 / u(x),
        rules.slope_chain(rules.slope_square(u(x)), du): lambda x: u(x) ** 2,
        rules.slope_exponential(z(x), dz): lambda x: math.exp(z(x)),
    }
    for slope, formula in ruled.items():
        # A central difference of 1e-5 is off by some 1e-9 of what is so curved.
        assert slope == pytest.approx(nudged(formula, x), abs=1e-7)


def test_the_rules_together_give_the_slope_of_the_logistic_function():
    for N in PLACES:
        e = math.exp(-N)
        by_u = rules.slope_reciprocal(1 + e)
        slope = rules.slope_chain(by_u, rules.slope_exponential(-N, -1.0))
        # In closed form: 1 / (2 cosh(N / 2))^2.
        assert slope == pytest.approx(0.25 / math.cosh(N / 2) ** 2)


def test_nothing_is_divided_by_zero():
    with pytest.raises(ValueError, match="u is 0; expected a number to divide by"):
        rules.slope_reciprocal(0.0)
