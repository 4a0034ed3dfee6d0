"""Addresses: in one line, in season, and the one to write to on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

Row = Mapping[str, Any]
LINES = ("care_of", "line1", "line2", "line3")


def one_line(row: Row) -> str | None:
    """The address on one line for lists and search, or None when it is empty."""
    parts = [str(row[f"address_{p}"]).strip() for p in LINES if row.get(f"address_{p}")]
    town = " ".join(str(row[f"address_{p}"]).strip() for p in ("postcode", "locality") if row.get(f"address_{p}"))
    parts += [p for p in (town, row.get("address_region"), row.get("address_country")) if p]
    return ", ".join(" ".join(str(p).split()) for p in parts)[:500] or None


def day_number(month_day: str | None) -> int | None:
    """`06-15` -> 615: days of a season as numbers that can be compared. None for what is no day."""
    if not month_day or len(month_day) != 5 or month_day[2] != "-" or not (month_day[:2] + month_day[3:]).isdigit():
        return None
    return int(month_day[:2]) * 100 + int(month_day[3:])


def in_season(row: Row, on: date) -> bool | None:
    """Does the season of the address cover the day? A season may span New Year. None: it has no season."""
    first, last = day_number(row.get("season_from")), day_number(row.get("season_to"))
    if first is None or last is None:
        return None
    today = on.month * 100 + on.day
    return first <= today <= last if first <= last else today >= first or today <= last


def is_current(row: Row, on: date) -> bool:
    """Is the day inside the validity of the row?"""
    return (row.get("since") is None or row["since"] <= on) and (row.get("until") is None or row["until"] >= on)


def complete_row(row: Row) -> dict[str, Any]:
    """An address row with what is derived from it: one line, season as numbers."""
    season = {"season_first": day_number(row.get("season_from")), "season_last": day_number(row.get("season_to"))}
    return {**row, "one_line": one_line(row), **season}


def mailing_address(rows: Sequence[Row], on: date) -> Row | None:
    """The address for a letter on a day: a current one in season, else the primary, else the newest (the last in order).

    Undeliverable addresses and those out of season are passed over.
    """
    best: tuple[int, int] | None = None
    chosen: Row | None = None
    for n, row in enumerate(rows):
        season = in_season(row, on)
        if row.get("quality") == "undeliverable" or season is False or not is_current(row, on):
            continue
        rank = (3 if season else 2 if row.get("primary") else 1, n)
        if best is None or rank > best:
            best, chosen = rank, row
    return chosen
