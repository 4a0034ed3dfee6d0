"""The bench of rights runs. Times are for people to read: none is asserted here."""

from __future__ import annotations

import json

from click.testing import CliRunner

from xrm_core.app import create_app
from xrm_core.cli.commands import xrm


def test_bench_of_rights_runs() -> None:
    """Three restricted readers are held beside an administrator in six questions, each with a gate."""
    done = CliRunner().invoke(xrm, ["bench", "--access", "--records", "300", "--rounds", "1", "--json"], obj=create_app)
    assert done.exit_code == 0, done.output
    figures = json.loads(done.output[done.output.index("{") :])["figures"]
    assert len(figures) == 18
    assert all(f["gate"] and f["value"] > 0 for f in figures)
