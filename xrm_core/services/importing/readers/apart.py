"""Which files are parsed in a child process: all whose format is more than lines of text, told by their content, not their name."""

from __future__ import annotations

from pathlib import Path

from .limited import Children, open_limited
from .open import open_table
from .packed import packing
from .table import Hints, Limits, Table

MARKS = (b"PK", b"\xd0\xcf\x11\xe0", b"{", b"[", b"BEGIN:V")


def is_apart(path: Path) -> bool:
    """Is the file an archive, a workbook, packed, JSON, vCard or iCalendar? Lines of text are read as they come and need no process."""
    with path.open("rb") as file:
        head = file.read(64)
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return bool(packing(head)) or head.startswith(MARKS) or bare.upper().startswith(MARKS)


def open_stranger(
    path: Path,
    hints: Hints | None = None,
    limits: Limits | None = None,
    *,
    name: str | None = None,
    children: Children | None = None,
) -> Table:
    """The rows of a file that somebody uploaded; `children` as in `open_limited`. Raises ImportFault."""
    if is_apart(path):
        return open_limited(path, hints, limits, name=name, children=children)
    return open_table(path, hints, limits, name=name)
