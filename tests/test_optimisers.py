"""optimisers.py against PyTorch, its own equations and sequences worked by hand; and
what chapter 12 concludes, computed again from its stored tables."""

import csv

import numpy as np
import pytest
from scipy import stats

import optimisers as opt
import peers
import racing
from book import DATA


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
        (
            opt.adamw,
            "AdamW",
            dict(eta=0.05, weight_decay=0.3),
            dict(lr=0.05, weight_decay=0.3),
        ),
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


def test_the_fine_in_the_slope_is_pytorchs_weight_decay_of_adam_and_not_adamw():
    torch = peers.torch()
    p = torch.tensor(START, requires_grad=True)
    optimiser = torch.optim.Adam([p], lr=0.05, weight_decay=0.3)
    path = opt.descend(
        opt.adam, lambda p: opt.l2_slope(p, slope(p), 0.3), START, 100, eta=0.05
    )
    for theta in path[1:]:
        p.grad = torch.tensor(slope(p.detach().numpy()))
        optimiser.step()
        np.testing.assert_allclose(theta, p.detach().numpy(), rtol=0, atol=1e-9)
    beside = opt.descend(opt.adamw, slope, START, 100, eta=0.05, weight_decay=0.3)
    assert np.abs(path[-1] - beside[-1]).max() > 0.01


def test_under_gradient_descent_the_fine_is_weight_decay():
    theta, g, eta, fine = START, slope(START), 0.1, 0.3
    (fined,) = opt.gradient_descent(theta, opt.l2_slope(theta, g, fine), eta)
    np.testing.assert_allclose(fined, (1 - eta * fine) * theta - eta * g, rtol=1e-14)


def warm_linear(t, T):
    return opt.warm_up(t, 5) * opt.linear_decay(t, T)


@pytest.mark.parametrize("name", ["linear", "cosine", "warm-up", "warm-up, linear"])
def test_each_schedule_equals_pytorchs(name):
    torch = peers.torch()
    T, K, eta = 20, 5, 0.4
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=eta)
    to = torch.optim.lr_scheduler
    made = {
        "linear": lambda: to.LinearLR(optimiser, 1.0, 0.0, T),
        "cosine": lambda: to.CosineAnnealingLR(optimiser, T),
        "warm-up": lambda: to.LinearLR(optimiser, 1 / K, 1.0, K - 1),
        "warm-up, linear": lambda: to.ChainedScheduler(
            [
                to.LinearLR(optimiser, 1 / K, 1.0, K - 1),
                to.LinearLR(optimiser, 1.0, 0.0, T),
            ]
        ),
    }
    ours = {
        "linear": opt.linear_decay,
        "cosine": opt.cosine_decay,
        "warm-up": lambda t, T: opt.warm_up(t, K),
        "warm-up, linear": warm_linear,
    }
    theirs = made[name]()
    for t in range(1, T + 1):
        rate = optimiser.param_groups[0]["lr"]
        found = opt.scheduled_rate(eta, ours[name](t, T))
        assert found == pytest.approx(rate, abs=1e-12), t
        optimiser.step()
        theirs.step()


def test_a_schedule_changes_the_rate_of_every_step():
    rates = [0.4, 0.3, 0.2, 0.1]
    path = opt.descend(
        opt.gradient_descent,
        lambda theta: np.array(1.0),
        0.0,
        4,
        schedule=opt.linear_decay,
        eta=0.4,
    )
    np.testing.assert_allclose(-np.diff(path), rates, rtol=1e-12)


def test_newton_goes_to_the_level_point_and_saddle_free_away_from_a_top():
    for theta, kappa in (1.5, 4.0), (1.5, -4.0):
        assert opt.newton(theta, kappa * theta, kappa) == (0.0,)
    assert opt.saddle_free_newton(1.5, 4.0 * 1.5, 4.0) == (0.0,)
    assert opt.saddle_free_newton(1.5, -4.0 * 1.5, -4.0) == (3.0,)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: opt.momentum(0.0, 1.0, 0.0, mu=2), r"mu is 2; .* in \[0, 1\)"),
        (lambda: opt.momentum(0.0, 1.0, 0.0, mu=1), r"mu is 1; .* in \[0, 1\)"),
        (lambda: opt.linear_decay(9, 3), r"t is 9; .* in \[1, 3\]"),
        (lambda: opt.cosine_decay(4, 3), r"t is 4; .* in \[1, 3\]"),
        (lambda: opt.adamw(0.0, 1.0, 0.0, 0.0, 1, weight_decay=-1), "weight_decay is"),
        (lambda: opt.addsign(0.0, 1.0, 0.0, decay=1.5), r"decay is 1.5; .* \[0, 1\]"),
        (
            lambda: opt.descend(opt.momentum, slope, START, 3, mu=2),
            r"mu is 2; expected a number in \[0, 1\)",
        ),
    ],
)
def test_a_setting_out_of_its_range_is_one_clear_error(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
    opt.momentum(0.0, 1.0, 0.0, mu=0)
    opt.linear_decay(3, 3)


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
    values = [decay(t, 10) for t in range(1, 11)]
    assert values[0] == 1 and 0 < values[-1] <= 0.1 + 1e-12
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


# ---- what chapter 12 concludes


def table(name):
    with (DATA / name).open() as file:
        return list(csv.DictReader(file))


def interval(differences):
    """Mean, and half of Student's 95 % interval."""
    found = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    return (found.low + found.high) / 2, (found.high - found.low) / 2


@pytest.fixture(scope="module")
def race():
    """(rule, schedule) -> (rate, loss and accuracy of each seed of the race)."""
    found = {}
    for row in table("race-of-rules.csv"):
        if row["part"] == "race":
            arm = found.setdefault((row["rule"], row["schedule"]), {})
            arm[int(row["seed"])] = float(row["loss"]), float(row["accuracy"])
    return {arm: np.array(list(by.values())) for arm, by in found.items()}


def test_every_arm_ran_the_same_seeds_and_searched_in_the_same_way():
    seeds, rates, chosen = {}, {}, {}
    for row in table("race-of-rules.csv"):
        arm, eta = (row["rule"], row["schedule"]), float(row["eta"])
        seeds.setdefault((arm, row["part"], eta), []).append(row["seed"])
        if row["part"] == "pilot":
            rates.setdefault(arm, {}).setdefault(eta, []).append(float(row["loss"]))
        else:
            chosen[arm] = eta
    assert len(rates) == 34 and set(rates) == set(chosen)
    lists = {part: set() for part in ("pilot", "race")}
    for (_, part, _), found in seeds.items():
        lists[part].add(tuple(found))
    (pilot,), (racing_seeds,) = lists.values()
    assert len(racing_seeds) == 20 and not set(pilot) & set(racing_seeds)
    assert {len(tried) for tried in rates.values()} == {15}
    for arm, found in rates.items():
        assert chosen[arm] == min(found, key=lambda eta: np.mean(found[eta])), arm
        # The best is inside of what was tried, and not at its edge.
        assert min(found) < chosen[arm] < max(found), arm


RULES = [name for name in opt.RULES if name != "adamw"]
HELPED = "momentum", "nesterov", "rmsprop", "adam"


def test_a_linear_schedule_halves_the_loss_of_four_rules_and_helps_no_other(race):
    for rule in RULES:
        ratio = np.log(race[rule, "linear"][:, 0] / race[rule, "constant"][:, 0])
        mean, half = interval(ratio)
        low, high = np.exp([mean - half, mean + half])
        if rule in HELPED:
            assert high < 0.65, rule
            more = race[rule, "linear"][:, 1] - race[rule, "constant"][:, 1]
            assert np.mean(more) > 1 and np.mean(more) > interval(more)[1], rule
        elif rule == "adagrad":
            assert low > 1.4
        else:
            assert low < 1 < high, rule


def test_the_searched_rules_lead_only_while_nobody_has_a_schedule(race):
    loss = {arm: found[:, 0].mean() for arm, found in race.items()}
    constant = sorted(RULES, key=lambda rule: loss[rule, "constant"])
    assert set(constant[:2]) == {"powersign", "addsign"}
    behind = [loss[rule, "linear"] for rule in ("powersign", "addsign")]
    assert min(behind) > max(loss[rule, "linear"] for rule in HELPED)


def test_a_warm_up_allows_a_larger_rate_and_a_cosine_is_no_better_than_a_line(race):
    for rule in RULES:
        line = race[rule, "linear"]
        ratio = {
            shape: interval(np.log(race[rule, shape][:, 0] / line[:, 0]))
            for shape in ("cosine", "warm-up, linear")
        }
        assert ratio["cosine"][0] > 0
        mean, half = ratio["warm-up, linear"]
        if rule in ("adagrad", "rmsprop", "powersign", "addsign"):
            assert mean + half < 0, rule
        else:
            assert abs(mean) < half, rule
    mean, half = interval(
        np.log(
            race["adagrad", "warm-up, linear"][:, 0] / race["adagrad", "linear"][:, 0]
        )
    )
    assert np.exp(mean + half) < 0.55
    fading = race["powersign", "fading"][:, 0] / race["powersign", "constant"][:, 0]
    mean, half = interval(np.log(fading))
    assert abs(mean) < half
    best = {
        (row["rule"], row["schedule"]): float(row["eta"])
        for row in table("race-of-rules.csv")
        if row["part"] == "race"
    }
    for rule in RULES:
        assert best[rule, "warm-up, linear"] > 1.3 * best[rule, "linear"], rule


def test_among_the_four_no_difference_in_accuracy_is_seen(race):
    for one in HELPED:
        for other in HELPED:
            if one < other:
                difference = race[one, "linear"][:, 1] - race[other, "linear"][:, 1]
                mean, half = interval(difference)
                assert abs(mean) < half, (one, other)


def test_adagrad_gains_from_a_warm_up_and_a_line_together(race):
    def ratio(arm, other):
        logs = np.log(race["adagrad", arm][:, 0] / race["adagrad", other][:, 0])
        mean, half = interval(logs)
        return np.exp([mean - half, mean + half])

    assert ratio("linear", "constant")[0] > 1.4
    assert 0.6 < ratio("warm-up, linear", "constant")[0]
    assert ratio("warm-up, linear", "constant")[1] < 0.85
    eta = {
        row["schedule"]: float(row["eta"])
        for row in table("race-of-rules.csv")
        if row["part"] == "race" and row["rule"] == "adagrad"
    }
    assert eta["linear"] == eta["constant"]
    assert eta["warm-up, linear"] == pytest.approx(4 * eta["constant"])


def test_the_four_differ_in_loss_and_the_searched_two_trail_little_in_accuracy(race):
    logs = np.log(race["nesterov", "linear"][:, 0] / race["momentum", "linear"][:, 0])
    mean, half = interval(logs)
    assert np.log(0.6) < mean - half < mean + half < np.log(0.7)
    trailing = [
        interval(race[one, "linear"][:, 1] - race[other, "linear"][:, 1])
        for one in ("powersign", "addsign")
        for other in HELPED
    ]
    assert all(-0.4 < mean < -0.1 for mean, _ in trailing)
    assert 0 < sum(abs(mean) < half for mean, half in trailing) < len(trailing)


def test_weight_decay_helps_a_little_in_both_places_and_its_size_differs():
    found = {}
    for row in table("weight-decay.csv"):
        key = row["place"], float(row["eta"]), float(row["size"])
        found.setdefault(key, {}).setdefault(row["part"], []).append(
            (float(row["kept_loss"]), float(row["test_loss"]))
        )

    def best(place, without=False):
        keys = [k for k in found if k[0] == place and (k[2] == 0 or not without)]
        key = min(keys, key=lambda k: np.mean([kept for kept, _ in found[k]["pilot"]]))
        return key, np.array([test for _, test in found[key]["race"]])

    (_, plain), (inside, slope_loss), (beside, step_loss) = (
        best("beside it", without=True),
        best("in the slope"),
        best("beside it"),
    )
    for loss in slope_loss, step_loss:
        mean, half = interval(plain - loss)
        assert len(plain) == 12 and half < mean < 0.02
    mean, half = interval(slope_loss - step_loss)
    assert abs(mean) < half
    assert beside[2] > 100 * inside[2] > 0
    misplaced = found["in the slope", beside[1], beside[2]]["race"]
    assert np.mean([test for _, test in misplaced]) > 1


def test_the_stored_runs_are_what_the_program_gives():
    for row in table("race-of-rules.csv"):
        if (row["rule"], row["seed"], row["part"]) == ("momentum", "103", "race"):
            schedule = {"linear": opt.linear_decay, "cosine": opt.cosine_decay}
            if row["schedule"] in schedule:
                again = racing.run(
                    opt.momentum,
                    103,
                    eta=float(row["eta"]),
                    schedule=schedule[row["schedule"]],
                )
                assert again.loss == pytest.approx(float(row["loss"]), abs=1e-3)
                assert again.accuracy == pytest.approx(float(row["accuracy"]), abs=1)


def test_a_race_keeps_its_digits_apart_and_ends_in_infinity_if_it_runs_away():
    few = racing.run(opt.adam, 3, examples=64, epochs=1, eta=0.01)
    assert np.isfinite(few).all() and few.loss < few.kept_loss
    assert np.isnan(racing.run(opt.adam, 3, epochs=1, eta=0.01).kept_loss)
    away = racing.run(opt.momentum, 3, epochs=1, eta=1e308)
    assert away == (np.inf, np.inf, np.inf, 0)
    with pytest.raises(ValueError, match="fine is -1"):
        racing.run(opt.adam, 3, -1)


def test_the_slope_of_the_race_is_the_slope_of_its_loss():
    """By nudges: the first batch of a run of one batch is all it learns from."""
    theta, slope, steps, measured = racing.task(5, examples=32, epochs=1)
    assert steps == 1
    g, rng = slope(theta), np.random.default_rng(0)
    for k in rng.choice(len(theta), 12, replace=False):
        nudge = np.zeros_like(theta)
        nudge[k] = 1e-5
        rise = measured(theta + nudge).loss - measured(theta - nudge).loss
        assert g[k] == pytest.approx(rise / 2e-5, abs=1e-8)
