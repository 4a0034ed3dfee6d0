"""Icons: Lucide drawings, inline, so that they take the text's colour, print, and need no request of their own."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

from markupsafe import Markup

FALLBACK = "circle-dashed"
"""Drawn for a name that does not exist: metadata may name any icon, and a page is worth more than a picture."""
SVG = "http://www.w3.org/2000/svg"
SAID_BY_STYLES = ("width", "height", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin")
"""What the style of `.icon` says once for all of them: a page has some hundred."""


@lru_cache(maxsize=1)
def _archive() -> ZipFile:
    """All drawings. Opened once: its table of contents has as many lines as there are icons, and the package's own way of
    drawing reads it for each."""
    return ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes()))


@lru_cache(maxsize=1024)
def icon(name: str, size: str = "") -> Markup:
    """Return the icon `name` as SVG, hidden from screen readers: the words beside it, or an aria-label, say what it
    means.

    `size` is "" (16 px), "m" (20 px) or "l" (28 px). An unknown name draws `FALLBACK`.
    """
    drawing = ElementTree.fromstring(_archive().read(f"{name if is_icon(name) else FALLBACK}.svg"))  # noqa: S314  # the package's own
    for node in drawing.iter():
        node.tag = node.tag.removeprefix(f"{{{SVG}}}")
    for name in SAID_BY_STYLES:
        drawing.attrib.pop(name, None)
    drawing.attrib |= {"class": f"icon icon-{size}" if size else "icon", "aria-hidden": "true"}
    drawn = ElementTree.tostring(drawing, encoding="unicode")
    # The drawing comes from the package, never from a user: only its name and class were given.
    return Markup(" ".join(drawn.split()).replace("> <", "><").replace(" />", "/>"))  # noqa: S704


def is_icon(name: str) -> bool:
    """Tell whether Lucide has an icon of this name, for checks of metadata."""
    return f"{name}.svg" in _archive().NameToInfo
