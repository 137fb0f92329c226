"""What a chapter prints is the same on other processors, where this one can be them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import processors
import refresh

OTHERS = processors.processors()
where_it_can = pytest.mark.skipif(
    len(OTHERS) < 3, reason="this processor has no AVX-512 to leave out"
)


def differing(path, environment):
    """All that differs, found in a thread: a browser has a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(
            lambda: list(processors.differing(path, environment))
        ).result()


@where_it_can
@pytest.mark.parametrize("name", ["SkylakeX, threads 2", "Haswell, threads 1"])
def test_what_training_prints_is_the_same_on_another_processor(name):
    """Of the chapter that trains most; `make bench` asks it of every one."""
    (path,) = refresh.notebooks("10")
    assert not differing(path, OTHERS[name])


@where_it_can
def test_a_number_with_all_its_digits_is_seen_to_differ(tmp_path):
    path = tmp_path / "01-all-digits.ipynb"
    path.write_text(
        refresh.nbformat.writes(
            refresh.nbformat.v4.new_notebook(
                cells=[refresh.nbformat.v4.new_code_cell(PRODUCT)]
            )
        )
    )
    found = {}
    for name, environment in OTHERS.items():
        ((_, _, found[name]),) = differing(path, environment)
    assert found["Haswell, threads 1"] != found["SkylakeX, threads 1"]


PRODUCT = """import numpy as np
A = np.random.default_rng(0).normal(size=(300, 300))
print(f"{(A @ A).sum():.15e}")"""
