"""The bench runs, and its deterministic figures hold. Times are for people to read: none is asserted here."""

from __future__ import annotations

import json

from click.testing import CliRunner

from xrm_core.app import create_app
from xrm_core.cli.commands import xrm


def test_bench_runs_and_statements_are_few() -> None:
    """A small run measures everything, and a read, a list, a create and an update take no more statements than they may."""
    done = CliRunner().invoke(
        xrm, ["bench", "--records", "500", "--requests", "3", "--rounds", "1", "--json"], obj=create_app
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout[done.stdout.index("{") :])
    figures = {figure["name"]: figure for figure in told["figures"]}
    assert told["database"] == "SQLite"
    assert told["records"] == 500
    counted = {name: figures[f"statements: {name}"]["value"] for name in ("read", "list", "create", "update")}
    assert counted == {"read": 1, "list": 1, "create": 3, "update": 3}
    for name in (
        "read one",
        "memory after load",
        "import of a CSV, 500 rows",
        "search, the slowest of six",
        "xrm --help",
    ):
        assert figures[name]["value"] > 0
