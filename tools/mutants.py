r"""Change one thing at a time, and see whether a test notices and says where.

    make mutants                       every mutant: a table; exits 1 above the limits
    make mutants SAMPLE=20 SEED=1      a seeded sample of each class
    make mutants ONLY="inline line"    of these classes
    python tools/mutants.py --copies 5 so many of a class in a copy too, where it can be

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
import inspect
import json
import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from pathlib import Path

import numpy as np

import changes
import copies
import mutants_of_pages
import mutants_of_scripts
from book import agreement, docstrings, model
from mutant import Class, Mutant, handed, put, said

ROOT = Path(__file__).resolve().parent.parent
# The shipped tests are what is tried here, not what this stands on.
test_derivation = import_module("test_derivation")
test_equations = import_module("test_equations")


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
CHANGES_NOTHING = "it changes nothing"


def is_same(mutant, why):
    """Whether a mutant is listed, or was seen to change nothing."""
    return bool(why) and (str(mutant) in EQUIVALENT or why == CHANGES_NOTHING)


def written(mutants):
    """path -> the text of each file, with all of these changes in it."""
    texts = {}
    for mutant in sorted(mutants, key=lambda m: m.span, reverse=True):
        said = texts.get(mutant.path) or mutant.path.read_text("utf-8")
        if mutant.cell is None:
            texts[mutant.path] = put(said, mutant.span, mutant.text)
        else:
            notebook = json.loads(said)
            cell = notebook["cells"][mutant.cell]
            source = put("".join(cell["source"]), mutant.span, mutant.text)
            cell["source"] = source.splitlines(keepends=True)
            texts[mutant.path] = json.dumps(notebook, ensure_ascii=False, indent=1)
    return texts


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
                tex = put(equation.tex, span, text)
                place = f"{equation.chapter}[{equation.cell}]"
                change = said(what, equation.tex, span, text)
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
                        said(what, carrier.tex, span, text),
                        path,
                        None,
                        where,
                        text,
                        (
                            name,
                            carrier.function,
                            (label,),
                            carrier.tex,
                            put(carrier.tex, span, text),
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
                        said(what, source, span, text),
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
    return _nodes(name)[_bare(function).__code__.co_firstlineno]


def _bare(function):
    """The function without what looks at its arguments first."""
    return inspect.unwrap(function)


TESTS = (
    test_equations.test_an_equation_is_computed_by_its_function,
    test_equations.test_an_equation_gives_what_its_left_side_means,
)


def _tests_of(function):
    at_kinks = test_equations.test_a_function_is_its_equation_at_a_kink_too
    return (*TESTS, at_kinks) if "." in function.__qualname__ else TESTS


def _ask_module(mutant):
    """The shipped tests of the labels of a function."""
    name, function, labels, *_ = mutant.subject
    for test in _tests_of(function):
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
    function = _bare(function)
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
        if why == "nobody notices" and kind.same and kind.same(mutant):
            return CHANGES_NOTHING
    return why


# ---- in a copy


def _tests_of_chapters(mutants):
    chapters = sorted({mutant.path.stem for mutant in mutants})
    return ["tests/test_derivation.py", "-k", " or ".join([*chapters, "same_form"])]


def _tests_of_modules(mutants):
    return [
        f"tests/test_equations.py::{test.__name__}[{place}]"
        for mutant in mutants
        for test in _tests_of(mutant.subject[1])
        for place in mutant.places
    ]


def verdicts_in(copy, mutants):
    """The verdicts of pytest in a copy of the project, into which some mutants of one
    class are written together."""
    copy.write({p.relative_to(ROOT): text for p, text in written(mutants).items()})
    code, said = copy.run(KINDS[mutants[0].kind].tests(mutants))
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


KINDS = {
    "chapter": Class(chapter_mutants, handed, _ask_chapter, _tests_of_chapters),
    "docstring": Class(docstring_mutants, _docstring, _ask_module, _tests_of_modules),
    "code": Class(code_mutants, _code, _ask_module, _tests_of_modules),
    **mutants_of_pages.KINDS,
    **mutants_of_scripts.KINDS,
}


# ---- the run


def seed():
    """The commit that is checked out, for a seed; a fixed one where there is no git."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return "no commit"
    return run.stdout.strip() or "no commit"


def sample(kind, size, seed, each=None, written=False):
    """A seeded sample of the mutants of a class; it begins with some of each model.
    With written, only of those that can be written into a file."""
    every = [m for m in KINDS[kind].made() if not written or m.span[0] >= 0]
    random.Random(seed).shuffle(every)
    each = each or (
        5 if KINDS[kind].tests and kind not in mutants_of_pages.KINDS else 1
    )
    met, first, rest = Counter(), [], []
    for mutant in every:
        met[mutant.model] += 1
        (first if met[mutant.model] <= each else rest).append(mutant)
    return (first + rest)[:size]


def survivors(results):
    """(mutant, why) for each that does not count as noticed and is not listed."""
    return [(m, why) for m, why in results if why and not is_same(m, why)]


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
    alive, listed, began = [], 0, time.monotonic()
    for k, (mutant, why) in enumerate(results, 1):
        if is_same(mutant, why):
            listed += 1
        elif why:
            alive.append((mutant, why))
        left = (time.monotonic() - began) / k * (size - k)
        print(
            f"\r{name:20} {k:6} of {size}, {left:.0f} s left ",
            end="", file=sys.stderr, flush=True,
        )  # fmt: skip
    print("\r" + " " * 60, end="\r", file=sys.stderr, flush=True)
    noticed = size - listed - len(alive)
    share = f"{noticed / (size - listed):7.1%}" if size > listed else "       "
    took = time.monotonic() - began
    row = f"{name:20} {size:6} {noticed:8} {listed:7} {len(alive):10} {share}"
    print(f"{row} {took:6.0f} s", flush=True)
    return alive


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--sample", type=int, help="so many of each class; or all")
    arguments.add_argument("--seed", default=seed(), help="of the samples; the commit")
    arguments.add_argument(
        "--copies", type=int, default=20, help="so many in a copy too"
    )
    arguments.add_argument("--only", nargs="+", choices=KINDS, help="of these classes")
    arguments.add_argument("--quiet", action="store_true", help="the table alone")
    asked = arguments.parse_args()
    heads = f"{'tried':>6} {'noticed':>8} {'equal':>7} {'survivors':>10} {'share':>7}"
    print(f"seed {asked.seed}\n{'':20} {heads}")
    over = False
    for kind in asked.only or KINDS:
        every = KINDS[kind].made()
        chosen = sample(kind, asked.sample, asked.seed) if asked.sample else every
        with ProcessPoolExecutor() as pool:
            alive = reported(kind, len(chosen), tried(kind, chosen, pool))
        over |= len(alive) > KINDS[kind].limit * len(chosen)
        if KINDS[kind].tests and asked.copies:
            some = sample(kind, asked.copies, asked.seed, each=2, written=True)
            more = reported(
                f"{kind}, in a copy", len(some), judged_in_copy([m] for m in some)
            )
            over |= len(more) > KINDS[kind].limit * len(some)
            alive += more
        for mutant, why in [] if asked.quiet else alive:
            print(f"    {mutant}\n        {why}")
    print(f"listed, with the reason: {len(EQUIVALENT)}")
    for text, reason in [] if asked.quiet else EQUIVALENT.items():
        print(f"    {text}\n        {reason}")
    sys.exit(over)


if __name__ == "__main__":
    main()
