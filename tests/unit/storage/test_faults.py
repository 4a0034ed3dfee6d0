"""Refusals of SQLite in our own words: what is wrong with the file, and the way out."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from xrm_core.language import speaking
from xrm_core.storage import faults


def refusal(url: str, statement: str = "CREATE TABLE t (a)") -> faults.DriverFault:
    """What is said of a statement that SQLite refuses."""
    with pytest.raises(sqlite3.Error) as caught:
        sqlite3.connect(url, uri=True).execute(statement)
    return faults.DriverFault(faults.read(caught.value))


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """Another file in its place, and one that was cut in half."""
    (tmp_path / "letter").write_text("Dear Ann, this is no database at all. " * 50)
    told = refusal(f"file:{tmp_path}/letter", "SELECT * FROM sqlite_master")
    assert (told.fault.kind, told.code) == ("damaged", "storage")
    assert "no database" in told.message
    assert "put a copy" in str(told.hint)


def test_a_file_that_may_only_be_read_is_told(tmp_path: Path) -> None:
    """With the right that is wanted, and not as a database that will come back by itself."""
    sqlite3.connect(tmp_path / "kept").execute("CREATE TABLE s (a)")
    told = refusal(f"file:{tmp_path}/kept?mode=ro")
    assert (told.fault.kind, told.code) == ("locked", "unreachable")
    assert "right to write" in str(told.hint)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The way out names the setting."""
    told = refusal(f"file:{tmp_path}/nowhere/kept")
    assert told.fault.kind == "closed"
    assert "[database] url" in str(told.hint)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("value", 422), ("check", 422), ("unique", 409), ("retry", 503), ("busy", 503), ("gone", 503), ("schema", 500), ("other", 500)],
)  # fmt: skip
def test_a_refusal_has_its_status(kind: faults.Kind, status: int) -> None:
    """What a refusal means is said here, once for all faces: what passes is 503, what is ours to mend 500."""
    assert faults.DriverFault(faults.Fault(kind)).status == status
    assert set(faults.CODES) == set(faults.GENERAL)


@pytest.mark.parametrize("kind", list(faults.GENERAL))
def test_a_refusal_is_said_in_the_readers_language(kind: faults.Kind) -> None:
    """The same sentence and way out in each language, never English to a German or Arabic reader."""
    said = []
    for language in ("en", "de", "ar"):
        with speaking(language):
            told = faults.DriverFault(faults.Fault(kind))
        said.append((told.message, told.hint))
    assert len({message for message, _ in said}) == 3
    assert len({hint for _, hint in said}) == (3 if said[0][1] else 1)
