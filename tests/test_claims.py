"""What back/claims-under-test says, run; and each of its rows has a verdict."""

import inspect
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import backprop as bp
import depth
import examples
import fruit
import gradcheck
import losses
import optimisers
import tape
from book import agreement
from book.descent import SURFACES, slope

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "back" / "claims-under-test.md"
VERDICTS = (
    "holds",
    "holds with limits",
    "misleading",
    "wrong",
    "not testable",
    "chapter to come",
)
WAITS = VERDICTS[-1]
LAST_CHAPTER = 26


CLAIMED = {}  # id -> finding, how and verdict, as the tests declare them


def claim(id, verdict, finding, how=""):
    """Say above a test which claim it tests, what it finds and which verdict follows;
    how is the row's cell, where it names more than this test."""

    def declared(test):
        assert id not in CLAIMED, id
        CLAIMED[id] = [finding, how or f"`{test.__name__}`", verdict]
        return test

    return declared


# id -> verdict, finding and how, where a source or a section is read and nothing run.
READ = {
    "M1": (
        "misleading",
        "Annealing is older {cite}`kirkpatrick-1983`. What they proposed is the "
        "learning rule; annealing is one way to reach the equilibrium it needs "
        "{cite}`ackley-1985`.",
        "the two papers",
    ),
    "M2": (
        "not testable",
        "A matter of where one looks; no measure is given.",
        "none",
    ),
    "M3": (
        "wrong",
        "It is a product of derivatives, and no differential equation is written or "
        "solved. (A relative for networks that settle does solve one "
        "{cite}`pineda-1987`.)",
        "[the change of v](../chapters/04-output-delta.ipynb#multiply)",
    ),
    "M5": (
        "holds",
        "The common libraries are built around it {cite}`paszke-2019`.",
        "[the same in "
        "PyTorch](../chapters/09-universal-backprop.ipynb#the-same-in-pytorch)",
    ),
    "M6": (
        "holds",
        "PowerSign and AddSign change only what is done with the slope.",
        "[found by "
        "search](../chapters/12-optimisers.ipynb"
        "#powersign-and-addsign-found-by-search)",
    ),
    "M8": (
        "holds",
        "That is what this book is for; a test holds every equation to its line.",
        "[the code map](code-map.md)",
    ),
    "M9": (
        "holds with limits",
        "Seven wrong versions of the bug zoo solve X-OR more often than not, and "
        "three more train exactly like the correct one. A package is right; your "
        "own loss, layer or loop need not be.",
        "[it learns. Is it right?](../chapters/07-bug-zoo.ipynb#it-learns-is-it-right)",
    ),
    "L1": (
        "holds",
        "Fifteen lines, which pass the same tests as our derived equations.",
        "[fifteen lines](../chapters/09-universal-backprop.ipynb#fifteen-lines)",
    ),
    "L2": (
        "not testable",
        "The book shows 22 ways to get it wrong. How hard it is, you must say.",
        "[the bug zoo](../chapters/07-bug-zoo.ipynb#the-specimens)",
    ),
    "L3": (
        "holds with limits",
        "Sizes leave one way to multiply, as long as no two of them are equal.",
        "[do the sizes alone "
        "decide?](../chapters/08-shapes-and-depth.ipynb#do-the-sizes-alone-decide)",
    ),
    "L4": (
        "holds with limits",
        "At one rate for all, some by a lot. Each at its own, less; items 4 and 5 "
        "not at all.",
        "[what we find](../chapters/11-eight-tricks.ipynb#what-we-find)",
    ),
    "L17": (
        "misleading",
        "Linear algebra writes it down. What it rests on is the chain rule.",
        "[roads add](../chapters/05-hidden-delta.ipynb#cut-the-wires)",
    ),
    "L18": (
        "misleading",
        "The error is there before it begins; it finds whose fault it is.",
        "[whose fault is "
        "it?](../chapters/03-error-and-descent.ipynb#whose-fault-is-it)",
    ),
    "L19": (
        "not testable",
        "We hope so.",
        "none",
    ),
    "S1": (
        "holds",
        "A fair sentence for a child.",
        "[level 1](../chapters/01-why-backprop.ipynb#level-1-a-child)",
    ),
    "S2": (
        "misleading",
        "The forward pass and $E$ do that. It finds how each weight bears on the "
        "error.",
        '[one number for "how '
        'wrong"](../chapters/03-error-and-descent.ipynb#one-number-for-how-wrong)',
    ),
    "S3": (
        "wrong",
        "What walks through trees is recursion, or backtracking. "
        "Running back through a computation is as old as the programs that did "
        "it for slopes {cite}`linnainmaa-1970`; the name comes from networks "
        "{cite}`rumelhart-1986`.",
        "the papers",
    ),
    "S5": (
        "misleading",
        "Repeating is training, a loop. What is recursive is the delta: each from "
        "the one after it.",
        "[the whole algorithm in one "
        "sentence](../chapters/05-hidden-delta.ipynb"
        "#the-whole-algorithm-in-one-sentence)",
    ),
    "S11": (
        "holds with limits",
        "Unless the border is upright, which such a line cannot be.",
        "[a line between apples and "
        "oranges](../chapters/03-error-and-descent.ipynb"
        "#a-line-between-apples-and-oranges)",
    ),
    "S19": (
        "holds",
        "Yes: one product a layer.",
        "[one row for each "
        "example](../chapters/08-shapes-and-depth.ipynb#one-row-for-each-example)",
    ),
    "S24": (
        "holds",
        "Yes.",
        "[many layers](../chapters/08-shapes-and-depth.ipynb#many-layers)",
    ),
    "S27": (
        "holds with limits",
        "Yes; ReLU has no slope at 0, where a value is agreed upon.",
        "[other transfer "
        "functions](../chapters/04-output-delta.ipynb#other-transfer-functions)",
    ),
    "S28": (
        "misleading",
        "The same lines; a batch is more rows.",
        "[one row for each "
        "example](../chapters/08-shapes-and-depth.ipynb#one-row-for-each-example)",
    ),
    "S31": (
        "wrong",
        "A reset gate and an update gate {cite}`cho-2014`.",
        "the paper",
    ),
    "S32": (
        "misleading",
        "Three gates and a cell of its own {cite}`hochreiter-1997,gers-2000` against "
        "two gates and no cell {cite}`cho-2014`: the count is right. But the GRU came"
        " 17 years later, as a simpler unit, and neither is the other with a gate "
        "added.",
        "the papers",
    ),
    "S35": (
        "wrong",
        "Rules for single operations compose: sums, products and powers were "
        "enough for ours.",
        "[universal "
        "backpropagation](../chapters/09-universal-backprop.ipynb"
        "#the-network-with-nothing-derived)",
    ),
    "S39": (
        "not testable",
        "It is. How many was not counted.",
        "[losses](../chapters/10-losses-and-activations.ipynb"
        "#yes-or-no-binary-cross-entropy)",
    ),
    "P1": (
        "holds",
        "So it was reported, with the answer of others that it keeps a core role "
        "{cite}`levine-2017`.",
        "the report",
    ),
    "P6": (
        "holds",
        "One line, and it is from 1951 {cite}`robbins-1951`.",
        "[one number at a time](../chapters/12-optimisers.ipynb#one-number-at-a-time)",
    ),
    "P7": (
        "holds with limits",
        "In part it is explained: with one hidden layer of linear units, and inputs "
        "that vary in every direction, every minimum is a global one "
        "{cite}`baldi-hornik-1989`; and so it is for any number of linear layers "
        "{cite}`kawaguchi-2016`. For the networks in use it is open.",
        "[saddle points](../chapters/12-optimisers.ipynb#saddle-points)",
    ),
    "P8": (
        "not testable",
        "An opinion on opinions.",
        "none",
    ),
    "P9": (
        "holds with limits",
        "On a linear network we count 21 families of saddles and one of minima; for "
        "others it was measured {cite}`dauphin-2014`.",
        "[saddle points](../chapters/12-optimisers.ipynb#saddle-points)",
    ),
    "P14": (
        "holds",
        "True: it is the slope of something.",
        '[one number for "how '
        'wrong"](../chapters/03-error-and-descent.ipynb#one-number-for-how-wrong)',
    ),
    "P18": (
        "not testable",
        "Surely; nothing here says otherwise.",
        "none",
    ),
    "P22": (
        "not testable",
        "Part IV will not say it either, but measure.",
        "none",
    ),
    "P23": (
        "misleading",
        "One root among several: a survey of 1961 counts search, recognition of "
        "patterns, reward and planning {cite}`minsky-1961`.",
        "the paper",
    ),
    "P26": (
        "holds with limits",
        "So it is for erasing, which costs at least a fixed amount for every bit "
        "{cite}`landauer-1961`. It says what forgetting costs, and nothing about the "
        "direction of learning.",
        "the paper",
    ),
    "P27": (
        "holds",
        "So it was reported {cite}`levine-2017`. It is a guess about the future, and "
        "said to be one.",
        "the report",
    ),
    "P28": (
        "holds",
        "So it was reported {cite}`levine-2017`: of brains.",
        "the report",
    ),
}


def rows():
    """The rows of the page: id -> claim, finding, how, verdict."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if re.match(r"\| [A-Z]\d+ \|", line):
            id, *cells = (cell.strip() for cell in line.strip("|").split(" | "))
            assert id not in found and len(cells) == 4 and all(cells), line
            found[id] = cells
    return found


# ---- the table


def test_every_row_has_a_verdict_and_says_how():
    assert len(rows()) >= 90
    for id, (_, _, how, verdict) in rows().items():
        assert verdict in VERDICTS, id
        shown = re.search(r"\]\(|`test_\w+`", how)
        if verdict in ("holds", "holds with limits", "misleading", "wrong"):
            by_source = "paper" in how or "report" in how
            assert shown or by_source and "{cite" in rows()[id][1], id


def test_each_of_the_four_texts_is_there():
    assert {id[0] for id in rows()} == set("MLSP")
    for letter in "MLSP":
        numbers = [int(id[1:]) for id in rows() if id[0] == letter]
        assert numbers == list(range(1, len(numbers) + 1))


def test_every_test_a_row_names_stands_here():
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    here = set(re.findall(r"^def (test_\w+)", Path(__file__).read_text("utf-8"), re.M))
    assert named and named <= here


def test_every_claim_on_a_chapter_that_is_here_is_judged():
    here = {int(p.name[:2]) for p in (ROOT / "chapters").glob("[0-9][0-9]-*.ipynb")}
    waiting = {id: how for id, (*_, how, verdict) in rows().items() if verdict == WAITS}
    named = {id: re.fullmatch(r"chapter (\d+)", how) for id, how in waiting.items()}
    alone = [id for id in named if not named[id]]
    assert not alone, f"{alone}: a claim that waits names its chapter, and that alone"
    due = {id: int(chapter[1]) for id, chapter in named.items()}
    assert all(chapter <= LAST_CHAPTER for chapter in due.values())
    arrived = {id: chapter for id, chapter in due.items() if chapter in here}
    assert not arrived, f"these chapters have arrived, so judge these claims: {arrived}"


def test_wrong_ones_and_right_ones_are_both_counted():
    count = Counter(verdict for *_, verdict in rows().values())
    assert set(count) == set(VERDICTS)
    assert count["holds"] >= 10 and count["wrong"] >= 10


# ---- what backpropagation does, and what it does not


def example(sizes=(3, 4, 2)):
    rng = np.random.default_rng(0)
    net = bp.network(rng, sizes)
    return net, rng.uniform(-1, 1, (5, sizes[0])), rng.uniform(0, 1, (5, sizes[2]))


@claim(
    "M4",
    "holds with limits",
    "It is the reference way to *get* the gradient. Descent is a choice made "
    "afterwards.",
)
@claim(
    "S7",
    "misleading",
    "Nearly: it finds the slopes and corrects nothing.",
)
@claim(
    "S15",
    "misleading",
    "Two functions in our program, as in the libraries.",
)
def test_backpropagation_moves_no_weight():
    net, X, D = example()
    parameters = net.w, net.b, net.v, net.c
    before = [a.copy() for a in parameters]
    slopes = bp.gradient(net, X, D)
    assert all(np.array_equal(a, b) for a, b in zip(before, parameters))
    assert not np.array_equal(bp.update(net, slopes, 0.5).w, net.w)


@claim(
    "M7",
    "holds with limits",
    "Two derivations, yes. But the second needs the *old* v: first both slopes, "
    "then both changes.",
    "[the old v](../chapters/05-hidden-delta.ipynb#the-old-v), "
    "`test_both_slopes_come_before_any_change`",
)
def test_both_slopes_come_before_any_change():
    names = [step.name for step in bp.steps(*examples.running())]
    changes = min(names.index(name) for name in ("v", "c", "w", "b"))
    assert max(k for k, name in enumerate(names) if name.startswith("dE_d")) < changes


@claim(
    "L15",
    "misleading",
    "It computes the gradient. The delta rule is the case without a hidden layer.",
)
def test_the_delta_rule_is_the_case_without_hidden_layer():
    rng = np.random.default_rng(0)
    net = depth.network(rng, (3, 2), f=bp.Identity())
    X, D = rng.normal(size=(1, 3)), rng.normal(size=(1, 2))
    O = X @ net.layers[0].w + net.layers[0].b
    (slopes,) = depth.gradient(net, X, D)
    assert np.allclose(slopes.w, np.outer(X, O - D), atol=1e-12)


@claim(
    "S13",
    "wrong",
    "By arithmetic. Calculus gives its slope.",
)
def test_no_slope_is_needed_for_the_error():
    source = inspect.getsource(bp.error) + inspect.getsource(bp._forward)
    assert ".slope(" not in source


@claim(
    "S4",
    "misleading",
    "What goes back is a slope, not a result.",
)
@claim(
    "S17",
    "misleading",
    "It is a slope; it can be negative, and nothing takes its own slope of it.",
)
def test_delta_is_a_slope_and_no_loss():
    net, X, D = examples.running()
    N_h, H, N_o, O = bp.forward(net, X)
    delta_o = bp.output_delta(O, D, N_o, net.f)
    assert delta_o.min() < 0  # no loss is
    for o in range(2):
        nudge = np.zeros((1, 2))
        nudge[0, o] = 1e-6
        up, down = (bp.error(net.f(N_o + sign * nudge), D) for sign in (1, -1))
        assert np.isclose((up - down) / 2e-6, delta_o[0, o], atol=1e-9)


@claim(
    "S16",
    "wrong",
    "That is one of its two factors.",
    "[a name for the first two "
    "factors](../chapters/04-output-delta.ipynb#a-name-for-the-first-two-factors), "
    "`test_delta_is_not_the_slope_of_the_output_function`",
)
def test_delta_is_not_the_slope_of_the_output_function():
    net, X, D = examples.running()
    _, _, N_o, O = bp.forward(net, X)
    ratio = bp.output_delta(O, D, N_o, net.f) / net.f.slope(N_o)
    assert np.allclose(ratio, O - D) and not np.allclose(ratio, 1)


@claim(
    "S18",
    "wrong",
    "That is the matrix of a layer, of real numbers. One unit of it owns a column "
    "of 128 and a bias.",
)
def test_a_unit_owns_a_column():
    layer = bp.network(np.random.default_rng(0), (128, 64, 10))
    assert layer.w.shape == (128, 64) and layer.b.shape == (64,)
    assert layer.w[:, 0].shape == (128,)
    assert not np.isin(layer.w, (0, 1)).any()


@claim(
    "S23",
    "misleading",
    "One pass forward and one back serve all layers.",
)
def test_one_pass_serves_all_layers():
    calls = Counter()

    class Counted(bp.Logistic):
        def __call__(self, N):
            calls["forward"] += 1
            return super().__call__(N)

        def slope(self, N):
            calls["back"] += 1
            return bp.Logistic().slope(N)

    rng = np.random.default_rng(0)
    net = depth.network(rng, (3, 5, 4, 6, 4, 2), f=Counted())
    calls.clear()
    depth.gradient(net, rng.normal(size=(1, 3)), rng.normal(size=(1, 2)))
    assert calls == {"forward": 5, "back": 5}  # once a layer, and not once for each


@claim(
    "S29",
    "holds",
    "They must differ: from zero, nothing ever tells two hidden units apart.",
    "[a start at zero](../chapters/07-bug-zoo.ipynb#the-specimens), "
    "`test_units_that_start_alike_stay_alike`",
)
def test_units_that_start_alike_stay_alike():
    net, X, D = example()
    zero = bp.Network(*(np.zeros_like(a) for a in (net.w, net.b, net.v, net.c)))
    trained, _ = bp.train(zero, X, D, epochs=50)
    assert np.allclose(trained.w, trained.w[:, :1])
    assert not np.allclose(net.w, net.w[:, :1])


@claim(
    "L16",
    "holds with limits",
    "It needs an error, not a label.",
)
@claim(
    "S41",
    "misleading",
    "An error is enough: the input can be its own answer.",
)
@claim(
    "P15",
    "wrong",
    "To rebuild the input is an objective without labels, and backpropagation "
    "lowers it.",
)
def test_an_error_without_labels_has_slopes():
    X = np.random.default_rng(0).uniform(0.2, 0.8, (20, 3))
    net = bp.network(np.random.default_rng(1), (3, 4, 3))
    _, errors = bp.train(net, X, X, eta=2.0, epochs=300)  # the input is the answer
    assert errors[-1] < errors[0] / 2


# ---- integrals and sums, lines and squares


@claim(
    "S9",
    "wrong",
    "The gap is proportional to the step: 0.118, 0.019 and 0.002 for η of 0.5, "
    "0.1 and 0.01.",
)
@claim(
    "S8",
    "wrong",
    "It evaluates the chain rule. Adding up steps is Euler's method for the "
    "gradient flow, and that is descent. For one kind of network a differential "
    "equation does bring the slopes: where units feed each other until they rest,"
    " they can be found by letting a second system come to rest "
    "{cite}`pineda-1987`.",
)
def test_a_sum_of_steps_approaches_the_flow():
    # E = theta² / 2 from theta = 1 for a time of 1: the flow moves theta by 1/e - 1.
    gaps = {}
    for eta in 0.5, 0.1, 0.01, 0.001:
        theta = 1.0
        for _ in range(round(1 / eta)):
            theta -= eta * theta
        gaps[eta] = abs(theta - np.exp(-1))
    assert [round(gap, 3) for gap in gaps.values()][:3] == [0.118, 0.019, 0.002]
    assert 9 < gaps[0.01] / gaps[0.001] < 11  # a tenth of the step, a tenth of the gap


@claim(
    "S6",
    "wrong",
    "The integral of the slope along a path is the change of $E$. It does not say "
    "which weights are best.",
)
def test_integrating_the_slope_gives_the_error_not_the_weights():
    net, X, D = example()
    other = bp.network(np.random.default_rng(7), (3, 4, 2))
    ends = [(n.w, n.b, n.v, n.c) for n in (net, other)]
    total, parts = 0.0, 400
    for k in range(parts):
        t = (k + 0.5) / parts
        between = bp.Network(*(a + t * (b - a) for a, b in zip(*ends)))
        slopes = bp.gradient(between, X, D)
        total += sum((s * (b - a)).sum() for s, a, b in zip(slopes, *ends)) / parts
    change = bp.error(bp.forward(other, X).O, D) - bp.error(bp.forward(net, X).O, D)
    assert np.isclose(total, change, atol=1e-5)


@claim(
    "S10",
    "wrong",
    "Training takes the slope of the *error*, by $m$ and by $c$.",
    "[the slopes of E](../chapters/03-error-and-descent.ipynb#the-slopes-of-e), "
    "`test_the_gradient_of_a_line_is_by_m_and_c`",
)
def test_the_gradient_of_a_line_is_by_m_and_c():
    x, y, D = fruit.fruits(np.random.default_rng(1))
    m, c, nudge = 1.0, -0.5, 1e-6
    E = lambda m, c: fruit.error(fruit.output(x, y, m, c), D)  # noqa: E731
    O = fruit.output(x, y, m, c)
    by_m, by_c = fruit.slope_m(O, D, x), fruit.slope_c(O, D)
    nudged_m = (E(m + nudge, c) - E(m - nudge, c)) / (2 * nudge)
    nudged_c = (E(m, c + nudge) - E(m, c - nudge)) / (2 * nudge)
    assert np.allclose((nudged_m, nudged_c), (by_m, by_c), atol=1e-8)
    assert abs(by_m - m) > 0.1


@claim(
    "S14",
    "wrong",
    r"Minus, and times a rate; as written it climbs. Its later line, $W - \delta$, "
    "has the sign right.",
)
def test_a_step_along_the_slope_climbs():
    net, X, D = example()
    here = bp.error(bp.forward(net, X).O, D)
    slopes = bp.gradient(net, X, D)
    plus = bp.update(net, bp.Gradient(*(-s for s in slopes)), 0.1)
    assert bp.error(bp.forward(plus, X).O, D) > here


@claim(
    "P5",
    "misleading",
    "*Setting it to zero* is. One gradient is one step.",
)
def test_one_gradient_does_not_solve_least_squares():
    rng = np.random.default_rng(0)
    A, y = rng.normal(size=(20, 2)), rng.normal(size=20)
    solved = np.linalg.lstsq(A, y, rcond=None)[0]
    gradient = lambda theta: A.T @ (A @ theta - y) / 20  # noqa: E731
    assert np.allclose(gradient(solved), 0, atol=1e-12)
    assert not np.allclose(-gradient(np.zeros(2)), solved, atol=0.01)


@claim(
    "P4",
    "holds",
    "It is the steepest way down for a short step, and no more is promised.",
    "[one step down](../chapters/03-error-and-descent.ipynb#one-step-down), "
    "`test_downhill_is_a_local_word`",
)
def test_downhill_is_a_local_word():
    E = lambda x: x**4 - 2 * x**2 + 0.3 * x  # noqa: E731
    slope_of_E = lambda x: 4 * x**3 - 4 * x + 0.3  # noqa: E731
    x = 1.5
    for _ in range(500):
        x -= 0.02 * slope_of_E(x)
    assert abs(slope_of_E(x)) < 1e-9 and x > 0 and E(-1.0) < E(x) - 0.3


@claim(
    "P3",
    "misleading",
    "It tells direction and steepness, here. A flat place can be far from any goal.",
)
def test_steepness_is_not_distance():
    f = bp.Logistic()
    far, near = np.array([[-20.0]]), np.array([[1.0]])  # the goal is an output of 1
    deltas = [bp.output_delta(f(N), np.ones((1, 1)), N, f)[0, 0] for N in (far, near)]
    assert abs(deltas[0]) < 1e-6 * abs(deltas[1])


@claim(
    "P10",
    "wrong",
    'At a saddle every slope is zero; *curvature* leads out. And "always" fails '
    "for a start on the ridge.",
    "[saddle points](../chapters/12-optimisers.ipynb#saddle-points), "
    "`test_at_a_saddle_every_slope_is_zero`",
)
def test_at_a_saddle_every_slope_is_zero():
    assert SURFACES["saddle"].low is None
    assert np.allclose(slope("saddle")(np.zeros(2)), 0)
    above, below = (slope("saddle")(np.array([0.0, y]))[1] for y in (0.1, -0.1))
    assert above < 0 < below  # away from it on both sides: curved downwards


@claim(
    "P2",
    "misleading",
    "Enough for the slope to exist, not to teach: ReLU lacks a slope at one point"
    " and learns; a step lacks it at one point, has the slope 0 everywhere else, "
    "and learns nothing.",
    "[ReLU](../chapters/10-losses-and-activations.ipynb#activations-what-a-hidden-unit-does-with-its-sum),"
    " `test_a_slope_of_zero_teaches_nothing`",
)
def test_a_slope_of_zero_teaches_nothing():
    class Step(bp.Identity):
        def __call__(self, N):
            return (np.asarray(N) > 0) * 1.0

        def slope(self, N):
            return np.zeros_like(N)

    rng = np.random.default_rng(0)
    X, D = rng.normal(size=(20, 3)), rng.uniform(0.2, 0.8, (20, 2))
    for f, learns in (bp.ReLU(), True), (Step(), False):
        net = depth.network(np.random.default_rng(1), (3, 8, 2), f=f)
        slopes = depth.gradient(net, X, D)
        assert any(s.w.any() for s in slopes) == learns


SHOWN = 50, 200, 800


def split(seed, n):
    """The inputs and desired outputs of n digits, and of 400 others."""
    digits = pytest.importorskip("sklearn.datasets").load_digits()
    order = np.random.default_rng(seed).permutation(len(digits.target))
    X, D = digits.data[order] / 16, np.eye(10)[digits.target[order]]
    return (X[:n], D[:n]), (X[-400:], D[-400:])


def read_rightly(n, seed):
    """The share of 400 unseen digits that is read rightly after n were learned."""
    (X, D), (unseen, wanted) = split(seed, n)
    net = bp.network(np.random.default_rng(seed), (64, 20, 10), scale=0.3)
    net, _ = bp.train(net, X, D, eta=4.0, epochs=300)
    return (bp.forward(net, unseen).O.argmax(1) == wanted.argmax(1)).mean()


@claim(
    "L28",
    "holds with limits",
    "On our digits, yes: of 400 that were never shown, 77 % are read rightly "
    "after 50 examples, 92 % after 200 and 94 % after 800, on average over eight "
    "starts. The gain shrinks as the data grow.",
)
def test_more_examples_are_read_better():
    right = np.array([[read_rightly(n, seed) for seed in range(8)] for n in SHOWN])
    assert [round(100 * share) for share in right.mean(1)] == [77, 92, 94]
    gains = np.diff(right, axis=0)  # from the same start, with the same 400 unseen
    assert (gains[0] > gains[1]).all() and (gains[1] > -0.01).all()


# ---- losses


@claim(
    "S25",
    "wrong",
    "Its outputs are coupled and add up to 1; sigmoids of 1, 2, 3 add up to 2.56. "
    "For two classes it *is* one sigmoid, of the difference {cite}`bridle-1990`.",
    "[softmax](../chapters/10-losses-and-activations.ipynb"
    "#one-class-of-several-softmax), "
    "`test_softmax_is_no_stack_of_sigmoids`",
)
def test_softmax_is_no_stack_of_sigmoids():
    N = np.array([[1.0, 2.0, 3.0]])
    assert np.isclose(losses.softmax(N).sum(), 1, atol=1e-15)
    assert round(losses.logistic(N).sum(), 2) == 2.56
    moved = N + [[0, 0, 1]]
    assert not np.isclose(losses.softmax(moved)[0, 0], losses.softmax(N)[0, 0])
    assert losses.logistic(moved)[0, 0] == losses.logistic(N)[0, 0]
    two = np.array([[0.3, -1.1]])
    assert np.isclose(losses.softmax(two)[0, 0], losses.logistic(0.3 + 1.1))


def bce(N, D):
    return losses.binary_cross_entropy(np.array([[N]]), np.array([[D]]))


@claim(
    "S37",
    "holds",
    "Yes; both branches are drawn in chapter 10.",
    "[binary "
    "cross-entropy](../chapters/10-losses-and-activations.ipynb"
    "#yes-or-no-binary-cross-entropy), "
    "`test_both_branches_of_the_binary_cross_entropy`",
)
@claim(
    "S38",
    "misleading",
    "1 is never reached by a sigmoid: there is no largest, only ever larger.",
)
def test_both_branches_of_the_binary_cross_entropy():
    for N in -2.0, 0.5, 3.0:
        O = losses.logistic(N)
        for D, E in (1.0, -np.log(O)), (0.0, -np.log(1 - O)):
            assert np.isclose(bce(N, D), E)
    of_one = [bce(N, 1.0) for N in range(30)]
    assert np.all(np.diff(of_one) < 0) and of_one[-1] > 0  # ever smaller, never 0


@claim(
    "P13",
    "holds with limits",
    "Cross-entropy is that divergence and a constant. Wasserstein's distance does "
    "not come from it.",
)
def test_cross_entropy_is_divergence_and_a_constant():
    rng = np.random.default_rng(0)
    D = losses.softmax(rng.normal(size=(1, 4)))
    entropy = -(D * np.log(D)).sum()
    for _ in range(5):
        N = rng.normal(size=(1, 4))
        divergence = (D * np.log(D / losses.softmax(N))).sum()
        assert np.isclose(losses.cross_entropy(N, D), divergence + entropy)


@claim(
    "S26",
    "holds",
    "Yes.",
)
def test_relu_and_the_sigmoid_are_as_written():
    x = np.array([-2.0, -0.1, 0.1, 3.0])
    assert np.array_equal(bp.ReLU()(x), np.where(x > 0, x, 0))
    assert np.allclose(bp.Logistic()(x), 1 / (1 + np.exp(-x)))


# ---- update rules


def nodes(tree):
    yield tree
    for part in tree[1:]:
        if isinstance(part, (tuple, list)):
            yield from nodes(part)


@claim(
    "S20",
    "wrong",
    "They have none. It divides by a root of the mean square {cite}`kingma-ba-2015`.",
    "[Adam](../chapters/12-optimisers.ipynb#adam-both-at-once), "
    "`test_adam_has_no_logarithm`",
)
def test_adam_has_no_logarithm():
    found = agreement.coded()
    adam = [e for label, e in found.items() if label.startswith("eq-adam")]
    assert len(adam) >= 3
    for equation in adam:
        assert not any(n[:2] == ("call", "log") for n in nodes(equation.rhs))
    body = inspect.getsource(optimisers.adam).rpartition('"""')[2]
    assert "log" not in body and "sqrt" in body


@claim(
    "S12",
    "wrong",
    "RMSprop is an update rule {cite}`tieleman-hinton-2012`. The loss meant is the "
    "root of the mean square.",
    "[RMSprop](../chapters/12-optimisers.ipynb#rmsprop-forget-the-distant-past), "
    "`test_rmsprop_is_no_loss`",
)
def test_rmsprop_is_no_loss():
    # It takes the slope of a loss, and the same slope of any loss gives the same step.
    assert "g" in inspect.signature(optimisers.rmsprop).parameters
    theta, _ = optimisers.rmsprop(1.0, 0.3, 0.0)
    assert theta < 1.0


@claim(
    "S21",
    "wrong",
    "AdaGrad has none {cite}`duchi-2011`: its step follows the present slope only.",
)
def test_adagrad_has_no_momentum():
    theta, s = 0.0, 0.0
    for g in 1.0, 1.0, 1.0:
        theta, s = optimisers.adagrad(theta, g, s)
    assert optimisers.adagrad(theta, 0.0, s)[0] == theta  # no slope, no step
    rolling, m = optimisers.momentum(0.0, 1.0, 0.0)
    assert optimisers.momentum(rolling, 0.0, m)[0] != rolling


@claim(
    "S22",
    "wrong",
    "$v$ is the mean of the squares (our $s$). What resembles a velocity is $m$.",
)
def test_the_second_moment_is_no_velocity():
    states = [optimisers.adam(0.0, g, 0.0, 0.0, 1)[1:] for g in (0.5, -0.5)]
    (m_up, s_up), (m_down, s_down) = states
    assert s_up == s_down > 0 and m_up == -m_down  # a velocity has a sign


@claim(
    "P21",
    "holds with limits",
    "Found by search, yes {cite}`bello-2017`. They are update rules, and idle "
    "without the slope that backpropagation gives them.",
    "[found by "
    "search](../chapters/12-optimisers.ipynb#powersign-and-addsign-found-by-search), "
    "`test_powersign_needs_the_slope`",
)
def test_powersign_needs_the_slope():
    assert optimisers.powersign(1.0, 0.0, 0.4)[0] == 1.0
    assert optimisers.addsign(1.0, 0.0, 0.4)[0] == 1.0


@claim(
    "S42",
    "holds",
    "Yes: without the mean of the slopes, and without the correction for the "
    "start at zero, its step is that of RMSprop.",
)
def test_adam_is_rmsprop_with_a_mean_and_two_corrections():
    theta, s, steps = 1.0, 0.0, 10**6  # so late that nothing is left to correct
    for g in 0.3, -0.2, 0.5:
        bare, _, s_bare = optimisers.adam(theta, g, 0.0, s, steps, 0.01, 0.0, 0.9)
        theta, s = optimisers.rmsprop(theta, g, s, 0.01, 0.9)
        assert np.isclose(bare, theta, rtol=1e-12) and np.isclose(s_bare, s)


@claim(
    "S43",
    "holds with limits",
    "Nearly: both remember slopes, and forget them at the same rate. Adam's is a "
    "*mean*: a tenth of the velocity of momentum, for 0.9.",
)
def test_the_mean_of_adam_is_a_tenth_of_momentum():
    mean = s = velocity = 0.0
    for t, g in enumerate((0.3, -0.2, 0.5, 0.1), 1):
        _, mean, s = optimisers.adam(0.0, g, mean, s, t, beta_1=0.9)
        _, velocity = optimisers.momentum(0.0, g, velocity, mu=0.9)
        assert np.isclose(mean, velocity / 10, rtol=1e-12)


@claim(
    "S44",
    "misleading",
    "Of the examples that were shown. With noise in what 80 of them want, going "
    "on from 300 updates to 3000 lowers that loss from each of five starts, and "
    "raises the error on 400 unseen digits each time.",
)
def test_a_lower_loss_can_be_a_worse_model():
    for seed in range(5):
        (X, D), (unseen, wanted) = split(seed, 80)
        rng = np.random.default_rng(seed)
        D = D + rng.normal(0, 0.3, D.shape)
        net = bp.network(rng, (64, 30, 10), scale=0.3)
        early, _ = bp.train(net, X, D, eta=4.0, epochs=300)
        late, _ = bp.train(early, X, D, eta=4.0, epochs=2700)
        E = lambda net, X, D: bp.error(bp.forward(net, X).O, D)  # noqa: E731
        assert E(late, X, D) < E(early, X, D)
        assert E(late, unseen, wanted) > E(early, unseen, wanted)


@claim(
    "S45",
    "wrong",
    "Depth changes nothing in it: the slopes along a path add up to the change of"
    " the error with four layers as with one, and with one as with four no step "
    "can be taken before the step that leads to it.",
)
def test_steps_add_up_at_any_depth():
    rng = np.random.default_rng(0)
    X, D = rng.normal(size=(5, 3)), rng.uniform(0, 1, (5, 2))
    E = lambda net: bp.error(depth.forward(net, X)[1][-1], D)  # noqa: E731
    for sizes in (3, 2), (3, 5, 4, 3, 2):
        net, end = (depth.network(rng, sizes) for _ in range(2))
        added, parts = 0.0, 400
        for k in range(parts):
            t, pairs = (k + 0.5) / parts, list(zip(net.layers, end.layers))
            moved = [[p + t * (q - p) for p, q in zip(a, b)] for a, b in pairs]
            between = depth.Network(tuple(depth.Layer(*layer) for layer in moved))
            for s, (a, b) in zip(depth.gradient(between, X, D), pairs):
                added += ((s.w * (b.w - a.w)).sum() + (s.b * (b.b - a.b)).sum()) / parts
        assert np.isclose(added, E(end) - E(net), atol=1e-5)


@claim(
    "S46",
    "holds with limits",
    "The power of e is one, for every exponent. The logarithm is one near 1 only:"
    " for numbers up to 2.",
)
def test_the_series_of_the_logarithm_ends_at_two():
    def log_series(u, terms):
        n = np.arange(1, terms + 1)
        return (-((1 - u) ** n) / n).sum()

    for x in -5.0, 0.3, 8.0:
        terms = np.cumprod(np.r_[1.0, x / np.arange(1, 60)])
        assert np.isclose(terms.sum(), np.exp(x), rtol=1e-9)
    assert np.isclose(log_series(1.5, 60), np.log(1.5), atol=1e-12)
    assert abs(log_series(2.5, 60)) > 1e6


# ---- recurrent networks, and other directions


def unrolled(u, x, length, skip=0.0):
    """h after `length` steps of h = skip h + tanh(u h + x), and its slopes by u and by
    each x, which are numbers of their own though equal."""
    tape.tape.clear()
    u, h = tape.Value(u), tape.Value(0.0)
    inputs = [tape.Value(x) for _ in range(length)]
    for value in inputs:
        h = skip * h + np.tanh(u * h + value)
    tape.backward()
    found = float(h.data), float(u.grad), [float(value.grad) for value in inputs]
    tape.tape.clear()
    return found


@claim(
    "S36",
    "wrong",
    "Through time {cite}`werbos-1990`, and to a fixed point {cite}`pineda-1987`, "
    "it trains recurrent ones.",
)
def test_it_reaches_through_a_recurrent_network():
    nudge = 1e-6
    up, down = (unrolled(0.8 + sign * nudge, 0.3, 6)[0] for sign in (1, -1))
    assert np.isclose(unrolled(0.8, 0.3, 6)[1], (up - down) / (2 * nudge), atol=1e-8)


@claim(
    "S30",
    "wrong",
    "A plain one has none, and its slopes fade with the distance, or burst, as "
    "the weights that carry them are small or large "
    "{cite}`bengio-simard-frasconi-1994`. Skip connections are those of residual "
    "networks {cite}`he-2016`; the LSTM has a gated sum {cite}`hochreiter-1997`.",
)
def test_slopes_of_a_plain_recurrent_network_fade_or_burst():
    *_, slopes = unrolled(0.8, 0.3, 40)
    assert slopes[0] < 1e-6 * slopes[-1]
    *_, slopes = unrolled(0.8, 0.3, 40, skip=1.0)  # with the connection it has not
    assert slopes[0] > 0.1 * slopes[-1]
    # Many units: the same weights again and again, so their largest singular value
    # counts for its 40th power while tanh is steep, as it is around 0.
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(8, 8)))[0]  # every singular value is 1
    for scale, ends in (0.7, "faded"), (1.3, "burst"):
        delta = 1e-9 * rng.normal(size=8)
        for h in 1e-9 * rng.normal(size=(40, 8)):
            delta = scale * turn @ (delta * bp.Tanh().slope(h))
        size = np.linalg.norm(delta) / 1e-9
        assert size < 1e-5 if ends == "faded" else size > 1e4


def learned(direction, seed, epochs=200):
    """E on 300 digits after training v by its slopes, w in a direction of our own."""
    digits = pytest.importorskip("sklearn.datasets").load_digits()
    X, D = digits.data[:300] / 16, np.eye(10)[digits.target[:300]]
    rng = np.random.default_rng(seed)
    net = bp.network(rng, (64, 20, 10), scale=0.3)
    for _ in range(epochs):
        slopes = bp.gradient(net, X, D)
        net = bp.update(net, slopes._replace(w=direction(slopes.w, rng)), 4.0)
    return bp.error(bp.forward(net, X).O, D)


@claim(
    "P12",
    "wrong",
    "Synthetic gradients are *learned* forecasts {cite}`jaderberg-2017`. Random "
    "steps of the hidden weights, as long as the true ones, end no better than "
    "none at all: from eight starts, the error falls to 0.37 with them and to "
    "0.37 with hidden weights frozen, to 0.07 with the slopes.",
)
def test_a_random_direction_is_no_better_than_none():
    def random(w, rng):
        step = rng.normal(size=w.shape)
        return step * np.linalg.norm(w) / np.linalg.norm(step)

    arms = lambda w, rng: w, random, lambda w, rng: 0 * w
    true, guessed, frozen = np.array(
        [[learned(arm, seed) for seed in range(8)] for arm in arms]
    )
    assert [round(a.mean(), 2) for a in (true, guessed, frozen)] == [0.07, 0.37, 0.37]
    assert (true < guessed / 4).all()
    # The same start in both arms: half the width of a 95 % interval, by Student's t.
    apart = guessed - frozen
    assert abs(apart.mean()) < 2.365 * apart.std(ddof=1) / np.sqrt(8)


@claim(
    "P19",
    "holds with limits",
    "Guessing and keeping what is better is gradual too, and needs no gradient.",
)
@claim(
    "P20",
    "wrong",
    "It speaks of the entropy of isolated systems, and of no direction in which to "
    "learn. The cost of erasing a bit {cite}`landauer-1961` is paid by guessing as "
    "well.",
)
def test_guessing_learns_without_a_slope():
    net, X, D = example()
    rng = np.random.default_rng(0)
    best = first = bp.error(bp.forward(net, X).O, D)
    for _ in range(500):
        parts = (net.w, net.b, net.v, net.c)
        guess = bp.Network(*(a + rng.normal(0, 0.1, a.shape) for a in parts))
        error = bp.error(bp.forward(guess, X).O, D)
        if error < best:
            net, best = guess, error
    assert best < first / 2


@claim(
    "P24",
    "holds with limits",
    "Yes: with the slopes of the hidden weights ignored, the error still falls, "
    "from each of eight starts; far less than with them.",
)
def test_a_gradient_ignored_can_still_be_a_way():
    for seed in range(8):
        start, frozen, true = (
            learned(*arm)
            for arm in (
                (lambda w, rng: w, seed, 0),
                (lambda w, rng: 0 * w, seed),
                (lambda w, rng: w, seed),
            )
        )
        assert true < frozen / 4 < frozen < start


def test_the_slopes_these_tests_rest_on_are_right():
    assert gradcheck.failing(gradcheck.gradient_check(bp.gradient, *example())) == ""


# ---- the rows, once every claim above is declared


@pytest.mark.parametrize("id", sorted(set(rows()) | set(CLAIMED) | set(READ)))
def test_a_row_says_what_its_test_declares(id):
    assert id in rows(), f"{id} is declared, and stands in no row"
    finding, how, verdict = rows()[id][1:]
    if id in CLAIMED:
        assert [finding, how, verdict] == CLAIMED[id], id
        assert id not in READ, f"{id} has a test, and is not only read"
    elif verdict != WAITS:
        assert id in READ, f"declare {id} above its test, or in READ"
        assert (verdict, finding, how) == READ[id], id
        assert "`test_" not in how, f"declare {id} above its test"
