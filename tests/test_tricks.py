"""tricks.py against nudges, closed forms and the stored measurements of chapter 11."""

import csv

import numpy as np
import pytest
from scipy.stats import ttest_rel

import backprop as bp
import tricks
from conftest import ROOT

DATA = ROOT / "chapters" / "data"
RNG = np.random.default_rng(0)


# ---- the equations


def error(w, X, D):
    """E of a linear unit with one input and no bias."""
    return 0.5 * ((w * X - D) ** 2).mean()


def test_curvature_is_how_the_slope_of_a_linear_unit_changes():
    X, D = RNG.normal(1, 2, (2, 9))
    second = error(1.1, X, D) - 2 * error(0.1, X, D) + error(-0.9, X, D)
    assert tricks.curvature(X) == pytest.approx(second, rel=1e-10)


def test_descent_settles_just_below_the_largest_rate_and_not_just_above():
    X, D = RNG.normal(1, 2, (2, 9))
    limit = tricks.largest_rate(tricks.curvature(X))
    bottom = (X * D).sum() / (X**2).sum()
    for part, settles in (0.99, True), (1.01, False):
        w = 0.0
        for _ in range(500):
            w -= part * limit * ((w * X - D) * X).mean()
        assert (abs(w - bottom) < 1e-2 * abs(bottom)) == settles


def test_a_step_in_a_bowl_is_a_step_of_descent_on_a_parabola():
    X = RNG.normal(size=7)
    theta, eta = 0.7, 0.3
    slope = (error(theta + 1e-5, X, 0 * X) - error(theta - 1e-5, X, 0 * X)) / 2e-5
    moved = tricks.bowl_step(theta, eta, tricks.curvature(X))
    assert moved == pytest.approx(theta - eta * slope, rel=1e-9)


def test_the_condition_number_is_that_of_linear_algebra():
    A = RNG.normal(size=(20, 4))
    values = np.linalg.eigvalsh(A.T @ A / 20)
    found = tricks.condition_number(values[-1], values[0])
    assert found == pytest.approx(np.linalg.cond(A.T @ A), rel=1e-9)


@pytest.mark.parametrize("m", [4, 64])
def test_weights_of_that_spread_hand_on_the_spread_of_the_inputs(m):
    X = RNG.normal(size=(40_000, m))
    w = RNG.normal(0, tricks.weight_spread(m), (m, 200))
    assert (X @ w).std() == pytest.approx(1, abs=0.05)


# ---- settings


@pytest.mark.parametrize(
    "given, said",
    [
        (dict(batch=-3), "batch is -3; expected a whole number from 1"),
        (dict(batch=0), "batch is 0; expected a whole number from 1"),
        (dict(eta=-0.1), "eta is -0.1; expected a positive number"),
        (dict(spread=-1.0), "spread is -1.0; expected a positive number"),
        (dict(inputs="white"), "inputs is 'white'; expected one of standardised"),
        (dict(shuffle=0), "shuffle is 0; expected True or False"),
    ],
)
def test_a_setting_that_cannot_be_says_which(given, said):
    with pytest.raises((ValueError, TypeError), match=said):
        tricks.Setting(**given)


def test_each_parameter_has_the_number_of_inputs_of_its_unit():
    assert tricks.inputs_of((64, 9, 10)) == dict(w=64, b=64, v=9, c=9)


def test_a_start_has_weights_of_the_spread_of_its_own_layer_and_biases_of_zero():
    net = tricks.start(tricks.Setting(), np.random.default_rng(0), (400, 100, 50))
    assert net.w.std() == pytest.approx(1 / 20, rel=0.02)
    assert net.v.std() == pytest.approx(1 / 10, rel=0.03)
    assert not net.b.any() and not net.c.any()
    wide = tricks.start(
        tricks.Setting(spread=2.0), np.random.default_rng(0), (40, 50, 9)
    )
    assert wide.w.std() == pytest.approx(2, rel=0.05)
    assert wide.v.std() == pytest.approx(2, rel=0.1)


def test_rates_by_layer_go_with_the_root_of_the_inputs_and_keep_their_mean():
    same = tricks.rates(tricks.Setting(eta=0.3), (64, 4, 10))
    assert same == dict.fromkeys("wbvc", pytest.approx(0.3))
    by_layer = tricks.rates(tricks.Setting(eta=0.3, equal_rates=False), (64, 4, 10))
    assert by_layer["w"] / by_layer["v"] == pytest.approx(4)
    assert (by_layer["w"] + by_layer["v"]) / 2 == pytest.approx(0.3)
    assert by_layer["b"] == by_layer["w"] and by_layer["c"] == by_layer["v"]


def test_a_step_of_training_is_the_update_of_chapter_05():
    """In place and without its checks: the same numbers as bp.update."""
    how = tricks.Setting(hidden=7, epochs=1, batch=None, shuffle=False)
    made = tricks.run(how, 0)
    rng = np.random.default_rng(0)
    net = tricks.start(how, rng, (64, 7, 10))
    order = np.argsort(made.classes, kind="stable")
    X, D = made.X[order], tricks.wanted(how, made.classes)[order]
    expected = bp.update(net, bp.gradient(net, X, D), how.eta)
    for name in bp.Gradient._fields:
        np.testing.assert_allclose(
            getattr(made.nets[0], name), getattr(expected, name), rtol=0, atol=1e-13
        )


def test_decorrelated_inputs_make_a_round_bowl_and_know_nothing_of_the_test_digits():
    learn, _, test, _ = tricks.split(0)
    white, _ = tricks.prepared("decorrelated", learn, test)
    np.testing.assert_allclose(
        white.T @ white / len(white), np.eye(white.shape[1]), atol=1e-8
    )
    for how in tricks.INPUTS:
        alone = tricks.prepared(how, learn, test[:1])[1]
        np.testing.assert_allclose(
            alone, tricks.prepared(how, learn, test)[1][:1], atol=1e-12
        )


@pytest.mark.parametrize("inputs", ["standardised", "scaled", "raw"])
def test_from_zero_weights_stay_zero_whatever_the_inputs(inputs):
    how = tricks.Setting(spread=0.0, inputs=inputs, eta=0.001, epochs=1)
    net = tricks.run(how, 0).nets[-1]
    assert not net.w.any() and not net.v.any() and not net.b.any()
    assert net.c.any()


def test_where_f_of_0_is_not_0_they_move_but_all_units_alike():
    how = tricks.Setting(spread=0.0, f=bp.Logistic(), epochs=1)
    net = tricks.run(how, 0).nets[-1]
    assert net.v.any() and net.w.any()
    np.testing.assert_allclose(net.w, net.w[:, :1].repeat(50, axis=1), atol=1e-12)


def test_the_stretched_tanh_is_made_to_measure():
    f = tricks.StretchedTanh()
    assert f(1.0) == pytest.approx(1, abs=1e-5)
    N = np.linspace(0, 2, 20_001)
    bend = np.abs(np.gradient(f.slope(N), N))
    assert N[bend.argmax()] == pytest.approx(1, abs=0.02)


# ---- what chapter 11 concludes, from the stored tables alone


def measured(file):
    """(change, rate) -> a row per seed, in order: % of training and test digits wrong;
    of the seeds that pick a rate, and of those that are compared."""
    tuning, compared = {}, {}
    with (DATA / file).open() as table:
        for row in csv.DictReader(table):
            found = compared if int(row["seed"]) < 16 else tuning
            key = row["change"], float(row["eta"])
            found.setdefault(key, []).append(
                (int(row["seed"]), row["train"], row["test"])
            )
    for found in tuning, compared:
        for key, rows in found.items():
            seeds = [seed for seed, *_ in rows]
            assert seeds == list(range(16) if found is compared else range(16, 20)), key
            found[key] = np.array([[float(x) for x in row[1:]] for row in rows])
    return tuning, compared


def at_own_rate(file):
    """Change -> % of test digits wrong for each seed, at the rate that the training
    digits of other seeds chose."""
    tuning, compared = measured(file)
    found = {}
    for name in dict.fromkeys(name for name, _ in tuning):
        rates = sorted(eta for other, eta in tuning if other == name)
        best = min(rates, key=lambda eta: tuning[name, eta][:, 0].mean())
        found[name] = compared[name, best][:, 1]
    return found


TRICKS = "eight-tricks.csv"
WORSE = {
    "1 whole batch", "2 not shuffled", "3 raw inputs", "3 scaled, not centred",
    "3 decorrelated too", "6 all weights zero", "6 weights of spread 1",
    "8 radial units",
}  # fmt: skip
BETTER = {
    "4 logistic units", "4 plain tanh", "4 logistic, inner targets",
    "4 plain tanh, inner targets", "5 targets at the asymptote",
}  # fmt: skip
ALONE = {"6 weights of spread 0.001", "7 rates by layer"}


def test_the_verdicts_are_those_of_paired_tests_of_all_changes_at_once():
    """SciPy's paired test, with Bonferroni's correction, against the chapter's
    intervals; two changes would pass if each were the only one."""
    wrong = at_own_rate(TRICKS)
    base = wrong.pop("recommended")
    assert set(wrong) == WORSE | BETTER | ALONE
    for name, errors in wrong.items():
        p = ttest_rel(errors, base).pvalue
        assert (p < 0.05 / len(wrong)) == (name in WORSE | BETTER), (name, p)
        assert p < 0.05
        assert ((errors - base).mean() > 0) == (
            name in WORSE | {"6 weights of spread 0.001"}
        ), name


def test_a_rate_of_its_own_takes_most_of_the_harm_away():
    _, compared = measured(TRICKS)
    own = at_own_rate(TRICKS)
    for name in "1 whole batch", "2 not shuffled", "3 raw inputs":
        before = (compared[name, 0.01][:, 1] - own["recommended"]).mean()
        after = (own[name] - own["recommended"]).mean()
        assert 0 < after < 0.15 * before
    logistic = compared["4 logistic units", 0.01][:, 1] - own["recommended"]
    assert logistic.mean() > 10  # behind at the shared rate, ahead at its own


def test_no_rate_that_was_picked_is_the_last_that_was_tried():
    for file in TRICKS, "tricks-widths.csv":
        tuning, _ = measured(file)
        for name in dict.fromkeys(name for name, _ in tuning):
            errors = [tuning[name, eta][:, 0].mean() for eta in rates_of(tuning, name)]
            if name != "6 all weights zero":  # which learns nothing at any of them
                assert 0 < np.argmin(errors) < len(errors) - 1, name


def rates_of(tuning, name):
    return sorted(eta for other, eta in tuning if other == name)


def test_after_sixty_epochs_targets_at_the_ends_have_lost_their_lead():
    with (DATA / "tricks-long.csv").open() as table:
        rows = list(csv.DictReader(table))

    def after(epoch, change, column):
        return np.array(
            [
                float(row[column])
                for row in rows
                if (int(row["epoch"]), row["change"]) == (epoch, change)
            ]
        )

    changes = "5 targets at the asymptote", "recommended"
    at_5, at_60 = ([after(e, c, "test") for c in changes] for e in (5, 60))
    assert (at_5[0] - at_5[1]).mean() < 0 < (at_60[0] - at_60[1]).mean()
    assert ttest_rel(*at_60).pvalue > 0.05
    grown, kept = (after(60, c, "size of v").mean() for c in changes)
    assert grown > 3 * kept
    assert (
        after(60, changes[0], "flat").min()
        > 95
        > 1
        > after(60, changes[1], "flat").max()
    )


def test_rates_by_layer_earn_nothing_at_a_rate_of_their_own():
    own, (_, compared) = at_own_rate("tricks-widths.csv"), measured("tricks-widths.csv")
    for hidden in 4, 400:
        one, two = f"{hidden} hidden, one rate", f"{hidden} hidden, rates by layer"
        assert (own[two] - own[one]).mean() > 0
        shared = ttest_rel(compared[two, 0.01][:, 1], compared[one, 0.01][:, 1])
        assert shared.pvalue < 0.005 and (shared.statistic > 0) == (hidden == 4)
    four = ttest_rel(own["4 hidden, rates by layer"], own["4 hidden, one rate"])
    assert four.pvalue > 0.05


@pytest.mark.parametrize("name", ["recommended", "4 logistic units", "3 raw inputs"])
def test_the_stored_errors_are_those_of_the_code(name):
    tuning, compared = measured(TRICKS)
    best = min(rates_of(tuning, name), key=lambda eta: tuning[name, eta][:, 0].mean())
    train, test = tricks.run(tricks.setting(name, eta=best), 3).wrong()
    # In floating point, trainings part ways between processors: a digit or two.
    np.testing.assert_allclose(compared[name, best][3], [train, test], atol=0.8)
