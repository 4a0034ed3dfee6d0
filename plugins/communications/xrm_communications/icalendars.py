"""Meetings as iCalendar (RFC 5545): invitations (iTIP, RFC 5546) and feeds, written and read by the package `icalendar`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # a quarter of a second: it is imported when a calendar is written or read
    from icalendar import Event, vCalAddress

PRODUCT = "-//xRM//Communications//EN"
MINUTES = 60
"""How long a meeting lasts that does not say so."""
MOST_ATTENDEES = 50
LONGEST_UID = 200
Method = Literal["REQUEST", "CANCEL", "PUBLISH"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part, by address."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting to be written. `sequence` rises with each change that is told (RFC 5546 2.1.4); `at` and `changed` are aware."""

    uid: str
    at: datetime
    changed: datetime
    title: str
    minutes: int | None = None
    place: str = ""
    text: str = ""
    sequence: int = 0
    organiser: Person | None = None
    attendees: Sequence[Person] = ()
    url: str = ""


def calendar(meetings: Iterable[Meeting], method: Method, name: str = "") -> bytes:
    """A calendar with the meetings, as one file."""
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", method)
    if name:
        made.add("x-wr-calname", name)
    for meeting in meetings:
        made.add_component(_event(meeting, method))
    return bytes(made.to_ical())


def _event(meeting: Meeting, method: Method) -> Event:
    from icalendar import Event, vText

    event = Event()
    event.add("uid", meeting.uid)
    event.add("dtstamp", meeting.changed.astimezone(UTC))
    event.add("dtstart", meeting.at.astimezone(UTC))
    event.add("dtend", (meeting.at + timedelta(minutes=meeting.minutes or MINUTES)).astimezone(UTC))
    event.add("summary", _line(meeting.title))
    event.add("sequence", meeting.sequence)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    for field, value in (("location", meeting.place), ("description", meeting.text), ("url", meeting.url)):
        if value:
            event.add(field, value)
    if meeting.organiser is not None:
        event["organizer"] = _address(meeting.organiser)
    for person in meeting.attendees:
        address = _address(person)
        address.params["ROLE"], address.params["PARTSTAT"] = vText("REQ-PARTICIPANT"), vText("NEEDS-ACTION")
        address.params["RSVP"] = vText("TRUE")
        event.add("attendee", address, encode=False)
    return event


def _address(person: Person) -> vCalAddress:
    from icalendar import vCalAddress, vText

    made = vCalAddress(f"mailto:{_line(person.address)}")
    if person.name:
        made.params["CN"] = vText(_line(person.name).replace('"', "'"))
    return made


def _line(text: str) -> str:
    """A text in one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


class BadCalendar(ValueError):
    """A file that cannot be read as a calendar; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Read:
    """An event as it was read: what of it we use, and what was wrong with it."""

    uid: str
    at: datetime | None
    title: str
    place: str
    faults: tuple[str, ...] = ()


def read(body: bytes) -> tuple[str, list[Read]]:
    """(method, events) of a calendar. Raises BadCalendar with a clear sentence for what is none."""
    if b"BEGIN:V" not in body.upper():
        raise BadCalendar("this is no calendar: it has no BEGIN:VCALENDAR")
    from icalendar import Component

    try:
        found = Component.from_ical(body, multiple=True)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as fault:
        raise BadCalendar(f"the calendar is broken: {' '.join(str(fault).split())[:200]}") from None
    method, events = "", list[Read]()
    for one in found:
        method = method or str(one.get("method", ""))
        events += [_read(event) for event in one.walk("VEVENT")]
    return method, events


def reply(body: bytes) -> dict[str, Any] | None:
    """The answer to an invitation (METHOD:REPLY) as JSON values: method, uid, sequence, stamp, and `answers` with address, status and
    note; None for any other calendar. Raises BadCalendar."""
    if b"REPLY" not in body.upper():
        return None
    from icalendar import Component

    try:
        (made, *_more) = Component.from_ical(body, multiple=True)
        event = next(iter(made.walk("VEVENT")), None)
        if str(made.get("method", "")).upper() != "REPLY" or event is None:
            return None
        given = event.get("attendee", [])
        people = given if isinstance(given, list) else [given]
        stamp = getattr(event.get("dtstamp"), "dt", None)
        return {
            "method": "REPLY",
            "uid": str(event.get("uid", ""))[:LONGEST_UID],
            "sequence": _sequence(event),
            "stamp": stamp.isoformat() if isinstance(stamp, datetime) and stamp.tzinfo is not None else "",
            "answers": [
                {
                    "address": re.sub(r"^mailto:", "", str(one).strip(), flags=re.IGNORECASE)[:320],
                    "status": str(one.params.get("PARTSTAT", "")).upper()[:40],
                    "note": _line(str(event.get("comment", "")))[:300],
                }
                for one in people[:MOST_ATTENDEES]
            ],
        }
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as fault:
        raise BadCalendar(f"the calendar is broken: {' '.join(str(fault).split())[:200]}") from None


def proposal(body: bytes) -> dict[str, Any] | None:
    """An invitation to a meeting of somebody else, or its end (METHOD:REQUEST, CANCEL), as JSON values: method, uid, recurrence (ISO,
    of one time of a meeting that repeats), onward (whether it holds for all later times too), sequence, at (ISO; without an offset
    where the file names no zone), minutes, title, place, repeats (the rule), times and others (see `repeating`), more (whether there
    are times after these), organiser and attendees (addresses). None for any other calendar. Raises BadCalendar."""
    if not re.search(rb"METHOD\s*:\s*(REQUEST|CANCEL)", body, re.IGNORECASE):
        return None
    from icalendar import Component

    from . import repeating  # the child reads few messages that need it

    try:
        (made, *_more) = Component.from_ical(body, multiple=True)
        events = [*made.walk("VEVENT")]
        method = str(made.get("method", "")).upper()
        if method not in ("REQUEST", "CANCEL") or not events:
            return None
        event = next((one for one in events if one.get("recurrence-id") is None), events[0])
        at, end, span = (getattr(event.get(name), "dt", None) for name in ("dtstart", "dtend", "duration"))
        which = getattr(event.get("recurrence-id"), "dt", None)
        length = span if isinstance(span, timedelta) else end - at if end is not None and at is not None else None
        minutes = round(length.total_seconds() / 60) if length is not None else None
        given = event.get("attendee", [])
        rule = event.get("rrule")
        times, more = repeating.times(event, datetime.now(UTC)) if which is None else ([], False)
        return {
            "method": method, "uid": str(event.get("uid", ""))[:LONGEST_UID], "recurrence": which.isoformat() if which is not None else "",
            "sequence": _sequence(event), "at": at.isoformat() if at is not None else "",
            "minutes": minutes if minutes is not None and 0 <= minutes <= 1440 else None,
            "title": _line(str(event.get("summary", "")))[:300], "place": _line(str(event.get("location", "")))[:200],
            "repeats": rule.to_ical().decode()[:200] if rule is not None and not isinstance(rule, list) else "" if not times else "RDATE",
            "times": times, "more": more, "others": repeating.others(events) if which is None else [],
            "onward": which is not None and repeating.is_onward(event),
            "organiser": _plain(event.get("organizer", "")),
            "attendees": [_plain(one) for one in (given if isinstance(given, list) else [given])[:MOST_ATTENDEES]],
        }  # fmt: skip
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OverflowError) as fault:
        raise BadCalendar(f"the calendar is broken: {' '.join(str(fault).split())[:200]}") from None


def answer(told: Mapping[str, Any], status: str, person: Person, now: datetime) -> bytes:
    """The answer to an invitation, as a calendar (METHOD:REPLY, RFC 5546 3.2.3). `told` is what `proposal` made of it, `status` ACCEPTED,
    TENTATIVE or DECLINED, `person` who answers."""
    from icalendar import Calendar, Event, vText

    made, event = Calendar(), Event()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "REPLY")
    event.add("uid", told["uid"])
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", told["sequence"])
    if told["recurrence"]:
        one = datetime.fromisoformat(told["recurrence"])
        event.add("recurrence-id", one.date() if len(told["recurrence"]) == len("2026-03-01") else one)
        if told.get("onward"):
            event["recurrence-id"].params["RANGE"] = vText("THISANDFUTURE")
    if told["organiser"]:
        event["organizer"] = _address(Person(told["organiser"]))
    address = _address(person)
    address.params["PARTSTAT"] = vText(status)
    event.add("attendee", address, encode=False)
    made.add_component(event)
    return bytes(made.to_ical())


def _sequence(event: Any) -> int:
    return min(max(int(event.get("sequence", 0)), 0), 1_000_000)


def _plain(address: object) -> str:
    """The address that a calendar names, without what is before it."""
    return re.sub(r"^mailto:", "", _line(str(address)), flags=re.IGNORECASE)[:320]


def _read(event: object) -> Read:
    try:
        at = getattr(event.get("dtstart"), "dt", None)  # type: ignore[attr-defined]  # a component of the package
    except ValueError:  # a date that is none stays as it was written, and tells so when it is asked
        at = None
    if at is not None and not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day, tzinfo=UTC)
    if isinstance(at, datetime) and at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    faults = tuple(f"{name}: {why}" for name, why in getattr(event, "errors", ()))
    texts = {name: str(event.get(name, "")) for name in ("uid", "summary", "location")}  # type: ignore[attr-defined]
    return Read(texts["uid"], at, texts["summary"], texts["location"], faults)
