"""What chapter 06 says of learning rates, computed again from the stored table."""

import csv
import importlib.util

import numpy as np
import pytest

from conftest import ROOT

SCRIPT = ROOT / "experiments" / "learning_rates.py"
LEARNED = 0.01


@pytest.fixture(scope="module")
def experiment():
    spec = importlib.util.spec_from_file_location("learning_rates", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def table(experiment):
    """(task, rate) -> E of every seed, in their order."""
    found = {}
    with experiment.DATA.open() as file:
        for row in csv.DictReader(file):
            ends = found.setdefault((row["task"], float(row["eta"])), [])
            assert int(row["seed"]) == len(ends)
            ends.append(float(row["E"]))
    return {key: np.array(ends) for key, ends in found.items()}


def test_every_rate_has_the_same_starts(experiment, table):
    wanted = {
        (task, float(eta)): seeds
        for task, seeds in experiment.SEEDS.items()
        for eta in experiment.RATES
    }
    assert {key: len(ends) for key, ends in table.items()} == wanted


@pytest.mark.parametrize(
    "task, seed, eta", [("one example", 0, 0.5), ("xor", 3, 10), ("digits", 1, 2)]
)
def test_a_run_again_ends_where_it_is_stored(experiment, table, task, seed, eta):
    found = experiment.last_error(task, seed, eta)
    assert found == pytest.approx(table[task, eta][seed], rel=2e-3)


def test_xor_is_learned_most_often_at_the_rate_that_was_taken(table):
    solved = {
        eta: (ends < LEARNED).sum()
        for (task, eta), ends in table.items()
        if task == "xor"
    }
    assert max(solved, key=solved.get) == 10 and solved[10] == 26
    assert solved[0.5] == 0 and min(solved[5], solved[20]) >= 20


def test_the_digits_want_a_longer_step_than_they_get_and_not_a_far_longer_one(table):
    ends = {eta: E for (task, eta), E in table.items() if task == "digits"}
    middle = {eta: np.median(E) for eta, E in ends.items()}
    assert middle[0.1] > middle[0.5] > middle[2] > middle[5] > middle[10]
    assert (ends[10] < ends[2]).all()  # the same starts, seed by seed
    assert (ends[20] > 0.49).sum() == 6 and (ends[50] > 0.49).all()


def test_for_one_example_almost_any_rate_will_do(table):
    ends = [E[0] for (task, eta), E in table.items() if task == "one example"]
    assert max(ends) < 0.011 and sum(E < 1e-3 for E in ends) == 8
