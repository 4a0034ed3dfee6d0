"""iCalendar (RFC 5545), tolerantly: a record for each event of a calendar file.

A record has: uid, recurrence, summary, description, location, url, begin (ISO, with its offset where its zone is known), minutes (None
where it is longer than a day), all_day, status, sequence, categories, repeats (its rule, where it has one), first_only (a sentence,
where that rule cannot be followed), people `[{address, name, status, organiser}]`, and addresses: those of the people. Of an event that
repeats each time up to `AHEAD` from now is a record, `recurrence` says which; a time that was moved by itself is the one it was moved to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import BinaryIO

from ....errors import ImportFault
from ....language import _
from .encoding import find_encoding
from .series import AHEAD, TEXTS, Event, Moved, moment, moved_in, times_of, told_of, which, written
from .table import Hints, Limits, Row, Table
from .vcard import Line, parts, plain, unfold
from .zones import Zones, zones_of

LOWER = frozenset({"status"})
DAY = 1440
MOST_PEOPLE = 200
SPAN = re.compile(r"([+-])?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?")


def read_events(file: BinaryIO, name: str, hints: Hints, limits: Limits) -> Table:
    """A record for each event of the file. Raises ImportFault for a file that is too large or has no event."""
    encoding, mark, note = find_encoding(file, hints.encoding)
    file.seek(0, 2)
    if file.tell() > limits.json:
        raise ImportFault(
            _("{name} is larger than {json:,} bytes", name=name, json=limits.json), code="too_big", hint=_("split it")
        )
    file.seek(mark)
    text = file.read().decode(encoding)
    if not re.search(r"^\s*BEGIN:VEVENT\s*$", text, re.IGNORECASE | re.MULTILINE):
        raise ImportFault(
            _("{name} is a calendar without an event", name=name), code="empty", hint=_("tasks, journals and free time are not imported")
        )  # fmt: skip
    zones = zones_of(unfold(text))
    horizon = datetime.now(UTC).replace(tzinfo=None) + AHEAD
    moved, notes = moved_in(text, zones), [note] if note else []
    notes += told_of(text, horizon)
    rows = _events(text, limits, zones, moved, horizon)
    return Table(name, "icalendar", (), rows, nested=True, notes=notes)


def _events(text: str, limits: Limits, zones: Zones, moved: Moved, horizon: datetime) -> Iterator[Row]:
    count = 0
    lines = unfold(text)
    for line in lines:
        if line.name == "BEGIN" and line.value.strip().upper() == "VEVENT":
            found, fault = _event(lines, zones)
            for one in [{}] if fault else times_of(found, zones, moved, horizon):
                count += 1
                if count > limits.rows:
                    raise ImportFault(_("more than {rows:,} events", rows=limits.rows), code="too_big")
                yield Row(line.number, one, fault, [] if fault else None)


def _event(lines: Iterator[Line], zones: Zones) -> tuple[Event, str | None]:
    """The event whose BEGIN was read, and what is wrong with it."""
    found, depth = Event(), 0
    for line in lines:
        if line.name in ("BEGIN", "END"):
            depth += 1 if line.name == "BEGIN" else -1
            if depth < 0:
                return found, _timed(found, zones)
        elif depth == 0:  # what is within, an alarm say, is not the event's own
            _take(found, line)
    return found, _("the event has no END:VEVENT")


def _take(found: Event, line: Line) -> None:
    """Put a line's value where it belongs."""
    made = found.made
    if line.name in ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"):
        found.moments.setdefault(line.name, line)
    elif line.name in found.dates:
        found.dates[line.name].append(line)
    elif line.name == "CATEGORIES":
        made["categories"] += [text for part in parts(line.value, ",") if (text := plain(part))]
    elif line.name in ("ATTENDEE", "ORGANIZER") and len(made["people"]) < MOST_PEOPLE:
        address = re.sub(r"^mailto:", "", line.value.strip(), flags=re.IGNORECASE).lower()
        if "@" in address and address not in made["addresses"]:
            made["addresses"].append(address)
            status = line.params.get("PARTSTAT", [""])[0].lower().replace("-", "_")
            shown = line.params.get("CN", [""])[0]
            made["people"].append(
                {"address": address, "name": shown, "status": status, "organiser": line.name == "ORGANIZER"}
            )
    elif line.name in TEXTS and made[TEXTS[line.name]] is None and line.value.strip():
        text = plain(line.value)
        made[TEXTS[line.name]] = text.lower() if TEXTS[line.name] in LOWER else text


def _timed(found: Event, zones: Zones) -> str | None:
    """Give the record its begin and length; why it has none."""
    made, moments = found.made, found.moments
    start = moments.get("DTSTART")
    if start is None:
        return _("the event does not say when it begins (DTSTART)")
    begin = moment(start, zones)
    if begin is None:
        return _("the event's begin cannot be read: {value}", value=start.value.strip()[:60])
    length = _length(begin, moments, zones)
    if isinstance(length, str):
        return length
    made["all_day"] = not isinstance(begin, datetime)
    made["begin"] = written(begin)
    made["recurrence"] = which(moments["RECURRENCE-ID"], zones) if "RECURRENCE-ID" in moments else None
    minutes = None if length is None else round(length.total_seconds() / 60)
    made["minutes"] = minutes if minutes is not None and minutes <= DAY else None
    made["first_only"] = None
    return None


def _length(begin: date, moments: dict[str, Line], zones: Zones) -> timedelta | str | None:
    """How long an event takes; None where it does not say, a sentence where what it says makes no sense."""
    if "DTEND" in moments:
        end = moment(moments["DTEND"], zones)
        if end is None:
            return _("the event's end cannot be read: {value}", value=moments["DTEND"].value.strip()[:60])
        if isinstance(end, datetime) != isinstance(begin, datetime):
            return _("the event begins with a day and ends with a time, or the other way")
        if isinstance(end, datetime) and isinstance(begin, datetime) and (end.tzinfo is None) != (begin.tzinfo is None):
            end, begin = end.replace(tzinfo=None), begin.replace(tzinfo=None)
        return _("the event ends before it begins") if end < begin else end - begin
    if "DURATION" in moments:
        found = SPAN.fullmatch(moments["DURATION"].value.strip().upper())
        if found is None or found[1] == "-":
            return _("the event's length cannot be read: {value}", value=moments["DURATION"].value.strip()[:60])
        weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return None
