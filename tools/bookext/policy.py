"""What a page may load and run: its content security policy, in its own head.

A page opened from a disk has no server that could send one. Nothing comes from
elsewhere, no text becomes a program, and nothing is sent. ``blob:`` is for a widget's
module, which Chromium imports from a file:// page in no other way; styles stand in
attributes too, as docutils writes widths and MathML its colours.
"""

PAGE = {
    "default-src": "'none'",
    "script-src": "'self' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "data:",
    "form-action": "'self'",
    "base-uri": "'none'",
}
# The speaker's window is written by reveal.js, script and all, and frames the deck; and
# a deck that is mailed holds its scripts itself.
DECK = {**PAGE, "script-src": "'self' 'unsafe-inline' blob:", "frame-src": "'self'"}


def written(policy: dict[str, str]) -> str:
    """A policy as one line."""
    return "; ".join(f"{what} {where}" for what, where in policy.items())
