"""losses.py against SciPy, PyTorch and its equations, and at the edge of numbers."""

import numpy as np
import pytest
import scipy.special
import scipy.stats

import backprop as bp
import losses
import peers

RNG = np.random.default_rng(0)
N = RNG.normal(scale=3, size=(6, 4))
CLASSES = RNG.integers(4, size=6)
ONE = np.eye(4)[CLASSES]  # one class each
YES = RNG.uniform(size=(6, 4))  # degrees of yes


def test_softmax_and_log_sum_exp_are_those_of_scipy():
    np.testing.assert_allclose(
        losses.softmax(N), scipy.special.softmax(N, 1), rtol=1e-14
    )
    expected = scipy.special.logsumexp(N, axis=1)
    np.testing.assert_allclose(losses.log_sum_exp(N), expected, rtol=1e-14)


@pytest.mark.parametrize(
    "loss, outputs, delta, D",
    [
        (losses.cross_entropy, losses.softmax, losses.softmax_delta, ONE),
        (losses.binary_cross_entropy, losses.logistic, losses.binary_delta, YES),
    ],
)
def test_delta_is_the_slope_of_the_loss(loss, outputs, delta, D):
    got = delta(outputs(N), D) / len(N)  # the slope of a mean over the examples
    for place in np.ndindex(N.shape):
        nudge = np.zeros_like(N)
        nudge[place] = 1e-5
        slope = (loss(N + nudge, D) - loss(N - nudge, D)) / 2e-5
        assert got[place] == pytest.approx(slope, abs=1e-9)


def test_losses_and_deltas_equal_pytorchs():
    torch = peers.torch()
    F = torch.nn.functional
    for loss, delta, D, theirs in (
        (
            losses.cross_entropy,
            losses.softmax_delta(losses.softmax(N), ONE),
            ONE,
            lambda t: F.cross_entropy(t, torch.tensor(CLASSES)),
        ),
        (
            losses.binary_cross_entropy,
            losses.binary_delta(losses.logistic(N), YES),
            YES,
            lambda t: 4 * F.binary_cross_entropy_with_logits(t, torch.tensor(YES)),
        ),
    ):
        t = torch.tensor(N, requires_grad=True)
        expected = theirs(t)
        expected.backward()
        assert loss(N, D) == pytest.approx(expected.item(), rel=1e-14)
        np.testing.assert_allclose(delta / len(N), t.grad.numpy(), rtol=0, atol=1e-15)


def test_the_gaussian_surprise_is_scipys_and_its_delta_the_nudged_slope():
    sigma, D = 0.7, RNG.normal(size=N.shape)
    surprise = -scipy.stats.norm.logpdf(D, N, sigma).sum(axis=1).mean()
    assert losses.gaussian_surprise(N, D, sigma) == pytest.approx(surprise, rel=1e-14)
    np.testing.assert_allclose(
        losses.gaussian(N, D, sigma), scipy.stats.norm.pdf(D, N, sigma), rtol=1e-12
    )
    got = losses.gaussian_delta(N, D, sigma) / len(N)
    for place in np.ndindex(N.shape):
        nudge = np.zeros_like(N)
        nudge[place] = 1e-5
        up, down = (
            losses.gaussian_surprise(N + side * nudge, D, sigma) for side in (1, -1)
        )
        assert got[place] == pytest.approx((up - down) / 2e-5, abs=1e-9)


def test_with_spread_one_the_gaussian_surprise_is_the_squared_error_and_a_constant():
    D = RNG.normal(size=(2, *N.shape))
    off = [losses.gaussian_surprise(N, d, 1.0) - bp.error(N, d) for d in D]
    assert off == pytest.approx(
        [2 * np.log(2 * np.pi)] * 2
    )  # four outputs, a half each
    np.testing.assert_array_equal(losses.gaussian_delta(N, D[0], 1.0), N - D[0])


@pytest.mark.parametrize("size", [1000.0, 1e300])
def test_huge_net_inputs_give_finite_and_correct_losses_and_deltas(size):
    with np.errstate(all="raise", under="ignore"):
        huge = np.array([[size, -size, 0.0]])
        right, wrong = np.eye(3)[[0]], np.eye(3)[[1]]
        assert losses.cross_entropy(huge, right) == 0
        assert losses.cross_entropy(huge, wrong) == 2 * size
        delta = losses.softmax_delta(losses.softmax(huge), wrong)
        np.testing.assert_array_equal(delta, [[1, -1, 0]])
        assert losses.binary_cross_entropy(huge, right) == pytest.approx(np.log(2))
        assert losses.binary_cross_entropy(huge, wrong) == 2 * size + np.log(2)
        delta = losses.binary_delta(losses.logistic(huge), wrong)
        np.testing.assert_array_equal(delta, [[1, -1, 0.5]])


def test_softmax_of_two_is_the_logistic_function_of_the_difference():
    two = losses.softmax(N[:, :2])[:, 0]
    np.testing.assert_allclose(two, bp.Logistic()(N[:, 0] - N[:, 1]), rtol=1e-14)


def test_outputs_of_softmax_sum_to_one_and_single_sigmoids_do_not():
    np.testing.assert_allclose(losses.softmax(N).sum(1), 1, rtol=0, atol=1e-15)
    assert abs(losses.logistic(np.array([1.0, 2.0, 3.0])).sum() - 1) > 1
