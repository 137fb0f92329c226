"""The code map: every labelled equation, and where it stands in text and code.

``{code-map}`` is a section for each module that declares a model, with a row for each
equation of its docstrings: the equation; its number, linked to the chapter that derives
it; the function, line and code that compute it, linked to the annotated source; the
phase of the model to which it belongs. A column without entries is left out.
"""

import html

from docutils import nodes

from .listing import Listing
from .mathematics import typeset
from .source import home, sources


class code_map(nodes.General, nodes.Element):
    """The table of a module."""


class CodeMap(Listing):
    """``{code-map}``: where each equation of each module stands."""

    def listed(self, idea):
        return [code_map(idea=idea.name, equations=idea.equations, phases=idea.phases)]


def visit_code_map(translator, node):
    module = node["idea"]
    page = sources(translator.builder.env).get(module)
    rows = [
        _cells(translator.builder, equation, _phase(node["phases"], label), page)
        for label, equation in node["equations"].items()
    ]
    titles = "Equation", "Number", "Function, line and code", "Phase"
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


def _cells(builder, equation, phase, page):
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
        f"{computed}<code>{html.escape(equation.code)}</code>",
        phase,
    )


def _phase(phases, label):
    """The phase of an equation, and which of its equations it is."""
    return "{}, {} of {}".format(*phases[label]) if label in phases else ""


def setup(app):
    app.add_node(code_map, html=(visit_code_map, None))
    app.add_directive("code-map", CodeMap)
