"""Test errors for each of the eight tricks: chapters/data/eight-tricks.csv.

    python experiments/eight_tricks.py        all of it, about ten minutes

A row per seed, a column per change of code/tricks.py. Chapter 11 runs two of the seeds
again and must find the same errors.
"""

import csv
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import tricks

SEEDS = range(8)
DATA = Path(__file__).parent.parent / "chapters" / "data" / "eight-tricks.csv"


def row(seed):
    found = [tricks.test_error(name, seed) for name in tricks.CHANGES]
    return [seed, *(f"{error:.4f}" for error in (*found, tricks.radial_error(seed)))]


def main():
    with ProcessPoolExecutor(2) as pool, DATA.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["seed", *tricks.CHANGES, "8 radial units"])
        for cells in pool.map(row, SEEDS):
            table.writerow(cells)
            print(f"seed {cells[0]} done", flush=True)


if __name__ == "__main__":
    main()
