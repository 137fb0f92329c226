"""The toy arm: its rates, and what a small turn of its dials does."""

import numpy as np
import pytest

import throw

ARM = dict(w=3.0, v=2.0, X=2.0, D=10.0)


def height(w, v, X, D):
    return 0.5 * (v * w * X - D) ** 2


def turned(eta):
    """w, v and the landing after one try with that rate."""
    return throw.practise(**ARM, eta=eta, tries=2)[1]


def test_a_turn_goes_against_the_rates_that_a_nudge_finds():
    nudge, eta = 1e-6, 0.01
    for name, k in ("w", 0), ("v", 1):
        up, down = ({**ARM, name: ARM[name] + s * nudge} for s in (1, -1))
        rate = (height(**up) - height(**down)) / (2 * nudge)
        assert turned(eta)[k] == pytest.approx(ARM[name] - eta * rate, abs=1e-8)


def test_a_small_rate_brings_the_ball_nearer_and_twice_the_best_guess_does_not():
    # The dials' turns move the ball by -(6 * 12 + 4 * 8) eta, as long as eta is small.
    guess = 2 / (6 * 12 + 4 * 8)
    off = [abs(turned(eta)[2] - 10) for eta in (guess / 100, guess / 2, guess)]
    assert 2 > off[0] > off[1] > off[2]
    assert turned(2.2 * guess)[2] < 8  # farther off than before, on the other side


def test_practise_with_a_small_rate_ends_at_the_basket():
    tries = throw.practise(**ARM, eta=0.01, tries=60)
    assert tries[-1, 2] == pytest.approx(10, abs=1e-9)
    assert np.all(np.diff(np.abs(tries[:, 2] - 10)) <= 0)
