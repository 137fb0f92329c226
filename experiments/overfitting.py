"""Weight decay and early stopping on few digits: chapters/data/overfitting.csv.

    python experiments/overfitting.py         all of it, about three minutes

A row per seed, share of wrong classes, and arm: what was chosen, and how it ended. Each
seed chooses for itself. Without a remedy, the learning rate with the lowest loss on the
digits that are learned from; early stopping, the rate and the epoch with the lowest
loss on the digits held out; weight decay, the rate and lambda with the lowest loss on
them after the last epoch. Then each arm is trained once more on both kinds together,
with what it chose. Chapter 11 chooses for seed 0 again and must find the same.
"""

import csv
from itertools import product
from pathlib import Path

import regularisation as reg

DATA = Path(__file__).parent.parent / "chapters" / "data" / "overfitting.csv"
SEEDS, WRONG = range(16), (0.2, 0.0)
CHOSEN = "eta", "decay", "epoch"
FOUND = "loss", "wrong", "loss_test", "wrong_test", "weights"
RATES, DECAYS = (0.03, 0.1, 0.3), (0.003, 0.01, 0.03, 0.1, 0.3)


def choices(digits, seed):
    """Arm -> (rate, decay, epoch), and the Curves they were chosen from."""
    plain = {eta: reg.curves(digits, seed, 0.0, eta) for eta in RATES}
    pairs = list(product(RATES, DECAYS))
    small = {(eta, d): reg.curves(digits, seed, d, eta) for eta, d in pairs}
    last = len(plain[RATES[0]].loss)
    eta = min(plain, key=lambda eta: plain[eta].loss[-1])
    stop = min(plain, key=lambda eta: plain[eta].loss_held.min())
    best = min(small, key=lambda pair: small[pair].loss_held[-1])
    return {
        "no remedy": ((eta, 0.0, last), plain[eta]),
        "stopped": ((stop, 0.0, 1 + plain[stop].loss_held.argmin()), plain[stop]),
        "decay": ((*best, last), small[best]),
    }


def rows(seed, wrong):
    """What each arm chose, and where it ended, on fewer and on all known digits."""
    digits = reg.few_digits(seed, wrong)
    for arm, ((eta, decay, epoch), curves) in choices(digits, seed).items():
        more = reg.curves(digits.joined(), seed, decay, eta)
        for learned, found in (len(digits.X), curves), (250, more):
            end = [float(getattr(found, k)[epoch - 1]) for k in FOUND]
            yield seed, wrong, arm, learned, eta, decay, epoch, *end


def main():
    with DATA.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["seed", "labels", "arm", "digits", *CHOSEN, *FOUND])
        for seed, wrong in product(SEEDS, WRONG):
            for row in rows(seed, wrong):
                cells = [f"{c:.5g}" if isinstance(c, float) else c for c in row]
                table.writerow(cells)
            print(f"seed {seed}, {wrong:.0%} wrong: done", flush=True)


if __name__ == "__main__":
    main()
