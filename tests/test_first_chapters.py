"""What chapters 02 and 03 conclude of their network, concluded again; and the 4 with
which chapter 01 begins is the one that chapter 06 reads."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

import backprop as bp
import examples
from book import agreement

NET, X, D = examples.running()
FOUND = bp.forward(NET, X)
SLOPES = bp.gradient(NET, X, D)


def moved(name, place, by):
    parameter = getattr(NET, name).copy()
    parameter[place] += by
    return bp.forward(replace(NET, **{name: parameter}), X).O[0] - FOUND.O[0]


def stepped(eta):
    return bp.update(NET, SLOPES, eta)


# ---- 02: how far does each number reach?


@pytest.mark.parametrize("seed", range(10))
def test_no_input_pushes_an_output_past_its_walls(seed):
    rng = np.random.default_rng(seed)
    net = bp.network(rng, (3, 4, 2), scale=3) if seed else NET
    inputs = rng.normal(size=(2000, len(net.w))) * 10 ** rng.uniform(-1, 3, (2000, 1))
    O = bp.forward(net, inputs).O
    low = net.c + np.minimum(net.v, 0).sum(axis=0)
    high = net.c + np.maximum(net.v, 0).sum(axis=0)
    assert (net.f(low) <= O).all() and (O <= net.f(high)).all()
    if not seed:
        assert O[:, 0].max() == pytest.approx(net.f(high)[0]) and O[:, 0].max() < 0.72
        assert O[:, 0].min() == pytest.approx(net.f(low)[0])


def test_v_and_c_reach_one_output_and_w_and_b_both():
    for name in "vc":
        for place in np.ndindex(getattr(NET, name).shape):
            by = moved(name, place, 0.1)
            assert np.flatnonzero(by).tolist() == [place[-1]]
            assert by[place[-1]] > 0  # both hidden outputs are above 0
    for name in "wb":
        for place in np.ndindex(getattr(NET, name).shape):
            by = moved(name, place, 0.1)
            assert by.all() and (np.prod(by) < 0) == (place[-1] == 0)
            assert abs(by).max() < abs(moved("v", (1, 0), 0.1)).max()


# ---- 03: the line-up, the step, the start


def test_the_line_up_stands_as_the_text_says():
    sizes = {
        (name, *place): abs(getattr(SLOPES, name)[place])
        for name in "wbvc"
        for place in np.ndindex(getattr(SLOPES, name).shape)
    }
    order = sorted(sizes, key=sizes.get, reverse=True)
    assert order[:3] == [("c", 1), ("v", 0, 1), ("c", 0)]
    assert {name for name, *_ in order[:6]} == {"v", "c"}
    assert {name for name, *_ in order[6:]} == {"w", "b"}


def test_a_slope_by_v_is_that_by_c_times_what_the_hidden_unit_says():
    assert SLOPES.v == pytest.approx(FOUND.H.T * SLOPES.c)


def test_a_step_of_one_half_falls_as_foretold_and_one_of_fifty_ends_on_the_flat():
    squares = sum((by**2).sum() for by in SLOPES)
    before = bp.error(FOUND.O, D)

    def kept(eta):
        fallen = before - bp.error(bp.forward(stepped(eta), X).O, D)
        return fallen / (eta * squares)

    assert kept(0.5) == pytest.approx(1, abs=0.03)
    assert 5 * squares > before and kept(5) == pytest.approx(0.75, abs=0.05)
    O = bp.forward(stepped(50), X).O[0]
    assert O[0] > D[0, 0] and O[1] < D[0, 1]
    assert all(abs(by).max() < 1e-3 for by in bp.gradient(stepped(50), X, D))


@pytest.mark.parametrize("value", [0.0, 0.5, -2.0])
def test_units_that_start_alike_stay_alike_and_others_do_not(value):
    net = bp.Network(*(np.full(p.shape, value) for p in SLOPES))
    apart = NET
    for _ in range(200):
        net = bp.update(net, bp.gradient(net, X, D), 0.5)
        apart = bp.update(apart, bp.gradient(apart, X, D), 0.5)
    assert (net.w[:, 0] == net.w[:, 1]).all() and (net.v[0] == net.v[1]).all()
    assert abs(apart.w[:, 0] - apart.w[:, 1]).min() > 0.1


# ---- 01 and 06: the 4 that is taken for a 1


def printed(chapter):
    """Each text that the cells of a chapter have put out."""
    path = agreement.ROOT / "chapters" / f"{chapter}.ipynb"
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        for out in cell.get("outputs", []):
            yield "".join(out.get("text") or out["data"].get("text/plain", ""))


def test_chapters_01_and_06_speak_of_the_same_picture_and_the_same_start():
    digits = load_digits()
    rng = np.random.default_rng(0)
    never_learned = rng.permutation(len(digits.data))[:360]
    untrained = bp.network(rng, (64, 30, 10), scale=0.3)
    said = bp.forward(untrained, digits.data[[examples.FOUR]] / 16).O[0]
    assert digits.target[examples.FOUR] == 4 and examples.FOUR in never_learned
    assert said.argmax() == 1

    (picture,) = (t for t in printed("01-why-backprop") if "fig-wrong-four" in t)
    assert f"{said[1]:.2f}" in picture and f"{said[4]:.2f}" in picture
    (lines,) = (t for t in printed("06-training") if "that 4, before:" in t)
    before = lines.partition("before:")[2].partition("]")[0].strip(" [").split()
    assert [float(O) for O in before] == said.round(3).tolist()
