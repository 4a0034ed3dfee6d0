"""One run of the bench: build, serve, ask, import; figures with their gates."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...metamodel.imports import ImportDef
from ...metamodel.values import SYSTEM, Query
from ...services import imports as importing
from ...services import lists, records
from ...services.runtime import Runtime
from .hooks import write_plugin
from .load import Client, compare
from .organisation import bench_token, client_values, csv_lines, fill, make_organisation
from .server import LISTED, memory, serve


@dataclass
class Figure:
    """One measured figure. `gate` is the most (or, with `at_least`, the least) that it may be."""

    name: str
    value: float
    unit: str
    gate: float | None = None
    at_least: bool = False
    detail: dict[str, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool | None:
        """Does the gate hold? None without one."""
        if self.gate is None:
            return None
        return self.value >= self.gate if self.at_least else self.value <= self.gate


@dataclass
class Report:
    """All figures of a run."""

    database: str
    records: int
    figures: list[Figure] = field(default_factory=list)

    def add(
        self, name: str, value: float, unit: str, gate: float | None = None, *, at_least: bool = False, **detail: float
    ) -> None:
        """Note a figure."""
        self.figures.append(
            Figure(name, round(value, 3), unit, gate, at_least, {k: round(v, 3) for k, v in detail.items()})
        )

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "database": self.database,
            "records": self.records,
            "figures": [{**asdict(f), "holds": f.holds} for f in self.figures],
        }


Say = Callable[[str], None]
Move = Callable[[int, int], None]


def run_bench(
    create_app: Callable[..., Any], url: str, count: int, *, requests: int = 60, rounds: int = 5, say: Say, move: Move
) -> Report:
    """Everything on one database, which must be empty. Each figure is printed by the caller."""
    with tempfile.TemporaryDirectory(prefix="xrm-bench-") as folder:
        root = Path(folder) / "organisation"
        root.mkdir()
        write_plugin(root / "plugins")
        say("building")
        runtime = make_organisation(root, url.replace("{root}", str(root)))
        (root / "xrm.toml").write_text((root / "xrm.toml").read_text().replace("use = []", 'use = ["bench"]'))
        report = Report(runtime.database.dialect, count)
        ids = fill(runtime, count, move)
        token = bench_token(runtime)
        _statements(report, runtime, ids)
        say("asking the server")
        with _server(create_app, root) as port:
            _requests(report, Client(port, token), ids, requests, rounds)
            _deep(report, Client(port, token), count)
            _bulk(report, Client(port, token), count)
        say("importing")
        _import(report, runtime, Path(folder), count, move)
        runtime.database.dispose()
        say("starting")
        _cold_start(report, Path(folder))
        return report


@contextmanager
def _server(create_app: Callable[..., Any], root: Path) -> Any:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(create_app, str(root), port), daemon=True
    )
    process.start()
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.join(10)


def _json(values: dict[str, Any]) -> bytes:
    return json.dumps(values, default=lambda v: v.isoformat() if isinstance(v, date) else str(v)).encode()


def _requests(report: Report, client: Client, ids: list[str], requests: int, rounds: int) -> None:
    new = [len(ids) * 10]

    def fresh(n: int) -> bytes:
        new[0] += 1
        return _json(client_values(new[0] + n))

    query = "filter=" + quote("record.stage == 'active'") + "&sort=-opened_on&limit=50&fields=" + ",".join(LISTED)
    cases: list[tuple[str, float, Any, Any]] = [
        ("read one", 2.0, lambda n: ("GET", f"/api/client/{ids[n * 7 % len(ids)]}", b""), lambda n: ("GET", f"/hand/client/{ids[n * 7 % len(ids)]}", b"")),
        ("list 50, filtered, sorted, one link label", 1.7, lambda n: ("GET", f"/api/engagement?{query}", b""), lambda n: ("GET", "/hand/engagement", b"")),
        ("create, validated, two hooks, history", 3.0, lambda n: ("POST", "/api/client", fresh(n)), lambda n: ("POST", "/hand/client", fresh(n))),
        ("update, history", 3.0, lambda n: ("PATCH", f"/api/client/{ids[n * 11 % len(ids)]}", _json({"note": f"u{n}"})), lambda n: ("PATCH", f"/hand/client/{ids[n * 13 % len(ids)]}", _json({"note": f"u{n}"}))),
    ]  # fmt: skip
    for name, gate, ours, hand in cases:
        cost = compare(client, name, ours, hand, requests=requests, rounds=rounds)
        report.add(name, cost.ratio, "times the hand-written handler's CPU", gate, ours_ms=cost.ours, hand_ms=cost.hand)
    search = compare(
        client,
        "search",
        lambda n: ("GET", "/api/client?limit=20&fields=id,display&q=" + quote(f"Graz {n % 10}"), b""),
        lambda n: ("GET", "/hand/engagement", b""),
        requests=requests,
        rounds=2,
    )
    report.add("search, words and prefix", search.ours, "ms CPU of the server")
    report.add("memory after load", client.process()["memory"] / 1024, "MiB", 150)


def _deep(report: Report, client: Client, count: int) -> None:
    """The same page of the list, first and a thousand pages deep (or as deep as there are records)."""
    path = "/api/client?sort=-since&fields=id,name,since&limit="
    cursor, steps = "", min(100, count // 1000)
    for _ in range(steps):
        body = json.loads(client.ask("GET", path + "500" + (f"&after={cursor}" if cursor else "")))
        cursor = body["next"] or cursor
    deep = compare(
        client,
        "deep",
        lambda n: ("GET", f"{path}50&after={cursor}", b""),
        lambda n: ("GET", f"{path}50", b""),
        requests=40,
        rounds=4,
    )
    report.add(f"page {steps * 10} deep", deep.ratio, "times the first page", 1.2, ours_ms=deep.ours, hand_ms=deep.hand)


def _bulk(report: Report, client: Client, count: int) -> None:
    rows = b"\n".join(_json(client_values(count * 20 + n)) for n in range(10_000))
    before = client.process()
    began = time.perf_counter()
    said = client.ask("POST", "/api/client/bulk", rows, "application/x-ndjson")
    wall = time.perf_counter() - began
    after = client.process()
    assert said.count(b'"created"') == 10_000, said[:300]
    report.add(
        "bulk 10,000, validated, hooks, history",
        10_000 / wall,
        "rows/s",
        7_000,
        at_least=True,
        cpu_rows_per_s=10_000 / (after["cpu"] - before["cpu"]),
    )
    report.add("bulk, memory", (after["memory"] - before["memory"]) / 1024, "MiB more", 60)


def _import(report: Report, runtime: Runtime, folder: Path, count: int, move: Move) -> None:
    number = min(count, 100_000)
    path = folder / "clients.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        out.writelines(csv_lines(number, count * 30))
    definition = ImportDef.model_validate(
        {
            "import": "bench_clients",
            "files": [
                {
                    "file": "*.csv",
                    "targets": [{"entity": "client", "key": ["number"], "fields": {c: c for c in client_values(0)}}],
                }
            ],
        }
    )
    start_cpu, began = time.process_time(), time.perf_counter()
    tally = importing.import_files(runtime, SYSTEM, definition, [importing.Source(path, path.name)], progress=None)
    wall = time.perf_counter() - began
    created = tally.counts.get("created", 0)
    assert created == number, tally
    del move
    report.add(
        f"import of a CSV, {number:,} rows, validated",
        number / wall,
        "rows/s",
        15_000,
        at_least=True,
        cpu_rows_per_s=number / (time.process_time() - start_cpu),
        memory_mib=memory() / 1024,
    )


def _statements(report: Report, runtime: Runtime, ids: list[str]) -> None:
    """Statements of the operation itself, in this process; independent of the number of records."""
    values = {**client_values(10**8), "since": date(2020, 1, 1), "revenue": Decimal(1)}
    with runtime.work(SYSTEM, "api") as work:
        records.read_record(work, "client", ids[0])
        report.add("statements: read", work.tx.statements, "", 1)
    with runtime.work(SYSTEM, "api") as work:
        lists.list_records(work, Query("engagement", LISTED, "record.stage == 'active'", ("-opened_on",)))
        report.add("statements: list", work.tx.statements, "", 1)
    with runtime.work(SYSTEM, "api", write=True) as work:
        made = records.create_record(work, "client", values)
        report.add("statements: create", work.tx.statements, "", 3)
    with runtime.work(SYSTEM, "api", write=True) as work:
        records.update_record(work, "client", str(made["id"]), {"note": "changed"})
        report.add("statements: update", work.tx.statements, "", 3)


ENTITIES = "\n---\n".join(
    f"entity: thing_{n}\nfields:\n  name: {{type: text, required: true}}\n"
    + "".join(f"  f{k}: {{type: {('text', 'integer', 'date', 'money', 'boolean')[k % 5]}}}\n" for k in range(19))
    for n in range(300)
)
START = """
import sys, time
from pathlib import Path
from xrm_core.services.collector import starting
with starting():
    from xrm_core.services.organisation import open_organisation
    from xrm_core.app import create_app
    create_app(open_organisation(Path(sys.argv[1])), worker=False, watch=False)
print(time.process_time())
"""


def _cold_start(report: Report, folder: Path) -> None:
    """CPU of a process from its start to a served application: fifty entities, then three hundred, cold and with the cache."""
    for number, gates in ((50, (2.0, None)), (300, (3.0, 1.0))):
        root = folder / f"start{number}"
        (root / "metadata" / "entities").mkdir(parents=True)
        (root / "xrm.toml").write_text('[organisation]\nname = "Start"\n[plugins]\nuse = []\n')
        (root / "metadata" / "entities" / "many.yaml").write_text("\n---\n".join(ENTITIES.split("\n---\n")[:number]))
        cold, warm = _cpu(root), min(_cpu(root), _cpu(root))
        base = _import_cpu()
        report.add(f"start, {number} entities, cold", cold, "s CPU", gates[0], imports=base)
        report.add(
            f"start, {number} entities, cached",
            warm if number == 50 else warm - base,
            "s CPU" if number == 50 else "s CPU beyond the imports",
            gates[1],
            whole=warm,
        )


def _cpu(root: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-c", START, str(root)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "XRM_DATABASE_URL": ""},
    )
    return float(done.stdout.split()[-1])


def _import_cpu() -> float:
    code = "import gc; gc.disable(); import time, xrm_core.services.organisation, xrm_core.api.routes, xrm_core.web.routes, litestar\nprint(time.process_time())"
    return float(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()[-1]
    )
