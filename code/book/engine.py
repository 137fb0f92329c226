"""The modules of JavaScript beside this file, as the widgets of a notebook import them.

    module("stepper")   the text of one module: stepper.js, and every module it imports
    needs(path)         the paths of those modules, each after what it imports itself

A widget imports "./engine.js", "./mathml.js" …, and a notebook serves no file of that
name. So the text carries each of them, once, and gives it an address when it is loaded;
the same text has the same address for every widget there, and so is one module. A built
page does the same for all its widgets at once (bookext/widgets.py).
"""

import json
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


EXPORT = re.compile(r"^export (?:async )?(?:function|const|class) (\w+)", re.MULTILINE)
# A module of that text alone: what it imports stands before it.
CARRIER = """const addresses = (globalThis.bookModules ??= {});
const at = {};
for (const [stem, text] of Object.entries(TEXTS)) {
\tconst there = (_, other) => JSON.stringify(at[other]);
\tconst whole = text.replace(/(?<=\\bfrom )"\\.\\/(\\w+)\\.js"/g, there);
\tat[stem] = addresses[whole] ??= URL.createObjectURL(
\t\tnew Blob([whole], { type: "text/javascript" }),
\t);
}
const found = await import(at.STEM);
export default found.default;
export const { NAMES } = found;
"""


def module(stem, text=None):
    """The text of a module that is stem.js, or another one in its place, and carries
    what that imports."""
    path = FOLDER / f"{stem}.js"
    text = text or path.read_text("utf-8")
    texts = {one.stem: one.read_text("utf-8") for one in needs(path)} | {stem: text}
    filled = CARRIER.replace("STEM", stem).replace(
        "NAMES", ", ".join(EXPORT.findall(text))
    )
    return filled.replace("TEXTS", json.dumps(texts, ensure_ascii=False))
