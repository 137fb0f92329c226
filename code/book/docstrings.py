"""The labelled equations in a module's docstrings, and the lines that compute them.

labelled(module)            label -> Labelled, in order
code_line(function, name)   number and text of the line that gives a name
returned(function)          the names that a function returns
"""

import ast
import inspect
import re
import textwrap
from dataclasses import dataclass
from functools import cache

from book.trees import EquationError

LABEL = re.compile(r"\beq-[a-z0-9-]+")
MATH = re.compile(r"^ *\.\. math:: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Labelled:
    """One labelled equation of a docstring, as text, and the function it stands in."""

    label: str
    tex: str
    function: object
    owner: type | None = None


@cache
def labelled(module):
    """Label -> Labelled for every labelled docstring equation of a module, in order.

    A docstring names its labels in order, `(eq-…, eq-…)`, and gives each equation as
    `.. math::` on one line. Raises EquationError if labels and equations do not match.
    """
    found = {}
    for function, owner in _functions(module):
        named = LABEL.findall(function.__doc__ or "")
        texts = MATH.findall(function.__doc__ or "")
        if named and len(named) != len(texts):
            raise EquationError(
                f"{module.__name__}.{function.__qualname__}: {len(named)} labels "
                f"for {len(texts)} equations"
            )
        for label, tex in zip(named, texts):
            if label in found:
                raise EquationError(f"{label} is given twice in {module.__name__}")
            found[label] = Labelled(label, tex.strip(), function, owner)
    return found


def _functions(module):
    for thing in list(vars(module).values()):
        if getattr(thing, "__module__", "") != module.__name__:
            continue
        if inspect.isclass(thing):
            members = vars(thing).values()
            yield from ((m, thing) for m in members if inspect.isfunction(m))
        elif inspect.isfunction(thing):
            yield thing, None


def code_line(function, name):
    """Number and text of the line that assigns a name, or else returns."""
    lines, first = inspect.getsourcelines(function)
    for pattern in rf"\s*{name} = ", r"\s*return ":
        for k in reversed(range(len(lines))):
            if re.match(pattern, lines[k]):
                return first + k, lines[k].strip()
    raise EquationError(f"{function.__qualname__} neither assigns {name} nor returns")


@cache
def returned(function):
    """The names in a function's last return statement."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    found = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return)]
    last = found[-1] if found else None
    parts = last.elts if isinstance(last, ast.Tuple) else []
    return [part.id if isinstance(part, ast.Name) else "" for part in parts]
