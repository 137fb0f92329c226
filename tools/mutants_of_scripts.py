"""Mutants of the modules of JavaScript, each class tried in one page, loaded once.

drawing    anatomy, marks and the four pictures: against the data of every model
judge      a typed answer, against judge.py
engine     the trees, against trees.py
mathml     numbers, symbols and formulas, read back
descent    the map of a descent and what moves it
training   what is painted and drawn of a training

A script that cannot be loaded, that stops with an error, or that does not end within a
deadline, is noticed. What nobody notices although the same is seen is told apart where
that can be compared: then it changes nothing, and does not count.
"""

import time
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

import chromium
from changes_of_scripts import guarded, script_changes
from mutant import Class, Mutant, patched, put, said

# The shipped tests are what is tried here, not what this stands on.
gallery = import_module("gallery")
test_descent = import_module("test_descent")
test_engine = import_module("test_engine")
test_judge = import_module("test_judge")
test_mathml = import_module("test_mathml")
test_pictures = import_module("test_pictures")
test_training = import_module("test_training")
FOLDER = Path(__file__).resolve().parent.parent / "code" / "book"
NOWHERE = 0, 0
DEADLINE = 20  # seconds that one question may take in a page


@cache
def browser():
    """A Chromium of this process."""
    return chromium.launch(sync_playwright().start())


@cache
def page(kind):
    """The one page in which the mutants of a class are tried."""
    if kind == "drawing":
        return test_pictures.opened(browser())
    opened = browser().new_page(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(3000)
    opened.set_content('<!DOCTYPE html><html lang="en"><body><main></main></body>')
    return opened


def in_time(page):
    """From now on, the loops of a changed module have so long."""
    page.evaluate(f"globalThis.lateAt = performance.now() + {1000 * DEADLINE}")


def changed(kind, stems, *places):
    """Every mutant of some modules; of places, a failure names one."""
    found = {}
    for stem in stems:
        path = FOLDER / f"{stem}.js"
        source = path.read_text("utf-8")
        for what, span, text in script_changes(source):
            mutant = Mutant(
                kind, stem, (path.name, *places), said(what, source, span, text), path,
                None, NOWHERE, "", put(source, span, text),
            )  # fmt: skip
            found[str(mutant)] = mutant
    return tuple(found.values())


@contextmanager
def loaded(mutant):
    """Nothing is changed here: what asks loads the changed module."""
    yield


def asked(mutant, test, *given):
    """A test of the page with a changed module; what the page throws is a failure of
    that module."""

    def ask():
        try:
            in_time(page(mutant.kind))
            test(*given)
        except Error as error:
            lines = str(error).splitlines()
            raise AssertionError(f"{mutant.places[0]}: {lines[0]}") from None

    return ask


# ---- drawings

# Whose drawings each picture makes; the other modules make all.
DRAWN = {
    "grid": ("convolution",),
    "unrolled": ("recurrent", "lstm"),
    "ways": ("boltzmann", "hopfield", "divergence", "relaxation"),
    "network": ("backprop", "deeper", "fruit", "losses", "optimisers", "twice"),
}
# Side by side with every drawing in an unchanged page, so many pixels are no change.
SHIFT = 12


@cache
def drawing_mutants():
    """Every mutant of the modules of the drawings."""
    stems = "anatomy", "marks", "network", "unrolled", "grid", "ways"
    return changed("drawing", stems, *test_pictures.MODELS)


def _models_of(stem):
    every = list(test_pictures.MODELS)
    if stem not in DRAWN:
        return sorted(every, key=lambda name: name not in ("backprop", "recurrent"))
    own = [n for n in every if any(one in n for one in DRAWN[stem])]
    return own + [n for n in every if n not in own]


SEEN = {}  # (name, width) -> the drawings of an unchanged page
NOW = {}  # the same of the mutant that is tried


def _kept(page, room, stops, width, scale=1):
    NOW[room.model.full_name, width] = found = gallery.drawn(
        page, room, stops, width, scale
    )
    return found


def _faults_of(name):
    with patched(test_pictures, drawn=_kept):
        found = test_pictures.faults(page("drawing"), [name], most=1)
    assert not found, found[0]


def _ask_drawings(mutant):
    NOW.clear()
    stem = mutant.model
    texts = {stem: guarded(mutant.subject)}
    yield asked(mutant, gallery.hang, page("drawing"), texts)
    for name in _models_of(stem):
        yield asked(mutant, _faults_of, name)


def _draws_the_same(mutant):
    """Whether every drawing is what it is in an unchanged page."""
    tried = dict(NOW)
    gallery.hang(page("drawing"))
    for (name, width), found in tried.items():
        if (name, width) not in SEEN:
            NOW.clear()
            _faults_of(name)
            SEEN.update(NOW)
        if not alike(found, SEEN[name, width]):
            return False
    return True


def alike(one, other):
    """Whether two drawings are the same, but for a few pixels."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= SHIFT
    if isinstance(one, dict) and isinstance(other, dict):
        if "thick" in one and abs(one["thick"] - other.get("thick", 0)) > 0.006:
            return False
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == other


# ---- what gives numbers and words


@cache
def judge_mutants():
    """Every mutant of judge.js."""
    return changed("judge", ["judge"], "read ", "wrote ", "speaks ", "eq-")


def _ask_judge(mutant):
    def judged():
        found = test_judge.judged_otherwise(page("judge"), guarded(mutant.subject))
        assert not found, found[0]

    yield asked(mutant, judged)


@cache
def engine_mutants():
    """Every mutant of engine.js."""
    return changed("engine", ["engine"], "eq-", *test_pictures.MODELS, "('", "does not")


def _ask_engine(mutant):
    test, one = test_engine, page("engine")
    few = patched(test, ENGINE=guarded(mutant.subject), INSTANCES=4)
    plain = (
        test.test_each_kind_of_tree_and_its_slope_are_what_python_computes,
        test.test_what_has_no_value_is_refused_by_name_and_place,
        test.test_what_is_computed_from_itself_is_refused,
    )
    with few:
        for each in plain:
            yield asked(mutant, each, one)
        for m in test.MODELS:
            yield asked(mutant, test.test_the_engine_computes_what_python_computes,
                        m, one)  # fmt: skip
    # What the drawings ask of it: keys, places, instances, shares.
    texts = {"engine": guarded(mutant.subject)}
    yield asked(mutant, gallery.hang, page("drawing"), texts)
    for name in "backprop", "recurrent", "convolution":
        yield asked(mutant, _faults_of, name)


@cache
def mathml_mutants():
    """Every mutant of mathml.js."""
    return changed("mathml", ["mathml"], *test_pictures.MODELS, "spoken")


def _ask_mathml(mutant):
    def written():
        found = test_mathml.written_otherwise(page("mathml"), guarded(mutant.subject))
        assert not found, found[0]

    yield asked(mutant, written)


# ---- widgets


@cache
def descent_mutants():
    """Every mutant of descent.js."""
    return changed("descent", ["descent"], "the map")


def _ask_descent(mutant):
    test, source = test_descent, test_descent.engine.module("descent", guarded(mutant.subject))

    def drawn(**given):
        found = test.drawn_otherwise(page("descent"), source, **given)
        assert not found, f"the map: {found[0]}"

    yield asked(mutant, drawn)


@cache
def training_mutants():
    """Every mutant of training.js."""
    return changed("training", ["training"])


KINDS = {
    "drawing": Class(
        drawing_mutants, loaded, _ask_drawings, same=_draws_the_same, limit=0.05
    ),
    "judge": Class(judge_mutants, loaded, _ask_judge, limit=0.05),
    "engine": Class(engine_mutants, loaded, _ask_engine, limit=0.05),
}
