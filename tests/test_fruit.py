"""The line between apples and oranges: its equations, its slopes, its bowl."""

import numpy as np
import pytest

import fruit

X, Y, D = fruit.fruits(np.random.default_rng(1))
LOWEST = np.linalg.lstsq(np.c_[X, np.ones_like(X)], Y - D, rcond=None)[0]


def error(theta):
    return fruit.error(fruit.output(X, Y, *theta), D)


def test_descent_ends_where_least_squares_does():
    path = fruit.descent(X, Y, D, 1.0, -0.5, eta=0.5, steps=2000)
    assert path[-1] == pytest.approx(LOWEST, abs=1e-9)


def test_the_first_step_of_descent_goes_straight_downhill():
    start = np.array([1.0, -0.5])
    step = fruit.descent(X, Y, D, *start, eta=1e-3, steps=1)[1] - start
    turns = np.linspace(0, 2 * np.pi, 3600, endpoint=False)
    around = np.c_[np.cos(turns), np.sin(turns)] * np.linalg.norm(step)
    lowest = around[np.argmin([error(start + move) for move in around])]
    assert np.hypot(*(lowest - step)) < 2e-3 * np.hypot(*step)


@pytest.mark.parametrize("factor, settles", [(0.99, True), (1.01, False)])
def test_two_over_the_steepest_curvature_parts_settling_from_blowing_up(
    factor, settles
):
    eta = factor * 2 / fruit.steepest_curvature(X)
    path = fruit.descent(X, Y, D, 1.0, -0.5, eta, steps=400)
    assert (error(path[-1]) < error(path[0])) == settles
    assert (error(path[-1]) < error(path[-101])) == settles


def test_curvature_is_how_the_slopes_change():
    def slopes(theta):
        O = fruit.output(X, Y, *theta)
        return np.array([fruit.slope_m(O, D, X), fruit.slope_c(O, D)])

    for k, unit in enumerate(np.eye(2)):
        assert slopes(unit) - slopes(0 * unit) == pytest.approx(fruit.curvature(X)[k])


def test_the_lowest_line_parts_the_fruits():
    assert (np.sign(fruit.output(X, Y, *LOWEST)) == np.sign(D)).all()
