"""What goes wrong in any equation: its tree with one thing changed.

    slips(equation, model)      every Slip of an equation: the tree, what is said of it

A factor or a term is left out, a sign is the other one, indices are swapped, a sum
stops at its first term, a function stands for its slope, an updated value for the old
one … The sentences are made of the symbols and words that the model declares. Not every
change gives other numbers: mistakes.py keeps those that do.
"""

from typing import NamedTuple

from book.trees import TOTALS, letters, nodes, replaced
from book.writing import letter, phrase, text


class Slip(NamedTuple):
    """One change of an equation's right side; with `square` it needs a square array."""

    id: str
    tree: tuple
    name: str
    sentence: str
    square: str = ""


OLD = "old "  # before the name of a quantity: its value before the updates
NOT_TAKEN = {
    "sqrt": "The root is not taken",
    "exp": "The power of e is not taken",
    "log": "The logarithm is not taken",
}
OTHER_EXTREME = {"min": "max", "max": "min"}
ARITHMETIC = ("neg", "add", "sub", "mul", "odot", "frac", "pow", "norm")


def slips(equation, model):
    """Every Slip of an Equation of the model, likely ones first."""
    found = [_sign(equation.rhs, text(equation.lhs, model))]
    for part, put in parts(equation.rhs):
        for make in (
            _left_out, _other_sign, _totals, _applied, _powers, _chained, _read,
        ):  # fmt: skip
            found += [
                slip._replace(tree=put(slip.tree))
                for slip in make(part, model, equation)
            ]
    return found


def parts(tree):
    """Every part of a tree that has a value, and how to put another in its place."""
    yield tree, lambda new: new
    if tree[0] in ARITHMETIC:
        inner = range(1, len(tree))
    elif tree[0] in TOTALS or tree[0] in ("call", "states"):
        inner = range(2, 3 if tree[0] != "call" else len(tree))
    else:
        inner = range(1, 2) if tree[0] == "mean" else ()
    for k in inner:
        for part, put in parts(tree[k]):
            yield part, lambda new, k=k, put=put: (*tree[:k], put(new), *tree[k + 1 :])


def bound(tree, letter, unit):
    """The tree with a unit in the place of an index letter."""
    if not isinstance(tree, tuple):
        return unit if tree == letter else tree
    head = 1 if tree[0] in (*ARITHMETIC, "d", "d2", "mean") else 2
    if tree[0] in TOTALS and tree[1] == letter or tree[0] == "num":
        return tree
    return (*tree[:head], *(bound(part, letter, unit) for part in tree[head:]))


def _sign(tree, given):
    opposite = tree[1] if tree[0] == "neg" else ("neg", tree)
    sentence = f"This is {given} with its sign the other way round: look at each minus."
    return Slip("sign", opposite, "The sign is the other one", sentence)


def _spoken(tree, model):
    """A part as the sentences name it: a quantity with its words."""
    return phrase(tree, model) if tree[0] == "var" else text(tree, model)


def _odd(tree):
    return any(not isinstance(unit, str) for unit in tree[2:])


def _left_out(tree, model, equation):
    kind, *inner = tree
    if kind in ("mul", "odot", "add") and len(inner) > 1:
        what = "term" if kind == "add" else "factor"
        for k, part in enumerate(inner):
            kept = inner[:k] + inner[k + 1 :]
            name = f"The {what} {text(part, model)} is left out"
            done = "is added to the rest" if kind == "add" else "multiplies the rest"
            sentence = f"{_spoken(part, model)} {done}."
            yield Slip(
                f"no-{_slug(part)}", (kind, *kept) if len(kept) > 1 else kept[0],
                name, sentence,
            )  # fmt: skip
    if kind == "sub":
        name = f"{text(inner[1], model)} is not subtracted"
        sentence = f"{_spoken(inner[1], model)} is taken away from the rest."
        yield Slip(f"no-{_slug(inner[1])}", inner[0], name, sentence)
        name = f"Only {text(inner[1], model)} is there, with a minus"
        sentence = f"The difference starts from {_spoken(inner[0], model)}."
        if inner[0][0] == "num":
            name = f"The {text(inner[0], model)} before the minus is missing"
            sentence = f"It is {text(tree, model)} that counts here."
        yield Slip(f"no-{_slug(inner[0])}", ("neg", inner[1]), name, sentence)
    if kind == "frac":
        name = f"It is not divided by {text(inner[1], model)}"
        sentence = f"{_spoken(inner[1], model)} stands below the line: divide by it."
        yield Slip(f"not-by-{_slug(inner[1])}", inner[0], name, sentence)
        if inner[0][0] != "num":
            name = f"{text(inner[0], model)} above the line is left out"
            sentence = f"{_spoken(inner[0], model)} is what is divided."
            yield Slip(
                f"no-{_slug(inner[0])}",
                ("frac", ("num", "1"), inner[1]),
                name,
                sentence,
            )


def _other_sign(tree, model, equation):
    kind, *inner = tree
    if kind == "sub":
        name = f"{text(inner[1], model)} is added, not subtracted"
        sentence = f"It is a difference: {_spoken(inner[1], model)} is taken away."
        yield Slip("added", ("add", *inner), name, sentence)
    if kind == "add":
        for k in range(1, len(inner)):
            rest = inner[:k] + inner[k + 1 :]
            whole = ("add", *rest) if len(rest) > 1 else rest[0]
            name = f"{text(inner[k], model)} is subtracted, not added"
            sentence = f"It is a sum: {_spoken(inner[k], model)} is added."
            yield Slip("subtracted", ("sub", whole, inner[k]), name, sentence)
    if kind == "neg":
        name = f"The minus before {text(inner[0], model)} is lost"
        sentence = f"{_spoken(inner[0], model)} counts with a minus here."
        yield Slip("no-minus", inner[0], name, sentence)


def _totals(tree, model, equation):
    kind, *inner = tree
    if kind in ("sum", "prod"):
        what = "sum" if kind == "sum" else "product"
        over = model.notation.over[inner[0]]
        first = bound(inner[1], inner[0], f"{inner[0]}1")
        name = f"Only the first term of the {what} is there"
        sentence = (
            f"The {what} over {inner[0]} ({over}) takes in every term: do not stop."
        )
        yield Slip("first-only", first, name, sentence)
    if kind == "sum":
        count = ("sum", inner[0], ("num", "1"), *inner[2:])
        mean, divisor = ("frac", tree, count), _divisor(equation.rhs, over, model)
        if divisor:
            name = f"It is divided by {divisor} twice"
            sentence = f"It is a mean over {inner[0]} ({over}): "
            sentence += f"divide the sum by {divisor} once."
        else:
            name = "That is the mean, not the sum"
            sentence = f"The terms are added over {inner[0]} ({over}), "
            sentence += "not divided by how many."
        yield Slip("mean-for-sum", mean, name, sentence)


def _divisor(tree, over, model):
    """What an equation divides by already, if that is the number of those: n, or ""."""
    words = getattr(model.module, "WORDS", {})
    below = [part[2] for part in nodes(tree) if part[0] == "frac"]
    for part in (part for whole in below for part in nodes(whole)):
        said = words.get(part[1], "") if part[0] == "var" and len(part) == 2 else ""
        if said.startswith(f"number of {over}"):
            return text(part, model)
    return ""


def _applied(tree, model, equation):
    if tree[0] != "call":
        return
    name, *inner = tree[1:]
    plain = name.rstrip("'")
    if name in OTHER_EXTREME:
        yield from _chosen(tree, model)
    if plain in model.classes:
        said = text(("call", plain, *inner), model)
        slope = text(("call", plain + "'", *inner), model)
        if name == plain:
            other = ("call", plain + "'", *inner)
            sentence = f"Here {said} itself is needed; its slope is for the way back."
            yield Slip(
                "slope-for-function", other, f"That is the slope {slope}", sentence
            )
        else:
            other = ("call", plain, *inner)
            sentence = f"Here {slope} is needed: how much {said} would change."
            yield Slip("function-for-slope", other, f"{said} for its slope", sentence)
    if len(inner) == 1:
        part, whole = text(inner[0], model), text(tree, model)
        said = NOT_TAKEN.get(name, f"{part} where {whole} should be")
        sentence = f"It is {whole} that counts here."
        yield Slip(f"no-{plain}", inner[0], said, sentence)
        if inner[0][0] != "neg":
            return
        sentence = f"The argument is {text(inner[0], model)}, with its minus."
        yield Slip(
            "sign-inside",
            (*tree[:2], inner[0][1]),
            "The minus inside is lost",
            sentence,
        )


def _chosen(tree, model):
    """Of the smaller or larger of two: the other one, or one of them whatever it is."""
    name, *inner = tree[1:]
    whole, other = text(tree, model), OTHER_EXTREME[name]
    words, opposite = ("smaller", "larger")[:: 1 if name == "min" else -1]
    sentence = f"{whole} is the {words} of the two."
    yield Slip(
        f"{other}-for-{name}", ("call", other, *inner),
        f"The {opposite} of the two", sentence,
    )  # fmt: skip
    for k, part in enumerate(inner):
        if part[0] == "num":
            continue
        limit, said = text(inner[1 - k], model), text(part, model)
        name_ = f"{said} alone, with no limit at {limit}"
        sentence = (
            f"{whole} never goes {'above' if name == 'min' else 'below'} {limit}."
        )
        yield Slip(f"no-{name}-{_slug(part)}", part, name_, sentence)


def _powers(tree, model, equation):
    if tree[0] == "pow":
        raised, power = text(tree[1], model), text(tree[2], model)
        name = f"{raised} is not raised to the power {power}"
        if tree[2] == ("num", "2"):
            name = f"{raised} is not squared"
        sentence = f"It is {text(tree, model)} that counts here."
        yield Slip("not-raised", tree[1], name, sentence)
    if tree[0] == "sum" and tree[2][0] == "pow" and tree[2][2][0] == "num":
        whole = ("pow", ("sum", tree[1], tree[2][1], *tree[3:]), tree[2][2])
        sentence = "Each term gets the power by itself; then they are added."
        yield Slip("power-of-sum", whole, "The power is that of the sum", sentence)


def _chained(tree, model, equation):
    """Slopes that are added, each times what stands still: multiplied as in a chain."""
    if tree[0] != "add":
        return
    terms = [part[1:] if part[0] == "mul" else (part,) for part in tree[1:]]
    slopes = [[part for part in term if part[0] == "d"] for term in terms]
    if all(len(found) == 1 for found in slopes):
        product = ("mul", *(found[0] for found in slopes))
        name = "The slopes are multiplied with each other"
        sentence = "That is the rule of a chain. Here each part moves in its turn, "
        sentence += "and what comes of it is added."
        yield Slip("as-a-chain", product, name, sentence)


def _read(tree, model, equation):
    """Of one quantity: its indices, its time, its update, and another in its place."""
    if tree[0] != "var" or tree[1] not in model.symbols:
        return
    name, *units = tree[1:]
    symbol, said = model.symbols[name], text(tree, model)
    if len(units) == 2 and len(letters(tree)) == 2 and not _odd(tree):
        first, second = symbol.kinds
        sentence = f"The first index of {letter(name, model)} runs over {first}, "
        sentence += f"the second over {second}."
        turned = ("var", name, *reversed(units))
        yield Slip(
            f"transposed-{name}", turned, f"The indices of {said} are swapped",
            sentence, name,
        )  # fmt: skip
    for k, unit in enumerate(units):
        if (
            not isinstance(unit, str)
            and unit[0] in ("add", "sub")
            and unit[2][0] == "num"
        ):
            level = (*tree[: k + 2], unit[1], *tree[k + 3 :])
            name_ = f"{text(level, model)} where {said} should be"
            sentence = f"The {symbol.kinds[k]} are not the same: read {said}."
            yield Slip("wrong-step", level, name_, sentence)
    yield from _updated(tree, model, equation)
    labels = list(model.order)
    behind = labels[labels.index(equation.label) :]
    later = {model.equations[label].name for label in behind} | {name}
    for other in model.symbols.values():
        same = other.letters and other.kinds == symbol.kinds
        rows = (other.name in model.rows) == (name in model.rows)
        if same and rows and other.name not in later:
            instead = ("var", other.name, *units)
            sentence = f"What is needed here is {phrase(tree, model)}."
            yield Slip(
                f"{other.name}-for-{name}", instead,
                f"{text(instead, model)} where {said} should be", sentence,
            )  # fmt: skip


def _updated(tree, model, equation):
    """The updated value of a quantity for the old one, or the other way round."""
    name, said = tree[1], text(tree, model)
    updates = [
        e for e in model.equations.values() if e.relation != "=" and e.name == name
    ]
    for update in updates:
        if equation.relation == "=":
            rhs = update.rhs
            for mine, theirs in zip(update.letters, tree[2:]):
                rhs = bound(rhs, mine, theirs)
            sentence = (
                f"Everything here is computed with the old {said}; then it moves."
            )
            yield Slip(f"updated-{name}", rhs, f"The updated {said} is used", sentence)
        elif update.function == equation.function and update != equation:
            sentence = f"{said} moves first, and it is the new one that is used."
            yield Slip(
                f"old-{name}", replaced(tree, name, OLD + name),
                f"The old {said} is used", sentence,
            )  # fmt: skip


def _slug(tree):
    """A part in an id: the name of a quantity, or what kind of part it is."""
    if tree[0] == "var":
        return tree[1]
    if tree[0] == "call":
        return "slope" if tree[1].endswith("'") else tree[1]
    plain = {
        "num": "number", "frac": "quotient", "sub": "difference", "neg": "minus",
        "add": "sum", "mul": "product", "pow": "power", "d": "slope", "d2": "slope",
    }  # fmt: skip
    return plain.get(tree[0], tree[0])
