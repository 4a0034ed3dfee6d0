"""What the metadata says of a kind of request: its facts, skills and checklist; and whether a request has what its kind asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from xrm_core.plugin import Reader, Record

Told = Mapping[str, Any]
YES_NO = {"yes": "yes", "no": "no", "true": "yes", "false": "no", "ja": "yes", "nein": "no", "نعم": "yes", "لا": "no"}
QUARTER = 15
"""Effort is counted in quarters of an hour."""


def told(type: str, reader: Reader) -> Told:
    """The kind itself."""
    return reader.code("request_type", type)


def of_type(codes: str, type: str, reader: Reader) -> dict[str, Told]:
    """The entries of a list (facts, skills, checks) that are for a kind, in their order."""
    return {code: entry for code, entry in reader.codes(codes).items() if entry["type"] == type}


def skills_of(type: str, reader: Reader) -> dict[str, int]:
    """The skills that a kind takes, with the level needed."""
    return {entry["skill"]: int(entry["level"] or 1) for entry in of_type("request_skill", type, reader).values()}


def missing(type: str, rows: Iterable[Record], reader: Reader) -> list[str]:
    """The facts that a kind asks for and that nobody has given."""
    given = {row["fact"] for row in rows if str(row.get("value") or "").strip()}
    return [
        code for code, fact in of_type("request_fact", type, reader).items() if fact["required"] and code not in given
    ]


def unchecked(type: str, ticked: Iterable[str], reader: Reader) -> list[str]:
    """The points of the checklist that are required and not ticked."""
    done = set(ticked)
    return [
        code for code, point in of_type("request_check", type, reader).items() if point["required"] and code not in done
    ]


def effort_of(record: Record, reader: Reader) -> int:
    """Minutes that a request still takes, in quarters of an hour: what it says, else what is usual for its kind."""
    minutes = record["effort_left"]
    if minutes is None:
        minutes = told(record["type"], reader).get("effort") or 0
    return -(-int(minutes) // QUARTER) * QUARTER


def read(fact: Told, value: str, reader: Reader) -> dict[str, Any] | None:
    """What a fact says, as its columns; None where the text is none of its kind."""
    text, kind = value.strip(), fact["kind"]
    if kind == "number":
        number = _number(text)
        return None if number is None else {"value": text, "number": number, "day": None}
    if kind == "date":
        day = _day(text)
        return None if day is None else {"value": day.isoformat(), "number": None, "day": day}
    if kind == "yes_no":
        said = YES_NO.get(text.casefold())
        return None if said is None else {"value": said, "number": None, "day": None}
    if kind == "choice" and text not in reader.codes(fact["list"] or ""):
        return None
    return {"value": text, "number": None, "day": None}


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return found.quantize(Decimal("0.0001")) if found.is_finite() and abs(found) < 10**12 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
