"""One's own calendar as a feed: an address that is a secret, can be renewed, and shows what its owner may see, no more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from xrm_core.plugin import Answered, Download, NewRecord, Patch, Query, ScreenAsked, ScreenReader, _

from .. import icalendars

MARK = "calendar:"
TYPE = "text/calendar; charset=utf-8"
BACK, AHEAD = timedelta(days=60), timedelta(days=400)
MOST = 2_000
COLUMNS = ("id", "subject", "at", "minutes", "place", "updated_at", "version", "party.display", "channel")


def show(asked: ScreenAsked, reader: ScreenReader, actor: Any) -> Mapping[str, Any]:
    """The address of one's feed, where there is one."""
    row = _own(reader, actor)
    return {"title": _("My calendar"), "address": _address(reader, row) if row is not None else ""}


def act(asked: ScreenAsked, reader: ScreenReader, actor: Any) -> Answered:
    """A new address; the old one is worth nothing any more."""
    row = _own(reader, actor)
    told = _("The calendar has a new address")
    if row is None:
        return Answered([NewRecord("calendar_feed", {})], told)
    return Answered([Patch("calendar_feed", str(row["id"]), {"renewed_at": reader.now})], told)


def _own(reader: ScreenReader, actor: Any) -> Any:
    query = Query("calendar_feed", ("id", "mark"), "record.user == given.me", limit=1)
    return next(iter(reader.find(query, {"me": actor.id})), None)


def _address(reader: ScreenReader, row: Mapping[str, Any]) -> str:
    token = reader.sign(f"{MARK}{row['id']}:{row['mark']}").removeprefix(MARK)
    return reader.address(reader.here(f"calendar/{token}"))


def feed(asked: ScreenAsked, reader: ScreenReader) -> Download | None:
    """The meetings and calls of whoever the address belongs to, read with his rights as they are now."""
    text = (reader.signed(MARK + asked.get("token")) or "").removeprefix(MARK)
    id, __, mark = text.partition(":")
    row = reader.get("calendar_feed", id) if id else None
    if row is None or row["mark"] != mark:
        return None
    own = reader.as_user(str(row["user"]))
    if own is None:
        return None
    query = Query(
        "communication", COLUMNS, "record.same_time && !record.called_off && record.at >= given.since && record.at < given.until && (record.owner == actor.id || "
        "record.colleagues.exists(c, c.user == actor.id))", ("at",), MOST,
    )  # fmt: skip
    rows = own.find(query, {"since": own.now - BACK, "until": own.now + AHEAD})
    return Download(icalendars.calendar((_meeting(own, row) for row in rows), "PUBLISH", own.settings["name"]), TYPE)


def _meeting(reader: ScreenReader, row: Mapping[str, Any]) -> icalendars.Meeting:
    """What of a communication its reader may see: without its subject, that somebody is busy."""
    who, subject = row.get("party.display"), row.get("subject")
    title = " · ".join(str(part) for part in (who, subject) if part) or _("Busy")
    return icalendars.Meeting(
        uid=f"{row['id']}@xrm", at=row["at"], changed=row.get("updated_at") or row["at"], title=title, minutes=row.get("minutes"),
        place=str(row.get("place") or ""), sequence=int(row.get("version") or 0),
        url=reader.address(reader.url("communication", str(row["id"]))),
    )  # fmt: skip
