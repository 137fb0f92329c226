"""The ideas of the book as models: found by name or label, and what of them is asked.

    model("losses.softmax")   the Model of that name; a Model is handed back as it is
    model_of("eq-softmax")    the Model that a label belongs to
    tasks(model)              what a learner can write, and the labels of its results
    chapter("eq-softmax")     the number of the chapter that typesets a label, or ""
    drawn(model, seed, …)     a random Instance of a given size and transfer function
    given(model, …)           the Instance of given quantities, or of the worked example

All of it is read off the modules beside this package, and off the chapters.
"""

import dataclasses
import inspect
from functools import cache
from typing import NamedTuple

import numpy as np

import arguments
import examples
from book import agreement
from book.docstrings import returned
from book.instance import Instance
from book.model import Model, models
from book.trees import names


def everywhere():
    """Every Model of the modules beside this package, in alphabetical order."""
    return [agreement.model(name) for name in agreement.every()]


def model(name):
    """The Model that is so called: "backprop", "losses.softmax".

    Raises ValueError if there is none, with the names that there are.
    """
    if isinstance(name, Model):
        return name
    arguments.instance("model", name, str, "the name of a model")
    module, _, own = name.partition(".")
    try:
        return models(module)[own or module]
    except (ImportError, KeyError):
        known = ", ".join(model.full_name for model in everywhere())
        raise ValueError(f"model is {name!r}; expected one of {known}") from None


def model_of(label, name=None):
    """The Model that a label belongs to, or that model if it has the label.

    Raises ValueError if there is none, with the labels that there are.
    """
    among = everywhere() if name is None else [model(name)]
    for found in among:
        if label in found.order:
            return found
    known = ", ".join(label for found in among for label in computed(found))
    raise ValueError(f"label is {label!r}; expected one of {known}")


def computed(model):
    """The labels of what the plain functions of a model compute, in order."""
    return [label for label in model.order if model.carriers[label].owner is None]


# ---- what a learner can write


@cache
def quantities(model):
    """The names that a learner's function may ask for: what the equations of the plain
    functions and their arguments are called, and what objects are made of."""
    found = {*model.made, *model.classes}
    for label in computed(model):
        equation = model.equations[label]
        found |= {equation.name, *names(equation.lhs), *names(equation.rhs)}
        found |= set(inspect.signature(model.carriers[label].function).parameters)
    for _, parts in model.made.values():
        found |= set(parts)
    for cls in (cls for classes in model.classes.values() for cls in classes):
        found |= {field.name for field in dataclasses.fields(cls)}
    return frozenset(found)


class Task(NamedTuple):
    """A function of a model: its name, the labels of what it returns, in that order,
    and the names of its arguments."""

    model: Model
    name: str
    labels: tuple
    arguments: tuple


@cache
def tasks(model):
    """Every Task of a model: its labelled functions, and the function that is called as
    a class of which every part is computed, `gradient` of Gradient."""
    together = {}
    for label in computed(model):
        together.setdefault(model.carriers[label].function, []).append(label)
    named = {model.equations[label].name: label for label in computed(model)}
    for kind, parts in model.made.values():
        function = getattr(model.module, kind.__name__.lower(), None)
        if function and all(part in named for part in parts):
            together[function] = [named[part] for part in parts]
    return tuple(
        Task(
            model,
            function.__name__,
            _as_returned(model, function, labels),
            tuple(inspect.signature(function).parameters),
        )
        for function, labels in together.items()
    )


def _as_returned(model, function, labels):
    """Labels in the order in which the function returns what they give."""
    orders = [parts for _, parts in model.made.values()]
    if len(labels) > 1:
        orders.insert(0, returned(function))
    names = {model.equations[label].name: label for label in labels}
    for order in orders:
        if set(names) <= set(order):
            return tuple(names[name] for name in order if name in names)
    return tuple(labels)


# ---- where it stands, and random instances


@cache
def _chapters():
    places = {}
    for path in agreement.chapters():
        for equation in agreement.displayed(path):
            places.setdefault(equation.label, path.name[:2])
    return places


def chapter(label):
    """The number of the chapter that typesets a label: "05"; "" if none does."""
    return _chapters().get(label, "")


def sizes(model, size=None, examples=1):
    """What the model's draw takes: every size that one, but the number of examples."""
    taken = inspect.signature(model.declaration["draw"]).parameters
    names = [name for name, p in taken.items() if isinstance(p.default, int)]
    found = {} if size is None else dict.fromkeys(names, size)
    return found | {name: examples for name in names if name == "examples"}


def drawn(model, seed, size=None, examples=1, function=None):
    """A random Instance with every size that one, or as it comes; with that transfer
    function, or else with the first class of each."""
    rng = np.random.default_rng(seed)
    given = model.declaration["draw"](rng, **sizes(model, size, examples))
    for letter, classes in model.classes.items():
        f = function if isinstance(function, classes) else classes[0]()
        for name, value in given.items():
            if name == letter:
                given[name] = f
            elif name in model.made and letter in model.made[name][1]:
                kind, parts = model.made[name]
                fields = [field.name for field in dataclasses.fields(kind)]
                given[name] = dataclasses.replace(
                    value, **{fields[parts.index(letter)]: f}
                )
    return Instance(model, given)


def given(model, **quantities):
    """The Instance of those quantities; what is not among them is that of the model's
    worked example, if chapters work with one.

    A quantity is called by its name in code, or as it is written: N_o. Raises
    ValueError for one that the model does not have.
    """
    written = {symbol.tex: name for name, symbol in model.symbols.items()}
    known = [*model.made, *model.classes, *model.symbols, "ranges"]
    known += model.declaration.get("outside", {}).values()
    values = examples.WORKED.get(model.full_name, dict)()
    for name, value in quantities.items():
        own = name if name in known else written.get(name)
        if value is None:
            continue
        if own is None:
            names = ", ".join(name for name in known if isinstance(name, str))
            raise ValueError(
                f"{model.full_name} has no {name}; expected some of {names}"
            )
        values[own] = _of_its_kind(model, own, value)
    return Instance(model, values)


def _of_its_kind(model, name, value):
    """value as the quantity of that name can be; else ValueError or TypeError."""
    if name in model.made:
        kind, _ = model.made[name]
        arguments.instance(name, value, kind, f"a {kind.__name__}")
    elif name in model.classes:
        arguments.transfer(name, value)
    elif name in model.declaration.get("positive", "").split():
        arguments.positive(name, value)
    elif name != "ranges":
        found = arguments.some(name, value)
        whole = isinstance(value, (int, np.integer))  # a count stays one
        value = int(value) if whole else found[()]
    return value
