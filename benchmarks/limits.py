"""Every limit of the benchmarks, in one table: `make bench` runs this.

A limit on time is a ratio where it can be, both of its numbers measured in turns in one
run, so that neither the machine nor what else it does at the time decides. Exits 1,
naming the rows that break their limit.
"""

import sys
from typing import NamedTuple


class Row(NamedTuple):
    """What is measured, what was measured, and the most it may be."""

    what: str
    measured: float
    limit: float

    @property
    def holds(self):
        return self.measured <= self.limit


LIMITS = {
    "a step of train by PyTorch's, 2-2-2": 0.20,
    "a step of train by PyTorch's, 64-32-10": 0.20,
    "a step of train by its products, 1024-1024-1024": 1.12,
    "a step of the stepper by laying it out once": 2.00,
    "late frames in 100 while a pass plays": 5.00,
    "a page until usable by a stock page's": 0.80,
    "KB of a page without its figures": 460.00,
    "seconds to run the slowest notebook alone": 20.00,
    "outputs that differ between processors": 0.00,
}


def judged(measured):
    """The lines of the table of these measurements, and the names of broken rows."""
    rows = [
        Row(what, measured[what], LIMITS[what]) for what in LIMITS if what in measured
    ]
    lines = [f"{'what':<52}{'measured':>10}{'limit':>8}  verdict"]
    for row in rows:
        verdict = "holds" if row.holds else "BROKEN"
        lines.append(f"{row.what:<52}{row.measured:>10.2f}{row.limit:>8.2f}  {verdict}")
    return lines, [row.what for row in rows if not row.holds]


def main():
    import chapters
    import pages
    import processors
    import stepper_steps
    import training_step

    measured = {}
    for part in training_step, stepper_steps, pages, chapters, processors:
        measured |= part.main()
        print(flush=True)
    lines, broken = judged(measured)
    print("\n".join(lines))
    if missing := LIMITS.keys() - measured.keys():
        sys.exit(f"not measured: {', '.join(sorted(missing))}")
    if broken:
        sys.exit(f"slower than its limit: {', '.join(broken)}")


if __name__ == "__main__":
    main()
