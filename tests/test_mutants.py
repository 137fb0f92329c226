"""The checks have teeth: change one thing, and one of them fails and says where."""

import math

import pytest

import mutants
import mutants_of_pages
import mutants_of_scripts
from book import agreement

SEED = mutants.seed()
KINDS = list(mutants.KINDS)
# What stands in a file; of symbols and docstrings the same tests are run in a copy.
COPIED = ["chapter", "code", "inline"]
# What asks a running chapter, or a page, is asked of fewer: `make mutants` asks all.
FEW = {"number": 8, "picture": 4, "drawing": 4, "engine": 3, "mathml": 6, "judge": 10,
       "descent": 5, "training": 4}  # fmt: skip
CHAPTER = "02-forward-pass"


@pytest.fixture(autouse=True)
def the_chapters_and_the_browser_of_this_session(request, monkeypatch):
    """What a class needs is started when it asks for it."""
    asked = request.getfixturevalue
    monkeypatch.setattr(mutants_of_pages, "executions", lambda: asked("executions"))
    monkeypatch.setattr(mutants_of_scripts, "browser", lambda: asked("browser"))


def some(kind):
    """A small sample of a class; of what asks chapters, of one of them."""
    every = mutants.sample(kind, None, SEED)
    if kind in ("number", "picture"):
        every = [mutant for mutant in every if mutant.model == CHAPTER]
    return every[: FEW.get(kind, 40)]


def few_survive(kind, tried, left):
    """No more than the share that `make mutants` allows, but for chance: that so many
    or more were left would happen once in a thousand samples."""
    limit, n = mutants.KINDS[kind].limit, len(tried)
    chance = sum(
        math.comb(n, k) * limit**k * (1 - limit) ** (n - k)
        for k in range(len(left), n + 1)
    )
    above = f"more survive than {100 * limit:g} in 100, with the seed {SEED}:\n"
    listed = "\n".join(f"{mutant}\n    {why}" for mutant, why in left)
    assert tried and (not left or chance > 0.001), above + listed


@pytest.mark.parametrize("kind", KINDS)
def test_a_small_change_is_noticed_by_a_test_that_names_its_place(kind):
    tried = some(kind)
    few_survive(kind, tried, mutants.survivors(mutants.judged(tried)))


@pytest.mark.parametrize("kind", COPIED)
def test_a_small_change_in_a_file_is_noticed_and_none_is_where_there_is_none(kind):
    sample = mutants.sample(kind, 8, SEED, each=1, written=True)
    tried = mutants.together(sample)[0]
    few_survive(kind, tried, mutants.survivors(mutants.judged_in_copy([tried])))
    same = [mutant._replace(span=(0, 0), text="") for mutant in tried]
    assert all(why == "nobody notices" for _, why in mutants.judged_in_copy([same]))


def test_every_labelled_equation_of_the_book_is_changed_in_each_class():
    for kind in "docstring", "code":
        places = {place for m in mutants.KINDS[kind].made() for place in m.places}
        labels = {place.rpartition("(")[2].rstrip(")") for place in places}
        assert set(agreement.coded()) <= labels
    changed = {mutant.subject[0].label for mutant in mutants.chapter_mutants()}
    assert set(agreement.coded()) <= changed


def test_every_model_is_in_every_sample():
    seen = "recurrent", "lstm", "boltzmann", "hopfield"
    for kind in "docstring", "code", "chapter":
        models = {mutant.model for mutant in mutants.sample(kind, 400, SEED)}
        # A function that two models share is changed under the name of one.
        shared = {"gradcheck"} if kind == "code" else set()
        assert models >= set(agreement.every()) - shared, kind
        assert kind == "chapter" or models >= set(seen)


def test_what_is_listed_as_changing_nothing_is_made_and_survives():
    made = {str(m): m for kind in mutants.KINDS.values() for m in kind.made()}
    for text in mutants.EQUIVALENT:
        assert text in made, f"no longer made: {text}"
        assert mutants.verdict(made[text]) == "nobody notices", text


QUICK = [kind for kind in KINDS if kind not in FEW]


@pytest.mark.parametrize("kind", QUICK)
def test_a_failure_that_does_not_say_where_does_not_count(kind):
    mutant = next(mutant for mutant in some(kind) if not mutants.verdict(mutant))
    elsewhere = mutant._replace(places=("nowhere",))
    assert mutants.verdict(elsewhere).startswith("the failure does not say where")


@pytest.mark.parametrize("name", agreement.every())
def test_a_comparison_that_always_holds_lets_changes_survive(name, monkeypatch):
    for question in "function_disagreement", "meaning_disagreement":
        asked = getattr(agreement, question)

        def holds(one, label, asked=asked):
            return 0.0 if one.full_name == name else asked(one, label)

        monkeypatch.setattr(agreement, question, holds)
    changed = [
        [m for m in mutants.sample(kind, None, SEED) if m.model == name][:10]
        for kind in ("docstring", "code")
    ]
    assert any(changed)
    for tried in filter(None, changed):
        assert mutants.survivors(mutants.judged(tried))
