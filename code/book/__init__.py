"""The machinery of the book: what shows, runs, compares and asks about its equations.

A notebook begins with what it needs of it:

    from book import Stepper, check, exercise, figure, source

The ideas themselves stand beside this package, one module an idea, and import nothing
from here. Here are: notation and latex (LaTeX to trees), trees (trees to numbers),
docstrings, model and instance (what a module declares), ideas (every model by name and
label), agreement (do chapters, docstrings and functions say the same?), slips,
mistakes, feedback, trial and check (what went wrong), writing (how symbols look),
stepper, exercise, descent, graph, training (the widgets), show (figures and sources),
drawn (are figures what they say?), execution and bound (are the numbers of sentences?),
specimens, shapes, worksheet.
"""

# The functions check and exercise come last: they stand for the modules of their names.
from book.descent import Descent
from book.graph import Graph
from book.show import DATA, Figure, Source, figure, source
from book.stepper import Stepper
from book.training import Training

from book.check import check  # isort: skip
from book.exercise import exercise  # isort: skip

__all__ = [
    "DATA", "Descent", "Figure", "Graph", "Source", "Stepper", "Training",
    "check", "exercise", "figure", "source",
]  # fmt: skip
