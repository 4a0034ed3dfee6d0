"""Moves on boards, calendars and timelines: a card to another column or lane, an entry to another day, a bar or its end."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ..errors import BadRequest, InvalidRecord
from ..fields.locales import show_date
from ..language import _
from ..metamodel.catalog import Entity, View
from ..metamodel.field_type import FieldFault
from ..services import transitions
from ..services.records import read_record, update_record
from ..services.spans import reader_zone
from ..services.work import Work
from . import boards_ways
from .addresses import entity_url
from .asked import Answer, Asked, Go, Sent, whole_number
from .cells import cell_of
from .helping import understood
from .offered import offered
from .paths import resolve

STAYS = ("filter", "q", "sort", "span", "zoom", "by_group", "list")
"""What of an address stays when a card was moved."""


def move_card(work: Work, asked: Asked) -> Answer:
    """POST /e/{entity}/move: a card to another column (`to`) or lane (`lane`), or an entry of a calendar to another day (`on`). A
    record of a lifecycle takes the transition that leads there; one that asks for something is led to its form."""
    entity = work.entity(asked.path["entity"])
    named = work.catalog.views.get(asked.get("view"))
    view = offered(work, named) if named is not None else None
    if (
        view is None
        or view.entity != entity.name
        or view.by is None
        or view.kind not in ("board", "calendar", "timeline")
    ):
        raise BadRequest(_("a card is moved on a board or a calendar"), code="no_board")
    version = whole_number(asked.posted("version"))
    if version is None:
        raise BadRequest(_("the card's version is missing"), code="bad_parameter")
    id = asked.posted("id")
    if view.kind != "board":
        return move_day(work, asked, entity, view, id, version)
    to, lane = asked.posted("to"), _lane_posted(asked, entity, view)
    way = form = None
    if to:
        way = boards_ways.take(work, entity, view, id, to, version)
        form = _asks(work, entity, view, id, to) if way is None else way
    elif not lane:
        raise BadRequest(_("the column to move to is missing"), code="bad_parameter")
    if form:
        text = _("This move asks for something more.")
        if asked.wants_problem:
            told = {"title": _("More is needed"), "status": 422, "detail": text, "go": form}
            return Sent(json.dumps(told).encode(), "application/problem+json", status=422)
        return Go(form, text, tone="info")
    values: dict[str, Any] = {view.by: to, **lane} if to and way is None else lane
    before = read_record(work, entity.name, id, ("version", *values))
    changed = {k: v for k, v in values.items() if before.get(k) != v}
    if way is None or changed:  # an action has moved it to its column, and written it: what is left is the lane
        update_record(work, entity.name, id, changed, version if way is None else int(before["version"]))
    record = read_record(work, entity.name, id, ("display", *[n for n in (view.by, view.lanes) if n]))
    shown = [n for n in changed if n in (view.by, view.lanes)] or [view.by]
    label = ", ".join(cell_of(work, resolve(work, entity.name, n), record).text or _("Empty") for n in shown)
    return Go(_back(asked, entity, view), f"{record['display']}: {label}")


def _lane_posted(asked: Asked, entity: Entity, view: View) -> dict[str, Any]:
    """The value of the lane that was posted, by the field of the lanes; nothing where no lane was."""
    if not view.lanes or not asked.has("lane"):
        return {}
    text, kind = asked.posted("lane"), entity.columns[view.lanes].kind.kind if view.lanes in entity.columns else "text"
    if not text:
        return {view.lanes: None}
    if kind == "bool":
        return {view.lanes: text == "true"}
    if kind == "int":
        number = whole_number(text)
        if number is None:
            raise BadRequest(_("{text} is no number", text=repr(text)), code="bad_value")
        return {view.lanes: number}
    return {view.lanes: text}


def move_day(work: Work, asked: Asked, entity: Entity, view: View, id: str, version: int) -> Answer:
    """An entry of a calendar, or a bar of a timeline: to the day `on`, its end as far as its beginning; with `edge` the beginning alone.
    `until` is the day of its end. A moment keeps its time of day."""
    names = [n for n in (str(view.by), view.until) if n is not None]
    before = read_record(work, entity.name, id, ("display", *names))
    start = before.get(names[0])
    if start is None:
        raise BadRequest(_("this record has no date to move"), code="bad_value")
    zone = reader_zone(work)
    here = start.astimezone(zone).date() if isinstance(start, datetime) else start
    values: dict[str, Any] = {}
    first = _day(work, asked.posted("on")) if asked.posted("on") else here
    for name in names if not (asked.posted("edge") or asked.posted("until")) else names[:1]:
        if (found := before.get(name)) is not None:
            values[name] = _shifted(found, first - here, zone)
    if asked.posted("until") and view.until is not None:
        last, ended = _day(work, asked.posted("until")), before.get(view.until)
        if last < first:
            raise InvalidRecord(_("It would end before it begins."), code="invalid_record")
        moment = entity.columns[view.until].kind.kind == "datetime"
        then = ended.astimezone(zone).date() if isinstance(ended, datetime) else ended
        whole = datetime.combine(last, time(), zone).astimezone(UTC) if moment else last
        values[view.until] = whole if then is None else _shifted(ended, last - then, zone)
    changed = {n: v for n, v in values.items() if before.get(n) != v}
    update_record(work, entity.name, id, changed, version)
    what = str(before["display"])
    if list(changed) == [view.until]:
        told = _("{what}: now until {day}", what=what, day=show_date(_day(work, asked.posted("until")), work.language))
    else:
        told = _("{what}: now on {day}", what=what, day=show_date(first, work.language))
    return Go(_back(asked, entity, view), told)


def _day(work: Work, text: str) -> date:
    """A day that was posted, in ISO form or as people say it. Raises BadRequest."""
    try:
        return understood(text, work.env)
    except FieldFault:
        raise BadRequest(_("{text} is no date", text=repr(text)), code="bad_value") from None


def _shifted(value: Any, by: timedelta, zone: ZoneInfo) -> Any:
    """A date or moment so many days later, at the same time of day."""
    return (value.astimezone(zone) + by).astimezone(UTC) if isinstance(value, datetime) else value + by


def _back(asked: Asked, entity: Entity, view: View) -> str:
    """The board again, with what filters and search were in force; to its card where it was moved by its menu."""
    kept = [(k, v) for k, v in asked.form if k in STAYS and isinstance(v, str) and v]
    kept += [("on", asked.posted("at"))] if asked.posted("at") else []
    return entity_url(entity.name) + "?" + urlencode([("view", view.name), *kept])


def _asks(work: Work, entity: Entity, view: View, id: str, to: str) -> str:
    """The address of the form of a transition that still needs something; '' where the card may simply move."""
    if entity.lifecycle is None or entity.lifecycle.field != view.by:
        return ""
    record = read_record(work, entity.name, id)
    fitting = [o for o in transitions.transitions_of(work, entity.name, record) if o.target == to and o.allowed]
    offer = fitting[0] if fitting else None
    if offer is None or not (offer.require or offer.asks_reason == "required"):
        return ""
    return entity_url(entity.name, id, "do", offer.name)
