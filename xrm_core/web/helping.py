"""What helps while one types: a day as it was understood, Markdown as it will look."""

from __future__ import annotations

import json
from datetime import date

from ..errors import BadRequest
from ..fields.calendar_text import read_date
from ..fields.locales import show_date, show_day
from ..fields.spoken_days import spoken_day
from ..language import _
from ..metamodel.field_type import Env, FieldFault
from ..services.work import Work
from .asked import Asked, Sent
from .cells import markdown

LONGEST = 200_000
"""Characters of a text that is shown as it will look."""

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


def shown_day(text: str, env: Env) -> str:
    """What an input shows of a day: as the reader writes it; a text that is no day as it was typed."""
    try:
        return show_date(date.fromisoformat(text), env.language, env.date_order)
    except ValueError:
        return text


def read_day(work: Work, asked: Asked) -> Sent:
    """GET /read/day?text=: the day as ISO, as it is written, and in full with its weekday; or why it is none."""
    try:
        day = understood(asked.get("text")[:100], work.env)
    except FieldFault as fault:
        said = fault.message + (f" ({fault.hint})" if fault.hint else "")
        return Sent(json.dumps({"fault": said}).encode(), "application/json")
    full = show_day(day, work.language, work.env.date_order)
    told = {"iso": day.isoformat(), "text": show_date(day, work.language, work.env.date_order), "full": full}
    return Sent(json.dumps(told).encode(), "application/json")


def preview(work: Work, asked: Asked) -> Sent:
    """POST /preview: Markdown as it will look on a page, sanitised."""
    text = asked.posted("text")
    if len(text) > LONGEST:
        raise BadRequest(_("this text is too long to be shown"), code="too_long")
    html = str(markdown(text)) if text.strip() else ""
    return Sent(html.encode(), "text/html; charset=utf-8")
