"""Channels that hold what is not for a reader against what there is not at all: steps and actions, their forms, figures, the log of
access, the description of the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ...metamodel.catalog import Entity
from ...metamodel.values import Query
from ...storage.ids import new_id
from .. import lists
from ..work import Work
from .channels import Probe, channel
from .ground import Seat
from .reading import MISSING, outcome
from .serving import SHUT, api, page_of, strangers

LOG_READERS = frozenset({"auditor", "admin"})


def _steps(seat: Seat) -> list[str]:
    """Names of the first transition and the first action on records of the entity."""
    known = seat.entity.lifecycle
    steps = [name for name, one in known.transitions.items() if not one.automatic][:1] if known else []
    return steps + [name for entity, name in seat.ground.runtime.host.actions if entity == seat.entity.name][:1]


@channel(
    "api steps", "GET /api/{entity}/{id}/transitions", "GET /api/{entity}/{id}/actions", "POST /api/{entity}/{id}/{action}", web=True
)  # fmt: skip
def api_steps(_: Work, seat: Seat) -> Iterator[Probe]:
    """Steps and actions on a record that is not seen answer as those on one that there is not."""
    steps, name = _steps(seat), seat.entity.name
    for id in seat.unseen[:1] if steps else ():
        for method, path in (
            ("GET", "transitions"),
            ("GET", "actions"),
            *(("POST", step) for step in steps),
        ):
            absent, unseen = (_refused(seat, method, f"/{name}/{one}/{path}", one) for one in (new_id(), id))
            yield Probe("update", (absent, True), (unseen, unseen[0] in SHUT), f"{method} /api/{name}/{id}/{path}")


def _refused(seat: Seat, method: str, path: str, id: str) -> tuple[int, str]:
    """Status and text of a refusal, the id left out of it."""
    status, body = api(seat, method, path, {} if method == "POST" else None)
    return status, body.decode("utf-8", "replace").replace(id, "")


@channel(
    "page steps", "GET /e/{entity}/{id}/do/{name}", "GET /e/{entity}/{id}/run/{name}", "GET /e/{entity}/{id}/field/{name}", web=True
)  # fmt: skip
def page_steps(_: Work, seat: Seat) -> Iterator[Probe]:
    """The forms of steps, actions and single fields are missing on a record that is not seen, and lead to nothing strange on one
    that is."""
    steps, name = _steps(seat), seat.entity.name
    field = next(iter(_plain(seat.entity)), "")
    for id in [*seat.unseen[:1], *list(seat.seen)[:1]] if steps else ():
        for path in (*(f"{kind}/{step}" for step in steps for kind in ("do", "run")), f"field/{field}"):
            status, html = page_of(seat, f"/e/{name}/{id}/{path}")
            if id not in seat.seen:
                shut = SHUT if seat.is_open else {404}
                yield Probe("update", True, status in shut, f"GET /e/{name}/{id}/{path}: {status}")
            yield Probe("read", [], strangers(seat, html), f"records of /e/{name}/{id}/{path}")


def _plain(entity: Entity) -> Iterator[str]:
    return (name for name, field in entity.fields.items() if field.columns and field.columns[0].stored)


@channel("totals", "lists.grouped_records")
def totals(work: Work, seat: Seat) -> Iterator[Probe]:
    """How many records have each value of a choice; by a field that does not exist for the reader there is no answer."""
    name, choices = seat.entity.name, [f for f in seat.entity.fields.values() if f.type.name == "choice"]
    for field in choices:
        column = field.columns[0].name
        if column in seat.columns and seat.is_open:
            expected: dict[Any, int] = {}
            for row in seat.seen.values():
                expected[row[column]] = expected.get(row[column], 0) + 1
            found = outcome(lists.grouped_records, work, Query(name), column)
            counts = found if isinstance(found, str) else {value: of[0] for value, of in found.items()}
            yield Probe("read", expected, counts, f"{name} by {column}")
            break
    for column in seat.hidden[:1]:
        shut = "unknown" if seat.is_open else MISSING
        yield Probe("read", shut, outcome(lists.grouped_records, work, Query(name), column), f"{name} by {column}")


@channel("what is said of itself", "GET /api/openapi.json", "GET /access/log", "GET /access/log/export", web=True)
def said(_: Work, seat: Seat) -> Iterator[Probe]:
    """The description of the API names the entities that there are for its reader, and their fields, alone; the log of access is for
    those who look after it. Once for each person."""
    if seat.entity.name != "user":
        return
    status, body = api(seat, "GET", "/openapi.json", None)
    document, oracle = json.loads(body), seat.oracle
    entities = [one for one in seat.ground.catalog.entities.values() if not one.retired]
    told = {one.name for one in entities if f"/api/{one.name}" in document["paths"]}
    yield Probe(
        "read", (200, []), (status, sorted(n for n in told if not oracle.exists(n))), "entities of /api/openapi.json"
    )
    named = {name: set(of.get("properties", ())) for name, of in document["components"]["schemas"].items()}
    strange = sorted(
        f"{one.name}.{column.name}"
        for one in entities
        for field in one.fields.values()
        for column in field.columns
        if column.name in named.get(one.name, ()) and not oracle.exists(one.name, field.name)
    )
    yield Probe("read", [], strange, "fields of /api/openapi.json")
    for path in ("/access/log", "/access/log/export"):
        status, _html = page_of(seat, path)
        yield Probe("read", seat.prober.role in LOG_READERS, status not in SHUT, f"GET {path}: {status}")
