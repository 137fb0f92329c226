"""List the numbers of a chapter that no mark binds, with what they could be bound to.

    python tools/bind.py 05               what is unbound or wrong in chapter 05
    python tools/bind.py 05 > plan        the same, to be filled in behind each =
    python tools/bind.py 05 --take plan   write into the chapter what is filled in
    python tools/bind.py errata           any page, by a word of its name
    python tools/bind.py --free           every number that is held by nothing, and why
    python tools/bind.py --count          how many are bound, free and open in each page

The expressions under a number are those of the chapter's names whose value rounds to
it; the right one is the one that the sentence speaks of. After `below:` it is the next
code cell's value. See CONTRIBUTING.md, Bind a number.
"""

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

import refresh
from book import bound
from book.execution import Failed, Sought, executed

MENDED = "numbers in code are filled in by an f-string"
PLANNED = re.compile(r"^(\d+)\.(\d+) (.+?) = (\S.*)$")


def page(word):
    """The one page whose name begins with a word, or has a word that does."""
    found = [p for p in bound.pages() if re.search(rf"(^|-){re.escape(word)}", p.stem)]
    if len(found) != 1:
        there = ", ".join(p.stem for p in found or bound.pages())
        sys.exit(
            f"{word!r} is the beginning of {len(found)} pages, not of one: {there}"
        )
    return found[0]


def open_numbers(path):
    """(cell, how manieth unbound of its cell, Said) of each unbound number."""
    counted, found = Counter(), []
    for one in bound.said(path):
        if one.number.mark is None:
            counted[one.cell] += 1
            found.append((one.cell, counted[one.cell], one))
    return found


def plan(path):
    """Print what is unbound, with candidates, and what is wrong with the marks."""
    unbound, marked = open_numbers(path), [s for s in bound.said(path) if s.number.mark]
    faults = [f"{one}: {wrong}" for one in marked if (wrong := bound.unbound(one))]
    asked = [s for s in marked if not s.free and not bound.unbound(s)]
    own = path if path in bound.chapters() else None
    sought = [
        Sought(one.cell, value, half)
        for _, _, one in unbound if own
        for value, half in zip(one.number.values, one.number.halves)
    ]  # fmt: skip
    found = {}
    for chapter in bound.chapters():
        here = [s for s in asked if s.chapter == chapter.stem]
        if not here and not (chapter == own and sought):
            continue
        run = executed(
            chapter, [s.asked for s in here], sought if chapter == own else ()
        )
        found |= run.found
        for one in here:
            if wrong := bound.differs(one, run.answers[one.asked]):
                faults.append(f"{one}: {wrong}")
    line = ""
    for cell, k, one in unbound:
        if line != (cell, one.line):
            print(f"\n# cell {cell}: {one.line}")
            line = cell, one.line
        print(f"{cell}.{k} {one.number.words} = ")
        if one.in_code:
            print(f"    # {MENDED}")
        for value, half in zip(one.number.values, one.number.halves):
            for expression in found.get(Sought(cell, value, half), ()):
                print(f"    # {expression}")
    print(f"\n# {len(unbound)} unbound, {len(marked)} marked, {len(faults)} at fault")
    for fault in faults:
        print(f"# {fault}")
    return faults


def take(path, text):
    """Write the marks that a plan fills in into the page. Returns how many."""
    wanted = {}
    for line in text.splitlines():
        if entry := PLANNED.match(line):
            wanted[int(entry[1]), int(entry[2])] = entry[3], entry[4].strip()
    places = {(cell, k): one for cell, k, one in open_numbers(path)}
    for key, (words, expression) in wanted.items():
        one = places.get(key)
        name = ".".join(map(str, key))
        if not one or one.number.words != words:
            sys.exit(f"{name} is not {words!r} now: make the plan again")
        if one.in_code:
            sys.exit(f"{name} {words}: {MENDED}")
        marked = one._replace(number=one.number._replace(mark=expression))
        if wrong := bound.unbound(marked):
            sys.exit(f"{name} {words}: {wrong}")
    whole = path.suffix == ".ipynb"
    notebook = json.loads(path.read_text("utf-8")) if whole else None
    for cell in sorted({cell for cell, _ in wanted}):
        source = notebook["cells"][cell]["source"] if whole else path.read_text("utf-8")
        text = "".join(source)
        here = [
            (places[key].number.end, expression)
            for key, (_, expression) in wanted.items()
            if key[0] == cell
        ]
        for at, expression in sorted(here, reverse=True):
            text = f"{text[:at]}<!--= {expression} -->{text[at:]}"
        if whole:
            notebook["cells"][cell]["source"] = text.splitlines(keepends=True)
        else:
            path.write_text(text, "utf-8")
    if whole:
        refresh.store(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    return len(wanted)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="?", help="a chapter's number, or a page's name")
    parser.add_argument("--take", metavar="PLAN", help="write the marks of a plan")
    parser.add_argument("--free", action="store_true", help="list what is held by none")
    parser.add_argument("--count", action="store_true", help="count, page by page")
    arguments = parser.parse_args(argv)
    if not (arguments.free or arguments.count or arguments.page):
        parser.error("name a page")
    try:
        if arguments.free or arguments.count:
            for path in bound.chapters():
                refresh.read(path)
            every = [one for path in bound.pages() for one in bound.said(path)]
            count(every) if arguments.count else free(every)
            return
        wanted = page(arguments.page)
        if wanted.suffix == ".ipynb":
            refresh.read(wanted)
        if arguments.take:
            text = Path(arguments.take).read_text("utf-8")
            print(f"{take(wanted, text)} numbers bound")
        else:
            sys.exit(1 if plan(wanted) else 0)
    except (Failed, refresh.Refused) as reason:
        sys.exit(str(reason))
    except (OSError, UnicodeDecodeError) as reason:
        sys.exit(f"{arguments.take} cannot be read as a plan: {reason}")


def free(every):
    """Print each number that is held by nothing, and why."""
    for one in every:
        if one.free:
            print(f"{one}: {one.free}")


def count(every):
    """Print how many numbers each page has bound, free and open."""
    rows = {}
    for one in every:
        kind = 2 if one.number.mark is None else 1 if one.free else 0
        rows.setdefault(one.path, [0, 0, 0])[kind] += 1
    rows["all"] = [sum(column) for column in zip(*rows.values())]
    print(f"{'':40} bound  free  open")
    for name, (held, free, unbound) in rows.items():
        print(f"{name:40} {held:5} {free:5} {unbound:5}")


if __name__ == "__main__":
    main()
