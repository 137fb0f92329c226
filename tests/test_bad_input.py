"""What is no argument is refused by every public function of every idea: one ValueError
or TypeError that names the argument, what it was and what was expected.

The functions are found by looking, so that a new one is tried as it is: what it needs
is drawn by its model, or stands in GOOD.
"""

import importlib
import inspect
import pickle
import re
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import arguments
import backprop as bp
import depth
import examples
import flow
import gradcheck
import losses
import optimisers
import regularisation
import tricks
from book import Descent, Stepper, check, exercise, figure, source
from book.descent import heights, path, slope
from book.model import Model, models
from book.specimens import specimen, suspect

CODE = Path(bp.__file__).parent
IDEAS = sorted(p.stem for p in CODE.glob("*.py") if p.stem != "arguments")
NAN, INF = float("nan"), float("inf")

RNG = np.random.default_rng(0)
NET, X, D = examples.running()
N_h, H, N_o, O = bp.forward(NET, X)
DEEP = depth.network(RNG, (2, 3, 2))
DEEP_N, DEEP_H = depth.forward(DEEP, X)
ERRORS = {"w": 1e-9, "b": 0.0}
FEW = regularisation.few_digits(0, learn=20, held=10)

# What a call that is right looks like, where no model draws it: module -> function ->
# arguments. A function without arguments has nothing to refuse.
GOOD = {
    "alignment": {
        "angle": dict(net=NET, B=NET.v + 0.1, X=X, D=D),
        "train": dict(
            net=NET, X=X, D=D, way="feedback", eta=0.5, rng=RNG, epochs=1, batch=1
        ),
        "run": dict(way="frozen", seed=0, eta=4.0),
        "test_error": dict(way="frozen", seed=0, eta=4.0),
        "learning_error": dict(way="frozen", seed=0, eta=4.0),
    },
    "autodiff": {},
    "backprop": {
        "transfer_function": dict(name="tanh", alpha=1.0),
        "network": dict(rng=RNG, sizes=(2, 3, 2), f=bp.Tanh(), scale=1.0, dtype=float),
        "forward": dict(net=NET, X=X),
        "update": dict(net=NET, slope=bp.gradient(NET, X, D), eta=0.5),
        "steps": dict(net=NET, X=X, D=D, eta=0.5),
        "gradient": dict(net=NET, X=X, D=D),
        "train": dict(net=NET, X=X, D=D, eta=0.5, epochs=2, batch=1, rng=RNG),
        "Network": dict(w=NET.w, b=NET.b, v=NET.v, c=NET.c, f=NET.f),
        "Logistic": dict(alpha=1.0),
    },
    "counting": {
        "multiplications": dict(function=np.multiply, arrays=(X, X)),
        "pass_costs": dict(sizes=(2, 3, 2)),
        "gradient_costs": dict(sizes=(2, 3, 2)),
    },
    "depth": {
        "network": dict(rng=RNG, sizes=(2, 3, 2), f=bp.Tanh(), scale=1.0, dtype=float),
        "forward": dict(net=DEEP, X=X),
        "backward": dict(net=DEEP, N=DEEP_N, H=DEEP_H, D=D),
        "gradient": dict(net=DEEP, X=X, D=D),
        "update": dict(net=DEEP, slopes=depth.gradient(DEEP, X, D), eta=0.5),
        "train": dict(net=DEEP, X=X, D=D, eta=0.5, epochs=2, batch=1, rng=RNG),
        "Network": dict(layers=DEEP.layers, f=DEEP.f),
    },
    "digits": {},
    "examples": {},
    "fruit": {
        "fruits": dict(rng=RNG, n=5),
        "descent": dict(
            x=X[0], y=X[0], D=D[0], m=1.0, c=0.5, eta=0.1, steps=2
        ),
        "curvature": dict(x=X[0]),
        "steepest_curvature": dict(x=X[0]),
    },
    "flow": {"LeakyReLU": dict(a=0.01)},
    "gradcheck": {
        "slopes_by_nudging": dict(net=NET, X=X, D=D, size=1e-5, error=bp.error),
        "relative_error": dict(s=X, g=X),
        "gradient_check": dict(
            gradient=bp.gradient, net=NET, X=X, D=D, size=1e-5, error=bp.error
        ),
        "step_check": dict(
            train=bp.train, net=NET, X=X, D=D, eta=0.5, step=1, size=1e-5
        ),
        "failing": dict(errors=ERRORS, tolerance=1e-6),
    },
    "losses": {},
    "optimisers": {
        name: dict(
            rule=optimisers.powersign, slope=lambda p: p, theta=X, steps=2,
            decay=optimisers.linear_decay, schedule=optimisers.cosine_decay,
        )
        for name in ("descend", "walk")
    },
    "rules": {},
    "races": {
        "race": dict(name="cross-entropy, softmax", eta=2.0, seed=0, epochs=1),
        "deep_race": dict(name="one hidden layer", eta=0.3, seed=0, epochs=1),
        "calls": dict(name="one hidden layer", eta=0.3, seed=0, epochs=1),
        "delta_sizes": dict(name="tanh", seed=0),
        "spreads": dict(name="tanh", seed=0),
    },
    "racing": {
        "task": dict(seed=0, examples=64, epochs=1),
        "run": dict(rule=optimisers.adam, seed=0, fine=0.1, examples=64, epochs=1),
    },
    "tape": {},
    "throw": {
        "practise": dict(w=3.0, v=2.0, X=2.0, D=10.0, eta=0.01, tries=2),
    },
    "tricks": {
        "prepared": dict(inputs="scaled", learn=X, test=X),
        "split": dict(seed=0),
        "test_error": dict(name="recommended", seed=0, eta=0.01),
        "radial_run": dict(seed=0, eta=0.03, epochs=1),
        "Setting": dict(
            batch=1, shuffle=True, inputs="scaled", f=bp.Tanh(), target=1.0,
            spread=0.5, equal_rates=True, eta=0.01, hidden=3, epochs=1,
        ),
        "setting": dict(name="recommended"),
        "inputs_of": dict(sizes=(2, 3, 2)),
        "rates": dict(how=tricks.Setting(), sizes=(2, 3, 2)),
        "start": dict(how=tricks.Setting(), rng=RNG, sizes=(2, 3, 2)),
        "wanted": dict(how=tricks.Setting(), classes=np.arange(3.0)),
        "run": dict(how=tricks.Setting(epochs=1, batch=None), seed=0),
    },
    "regularisation": {
        "few_digits": dict(seed=0, wrong=0.2, learn=20, held=10),
        "curves": dict(
            digits=FEW, seed=0, decay=0.01, eta=0.1, epochs=1, batch=5, hidden=3
        ),
    },
}  # fmt: skip
# Records and a number that remembers: they hold what they are given.
HOLDERS = (
    "backprop.Forward backprop.Gradient backprop.Pass backprop.Step depth.Layer "
    "backprop.Tanh backprop.ReLU backprop.Identity tricks.StretchedTanh "
    "races.Curves races.Deep races.DeepNet racing.Result tricks.Run "
    "regularisation.Digits regularisation.Curves tape.Value autodiff.Value"
).split()

# What may be what others may not, each with the reason.
ALLOWED = {
    "nothing": {
        "batch": "all at once", "rng of train": "no shuffling", "decay": "no decay",
        "schedule": "a constant rate",
        "dtype": "float", "spread": "by the inputs of a unit",
    },
    "nan inf -inf empty flat deep longer": {
        "s of relative_error": "is far", "g of relative_error": "is far",
    },
    "longer": {
        "learn": "as many as there are", "test": "as many", "N_h of hidden": "as ever",
        "N_o of output": "as many", "N of softmax": "as many",
        "X of forward": "as many",
        "N of log_sum_exp": "as many", "x of curvature": "as many",
        "X of net_hidden": "as many", "H of net_output": "as many",
        "X of net_first": "as many", "G of net_second": "as many",
        "w of Network": "inputs as many",
        "delta_o of slope_c": "as many", "delta_h of slope_b": "as many",
        "x of steepest_curvature": "as many", "arrays": "as many",
        "theta of descend": "as many", "theta of walk": "as many",
        "N_h of growth": "as many", "N_h of mean": "as many", "g of length": "as many",
        "g of clip": "as many",
        "X of curvature": "as many", "w of penalty": "as many",
        "curvature of share_with_decay": "as many",
        "curvature of share_when_stopped": "as many", "classes of wanted": "as many",
    },
    "deep flat": {"theta of descend": "any shape", "theta of walk": "any shape"},
    "deep flat empty": {"arrays": "whatever the function takes"},
    "true": {"theta": "1, as in arrays", "slope": "1, as in arrays",
             "lambda_ of bowl_step": "1, as in arrays"},
    "negative": {"u of slope_reciprocal": "a number"},
    "zero": {"seed": "a seed", "steps": "no step", "m": "level", "c": "level",
             "theta": "a number", "weight_decay": "none", "fine": "none",
             "mu": "no memory", "rho": "no memory", "beta": "no memory",
             "beta_1": "no memory", "beta_2": "no memory", "decay": "at its end",
             "spread": "all alike", "wrong": "none is"},
    "zero negative": {
        **dict.fromkeys("X w H v O D dE_dO dE_dv dE_dH dE_dw".split(), "of a throw"),
        "m": "falling", "c": "below",
        "slope": "uphill", "theta": "a number",
        "E_up": "a number", "E_down": "a number", "E": "a number", "R": "a number",
        "lambda_ of bowl_step": "a number",
        "a": "a number", "du": "falling", "dz": "falling", "outer": "falling",
        "z": "a number", "u of slope_square": "a number",
        "u of slope_product": "a number",
        "s": "a slope", "g": "a slope",
    },
}  # fmt: skip


def public(module):
    """(name, thing) of every public function and class that a module defines."""
    for name, thing in vars(module).items():
        own = getattr(thing, "__module__", "") == module.__name__
        if (
            own
            and name[0] != "_"
            and (inspect.isfunction(thing) or inspect.isclass(thing))
            and not (inspect.isclass(thing) and issubclass(thing, Exception))
        ):
            yield name, thing


def drawn(module):
    """Function -> arguments, for every equation, from what the models draw."""
    found = {}
    for model in models(module).values():
        instance = model.instance(seed=1)
        for carrier in model.carriers.values():
            name = carrier.function.__name__
            if carrier.owner is None and name not in GOOD[module.__name__]:
                parameters = inspect.signature(carrier.function).parameters
                found[name] = model._arguments(carrier, parameters, instance, {})
    return found


def tried():
    """(function, its right arguments) for all that is public and takes something."""
    for idea in IDEAS:
        module = importlib.import_module(idea)
        assert idea in GOOD, f"{idea} has no row in GOOD"
        known = drawn(module) | GOOD[idea]
        for name, thing in public(module):
            takes = inspect.signature(thing).parameters
            if takes and name != "draw" and f"{idea}.{name}" not in HOLDERS:
                yield pytest.param(thing, known.get(name), id=f"{idea}.{name}")


TRIED = list(tried())
each = pytest.mark.parametrize("function, good", TRIED)


def called(function, given):
    """What a call gives; the steps of a generator are all taken."""
    *rest, last = inspect.signature(function).parameters.values()
    if last.kind is inspect.Parameter.VAR_POSITIONAL:
        found = function(*(given[p.name] for p in rest), *given[last.name])
    else:
        found = function(**given)
    return list(found) if inspect.isgenerator(found) else found


def arrays(a):
    """Words -> an array that is none of the kind of a."""
    a = np.asarray(a, float)
    cut = a.copy()
    cut[(0,) * a.ndim] = NAN
    far = np.where(np.isnan(cut), INF, a)
    return {
        "nan": cut, "inf": far, "-inf": -far, "complex": a + 1j,
        "masked": np.ma.masked_array(a, a > 0), "empty": a[:0],
        "flat": a[0], "deep": a[None], "longer": np.concatenate([a, a[:1]]),
        "words": np.full(a.shape, "1"), "dates": a.astype("datetime64[s]"),
        "text": "abc", "nothing": None, "set": {1.0}, "ragged": [[1.0], [1.0, 2.0]],
    }  # fmt: skip


NUMBERS = {
    "nan": NAN, "inf": INF, "complex": 1j, "text": "1", "nothing": None, "list": [0.5],
    "array": np.ones(2), "true": True, "too large": 10**400, "zero": 0.0,
    "negative": -0.5, "date": np.datetime64(1, "s"),
}  # fmt: skip
COUNTS = {
    "fraction": 2.5, "float": 2.0, "true": True, "numpy's true": np.True_, "inf": INF,
    "nan": NAN, "negative": -1, "zero": 0, "text": "3", "too large": 10**400,
    "nothing": None, "list": [2], "complex": 2j,
}  # fmt: skip
OBJECTS = {"nothing": None, "number": 3, "text": "net", "class": bp.ReLU, "list": [1]}
SIZES = {
    "nothing": None, "number": 3, "text": "2-3", "one": (2,), "empty": (),
    "float": (2, 2.0, 2), "true": (2, True, 2), "zero": (2, 0, 2), "less": (2, -1, 2),
    "words": ("2", "3", "2"), "too large": (2, 10**400, 2), "inf": (2, INF, 2),
    "nested": ((2, 3), 2, 2),
}  # fmt: skip


def wrong(name, value, good):
    """Words -> what that argument cannot be, by what it rightly is."""
    if name == "dtype":
        return {"int": int, "complex": complex, "text": "abc", "nothing": None}
    if name == "sizes":
        return SIZES
    if isinstance(value, (np.ndarray, np.floating)) and np.ndim(value):
        return arrays(value)
    if isinstance(value, bool):
        return {words: bad for words, bad in COUNTS.items() if words != "true"}
    if isinstance(value, (int, np.integer)):
        return COUNTS
    if isinstance(value, (float, np.floating)):
        return NUMBERS
    if isinstance(value, bp.Gradient):
        scalars = bp.Gradient(*(1.0 for _ in value))
        bare = OBJECTS | {"tuple": tuple(value), "scalars": scalars}
        return bare | {
            f"w {words}": value._replace(w=a) for words, a in arrays(value.w).items()
        }
    if isinstance(value, (list, tuple)) and name in ("N", "H", "arrays"):
        bare = {} if name == "arrays" else OBJECTS | {"short": value[:-1]}
        return bare | {
            words: [*value[:-1], a]
            for words, a in arrays(value[-1]).items()
        }  # fmt: skip
    if isinstance(value, regularisation.Digits):
        return OBJECTS | {"tuple": tuple(value)}
    if isinstance(value, (list, tuple)):  # Layers
        w, b = value[-1]
        bare = OBJECTS | {"empty of layers": (), "bare": (w, b), "text layers": ["abc"]}
        return bare | {
            f"w {words}": [*value[:-1], depth.Layer(a, b)]
            for words, a in arrays(w).items()
        }
    if name == "errors":
        named = {f"error {words}": {"w": e} for words, e in NUMBERS.items()}
        for words in "nan inf zero negative true".split() + ["too large"]:
            named.pop(f"error {words}")  # an error, if a bad one
        return OBJECTS | {"empty": {}} | named
    if isinstance(value, str):
        return {"unknown": "sigmoid", "nothing": None, "number": 3, "list": ["tanh"]}
    objects = dict(OBJECTS)
    if isinstance(value, (bp.Network, depth.Network)):
        objects["other network"] = DEEP if isinstance(value, bp.Network) else NET
    elif callable(value) and not hasattr(value, "slope"):
        objects.pop("class")  # can be called, as it should
    return objects


def allowed(words, name, function):
    for which, names in ALLOWED.items():
        if words in which.split() and (
            name in names or f"{name} of {function.__name__}" in names
        ):
            return True
    return False


def bytes_of(given):
    """Everything that a call could change; a function has nothing."""
    return pickle.dumps([v for v in given.values() if not inspect.isfunction(v)])


def test_every_function_and_class_of_every_idea_is_tried():
    untried = [case.id for case in TRIED if case.values[1] is None]
    assert not untried, f"what do these take? {untried}"
    assert len(TRIED) >= 60


@each
def test_a_call_that_is_right_goes_through_and_changes_nothing(function, good):
    slow = function.__name__ in ("test_error", "radial_run")
    before = bytes_of({k: v for k, v in good.items() if k != "rng"})
    if not slow:
        called(function, good)
    assert bytes_of({k: v for k, v in good.items() if k != "rng"}) == before


@each
@pytest.mark.timeout(60)
def test_what_is_no_argument_is_refused_by_name(function, good):
    before = bytes_of(good)
    faults = []
    for name, value in good.items():
        for words, bad in wrong(name, value, good).items():
            if allowed(words, name, function):
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    found = called(function, {**good, name: bad})
            except (ValueError, TypeError) as error:
                said = str(error)
                named = re.search(rf"\b{name}\b", said)
                clear = re.search(r"^\S+.* (is|has) .+; expected .+", said)
                if not (named and clear) or "\n" in said or len(said) > 500:
                    faults.append(f"{name} {words}: {said[:300]}")
            except Exception as error:
                faults.append(f"{name} {words}: {type(error).__name__}: {error}")
            else:
                faults.append(f"{name} {words}: taken, {str(found)[:60]!r}")
    assert not faults, "\n".join(faults)
    assert bytes_of(good) == before


# ---- a check that cannot be satisfied by nothing


def test_a_gradient_check_is_not_satisfied_by_what_is_no_number():
    for bad in NAN, INF, -INF, -1.0, 1e-5:
        assert gradcheck.failing({"w": bad, "b": 0.0}) == "w"
    gone = bp.Gradient(*(np.full_like(a, NAN) for a in (NET.w, NET.b, NET.v, NET.c)))
    errors = gradcheck.gradient_check(lambda *_: gone, NET, X, D)
    assert gradcheck.failing(errors) == "wbvc"
    assert gradcheck.relative_error(NET.w, NET.w * NAN) == 1.0


@pytest.mark.parametrize("size", [0, 0.0, 1e-300, NAN, -1e-5, INF])
def test_a_gradient_check_has_to_nudge(size):
    zero = lambda net, X, D: bp.Gradient(  # noqa: E731
        *(np.zeros_like(a) for a in (net.w, net.b, net.v, net.c))
    )
    with pytest.raises(ValueError, match=r"size is .*; expected"):
        gradcheck.gradient_check(zero, NET, X, D, size=size)


@pytest.mark.parametrize("E", [NAN, INF, None, np.ones(2), "small", 1j])
def test_an_error_is_one_finite_number(E):
    with pytest.raises(ValueError, match=r"error\(O, D\) is .*; expected"):
        gradcheck.gradient_check(bp.gradient, NET, X, D, error=lambda O, D: E)


def test_the_rules_that_a_reader_picks_by_name_are_the_guarded_ones():
    assert all(optimisers.RULES[n] is getattr(optimisers, n) for n in optimisers.RULES)


def test_an_idea_is_asked_at_its_own_door_only(monkeypatch):
    asked = []
    monkeypatch.setattr(arguments, "finite", lambda name, a: asked.append(name) or a)
    bp._pass(NET, X, D, moves=False)
    assert asked == []
    bp.slope_v(H, O)
    assert asked == ["H", "delta_o"]


# ---- what the cells of a chapter call

DRAWN = plt.figure()
plt.close(DRAWN)


def stepper(net=NET, X=X, D=D, eta=0.5, **shown):
    return Stepper("backprop", net=net, X=X, D=D, eta=eta, **shown)


DRAWS = {"draw": losses.draw, "labels": "eq-softmax"}
HELD = ["eq-hidden-delta h1"]
MACHINERY = [  # what is called, and the argument that its message names
    *((lambda b=b: check(b, 0.1), "label") for b in (None, 3, [], "eq-no", "")),
    *(
        (lambda b=b: check("eq-hidden-delta", b), "value")
        for b in (None, 1j, [[1], [1, 2]], {}, {1}, 10**400)
    ),
    (
        lambda: check("eq-hidden-delta", np.ma.masked_array([0.1, 0.2], [1, 0])),
        "value",
    ),
    *(
        (lambda b=b: check("eq-hidden-delta", 0.1, b), "unit")
        for b in (3, None, "zz", "h9", "h0", ["h1"], "o1")
    ),
    *((lambda b=b: check("eq-error", 1, model=b), "model") for b in (3, "no", [])),
    *((lambda b=b: check("eq-error", 1, net=b), "net") for b in (3, "no", DEEP)),
    *((lambda b=b: check("eq-error", 1, X=b), "X") for b in ("a", [[NAN, 1]], [])),
    *((lambda b=b: check("eq-update-v", 1, eta=b), "eta") for b in ("a", 0, NAN, 1j)),
    *(
        (lambda b=b: exercise(b), "asked")
        for b in (None, 3, [], [""], [3], [None], "eq-hidden h1")
    ),
    *((lambda b=b: exercise(HELD, given=b), "given") for b in (3, None, [3], "eq-a")),
    (lambda: exercise(["eq-no"]), "eq-no"),
    (lambda: exercise(["eq-hidden-delta h9"]), "eq-hidden-delta h9"),
    (lambda: exercise(HELD, 3), "net"),
    (lambda: exercise(HELD, NET, "x", D), "X"),
    (lambda: exercise(HELD, NET, X * NAN, D), "X"),
    (lambda: exercise(HELD, NET, X, D, eta=-1), "eta"),
    *((lambda b=b: figure(DRAWN, b), "alt") for b in (None, 3, "", " ")),
    *((lambda b=b: figure(b, "it"), "fig") for b in (None, 3, "fig")),
    *((lambda b=b: figure(DRAWN, "it", b), "caption") for b in (None, 3, "words")),
    *((lambda b=b: figure(DRAWN, "a", "c", b), "label") for b in (None, 3, "error")),
    (lambda: stepper(3), "net"),
    (lambda: Stepper(3), "model"),
    (lambda: Stepper("zz"), "model"),
    (lambda: stepper(X="x"), "X"),
    (lambda: stepper(D=[]), "D"),
    *((lambda b=b: stepper(eta=b), "eta") for b in (-1, "1", 1j, NAN)),
    *(
        (lambda b=b: stepper(phases=b), "phases")
        for b in ("forward", 3, ("zz",), (), [3])
    ),
    *((lambda b=b: stepper(view=b), "view") for b in (None, 3, "zz")),
    *((lambda b=b: stepper(ask=b), "ask") for b in (None, 3, "zz")),
    *((lambda b=b: stepper(compare=b), "compare") for b in (None, 3, "z")),
    *((lambda b=b: Descent(b, "adam"), "surface") for b in (None, 3, "zz", [])),
    *((lambda b=b: Descent("saddle", b), "rule") for b in (None, 3, "zz", [])),
    *((lambda b=b: Descent(eta=b), "eta") for b in ("zz", 0, NAN, [])),
    *((lambda b=b: path(b, "adam", (0, 1), 1.0), "surface") for b in (None, "zz")),
    *((lambda b=b: path("saddle", b, (0, 1), 1.0), "rule") for b in (None, "zz")),
    *(
        (lambda b=b: path("saddle", "adam", b, 1.0), "start")
        for b in (None, 3, "zz", (0, 1, 2), (0, NAN))
    ),
    *(
        (lambda b=b: path("saddle", "adam", (0, 1), b), "eta")
        for b in (None, "zz", NAN, 0, INF)
    ),
    *(
        (lambda b=b: path("saddle", "adam", (0, 1), 1.0, b), "steps")
        for b in (None, "3", 2.0, True, -1, INF, 10**400)
    ),
    *((lambda b=b: heights(b, 1, 2), "surface") for b in (None, 3, "zz")),
    *((lambda b=b: slope(b), "surface") for b in (None, 3, "zz")),
    *((lambda b=b: specimen(b), "specimen") for b in (None, 3, "zz")),
    *((lambda b=b: source(b), "source") for b in (None, 3, "zz", 1.5)),
    *((lambda b=b: suspect(b), "number") for b in (None, -1, "zz", 2.0, True)),
    *(
        (lambda k=k, b=b: Model(losses, "softmax", losses.BOTH | DRAWS | {k: b}), k)
        for k, bads in {
            "symbols": (None, 3, ["a"], {"zz": 3}),
            "indices": (None, "o", {"o": 3}),
            "draw": (None, "zz"),
            "rows": (None, "zz", ["N"], {"N": 1}),
            "functions": ("f", {"f": 3}, {3: (bp.Tanh,)}, {"f": ()}),
            "made": (
                "net", {"net": 3}, {"net": (3, "w")}, {"net": (bp.Network, "zz")},
                {"net": (bp.Network, 3)},
            ),
            "labels": (3, "eq-no"),
            "phases": (3, {"forward": "eq-no"}),
            "averages": ("a", {"a": 3}, {"a": ("w",)}, {"a": (1, 2)}),
        }.items()
        for b in bads
    ),
]  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("call, name", MACHINERY, ids=map(str, range(len(MACHINERY))))
def test_what_a_cell_cannot_mean_is_refused_by_name(call, name):
    with pytest.raises((ValueError, TypeError)) as refusal:
        call()
    said = str(refusal.value)
    assert name in said and "expected" in said and "\n" not in said


TRANSFER = bp.Logistic(), bp.Tanh(), bp.ReLU(), bp.Identity(), flow.LeakyReLU()


@pytest.mark.parametrize("f", TRANSFER, ids=lambda f: f.name)
def test_a_transfer_function_takes_numbers_in_any_form_and_refuses_the_rest(f):
    for asked in f, f.slope:
        expected = asked(np.array([1.0, 2.0]))
        np.testing.assert_array_equal(asked([1, 2]), expected)
        assert asked(1.0) == expected[0] and asked(np.float64(2)) == expected[1]
        for bad in None, "abc", 1j, {1.0}, [[1.0], [1.0, 2.0]]:
            with pytest.raises(ValueError, match="^N is .*; expected an array of num"):
                asked(bad)
