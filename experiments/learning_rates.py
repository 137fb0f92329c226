"""Which learning rate a task wants: E on what is learned from, at many rates.

    python experiments/learning_rates.py        all of it, about half a minute

Three tasks of chapter 06: the one example of chapters 02 to 05, 1000 steps; X-OR with
two hidden units, the whole batch, 700 epochs; the digits, ten at a time, 20 epochs.
Every rate has the same starts: the seeds, shared. Stored in
chapters/data/learning-rates.csv, a row per task, rate and seed: E over all examples
that were learned from, with the network at the end. The test pictures play no part.
Chapter 06 runs the thirty starts of X-OR at 10 again, and must find as many solved.
"""

import csv
from pathlib import Path

import numpy as np

import backprop as bp
import digits
import examples

DATA = Path(__file__).parent.parent / "chapters" / "data" / "learning-rates.csv"
RATES = 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100
SEEDS = {"one example": 1, "xor": 30, "digits": 8}


def start(task, seed):
    """The network, X and D, and how train is called beside eta."""
    rng = np.random.default_rng(seed)
    if task == "one example":
        return *examples.running(), {"epochs": 1000}
    if task == "xor":
        return bp.network(rng, (2, 2, 2)), *examples.xor(), {"epochs": 700}
    X, classes = digits.load()
    learn = rng.permutation(len(X))[360:]
    net = bp.network(rng, (64, 30, 10), scale=0.3)
    how = {"epochs": 20, "batch": 10, "rng": rng}
    return net, X[learn], np.eye(10)[classes[learn]], how


def last_error(task, seed, eta):
    """E on what was learned from, after the last update."""
    net, X, D, how = start(task, seed)
    net, _ = bp.train(net, X, D, eta=eta, **how)
    return bp.error(bp.forward(net, X).O, D)


def main():
    with DATA.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["task", "eta", "seed", "E"])
        for task, seeds in SEEDS.items():
            for eta in RATES:
                for seed in range(seeds):
                    E = last_error(task, seed, eta)
                    table.writerow([task, eta, seed, f"{E:.3e}"])


if __name__ == "__main__":
    main()
