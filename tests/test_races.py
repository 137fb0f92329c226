"""What chapter 10 concludes from its stored tables, computed again; and what made them.

The tables are read here without the chapter's or the script's code; intervals are
SciPy's. Bounds stand for sentences of the chapter: who runs the races again and finds
something else has a sentence to change.
"""

import csv

import numpy as np
import pytest
from scipy import stats

import races
from book import DATA
from test_flow import nudged


def table(file):
    with (DATA / file).open(newline="") as stored:
        head, *rows = csv.reader(stored)
    assert head[:4] == ["arm", "eta", "seed", "learned"]
    return [(a, float(e), int(s), float(n), *map(float, t)) for a, e, s, n, *t in rows]


FILES = {
    "error-race.csv": (races.ERRORS, races.ETAS, races.TUNING_SEEDS, races.SEEDS),
    "deep-race.csv": (
        races.DEEP, races.DEEP_ETAS, races.DEEP_TUNING_SEEDS, races.DEEP_SEEDS,
    ),
}  # fmt: skip
each_table = pytest.mark.parametrize("file", FILES)


def searched(file):
    """Arm -> rate -> mean share of digits right while it learned, tuning seeds."""
    names, etas, tuning, _ = FILES[file]
    rows = [row for row in table(file) if row[2] in tuning]
    found = {
        name: {e: [r[3] for r in rows if r[:2] == (name, e)] for e in etas}
        for name in names
    }
    assert all(len(v) == len(tuning) for arm in found.values() for v in arm.values())
    return {
        name: {e: np.mean(v) for e, v in arm.items()} for name, arm in found.items()
    }


def compared(file):
    """(arm, rate) -> % of test digits right, a row per seed, a column per epoch."""
    _, _, _, seeds = FILES[file]
    found = {}
    for arm, eta, seed, _, *tested in table(file):
        if seed in seeds:
            found.setdefault((arm, eta), {})[seed] = tested
    assert all(sorted(runs) == list(seeds) for runs in found.values())
    return {
        arm: np.array([runs[seed] for seed in seeds]) for arm, runs in found.items()
    }


def interval(first, second):
    return stats.ttest_rel(first, second).confidence_interval(0.95)


@each_table
def test_each_arm_is_compared_at_its_own_best_rate_which_other_seeds_chose(file):
    _, etas, tuning, seeds = FILES[file]
    assert not set(tuning) & set(seeds) and len(seeds) >= 8
    rates = {}
    for arm, eta in compared(file):
        rates.setdefault(arm, []).append(eta)
    for arm, means in searched(file).items():
        best = max(means, key=means.get)
        assert rates[arm][0] == best, arm
        if max(means.values()) > 20:  # who learns nothing has no best
            assert min(etas) < best < max(etas), f"{arm}: the grid ends at its best"


@pytest.mark.parametrize(
    "run, file, arm",
    [
        (races.race, "error-race.csv", "squared error, logistic"),
        (races.race, "error-race.csv", "cross-entropy, logistic"),
        (races.deep_race, "deep-race.csv", "logistic, batches normalised"),
        (races.deep_race, "deep-race.csv", "logistic, residual"),
        (races.deep_race, "deep-race.csv", "too large, clipped"),
    ],
)
def test_a_stored_run_is_found_again(run, file, arm):
    (eta, stored) = next((e, r) for (a, e), r in compared(file).items() if a == arm)
    again = run(arm, eta, seed=3, epochs=2).tested
    # One digit of 397 is a quarter of a point; processors round sums otherwise.
    np.testing.assert_allclose(again, stored[3, :2], atol=1.1)


def test_what_the_race_of_errors_shows():
    runs = compared("error-race.csv")
    softmax = runs["cross-entropy, softmax", 2.0]
    logistic = runs["cross-entropy, logistic", 2.0]
    tuned = runs["squared error, logistic", 4.0]
    lent = runs["squared error, logistic", 2.0]
    assert len(runs) == 4
    for epoch, least, most in (2, 13, 19), (14, 0.4, 1.6):  # from 0: after 3, after 15
        low, high = interval(softmax[:, epoch], tuned[:, epoch])
        assert least < low < high < most
        low, high = interval(softmax[:, epoch], logistic[:, epoch])
        assert low < 0 < high, "these two are not told apart"
        assert interval(tuned[:, epoch], lent[:, epoch])[0] > 1, "tuning is worth it"


def deep():
    return {arm: run[:, -1] for (arm, _), run in compared("deep-race.csv").items()}


def test_twelve_logistic_layers_learn_nothing_at_any_rate_nor_with_layers_normalised():
    for arm in "logistic", "logistic, layers normalised":
        assert max(searched("deep-race.csv")[arm].values()) < 11
        assert deep()[arm].max() < 10
    np.testing.assert_array_equal(
        deep()["logistic"], deep()["logistic, layers normalised"]
    )


def test_standing_still_does_not_stop_a_shallow_network():
    name = "one hidden layer, never moved"
    assert deep()[name].min() > 60 and 65 < deep()[name].mean() < 80
    (rate, stored) = next(
        (e, r) for (a, e), r in compared("deep-race.csv").items() if a == name
    )
    again = races.deep_race(name, rate, seed=2, epochs=2).tested
    np.testing.assert_allclose(again, stored[2, :2], atol=1.1)


@pytest.mark.parametrize("name", ["logistic", "logistic, layers normalised"])
def test_twelve_logistic_layers_call_every_digit_the_commonest_class(name):
    rate = next(e for (a, e) in compared("deep-race.csv") if a == name)
    called, tested, learned = races.calls(name, rate, seed=0)
    assert called.sum() == tested.sum() == 397 and learned.sum() == 1400
    only = called.argmax()
    assert called[only] == 397 and learned[only] == learned.max()
    assert deep()[name][0] == pytest.approx(100 * tested[only] / 397, abs=1e-3)
    assert tested[only] < 39.7 < 140 < learned[only]


def test_on_the_way_forward_examples_come_together_in_logistic_layers_alone():
    def ratio(name, layer):
        found = [races.spreads(name, seed)[:, layer] for seed in races.DEEP_SEEDS]
        return np.exp(np.mean([np.log(e / u) for e, u in found]))

    assert ratio("logistic", 0) > 0.5 and ratio("logistic", -1) < 1e-6
    assert ratio("tanh", -1) > 0.5 and 0.3 < ratio("too large", -1) < 0.35
    # By itself: one net forward, written out.
    rng = np.random.default_rng(5)
    X, *_, learn, _ = races._split(rng)
    N, w = X[learn[:100]], races._start("logistic", rng).w
    for k in range(12):
        N = (1 / (1 + np.exp(-N)) if k else N) @ w[k]
    found = races.spreads("logistic", 5)[:, -1]
    np.testing.assert_allclose(found, [N.std(0).mean(), N.std(1).mean()], rtol=1e-6)


def test_what_cures_them():
    ends = deep()
    for arm in (
        "logistic, batches normalised", "logistic, residual", "tanh",
        "ReLU, twice the variance",
    ):  # fmt: skip
        assert interval(ends[arm], ends["logistic"])[0] > 70, arm
        assert 88 < ends[arm].mean() < 96, arm
    for arm in "too large, layers normalised", "too large, batches normalised":
        assert interval(ends[arm], ends["too large"])[0] > 40, arm
    alone = ends["one hidden layer"]
    for arm, run in ends.items():
        if arm != "one hidden layer":
            assert interval(alone, run)[0] > 0, f"{arm} is as good as one layer"


def test_what_clipping_is_worth():
    ends, means = deep(), searched("deep-race.csv")
    low, high = interval(ends["too large, clipped"], ends["too large"])
    assert 0 < low < 1 and high < 12
    low, high = interval(ends["ReLU, clipped"], ends["ReLU, twice the variance"])
    assert low < 0 < high
    assert ends["too large, clipped"].mean() < 55
    taught = {
        arm: [e for e, m in found.items() if m > 20] for arm, found in means.items()
    }
    assert taught["too large"] == [1e-5, 3e-5, 1e-4, 3e-4]
    assert taught["too large, clipped"] == [0.01, 0.03, 0.1]
    assert len(taught["ReLU, twice the variance"]) == 4
    assert len(taught["ReLU, clipped"]) == 6


def test_with_ten_times_its_best_rate_most_arms_learn_next_to_nothing():
    lost = tried = 0
    for file in FILES:
        for means in searched(file).values():
            best = max(means, key=means.get)
            higher = [eta for eta in means if eta >= 7.9 * best]
            if means[best] > 20 and higher:
                tried += 1
                lost += means[min(higher)] < 25
    assert lost > tried / 2


@pytest.mark.parametrize("name", races.DEEP)
def test_the_slopes_of_each_deep_network_are_the_nudged_ones(name):
    rng = np.random.default_rng(0)
    X, D = rng.uniform(size=(7, 64)), np.eye(10)[rng.integers(10, size=7)]
    net = races._start(name, rng)
    slopes, biases = races._gradient(net, X, D)

    def error(k, w, b):
        moved = net._replace(
            w=[*net.w[:k], w, *net.w[k + 1 :]], b=[*net.b[:k], b, *net.b[k + 1 :]]
        )
        return races.losses.cross_entropy(races._forward(moved, X)[1][-1], D)

    for k in (0, len(net.w) // 2, len(net.w) - 1):
        along = rng.normal(size=net.w[k].shape), rng.normal(size=net.b[k].shape)

        def on_the_way(t, k=k, along=along):
            return error(k, net.w[k] + t * along[0], net.b[k] + t * along[1])

        slope = nudged(lambda t: on_the_way(t[0]), np.zeros(1))[0]
        found = (slopes[k] * along[0]).sum() + (biases[k] * along[1]).sum()
        assert found == pytest.approx(slope, rel=1e-4, abs=1e-9), f"layer {k}"


@pytest.mark.parametrize("name", ["logistic", "tanh", "too large"])
def test_delta_has_the_sizes_that_its_growth_foretells(name):
    pairs = [races.delta_sizes(name, seed) for seed in races.DEEP_SEEDS]
    found, expected = np.log(pairs).mean(axis=0)
    assert abs((found - expected)[0]) < 0.02 * 11
