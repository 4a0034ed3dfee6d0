"""The relationship picture as data: records of one entity and the ties between them, a few steps out from one of them. Ties and
records that the actor may not see are not in it, and are not counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from ..expressions import quote
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..metamodel.values import Query, Record
from .lists import joined, list_records
from .sight import is_open, reads
from .work import Work

DEEPEST = 3
MOST = {1: 24, 2: 44, 3: 60}
"""Records that are drawn, by depth; the middle is not counted."""
EDGES = 240
"""Ties that are looked at for each step outwards."""
AT_ONCE = 24
"""Records whose ties are asked for in one statement: a filter has a greatest length."""


class Tie(Struct, frozen=True):
    """A tie between two records, as it is read from `a` to `b`: what it is called, from when to when, and whether it is over."""

    id: str
    entity: str
    a: str
    b: str
    label: str
    back: str
    kind: str
    since: date | None = None
    until: date | None = None
    over: bool = False


class Known(Struct, frozen=True):
    """A record of the picture: how many steps out it stands, from whom it was reached, and by which tie."""

    id: str
    title: str
    depth: int
    parent: str
    tie: Tie | None


class Network(NamedTuple):
    """The records, the one in the middle first, the nearest before the others; the ties between them; the kinds of ties that were
    met (code -> label); whether there are more."""

    records: list[Known]
    ties: list[Tie]
    kinds: dict[str, str]
    more: bool


class Binding(NamedTuple):
    """An entity whose records are ties: its two links, its kind of tie and its days, as far as they are the actor's to read."""

    entity: Entity
    here: str
    there: str
    kind: str | None
    since: str | None
    until: str | None


def bindings(work: Work, entity: Entity) -> list[Binding]:
    """The entities that tie records of this one together."""
    found = []
    for other in work.catalog.entities.values():
        if len(other.connects) != 2 or not is_open(work, other.name):
            continue
        here, there = other.connects
        ends = [other.fields[name].columns[0].kind.entities for name in other.connects]
        if all(e == (entity.name,) for e in ends) and reads(work, other, here) and reads(work, other, there):
            days = [
                f.name
                for f in other.fields.values()
                if f.type.name == "date" and not f.hidden and reads(work, other, f.name)
            ]
            kinds = [f.name for f in other.fields.values() if f.type.name == "choice" and reads(work, other, f.name)]
            since, until = [*days, None, None][:2]
            found.append(Binding(other, here, there, next(iter(kinds), None), since, until))
    return found


def network(
    work: Work, entity: Entity, record: Record, depth: int = 1, kind: str = "", at: date | None = None
) -> Network:  # fmt: skip
    """What is tied to a record, up to `depth` (1 to 3) steps out; of one `kind` of tie alone; of the ties of a day alone. One
    statement for each step, tying entity and `AT_ONCE` records."""
    depth = max(1, min(depth, DEEPEST))
    centre = str(record["id"])
    known = {centre: Known(centre, str(record["display"] or ""), 0, "", None)}
    ties: dict[str, Tie] = {}
    kinds: dict[str, str] = {}
    edge, more = [centre], False
    bound = bindings(work, entity)
    for step in range(1, depth + 1):
        parts = [edge[n : n + AT_ONCE] for n in range(0, len(edge), AT_ONCE)]
        found = list({p[0].id: p for one in bound for part in parts for p in _step(work, one, part, kind, at)}.values())
        edge = []
        for tie, titles in sorted(found, key=lambda pair: (pair[0].label, min(pair[1].values()), pair[0].id)):
            kinds.setdefault(tie.kind, tie.label)
            near, far = (tie.a, tie.b) if tie.a in known else (tie.b, tie.a)
            if far not in known:
                if len(known) > MOST[depth]:
                    more = True
                    continue
                known[far] = Known(far, titles[far], step, near, tie)
                edge.append(far)
            ties[tie.id] = tie
        if not edge:
            break
    return Network(list(known.values()), list(ties.values()), kinds, more)


def _step(
    work: Work, one: Binding, edge: Sequence[str], kind: str, at: date | None
) -> Iterator[tuple[Tie, dict[str, str]]]:
    """The ties of some records, each with the titles of both ends."""
    ids = f"[{', '.join(map(quote, edge))}]"
    filter = joined(
        f"record.{one.here} in {ids} || record.{one.there} in {ids}",
        f"record.{one.kind} == {quote(kind)}" if kind and one.kind else None,
        f"record.{one.since} == null || record.{one.since} <= date('{at}')" if at and one.since else None,
        f"record.{one.until} == null || record.{one.until} >= date('{at}')" if at and one.until else None,
    )
    if kind and not one.kind:
        return
    columns = ["id", one.here, f"{one.here}.display", one.there, f"{one.there}.display"]
    columns += [c for c in (one.kind, one.since, one.until) if c]
    for row in list_records(work, Query(one.entity.name, tuple(columns), filter, ("-updated_at",), EDGES)).rows:
        titles = {str(row[name]): row[f"{name}.display"] for name in (one.here, one.there)}
        if all(title is not None for title in titles.values()):
            yield _tie(work, one, row), {id: str(title) for id, title in titles.items()}


def _tie(work: Work, one: Binding, row: Record) -> Tie:
    label, back = _labels(work, one, row)
    since, until = (row.get(name or "") for name in (one.since, one.until))
    over = until is not None and until < work.today
    kind = str(row.get(one.kind or "") or one.entity.name)
    return Tie(
        str(row["id"]), one.entity.name, str(row[one.here]), str(row[one.there]), label, back, kind, since, until, over
    )


def _labels(work: Work, one: Binding, row: Record) -> tuple[str, str]:
    """What a tie is called from its first end, and from the other: the code's attribute `reverse`, where it has one."""
    if one.kind is None:
        return (said := say(one.entity.label, work.language)), said
    codes = work.catalog.codes.get(str(one.entity.fields[one.kind].columns[0].kind.codes))
    code = codes.values.get(str(row[one.kind])) if codes is not None else None
    if code is None:
        return (said := str(row[one.kind] or say(one.entity.label, work.language))), said
    label = say(code.label, work.language)
    reverse = code.attributes.get(f"reverse_{work.language.partition('-')[0]}") or code.attributes.get("reverse")
    return label, str(reverse) if reverse else label
