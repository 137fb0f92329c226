"""The checker of exercises: right is right, wrong has a name, no answer."""

import re

import numpy as np
import pytest
import wrong_answers

import backprop as bp
import examples
from book import check, ideas, mistakes

MODEL = ideas.model("backprop")
NET, X, D = examples.running()
STEPS = {s.label: s.value for s in bp.steps(NET, X, D)}
RUNNING = ideas.given(MODEL)


def feedback(name, text):
    names = {"np": np, "bp": bp}
    exec(text, names)
    return check(names[name])


def test_the_corpus_is_large_and_varied():
    assert len(list(wrong_answers.wrong())) >= 100
    assert len({id for _, _, id, _ in wrong_answers.wrong()}) >= 20


@pytest.mark.parametrize(
    "name, how, text", [a[:3] for a in wrong_answers.ANSWERS], ids=lambda x: str(x)[:30]
)
def test_a_right_answer_is_called_right_however_it_is_written(name, how, text):
    assert feedback(name, text).verdict == "right"


def test_at_least_95_in_100_wrong_answers_are_named():
    named, missed = 0, []
    for name, how, id, text in wrong_answers.wrong():
        found = [m.id for m in feedback(name, text).mistakes]
        if found[:1] == [id]:
            named += 1
        else:
            missed.append((name, how, id, found))
    assert named >= 0.95 * (named + len(missed)), missed


@pytest.mark.parametrize("name, text, ids", wrong_answers.TWICE)
def test_two_mistakes_at_once_are_both_named(name, text, ids):
    said = feedback(name, text)
    assert {m.id for m in said.mistakes} == ids and said.text.startswith("Two things")


@pytest.mark.parametrize("name", [task.name for task in ideas.tasks(MODEL)])
def test_the_functions_of_the_book_are_right(name):
    assert check(getattr(bp, name)).verdict == "right"


def test_a_function_of_another_name_needs_its_label():
    mine = lambda delta_o, v, N_h, f: (delta_o @ v.T) * f.slope(N_h)  # noqa: E731
    assert check(mine, "eq-hidden-delta").verdict == "right"
    with pytest.raises(ValueError, match="'<lambda>'; expected one of net_hidden"):
        check(mine)


def test_arguments_of_other_names_are_taken_in_the_order_of_the_book():
    def hidden_delta(errors, weights, nets, transfer):
        return (errors @ weights.T) * transfer.slope(nets)

    assert check(hidden_delta).verdict == "right"


def test_a_function_that_stops_or_returns_nothing_is_told_so():
    def hidden_delta(delta_o, v, N_h, f):
        return delta_o + undefined  # noqa: F821

    said = check(hidden_delta)
    assert said.verdict == "unclear" and "NameError" in said.text

    def slope_b(delta_h):
        delta_h.sum()

    assert "return" in check(slope_b).text

    def slope_c(delta_o):
        return delta_o.sum()

    assert check(slope_c).verdict != "right"


def test_a_function_that_changes_its_arguments_spoils_nothing():
    def slope_b(delta_h):
        delta_h *= 100
        return delta_h.mean(axis=0)

    assert check(slope_b).verdict != "right"
    assert check(bp.slope_b).verdict == "right"


def test_a_hard_coded_logistic_slope_is_right_with_a_warning():
    def output_delta(O, D, N_o, f):
        return (O - D) * O * (1 - O)

    said = check(output_delta)
    assert said.verdict == "right" and "α = 1 only" in said.text


# ---- numbers


@pytest.mark.parametrize("label", [*STEPS])
def test_right_numbers_are_right_all_at_once_one_by_one_and_rounded(label):
    value = STEPS[label]
    assert check(label, value).verdict == "right"
    assert check(label, value.tolist()).verdict == "right"
    letters = MODEL.equations[label].letters
    row = np.asarray(value).reshape(np.shape(value)[-len(letters) :] if letters else ())
    for place in np.ndindex(row.shape):
        unit = "".join(f"{letter}{k + 1}" for letter, k in zip(letters, place))
        for digits in 3, 4, 6:
            rounded = float(f"{row[place]:.{digits}g}")
            assert check(label, rounded, unit).verdict == "right", (unit, rounded)


@pytest.mark.parametrize("label", [*STEPS])
def test_every_mistake_of_the_list_is_named_from_the_running_example(label):
    right = np.asarray(STEPS[label])
    for id, value in mistakes.wrong_values(label, RUNNING).items():
        if np.allclose(value, right.reshape(value.shape), rtol=1e-5):
            continue
        said = check(label, value)
        assert said.verdict == "mistake", (label, id)
        same = {m.id for m in said.mistakes}
        assert id in same, (label, id, same)


def test_nothing_says_the_answer_and_nothing_is_only_wrong():
    rng = np.random.default_rng(0)
    for label in STEPS:
        right = np.asarray(STEPS[label])
        for value in (right * 3, -right * 2, rng.normal(size=right.shape), right + 1):
            said = check(label, value)
            assert said.verdict != "right"
            assert len(said.text) > 40 and said.label == label
            assert not re.search(r"\d\.\d\d", said.text)


def test_a_wrong_shape_is_named():
    assert "(2,)" in check("eq-hidden-delta", [1.0, 2.0, 3.0]).text
    assert check("eq-hidden-delta", float("nan"), "h1").verdict == "unclear"


def test_a_network_of_ones_own_can_be_asked_about():
    net = bp.network(np.random.default_rng(3), (2, 3, 1))
    x, d = np.array([[0.3, -0.2]]), np.array([[0.7]])
    slope = bp.gradient(net, x, d)
    assert check("eq-slope-w", slope.w, net=net, X=x, D=d).verdict == "right"
    said = check("eq-slope-w", -slope.w, net=net, X=x, D=d)
    assert [m.id for m in said.mistakes][:1] == ["sign"]


def test_an_unknown_label_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="'eq-nothing'; expected one of eq-net-hidden"):
        check("eq-nothing", 1.0)


def test_feedback_shows_itself_with_the_equation_to_read_again():
    said = check("eq-hidden-delta", -STEPS["eq-hidden-delta"])
    assert repr(said).endswith(" Read again: eq-hidden-delta, chapter 05.")
    assert repr(check("eq-hidden-delta", STEPS["eq-hidden-delta"])) == "Right."
