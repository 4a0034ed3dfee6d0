"""Uploads that no record takes go after a day, and nothing else does: whoever saves, uploads or is killed at that moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from xrm_core.errors import InvalidRecord, NotFound
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import files, records, sweeping
from xrm_core.services.bulk import upsert_records
from xrm_core.services.deleting import delete_record, purge_record
from xrm_core.services.past import history_of, restore_values
from xrm_core.services.runtime import Runtime
from xrm_core.storage import attachments
from xrm_core.testing import temporary_organisation

LETTER = """
entity: letter
fields:
  name: {type: text, required: true}
  scan: {type: file}
  pages:
    type: child_table
    fields:
      picture: {type: file}
---
entity: note
fields:
  scan: {type: file}
"""
NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=3)
DAY_AGO = NOW - timedelta(days=1)


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """Letters with files, on either database."""
    with temporary_organisation(metadata={"entities/letter.yaml": LETTER}, url=database_url) as made:
        yield made


def upload(
    runtime: Runtime, body: bytes, when: datetime = LONG_AGO, entity: str = "letter", field: str = "scan"
) -> str:
    """A file that was uploaded some time ago."""
    with runtime.work(SYSTEM, "api", write=True, now=when) as work:
        id = files.keep(work, "a.txt", "text/plain", body, entity, field)
    for path in bytes_of(runtime):
        os.utime(path, (when.timestamp(), when.timestamp()))
    return id


def bytes_of(runtime: Runtime) -> list[Path]:
    """What lies on disk."""
    return [path for path in runtime.files.rglob("*") if path.is_file()]


def make(runtime: Runtime, entity: str = "letter", **values: Any) -> str:
    """A new record's id."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        return str(records.create_record(work, entity, values)["id"])


def is_there(runtime: Runtime, id: str) -> bool:
    """Can the file be fetched, bytes and all?"""
    with runtime.work(SYSTEM, "web") as work:
        try:
            return bool(files.fetch(work, id).body)
        except NotFound:
            return False


def test_only_what_nobody_holds_goes(runtime: Runtime) -> None:
    """An old upload goes with its bytes; a fresh one, those of records, rows and history, and bytes that two share stay."""
    lost, held, row = (upload(runtime, body) for body in (b"lost", b"held", b"row"))
    twin, shared = upload(runtime, b"same"), upload(runtime, b"same")
    fresh = upload(runtime, b"fresh", NOW)
    letter = make(
        runtime,
        name="A",
        scan=held,
        pages=[{"picture": upload(runtime, b"row", entity="letter_pages", field="picture")}],
    )
    make(runtime, name="B", scan=shared)
    with runtime.work(SYSTEM, "api", write=True) as work:
        records.update_record(work, "letter", letter, {"scan": None})
        entry = history_of(work, "letter", letter)[0]
    assert sweeping.sweep_uploads(runtime, DAY_AGO) == 3
    assert [is_there(runtime, id) for id in (lost, row, twin)] == [False] * 3
    assert [is_there(runtime, id) for id in (held, shared, fresh)] == [True] * 3
    assert len(bytes_of(runtime)) == 4
    with runtime.work(SYSTEM, "api", write=True) as work:
        restore_values(work, "letter", letter, entry.id, ["scan"])
        assert records.read_record(work, "letter", letter)["scan"] == held
    assert sweeping.sweep_uploads(runtime, DAY_AGO) == 0


def test_files_of_records_saved_before_anybody_kept_count(runtime: Runtime) -> None:
    """Rows that do not say who holds them are looked for in records, in the bin too, and in their history."""
    held, binned, past, lost = (upload(runtime, body) for body in (b"held", b"binned", b"past", b"lost"))
    make(runtime, name="A", scan=held)
    gone, changed = make(runtime, name="B", scan=binned), make(runtime, name="C", scan=past)
    with runtime.work(SYSTEM, "api", write=True) as work:
        delete_record(work, "letter", gone)
        records.update_record(work, "letter", changed, {"scan": None})
        work.tx.do("UPDATE xrm_file SET record_id = NULL", ())
    assert sweeping.sweep_uploads(runtime, DAY_AGO) == 1
    assert [is_there(runtime, id) for id in (held, binned, past, lost)] == [True, True, True, False]


def test_a_purged_record_lets_its_file_go(runtime: Runtime) -> None:
    """With the values of its history nobody is left who could ask for it; one that another record holds too stays."""
    own, common = upload(runtime, b"own"), upload(runtime, b"common")
    first, second = make(runtime, name="A", scan=own), make(runtime, name="B", scan=common)
    make(runtime, name="C", scan=common)
    with runtime.work(SYSTEM, "cli", write=True) as work:
        for id in (first, second):
            delete_record(work, "letter", id)
            purge_record(work, "letter", id)
    assert sweeping.sweep_uploads(runtime, DAY_AGO) == 1
    assert (is_there(runtime, own), is_there(runtime, common)) == (False, True)


def test_a_record_that_is_saved_at_that_moment_keeps_its_file(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look for a holder and the removal a record takes the file: it stays."""
    late, lost, look = upload(runtime, b"late"), upload(runtime, b"lost"), attachments.holders

    def and_then(*asked: Any) -> dict[str, str]:
        found = look(*asked)
        monkeypatch.setattr(attachments, "holders", look)
        taken.append(late)
        return found

    taken: list[str] = []
    remove = attachments.remove

    def save_first(tx: Any, ids: Any, before: datetime) -> int:
        if taken:
            taken.clear()
            attachments.hold(tx, late, late)
        return remove(tx, ids, before)

    monkeypatch.setattr(attachments, "holders", and_then)
    monkeypatch.setattr(attachments, "remove", save_first)
    assert sweeping.sweep_uploads(runtime, DAY_AGO) == 1
    assert (is_there(runtime, late), is_there(runtime, lost)) == (True, False)


def test_a_save_that_comes_too_late_is_refused(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file was swept between check and write: the record is told so, alone and in bulk; nothing points to nothing."""
    get = attachments.get

    def and_swept(tx: Any, id: str) -> Any:
        found = get(tx, id)
        attachments.remove(tx, [id], NOW)
        return found

    monkeypatch.setattr(attachments, "get", and_swept)
    with runtime.work(SYSTEM, "api", write=True) as work, pytest.raises(InvalidRecord, match="scan"):
        records.create_record(work, "letter", {"name": "A", "scan": upload_in(work, b"one")})
    with runtime.work(SYSTEM, "api", write=True) as work:
        results = upsert_records(work, "letter", [{"name": "B", "scan": upload_in(work, b"two")}, {"name": "C"}])
    assert [r.status for r in results] == ["refused", "created"]
    assert results[0].problems[0].field == "scan"


def upload_in(work: Any, body: bytes) -> str:
    """An old upload, made in this transaction."""
    now, work.now = work.now, LONG_AGO
    id = files.keep(work, "a.txt", "text/plain", body, "letter", "scan")
    work.now = now
    return id


def test_one_that_is_killed_is_finished_by_the_next(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows gone and bytes not, bytes on their way out, uploads half written: the next sweep sees to all of it."""

    class Killed(BaseException):
        """Stands for a process that ends at once."""

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    lost, held = upload(runtime, b"lost"), upload(runtime, b"held")
    make(runtime, name="A", scan=held)
    with monkeypatch.context() as patch:
        patch.setattr(sweeping, "_sweep_folder", die)
        with pytest.raises(Killed):
            sweeping.sweep_uploads(runtime, DAY_AGO)
    assert not is_there(runtime, lost)
    assert len(bytes_of(runtime)) == 2
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", die)
        with pytest.raises(Killed):
            sweeping.sweep_uploads(runtime, DAY_AGO)
    for path in bytes_of(runtime):  # as if it had been killed at the other file, and an upload beside it
        if path.suffix != sweeping.GOING:
            path.replace(path.with_name(path.name + sweeping.GOING))
            half = path.with_name(path.name + ".1-2.new")
            half.write_bytes(b"ha")
            os.utime(half, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    sweeping.sweep_uploads(runtime, DAY_AGO)
    assert is_there(runtime, held)
    assert [path.suffix for path in bytes_of(runtime)] == [""]


def test_the_same_bytes_uploaded_anew_stay(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody uploads what is about to go: before the sweep gets to it, and while it has it in hand."""
    upload(runtime, b"again")
    with runtime.work(SYSTEM, "api", write=True) as work:
        work.tx.do("DELETE FROM xrm_file", ())
    described = attachments.described

    def meanwhile(*asked: Any) -> set[str]:
        found = described(*asked)
        if not kept:
            files._lay_down(next(iter(bytes_of(runtime))), b"again")
            kept.append("")
        return found

    kept: list[str] = []
    monkeypatch.setattr(attachments, "described", meanwhile)
    sweeping.sweep_uploads(runtime, DAY_AGO)
    (path,) = bytes_of(runtime)
    assert (path.suffix, path.read_bytes()) == ("", b"again")


def test_a_file_of_an_entity_that_is_gone_stays(runtime: Runtime) -> None:
    """Nobody can say who holds it."""
    id = upload(runtime, b"x")
    with runtime.work(SYSTEM, "api", write=True) as work:
        work.tx.do("UPDATE xrm_file SET entity = 'former'", ())
    assert sweeping.sweep_uploads(runtime, DAY_AGO) == 0
    with runtime.database.read() as tx:
        assert attachments.get(tx, id) is not None


def test_the_daily_sweep_does_it(runtime: Runtime) -> None:
    """As the job that a worker carries out; uploads to the import page that became no import go too."""
    lost = upload(runtime, b"lost")
    folder = runtime.files / "imports" / "orphan"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("x")
    os.utime(folder, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    sweeping.sweep(runtime, {})
    assert not is_there(runtime, lost)
    assert not folder.exists()
