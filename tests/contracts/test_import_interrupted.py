"""Imports whose worker was ended in the middle: what their page says, who goes on with them, and that a cancel holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.contracts.test_import_wizard import BOAT, MESSY, Desk, desk_of
from xrm_core.errors import Conflict
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import importjobs
from xrm_core.services import imports as importing
from xrm_core.services.importing.run import finish
from xrm_core.services.standing import lease_of
from xrm_core.storage import imports as store
from xrm_core.storage import outbox
from xrm_core.testing import temporary_organisation

KINDS = ("import_run",)


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """Boats and yards, without any mapping."""
    with temporary_organisation(metadata={"entities/boat.yaml": BOAT}, url=database_url) as runtime:
        yield from desk_of(runtime)


def begun(desk: Desk) -> str:
    """An import that was started and that no worker has taken yet; its id."""
    desk.form(desk.form(desk.send("boats.csv", MESSY)))
    found = re.search(r"/import/([^/]+)/check", desk.at)
    assert found is not None
    answer = desk.raw(f"/import/{found[1]}/run")
    assert answer.status_code == 303
    return found[1]


def state(desk: Desk, id: str, **values: object) -> str:
    """The state of an import, after setting some of its columns."""
    with desk.runtime.work(SYSTEM, "cli", write=True) as work:
        if values:
            store.update(work.tx, id, values)
        return importing.import_of(work, id).state


def taken(desk: Desk, left: timedelta) -> outbox.Job:
    """A worker takes the job and is ended; so long its lease still lasts."""
    job = outbox.claim(desk.runtime.database, "gone", KINDS, left)
    assert job is not None
    return job


def test_the_page_says_that_a_worker_is_silent_and_when_it_goes_on(desk: Desk) -> None:
    """Whoever waits reads that the import was interrupted and in how many seconds it goes on; the next worker carries it out."""
    id = begun(desk)
    page = desk.get(f"/import/{id}/run")
    assert "interrupted" not in page
    assert 'id="cancel-import"' in page, "what waits can be cancelled"
    job = taken(desk, lease_of("import_run"))
    assert "interrupted" not in desk.get(f"/import/{id}/run"), "a worker that has it is at work"
    outbox.extend(desk.runtime.database, job, timedelta(seconds=9))
    assert re.search(r"goes on by itself in about \d seconds", desk.get(f"/import/{id}/run"))
    outbox.extend(desk.runtime.database, job, -timedelta(seconds=5))
    assert "as soon as a worker is free" in desk.get(f"/import/{id}/run")
    desk.work()
    assert "Done" in desk.get(f"/import/{id}/report")
    assert len(desk.boats()) == 2


def test_a_worker_that_people_wait_for_is_followed_within_half_a_minute() -> None:
    """Imports and exports have a short lease; work that holds the database for long has a long one."""
    assert lease_of("import_run") == lease_of("export") == timedelta(seconds=30)
    assert lease_of("schedule") == timedelta(minutes=2)


def test_the_lease_of_an_import_is_short_from_the_start(desk: Desk) -> None:
    """The worker takes an import for half a minute, not for two."""
    started = begun(desk)
    seen: list[timedelta] = []

    def look(runtime: object, payload: object) -> None:
        with desk.runtime.work(SYSTEM, "job") as work:
            job = importjobs.job_of(work, started)
            assert job is not None
            assert job.leased_until is not None
            seen.append(job.leased_until - datetime.now(UTC))

    desk.worker.handlers = {"import_run": look}
    assert desk.worker.run_once()
    assert timedelta(seconds=25) < seen[0] <= timedelta(seconds=30)


def test_a_cancel_while_nobody_is_at_work_holds_at_once(desk: Desk) -> None:
    """An import whose worker was ended is cancelled by one click, and whoever takes its job later leaves it so; then it can go on."""
    id = begun(desk)
    job = taken(desk, timedelta(seconds=5))
    page = desk.get(f"/import/{id}/run")
    assert 'id="cancel-import"' in page
    desk.raw(f"/import/{id}/cancel")
    assert state(desk, id) == "cancelled"
    outbox.extend(desk.runtime.database, job, -timedelta(seconds=5))
    desk.work()
    assert state(desk, id) == "cancelled"
    assert desk.boats() == []
    assert 'id="go-on"' in desk.get(f"/import/{id}/report")
    desk.post(f"/import/{id}/run")
    assert state(desk, id) == "done"


def test_a_cancel_that_a_worker_was_about_to_follow_holds(desk: Desk) -> None:
    """A worker that was ended between the cancel and the next rows does not make the cancel be forgotten."""
    id = begun(desk)
    job = taken(desk, lease_of("import_run"))
    desk.raw(f"/import/{id}/cancel")
    assert state(desk, id) == "cancelling"
    outbox.extend(desk.runtime.database, job, -timedelta(seconds=5))
    desk.work()
    assert state(desk, id) == "cancelled"
    assert desk.boats() == []


def test_an_import_that_stopped_twice_at_one_row_can_go_on(desk: Desk) -> None:
    """Each try to go on is put down anew, also where the last one did not come further."""
    id = begun(desk)

    def stop(runtime: object, payload: object) -> None:
        state(desk, id, state="failed", error="the disk is full")

    desk.worker.handlers = {"import_run": stop}
    desk.work()
    for _again in range(2):
        assert 'id="go-on"' in desk.get(f"/import/{id}/report")
        desk.post(f"/import/{id}/run")
        assert state(desk, id) == "failed"
    del desk.worker.handlers
    desk.post(f"/import/{id}/run")
    assert state(desk, id) == "done"


def test_an_import_without_any_job_says_that_it_is_left(desk: Desk) -> None:
    """A run of which nothing is heard, and for which no job is down, can be gone on with; so can an undo."""
    id = begun(desk)
    outbox.dead(desk.runtime.database, taken(desk, timedelta(seconds=30)), "gone")
    page = desk.get(f"/import/{id}/run")
    assert "nobody works on it" in page
    assert 'id="go-on"' in page
    desk.post(f"/import/{id}/run")
    assert state(desk, id) == "done"
    state(desk, id, state="undoing")
    assert 'id="go-on"' in desk.get(f"/import/{id}/run")
    desk.post(f"/import/{id}/undo")
    assert state(desk, id) == "undone"
    assert desk.boats() == []


def test_who_comes_second_does_not_end_an_import(desk: Desk) -> None:
    """Of two workers on one import the slower gives up, and the faster one's import stays as it is."""
    id = begun(desk)

    class Second:
        """A run that another one is ahead of."""

        def __init__(self) -> None:
            self.id, self.runtime, self.actor = id, desk.runtime, SYSTEM

    def behind() -> None:
        raise Conflict("another process is at work on this import", code="import_running")

    with pytest.raises(Conflict):
        finish(Second(), behind)  # type: ignore[arg-type]
    assert state(desk, id) == "running"
