"""What helps while one types: a day as it was understood, Markdown as it will look."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time

from ..errors import BadRequest
from ..fields.calendar_text import read_date, read_datetime
from ..fields.locales import show_date, show_day, show_time, zone_of
from ..fields.spoken_days import spoken_day
from ..language import _
from ..metamodel.field_type import Env, FieldFault
from ..services import mentions
from ..services.work import Work
from .asked import Asked, Sent
from .cells import markdown

MOST_NAMED = 80
"""Letters of a name that is looked for."""
LONGEST = 200_000
"""Characters of a text that is shown as it will look."""

CLOCK = re.compile(
    r"(?:^|[\s,]+(?:at|um|الساعة)?\s*)(\d{1,2}(?:[:.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?|uhr|[صم])?|\s*(?:[ap]\.?m\.?|uhr|[صم])))$", re.I
)  # fmt: skip
"""A time of day at the end of a text: 14:00, 2 pm, 14 Uhr; without a day before it, it is of today."""

HALVES = {ord("ص"): "am", ord("م"): "pm"}
"""Halves of a day as Arabic writes them."""
SPACES = {ord("\u202f"): " ", ord("\u00a0"): " "}
MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c"))
"""Marks of direction that stand between the parts of a day in some languages."""


def understood(text: str, env: Env) -> date:
    """The day that a text means on a page: as people say it today, or a full date. Raises FieldFault."""
    text = text.translate(MARKS).strip()
    said = spoken_day(text, env.today, env.language, env.date_order)
    return said if said is not None else read_date(text, env.language, env.date_order)


def iso_or_typed(text: str, env: Env) -> str:
    """The day of a text as ISO; the text itself where it is none, to be refused with its words."""
    if not text.strip():
        return ""
    try:
        return understood(text, env).isoformat()
    except FieldFault:
        return text


def understood_moment(text: str, env: Env) -> datetime:
    """The time on the reader's clock that a text means: a day in words or a date with a time behind it, a day alone (its first
    minute), a time alone (today). Raises FieldFault."""
    said = text.translate(MARKS).translate(SPACES).strip()
    if re.match(r"\d{4}-\d\d-\d\dT", said):
        return _local(read_datetime(said, env.language, env.date_order, env.time_zone), env)
    found = CLOCK.search(said)
    day = said[: found.start()].strip(" ,") if found else said
    on = understood(day, env) if day else env.today
    clock = found[1].translate(HALVES) if found else "0"
    if not re.match(r"\d+:", clock):
        clock = re.sub(r"^(\d+)(?:\.(\d\d))?", lambda part: f"{part[1]}:{part[2] or '00'}", clock)
    return _local(read_datetime(f"{on.isoformat()} {clock}", env.language, env.date_order, env.time_zone), env)


def _local(moment: datetime, env: Env) -> datetime:
    return moment.astimezone(zone_of(env.time_zone)).replace(tzinfo=None)


def moment_or_typed(text: str, env: Env) -> str:
    """The moment of a text on the reader's clock as ISO; the text itself where it is none, to be refused with its words."""
    if not text.strip():
        return ""
    try:
        return understood_moment(text, env).isoformat()
    except FieldFault:
        return text


def shown_moment(text: str, env: Env) -> str:
    """What an input shows of a moment: day and time as the reader writes them; a text that is none as it was typed."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return text
    if local.tzinfo is not None:
        local = _local(local, env)
    return f"{show_date(local.date(), env.language, env.date_order)} {_clock_text(local.time(), env)}"


def _clock_text(clock: time, env: Env) -> str:
    return show_time(clock.hour, clock.minute, clock.second, env.language, env.date_order)


def shown_day(text: str, env: Env) -> str:
    """What an input shows of a day: as the reader writes it; a text that is no day as it was typed."""
    try:
        return show_date(date.fromisoformat(text), env.language, env.date_order)
    except ValueError:
        return text


def read_day(work: Work, asked: Asked) -> Sent:
    """GET /read/day?text=: the day as ISO, as it is written, and in full with its weekday; or why it is none. With `time=1` the text
    is a day with a time."""
    text, local = asked.get("text")[:100], None
    try:
        if asked.get("time") == "1":
            local = understood_moment(text, work.env)
        day = local.date() if local is not None else understood(text, work.env)
    except FieldFault as fault:
        said = fault.message + (f" ({fault.hint})" if fault.hint else "")
        return Sent(json.dumps({"fault": said}).encode(), "application/json")
    full = show_day(day, work.language, work.env.date_order)
    if local is not None:
        iso = local.isoformat(timespec="seconds" if local.second else "minutes")
        written = {
            "iso": iso,
            "text": shown_moment(iso, work.env),
            "full": f"{full}, {_clock_text(local.time(), work.env)}",
        }
        return Sent(json.dumps(written).encode(), "application/json")
    told = {"iso": day.isoformat(), "text": show_date(day, work.language, work.env.date_order), "full": full}
    return Sent(json.dumps(told).encode(), "application/json")


def preview(work: Work, asked: Asked) -> Sent:
    """POST /preview: Markdown as it will look on a page, sanitised."""
    text = asked.posted("text")
    if len(text) > LONGEST:
        raise BadRequest(_("this text is too long to be shown"), code="too_long")
    html = str(markdown(text)) if text.strip() else ""
    return Sent(html.encode(), "text/html; charset=utf-8")


def people(work: Work, asked: Asked) -> Sent:
    """GET /e/{entity}/people?record=&q=: whom one may name in a text of a record: those who see it. JSON: id and name of each. Raises
    NotFound."""
    found = mentions.people(work, asked.path["entity"], asked.get("record") or None, asked.get("q")[:MOST_NAMED])
    body = json.dumps([{"id": one.id, "name": one.name} for one in found], ensure_ascii=False).encode()
    return Sent(body, "application/json", {"Cache-Control": "private, max-age=20"})
