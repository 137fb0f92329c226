"""What goes along with the text of a page: how long it takes, where to report a slip.

``slips_to`` in _config.yml is the address of a form for new issues, or a mailto: one.
Each section then carries a link there, with its title and its page in it; while it is
empty, there is none.
"""

import html
import re
from urllib.parse import urlencode

from . import search
from .numbering import chapter_number

WORDS_A_MINUTE = 200
MINUTES_AN_EQUATION = 0.4  # a displayed one: as long as eighty words, at a guess
HEADING = re.compile(
    r"<h([1-4])>((?:(?!</h\1>).)*?)"
    r'(<a class="headerlink" href="#([^"]*)"[^>]*>[^<]*</a>)</h\1>',
    re.DOTALL,
)


def minutes(body: str) -> int:
    """How long it takes to read a page: its prose and its displayed equations."""
    words = len(search.plain(body).split())
    equations = body.count('class="math-block"')
    return round(words / WORDS_A_MINUTE + equations * MINUTES_AN_EQUATION)


def slip_link(to: str, title: str, page: str, anchor: str) -> str:
    """The link to report a slip in a section, its title and place filled in."""
    about = "subject" if to.startswith("mailto:") else "title"
    place = f"{page}#{anchor}"
    asked = {about: f"Slip in “{title}”", "body": f"In {place}:\n\n"}
    address = to + ("&" if "?" in to else "?") + urlencode(asked).replace("+", "%20")
    said = html.escape(f"Report a slip in “{title}”")
    return (
        f'<a class="slip" href="{html.escape(address)}" aria-label="{said}" '
        f'rel="noreferrer">slip?</a>'
    )


def add(app, pagename, templatename, context, doctree):
    """Write both into a page."""
    body = context.get("body") or ""
    if chapter_number(pagename) is not None:
        said = (
            f"About {minutes(body)} minutes to read, and as long again to work through."
        )
        body = body.replace("</h1>", f'</h1>\n<p class="minutes">{said}</p>', 1)
    if app.config.slips_to and doctree:
        page = app.builder.get_target_uri(pagename)

        def linked(heading):
            level, title, permalink, anchor = heading.groups()
            slip = slip_link(app.config.slips_to, search.plain(title), page, anchor)
            return f"<h{level}>{title}{permalink}{slip}</h{level}>"

        body = HEADING.sub(linked, body)
    context["body"] = body


def setup(app):
    app.add_config_value("slips_to", "", "html")
    app.connect("html-page-context", add)
