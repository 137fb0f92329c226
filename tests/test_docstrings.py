"""What docstrings say of shapes is what functions take and give."""

import inspect
import re

import numpy as np
import pytest

from book import agreement
from places import at


def of_layers(name, carrier):
    """Is a function given anything with an index? All else may have any shape."""
    symbols = agreement.model(name).symbols
    given = inspect.signature(carrier.function).parameters
    return any(symbols[a].letters for a in given if a in symbols)


FUNCTIONS = {
    f"{name}.{carrier.function.__qualname__}({label})": (name, label)
    for name in agreement.every()
    for label, carrier in agreement.model(name).carriers.items()
    if of_layers(name, carrier)
}
TAKEN = re.compile(r"((?:\w+(?:, | and ))*\w+) (\([^()]*\))")


def said(function):
    """name -> shape as it is written, of the arguments and of "returns"."""
    _, found, text = " ".join((function.__doc__ or "").split()).partition("Shapes: ")
    if not found:
        return {}
    taken, _, given = text.partition("returns ")
    shapes = {
        name: shape
        for names, shape in TAKEN.findall(taken.partition(". ")[0])
        for name in re.split(r", | and ", names)
    }
    result = re.match(r"a number|\([^()]*\)", given)
    return shapes | ({"returns": result[0]} if result else {})


def sizes(instance):
    """The name of each size -> how large it is in an instance."""
    ranges, over = instance.world.setting.ranges, instance.model.notation.over
    found = {over[letter]: last - first for letter, (first, last) in ranges.items()}
    return found | {"n": found.get("fruits", instance.lanes)}


def shape(text, instance):
    known = sizes(instance)
    return tuple(known[word] for word in re.findall(r"\w+", text) if text[0] == "(")


@pytest.mark.parametrize("place", FUNCTIONS)
def test_a_function_takes_and_gives_what_it_says(place):
    with at(place):
        compare(place)


def compare(place):
    name, label = FUNCTIONS[place]
    model = agreement.model(name)
    function = model.carriers[label].function
    (instance, *_) = agreement.instances(name, label=label)
    shapes = said(function)
    arguments = {
        argument: np.shape(instance.argument(argument))
        for argument in inspect.signature(function).parameters
        if instance.knows(argument)
        and isinstance(instance.argument(argument), (float, np.ndarray))
    }
    arrays = {name: size for name, size in arguments.items() if size}
    assert set(shapes) == {*arrays, "returns"}, f"{place}: says {shapes}"
    for argument, size in arrays.items():
        wanted = shape(shapes[argument], instance)
        assert size == wanted, f"{place}: {argument} is no {shapes[argument]}"
    given = np.shape(model.call(label, instance))
    wanted = shape(shapes["returns"], instance)
    assert given == wanted, f"{place}: returns no {shapes['returns']}"
