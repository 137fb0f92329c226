"""Whether the notebooks print the same on other processors: run under each, compared.

A long training in floating point parts ways between processors, which add up in another
order. So what is printed is shown only to digits that agree: OpenBLAS is told to be on
an older processor, then on a newer one, with one thread and with two, and NumPy to do
without the newer's instructions. Each output, figures aside, has to be the stored one.

    python benchmarks/processors.py         every notebook, minutes
    python benchmarks/processors.py 10 12   those whose names begin so
"""

import asyncio
import os
import sys

import numpy as np

import refresh

FEATURES = np._core._multiarray_umath


def newer():
    """The instructions of the newer processor that this one has and NumPy would use."""
    has = FEATURES.__cpu_features__
    names = [f for f in FEATURES.__cpu_dispatch__ if f == "X86_V4" or "512" in f]
    return [name for name in names if has.get(name)]


def processors():
    """Name -> environment, of each processor that this one can be."""
    has = FEATURES.__cpu_features__
    found = {}
    if has.get("AVX512F"):
        for threads in "12":
            found[f"SkylakeX, threads {threads}"] = {
                "OPENBLAS_CORETYPE": "SkylakeX", "OPENBLAS_NUM_THREADS": threads,
            }  # fmt: skip
    if has.get("AVX2"):
        found["Haswell, threads 1"] = {
            "OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "1",
            "NPY_DISABLE_CPU_FEATURES": " ".join(newer()),
        }  # fmt: skip
    return found


def printed(cells):
    """What each code cell shows in text, by its number."""
    for cell in cells:
        if cell.cell_type == "code":
            shown = [dict(output) for output in cell.outputs]
            for output in shown:
                data = dict(output.get("data", {}))
                data.pop("image/png", None)
                output["data"] = data
                output.pop("metadata", None)
            yield cell.execution_count, cell.source, shown


def differing(path, environment):
    """(number of the cell, stored line, line found) of each line that differs."""
    nb = refresh.read(path)
    before = {k: os.environ.get(k) for k in environment}
    os.environ.update(environment)
    try:
        asyncio.run(refresh.run(nb, path))
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    now = refresh.nbformat.v4.reads(refresh.canonical(nb))
    stored = refresh.read(path)
    for (number, _, was), (_, _, found) in zip(
        printed(stored.cells), printed(now.cells)
    ):
        if was != found:
            yield number, *first_difference(str(was), str(found))


def first_difference(a, b):
    """The pieces of two texts around the first place where they differ."""
    k = next((k for k in range(min(len(a), len(b))) if a[k] != b[k]), 0)
    return a[max(0, k - 60) : k + 99], b[max(0, k - 60) : k + 99]


def main(only=""):
    """Print each output that differs; return what limits.py asks for."""
    found = processors()
    if len(found) < 3:
        print("This processor has no AVX-512: what it would print cannot be tried.")
    count = 0
    for name, environment in found.items():
        for path in refresh.notebooks(only):
            for number, was, now in differing(path, environment):
                count += 1
                print(f"{name}: {refresh.name(path)}, cell [{number}]")
                print(f"  stored {was}\n  found  {now}", flush=True)
    print(f"{count} outputs differ on {', '.join(found)}")
    return {"outputs that differ between processors": count}


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
