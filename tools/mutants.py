r"""Change one thing at a time, and see whether a test notices and says where.

    make mutants                         every mutant: a table; exits 1 above the limit
    python tools/mutants.py --sample 60  a seeded sample of each class
    python tools/mutants.py --copies 20  so many of each class in a copy too

One sign, index, letter, factor, numeral or function is changed in a displayed equation
of a chapter, in an equation of a docstring or in a function that computes one; in every
module with MODELS, those of tests/models too. Then the shipped tests of that place are
called. A mutant is noticed if one of their assertions fails and its message names the
place: chapter and cell, or module, function and label.

In memory, the changed equation is handed to the tests, or the docstring or the code of
the function is another for as long as they run. In a copy of the project the change is
written into the file, and pytest runs the tests of the copy.
"""

import argparse
import ast
import json
import random
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np

import changes
import copies
from book import agreement, docstrings, model

ROOT = Path(__file__).resolve().parent.parent
# The shipped tests are what is tried here, not what this stands on.
test_derivation = import_module("test_derivation")
test_equations = import_module("test_equations")
LIMIT = 0.0  # the share of mutants of a class that may survive unlisted


def equivalent():
    """Exact text -> reason, of what survives because it changes nothing (same.txt)."""
    found, reason = {}, ""
    for line in (ROOT / "tools/same.txt").read_text("utf-8").splitlines():
        if line.startswith("    "):
            found[line.strip()] = reason
        elif line:
            reason = line
    return found


EQUIVALENT = equivalent()


class Mutant(NamedTuple):
    """One thing changed.

    kind and model; of places, a failure has to name one; what was changed; the span and
    the new text in a file, or in a cell of a notebook; and the arguments with which the
    shipped tests are called.
    """

    kind: str
    model: str
    places: tuple
    change: str
    path: Path
    cell: int | None
    span: tuple
    text: str
    subject: object

    def __str__(self):
        return f"{self.places[0]}: {self.change}"


def written(mutants):
    """path -> the text of each file, with all of these changes in it."""
    texts = {}
    for mutant in sorted(mutants, key=lambda m: m.span, reverse=True):
        said = texts.get(mutant.path) or mutant.path.read_text("utf-8")
        if mutant.cell is None:
            texts[mutant.path] = _put(said, mutant.span, mutant.text)
        else:
            notebook = json.loads(said)
            cell = notebook["cells"][mutant.cell]
            source = _put("".join(cell["source"]), mutant.span, mutant.text)
            cell["source"] = source.splitlines(keepends=True)
            texts[mutant.path] = json.dumps(notebook, ensure_ascii=False, indent=1)
    return texts


def _put(text, span, new):
    return text[: span[0]] + new + text[span[1] :]


def _said(what, text, span, new):
    """What was changed, with the line it stands in."""
    changed = _put(text, span, new)
    start = changed.rfind("\n", 0, span[0]) + 1
    stop = changed.find("\n", span[0] + len(new))
    line = changed[start : stop if stop >= 0 else None]
    return f"{what} [{text[slice(*span)]} → {new}] in {' '.join(line.split())}"


# ---- chapters


@cache
def chapter_mutants():
    """Every mutant of every displayed equation of the chapters."""
    found = []
    for path in agreement.chapters():
        cells = json.loads(path.read_text("utf-8"))["cells"]
        starts = Counter()
        for equation in agreement.displayed(path):
            source = "".join(cells[equation.cell]["source"])
            start = source.index(equation.tex, starts[equation.cell])
            starts[equation.cell] = start + len(equation.tex)
            for what, span, text in changes.tex_changes(
                equation.tex, agreement.model(equation.model)
            ):
                tex = _put(equation.tex, span, text)
                place = f"{equation.chapter}[{equation.cell}]"
                change = _said(what, equation.tex, span, text)
                where = tuple(start + at for at in span)
                found.append(
                    Mutant(
                        "chapter",
                        equation.model,
                        (place,),
                        change,
                        path,
                        equation.cell,
                        where,
                        text,
                        (equation, equation._replace(tex=tex)),
                    )  # fmt: skip
                )
    return _each_once(found)


def _each_once(mutants):
    return list({str(mutant): mutant for mutant in mutants}.values())


def _ask_chapter(mutant):
    """The shipped tests of a displayed equation."""
    equation, changed = mutant.subject
    yield lambda: test_derivation.test_every_equal_sign_holds_on_random_networks(
        changed
    )
    if equation.label in agreement.coded():
        yield lambda: _same_form(equation, changed)


def _same_form(equation, changed):
    every = test_derivation.EQUATIONS
    test_derivation.EQUATIONS = [changed if e == equation else e for e in every]
    try:
        test_derivation.test_a_labelled_equation_is_derived_once_in_the_same_form(
            equation.label
        )
    finally:
        test_derivation.EQUATIONS = every


# ---- modules


@cache
def _models():
    """Every (name of a module, Model), of the book and of tests/models."""
    return [
        (name, one)
        for name in test_equations.FILES
        for one in model.models(name).values()
    ]


def _place(name, function, label):
    return f"{name}.{function.__qualname__}({label})"


@cache
def docstring_mutants():
    """Every mutant of every labelled equation of a docstring."""
    found = []
    for name, one in _models():
        path = test_equations.FILES[name]
        source = path.read_text("utf-8")
        for label, carrier in one.carriers.items():
            start = source.index(carrier.tex, _node(name, carrier.function)[1])
            for what, span, text in changes.tex_changes(carrier.tex, one):
                where = tuple(start + at for at in span)
                found.append(
                    Mutant(
                        "docstring",
                        one.full_name,
                        (_place(name, carrier.function, label),),
                        _said(what, carrier.tex, span, text),
                        path,
                        None,
                        where,
                        text,
                        (
                            name,
                            carrier.function,
                            (label,),
                            carrier.tex,
                            _put(carrier.tex, span, text),
                        ),
                    )  # fmt: skip
                )
    return _each_once(found)


@cache
def code_mutants():
    """Every mutant of every function that computes a labelled equation."""
    found = []
    for name, one in _models():
        path = test_equations.FILES[name]
        source = path.read_text("utf-8")
        for function in dict.fromkeys(c.function for c in one.carriers.values()):
            labels = tuple(k for k, c in one.carriers.items() if c.function is function)
            node, _ = _node(name, function)
            for what, span, text in changes.code_changes(source, node, one):
                found.append(
                    Mutant(
                        "code",
                        one.full_name,
                        tuple(_place(name, function, label) for label in labels),
                        _said(what, source, span, text),
                        path,
                        None,
                        span,
                        text,
                        (name, function, labels),
                    )  # fmt: skip
                )
    return _each_once(found)


@cache
def _nodes(name):
    """first line -> ast node of every function of a module, and where it starts."""
    source = test_equations.FILES[name].read_text("utf-8")
    found = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return {n.lineno: (n, starts[n.lineno - 1]) for n in found}


def _node(name, function):
    return _nodes(name)[function.__code__.co_firstlineno]


TESTS = (
    test_equations.test_an_equation_is_computed_by_its_function,
    test_equations.test_an_equation_gives_what_its_left_side_means,
)


def _ask_module(mutant):
    """The shipped tests of the labels of a function."""
    name, function, labels, *_ = mutant.subject
    for test in TESTS:
        for label in labels:
            yield partial(test, name, function.__qualname__, label)


@contextmanager
def _docstring(mutant):
    """The docstring of the function is the changed one."""
    _, function, _, tex, changed = mutant.subject
    before = function.__doc__
    function.__doc__ = before.replace(tex, changed)
    _forget()
    try:
        yield
    finally:
        function.__doc__ = before
        _forget()


def _forget():
    """Forget what was read off docstrings."""
    for module in (agreement, model, docstrings):
        for thing in vars(module).values():
            if hasattr(thing, "cache_clear"):
                thing.cache_clear()


@contextmanager
def _code(mutant):
    """The code of the function is the changed one."""
    name, function, _ = mutant.subject
    (source,) = written([mutant]).values()
    (node,) = [
        n
        for n in ast.walk(ast.parse(source))
        if isinstance(n, ast.FunctionDef)
        and n.lineno == function.__code__.co_firstlineno
    ]
    space = dict(vars(import_module(name)))
    alone = ast.Module([node], type_ignores=[])
    exec(compile(alone, function.__code__.co_filename, "exec"), space)
    before = function.__code__
    function.__code__ = space[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = before


@contextmanager
def _handed(mutant):
    """Nothing is changed: the test is handed the changed equation."""
    yield


class Class(NamedTuple):
    made: object  # gives every mutant
    under: object  # a context in which the mutant is true
    asked: object  # gives the shipped tests of its place


KINDS = {
    "chapter": Class(chapter_mutants, _handed, _ask_chapter),
    "docstring": Class(docstring_mutants, _docstring, _ask_module),
    "code": Class(code_mutants, _code, _ask_module),
}


def verdict(mutant):
    """Nothing if a shipped test notices the mutant and says where, or what is wrong."""
    kind, why = KINDS[mutant.kind], "nobody notices"
    with kind.under(mutant), np.errstate(all="ignore"):
        for ask in kind.asked(mutant):
            try:
                ask()
            except AssertionError as failure:
                if any(place in str(failure) for place in mutant.places):
                    return ""
                why = f"the failure does not say where: {failure}"
            except Exception as error:
                why = f"no assertion, but {error!r}"
    return why


# ---- in a copy


def tests(mutants):
    """The shipped tests of the places of some mutants, as pytest names them."""
    if mutants[0].kind == "chapter":
        chapters = sorted({mutant.path.stem for mutant in mutants})
        return ["tests/test_derivation.py", "-k", " or ".join([*chapters, "same_form"])]
    return [
        f"tests/test_equations.py::{test.__name__}[{place}]"
        for test in TESTS
        for mutant in mutants
        for place in mutant.places
    ]


def verdicts_in(copy, mutants):
    """The verdicts of pytest in a copy of the project, into which some mutants of one
    class are written together."""
    copy.write({p.relative_to(ROOT): text for p, text in written(mutants).items()})
    code, said = copy.run(tests(mutants))
    failures = [line for line in said.splitlines() if "AssertionError" in line]

    def found(mutant):
        if any(place in line for line in failures for place in mutant.places):
            return ""
        return (
            "nobody notices" if code in (0, 1) else f"no test fails, but: {said[-600:]}"
        )

    return [found(mutant) for mutant in mutants]


def together(mutants):
    """Lists of mutants that do not meddle with each other: of different cells of the
    chapters, or of different models."""
    batches = []
    for mutant in mutants:
        own = mutant.places[0] if mutant.kind == "chapter" else mutant.model
        for owners, batch in batches:
            if own not in owners:
                owners.add(own)
                batch.append(mutant)
                break
        else:
            batches.append(({own}, [mutant]))
    return [batch for _, batch in batches]


# ---- the run


def seed():
    """The commit that is checked out, for a seed; a fixed one where there is no git."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return "no commit"
    return run.stdout.strip() or "no commit"


def sample(kind, size, seed, each=5):
    """A seeded sample of the mutants of a class; it begins with some of each model."""
    every = list(KINDS[kind].made())
    random.Random(seed).shuffle(every)
    met, first, rest = Counter(), [], []
    for mutant in every:
        met[mutant.model] += 1
        (first if met[mutant.model] <= each else rest).append(mutant)
    return (first + rest)[:size]


def survivors(results):
    """(mutant, why) for each that does not count as noticed and is not listed."""
    return [(m, why) for m, why in results if why and str(m) not in EQUIVALENT]


def judged(mutants):
    """Yields (mutant, verdict)."""
    for mutant in mutants:
        yield mutant, verdict(mutant)


def judged_in_copy(batches):
    """Yields (mutant, verdict) for mutants that are written into a copy of the project,
    a batch at a time."""
    with copies.Copy() as copy:
        for batch in batches:
            yield from zip(batch, verdicts_in(copy, batch))


def _verdicts(kind, places):
    """The verdicts of some mutants of a class, by their places among all."""
    every = KINDS[kind].made()
    return [verdict(every[k]) for k in places]


def tried(kind, mutants, pool):
    """Yields (mutant, verdict) for mutants of a class, tried by several processes."""
    every = {str(mutant): k for k, mutant in enumerate(KINDS[kind].made())}
    chunks = [mutants[k : k + 40] for k in range(0, len(mutants), 40)]
    waiting = [
        pool.submit(_verdicts, kind, [every[str(m)] for m in part]) for part in chunks
    ]
    for part, verdicts in zip(chunks, waiting):
        yield from zip(part, verdicts.result())


def reported(name, size, results):
    """Show how far a class is, then its row of the table; those that are left."""
    alive, listed = [], 0
    for k, (mutant, why) in enumerate(results, 1):
        if why and str(mutant) in EQUIVALENT:
            listed += 1
        elif why:
            alive.append((mutant, why))
        print(f"\r{name:20} {k:6} of {size}", end="", file=sys.stderr, flush=True)
    print("\r" + " " * 50, end="\r", file=sys.stderr, flush=True)
    noticed = size - listed - len(alive)
    print(f"{name:20} {size:6} {noticed:8} {listed:7} {len(alive):10}", flush=True)
    return alive


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--sample", type=int, help="so many of each class; or all")
    arguments.add_argument(
        "--copies", type=int, default=20, help="so many in a copy too"
    )
    said, now = arguments.parse_args(), seed()
    heads = f"{'made':>6} {'noticed':>8} {'listed':>7} {'survivors':>10}"
    print(f"seed {now}\n{'':20} {heads}")
    over = False
    for kind in KINDS:
        every = KINDS[kind].made()
        chosen = sample(kind, said.sample, now) if said.sample else every
        with ProcessPoolExecutor() as pool:
            alive = reported(kind, len(chosen), tried(kind, chosen, pool))
        some = sample(kind, said.copies, now, each=2)
        alive += reported(
            f"{kind}, in a copy", len(some), judged_in_copy([m] for m in some)
        )
        over |= len(alive) > LIMIT * len(chosen)
        for mutant, why in alive:
            print(f"    {mutant}\n        {why}")
    print(f"listed, with the reason: {len(EQUIVALENT)}")
    for text, reason in EQUIVALENT.items():
        print(f"    {text}\n        {reason}")
    sys.exit(over)


if __name__ == "__main__":
    main()
