"""Four ways back for the error, with shared seeds: chapters/data/ways-back.csv.

    python experiments/ways_back.py        all of it, about half a minute

A row per training of code/alignment.py. First every way at every rate on the seeds of
TUNING; the rate with the lowest mean error on the digits it learned from is the way's
own. Then every way at its own rate on SEEDS. Chapter 01 draws the table, and trains
some of it again.
"""

import csv
from pathlib import Path

import numpy as np

import alignment

TUNING, SEEDS = range(100, 104), range(16)
DATA = Path(__file__).parent.parent / "chapters" / "data" / "ways-back.csv"
HEAD = "way eta seed learning test first last".split()


def row(way, eta, seed):
    angles = alignment.run(way, seed, eta)[1]
    found = alignment.learning_error(way, seed, eta)
    wrong = alignment.test_error(way, seed, eta)
    return [way, eta, seed, f"{found:.4f}", f"{wrong:.2f}", *np.round(angles[[0, -1]])]


def main():
    rows = []
    for way in alignment.WAYS:
        tried = {
            eta: [row(way, eta, seed) for seed in TUNING] for eta in alignment.RATES
        }
        mean = {eta: np.mean([float(r[3]) for r in tried[eta]]) for eta in tried}
        own = min(mean, key=mean.get)
        rows += [r for some in tried.values() for r in some]
        rows += [row(way, own, seed) for seed in SEEDS]
    with DATA.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(HEAD)
        table.writerows(rows)


if __name__ == "__main__":
    main()
