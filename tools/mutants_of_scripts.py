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

import json
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

import chromium
from book import engine
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


PLACES = {"at", "box", "line", "frame", "width", "height"}


def alike(one, other, shift=1e-6):
    """Whether two drawings are the same, but for a few pixels."""
    if isinstance(one, dict) and isinstance(other, dict):
        runs = "edge" in one  # its width is what it says

        def near(k):
            return SHIFT if k in PLACES and not runs else shift

        return one.keys() == other.keys() and all(
            alike(one[k], other[k], near(k)) for k in one
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            alike(a, b, shift) for a, b in zip(one, other)
        )
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) <= shift
    return one == other


# ---- what gives numbers and words


@cache
def judge_mutants():
    """Every mutant of judge.js."""
    return changed("judge", ["judge"], "read ", "wrote ", "speaks ", "judged ", "eq-")


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
    return changed("mathml", ["mathml"], *test_pictures.MODELS, "a number")


def _ask_mathml(mutant):
    def written():
        found = test_mathml.written_otherwise(page("mathml"), guarded(mutant.subject))
        assert not found, found[0]

    yield asked(mutant, written)


# ---- widgets

MOUNT = """async ([source, shared, state, style]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  const held = { ...shared, ...state };
  const listeners = {};
  const model = {
    get: (name) => held[name],
    set: (name, value) => { held[name] = value; },
    on() {}, off() {}, save_changes() {},
  };
  const el = document.createElement("div");
  const sheet = document.createElement("style");
  sheet.textContent = style;
  window.gone?.();
  document.querySelector("main").replaceChildren(sheet, el);
  window.gone = widget.render({ model, el });
}"""


def on_a_page(kind, widget, source):
    """A function that puts a widget with this script on the page of a class, and asks
    a shipped test of it."""
    shared = json.loads(json.dumps(import_module(f"book.{kind}").shared()))
    state = {name: getattr(widget, name) for name in widget.keys if name != "_esm"}
    state = {k: v for k, v in state.items() if not k.startswith("_") and k != "layout"}
    style = (FOLDER / f"{kind}.css").read_text("utf-8")

    def ask(test, *given):
        page(kind).evaluate(MOUNT, [source, shared, state, style])
        test(page(kind), *given)

    return ask


@cache
def descent_mutants():
    """Every mutant of descent.js."""
    return changed("descent", ["descent"], "the map")


def _ask_descent(mutant):
    test, text = test_descent, guarded(mutant.subject)
    source = engine.module("descent", text)
    ask = on_a_page("descent", test.descent.Descent("ravine", "adam"), source)

    def drawn(**given):
        found = test.drawn_otherwise(page("descent"), source, **given)
        assert not found, f"the map: {found[0]}"

    def asks(test):
        with patched(engine, module=lambda stem: source):
            _named("the map", ask, test)

    for slider in None, -2.5:
        yield asked(mutant, partial(drawn, slider=slider))
    for surface in test.descent.SURFACES:
        start = list(test.descent.SURFACES[surface].start)
        yield asked(mutant, partial(drawn, state={**test.STATE, "surface": surface,
                    "start": start, "rule": "gradient_descent"}))  # fmt: skip
    for one in (
        test.test_the_browser_walks_as_optimisers_does,
        test.test_start_rate_rule_and_surface_can_be_changed_by_keyboard,
        test.test_the_map_says_what_its_axes_are,
    ):
        yield asked(mutant, asks, one)


def _named(what, ask, *given):
    """What a test says, with what it is about."""
    try:
        ask(*given)
    except AssertionError as failure:
        raise AssertionError(f"{what}: {failure}") from None


@cache
def training_mutants():
    """Every mutant of training.js."""
    return changed("training", ["training"], "the training")


def _ask_training(mutant):
    test, text = test_training, guarded(mutant.subject)
    source = engine.module("training", text)
    widget = test.Training(test.start(), test.X, test.D)
    ask = on_a_page("training", widget, source)

    def asks(test, *given):
        with patched(engine, module=lambda stem: source):
            _named("the training", ask, test, *given)

    for one in (
        test.test_both_maps_are_painted_as_the_network_answers,
        test.test_the_examples_stand_where_they_belong,
        test.test_the_line_is_where_a_map_crosses_one_half,
        test.test_the_error_curve_has_the_errors,
        test.test_it_is_trained_stopped_and_taken_back_by_keyboard,
        test.test_weights_of_ones_own_start_a_course_of_their_own,
        test.test_a_rate_that_is_too_large_is_said_to_be,
    ):
        yield asked(mutant, asks, one)
    yield asked(mutant, asks, test.test_the_page_trains_as_train_does, 2)


KINDS = {
    "drawing": Class(
        drawing_mutants, loaded, _ask_drawings, same=_draws_the_same, limit=0.05
    ),
    "judge": Class(judge_mutants, loaded, _ask_judge, limit=0.05),
    "engine": Class(engine_mutants, loaded, _ask_engine, limit=0.05),
    "mathml": Class(mathml_mutants, loaded, _ask_mathml, limit=0.05),
    "descent": Class(descent_mutants, loaded, _ask_descent, limit=0.05),
    "training": Class(training_mutants, loaded, _ask_training, limit=0.05),
}
