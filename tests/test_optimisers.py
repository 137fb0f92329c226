"""optimisers.py against PyTorch, its own equations and sequences worked by hand."""

import numpy as np
import pytest

import optimisers as opt
import peers


def slope(p):
    """The slope of p0⁴/4 + p0 p1 − p0 − p1 + p2²: curved, coupled, not symmetric."""
    return np.array([p[0] ** 3 + p[1] - 1, p[0] - 1, 2 * p[2]])


START = np.array([0.3, -0.7, 1.2])


@pytest.mark.parametrize(
    "rule, theirs, ours, settings",
    [
        (opt.gradient_descent, "SGD", dict(eta=0.02), dict(lr=0.02)),
        (opt.momentum, "SGD", dict(eta=0.02, mu=0.8), dict(lr=0.02, momentum=0.8)),
        (
            opt.nesterov,
            "SGD",
            dict(eta=0.02, mu=0.8),
            dict(lr=0.02, momentum=0.8, nesterov=True),
        ),
        (opt.adagrad, "Adagrad", dict(eta=0.1), dict(lr=0.1)),
        (opt.rmsprop, "RMSprop", dict(eta=0.01, rho=0.95), dict(lr=0.01, alpha=0.95)),
        (opt.adam, "Adam", dict(eta=0.05), dict(lr=0.05)),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_rule_equals_pytorchs_over_100_steps(rule, theirs, ours, settings):
    torch = peers.torch()
    p = torch.tensor(START, requires_grad=True)
    optimiser = getattr(torch.optim, theirs)([p], **settings)
    path = opt.descend(rule, slope, START, 100, **ours)
    for theta in path[1:]:
        p.grad = torch.tensor(slope(p.detach().numpy()))
        optimiser.step()
        np.testing.assert_allclose(theta, p.detach().numpy(), rtol=0, atol=1e-9)


# By hand: slopes 1, 1, -1 on one parameter from 0, eta 0.1.
# The mean slope is 0.1, 0.19, 0.071: at the third step it disagrees with the slope.
BY_HAND = {
    opt.powersign: [-0.1 * np.e, -0.2 * np.e, -0.2 * np.e + 0.1 / np.e],
    opt.addsign: [-0.2, -0.4, -0.4],
    opt.momentum: [-0.1, -0.29, -0.361],  # velocity 1, 1.9, 0.71
    opt.nesterov: [-0.19, -0.461, -0.4249],  # g + 0.9 m: 1.9, 2.71, -0.361
    opt.adagrad: [
        -0.1,
        -0.1 - 0.1 / np.sqrt(2),
        -0.1 - 0.1 / np.sqrt(2) + 0.1 / np.sqrt(3),
    ],
}


@pytest.mark.parametrize("rule", BY_HAND, ids=lambda rule: rule.__name__)
def test_three_steps_worked_by_hand(rule):
    slopes = iter([1.0, 1.0, -1.0])
    path = opt.descend(rule, lambda theta: np.array(next(slopes)), 0.0, 3, eta=0.1)
    np.testing.assert_allclose(path[1:], BY_HAND[rule], rtol=0, atol=1e-9)


@pytest.mark.parametrize("decay", [opt.linear_decay, opt.cosine_decay])
def test_decays_fall_from_one_towards_zero(decay):
    values = [decay(t, 10) for t in range(1, 12)]
    assert values[0] == 1 and values[-1] == pytest.approx(0, abs=1e-15)
    assert all(a > b for a, b in zip(values, values[1:]))


def test_adams_first_step_is_the_learning_rate_whatever_the_slope():
    for size in 1e-3, 1.0, 1e3:
        path = opt.descend(opt.adam, lambda theta, g=size: np.array(g), 0.0, 1, eta=0.1)
        assert path[-1] == pytest.approx(-0.1, rel=1e-4)


def test_adam_does_not_mind_the_scale_of_the_error_and_gradient_descent_does():
    def far(rule, scale):
        return opt.descend(rule, lambda p: scale * slope(p), START, 20, eta=0.01)[-1]

    assert np.abs(far(opt.adam, 1) - far(opt.adam, 100)).max() < 1e-6
    assert (
        np.abs(far(opt.gradient_descent, 1) - far(opt.gradient_descent, 10)).max() > 0.1
    )


def test_a_setting_that_a_rule_does_not_have_is_refused():
    with pytest.raises(ValueError, match="adam has no setting mu; it has m, s, t, eta"):
        opt.descend(opt.adam, slope, START, 1, mu=0.9)
    with pytest.raises(ValueError, match="momentum has no setting decay"):
        opt.descend(opt.momentum, slope, START, 1, decay=opt.linear_decay)


def test_a_descent_that_runs_away_says_so():
    with np.errstate(over="ignore", invalid="ignore"):
        with pytest.raises(ValueError, match="not finite after step .* too large"):
            opt.descend(opt.gradient_descent, slope, START, 100, eta=10.0)
