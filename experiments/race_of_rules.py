"""Two tables for chapter 12: a race of the rules, and weight decay in two places.

    python experiments/race_of_rules.py          both, about five minutes
    python experiments/race_of_rules.py decay    one of them: race or decay

chapters/data/race-of-rules.csv  a row per rule, schedule, rate and seed
chapters/data/weight-decay.csv   a row per place of the decay, its size, rate and seed

A seed is a split of the digits, a start and an order of batches, the same for all arms.
All arms of the race search for their rate in the same way: the best of a grid, each
rate twice the one before, and then the two half-way to its neighbours. The best is that
with the lowest training loss, as a mean over the seeds PILOT; at this rate the seeds
RACE run.
Weight decay is run at every size and rate of a grid, on both kinds of seed; it learns
from few digits, and keeps others back to choose the size by.
"""

import csv
import sys
from functools import partial
from pathlib import Path

import numpy as np

import optimisers as opt
from racing import Result, run

DATA = Path(__file__).parent.parent / "chapters" / "data"
RULES = {name: rule for name, rule in opt.RULES.items() if name != "adamw"}


def warm_linear(t, T):
    """Up for a fifth of the steps, and down all the while."""
    return opt.warm_up(t, T // 5) * opt.linear_decay(t, T)


SCHEDULES = {
    "constant": None,
    "linear": opt.linear_decay,
    "cosine": opt.cosine_decay,
    "warm-up, linear": warm_linear,
}
# The paper's own way for these two: the factor fades, the rate stays.
FADES = "powersign", "addsign"
RATES = [round(0.001 * 2**k, 3) for k in range(13)]
PILOT, RACE = range(4), range(100, 120)
SIZES = 0, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3
SPEEDS = 0.003, 0.01, 0.03
FEW, LONG = 300, 60  # digits to learn from, epochs: here weight decay may help


def arms():
    """Rule, what is said of its schedule, and its settings."""
    for name, rule in RULES.items():
        for said, schedule in SCHEDULES.items():
            yield name, said, partial(run, rule, schedule=schedule)
        if name in FADES:
            yield name, "fading", partial(run, rule, decay=opt.linear_decay)


def race():
    """Rows of the race: first the pilot at every rate, then the race at the best."""
    for name, said, trained in arms():
        mean = {}

        def best(rates, trained=trained, mean=mean):
            """The best rate so far, once these have been tried; and the rows of it."""
            tried = []
            for eta in rates:
                found = [trained(seed=seed, eta=eta) for seed in PILOT]
                mean[eta] = np.mean([result.loss for result in found])
                tried += [(eta, *pair) for pair in zip(PILOT, found)]
            return min(mean, key=mean.get), tried

        coarse, first = best(RATES)
        fine, second = best([round(coarse * 2**half, 5) for half in (-0.5, 0.5)])
        for eta, seed, result in first + second:
            yield name, said, eta, "pilot", seed, result
        for seed in RACE:
            yield name, said, fine, "race", seed, trained(seed=seed, eta=fine)


def weight_decay():
    """Rows of weight decay: in the slope before Adam, and beside it."""
    for eta in SPEEDS:
        common = dict(examples=FEW, epochs=LONG, eta=eta, schedule=opt.linear_decay)
        for size in SIZES:
            for part, seeds in ("pilot", PILOT), ("race", RACE[:12]):
                for seed in seeds:
                    inside = run(opt.adam, seed, size, **common)
                    beside = run(opt.adamw, seed, weight_decay=size, **common)
                    yield "in the slope", size, eta, part, seed, inside
                    yield "beside it", size, eta, part, seed, beside


TABLES = {
    "race": ("race-of-rules.csv", "rule schedule eta part seed", race),
    "decay": ("weight-decay.csv", "place size eta part seed", weight_decay),
}


def main(names=tuple(TABLES)):
    for name in names:
        where, head, rows = TABLES[name]
        with (DATA / where).open("w", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow([*head.split(), *Result._fields])
            for *said, result in rows():
                table.writerow([*said, *(f"{value:.4f}" for value in result)])
                file.flush()


if __name__ == "__main__":
    main(sys.argv[1:] or tuple(TABLES))
