"""Stages of a donor that follow from facts, and whether thanks are owed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

LAPSED_AFTER = timedelta(days=548)
"""A gift older than this does not bring a lapsed donor back: it was only booked late."""
TYPE_OF = {"person": "individual", "household": "household", "organisation": "company"}
"""Type of donor that follows from the kind of party where nobody said one."""


def evidence(stage: str | None, gift_days: Iterable[date | None], today: date) -> str | None:
    """The transition that received gifts call for, given the days of all of them; None when the stage fits."""
    days = {d for d in gift_days if d is not None}
    if stage == "prospect":
        return "second_gift" if len(days) > 1 else "first_gift" if days else None
    if stage == "first_time":
        return "second_gift" if len(days) > 1 else None
    if stage in ("lapsed", "former"):
        return "return" if days and max(days) > today - LAPSED_AFTER else None
    return None


def thanks_wanted(donor: Mapping[str, Any], kind: Mapping[str, Any]) -> bool:
    """Does a gift raise a duty to thank? Not from public bodies, not where the donor or the kind of gift says none.

    `kind` holds the attributes of the code of the donation's kind.
    """
    return (
        donor.get("type") != "public_body" and donor.get("thanks_wish") is not False and kind.get("thanks") is not False
    )
