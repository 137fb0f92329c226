"""Code with a ``<span>`` only where book.css has a colour for it.

Pygments marks every token, names and brackets and blanks too; of a chapter's HTML that
was a third.
"""

import re
from pathlib import Path

from pygments.formatters import HtmlFormatter
from sphinx.highlighting import PygmentsBridge

SHEET = Path(__file__).parent / "theme" / "static" / "book.css"


def coloured(sheet: str) -> set[str]:
    """The classes of tokens that a style sheet's rules for .highlight name."""
    rules = re.findall(r"^\.highlight [^{]*", sheet, re.MULTILINE)
    rules += re.findall(r"^\.-Color[^{]*", sheet, re.MULTILINE)
    return set(re.findall(r"\.(-?[\w-]+)", " ".join(rules))) - {"highlight"}


class Sparing(HtmlFormatter):
    """Pygments' HTML, less the spans that nothing styles."""

    kept = coloured(SHEET.read_text("utf-8"))

    def _get_css_classes(self, ttype):
        named = super()._get_css_classes(ttype)
        return named if self.kept & set(named.split()) else ""


def setup(app):
    PygmentsBridge.html_formatter = Sparing
