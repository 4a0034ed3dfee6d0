"""Values as SQLite stores them, for functions that compute on them in Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from xrm_core.metamodel.kinds import T

from . import values as v


def micros(n: int) -> timedelta:
    """A stored duration."""
    return timedelta(microseconds=n)


def instant(s: str) -> datetime:
    """A stored moment."""
    return datetime.fromisoformat(s).replace(tzinfo=UTC)


def stored(t: datetime | None) -> str | None:
    """A moment to store."""
    return None if t is None else t.replace(tzinfo=None).isoformat(" ", "microseconds")


def iso(d: date | None) -> str | None:
    """A date to store."""
    return None if d is None else d.isoformat()


day = date.fromisoformat


def read(value: Any, t: T) -> Any:
    """A stored value as Python holds it."""
    if t.kind == "decimal":
        return Decimal(value).scaleb(-t.scale, v.CTX)
    if t.kind == "list":
        return [None if i is None else read(i, t.item) for i in json.loads(value)]
    return READ.get(t.kind, lambda x: x)(value)


def write(value: Any, t: T) -> Any:
    """A value as SQLite stores it."""
    if value is None:
        return None
    if t.kind == "decimal":
        return int(v.round_to(Decimal(value), t.scale).scaleb(t.scale, v.CTX))
    if t.kind == "list":
        return json.dumps([write(i, t.item) for i in value])
    return WRITE.get(t.kind, lambda x: x)(value)


READ: dict[str, Callable[[Any], Any]] = {
    "bool": bool, "date": day, "datetime": instant, "duration": micros, "json": json.loads,
}  # fmt: skip
WRITE: dict[str, Callable[[Any], Any]] = {
    "bool": int, "date": iso, "datetime": lambda t: stored(v.utc(t)), "duration": lambda d: d // v.MICRO,
    "json": json.dumps,
}  # fmt: skip

PLUGIN_PREFIX = "plugin_"
"""Before the names of plugins' functions."""
