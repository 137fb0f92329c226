"""The checks have teeth: change one thing, and one of them fails and says where."""

import pytest

import mutants
import mutants_of_pages
from book import agreement

SEED = mutants.seed()
JUDGED = [kind for kind, one in mutants.KINDS.items() if one.limit < 1]
COPIED = [kind for kind in JUDGED if mutants.KINDS[kind].tests]


@pytest.fixture(autouse=True)
def the_executions_of_this_session(executions, monkeypatch):
    monkeypatch.setattr(mutants_of_pages, "executions", lambda: executions)


def few_survive(kind, tried, left):
    limit = mutants.KINDS[kind].limit
    above = f"more survive than {100 * limit:g} in 100, with the seed {SEED}:\n"
    listed = "\n".join(f"{mutant}\n    {why}" for mutant, why in left)
    assert tried and len(left) <= limit * len(tried), above + listed


@pytest.mark.parametrize("kind", JUDGED)
def test_a_small_change_is_noticed_by_a_test_that_names_its_place(kind):
    tried = mutants.sample(kind, 150, SEED)
    left = mutants.survivors(mutants.judged(tried))
    assert len(tried) == min(150, len(mutants.KINDS[kind].made()))
    few_survive(kind, tried, left)


@pytest.mark.parametrize("kind", COPIED)
def test_a_small_change_in_a_file_is_noticed_by_the_tests_run_on_it(kind):
    tried = mutants.sample(kind, 20, SEED, each=2, written=True)
    left = mutants.survivors(mutants.judged_in_copy(mutants.together(tried)))
    few_survive(kind, tried, left)


@pytest.mark.parametrize("kind", COPIED)
def test_nothing_is_noticed_in_a_copy_in_which_nothing_is_changed(kind):
    sample = mutants.sample(kind, 20, SEED, each=2, written=True)
    tried = mutants.together(sample)[0]
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
    for kind in "docstring", "code":
        models = {mutant.model for mutant in mutants.sample(kind, 150, SEED)}
        assert models >= {
            *agreement.every(),
            "recurrent",
            "lstm",
            "boltzmann",
            "hopfield",
        }
    models = {mutant.model for mutant in mutants.sample("chapter", 150, SEED)}
    assert models == set(agreement.every())


def test_what_is_listed_as_changing_nothing_is_made_and_survives():
    made = {str(m): m for kind in mutants.KINDS.values() for m in kind.made()}
    for text in mutants.EQUIVALENT:
        assert text in made, f"no longer made: {text}"
        assert mutants.verdict(made[text]) == "nobody notices", text


@pytest.mark.parametrize("kind", JUDGED)
def test_a_failure_that_does_not_say_where_does_not_count(kind, monkeypatch):
    some = mutants.sample(kind, 10, SEED)
    mutant = next(mutant for mutant in some if not mutants.verdict(mutant))
    elsewhere = mutant._replace(places=("nowhere",))
    assert mutants.verdict(elsewhere).startswith("the failure does not say where")


@pytest.mark.parametrize("name", agreement.every())
def test_a_comparison_that_always_holds_lets_changes_survive(name, monkeypatch):
    for question in "function_disagreement", "meaning_disagreement":
        asked = getattr(agreement, question)

        def holds(one, label, asked=asked):
            return 0.0 if one.full_name == name else asked(one, label)

        monkeypatch.setattr(agreement, question, holds)
    for kind in "docstring", "code":
        tried = [m for m in mutants.sample(kind, None, SEED) if m.model == name][:30]
        assert mutants.survivors(mutants.judged(tried))
