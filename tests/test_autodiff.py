"""The tape in fifteen lines, and the Value that grew from it."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import autodiff
import backprop as bp
import examples
import peers
import tape
from autodiff import Value

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "chapters" / "09-universal-backprop.ipynb"


def relative(a, b):
    scale = np.max(np.abs(a)) + np.max(np.abs(b))
    return 0.0 if scale == 0 else np.max(np.abs(np.subtract(a, b))) / scale


def nudged(E, arrays, k, size=1e-6):
    """The slope of E(*arrays) by every number of arrays[k], by central differences."""
    slope = np.zeros_like(arrays[k])
    for place in np.ndindex(slope.shape):
        ends = []
        for sign in 1, -1:
            moved = [np.array(a) for a in arrays]
            moved[k][place] += sign * size
            ends.append(E(*moved))
        slope[place] = (ends[0] - ends[1]) / (2 * size)
    return slope


# ---- the tape


def plain_lines(path):
    """Lines of code: without imports, docstrings, comments and blanks."""
    source = path.read_text()
    left_out = set()
    for node in ast.parse(source).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            left_out |= set(range(node.lineno, node.end_lineno + 1))
    return [
        line
        for number, line in enumerate(source.splitlines(), 1)
        if number not in left_out and line.strip() and not line.strip().startswith("#")
    ]


def test_the_tape_is_at_most_fifteen_plain_lines():
    lines = plain_lines(ROOT / "code" / "tape.py")
    assert len(lines) <= 15
    assert all(len(line) <= 88 and ";" not in line for line in lines)
    # One statement a line: nothing hides behind a colon.
    for node in ast.walk(ast.parse("\n".join(lines))):
        body = getattr(node, "body", None)
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.For, ast.If)):
            assert body[0].lineno > node.lineno


OPERATIONS = {
    "add": (np.add, 2),
    "subtract": (np.subtract, 2),
    "multiply": (np.multiply, 2),
    "divide": (np.divide, 2),
    "power": (np.power, 2),
    "maximum": (np.maximum, 2),
    "negative": (np.negative, 1),
    "square": (np.square, 1),
    "sqrt": (np.sqrt, 1),
    "exp": (np.exp, 1),
    "log": (np.log, 1),
    "sin": (np.sin, 1),
    "cos": (np.cos, 1),
    "tanh": (np.tanh, 1),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_tape_differentiates_a_dozen_operations(name):
    f, many = OPERATIONS[name]
    rng = np.random.default_rng(0)
    for _ in range(20):
        numbers = rng.uniform(0.3, 2, many)
        tape.tape.clear()
        values = [tape.Value(x) for x in numbers]
        f(*values)
        tape.backward()
        slopes = [nudged(f, list(map(np.array, numbers)), k) for k in range(many)]
        assert np.allclose([a.grad for a in values], slopes, atol=1e-8)


def test_the_tape_gives_the_gradient_of_the_network():
    for f, g in (
        (bp.Logistic(), lambda N: 1 / (1 + np.exp(-N))),
        (bp.Tanh(), np.tanh),
        (bp.ReLU(), lambda N: np.maximum(0, N)),
    ):
        net = bp.network(np.random.default_rng(1), (3, 4, 2), f)
        X, D = np.array([[0.2, -0.7, 0.4]]), np.array([[0.9, 0.3]])
        tape.tape.clear()
        w, b, v, c = (
            np.vectorize(tape.Value, otypes=[object])(a)
            for a in (net.w, net.b, net.v, net.c)
        )
        H = [g(N) for N in X[0] @ w + b]
        O = [g(N) for N in H @ v + c]
        sum(0.5 * (d - o) ** 2 for d, o in zip(D[0], O))
        tape.backward()
        slope = bp.gradient(net, X, D)
        for values, wanted in zip((w, b, v, c), slope):
            found = np.vectorize(lambda a: a.grad)(values)
            assert np.max(np.abs(found - wanted)) < 1e-12


def test_the_way_back_costs_at_most_four_times_the_way_there():
    tape.tape.clear()
    x = tape.Value(0.7)
    for _ in range(10):
        x = np.tanh(x * x + 0.5) / 2.0
    there = len(tape.tape)
    back = sum(2 * len(args) for _, args, _ in tape.tape)  # a product and a sum each
    assert back <= 4 * there
    tape.tape.clear()


# ---- the numbers every such engine is asked for


def sanity(x):
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    return h + q + q * x


def more(a, b):
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g


def test_value_gives_the_known_numbers():
    x = Value(-4.0)
    y = sanity(x)
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)
    a, b = Value(-4.0), Value(2.0)
    g = more(a, b)
    g.backward()
    assert g.data == pytest.approx(24.70408163265306, rel=1e-14)
    assert a.grad == pytest.approx(138.83381924198252, rel=1e-14)
    assert b.grad == pytest.approx(645.5772594752186, rel=1e-14)


def test_value_gives_the_known_numbers_of_pytorch():
    t = peers.torch()
    for function, starts in ((sanity, (-4.0,)), (more, (-4.0, 2.0))):
        ours = [Value(x) for x in starts]
        theirs = [t.tensor(x, dtype=t.double, requires_grad=True) for x in starts]
        y, y_torch = function(*ours), function(*theirs)
        y.backward(), y_torch.backward()
        assert abs(y.data - y_torch.item()) < 1e-9
        for x, x_torch in zip(ours, theirs):
            assert abs(x.grad - x_torch.grad.item()) < 1e-9


def test_the_slope_of_relu_at_its_kink_is_that_of_backprop():
    z = Value(np.array([-1.0, 0.0, 1.0]))
    z.relu().sum().backward()
    np.testing.assert_array_equal(z.grad, bp.ReLU().slope(np.array([-1.0, 0.0, 1.0])))


# ---- one row per rule: what is computed, and the shapes it is computed from

ROWS = {
    "add": (lambda a, b: a + b, (3, 4), (4,)),
    "subtract": (lambda a, b: a - b, (3, 1), (1, 4)),
    "multiply": (lambda a, b: a * b, (2, 3, 1), (3, 4)),
    "divide": (lambda a, b: a / b, (), (3, 2)),
    "matmul": (lambda a, b: a @ b, (3, 4), (4, 2)),
    "negative": (lambda a: -a, (3,)),
    "power": (lambda a: a**3, (2, 3)),
    "relu": (lambda a: (a - 1).relu(), (4, 5)),
    "exp": (lambda a: a.exp(), (4,)),
    "log": (lambda a: a.log(), (2, 2)),
    "tanh": (lambda a: a.tanh(), (3,)),
    "logistic": (lambda a: a.logistic(), (3,)),
    "sum": (lambda a: a.sum(0), (3, 4)),
    "reshape": (lambda a: a.reshape((2, 6)), (3, 4)),
    "T": (lambda a: a.T, (3, 4)),
    "getitem": (lambda a: a[[0, 1, 1, 2], [0, 3, 3, 1]], (3, 4)),
}
MORE_ROWS = {
    "matrix times vector": (lambda a, b: a @ b, (3, 4), (4,)),
    "vector times matrix": (lambda a, b: a @ b, (4,), (4, 3)),
    "vector times vector": (lambda a, b: a @ b, (4,), (4,)),
    "stacks of matrices": (lambda a, b: a @ b, (5, 3, 4), (4, 2)),
    "a power of -2": (lambda a: a**-2, (3,)),
    "a power of ½": (lambda a: a**0.5, (3,)),
    "mean": (lambda a: a.mean(1), (3, 4)),
    "softmax": (lambda a: a.exp() / a.exp().sum(1).reshape((3, 1)), (3, 4)),
    "numbers on the left": (lambda a: 2 - 3 / (1 + a), (3,)),
    "arrays on the left": (lambda a: np.arange(3.0) * a - np.ones((3, 3)) @ a, (3,)),
    "a slice": (lambda a: a[1:, ::2], (3, 4)),
}


def as_numbers(f):
    """f summed with unequal weights, of plain arrays: every result place matters."""

    def number(*arrays):
        y = f(*map(Value, arrays)).data
        return float(np.sum(y * np.cos(np.arange(np.size(y)).reshape(np.shape(y)))))

    return number


@pytest.mark.parametrize("name", [*ROWS, *MORE_ROWS])
def test_every_rule_is_the_slope_found_by_nudging(name):
    f, *shapes = (ROWS | MORE_ROWS)[name]
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.5, 2, shape) for shape in shapes]
    values = [Value(a) for a in arrays]
    y = f(*values)
    (y * np.cos(np.arange(np.size(y.data)).reshape(y.shape))).sum().backward()
    for k, value in enumerate(values):
        assert np.shape(value.grad) == arrays[k].shape
        assert relative(value.grad, nudged(as_numbers(f), arrays, k)) < 1e-8


def test_every_rule_has_a_row():
    assert set(ROWS) == set(autodiff.RULES)


@pytest.mark.parametrize("name", [*ROWS, *MORE_ROWS])
def test_every_rule_agrees_with_pytorch(name):
    t = peers.torch()
    t.Tensor.logistic = t.Tensor.sigmoid
    f, *shapes = (ROWS | MORE_ROWS)[name]
    if name == "arrays on the left":
        ones, counts = t.ones(3, 3), t.arange(3.0)
        f_torch = lambda a: counts * a - ones @ a  # noqa: E731
    else:
        f_torch = f
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.5, 2, shape) for shape in shapes]
    ours = [Value(a) for a in arrays]
    theirs = [t.tensor(a, requires_grad=True) for a in arrays]
    y, y_torch = f(*ours), f_torch(*theirs)
    assert relative(y.data, y_torch.detach().numpy()) < 1e-12
    y.sum().backward(), y_torch.sum().backward()
    for x, x_torch in zip(ours, theirs):
        assert relative(x.grad, x_torch.grad.numpy()) < 1e-12


# ---- what goes wrong elsewhere


def test_fan_out_accumulates():
    x = Value(3.0)
    (x * x + x).backward()
    assert x.grad == 7
    x = Value(3.0)
    (x + x).backward()
    assert x.grad == 2


def test_a_second_backward_starts_afresh():
    x = Value([1.0, 2.0])
    y = (x * x).sum()
    y.backward(), y.backward()
    assert x.grad.tolist() == [2, 4]


def test_changing_in_place_is_refused_with_a_reason():
    x = Value([1.0, 2.0])
    y = x.exp()
    with pytest.raises(TypeError, match="cannot be changed in place"):
        y[0] = 5
    with pytest.raises(ValueError, match="cannot be changed in place"):
        y.data = [5.0, 5.0]
    with pytest.raises(ValueError, match="read-only"):
        y.data[0] = 5
    with pytest.raises(ValueError, match="read-only"):
        x.data += 5


def test_a_callers_array_changed_later_changes_nothing():
    a = np.array([1.0, 2.0])
    x = Value(a)
    y = (x * x).sum()
    a[:] = 100
    y.backward()
    assert x.grad.tolist() == [2, 4]


def test_a_parameter_given_new_data_does_not_disturb_the_way_back():
    x = Value(3.0)
    y = x * x
    x.data = 100.0
    y.backward()
    assert x.grad == 6


def test_backward_asks_for_one_number():
    with pytest.raises(ValueError, match=r"shape \(2,\).*sum"):
        (Value([1.0, 2.0]) * 2).backward()


def test_float32_stays_float32():
    x = Value(np.ones((2, 3), np.float32))
    y = (2 - (x @ np.ones((3, 2), np.float32)).tanh() / 3).mean()
    y.backward()
    assert y.data.dtype == x.grad.dtype == np.float32


def test_a_long_chain_needs_no_deep_recursion():
    x = Value(1.0)
    y = x
    for _ in range(50_000):
        y = y + 0.5
    y.backward()
    assert x.grad == 1


def test_value_trains_the_digits_with_the_losses_of_backprop():
    X, digit = load_digits(return_X_y=True)
    X, D = X / 16, np.eye(10)[digit]
    net = bp.network(np.random.default_rng(0), (64, 32, 10), scale=0.3)
    _, wanted = bp.train(net, X, D, eta=2.0, epochs=3, batch=32)
    w, b, v, c = (Value(a) for a in (net.w, net.b, net.v, net.c))
    found = np.zeros(3)
    for epoch in range(3):
        for start in range(0, len(X), 32):
            x, d = X[start : start + 32], D[start : start + 32]
            O = ((x @ w + b).logistic() @ v + c).logistic()
            E = 0.5 * ((d - O) ** 2).sum() / len(x)
            E.backward()
            found[epoch] += E.data * len(x) / len(X)
            for p in w, b, v, c:
                p.data = p.data - 2.0 * p.grad
    assert np.max(np.abs(found - wanted)) < 1e-9
    assert wanted[-1] < wanted[0]


def test_the_seed_example_gives_the_gradient_of_part_one():
    net, X, D = examples.running()
    w, b, v, c = (Value(a) for a in (net.w, net.b, net.v, net.c))
    O = ((X @ w + b).logistic() @ v + c).logistic()
    (0.5 * ((D - O) ** 2).sum()).backward()
    for value, slope in zip((w, b, v, c), bp.gradient(net, X, D)):
        assert np.max(np.abs(value.grad - slope)) < 1e-12


def test_autodiff_is_under_two_hundred_lines():
    assert len((ROOT / "code" / "autodiff.py").read_text().splitlines()) < 200


# ---- the two columns of chapter 09


def columns():
    """The texts of the two columns, as they are printed in the chapter."""
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and "**PyTorch**\n```python" in text:
            return re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    raise AssertionError("chapter 09 has no cell with the two columns")


def run_column(text):
    net, X, D = examples.running()
    names = {"net": net, "X": X, "D": D}
    exec(text, names)
    return names


def test_the_left_column_gives_the_gradient_of_backprop():
    left, right = columns()
    assert len(left.splitlines()) == len(right.splitlines())
    names = run_column(left)
    slope = bp.gradient(*examples.running())
    for name in "wbvc":
        assert np.max(np.abs(names[name].grad - getattr(slope, name))) < 1e-12


def test_the_two_columns_give_the_same_gradient():
    peers.torch()
    left, right = map(run_column, columns())
    for name in "wbvc":
        assert np.max(np.abs(left[name].grad - right[name].grad.numpy())) < 1e-12
    assert np.max(np.abs(left["w"].data - right["w"].detach().numpy())) < 1e-12


# ---- the number that remembers, as chapter 09 builds it


def board():
    """What each cell of the section "On the board" defines, without its examples."""
    within = False
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        text = "".join(cell["source"])
        if re.match(r"## ", text):
            within = text.startswith("## On the board")
        if within and cell["cell_type"] == "code" and "Graph(" not in text:
            yield text.split("\n\n\nlines.clear()")[0].split("\n\n\nbackward()")[0]


def built(wrong=False):
    """The names after the section; with the first, wrong way back in the end."""
    names = {"math": __import__("math")}
    parts = [part for part in board() if not part.startswith("lines.clear()")]
    for part in parts:
        exec(part, names)
    if wrong:
        exec(next(part for part in parts if "operand.grad = slope" in part), names)
    return names


def drawn_at_random(rng, given, steps):
    """A way to compute something of sums, products and tanh: (operation, which two)."""
    return [
        (rng.choice([*ON_THE_BOARD]), *rng.integers(0, given + k, 2))
        for k in range(steps)
    ]


ON_THE_BOARD = {
    "add": lambda u, v: u + v,
    "multiply": lambda u, v: u * v,
    "tanh": lambda u, v: u.tanh(),
}


def run(plan, numbers, kind):
    """Every number of the plan, each of that kind."""
    made = [kind(x) for x in numbers]
    for operation, j, k in plan:
        made.append(ON_THE_BOARD[operation](made[j], made[k]))
    return made


def slopes_of_the_board(names, plan, numbers):
    names["lines"].clear()
    made = run(plan, numbers, names["Value"])
    names["backward"]()
    return made[-1].data, [value.grad for value in made[: len(numbers)]]


def test_the_board_gives_the_slopes_of_autodiff_for_any_sums_and_products():
    rng, names = np.random.default_rng(3), built()
    for _ in range(50):
        plan, numbers = drawn_at_random(rng, 3, 6), rng.uniform(-1, 1, 3)
        end, found = slopes_of_the_board(names, plan, numbers)
        made = run(plan, numbers, Value)
        made[-1].backward()
        assert end == pytest.approx(float(made[-1].data), rel=1e-12)
        wanted = [float(value.grad) for value in made[:3]]
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)


def test_the_first_way_back_on_the_board_forgets_a_use():
    plan = [("add", 0, 0)]
    assert slopes_of_the_board(built(wrong=True), plan, [5.0])[1] == [1.0]
    assert slopes_of_the_board(built(), plan, [5.0])[1] == [2.0]


def test_handing_on_at_once_counts_a_road_twice():
    names = built()
    made = run([("add", 0, 0), ("add", 1, 1)], [1.0], names["Value"])
    made[-1].grad = 1.0
    names["hand_on"](made[-1])
    assert made[0].grad == 6


# ---- what is no number


@pytest.mark.parametrize("data", ["x", None, 1j, [None, 1.0], {1.0}, Value(1.0)])
def test_what_is_no_number_is_refused_by_name(data):
    for kind, wanted in ((Value, "an array of numbers"), (tape.Value, "a number")):
        with pytest.raises(ValueError, match=rf"^data is .+; expected {wanted}$"):
            kind(data)


def test_a_tape_takes_one_number_at_a_time():
    with pytest.raises(ValueError, match=r"data is \[1.0, 2.0\]; expected a number"):
        tape.Value([1.0, 2.0])
    with pytest.raises(ValueError, match=r"data is 'x'; expected an array of numbers"):
        Value(1.0) + "x"


def test_an_empty_tape_has_no_way_back():
    tape.tape.clear()
    with pytest.raises(ValueError, match="tape is empty; expected one at least"):
        tape.backward()


def test_a_history_begins_with_what_was_made_first_and_holds_each_once():
    x = Value(2.0)
    a = x * x
    y = a + a * x
    history = y.history()
    assert history[0] is x and history[1] is a and history[-1] is y
    assert len(history) == len({id(value) for value in history}) == 4
    operations = [value.operation for value in history]
    assert operations == ["", "multiply", "multiply", "add"]


# ---- the counts of chapter 09


def outputs():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return {
        "".join(cell["source"]): "".join(out.get("text", []))
        for cell in cells
        for out in cell.get("outputs", [])
    }


def test_roads_double_and_edges_do_not():
    source = next(text for text in outputs() if "def edges_and_roads" in text)
    names = {"np": np}
    exec(source.split("\n\n\n")[0], names)
    value = Value(1.0)
    for step in range(1, 13):
        value = value + value
        assert names["edges_and_roads"](value) == (2 * step, 2**step)

    def enumerated(value):  # every road, one by one
        if not value.operands:
            return 1
        return sum(enumerated(operand) for operand in value.operands)

    a = Value(2.0)
    b = a * a
    c = b + a
    end = c * b + c
    assert names["edges_and_roads"](end)[1] == enumerated(end)
