"""What is measured in this process: statements of each operation, searches, starts of a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import rmtree

from sqlalchemy import make_url

from ...metamodel.values import SYSTEM, Query
from ...services import lists, records
from ...services.runtime import Runtime
from ...services.work import Work
from .organisation import client_values
from .report import Figure, Report
from .server import LISTED

SEARCHES = ("Graz", "Graz 00", "gmbh", "raz 01234", "c77@example.org", "nowhere")
"""A word of every tenth record, two beginnings of words, a word of every third record, a part of a title, an address, nothing."""


def statements(report: Report, runtime: Runtime, ids: list[str]) -> None:
    """Statements of the operation itself, whatever the number of records."""
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


def searches(report: Report, runtime: Runtime) -> None:
    """The slowest of several searches for twenty records: CPU of this thread and of the database's process, the least of ten
    tries each; by the clock where that process cannot be seen."""
    found: dict[str, float] = {}
    with runtime.work(SYSTEM, "api") as work:
        spent = spent_by(work)
        for q in SEARCHES:
            query = Query("client", ("id", "display"), limit=20, q=q)
            tries = []
            for _ in range(10):
                began = spent()
                lists.list_records(work, query)
                tries.append((spent() - began) * 1000)
            found[f"“{q}”"] = round(min(tries), 3)
    slowest = round(max(found.values()), 3)
    report.figures.append(Figure("search, the slowest of six", slowest, "ms", 5, detail=found))


def spent_by(work: Work) -> Callable[[], float]:
    """Seconds of CPU that this thread and the server's process of its connection have spent so far."""
    if work.tx.dialect == "sqlite":
        return time.thread_time
    server = Path("/proc", str(work.tx.rows("SELECT pg_backend_pid()")[0][0]))
    try:
        local = (server / "comm").read_text().startswith("postgres")
    except OSError:
        local = False
    if not local:
        return time.perf_counter
    return lambda: time.thread_time() + int((server / "schedstat").read_text().split()[0]) / 1e9


def _entity(n: int) -> str:
    kinds = ("text", "integer", "date", "money", "boolean")
    fields = "".join(f"  f{k}: {{type: {kinds[k % len(kinds)]}}}\n" for k in range(19))
    return f"entity: thing_{n}\nfields:\n  name: {{type: text, required: true}}\n{fields}"


START = """
import time
from pathlib import Path
from xrm_core.services.collector import starting
with starting():
    from xrm_core.services.organisation import start_organisation
    from xrm_core.app import create_app
    app = create_app(start_organisation(Path({root!r})), worker=False, watch=False)
import uvicorn
uvicorn.Config(app, log_config=None).load()
print(time.process_time())
"""
"""What `xrm serve` does until it listens."""
IMPORTS = """
import gc, time
gc.disable()
import litestar, uvicorn, xrm_core.services.organisation, xrm_core.api.routes, xrm_core.web.routes
print(time.process_time())
"""
FRAMEWORKS = """
import gc, time
gc.disable()
import litestar, uvicorn, sqlalchemy, pydantic, jinja2, yaml
print(time.process_time())
"""
"""What an application written by hand on the same libraries imports before its first own line."""
HELP = """
import sys, time
from xrm_core.app import main
sys.argv = ["xrm", "--help"]
try:
    main()
except SystemExit:
    print(time.process_time())
"""


def starts(report: Report, folder: Path, tries: int, url: str) -> None:
    """CPU of a whole process until it would answer: fifty entities, then three hundred, on a database that is up to date;
    cold without the cache of the metadata, then with it. The code is compiled, as installers leave it.

    `url`: the database of the bench; on PostgreSQL one more is made beside it for each number of entities, and dropped."""
    bytecode = folder / "bytecode"
    _cpu(IMPORTS, bytecode)
    imports = min(_cpu(IMPORTS, bytecode) for _ in range(tries))
    libraries = min(_cpu(FRAMEWORKS, bytecode) for _ in range(tries))
    for number, gates in ((50, (2.0, None)), (300, (3.0, 1.0))):
        root = folder / f"start{number}"
        (root / "metadata" / "entities").mkdir(parents=True)
        (root / "xrm.toml").write_text('[organisation]\nname = "Start"\n[plugins]\nuse = []\n')
        (root / "metadata" / "entities" / "many.yaml").write_text("\n---\n".join(_entity(n) for n in range(number)))
        start = START.format(root=str(root))
        with _database_beside(url, f"xrm_bench_start_{number}_{os.getpid()}") as beside:
            tables = _cpu(start, bytecode, beside)
            cold = []
            for _ in range(tries):
                rmtree(root / ".xrm" / "cache")
                cold.append(_cpu(start, bytecode, beside))
            warm = min(_cpu(start, bytecode, beside) for _ in range(tries))
        report.add(
            f"start, {number} entities, cold", min(cold), "s", gates[0], of_which_imports=imports, with_all_tables_to_make=tables
        )  # fmt: skip
        report.add(
            f"start, {number} entities, cached",
            warm,
            "s",
            gates[1],
            beyond_the_imports=warm - imports,
            libraries_alone=libraries,
        )
    report.add("xrm --help", min(_cpu(HELP, bytecode) for _ in range(tries)), "s", 0.3)


@contextmanager
def _database_beside(url: str, name: str) -> Iterator[str]:
    """The address of an empty database on the same server; of SQLite none: each organisation has a file of its own."""
    there = make_url(url)
    if there.get_backend_name() != "postgresql":
        yield ""
        return
    import psycopg
    from psycopg import sql

    plain = there.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield there.set(database=name).render_as_string(hide_password=False)
        finally:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _cpu(code: str, bytecode: Path, url: str = "") -> float:
    env = {**os.environ, "XRM_DATABASE_URL": url, "PYTHONPYCACHEPREFIX": str(bytecode)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    return float(done.stdout.split()[-1])
