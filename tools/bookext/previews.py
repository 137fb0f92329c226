"""What a link or a symbol stands for, shown beside it before anybody goes there.

A page opened from file:// may fetch nothing, so what can be shown is written into
classic scripts that theme/static/previews.js loads when they are asked for, one for
each page that links lead to and one for the letters:

    previews/chapters.05-hidden-delta.js   anchor -> [name, what it is, HTML, where]
    previews/letters.js                    module -> letter as it is written -> [what it
                                           is, size, name in code, number, address]

Nothing of it is in the pages themselves: a formula's letters are looked up by what they
are written as, in the module that the chapter's formulas are about.
"""

import html
import importlib
import json
import re
import unicodedata
from pathlib import Path
from urllib.parse import urljoin

from . import search
from .mathematics import tree, typeset
from .numbering import equation_number
from .source import sources

EQUATION = re.compile(
    r'<div class="math-block" id="(equation-[^"]+)">.*?(<math.*?</math>)</div>'
    r'.*?<a class="number"[^>]*>(\([^<]*\))</a>',
    re.DOTALL,
)
FIGURE = re.compile(
    r'<figure [^>]*id="([^"]+)"[^>]*>(.*?)<figcaption>(.*?)</figcaption>', re.DOTALL
)
TITLED = re.compile(r'<span class="caption-number">(.*?)\s*</span>(.*)', re.DOTALL)
NUMBERED = re.compile(
    r'<div class="citation" id="([^"]+)".*?</span>(\d+)<span.*?<p>(.*?)</p>', re.DOTALL
)
PICTURE = re.compile(r"<img [^>]*>")
PARAGRAPH = re.compile(r"(?<!<li>)<p>(.*?)</p>", re.DOTALL)
# What would be there twice, or leads nowhere from where it is shown.
DROPPED = re.compile(
    r'<a class="headerlink".*?</a>| (?:id|tabindex)="[^"]*"', re.DOTALL
)
LONG = 400  # characters of a section that are shown at most


# ---- places: equations, figures, words, sources, sections, lines of code


def places(page: str, address: str) -> dict[str, list[str]]:
    """Anchor -> [name, what it is, HTML, where it stands] of what a page's HTML holds.

    An anchor is "" for the page itself. Addresses in the HTML are from the book's root.
    """
    found, whole = {}, ""
    for anchor, title, text in search.parts(page):
        name = search.plain(title)
        whole = whole or name
        above = "" if name == whole else whole
        stands = f"{whole} · {name}" if above else whole
        found[anchor] = [name, "", _beginning(text, address), above]
        for key, math, number in EQUATION.findall(text):
            said = _said(key.removeprefix("equation-"))
            found[key] = [f"Equation {number}", said, math, stands]
        for key, picture, caption in FIGURE.findall(text):
            name, said = TITLED.search(caption).groups()
            image = PICTURE.search(picture)[0]
            found[key] = [name, "", _moved(image + said, address), stands]
    for key, term, said in search.TERM.findall(page):
        found[key] = [search.plain(term), "", _moved(said, address), whole]
    for key, number, said in NUMBERED.findall(page):
        found[key] = [f"[{number}]", "", f"<p>{_moved(said, address)}</p>", whole]
    return found


def lines_of_code(builder) -> dict[str, dict[str, list[str]]]:
    """The same of the lines that compute equations, by the page that shows them."""
    from .declared import ideas

    found = {}
    for idea in ideas():
        if not (docname := sources(builder.env).get(idea.name)):
            continue
        rows = found.setdefault(docname, {})
        for label, equation in idea.equations.items():
            name = f"{idea.name}.py, line {equation.line}"
            shown = f"<pre>{html.escape(equation.code.strip())}</pre>"
            rows[f"code-{label}"] = [name, _said(label), shown, equation.function]
    return found


def _beginning(text: str, address: str) -> str:
    """The first paragraph of a section that is whole and not too long, or nothing."""
    for paragraph in PARAGRAPH.findall(search.DROPPED.sub("", text)):
        said = search.plain(paragraph)
        if len(said) < LONG and said.endswith((".", "?", "!")):
            return f"<p>{_moved(paragraph, address)}</p>"
    return ""


def _moved(fragment: str, address: str) -> str:
    """A piece of a page as it may stand in another, with addresses from the root."""
    return re.sub(
        r'\b(href|src)="([^"]+)"',
        lambda found: f'{found[1]}="{urljoin(address, found[2])}"',
        DROPPED.sub("", fragment),
    ).strip()


def _said(label: str) -> str:
    """What an equation gives: the first sentence of the function that computes it."""
    from .declared import ideas

    for idea in ideas():
        if equation := idea.equations.get(label):
            function = importlib.import_module(equation.module)
            for name in equation.function.split("."):
                function = getattr(function, name)
            first = function.__doc__.strip().partition("\n\n")[0]
            first = re.sub(r" \((?:eq-[\w-]+(?:, )?)+\)|`", "", " ".join(first.split()))
            return html.escape(first)
    return ""


# ---- letters


def letters(builder) -> dict[str, dict[str, list[str]]]:
    """Module -> letter as it is written -> [what it is, its size, its name in code, the
    number of the equation that gives it, the address of that equation]."""
    from .declared import ideas

    found = {}
    for idea in ideas():
        rows = found[idea.name] = {}
        for q in [*idea.quantities(), *idea.signs()]:
            number, address = _first(builder, q.first)
            said = [_with_letters(q.words), _with_letters(q.size), q.code.strip("`")]
            rows.setdefault(written(q.tex), [*said, number, address])
        for one in idea.models:
            for letter, kind in one.notation.over.items():
                kind = {"hidden": "hidden units"}.get(kind, kind)
                rows.setdefault(letter, [f"index: which of the {kind}", "", "", "", ""])
    return found


def about(env) -> dict[str, str]:
    """Page -> the module that its formulas are about until a mark says otherwise."""
    from .declared import displayed

    found = {}
    for equation in displayed():
        found.setdefault(f"chapters/{equation.chapter}", equation.model.split(".")[0])
    return {name: module for name, module in found.items() if name in env.found_docs}


def written(tex: str) -> str:
    """A letter as the page writes it, in one line: "δ_h", "∂E/∂v_ho", "f′"."""
    return _line(tree(tex))


def _line(node) -> str:
    parts = [_line(child) for child in node]
    match node.tag:
        case "msub":
            return f"{parts[0]}_{parts[1]}"
        case "msup" | "mover":
            return f"{parts[0]}^{parts[1]}"
        case "msubsup":
            return f"{parts[0]}_{parts[1]}^{parts[2]}"
        case "mfrac":
            return f"{parts[0]}/{parts[1]}"
        case _:
            text = unicodedata.normalize("NFKC", node.text or "")
            return text.strip() + "".join(parts)


def _with_letters(words: str) -> str:
    """Words with their ``$…$`` typeset, as HTML."""
    parts = re.split(r"\$([^$]+)\$", words)
    return "".join(
        typeset(part) if odd % 2 else html.escape(part)
        for odd, part in enumerate(parts)
    )


def _first(builder, equation) -> tuple[str, str]:
    """The number or the chapter of where a letter stands first, and its address."""
    if equation is None or f"chapters/{equation.chapter}" not in builder.env.found_docs:
        return "", ""
    address = builder.get_target_uri(f"chapters/{equation.chapter}")
    if not equation.label:
        return f"chapter {int(equation.chapter[:2])}", address
    number = equation_number(builder.env, equation.label)
    return f"({number})", f"{address}#equation-{equation.label}"


# ---- writing


def write(app, error):
    """Write the scripts, from the pages as they are."""
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir, "_static", "previews")
    folder.mkdir(exist_ok=True)
    code = lines_of_code(app.builder)
    for docname in app.env.found_docs:
        address = app.builder.get_target_uri(docname)
        page = Path(app.outdir, address).read_text("utf-8")
        found = places(page, address) | code.get(docname, {})
        _script(folder / f"{docname.replace('/', '.')}.js", address, found)
    _script(folder / "letters.js", "letters", letters(app.builder))
    pages = {app.builder.get_target_uri(n): m for n, m in about(app.env).items()}
    _script(folder / "about.js", "about", pages)


def _script(path, name, data):
    given = [json.dumps(v, ensure_ascii=False) for v in (name, data)]
    path.write_text(f"bookPreviews.set({', '.join(given)});\n", "utf-8")


def setup(app):
    app.connect("build-finished", write)
