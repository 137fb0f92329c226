"""The stepper: one pass of a model to watch, to touch and to be asked about.

    Stepper("backprop", net=net, X=X, D=D)            every phase of the model
    Stepper("backprop", net=net, X=X, D=D, phases=("forward",))  what is before is shown
    Stepper("backprop", begin="eq-net-output", …)    what is computed before it is known
    Stepper("losses.softmax", N=N, D=D)               any model, its quantities by name
    Stepper("backprop", compare="no-slope-output")    beside it, the pass with a mistake
    stepper.instance, stepper.trace                   the pass, as the reader left it

A model is named as chapters name it, or is a Model. What is not given is that of the
model's worked example. The widget is this file, stepper.js and stepper.css. The browser
gets the model as plain data, and engine.js evaluates its trees; no model is known by
name. A notebook stores no widget but a table of every number, made by the functions
that carry the equations. What all steppers of Part I have in common, the page loads
once: `shared()`.
"""

import html
import inspect
import json
import pathlib
import re
from functools import cache
from typing import NamedTuple

import anywidget
import numpy as np
import traitlets

from book import engine, ideas, judge, mistakes
from book.instance import Instance, fields_of, numbers_of
from book.trees import names
from book.writing import shown, split

FOLDER = pathlib.Path(__file__).parent
PART_ONE = "backprop"


class Quantity(NamedTuple):
    """What one equation gives: its label, its name in code, its index letters, its
    value without an axis of examples."""

    label: str
    name: str
    letters: tuple
    value: np.ndarray


class Stepper(anywidget.AnyWidget):
    """One pass of a model (see the module), shown one example at a time.

    given: the model's quantities by their names in code, rows first. phases are names
    of `phases(model)`. view is "unit" (one number at a time) or "layer"; with ask=True
    the reader is asked before a number is shown; begin is the label of the equation to
    begin with, where the first phase is not to be gone through from its first one;
    compare names a mistake to compute beside the right pass: its id, or label/id for
    one equation.

    Raises ValueError for an unknown model, quantity, phase, view, beginning or mistake,
    for a number that must be above 0, and for quantities that do not fit each other.
    """

    _esm = engine.module("stepper")
    _css = FOLDER / "stepper.css"

    state = traitlets.Dict().tag(sync=True)
    book = traitlets.Dict().tag(sync=True)
    said = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        model,
        *,
        phases=None,
        view="unit",
        ask=True,
        begin="",
        compare="",
        **given,
    ):
        self.model = ideas.model(model)
        known = _phases(self.model)
        if isinstance(phases, str) or not (
            phases is None or hasattr(phases, "__iter__")
        ):
            raise TypeError(f"phases is {phases!r}; expected a list of {[*known]}")
        if not isinstance(ask, bool):
            raise TypeError(f"ask is {ask!r}; expected True or False")
        if not isinstance(compare, str):
            raise TypeError(f"compare is {compare!r}; expected the name of a mistake")
        phases = tuple(_chosen(self.model) if phases is None else phases)
        for phase in phases:
            if phase not in known:
                some = ", ".join(known)
                raise ValueError(f"phases has {phase!r}; expected some of {some}")
        if not phases:
            raise ValueError("phases is empty; expected at least one")
        if view not in ("unit", "layer"):
            raise ValueError(f"view is {view!r}; expected 'unit' or 'layer'")
        spelled = _begun(_spelled(self.model, phases), begin)
        if compare and compare not in _comparable(self.model):
            some = ", ".join(sorted(_comparable(self.model)))
            raise ValueError(f"compare is {compare!r}; expected one of {some}")
        instance = ideas.given(self.model, **given)
        super().__init__(
            book=_book(self.model),
            said=judge.DATA,
            state={
                **_given(instance),
                "phases": spelled,
                "view": view, "ask": bool(ask), "compare": compare,
                "example": 0, "step": 0, "seed": 0, "errors": [],
            },
        )  # fmt: skip
        for quantity in self.trace:  # what does not fit is said here, not in a page
            if not np.isfinite(quantity.value).all():
                raise ValueError(f"{quantity.name} is not finite with what is given")

    @property
    def instance(self):
        """The Instance of what is given now: the reader may have changed it.

        instance.argument("net") is what the model's functions are called with.
        """
        return instance_of(self.model, self.state)

    @property
    def trace(self):
        """Every Quantity that the pass computes for the example on show, in order,
        from the functions that carry the equations."""
        model, instance = self.model, self.instance
        if self.state["rows"]:
            instance = instance.alone(self.state["example"])
        found = []
        for label in ideas.computed(model):
            equation = model.equations[label]
            value = np.asarray(model.call(label, instance))
            # A unit's quantity has a row per example: here one.
            value = value[0] if value.ndim > len(equation.letters) else value
            found.append(Quantity(label, equation.name, equation.letters, value))
        return found

    def __repr__(self):
        sizes = "-".join(str(size) for _, size in self._sizes())
        parts = [self.model.full_name, sizes, ", ".join(self.state["phases"])]
        return f"Stepper({', '.join(part for part in parts if part)})"

    def _sizes(self):
        """(kind, size) of everything that is counted."""
        instance = self.instance
        kinds = dict.fromkeys(self.model.notation.over.values())
        ranges = {
            kind: span
            for letter, span in instance.world.setting.ranges.items()
            for kind in [self.model.notation.over[letter]]
        }
        return [
            (kind, ranges[kind][1] - ranges[kind][0])
            for kind in kinds
            if kind in ranges and kind != "examples"
        ]

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/plain": repr(self), "text/html": self._table()}, metadata

    def _table(self):
        """The numbers of the pass as a table, with what is given in data-state."""
        # Where the reader is, is no part of what is stored.
        state = {n: v for n, v in self.state.items() if n not in WHERE}
        stored = {"state": state}
        if self.model.full_name != PART_ONE:
            stored["book"] = self.book
        rows = []
        for name, words, value in self._rows():
            letter, units = split(_tree(name, self.model), self.model)
            symbol = letter + (f"<sub>{units}</sub>" if units else "")
            rows.append(
                f'<tr><th scope="row">{symbol}</th><td>{words}</td>'
                f"<td>{_cells(units, value)}</td></tr>"
            )
        return (
            '<div class="stepper-table" data-widget="stepper" '
            f'data-state="{html.escape(json.dumps(stored), quote=True)}">\n'
            f"<table><caption>{self._caption()}</caption>\n"
            '<thead><tr><th scope="col">symbol</th><th scope="col">what it is</th>'
            '<th scope="col">value</th></tr></thead>\n'
            "<tbody>\n" + "\n".join(rows) + "\n</tbody></table></div>"
        )

    def _caption(self):
        sizes = self._sizes()
        said = (f"{size} {_one(kind) if size == 1 else kind}" for kind, size in sizes)
        parts = [", ".join(said)]
        for letter, chosen in self.state["functions"].items():
            cls = self.book["functions"][letter][chosen["name"]]
            numbers = [
                f"{split(('var', name), self.model)[0]} = {shown(value)}"
                for name, value in chosen.items()
                if name != "name"
            ]
            parts.append(f"{letter} is {cls['said']}" + _with(numbers))
        parts += [
            f"{split(('var', name), self.model)[0]} = {shown(value)}"
            for name, value in self.state["given"].items()
            if np.ndim(value) == 0
        ]
        return "One pass, every number: " + "; ".join(filter(None, parts))

    def _rows(self):
        """(name, words, value) of what is given and of what the phases compute."""
        last = list(self.state["phases"].values())[-1][-1]
        wanted = ideas.computed(self.model)
        wanted = wanted[: wanted.index(last) + 1]
        read = _read(self.model, wanted)
        example = self.state["example"]
        for name, value in self.state["given"].items():
            if name in read and np.ndim(value):
                value = value[example] if name in self.state["rows"] else value
                yield name, self.book["names"].get(name, "given"), np.array(value)
        for quantity in self.trace:
            if quantity.label in wanted:
                words = self.book["model"]["words"][quantity.label][0]
                yield quantity.name, words, quantity.value


WHERE = ("example", "step", "seed", "errors")


def _with(numbers):
    return f" with {', '.join(numbers)}" if numbers else ""


def instance_of(model, state):
    """The Instance of what is given in the state of a stepper of that model."""
    given = {
        name: np.array(value) if np.ndim(value) else value
        for name, value in state["given"].items()
    }
    for letter, chosen in state["functions"].items():
        numbers = {name: chosen[name] for name in chosen if name != "name"}
        of = {cls.__name__: cls for cls in model.classes[letter]}
        given[letter] = of[chosen["name"]](**numbers)
    ranges = {letter: tuple(span) for letter, span in state["ranges"].items()}
    return Instance(model, {**given, "ranges": ranges} if ranges else given)


def _given(instance):
    """What is given, as plain data: by name, rows first where `rows` names it."""
    world, functions, numbers = instance.world, {}, set()
    for letter, f in instance.functions.items():
        functions[letter] = {"name": type(f).__name__, **numbers_of(f)}
        numbers |= set(numbers_of(f))
    own = [name for name in instance.given if name not in numbers]
    own = [n for n in own if n in instance.raw or n not in instance.counts()]
    order = list(instance.model.symbols)
    own.sort(key=lambda name: order.index(name) if name in order else len(order))
    values = {name: world.value(name) for name in own}
    rows = [name for name in own if _rowed(name, instance)]
    return {
        "given": {
            name: raw
            if isinstance(raw := instance.raw.get(name), int)
            else (np.moveaxis(v, -1, 0) if name in rows else v[..., 0]).tolist()
            for name, v in values.items()
        },
        "rows": rows,
        "functions": functions,
        "ranges": {letter: list(span) for letter, span in instance.ranges.items()},
    }


def _rowed(name, instance):
    return name in instance.raw and instance.rowed(name, np.asarray(instance.raw[name]))


# ---- what steppers of one model have in common


def shared():
    """What a page loads once for its steppers: {"book": that of Part I, "said": what
    is said of a typed number}."""
    return {"book": _book(ideas.model(PART_ONE)), "said": judge.DATA}


@cache
def _book(model):
    """The model as plain data, and what the screen adds to it."""
    labels = ideas.computed(model)
    words = {label: _words(label, model) for label in labels}
    told = mistakes.told(labels, model)
    return {
        "model": model.data() | {"words": words},
        "equations": {
            label: {"code": _code(model.equations[label], model), **own}
            for label, own in told["equations"].items()
        },
        "mistakes": told["mistakes"],
        "functions": {
            letter: {
                cls.__name__: {
                    "said": getattr(cls, "name", cls.__name__.lower()),
                    "numbers": numbers_of(cls()),
                }
                for cls in classes
            }
            for letter, classes in model.classes.items()
        },
        "names": {
            name: words.replace("$", "")
            for name, words in getattr(model.module, "WORDS", {}).items()
            if name in {*model.symbols, *model.classes}
        },
        "nouns": _nouns(model),
        "made": {
            name: [kind.__name__, parts, list(fields_of(kind))]
            for name, (kind, parts) in model.made.items()
        },
    }


def _code(equation, model):
    """[line number, text] of the function's head and of the line that computes it."""
    lines = inspect.getsource(model.module).splitlines()
    head = next(
        k
        for k in range(equation.line, 0, -1)
        if lines[k - 1].lstrip().startswith("def ")
    )
    return [[k, lines[k - 1]] for k in (head, equation.line)]


def _words(label, model):
    """What an equation gives; a sentence for one unit; for all; why each factor. A
    model without words has the first sentence of the docstring."""
    words = getattr(model.module, "WORDS", {})
    if label in words:
        return list(words[label])
    said = inspect.getdoc(model.carriers[label].function)
    said = " ".join(re.split(r"\(eq-|\. |\n\n", said)[0].split()).rstrip(".")
    return [said[0].lower() + said[1:], f"{said}.", f"{said}.", ""]


def _nouns(model):
    """Index letter -> what one of its units is called: "hidden unit"."""
    nouns = {}
    for words in getattr(model.module, "WORDS", {}).values():
        if isinstance(words, str):
            for before, letter in re.findall(r"([^$]*)\$(\w)\$", words):
                noun = re.split(r"\b(?:of|to|from|that|by|with) ", before)[-1].strip()
                if noun:
                    nouns.setdefault(letter, noun)
    for letter, kind in model.notation.over.items():
        alike = [other for other, own in model.notation.over.items() if own == kind]
        known = [nouns[other] for other in alike if other in nouns]
        nouns.setdefault(letter, known[0] if known else _one(kind))
    return nouns


def _one(kind):
    return kind.removesuffix("s")


# ---- phases


@cache
def _phases(model):
    """phase -> its labels; a model that declares none has one, "pass"."""
    own = {
        phase: [label for label in labels if label in ideas.computed(model)]
        for phase, labels in model.phase_labels.items()
    }
    return own or {"pass": ideas.computed(model)}


def _chosen(model):
    """The phases of more than one equation, and the last: one alone is the beginning of
    the next."""
    *others, last = _phases(model).items()
    return [*(phase for phase, labels in others if len(labels) > 1), last[0]]


def _spelled(model, chosen):
    """phase -> labels, of the chosen ones in their order. A phase of one equation that
    is not chosen is the beginning of the one after it: E of the output delta."""
    known, found, before = _phases(model), {}, []
    for phase, labels in known.items():
        if phase in chosen:
            found[phase] = [*before, *labels]
        skipped = phase not in chosen and len(labels) == 1
        before = [*before, *labels] if skipped else []
    return found


def _begun(spelled, begin):
    """phase -> labels, from the label to begin with: those before it are left out."""
    labels = [label for own in spelled.values() for label in own]
    if not begin:
        return spelled
    if begin not in labels:
        raise ValueError(f"begin is {begin!r}; expected one of {', '.join(labels)}")
    left = set(labels[: labels.index(begin)])
    kept = {phase: [u for u in own if u not in left] for phase, own in spelled.items()}
    return {phase: own for phase, own in kept.items() if own}


def phases(model=PART_ONE):
    """phase -> its labels, of a model or of its name."""
    return dict(_phases(ideas.model(model)))


# ---- tables


def _read(model, labels):
    """The names that those equations read."""
    found = set().union(*(names(model.equations[label].rhs) for label in labels))
    outside = model.declaration.get("outside", {})
    held = {outside[name] for name in found if name in outside}
    return found | {name for name in held if isinstance(name, str)}


def _tree(name, model):
    """The symbol, or the slope, of that name in code."""
    symbol = model.symbols.get(name)
    if symbol:
        return ("var", name, *symbol.letters)
    for equation in model.equations.values():
        if equation.name == name:
            return equation.lhs
    return ("var", name)


def _cells(letters, value):
    """The numbers of one quantity, each named by its place: i1 h2 …"""
    if not np.ndim(value):
        return shown(float(value))
    rows = []
    for place in np.ndindex(np.shape(value)):
        unit = "".join(f"{letter}{k + 1}" for letter, k in zip(letters, place))
        rows.append(f"<small>{unit}</small>&nbsp;{shown(value[place])}")
    if np.ndim(value) > 1:
        width = np.shape(value)[-1]
        lines = [rows[k : k + width] for k in range(0, len(rows), width)]
        return "<br>".join(" ".join(line) for line in lines)
    return " ".join(rows)


@cache
def _comparable(model):
    """Every id of a mistake, and label/id for one equation's."""
    found = [
        (label, m.id)
        for label in ideas.computed(model)
        for m in mistakes.mistakes(label, model)
    ]
    return {id for _, id in found} | {f"{label}/{id}" for label, id in found}
