"""The annotated source: the modules of code/ with their equations where they run.

``{annotated-source}`` shows every module that declares a model, every line with an
anchor. Before a function stands the equation of its docstring, with the number it has
in its chapter and a link there; the line that computes it is marked. WORDS, which is
prose, is left out, and a line says so. In the chapters, each equation that a module
computes carries a link to that line.
"""

import ast
import html
import importlib
from pathlib import Path

from docutils import nodes
from pygments import highlight
from pygments.lexers import PythonLexer

from .colouring import Sparing
from .listing import Listing
from .mathematics import typeset
from .numbering import equation_number

CODE_ICON = (
    '<svg viewBox="0 0 24 24" aria-hidden="true">'
    '<path d="M9 7l-5 5 5 5M15 7l5 5-5 5"/></svg>'
)


class annotated_source(nodes.General, nodes.Element):
    """A module shown whole."""


class AnnotatedSource(Listing):
    """``{annotated-source}``: the equations and the lines of each module."""

    def listed(self, idea):
        sources(self.env)[idea.name] = self.env.docname
        return [annotated_source(module=idea.name)]


def sources(env) -> dict[str, str]:
    """Module -> the page that shows it."""
    if not hasattr(env, "annotated_sources"):
        env.annotated_sources = {}
    return env.annotated_sources


def computed(module: str) -> dict:
    """Label -> equation of the module's docstrings, in the order of its lines."""
    # Not before the book's code is on the path: see setup of the extension.
    from .declared import Idea

    return Idea(importlib.import_module(module)).equations


def code_link(builder, node) -> str:
    """The link from a chapter's labelled equation to the line that computes it."""
    for module, docname in sources(builder.env).items():
        equation = computed(module).get(node["label"])
        if equation:
            page = builder.get_relative_uri(builder.current_docname, docname)
            words = f"The line of {module}.py that computes it"
            return (
                f'<a class="to-code" href="{page}#code-{node["label"]}" '
                f'title="{words}">{CODE_ICON}<span class="unseen">{words}</span></a>'
            )
    return ""


def visit_annotated_source(translator, node):
    # Not before the book's code is on the path: see setup of the extension.
    from book.show import to_read

    module = node["module"]
    path = Path(importlib.import_module(module).__file__)
    text = to_read(path.read_text("utf-8"))
    found = computed(module)
    # Highlighting closes its tags at each line's end, so lines can be cut apart.
    lines = highlight(
        text, PythonLexer(stripnl=False), Sparing(nowrap=True)
    ).splitlines()
    parts = [f'<div class="annotated" id="source-{module}">']
    written = [bool(line.strip()) for line in text.splitlines()]
    words = _words(text)
    for first, last in _pieces(text, [e.line for e in found.values()]):
        while first <= last and not written[last - 1]:
            last -= 1
        if first > last:  # only the blank lines between two functions
            continue
        inside = [e for e in found.values() if first <= e.line <= last]
        parts.append('<div class="piece">')
        parts += [_beside(translator.builder, equation) for equation in inside]
        parts.append('<div class="highlight"><pre>')
        for number in range(first, last + 1):
            if number in words:
                if number == words[0]:
                    parts.append(_row(module, number, _left_out(words), []))
                continue
            labels = [e.label for e in inside if e.line == number]
            parts.append(_row(module, number, lines[number - 1], labels))
        parts.append("</pre></div></div>")
    parts.append("</div>")
    translator.body.append("".join(parts))
    raise nodes.SkipNode


def _pieces(text: str, marked: list[int]) -> list[tuple[int, int]]:
    """Line ranges that cover the file, cut before each function with an equation."""
    starts = {1}
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef):
            continue
        if any(node.lineno <= line <= node.end_lineno for line in marked):
            starts.add(min([node.lineno, *(d.lineno for d in node.decorator_list)]))
            starts.add(node.end_lineno + 1)
    count = len(text.splitlines())
    cuts = sorted(start for start in starts if start <= count)
    return list(zip(cuts, [c - 1 for c in cuts[1:]] + [count]))


def _words(text: str) -> range:
    """The lines of the table WORDS, with the comment above it; empty if none is."""
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "WORDS":
            first = node.lineno
            while lines[first - 2].startswith("#"):
                first -= 1
            return range(first, node.end_lineno + 1)
    return range(0)


def _left_out(words: range) -> str:
    said = (
        f"# Lines {words[0]} to {words[-1]} are left out here: "
        "WORDS, what all this is in words."
    )
    return f'<span class="c1">{said}</span>'


def _row(module: str, number: int, code: str, labels: list[str]) -> str:
    anchors = "".join(f'<span id="code-{label}"></span>' for label in labels)
    place, runs = f"<i>{number}</i>", ""
    if labels:
        title = f"Line {number} computes the equation above"
        place = f'<a href="#beside-{labels[0]}" title="{title}">{number}</a>'
        runs = " runs"
    row = f'<span class="row{runs}" id="{module}-{number}">'
    return f"{row}{anchors}{place}{code}\n</span>"


def home(builder, label: str) -> tuple[str, str, str]:
    """The number of an equation, the address of it and the title of its chapter, for
    the page being written; three empty strings if no chapter has it."""
    env = builder.env
    known = env.domains["math"].equations.get(label)
    if not known:
        return "", "", ""
    docname = known[0]
    uri = builder.get_relative_uri(builder.current_docname, docname)
    title = env.titles[docname].astext()
    return equation_number(env, label), f"{uri}#equation-{label}", title


def _beside(builder, equation) -> str:
    """The equation before its function, numbered and linked as in its chapter."""
    math = typeset(equation.tex, display=True)
    number, uri, title = home(builder, equation.label)
    if uri:
        name = f'<a href="{uri}">({number}) in {html.escape(title)}</a>'
    else:
        name = f"<code>{equation.label}</code>"
    line = f'<a href="#code-{equation.label}">line {equation.line}</a>'
    return (
        f'<div class="beside" id="beside-{equation.label}"><p>{name}, {line}</p>'
        f'<div class="math-scroll">{math}</div></div>'
    )


def _purge(app, env, docname):
    kept = {m: page for m, page in sources(env).items() if page != docname}
    env.annotated_sources = kept


def _merge(app, env, docnames, other):
    sources(env).update(sources(other))


def setup(app):
    app.add_node(annotated_source, html=(visit_annotated_source, None))
    app.add_directive("annotated-source", AnnotatedSource)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
