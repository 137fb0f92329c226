"""Which error learns faster, and what lets a deep network learn, each at its own rate.

    python experiments/fair_races.py        all of it, about five minutes

Two tables: chapters/data/error-race.csv and deep-race.csv. A row is one run of
code/races.py: arm, rate, seed, the % of digits called rightly of those it learned from
(mean over the epochs: by this the rate is chosen), and the % of the others after each
epoch. Every rate is run with the tuning seeds; the best one of each arm, and in the
race of errors the rate that is best for softmax too, with the seeds that are compared.
Chapter 10 runs some of the rows again and must find the same.
"""

import csv
from pathlib import Path

import numpy as np

import races

DATA = Path(__file__).parent.parent / "chapters" / "data"


def best_rate(rows, name, tuning):
    """The rate at which an arm was right most often while it learned."""
    found = {}
    for arm, eta, seed, learned, *_ in rows:
        if arm == name and seed in tuning:
            found.setdefault(eta, []).append(learned)
    return max(found, key=lambda eta: np.mean(found[eta]))


def row(run, name, eta, seed):
    curves = run(name, eta, seed)
    return [name, eta, seed, curves.learned.mean(), *curves.tested]


def table(run, names, etas, tuning, seeds, shared=""):
    """Every row: the search for a rate, then the runs that are compared."""
    rows = [row(run, n, eta, s) for n in names for eta in etas for s in tuning]
    best = {name: best_rate(rows, name, tuning) for name in names}
    for name in names:
        rates = dict.fromkeys([best[name], best[shared] if shared else best[name]])
        rows += [row(run, name, eta, seed) for eta in rates for seed in seeds]
        print(name, best[name], flush=True)
    return rows


def store(file, rows):
    with (DATA / file).open("w", newline="") as open_file:
        stored = csv.writer(open_file, lineterminator="\n")
        stored.writerow(["arm", "eta", "seed", "learned", *range(1, len(rows[0]) - 3)])
        for name, eta, seed, *shares in rows:
            stored.writerow([name, f"{eta:g}", seed, *np.round(shares, 3)])


def main():
    store(
        "error-race.csv",
        table(
            races.race, races.ERRORS, races.ETAS, races.TUNING_SEEDS, races.SEEDS,
            shared="cross-entropy, softmax",
        ),
    )  # fmt: skip
    store(
        "deep-race.csv",
        table(
            races.deep_race, races.DEEP, races.DEEP_ETAS, races.DEEP_TUNING_SEEDS,
            races.DEEP_SEEDS,
        ),
    )  # fmt: skip


if __name__ == "__main__":
    main()
