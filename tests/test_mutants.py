"""The checks have teeth: almost nothing can be changed without one of them going red."""

import mutants
import pytest


@pytest.mark.parametrize("kind", mutants.KINDS)
def test_at_least_95_of_100_small_changes_are_noticed(kind):
    tried = mutants.sample(kind, 60)
    assert len(tried) == 60
    left = mutants.survivors(tried)
    assert len(left) <= 0.05 * len(tried), "\n".join(f"{m.where}: {m.change}" for m in left)


def test_every_chapter_that_derives_the_algorithm_is_tried():
    where = {mutant.where.split()[0][:2] for mutant in mutants.chapter_mutants()}
    assert {"02", "03", "04", "05", "06"} <= where


def test_a_change_that_means_nothing_survives():
    a = mutants.Mutant("chapter", "nowhere", "nothing", lambda: False)
    assert mutants.survivors([a]) == [a]
