"""Work that comes again by itself: once a tick whoever wakes up, in one transaction of the system, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.contracts.shop import plugin_folder
from xrm_core.errors import PluginError
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.plugin.contributions import Schedule
from xrm_core.services import lists, past, records
from xrm_core.services.jobs import Worker
from xrm_core.services.organisation import open_organisation
from xrm_core.services.runtime import Runtime
from xrm_core.services.schedules import carry_out_schedule, tick_of
from xrm_core.storage import credentials, outbox
from xrm_core.storage.ids import new_id
from xrm_core.storage.values import utc_text
from xrm_core.testing import temporary_organisation

CODE = '''
"""A newsletter that ends subscriptions and counts the days."""

from xrm_core.plugin import NewRecord, Patch, Schedule, hook


def end(reader, today):
    """What has run out ends; a mark for each run."""
    over = reader.find("subscription", "record.status == 'running' && record.until < today()")
    return [NewRecord("mark", {"day": today, "count": len(over)}), *(Patch("subscription", s["id"], transition="end") for s in over)]


def burst(reader, today):
    """Never works."""
    raise OSError("no water")


def renew(reader, today):
    """A mark and a later end for each that runs; those belong together."""
    running = reader.find("subscription", "record.status == 'running'")
    return [
        (NewRecord("mark", {"count": s["fee"]}), Patch("subscription", s["id"], {"fee": s["fee"] + 1}))
        for s in sorted(running, key=lambda s: s["fee"])
    ]


@hook
def xrm_schedule():
    """Ends daily, bursts and renews hourly."""
    return [Schedule("end_subscriptions", "daily", end), Schedule("burst", "hourly", burst), Schedule("renew", "hourly", renew)]


@hook("xrm_validate", entity="subscription")
def no_seven(change, reader):
    """Breaks, so that a failing hook is met too."""
    if change.after["fee"] == 70:
        raise ValueError("seventy is too much")
    return []
'''
ENTITIES = """
entity: subscription
fields:
  until: {type: date, required: true}
  fee: {type: integer, max: 100, default: 1}
  status: {type: choice, values: {running: Running, ended: Ended}, default: running, required: true}
lifecycle:
  field: status
  transitions:
    end: {from: [running], to: ended, when: "record.until < today()", may: [clerk], reason: required}
---
entity: mark
fields:
  day: {type: date}
  count: {type: integer, read_only: true}
"""
ROLE = "role: clerk\nlabel: Clerk\n"


@pytest.fixture
def runtime(tmp_path: Path, database_url: str) -> Iterator[Runtime]:
    """An organisation with the plugin, on either database."""
    folder = plugin_folder(tmp_path, "letters", CODE, {"entities/letters.yaml": ENTITIES, "access/roles.yaml": ROLE})
    with temporary_organisation(folders=[folder], url=database_url) as made:
        yield made


def marks(runtime: Runtime) -> list[int]:
    """What each run found."""
    with runtime.work(SYSTEM, "cli") as work:
        return [
            row["count"]
            for row in lists.list_records(work, Query("mark", ("count",), "record.day != null", sort=("id",))).rows
        ]


def subscribe(runtime: Runtime, days: int, fee: int = 1) -> str:
    """A subscription that ends so many days from now."""
    with runtime.work(SYSTEM, "import", write=True) as work:
        values = {"until": work.today + timedelta(days=days), "fee": fee}
        return str(records.create_record(work, "subscription", values)["id"])


def test_two_workers_do_it_once_a_tick(runtime: Runtime) -> None:
    """Two processes wake up at the same time, again and again: the work of the day is done once, that of the next day once more."""
    subscribe(runtime, -1)
    others = [runtime, open_organisation(runtime.settings.root)]
    ready = threading.Barrier(len(others))
    now = datetime.now(UTC)

    def wake(one: Runtime) -> None:
        worker = Worker(one)
        for day in (0, 0, 1):
            ready.wait()
            worker.clock.tick(now + timedelta(days=day))
            while worker.run_once():
                pass

    threads = [threading.Thread(target=wake, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    others[1].database.dispose()
    assert marks(runtime) == [1, 0]


def test_what_it_asks_for_is_saved_as_the_system(runtime: Runtime) -> None:
    """Roles and reasons are for people, guards hold; the history says that the platform did it."""
    over, still = subscribe(runtime, -1), subscribe(runtime, 0)
    carry_out_schedule(runtime, {"name": "end_subscriptions"})
    with runtime.work(SYSTEM, "cli") as work:
        assert records.read_record(work, "subscription", over)["status"] == "ended"
        assert records.read_record(work, "subscription", still)["status"] == "running"
        last = past.history_of(work, "subscription", over)[0]
    assert (last.door, last.transition, last.actor_name) == ("job", "end", "system")


def test_a_schedule_that_fails_is_tried_again_and_names_its_plugin(runtime: Runtime) -> None:
    """Nothing is saved; the job waits with what went wrong; one whose plugin is gone is let go."""
    with pytest.raises(PluginError) as raised:
        carry_out_schedule(runtime, {"name": "burst"})
    for part in ("'letters'", "xrm_schedule:burst", "no water"):
        assert part in raised.value.message
    worker = Worker(runtime)
    assert worker.clock.tick() == 4, "three schedules, and the platform's own"
    assert worker.clock.tick() == 0
    while worker.run_once():
        pass
    with runtime.database.read() as tx:
        assert ["no water" in (job.error or "") for job in outbox.jobs(tx, "waiting")] == [True]
    carry_out_schedule(runtime, {"name": "gone"})


def test_one_record_does_not_keep_the_others_back(runtime: Runtime) -> None:
    """A record that its field refuses and one that a hook breaks on are named in a dead letter; all others are saved, each
    with what belongs to it, once."""
    ids = {fee: subscribe(runtime, 5, fee) for fee in (10, 20, 69, 80, 100)}
    worker = Worker(runtime)
    worker.clock.tick()
    while worker.run_once():
        pass
    with runtime.work(SYSTEM, "cli") as work:
        fees = {fee: records.read_record(work, "subscription", id)["fee"] for fee, id in ids.items()}
        made = [row["count"] for row in lists.list_records(work, Query("mark", ("count",), "record.day == null")).rows]
        dead = outbox.jobs(work.tx, "dead")
    assert fees == {10: 11, 20: 21, 69: 69, 80: 81, 100: 100}
    assert sorted(made) == [10, 20, 80]
    assert len(dead) == 1
    assert "renew: 2 steps were not saved" in str(dead[0].error)
    assert "letters" in str(dead[0].error)
    assert "seventy is too much" in str(dead[0].error)


def test_what_is_over_is_cleared_away(runtime: Runtime) -> None:
    """Once a day jobs done a month ago, expired sessions and sign-in links go; younger ones and dead letters stay."""
    now = datetime.now(UTC)
    with runtime.database.write() as tx:
        for key, state, days in (("old", "done", 31), ("young", "done", 29), ("dead", "dead", 400)):
            outbox.put(tx, "schedule", {"name": "gone"}, key=key)
            at = utc_text(now - timedelta(days=days)) if tx.dialect == "sqlite" else now - timedelta(days=days)
            tx.do("UPDATE xrm_outbox SET state = ?, ended_at = ? WHERE key = ?", (state, at, key))
        for hash, days in (("over", -1), ("open", 1)):
            credentials.add_session(tx, hash, new_id(), now, now + timedelta(days=days))
            credentials.add_link(tx, hash, new_id(), now, now + timedelta(days=days))
    worker = Worker(runtime)
    worker.clock.tick()
    while worker.run_once():
        pass
    with runtime.database.read() as tx:
        kept = {row[0] for row in tx.ask("SELECT key FROM xrm_outbox WHERE key IN ('old', 'young', 'dead')", ())}
        assert kept == {"young", "dead"}
        assert [row[0] for row in tx.ask("SELECT id FROM xrm_session", ())] == ["open"]
        assert [row[0] for row in tx.ask("SELECT hash FROM xrm_signin_link", ())] == ["open"]


def test_ticks_are_days_of_the_organisation_and_hours() -> None:
    """A day begins where the organisation is; an hour is the same everywhere."""
    late = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)
    daily, hourly = Schedule("d", "daily", lambda reader, today: ()), Schedule("h", "hourly", lambda reader, today: ())
    assert tick_of(daily, late, "Europe/Vienna") == "d:2026-03-05"
    assert tick_of(daily, late, "America/Lima") == "d:2026-03-04"
    assert tick_of(hourly, late, "Asia/Kolkata") == "h:2026-03-04T23"
