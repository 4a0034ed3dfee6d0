"""Patterns over colours: who does not tell two colours apart tells lines from dots."""

from __future__ import annotations

import hashlib
import re

from markupsafe import Markup

KINDS = (
    "",
    '<path d="M-1 7 7 -1M-1 1 1 -1M5 7 7 5"/>',
    '<circle cx="3" cy="3" r="1.1"/>',
    '<path d="M0 3H6"/>',
    '<path d="M3 0V6"/>',
    '<path d="M0 0 6 6M6 0 0 6"/>',
)
"""What the first six marks carry: nothing, strokes, dots, rows, columns, crosses; then they begin anew."""
HOLE = "\0pattern"


def overlay(shape: str, place: int) -> str:
    """The shape once more, filled with the pattern of that place; '' for the first. `patterned` names the patterns."""
    number = place % len(KINDS)
    return re.sub(r"^<(\w+)", rf'<\1 class="pattern" fill="url(#{HOLE}{number})"', shape) if number else ""


def patterned(title: str, inner: str) -> str:
    """Drawn parts with the patterns that they name, under ids of their own."""
    mark = "p" + hashlib.blake2s((title + inner).encode(), digest_size=5).hexdigest()
    used = sorted({int(n) for n in re.findall(rf"{HOLE}(\d)", inner)})
    defs = "".join(
        f'<pattern id="{mark}{n}" width="6" height="6" patternUnits="userSpaceOnUse"><g class="hatch">{KINDS[n]}</g></pattern>'
        for n in used
    )
    return (f"<defs>{defs}</defs>" if defs else "") + inner.replace(HOLE, mark)


def swatch(place: int, scope: str = "") -> Markup:
    """The colour and pattern of a mark, for a legend; `scope` keeps the ids of several legends apart."""
    rect = '<rect width="12" height="12"/>'
    inner = patterned(f"legend {scope}{place}", f'<g class="mark c{place % 6 + 1}">{rect}{overlay(rect, place)}</g>')
    return Markup(f'<svg class="swatch" width="12" height="12" aria-hidden="true">{inner}</svg>')  # noqa: S704  # numbers and shapes of ours
