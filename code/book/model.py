r"""What a chapter's module declares, as a Model: its symbols, equations and instances.

    models(module)                 name -> Model, of a module or its name
    model.instance(seed, **sizes)  a random Instance: every quantity, from the trees
    model.given(**quantities)      the Instance of a worked example
    model.expected(label, …)       what an equation says of an instance
    model.call(label, instance)    what the function that carries the label computes
    model.data()                   all of it as plain data, for a page

A module says in MODELS, name -> declaration, what its docstrings cannot:

    symbols    LaTeX -> name in code; or symbols with blanks between them, see `named`
    indices    letters of an index -> what they run over; "examples" are the rows
    draw       the function of a Generator (and sizes) that gives a random instance
    rows       names with a row per example; everything else is a mean over them
    functions  letters that are applied -> the classes that one may be
    made       arguments that are objects -> (class, the names of its parts)
    means      symbols -> the slope, or whatever, that they are by definition
    also       definitions that no function computes
    labels     the labels of this model, in order; without it, all of the module
    phases     phase -> the label it begins with
    positive   names of numbers that must be above 0
    scan       letters along which quantities are computed in turn -> what they run over
    outside    name -> a number, or the name of an array: what is read beyond its range
    states     names of arrays -> the values of an entry, to be enumerated
    averages   subscript of ⟨…⟩ -> (weight, names of the arrays it is summed over)
    rest       name -> (label of an update, what is held at which value): where it rests
    picture    how the stepper draws it: network, unrolled, grid or ways (of a machine
               without direction); without it, what the rest says

The values of an instance come from the trees, never from the functions they test: what
is drawn is given, what an equation defines follows from it, and a slope is found by
nudging.
"""

import copy
import dataclasses
import functools
import importlib
import inspect
import re
from functools import cache

import numpy as np

from book import latex, writing
from book.docstrings import code_line, labelled, returned
from book.instance import DeclarationError, Instance
from book.notation import Notation, named
from book.picture import PICTURES, picture
from book.trees import EquationError, Law, Laws, letters, names, nodes

KEYS = (
    "symbols indices rows functions made means also phases draw labels scan outside "
    "states averages rest positive picture"
).split()


@cache
def models(module):
    """name -> Model for every model that a module declares; {} if it declares none.

    Raises DeclarationError if a labelled function is in none of them.
    """
    if isinstance(module, str):
        return models(importlib.import_module(module))
    declared = getattr(module, "MODELS", {})
    found = {
        name: Model(module, name, declaration, len(declared) > 1)
        for name, declaration in declared.items()
    }
    covered = {label for model in found.values() for label in model.order}
    for label, carrier in labelled(module).items():
        if label not in covered:
            raise DeclarationError(
                f"{module.__name__}.{carrier.function.__qualname__} computes {label}, "
                "and no model in MODELS has it"
            )
    return found


class Model:
    """One declared model: what its letters mean and what follows from that."""

    def __init__(self, module, name, declaration, one_of_several=False):
        self.module, self.name = module, name
        self.declaration = dict(declaration)
        self._check(one_of_several)
        said = self.declaration.get
        self.rows = frozenset(said("rows", "").split())
        self.classes = {  # the name in code of a function -> what it may be
            letter.removeprefix("\\"): tuple(of)
            for letter, of in said("functions", {}).items()
        }
        self.made = {
            arg: (kind, parts.split())
            for arg, (kind, parts) in said("made", {}).items()
        }
        averages = {
            tag: (weight, tuple(enumerated.split()))
            for tag, (weight, enumerated) in said("averages", {}).items()
        }
        self.notation = Notation(
            said("symbols"), said("indices"), said("functions", ()), averages,
            said("states", {}),
            self.rows,
        )  # fmt: skip
        self.symbols = self.notation.symbols
        self.aliases = {
            name: self._declared("symbols", tex)
            for name, tex in self.notation.trees.items()
        }
        self.scan = dict(said("scan", {}))
        self.phases = dict(said("phases", {}))
        self.averages = averages
        self._read_order()
        self.equations = {label: self._equation(label) for label in self.order}
        self.also = tuple(
            self._declared("also", tex, latex.parse) for tex in said("also", ())
        )
        self.means = {
            self._plain(tex): self._declared("means", mean)
            for tex, mean in said("means", {}).items()
        }
        self._known_laws = {}  # the names that are given -> Laws

    def extended(self, letters):
        """This model with more letters: LaTeX -> LaTeX of what it is, or "" for any
        number. One that the model has already means something else from now on."""
        more = copy.copy(self)
        names = {tex: "own_" + re.sub(r"\W", "", tex) for tex in letters}
        more.notation = self.notation.extended(names)
        more.symbols = more.notation.symbols
        definitions = [f"{tex} = {value}" for tex, value in letters.items() if value]
        more.also = (*self.also, *(more.parse(tex) for tex in definitions))
        more._known_laws = {}
        free = [names[tex] for tex, value in letters.items() if not value]
        draw = self.declaration["draw"]

        @functools.wraps(draw)
        def drawn(rng, **sizes):
            given = draw(rng, **sizes)
            return given | {name: rng.uniform(0.5, 1.5) for name in free}

        more.declaration = self.declaration | {"draw": drawn}
        return more

    def __repr__(self):
        return f"Model({self.full_name})"

    @property
    def full_name(self):
        """How a chapter names the model: backprop, losses.softmax."""
        module = self.module.__name__.rpartition(".")[2]
        return self.name if module == self.name else f"{module}.{self.name}"

    def fault(self, key, found, expected):
        """Raise the one error of a malformed declaration."""
        where = f"{self.module.__name__}.MODELS[{self.name!r}][{key!r}]"
        raise DeclarationError(f"{where} is {found!r}; expected {expected}")

    def _check(self, one_of_several):
        said = self.declaration
        for key in said:
            if key not in KEYS:
                self.fault(key, said[key], "one of the keys " + ", ".join(KEYS))
        for key in ("symbols", "indices", "draw"):
            if key not in said:
                self.fault(key, None, "an entry: every model has one")
        if one_of_several and "labels" not in said:
            self.fault("labels", None, "the labels of this model, one of several")
        expected = {
            "symbols": ((dict, str), "LaTeX -> name in code, or symbols with blanks"),
            "indices": (dict, "letters -> what they run over"),
            "rows": (str, "names, with blanks between them"),
            "labels": (str, "labels, with blanks between them"),
            "positive": (str, "names, with blanks between them"),
            "functions": (dict, "letter -> classes"),
            "made": (dict, "argument -> (class, names of its parts)"),
            "means": (dict, "LaTeX of a symbol -> LaTeX of what it is"),
            "also": (tuple, "a tuple of definitions in LaTeX"),
            "phases": (dict, "phase -> the label it begins with"),
            "scan": (dict, "letter -> what it runs over"),
            "outside": (dict, "name -> a number or the name of an array"),
            "states": (dict, "name -> the values of an entry"),
            "averages": (dict, "subscript -> (weight, names)"),
            "rest": (dict, "name -> (label, what is held at which value)"),
            "picture": (str, "one of " + ", ".join(PICTURES)),
        }
        for key, (kind, words) in expected.items():
            if key in said and not isinstance(said[key], kind):
                self.fault(key, said[key], words)
        drawn = PICTURES if said.get("scan") else PICTURES[:-1]
        if said.get("picture", drawn[0]) not in drawn:
            self.fault("picture", said["picture"], "one of " + ", ".join(drawn))
        symbols = said["symbols"]
        symbols = named(symbols) if isinstance(symbols, str) else symbols
        for key, entries in (
            ("symbols", symbols), ("indices", said["indices"]),
            ("means", said.get("means", {})),
        ):  # fmt: skip
            for tex, meaning in entries.items():
                if not (isinstance(tex, str) and isinstance(meaning, str)):
                    self.fault(key, {tex: meaning}, expected[key][1])
        if not callable(said["draw"]):
            self.fault("draw", said["draw"], "a function of a Generator")
        spelled = set(symbols.values())
        for key in ("outside", "states", "rest"):
            for name in said.get(key, {}):
                if name not in spelled:
                    self.fault(key, name, "a name in code from symbols")
        for key in ("rows", "positive"):
            for name in said.get(key, "").split():
                if name not in spelled:
                    self.fault(key, name, "a name in code from symbols")
        for arg, made in said.get("made", {}).items():
            pair = isinstance(made, tuple) and len(made) == 2
            if not (pair and inspect.isclass(made[0]) and isinstance(made[1], str)):
                self.fault("made", made, f"(class, names of its parts) for {arg}")
            parts = inspect.signature(made[0]).parameters
            if len(made[1].split()) != len(parts):
                words = f"as many names as {arg} has parts: {', '.join(parts)}"
                self.fault("made", made[1], words)
        for letter, classes in said.get("functions", {}).items():
            listed = isinstance(classes, (tuple, list)) and classes
            if not (isinstance(letter, str) and listed and all(map(callable, classes))):
                self.fault("functions", {letter: classes}, expected["functions"][1])
        for tag, average in said.get("averages", {}).items():
            pair = isinstance(average, tuple) and len(average) == 2
            if not (pair and all(isinstance(part, str) for part in average)):
                self.fault("averages", {tag: average}, expected["averages"][1])
        kinds = set(said["indices"].values())
        for letter, kind in said.get("scan", {}).items():
            if kind not in kinds:
                self.fault(
                    "scan", kind, f"for {letter} one of " + ", ".join(sorted(kinds))
                )

    def _read_order(self):
        carriers = labelled(self.module)
        labels = self.declaration.get("labels")
        self.order = tuple(labels.split() if labels else carriers)
        for label in self.order:
            if label not in carriers:
                self.fault("labels", label, "a label of a docstring of the module")
        for label in self.phases.values():
            if label not in self.order:
                self.fault("phases", label, "one of " + ", ".join(self.order))
        self.carriers = {label: carriers[label] for label in self.order}

    @property
    def phase_labels(self):
        """phase -> the labels of its equations, in order."""
        starts = sorted(
            self.phases, key=lambda phase: self.order.index(self.phases[phase])
        )
        places = [self.order.index(self.phases[phase]) for phase in starts]
        ends = [*places[1:], len(self.order)]
        return {
            phase: self.order[start:end]
            for phase, start, end in zip(starts, places, ends)
        }

    def _equation(self, label):
        carrier = self.carriers[label]
        try:
            equation = self.parse(carrier.tex)
            _check_left(equation.lhs)
        except EquationError as error:
            where = f"{self.module.__name__}.{carrier.function.__qualname__} ({label})"
            raise EquationError(f"{where}: {error}") from None
        line, code = code_line(carrier.function, equation.name)
        return dataclasses.replace(
            equation,
            label=label,
            module=self.module.__name__,
            function=carrier.function.__qualname__,
            line=line,
            code=code,
        )

    def _declared(self, key, tex, read=latex.expression):
        """What LaTeX of the declaration says."""
        try:
            return read(tex, self.notation)
        except EquationError as error:
            self.fault(key, tex, f"what can be read: {error}")

    def _plain(self, tex):
        tree = self._declared("means", tex)
        if tree[0] != "var":
            self.fault("means", tex, "a symbol")
        return tree[1:]

    def parse(self, tex):
        """The Equation of one line in this model's letters, or EquationError."""
        return latex.parse(tex, self.notation)

    def parse_block(self, tex):
        """Every chain of a displayed block in this model's letters."""
        return latex.parse_block(tex, self.notation)

    # -- functions

    def function_equation(self, cls):
        """The docstring equation of a class that is a function: f(N) = …"""
        home = importlib.import_module(cls.__module__)
        for model in [self] if home is self.module else models(home).values():
            for label, carrier in model.carriers.items():
                if carrier.owner is cls and carrier.function.__name__ == "__call__":
                    return model.equations[label]
        raise EquationError(f"{cls.__name__}.__call__ has no labelled equation")

    def holds_for(self, label, instance):
        """Does an equation hold in an instance? One of a class only in its own."""
        owner = self.carriers[label].owner
        known = [cls for classes in self.classes.values() for cls in classes]
        if owner is None or owner not in known:
            return True
        return any(type(f) is owner for f in instance.functions.values())

    # -- laws

    def laws(self, given):
        """The Laws of an instance in which those quantities are given."""
        given = frozenset(given)
        if given not in self._known_laws:
            self._known_laws[given] = self._laws(given)
        return self._known_laws[given]

    def _laws(self, given):
        wanted = [(e.name, e.letters, e.rhs) for e in self.also]
        at_rest = self.declaration.get("rest", {})
        taken = {
            *given,
            *at_rest,
            *(w[0] for w in wanted),
            *(mean[0] for mean in self.means),
        }
        for label, equation in self.equations.items():
            if equation.lhs[0] == "var" and equation.relation == "=":
                if equation.name in {name for name, _, _ in wanted} - taken:
                    raise EquationError(f"{label} defines {equation.name} once more")
                if equation.name not in taken:
                    wanted.append((equation.name, equation.letters, equation.rhs))
        for (name, *units), tree in self.means.items():
            wanted.append((name, tuple(units), tree))
        rests = []
        for name, (label, held) in at_rest.items():
            equation = self.equations[label]
            part = (name, equation.letters, equation.rhs)
            rests.append(Law((part,), state=equation.name, held=dict(held)))
        groups = [*rests, *self._grouped([w for w in wanted if w[0] not in given])]
        said = self.declaration.get
        return Laws(groups, said("outside", {}), said("states", {}), self.averages)

    def _grouped(self, wanted):
        """Definitions as Laws: what reads itself or each other is scanned together."""
        defined = {name: tree for name, _, tree in wanted}

        def reached(name):
            found, waiting = set(), [name]
            while waiting:
                for other in names(defined[waiting.pop()]) & set(defined):
                    if other not in found:
                        found.add(other)
                        waiting.append(other)
            return found

        reach = {name: reached(name) for name in defined}
        laws, done = [], set()
        for name, units, tree in wanted:
            if name in done:
                continue
            together = {n for n in reach[name] if name in reach[n]}
            # What a slope or a sum over states reads of itself is no circle: see _scan.
            if not together:
                laws.append(Law(((name, units, tree),)))
                continue
            done |= together
            laws.append(self._scanned([w for w in wanted if w[0] in together]))
        return laws

    def _scanned(self, group):
        """The Law of quantities that read each other at other places of a letter."""
        members = {name for name, _, _ in group}
        for letter in self.scan:
            if any(letter not in units for _, units, _ in group):
                continue
            steps, within = set(), {name: set() for name in members}
            for name, _, tree in group:
                for node in nodes(tree):
                    if node[0] == "var" and node[1] in members:
                        shift = _shift(node[2:], letter)
                        steps |= {np.sign(shift)} - {0}
                        within[name] |= {node[1]} if shift == 0 else set()
            if len(steps) == 1:
                ordered, left = [], list(group)
                while left:
                    ready = [
                        w for w in left if not within[w[0]] & {n for n, _, _ in left}
                    ]
                    if not ready:
                        break
                    ordered.append(ready[0])
                    left.remove(ready[0])
                if not left:
                    return Law(tuple(ordered), letter, bool(steps.pop() > 0))
        said = ", ".join(sorted(members))
        self.fault(
            "scan", self.scan, f"a letter along which {said} are computed in turn"
        )

    # -- instances

    def instance(self, seed=0, **sizes):
        """A random Instance, drawn by the module's own draw."""
        given = self.declaration["draw"](np.random.default_rng(seed), **sizes)
        if not isinstance(given, dict):
            self.fault("draw", given, "a function that returns name -> quantity")
        return Instance(self, given)

    def given(self, **quantities):
        """The Instance of given quantities, such as those of a worked example."""
        return Instance(self, quantities)

    # -- equations and functions in an instance

    def expected(self, label, instance, tree=None):
        """What an equation says of an instance: rows first, or the mean over them.

        Another tree may stand for its right side. An update gives the value afterwards;
        those of one function are done in turn, slopes taken before any of them.
        """
        equation = self.equations[label]
        world = (
            self.before(label, instance) if equation.relation != "=" else instance.world
        )
        value = world.table(tree or equation.rhs, equation.letters)
        return self.rowed(equation.lhs, value, instance)

    def before(self, label, instance):
        """The world in which an update is done: after those that its function does
        before it, with the slopes of before all of them."""
        function = self.carriers[label].function
        world = instance.world
        for earlier in self.order[: self.order.index(label)]:
            equation = self.equations[earlier]
            if self.carriers[earlier].function is function and equation.relation != "=":
                value = world.table(equation.rhs, equation.letters)
                world = world.moved(**{equation.name: value})
        return world

    def has_rows(self, lhs):
        """Has what stands on a left side a row per example?"""
        return bool(self.rows & names(lhs))

    def rowed(self, lhs, value, instance):
        """Lanes to rows: first if the left side has rows, else the mean over them."""
        if self.has_rows(lhs):
            value = np.broadcast_to(value, (*value.shape[:-1], instance.world.lanes))
            return np.moveaxis(value, -1, 0)
        return value.mean(axis=-1)

    def call(self, label, instance, function=None):
        """What the function that carries a label computes in an instance.

        It is called by the names of its arguments, `function` in its place if given;
        the result is its attribute or returned name of the equation's name, or it as it
        is. A function of one step of a scan is called for each, the steps along its
        axis.
        """
        equation, carrier = self.equations[label], self.carriers[label]
        # No door: to an instance a count is a float like every other number.
        function = function or inspect.unwrap(carrier.function)
        parameters = inspect.signature(function).parameters
        letter = self.stepped(equation, parameters)
        if not letter:
            return self._result(
                equation, function, self._arguments(carrier, parameters, instance, {})
            )
        results = []
        for number in range(*instance.world.range(letter)):
            arguments = self._arguments(carrier, parameters, instance, {letter: number})
            results.append(self._result(equation, function, arguments))
        axis = equation.letters.index(letter) + self.has_rows(equation.lhs)
        return np.stack(results, axis=axis)

    def stepped(self, equation, parameters):
        """The scanned letter that a function computes one step of, or ""."""
        for letter in self.scan:
            shifted = [a for a in parameters if a in self.aliases]
            if letter in equation.letters and any(
                letter in letters(self.aliases[a]) for a in shifted
            ):
                return letter
        return ""

    def _arguments(self, carrier, parameters, instance, fixed):
        found = {}
        for name, parameter in parameters.items():
            if name == "self":
                found[name] = instance.function_of(carrier.owner)
            elif instance.knows(name):
                found[name] = instance.argument(name, fixed)
            elif parameter.default is inspect.Parameter.empty:
                raise EquationError(
                    f"{self.full_name}: {carrier.function.__qualname__} takes {name}, "
                    "and the model has nothing of that name"
                )
        return found

    def _result(self, equation, function, arguments):
        result = function(**arguments)
        if isinstance(result, tuple) and not hasattr(result, "_fields"):
            own = returned(self.carriers[equation.label].function)
            if equation.name in own:
                return np.asarray(result[own.index(equation.name)], float)
        return np.asarray(getattr(result, equation.name, result), float)

    # -- plain data

    def data(self):
        """The model as plain data: JSON without a further thought."""
        said = self.declaration.get
        words = getattr(self.module, "WORDS", {})
        laws = self.instance(0).world.setting.laws
        together = list({id(law): law for law in laws.values()}.values())
        return {
            "name": self.full_name,
            "symbols": {
                name: {
                    "tex": s.tex, "letters": s.letters, "kinds": s.kinds,
                    "given": name not in laws,
                    "letter": writing.letter(name, self), "below": s.literal,
                    "above": s.above and writing.character(s.above),
                }
                for name, s in self.symbols.items()
            },
            "indices": self.notation.over,
            "equations": [
                {
                    "label": e.label, "lhs": e.lhs, "rhs": e.rhs,
                    "relation": e.relation, "name": e.name, "letters": e.letters,
                    "written": writing.split(e.lhs, self)[0],
                    "function": e.function, "module": e.module,
                    "of": getattr(self.carriers[e.label].owner, "__name__", ""),
                }
                for e in self.equations.values()
            ],
            "laws": [dataclasses.asdict(law) for law in together],
            "functions": {
                letter: {
                    cls.__name__: {
                        "argument": self.function_equation(cls).lhs[2][1],
                        "tree": self.function_equation(cls).rhs,
                    }
                    for cls in classes
                }
                for letter, classes in self.classes.items()
            },
            "rows": sorted(self.rows),
            "positive": said("positive", "").split(),
            "scan": self.scan,
            "picture": picture(self),
            "states": said("states", {}),
            "averages": self.averages,
            "outside": said("outside", {}),
            "phases": self.phase_labels,
            "words": {label: words[label] for label in self.order if label in words},
        }  # fmt: skip


def _check_left(tree):
    """A left side is a symbol, a slope, or a function of a symbol."""
    if (
        tree[0] not in ("var", "d", "d2", "call")
        or tree[0] == "call"
        and tree[2][0] != "var"
    ):
        raise EquationError("what stands on the left side cannot be defined")


def _shift(units, letter):
    """How far from a letter's own place a quantity is read: 0, -1, 1 …"""
    for unit in units:
        if letter in letters(unit):
            if unit == letter:
                return 0
            if unit[0] in ("add", "sub") and unit[2][0] == "num":
                return int(unit[2][1]) * (1 if unit[0] == "add" else -1)
    return 0
