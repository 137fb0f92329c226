"""Chapter numbers from file names.

Chapters arrive over time, so a chapter's place in the contents says nothing: the prefix
of its file does. Sphinx derives figure and equation numbers, the contents and every
reference from the section numbers assigned here, so all of them agree.
"""

import re
from pathlib import PurePosixPath

from docutils import nodes
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx_external_toc.collectors import disable_builtin_toctree_collector


def chapter_number(docname: str) -> int | None:
    """The chapter a page is: 5 for "chapters/05-hidden-delta", None for back matter."""
    path = PurePosixPath(docname)
    match = re.match(r"(\d+)-", path.name)
    return int(match[1]) if match and path.parent.name == "chapters" else None


class ChapterNumbers(TocTreeCollector):
    """Sphinx's collector of contents, with the numbers of sections given here."""

    def assign_section_numbers(self, env) -> list[str]:
        """Number each chapter's title; return the pages whose number has changed."""
        before, env.toc_secnumbers = env.toc_secnumbers, {}
        for docname, toc in env.tocs.items():
            chapter = chapter_number(docname)
            if chapter is None:
                env.titles[docname].attributes.pop("secnumber", None)
                continue
            env.titles[docname]["secnumber"] = (chapter,)
            # A section without an entry would take the chapter's number over.
            numbers = env.toc_secnumbers[docname] = {}
            for reference in toc.findall(nodes.reference):
                anchor = reference["anchorname"]
                numbers[anchor] = (chapter,) if anchor == "" else None
                reference["secnumber"] = numbers[anchor]
        return [
            docname
            for docname in {*before, *env.toc_secnumbers}
            if before.get(docname) != env.toc_secnumbers.get(docname)
        ]


def equation_number(env, label: str) -> str:
    """The number of a labelled equation of the book: "5.1"."""
    docname = env.domains["math"].equations[label][0]
    numbers = env.toc_fignumbers.get(docname, {}).get("displaymath", {})
    return ".".join(map(str, numbers.get(f"equation-{label}", ())))


def setup(app):
    # sphinx_external_toc's way to put its own collector in the place of Sphinx's.
    disable_builtin_toctree_collector(app)
    app.add_env_collector(ChapterNumbers)
