"""Meetings as iCalendar (RFC 5545): invitations (iTIP, RFC 5546) and feeds, written and read by the package `icalendar`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # a quarter of a second: it is imported when a calendar is written or read
    from icalendar import Event, vCalAddress

PRODUCT = "-//xRM//Communications//EN"
MINUTES = 60
"""How long a meeting lasts that does not say so."""
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
