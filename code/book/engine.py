"""The modules of JavaScript beside this file, as the widgets of a notebook import them.

    module("stepper")   the text of stepper.js, with every module it imports in it
    needs(path)         the paths of those modules, each after what it imports itself

A widget imports "./engine.js", "./mathml.js" …, and a notebook serves no file of that
name. So the address becomes one that carries the text; to a browser, modules at the
same such address are one module. A built page carries each text once, and gives it an
address of its own (bookext/widgets.py).
"""

import base64
import pathlib
import re

FOLDER = pathlib.Path(__file__).parent
IMPORT = re.compile(r'(?<=\bfrom )"\./(\w+)\.js"')


def needs(path):
    """The modules that a module imports, and theirs, each after what it needs. One that
    does not lie beside it is the book's."""
    found = {}
    for stem in IMPORT.findall(path.read_text("utf-8")):
        beside = path.with_name(f"{stem}.js")
        other = beside if beside.exists() else FOLDER / beside.name
        found |= dict.fromkeys([*needs(other), other])
    return list(found)


def module(stem, text=None):
    """The text of stem.js, or another one, importing from data: addresses."""

    def carried(found):
        own = module(found[1]).encode()
        return f'"data:text/javascript;base64,{base64.b64encode(own).decode()}"'

    text = text or (FOLDER / f"{stem}.js").read_text("utf-8")
    return IMPORT.sub(carried, text)
