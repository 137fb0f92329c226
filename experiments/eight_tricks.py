"""What each of the eight tricks does: chapters/data/eight-tricks.csv and two more.

    python experiments/eight_tricks.py        all of it, about ten minutes

eight-tricks.csv has a row per training: its seed, what was changed (code/tricks.py),
the learning rate, and the % of training and of test digits called wrongly at the end.
Seeds of TUNING are trained at every rate of RATES. From their training digits alone
each change gets its own rate; with it, and with the rate of the recommended setting,
the SEEDS are trained that the chapter compares. tricks-widths.csv is the same for
networks whose layers have very different numbers of inputs, and tricks-long.csv follows
two choices of targets through a long training. Chapter 11 trains some of it again and
must find the same errors.
"""

import csv
from pathlib import Path

import numpy as np

import tricks

DATA = Path(__file__).parent.parent / "chapters" / "data"
SEEDS, TUNING = range(16), range(16, 20)
RATES = 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0
WIDTHS = {
    f"{hidden} hidden, {how}": dict(hidden=hidden, equal_rates=how == "one rate")
    for hidden in (4, 400)
    for how in ("one rate", "rates by layer")
}
AT = 1, 2, 5, 10, 20, 40, 60  # epochs of the long training that are looked at


def errors(name, seed, eta):
    """The % of training and of test digits wrong after that training."""
    if name == "8 radial units":
        return tricks.radial_run(seed, eta).wrong()
    if name in WIDTHS:
        return tricks.run(tricks.Setting(eta=eta, **WIDTHS[name]), seed).wrong()
    return tricks.run(tricks.setting(name, eta=eta), seed).wrong()


def measured(names, rates, seeds):
    """A row per training; first those that pick a rate, then those to be compared."""
    for name in names:
        tuned = {}
        for eta in rates:
            found = [errors(name, seed, eta) for seed in TUNING]
            tuned[eta] = np.mean([train for train, _ in found])
            for seed, (train, test) in zip(TUNING, found):
                yield seed, name, eta, train, test
        best = min(tuned, key=tuned.get)
        for eta in sorted({best, 0.01}):
            for seed in seeds:
                yield seed, name, eta, *errors(name, seed, eta)
        print(f"{name}: rate {best}", flush=True)


def followed(rates, seeds):
    """A row per epoch that is looked at, of long trainings with either target."""
    for name, eta in rates.items():
        how = tricks.setting(name, eta=eta, epochs=max(AT))
        for seed in seeds:
            run = tricks.run(how, seed)
            for epoch in AT:
                net = run.nets[epoch - 1]
                N_o = tricks.bp.forward(net, run.X).N_o
                flat = np.mean(net.f.slope(N_o) < 0.1 * net.f.slope(0.0))
                size = np.sqrt(np.mean(net.v**2))
                yield seed, name, eta, epoch, *run.wrong(epoch - 1), size, 100 * flat


def write(name, head, rows):
    with (DATA / name).open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head)
        for cells in rows:
            table.writerow([f"{c:.5g}" if isinstance(c, float) else c for c in cells])


def main():
    head = "seed", "change", "eta", "train", "test"
    names = *tricks.CHANGES, "8 radial units"
    write("eight-tricks.csv", head, measured(names, RATES, SEEDS))
    write("tricks-widths.csv", head, measured(WIDTHS, RATES[1:7], SEEDS))
    head = "seed", "change", "eta", "epoch", "train", "test", "size of v", "flat"
    rates = dict.fromkeys(("recommended", "5 targets at the asymptote"), 0.01)
    write("tricks-long.csv", head, followed(rates, range(8)))


if __name__ == "__main__":
    main()
