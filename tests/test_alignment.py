"""Ways back for the error: what each is, and what chapter 01 finds in the table."""

import csv

import numpy as np
import pytest
from scipy import stats

import alignment
import backprop as bp
from conftest import ROOT

with (ROOT / "chapters" / "data" / "ways-back.csv").open() as file:
    TABLE = list(csv.DictReader(file))
TUNING = [row for row in TABLE if int(row["seed"]) >= 100]
RUNS = [row for row in TABLE if int(row["seed"]) < 100]
ETA = {row["way"]: float(row["eta"]) for row in RUNS}


def wrong(way):
    """% of test digits wrong, seed by seed."""
    return np.array([float(row["test"]) for row in RUNS if row["way"] == way])


def interval(some, other):
    """The mean difference of two ways, seed by seed, and its 95 % interval."""
    off = wrong(some) - wrong(other)
    return stats.ttest_1samp(off, 0).confidence_interval(0.95)


def few(way, seed=3):
    """A short training on what is no picture, all ways from one start."""
    rng = np.random.default_rng(seed)
    X, D = rng.uniform(size=(12, 5)), rng.uniform(size=(12, 2))
    net = bp.network(rng, (5, 4, 2))
    trained, angles = alignment.train(net, X, D, way, 0.5, rng, epochs=3, batch=4)
    return net, trained, angles, X, D


def test_the_true_way_back_is_that_of_part_one():
    net, trained, _, X, D = few("backprop")
    rng = np.random.default_rng(3)
    rng.uniform(size=(12, 5)), rng.uniform(size=(12, 2)), bp.network(rng, (5, 4, 2))
    rng.uniform(size=net.v.shape), rng.integers(2**32)  # what B and its fellow took
    expected, _ = bp.train(net, X, D, eta=0.5, epochs=3, batch=4, rng=rng)
    np.testing.assert_allclose(trained.w, expected.w, rtol=1e-12)
    np.testing.assert_allclose(trained.v, expected.v, rtol=1e-12)


def test_frozen_is_frozen_and_the_others_are_not():
    for way in alignment.WAYS:
        net, trained, angles, *_ = few(way)
        assert np.array_equal(net.w, trained.w) == (way == "frozen")
        assert not np.array_equal(net.v, trained.v)
        assert len(angles) == 4 and angles[0] == few("backprop")[2][0]


def test_an_angle_is_known_where_it_can_be_known():
    net, _, _, X, D = few("frozen")
    assert alignment.angle(net, 3 * net.v, X, D) == pytest.approx(0, abs=1e-5)
    assert alignment.angle(net, -net.v, X, D) == pytest.approx(180, abs=1e-5)


# ---- the stored table


def test_the_table_is_whole_and_the_seeds_are_shared():
    for way in alignment.WAYS:
        seeds = [int(row["seed"]) for row in RUNS if row["way"] == way]
        assert seeds == list(range(16))
        tried = {float(r["eta"]) for r in TUNING if r["way"] == way}
        assert tried == set(alignment.RATES)
    firsts = {(row["seed"], row["first"]) for row in RUNS}
    assert len(firsts) == 16  # one start for all ways


def test_each_rate_is_the_best_on_the_pictures_learned_from():
    for way in alignment.WAYS:
        mean = {
            eta: np.mean([
                float(r["learning"])
                for r in TUNING
                if r["way"] == way and float(r["eta"]) == eta
            ])
            for eta in alignment.RATES
        }  # fmt: skip
        assert ETA[way] == min(mean, key=mean.get)
        assert min(alignment.RATES) < ETA[way] < max(alignment.RATES)


def test_the_conclusions_follow_from_the_table():
    # Feedback alignment is a little worse than backpropagation, and far better than
    # nothing; random weights drawn afresh are worse than nothing.
    low, high = interval("feedback", "backprop")
    assert 0 < low and high < 3
    low, high = interval("frozen", "feedback")
    assert low > 10
    low, high = interval("fresh", "frozen")
    assert low > 0
    last = [float(row["last"]) for row in RUNS if row["way"] == "feedback"]
    assert max(last) <= 40


@pytest.mark.parametrize("way", alignment.WAYS)
def test_a_training_gives_what_is_stored(way):
    # 12 epochs; another processor may end a picture or two away from it.
    found = alignment.test_error(way, 0, ETA[way])
    assert found == pytest.approx(wrong(way)[0], abs=1)


def test_a_rate_is_chosen_by_the_pictures_that_are_learned_from():
    net, _, X, D, test = alignment.run("backprop", 100, 0.5)
    learned = [k for k in range(len(X)) if k not in set(test)]
    by_hand = (
        ((bp.forward(net, X[learned]).O - D[learned]) ** 2).sum() / 2 / len(learned)
    )
    found = alignment.learning_error("backprop", 100, 0.5)
    assert found == pytest.approx(by_hand, rel=1e-12)
