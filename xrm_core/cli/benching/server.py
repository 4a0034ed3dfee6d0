"""The server under test: our application, and beside it hand-written handlers that do the same with as little as possible."""

from __future__ import annotations

import base64
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from litestar import Request, Response, get, patch, post
from litestar.concurrency import sync_to_thread

from ...services.collector import starting
from ...services.organisation import open_organisation
from ...storage.database import Database
from ...storage.ids import new_id

CLIENT = (
    "id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "number", "name", "kind", "status", "email",
    "phone", "language", "country", "city", "since", "revenue", "revenue_currency", "employees", "score", "vip", "rating", "note",
)  # fmt: skip
LISTED = ("id", "version", "stage", "value", "value_currency", "opened_on", "client", "client.display")
SEARCHED = "Graz 01"
FOUND = ("id", "version", "name")
HITS = {
    "?": "SELECT rowid FROM xrm_search_words WHERE xrm_search_words MATCH ? UNION"
    " SELECT rowid FROM xrm_search_titles WHERE xrm_search_titles MATCH ?",
    "%s": "SELECT number FROM xrm_search WHERE words @@ CAST(%s AS tsquery) UNION SELECT number FROM xrm_search WHERE title LIKE %s",
}
HIT_BY = {"?": ('zqclient "graz"* "01"*', '"graz 01"'), "%s": ("'zqclient' & 'graz':* & '01':*", "%graz 01%")}
"""What finds `SEARCHED` on each database: as words that begin so, and as a part of the title."""
encoder = msgspec.json.Encoder(decimal_format="string")
Req = Request[Any, Any, Any]
Res = Response[bytes]


class Hand:
    """Statements as somebody would write them by hand for one database, one connection per thread."""

    def __init__(self, database: Database) -> None:
        self.database, self.local = database, threading.local()
        self.mark = "?" if database.dialect == "sqlite" else "%s"
        columns = ", ".join(f'"{c}"' for c in CLIENT)
        listed = 'e."id", e."version", e."stage", e."value", e."value_currency", e."opened_on", e."client", c."name"'
        m = self.mark
        self.read_sql = f'SELECT {columns} FROM "client" WHERE "id" = {m} AND "deleted_at" IS NULL'
        self.list_sql = (
            f'SELECT {listed} FROM "engagement" e LEFT JOIN "client" c ON c."id" = e."client" WHERE e."stage" = {m} AND e."deleted_at" IS NULL'
            ' AND e."opened_on" IS NOT NULL ORDER BY e."opened_on" DESC, e."id" DESC LIMIT 51'
        )
        self.search_sql = (
            'SELECT c."id", c."version", c."name" FROM "client" c WHERE c."deleted_at" IS NULL AND c."id" IN'
            f' (SELECT record_id FROM xrm_search WHERE number IN ({HITS[m]})) ORDER BY c."id" DESC LIMIT 21'
        )
        self.insert_sql = f'INSERT INTO "client" ({columns}) VALUES ({", ".join([m] * len(CLIENT))})'
        self.update_sql = f'UPDATE "client" SET "note" = {m}, "version" = "version" + 1 WHERE "id" = {m}'

    @property
    def connection(self) -> Any:
        """This thread's connection, in autocommit mode."""
        if not hasattr(self.local, "connection"):
            url = self.database.url
            if self.database.dialect == "sqlite":
                self.local.connection = sqlite3.connect(str(url.database), isolation_level=None, timeout=30)
                self.local.connection.execute("PRAGMA synchronous=FULL")
            else:
                self.local.connection = psycopg.connect(
                    url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
                )
        return self.local.connection

    def read(self, id: str) -> bytes:
        """One client."""
        found = dict(zip(CLIENT, self.connection.execute(self.read_sql, (id,)).fetchone(), strict=True))
        if self.mark == "?":
            found["revenue"], found["score"] = _exact(found["revenue"]), _exact(found["score"])
            found["created_at"], found["updated_at"] = _instant(found["created_at"]), _instant(found["updated_at"])
            found["vip"] = bool(found["vip"])
        return encoder.encode(found)

    def list(self) -> bytes:
        """Fifty engagements with their client's name, and where the next page begins."""
        rows = self.connection.execute(self.list_sql, ("active",)).fetchall()
        found = [dict(zip(LISTED, row, strict=True)) for row in rows[:50]]
        if self.mark == "?":
            for one in found:
                one["value"] = _exact(one["value"])
        return encoder.encode({"items": found, "next": _next(found[-1], "opened_on", rows[50:]), "previous": None})

    def search(self) -> bytes:
        """Twenty clients, the newest of those that are found."""
        rows = self.connection.execute(self.search_sql, HIT_BY[self.mark]).fetchall()
        found = [dict(zip(FOUND, row, strict=True)) for row in rows[:20]]
        return encoder.encode(
            {"items": found, "next": _next(found[-1], "id", rows[20:]) if found else None, "previous": None}
        )

    def create(self, body: bytes) -> bytes:
        """A new client, unchecked."""
        given, now = msgspec.json.decode(body), datetime.now(UTC)
        stamp = now.isoformat(" ") if self.mark == "?" else now
        row = {**given, "id": new_id(), "version": 1, "created_at": stamp, "updated_at": stamp}
        self.connection.execute(self.insert_sql, [row.get(c) for c in CLIENT])
        return encoder.encode(row)

    def update(self, id: str, body: bytes) -> bytes:
        """Another note on a client."""
        self.connection.execute(self.update_sql, (msgspec.json.decode(body)["note"], id))
        return self.read(id)


def _next(last: dict[str, Any], by: str, more: Any) -> str | None:
    """Where the next page begins, if there is one."""
    return base64.urlsafe_b64encode(f"{last[by]} {last['id']}".encode()).decode() if more else None


def _exact(value: int | None) -> str | None:
    """A number that SQLite holds in hundredths, as it is sent."""
    return None if value is None else f"{value // 100}.{value % 100:02}"


def _instant(value: str) -> str:
    """A time as SQLite holds it, as it is sent."""
    return f"{value[:10]}T{value[11:]}Z"


def hand_routes(database: Database) -> list[Any]:
    """The hand-written handlers as routes, and one that tells the CPU time and memory of the process."""
    hand = Hand(database)

    @get("/hand/client/{id:str}")
    async def hand_read(id: str) -> Res:
        return Response(await sync_to_thread(hand.read, id), media_type="application/json")

    @get("/hand/engagement")
    async def hand_list() -> Res:
        return Response(await sync_to_thread(hand.list), media_type="application/json")

    @get("/hand/search")
    async def hand_search() -> Res:
        return Response(await sync_to_thread(hand.search), media_type="application/json")

    @post("/hand/client")
    async def hand_create(request: Req) -> Res:
        return Response(
            await sync_to_thread(hand.create, await request.body()), media_type="application/json", status_code=201
        )

    @patch("/hand/client/{id:str}")
    async def hand_update(request: Req, id: str) -> Res:
        return Response(await sync_to_thread(hand.update, id, await request.body()), media_type="application/json")

    @get("/hand/process")
    async def process() -> Res:
        return Response(encoder.encode({"cpu": time.process_time(), "memory": memory()}), media_type="application/json")

    return [hand_read, hand_list, hand_search, hand_create, hand_update, process]


def memory() -> int:
    """Resident memory of this process in KiB; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def serve(create_app: Callable[..., Any], root: str, port: int) -> None:
    """Serve an organisation on a port of the loopback interface until the process is ended."""
    import uvicorn

    with starting():
        runtime = open_organisation(Path(root))
        app = create_app(runtime, worker=False, watch=False)
        for route in hand_routes(runtime.database):
            app.register(route)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)
