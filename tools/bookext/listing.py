"""A directive that has a section for each module with a model, and no list of modules.

A module that declares a model stands on the page when the book is built the next time,
in the order of the chapters that derive it, under the first line of its docstring.
"""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class Listing(SphinxDirective):
    """A section for each idea; `listed(idea)` gives what is in it."""

    def run(self):
        # Not before the book's code is on the path: see setup of the extension.
        from .declared import ideas

        # Which modules and chapters there are is known only by looking.
        self.env.note_reread()
        return [self._section(idea) for idea in ideas()]

    def _section(self, idea):
        section = nodes.section(ids=[f"{idea.name}-py"], names=[f"{idea.name}.py"])
        section += _title(idea)
        section += self.listed(idea)
        self.state.document.note_implicit_target(section, section)
        return section


def _title(idea):
    """Its first words, its file and its chapters: "… (fruit.py, chapter 3)"."""
    said = f"{idea.title} ({idea.name}.py{_numbers(idea.chapters)})"
    return nodes.title(said, said)


def _numbers(chapters):
    """ ", chapter 3", ", chapters 2 to 6", ", chapters 2, 4 and 7"; or nothing."""
    if not chapters:
        return ""
    *before, last = chapters
    if not before:
        return f", chapter {last}"
    if len(before) > 1 and last - before[0] == len(before):
        return f", chapters {before[0]} to {last}"
    return f", chapters {', '.join(map(str, before))} and {last}"
