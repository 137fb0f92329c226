"""The mistakes that the book can name: each is wrong, and told from the others."""

import itertools
import json
from functools import cache

import numpy as np
import pytest

import backprop as bp
import examples
from book import ideas, mistakes
from book.mistakes import KINDS, right_value, wrong_values
from book.model import models
from book.slips import slips
from book.trees import difference

MODEL = ideas.model("backprop")
TRIED = "convolution recurrent lstm boltzmann hopfield relaxation twice".split()
OTHERS = [m for m in ideas.everywhere() if m is not MODEL]
OTHERS += [models("models." + name)[name] for name in TRIED]
EQUATIONS = [(m, label) for m in OTHERS for label in ideas.computed(m)]

LABELS = [step.label for step in bp.steps(*examples.running())]
# An entry on the diagonal does not show that its indices were swapped.
DIAGONAL = {"transposed-slope", "transposed-slope-w"}


def instance(net, X, D, eta=0.5):
    return ideas.given(MODEL, net=net, X=X, D=D, eta=eta)


@pytest.fixture(scope="module")
def running():
    return instance(*examples.running())


def four_digits(x):
    return float(f"{x:.4g}")


def test_at_least_fifteen_kinds_of_mistake_are_known():
    assert len(KINDS) >= 15
    assert len({kind.id for kind in KINDS}) == len(KINDS)
    for kind in KINDS:
        assert kind.name and kind.sentence.endswith("."), kind.id
        assert set(kind.changes) <= {*LABELS, "eq-central-difference"}, kind.id


def test_every_equation_has_mistakes_and_each_changes_its_tree():
    for label in LABELS:
        found = mistakes.mistakes(label)
        assert len(found) >= 3, label
        right = MODEL.equations[label].rhs
        for m in found:
            assert m.tree != right, (label, m.id)
            assert m.mend, (label, m.id)


@pytest.mark.parametrize("label", LABELS)
def test_the_running_example_tells_all_mistakes_apart(label, running):
    """Typed with four digits, as the reader sees them, no two give the same number."""
    values = {"right": right_value(label, running), **wrong_values(label, running)}
    for place in np.ndindex(values["right"].shape):
        for a, b in itertools.combinations(values, 2):
            if DIAGONAL & {a, b} and len(set(place)) == 1:
                continue
            x, y = four_digits(values[a][place]), four_digits(values[b][place])
            assert x != y, f"{label}{list(place)}: {a} and {b} both give {x}"


def test_a_transpose_is_named_only_where_the_shapes_let_it_pass():
    square = instance(*examples.running())
    net = bp.network(np.random.default_rng(1), (3, 4, 2))
    oblong = instance(net, np.ones((1, 3)), np.zeros((1, 2)))
    for label, id in [
        ("eq-hidden-delta", "transposed-v"),
        ("eq-net-hidden", "transposed-w"),
    ]:
        assert id in wrong_values(label, square)
        assert id not in wrong_values(label, oblong)


def test_the_short_form_of_the_slope_belongs_to_the_logistic_function():
    net, X, D = examples.running()
    curved = bp.Network(net.w, net.b, net.v, net.c, bp.Tanh())
    assert "net-in-short-form" in wrong_values("eq-hidden-delta", instance(net, X, D))
    env = instance(curved, X, D)
    assert "net-in-short-form" not in wrong_values("eq-hidden-delta", env)


def test_the_slope_of_the_logistic_function_is_a_mistake_for_tanh():
    net, X, D = examples.running()
    curved = bp.Network(net.w, net.b, net.v, net.c, bp.Tanh())
    N_h, H, N_o, O = bp.forward(curved, X)
    delta_o = bp.output_delta(O, D, N_o, curved.f)
    env, usual = instance(curved, X, D), instance(net, X, D)
    careless = {
        "eq-output-delta": ((O - D) * O * (1 - O))[0],
        "eq-hidden-delta": ((delta_o @ net.v.T) * H * (1 - H))[0],
    }
    for label, wrong in careless.items():
        found = wrong_values(label, env)["logistic-slope"]
        assert found == pytest.approx(wrong, rel=1e-12)
        assert "logistic-slope" not in wrong_values(label, usual)


def test_mistakes_are_what_careless_code_computes():
    """The trees against arrays, written as people write them by mistake."""
    net, X, D = examples.running()
    found = {step.name: step.value for step in bp.steps(net, X, D)}
    N_h, H, N_o, O, delta_o = (found[k] for k in ("N_h", "H", "N_o", "O", "delta_o"))
    slope_h = net.f.slope(N_h)
    moved = net.v - 0.5 * found["dE_dv"]
    careless = {
        ("eq-net-hidden", "no-bias"): X @ net.w,
        ("eq-net-hidden", "transposed-w"): X @ net.w.T + net.b,
        ("eq-net-output", "net-sent"): N_h @ net.v + net.c,
        ("eq-error", "factor-two"): ((D - O) ** 2).sum(),
        ("eq-error", "square-of-sum"): 0.5 * (D - O).sum() ** 2,
        ("eq-output-delta", "no-slope-output"): O - D,
        ("eq-output-delta", "sign"): (D - O) * net.f.slope(N_o),
        ("eq-output-delta", "slope-at-output"): (O - D) * net.f.slope(O),
        ("eq-output-delta", "net-in-short-form"): (O - D) * N_o * (1 - N_o),
        ("eq-slope-v", "net-sent"): N_h.T @ delta_o,
        ("eq-slope-v", "transposed-slope"): delta_o.T @ H,
        ("eq-slope-c", "bias-summed"): np.full(2, delta_o.sum()),
        ("eq-hidden-delta", "no-slope-hidden"): delta_o @ net.v.T,
        ("eq-hidden-delta", "raw-difference"): ((O - D) @ net.v.T) * slope_h,
        ("eq-hidden-delta", "updated-v"): (delta_o @ moved.T) * slope_h,
        ("eq-hidden-delta", "transposed-v"): (delta_o @ net.v) * slope_h,
        ("eq-hidden-delta", "first-only"): delta_o[:, :1] * net.v[:, 0] * slope_h,
        ("eq-slope-w", "output-for-input"): H * found["delta_h"] * np.ones((2, 1)),
        ("eq-update-v", "added"): net.v + 0.5 * found["dE_dv"],
        ("eq-update-b", "not-updated"): net.b,
    }
    env = instance(net, X, D)
    for (label, id), wrong in careless.items():
        expected = np.reshape(wrong, right_value(label, env).shape)
        assert wrong_values(label, env)[id] == pytest.approx(expected, rel=1e-12), id


def test_what_mends_a_mistake_is_a_line_of_the_source():
    lines = {line.strip() for line in open(bp.__file__)}
    for label in LABELS:
        for m in mistakes.mistakes(label):
            assert m.mend in lines


# ---- any model


def test_an_equation_of_part_one_has_the_mistakes_of_its_list():
    for label in LABELS:
        listed = [kind.id for kind in KINDS if label in kind.changes]
        assert [m.id for m in mistakes.mistakes(label)] == listed


@pytest.mark.parametrize(
    "model, label", EQUATIONS, ids=[f"{m.full_name} {label}" for m, label in EQUATIONS]
)
def test_any_equation_has_mistakes_that_give_other_numbers(model, label):
    """On instances that the mistakes were not chosen by."""
    found = mistakes.mistakes(label, model)
    assert len(found) >= (1 if label == "eq-twice-second" else 3)
    assert len({m.id for m in found}) == len(found)
    for m in found:
        assert m.name and m.sentence[0] != " " and m.sentence.endswith("."), m
        assert m.mend == model.equations[label].code

    @cache
    def value(m, seed):
        instance = ideas.drawn(model, seed, size=3, examples=2)
        return (
            mistakes.tried(label, instance, m) if m else mistakes.gives(label, instance)
        )

    for a, b in itertools.combinations([None, *found], 2):
        # Units that are on or off may be alike by chance, and there may be no number.
        pairs = ((value(a, seed), value(b, seed)) for seed in range(20, 50))
        pairs = (pair for pair in pairs if not any(v is None for v in pair))
        assert any(difference(*pair) > 1e-9 for pair in pairs), (a, b)
    json.dumps(mistakes.told([label], model))


def wrong(name, label, id, seed=4, **sizes):
    """What a mistake gives, and the instance."""
    model = ideas.model(name) if isinstance(name, str) else name
    instance = model.instance(seed, **sizes)
    (found,) = [m for m in mistakes.mistakes(label, model) if m.id == id]
    return mistakes.gives(label, instance, {label: found.tree}), instance


def quantities(instance, names):
    return (np.asarray(instance.argument(name), float) for name in names.split())


def test_mistakes_in_softmax_are_what_careless_code_computes():
    softmax = "losses.softmax"
    for id, careless in {
        "sign": lambda N, O, D: D - O,
        "no-D": lambda N, O, D: O,
        "no-O": lambda N, O, D: -D,
        "added": lambda N, O, D: O + D,
        "N-for-O": lambda N, O, D: N - D,
        "slope-once-more": lambda N, O, D: (O - D) * O * (1 - O),
    }.items():
        value, instance = wrong(softmax, "eq-softmax-delta", id)
        assert np.allclose(value, careless(*quantities(instance, "N O D"))), id
    for id, careless in {
        "not-by-sum": lambda e: e,
        "no-exp": lambda e: 1 / e.sum(axis=1, keepdims=True),
        "mean-for-sum": lambda e: e / e.mean(axis=1, keepdims=True),
        "first-only": lambda e: e / e[:, :1],
        "no-exp-2": lambda e: np.log(e) / e.sum(axis=1, keepdims=True),
    }.items():
        value, instance = wrong(softmax, "eq-softmax", id)
        assert np.allclose(value, careless(np.exp(instance.argument("N")))), id


def test_mistakes_on_the_line_between_fruits_are_what_careless_code_computes():
    for id, careless in {
        "no-quotient": lambda x, O, D, n: ((D - O) * x).sum(),
        "no-x": lambda x, O, D, n: (D - O).mean(),
        "first-only": lambda x, O, D, n: (D - O)[0] * x[0] / n,
        "mean-for-sum": lambda x, O, D, n: ((D - O) * x).mean() / n,
        "sign": lambda x, O, D, n: ((O - D) * x).mean(),
    }.items():
        value, instance = wrong("fruit", "eq-fruit-slope-m", id)
        assert np.allclose(value, careless(*quantities(instance, "x O D n"))), id
    for id, careless in {
        "not-raised": lambda D, O, n: (D - O).sum() / (2 * n),
        "power-of-sum": lambda D, O, n: (D - O).sum() ** 2 / (2 * n),
        "no-number": lambda D, O, n: ((D - O) ** 2).sum() / n,
    }.items():
        value, instance = wrong("fruit", "eq-fruit-error", id)
        assert np.allclose(value, careless(*quantities(instance, "D O n"))), id


def test_a_mean_taken_again_is_said_to_be_divided_twice():
    for label in "eq-fruit-error", "eq-fruit-slope-m", "eq-fruit-slope-c":
        found = {m.id: m for m in mistakes.mistakes(label, "fruit")}["mean-for-sum"]
        assert found.name == "It is divided by n twice"
        assert found.sentence.endswith("(fruits): divide the sum by n once.")
    softmax = {m.id: m for m in mistakes.mistakes("eq-softmax", "losses.softmax")}
    assert softmax["mean-for-sum"].name == "That is the mean, not the sum"


def test_slopes_of_a_product_multiplied_with_each_other_are_the_rule_of_a_chain():
    for label, right in {
        "eq-slope-product": lambda u, z, du, dz: du * z + u * dz,
        "eq-slope-sum": lambda u, z, du, dz: du + dz,
    }.items():
        value, instance = wrong("rules", label, "as-a-chain")
        x, a = quantities(instance, "x a")
        assert np.allclose(value, 2 * x * -a), label
        assert np.allclose(
            mistakes.right_value(label, instance), right(x**2 + 1, -a * x, 2 * x, -a)
        )


def test_mistakes_in_momentum_and_adam_are_what_careless_code_computes():
    for id, careless in {
        "old-m": lambda theta, g, m, eta, mu: theta - eta * m,
        "no-eta": lambda theta, g, m, eta, mu: theta - (mu * m + g),
        "added": lambda theta, g, m, eta, mu: theta + eta * (mu * m + g),
    }.items():
        value, instance = wrong("optimisers.momentum", "eq-momentum", id)
        assert np.allclose(
            value, careless(*quantities(instance, "theta g m eta mu"))
        ), id
    value, instance = wrong("optimisers.adam", "eq-adam-squares", "not-raised")
    s, g, beta = quantities(instance, "s g beta_2")
    assert np.allclose(value, beta * s + (1 - beta) * g)
    value, instance = wrong("optimisers.adam", "eq-adam-mean", "subtracted")
    m, g, beta = quantities(instance, "m g beta_1")
    assert np.allclose(value, beta * m - (1 - beta) * g)
    value, instance = wrong("optimisers.adam", "eq-adam", "uncorrected")
    names = "theta g m s eta beta_1 beta_2 epsilon"
    theta, g, m, s, eta, beta_1, beta_2, epsilon = quantities(instance, names)
    m, s = beta_1 * m + (1 - beta_1) * g, beta_2 * s + (1 - beta_2) * g**2
    assert np.allclose(value, theta - eta * m / (np.sqrt(s) + epsilon))
    value, instance = wrong("optimisers.warm_up", "eq-warm-up", "max-for-min")
    t, K = quantities(instance, "t K")
    assert np.allclose(value, np.maximum(1, t / K))
    value, instance = wrong("optimisers.warm_up", "eq-warm-up", "no-min-quotient")
    t, K = quantities(instance, "t K")
    assert np.allclose(value, t / K)


@pytest.mark.parametrize(
    "name, label, id, said",
    [
        ("flow.clipping", "eq-length", "no-sqrt", "The root is not taken"),
        ("flow.clipping", "eq-length", "not-raised", "g_k is not squared"),
        ("tricks", "eq-curvature", "not-raised", "X_s is not squared"),
        ("regularisation", "eq-decayed", "no-number", "The 1 before the minus is miss"),
        ("backprop", "eq-hidden", "no-f", "N_h where f(N_h) should be"),
    ],
)
def test_what_was_not_done_is_said_plainly(name, label, id, said):
    model = ideas.model(name)
    names = [s.name for s in slips(model.equations[label], model) if s.id == id]
    assert any(name.startswith(said) for name in names), names


def test_mistakes_in_a_net_through_time_are_what_careless_code_computes():
    (recurrent,) = models("models.recurrent").values()
    square = {"inputs": 3, "hidden": 3, "outputs": 3}
    X, H, before, w, u, b = "X H H_before w u b".split()
    for id, careless in {
        "wrong-step": lambda a: a[X] @ a[w] + a[H] @ a[u] + a[b],
        "transposed-u": lambda a: a[X] @ a[w] + a[before] @ a[u].T + a[b],
        "no-sum-2": lambda a: a[X] @ a[w] + a[b],
        "subtracted-2": lambda a: a[X] @ a[w] + a[before] @ a[u] - a[b],
    }.items():
        value, instance = wrong(recurrent, "eq-rnn-net", id, **square)
        names = (X, H, before, w, u, b)
        known = dict(zip(names, quantities(instance, " ".join(names))))
        assert np.allclose(value, careless(known)), id
    for id, careless in {
        "slope-for-function": lambda N, f: f.slope(N),
        "no-f": lambda N, f: N,
    }.items():
        value, instance = wrong(recurrent, "eq-rnn-hidden", id)
        (N,) = quantities(instance, "N")
        assert np.allclose(value, careless(N, instance.argument("f"))), id
    value, instance = wrong(recurrent, "eq-rnn-delta", "function-for-slope")
    back = recurrent.call("eq-rnn-delta", instance)
    (N,), f = quantities(instance, "N"), instance.argument("f")
    assert np.allclose(value * f.slope(N), back * f(N))


def test_an_updated_state_and_a_lost_minus_are_what_careless_code_computes():
    (relaxation,) = models("models.relaxation").values()
    value, instance = wrong(relaxation, "eq-relax-cost", "updated-s")
    moved = relaxation.call("eq-relax-step", instance)
    assert np.allclose(value, 0.5 * ((moved - instance.argument("x")) ** 2).sum())
    (machine,) = models("models.boltzmann").values()
    value, instance = wrong(machine, "eq-rbm-probability", "sign-inside")
    E, Z, T = quantities(instance, "E Z T")
    assert np.allclose(value, np.exp(E / T) / Z)


def test_a_mistake_goes_on_in_what_is_computed_after_it():
    fruit = ideas.model("fruit")
    instance = fruit.instance(3)
    (plus,) = [m for m in mistakes.mistakes("eq-fruit-output") if m.id == "added"]
    x, y, D, m, c = quantities(instance, "x y D m c")
    found = mistakes.gives("eq-fruit-slope-c", instance, {plus.label: plus.tree})
    assert np.allclose(found, (D - (y + (m * x + c))).mean())


def test_a_page_reads_what_is_updated_before_by_its_new_name():
    model = ideas.model("optimisers.momentum")
    told = {
        m["id"]: m
        for m in mistakes.told(["eq-momentum"], model)["equations"]["eq-momentum"][
            "mistakes"
        ]
    }
    assert "m_new" in json.dumps(told["no-eta"]["tree"])
    old = json.dumps(told["old-m"]["tree"])
    assert "m_new" not in old and '"m"' in old
    first = mistakes.told(["eq-momentum-velocity"], model)
    assert "_new" not in json.dumps(first)
