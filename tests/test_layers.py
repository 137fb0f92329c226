"""Ideas at the bottom, machinery above, pages and decks on top, and no arrow back.

Imports are read from the text of the modules, those inside functions too.
"""

import ast
import sys
from graphlib import CycleError, TopologicalSorter

import pytest

from conftest import ROOT

# Each layer, where its modules are, and the layers it may import.
LAYERS = {
    "ideas": ("code", "*.py", {"ideas"}),
    "book": ("code", "book/*.py", {"ideas", "book"}),
    "tools": ("tools", "**/*.py", {"ideas", "book", "tools"}),
    "slides": ("slides", "*.py", {"ideas", "book", "tools", "slides"}),
    "benchmarks": ("benchmarks", "*.py", {"ideas", "book", "tools", "benchmarks"}),
    "experiments": ("experiments", "*.py", {"ideas", "book", "experiments"}),
    "tests": (
        "tests", "*.py", {"ideas", "book", "tools", "slides", "benchmarks", "tests"},
    ),
}  # fmt: skip
# What an idea may import that is not ours, beside the standard library.
OUTSIDE = {"numpy", "sklearn.datasets"}


def modules(root) -> dict:
    """Name -> (layer, path) of every module below `root`."""
    found = {}
    for layer, (folder, pattern, _) in LAYERS.items():
        for path in sorted((root / folder).glob(pattern)):
            parts = path.relative_to(root / folder).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            assert name not in found, f"two modules are called {name}"
            found[name] = layer, path
    return found


def imports(name, path, ours) -> set[str]:
    """What a module imports; "from a import b" is `a.b` if that is one of ours."""
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:  # a dot is the package, each further one the package above
                above = package.rsplit(".", node.level - 1)[0]
                base = f"{above}.{base}".rstrip(".")
            whole = (f"{base}.{alias.name}" for alias in node.names)
            found |= {module if module in ours else base for module in whole}
    return found


def arrows(root) -> dict[str, set[str]]:
    """Module -> what it imports, for every module below `root`."""
    ours = modules(root)
    return {name: imports(name, path, ours) for name, (_, path) in ours.items()}


def upward(root, layer) -> list[str]:
    """The imports of a layer's modules that lead to a layer they may not know."""
    ours, allowed = modules(root), LAYERS[layer][2]
    return [
        f"{name} imports {other}"
        for name, found in arrows(root).items()
        for other in sorted(found & ours.keys())
        if ours[name][0] == layer and ours[other][0] not in allowed
    ]


def circle(root) -> list[str]:
    """Modules that import each other in a circle; empty if none do."""
    graph = arrows(root)
    try:
        TopologicalSorter({m: o & graph.keys() for m, o in graph.items()}).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def strangers(root) -> list[str]:
    """The imports of ideas that are neither ours nor what an idea may stand on."""
    ours, found = modules(root), arrows(root)
    known = ours.keys() | OUTSIDE | sys.stdlib_module_names
    return [
        f"{name} imports {other}"
        for name, (layer, _) in ours.items()
        for other in sorted(found[name])
        if layer == "ideas" and not {other, other.partition(".")[0]} & known
    ]


@pytest.mark.parametrize("layer", LAYERS)
def test_no_module_imports_from_a_layer_above(layer):
    assert upward(ROOT, layer) == []


def test_ideas_import_numpy_what_they_teach_with_and_each_other():
    assert strangers(ROOT) == []


def test_no_modules_import_each_other_in_a_circle():
    assert circle(ROOT) == []


@pytest.fixture
def house(tmp_path):
    """A small house with one fault of each kind, two of them inside functions."""
    texts = {
        "code/idea.py": "import numpy as np\nimport torch\nfrom book import engine\n",
        "code/book/__init__.py": "from .engine import run\n",
        "code/book/engine.py": "def run():\n    from ext.page import show\n",
        "tools/ext/__init__.py": "from . import page, source\n",
        "tools/ext/page.py": "def show():\n    from .source import line\n",
        "tools/ext/source.py": "import ext.page\nimport decks\n",
        "slides/decks.py": "import idea\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_each_fault_is_seen(house):
    assert upward(house, "ideas") == ["idea imports book.engine"]
    assert upward(house, "book") == ["book.engine imports ext.page"]
    assert upward(house, "tools") == ["ext.source imports decks"]
    assert upward(house, "slides") == []
    assert strangers(house) == ["idea imports torch"]
    (house / "tools/ext/source.py").write_text("import json\n", "utf-8")
    assert circle(house) == []
    (house / "tools/ext/source.py").write_text("from .page import show\n", "utf-8")
    assert set(circle(house)) == {"ext.page", "ext.source"}
