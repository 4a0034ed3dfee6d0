"""What an import costs: ours and the hand-written one with the same duties, in turn; and the bare rows, for comparison."""

from __future__ import annotations

import csv
import time
from pathlib import Path

from ...metamodel.imports import ImportDef
from ...metamodel.values import SYSTEM
from ...services import imports as importing
from ...services.runtime import Runtime
from .by_hand import import_by_hand
from .organisation import client_values, csv_lines
from .report import TIMES, Report
from .server import memory

TURNS = 4
"""Files that each of the two imports; the cheapest of each counts."""
CHECKED = 200
"""Rows that are imported by hand before, and must then be unchanged to ours."""
GATE = 2.0


def an_import(report: Report, runtime: Runtime, folder: Path, number: int, first: int) -> None:
    """Both import four files of a quarter of `number` new clients, which are numbered from `first` on; what counts is the CPU
    of this process for a row. What the process of PostgreSQL takes is told beside it, where it can be seen."""
    _alike(runtime, _file(folder, CHECKED, first))
    size, first = max(1, number // TURNS), first + CHECKED
    costs: dict[str, list[tuple[float, float]]] = {"by hand": [], "ours": []}
    clock = 0.0
    for turn in range(2 * TURNS):
        kind = "ours" if turn % 2 else "by hand"
        path = _file(folder, size, first + turn * size)
        server, cpu, wall = _server(runtime), time.process_time(), time.perf_counter()
        written = (
            import_clients(runtime, path).get("created") if turn % 2 else import_by_hand(runtime.database, path)[0]
        )
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        if written != size:
            raise RuntimeError(f"the import ({kind}) created {written} of {size} rows")
        costs[kind].append((cpu / size, (cpu + _server(runtime) - server) / size))
        clock += wall if turn % 2 else 0.0
    ours, hand = ([min(one) for one in zip(*costs[kind], strict=True)] for kind in ("ours", "by hand"))
    seen = (
        {"with_the_server": ours[1] / hand[1]} if runtime.database.dialect == "postgresql" and ours[1] > ours[0] else {}
    )
    report.add(
        "import of a CSV, against by hand", ours[0] / hand[0], TIMES, GATE, ours_us_a_row=ours[0] * 1e6,
        by_hand_us_a_row=hand[0] * 1e6, **seen,
    )  # fmt: skip
    report.add(
        f"import of a CSV, {size * TURNS:,} rows", 1 / ours[0], "rows/s", by_hand=1 / hand[0], bare_rows=1 / _bare(runtime, path),
        by_the_clock=size * TURNS / clock, memory_MiB=memory() / 1024,
    )  # fmt: skip


def _file(folder: Path, number: int, first: int) -> Path:
    """A file of new clients."""
    path = folder / f"clients-{first}.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        out.writelines(csv_lines(number, first))
    return path


def import_clients(runtime: Runtime, path: Path) -> dict[str, int]:
    """What became of the rows of a file, counted."""
    target = {"entity": "client", "key": ["number"], "fields": {name: name for name in client_values(0)}}
    definition = ImportDef.model_validate(
        {"import": "bench_clients", "files": [{"file": "*.csv", "targets": [target]}]}
    )
    source = importing.Source(path, path.name)
    return importing.import_files(runtime, SYSTEM, definition, [source], progress=None).counts


def _alike(runtime: Runtime, path: Path) -> None:
    """What was imported by hand must be what ours would have stored. Raises RuntimeError."""
    import_by_hand(runtime.database, path)
    counts = import_clients(runtime, path)
    if counts["unchanged"] != CHECKED:
        raise RuntimeError(f"the import by hand stores other values: {counts}")


def _server(runtime: Runtime) -> float:
    """Seconds of CPU that the processes of our connections to PostgreSQL have spent so far; 0 where they cannot be seen."""
    if runtime.database.dialect == "sqlite":
        return 0.0
    asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    with runtime.database.read() as tx:
        found = [Path("/proc", str(pid)) for (pid,) in tx.rows(asked)]
    try:
        if not all((one / "comm").read_text().startswith("postgres") for one in found):
            return 0.0
        return sum(int((one / "schedstat").read_text().split()[0]) for one in found) / 1e9
    except OSError:
        return 0.0


def _bare(runtime: Runtime, path: Path) -> float:
    """CPU seconds for a row of csv and executemany into a bare table that is thrown away: no check, no history, no search."""
    names = tuple(client_values(0))
    mark = "?" if runtime.database.dialect == "sqlite" else "%s"
    cpu = time.process_time()
    with runtime.database.write() as tx:
        tx.ddl(f"CREATE TABLE bench_by_hand ({', '.join(f'{name} TEXT' for name in names)})")
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
        tx.run_many(f"INSERT INTO bench_by_hand VALUES ({', '.join([mark] * len(names))})", rows)
        tx.ddl("DROP TABLE bench_by_hand")
    return (time.process_time() - cpu) / len(rows)
