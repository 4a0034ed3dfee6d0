"""The bench of pages runs. Times are for people to read: none is asserted here."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from xrm_core.app import create_app
from xrm_core.cli.commands import xrm


@pytest.fixture(scope="module")
def figures() -> dict[str, dict[str, float]]:
    """What is told of each page: twice the sample, two requests."""
    done = CliRunner().invoke(
        xrm, ["bench", "--pages", "--records", "650", "--requests", "2", "--json"], obj=create_app
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.output[done.output.index("{") :])["figures"]
    return {f["name"]: f["detail"] | {"gate": f["gate"], "value": f["value"]} for f in found}


def test_bench_of_pages_runs(figures: dict[str, dict[str, float]]) -> None:
    """Pages of every kind are found from the catalog; each has a gate, its size and its statements."""
    for kind in (
        "start",
        "party: list",
        "party: record",
        "party: form",
        "palette/hits",
        "search",
        "counts of the menu",
    ):
        assert kind in figures
    assert any(name.endswith(": board") for name in figures)
    assert any(name.startswith("tiles of requests, the slowest of ") for name in figures)
    assert all(f["gate"] == 100 and f["value"] > 0 and f["statements"] > 0 for f in figures.values())


def test_pages_ask_few_questions(figures: dict[str, dict[str, float]]) -> None:
    """The statements of a page do not grow with its rows: a list of fifty takes fewer than ten."""
    lists = {name: f["statements"] for name, f in figures.items() if name.endswith(": list")}
    assert lists
    assert max(lists.values()) < 10, lists
