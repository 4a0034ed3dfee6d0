"""Channels that read through the services."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...errors import BadRequest, NotFound, Refused
from ...expressions import ExprError
from ...metamodel.catalog import SYSTEM_COLUMNS, Children, View
from ...metamodel.values import Query
from ...storage.ids import new_id
from .. import actions, exporting, integrated, lists, network, past, records, similar, transitions
from ..work import Work
from .channels import Probe, channel
from .ground import Seat

SHUT, MISSING, ANSWERED = "shut", "missing", "answered"
PAGE = 500
FEW = 2


def outcome(ask: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """What an answer comes to: itself, or how it was refused."""
    try:
        return ask(*args, **more)
    except NotFound:
        return MISSING
    except Refused as fault:
        return SHUT if fault.code in ("refused", "not_allowed") else ANSWERED
    except (BadRequest, ExprError):
        return "unknown"


def told(rows: Mapping[str, Mapping[str, Any]], columns: tuple[str, ...]) -> dict[str, tuple[Any, ...]]:
    """Records as they are compared."""
    return {id: tuple(row[c] for c in columns) for id, row in rows.items()}


def _pages(work: Work, query: Query) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    while True:
        page = lists.list_records(work, query)
        found.update((str(r["id"]), r) for r in page.rows)
        if page.next is None:
            return found
        query = Query(query.entity, query.columns, query.filter, query.sort, query.limit, page.next)


@channel("list", "lists.list_records")
def listed(work: Work, seat: Seat) -> Iterator[Probe]:
    """All records with all columns; a column that does not exist for the reader."""
    name, columns = seat.entity.name, seat.columns
    expected = told(seat.seen, columns) if seat.is_open else MISSING
    found = outcome(_pages, work, Query(name, ("id", *columns), sort=("id",), limit=PAGE))
    yield Probe("read", expected, found if isinstance(found, str) else told(found, columns), f"list {name}")
    for column in seat.hidden[:FEW] if seat.is_open else ():
        for query in (
            Query(name, (column,)),
            Query(name, ("id",), sort=(column,)),
            Query(name, ("id",), f"record.{column} != null"),
        ):
            yield Probe("read", "unknown", outcome(lists.list_records, work, query), f"{name} by hidden {column}")


@channel("count", "lists.count_records")
def counted(work: Work, seat: Seat) -> Iterator[Probe]:
    """How many there are."""
    expected = len(seat.seen) if seat.is_open else MISSING
    yield Probe("read", expected, outcome(lists.count_records, work, Query(seat.entity.name)))


@channel("get", "records.read_record")
def read(work: Work, seat: Seat) -> Iterator[Probe]:
    """One that is seen, one that is not, one that does not exist."""
    name, columns = seat.entity.name, seat.columns
    for id in [*list(seat.seen)[:FEW], *seat.unseen[:FEW], new_id()]:
        seen = seat.seen.get(id)
        expected = MISSING if seen is None else tuple(seen[c] for c in columns)
        asked = outcome(records.read_record, work, name, id, ("id", *columns))
        found = asked if isinstance(asked, str) else tuple(asked[c] for c in columns)
        yield Probe("read", expected, found, f"get {name} {id}")


@channel("search", "lists.lookup")
def searched(work: Work, seat: Seat) -> Iterator[Probe]:
    """A picker without words and with one of a title: nothing that is not seen."""
    name = seat.entity.name
    words = [""]
    if seat.entity.search and seat.live:
        text = next(
            (
                str(v)
                for r in seat.live.values()
                for c, v in r.items()
                if c in seat.entity.search and isinstance(v, str) and v
            ),
            "",
        )
        words += text.split()[:1]
    for word in words:
        found = outcome(lists.lookup, work, name, word, 50)
        extra = (
            found if isinstance(found, str) else sorted(str(r["id"]) for r in found if str(r["id"]) not in seat.seen)
        )
        yield Probe("read", [] if seat.is_open else MISSING, extra, f"lookup {name} {word!r}")


@channel("group", "lists.board")
def grouped(work: Work, seat: Seat) -> Iterator[Probe]:
    """The columns of a board with how many records stand in each, where the fields that it shows are read."""
    for view in work.catalog.views.values():
        if view.entity != seat.entity.name or view.kind != "board" or view.by is None or view.filter is not None:
            continue
        if not seat.is_open:
            yield Probe("read", MISSING, outcome(lists.board, work, view), f"board {view.name}")
        elif _shows_all(seat, (view.by, *view.card, view.sum or "id", *view.sort)):
            expected: dict[Any, int] = {}
            for row in seat.seen.values():
                if row[view.by] is not None:
                    expected[row[view.by]] = expected.get(row[view.by], 0) + 1
            yield Probe("read", expected, outcome(_counts, work, view), f"board {view.name}")


def _counts(work: Work, view: View) -> dict[str, int]:
    return {column.code: column.count for column in lists.board(work, view, limit=1) if column.count}


def _shows_all(seat: Seat, paths: Iterable[str]) -> bool:
    """Whether all of these are fields of the entity itself that the reader knows."""
    known = seat.entity
    names = [known.field_of_column.get(p.lstrip("-"), p.lstrip("-")) for p in paths]
    return all(n in SYSTEM_COLUMNS or (n in known.fields and seat.exists(n)) for n in names)


@channel("nested", "lists.nested_records")
def nested(work: Work, seat: Seat) -> Iterator[Probe]:
    """Records that point to those that are seen: of these only the ones that are seen themselves, by a link that is."""
    ids = list(seat.seen)[:20]
    for children in seat.entity.children.values() if ids else ():
        other, oracle = seat.ground.catalog.entities[children.entity], seat.oracle
        if children.by in other.columns and oracle.exists(other.name) and oracle.exists(other.name, children.by):
            expected = sorted(i for i, r in seat.ground.rows(seat.prober, other.name).items() if r[children.by] in ids)
            found = outcome(_pointing, work, children, ids)
            yield Probe("read", expected, found, f"{seat.entity.name}.{children.name}")


def _pointing(work: Work, children: Children, ids: list[str]) -> list[str]:
    return sorted(str(r["id"]) for rows in lists.nested_records(work, children, ids, ("id",)).values() for r in rows)


@channel(
    "integrated", "integrated.standings", "integrated.sources", "integrated.dated",
    "integrated.events", "integrated.next_steps", "integrated.money_by_year",
)  # fmt: skip
def together(work: Work, seat: Seat) -> Iterator[Probe]:
    """The relationships, events, next steps and ties of a record: nothing that is not seen."""
    if not seat.entity.integrates:
        return
    for id in list(seat.seen)[:FEW]:
        stands = integrated.standings(work, seat.entity, id)
        strange = [
            f"{s.entity.name} {s.record['id']}" for s in stands if not seat.sees(s.entity.name, str(s.record["id"]))
        ]
        events = integrated.events(work, seat.entity, id, stands).events
        told = [(e.entity.name, e.id) for e in events]
        told += [(s.entity.name, s.id) for s in integrated.next_steps(work, seat.entity, id, stands)]
        strange += [f"{name} {one}" for name, one in told if not seat.sees(name, one)]
        drawn = network.network(work, seat.entity, {"id": id, "display": ""}, 2)
        strange += [one.id for one in drawn.records if not seat.sees(seat.entity.name, one.id)]
        strange += [tie.id for tie in drawn.ties if not seat.sees(tie.entity, tie.id)]
        integrated.money_by_year(work, seat.entity, id, stands)
        yield Probe("read", [], strange, f"integrated {seat.entity.name} {id}")


@channel("similar", "similar.like_typed", "similar.pairs", "similar.seen_of", "GET /e/{entity}/similar")
def likened(work: Work, seat: Seat) -> Iterator[Probe]:
    """What looks like a record when it is typed anew, and pairs: nothing that is not seen, by no field that is not seen of it."""
    if seat.entity.similar is None or not seat.is_open:
        return
    strange: list[str] = []
    for id in [*list(seat.seen)[:FEW], *seat.unseen[:FEW]]:
        typed = {k: v for k, v in seat.live[id].items() if k in seat.columns and isinstance(v, str)}
        typed.pop("id", None)
        for one in similar.like_typed(work, seat.entity, typed):
            strange += _not_seen(seat, one.id, one.raw)
    found = similar.pairs(work, seat.entity, limit=FEW)
    for pair in (*found.pairs[:FEW], *(pair for pair, __ in found.apart)):
        for seen in (pair.one, pair.other):
            strange += _not_seen(seat, seen.id, seen.raw)
    yield Probe("read", [], strange, f"similar {seat.entity.name}")


def _not_seen(seat: Seat, id: str, raw: Iterable[tuple[str, Any]]) -> list[str]:
    """What was compared of a record beyond what the reader sees of it."""
    row = seat.seen.get(id)
    if row is None:
        return [id]
    own = [(path, value) for path, value in raw if "." not in path]
    return [f"{id}.{path}" for path, value in own if value is not None and row.get(path) != value]


@channel("export", "exporting.export")
def exported(work: Work, seat: Seat) -> Iterator[Probe]:
    """A file of all records."""
    name = seat.entity.name

    def ids() -> list[str]:
        made = exporting.export(work, Query(name, ("id",), sort=("id",)), "ndjson")
        return sorted(json.loads(line)["id"] for line in made.body.splitlines())

    opened = seat.is_open and seat.exists(None, "export")
    yield Probe("export", sorted(seat.seen) if opened else "closed", _closed(outcome(ids)), f"export {name}")


def _closed(found: Any) -> Any:
    return "closed" if found in (MISSING, SHUT) else found


@channel("history", "past.history_of")
def remembered(work: Work, seat: Seat) -> Iterator[Probe]:
    """The history of a record that is seen tells of fields that are; of one that is not there is none."""
    name, owner = seat.entity.name, seat.entity.field_of_column
    for id in [*list(seat.seen)[:FEW], *seat.unseen[:FEW]]:
        found = outcome(past.history_of, work, name, id)
        if id in seat.seen and seat.verdict(id, "history")[0]:
            fields = seat.verdict(id, "read")[1]
            strange = (
                found
                if isinstance(found, str)
                else sorted({c for e in found if e.entity == name for c in e.changes if owner.get(c, c) not in fields})
            )
            yield Probe("history", [], strange, f"history {name} {id}")
        else:
            yield Probe("history", "closed", _closed(found), f"history {name} {id}")


@channel("offers", "transitions.transitions_of", "actions.actions_of")
def offered(work: Work, seat: Seat) -> Iterator[Probe]:
    """What is offered on a record is only what may be done with it."""
    for id in list(seat.seen)[:FEW]:
        record = seat.live[id]
        offers = [o.name for o in transitions.transitions_of(work, seat.entity.name, record) if o.allowed]
        offers += [
            o.name for o in actions.actions_of(work, seat.entity.name, record) if o.allowed and o.effect != "read"
        ]
        strange = [name for name in offers if not seat.verdict(id, name)[0]]
        yield Probe("update", [], strange, f"offers of {seat.entity.name} {id}")
