"""The handwritten digits that the book learns from: scikit-learn's, 8 by 8 pixels.

    load()      pictures as rows of numbers from 0 to 1, and which digit each is

Source: Alpaydin & Kaynak 1998, the test set of "Optical recognition of handwritten
digits".
"""

from functools import cache

from sklearn.datasets import load_digits


@cache
def load():
    """X (1797, 64), the ink of each pixel in sixteenths, and classes (1797,), 0 to 9.

    Both are read-only: who changes them takes a copy.
    """
    digits = load_digits()
    X, classes = digits.data / 16, digits.target
    for array in (X, classes):
        array.setflags(write=False)
    return X, classes
