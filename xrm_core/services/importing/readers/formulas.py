"""Texts that a spreadsheet would take for a formula: neutralised where we write CSV, restored where we read it."""

from __future__ import annotations

import re
from collections.abc import Sequence

FORMULA = re.compile(r"'*[=+\-@\t\r]")
NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")


def neutralise(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe before `= + - @`, tab and carriage return."""
    return f"'{text}" if FORMULA.match(text) else text


def restore(text: str) -> str:
    """What `neutralise` was given."""
    return text[1:] if NEUTRALISED.match(text) else text


def restore_all(cells: Sequence[str]) -> list[str]:
    """The cells of a row, restored."""
    return [cell[1:] if cell[:1] == "'" and NEUTRALISED.match(cell) else cell for cell in cells]
