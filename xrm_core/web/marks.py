"""What stands for a name where there is no picture: its initials, and a colour that is always the same; which tabs fit into one
line, and where a long word may be divided."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Any

COLOURS = 6
ROOM = 150
"""Letters of one line of tabs beside the menu on a screen of 1366 px."""
LONG, SEAM = re.compile(r"\w{16,}"), re.compile(r"(\w{3}(?:ungs|heits|keits|schafts|ions|täts|tums|lings))(?=\w{4})")
"""A word that a narrow place does not hold, and where German joins words with an s."""


def initials(name: str) -> str:
    """Return one or two letters for a name: of its first and last word that begin with a letter or digit, else "?"."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()


def hue(name: str) -> int:
    """Return the number of a colour, 1 to 6: the same for the same name in every process."""
    return zlib.crc32(name.encode()) % COLOURS + 1


def soft(text: str) -> str:
    """Return a label whose long words may be divided at their seams: a browser that has no dictionary of the language would cut
    them anywhere, without a hyphen."""
    return LONG.sub(lambda word: SEAM.sub("\\1\u00ad", word[0]), text)


def fitting(tabs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return the tabs that stand in one line, and those behind "More". The current one always stands in the line."""
    wide = [len(tab.label) + 4 + (3 if getattr(tab, "icon", "") else 0) + (3 if tab.count else 0) for tab in tabs]
    if sum(wide) <= ROOM:
        return list(tabs), []
    room = ROOM - 14 - sum(w for w, tab in zip(wide, tabs, strict=True) if tab.current)
    shown: list[Any] = []
    rest: list[Any] = []
    for width, tab in zip(wide, tabs, strict=True):
        if tab.current:
            shown.append(tab)
        elif width <= room and not rest:
            shown.append(tab)
            room -= width
        else:
            rest.append(tab)
    return shown, rest
