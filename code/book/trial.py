"""A learner's function, tried on random instances of the model it belongs to.

    of_function(function, label, model)    Feedback on it

It is called with batches and with one example at a time, by the names of its arguments
or in the order of the book's function. What it gives is compared with the equations,
and with what their mistakes give.
"""

import dataclasses
import inspect
from functools import cache

import numpy as np

from book import ideas
from book.feedback import Feedback, explained, named, unexplained
from book.judge import TOLERANCE
from book.mistakes import Mistake, gives


def _of_a_batch(id, name, sentence):
    return Mistake(id, "", (), name, sentence, "")


SUM_FOR_MEAN = _of_a_batch(
    "sum-for-mean",
    "Summed over the examples, not averaged",
    "Of a batch, E and its slopes are means: divide by the number of examples.",
)
MEAN_TWICE = _of_a_batch(
    "mean-twice",
    "Divided by the number of examples once too often",
    "The mean is taken once, where a slope by a parameter is formed.",
)


def of_function(function, label="", model=None):
    """Feedback on a function: by its name, or of that label or of the function of the
    book that is so called. Raises ValueError if there is none."""
    task = _task(function, label, model)
    model = task.model
    singles = (False, True) if model.rows else (False,)
    tries = [_Try(function, task, _instances(model), single) for single in singles]
    if any(t.explained_by(None, {}) for t in tries):
        return _right(function, task, tries)
    # What runs on more of the instances says more.
    tries.sort(key=lambda t: -sum(outcome is not None for outcome in t.outcomes))
    if all(outcome is None for t in tries for outcome in t.outcomes):
        return Feedback("unclear", tries[0].complaint, task.labels[0])
    for batch in SUM_FOR_MEAN, MEAN_TWICE:
        if any(t.explained_by_batch(batch) for t in tries):
            return named((batch,), task.labels[0])
    several = len(task.labels) > 1
    for t in tries:
        partly = t.partly if several else None
        found = explained(_behind(task), model, t.explained_by, partly)
        if found:
            return found
    return tries[0].unexplained()


def _task(function, label, model):
    among = [ideas.model(model)] if model else ideas.everywhere()
    found = [task for one in among for task in ideas.tasks(one)]
    name = getattr(function, "__name__", "?")
    fits = [task for task in found if task.name == (label or name)]
    if label and not fits:
        fits = [
            task._replace(labels=(label,)) for task in found if label in task.labels
        ]
    if not fits:
        known = ", ".join(dict.fromkeys(task.name for task in found))
        raise ValueError(
            f"the function is called {name!r}; expected one of {known}, "
            "or its equation: check(function, 'eq-hidden-delta')"
        )
    asked = tuple(inspect.signature(function).parameters)
    return max(fits, key=lambda task: task.arguments == asked)


def _behind(task):
    """The labels whose mistakes may show: those of a function, and for one that goes
    through a whole pass, all that come before them."""
    model = task.model
    own = {model.carriers[label].function for label in task.labels}
    if len(own) == 1:
        return task.labels
    last = max(map(model.order.index, task.labels))
    return [k for k in ideas.computed(model) if model.order.index(k) <= last]


def _right(function, task, tries):
    for classes in task.model.classes.values():
        usual = classes[0]()
        for f in _others(usual, classes):
            instances = _instances(task.model, f)
            others = [_Try(function, task, instances, t.single) for t in tries]
            if not any(t.explained_by(None, {}) for t in others):
                only = _one_function_only(usual)
                text = f"{only.name}. {only.sentence}"
                return Feedback("right", text, "", (only,))
    if tries[0].explained_by_batch(SUM_FOR_MEAN):
        text = f"{SUM_FOR_MEAN.name}. {SUM_FOR_MEAN.sentence}"
        text = f"Right for one example. {text}"
        return Feedback("right", text, "", (SUM_FOR_MEAN,))
    return Feedback("right", "Right.")


def _others(usual, classes):
    """Functions to try besides the usual one: other numbers in it, another class."""
    numbers = {field.name: 1.7 for field in dataclasses.fields(usual)}
    if numbers:
        yield dataclasses.replace(usual, **numbers)
    yield from (cls() for cls in classes[1:2])


def _one_function_only(usual):
    numbers = dataclasses.asdict(usual)
    settings = {"alpha": "α"}
    said = ", ".join(f"{settings.get(k, k)} = {v:g}" for k, v in numbers.items())
    return _of_a_batch(
        f"{usual.name}-only",
        f"Right for the {usual.name} function{' with ' + said if said else ''} only",
        "Ask f for f(N) and f.slope(N): another f has another slope.",
    )


@cache
def _instances(model, function=None):
    """Random instances, square ones first; one example, and several."""
    shapes = (2, 1), (2, 3), (3, 2), (None, 3), (None, 1)
    return [
        ideas.drawn(model, 7 + k, size, examples, function)
        for k, (size, examples) in enumerate(shapes)
    ]


class _Try:
    """A function called on every instance, with batches or one example at a time."""

    def __init__(self, function, task, instances, single):
        self.model, self.labels = task.model, task.labels
        self.instances, self.single, self.complaint = instances, single, ""
        known = ideas.quantities(task.model)
        parameters = inspect.signature(function).parameters
        needed = [
            p.name for p in parameters.values()
            if p.default is p.empty or p.name in known
        ]  # fmt: skip
        by_name = all(name in known for name in needed)
        self.names = needed if by_name else task.arguments[: len(parameters)]
        self.outcomes = [self._outcome(function, instance) for instance in instances]

    def _outcome(self, function, instance):
        """label -> array, or None if the function does not get through."""
        try:
            if not self.single:
                return self._results(function, instance)
            rows = [
                self._results(function, instance.alone(k))
                for k in range(instance.lanes)
            ]
        except Exception as error:  # whatever a learner's function may raise
            words = str(error).splitlines()[0] if str(error) else ""
            self.complaint = f"It stopped with {type(error).__name__}: {words}"
            return None
        if any(row is None for row in rows):
            return None
        return {
            label: np.concatenate([row[label] for row in rows])
            if self._has_rows(label)
            else np.mean([row[label] for row in rows], axis=0)
            for label in self.labels
        }

    def _has_rows(self, label):
        return self.model.has_rows(self.model.equations[label].lhs)

    def _results(self, function, instance):
        """label -> array; a function of one step of a scan is called for each."""
        equation = self.model.equations[self.labels[0]]
        letter = self.model.stepped(equation, self.names)
        if not letter:
            return self._parts(self._call(function, instance, {}), instance)
        steps = range(*instance.world.range(letter))
        results = [self._call(function, instance, {letter: step}) for step in steps]
        rows = not self.single and self._has_rows(self.labels[0])
        axis = equation.letters.index(letter) + rows
        return self._parts(np.stack(results, axis=axis), instance)

    def _call(self, function, instance, fixed):
        """The function's result, for a batch or for the one example without rows."""
        arguments = []
        for name in self.names:
            value = instance.argument(name, fixed)
            tree = self.model.aliases.get(name) or ("var", name)
            if self.single and self.model.has_rows(tree):
                value = value[0]
            arguments.append(value.copy() if isinstance(value, np.ndarray) else value)
        return function(*arguments)

    def _parts(self, result, instance):
        if result is None:
            self.complaint = "It returns nothing: is there a return?"
            return None
        parts = self._named(result)
        found = {}
        for label in self.labels:
            wanted = gives(label, instance).shape
            array = np.asarray(parts[label], float)
            if array.size != np.prod(wanted) or array.shape not in (
                wanted, wanted[1:], (1, *wanted), (*wanted, 1),
            ):  # fmt: skip
                shape = array.shape
                self.complaint = f"It returns the shape {shape}; expected {wanted}."
                return None
            found[label] = array.reshape(wanted)
        return found

    def _named(self, result):
        """label -> its part of what the function returns: a dict, an object or a tuple,
        with a slope under its own name or under that of what it is taken by."""
        if len(self.labels) == 1 and not isinstance(result, dict):
            name = self.model.equations[self.labels[0]].name
            if self.model.equations[self.labels[0]].relation == "=" or isinstance(
                result, np.ndarray
            ):
                return {self.labels[0]: result}
            result = getattr(result, name, result)
            return {self.labels[0]: result[0] if isinstance(result, tuple) else result}
        names = {
            k: self.model.equations[k].name.rpartition("_d")[2] for k in self.labels
        }
        if isinstance(result, dict):
            return {
                label: next(v for key, v in result.items() if key.endswith(name))
                for label, name in names.items()
            }
        if all(hasattr(result, name) for name in names.values()):
            return {label: getattr(result, name) for label, name in names.items()}
        return dict(zip(self.labels, result))

    def explained_by(self, mistake, changes, labels=None):
        """Whether these trees give what the function gave, on every instance.

        Where the mistake would not fit the shapes, the function must have failed.
        """
        if mistake and not any(map(mistake.applies, self.instances)):
            return False  # of another transfer function: nothing here could show it
        for instance, outcome in zip(self.instances, self.outcomes):
            if mistake and not mistake.applies(instance):
                if outcome is not None and len(self.labels) == 1:
                    right = gives(self.labels[0], instance)
                    if _same(outcome[self.labels[0]], right):
                        return False
                continue
            if outcome is None:
                return False
            for label in labels or self.labels:
                with np.errstate(all="ignore"):
                    given = gives(label, instance, changes, not self.single)
                if not _same(outcome[label], given):
                    return False
        return True

    def partly(self, mistake, changes):
        """Whether a mistake explains what is computed first, without the rest."""
        inner = sorted(self.labels, key=self.model.order.index)
        return self.explained_by(mistake, changes, inner[: len(inner) // 2])

    def explained_by_batch(self, batch):
        """Whether the function gave the right numbers times that of the examples, or
        divided by it; of instances with one example each nobody knows."""
        if all(instance.lanes == 1 for instance in self.instances):
            return False
        for instance, outcome in zip(self.instances, self.outcomes):
            n = instance.lanes if batch is SUM_FOR_MEAN else 1 / instance.lanes
            if outcome is None:
                return False
            for label in self.labels:
                if not _same(outcome[label], n * gives(label, instance)):
                    return False
        return True

    def unexplained(self):
        for instance, outcome in zip(self.instances, self.outcomes):
            for label in sorted(self.labels, key=self.model.order.index):
                right = gives(label, instance)
                if outcome is not None and not _same(outcome[label], right):
                    tree = self.model.equations[label].rhs
                    return unexplained(
                        label, tree, outcome[label], right, self.complaint
                    )
        return Feedback("unclear", self.complaint, self.labels[0])


def _same(a, b):
    if np.shape(a) != np.shape(b) or not np.isfinite(a).all():
        return False
    scale = max(np.max(np.abs(a)), np.max(np.abs(b)))
    return bool(np.max(np.abs(a - b)) <= TOLERANCE["computed"] * scale)
