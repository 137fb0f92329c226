"""What cannot be told apart where a number is asked for: a choice of numbers to mend.

    collisions(label, instance, place)   pairs of what could be typed there

An exercise asks well if each likely slip has a number of its own.
"""

import dataclasses
from itertools import combinations

import numpy as np

from book.instance import Instance
from book.judge import apart, readings, same, suspects
from book.mistakes import right_value


def collisions(label, instance, place):
    """Pairs of names, "right" among them, whose values one typed number may mean. What
    has one value whatever the numbers are is no accident, and left out."""
    found = _values(label, instance, place)
    others = [_values(label, _moved(instance, seed), place) for seed in (0, 1)]
    return [
        (a, b)
        for a, b in combinations(found, 2)
        if not apart(found[a], found[b])
        and not all(a in v and b in v and same(v[a], v[b]) for v in others)
    ]


def _values(label, instance, place):
    """Name -> value: the right one, each mistake's, and what is read into a number."""
    right = right_value(label, instance, place)
    around = suspects(label, instance, place)
    found = {"right": right}
    found |= {one["id"]: one["value"] for one in around.mistakes}
    found |= {one["name"]: one["value"] for one in around.neighbours}
    found |= {one["name"]: one["value"] for one in around.quantities}
    for one in readings(right, around):
        if one["kind"] == "sign" or (one["kind"] == "decimal" and _next(one, right)):
            name = one["id"] + (" up" if abs(one["value"]) > abs(right) else "")
            found[name] = one["value"]
    return found


def _next(reading, right):
    """Whether the point is one place off: further is not likely."""
    return 0.05 < abs(reading["value"] / right) < 20


def _moved(instance, seed):
    """The same instance with other numbers."""
    rng = np.random.default_rng(seed)

    def other(value):
        if dataclasses.is_dataclass(value) and value not in instance.functions.values():
            names = [field.name for field in dataclasses.fields(value)]
            return type(value)(*(other(getattr(value, name)) for name in names))
        if np.issubdtype(np.asarray(value).dtype, np.floating):
            return value + rng.uniform(0.1, 0.7, np.shape(value))
        return value

    raw = {name: other(value) for name, value in instance.raw.items()}
    return Instance(instance.model, {**raw, "ranges": instance.ranges})
