"""How often wrong backpropagation learns X-OR all the same.

    python experiments/solved_anyway.py        all of it, about a quarter of an hour

2-2-2, two complementary outputs, logistic, weights and biases uniform in (-1, 1), eta
0.5, online, shuffled, 400 seeds, 40,000 steps each. Stored in
chapters/data/solved-anyway.csv, a row per seed and a column per specimen: the steps
until the squared error of the four examples together was below 0.2, or nothing.
Chapter 07 runs the first seeds again, briefly, and must find the same steps.
"""

import csv
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from book import specimens

SEEDS, EPOCHS = 400, 10_000
DATA = Path(__file__).parent.parent / "chapters" / "data" / "solved-anyway.csv"
IDS = [s.id for s in (specimens.CORRECT, *specimens.SPECIMENS)]


def steps(id):
    return specimens.steps_to_solve(id, range(SEEDS), EPOCHS)


def main():
    with ProcessPoolExecutor(2) as pool:
        columns = list(pool.map(steps, IDS))
    with DATA.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["seed", *IDS])
        for seed, row in enumerate(zip(*columns)):
            cells = ["" if np.isnan(found) else int(found) for found in row]
            table.writerow([seed, *cells])


if __name__ == "__main__":
    main()
