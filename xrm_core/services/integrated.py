"""One record over all the relationships it stands in: which they are, what happened in them, what comes next, the money by year.
All of it is read under the actor's rights: what he may not see is in no list, no count and no sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec import Struct

from ..expressions import quote
from ..metamodel.catalog import Children, Entity
from ..metamodel.values import Query, Record
from ..storage.lookup import pointed_at
from ..storage.measuring import Total, measure
from .lists import joined, list_records
from .sight import reads, reads_text, shows_rows
from .work import Work

LONG_AGO = datetime.min.replace(tzinfo=UTC)
MANY = 5
"""Relationships of one kind that are told of."""


class Standing(Struct, frozen=True):
    """A relationship that the record stands in: its entity, and the relationship's own record."""

    entity: Entity
    record: Record


class Event(Struct, frozen=True):
    """Something on the timeline: a record of `entity` with its title, day, and amount if it has one. `at` orders those of a day;
    `through` is the relationship it belongs to; `began` is the relationship itself that began on that day."""

    entity: Entity
    id: str
    title: str
    on: date
    amount: Decimal | None = None
    currency: str | None = None
    through: Entity | None = None
    at: datetime = LONG_AGO
    began: bool = False

    @property
    def place(self) -> tuple[date, datetime, str]:
        """Its place on the timeline."""
        return (self.on, self.at, self.id)


class Mark(NamedTuple):
    """Where a page of the timeline ends: a day, and how many events of that day have been told."""

    day: date
    told: int


class Timeline(NamedTuple):
    """A page of events, the newest first; where it ends, if there are older ones; the kinds that there are at all."""

    events: list[Event]
    older: Mark | None
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next in a relationship, or in what belongs to one: what, when, who."""

    entity: Entity
    id: str
    title: str
    what: str
    on: date | None
    who: str


class Source(NamedTuple):
    """Records of `entity` that point to the record, or to a relationship of it (`through`), by a link `by` with the value `target`."""

    entity: Entity
    by: str
    target: str
    through: Entity | None = None

    @property
    def filter(self) -> str:
        """Which of its records these are."""
        return f"record.{self.by} == {quote(self.target)}"


def _reverse(work: Work, entity: Entity) -> list[Children]:
    """The links that lead here and that exist for the actor."""
    return [c for c in entity.children.values() if c.kind == "reverse" and shows_rows(work, c)]


def standings(work: Work, entity: Entity, id: str) -> list[Standing]:
    """The relationships of a record, in the order of the catalog; the newest of each kind comes first."""
    found = []
    for children in _reverse(work, entity):
        other = work.entity(children.entity)
        if entity.integrates not in other.mixins or entity.integrates is None:
            continue
        columns = ["id", "display", *(c for c in other.columns if reads(work, other, c))]
        if other.next_step is not None and other.next_step.who and reads(work, other, other.next_step.who):
            columns.append(f"{other.next_step.who}.display")
        query = Query(
            other.name, tuple(dict.fromkeys(columns)), f"record.{children.by} == {quote(id)}", ("-created_at",), MANY
        )
        found += [Standing(other, row) for row in list_records(work, query).rows]
    return found


def sources(work: Work, entity: Entity, id: str, stands: Sequence[Standing]) -> list[Source]:
    """Everything that points to the record or to one of its relationships, in one statement: most links have nobody at their other
    end, and need not be asked for."""
    key = f"integrated.sources {id}"
    if key in work.facts and not work.tx.writing:
        return work.facts[key]  # type: ignore[no-any-return]  # what was put there below
    made = [Source(work.entity(c.entity), c.by, id) for c in _reverse(work, entity)]
    for stand in stands:
        mark = str(stand.record["id"])
        made += [Source(work.entity(c.entity), c.by, mark, stand.entity) for c in _reverse(work, stand.entity)]
    told = [s for s in made if s.by in s.entity.columns and _tells(work, s.entity)]
    there = pointed_at(work.tx, work.catalog, [(s.entity.name, s.by, s.target) for s in told])
    work.facts[key] = found = [s for n, s in enumerate(told) if n in there]
    return found


def _tells(work: Work, entity: Entity) -> bool:
    """Has an entity anything to say on an integrated page: a day, or a next step?"""
    return entity.next_step is not None or dated(work, entity) is not None


def dated(work: Work, entity: Entity) -> str | None:
    """The field that places records of an entity on a timeline: the one declared, else the first day of a tie. None where there is
    none, or it is not the actor's to read."""
    if entity.timeline is not None:
        when = entity.timeline.when
        return (
            entity.timeline.on
            if reads(work, entity, entity.timeline.on) and reads_text(work, entity.name, when)
            else None
        )
    if not entity.connects:
        return None
    days = (
        f.name for f in entity.fields.values() if f.type.name == "date" and not f.hidden and reads(work, entity, f.name)
    )
    return next(days, None)


def events(
    work: Work, entity: Entity, id: str, stands: Sequence[Standing], kind: str = "", limit: int = 15, before: Mark | None = None
) -> Timeline:  # fmt: skip
    """What happened, newest first, from `before` on: records with a date that point to the record or to one of its relationships, and
    the beginnings of these. `kind` is the name of the entity that alone is told of. One statement for each link."""
    told = before.told if before else 0
    made: list[Event] = []
    kinds: dict[str, None] = {}
    for source in sources(work, entity, id, stands):
        if (on := dated(work, source.entity)) is None:
            continue
        asked = not kind or source.entity.name == kind
        found = _events(work, source, on, limit + told + 1 if asked else 1, before if asked else None)
        if found:
            kinds[source.entity.name] = None
        made += found if asked else ()
    begun = [e for s in stands if (e := _beginning(s)) is not None]
    kinds.update(dict.fromkeys(e.entity.name for e in begun))
    made += [e for e in begun if (not kind or e.entity.name == kind) and (before is None or e.on <= before.day)]
    line = sorted({(e.entity.name, e.id, e.began): e for e in made}.values(), key=lambda e: e.place, reverse=True)
    past = [n for n, e in enumerate(line) if before is not None and e.on == before.day][:told]
    shown = [e for n, e in enumerate(line) if n not in past]
    page = shown[:limit]
    older = None
    if len(shown) > limit:
        day = page[-1].on
        same = sum(1 for e in page if e.on == day) + (told if before is not None and before.day == day else 0)
        older = Mark(day, same)
    return Timeline(page, older, tuple(kinds))


def began_on(stand: Standing) -> date | None:
    """The day on which a relationship began: its first date."""
    days = (f.name for f in stand.entity.fields.values() if f.type.name == "date" and not f.hidden and not f.read_only)
    name = next(days, None)
    return stand.record.get(name) if name is not None else None


def _beginning(stand: Standing) -> Event | None:
    day = began_on(stand)
    if day is None:
        return None
    return Event(stand.entity, str(stand.record["id"]), str(stand.record["display"] or ""), day, began=True)


def _events(work: Work, source: Source, on: str, limit: int, before: Mark | None) -> list[Event]:
    other, timeline = source.entity, source.entity.timeline
    amount = timeline.amount if timeline and timeline.amount and reads(work, other, timeline.amount) else None
    unit = currency_column(other, amount) if amount else None
    columns = tuple(c for c in ("id", "display", on, amount, unit) if c)
    edge = f"record.{on} <= {_last_of(other, on, before.day)}" if before is not None else None
    mine = joined(source.filter, timeline.when if timeline else None, f"record.{on} != null", edge)
    rows = list_records(work, Query(other.name, columns, mine, (f"-{on}", "-id"), limit)).rows
    return [
        Event(
            other, str(r["id"]), str(r["display"] or ""), _day(r[on]), r.get(amount or ""), r.get(unit or ""), source.through,
            r[on] if isinstance(r[on], datetime) else datetime.combine(r[on], time(), UTC),
        )
        for r in rows
    ]  # fmt: skip


def _last_of(entity: Entity, on: str, day: date) -> str:
    """The end of a day as a constant of the expression language."""
    if _is_moment(entity, on):
        return f"timestamp('{day.isoformat()}T23:59:59Z')"
    return f"date('{day.isoformat()}')"


def _is_moment(entity: Entity, name: str) -> bool:
    """Does a field hold a time of day too?"""
    field = entity.fields.get(name)
    return (field.columns[0] if field is not None else entity.columns[name]).kind.kind == "datetime"


def currency_column(entity: Entity, amount: str) -> str | None:
    """The column that says the currency of an amount; None where it is that of the organisation."""
    return f"{amount}_currency" if f"{amount}_currency" in entity.columns else None


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def next_steps(work: Work, entity: Entity, id: str, stands: Sequence[Standing], limit: int = 8) -> list[Step]:
    """What comes next, the most urgent first: in the relationships, and in all that points to them or to the record."""
    made: list[Step] = []
    ours = [Source(s.entity, "id", str(s.record["id"])) for s in stands]
    for source in (*ours, *sources(work, entity, id, stands)):
        step = source.entity.next_step
        is_stand = entity.integrates in source.entity.mixins
        if step is None or (is_stand and source.by != "id"):
            continue
        if reads(work, source.entity, step.what) and reads_text(work, source.entity.name, step.when):
            made += _steps(work, source, limit)
    far = date.max
    return sorted(made, key=lambda s: (s.on or far, s.title))[:limit]


def _steps(work: Work, source: Source, limit: int) -> Iterator[Step]:
    other, step = source.entity, source.entity.next_step
    assert step is not None
    on = step.on if step.on and reads(work, other, step.on) else None
    who = f"{step.who}.display" if step.who and reads(work, other, step.who) else None
    columns = tuple(c for c in ("id", "display", step.what, on, who) if c)
    mine = joined(source.filter, step.when, f"record.{step.what} != null")
    for r in list_records(work, Query(other.name, columns, mine, (on,) if on else (), limit)).rows:
        day = _day(r[on]) if on and r[on] is not None else None
        yield Step(other, str(r["id"]), str(r["display"] or ""), str(r[step.what]), day, str(r.get(who or "") or ""))


class Series(NamedTuple):
    """The amounts of one kind and currency by year; `currency` is None for that of the organisation. `filter` says which records
    they are, `day` is the expression of their day."""

    entity: Entity
    currency: str | None
    years: Mapping[int, Decimal]
    filter: str
    day: str


def money_by_year(work: Work, entity: Entity, id: str, stands: Sequence[Standing]) -> list[Series]:
    """The amounts of timelines by kind, currency and year: added up by the database, one statement for each kind."""
    found: dict[str, list[Source]] = {}
    for source in sources(work, entity, id, stands):
        timeline = source.entity.timeline
        if timeline is None or timeline.amount is None or dated(work, source.entity) is None:
            continue
        if reads(work, source.entity, timeline.amount):
            found.setdefault(source.entity.name, []).append(source)
    return [series for of_kind in found.values() for series in _series(work, of_kind)]


def _series(work: Work, of_kind: Sequence[Source]) -> Iterator[Series]:
    other = of_kind[0].entity
    timeline = other.timeline
    assert timeline is not None
    assert timeline.amount is not None
    unit = currency_column(other, timeline.amount)
    mine = " || ".join(dict.fromkeys(source.filter for source in of_kind))
    filter = joined(mine, timeline.when, f"record.{timeline.on} != null")
    day = f"date(record.{timeline.on})" if _is_moment(other, timeline.on) else f"record.{timeline.on}"
    by = [f"year({day})", *([f"record.{unit}"] if unit else [])]
    groups = measure(
        work.tx, work.catalog, Query(other.name, ("id",), filter), by, [Total("sum", f"record.{timeline.amount}")],
        work.context(), work.relation(other.name),
    )  # fmt: skip
    own = work.settings.organisation.currency
    years: dict[str | None, dict[int, Decimal]] = {}
    for group in groups:
        if group.keys[0] is not None and group.totals[0]:
            currency = None if unit is None or group.keys[1] in (None, own) else str(group.keys[1])
            years.setdefault(currency, {})[int(group.keys[0])] = Decimal(group.totals[0])
    for currency, amounts in sorted(years.items(), key=lambda pair: pair[0] or ""):
        yield Series(other, currency, dict(sorted(amounts.items())), str(filter), day)
