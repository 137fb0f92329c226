"""The visual pseudocode draws what backprop.py computes."""

import matplotlib
import numpy as np
import pytest

import backprop as bp
import depth
from book import shapes

matplotlib.use("Agg")

NETWORKS = {
    "2-2-2": lambda rng: bp.network(rng, (2, 2, 2)),
    "3-4-2": lambda rng: bp.network(rng, (3, 4, 2), bp.Tanh()),
    "3-5-4-2": lambda rng: depth.network(rng, (3, 5, 4, 2)),
    "64-30-10": lambda rng: bp.network(rng, (64, 30, 10)),
}


@pytest.fixture(params=NETWORKS)
def shown(request):
    rng = np.random.default_rng(0)
    net = NETWORKS[request.param](rng)
    inputs, outputs = (
        int(size) for size in np.array(request.param.split("-"))[[0, -1]]
    )
    X, D = rng.normal(size=(5, inputs)), rng.uniform(size=(5, outputs))
    return net, shapes.visual(net, X, D), X, D


def test_every_line_runs_and_gives_the_array_that_is_drawn(shown):
    net, found, *_ = shown
    for line in found.lines:
        value = eval(line.code, {"f": net.f, "n": 5} | found.arrays)
        assert np.array_equal(value, found.arrays[line.result]), line


def test_the_arrays_are_those_of_the_pass(shown):
    net, found, X, D = shown
    if isinstance(net, depth.Network):
        N, H = depth.forward(net, X)
        expected = dict(zip(["N1", "N2", "N3"], N)) | dict(
            zip(["X", "H1", "H2", "O"], H)
        )
        slopes = depth.gradient(net, X, D)
        expected |= {f"dE_dw{k + 1}": slope.w for k, slope in enumerate(slopes)}
        expected |= {f"dE_db{k + 1}": slope.b for k, slope in enumerate(slopes)}
    else:
        steps = list(bp.steps(net, X, D))[:-4]  # without the update
        expected = {s.name: s.value for s in steps if s.name != "E"}
        # As many lines as the pass has equations, but for the error's.
        assert len(found.lines) == len(expected)
    for name, value in expected.items():
        assert np.array_equal(found.arrays[name], value), name


def test_a_box_is_as_wide_and_high_as_its_array(shown):
    _, found, *_ = shown
    fig = found.draw()
    pieces = [p for line in found.lines for p in found.pieces(line)]
    drawn = [found.array(p) for p in pieces if found.array(p) is not None]
    images = fig.axes[0].images
    assert len(images) == len(drawn)
    cells = set()
    for image, array in zip(images, drawn):
        left, right, bottom, top = image.get_extent()
        rows, columns = np.atleast_2d(array).shape
        cells |= {round((right - left) / columns, 9), round((bottom - top) / rows, 9)}
        assert 0 <= left and right <= shapes.WIDTH
        assert np.array_equal(image.get_array(), np.atleast_2d(array))
    assert len(cells) == 1  # one scale for all
    matplotlib.pyplot.close(fig)


def test_forward_and_backward_share_the_lines_out(shown):
    _, found, *_ = shown
    assert found.forward.lines + found.backward.lines == found.lines
    assert found.backward.lines[0].result.startswith("delta")


def test_the_text_has_the_size_of_every_array():
    rng = np.random.default_rng(0)
    net = bp.network(rng, (3, 4, 2))
    text = str(shapes.visual(net, np.ones((5, 3)), np.ones((5, 2))))
    assert "N_h[5 × 4] = X[5 × 3] @ w[3 × 4] + b[4]" in text
    assert "dE_dv[4 × 2] = H.T[4 × 5] @ delta_o[5 × 2] / n" in text
    assert "delta_o[5 × 2] @ v.T[2 × 4]) * f.slope(N_h[5 × 4])" in text
