"""`xrm bench --pages`: what the interface's pages take with many records, page by page: server time, CPU, statements.

The organisation has the plugins that are installed and nothing else; which pages there are is read from its catalog. The
application is asked in this process, so that statements can be counted and nothing is measured but the server's part: the CPU
of this process and of the database's. That is what the clock says on a machine with nothing else to do; it is told as well.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from ...metamodel.catalog import Catalog, Entity
from ...metamodel.values import SYSTEM, Query
from ...services import accounts
from ...services.organisation import start_organisation
from ...services.runtime import Runtime
from ...services.sampling import make_sample
from ...services.signing.sessions import cookie_name
from ...storage import query
from ...storage.database import Database
from ...storage.transaction import Transaction
from .multiply import multiply
from .organisation import ALL_PLUGINS
from .readers import lists_of, reader_of_few
from .report import Report

GATE = 100.0
"""Milliseconds of server time that 95 of 100 requests for a page may take."""
GATE_LATER = 250.0
"""The same of what follows a page by itself, when it can be read already: the number of records of a list that comes without."""
WARM, OTHERS = 3, 2
"""Requests before those that count (templates are compiled with the first); entities beside the main one whose pages are asked."""
SOME, LARGE = 10, 10_000
"""Requests for each tile and each filtered list, at most; and how many records an entity has whose lists are asked for."""
COUNTED = "counted"
"""What the address of a list says to have its records counted (`web.lists`)."""
NOWHERE = "zzqx"
App = Callable[[Mapping[str, Any], Any, Any], Awaitable[None]]


def pages_bench(
    create_app: Callable[..., Any], url: str, count: int, requests: int, move: Callable[[int, int], None]
) -> Report:
    """The whole run on one database, which must be empty."""
    with tempfile.TemporaryDirectory(prefix="xrm-bench-") as folder:
        root = Path(folder)
        (root / "xrm.toml").write_text(ALL_PLUGINS.format(url=url), "utf-8")
        (root / "metadata" / "access").mkdir(parents=True)
        (root / "metadata" / "access" / "bench.yaml").write_text("department: bench\nlabel: Bench\n", "utf-8")
        runtime = start_organisation(root)
        report = Report({"sqlite": "SQLite"}.get(runtime.database.dialect, "PostgreSQL"), count)
        report.look_at_load()
        make_sample(runtime, runtime.host.sample_steps())
        main = main_entity(runtime)
        numbers = multiply(runtime, main.name, count, move)
        with runtime.work(SYSTEM, "cli", write=True) as work:
            user = accounts.first_administrator(work, "Bench", "bench@example.org")
            session = accounts.begin_session(work, user)
        counted, spent = Counted(runtime.database), spent_by(runtime)
        app = create_app(runtime, worker=False, watch=False)
        cookie = f"{cookie_name(runtime.settings)}={session}"
        asking = Asking(app, cookie)
        gc.collect()
        gc.freeze()  # as a server does when it starts (`services.collector`): else pages pay for what the copies were made of
        for name, addresses in pages_of(runtime, main, numbers, requests + WARM):
            asyncio.run(_measure(asking, name, counted, spent, addresses)).tell(report)
        for group, pages in groups_of(runtime.catalog, numbers, min(requests, SOME) + WARM):
            found = [asyncio.run(_measure(asking, name, counted, spent, addresses)) for name, addresses in pages]
            tell_group(report, group, found)
            later = [
                (one.name, [f"{addresses[0]}&{COUNTED}=yes"] * len(addresses))
                for one, (_, addresses) in zip(found, pages, strict=True)
                if one.is_counted_later
            ]
            if later:
                found = [asyncio.run(_measure(asking, name, counted, spent, addresses)) for name, addresses in later]
                tell_group(report, f"{group}, their number of records", found, GATE_LATER)
        session, entities = reader_of_few(runtime)
        asking.cookie = f"{cookie_name(runtime.settings)}={session}"
        pages = list(lists_of(entities, runtime, numbers, min(requests, SOME) + WARM, LARGE))
        found = [asyncio.run(_measure(asking, name, counted, spent, addresses)) for name, addresses in pages]
        if found:
            tell_group(report, "lists of somebody who sees few", found)
        runtime.database.dispose()
        report.look_at_load()
        return report


def tell_group(report: Report, group: str, found: list[Measured], gate: float = GATE) -> None:
    """The slowest of a group, and each that takes longer than it may."""
    slowest = max(found, key=lambda one: one.cpu)
    slowest.tell(report, f"{group}, the slowest of {len(found)}: {slowest.name}", gate)
    for one in found:
        if one.cpu > gate and one is not slowest:
            one.tell(report, f"{group}: {one.name}", gate)


def main_entity(runtime: Runtime) -> Entity:
    """The entity that others are about: one with an integrated page, else the one with most records."""
    entities = [e for e in runtime.catalog.entities.values() if not e.retired and e.parent is None]
    with runtime.work(SYSTEM, "cli") as work:
        sizes = {e.name: query.count(work.tx, runtime.catalog, Query(e.name)) for e in entities}
    return max(entities, key=lambda e: (e.integrates is not None, sizes[e.name]))


Page = tuple[str, list[str]]


def pages_of(runtime: Runtime, main: Entity, numbers: Mapping[str, int], number: int) -> Iterator[Page]:
    """Names of pages, and addresses of each: other records, other words."""
    catalog = runtime.catalog
    plain = [n for n in numbers if n != main.name and catalog.entities[n].parent is None]
    entities = [main.name, *sorted(plain, key=lambda n: -numbers[n])[:OTHERS]]
    yield "start", ["/"] * number
    for name in entities:
        ids, words = _some(runtime, name, number)
        yield f"{name}: list", [f"/e/{name}"] * number
        if catalog.entities[name].search:
            yield f"{name}: list, searched", [f"/e/{name}?" + urlencode({"q": word}) for word in words]
        yield f"{name}: record", [f"/e/{name}/{id}" for id in ids]
        yield f"{name}: form", [f"/e/{name}/{id}/edit" for id in ids]
        if catalog.entities[name].integrates is not None:
            yield f"{name}: ties as a picture", [f"/e/{name}/{id}?show=network" for id in ids]
    yield from _views(catalog, numbers, number)
    _, words = _some(runtime, main.name, number)
    for path in ("palette/hits", "search"):
        yield path, [f"/{path}?" + urlencode({"q": word}) for word in words]
    yield "search for nothing that there is", ["/search?" + urlencode({"q": NOWHERE})] * number
    yield "counts of the menu", ["/menu/counts"] * number
    for name in list(catalog.dashboards)[:OTHERS]:
        yield f"dashboard {name}", [f"/dashboards/{quote(name)}"] * number


def groups_of(catalog: Catalog, numbers: Mapping[str, int], number: int) -> Iterator[tuple[str, list[Page]]]:
    """What is told of by its slowest: each tile of each dashboard by itself, as a browser fetches what is dear later, and the filtered
    lists of the metadata over the largest entities."""
    for name, dashboard in catalog.dashboards.items():
        tiles = [tile.name for tile in dashboard.tiles.values() if tile.kind != "text"]
        if tiles:
            path = f"/dashboards/{quote(name)}"
            yield f"tiles of {name}", [(tile, [f"{path}/{quote(tile)}"] * number) for tile in tiles]
    lists = [
        (view.name, [f"/e/{view.entity}?view={quote(view.name)}"] * number)
        for view in sorted(catalog.views.values(), key=lambda v: -numbers.get(v.entity, 0))
        if view.kind == "list" and view.filter is not None and numbers.get(view.entity, 0) >= LARGE
        and catalog.entities[view.entity].parent is None
    ]  # fmt: skip
    if lists:
        yield "filtered lists", lists


def _views(catalog: Catalog, numbers: Mapping[str, int], number: int) -> Iterator[Page]:
    """The view of each kind with most records."""
    kinds = ("board", "calendar", "timeline", "chart")
    views = sorted((v for v in catalog.views.values() if v.kind in kinds), key=lambda v: -numbers.get(v.entity, 0))
    for kind in kinds:
        view = next((v for v in views if v.kind == kind), None)
        if view is not None:
            yield f"{view.entity}: {kind}", [f"/e/{view.entity}?view={quote(view.name)}"] * number


def _some(runtime: Runtime, entity: str, number: int) -> tuple[list[str], list[str]]:
    """Ids of records all over an entity, and a word of the title of each."""
    with runtime.work(SYSTEM, "cli") as work:
        page = query.run(work.tx, runtime.catalog, Query(entity, ("id", "display"), sort=("id",), limit=10_000))
    step = max(1, len(page.rows) // number)
    rows = (list(page.rows[::step]) * number)[:number]
    words = [next((w for w in str(r["display"] or "").split() if len(w) > 2), NOWHERE) for r in rows]
    return [str(r["id"]) for r in rows], words


class Counted:
    """Counts the statements of all transactions of a database."""

    def __init__(self, database: Database) -> None:
        self.opened: list[Transaction] = []
        for name in ("read", "write"):
            setattr(database, name, self._told(getattr(database, name)))

    def _told(self, opens: Callable[..., Transaction]) -> Callable[..., Transaction]:
        def told(*given: Any, **named: Any) -> Transaction:
            tx = opens(*given, **named)
            self.opened.append(tx)
            return tx

        return told

    def take(self) -> int:
        """Statements since it was last asked."""
        opened, self.opened = self.opened, []
        return sum(tx.statements for tx in opened)


@dataclass
class Asking:
    """The application, asked as a browser with a session would."""

    app: App
    cookie: str

    async def get(self, address: str) -> tuple[int, bytes]:
        """Status and body."""
        path, _, wanted = address.partition("?")
        headers = [(b"host", b"127.0.0.1"), (b"accept", b"text/html"), (b"cookie", self.cookie.encode())]
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": wanted.encode(), "root_path": "", "headers": headers,
            "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "state": {},
        }  # fmt: skip
        status, body = 0, b""

        async def receive() -> Mapping[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            nonlocal status, body
            status = message.get("status", status)
            body += message.get("body", b"")

        await self.app(scope, receive, send)
        return status, body


def spent_by(runtime: Runtime) -> Callable[[], float]:
    """Seconds of CPU that this process, and all processes of a PostgreSQL server on this machine, have spent so far; by the
    clock where they cannot be seen."""
    if runtime.database.dialect == "sqlite":
        return time.process_time
    with runtime.database.read() as tx:
        pid = tx.ask("SELECT pg_backend_pid()")[0][0]
    try:
        server = next(
            line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("PPid:")
        ).split()[1]
        children = Path(f"/proc/{server}/task/{server}/children")
        if not (
            Path(f"/proc/{pid}/comm").read_text().startswith("postgres") and str(pid) in children.read_text().split()
        ):
            return time.perf_counter
    except OSError:
        return time.perf_counter

    def spent() -> float:
        known = [Path(f"/proc/{child}") for child in children.read_text().split()]
        ours = [
            p for p in known if b"autovacuum" not in (p / "cmdline").read_bytes()
        ]  # it comes after many writes, for no page
        return time.process_time() + sum(int((p / "schedstat").read_text().split()[0]) for p in ours) / 1e9

    return spent


@dataclass(frozen=True)
class Measured:
    """Milliseconds of server time within which 95 of 100 requests for a page were answered, and what else there is to tell."""

    name: str
    cpu: float
    more: Mapping[str, float]
    is_counted_later: bool = False

    def tell(self, report: Report, name: str = "", gate: float = GATE) -> None:
        """A line of the report."""
        report.add(name or self.name, self.cpu, "ms", gate, at_least=False, **self.more)


async def _measure(
    asking: Asking, name: str, counted: Counted, spent: Callable[[], float], addresses: list[str]
) -> Measured:
    """Ask for each address. Raises RuntimeError for an answer that is no page."""
    took, cpu, sent, statements = [], [], 0, 0
    for n, address in enumerate(addresses):
        counted.take()
        began, before = time.perf_counter(), spent()
        status, body = await asking.get(address)
        used, ended = spent() - before, time.perf_counter() - began
        if status != 200:
            raise RuntimeError(f"{name}: {address} answers {status}: {body[:300]!r}")
        if n >= WARM:
            took.append(ended * 1000)
            cpu.append(used * 1000)
            statements, sent = max(statements, counted.take()), max(sent, len(body))
    at = -(-len(cpu) * 95 // 100) - 1
    took.sort()
    cpu.sort()
    more = {"median": cpu[len(cpu) // 2], "by_the_clock": took[at], "statements": statements, "kilobytes": sent / 1000}
    return Measured(name, cpu[at], more, f"{COUNTED}=yes".encode() in body)
