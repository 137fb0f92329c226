"""The multiplications that chapter 03 counts."""

import numpy as np
import pytest

import counting


def test_every_product_of_a_matrix_product_is_counted():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 4)), rng.normal(size=(4, 5))
    assert counting.multiplications(lambda a, b: a @ b, a, b) == 3 * 4 * 5
    assert counting.multiplications(lambda a: 2 * a + a**2 - a / 3, a) == 2 * a.size


@pytest.mark.parametrize("sizes", [(2, 2, 2), (2, 3, 5), (64, 32, 10)])
def test_a_pass_multiplies_by_each_weight_as_often_as_the_equations_say(sizes):
    inputs, hidden, outputs = sizes
    forward, backward = counting.pass_costs(sizes)
    in_w, in_v = inputs * hidden, hidden * outputs
    units = hidden + outputs
    # Beside the weights: alpha N for each unit, a square for each output, and the 1/2.
    assert forward == in_w + in_v + units + outputs + 1
    # v in two equations, w in one; then alpha N, alpha f (1 - f) and the factor f'.
    assert backward == in_w + 2 * in_v + 4 * units


def test_a_backward_pass_costs_less_than_two_forward_passes():
    for sizes in (2, 2, 2), (64, 32, 10), (20, 30, 40), (30, 10, 30):
        forward, backward = counting.pass_costs(sizes)
        assert backward < 2 * forward


def test_nudging_costs_a_forward_pass_for_every_parameter_and_one_more():
    nudging, backpropagation = counting.gradient_costs((2, 2, 2))
    forward, backward = counting.pass_costs((2, 2, 2))
    assert nudging == 13 * forward
    assert backpropagation == forward + backward
