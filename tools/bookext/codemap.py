"""The code map: every labelled equation, and where it stands in text, code and stepper.

``{code-map} module`` is one table, a row for each equation of the module's docstrings:
the equation; its number, linked to the chapter that derives it; the function, line and
code that compute it, linked to the annotated source; the phase of the stepper that
shows it. A column without entries is left out. Everything in it is read from the
module, the chapters and the stepper.
"""

import html
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .mathematics import typeset
from .source import home, registry, sources


class code_map(nodes.General, nodes.Element):
    """The table of a module."""


class CodeMap(SphinxDirective):
    """``{code-map} module``: where each of its equations stands."""

    required_arguments = 1

    def run(self):
        (module,) = self.arguments
        self.env.note_dependency(__import__(module).__file__)
        return [code_map(module=module)]


def visit_code_map(translator, node):
    module = node["module"]
    lines = Path(__import__(module).__file__).read_text("utf-8").splitlines()
    page = sources(translator.builder.env).get(module)
    rows = [
        _cells(translator.builder, equation, lines[equation.line - 1].strip(), page)
        for equation in registry(module).values()
    ]
    titles = "Equation", "Number", "Function, line and code", "Stepper"
    used = [k for k in range(len(titles)) if any(row[k] for row in rows)]
    head = "".join(f'<th scope="col">{titles[k]}</th>' for k in used)
    body = "".join(
        "<tr>" + "".join(f"<td>{row[k]}</td>" for k in used) + "</tr>" for row in rows
    )
    translator.body.append(
        f'<div class="table-scroll" tabindex="0" role="region" '
        f'aria-label="The equations of {module}.py"><table class="code-map">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    raise nodes.SkipNode


def _cells(builder, equation, code, page):
    number, uri, title = home(builder, equation.label)
    place = ""
    if uri:
        place = f'<a href="{uri}" title="{html.escape(title)}">({number})</a>'
    line = str(equation.line)
    if page:
        source = builder.get_relative_uri(builder.current_docname, page)
        line = f'<a href="{source}#code-{equation.label}">{line}</a>'
    computed = f"<code>{equation.function}</code>, line {line}<br>"
    return (
        typeset(equation.tex),
        place,
        f"{computed}<code>{html.escape(code)}</code>",
        _phase(equation.label),
    )


def _phase(label: str) -> str:
    """The stepper's phase that shows the equation, and which of its equations it is."""
    from book.stepper import PHASES

    for phase, labels in PHASES.items():
        if label in labels:
            return f"{phase}, {labels.index(label) + 1} of {len(labels)}"
    return ""


def setup(app):
    app.add_node(code_map, html=(visit_code_map, None))
    app.add_directive("code-map", CodeMap)
