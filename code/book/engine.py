"""The engine of trees as the widgets of a notebook import it.

    module("stepper")   the text of stepper.js, with the engine in it

A widget imports "./engine.js", and a notebook serves no file of that name. So the
address becomes one that carries the engine's text; to a browser, modules at the same
such address are one module. A built page does the same with an address of its own
(bookext/widgets.py).
"""

import base64
import pathlib

FOLDER = pathlib.Path(__file__).parent
ADDRESS = '"./engine.js"'


def module(stem):
    """The text of stem.js, importing the engine from a data: address."""
    engine = base64.b64encode((FOLDER / "engine.js").read_bytes()).decode()
    source = (FOLDER / f"{stem}.js").read_text("utf-8")
    return source.replace(ADDRESS, f'"data:text/javascript;base64,{engine}"')
