"""Channels that change records through the services. Everything they do is undone; what counts is whether access refuses.

An open verb may still be refused by a rule of the domain: then the answer is that access did not refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from ...errors import BadRequest, InvalidRecord, NotFound, Refused, XrmError
from ...metamodel.catalog import Field
from ...storage.ids import new_id
from .. import actions, bulk, deleting, past, records
from ..bulk import RowResult
from ..work import Work
from .channels import Probe, channel
from .ground import Seat
from .reading import FEW

REFUSED, MISSING, OPEN = "refused", "missing", "open"
BY_ACCESS = frozenset({"refused", "not_allowed", "unknown_field", "transition_refused"})
PLAIN: dict[str, Any] = {
    "text": "Proof",
    "long_text": "Proof",
    "integer": 3,
    "boolean": True,
    "decimal": Decimal(3),
    "date": "2020-02-02",
}
PEOPLE = frozenset({"user", "membership", "deputy"})
"""Entities whose writes have a guard of their own beside the grants."""


class _Undo(Exception):
    """Takes back what was done."""


def tried(work: Work, do: Callable[..., Any], *args: Any, **more: Any) -> str:
    """Whether access refuses, and how; whatever was done is undone."""
    found = OPEN
    try:
        with work.tx.savepoint():
            try:
                answer = do(*args, **more)
                if isinstance(answer, list) and answer and isinstance(answer[0], RowResult):
                    found = _of_rows(answer[0])
            except NotFound as fault:
                found = MISSING if fault.code in ("not_found", "unknown_entity") else OPEN
            except Refused as fault:
                found = REFUSED if fault.code in BY_ACCESS else OPEN
            except InvalidRecord as fault:
                found = REFUSED if any(p.code in BY_ACCESS for p in fault.problems) else OPEN
            except BadRequest as fault:
                found = REFUSED if fault.code in BY_ACCESS else OPEN
            except XrmError:
                found = OPEN
            raise _Undo
    except _Undo:
        work.forget()
        work.moved.clear()
    return found


def _of_rows(result: RowResult) -> str:
    if any(p.code == "not_found" for p in result.problems):
        return MISSING
    return REFUSED if any(p.code in BY_ACCESS for p in result.problems) else OPEN


def _rows_of(seat: Seat, verb: str) -> list[str]:
    """Records of each kind: the verb is open on some, closed on others, and others are not seen."""
    near = seat.near
    opened = list(islice((id for id in near if seat.verdict(id, verb)[0]), FEW))
    return [*opened, *seat.shut(verb, FEW), *seat.unseen[:1]]


def _expected(seat: Seat, id: str, verb: str) -> str:
    """What is not seen is missing, or refused where the verb is open on nothing at all: the same as for what does not exist."""
    if id not in seat.seen:
        return MISSING if seat.exists(None, verb) or not seat.is_open else REFUSED
    return OPEN if seat.verdict(id, verb)[0] else REFUSED


def _settable(seat: Seat) -> list[Field]:
    """Fields that a write can name and that decide nothing about access."""
    texts = " ".join(str(g.rows) for g in seat.ground.catalog.grants)
    keys = {c for key in seat.entity.keys for c in key.columns}
    state = seat.entity.lifecycle.field if seat.entity.lifecycle is not None else ""
    return [
        f for f in seat.entity.fields.values()
        if f.type.name in PLAIN and len(f.columns) == 1 and not (f.read_only or f.virtual or f.retired or f.unique or f.name in keys)
        and f.name != state and not f.read_only_when and not f.visible_when and f"record.{f.name}" not in texts
    ]  # fmt: skip


@channel("update", "records.update_record", writes=True)
def updated(work: Work, seat: Seat) -> Iterator[Probe]:
    """A field that is open, and one that is not, on records of each kind."""
    name = seat.entity.name
    if seat.entity.append_only:
        return
    fields = _settable(seat)
    for id in [*_rows_of(seat, "update"), new_id()]:
        open_fields = seat.verdict(id, "update")[1] if id in seat.live else frozenset[str]()
        chosen = [f for f in fields if f.name in open_fields][:1] + [f for f in fields if f.name not in open_fields][
            :FEW
        ]
        for field in chosen:
            column, now = field.columns[0].name, (seat.live[id].get(field.columns[0].name) if id in seat.live else None)
            value = PLAIN[field.type.name]
            if now is not None and str(now) == str(value):
                continue
            expected = _expected(seat, id, "update")
            if expected == OPEN and field.name not in open_fields:
                expected = REFUSED
            if expected == OPEN and name in PEOPLE:
                continue
            values = {column: value if not isinstance(value, bool) else not now}
            yield Probe(
                "update",
                expected,
                tried(work, records.update_record, work, name, id, values),
                f"{name} {id} {column}",
            )


@channel("delete", "deleting.delete_record", writes=True)
def deleted(work: Work, seat: Seat) -> Iterator[Probe]:
    """Records of each kind."""
    name = seat.entity.name
    if seat.entity.append_only or name in PEOPLE:
        return
    for id in [*_rows_of(seat, "delete"), new_id()]:
        expected = _expected(seat, id, "delete")
        yield Probe("delete", expected, tried(work, deleting.delete_record, work, name, id), f"delete {name} {id}")


@channel("bin", "deleting.restore_record", "deleting.purge_record", writes=True)
def binned(work: Work, seat: Seat) -> Iterator[Probe]:
    """What lies in the bin is neither brought back nor removed by those who may not."""
    name = seat.entity.name
    for id in [i for i, r in seat.ground.records[name].items() if r["deleted_at"] is not None][:FEW] + list(seat.seen)[
        :1
    ]:
        for verb, do in (("restore", deleting.restore_record), ("purge", deleting.purge_record)):
            if not seat.verdict(id, verb)[0]:
                found = tried(work, do, work, name, id)
                yield Probe(
                    verb, "closed", "closed" if found != OPEN or id in seat.live else found, f"{verb} {name} {id}"
                )


@channel("create", "records.create_record", writes=True)
def created(work: Work, seat: Seat) -> Iterator[Probe]:
    """An empty record: refused where nothing opens creating; where something does on all rows, access has no objection."""
    name = seat.entity.name
    if name in PEOPLE:
        return
    opened = seat.exists(None, "create")
    found = tried(work, records.create_record, work, name, {})
    if not opened:
        yield Probe("create", "closed", "closed" if found != OPEN else found, f"create {name}")
        for field in _settable(seat)[:1]:
            again = tried(work, records.create_record, work, name, {field.columns[0].name: PLAIN[field.type.name]})
            yield Probe("create", "closed", "closed" if again != OPEN else again, f"create {name} with {field.name}")
    elif all(seat.exists(f.name, "create") for f in seat.entity.fields.values() if f.required) and _always(
        seat, "create"
    ):
        yield Probe("create", OPEN, found, f"create {name}")


def _always(seat: Seat, verb: str) -> bool:
    """Whether some grant opens the verb whatever the record."""
    roles = {*seat.prober.actor.roles, "everyone"}
    return any(
        g.rows is True and not g.deny and verb in g.verbs and g.role in roles
        for g in seat.ground.catalog.grants_on(seat.entity)
    )  # fmt: skip


@channel("transition", "records.run_transition", writes=True)
def moved(work: Work, seat: Seat) -> Iterator[Probe]:
    """Each transition on a record in a state that it leaves, seen and not seen."""
    cycle, name = seat.entity.lifecycle, seat.entity.name
    for transition in cycle.transitions.values() if cycle is not None else ():
        fitting = [
            i
            for i, r in seat.live.items()
            if not transition.sources or r[str(cycle and cycle.field)] in transition.sources
        ]
        for id in [*[i for i in fitting if i in seat.seen][:FEW], *[i for i in fitting if i not in seat.seen][:1]]:
            expected = _expected(seat, id, transition.name)
            if expected == OPEN and transition.may and not set(transition.may) & seat.prober.actor.roles:
                expected = REFUSED
            if expected == OPEN and transition.automatic:
                continue
            found = tried(work, records.run_transition, work, name, id, transition.name, reason="proof")
            yield Probe(transition.name, expected, found, f"{transition.name} {name} {id}")


@channel("action", "actions.run_action", writes=True)
def acted(work: Work, seat: Seat) -> Iterator[Probe]:
    """Each action of a plugin: closed ones are refused."""
    name = seat.entity.name
    for (of, action), spec in work.host.actions.items():
        if of != name:
            continue
        for id in [*list(seat.seen)[:FEW], *seat.unseen[:1]]:
            verb_open = seat.verdict(id, action)[0] or (spec.effect == "read" and id in seat.seen)
            found = tried(work, actions.run_action, work, name, id, action, {})
            if not (verb_open and id in seat.seen):
                yield Probe(action, "closed", "closed" if found != OPEN else found, f"{action} {name} {id}")


@channel("bulk", "bulk.upsert_records", writes=True)
def by_bulk(work: Work, seat: Seat) -> Iterator[Probe]:
    """The same update in bulk, by id."""
    name = seat.entity.name
    if seat.entity.append_only or name in PEOPLE:
        return
    fields = _settable(seat)
    for id in _rows_of(seat, "update"):
        allowed, open_fields = seat.verdict(id, "update")
        for field in [f for f in fields if f.name in open_fields][:1] + [
            f for f in fields if f.name not in open_fields
        ][:1]:
            column = field.columns[0].name
            now, value = seat.live[id].get(column), PLAIN[field.type.name]
            if now is not None and str(now) == str(value):
                continue
            expected = OPEN if id in seat.seen and allowed and field.name in open_fields else "closed"
            row = {"id": id, column: not now if isinstance(value, bool) else value}
            found = tried(work, bulk.upsert_records, work, name, [row], mode="update")
            yield Probe("update", expected, found if found == OPEN else "closed", f"bulk {name} {id} {column}")


@channel("past", "past.restore_values", writes=True)
def brought_back(work: Work, seat: Seat) -> Iterator[Probe]:
    """A former value is not brought back on a record that is not seen, or may not be changed."""
    name = seat.entity.name
    for id in [*seat.unseen[:1], *seat.shut("update")]:
        found = tried(work, past.restore_values, work, name, id, new_id(), ["version"])
        yield Probe("update", "closed", "closed" if found != OPEN else found, f"restore values {name} {id}")
