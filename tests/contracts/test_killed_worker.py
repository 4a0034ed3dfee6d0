"""A worker that is killed in the middle of a job: another one does it, and the receiver can tell that it comes again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.shop import plugin_folder
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import records
from xrm_core.services.jobs import Worker
from xrm_core.services.runtime import Runtime
from xrm_core.storage import outbox
from xrm_core.testing import temporary_organisation

CODE = '''
"""Tells another system of each letter, and takes its time the first time."""

import os
import time
from pathlib import Path

from xrm_core.plugin import hook


@hook(entity="letter")
def xrm_after_commit(changes):
    """A line for each letter that is told of; the first telling never ends."""
    told = Path(os.environ["XRM_TEST_TOLD"])
    first = not told.exists()
    with told.open("a") as out:
        out.writelines(f"{c.id}:{c.after['version']}\\n" for c in changes)
    if first:
        time.sleep(600)
'''


@pytest.fixture
def runtime(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """An organisation that tells of its letters, on either database."""
    monkeypatch.setenv("XRM_TEST_TOLD", str(tmp_path / "told.txt"))
    entity = "entity: letter\nfields: {text: {type: text}}\n"
    folder = plugin_folder(tmp_path, "post", CODE, {"entities/letter.yaml": entity})
    with temporary_organisation(folders=[folder], url=database_url) as made:
        yield made


def test_a_killed_workers_job_is_done_by_another(runtime: Runtime, tmp_path: Path) -> None:
    """The job stays the dead worker's until its lease is over, then another worker does it: told twice, with the same id and
    version; the save itself stands all the time."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        letter = records.create_record(work, "letter", {"text": "Dear all"})["id"]
    told = tmp_path / "told.txt"
    command = [sys.executable, "-m", "xrm_core", "worker", "--root", str(runtime.settings.root)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ})
    try:
        until = time.monotonic() + 60
        while not told.exists() or not told.read_text("utf-8"):
            assert process.poll() is None, process.stdout and process.stdout.read()
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    worker = Worker(runtime)
    while worker.run_once():
        pass
    assert told.read_text("utf-8").splitlines() == [f"{letter}:1"], "its lease is not over"
    with runtime.database.write() as tx:
        assert [job.attempts for job in outbox.jobs(tx, "running")] == [1]
        over = "'2020-01-01 00:00:00.000000'"
        tx.do(f"UPDATE xrm_outbox SET leased_until = {over} WHERE state = 'running'", ())  # no input in it
    assert worker.run_once()
    assert told.read_text("utf-8").splitlines() == [f"{letter}:1"] * 2
    with runtime.database.read() as tx:
        assert [job.attempts for job in outbox.jobs(tx, "done") if job.kind == "after_commit"] == [2]
        assert not outbox.jobs(tx, "running")
