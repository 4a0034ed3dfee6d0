"""Meetings of others that repeat: each time is a meeting of its own here, and what is told later of one time, of it and all after it, or
of the whole, changes those that are meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from xrm_core.plugin import FurtherChange, NewRecord, Patch, Reader, Record

YEARS = range(1970, 2200)
MOST = 1_000
"""Times of one meeting that are looked at."""


def moment(text: str, reader: Reader) -> datetime | None:
    """A moment of a file; without a zone it is the organisation's. None for what is none, and where nobody meets."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.year not in YEARS:
        return None
    zone = ZoneInfo(str(reader.settings.get("time_zone") or "UTC"))
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def meetings(reader: Reader, uid: str, party: str) -> Mapping[datetime, Record]:
    """The times of a meeting of a party that are in our calendar, by the moment that the rule gave each."""
    ask = "record.series_uid == given.uid && record.party == given.party"
    rows = reader.find("communication", ask, {"uid": uid[:250], "party": party}, limit=MOST)
    return {row["series_time"]: row for row in sorted(rows, key=lambda row: row["series_time"])}


def wanted(told: Mapping[str, Any], reader: Reader) -> dict[datetime, tuple[datetime, bool]]:
    """Each time that an invitation tells, by the moment that its rule gives: when it is, and whether it is off."""
    texts = told.get("times") or ([] if told["recurrence"] else [told["at"]])
    made = {at: (at, False) for text in texts if (at := moment(text, reader)) is not None}
    for one in told.get("others") or ():
        which, at = moment(one["which"], reader), moment(one["at"], reader)
        if which is not None and at is not None and (which in made or at >= reader.now):
            made[which] = (at, bool(one["off"]))
    return made


def meant(record: Record, known: Mapping[datetime, Record], reader: Reader) -> list[Record]:
    """Of the times that are in our calendar those that a message is about: one, it and all later ones, or all to come."""
    told = record["proposal"]
    if not told["recurrence"]:
        return [row for row in known.values() if row["at"] >= reader.now]
    which = moment(told["recurrence"], reader)
    if which is None:
        return []
    return [row for at, row in known.items() if at == which or (told.get("onward") and at > which)]


def changes(
    record: Record, fresh: Mapping[str, Any], shared: Mapping[str, Any], reader: Reader, alone: Record | None = None
) -> Iterator[FurtherChange]:
    """What an answer to a message about a meeting that repeats makes of its times. `fresh`: what the message tells of the meeting
    (at, minutes, place, subject, called_off), `shared`: what a new meeting has besides, `alone`: the meeting as it was before it
    repeated. The first change is of the next time."""
    told, uid = record["proposal"], str(record["proposal"]["uid"])[:250]
    known = dict(meetings(reader, uid, str(record["party"])))
    off = bool(fresh["called_off"])
    which = moment(told["recurrence"], reader) if told["recurrence"] else None
    if which is not None:
        shift = fresh["at"] - which
        for row in meant(record, known, reader):
            yield Patch("communication", str(row["id"]), {**fresh, "at": row["series_time"] + shift})
        if which not in known and not off:
            yield _new({**fresh, **shared}, uid, which, reader)
        return
    if off:
        yield from (
            Patch("communication", str(row["id"]), {"called_off": True}) for row in meant(record, known, reader)
        )
        return
    times = wanted(told, reader)
    if alone is not None and times:
        known.setdefault(min(times), alone)
    for time, (at, is_off) in sorted(times.items()):
        values = {**fresh, "at": at, "called_off": is_off}
        row = known.get(time)
        if row is not None:
            yield Patch("communication", str(row["id"]), {**values, "series_uid": uid, "series_time": time})
        elif not is_off:
            yield _new({**values, **shared}, uid, time, reader)
    for row in meant(record, {time: row for time, row in known.items() if time not in times}, reader):
        if row is not alone:
            yield Patch("communication", str(row["id"]), {"called_off": True})


def _new(values: Mapping[str, Any], uid: str, time: datetime, reader: Reader) -> NewRecord:
    return NewRecord("communication", {**values, "series_uid": uid, "series_time": time}, reader.new_id())


def first(made: Sequence[FurtherChange]) -> str | None:
    """The meeting that the changes are of: the first of them."""
    return next((str(change.id) for change in made if isinstance(change, Patch | NewRecord) and change.id), None)
