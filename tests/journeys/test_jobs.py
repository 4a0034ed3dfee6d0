"""The page of jobs: dead letters with their reason, and another try; what was done, when and how often."""

from __future__ import annotations

from datetime import timedelta

from xrm_core.metamodel.values import SYSTEM
from xrm_core.storage import outbox

from .conftest import NewPerson, Server


def test_a_dead_letter_says_why_and_is_tried_again(server: Server, person: NewPerson) -> None:
    """What failed for good stands first, with what happened in words; what the program said is behind a click; one more puts it back in
    the queue."""
    database = server.runtime.database
    with server.runtime.work(SYSTEM, "cli", write=True) as work:
        id = outbox.put(work.tx, "zz_send_letter", {"entity": "donation"})
    job = outbox.claim(database, "test", ("zz_send_letter",), timedelta(minutes=1))
    assert job is not None
    outbox.dead(database, job, "the printer <b>is</b> on fire")
    ben = person()
    ben.go("/jobs?state=dead")
    row = ben.tab.locator(f"#job-{id}")
    assert "The program failed at this work." in row.inner_text()
    assert "on fire" not in row.inner_text()
    row.locator("summary").click()
    assert "the printer <b>is</b> on fire" in row.inner_text()
    row.locator("button:has-text('Try again')").click()
    assert ben.toast() == "The job will be tried again"
    ben.go("/jobs?state=waiting")
    assert ben.tab.locator(f"#job-{id}").count() == 1
    for did in ({"donation": 3}, {}):
        with server.runtime.work(SYSTEM, "cli", write=True) as work:
            kind = f"zz_looked_{len(did)}"
            assert outbox.put(work.tx, kind, {"name": "zz"}, key=f"{kind}:2026-03-04")
        job = outbox.claim(database, "test", (kind,), timedelta(minutes=1))
        assert job is not None
        outbox.done(database, job, did)
        ben.go("/jobs?state=done")
        row = ben.tab.locator(f"#job-{job.id}")
        assert ("Donations: 3" if did else "Nothing was due") in row.inner_text()
        row.locator("summary").click()
        assert "4 Mar 2026" in row.inner_text()
        assert "zz_looked" not in row.locator("dd").last.inner_text()
