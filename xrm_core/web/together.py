"""The overview of an integrated page: what all relationships of a record say together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from msgspec.structs import replace

from ..fields.locales import show_date, show_money
from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services import integrated
from ..services.integrated import Event, Mark, Series, Standing, Step
from ..services.sight import shows_rows
from ..services.work import Work
from . import focus, network, records
from .addresses import entity_url
from .asked import Asked
from .cells import apart, field_cell, in_sentence
from .days import day_title
from .models import (
    Cell,
    ChartPanel,
    FieldSection,
    FieldValue,
    IntegratedPage,
    Layer,
    Link,
    Point,
    RecordHeader,
    RelatedList,
    Stat,
    TimelineEntry,
)  # fmt: skip

YEARS, EVENTS, FACTS = 6, 15, 14
MOST_LEAD, MOST_TABLES = 3, 3
"""Lists that stand before the timeline; child tables beside the facts."""
ISO_DATE = re.compile(r"\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b")
"""Days in titles, which the database composes."""
MARK = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d{1,4})")


def overview(
    work: Work, entity: Entity, record: Mapping[str, Any], stands: Sequence[Standing], header: RecordHeader, tabs: tuple[Link, ...],
    asked: Asked,
) -> IntegratedPage:  # fmt: skip
    """The page with everything: facts, what comes next, the timeline, ties, money."""
    id = str(record["id"])
    base = entity_url(entity.name, id)
    kind, before = asked.get("kind"), _mark(asked.get("before"))
    day, on = network.asked_day(work, asked.get("on"))
    before = Mark(day, 0) if day is not None and before is None else before
    line = integrated.events(work, entity, id, stands, kind, EVENTS, before)
    stats = _stats(work, stands)
    steps = integrated.next_steps(work, entity, id, stands)
    sections, lists = first_things(work, entity, record, stands)
    chips = [Link(label=_("All"), href=base, current=not kind)]
    chips += [
        Link(
            label=say(work.entity(k).plural, work.language),
            href=f"{base}?kind={k}",
            icon=work.entity(k).icon,
            current=k == kind,
        )
        for k in line.kinds
    ]
    older = (
        f"{base}?" + urlencode({**({"kind": kind} if kind else {}), "before": f"{line.older.day}.{line.older.told}"})
        if line.older
        else ""
    )
    return IntegratedPage(
        header=replace(header, facts=() if len(stats) == len(stands) > 1 else (*_standing(stats), *_owners(work, stands))), tabs=tabs, stats=stats if len(stats) > 1 else (),
        facts=_facts(work, entity, record), details_href=f"{base}?tab=0",
        sections=sections, lead=lists, steps=tuple(_step(work, s, str(record["display"])) for s in steps),
        side=_tables(work, entity, record), timeline=tuple(_entry(work, e, str(record["display"])) for e in line.events),
        timeline_filters=tuple(chips) if len(line.kinds) > 1 else (), timeline_more=older, timeline_newest=base if before else "",
        timeline_on=on if older or before or on.errors else None, timeline_keep=(("kind", kind),) if kind else (), timeline_path=base,
        graph=network.panel(work, entity, record), charts=_charts(work, integrated.money_by_year(work, entity, id, stands)),
    )  # fmt: skip


def _mark(text: str) -> Mark | None:
    """Where an older page begins; anything else than what we gave is the newest."""
    found = MARK.fullmatch(text)
    try:
        return Mark(date.fromisoformat(found[1]), int(found[2])) if found else None
    except ValueError:
        return None


def first_things(
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


def _standing(stats: Sequence[Stat]) -> Iterator[FieldValue]:
    """The one relationship there is, among the facts of the header: a row of figures would be too much for it."""
    for stat in stats if len(stats) == 1 else ():
        yield FieldValue(
            name="standing", label=stat.label, cell=Cell(kind="pill", text=stat.value, tone=stat.tone), note=stat.note
        )


def _owners(work: Work, stands: Sequence[Standing]) -> tuple[FieldValue, ...]:
    """Who looks after the relationships: one where it is the same for all."""
    found: dict[str, list[str]] = {}
    label = ""
    for stand in stands:
        step, who = stand.entity.next_step, _owner(stand)
        if step is not None and step.who and who:
            label = label or say(stand.entity.fields[step.who].label, work.language)
            found.setdefault(who, []).append(say(stand.entity.label, work.language))
    several = len(found) > 1
    return tuple(
        FieldValue(
            name=f"owner-{n}",
            label=f"{label}: {', '.join(kinds)}" if several else label,
            cell=Cell(kind="user", text=name),
        )
        for n, (name, kinds) in enumerate(found.items())
    )


def _owner(stand: Standing) -> str:
    """Who looks after a relationship, in words; nothing where nobody does, or where it may not be read."""
    step = stand.entity.next_step
    return str(stand.record.get(f"{step.who}.display") or "") if step is not None and step.who else ""


def _stats(work: Work, stands: Sequence[Standing]) -> tuple[Stat, ...]:
    """One figure per relationship: its state, since when, and who looks after it."""
    made = []
    for stand in stands:
        lifecycle = stand.entity.lifecycle
        if lifecycle is None or stand.record.get(lifecycle.field) is None:
            continue
        cell = field_cell(work, stand.entity.fields[lifecycle.field], {lifecycle.field: stand.record[lifecycle.field]})
        since = integrated.began_on(stand)
        note = _("since {date}", date=apart(show_date(since, work.language))) if since else ""
        made.append(
            Stat(
                label=say(stand.entity.label, work.language), value=cell.text, note=note, tone=cell.tone, icon=stand.entity.icon,
                href=entity_url(stand.entity.name, str(stand.record["id"])), who=_owner(stand),
            )
        )  # fmt: skip
    return tuple(made)


def _facts(work: Work, entity: Entity, record: Mapping[str, Any]) -> tuple[FieldSection, ...]:
    """The first tab of the record's form, with what is filled in."""
    made: list[FieldValue] = []
    for tab in records.form_of(work, entity)[:1]:
        for section in tab.sections:
            shown = records.section_of(work, entity, record, section)
            made += [v for v in (shown.fields if shown else ()) if v.cell.kind != "empty"]
    return (FieldSection(fields=tuple(made[:FACTS]), title=_("Facts"), columns=1),) if made else ()


def _tables(work: Work, entity: Entity, record: Mapping[str, Any]) -> tuple[RelatedList, ...]:
    """The first rows of the record's child tables, in the order of its form: how to reach it, what identifies it."""
    form = records.form_of(work, entity)
    names = [n for tab in form for section in tab.sections for n in section.fields if n in entity.children]
    shown = [entity.children[n] for n in dict.fromkeys(names) if entity.children[n].kind == "child_table"]
    found = (records.related(work, entity, record, c) for c in shown if shows_rows(work, c))
    return tuple(one for one in found if one.rows)[:MOST_TABLES]


def _step(work: Work, step: Step, whose: str) -> TimelineEntry:
    """What comes next, as an entry: what is late says so."""
    late = step.on is not None and step.on < work.today
    about = _without(step.title, whose)
    kind = say(step.entity.label, work.language)
    return TimelineEntry(
        title=step.what, when=day_title(work, step.on) if step.on else _("no date"), iso=step.on.isoformat() if step.on else "",
        icon=step.entity.icon, tone="bad" if late else "accent" if step.on == work.today else "neutral", by=step.who,
        href=entity_url(step.entity.name, step.id), text=f"{kind}: {about}" if about else kind, kind=_("overdue") if late else "",
    )  # fmt: skip


def _amount(work: Work, amount: Decimal, currency: str | None) -> str:
    return show_money(amount, currency or work.settings.organisation.currency, work.language)


def _without(title: str, whose: str) -> str:
    """A title without that of the record whose page it is, which would only be noise in it."""
    return " ".join(title.replace(whose, "").split()).strip(" ,:;-–") if whose and whose in title else title


def _entry(work: Work, event: Event, whose: str) -> TimelineEntry:
    """An event of the timeline."""
    when = show_date(event.on, work.language)
    label = say(event.entity.label, work.language)
    href = entity_url(event.entity.name, event.id)
    title = _without(ISO_DATE.sub(lambda found: _day(work, found.group()), event.title), whose)
    common: dict[str, Any] = {
        "when": day_title(work, event.on), "iso": event.on.isoformat(), "icon": event.entity.icon, "href": href, "kind": label,
        "by": _("ahead") if event.on > work.today else "",
    }  # fmt: skip
    if event.began:
        return TimelineEntry(
            title=_("{kind}: the relationship began", kind=label), tone="accent", **common | {"kind": ""}
        )
    amount = _amount(work, event.amount, event.currency) if event.amount is not None else ""
    head = amount or title
    return TimelineEntry(title=head if head and head != when else label, text=title if amount else "", **common)


def _day(work: Work, text: str) -> str:
    try:
        return show_date(date.fromisoformat(text), work.language)
    except ValueError:  # 31 June is a number, and no day
        return text


def _charts(work: Work, series: Sequence[Series]) -> tuple[ChartPanel, ...]:
    """The money of all relationships by year: one picture for the organisation's currency, one for each other."""
    made = []
    own = work.settings.organisation.currency
    for currency in dict.fromkeys(s.currency for s in series):
        these = [s for s in series if s.currency == currency]
        last = max(work.today.year, *(max(s.years) for s in these))
        first = max(min(min(s.years) for s in these), last - YEARS + 1)
        points = tuple(_point(work, these, year, currency) for year in range(first, last + 1))
        names = tuple(say(s.entity.plural, work.language) for s in these)
        title = _("Money by year") if len(these) > 1 else _("{plural} by year", plural=names[0])
        one = len(these) == 1
        made.append(
            ChartPanel(
                title=title,
                points=points,
                unit=currency or own,
                kind="bar" if one else "stacked",
                series=() if one else names,
            )
        )
    return tuple(made)


def _point(work: Work, series: Sequence[Series], year: int, currency: str | None) -> Point:
    layers = tuple(
        Layer(
            value=float(s.years.get(year, Decimal())),
            text=_amount(work, s.years.get(year, Decimal()), currency),
            href=_behind(s, year),
        )
        for s in series
    )
    total = sum((s.years.get(year, Decimal()) for s in series), Decimal())
    href = layers[0].href if len(layers) == 1 and total else ""
    return Point(
        label=str(year),
        value=float(total),
        text=_amount(work, total, currency),
        href=href,
        layers=layers if len(layers) > 1 else (),
    )


def _behind(series: Series, year: int) -> str:
    """The list of the records behind the amounts of a year."""
    if year not in series.years:
        return ""
    filter = f"({series.filter}) && year({series.day}) == {year}"
    return entity_url(series.entity.name) + "?" + urlencode({"filter": filter})
