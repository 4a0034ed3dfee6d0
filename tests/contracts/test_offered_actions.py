"""Every role before every entity of the demo organisation, and before a record of each state that it sees: what is offered can be
done, what is not offered is refused, and nobody makes by it a record that he may not make. On both databases."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from xrm_core.app import create_app
from xrm_core.errors import XrmError
from xrm_core.metamodel.catalog import Entity, Field
from xrm_core.metamodel.values import Query
from xrm_core.services import actions, lists, records
from xrm_core.services.permits import verdict
from xrm_core.services.proving.ground import Seat, make_ground
from xrm_core.services.proving.serving import api, page_of
from xrm_core.services.proving.writing import BY_ACCESS
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.storage.system import history
from xrm_core.web import buttons

LOOKED_AT = 300
"""Records of an entity that are looked at, for one of each state and of each set of offers."""
OF_RIGHTS = BY_ACCESS - {"refused"}
"""Codes by which a value is refused for rights; plugins use `refused` for rules of their own."""
BUTTON = re.compile(r'id="(?:do|run)-([a-z_]+)"')
NEVER = {
    ("contract", "activate"): "takes a signed file",
    ("mailing", "check"): "its sender alone checks it, and no role of the walk has sent one",
    ("obligation", "answer"): "takes a communication with the same party",
    ("order", "confirm"): "the customer's credit is used up in the sample",
    ("request", "make_urgent"): "takes an emergency",
}
"""Steps that nobody of the walk gets done, for a reason that has nothing to do with rights."""
KINDS = 100
"""Steps and actions of all entities that somebody does, at least."""


@dataclass
class Walk:
    """What was found on the way."""

    faults: list[str] = field(default_factory=list)
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    tried: dict[tuple[str, str], str] = field(default_factory=dict)
    pages: int = 0
    refused: Counter[bool] = field(default_factory=Counter)
    last: str = ""
    by_hand: set[str] = field(default_factory=set)
    asked: set[tuple[Any, ...]] = field(default_factory=set)


class Undone(Exception):
    """Takes back what was done."""


def offered(work: Work, entity: Entity, record: Mapping[str, Any]) -> dict[str, bool]:
    """What the page of a record has buttons for: name, and whether it can be pressed."""
    steps = {o.name: o.allowed for o in buttons.offers_of(work, entity, record)}
    return steps | {a.id.removeprefix("run-"): not a.closed for a in buttons.actions_of(work, entity, record)}


def standing(work: Work, entity: Entity) -> Iterator[tuple[Mapping[str, Any], Any, dict[str, bool]]]:
    """A record of each state and set of offers, of those that the actor sees, with its state and what is offered."""
    state = entity.lifecycle.field if entity.lifecycle is not None else None
    known = set()
    for row in lists.list_records(work, Query(entity.name, ("id",), sort=("-id",), limit=LOOKED_AT)).rows:
        record = records.read_record(work, entity.name, row["id"])
        found = offered(work, entity, record)
        mark = (record.get(state) if state else None, tuple(sorted(found.items())))
        if mark not in known:
            known.add(mark)
            yield record, mark[0], found


def given(work: Work, entity: Entity, record: Mapping[str, Any], name: str, *, every: bool) -> dict[str, Any]:
    """What a step or an action asks for, filled in; `every`: also what may be left empty."""
    if entity.lifecycle is not None and name in entity.lifecycle.transitions:
        asked = [entity.fields[n] for n in entity.lifecycle.transitions[name].require if n in entity.fields]
        wanted: Iterable[Field] = [f for f in asked if f.columns and record.get(f.columns[0].name) is None]
    else:
        offers = actions.actions_of(work, entity.name, buttons.whole(entity, record))
        asked = list(next(o for o in offers if o.name == name).fields)
        wanted = [f for f in asked if f.required or (every and f.columns[0].kind.kind != "ref")]
    made: dict[str, Any] = {}
    for one in wanted:
        made |= filled(work, one, record)
    if (entity.name, name) == ("request", "hand_on"):
        found = actions.run_action(work, "request", str(record["id"]), "propose").result
        users = [one["user"] for one in found if one["user"] != record.get("doer")]
        made |= {"to_user": users[0]} if users else {}
    return made


def filled(work: Work, f: Field, record: Mapping[str, Any]) -> dict[str, Any]:
    """A value that a field takes."""
    column, name = f.columns[0], f.type.name
    if column.kind.kind == "ref":
        for target in column.kind.entities:
            if target in work.catalog.entities and work.access.opens(target, "read"):
                for row in lists.list_records(work, Query(target, ("id",), limit=5)).rows:
                    if row["id"] not in record.values():
                        return {column.name: row["id"]} | ({f.columns[1].name: target} if len(f.columns) > 1 else {})
        return {}
    if name in ("date", "datetime"):
        past = getattr(f.options, "not_after", None) is not None
        day = work.today + timedelta(days=-1 if past else 3)
        return {column.name: day.isoformat() + ("T12:00:00Z" if name == "datetime" else "")}
    if column.kind.codes is not None:
        codes = work.catalog.codes[column.kind.codes].values
        types = (None, record.get("type"))
        fitting = [code for code, told in codes.items() if told.attributes.get("type") in types]
        return {column.name: fitting if name == "multi_choice" else (fitting or [*codes])[0]}
    plain: dict[str, Any] = {"boolean": False, "integer": 1, "rating": 3, "decimal": "1", "money": "1", "percent": 50}
    return {column.name: plain.get(name, "Proof")}


def is_by_rights(fault: XrmError) -> bool:
    """Whether somebody was refused for what he may, and not for how things stand."""
    return fault.status in (403, 404) or fault.code in BY_ACCESS or any(p.code in OF_RIGHTS for p in fault.problems)


def latest(work: Work) -> str:
    """The newest entry of the history."""
    return str(work.tx.conn.execute(sa.select(history.c.id).order_by(history.c.id.desc()).limit(1)).scalar_one())


def made_since(work: Work, entry: str) -> list[tuple[str, str]]:
    """Entity and id of the records that were made after an entry of the history."""
    fresh = sa.select(history.c.entity, history.c.record_id).where(
        history.c.id > entry, history.c.action == "create", history.c.parent_id.is_(None)
    )
    return [(str(entity), str(id)) for entity, id in work.tx.conn.execute(fresh)]


def do(work: Work, walk: Walk, seat: Seat, record: Mapping[str, Any], name: str) -> None:
    """Do what is offered: rights have nothing against it, and what it makes its actor could have made."""
    entity, id, mark = seat.entity, str(record["id"]), (seat.entity.name, name)
    who = f"{seat.prober.role}: {name} on {entity.name} {id}"
    walk.tried.setdefault(mark, "")
    for every in (False, True):
        try:
            with work.tx.savepoint():
                try:
                    if mark in work.host.actions:
                        actions.run_action(work, entity.name, id, name, given(work, entity, record, name, every=every))
                    else:
                        values = given(work, entity, record, name, every=every)
                        records.run_transition(work, entity.name, id, name, values, reason="Proof")
                except XrmError as fault:
                    walk.tried[mark] = f"{fault} {[(p.field, p.message) for p in fault.problems]}"
                    if is_by_rights(fault):
                        walk.faults.append(f"{who} is offered and refused: {walk.tried[mark]}")
                else:
                    walk.done[mark] += 1
                    walk.faults += [f"{who} makes {what}" for what in strange(work, walk)]
                    every = True
                raise Undone
        except Undone:
            work.forget()
            work.moved.clear()
        if every:
            return


def strange(work: Work, walk: Walk) -> list[str]:
    """What was made just now that the actor may not make. What nobody makes by hand (decisions, readings of health) is none of it."""
    found = []
    for entity, id in made_since(work, walk.last):
        stored = work.load(entity, id)
        if stored is not None and entity in walk.by_hand and not verdict(work, entity, "create", stored).allowed:
            found.append(f"{entity} {id}")
    return found


def ask(walk: Walk, seat: Seat, id: str, state: Any, found: Mapping[str, bool]) -> None:
    """What the API and the page of a record offer is the same; what is not offered is refused by the API: by rights as 403 or 404,
    by how things stand as any fault of the one who asks."""
    name, known = seat.entity.name, seat.ground.runtime.host.actions
    steps = {*(seat.entity.lifecycle.transitions if seat.entity.lifecycle else ()), *(n for e, n in known if e == name)}
    can = {n for n, is_open in found.items() if is_open}
    marks = {(seat.prober.role, name), (name, state, *sorted(can))} - walk.asked
    if marks and seat.entity.parent is None:
        walk.asked |= marks
        status, html = page_of(seat, f"/e/{name}/{id}")
        walk.pages += 1
        if status != 200 or set(BUTTON.findall(html)) != can:
            walk.faults.append(
                f"{seat.prober.role}: the page of {name} {id} ({status}) has {BUTTON.findall(html)}, offered are {can}"
            )
        for kind in ("transitions", "actions"):
            told = {o["name"] for o in json.loads(api(seat, "GET", f"/{name}/{id}/{kind}")[1])["items"] if o["allowed"]}
            shown = {n for n in can if ((name, n) in known) == (kind == "actions")}
            if told != shown:
                walk.faults.append(f"{seat.prober.role}: {kind} of {name} {id} by the API {told}, by the page {shown}")
    for step in sorted(steps - can):
        spec = known.get((name, step))
        closed = not (seat.verdict(id, step)[0] or (spec is not None and spec.effect == "read"))
        mark = (seat.prober.role, name, step, closed) if closed else (name, state, step, closed)
        if mark in walk.asked:
            continue
        walk.asked.add(mark)
        status, body = api(seat, "POST", f"/{name}/{id}/{step}", {})
        walk.refused[closed] += 1
        if status not in (403, 404) if closed else not 400 <= status < 500:
            walk.faults.append(
                f"{seat.prober.role} gets {status} for {step} on {name} {id}, which is not offered: {body[:300]!r}"
            )


def walked(runtime: Runtime) -> Walk:
    """Everybody before everything."""
    ground, walk = make_ground(runtime, create_app(runtime, worker=False, watch=False)), Walk()
    granted = {(g.entity, v) for g in ground.catalog.grants for v in g.verbs if not g.deny}
    walk.by_hand = {name for name, verb in granted if verb == "create" and name is not None}
    for seat in ground.seats():
        stood: list[tuple[str, Any, dict[str, bool]]] = []
        with runtime.work(seat.prober.actor, "api", write=True) as work:
            if work.access.opens(seat.entity.name, "read") and (
                seat.entity.lifecycle or any(e == seat.entity.name for e, _ in runtime.host.actions)
            ):
                walk.last = latest(work)
                for record, state, found in standing(work, seat.entity):
                    stood.append((str(record["id"]), state, found))
                    for name in (n for n, can in found.items() if can):
                        do(work, walk, seat, record, name)
        for one in stood:
            ask(walk, seat, *one)
    return walk


def test_offered_is_done_and_what_is_not_is_refused(brightwater: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    """Everybody before everything, by the services, the pages and the API."""
    walk = walked(brightwater)
    assert not walk.faults, "\n".join(walk.faults[:40])
    undone = {mark: told for mark, told in walk.tried.items() if mark not in walk.done and mark not in NEVER}
    assert not undone
    assert len(walk.done) >= KINDS
    assert walk.pages >= KINDS
    assert min(walk.refused[True], walk.refused[False]) >= KINDS
    broken = [r.getMessage() for r in caplog.records if "could not be read" in r.getMessage()]
    assert not broken
