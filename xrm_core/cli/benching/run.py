"""One run of the bench: build, serve, ask, import, start; figures with their gates."""

from __future__ import annotations

import multiprocessing
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .hooks import write_plugin
from .imports import an_import
from .inside import searches, starts, statements
from .load import Client
from .organisation import bench_token, fill, make_organisation
from .report import Report
from .requests import BULK, ask, ask_bulk, ask_deep
from .server import serve

Move = Callable[[int, int], None]
IMPORTED = 100_000
"""Rows of the imported file, at most."""


def run_bench(
    create_app: Callable[..., Any], url: str, count: int, *, requests: int, rounds: int, move: Move
) -> Report:
    """Everything on one database, which must be empty. `move` is told how many records are built."""
    with tempfile.TemporaryDirectory(prefix="xrm-bench-") as folder:
        root = Path(folder) / "organisation"
        root.mkdir()
        write_plugin(root / "plugins")
        runtime = make_organisation(root, url)
        settings = root / "xrm.toml"  # the server has the two hooks, this process does without
        settings.write_text(settings.read_text("utf-8").replace("use = []", 'use = ["bench"]'), "utf-8")
        report = Report({"sqlite": "SQLite"}.get(runtime.database.dialect, "PostgreSQL"), count)
        report.look_at_load()
        ids = fill(runtime, count, move)
        token = bench_token(runtime)
        statements(report, runtime, ids)
        with _server(create_app, root) as port:
            ask(report, Client(port, token), ids, requests, rounds)
            ask_deep(report, Client(port, token), count, requests, rounds)
            ask_bulk(report, Client(port, token), count * 20, min(BULK, 10 * count))
        searches(report, runtime)
        an_import(report, runtime, Path(folder), min(count, IMPORTED), count * 40)
        runtime.database.dispose()
        starts(report, Path(folder), min(3, rounds), url)
        report.look_at_load()
        return report


@contextmanager
def _server(create_app: Callable[..., Any], root: Path) -> Iterator[int]:
    """A server process; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    started = multiprocessing.get_context("spawn").Process
    process = started(target=serve, args=(create_app, str(root), port), daemon=True)
    process.start()
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.join(10)


def _wait_for(port: int, process: Any) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if not process.is_alive():
            raise RuntimeError("the server under test ended before it answered")
        time.sleep(0.1)
    raise RuntimeError("the server under test did not answer within a minute")
