"""What commands print."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from xrm_core.cli.output import counted, print_table, typed


def test_tables_keep_ids_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe a line is as long as it needs to be: an id can be copied, and found by other programs."""
    id = "01a20327-ce76-738b-8cc0-f0df865bb899"
    print_table(("id", "files", "what"), [(id, "a" * 120, "[b]")])
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split() == [id, "a" * 120, "[b]"]


def test_one_is_said_as_one() -> None:
    """A noun follows its number."""
    assert [counted(n, "step") for n in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]


def test_programs_are_named_as_they_can_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through uv where it was used, by name in an environment that is active, else by path."""
    monkeypatch.setenv("UV", "/usr/bin/uv")
    assert typed("python") == "uv run python"
    monkeypatch.delenv("UV")
    bin = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{bin}{os.pathsep}/usr/bin")
    assert typed("python") == "python"
    monkeypatch.setenv("PATH", "/nowhere")
    assert typed("python") == str(bin / "python")
