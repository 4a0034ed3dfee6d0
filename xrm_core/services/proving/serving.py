"""Channels that go through the web application: the API and the pages, as programs and browsers ask them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...storage.ids import new_id
from ..signing.sessions import cookie_name
from ..work import Work
from .channels import Probe, channel
from .ground import Seat

HREF = re.compile(r"/e/([a-z][a-z0-9_]*)/([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{22})")
SHUT = frozenset({401, 403, 404})
REFUSED = SHUT | {422}
FIRST = 50


def api(seat: Seat, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    """What the API answers this person: status and body."""
    headers = {"Authorization": f"Bearer {seat.prober.token}"}
    raw = b"" if body is None else json.dumps(body).encode()
    if body is not None:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(raw))}
    assert seat.ground.web is not None
    return seat.ground.web(method, f"/api{path}", headers, raw)


def page_of(seat: Seat, path: str) -> tuple[int, str]:
    """A page, as the browser of this person gets it: status and text."""
    cookie = cookie_name(seat.ground.runtime.settings)
    assert seat.ground.web is not None
    status, body = seat.ground.web("GET", path, {"Cookie": f"{cookie}={seat.prober.session}"}, b"")
    return status, body.decode("utf-8", "replace")


def _strange_columns(seat: Seat, row: Mapping[str, Any]) -> list[str]:
    """Columns of an answer that the reader sees on no record, and such as are closed on this one and yet have a value."""
    owner, fields = seat.entity.field_of_column, seat.verdict(str(row["id"]), "read")[1]
    known = {*seat.entity.columns, *seat.entity.fields}
    return sorted(
        name for name, value in row.items()
        if name in known and (name in seat.hidden or (value not in (None, [], False) and owner.get(name, name) not in fields))
    )  # fmt: skip


@channel("api list", "GET /api/{entity}", web=True)
def api_list(_: Work, seat: Seat) -> Iterator[Probe]:
    """The first records by id, with what is read of them, and how many there are."""
    status, body = api(seat, "GET", f"/{seat.entity.name}?sort=id&limit={FIRST}&count=exact")
    if not seat.is_open:
        yield Probe("read", 404, status, f"GET /api/{seat.entity.name}")
        return
    answer = json.loads(body)
    rows = answer.get("items", answer.get("data", answer.get("rows", [])))
    expected = sorted(seat.seen)[:FIRST]
    yield Probe(
        "read",
        (200, expected, len(seat.seen)),
        (status, [r["id"] for r in rows], answer.get("count")),
        f"GET /api/{seat.entity.name}",
    )
    yield Probe(
        "read", [], sorted({c for r in rows for c in _strange_columns(seat, r)}), f"columns of /api/{seat.entity.name}"
    )


@channel("api get", "GET /api/{entity}/{id}", "GET /api/{entity}/{id}/history", web=True)
def api_get(_: Work, seat: Seat) -> Iterator[Probe]:
    """One that is seen, one that is not, one that does not exist: the last two answer the same."""
    name = seat.entity.name
    for id in [*list(seat.seen)[:1], *seat.unseen[:1], new_id()]:
        status, body = api(seat, "GET", f"/{name}/{id}")
        yield Probe("read", 200 if id in seat.seen else 404, status, f"GET /api/{name}/{id}")
        if status == 200 and id in seat.seen:
            yield Probe("read", [], _strange_columns(seat, json.loads(body)), f"columns of /api/{name}/{id}")
        past, _body = api(seat, "GET", f"/{name}/{id}/history")
        if id not in seat.seen:
            yield Probe("history", True, past in SHUT, f"GET /api/{name}/{id}/history")


@channel("api write", "POST /api/{entity}", "PATCH /api/{entity}/{id}", "DELETE /api/{entity}/{id}", web=True)
def api_write(_: Work, seat: Seat) -> Iterator[Probe]:
    """What is closed is refused, and a record that is not seen is missing. (What is open is proved where it can be undone.)"""
    name = seat.entity.name
    if not seat.exists(None, "create"):
        yield Probe("create", True, api(seat, "POST", f"/{name}", {})[0] in SHUT, f"POST /api/{name}")
    for verb, method, body in (("update", "PATCH", {"id": new_id()}), ("delete", "DELETE", None)):
        for id in seat.shut(verb):
            yield Probe(
                verb, True, api(seat, method, f"/{name}/{id}", body)[0] in REFUSED, f"{method} /api/{name}/{id}"
            )
        for id in seat.unseen[:1]:
            absent, unseen = (api(seat, method, f"/{name}/{one}", body)[0] for one in (new_id(), id))
            yield Probe(verb, (absent, True), (unseen, unseen in SHUT), f"{method} /api/{name}/{id}")


@channel("api export", "GET /api/{entity}/export", web=True)
def api_export(_: Work, seat: Seat) -> Iterator[Probe]:
    """A file of all ids."""
    status, body = api(seat, "GET", f"/{seat.entity.name}/export?format=ndjson&fields=id&sort=id")
    if not (seat.is_open and seat.exists(None, "export")):
        yield Probe("export", True, status in SHUT, f"GET /api/{seat.entity.name}/export")
        return
    ids = sorted(json.loads(line)["id"] for line in body.splitlines()) if status == 200 else []
    yield Probe("export", (200, sorted(seat.seen)), (status, ids), f"GET /api/{seat.entity.name}/export")


def strangers(seat: Seat, html: str) -> list[str]:
    """Records that a page leads to and that its reader does not see."""
    return sorted({f"{e} {i}" for e, i in HREF.findall(html) if e in seat.ground.records and not seat.sees(e, i)})


@channel("page list", "GET /e/{entity}", "GET /e/{entity}/bin", "GET /e/{entity}/export", web=True)
def page_list(_: Work, seat: Seat) -> Iterator[Probe]:
    """The list leads to nothing that is not seen; where nothing is, there is no page, no bin and no file."""
    name = seat.entity.name
    if seat.entity.parent is not None:
        return
    status, html = page_of(seat, f"/e/{name}")
    yield Probe("read", 200 if seat.is_open else 404, status, f"GET /e/{name}")
    yield Probe("read", [], strangers(seat, html), f"records of /e/{name}")
    if not seat.is_open:
        for path in ("bin", "export"):
            yield Probe("read", True, page_of(seat, f"/e/{name}/{path}")[0] in SHUT, f"GET /e/{name}/{path}")


@channel("page record", "GET /e/{entity}/{id}", "GET /e/{entity}/{id}/edit", "GET /e/{entity}/new", web=True)
def page_record(_: Work, seat: Seat) -> Iterator[Probe]:
    """The page of a record that is seen leads to nothing that is not; others are missing; closed forms are not shown."""
    name = seat.entity.name
    if seat.entity.parent is not None:
        return
    for id in [*list(seat.seen)[:1], *seat.unseen[:1]]:
        status, html = page_of(seat, f"/e/{name}/{id}")
        yield Probe("read", 200 if id in seat.seen else 404, status, f"GET /e/{name}/{id}")
        yield Probe("read", [], strangers(seat, html), f"records of /e/{name}/{id}")
    for id in [*seat.shut("update"), *seat.unseen[:1]]:
        yield Probe("update", True, page_of(seat, f"/e/{name}/{id}/edit")[0] in SHUT, f"GET /e/{name}/{id}/edit")
    if not seat.exists(None, "create"):
        yield Probe("create", True, page_of(seat, f"/e/{name}/new")[0] in SHUT, f"GET /e/{name}/new")


@channel("screens of plugins", web=True)
def plugin_screens(_: Work, seat: Seat) -> Iterator[Probe]:
    """A screen that is offered by the rights on this entity is there for those who have them, and leads to nothing that is not seen."""
    for placed in seat.ground.runtime.host.screens:
        screen = placed.screen
        if screen.entity != seat.entity.name or not placed.is_place or screen.policy != "signed_in":
            continue
        status, html = page_of(seat, placed.address)
        known = seat.is_open if screen.verb == "read" else seat.is_open and seat.exists(None, screen.verb)
        yield Probe("read", 200 if known else 404, status, f"GET {placed.address}")
        yield Probe("read", [], strangers(seat, html), f"records of {placed.address}")
