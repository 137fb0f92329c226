"""The engine of trees in JavaScript computes what the trees in Python say.

Each kind of tree is tried by itself, with its slope. Then every model of the book and
of tests/models is drawn 500 times with members between 0.1 and 10 in size, and each
quantity agrees to 1e-12 of its largest member. The engine runs in the Chromium of the
other tests; Python evaluates all the instances side by side, a lane each.
"""

import json
from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import pytest

import backprop
from book import model
from book.trees import Law, Laws, Setting, World
from conftest import ROOT

ENGINE = (ROOT / "code" / "book" / "engine.js").read_text("utf-8")
MODULES = "backprop fruit losses optimisers rules".split() + [
    "models." + path.stem for path in sorted((ROOT / "tests" / "models").glob("*.py"))
]
MODELS = [m for name in MODULES for m in model.models(name).values()]
INSTANCES = 500
RELATIVE = 1e-12
LARGEST = {"relaxation": 1.0}  # strong weights have no one place of rest
# What is a small difference of large numbers, to 1e-12 of the largest that is given.
DIFFERENCES = {
    "eq-tanh-slope": "1 - tanh² where tanh is close to 1",
    "eq-twice-penalty": "a multiple of O - D, which may be close to each other",
}


class Members(np.random.Generator):
    """A Generator whose numbers around 0 are of any size from 0.1 to the largest."""

    def __init__(self, seed, largest=10.0):
        super().__init__(np.random.PCG64(seed))
        self.largest = largest

    def normal(self, loc=0.0, scale=1.0, size=None):
        sizes = np.exp(super().uniform(np.log(0.1), np.log(self.largest), size))
        return loc + scale * np.where(self.random(size) < 0.5, -1, 1) * sizes

    def uniform(self, low=0.0, high=1.0, size=None):
        around = low == -high
        return self.normal(size=size) if around else super().uniform(low, high, size)


def groups(m):
    """Random instances that have the same functions: (Instance, given) each, where
    given has what is given of the first example, by name."""
    found = defaultdict(list)
    for seed in range(INSTANCES):
        drawn = m.declaration["draw"](Members(seed, LARGEST.get(m.name, 10.0)))
        one = m.given(**drawn)
        given = {name: value[..., 0] for name, value in one.world.values.items()}
        found[str(one.functions)].append((one, given))
    return found.values()


def plain(one, given):
    """What is given, as the engine takes it."""
    said = one.world.setting
    functions = {
        letter: {"name": type(f).__name__, **said.functions[letter][2]}
        for letter, f in one.functions.items()
    }
    counted = {k: v for k, v in said.ranges.items() if k not in said.from_one}
    values = {name: value.tolist() for name, value in given.items()}
    return values | {"functions": functions, "ranges": counted}


def expected(m, group):
    """label or name -> its value for every instance of a group, along the last axis."""
    first = group[0][0]
    values = {n: np.stack([given[n] for _, given in group], -1) for n in group[0][1]}
    world = World(values, first.world.setting, len(group))
    both = SimpleNamespace(world=world)
    said = {}
    for label, equation in m.equations.items():
        if m.holds_for(label, first):
            before = m.before(label, both) if equation.relation != "=" else world
            said[label] = before.table(equation.rhs, equation.letters)
    if m.name == "twice":  # a slope of a slope is found to 1e-9 alone by nudging
        second = np.stack([exact(m, world.lane(k)) for k in range(len(group))], -1)
        penalty = np.einsum("jn,jihn->ihn", said["eq-twice-slope"], second)
        said |= {"eq-twice-second": second, "eq-twice-slope-penalty": penalty}
    for name in set(world.setting.laws) - {e.name for e in m.equations.values()}:
        said[name] = world.value(name)
    return {k: np.broadcast_to(v, (*v.shape[:-1], len(group))) for k, v in said.items()}


class Tanh(backprop.Tanh):
    """One whose slope keeps its digits where tanh is close to 1."""

    def slope(self, N):
        return 1 / np.cosh(N) ** 2


def exact(m, lane):
    """How each weight changes each slope, by the function that tests the model."""
    x, O, D, N = (lane.value(name).T for name in ("x", "O", "D", "N"))
    v, w = (lane.value(name)[..., 0] for name in "vw")
    return m.module.second(x, O, D, N, v, w, Tanh())[0]


COMPUTE = """async ([source, model, instances]) => {
  const blob = new Blob([source], { type: "text/javascript" });
  const { computed } = await import(URL.createObjectURL(blob));
  return JSON.stringify(instances.map((given) => {
    const world = computed(model, given);
    const labelled = world.results.map(({ label, value }) => [label, value]);
    const named = Object.keys(world.laws).map((name) => [name, world.value(name)]);
    return Object.fromEntries([...labelled, ...named]);
  }));
}"""


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("m", MODELS, ids=lambda m: m.full_name)
def test_the_engine_computes_what_python_computes(m, page):
    data = json.loads(json.dumps(m.data()))
    for group in groups(m):
        given = [plain(*one) for one in group]
        got = json.loads(page.evaluate(COMPUTE, [ENGINE, data, given]))
        sizes = [max(np.abs(value).max() for value in one.values()) for _, one in group]
        for name, right in expected(m, group).items():
            ours = np.stack([np.array(one[name], float) for one in got], -1)
            assert ours.shape == right.shape, name
            axes = tuple(range(right.ndim - 1))
            largest = np.abs(right).max(axis=axes, initial=0.0)
            largest = np.maximum(largest, sizes) if name in DIFFERENCES else largest
            off = np.abs(ours - right).max(axis=axes, initial=0.0)
            assert (off <= RELATIVE * largest).all(), (name, off, largest)


# ---- one kind of tree at a time


def x(unit="i"):
    return ("var", "x", unit)


def over(kind, body, *condition):
    return (kind, "i", body, *condition)


def pairs(condition):
    return over("sum", ("sum", "j", ("mul", x(), ("var", "x", "j")), condition))


NEXT = ("add", "i", ("num", "1"))
SQUARE = ("pow", x(), ("num", "2"))
KINDS = [
    over("sum", ("call", name, argument))
    for name, argument in {
        "exp": x(), "log": SQUARE, "sqrt": SQUARE, "tanh": x(), "sin": x(), "cos": x(),
        "abs": x(), "sign": x(),
    }.items()
] + [
    over("sum", ("call", "max", x(), ("num", "0.5"))),
    over("sum", ("call", "min", ("num", "0.5"), x())),
    over("sum", ("mul", x(), ("gt", x(), ("num", "0")))),
    over("sum", ("pow", SQUARE, x())),
    over("sum", ("frac", ("neg", x()), ("sub", ("num", "5"), x()))),
    over("sum", ("call", "f'", ("mul", x(), ("var", "alpha")))),
    over("prod", x()),
    over("most", ("neg", x())),
    over("sum", x(), ("from", ("num", "2"), ("num", "3"))),
    over("sum", x(), ("from", ("num", "0"), ("num", "1"))),
    over("sum", ("mul", x(), ("var", "x", NEXT))),
    over("sum", ("mul", x(), ("var", "x", ("sub", "i", ("num", "1"))))),
    over("sum", ("mul", x(), ("var", "x", ("mul", ("var", "stride"), "i")))),
    ("mul", x("i1"), x("i1"), x("i0")),
    ("norm", ("arr", "x")),
    ("norm", ("odot", ("arr", "x"), ("arr", "x"))),
    ("states", "s", over("sum", ("mul", x(), ("var", "s")))),
    ("mean", over("sum", ("mul", x(), ("var", "s"))), ""),
    *(pairs((kind, "i", "j")) for kind in "lt le gt ge ne eq".split()),
]  # fmt: skip
FUNCTION = (
    "call",
    "tanh",
    ("mul", ("var", "steep"), ("pow", ("var", "N"), ("num", "3"))),
)
WEIGHT = ("call", "exp", ("mul", ("var", "s"), ("var", "alpha")))
SMALL = {
    "symbols": {
        "x": {"letters": ["i"], "kinds": ["units"]}, "s": {"letters": [], "kinds": []},
    },
    "indices": {"i": "units", "j": "units"},
    "equations": [],
    "laws": [{"equations": [["weight", [], WEIGHT]]}],
    "functions": {"f": {"Own": {"argument": "N", "tree": FUNCTION}}},
    "states": {"s": [-1, 1]},
    "averages": {"": ["weight", ["s"]]},
    "outside": {"x": 0},
}  # fmt: skip
EVALUATE = """async ([source, model, given, trees]) => {
  const blob = new Blob([source], { type: "text/javascript" });
  const { computed, evaluate } = await import(URL.createObjectURL(blob));
  const added = trees.map((t, k) => ({ equations: [[`y${k}`, [], t]] }));
  const laws = [...model.laws, ...added];
  const world = computed({ ...model, laws }, given);
  return trees.map((t, k) => {
    try {
      const slope = ["d", ["var", `y${k}`], ["var", "x", "i"]];
      const slopes = given.x.map((_, i) => evaluate(slope, world, { i }));
      return [evaluate(t, world), ...slopes];
    } catch (error) {
      return error.message;
    }
  });
}"""
GIVEN = {"x": [0.7, -1.3, 2.1], "alpha": 0.4, "stride": 2, "s": 1}


def in_the_engine(page, trees, **changes):
    given = GIVEN | {"functions": {"f": {"name": "Own", "steep": 1.5}}}
    return page.evaluate(EVALUATE, [ENGINE, SMALL | changes, given, trees])


def test_each_kind_of_tree_and_its_slope_are_what_python_computes(page):
    named = [Law(((f"y{k}", (), tree),)) for k, tree in enumerate(KINDS)]
    laws = Laws(
        [*named, Law((("weight", (), WEIGHT),))],
        {"x": 0}, {"s": (-1, 1)}, {"": ("weight", ("s",))},
    )  # fmt: skip
    setting = Setting(
        laws, {"i": (0, 3), "j": (0, 3)}, {}, {"f": ("N", FUNCTION, {"steep": 1.5})},
        frozenset("ij"),
    )  # fmt: skip
    values = {name: np.array(value, float)[..., None] for name, value in GIVEN.items()}
    for k, (tree, ours) in enumerate(
        zip(KINDS, in_the_engine(page, KINDS), strict=True)
    ):
        world = World(dict(values), setting)
        right = [float(world.value(f"y{k}")[0])]
        right += world.table(("d", ("var", f"y{k}"), x()), ("i",))[:, 0].tolist()
        # The slope of f' is that of a slope: Python finds it by differences.
        precise = 1e-8 if "f'" in str(tree) else 1e-12
        assert ours == pytest.approx(right, rel=precise, abs=1e-15), tree


REFUSED = [
    (("var", "z"), "z has no value here"),
    (("var", "x", "k"), "the index k is neither summed nor on the left side"),
    (("sum", "k", ("num", "1")), "the index k runs over nothing that is known here"),
    (("var", "x"), "x has 1 indices here; found 0"),
    (over("sum", ("var", "x", NEXT)), "x is read at 3 of its index 1, outside 0 to 2"),
    (
        over("sum", x(), ("from", ("num", "1"), ("num", "4"))),
        "the index i goes from 1 to 4",
    ),
    (("var", "x", ("var", "alpha")), "alpha is 0.4; expected a whole number"),
    (("call", "sinh", ("num", "1")), "the function sinh is not known"),
    (("T", ("arr", "x")), "a tree of the kind T is not known"),
]


def test_what_has_no_value_is_refused_by_name_and_place(page):
    said = in_the_engine(page, [tree for tree, _ in REFUSED], outside={})
    for (tree, message), found in zip(REFUSED, said, strict=True):
        assert isinstance(found, str) and found.startswith(message), (tree, found)


def test_what_is_computed_from_itself_is_refused(page):
    circle = [
        {"equations": [["a", [], ["var", "b"]]]},
        {"equations": [["b", [], ["var", "a"]]]},
    ]
    (found,) = in_the_engine(page, [("var", "a")], laws=circle)
    assert found == "a is computed from itself"
