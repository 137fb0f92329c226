r"""Say of an answer that it is right, or which mistake it looks like; never the answer.

    check("eq-hidden-delta", [0.1, -0.2])           numbers for the running example
    check("eq-hidden-delta", 0.1, "h1")             one of them
    check("eq-slope-v", value, net=net, X=X, D=D)   numbers for another network
    check(hidden_delta)                             a function of yours, by its name
    check(mine, "eq-hidden-delta")                  one of any other name

What comes back shows itself: a verdict ("right", "mistake" or "unclear"), the mistakes
it may be with a sentence, and the equation to read again. A function may use loops,
einsum or matrices and take one example or a batch. Its arguments are the book's
quantities, by their names (net X w b v c f N_h H N_o O D delta_o delta_h eta alpha) or
in the order of the function of backprop.py. `gradient` returns a Gradient, a tuple
w, b, v, c or a dict.

Right and wrong are what the trees of equations.py and mistakes.py give on random
networks, square and not. Numbers may be rounded as a person rounds.
"""

import inspect
import re
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

import backprop as bp
from book import equations
import examples
from book import mistakes

TOLERANCE = 1e-6
EQUATIONS = equations.registry()

# The order in which a pass computes them; a mistake goes on in everything behind it.
ORDER = (
    "eq-net-hidden", "eq-hidden", "eq-net-output", "eq-output", "eq-error",
    "eq-output-delta", "eq-slope-v", "eq-slope-c",
    "eq-hidden-delta", "eq-slope-w", "eq-slope-b",
)  # fmt: skip
UPDATES = ("eq-update-w", "eq-update-b", "eq-update-v", "eq-update-c")
AFTER = ("var", "after", "h", "o")  # v after the update of the whole batch
CHAPTERS = {
    "02": ORDER[:4],
    "03": ORDER[4:5],
    "04": ORDER[5:8],
    "05": ORDER[8:],
    "06": UPDATES,
}
# What a learner's function may be called -> the equations of what it returns.
LABELS = {EQUATIONS[label].function: (label,) for label in ORDER} | {
    "gradient": ("eq-slope-w", "eq-slope-b", "eq-slope-v", "eq-slope-c"),
    "update": UPDATES,
}
# Of several mistakes that explain the same numbers, the likeliest stands first. The
# order is that of the sightings in chapter 07; the others follow as they are listed.
LIKELY = (
    "sign", "updated-v", "raw-difference", "no-slope-output", "no-slope-hidden",
    "transposed-v", "transposed-slope", "transposed-slope-w", "transposed-w",
    "factor-two", "factor-half", "slope-at-output", "net-in-short-form", "first-only",
    "bias-summed", "no-bias", "not-updated",
)  # fmt: skip


def _of_a_batch(id, name, sentence):
    return mistakes.Mistake(id, "", (), name, sentence, "")


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
LOGISTIC_ONLY = _of_a_batch(
    "logistic-only",
    "Right for the logistic function with α = 1 only",
    "Ask f for f(N) and f.slope(N): another f has another slope.",
)


@dataclass(frozen=True, repr=False)
class Feedback:
    """verdict: "right", "mistake" or "unclear"; the text shown; the label of the equation
    to read again; the mistakes, likeliest first."""

    verdict: str
    text: str
    label: str = ""
    mistakes: tuple = ()

    def __repr__(self):
        if not self.label:
            return self.text
        chapter = next(n for n, labels in CHAPTERS.items() if self.label in labels)
        return f"{self.text} Read again: {self.label}, chapter {chapter}."


def check(answer, *rest, **network):
    """Feedback on numbers, check(label, value, unit, net=, X=, D=, eta=), or on a
    function, check(function, label).

    Raises ValueError if the label is unknown or a function has none.
    """
    if callable(answer):
        return _of_function(answer, *rest)
    return _of_value(answer, *rest, **network)


# ---- what is right and what each mistake gives


@dataclass(frozen=True)
class Case:
    """A network and examples to try an answer on."""

    net: bp.Network
    X: np.ndarray
    D: np.ndarray
    eta: float

    @cached_property
    def envs(self):
        """Every quantity of each example, from equation trees."""
        return [
            equations.environment(self.net, x, d, self.eta)
            for x, d in zip(self.X, self.D)
        ]

    @cached_property
    def known(self):
        """Every quantity of the batch, by its name in code."""
        net = self.net
        steps = {s.name: s.value for s in bp.steps(net, self.X, self.D, self.eta)}
        known = {name: steps[name] for name in steps if name not in "vcwb"}
        known |= {name: getattr(net, name) for name in "wbvcf"}
        known["slope"] = bp.gradient(net, self.X, self.D)
        known |= {"net": net, "X": self.X, "D": self.D, "eta": self.eta}
        return known | {"alpha": getattr(net.f, "alpha", 1.0)}

    def fits(self, mistake):
        """Whether the mistake can be made here unnoticed."""
        return mistake.applies(self.envs[0])

    def gives(self, label, changes, together=True):
        """What the equation gives if the equations in changes have other trees.

        changes: label -> tree. Rows are examples; E and its slopes are means. A v
        updated too early is so by the slopes of all examples together, or of each.
        """
        if label in UPDATES:
            name = label[-1]
            slope = getattr(self.known["slope"], name)
            env = self.envs[0].moved(slope=slope[..., None])
            tree = changes.get(label, EQUATIONS[label].rhs)
            part = ("var", "slope", *EQUATIONS[label].lhs[2:])
            whole = ("d", ("var", "E"), EQUATIONS[label].lhs)
            tree = mistakes.replaced(tree, whole, part)
            return mistakes._values(label, tree, env, None)
        rows, after = [], self.net.v - self.eta * self.known["dE_dv"]
        for env in self.envs:
            env, touched = env.moved(after=after[..., None]), False
            for behind in ORDER[: ORDER.index(label) + 1]:
                touched |= behind in changes
                if touched or behind == label:
                    tree = changes.get(behind, EQUATIONS[behind].rhs)
                    if together:
                        tree = mistakes.replaced(tree, mistakes.updated_v, AFTER)
                    value = mistakes._values(behind, tree, env, None)
                    env = env.moved(**{EQUATIONS[behind].name: value[..., None]})
            rows.append(value)
        return np.mean(rows, axis=0) if _is_mean(label) else np.array(rows)


def _is_mean(label):
    return label == "eq-error" or label.startswith("eq-slope")


@cache
def _cases(f=bp.Logistic()):
    rng = np.random.default_rng(7)
    found = []
    for size, n in ("222", 1), ("222", 3), ("333", 2), ("234", 3), ("432", 1):
        size = tuple(map(int, size))
        X, D = rng.uniform(-1, 1, (n, size[0])), rng.uniform(0.1, 0.9, (n, size[2]))
        found.append(Case(bp.network(rng, size, f), X, D, eta=0.5))
    return found


def _singles(labels):
    """Every mistake in one of the equations, the likeliest first."""
    found = [m for label in labels for m in mistakes.mistakes(label)]
    found += [_last_only(m) for m in found if m.id == "first-only"]
    return sorted(found, key=lambda m: (LIKELY + (m.id,)).index(m.id))


def _last_only(first_only):
    """The mistake of keeping a sum's last term: unit 0 is the one before unit 1."""
    tree = first_only.tree
    for letter in "iho":
        tree = mistakes.replaced(tree, f"{letter}1", f"{letter}0")
    name = "Only the last term of the sum is there"
    return first_only._replace(id="last-only", tree=tree, name=name)


@cache
def _pairs(label):
    """Every two mistakes made together in one equation: (first, second, tree)."""
    found, seen = [], {m.tree for m in _singles([label])} | {EQUATIONS[label].rhs}
    for first in _singles([label]):
        for kind in mistakes.KINDS:
            if label not in kind.changes or kind.id == first.id:
                continue
            try:
                tree = kind.changes[label](first.tree)
                _cases()[0].gives(label, {label: tree})
            except (IndexError, KeyError, TypeError, equations.EquationError):
                continue  # what the second would change is gone
            if tree not in seen:
                seen.add(tree)
                second = next(m for m in _singles([label]) if m.id == kind.id)
                found.append((first, second, tree))
    return found


# ---- numbers


def _of_value(label, value, unit="", net=None, X=None, D=None, eta=0.5):
    if label not in ORDER + UPDATES:
        known = ", ".join(ORDER + UPDATES)
        raise ValueError(f"label is {label!r}; expected one of {known}")
    if net is None:
        net, X, D = examples.running()
    case = Case(net, np.atleast_2d(X), np.atleast_2d(D), eta)
    value, right = np.asarray(value, float), case.gives(label, {})
    place = tuple(int(number) - 1 for number in re.findall(r"\d+", unit))
    if place:
        pick = lambda a: a[(..., *place)].reshape(value.shape)  # noqa: E731
        count = right[(..., *place)].size
    else:
        pick = lambda a: a.reshape(value.shape)  # noqa: E731
        count = right.size
    shapes = [right.shape[k:] for k in range(1 + (len(case.X) == 1 and right.ndim > 1))]
    if value.size != count or not (place or value.shape in shapes or count == 1):
        expected = " or ".join(map(str, shapes))
        text = f"It has the shape {value.shape}; expected {expected}."
        return Feedback("unclear", text, label)
    if not np.isfinite(value).all():
        return Feedback("unclear", "It is not a finite number.", label)
    if _rounded(value, pick(right)):
        return Feedback("right", "Right.")

    def explains(mistake, changes):
        return case.fits(mistake) and _rounded(value, pick(case.gives(label, changes)))

    return _explained([label], explains) or _unexplained(label, value, pick(right))


def _rounded(given, exact):
    """Whether each given number is the exact one as a person writes it: rounded, or cut
    off, to at least two significant digits."""
    for a, b in zip(np.ravel(given), np.ravel(exact)):
        decimals = len(np.format_float_positional(a, trim="-").partition(".")[2])
        last = 10.0**-decimals
        near = abs(a - b) <= max(0.51 * last, TOLERANCE * abs(b))
        if not near or (last > 0.1 * abs(b) and abs(a - b) > TOLERANCE * abs(b)):
            return False
    return True


# ---- functions


def _of_function(function, label=""):
    labels = LABELS.get(getattr(function, "__name__", ""), ())
    if label:
        labels = LABELS.get(label) or ((label,) if label in ORDER else ())
    if not labels:
        name, known = getattr(function, "__name__", "?"), ", ".join(LABELS)
        raise ValueError(
            f"the function is called {name!r}; expected one of {known}, "
            "or its equation: check(function, 'eq-hidden-delta')"
        )
    tries = [_Try(function, labels, _cases(), single) for single in (False, True)]
    if any(t.explained_by(None, {}) for t in tries):
        for f in bp.Logistic(1.7), bp.Tanh():
            others = [_Try(function, labels, _cases(f), t.single) for t in tries]
            if not any(t.explained_by(None, {}) for t in others):
                text = f"{LOGISTIC_ONLY.name}. {LOGISTIC_ONLY.sentence}"
                return Feedback("right", text, "", (LOGISTIC_ONLY,))
        if tries[0].explained_by_batch(SUM_FOR_MEAN):
            text = f"{SUM_FOR_MEAN.name}. {SUM_FOR_MEAN.sentence}"
            text = f"Right for one example. {text}"
            return Feedback("right", text, "", (SUM_FOR_MEAN,))
        return Feedback("right", "Right.")
    # What runs on more of the networks says more.
    tries.sort(key=lambda t: -sum(outcome is not None for outcome in t.outcomes))
    if all(outcome is None for t in tries for outcome in t.outcomes):
        return Feedback("unclear", tries[0].complaint, labels[0])
    for batch in SUM_FOR_MEAN, MEAN_TWICE:
        if any(t.explained_by_batch(batch) for t in tries):
            return _named((batch,), labels[0])
    whole_pass = labels == LABELS["gradient"]
    for t in tries:
        partly = t.partly if whole_pass else None
        found = _explained(ORDER if whole_pass else labels, t.explained_by, partly)
        if found:
            return found
    return tries[0].unexplained()


class _Try:
    """A function called on every case, with batches or with one example at a time."""

    def __init__(self, function, labels, cases, single):
        self.labels, self.cases, self.single = labels, cases, single
        self.complaint = ""
        book = next(name for name in LABELS if LABELS[name] == labels)
        names = list(inspect.signature(function).parameters)
        theirs = list(inspect.signature(getattr(bp, book)).parameters)
        needed = [
            p for p in inspect.signature(function).parameters.values()
            if p.default is p.empty or p.name in cases[0].known
        ]  # fmt: skip
        by_name = all(p.name in cases[0].known for p in needed)
        self.names = [p.name for p in needed] if by_name else theirs[: len(names)]
        self.outcomes = [self._outcome(function, case) for case in cases]

    def _outcome(self, function, case):
        """label -> array, or None if the function does not get through."""
        try:
            if not self.single:
                return self._parts(self._call(function, case, None), case)
            rows = [
                self._parts(self._call(function, case, k), case)
                for k in range(len(case.X))
            ]
        except Exception as error:  # whatever a learner's function may raise
            words = str(error).splitlines()[0] if str(error) else ""
            self.complaint = f"It stopped with {type(error).__name__}: {words}"
            return None
        if any(row is None for row in rows):
            return None
        return {
            label: np.mean([row[label] for row in rows], axis=0)
            if _is_mean(label) or label in UPDATES
            else np.concatenate([row[label] for row in rows])
            for label in self.labels
        }

    def _call(self, function, case, k):
        """The function's result for the batch, or for example k alone, without rows."""
        known = case.known
        if k is not None:
            known = _alone(case, k)
        return function(*(_copy(known[name]) for name in self.names))

    def _parts(self, result, case):
        if result is None:
            self.complaint = "It returns nothing: is there a return?"
            return None
        parts = result
        if len(self.labels) == 1:
            parts = {self.labels[0]: result}
        elif isinstance(result, dict):
            name = lambda label: label[-1]  # noqa: E731
            keys = {key[-1]: result[key] for key in result}
            parts = {label: keys[name(label)] for label in self.labels}
        elif hasattr(result, "w") and hasattr(result, "c"):
            parts = {label: getattr(result, label[-1]) for label in self.labels}
        else:
            parts = dict(zip(self.labels, result))
        found = {}
        for label in self.labels:
            wanted = _shape(label, case, 1 if self.single else len(case.X))
            array = np.asarray(parts[label], float)
            if array.size != np.prod(wanted) or array.shape not in (
                wanted, wanted[1:], (1, *wanted), (*wanted, 1),
            ):  # fmt: skip
                shape = array.shape
                self.complaint = f"It returns the shape {shape}; expected {wanted}."
                return None
            found[label] = array.reshape(wanted)
        return found

    def explained_by(self, mistake, changes, labels=None):
        """Whether these trees give what the function gave, on every case.

        Where the mistake would not fit the shapes, the function must have failed.
        """
        for case, outcome in zip(self.cases, self.outcomes):
            if mistake and not case.fits(mistake):
                if outcome is not None and len(self.labels) == 1:
                    right = case.gives(self.labels[0], {})
                    if _same(outcome[self.labels[0]], right):
                        return False
                continue
            if outcome is None:
                return False
            for label in labels or self.labels:
                given = case.gives(label, changes, together=not self.single)
                if not _same(outcome[label], given):
                    return False
        return True

    def partly(self, mistake, changes):
        """Whether a mistake explains v and c, or what else comes before the rest."""
        first = [label for label in self.labels if label[-1] in "vc"]
        return len(self.labels) > 1 and self.explained_by(mistake, changes, first)

    def explained_by_batch(self, batch):
        for case, outcome in zip(self.cases, self.outcomes):
            n = len(case.X) if batch is SUM_FOR_MEAN else 1 / len(case.X)
            if outcome is None:
                return False
            for label in self.labels:
                if not _same(outcome[label], n * case.gives(label, {})):
                    return False
        return True

    def unexplained(self):
        for case, outcome in zip(self.cases, self.outcomes):
            for label in sorted(self.labels, key=(ORDER + UPDATES).index):
                right = case.gives(label, {})
                if outcome is not None and not _same(outcome[label], right):
                    return _unexplained(label, outcome[label], right, self.complaint)
        return Feedback("unclear", self.complaint, self.labels[0])


def _alone(case, k):
    """What is known of example k alone, each row as a vector."""
    alone = Case(case.net, case.X[k : k + 1], case.D[k : k + 1], case.eta).known
    rows = ("X", "D", "N_h", "H", "N_o", "O", "delta_o", "delta_h")
    return {name: alone[name][0] if name in rows else alone[name] for name in alone}


def _copy(value):
    return value.copy() if isinstance(value, np.ndarray) else value


def _shape(label, case, n):
    shape = case.gives(label, {}).shape
    return shape if _is_mean(label) or label in UPDATES else (n, *shape[1:])


def _same(a, b):
    if np.shape(a) != np.shape(b) or not np.isfinite(a).all():
        return False
    scale = max(np.max(np.abs(a)), np.max(np.abs(b)))
    return bool(np.max(np.abs(a - b)) <= TOLERANCE * scale)


# ---- from what is found to what is said


def _explained(labels, explains, partly=None):
    """Feedback naming the one mistake or the two that explain an answer, or None."""
    singles = _singles(labels)
    found = [m for m in singles if explains(m, {m.label: m.tree})]
    if found:
        return _named(found, found[0].label)
    if partly:  # a mistake in what comes first, and another in what comes after
        firsts = [m for m in singles if partly(m, {m.label: m.tree})]
        if not firsts:
            return None
        for first in firsts[:3]:
            for second in singles:
                if second.label != first.label and explains(
                    second, {first.label: first.tree, second.label: second.tree}
                ):
                    return _two(first, second)
    for label in labels:
        for first, second, tree in _pairs(label):
            if explains(_both(first, second), {label: tree}):
                return _two(first, second)
    return None


def _both(first, second):
    """The first mistake, where both can be made."""
    return first._replace(
        square=first.square or second.square, only=first.only or second.only
    )


def _named(found, label):
    first, others = found[0], [m for m in found[1:] if m.name != found[0].name]
    text = f"{first.name}. {first.sentence}"
    if others:
        names = "; ".join(dict.fromkeys(m.name for m in others))
        text = f"Most likely: {text} (It could also be: {names}.)"
    return Feedback("mistake", text, label, tuple(found))


def _two(first, second):
    if first.id == second.id:
        name = first.name[0].lower() + first.name[1:]
        text = f"In both layers: {name}. {first.sentence}"
        return Feedback("mistake", text, first.label, (first, second))
    text = (
        f"Two things at once. {first.name}: {first.sentence} "
        f"And then: {second.name[0].lower()}{second.name[1:]}. {second.sentence}"
    )
    return Feedback("mistake", text, first.label, (first, second))


def _unexplained(label, value, right, complaint=""):
    """Feedback for an answer that no mistake of the list explains: what can be seen."""
    value, right = np.atleast_1d(value), np.atleast_1d(right)
    same = np.abs(value - right) <= 1e-4 * np.abs(right)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (value / right)[np.abs(right) > 0]
    if not np.isfinite(value).all():
        seen = "Something in it is not a finite number."
    elif same.any():
        wrong = ", ".join(map(str, np.argwhere(~same)[0] + 1))
        seen = f"Part of it is right. Look at place {wrong}, counted from 1."
    elif ratio.size > 1 and np.ptp(ratio) <= 1e-4 * np.abs(ratio).max():
        seen = (
            "It is right but for one factor, the same everywhere. "
            "Which is one too many or too few?"
        )
    elif (np.sign(value) == -np.sign(right)).all():
        seen = "Its sign is the other one, and its size is off too."
    elif (np.sign(value) == np.sign(right)).all():
        seen = "Its sign is right, its size is not. Go through the factors one by one."
    else:
        seen = "Go through the factors one by one, each at its own index."
    text = f"This is none of the mistakes the book can name. {seen}"
    return Feedback("unclear", f"{text} {complaint}".strip(), label)
