"""The specimens of chapter 07: wrong as the chapter says, and where it says."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

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


# ---- fingerprints: what the chapter says of them, in 2000 random networks

ONE = bp.Logistic()


def forward_slopes(c):
    """Of every network f' at the net inputs N_h and N_o, and at H and O."""
    H = 1 / (1 + np.exp(-(c.X @ c.net.w + c.net.b)))
    O = 1 / (1 + np.exp(-(H @ c.net.v + c.net.c)))
    return H * (1 - H), O * (1 - O), ONE.slope(H), ONE.slope(O)


def wbvc(w=None, b=None, v=None, c=None):
    return {"w": w, "b": b, "v": v, "c": c}


# Specimen -> the factor of each parameter's slopes with one example, from f' at N_h,
# N_o, H and O; None where there is none that the chapter could say.
FACTORS = {
    "correct": lambda *_: wbvc(1, 1, 1, 1),
    "no-slope-output": lambda h, o, *_: wbvc(v=1 / o, c=1 / o),
    "raw-error-to-hidden": lambda *_: wbvc(v=1, c=1),
    "no-slope-hidden": lambda h, o, *_: wbvc(1 / h, 1 / h, 1, 1),
    "updated-v": lambda *_: wbvc(v=1, c=1),
    "transposed-v": lambda *_: wbvc(v=1, c=1),
    "transposed-outer": lambda *_: wbvc(b=1, v=1, c=1),
    "uphill": lambda *_: wbvc(-1, -1, -1, -1),
    "sign-hidden": lambda *_: wbvc(-1, -1, 1, 1),
    "biases-left": lambda *_: wbvc(1, 1, 1, 1),
    "bias-summed": lambda *_: wbvc(w=1, v=1, c=1),
    "slope-at-output": lambda h, o, at_h, at_o: wbvc(v=at_o / o, c=at_o / o),
    "net-for-output": lambda *_: wbvc(),
    "half": lambda *_: wbvc(0.5, 0.5, 0.5, 0.5),
    "w-left": lambda *_: wbvc(1, 1, 1, 1),
    "zero-start": lambda *_: wbvc(1, 1, 1, 1),
    "never-zeroed": lambda *_: wbvc(1, 1, 1, 1),
    "batch-sum": lambda *_: wbvc(1, 1, 1, 1),
    "last-output-only": lambda *_: wbvc(v=1, c=1),
    "net-overwritten": lambda h, o, at_h, _: wbvc(at_h / h, at_h / h, 1, 1),
    "other-error": lambda h, o, *_: wbvc(v=o, c=o),
    "alpha-left-out": lambda *_: wbvc(1, 1, 1, 1),
    "answers-not-shuffled": lambda *_: wbvc(1, 1, 1, 1),
}
# Where there is one factor for each hidden unit, and nothing to say of it.
MIXED = {id for id in FACTORS if FACTORS[id](1, 1, 1, 1)["b"] is None} - {"bias-summed"}


def close(a, b, size=1):
    """As close as nudging can tell; size is what both were multiplied by."""
    return (np.abs(a - b) < 2e-9 * np.maximum(1, np.abs(size))).all()


@pytest.mark.parametrize("id", FACTORS)
@pytest.mark.parametrize("scale", [1, 3])
def test_a_fingerprint_holds_for_the_parameters_that_it_names(id, scale):
    c = specimens.compared(id, scale=scale)
    assert len(c.X) == 2000
    factors = FACTORS[id](*forward_slopes(c))
    for name, factor in factors.items():
        found, right = getattr(c.found, name), getattr(c.nudged, name)
        if factor is not None:
            assert close(found, factor * right, factor), name
        else:
            assert not close(found, right), name
    if id in MIXED:  # one example: w has the ratio that b has, input by input
        by_b = c.found.b * c.nudged.w
        assert close(c.found.w * c.nudged.b, by_b, c.found.w)


def of(c, name):
    return c.ratios[name]


def test_without_its_slope_the_output_layer_alone_is_four_times_too_large():
    """Specimen 1; for w and b it was said once, and was false."""
    c = specimens.compared("no-slope-output")
    assert of(c, "v").min() > 4 - 1e-4 and of(c, "c").min() > 4 - 1e-4
    assert 0.1 < np.mean(of(c, "b") < 4) < 0.2 and 0 < np.mean(of(c, "b") < 0) < 0.05
    several = specimens.compared("no-slope-output", n=4, alpha=2.0)
    assert (
        np.mean(of(several, "c") < 2) > 0.05
    )  # four examples mix the factors of c too


def test_the_updated_v_is_off_in_proportion_to_eta():
    many, c = specimens.stack("updated-v"), specimens.compared("updated-v")
    off = [
        many._pass(c.net, c.X, c.D, eta)[0].dE_dw - c.nudged.w for eta in (0.5, 0.25)
    ]
    assert close(off[0], 2 * off[1]) and np.abs(off[0]).max() > 1e-3


def test_a_transposed_v_is_right_where_v_is_symmetric_only():
    c = specimens.compared("transposed-v")
    v = (c.net.v + c.net.v.mT) / 2
    net = specimens.replace(c.net, v=v)
    found = specimens.stack("transposed-v").gradient(net, c.X, c.D)
    right = specimens.stack("correct").gradient(net, c.X, c.D)
    assert all(np.allclose(a, b) for a, b in zip(found, right))
    assert np.mean(of(c, "b") < 0) > 0.1 and np.mean(of(c, "b") > 1) > 0.1


def test_a_transposed_outer_product_has_the_right_slopes_at_wrong_places():
    c = specimens.compared("transposed-outer")
    assert close(c.found.w, c.nudged.w.mT)


def test_summed_bias_slopes_are_alike_and_the_sum_of_the_right_ones():
    c = specimens.compared("bias-summed")
    assert close(c.found.b, c.nudged.b.sum(axis=-1, keepdims=True) + 0 * c.found.b)


def test_a_slope_taken_at_the_output_leaves_ratios_above_0_93():
    N = np.linspace(-9, 9, 100_001)
    F = 1 / (1 + np.exp(-N))
    lowest = (np.exp(-F) / (1 + np.exp(-F)) ** 2 / (F * (1 - F))).min()
    assert 0.93 < lowest < 0.94
    for id, names in ("slope-at-output", "vc"), ("net-overwritten", "wb"):
        for name in names:
            least = of(specimens.compared(id, scale=3), name).min()
            assert lowest - 1e-4 < least < lowest + 1e-2


def test_n_for_f_of_n_is_negative_below_0_and_above_1_and_never_above_a_quarter():
    c = specimens.compared("net-for-output", scale=3)
    H = 1 / (1 + np.exp(-(c.X @ c.net.w + c.net.b)))
    N_o = H @ c.net.v + c.net.c
    assert np.array_equal(of(c, "c") < 0, (N_o < 0) | (N_o > 1))
    assert (N_o * (1 - N_o)).max() <= 0.25


def test_one_error_with_the_delta_of_the_other_is_too_small_against_what_it_reports():
    c = specimens.compared("other-error")
    assert of(c, "v").max() < 0.25 + 1e-6 and of(c, "c").max() < 0.25 + 1e-6
    assert np.mean(of(c, "b") > 0.25) > 0.1 and np.mean(of(c, "b") < 0) > 0
    squared = specimens.compared("correct")  # what it follows
    assert all(close(a, b) for a, b in zip(c.found, squared.nudged))


@pytest.mark.parametrize("n, alpha", [(4, 2.0), (3, 1.0), (5, 0.7)])
def test_sum_and_alpha_leave_exact_ratios_with_any_number_of_examples(n, alpha):
    summed = specimens.compared("batch-sum", n=n, alpha=alpha)
    less = specimens.compared("alpha-left-out", n=n, alpha=alpha)
    for name in "wbvc":
        right = getattr(summed.nudged, name)
        assert close(getattr(summed.found, name), n * right)
        power = 1 if name in "vc" else 2
        assert close(
            getattr(less.found, name) * alpha**power, getattr(less.nudged, name)
        )


def test_what_is_left_of_the_fan_out_is_what_the_last_output_sent():
    c = specimens.compared("last-output-only", sizes=(2, 3, 2))
    h, o, *_ = forward_slopes(c)
    H = 1 / (1 + np.exp(-(c.X @ c.net.w + c.net.b)))
    O = 1 / (1 + np.exp(-(H @ c.net.v + c.net.c)))
    last = ((O - c.D) * o)[..., -1:]
    assert close(c.found.b, last * c.net.v[..., -1:].mT * h)
    single = specimens.compared("last-output-only", sizes=(2, 3, 1))
    assert close(single.found.w, single.nudged.w)


def test_units_that_start_at_zero_stay_alike():
    X, D = np.random.default_rng(0).uniform(size=(2, 5, 2))
    after, _ = specimen("zero-start").train(
        specimen("zero-start").start(0, sizes=(2, 3, 2)), X, D, epochs=50
    )
    assert np.array_equal(after.w, after.w[:, :1] + 0 * after.w)
    assert np.array_equal(after.v, after.v[:1] + 0 * after.v)
    assert np.abs(after.v).max() > 0.01  # it does move


@pytest.mark.parametrize("id, names", [("biases-left", "bc"), ("w-left", "wb")])
def test_what_is_never_applied_does_not_move(id, names):
    net = specimen(id).start(0)
    after, _ = specimen(id).train(net, *examples.xor(), epochs=3)
    for name in "wbvc":
        moved = not np.array_equal(getattr(after, name), getattr(net, name))
        assert moved == (name not in names)


def test_slopes_never_zeroed_are_the_sum_of_all_so_far():
    X, D = examples.xor()
    wrong = specimen("never-zeroed")
    net = wrong.start(1)
    one, two = (wrong.train(net, X, D, eta=0.5, epochs=k)[0] for k in (1, 2))
    right = bp.gradient(net, X, D)
    again = bp.gradient(bp.Network(one.w, one.b, one.v, one.c, one.f), X, D)
    for name in "wbvc":
        first, second = getattr(right, name), getattr(again, name)
        assert np.allclose(getattr(net, name) - getattr(one, name), 0.5 * first)
        moved = getattr(one, name) - getattr(two, name)
        assert np.allclose(moved, 0.5 * (first + second))


def test_by_size_the_updated_v_hides_best_with_one_example():
    """What the chapter says under specimens 4, 19 and 11."""
    sizes = {}
    for s in SPECIMENS:
        c = specimens.compared(s.id)
        a, b = (
            np.concatenate([p.reshape(len(c.X), -1) for p in parts], axis=1)
            for parts in (c.found, c.nudged)
        )
        total = np.linalg.norm(a, axis=1) + np.linalg.norm(b, axis=1)
        sizes[s.id] = np.median(np.linalg.norm(a - b, axis=1) / total)
    seen = sorted((id for id in sizes if sizes[id] > 1e-6), key=sizes.get)
    assert seen[:3] == ["updated-v", "net-overwritten", "slope-at-output"]


# ---- what the long run says, computed again


def test_what_the_chapter_concludes_from_the_long_run():
    """Of those that learn from more than half of the starts, five learn from fewer than
    the right program by the exact test of signs, start by start, and two do not."""
    columns = {id: np.isfinite(column) for id, column in stored().items()}
    right, fewer, as_many, same = columns.pop("correct"), set(), set(), set()
    for id, wrong in columns.items():
        if wrong.mean() <= 0.5:
            continue
        lost, won = int((right & ~wrong).sum()), int((wrong & ~right).sum())
        if lost + won == 0:
            same.add(id)
        elif binomtest(won, lost + won).pvalue < 0.05:
            assert won < lost
            fewer.add(id)
        else:
            as_many.add(id)
    assert fewer == {
        "no-slope-output", "raw-error-to-hidden", "updated-v", "transposed-v",
        "bias-summed",
    }  # fmt: skip
    assert as_many == {"half", "last-output-only"}
    assert same == {"batch-sum", "other-error", "alpha-left-out"}


# ---- the chapter calls specimens by their numbers


def test_a_specimen_is_called_by_its_own_number():
    """In headings, above the specimen that is shown; in sentences, bound to its id."""
    cells = json.loads(CHAPTER.read_text(encoding="utf-8"))["cells"]
    seen = []
    for before, cell in zip(cells, cells[1:]):
        shown = re.match(r'specimen\("([\w-]+)"\)$', "".join(cell["source"]))
        if shown:
            heading = re.match(r"### (\d+) · ", "".join(before["source"]))
            assert int(heading[1]) == specimens.number(shown[1])
            seen.append(specimens.number(shown[1]))
    assert sorted(seen) == list(range(1, len(SPECIMENS) + 1))
    called = 0
    for cell in cells:
        text = "".join(cell["source"])
        if cell["cell_type"] != "markdown":
            continue
        if "remove-cell" in cell["metadata"].get("tags", []):
            continue
        for found in re.finditer(r"[Ss]pecimens? (\d+)(<!--= place\[)?", text):
            assert found[2], f"{found[0]!r} is bound to no specimen: {text[:80]}"
            called += 1
    assert called > 15


@pytest.mark.parametrize("path", sorted(CHAPTER.parent.glob("*.ipynb")), ids=str)
def test_other_chapters_call_specimens_that_there_are(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for number in re.findall(r"specimen (\d+)", "".join(cell["source"])):
            assert 1 <= int(number) <= len(SPECIMENS)


def test_a_number_is_the_place_in_the_zoo():
    assert [specimens.number(s.id) for s in SPECIMENS] == [
        *range(1, len(SPECIMENS) + 1)
    ]
    with pytest.raises(ValueError, match="expected one of no-slope-output"):
        specimens.number("no such thing")


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
