"""Two processes that do the same at once, and clocks that go back: nothing is done twice, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import lists, past, records
from xrm_core.services.jobs import Worker
from xrm_core.services.runtime import Runtime
from xrm_core.storage import outbox
from xrm_core.testing import temporary_organisation

BOAT = (
    "entity: boat\nfields:\n  name: {type: text, required: true}\n  number: {type: sequence, pattern: 'B-{year}-{n}'}\n"
)


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """Boats, on either database."""
    with temporary_organisation(metadata={"entities/boat.yaml": BOAT}, url=database_url) as made:
        yield made


def test_one_plan_applied_by_two_processes_at_once(runtime: Runtime) -> None:
    """`xrm apply` twice at the same moment: the schema is changed once, one may be told to wait or that the plan is carried
    out, and a third finds nothing to do."""
    with runtime.work(SYSTEM, "cli", write=True) as work:
        for n in range(50):
            records.create_record(work, "boat", {"name": f"Boat {n}"})
    root = runtime.settings.root
    more = "  port: {type: text, required: true, default: Ararat}\n  berth: {type: integer, index: true}\n"
    (root / "metadata" / "entities" / "boat.yaml").write_text(BOAT + more, "utf-8")
    command = [sys.executable, "-m", "xrm_core"]
    plan = root / "plan.json"
    made = subprocess.run(
        [*command, "plan", "--root", root, "--out", plan], capture_output=True, text=True, check=False
    )
    assert plan.exists(), made.stdout + made.stderr
    both = [
        subprocess.Popen(
            [*command, "apply", str(plan), "--root", str(root)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ},
        )
        for _ in range(2)
    ]  # fmt: skip
    told = [process.communicate(timeout=120)[0] for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes[0] == 0, told
    if codes[1]:
        assert any("another process" in text or "database changed" in text for text in told), told
    assert not any("Traceback" in text for text in told), told
    after = subprocess.run([*command, "plan", "--root", root], capture_output=True, text=True, check=False)
    assert "nothing to do" in after.stdout
    with runtime.database.read() as tx:
        assert tx.ask("SELECT count(*), count(port) FROM boat", ())[0] == (50, 50)


def test_a_clock_that_goes_back(runtime: Runtime) -> None:
    """Versions and history go on in the order of writing, pages miss nothing, numbers are those of the year it is said to be,
    and jobs and ticks that were done are not done again."""
    now = datetime.now(UTC)
    moments = [now, now - timedelta(hours=5), now - timedelta(days=400)]
    with runtime.work(SYSTEM, "cli", write=True, now=moments[0]) as work:
        boat = records.create_record(work, "boat", {"name": "A0"})["id"]
    for n, moment in enumerate(moments[1:], 1):
        with runtime.work(SYSTEM, "cli", write=True, now=moment) as work:
            records.update_record(work, "boat", boat, {"name": f"A{n}"}, n)
            records.create_record(work, "boat", {"name": f"B{n}"})
    with runtime.work(SYSTEM, "cli") as work:
        assert [e.changes["name"][1] for e in past.history_of(work, "boat", boat)] == ["A2", "A1", "A0"]
        assert records.read_record(work, "boat", boat)["version"] == 3
        seen, query = [], Query("boat", ("name", "number"), sort=("-created_at",), limit=1)
        while True:
            page = lists.list_records(work, query)
            seen += [row["name"] for row in page.rows]
            if page.next is None:
                break
            query = Query("boat", ("name", "number"), sort=("-created_at",), limit=1, after=page.next)
        assert seen == ["A2", "B1", "B2"]
        numbers = {r["name"]: r["number"] for r in lists.list_records(work, Query("boat", ("name", "number"))).rows}
    assert numbers["B2"] == f"B-{moments[2].year}-1"
    worker = Worker(runtime)
    assert worker.clock.tick(now) == 1
    assert worker.run_once()
    assert worker.clock.tick(now - timedelta(seconds=1)) == 0
    assert Worker(runtime).clock.tick(now) == 0, "another process finds that it was done"
    with runtime.database.write() as tx:
        outbox.put(tx, "schedule", {"name": "gone"})
    earlier = now - timedelta(hours=1)
    assert outbox.claim(runtime.database, "w", ("schedule",), timedelta(minutes=1), earlier) is None, (
        "not before its time"
    )
    assert worker.run_once()
