"""regularisation.py against nudges, ridge regression, PyTorch and the stored table."""

import csv

import numpy as np
import pytest
from scipy.stats import ttest_rel

import losses
import peers
import regularisation as reg
from conftest import ROOT

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 3)) * [2.0, 1.0, 0.3]
D = RNG.normal(size=12)


def J(w, b, decay):
    """Error and penalty of a linear unit."""
    return reg.with_penalty(0.5 * ((X @ w + b - D) ** 2).mean(), reg.penalty(w, decay))


def slopes(w, b):
    off = X @ w + b - D
    return X.T @ off / len(X), off.mean()


def test_the_slope_with_the_penalty_is_what_a_nudge_says():
    w, b, decay = np.array([0.3, -1.2, 0.8]), 0.4, 0.7
    dE_dw, dE_db = slopes(w, b)
    got = reg.slope_with_penalty(dE_dw, w, decay)
    for k, nudge in enumerate(1e-5 * np.eye(3)):
        slope = (J(w + nudge, b, decay) - J(w - nudge, b, decay)) / 2e-5
        assert got[k] == pytest.approx(slope, abs=1e-9)
    by_b = (J(w, b + 1e-5, decay) - J(w, b - 1e-5, decay)) / 2e-5
    assert dE_db == pytest.approx(by_b, abs=1e-9)  # the penalty adds nothing there


def test_decay_comes_to_rest_at_ridge_regression():
    """The bottom of J can be solved for, with the bias left out of the penalty."""
    decay, w, b = 0.2, np.zeros(3), 0.0
    for _ in range(3000):
        dE_dw, dE_db = slopes(w, b)
        w, b = reg.decayed(w, dE_dw, 0.1, decay), b - 0.1 * dE_db
    A, y = X - X.mean(0), D - D.mean()
    solved = np.linalg.solve(A.T @ A / 12 + decay * np.eye(3), A.T @ y / 12)
    np.testing.assert_allclose(w, solved, atol=1e-10)
    assert b == pytest.approx(D.mean() - X.mean(0) @ w, abs=1e-10)


def test_the_step_is_that_of_pytorchs_weight_decay():
    torch = peers.torch()
    w = np.array([0.3, -1.2, 0.8])
    p = torch.tensor(w, requires_grad=True)
    optimiser = torch.optim.SGD([p], lr=0.1, weight_decay=0.3)
    for _ in range(20):
        dE_dw = slopes(w, 0.0)[0]
        p.grad = torch.tensor(slopes(p.detach().numpy(), 0.0)[0])
        optimiser.step()
        w = reg.decayed(w, dE_dw, 0.1, 0.3)
        np.testing.assert_allclose(w, p.detach().numpy(), rtol=0, atol=1e-13)


def along_the_axes(w):
    """w as steps along the directions of the bowl of a unit without bias."""
    values, axes = np.linalg.eigh(X.T @ X / 12)
    return values, axes.T @ w


def test_the_share_with_decay_is_how_near_ridge_regression_comes():
    A, y, decay = X.T @ X / 12, X.T @ D / 12, 0.4
    values, whole = along_the_axes(np.linalg.solve(A, y))
    _, part = along_the_axes(np.linalg.solve(A + decay * np.eye(3), y))
    np.testing.assert_allclose(part / whole, reg.share_with_decay(values, decay))


def test_the_share_when_stopped_is_how_far_descent_has_come():
    A, y, w = X.T @ X / 12, X.T @ D / 12, np.zeros(3)
    for _ in range(7):
        w = w - 0.1 * (A @ w - y)
    values, whole = along_the_axes(np.linalg.solve(A, y))
    np.testing.assert_allclose(
        along_the_axes(w)[1] / whole, reg.share_when_stopped(values, 0.1, 7)
    )


def test_stopping_at_one_over_eta_lambda_does_nearly_what_decay_does():
    curvature = np.geomspace(1e-3, 10, 200)
    decay, eta = 0.1, 0.01
    p = reg.share_with_decay(curvature, decay)
    q = reg.share_when_stopped(curvature, eta, round(1 / (eta * decay)))
    assert abs(p - q).max() < 0.21
    np.testing.assert_allclose((q / p)[curvature < 0.002], 1, atol=0.02)


# ---- few digits


def test_wrong_classes_are_others_and_only_among_the_digits_that_are_known():
    clean, spoiled = reg.few_digits(3), reg.few_digits(3, wrong=0.2)
    for mine, theirs in zip(clean[::2], spoiled[::2]):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(clean.classes_test, spoiled.classes_test)
    known = clean.joined().classes != spoiled.joined().classes
    assert 0.1 < known.mean() < 0.3
    always = reg.few_digits(3, wrong=0.999999)
    assert (always.classes != clean.classes).all()


def test_digits_to_learn_from_choose_by_and_be_judged_by_are_no_two_the_same():
    digits = reg.few_digits(5)
    assert [len(a) for a in digits[::2]] == [150, 100, 1000]
    rows = {a.tobytes() for part in digits[::2] for a in part}
    assert len(rows) == 1250
    assert len(digits.joined().X) == 250


def test_inputs_are_standardised_by_the_digits_to_learn_from_alone():
    digits = reg.few_digits(4)
    np.testing.assert_allclose(digits.X.mean(0), 0, atol=1e-12)
    spread = digits.X.std(0)
    # A pixel that hardly varies is left as it is.
    assert (
        np.isclose(spread, 1, rtol=1e-12) | (spread < 1)
    ).all() and spread.max() > 0.9
    assert np.abs(digits.X_held.mean(0)).max() > 0.1


def test_curves_are_those_of_a_training_that_nudges_can_follow():
    """Two steps of the whole batch, each slope of J by nudging: in the first one all
    biases are zero, and whether they decay would not be seen."""
    digits = reg.few_digits(1, learn=8, held=5)
    decay, eta = 0.5, 0.2
    settings = dict(decay=decay, eta=eta, epochs=2, batch=8, hidden=3)
    found = reg.curves(digits, 1, **settings)
    rng = np.random.default_rng(1)
    p = {"w": rng.normal(0, 1 / 8, (64, 3))}
    p |= {"v": rng.normal(0, 1 / np.sqrt(3), (3, 10))}
    p |= {"b": np.zeros(3), "c": np.zeros(10)}

    def loss(p, X, classes):
        N = np.tanh(X @ p["w"] + p["b"]) @ p["v"] + p["c"]
        return losses.cross_entropy(N, np.eye(10)[classes])

    def whole(p):
        E = loss(p, digits.X, digits.classes)
        return E + sum(reg.penalty(p[name].ravel(), decay) for name in "wv")

    def slope(p, name, place):
        ends = []
        for nudge in 1e-5, -1e-5:
            other = p[name].copy()
            other[place] += nudge
            ends.append(whole(p | {name: other}))
        return (ends[0] - ends[1]) / 2e-5

    for epoch in range(2):
        slopes = {
            name: np.reshape(
                [slope(p, name, place) for place in np.ndindex(a.shape)], a.shape
            )
            for name, a in p.items()
        }
        p = {name: a - eta * slopes[name] for name, a in p.items()}
        learned = loss(p, digits.X, digits.classes)
        assert found.loss[epoch] == pytest.approx(learned, abs=1e-8)
        test = loss(p, digits.X_test, digits.classes_test)
        assert found.loss_test[epoch] == pytest.approx(test, abs=1e-8)
        both = np.concatenate([p["w"].ravel(), p["v"].ravel()])
        size = np.sqrt((both**2).mean())
        assert found.weights[epoch] == pytest.approx(size, abs=1e-8)


@pytest.mark.parametrize(
    "given, said",
    [
        (dict(seed=0, wrong=1.0), "wrong is 1.0; expected a share"),
        (dict(seed=0, learn=700), "learn and held are 800 digits; there are 797"),
    ],
)
def test_digits_that_there_are_not_are_refused(given, said):
    with pytest.raises(ValueError, match=said):
        reg.few_digits(**given)


# ---- what chapter 11 concludes, from the stored table alone


def stored(column, labels, arm, digits):
    """A number for each of the sixteen seeds."""
    with (ROOT / "chapters" / "data" / "overfitting.csv").open() as table:
        rows = [
            row
            for row in csv.DictReader(table)
            if (row["labels"], row["arm"], row["digits"]) == (labels, arm, digits)
        ]
    assert [int(row["seed"]) for row in rows] == list(range(16))
    return np.array([float(row[column]) for row in rows])


@pytest.mark.parametrize("digits", ["150", "250"])
@pytest.mark.parametrize("arm", ["stopped", "decay"])
def test_either_brake_gains_much_from_wrong_names_and_next_to_nothing_from_right(
    arm, digits
):
    for labels, least, most in ("0.2", 6.5, 11), ("0", -0.3, 0.8):
        bare = stored("wrong_test", labels, "no remedy", digits)
        braked = stored("wrong_test", labels, arm, digits)
        assert least < (bare - braked).mean() < most
        if labels == "0.2":
            assert ttest_rel(bare, braked).pvalue < 1e-5


def test_the_two_brakes_are_not_told_apart():
    for digits in "150", "250":
        arms = "stopped", "decay"
        pair = [stored("wrong_test", "0.2", arm, digits) for arm in arms]
        assert ttest_rel(*pair).pvalue > 0.05


def test_digits_put_aside_to_stop_by_are_worth_more_than_as_digits_to_learn_from():
    more = stored("wrong_test", "0.2", "no remedy", "250")
    stopped = stored("wrong_test", "0.2", "stopped", "150")
    assert ttest_rel(more, stopped).pvalue < 0.001 and (more - stopped).mean() > 3


def test_a_lower_loss_is_a_worse_model_in_every_seed():
    for column in "loss", "wrong_test":
        bare = stored(column, "0.2", "no remedy", "150")
        braked = stored(column, "0.2", "decay", "150")
        assert ((bare < braked) == (column == "loss")).all()


def test_the_choices_of_a_seed_are_those_of_the_experiment():
    """Without a remedy: the rate with the lowest loss on what is learned from."""
    digits = reg.few_digits(2, wrong=0.2)
    found = {eta: reg.curves(digits, 2, 0.0, eta) for eta in (0.03, 0.1, 0.3)}
    last = min(found, key=lambda eta: found[eta].loss[-1])
    assert stored("eta", "0.2", "no remedy", "150")[2] == last
    stop = min(found, key=lambda eta: found[eta].loss_held.min())
    assert stored("eta", "0.2", "stopped", "150")[2] == stop
    epoch = 1 + found[stop].loss_held.argmin()
    assert abs(stored("epoch", "0.2", "stopped", "150")[2] - epoch) <= 1
    wrong = stored("wrong_test", "0.2", "stopped", "150")[2]
    assert wrong == pytest.approx(found[stop].wrong_test[epoch - 1], abs=1)
