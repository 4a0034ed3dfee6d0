"""Timelines: bars from the first to the last day of records, over a quarter, a year or three, grouped by a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_skeleton

from ..fields.locales import locale_of, show_date
from ..language import _
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..services.periods import add_months, next_start, start_of
from ..services.sight import reads
from ..services.spans import Spanned, in_span
from ..services.work import Work
from .addresses import entity_url
from .asked import Asked, Shown
from .calendars import day_asked, may_move
from .cells import cell_of, figure, in_sentence
from .displays import displays_of
from .filtering import builder_of, whole
from .helping import shown_day
from .listing import Address, chips_of, create_actions, export_actions, own_filter, tabs_of
from .models import Link, Option
from .models.calendar import TimelinePage
from .models.desk import FigureRow
from .offered import verdict
from .paths import Path, resolve
from .svg.timeline import Bar, BarMove, Lane, timeline
from .tile_links import tile_actions

MOST = 150
"""Bars of one picture."""
MONTHS = {"quarter": 3, "year": 12, "years": 36}


def timeline_page(work: Work, asked: Asked, entity: Entity, view: View, address: Address) -> Shown:
    """A timeline view of an entity; `on` is a day in the time shown, `zoom` quarter, year or years, `by_group` the field of its
    groups."""
    zoom = asked.get("zoom") if asked.get("zoom") in MONTHS else "year"
    day = day_asked(asked.get("on"), work.today)
    first = _first(zoom, day)
    last = add_months(first, MONTHS[zoom]) - timedelta(days=1)
    group = _group(work, asked, entity, view)
    paths = [resolve(work, entity.name, p) for p in view.card or view.columns]
    groups = [resolve(work, entity.name, group)] if group else []
    columns = tuple(c for p in (*paths, *groups) for c in p.columns)
    found, more = in_span(work, view, first, last, columns, address.filters, address.q or None, MOST, open_ended=True)
    moves = _moves(work, entity, view, found, paths)
    lanes = _lanes(work, entity, paths, groups[0] if groups else None, found, (first, last), moves)
    title = say(entity.plural, work.language)

    kept_group: dict[str, Any] = {"by_group": group or "none"} if asked.get("by_group") else {}

    def href(to: date, how: str = "") -> str:
        return address.href(on=to.isoformat(), zoom=how or zoom, **kept_group)

    step = MONTHS[zoom]
    now = (work.today - first).days / ((last - first).days + 1) if first <= work.today <= last else None
    kept = (("on", day.isoformat()), ("zoom", zoom))
    page = TimelinePage(
        title=title, what=in_sentence(work, title), path=entity_url(entity.name),
        heading=_("{first} to {last}", first=show_date(first, work.language), last=show_date(last, work.language)),
        before_href=href(add_months(first, -step)), after_href=href(add_months(first, step)), today_href=href(work.today),
        zooms=tuple(
            Link(label=n, href=href(day, z), current=z == zoom)
            for z, n in (("quarter", _("Quarter")), ("year", _("Year")), ("years", _("Three years")))
        ),
        picture=timeline(title, _ticks(work, zoom, first, last), lanes, now, _("Today"), (last - first).days + 1 if moves else 0, first.isoformat()) if found else None,
        moves=tuple(moves.get(str(one.row["id"])) for one in found), stay=(*(p for p in address.pairs() if p[0] != "view"), ("at", day.isoformat()), ("zoom", zoom), *kept_group.items()),
        move_url=entity_url(entity.name, "move") + "?" + urlencode({"view": view.name}) if moves else "",
        heads=(say(entity.label, work.language), _("From"), _("To"), *((groups[0].label,) if groups else ())),
        rows=_rows(work, found, groups[0] if groups else None, entity, paths), groups=_group_options(work, entity, group),
        group_keep=(*address.pairs(), *kept), note=_("There is more here than a timeline shows. Narrow it with a filter.") if more else "",
        count=figure(work, len(found)) + ("+" if more else ""), search=address.q, searchable=bool(entity.search),
        keep=(*address.pairs(without="q"), *kept), chips=chips_of(work, entity, address), own=own_filter(work, entity, view),
        clear_href=address.href(filters=(), on=day.isoformat(), zoom=zoom), builder=builder_of(work, entity, whole(address.filters)),
        views=tabs_of(work, entity, view, address), displays=displays_of(work, entity, view, address),
        actions=create_actions(work, entity), more=(*export_actions(work, entity, address), *tile_actions(work, view, address)),
    )  # fmt: skip
    return Shown("timeline.html", page, title, headers={"Vary": "HX-Request"})


def _first(zoom: str, day: date) -> date:
    """The first day shown: of the quarter or year of a day, or of the year before."""
    if zoom == "quarter":
        return start_of("quarter", day)
    year = start_of("year", day)
    return year if zoom == "year" else add_months(year, -12)


def _group(work: Work, asked: Asked, entity: Entity, view: View) -> str | None:
    named = asked.get("by_group")
    if named == "none":
        return None
    return named if named and named in _groupable(work, entity) else view.group


def _groupable(work: Work, entity: Entity) -> list[str]:
    """Fields by which bars may be grouped: choices, yes and no, links to one entity."""
    made = []
    for field in entity.fields.values():
        kind = field.columns[0].kind if field.columns and not field.retired and not field.hidden else None
        if kind is not None and (kind.codes or kind.kind == "bool" or (kind.kind == "ref" and len(kind.entities) == 1)):
            made.append(field.name)
    return [name for name in made if reads(work, entity, name)]


def _group_options(work: Work, entity: Entity, group: str | None) -> tuple[Option, ...]:
    found = [
        Option(value=n, label=resolve(work, entity.name, n).label, selected=n == group)
        for n in _groupable(work, entity)
    ]
    none = Option(value="none", label=_("Not grouped"), selected=group is None)
    return (none, *sorted(found, key=lambda o: o.label.casefold()))


def _ticks(work: Work, zoom: str, first: date, last: date) -> list[tuple[float, str]]:
    days, locale = (last - first).days + 1, locale_of(work.language)
    part: Any = "quarter" if zoom == "years" else "month"
    made, day = [], first
    while day <= last:
        skeleton = "yQQQ" if part == "quarter" else "MMM" if zoom == "year" and day != first else "yMMM"
        made.append(((day - first).days / days, str(format_skeleton(skeleton, day, locale=locale))))
        day = next_start(part, day)
    return made


def _title(work: Work, entity: Entity, paths: Sequence[Path], one: Spanned) -> str:
    lead = cell_of(work, paths[0], one.row) if paths else None
    return (lead.text if lead is not None and lead.kind not in ("hidden", "empty") else "") or str(
        one.row["display"] or one.row["id"]
    )


def _days(work: Work, one: Spanned) -> str:
    start = show_date(one.first, work.language)
    if one.is_open:
        return _("from {day}", day=start)
    return (
        start if one.first == one.last else _("{first} to {last}", first=start, last=show_date(one.last, work.language))
    )


def _lanes(
    work: Work,
    entity: Entity,
    paths: Sequence[Path],
    group: Path | None,
    found: Sequence[Spanned],
    bounds: tuple[date, date],
    moves: Mapping[str, BarMove],
) -> tuple[Lane, ...]:
    """The bars by the value of the group: choices as they are declared, others as they first come."""
    first, last = bounds
    days = (last - first).days + 1
    made: dict[str, list[Bar]] = {}
    for one in found:
        tones = [
            c.tone
            for p in (*paths, *((group,) if group is not None else ()))
            if (c := cell_of(work, p, one.row)).kind == "pill"
        ]
        bar = Bar(
            _title(work, entity, paths, one), (one.first - first).days / days, ((one.last - first).days + 1) / days, _days(work, one),
            entity_url(entity.name, str(one.row["id"])), tones[0] if tones else "accent", one.is_open,
            moves.get(str(one.row["id"])),
        )  # fmt: skip
        made.setdefault(_group_text(work, group, one), []).append(bar)
    order = {label: n for n, label in enumerate(_declared(work, group))}
    labels = sorted(made, key=lambda label: order.get(label, len(order)))
    return tuple(Lane(label, tuple(made[label])) for label in labels)


def _declared(work: Work, group: Path | None) -> tuple[str, ...]:
    """The values of a group in the order in which they are declared; none where it is no choice."""
    kind = (
        group.field.columns[0].kind if group is not None and group.field is not None and group.field.columns else None
    )
    codes = work.catalog.codes.get(kind.codes or "") if kind is not None else None
    return tuple(say(code.label, work.language) for code in codes.values.values()) if codes is not None else ()


def _moves(
    work: Work, entity: Entity, view: View, found: Sequence[Spanned], paths: Sequence[Path]
) -> dict[str, BarMove]:
    """The bars that the reader may move, by id: those whose dates are his to write."""
    if not may_move(work, entity, view):
        return {}
    made = {}
    for one in found:
        id = str(one.row["id"])
        may = verdict(work, entity, "update", id)
        if may.opens(str(view.by)) and one.row.get(str(view.by)) is not None:
            last = None
            if view.until is not None and may.opens(view.until):
                last = "" if one.row.get(view.until) is None else one.last.isoformat()
            made[id] = BarMove(
                id, str(one.row["version"]), one.first.isoformat(), last, _title(work, entity, paths, one),
                shown_day(one.first.isoformat(), work.env), shown_day(last or "", work.env),
            )  # fmt: skip
    return made


def _group_text(work: Work, group: Path | None, one: Spanned) -> str:
    if group is None:
        return ""
    cell = cell_of(work, group, one.row)
    return _("Empty") if cell.kind == "empty" else cell.text


def _rows(
    work: Work, found: Sequence[Spanned], group: Path | None, entity: Entity, paths: Sequence[Path]
) -> tuple[FigureRow, ...]:
    rows = []
    for one in found:
        cells = [show_date(one.first, work.language), "–" if one.is_open else show_date(one.last, work.language)]
        cells += [_group_text(work, group, one)] if group is not None else []
        href = entity_url(entity.name, str(one.row["id"]))
        rows.append(FigureRow(label=_title(work, entity, paths, one), cells=tuple(cells), href=href))
    return tuple(rows)
