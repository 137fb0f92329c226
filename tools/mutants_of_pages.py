"""Mutants of what stands on pages: the classes beside equations and functions.

inline     a relation or an expression in a sentence, as displayed equations are
symbol     a letter in a sentence. About half are noticed: another letter that is
           declared as well is no mistake that mathematics can see, unless the words
           beside it say what it is (book/named.py)
line       a line of a derivation lost
reference  a reference to another equation; 92 in 100 are noticed, since what stands
           beside it may be part of both
size       a size below an array of a displayed equation
shape      a size in the Shapes: line of a docstring
number     one digit of a number in a sentence
picture    a stored picture exchanged for its neighbour, or shown at another width
metadata   a slide, a fragment, a note or a folded cell lost
claim      a verdict, a finding or a test of a claim exchanged
"""

import copy
import os
import re
import tempfile
from contextlib import contextmanager
from functools import cache, partial
from importlib import import_module
from pathlib import Path

import changes
from book import agreement, bound, inline
from mutant import Class, Mutant, handed, patched, put, said

# The shipped tests are what is tried here, not what this stands on.
running = import_module("running")
test_claims = import_module("test_claims")
test_decks = import_module("test_decks")
test_derivation = import_module("test_derivation")
test_docstrings = import_module("test_docstrings")
test_inline = import_module("test_inline")
test_numbers = import_module("test_numbers")
test_figures = import_module("test_figures")
test_referred = import_module("test_referred")
NUMERAL = re.compile(r"-?[\d.,{} ]+")  # a number in a sentence: it has its own class
NOWHERE = 0, 0


# ---- mathematics in sentences


@cache
def inline_mutants():
    """Every mutant of every relation and expression in a sentence."""
    return [m for m in _of_formulas() if m.kind == "inline"]


@cache
def symbol_mutants():
    """Every mutant of every lone symbol in a sentence."""
    return [m for m in _of_formulas() if m.kind == "symbol"]


@cache
def _of_formulas():
    found = {}
    paths = {path.stem: path for path in inline.files()}
    for held in test_inline.HELD:
        if inline.as_it_stands(held) or NUMERAL.fullmatch(held.tex):
            continue
        kind = "symbol" if inline.is_symbol(held) else "inline"
        path = paths[held.file]
        cell = held.cell if path.suffix == ".ipynb" else None
        for what, span, text in changes.tex_changes(held.tex, inline.model_of(held)):
            tex = put(held.tex, span, text)
            if not tex.strip() or tex == held.tex:
                continue
            mutant = Mutant(
                kind, held.file, (f"{held.file}[{held.cell}]",),
                said(what, held.tex, span, text), path, cell,
                tuple(held.start + at for at in span), text,
                # What is announced as wrong is another formula then.
                (held, held._replace(tex=tex, wrong=False)),
            )  # fmt: skip
            found[str(mutant)] = mutant
    return tuple(found.values())


def _ask_inline(mutant):
    _, changed = mutant.subject
    with patched(test_inline, HELD=[changed]):
        yield lambda: test_inline.test_every_formula_in_a_sentence_holds(changed.file)


def _tests_of_inline(mutants):
    test = test_inline.test_every_formula_in_a_sentence_holds.__name__
    files = sorted({mutant.path.stem for mutant in mutants})
    return [f"tests/test_inline.py::{test}[{file}]" for file in files]


# ---- displayed blocks


@cache
def line_mutants():
    """Every displayed block of several lines, without one of them."""
    found = []
    for equation in test_derivation.EQUATIONS:
        rows = re.split(r"(?<=\\\\)\n", equation.tex)
        for k in range(len(rows) if len(rows) > 1 else 0):
            tex = _without(rows, k)
            found.append(
                Mutant(
                    "line",
                    equation.chapter,
                    (f"{equation.chapter}[{equation.cell}]", f"{equation.chapter}: "),
                    f"line {k + 1} of {len(rows)} lost",
                    None,
                    equation.cell,
                    NOWHERE,
                    "",
                    (equation, equation._replace(tex=tex)),
                )  # fmt: skip
            )
    return found


def _without(rows, k):
    """A block without a row: the left side and the layout stay."""
    first, last = re.match(r"\\begin\{aligned\}\n", rows[0]), r"\end{aligned}"
    bare = [row.removesuffix(last).strip().removesuffix("\\\\") for row in rows]
    bare[0] = bare[0][first.end() :]
    left, _, _ = bare[0].partition("&")
    rest = bare[:k] + bare[k + 1 :]
    if rest[0].startswith("&"):
        rest[0] = left + rest[0]
    return first[0] + " \\\\\n".join(map(str.strip, rest)) + f"\n{last}"


def _ask_derivation(mutant):
    equation, changed = mutant.subject
    every = [changed if e == equation else e for e in test_derivation.EQUATIONS]
    path = next(p for p in agreement.chapters() if p.stem == equation.chapter)
    test = test_derivation
    asked = {
        test.test_every_equal_sign_holds_on_random_networks: [changed],
        test.test_a_block_works_out_each_unit_that_the_line_before_it_names: [changed],
        test.test_the_text_says_what_each_line_of_a_derivation_does: [path],
        test.test_a_unit_has_its_output_worked_out_if_its_net_input_is: [],
    }
    with patched(test, EQUATIONS=every):
        for one, given in asked.items():
            yield partial(one, *given)


@cache
def size_mutants():
    """Every size below an array, with another word in it, or the other way round."""
    found = []
    for equation in test_derivation.EQUATIONS:
        for match in test_derivation.SIZED.finditer(equation.tex):
            for text in _other_sizes(match[1]):
                tex = put(equation.tex, match.span(1), text)
                change = said("size", equation.tex, match.span(1), text)
                place = f"{equation.chapter}[{equation.cell}]"
                found.append(
                    Mutant(
                        "size",
                        equation.chapter,
                        (place,),
                        change,
                        None,
                        equation.cell,
                        NOWHERE,
                        "",
                        (equation, equation._replace(tex=tex)),
                    )  # fmt: skip
                )
    return found


SIZES = r"n", r"\text{inputs}", r"\text{hidden}", r"\text{outputs}"


def _other_sizes(text):
    words = [word.strip() for word in text.split(r"\times")]
    for k, word in enumerate(words):
        for other in SIZES:
            if other != word and word in SIZES:
                yield r" \times ".join([*words[:k], other, *words[k + 1 :]])
    if len(words) == 2 and words[0] != words[1]:
        yield r" \times ".join(words[::-1])


def _ask_sizes(mutant):
    equation, changed = mutant.subject
    path = next(p for p in agreement.chapters() if p.stem == equation.chapter)
    shown = [changed if e == equation else e for e in agreement.displayed(path)]
    with patched(agreement, chapters=lambda: [path], displayed=lambda path: shown):
        yield test_derivation.test_a_size_written_below_an_array_is_its_size


@cache
def reference_mutants():
    """Every reference to an equation that has something beside it, to another one."""
    found = []
    for place, label, kind, beside in test_referred.REFERENCES:
        for other in agreement.model(agreement.home(label)).order:
            if other != label:
                change = f"reference of {beside} [{label} → {other}]"
                found.append(
                    Mutant(
                        "reference",
                        place.partition("[")[0],
                        (place,),
                        change,
                        None,
                        None,
                        NOWHERE,
                        "",
                        (place, other, kind, beside),
                    )  # fmt: skip
                )
    return found


def _ask_references(mutant):
    test = test_referred.test_a_reference_goes_to_the_equation_that_stands_beside_it
    yield partial(test, *mutant.subject)


# ---- docstrings


WORDS = "n", "inputs", "hidden", "outputs"


@cache
def shape_mutants():
    """Every Shapes: line of a docstring, with one size another or two exchanged."""
    found = []
    for place, (name, label) in test_docstrings.FUNCTIONS.items():
        function = agreement.model(name).carriers[label].function
        text = function.__doc__
        start = text.find("Shapes: ")
        for match in re.finditer(r"\(([^()]*)\)", text):
            if match.start() < start or start < 0:
                continue
            for other in _other_shapes(match[1]):
                changed = put(text, match.span(1), other)
                found.append(
                    Mutant(
                        "shape",
                        name,
                        (place,),
                        said("shape", text, match.span(1), other),
                        None,
                        None,
                        NOWHERE,
                        "",
                        (place, function, changed),
                    )  # fmt: skip
                )
    return found


def _other_shapes(text):
    words = re.findall(r"\w+", text)
    for k, word in enumerate(words):
        for other in WORDS:
            if other != word and word in WORDS:
                yield ", ".join([*words[:k], other, *words[k + 1 :]])
    if len(words) == 2:
        yield ", ".join(words[::-1])
        yield words[0] + ","


@contextmanager
def _documented(mutant):
    """The docstring of the function is the changed one."""
    _, function, changed = mutant.subject
    before, function.__doc__ = function.__doc__, changed
    try:
        yield
    finally:
        function.__doc__ = before


def _ask_shapes(mutant):
    place, *_ = mutant.subject
    yield partial(test_docstrings.test_a_function_takes_and_gives_what_it_says, place)


# ---- numbers


@cache
def executions():
    """What the chapters compute, run once for all processes of a run."""
    folder = os.environ.setdefault("EXECUTIONS", tempfile.mkdtemp())
    return running.kept(Path(folder))


@cache
def number_mutants():
    """Every number that a sentence says, with one digit another, or the next word."""
    found = []
    for path in bound.pages():
        for one in bound.said(path):
            if bound.unbound(one) or one.free:
                continue
            for words in _other_numbers(one.number.words):
                mark = f"<!--= {one.number.mark} -->"
                dollars = "$" if words.startswith("(") else ""
                numbers = bound.numbers(f"{dollars}{words}{dollars}{mark}")
                if len(numbers) == 1 and numbers[0].values != one.number.values:
                    changed = one._replace(number=numbers[0])
                    change = f"number [{one.number.words} → {words}] in {one.line}"
                    found.append(
                        Mutant(
                            "number",
                            path.stem,
                            (f"{one.path}",),
                            change,
                            path,
                            one.cell,
                            NOWHERE,
                            "",
                            (path, changed),
                        )  # fmt: skip
                    )
    return found


def _other_numbers(words):
    for digit in re.finditer(r"\d", words):
        yield put(words, digit.span(), str((int(digit[0]) + 1) % 10))
    for word in re.finditer(r"[a-z-]+", words.lower()):
        if word[0] in bound.WORDS:
            values = list(bound.WORDS)
            other = values[(values.index(word[0]) + 1) % len(values)]
            yield put(words, word.span(), other)


def _ask_numbers(mutant):
    path, changed = mutant.subject
    run = executions()  # before anything is patched: it reads every mark
    with patched(bound, said=lambda page: [changed]):
        for test, given in (
            (test_numbers.test_every_number_in_a_sentence_is_bound, ()),
            (test_numbers.test_a_number_is_what_its_mark_gives, (run,)),
        ):
            yield partial(test, path.stem, *given)


# ---- pictures


@cache
def picture_mutants():
    """Every stored picture in the place of the one before it, or shown wider."""
    found = []
    stored = {name: test_figures.stored(p) for name, p in test_figures.CHAPTERS.items()}
    every = [(name, k) for name, shown in stored.items() for k in range(len(shown))]
    for (name, k), (other, j) in zip(every, every[-1:] + every[:-1]):
        cell, png, size = stored[name][k]
        wider = size and size | {"width": size["width"] + 10}
        for what, one in (
            ("exchanged", (cell, stored[other][j][1], size)),
            ("wider", (cell, png, wider)),
        ):
            changed = [*stored[name][:k], one, *stored[name][k + 1 :]]
            found.append(
                Mutant(
                    "picture",
                    name,
                    (f"{name}, cell {cell}",),
                    f"picture {what}",
                    None,
                    cell,
                    NOWHERE,
                    "",
                    (name, changed),
                )  # fmt: skip
            )
    return found


def _ask_pictures(mutant):
    name, changed = mutant.subject
    run = executions()
    with patched(test_figures, stored=lambda path: changed):
        test = test_figures.test_a_stored_picture_is_what_its_cell_draws
        yield partial(test, name, run)


# ---- metadata


@cache
def metadata_mutants():
    """Every cell of every chapter as another kind of slide, or without one of its tags,
    or with one more."""
    found = []
    for path in test_decks.CHAPTERS:
        for k, cell in enumerate(_cells(path)):
            others = test_decks.TYPES - {test_decks.kind(cell)} | test_decks.TAGS
            for what in sorted(others):
                found.append(
                    Mutant(
                        "metadata",
                        path.stem,
                        (path.stem,),
                        f"cell {k + 1}: {what}",
                        path,
                        k,
                        NOWHERE,
                        "",
                        (path, k, what),
                    )  # fmt: skip
                )
    return found


_cells = cache(test_decks.cells)


def _ask_metadata(mutant):
    path, k, what = mutant.subject
    changed = test_decks.change(_cells(path), k, what)
    with patched(test_decks, cells=lambda path: copy.deepcopy(changed)):
        for test in (
            test_decks.test_the_metadata_of_each_cell_fits_what_the_cell_is,
            test_decks.test_the_first_note_counts_what_deck_and_page_have,
        ):
            yield partial(test, path)


# ---- claims


@cache
def claim_mutants():
    """Every row of the claims with another verdict, or the finding or the test of the
    row before."""
    rows, found = test_claims.rows(), []
    names = list(rows)
    for k, name in enumerate(names):
        claim, *others = rows[name]
        for place, what in enumerate(("finding", "how", "verdict")):
            if what == "verdict":
                values = [v for v in test_claims.VERDICTS if v != others[place]]
            else:
                values = [rows[names[k - 1]][place + 1]]
            for value in values:
                if value != others[place]:
                    row = [claim, *others[:place], value, *others[place + 1 :]]
                    found.append(
                        Mutant(
                            "claim",
                            "claims",
                            (name,),
                            f"{what} is {value}",
                            test_claims.PAGE,
                            None,
                            NOWHERE,
                            "",
                            rows | {name: row},
                        )  # fmt: skip
                    )
    return found


def _ask_claims(mutant):
    with patched(test_claims, rows=lambda: mutant.subject):
        yield test_claims.test_every_row_has_a_verdict_and_says_how
        yield test_claims.test_every_claim_on_a_chapter_that_is_here_is_judged
        for row in mutant.subject:
            yield partial(test_claims.test_a_row_says_what_its_test_declares, row)


KINDS = {
    "inline": Class(inline_mutants, handed, _ask_inline, _tests_of_inline, limit=0.05),
    "symbol": Class(symbol_mutants, handed, _ask_inline, _tests_of_inline, limit=0.55),
    "line": Class(line_mutants, handed, _ask_derivation, limit=0.1),
    "size": Class(size_mutants, handed, _ask_sizes),
    "reference": Class(reference_mutants, handed, _ask_references, limit=0.1),
    "shape": Class(shape_mutants, _documented, _ask_shapes),
    "number": Class(number_mutants, handed, _ask_numbers, limit=0.05),
    "picture": Class(picture_mutants, handed, _ask_pictures, limit=0.05),
    "metadata": Class(metadata_mutants, handed, _ask_metadata, limit=0.05),
    "claim": Class(claim_mutants, handed, _ask_claims, limit=0.05),
}
