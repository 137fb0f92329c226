"""flow.py against nudges, chance, PyTorch and its own limits."""

import numpy as np
import pytest

import backprop as bp
import flow
import peers
from book import exercise

RNG = np.random.default_rng(0)
N_h = RNG.normal(2, 3, size=(6, 5))
G = RNG.normal(size=(6, 5))


def nudged(error, at, size=1e-6):
    """The slope of a number by each entry of an array."""
    slope = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        e = np.zeros_like(at)
        e[place] = size
        slope[place] = (error(at + e) - error(at - e)) / (2 * size)
    return slope


def normalised(N):
    return flow.normalise(N, flow.mean(N), flow.spread(N, flow.mean(N)))


@pytest.mark.parametrize("f", [bp.Logistic(), bp.Tanh(), bp.ReLU()])
def test_growth_is_what_the_mean_square_of_delta_is_multiplied_by_on_average(f):
    units, sigma, draws = 40, 0.3, 400
    N = RNG.normal(size=(1, units))
    ratios = []
    for _ in range(draws):
        delta = RNG.normal(size=(1, units))
        v = RNG.normal(0, sigma, (units, units))
        back = bp.hidden_delta(delta, v, N, f)
        ratios.append(np.mean(back**2) / np.mean(delta**2))
    error = np.std(ratios) / np.sqrt(draws)
    assert abs(np.mean(ratios) - flow.growth(N, sigma, f)[0]) < 4 * error
    assert error < 0.02 * np.mean(ratios)


def test_a_leaky_unit_passes_a_part_on_both_ways():
    N, a = np.array([-2.0, -0.1, 0.1, 3.0]), 0.01
    np.testing.assert_allclose(flow.LeakyReLU(a)(N), [-0.02, -0.001, 0.1, 3])
    slope = nudged(lambda N: flow.LeakyReLU(a)(N).sum(), N)
    np.testing.assert_allclose(flow.LeakyReLU(a).slope(N), slope, atol=1e-9)


def test_units_with_a_kink_have_pytorchs_slopes_and_at_the_kink_its_zero():
    torch = peers.torch()
    N = np.array([-1.5, 0.0, 2.0])
    for ours, theirs in (
        (bp.ReLU().slope(N), torch.nn.functional.relu),
        (
            flow.LeakyReLU().slope(N),
            lambda t: torch.nn.functional.leaky_relu(t, 0.01),
        ),
    ):
        t = torch.tensor(N, requires_grad=True)
        theirs(t).sum().backward()
        np.testing.assert_array_equal(ours, t.grad.numpy())


@pytest.mark.parametrize("longest", [0.1, 1.0, 100.0])
def test_a_clipped_slope_has_its_direction_and_no_more_than_the_length(longest):
    g = RNG.normal(size=20)
    short = flow.clip(g, longest)
    assert flow.length(short) == pytest.approx(min(longest, flow.length(g)))
    assert short @ g == pytest.approx(flow.length(short) * flow.length(g))
    np.testing.assert_array_equal(flow.clip(0 * g, longest), 0 * g)


def test_the_length_is_written_with_its_letter():
    asked = exercise(["eq-length"], g=[3.0, 4.0], c=1.0)
    assert repr(asked) == "ℓ = …" and asked.rows[0][2].find("ℓ") >= 0


def test_clipping_is_that_of_pytorch():
    torch = peers.torch()
    g = RNG.normal(size=20)
    t = torch.zeros(20, dtype=torch.double, requires_grad=True)
    t.grad = torch.tensor(g)
    torch.nn.utils.clip_grad_norm_([t], 0.7)
    # PyTorch adds 1e-6 to the length before it divides.
    np.testing.assert_allclose(flow.clip(g, 0.7), t.grad.numpy(), rtol=1e-6)


def test_what_is_normalised_has_mean_0_and_spread_1_whatever_its_size():
    Z = normalised(1e3 * N_h)
    np.testing.assert_allclose(Z.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(Z.std(axis=1), 1, rtol=1e-9)
    equal = np.full((2, 5), 7.0)
    np.testing.assert_array_equal(normalised(equal), 0 * equal)


def test_the_delta_of_what_is_normalised_is_its_nudged_slope():
    m = flow.mean(N_h)
    s = flow.spread(N_h, m)
    delta = flow.normal_delta(G, flow.normalise(N_h, m, s), s)
    slope = nudged(lambda N: (G * normalised(N)).sum(), N_h)
    np.testing.assert_allclose(delta, slope, atol=1e-8)
    np.testing.assert_allclose(delta.sum(axis=1), 0, atol=1e-12)


@pytest.mark.parametrize("way", ["layer", "batch"])
def test_both_ways_to_normalise_and_their_deltas_are_pytorchs(way):
    torch = peers.torch()
    t = torch.tensor(N_h, requires_grad=True)
    if way == "layer":
        theirs = torch.nn.LayerNorm(5, eps=flow.TINY, elementwise_affine=False)(t)
        ours, back = N_h, G
    else:
        theirs = torch.nn.BatchNorm1d(5, eps=flow.TINY, affine=False)(t)
        ours, back = N_h.T, G.T
    theirs.backward(torch.tensor(G))
    m = flow.mean(ours)
    s = flow.spread(ours, m)
    Z = flow.normalise(ours, m, s)
    delta = flow.normal_delta(back, Z, s)
    if way == "batch":
        Z, delta = Z.T, delta.T
    np.testing.assert_allclose(Z, theirs.detach().numpy(), atol=1e-14)
    np.testing.assert_allclose(delta, t.grad.numpy(), atol=1e-14)


def test_the_slope_through_a_residual_block_is_the_nudged_one():
    f, w, H = bp.Tanh(), RNG.normal(size=(5, 5)), RNG.normal(size=(6, 5))

    def error(H):
        return (G * flow.residual(H, H @ w, f)).sum()

    delta = G * f.slope(H @ w)
    through = flow.slope_through(G, w, delta)
    np.testing.assert_allclose(through, nudged(error, H), atol=1e-8)
    np.testing.assert_array_equal(flow.slope_through(G, 0 * w, delta), G)
