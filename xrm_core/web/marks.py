"""What stands for a name where there is no picture: its initials, and a colour that is always the same."""

from __future__ import annotations

import zlib

COLOURS = 6


def initials(name: str) -> str:
    """Return one or two letters for a name: of its first and last word that begin with a letter or digit, else "?"."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()


def hue(name: str) -> int:
    """Return the number of a colour, 1 to 6: the same for the same name in every process."""
    return zlib.crc32(name.encode()) % COLOURS + 1
