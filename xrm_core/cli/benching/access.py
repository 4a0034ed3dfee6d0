"""`xrm bench --access`: what rights cost. People with limited rights beside an administrator, the same questions in turn."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from ...metamodel.values import SYSTEM, Actor, Query
from ...services import lists, records
from ...services.organisation import start_organisation
from ...services.runtime import Runtime
from ...services.work import Work
from ...storage import migrate, query
from ...storage import records as stored
from ...storage.analysis import analyse
from ...storage.ids import new_id
from ...storage.live import live_tables
from .inside import spent_by
from .organisation import CHUNK, SETTINGS, with_system
from .report import TIMES, Report

DEPARTMENTS = tuple(f"d{n}" for n in range(10))
METADATA = """\
entity: unit
fields:
  code: {type: text, required: true}
---
entity: agent
fields:
  name: {type: text, required: true}
  unit: {type: link, to: unit}
---
entity: prospect
title: "{name}"
fields:
  name: {type: text, required: true}
  stage: {type: choice, values: {lead: Lead, active: Active, lapsed: Lapsed, lost: Lost}, required: true}
  region: {type: choice, values: {home: Home, abroad: Abroad}, required: true}
  amount: {type: integer}
  note: {type: text}
  opened_on: {type: date, required: true}
  department: {type: link, to: department}
  agent: {type: link, to: agent}
  sealed: {type: boolean, default: false, required: true}
"""
VIEWS = """\
view: active_prospects
entity: prospect
columns: [name, stage, region, amount, opened_on, agent]
filter: "record.stage == 'active'"
sort: [-opened_on]
default: true
---
view: large_prospects
entity: prospect
columns: [name, amount]
filter: "record.stage == 'active'"
sort: [-amount]
"""
ACCESS = (
    "".join(f"department: {name}\nlabel: {name}\n---\n" for name in DEPARTMENTS)
    + """\
role: local
label: Local
---
role: mixed
label: Mixed
---
role: scattered
label: Scattered
---
grants:
  - {role: everyone, entity: agent, verbs: [read], public: acknowledged}
  - {role: everyone, entity: unit, verbs: [read], public: acknowledged}
  - {role: local, entity: prospect, verbs: [read], rows: "record.department in actor.departments"}
  - {role: mixed, entity: prospect, verbs: [read], rows: "record.department in actor.departments"}
  - {role: mixed, entity: prospect, verbs: [read], rows: "!(record.department in actor.departments)", without: [amount, note]}
  - {role: mixed, entity: prospect, verbs: [read], rows: "record.agent.unit.code == 'u7'"}
  - {role: mixed, entity: prospect, verbs: [read], rows: "record.sealed == true", deny: true}
  - {role: scattered, entity: prospect, verbs: [read], rows: "record.department in actor.departments"}
  - {role: scattered, entity: prospect, verbs: [read], rows: "record.region == 'home'", without: [amount, note]}
  - {role: scattered, entity: prospect, verbs: [read], rows: "record.agent.unit.code == 'u7'"}
  - {role: scattered, entity: prospect, verbs: [read], rows: "record.sealed == true", deny: true}
"""
)
COLUMNS = ("name", "stage", "region", "amount", "opened_on", "agent.name")
ACTIVE = "record.stage == 'active'"
TRIES = 15
GATE, MORE = 1.3, 1.0
"""A restricted reader takes at most so many times what an administrator takes, or so many milliseconds more."""
GROUP_GATE = 1.8


def access_bench(url: str, count: int, rounds: int, move: Callable[[int, int], None]) -> Report:
    """The whole run on one database, which must be empty."""
    with tempfile.TemporaryDirectory(prefix="xrm-bench-") as folder:
        runtime = _organisation(Path(folder), url)
        report = Report({"sqlite": "SQLite"}.get(runtime.database.dialect, "PostgreSQL"), count)
        report.look_at_load()
        ids, departments = _fill(runtime, count, move)
        people = {
            "administrator": _actor({"admin"}),
            "one grant": _actor({"local"}, departments["d3"]),
            "three grants": _actor({"mixed"}, departments["d3"]),
            "three grants, two thirds of the rows": _actor({"scattered"}, departments["d3"]),
        }
        for name, ask in _questions(ids[len(ids) // 2]).items():
            _compare(report, runtime, name, ask, people, max(TRIES, rounds))
        runtime.database.dispose()
        report.look_at_load()
        return report


def _organisation(root: Path, url: str) -> Runtime:
    for kind, text in (("entities", METADATA), ("views", VIEWS), ("access", ACCESS)):
        (root / "metadata" / kind).mkdir(parents=True)
        (root / "metadata" / kind / "bench.yaml").write_text(text, "utf-8")
    (root / "xrm.toml").write_text(SETTINGS.format(url=url), "utf-8")
    return start_organisation(root)


def _actor(roles: set[str], *departments: str) -> Actor:
    return Actor(new_id(), "bench", frozenset(roles), frozenset(departments))


def _fill(runtime: Runtime, count: int, move: Callable[[int, int], None]) -> tuple[list[str], dict[str, str]]:
    """Prospects in ten departments, of a hundred agents in fifty units; what they hold has nothing to do with their order."""
    now, random, catalog = datetime.now(UTC), Random(1), runtime.catalog  # noqa: S311  # made-up data
    with runtime.work(SYSTEM, "cli", write=True) as work:
        found = query.by_key(work.tx, catalog, "department", ("code",), [(d,) for d in DEPARTMENTS])
        departments = {str(r["code"]): str(r["id"]) for r in found.values()}
        units = [with_system({"code": f"u{n}"}, now) for n in range(50)]
        agents = [with_system({"name": f"Agent {n}", "unit": units[n % 50]["id"]}, now) for n in range(100)]
        stored.insert(work.tx, catalog, "unit", units)
        stored.insert(work.tx, catalog, "agent", agents)
        for name in live_tables(work.tx)["prospect"].indexes:  # made again when all rows are there: that is much faster
            work.tx.ddl(f'DROP INDEX "{name}"')
    ids: list[str] = []
    for start in range(0, count, CHUNK):
        rows = [
            with_system(_prospect(n, random, departments, agents), now) for n in range(start, min(start + CHUNK, count))
        ]
        with runtime.work(SYSTEM, "import", write=True) as work:
            stored.insert(work.tx, catalog, "prospect", rows)
        ids += [str(r["id"]) for r in rows]
        move(min(start + CHUNK, count), count)
    migrate.apply(runtime.database, catalog, migrate.plan(runtime.database, catalog, thorough=True))
    analyse(runtime.database, "prospect", "agent", "unit", "department")
    if runtime.database.dialect == "postgresql":  # which the server does by itself, a little later
        with runtime.database.engine.connect() as connection:
            connection.exec_driver_sql("VACUUM prospect")
    return ids, departments


def _prospect(n: int, random: Random, departments: Mapping[str, str], agents: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": f"Prospect {n}", "stage": random.choice(("lead", "active", "lapsed", "lost")), "region": "home" if random.random() < 0.6 else "abroad",
        "amount": None if random.random() < 0.05 else random.randrange(10**6), "note": f"note {n}", "opened_on": date(2000, 1, 1) + timedelta(days=random.randrange(9000)),
        "department": departments[random.choice(DEPARTMENTS)], "agent": random.choice(agents)["id"], "sealed": random.random() < 0.01,
    }  # fmt: skip


Ask = Callable[[Work], object]


def _questions(id: str) -> dict[str, Ask]:
    listed = Query("prospect", COLUMNS, ACTIVE, ("-opened_on",))
    by_amount = Query("prospect", COLUMNS, ACTIVE, ("-amount",))
    return {
        "list": lambda work: lists.list_records(work, listed),
        "list by a closed column": lambda work: lists.list_records(work, by_amount),
        "read": lambda work: records.stored_record(work, "prospect", id),
        "count": lambda work: lists.list_records(work, Query("prospect", ("id",), ACTIVE, ("-opened_on",), limit=1, count="capped")),
        "newest first, which no index gives": lambda work: lists.list_records(work, Query("prospect", ("id",), ACTIVE, limit=1)),
        "group": lambda work: query.group(work.tx, work.catalog, Query("prospect"), "stage", "amount", work.context(), work.relation("prospect")),
    }  # fmt: skip


def _compare(report: Report, runtime: Runtime, name: str, ask: Ask, people: Mapping[str, Actor], tries: int) -> None:
    """One question of everybody in turn: the least CPU of each, and the ratio to the administrator's."""
    least: dict[str, float] = dict.fromkeys(people, float("inf"))
    for turn in range(tries):
        for who, actor in people.items():
            with runtime.work(actor, "api") as work:
                spent = spent_by(work)
                began = spent()
                ask(work)
                if turn > 1:
                    least[who] = min(least[who], (spent() - began) * 1000)
    admin = least["administrator"]
    for who, took in least.items():
        if who == "administrator":
            continue
        gate = GROUP_GATE if name == "group" else max(GATE, float(Decimal(admin + MORE) / Decimal(max(admin, 1e-6))))
        report.add(
            f"{name}: {who}", took / max(admin, 1e-6), TIMES, round(gate, 2), took_ms=took, administrator_ms=admin
        )
