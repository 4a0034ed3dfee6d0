"""Calendars: the records of a view on their days, by month, week or day, in the reader's week, words and time zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_interval, format_skeleton, get_day_names

from ..fields.locales import date_locale, locale_of, show_day, show_time
from ..language import _
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..services.periods import next_start
from ..services.sight import is_open
from ..services.spans import Spanned, in_span, reader_zone
from ..services.work import Work
from .addresses import entity_url
from .asked import Asked, Shown
from .cells import cell_of, figure, in_sentence
from .displays import displays_of
from .filtering import builder_of, whole
from .helping import shown_day
from .listing import Address, chips_of, create_actions, export_actions, own_filter, tabs_of
from .models import Link
from .models.calendar import CalendarPage, Day, Entry
from .models.parts import Tone
from .offered import writable_on
from .paths import Path, resolve
from .tile_links import tile_actions

ROOM, MOST = {"month": 3, "week": 12, "day": 200}, 500
"""Entries of a day that are shown at once; entries of a page."""
FOLDED = 9
"""Further entries of a day that unfold in place; to others the page of the day leads."""


def calendar_page(work: Work, asked: Asked, entity: Entity, view: View, address: Address) -> Shown:
    """A calendar view of an entity; `on` is a day of the month or week shown, `span` month, week or day."""
    span = asked.get("span") if asked.get("span") in ROOM else "month"
    day = day_asked(asked.get("on"), work.today)
    locale = locale_of(work.language)
    begins = locale.first_week_day
    first, last = _bounds(span, day, begins)
    paths = [resolve(work, entity.name, p) for p in view.card or view.columns]
    columns = tuple(c for p in paths for c in p.columns)
    found, more = in_span(work, view, first, last, columns, address.filters, address.q or None, MOST)
    title = say(entity.plural, work.language)

    def href(to: date, how: str = "") -> str:
        return address.href(on=to.isoformat(), span=how or span)

    days = _days(work, entity, view, paths, found, (first, last), span, day, lambda d: href(d, "day"))

    step = {"week": 7, "day": 1}.get(span, 0)
    before = day - timedelta(days=step) if step else next_start("month", day.replace(day=1), -1)
    after = day + timedelta(days=step) if step else next_start("month", day.replace(day=1))
    names = get_day_names("abbreviated", "stand-alone", locale=locale)
    page = CalendarPage(
        title=title, what=in_sentence(work, title), path=entity_url(entity.name), heading=_heading(work, span, day, first, last),
        weekdays=tuple(str(names[(begins + n) % 7]) for n in range(7)) if span != "day" else (), days=days, span=span,
        before_href=href(before), after_href=href(after), today_href=href(work.today),
        spans=tuple(Link(label=n, href=href(day, s), current=s == span) for s, n in (("month", _("Month")), ("week", _("Week")), ("day", _("Day")))),
        move_url=entity_url(entity.name, "move") + "?" + urlencode({"view": view.name}) if may_move(work, entity, view) else "",
        stay=(*((k, v) for k, v in address.pairs() if k != "view"), ("at", day.isoformat()), ("span", span)),
        count=figure(work, len(found)) + ("+" if more else ""), search=address.q, searchable=bool(entity.search),
        keep=(*address.pairs(without="q"), ("on", day.isoformat()), ("span", span)), chips=chips_of(work, entity, address), own=own_filter(work, entity, view),
        clear_href=address.href(filters=(), on=day.isoformat(), span=span), builder=builder_of(work, entity, whole(address.filters)),
        views=tabs_of(work, entity, view, address), displays=displays_of(work, entity, view, address),
        actions=create_actions(work, entity), more=(*export_actions(work, entity, address), *tile_actions(work, view, address)),
        note=_("There is more here than a calendar shows. Narrow it with a filter.") if more else "",
    )  # fmt: skip
    return Shown("calendar.html", page, title, headers={"Vary": "HX-Request"})


def day_asked(text: str, today: date) -> date:
    """The day that an address names (a day, or a month); today for what is none, or too far away."""
    try:
        day = date.fromisoformat(text if len(text) != 7 else f"{text}-01")
    except ValueError:
        return today
    return day if 2 <= day.year <= 9_998 else today


def _bounds(span: str, day: date, begins: int) -> tuple[date, date]:
    """The first and last day shown: whole weeks that begin on the day `begins` (0 is Monday), or the day alone."""
    if span == "day":
        return day, day
    start = day if span == "week" else day.replace(day=1)
    end = day if span == "week" else next_start("month", start) - timedelta(days=1)
    first = start - timedelta(days=(start.weekday() - begins) % 7)
    return first, end + timedelta(days=6 - (end.weekday() - begins) % 7)


def _heading(work: Work, span: str, day: date, first: date, last: date) -> str:
    order = work.settings.organisation.date_order
    locale = date_locale(work.language, order)
    if span == "month":
        return str(format_skeleton("yMMMM", day, locale=locale))
    if span == "day":
        return show_day(day, work.language, order)
    return str(format_interval(first, last, "yMMMd", locale=locale))


def may_move(work: Work, entity: Entity, view: View) -> bool:
    """Can the day be changed at all, by anybody like the reader?"""
    field = entity.fields.get(str(view.by))
    return field is not None and not field.virtual and not field.read_only and is_open(work, entity.name, "update")


def _days(
    work: Work, entity: Entity, view: View, paths: Sequence[Path], found: Sequence[Spanned], bounds: tuple[date, date], span: str,
    shown: date, day_href: Callable[[date], str],
) -> tuple[Day, ...]:  # fmt: skip
    first, last = bounds
    order = work.settings.organisation.date_order
    locale, room = date_locale(work.language, order), ROOM[span]
    movable = may_move(work, entity, view)
    by_day: dict[date, list[Entry]] = {}
    open_ids = (
        writable_on(work, entity, [str(one.row["id"]) for one in found], str(view.by)) if movable else frozenset()
    )
    for one in found:
        may = str(one.row["id"]) in open_ids
        day = max(one.first, first)
        while day <= min(one.last, last):
            by_day.setdefault(day, []).append(_entry(work, entity, paths, one, day, may))
            day += timedelta(days=1)
    create = (
        entity_url(entity.name, "new")
        if is_open(work, entity.name, "create") and movable and entity.parent is None
        else ""
    )
    made, day = [], first
    while day <= last:
        entries = sorted(by_day.get(day, []), key=lambda e: (not e.comes_from, "" if e.time else e.title))
        made.append(
            Day(
                iso=day.isoformat(), number=str(day.day), label=str(format_skeleton("MMMMEEEEd", day, locale=locale)),
                entries=tuple(entries[:room]), rest=tuple(entries[room:room + FOLDED]), beyond=max(0, len(entries) - room - FOLDED), is_today=day == work.today,
                is_other=span == "month" and day.month != shown.month,
                create_href=f"{create}?{view.by}={day.isoformat()}" if create else "", href="" if span == "day" else day_href(day),
            )
        )  # fmt: skip
        day += timedelta(days=1)
    return tuple(made)


def _entry(work: Work, entity: Entity, paths: Sequence[Path], one: Spanned, day: date, may: bool) -> Entry:
    row: Mapping[str, Any] = one.row
    cells = [cell_of(work, p, row) for p in paths]
    told = [c for c in cells if c.kind not in ("empty", "hidden")]
    tone: Tone = next((c.tone for c in told if c.kind == "pill" and c.tone != "neutral"), "accent")
    title = told[0].text if told and cells[0] is told[0] else str(row["display"] or row["id"])
    time = ""
    if one.time is not None and day == one.first:
        local = one.time.astimezone(reader_zone(work))
        time = show_time(local.hour, local.minute, 0, work.language, work.settings.organisation.date_order)
    return Entry(
        id=str(row["id"]), href=entity_url(entity.name, str(row["id"])), title=title, version=str(row["version"]),
        begins=one.first.isoformat(), begins_shown=shown_day(one.first.isoformat(), work.env), time=time, text=" · ".join(c.text for c in told[1:] if c.text != title), tone=tone,
        can_move=may and day == one.first, comes_from=day > one.first, goes_on=day < one.last,
    )  # fmt: skip
