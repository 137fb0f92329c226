"""The mistakes people make when they write an equation as code: equations gone wrong.

    mistakes(label)                 the Mistakes of one equation, each a changed tree
    gives(label, instance, changes) what an equation gives if some have other trees
    wrong_values(label, instance)   id -> what each mistake gives

A mistake is the equation's own tree with one thing wrong, so it is evaluated like any
other equation, here and in the page. The equations of Part I have a list of their own,
KINDS, gathered from what learners write; those of any other model have what slips.py
makes of their trees, and some have one of BESIDE. Stepper, exercises and checker use
this one list. What mends a mistake is the line of code that computes the equation, read
from the source.
"""

import re
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from book import ideas, latex, trees
from book.slips import OLD, bound, slips
from book.trees import EquationError, nodes, replaced
from book.writing import text


class Mistake(NamedTuple):
    """One mistake in one equation: `tree` stands where its right side should.

    mend is the line of code that puts it right. With `square` the mistake needs a
    square array of that name: elsewhere the shapes would not fit, and it shows itself.
    With `only` it is a mistake about that transfer function.
    """

    id: str
    label: str
    tree: tuple
    name: str
    sentence: str
    mend: str
    square: str = ""
    only: str = ""

    def applies(self, instance):
        """Whether one could make this mistake unnoticed in that instance."""
        if self.square and len(set(instance.world.value(self.square).shape[:-1])) != 1:
            return False
        named = [getattr(f, "name", "") for f in instance.functions.values()]
        return not self.only or self.only in named


# ---- changing a tree


def without(tree, part):
    """The tree less a factor or a summand."""
    if not isinstance(tree, tuple):
        return tree
    kept = [without(inner, part) for inner in tree[1:] if inner != part]
    if tree[0] in ("mul", "add") and len(kept) == 1:
        return kept[0]
    return (tree[0], *kept)


def swapped(tree, name):
    """The tree with the two indices of an array the other way round."""
    if not isinstance(tree, tuple):
        return tree
    if tree[:2] == ("var", name):
        return ("var", name, *reversed(tree[2:]))
    return tuple(swapped(part, name) for part in tree)


def first_only(tree):
    """The tree with its sum left at the first term."""
    if not isinstance(tree, tuple):
        return tree
    if tree[0] == "sum":
        return bound(tree[2], tree[1], f"{tree[1]}1")
    return tuple(first_only(part) for part in tree)


def times(*factors):
    """A product of numbers, names and trees, flat."""
    return ("mul", *factors)


# Trees that the mistakes of Part I are made of.
def _trees(*texts):
    notation = ideas.model("backprop").notation
    return (latex.expression(tex, notation) for tex in texts)


X_i, H_h, v_ho, w_ih = _trees("X_i", "H_h", "v_{ho}", "w_{ih}")
N_h, N_o, O_o, b_h, c_o = _trees("N_h", "N_o", "O_o", "b_h", "c_o")
delta_o, delta_h, eta, half = _trees(r"\delta_o", r"\delta_h", r"\eta", r"\frac{1}{2}")
slope_h, slope_o, squared = _trees("f'(N_h)", "f'(N_o)", r"\frac{1}{2} (D_o - O_o)^2")
difference, backwards, updated_v = _trees(
    "O_o - D_o", "D_o - O_o", r"v_{ho} - \eta\, H_h\, \delta_o"
)
ONE, TWO = ("num", "1"), ("num", "2")
# Quantities of one layer read at the index of another: square arrays let it pass.
X_h, delta_o_at_h = ("var", "X", "h"), ("var", "delta_o", "h")


# ---- the list of Part I


@dataclass(frozen=True)
class Kind:
    """One way to go wrong, in each equation where it can be: label -> change of the
    right side. `said` has the sentence of an equation that its own does not fit."""

    id: str
    name: str
    sentence: str
    changes: dict
    square: str = ""
    only: str = ""
    mended_in: str = ""
    said: dict = field(default_factory=dict)


def _slope_at(N, inner):
    return lambda tree: replaced(tree, ("call", "f'", N), inner)


def _each(labels, change):
    return {f"eq-{label}": change for label in labels.split()}


def _update(change):
    """The change of the four updates; `change` gets the parameter and its slope."""
    return _each(
        "update-v update-c update-w update-b",
        lambda tree: change(tree[1], tree[2][2]),
    )


KINDS = [
    Kind(
        "no-bias",
        "The bias is left out",
        "A unit starts from its bias before it hears anything.",
        {
            "eq-net-hidden": lambda tree: without(tree, b_h),
            "eq-net-output": lambda tree: without(tree, c_o),
        },
    ),
    Kind(
        "bias-subtracted",
        "The bias is subtracted",
        "The bias is added; if it should pull down, it is negative itself.",
        {
            "eq-net-hidden": lambda tree: ("sub", tree[1], b_h),
            "eq-net-output": lambda tree: ("sub", tree[1], c_o),
        },
    ),
    Kind(
        "no-weights",
        "The weights are left out",
        "What passes a connection is multiplied by its weight, in both directions.",
        {
            "eq-net-hidden": lambda tree: replaced(tree, times(X_i, w_ih), X_i),
            "eq-net-output": lambda tree: replaced(tree, times(H_h, v_ho), H_h),
            "eq-hidden-delta": lambda tree: replaced(
                tree, times(v_ho, delta_o), delta_o
            ),
        },
    ),
    Kind(
        "first-only",
        "Only the first term of the sum is there",
        "All the connections count: add them up, do not overwrite or stop.",
        _each("net-hidden net-output error hidden-delta", first_only),
    ),
    Kind(
        "transposed-w",
        "The indices of w are swapped",
        "The first index is where a weight comes from: w[i, h], not w[h, i].",
        {"eq-net-hidden": lambda tree: swapped(tree, "w")},
        square="w",
    ),
    Kind(
        "transposed-v",
        "The indices of v are swapped",
        "The first index is where a weight comes from: v[h, o], not v[o, h].",
        {
            "eq-net-output": lambda tree: swapped(tree, "v"),
            "eq-hidden-delta": lambda tree: swapped(tree, "v"),
        },
        square="v",
    ),
    Kind(
        "transfer-too-soon",
        "That is already f(N)",
        "The net input is the sum alone; f comes in the next step.",
        _each("net-hidden net-output", lambda tree: ("call", "f", tree)),
    ),
    Kind(
        "net-sent",
        "The net input N is used where the output H should be",
        "What a unit sends on, and what a weight multiplies, is H = f(N).",
        _each("net-output slope-v", lambda tree: replaced(tree, H_h, N_h)),
    ),
    Kind(
        "wrong-layer",
        "The input of the wrong layer",
        "A weight multiplies what the layer before it sends: X for w, H for v.",
        {"eq-net-output": lambda tree: replaced(tree, H_h, X_h)},
        square="w",
    ),
    Kind(
        "no-transfer",
        "The transfer function is left out",
        "That is the net input itself; the unit sends f of it.",
        _each("hidden output", lambda tree: tree[2]),
    ),
    Kind(
        "slope-for-transfer",
        "That is the slope f′(N), not f(N)",
        "Forward the unit sends f(N); its slope is needed on the way back.",
        _each("hidden output", lambda tree: ("call", "f'", tree[2])),
    ),
    Kind(
        "sign-in-exponent",
        "The minus sign in the exponent is lost",
        "The exponent is −αN: a large net input must give an output near 1.",
        _each("hidden output", lambda tree: ("call", "f", ("neg", tree[2]))),
        only="logistic",
        mended_in="eq-logistic",
    ),
    Kind(
        "factor-two",
        "Twice as much: the ½ is missing",
        "E carries a ½, so that its slope has no factor 2.",
        {
            "eq-error": lambda tree: without(tree, half),
            "eq-output-delta": lambda tree: times(TWO, *tree[1:]),
        },
        mended_in="eq-error",
    ),
    Kind(
        "factor-half",
        "Half as much: the ½ stayed in the slope",
        "The slope of ½x² is x: the 2 of the square takes the ½ away.",
        {"eq-output-delta": lambda tree: times(half, *tree[1:])},
    ),
    Kind(
        "not-squared",
        "The differences are not squared",
        "Without the square, too high and too low cancel.",
        {
            "eq-error": lambda tree: times(half, ("sum", "o", backwards)),
        },
    ),
    Kind(
        "square-of-sum",
        "The sum is squared, not the differences",
        "Square each difference, then add.",
        {
            "eq-error": lambda tree: times(half, ("pow", ("sum", "o", backwards), TWO)),
        },
    ),
    Kind(
        "sign",
        "The sign is the other one",
        "A delta and a slope point uphill, the way E grows: O − D, not D − O.",
        _each(
            "output-delta slope-v slope-c hidden-delta slope-w slope-b "
            "central-difference",
            lambda tree: ("neg", tree),
        ),
        said={
            "eq-hidden-delta": "A delta points uphill, the way E grows: "
            "look at the sign of each v_ho and of each δ_o.",
            **_each(
                "slope-v slope-c slope-w slope-b",
                "A slope points uphill, the way E grows: "
                "the minus comes only with the update.",
            ),
            "eq-central-difference": "A slope points uphill, the way E grows: "
            "E after the nudge up less E after the nudge down, "
            "not the other way round.",
        },
    ),
    Kind(
        "one-nudge",
        "Divided by the nudge, not by twice the nudge",
        "From one side to the other the parameter moves by two nudges.",
        {"eq-central-difference": lambda tree: (*tree[:2], tree[2][2])},
    ),
    Kind(
        "not-divided",
        "That is how far E moves, not yet its slope",
        "A slope is the change in error for the change in the parameter: divide.",
        {"eq-central-difference": lambda tree: tree[1]},
    ),
    Kind(
        "no-slope-output",
        "The slope f′(N_o) is left out",
        "The difference is the slope by the output; f′ takes it to the net input.",
        {"eq-output-delta": lambda tree: without(tree, slope_o)},
    ),
    Kind(
        "no-difference",
        "The difference O − D is left out",
        "The slope f′ tells how far the output moves, the difference how wrong it is.",
        {"eq-output-delta": lambda tree: without(tree, difference)},
    ),
    Kind(
        "no-slope-hidden",
        "The slope f′(N_h) is left out",
        "The sum is the slope by the unit's output; f′ takes it to the net input.",
        {"eq-hidden-delta": lambda tree: without(tree, slope_h)},
    ),
    Kind(
        "slope-at-output",
        "The slope is taken at the output, f′(f(N))",
        "f′ wants the net input N. Only the short form αO(1 − O) takes the output.",
        {
            "eq-output-delta": _slope_at(N_o, ("call", "f'", O_o)),
            "eq-hidden-delta": _slope_at(N_h, ("call", "f'", H_h)),
        },
    ),
    Kind(
        "net-in-short-form",
        "The short form of f′ with N in it: N(1 − N)",
        "The short form of the slope is αf(N)(1 − f(N)): it takes the output.",
        {
            "eq-output-delta": _slope_at(
                N_o, times(("var", "alpha"), N_o, ("sub", ("num", "1"), N_o))
            ),
            "eq-hidden-delta": _slope_at(
                N_h, times(("var", "alpha"), N_h, ("sub", ("num", "1"), N_h))
            ),
        },
        only="logistic",
        mended_in="eq-logistic-slope",
    ),
    Kind(
        "logistic-slope",
        "The slope of the logistic function, O(1 − O), where f is tanh",
        "Each f has its own slope: that of tanh is 1 − f(N)².",
        {
            "eq-output-delta": _slope_at(N_o, times(O_o, ("sub", ("num", "1"), O_o))),
            "eq-hidden-delta": _slope_at(N_h, times(H_h, ("sub", ("num", "1"), H_h))),
        },
        only="tanh",
        mended_in="eq-tanh-slope",
    ),
    Kind(
        "transfer-for-slope",
        "f(N) where its slope f′(N) should be",
        "Backwards a unit passes on how much its output would change: f′, not f.",
        {
            "eq-output-delta": _slope_at(N_o, O_o),
            "eq-hidden-delta": _slope_at(N_h, H_h),
        },
    ),
    Kind(
        "error-for-difference",
        "The squared error where the difference should be",
        "The delta is a slope: the slope of ½(D − O)² by O is O − D.",
        {
            "eq-output-delta": lambda tree: replaced(tree, difference, squared),
        },
    ),
    Kind(
        "error-for-delta",
        "The error E_o where the delta should be",
        "What goes back is the slope of the error, δ_o, not the error.",
        _each(
            "slope-v slope-c hidden-delta",
            lambda tree: replaced(tree, delta_o, squared),
        ),
    ),
    Kind(
        "raw-difference",
        "The raw difference O − D where δ_o should be",
        "δ_o carries f′(N_o) too; what goes further back is δ_o.",
        _each(
            "slope-v slope-c hidden-delta",
            lambda tree: replaced(tree, delta_o, difference),
        ),
    ),
    Kind(
        "updated-v",
        "The updated v is used",
        "All deltas are computed with the weights of the forward pass; then v moves.",
        {"eq-hidden-delta": lambda tree: replaced(tree, v_ho, updated_v)},
    ),
    Kind(
        "transposed-slope",
        "The two factors come from each other's unit",
        "The slope by v_ho takes H_h, where the weight starts, and δ_o, where it ends.",
        {
            "eq-slope-v": lambda tree: times(("var", "H", "o"), delta_o_at_h),
        },
        square="v",
    ),
    Kind(
        "transposed-slope-w",
        "The two factors come from each other's unit",
        "The slope by w_ih takes X_i, where the weight starts, and δ_h, where it ends.",
        {
            "eq-slope-w": lambda tree: times(X_h, ("var", "delta_h", "i")),
        },
        square="w",
    ),
    Kind(
        "no-input",
        "What came in is left out",
        "A factor is missing, what came in over the weight: X_i for w, H_h for v.",
        {
            "eq-slope-v": lambda tree: without(tree, H_h),
            "eq-slope-w": lambda tree: without(tree, X_i),
        },
    ),
    Kind(
        "weight-for-input",
        "The parameter itself where its input should be",
        "The slope by a weight is what came in, not the weight; a bias has input 1.",
        {
            "eq-slope-v": lambda tree: replaced(tree, H_h, v_ho),
            "eq-slope-c": lambda tree: times(c_o, delta_o),
            "eq-slope-w": lambda tree: replaced(tree, X_i, w_ih),
            "eq-slope-b": lambda tree: times(b_h, delta_h),
        },
    ),
    Kind(
        "output-for-input",
        "The output of the unit it leads to, not what came in",
        "What came in over w is X; H is what went out.",
        {"eq-slope-w": lambda tree: replaced(tree, X_i, H_h)},
    ),
    Kind(
        "wrong-delta",
        "The delta of the wrong layer",
        "A weight takes the delta of the unit it leads to: δ_h for w, δ_o for v.",
        _each(
            "slope-w slope-b",
            lambda tree: replaced(tree, delta_h, delta_o_at_h),
        ),
        square="v",
    ),
    Kind(
        "bias-summed",
        "The slope of the bias is summed over the units",
        "Each unit has its own bias, with its own delta for a slope.",
        {
            "eq-slope-c": lambda tree: ("sum", "o", tree),
            "eq-slope-b": lambda tree: ("sum", "h", tree),
        },
    ),
    Kind(
        "eta-in-slope",
        "η is in the slope already",
        "The learning rate belongs to the update; the slope is E's own.",
        _each(
            "slope-v slope-c slope-w slope-b",
            lambda tree: times(eta, *(tree[1:] if tree[0] == "mul" else (tree,))),
        ),
    ),
    Kind(
        "added",
        "The slope is added, not subtracted",
        "The slope points uphill; to go down, subtract.",
        _update(lambda old, slope: ("add", old, times(eta, slope))),
    ),
    Kind(
        "no-eta",
        "The learning rate η is left out",
        "The slope is true only nearby: take a fraction η of it.",
        _update(lambda old, slope: ("sub", old, slope)),
    ),
    Kind(
        "change-only",
        "That is the change, not the new value",
        "The change is added to the old value: "
        "the parameter moves, it is not replaced.",
        _update(lambda old, slope: ("neg", times(eta, slope))),
    ),
    Kind(
        "not-updated",
        "It was not updated",
        "Every parameter moves, those of the first layer and the biases too.",
        _update(lambda old, slope: old),
    ),
]


# ---- beside the slips of later chapters


def _uncorrected(tree):
    """The tree with no mean divided by 1 − β^t."""
    if not isinstance(tree, tuple):
        return tree
    if tree[0] == "frac" and tree[2][:2] == ("sub", ONE) and tree[2][2][0] == "pow":
        return tree[1]
    return tuple(_uncorrected(part) for part in tree)


# What people do who know the chapters before: no slip of the equation's own tree.
BESIDE = [
    Kind(
        "slope-once-more",
        "f′(N_o) once more",
        "This error was made for this output: its slope cancels f′, "
        "and the difference is all that is left.",
        _each(
            "softmax-delta binary-delta",
            lambda tree: times(tree, O_o, ("sub", ONE, O_o)),
        ),
    ),
    Kind(
        "uncorrected",
        "Neither mean is corrected for its start at zero",
        "Both running means are divided by 1 − β^t before they are used.",
        _each("adam adamw", _uncorrected),
    ),
]


@cache
def mistakes(label, model=None):
    """The Mistakes of the equation with that label, in the model of that name if more
    than one has it. Each gives other numbers than the equation, and than the others.

    Raises ValueError if no model has the label.
    """
    model = ideas.model_of(label, model)
    found = changed(label, model, model.equations[label].rhs)
    return tuple(found if listed(label) else _telling(found, label, model))


def listed(label):
    """Has an equation its mistakes from the list of Part I?"""
    return any(label in kind.changes for kind in KINDS)


def changed(label, model, tree):
    """Mistakes made in a tree that is an equation's right side, right or not."""
    equation = replace(model.equations[label], rhs=tree)
    if not listed(label):
        for slip in slips(equation, model):
            yield Mistake(
                slip.id, label, slip.tree, slip.name, slip.sentence, equation.code,
                slip.square,
            )  # fmt: skip
    for kind in KINDS + BESIDE:
        if label not in kind.changes:
            continue
        try:
            wrong = kind.changes[label](tree)
        except (IndexError, KeyError, TypeError):
            continue  # what it would change is gone
        mend = model.equations[kind.mended_in or label].code
        yield Mistake(
            kind.id,
            label,
            wrong,
            kind.name,
            kind.said.get(label, kind.sentence),
            mend,
            kind.square,
            kind.only,
        )


def _telling(found, label, model):
    """Those Mistakes that make a difference, each another one."""
    owner = model.carriers[label].owner
    known = [cls for classes in model.classes.values() for cls in classes]
    function = owner() if owner in known else None
    trials = [ideas.drawn(model, seed, size=3, function=function) for seed in (0, 1)]
    values, used = [[gives(label, trial) for trial in trials]], {}
    for mistake in found:
        value = [tried(label, trial, mistake) for trial in trials]
        if any(v is None for v in value) or any(
            max(map(trees.difference, value, other)) < 1e-9 for other in values
        ):
            continue
        values.append(value)
        used[mistake.id] = used.get(mistake.id, 0) + 1
        again = f"-{used[mistake.id]}" if used[mistake.id] > 1 else ""
        yield mistake._replace(id=mistake.id + again)


def tried(label, instance, mistake, changes=None):
    """What a mistake gives in an instance, by itself or among other changes; None if it
    gives no number there."""
    if not mistake.applies(instance):
        return None
    try:
        with np.errstate(all="ignore"):
            value = gives(label, instance, changes or {label: mistake.tree})
    except EquationError:  # an index, or a quantity, that is not known there
        return None
    return value if np.isfinite(value).all() else None


# ---- what an equation gives, right or wrong


def gives(label, instance, changes=None, together=True):
    """What an equation gives if the equations in changes, label -> tree, have other
    right sides: rows first, or the mean over them.

    A changed quantity goes on in everything behind it. What is updated too early is so
    by the slopes of all examples together, or of each.
    """
    model, world, changes = instance.model, instance.world, changes or {}
    own, touched = model.carriers[label].function, False
    for behind in model.order[: model.order.index(label) + 1]:
        equation, tree = model.equations[behind], changes.get(behind)
        touched |= behind in changes
        if behind != label:
            early = equation.relation != "=" and model.carriers[behind].function is own
            again = equation.relation == "=" and equation.lhs[0] == "var" and touched
            if not early and not (again and model.holds_for(behind, instance)):
                continue
        tree = tree or equation.rhs
        if together:
            tree, world = _moved_together(tree, world, model)
        value = world.table(_located(tree, world), equation.letters)
        if behind == label:
            return model.rowed(equation.lhs, value, instance)
        old = world.value(equation.name)
        world = world.moved(**{equation.name: value, OLD + equation.name: old})


def _moved_together(tree, world, model):
    """The tree with an updated parameter as a quantity of the world: its mean over the
    examples."""
    for update in model.equations.values():
        if update.relation == "=" or update.name in model.rows:
            continue
        for form in _forms(update, model):
            if form in nodes(tree):
                name = f"new {update.name}"
                value = world.table(form, update.letters).mean(axis=-1, keepdims=True)
                tree = replaced(tree, form, ("var", name, *update.letters))
                world = world.moved(**{name: value})
    return tree, world


def _forms(update, model):
    """The right side of an update as it is, and with its slope written out."""
    yield update.rhs
    for equation in model.equations.values():
        if equation.lhs[0] == "d" and equation.lhs[2] == update.lhs:
            factors = equation.rhs[1:] if equation.rhs[0] == "mul" else (equation.rhs,)
            yield _flat(replaced(update.rhs, equation.lhs, times(*factors)))


def _flat(tree):
    """The tree with no product inside a product."""
    if not isinstance(tree, tuple):
        return tree
    parts = [_flat(part) for part in tree]
    if tree[0] != "mul":
        return tuple(parts)
    inner = [part[1:] if part[0] == "mul" else (part,) for part in parts[1:]]
    return times(*(factor for factors in inner for factor in factors))


def _located(tree, world):
    """The tree with the number of the last place where a unit says "o0"."""
    for letter in world.setting.ranges:
        tree = replaced(tree, f"{letter}0", f"{letter}{world.size(letter)}")
    return tree


def told(labels, model):
    """The mistakes in some equations as plain data for a page: under "equations" those
    of each label, under "mistakes", by id, what is said of one wherever it is made."""
    said, equations = {}, {}
    for label in labels:
        own = equations[label] = {"mistakes": []}
        for one in _told(label, model):
            words = {k: one[k] for k in ("name", "sentence", "speaks") if k in one}
            alike = said.setdefault(one["id"], words) == words
            own["mistakes"].append(
                {k: one[k] for k in one if k not in words} if alike else one
            )
    return {"mistakes": said, "equations": equations}


def _told(label, model):
    """The mistakes in one equation, without what is empty. In a page a function goes by
    its class, and an update leaves the old value in place: the new one is read as its
    name with _new. What mends a mistake is said where it is not the equation's line."""
    classes = {cls.name: cls.__name__ for of in model.classes.values() for cls in of}
    own, earlier = model.equations[label], []
    for other in model.equations.values():
        if other == own or own.relation == "=":
            break
        if other.function == own.function:
            earlier.append(other.name)
    found = []
    for mistake in mistakes(label, model):
        tree = mistake.tree
        for name in earlier:
            tree = replaced(tree, name, f"{name}_new")
            tree = replaced(tree, OLD + name, name)
        only = classes.get(mistake.only, "")
        other = {"tree": tree, "only": only, "speaks": speaks_of(mistake, model)}
        said = {**mistake._asdict(), **other}
        if said["mend"] == own.code:
            del said["mend"]
        found.append({k: said[k] for k in said if said[k] and k != "label"})
    return found


def speaks_of(mistake, model):
    """The labels of the equations whose quantities its words name: δ_o, f′, "delta"."""
    said = f"{mistake.name}. {mistake.sentence}"
    return [
        label
        for name, label in _spoken(model).items()
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said)
    ]


@cache
def _spoken(model):
    """What an equation gives, as sentences call it -> the label of the first such."""
    found = {}
    for label, equation in model.equations.items():
        if equation.relation != "=":  # its name is that of what it starts from
            continue
        word = equation.name.partition("_")[0]
        names = [text(equation.lhs, model).partition("(")[0]]
        for name in names + [word] * (len(word) > 2 and word.isalpha()):
            found.setdefault(name, label)
    return found


def wrong_values(label, instance, place=None):
    """id -> the value of each mistake that applies, of the first example, as an array
    over all its places, or as the number at one place (counted from 0)."""
    return {
        m.id: _value(label, instance, place, {label: m.tree})
        for m in mistakes(label, instance.model)
        if m.applies(instance)
    }


def right_value(label, instance, place=None):
    """What the equation itself gives, as `wrong_values` does."""
    return _value(label, instance, place, {})


def _value(label, instance, place, changes):
    value = gives(label, instance, changes)
    if instance.model.has_rows(instance.model.equations[label].lhs):
        value = value[0]
    return value if place is None else float(value[tuple(place)])
