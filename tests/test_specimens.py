"""The specimens of chapter 07: wrong as the chapter says, and where it says."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import backprop as bp
import examples
import gradcheck
from book import specimens
from book.specimens import CORRECT, SPECIMENS, specimen

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "chapters" / "data" / "solved-anyway.csv"
CHAPTER = ROOT / "chapters" / "07-bug-zoo.ipynb"

# Which parameters fail: slopes of one example with α = 1; slopes of four examples with
# α = 2; the first step taken; the second.
TABLE = {
    "correct": ("", "", "", ""),
    "no-slope-output": ("wbvc", "wbvc", "wbvc", "wbvc"),
    "raw-error-to-hidden": ("wb", "wb", "wb", "wb"),
    "no-slope-hidden": ("wb", "wb", "wb", "wb"),
    "updated-v": ("wb", "wb", "wb", "wb"),
    "transposed-v": ("wb", "wb", "wb", "wb"),
    "transposed-outer": ("w", "w", "w", "w"),
    "uphill": ("wbvc", "wbvc", "wbvc", "wbvc"),
    "sign-hidden": ("wb", "wb", "wb", "wb"),
    "biases-left": ("", "", "bc", "bc"),  # right slopes, never applied
    "bias-summed": ("b", "b", "b", "b"),
    "slope-at-output": ("wbvc", "wbvc", "wbvc", "wbvc"),
    "net-for-output": ("wbvc", "wbvc", "wbvc", "wbvc"),
    "half": ("wbvc", "wbvc", "wbvc", "wbvc"),
    "w-left": ("", "", "wb", "wb"),  # right slopes, never applied
    "zero-start": ("", "", "", ""),  # right slopes, from a hopeless place
    "never-zeroed": ("", "", "", "wbvc"),  # the first step has nothing to add to
    "batch-sum": ("", "wbvc", "wbvc", "wbvc"),  # a sum of one is a mean of one
    "last-output-only": ("wb", "wb", "wb", "wb"),
    "net-overwritten": ("wb", "wb", "wb", "wb"),
    "other-error": ("wbvc", "wbvc", "", ""),  # it follows the squared error rightly
    "alpha-left-out": ("", "wbvc", "wbvc", "wbvc"),  # a factor of 1 is not missed
    "answers-not-shuffled": ("", "", "", ""),  # the slopes of wrong data are right
}

each = pytest.mark.parametrize("id", [s.id for s in SPECIMENS])


def test_there_are_at_least_sixteen_each_with_a_row():
    assert len(SPECIMENS) >= 16
    assert set(TABLE) == {s.id for s in (CORRECT, *SPECIMENS)}


@pytest.mark.parametrize("id", TABLE)
def test_every_specimen_fails_exactly_where_the_table_says(id):
    assert specimens.checks(id) == TABLE[id]


@each
def test_one_change_makes_a_specimen(id):
    """The text is in backprop.py, and what is changed there is all that is changed."""
    source = Path(bp.__file__).read_text()
    for old, new in specimen(id).changes:
        assert source.count(old) == 1 and old != new
    assert len({old for old, _ in specimen(id).changes}) == len(specimen(id).changes)


def test_the_correct_one_is_backprop():
    net, X, D = examples.running()
    for ours, theirs in zip(CORRECT.gradient(net, X, D), bp.gradient(net, X, D)):
        assert np.array_equal(ours, theirs)
    assert bp.gradient.__module__ == "backprop"  # nothing was put in its place


def test_a_change_that_no_longer_fits_is_refused():
    gone = specimens.Specimen("gone", "gone", (("no such line", "x"),))
    with pytest.raises(ValueError, match="0 times"):
        _ = gone.module
    with pytest.raises(ValueError, match="expected one of no-slope-output"):
        specimen("no such thing")


@each
def test_a_stack_is_the_specimen_many_times(id):
    """What the experiment runs is what the chapter shows."""
    X, D = examples.xor()
    nets = specimens.stacked_networks(id, range(3))
    epochs = 20 if id != "net-for-output" else 2  # it soon runs off to infinity
    rng = np.random.default_rng(0)
    after, _ = specimens.stack(id).train(nets, X, D, 0.5, epochs, batch=1, rng=rng)
    for seed in range(3):
        rng = np.random.default_rng(0)
        how = {"eta": 0.5, "epochs": epochs, "batch": 1, "rng": rng}
        one, _ = specimen(id).train(specimen(id).start(seed), X, D, **how)
        for name in "wbvc":
            stacked = getattr(after, name)[seed].reshape(getattr(one, name).shape)
            assert np.allclose(stacked, getattr(one, name), rtol=1e-9, atol=1e-12)


def stored():
    with DATA.open() as file:
        rows = list(csv.DictReader(file))
    return {id: np.array([float(r[id] or "nan") for r in rows]) for id in TABLE}


def test_a_small_run_of_the_experiment_agrees_with_what_is_stored():
    columns = stored()
    for id in ("correct", "no-slope-output", "raw-error-to-hidden", "updated-v"):
        found = specimens.steps_to_solve(id, range(20), 500)
        wanted = np.where(columns[id][:20] <= 2000, columns[id][:20], np.nan)
        assert np.array_equal(found, wanted, equal_nan=True)


def test_what_trains_alike_is_stored_alike():
    """Online, with α = 1, three of them do what backprop.py does, step by step."""
    columns = stored()
    for id in ("batch-sum", "alpha-left-out", "other-error"):
        assert np.array_equal(columns[id], columns["correct"], equal_nan=True)
    assert all(len(column) == 400 for column in columns.values())


def test_five_wrong_versions_solve_it_on_more_than_half_of_the_seeds():
    columns = stored()
    alike = {"correct", "batch-sum", "alpha-left-out", "other-error"}
    often = {i for i in columns if np.isfinite(columns[i]).mean() > 0.5} - alike
    assert len(often) >= 5


def test_the_chapter_shows_every_specimen_and_this_table():
    text = "\n".join(
        "".join(cell["source"])
        + "".join("".join(o.get("text", "")) for o in cell.get("outputs", []))
        for cell in json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    )
    for id, row in TABLE.items():
        assert id == "correct" or f'specimen("{id}")' in text
        lines = [x.split() for x in text.splitlines() if x.startswith(id + " ")]
        assert [id, *(word or "-" for word in row)] in lines, lines


# ---- the check itself


@pytest.mark.parametrize("f", [bp.Logistic(), bp.Logistic(3), bp.Tanh(), bp.Identity()])
def test_the_check_passes_what_is_right(f):
    net = bp.network(np.random.default_rng(0), (2, 3, 2), f)
    rng = np.random.default_rng(1)
    X, D = rng.uniform(-1, 1, (5, 2)), rng.uniform(0, 1, (5, 2))
    assert gradcheck.failing(gradcheck.gradient_check(bp.gradient, net, X, D)) == ""
    assert gradcheck.failing(gradcheck.step_check(bp.train, net, X, D)) == ""


def test_relative_error_has_no_unit_and_stays_between_0_and_1():
    a, b = np.array([1.0, 2.0]), np.array([1.0, 2.1])
    small = gradcheck.relative_error(a, b)
    assert 0 < small < 0.05
    assert gradcheck.relative_error(1e-9 * a, 1e-9 * b) == pytest.approx(small)
    assert gradcheck.relative_error(a, -a) == 1
    assert gradcheck.relative_error(0 * a, 0 * b) == 0
    assert gradcheck.relative_error(np.array([np.nan, 1.0]), b) == 1
    assert gradcheck.relative_error(a, b[:1]) == 1


def test_a_suspect_is_named_only_by_its_name():
    found = specimens.suspect(1)
    answers = {s.id: found.guess(s.id) for s in SPECIMENS}
    right = [id for id, answer in answers.items() if answer.startswith("Yes")]
    assert len(right) == 1
    for id, answer in answers.items():
        assert id in right or (answer.startswith("No") and right[0] not in answer)
    assert repr(found) == "suspect 1"
