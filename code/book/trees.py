r"""Trees of equations, and the numbers they stand for.

    evaluate(tree, world, index)    what number a tree is in a world of quantities
    tabulate(tree, world, letters)  the same for every place of some index letters
    disagreement(a, b, world)       the largest difference of two trees over all indices
    letters(tree), names(tree)      the index letters free in a tree; what it reads

A tree is a nested tuple, and as JSON nested lists:

    ("num", "2")  ("var", "w", "i", "h")  ("neg", a)  ("add" | "mul", a, b, …)
    ("sub" | "frac" | "pow" | "gt", a, b)  ("call", "f", a)  ("norm", a)
    ("sum" | "prod" | "most", "i", body)  and with a condition ("lt", "i", "j") after it
    ("states", "v", body)  the sum over the states of an array     ("mean", a, tag)  ⟨a⟩
    ("d", A, B)  ∂A/∂B     ("d2", A, B, C)  ∂²A/∂B∂C
    of whole arrays        ("arr", "v")  ("T", a)  ("odot", a, b)

A unit of a var is a letter, "h"; one particular unit, "h1" the first, "h0" the last; or
a tree of letters, numerals and plain quantities: ("sub", "t", ("num", "1")).

A derivative is executed, not looked up: in ∂A/∂B, B is nudged, everything defined after
B is computed again, and the slope of A is read off. The nudge is an imaginary 1e-30
(Squire & Trapp 1998, doi:10.1137/S003614459631241X), so that nothing is subtracted and
nothing is lost to rounding. Where a slope is itself a slope of something, the outer one
is taken by central differences, extrapolated four times to a distance of nothing
(Richardson 1911, doi:10.1098/rsta.1911.0009): its error stays below 1e-11 where
everything is smooth for 1/16 around.

Quantities stand side by side in lanes: the last axis of every array is the lane. Each
example has a lane; a nudge, or an enumerated state, is one lane more.
"""

import operator
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import product

import numpy as np


class EquationError(ValueError):
    """An equation that the book does not know how to run; says where and why."""


TOTALS = ("sum", "prod", "most")
NUDGE = 1e-30
PATIENCE = 20000  # steps that a state has to come to rest
LANES = 100_000  # more at once is a sum over states within a sum over states
DISTANCES = (1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256)
ROUGH = ("d", "d2")  # what an imaginary nudge cannot pass through, and f' likewise


# ---- what a tree is made of


def nodes(tree):
    """The tree and every part of it that is a tree."""
    yield tree
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from nodes(part)


def letters(tree):
    """The index letters free in a tree, in order of appearance."""
    if isinstance(tree, str):  # a unit of a var, or a side of a condition
        return (tree,) if len(tree) == 1 else ()
    kind, *parts = tree
    if kind in ("num", "arr"):
        return ()
    if kind in ("var", "call", "states"):
        parts = parts[1:]
    elif kind == "mean":
        parts = parts[:1]
    bound = parts.pop(0) if kind in TOTALS else None
    found = [letter for part in parts for letter in letters(part)]
    return tuple(dict.fromkeys(letter for letter in found if letter != bound))


def names(tree):
    """The names of every quantity that stands in a tree."""
    found = set()
    for node in nodes(tree):
        if node[0] in ("var", "arr", "states"):
            found.add(node[1])
    return found


def replaced(tree, old, new):
    """The tree with every part that equals `old` turned into `new`."""
    if tree == old:
        return new
    if not isinstance(tree, tuple):
        return tree
    return tuple(replaced(part, old, new) for part in tree)


def functions_in(tree):
    """The names of every function that is called in a tree, without primes."""
    return {node[1].rstrip("'") for node in nodes(tree) if node[0] == "call"}


# ---- what is known of the quantities


@dataclass(frozen=True)
class Law:
    """How quantities are computed: one by one, or together along a scanned letter.

    equations holds (name, letters of its indices, tree) in the order of computing. With
    a state, the one tree gives that state a new value again and again, other quantities
    held at what `held` says, until nothing changes.
    """

    equations: tuple
    scan: str = ""
    backward: bool = False
    state: str = ""
    held: dict = field(default_factory=dict)

    @property
    def names(self):
        return tuple(name for name, _, _ in self.equations)


class Laws(dict):
    """name -> Law, and which quantities change which.

    outside: name -> a number or the name of an array, for what is read outside its
    range. states: name -> the values of an entry. averages: tag -> (weight, names).
    """

    def __init__(self, laws=(), outside=None, states=None, averages=None):
        super().__init__({name: law for law in laws for name in law.names})
        self.outside, self.states = outside or {}, states or {}
        self.averages = averages or {}
        self.needs = {}  # name -> all that changes it when it changes
        while True:  # until nothing is added: the members of a scan need each other
            found = {name: self._of_law(law) for name, law in self.items()}
            if found == self.needs:
                break
            self.needs = found

    def _of_law(self, law):
        found = set().union(*(self.of_tree(tree) for _, _, tree in law.equations))
        return self._free(found, {law.state, *law.held}) if law.state else found

    def of_tree(self, tree):
        """Every quantity that changes the value of a tree when it changes."""
        kind, *parts = tree
        if kind == "states":
            return self._free(self.of_tree(parts[1]), {parts[0]})
        if kind == "mean":
            weight, enumerated = self.averages[parts[1]]
            found = self.of_tree(parts[0]) | self.of_tree(("var", weight))
            return self._free(found, set(enumerated))
        found = set()
        if kind in ("var", "arr"):
            found |= {parts[0], self.outside.get(parts[0])} - {None}
            found |= self.needs.get(parts[0], set())
        return found.union(*(self.of_tree(p) for p in parts if isinstance(p, tuple)))

    def _free(self, found, taken):
        """What of found is not set, or made of what is set, inside an enumeration."""
        return {
            n for n in found if n not in taken and not self.needs.get(n, set()) & taken
        }

    def after(self, name):
        """The quantities that are computed again when `name` is another."""
        return {other for other, needs in self.needs.items() if name in needs}

    def rough(self, tree, fresh):
        """Does a slope stand in a tree, or in a law of those names that it reads?"""
        trees, seen = [tree], set()
        while trees:
            for node in nodes(trees.pop()):
                if node[0] in ROUGH or node[0] == "call" and "'" in node[1]:
                    return True
                read = node[1] if node[0] in ("var", "arr") else None
                read = self.averages[node[2]][0] if node[0] == "mean" else read
                if read in fresh and read not in seen:
                    seen.add(read)
                    trees += [part for _, _, part in self[read].equations]
        return False


@dataclass
class Setting:
    """What a world knows beside its numbers.

    ranges: letter -> (first, one after the last). firsts: name -> the number that the
    first entry of each axis has. functions: name -> (argument, tree, its own numbers).
    from_one: the letters that the text counts from 1 and the arrays from 0.
    """

    laws: Laws = field(default_factory=Laws)
    ranges: dict = field(default_factory=dict)
    firsts: dict = field(default_factory=dict)
    functions: dict = field(default_factory=dict)
    from_one: frozenset = frozenset()


@dataclass(frozen=True)
class Place:
    """Where a tree is evaluated: the numbers of each index letter, along an axis of its
    own; where the terms of a conditional sum count; the argument of a function."""

    letters: dict = field(default_factory=dict)
    depth: int = 0
    where: object = True
    bound: dict = field(default_factory=dict)

    def along(self, letter, numbers):
        axis = np.reshape(numbers, (-1,) + (1,) * self.depth)
        spread = {**self.letters, letter: axis}
        return replace(self, letters=spread, depth=self.depth + 1)


class World:
    """The quantities of a model, in one or many lanes.

    values maps names to arrays whose last axis is the lane, of size 1 where all lanes
    agree. What is not there is computed by its law when it is first read.
    """

    def __init__(self, values, setting=None, lanes=1, nudges=None, before=None):
        self.values, self.setting, self.lanes = values, setting or Setting(), lanes
        self.nudges = nudges or {}  # name -> what is added to whatever its law gives
        self.before = before or self  # where slopes are taken: updates come after

    def __getitem__(self, name):
        """A quantity of the first lane."""
        return self.value(name)[..., 0]

    def __contains__(self, name):
        return name in self.values or name in self.setting.laws

    def value(self, name):
        """The array of a quantity, computed if it has to be."""
        if name not in self.values:
            if name not in self.setting.laws:
                known = ", ".join(self.values)
                raise EquationError(f"{name} has no value here; known: {known}")
            self._compute(self.setting.laws[name])
        return self.values[name]

    # -- other worlds

    def many(self, count):
        """The same world, each lane `count` times over."""
        if self.lanes * count > LANES:
            raise EquationError(f"more than {LANES} states and examples at once")

        def repeated(arrays):
            return {
                name: a if a.shape[-1] == 1 else np.repeat(a, count, axis=-1)
                for name, a in arrays.items()
            }

        values, nudges = repeated(self.values), repeated(self.nudges)
        return World(values, self.setting, self.lanes * count, nudges)

    def lane(self, k):
        """The world of one lane."""
        values = {n: a[..., [min(k, a.shape[-1] - 1)]] for n, a in self.values.items()}
        return World(values, self.setting)

    def set(self, name, value):
        """Give a quantity another value, and forget all that is computed from it."""
        for other in self.setting.laws.after(name):
            self.values.pop(other, None)
        self.values[name] = value

    def nudge(self, name, amount):
        """Add to a quantity, and forget all that is computed from it: in a scan, its
        own other entries too."""
        self.nudges[name] = self.nudges.get(name, 0.0) + amount
        after = self.setting.laws.after(name)
        self.set(name, self.value(name) + amount)
        if name in after:
            del self.values[name]

    def moved(self, **values):
        """This world after an update: other values, a lane each or one for all, and
        nothing computed again."""
        values = {**self.values, **values}
        return World(values, self.setting, self.lanes, self.nudges, self.before)

    # -- laws

    def _compute(self, law):
        if law.scan:
            self._scan(law)
            return
        ((name, units, tree),) = law.equations
        value = self._rest(law) if law.state else self.table(tree, units)
        self.values[name] = value + self.nudges.get(name, 0.0)

    def _scan(self, law):
        first, last = self.range(law.scan)
        for name, units, _ in law.equations:
            shape = [self.size(unit) for unit in units]
            self.values[name] = np.full((*shape, self.lanes), np.nan)
        numbers = range(first, last)
        for number in reversed(numbers) if law.backward else numbers:
            for name, units, tree in law.equations:
                at = (slice(None),) * units.index(law.scan) + (number - first,)
                rest = [unit for unit in units if unit != law.scan]
                value = self.table(tree, rest, {law.scan: number})
                if name in self.nudges:
                    value = value + self.nudges[name][at]
                if np.iscomplexobj(value):
                    self.values[name] = self.values[name].astype(complex)
                self.values[name][at] = value

    def _rest(self, law):
        ((_, units, tree),) = law.equations
        world = World(dict(self.values), self.setting, self.lanes, dict(self.nudges))
        for name, value in law.held.items():
            world.set(name, np.array([float(value)]))
        for _ in range(PATIENCE):
            old, new = world.value(law.state), world.table(tree, units)
            world.set(law.state, new)
            if np.max(np.abs(new - old)) <= 1e-15 * max(1.0, np.max(np.abs(new))):
                return new
        raise EquationError(f"{law.state} does not come to rest in {PATIENCE} steps")

    # -- ranges and places

    def range(self, letter):
        """First and one after the last number that an index letter runs over."""
        if letter not in self.setting.ranges:
            raise EquationError(
                f"the index {letter} runs over nothing that is known here"
            )
        return self.setting.ranges[letter]

    def size(self, letter):
        first, last = self.range(letter)
        return last - first

    def number(self, unit, place):
        """The whole number, or numbers, that a unit of a var stands for."""
        if isinstance(unit, str):
            if len(unit) > 1:
                first, last = self.range(unit[0])
                return np.array(
                    last - 1 if unit[1:] == "0" else first + int(unit[1:]) - 1
                )
            if unit not in place.letters:
                raise EquationError(
                    f"the index {unit} is neither summed nor on the left side"
                )
            return place.letters[unit]
        if unit[0] == "num":
            return np.array(int(unit[1]))
        if unit[0] == "var":
            value = np.real(self.value(unit[1])).flat[0]
            if value != int(value):
                raise EquationError(f"{unit[1]} is {value}; expected a whole number")
            return np.array(int(value))
        parts = [self.number(part, place) for part in unit[1:]]
        if unit[0] == "sub":
            return parts[0] - parts[1]
        combined = parts[0]
        for part in parts[1:]:
            combined = combined + part if unit[0] == "add" else combined * part
        return combined

    def entries(self, name, units, place):
        """The array of a quantity, and where in it the units point, axis by axis."""
        array = self.value(name)
        if len(units) != array.ndim - 1:
            raise EquationError(
                f"{name} has {array.ndim - 1} indices here; found {len(units)}"
            )
        firsts = self.setting.firsts.get(name, (0,) * len(units))
        return array, [self.number(u, place) - k for u, k in zip(units, firsts)]

    def read(self, name, units, place):
        """The values of a quantity at its units: letters' axes, then lanes."""
        if not units and name in place.bound:
            return place.bound[name]
        array, spots = self.entries(name, units, place)
        within = [(s >= 0) & (s < n) for s, n in zip(spots, array.shape)]
        if all(w.all() for w in within):
            return array[tuple(spots)]
        inside = np.logical_and.reduce(np.broadcast_arrays(*within))
        clipped = tuple(np.where(w, s, 0) for s, w in zip(spots, within))
        found = array[clipped]
        if not (inside | ~np.asarray(place.where)).all():
            if name not in self.setting.laws.outside:
                axis = next(k for k, w in enumerate(within) if not w.all())
                first = self.setting.firsts.get(name, (0,) * len(units))[axis]
                last = first + array.shape[axis] - 1
                wrong = np.ravel(spots[axis])[~np.ravel(within[axis])][0] + first
                raise EquationError(
                    f"{name} is read at {wrong} of index {_unit(units[axis])}, "
                    f"outside {first} to {last}"
                )
        beyond = self.setting.laws.outside.get(name, 0)
        if isinstance(beyond, str):
            kept = [u for u, w in zip(units, within) if w.all()]
            beyond = self.read(beyond, kept, place)
        return np.where(inside[..., None], found, beyond)

    def table(self, tree, units, fixed=None):
        """The values of a tree for every place of some letters: axes, then lanes."""
        place = Place({k: np.array(v) for k, v in (fixed or {}).items()})
        for unit in reversed(units):
            place = place.along(unit, range(*self.range(unit)))
        found = self.at(tree, place)
        shape = tuple(self.size(unit) for unit in units)
        return np.broadcast_to(found, (*shape, found.shape[-1]))

    # -- the value of a tree

    def at(self, tree, place):
        """The values of a tree at a place: letters' axes, then lanes."""
        kind, *parts = tree
        if kind == "num":
            return np.array([float(parts[0])])
        if kind == "var":
            return self.read(parts[0], parts[1:], place)
        if kind == "arr":
            return self.value(parts[0])
        if kind in TOTALS:
            return self._total(kind, *parts, place=place)
        if kind == "call":
            return self._call(
                parts[0], [self.at(part, place) for part in parts[1:]], place
            )
        if kind == "d":
            return self.before._slope(*parts, place)
        if kind == "d2":
            return self.before._slope(("d", parts[0], parts[1]), parts[2], place)
        if kind == "states":
            return self._states(*parts, place)
        if kind == "mean":
            weight, enumerated = self.setting.laws.averages[parts[1]]
            tree = ("mul", ("var", weight), parts[0])
            for name in reversed(enumerated):
                tree = ("states", name, tree)
            return self.at(tree, place)
        if kind == "norm":
            inner = self.at(parts[0], Place(bound=place.bound))
            return np.sqrt((inner * inner).sum(axis=tuple(range(inner.ndim - 1))))
        return OPERATIONS[kind](*(self.at(part, place) for part in parts))

    def _total(self, kind, letter, body, condition=None, *, place):
        first, last = self.range(letter)
        if condition and condition[0] == "from":
            first, last = self._bounds(letter, condition, first, last)
        inner = place.along(letter, range(first, last))
        if condition and condition[0] != "from":
            sides = [self.number(side, inner) for side in condition[1:]]
            counts = CONDITIONS[condition[0]](*sides)
            inner = replace(inner, where=np.asarray(inner.where) & counts)
        value = self.at(body, inner)
        value = value.reshape((1,) * (inner.depth + 1 - value.ndim) + value.shape)
        value = np.broadcast_to(value, (last - first, *value.shape[1:]))
        if condition and condition[0] != "from":
            neutral = {"sum": 0.0, "prod": 1.0, "most": -np.inf}[kind]
            value = np.where(np.asarray(counts)[..., None], value, neutral)
        if kind == "most":
            largest = np.argmax(np.real(value), axis=0)[None]
            return np.take_along_axis(value, largest, axis=0)[0]
        return value.sum(axis=0) if kind == "sum" else value.prod(axis=0)

    def _bounds(self, letter, condition, first, last):
        ends = [
            float(np.real(self.at(side, Place())).flat[0]) for side in condition[1:]
        ]
        if any(end != int(end) for end in ends) or ends[0] > ends[1]:
            raise EquationError(
                f"the index {letter} runs from {ends[0]:g} to {ends[1]:g}; "
                "expected whole numbers in order"
            )
        low, high = map(int, ends)
        shift = int(letter in self.setting.from_one and condition[1] != ("num", "0"))
        low, high = low - shift, high - shift + 1
        if low < first or high > last:
            raise EquationError(
                f"the index {letter} goes from {low + shift} to {high + shift - 1}; "
                f"it runs from {first + shift} to {last + shift - 1} here"
            )
        return low, high

    def _call(self, name, values, place):
        if name.rstrip("'") not in self.setting.functions:
            return FUNCTIONS[name](*values)
        argument, tree, numbers = self.setting.functions[name.rstrip("'")]
        own = {n: np.array([k]) for n, k in numbers.items() if n not in self.values}
        if not name.endswith("'"):
            return self.at(tree, replace(place, bound={**own, argument: values[0]}))
        # By the definition of a slope, so that no slope tree is trusted.
        nudged = {**own, argument: values[0] + NUDGE * 1j}
        return np.imag(self.at(tree, replace(place, bound=nudged))) / NUDGE

    def _states(self, name, body, place):
        shape, values = self.value(name).shape[:-1], self.setting.laws.states[name]
        states = np.array(list(product(values, repeat=int(np.prod(shape)))), float)
        world = self.many(len(states))
        lanes = np.tile(states, (self.lanes, 1)).T.reshape(*shape, -1)
        world.set(name, lanes)
        found = world.at(body, place)
        found = np.broadcast_to(found, (*found.shape[:-1], world.lanes))
        return found.reshape(*found.shape[:-1], self.lanes, len(states)).sum(axis=-1)

    def _slope(self, A, B, place):
        """∂A/∂B: nudge B, compute again what is defined after it, see what A did."""
        name, *units = B[1:]
        array, spots = self.entries(name, units, place)
        spots = np.broadcast_arrays(*spots) if spots else []
        shape = spots[0].shape if spots else ()
        count = int(np.prod(shape))
        for spot, size in zip(spots, array.shape):
            if (spot < 0).any() or (spot >= size).any():
                raise EquationError(f"a slope by {name} outside its range")
        mask = np.zeros((*array.shape[:-1], self.lanes, count), bool)
        mask[(*(s.ravel() for s in spots), slice(None), np.arange(count))] = True
        mask = mask.reshape(*array.shape[:-1], -1)

        def nudged(amount):
            world = self.many(count)
            world.nudge(name, amount * mask)
            value = world.at(A, place)
            value = np.broadcast_to(value, (*value.shape[:-1], world.lanes))
            value = value.reshape(*value.shape[:-1], self.lanes, count)
            return _chosen(value, np.arange(count).reshape(shape))

        laws = self.setting.laws
        if not laws.rough(A, laws.after(name)):
            return np.imag(nudged(NUDGE * 1j)) / NUDGE
        slopes = [(nudged(h) - nudged(-h)) / (2 * h) for h in DISTANCES]
        for k in range(1, len(slopes)):
            pairs = zip(slopes, slopes[1:])
            slopes = [(4**k * near - far) / (4**k - 1) for far, near in pairs]
        return slopes[0]


def _chosen(value, which):
    """Of value (…, lanes, nudges), at each place the nudge that belongs to it."""
    shape = np.broadcast_shapes(value.shape[:-2], which.shape)
    value = np.broadcast_to(value, (*shape, *value.shape[-2:]))
    which = np.broadcast_to(which, shape)[..., None, None]
    which = np.broadcast_to(which, (*value.shape[:-1], 1))
    return np.take_along_axis(value, which, axis=-1)[..., 0]


def _unit(unit):
    """A unit as a reader writes it."""
    if isinstance(unit, str) or unit[0] in ("num", "var"):
        return unit if isinstance(unit, str) else unit[1]
    sign = {"add": " + ", "sub": " - ", "mul": " "}[unit[0]]
    return sign.join(_unit(part) for part in unit[1:])


OPERATIONS = {
    "neg": lambda a: -a,
    "add": lambda *terms: sum(terms[1:], terms[0]),
    "sub": lambda a, b: a - b,
    "mul": lambda *factors: reduce(operator.mul, factors),
    "odot": lambda a, b: a * b,
    "frac": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "gt": lambda a, b: np.where(np.real(a) > np.real(b), 1.0, 0.0),
}

FUNCTIONS = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "cos": np.cos,
    "sin": np.sin,
    # Of complex numbers, those of the real part: what a nudge does goes with it.
    "sign": lambda a: np.sign(np.real(a)),
    "abs": lambda a: a * np.sign(np.real(a)),
    # np.maximum would order complex numbers by their imaginary part too.
    "max": lambda a, b: np.where(np.real(a) >= np.real(b), a, b),
    "min": lambda a, b: np.where(np.real(a) <= np.real(b), a, b),
}

CONDITIONS = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "ne": np.not_equal,
    "eq": np.equal,
}


# ---- whole arrays


def whole(tree, quantities, functions):
    """The array that a tree of whole arrays stands for; products are of matrices."""
    kind, *parts = tree
    if kind == "num":
        return float(parts[0])
    if kind in ("var", "arr"):
        return quantities[parts[0]]
    if kind == "call" and parts[0].rstrip("'") in functions:
        world = World({}, Setting(functions=functions))
        value = np.asarray(whole(parts[1], quantities, functions))
        return world._call(parts[0], [value[..., None]], Place())[..., 0]
    if kind == "norm":
        return np.sqrt((whole(parts[0], quantities, functions) ** 2).sum())
    values = [whole(p, quantities, functions) for p in parts if isinstance(p, tuple)]
    if kind == "call":
        return FUNCTIONS[parts[0]](*values)
    if kind == "T":
        return np.transpose(values[0])
    if kind == "mul":
        result = values[0]
        for factor in values[1:]:
            arrays = np.ndim(result) and np.ndim(factor)
            result = result @ factor if arrays else result * factor
        return result
    if kind not in OPERATIONS:
        raise EquationError(f"{kind} is not done with whole arrays")
    return OPERATIONS[kind](*values)


# ---- from outside


def evaluate(tree, world, index=None):
    """The number that a tree stands for in the world's first lane.

    index gives the numbers of the letters that are free in the tree: for a plain axis
    counted from 0. Raises EquationError for what has no value here.
    """
    place = Place({letter: np.array(k) for letter, k in (index or {}).items()})
    return world.at(tree, place)[..., 0]


def tabulate(tree, world, units=None):
    """The values of a tree in the first lane for every place of some letters, those
    that are free in it unless others are given, as an array."""
    return world.table(tree, letters(tree) if units is None else units)[..., 0]


def disagreement(a, b, world):
    """The largest difference between trees a and b over all their indices and all
    lanes, relative to the larger of 1 and their size."""
    free = letters(("add", a, b))
    return difference(world.table(a, free), world.table(b, free))


def difference(a, b):
    """The largest difference of two arrays, relative to the larger of 1 and their size;
    infinite where one is not finite or they do not fit."""
    a, b = np.asarray(a), np.asarray(b)
    try:
        a, b = np.broadcast_arrays(a, b)
    except ValueError:
        return np.inf
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.inf
    scale = np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))
    return float(np.max(np.abs(a - b) / scale, initial=0.0))
