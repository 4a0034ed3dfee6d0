"""Noting a call in one line: what is understood of it is shown, and saved with one more press."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xrm_core.plugin import Answered, NewRecord, Problem, Query, ScreenAsked, ScreenReader, _

from ..quick import LONGEST, understand

MOST = 6
"""Parties that a name may mean."""


def show(asked: ScreenAsked, reader: ScreenReader) -> Mapping[str, Any]:
    """The line, and what is understood of it."""
    line, party = asked.posted("line") or asked.get("line"), asked.posted("known") or asked.get("party")
    relationship = asked.posted("relationship") or asked.get("relationship")
    known = reader.get("party", party, ("id", "name")) if party else None
    told = {str(code["label"]).lower(): name for name, code in reader.codes("channel").items()}
    found = understand(line, known is not None, told)
    people = [known] if known is not None else _people(reader, found.who)
    chosen = asked.posted("party") or (str(people[0]["id"]) if people else "")
    return {
        "title": _("Note a communication"), "line": line, "known": known, "relationship": relationship, "people": people, "chosen": chosen,
        "who": found.who, "is_read": bool(line.strip()), "minutes": asked.posted("minutes") or found.minutes or "",
        "subject": asked.posted("subject") or found.subject, "channel": asked.posted("channel") or found.channel,
        "direction": asked.posted("direction") or found.direction, "channels": reader.codes("channel"), "longest": LONGEST,
        "directions": {k: v for k, v in reader.codes("direction").items() if k != "internal"},
    }  # fmt: skip


def _people(reader: ScreenReader, who: str) -> list[Any]:
    """Whom a name may mean, as far as the reader sees them."""
    return list(reader.page(Query("party", ("id", "name", "number"), q=who, limit=MOST)).rows) if who else []


def act(asked: ScreenAsked, reader: ScreenReader) -> Answered:
    """Save it."""
    party = asked.posted("party") or asked.posted("known")
    if not party:
        return Answered(problems=[Problem(_("Say with whom it was."), "required", "party")])
    channels = reader.codes("channel")
    channel = asked.posted("channel")
    subject = asked.posted("subject").strip() or str(channels.get(channel, {}).get("label", ""))
    minutes = asked.posted("minutes").strip()
    if minutes and not minutes.isdecimal():
        return Answered(problems=[Problem(_("Minutes are a whole number."), "invalid", "minutes")])
    entity, __, id = asked.posted("relationship").partition("/")
    values = {
        "party": party, "channel": channel, "direction": asked.posted("direction"), "subject": subject[:LONGEST],
        "minutes": int(minutes) if minutes else None,
    } | ({"relationship": id, "relationship_entity": entity} if id else {})  # fmt: skip
    where = reader.url(entity, id) if id else reader.url("party", party)
    return Answered([NewRecord("communication", values)], _("Noted: {subject}", subject=subject), where)
