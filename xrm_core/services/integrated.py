"""One record over all the relationships it stands in: which they are, what happened in them, the money by year, its ties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..metamodel.catalog import Children, Entity
from ..metamodel.text import say
from ..metamodel.values import Query, Record
from .lists import joined, list_records, quote
from .sight import is_open, reads, reads_text, shows_rows
from .work import Work

MANY = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """A relationship that the record stands in: its entity, and the relationship's own record."""

    entity: Entity
    record: Record


@dataclass(frozen=True, slots=True)
class Event:
    """Something on the timeline: a record of `entity` with its title, day, and amount if it has one."""

    entity: Entity
    id: str
    title: str
    on: date
    amount: Decimal | None = None
    currency: str | None = None
    through: Entity | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """A neighbour: id and title of the other record, and what the tie is called seen from here."""

    id: str
    title: str
    label: str


def _reverse(work: Work, entity: Entity) -> list[Children]:
    """The links that lead here and that exist for the actor."""
    return [c for c in entity.children.values() if c.kind == "reverse" and shows_rows(work, c)]


def standings(work: Work, entity: Entity, id: str) -> list[Standing]:
    """The relationships of a record, in the order of the catalog; the one of each kind that is not ended comes first."""
    found = []
    for children in _reverse(work, entity):
        other = work.entity(children.entity)
        if entity.integrates not in other.mixins or entity.integrates is None:
            continue
        columns = tuple(dict.fromkeys(["id", "display", *(c for c in other.columns if reads(work, other, c))]))
        page = list_records(
            work, Query(other.name, columns, f"record.{children.by} == {quote(id)}", ("-created_at",), 5)
        )
        found += [Standing(other, row) for row in page.rows]
    return found


def events(
    work: Work, entity: Entity, id: str, stands: Sequence[Standing], kind: str = "", limit: int = 15
) -> list[Event]:
    """What happened, newest first: records with a timeline that point to the record or to one of its relationships."""
    sources: list[tuple[Children, str, Entity | None]] = [(children, id, None) for children in _reverse(work, entity)]
    sources += [(children, str(s.record["id"]), s.entity) for s in stands for children in _reverse(work, s.entity)]
    made: list[Event] = []
    for children, target, through in sources:
        other = work.entity(children.entity)
        if other.timeline is None or (kind and other.name != kind):
            continue
        made += _events(work, other, children, target, through, limit)
    return sorted(made, key=lambda e: (e.on, e.id), reverse=True)[:limit]


def _events(
    work: Work, other: Entity, children: Children, target: str, through: Entity | None, limit: int
) -> list[Event]:
    timeline = other.timeline
    assert timeline is not None
    if not reads(work, other, timeline.on) or not reads_text(work, other.name, timeline.when):
        return []
    amount = timeline.amount if timeline.amount and reads(work, other, timeline.amount) else None
    unit = f"{amount}_currency" if amount and f"{amount}_currency" in other.columns else None
    columns = tuple(c for c in ("id", "display", timeline.on, amount, unit) if c)
    mine = joined(f"record.{children.by} == {quote(target)}", timeline.when, f"record.{timeline.on} != null")
    rows = list_records(work, Query(other.name, columns, mine, (f"-{timeline.on}",), limit)).rows
    return [
        Event(
            other,
            str(r["id"]),
            str(r["display"] or ""),
            _day(r[timeline.on]),
            r.get(amount or ""),
            r.get(unit or ""),
            through,
        )
        for r in rows
    ]


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def money_by_year(
    work: Work, entity: Entity, id: str, stands: Sequence[Standing]
) -> Mapping[Entity, Mapping[int, Decimal]]:
    """The amounts of timelines by entity and year, oldest year first; entities without amounts are left out."""
    made: dict[str, dict[int, Decimal]] = {}
    for stand in stands:
        for children in _reverse(work, stand.entity):
            other = work.entity(children.entity)
            if other.timeline is None or other.timeline.amount is None:
                continue
            for event in _events(work, other, children, str(stand.record["id"]), stand.entity, MANY):
                if event.amount is not None:
                    years = made.setdefault(other.name, defaultdict(Decimal))
                    years[event.on.year] += event.amount
    return {work.entity(name): dict(sorted(years.items())) for name, years in made.items()}


def ties(work: Work, entity: Entity, id: str, limit: int = 12) -> tuple[list[Tie], int]:
    """Neighbours of a record through entities that connect two of its kind, and how many there are in all."""
    made: list[Tie] = []
    total = 0
    for other in work.catalog.entities.values():
        if len(other.connects) != 2 or entity.name not in other.fields[other.connects[0]].columns[0].kind.entities:
            continue
        here, there = other.connects
        if not (is_open(work, other.name) and reads(work, other, here) and reads(work, other, there)):
            continue
        kinds = [
            f.name for f in other.fields.values() if f.type.name == "choice" and f.name == "kind" and reads(work, other, "kind")
        ]  # fmt: skip
        for mine, theirs, backwards in ((here, there, False), (there, here, True)):
            columns = ("id", theirs, f"{theirs}.display", *kinds)
            page = list_records(
                work,
                Query(other.name, columns, f"record.{mine} == {quote(id)}", ("-updated_at",), limit, count="capped"),
            )
            total += page.count or 0
            made += [
                Tie(str(r[theirs]), str(r[f"{theirs}.display"]), _tie_label(work, other, r, kinds, backwards))
                for r in page.rows
                if r[f"{theirs}.display"] is not None
            ]
    return made[:limit], total


def _tie_label(work: Work, other: Entity, row: Record, kinds: Sequence[str], backwards: bool) -> str:
    """The kind of a tie in words: seen from the far end, the code's attribute `reverse` where it has one."""
    if not kinds:
        return say(other.label, work.language)
    code = work.catalog.codes[str(other.fields[kinds[0]].columns[0].kind.codes)].values.get(str(row[kinds[0]]))
    if code is None:
        return str(row[kinds[0]])
    if backwards and code.attributes.get("reverse"):
        return str(code.attributes["reverse"])
    return say(code.label, work.language)
