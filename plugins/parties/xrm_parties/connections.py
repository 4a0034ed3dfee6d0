"""Connections: which ends a kind allows, periods, and chains that must not close into a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

Row = Mapping[str, Any]
LETTERS = {"person": "P", "organisation": "O", "household": "H"}
MAX_CHAIN = 100


def ends_allowed(ends: str | None, from_kind: str | None, to_kind: str | None) -> bool:
    """May parties of these kinds stand at the ends? `PO>O` allows a person or organisation to an organisation."""
    if not ends or ">" not in ends:
        return True
    first, second = kinds_at_ends(ends)
    return from_kind in first and to_kind in second


def kinds_at_ends(ends: str) -> tuple[list[str], list[str]]:
    """The kinds of party that may stand at either end: `PO>O` is ([person, organisation], [organisation])."""
    first, _, second = ends.partition(">")
    at = [[kind for kind, letter in LETTERS.items() if letter in letters] for letters in (first, second)]
    return at[0], at[1]


def ordered_ends(symmetric: bool, start: str, end: str) -> tuple[str, str]:
    """The ends in the order they are stored: a symmetric kind has the smaller id first, so a tie told twice is one."""
    return (end, start) if symmetric and end < start else (start, end)


def periods_overlap(a_since: date | None, a_until: date | None, b_since: date | None, b_until: date | None) -> bool:
    """Do two periods share more than a day on which one ends and the other begins? None means open."""
    a_first, a_last, b_first, b_last = (
        a_since or date.min,
        a_until or date.max,
        b_since or date.min,
        b_until or date.max,
    )
    return (a_first < b_last and b_first < a_last) or (a_first, a_last) == (b_first, b_last)


def overlapping(row: Row, others: Iterable[Row]) -> Row | None:
    """The first of the others that says the same tie for an overlapping period; None when there is none."""
    for other in others:
        same = other["id"] != row["id"] and all(other[k] == row[k] for k in ("from", "to", "kind"))
        if same and periods_overlap(row.get("since"), row.get("until"), other.get("since"), other.get("until")):
            return other
    return None


def closes_circle(start: str, end: str, above: Callable[[str], Iterable[str]]) -> bool:
    """Would a tie from `start` up to `end` make a circle? `above` gives the parties directly above one."""
    seen: set[str] = set()
    level = {end}
    for _ in range(MAX_CHAIN):
        if start in level:
            return True
        seen |= level
        level = {up for party in level for up in above(party)} - seen
        if not level:
            return False
    return True
