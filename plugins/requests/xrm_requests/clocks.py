"""The clock of requests: working minutes by the calendar of the department that does the work."""

from __future__ import annotations

from datetime import datetime, timedelta

from xrm_core.plugin import Reader, Record, working

CALENDAR = "business_calendar"
"""The entity that holds calendars, where a plugin in use has it (communications does)."""
DECIDE_WITHIN, ANSWER_WITHIN, ACCEPT_WITHIN = 240, 960, 2400
"""Working minutes for a decision where the kind says none; for the answer to a question: two days; until silence accepts: five."""


def calendar_for(department: str | None, reader: Reader) -> working.BusinessCalendar:
    """The calendar of a department, else the one for all, else Monday to Friday, nine to five in the organisation's zone."""
    own = working.BusinessCalendar(str(reader.settings.get("time_zone") or "UTC"))
    if all(link.entity != CALENDAR for link in reader.reverse_links("department")):
        return own
    rows = reader.find(CALENDAR, "record.department == given.one || record.department == null", {"one": department})
    chosen = next((row for row in rows if department is not None and row["department"] == department), None)
    chosen = chosen or next((row for row in rows if row["department"] is None), None)
    if chosen is None:
        return own
    hours = reader.children(CALENDAR, "hours", chosen["id"])
    days = reader.children(CALENDAR, "days", chosen["id"])
    return working.calendar_of(chosen["time_zone"], hours, days, chosen["closed_on"] or ())


def decide_by(record: Record, department: str | None, start: datetime, reader: Reader) -> datetime:
    """By when a request is decided that comes to somebody of the department now."""
    minutes = reader.code("request_type", record["type"]).get("decide_within") or DECIDE_WITHIN
    return later(start, int(minutes), department, reader)


def later(start: datetime, minutes: int, department: str | None, reader: Reader) -> datetime:
    """The moment after so many working minutes of a department."""
    return working.after(start, timedelta(minutes=minutes), calendar_for(department, reader))


def minutes_between(start: datetime, end: datetime, department: str | None, reader: Reader) -> int:
    """Working minutes of a department between two moments."""
    return int(working.worked(start, end, calendar_for(department, reader)) / working.MINUTE)


def waited(record: Record, reader: Reader) -> int:
    """Working minutes that a request has waited for answers, the question that is open now included."""
    before = int(record["waited_minutes"] or 0)
    if record["waiting_since"] is None:
        return before
    return before + minutes_between(record["waiting_since"], reader.now, record["doer_department"], reader)
