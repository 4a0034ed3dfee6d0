"""Icons: Lucide drawings, inline, so that they take the text's colour, print, and need no request of their own."""

from __future__ import annotations

from functools import lru_cache

from lucide import IconDoesNotExist
from lucide.jinja import lucide
from markupsafe import Markup

FALLBACK = "circle-dashed"
"""Drawn for a name that does not exist: metadata may name any icon, and a page is worth more than a picture."""


@lru_cache(maxsize=1024)
def icon(name: str, size: str = "") -> Markup:
    """Return the icon `name` as SVG, hidden from screen readers: the words beside it, or an aria-label, say what it
    means.

    `size` is "" (16 px), "m" (20 px) or "l" (28 px). An unknown name draws `FALLBACK`.
    """
    css = f"icon icon-{size}" if size else "icon"
    attributes = {"class": css, "aria_hidden": "true", "focusable": "false"}
    try:
        drawn = lucide(name, size=None, **attributes)
    except IconDoesNotExist:
        drawn = lucide(FALLBACK, size=None, **attributes)
    # The drawing comes from the package, never from a user: only its name and class were given.
    return Markup(" ".join(drawn.split()).replace("> <", "><").replace(" />", "/>"))  # noqa: S704


def is_icon(name: str) -> bool:
    """Tell whether Lucide has an icon of this name, for checks of metadata."""
    try:
        lucide(name, size=None)
    except IconDoesNotExist:
        return False
    return True
