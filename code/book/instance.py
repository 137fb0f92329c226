"""The quantities of one random draw, or of one worked example, of a model."""

import dataclasses
import re

import numpy as np

from book.trees import EquationError, Setting, World, letters, whole


class DeclarationError(ValueError):
    """A declaration that does not say what a model needs; says where and what."""


class Instance:
    """Quantities that fit a model: given ones, and what follows from them.

    world has a lane per example; batch has the arrays of the code, rows first.
    """

    def __init__(self, model, given):
        self.model, self.raw = model, dict(given)
        self.functions = {}
        values = self._taken_apart()
        ranges = self.ranges = self.raw.pop("ranges", {})
        self.lanes = self._examples(values)
        for name in self.counts():
            values.setdefault(name, np.array(1.0))  # one example in each lane
        axes = self._axes(values, ranges)
        lanes = {name: self._in_lanes(name, value) for name, value in values.items()}
        self.given = tuple(lanes)
        over = model.notation.over
        setting = Setting(
            laws=model.laws(set(lanes)),
            ranges={
                letter: axes[kind] for letter, kind in over.items() if kind in axes
            },
            firsts={
                name: tuple(axes.get(kind, (0, 0))[0] for kind in symbol.kinds)
                for name, symbol in model.symbols.items()
            },
            functions={name: self._tree(f) for name, f in self.functions.items()},
            from_one=frozenset(
                k for k in over if over[k] in axes and over[k] not in self.said
            ),
        )
        self.world = World(lanes, setting, self.lanes)

    def _tree(self, f):
        """The argument and the tree of a function, and its own numbers."""
        equation = self.model.function_equation(type(f))
        return equation.lhs[2][1], equation.rhs, numbers_of(f)

    def _taken_apart(self):
        """name -> array for what was given, objects taken apart into their names."""
        model, values = self.model, {}
        for name, value in self.raw.items():
            if name in model.made:
                kind, parts = model.made[name]
                fields = fields_of(kind)
                if len(fields) != len(parts):
                    model.fault("made", parts, f"names for {', '.join(fields)}")
                pairs = [(p, getattr(value, f)) for p, f in zip(parts, fields)]
            else:
                pairs = [(name, value)]
            for part, value in pairs:
                if part in model.classes:
                    self.functions[part] = value
                elif part in model.symbols or part in set(self._outside()):
                    values[part] = np.asarray(value, float)
        for f in self.functions.values():
            for name, number in numbers_of(f).items():
                if name in model.symbols:
                    values.setdefault(name, np.asarray(number))
        return values

    def counts(self):
        """The names of the number of examples: a plain n, where n runs over them."""
        return [
            name
            for name, symbol in self.model.symbols.items()
            if not symbol.letters
            and self.model.notation.over.get(symbol.tex) == "examples"
        ]

    def _outside(self):
        held = self.model.declaration.get("outside", {}).values()
        return [name for name in held if isinstance(name, str)]

    def _letters(self, name):
        """What the axes of a given array run over."""
        if name in self.model.symbols:
            return self.model.symbols[name].kinds
        for inner, outer in self.model.declaration.get("outside", {}).items():
            if outer == name:
                scanned = set(self.model.scan.values())
                kinds = self.model.symbols[inner].kinds
                return tuple(kind for kind in kinds if kind not in scanned)
        return ()

    def rowed(self, name, value):
        return value.ndim == len(self._letters(name)) + 1

    def _examples(self, values):
        for name, value in values.items():
            wanted = len(self._letters(name))
            if value.ndim == wanted:
                continue
            row = name in self.model.rows or name in self._outside()
            if not (row and self.rowed(name, value)):
                self.model.fault(
                    "draw", f"{name} with shape {value.shape}",
                    f"{wanted} indices" + (" and a row per example" if row else ""),
                )  # fmt: skip
        counts = {len(v) for n, v in values.items() if self.rowed(n, v)}
        if len(counts) > 1:
            self.model.fault("draw", sorted(counts), "one number of examples")
        return counts.pop() if counts else 1

    def _axes(self, values, ranges):
        """kind -> (first, one after the last)."""
        over = self.model.notation.over
        for letter in ranges:
            if letter not in over:
                self.model.fault("draw", letter, "ranges of index letters")
        axes = {over[letter]: tuple(span) for letter, span in ranges.items()}
        self.said = set(axes)
        for name, value in values.items():
            shape = value.shape[1:] if self.rowed(name, value) else value.shape
            for kind, size in zip(self._letters(name), shape):
                first, last = axes.setdefault(kind, (0, size))
                if last - first != size:
                    self.model.fault(
                        "draw", f"{name} with {size} {kind}", f"{last - first} {kind}"
                    )
        return axes

    def _in_lanes(self, name, value):
        if self.rowed(name, value):
            return np.moveaxis(value, 0, -1)
        return value[..., None]

    def alone(self, k):
        """The Instance of example k alone, which has a row still."""
        given = {"ranges": self.ranges}
        for name, value in self.raw.items():
            plain = name not in self.model.made and name not in self.functions
            row = plain and self.rowed(name, np.asarray(value))
            given[name] = np.asarray(value)[k : k + 1] if row else value
        return Instance(self.model, given)

    # -- what a function is called with

    def knows(self, name):
        """Has the instance anything of that name?"""
        model = self.model
        return (
            name in self.raw or name in self.world or name in model.made
            or name in model.aliases or name in self.functions
            or self.slope(name) is not None
        )  # fmt: skip

    def slope(self, name):
        """The tree of a name like dE_dw: a known quantity by a known one."""
        found = re.fullmatch(r"d(?P<above>\w+?)_d(?P<below>\w+)", name)
        symbols = self.model.symbols
        if not found or not {found["above"], found["below"]} <= set(symbols):
            return None
        above, below = (symbols[found[part]] for part in ("above", "below"))
        return (
            "d",
            ("var", above.name, *above.letters),
            ("var", below.name, *below.letters),
        )

    def function_of(self, cls):
        """The instance's function of that class."""
        for f in self.functions.values():
            if type(f) is cls:
                return f
        raise EquationError(f"no function of this instance is a {cls.__name__}")

    def argument(self, name, fixed=None):
        """What code calls `name`: an array with rows first, an object, a function.

        With fixed, letter -> number, a scanned quantity is taken at that step.
        """
        model, fixed = self.model, fixed or {}
        if name in self.functions:
            return self.functions[name]
        if name in self.raw and not (set(fixed) & set(self._own(name))):
            return self.raw[name]
        if name in model.made:
            kind, parts = model.made[name]
            return kind(*(self.argument(part, fixed) for part in parts))
        tree = model.aliases.get(name) or self.slope(name)
        if name in self.world or tree is None:
            symbol = model.symbols.get(name)
            tree = ("var", name, *(symbol.letters if symbol else ()))
        units = [unit for unit in letters(tree) if unit not in fixed]
        held = {unit: k for unit, k in fixed.items() if unit in letters(tree)}
        value = self.world.table(tree, units, held)
        value = model.rowed(tree, value, self)
        return value if value.ndim else float(value)

    def _own(self, name):
        return self.model.symbols[name].letters if name in self.model.symbols else ()

    def data(self):
        """What is given here, as plain data: JSON without a further thought. The last
        axis of each value is the example, of size 1 where all examples share it."""
        setting = self.world.setting
        given = {n: a for n, a in self.world.values.items() if n not in setting.laws}
        return {
            "examples": self.lanes,
            "values": {name: np.real(value).tolist() for name, value in given.items()},
            "ranges": setting.ranges,
            "firsts": setting.firsts,
            "from_one": sorted(setting.from_one),
            "functions": {
                name: {"of": type(f).__name__, "numbers": numbers_of(f)}
                for name, f in self.functions.items()
            },
        }

    def whole(self, tree):
        """The array that a tree of whole arrays stands for in this instance."""
        functions = self.world.setting.functions
        return whole(tree, _Batch(self), functions)


class _Batch:
    """The arrays of the code by their names, rows first."""

    def __init__(self, instance):
        self.instance = instance

    def __getitem__(self, name):
        if name == "1":
            return np.ones(self.instance.lanes)
        if name in self.instance.counts() and name not in self.instance.raw:
            return float(self.instance.lanes)
        if not self.instance.knows(name):
            raise EquationError(f"{name} has no value here")
        return np.asarray(self.instance.argument(name), float)


def numbers_of(f):
    """The numbers that an object carries: the alpha of a Logistic."""
    if not dataclasses.is_dataclass(f):
        return {}
    return {
        field.name: float(getattr(f, field.name)) for field in dataclasses.fields(f)
    }


def fields_of(kind):
    if hasattr(kind, "_fields"):
        return kind._fields
    return tuple(field.name for field in dataclasses.fields(kind))
