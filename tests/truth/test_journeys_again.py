"""What the build walks a second time: a few journeys, and nothing else."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import journeys_again
from tests.journeys_again import main, worth_a_second_walk

WALK = "tests/journeys/test_records.py::test_a_form_without_a_mouse"


@pytest.mark.parametrize(
    ("failed", "worth"),
    [
        ([], False),
        ([WALK], True),
        ([WALK, "tests/unit/web/test_lists.py::test_one"], False),
        (["tests/journeys/test_records.py"], False),
        ([f"{WALK}[{n}]" for n in range(4)], False),
    ],
)
def test_only_a_few_journeys_are_walked_again(failed: list[str], worth: bool) -> None:
    """Many that fail, or one elsewhere, are no bad luck."""
    assert worth_a_second_walk(failed) is worth


@pytest.mark.parametrize("ended", [0, 2, 3, 4, 5])
def test_a_run_that_broke_off_stays_broken(ended: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passed, interrupted, no tests: nothing is walked again."""
    last = tmp_path / "lastfailed"
    last.write_text(json.dumps({WALK: True}), "utf-8")
    monkeypatch.setattr(journeys_again, "LAST", last)
    assert main(ended) == ended


@pytest.mark.parametrize("second", [0, 1])
def test_the_second_walk_decides(second: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journey that fails twice fails the build."""
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, second)

    last = tmp_path / "lastfailed"
    last.write_text(json.dumps({WALK: True}), "utf-8")
    monkeypatch.setattr(journeys_again, "LAST", last)
    monkeypatch.setattr(subprocess, "run", run)
    assert main(1) == second
    assert [command[-1] for command in asked] == [WALK]
