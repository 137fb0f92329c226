"""The notation has each letter of each model; PyTorch's conventions are as it says."""

import re

import numpy as np
import pytest

import backprop as bp
import peers
from book.trees import functions_in, names
from bookext import notation
from bookext.declared import displayed, ideas

IDEAS = {idea.name: idea for idea in ideas()}
MODELS = [(idea, one) for idea in IDEAS.values() for one in idea.models]

each_model = pytest.mark.parametrize(
    "idea, one", MODELS, ids=[m.full_name for _, m in MODELS]
)


def rows(idea):
    """Name in code -> the cells of its row: symbol, words, size, code, first in."""
    found = {}
    for quantity, line in zip(idea.quantities(), notation.table(idea)[2:]):
        row = [cell.strip() for cell in line.split("|")[1:-1]]
        assert row[0] == f"${quantity.tex}$"
        found[quantity.key] = row
    return found


@each_model
def test_every_letter_that_an_equation_has_is_in_the_notation(idea, one):
    known = rows(idea)
    # A function of another module has its row there.
    elsewhere = {
        f for f, kinds in one.classes.items() if kinds[0].__module__ != idea.name
    }
    blocks = [one.parse_block(e.tex) for e in displayed() if e.model == one.full_name]
    trees = [tree for e in one.equations.values() for tree in (e.lhs, e.rhs)]
    trees += [tree for chains in blocks for chain in chains for tree in chain[::2]]
    for tree in trees:
        moved = {n.removeprefix("Delta_") for n in names(tree)}  # a change of v is of v
        used = (moved - {"1"}) | (functions_in(tree) & set(one.classes))
        used -= elsewhere
        assert used <= set(known), f"{idea.name}: {used - set(known)}"


@pytest.mark.parametrize("name", IDEAS)
def test_every_letter_has_words_and_every_word_a_letter(name):
    known, words = rows(IDEAS[name]), IDEAS[name].words
    without = [key for key, row in known.items() if not row[1]]
    assert not without, f"{name}.WORDS says nothing of {', '.join(without)}"
    idle = [key for key in words if isinstance(words[key], str) and key not in known]
    assert not idle, f"{name}.WORDS has {', '.join(idle)}, which no model of it has"


@each_model
def test_the_sizes_are_those_of_real_arrays(idea, one):
    instance, known = one.instance(0), rows(idea)
    arrays = {name: np.asarray(v) for name, v in instance.raw.items() if name in known}
    for name, (_, parts) in one.made.items():
        given = instance.raw.get(name)
        if given:
            arrays |= {part: getattr(given, part) for part in parts}
    for label, equation in one.equations.items():
        if equation.lhs[0] != "call":
            arrays[equation.name] = one.call(label, instance)
    over, ranges = one.notation.over, instance.world.setting.ranges
    sizes = {over[letter]: last - first for letter, (first, last) in ranges.items()}
    sizes["n"] = instance.lanes
    arrays = {name: a for name, a in arrays.items() if name not in one.classes}
    assert arrays and len(set(sizes.values())) == len(sizes)
    for name, array in arrays.items():
        said = known[name][2].replace("$", "")
        words = re.findall(r"\w+", said) if "," in said else []
        if said == "any shape":
            assert array.ndim, name
        else:
            expected = tuple(sizes[word] for word in words)
            assert array.shape == expected, f"{idea.name}: {name} is no {said}"


def test_a_row_leads_to_the_first_equation_that_gives_or_has_its_letter():
    found = rows(IDEAS["backprop"])
    expected = {
        "X": "net-hidden", "N_h": "net-hidden", "v": "net-output", "f": "logistic",
        "f.slope": "logistic-slope", "D": "error", "E": "error", "dE_dw": "slope-w",
        "delta_h": "hidden-delta", "eta": "update-v", "n": "matrix-slope-v",
    }  # fmt: skip
    for name, label in expected.items():
        assert found[name][4] == f"{{eq}}`eq-{label}`", name
    assert found["E_o"][4].startswith("{doc}`chapter ")
    assert all(row[4] for idea in IDEAS.values() for row in rows(idea).values())


def test_the_names_in_code_are_those_of_the_code():
    found = rows(IDEAS["backprop"])
    assert found["f.slope"][3] == "`f.slope(N)`" and found["delta_o"][3] == "`delta_o`"
    assert found["E_o"][3] == ""  # the text splits E into parts, the code does not
    assert rows(IDEAS["fruit"])["dE_dm"][3] == "`slope_m`"  # computed, and never named


def test_the_index_has_every_quantity_once_in_the_order_of_the_alphabet():
    words = [line.split("|")[1].strip() for line in notation.index()[2:]]
    assert words == sorted(set(words), key=str.lower)
    assert set(words) == {q.words for idea in IDEAS.values() for q in idea.quantities()}


def test_pytorch_stores_to_first_and_gives_the_same_slopes():
    torch = peers.torch()
    net = bp.network(np.random.default_rng(0), (3, 4, 2))
    rng = np.random.default_rng(1)
    X, D = rng.normal(size=(5, 3)), rng.uniform(size=(5, 2))
    layers = torch.nn.Linear(3, 4), torch.nn.Linear(4, 2)
    for layer, weight, bias in zip(layers, (net.w, net.v), (net.b, net.c)):
        assert tuple(layer.weight.shape) == weight.T.shape
        layer.weight.data = torch.tensor(weight.T.copy())
        layer.bias.data = torch.tensor(bias)
    O = torch.sigmoid(layers[1](torch.sigmoid(layers[0](torch.tensor(X)))))
    loss = torch.nn.functional.mse_loss(O, torch.tensor(D))
    loss.backward()
    slope, outputs = bp.gradient(net, X, D), D.shape[1]
    np.testing.assert_allclose(O.detach().numpy(), bp.forward(net, X).O, rtol=1e-12)
    assert np.isclose(loss.item(), 2 / outputs * bp.error(bp.forward(net, X).O, D))
    for layer, weight, bias in zip(layers, (slope.w, slope.v), (slope.b, slope.c)):
        np.testing.assert_allclose(layer.weight.grad.numpy().T * outputs / 2, weight)
        np.testing.assert_allclose(layer.bias.grad.numpy() * outputs / 2, bias)
