"""What the chapters compute when they run again, kept for all who ask."""

import fcntl
import pickle
from functools import cache

from book import bound, execution


def kept(folder):
    """A function of a chapter's stem: its Execution, with an answer to every mark that
    names it. Each chapter runs once, and is kept in the folder for other processes."""
    folder.mkdir(exist_ok=True)
    asked = {path.stem: [] for path in bound.chapters()}
    for path in bound.pages():
        for one in bound.said(path):
            if one.number.mark and not one.free and not bound.unbound(one):
                asked[one.chapter].append(one.asked)

    @cache
    def executed(stem):
        stored = folder / f"{stem}.pickle"
        with open(folder / f"{stem}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not stored.exists():
                path = next(p for p in bound.chapters() if p.stem == stem)
                run = execution.executed(path, asked[stem])
                stored.write_bytes(pickle.dumps(run))
        return pickle.loads(stored.read_bytes())

    return executed
