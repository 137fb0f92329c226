"""The notation page names every symbol, and PyTorch's conventions are as it says."""

import json
import re
from pathlib import Path

import numpy as np
import peers

import backprop as bp
from book import equations as eq

CELLS = json.loads(
    (Path(__file__).resolve().parent.parent / "back" / "notation.ipynb").read_text("utf-8")
)["cells"]
ROWS = [
    line.split("|")[1:-1]
    for cell in CELLS
    if cell["cell_type"] == "markdown"
    for line in "".join(cell["source"]).splitlines()
    if line.count("|") == 6 and "{eq}" in line
]
IN_CODE = {re.sub(r"[`(].*", "", row[3].strip(" `")) for row in ROWS}


def test_every_quantity_of_a_pass_is_in_the_table():
    net = bp.network(np.random.default_rng(0), (3, 4, 2))
    X, D = np.ones((5, 3)), np.ones((5, 2))
    names = {step.name for step in bp.steps(net, X, D)}
    assert names | {"X", "D", "alpha", "eta", "n"} <= IN_CODE


def test_the_table_gives_the_real_sizes():
    net = bp.network(np.random.default_rng(0), (3, 4, 2))
    X, D = np.ones((5, 3)), np.ones((5, 2))
    found = {step.name: step.value for step in bp.steps(net, X, D)} | {"X": X, "D": D}
    sizes = {"n": 5, "inputs": 3, "hidden": 4, "outputs": 2}
    for row in ROWS:
        name, size = row[3].strip(" `"), row[2].replace("$", "").strip()
        if size.startswith("("):
            expected = tuple(sizes[word] for word in re.findall(r"\w+", size))
            assert found[name].shape == expected, name


def test_every_equation_named_in_the_table_has_the_symbol():
    for row in ROWS:
        label = re.search(r"`(eq-[\w-]+)`", row[4])[1]
        if label.startswith("eq-matrix"):
            continue
        name = row[3].strip(" `")
        used = set(re.findall(r"'(\w+'?)'", str(eq.registry()[label])))
        alone = {"f(N)": "f", "f.slope(N)": "f'", "=": "v"}.get(name, name)
        assert alone in used or eq.registry()[label].name == alone, (name, label)


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
