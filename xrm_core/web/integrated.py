"""The integrated page: a record seen over all the relationships it stands in. Other records get their plain page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from ..fields.locales import show_date, show_money
from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services import integrated
from ..services.integrated import Event, Standing
from ..services.sight import is_open
from ..services.work import Work
from . import focus, records
from .asked import Asked, Shown
from .buttons import lifecycle_path
from .cells import apart, field_cell, in_sentence
from .models import (
    Action,
    ChartPanel,
    FieldSection,
    FieldValue,
    GraphPanel,
    IntegratedPage,
    Link,
    Node,
    Pill,
    Point,
    RecordHeader,
    RelatedList,
    Stat,
    TimelineEntry,
)  # fmt: skip
from .shell import entity_url

YEARS, MAX_OFFERED = 6, 5
MOST_LEAD = 3
"""Lists that stand before the timeline."""
ISO_DATE = re.compile(r"\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b")
"""Days in titles, which the database composes."""


def record_page(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/{id}: `in=<entity>` shows one relationship, `tab=` a part of the record's own form, else the overview."""
    entity = work.entity(asked.path["entity"])
    if entity.integrates is None:
        return records.record_page(work, asked)
    record = records.load(work, entity, asked.path["id"])
    found = integrated.standings(work, entity, str(record["id"]))
    stands = sorted(found, key=lambda s: focus.own_form(work, s.entity.name) is None)
    chosen = next((s for s in stands if s.entity.name == asked.get("in")), None)
    tabs = _tabs(work, entity, record, stands, chosen, asked)
    header = _header(work, entity, record, stands, chosen)
    if chosen is not None:
        page = _relationship(work, chosen, header, tabs)
    elif asked.get("tab"):
        parts = records.tab_parts(work, entity, record, records.tab_links(work, entity, record, asked)[1], asked)
        if parts.get("show") == "history":
            from .models import RecordPage

            return Shown(
                "record.html",
                RecordPage(header=header, tabs=tabs, **parts),
                header.title,
                crumbs=records.crumbs(work, entity, record),
            )
        page = IntegratedPage(header=header, tabs=tabs, sections=parts["sections"], related=parts["related"])
    else:
        page = _overview(work, entity, record, stands, header, tabs, asked)
    return Shown("integrated.html", page, header.title, crumbs=records.crumbs(work, entity, record))


def _tabs(
    work: Work,
    entity: Entity,
    record: Mapping[str, Any],
    stands: Sequence[Standing],
    chosen: Standing | None,
    asked: Asked,
) -> tuple[Link, ...]:
    base = entity_url(entity.name, str(record["id"]))
    own, __ = records.tab_links(work, entity, record, asked)
    plain = not asked.get("tab") and chosen is None
    links = [Link(label=_("Overview"), href=base, current=plain, icon="layout-dashboard")]
    names = dict.fromkeys(s.entity.name for s in stands)
    links += [
        Link(
            label=say(work.entity(n).label, work.language),
            href=f"{base}?in={n}",
            icon=work.entity(n).icon,
            current=chosen is not None and chosen.entity.name == n,
        )
        for n in names
    ]
    for n, link in enumerate(own[:-1]):
        links.append(
            Link(label=link.label if n else _("Details"), href=f"{base}?tab={n}", current=asked.get("tab") == str(n))
        )
    return (*links, Link(label=_("History"), href=own[-1].href, current=asked.get("tab") == "history", icon="history"))


def header_of(work: Work, entity: Entity, record: Mapping[str, Any]) -> RecordHeader:
    """The top of the integrated page of a record, as other places that offer its actions need it."""
    return _header(work, entity, record, integrated.standings(work, entity, str(record["id"])), None)


def _header(
    work: Work, entity: Entity, record: Mapping[str, Any], stands: Sequence[Standing], chosen: Standing | None
) -> RecordHeader:
    header = records.header(work, entity, record)
    base = entity_url(entity.name, str(record["id"]))
    roles = tuple(
        Link(
            label=say(work.entity(n).label, work.language),
            href=f"{base}?in={n}",
            icon=work.entity(n).icon,
            current=chosen is not None and chosen.entity.name == n,
        )
        for n in dict.fromkeys(s.entity.name for s in stands)
    )
    missing = [
        e
        for e in work.catalog.entities.values()
        if entity.integrates in e.mixins
        and e.name not in {s.entity.name for s in stands}
        and is_open(work, e.name, "create")
    ]
    link = next(
        (c.by for c in entity.children.values() if c.kind == "reverse" and missing and c.entity == missing[0].name), ""
    )
    more = tuple(
        Action(
            label=_("Make {kind}", kind=in_sentence(work, say(e.label, work.language))),
            href=entity_url(e.name, "new") + f"?{link}={record['id']}",
            icon=e.icon,
        )
        for e in missing
    )
    if not stands:
        roles = tuple(Link(label=a.label, href=a.href, icon="plus") for a in more[:MAX_OFFERED])
    path = lifecycle_path(work, entity, record)
    steps = tuple(replace(a, icon="arrow-right") for a in (path.transitions if path else ()) if not a.closed)
    return replace(header, roles=roles, more=(*more, *steps, *header.more))


def _relationship(work: Work, stand: Standing, header: Any, tabs: tuple[Link, ...]) -> IntegratedPage:
    """One relationship in full, without leaving the party."""
    entity = stand.entity
    record = records.load(work, entity, str(stand.record["id"]))
    form = records.form_of(work, entity)
    sections = tuple(
        s
        for tab in form
        for section in tab.sections
        if (s := records.section_of(work, entity, record, section)) is not None
    )
    names = dict.fromkeys(n for tab in form for n in tab.related if n in entity.children)
    related = tuple(records.related(work, entity, record, entity.children[n]) for n in names)
    return IntegratedPage(
        header=header, tabs=tabs, path=lifecycle_path(work, entity, record), sections=sections, related=related
    )


def _overview(
    work: Work,
    entity: Entity,
    record: Mapping[str, Any],
    stands: Sequence[Standing],
    header: Any,
    tabs: tuple[Link, ...],
    asked: Asked,
) -> IntegratedPage:
    id = str(record["id"])
    base = entity_url(entity.name, id)
    every = integrated.events(work, entity, id, stands, limit=200)
    kinds = dict.fromkeys(e.entity.name for e in every)
    kind = asked.get("kind") if asked.get("kind") in kinds else ""
    shown = [e for e in every if not kind or e.entity.name == kind][:15]
    filters = [Link(label=_("All"), href=base, current=not kind, count=str(len(every)))]
    filters += [
        Link(
            label=say(work.entity(k).plural, work.language),
            href=f"{base}?kind={k}",
            icon=work.entity(k).icon,
            current=k == kind,
            count=str(sum(1 for e in every if e.entity.name == k)),
        )
        for k in kinds
    ]
    money = integrated.money_by_year(work, entity, id, stands)
    sections, lists = _first_things(work, entity, record, stands)
    return IntegratedPage(
        header=header, tabs=tabs, stats=_stats(work, stands), facts=_facts(work, entity, record, stands), sections=sections, lead=lists,
        timeline=tuple(_entry(work, e, str(record["display"])) for e in shown), timeline_filters=tuple(filters) if len(kinds) > 1 else (),
        graph=_graph(work, entity, record), charts=tuple(_chart(work, e, years) for e, years in money.items()),
    )  # fmt: skip


def _first_things(
    work: Work, entity: Entity, record: Mapping[str, Any], stands: Sequence[Standing]
) -> tuple[tuple[FieldSection, ...], tuple[RelatedList, ...]]:
    """What the reader's department looks at first: the first section of its own forms of the relationships, and the lists of
    the first tab of its forms."""
    sections: list[FieldSection] = []
    lists: list[RelatedList] = []
    for stand in stands:
        if focus.own_form(work, stand.entity.name) is not None:
            whole = records.load(work, stand.entity, str(stand.record["id"]))
            tab = records.form_of(work, stand.entity)[0]
            shown = (records.section_of(work, stand.entity, whole, section) for section in tab.sections[:1])
            sections += [_of_relationship(work, stand.entity, one) for one in shown if one is not None]
            lists += [records.related(work, stand.entity, whole, stand.entity.children[n]) for n in tab.related]
    if focus.own_form(work, entity.name) is not None:
        own = records.form_of(work, entity)[0].related
        lists = [*(records.related(work, entity, record, entity.children[n]) for n in own), *lists]
    return tuple(s for s in sections if not s.is_blank), tuple(one for one in lists if one.rows)[:MOST_LEAD]


def _of_relationship(work: Work, entity: Entity, section: FieldSection) -> FieldSection:
    """A section with what is filled in, under the name of the relationship."""
    kind = say(entity.label, work.language)
    title = f"{kind}: {in_sentence(work, section.title)}" if section.title else kind
    return replace(section, title=title, fields=tuple(v for v in section.fields if v.cell.kind != "empty"))


def _stats(work: Work, stands: Sequence[Standing]) -> tuple[Stat, ...]:
    """One figure per relationship: its state."""
    made = []
    for stand in stands:
        lifecycle = stand.entity.lifecycle
        if lifecycle is None or stand.record.get(lifecycle.field) is None:
            continue
        cell = field_cell(work, stand.entity.fields[lifecycle.field], {lifecycle.field: stand.record[lifecycle.field]})
        since = stand.record.get("since")
        note = _("since {date}", date=apart(show_date(since, work.language))) if since else ""
        made.append(
            Stat(
                label=say(stand.entity.label, work.language),
                value=cell.text,
                note=note,
                tone=cell.tone,
                icon=stand.entity.icon,
                href=entity_url(stand.entity.name, str(stand.record["id"])),
            )
        )
    return tuple(made)


def _facts(
    work: Work, entity: Entity, record: Mapping[str, Any], stands: Sequence[Standing]
) -> tuple[FieldSection, ...]:
    """The first section of the record's form, with what is filled in."""
    del stands
    form = records.form_of(work, entity)
    made: list[FieldValue] = []
    for tab in form[:1]:
        for section in tab.sections:
            shown = records.section_of(work, entity, record, section)
            made += [v for v in (shown.fields if shown else ()) if v.cell.kind != "empty"]
    return (FieldSection(fields=tuple(made[:14]), title=_("Facts"), columns=1),) if made else ()


def _amount(work: Work, amount: Decimal, currency: str | None) -> str:
    return show_money(amount, currency or work.settings.organisation.currency, work.language)


def _entry(work: Work, event: Event, whose: str) -> TimelineEntry:
    """An event; the title of the record whose page it is would only be noise in it."""
    when = show_date(event.on, work.language)
    label = say(event.entity.label, work.language)
    said = ISO_DATE.sub(lambda found: _day(work, found.group()), event.title)
    title = " ".join(said.replace(whose, "").split()).strip(" ,:;-–") if whose in said else said
    amount = _amount(work, event.amount, event.currency) if event.amount is not None else ""
    head = amount or title
    return TimelineEntry(
        title=f"{label}: {head}" if head and head != when else label, when=when, iso=event.on.isoformat(), icon=event.entity.icon,
        href=entity_url(event.entity.name, event.id), text=title if amount else "", kind=label,
        by="ahead" if event.on > work.today else "",
    )  # fmt: skip


def _day(work: Work, text: str) -> str:
    try:
        return show_date(date.fromisoformat(text), work.language)
    except ValueError:  # 31 June is a number, and no day
        return text


def _graph(work: Work, entity: Entity, record: Mapping[str, Any]) -> GraphPanel | None:
    found, total = integrated.ties(work, entity, str(record["id"]))
    if not found:
        return None
    groups = {label: n % 6 + 1 for n, label in enumerate(dict.fromkeys(t.label for t in found))}
    nodes = tuple(
        Node(label=t.title, tie=t.label, href=entity_url(entity.name, t.id), group=groups[t.label]) for t in found
    )
    return GraphPanel(
        title=_("Connections"), centre=str(record["display"]), nodes=nodes, more=max(0, total - len(found))
    )


def _chart(work: Work, entity: Entity, years: Mapping[int, Decimal]) -> ChartPanel:
    last = work.today.year
    points = tuple(
        Point(label=str(y), value=float(years.get(y, Decimal())), text=_amount(work, years.get(y, Decimal()), None))
        for y in range(max(min(years), last - YEARS + 1), last + 1)
    )
    return ChartPanel(
        title=_("{plural} by year", plural=say(entity.plural, work.language)),
        points=points,
        unit=work.settings.organisation.currency,
    )


__all__ = ["Pill", "record_page"]
