"""What is asked of the server under test: single records, a list, a search, writes, a deep page, ten thousand rows at once."""

from __future__ import annotations

import json
import time
from datetime import date
from itertools import count as counting
from typing import Any
from urllib.parse import quote

from .load import Client, compare
from .organisation import client_values
from .report import TIMES, Report
from .server import LISTED, SEARCHED

BULK = 10_000


def as_json(values: dict[str, Any]) -> bytes:
    """A record as a client sends it."""
    return json.dumps(values, default=lambda v: v.isoformat() if isinstance(v, date) else str(v)).encode()


def ask(report: Report, client: Client, ids: list[str], requests: int, rounds: int) -> None:
    """Ours and the hand-written handler in turn."""
    new, note = counting(len(ids) * 10), counting()

    def fresh() -> bytes:
        return as_json(client_values(next(new)))

    def noted() -> bytes:
        return as_json({"note": f"another note, {next(note)}"})

    def one(n: int, step: int) -> str:
        return ids[n * step % len(ids)]

    query = "filter=" + quote("record.stage == 'active'") + "&sort=-opened_on&limit=50&fields=" + ",".join(LISTED)
    searched = "q=" + quote(SEARCHED) + "&limit=20&fields=name"
    cases: list[tuple[str, float, Any, Any]] = [
        ("read one", 2.0, lambda n: ("GET", f"/api/client/{one(n, 7)}", b""), lambda n: ("GET", f"/hand/client/{one(n, 7)}", b"")),
        ("list 50: filter, sort, a link's label", 1.7, lambda n: ("GET", f"/api/engagement?{query}", b""), lambda n: ("GET", "/hand/engagement", b"")),
        ("search: two beginnings of words", 2.0, lambda n: ("GET", f"/api/client?{searched}", b""), lambda n: ("GET", "/hand/search", b"")),
        ("create: checks, two hooks, history", 3.0, lambda n: ("POST", "/api/client", fresh()), lambda n: ("POST", "/hand/client", fresh())),
        ("update: checks, two hooks, history", 3.0, lambda n: ("PATCH", f"/api/client/{one(n, 11)}", noted()), lambda n: ("PATCH", f"/hand/client/{one(n, 13)}", noted())),
    ]  # fmt: skip
    for name, gate, ours, hand in cases:
        if ours(0)[0] == "GET":
            _same(name, *(json.loads(client.ask(*ask(0))) for ask in (ours, hand)))
        cost = compare(client, name, ours, hand, requests=requests, rounds=rounds)
        report.add(name, cost.ratio, TIMES, gate, ours_ms=cost.ours, by_hand_ms=cost.hand)
    report.add("memory after load", client.process()["memory"] / 1024, "MiB", 150)


def _same(name: str, ours: dict[str, Any], hand: dict[str, Any]) -> None:
    """The two must say the same, but for the text of a cursor. Raises RuntimeError."""
    for answer in (ours, hand):
        answer["next"] = bool(answer.get("next"))
    if ours != hand:
        raise RuntimeError(f"{name}: the hand-written handler answers otherwise: {str(ours)[:300]}, {str(hand)[:300]}")


def ask_deep(report: Report, client: Client, count: int, requests: int, rounds: int) -> None:
    """The same page of a list, first and a thousand pages deep (or as deep as there are records)."""
    path = "/api/client?sort=-since&fields=id,name,since&limit="
    cursor, steps = "", min(100, count // 1000)
    for _ in range(steps):
        body = json.loads(client.ask("GET", path + "500" + (f"&after={cursor}" if cursor else "")))
        cursor = body["next"] or cursor
    after = f"&after={cursor}" if cursor else ""
    deep = compare(
        client, "deep", lambda n: ("GET", f"{path}50{after}", b""), lambda n: ("GET", f"{path}50", b""),
        requests=requests, rounds=rounds,
    )  # fmt: skip
    report.add(f"page {steps * 10:,} against the first", deep.ratio, TIMES, 1.2, deep_ms=deep.ours, first_ms=deep.hand)


def ask_bulk(report: Report, client: Client, first: int, number: int) -> None:
    """Many rows in one request."""
    rows = b"\n".join(as_json(client_values(n)) for n in range(first, first + number))
    before, began = client.process(), time.perf_counter()
    said = client.ask("POST", "/api/client/bulk", rows, "application/x-ndjson")
    wall, after = time.perf_counter() - began, client.process()
    if said.count(b'"created"') != number:
        raise RuntimeError(f"the bulk request did not create all rows: {said[:300]!r}")
    name = f"bulk {number:,}: checks, two hooks, history"
    report.add(
        name, number / (after["cpu"] - before["cpu"]), "rows/s", 7_000, at_least=True, by_the_clock=number / wall
    )
    report.add("bulk, memory on top", (after["memory"] - before["memory"]) / 1024, "MiB", 60)
