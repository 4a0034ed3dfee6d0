"""History, sequences, the outbox and locks keep their promises on both databases."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.storage import history, locks, outbox, sequences
from xrm_core.storage.database import Database
from xrm_core.storage.ids import new_id

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def in_threads(work: Callable[[int], Any], count: int = 6) -> list[Any]:
    """What each thread gave."""
    found: list[Any] = []

    def run(n: int) -> None:
        found.append(work(n))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == count
    return found


# -- history
def test_history_keeps_exact_values(gift_database: Database, gifts: Catalog) -> None:
    """Values come back with the types of their columns, newest entry first, page by page, child rows under their parent."""
    gift, child = new_id(), new_id()
    changes = {
        "amount": (None, Decimal("0.10")), "on": (date(2026, 1, 1), None), "at": (None, NOW), "took": (None, MINUTE), "tags": (["a"], []),
        "gone_field": (None, "x"), "thanked": (False, True),
    }  # fmt: skip
    actor = Actor(new_id(), "Anna")
    with gift_database.write() as tx:
        for version in range(1, 6):
            history.write(
                tx, [history.Entry("gift", gift, version, "update", "api", changes if version == 5 else {})], actor, NOW
            )
        own = history.Entry("gift_line", child, 1, "create", "web", {}, parent_entity="gift", parent_id=gift)
        history.write(tx, [own, history.Entry("gift", new_id(), 1, "create", "web")], SYSTEM, NOW)
    with gift_database.read() as tx:
        past = history.of(tx, gifts, "gift", gift, limit=4)
        rest = history.of(tx, gifts, "gift", gift, limit=4, before=past[-1].id)
        one = history.one(tx, gifts, past[1].id)
    assert [p.version for p in [*past, *rest]] == [1, 5, 4, 3, 2, 1]
    assert past[0].record_id == child
    assert one == past[1]
    assert dict(past[1].changes) == changes
    assert str(past[1].changes["amount"][1]) == "0.10"
    assert (past[1].actor_id, past[1].actor_name, past[1].at) == (actor.id, "Anna", NOW)


def test_history_of_a_purged_record_keeps_no_values(gift_database: Database, gifts: Catalog) -> None:
    """After erasing there are entries, and who made them, but no value and no reason."""
    gift = new_id()
    with gift_database.write() as tx:
        entries = [
            history.Entry("gift", gift, n, "update", "api", {"number": (None, "secret")}, reason="secret")
            for n in range(600)
        ]
        history.write(tx, entries, SYSTEM, NOW)
        history.erase(tx, "gift", [gift])
        past = history.of(tx, gifts, "gift", gift, limit=1000)
    assert len(past) == 600
    assert all(not p.changes and p.reason is None for p in past)


# -- sequences
@pytest.mark.parametrize("gapless", [True, False])
def test_no_number_is_given_twice(gift_database: Database, gapless: bool) -> None:
    """Under concurrent writers every number is given once; gapless ones have no holes although some writers fail."""

    def work(n: int) -> list[int]:
        own: list[int] = []
        for i in range(8):
            try:
                with gift_database.write() as tx:
                    first = sequences.take(tx, "gift.number", "2026", 2, gapless=gapless)
                    if (n + i) % 3 == 0:
                        raise RuntimeError
                own += [first, first + 1]
            except RuntimeError:
                pass
        return own

    numbers = sorted(number for own in in_threads(work) for number in own)
    assert len(numbers) == len(set(numbers)) == 64
    if gapless:
        assert numbers == list(range(1, 65))


def test_a_sequence_goes_on_behind_imported_numbers(gift_database: Database) -> None:
    """A number that came from outside is not given again, and a lower one does not turn the sequence back."""
    with gift_database.write() as tx:
        sequences.advance(tx, "gift.number", "2026", 41)
        sequences.advance(tx, "gift.number", "2026", 7)
    with gift_database.write() as tx:
        assert sequences.take(tx, "gift.number", "2026") == 42
        assert sequences.take(tx, "gift.number", "2027") == 1


# -- outbox
def put(db: Database, many: int = 1, **more: Any) -> list[str | None]:
    """Put jobs down."""
    with db.write() as tx:
        return [outbox.put(tx, "mail", {"n": n}, run_at=NOW, **more) for n in range(many)]


def test_each_job_is_taken_once(gift_database: Database) -> None:
    """Workers that compete share the jobs without doubles."""
    put(gift_database, 24)

    def work(n: int) -> list[str]:
        own = []
        while (job := outbox.claim(gift_database, f"w{n}", ("mail",), MINUTE)) is not None:
            own.append(job.id)
            assert outbox.done(gift_database, job)
        return own

    taken = [id for own in in_threads(work) for id in own]
    assert len(taken) == len(set(taken)) == 24


def test_a_lost_lease_is_fenced(gift_database: Database) -> None:
    """When a lease ran out another worker has the job, and the first one's report counts no more."""
    put(gift_database)
    first = outbox.claim(gift_database, "slow", ("mail",), MINUTE, NOW)
    assert first is not None
    assert outbox.claim(gift_database, "fast", ("mail",), MINUTE, NOW) is None
    second = outbox.claim(gift_database, "fast", ("mail",), MINUTE, NOW + 2 * MINUTE)
    assert second is not None
    assert (second.id, second.fence) == (first.id, first.fence + 1)
    assert not outbox.done(gift_database, first)
    assert not outbox.extend(gift_database, first, MINUTE)
    assert outbox.extend(gift_database, second, MINUTE, NOW + 2 * MINUTE)
    assert outbox.done(gift_database, second)


def test_failures_back_off_until_a_job_is_dead(gift_database: Database) -> None:
    """Each pause is longer; after the last attempt a person decides, and may revive the job."""
    [id] = put(gift_database)
    assert id is not None
    at, pauses = NOW, []
    for attempt in range(1, outbox.MAX_ATTEMPTS + 1):
        job = outbox.claim(gift_database, "w", ("mail",), MINUTE, at)
        assert job is not None
        assert job.attempts == attempt
        assert outbox.failed(gift_database, job, "no\x00route", at)
        assert outbox.claim(gift_database, "w", ("mail",), MINUTE, at) is None
        with gift_database.read() as tx:
            waiting = outbox.jobs(tx, "waiting")
        if waiting and waiting[0].run_at is not None:
            pauses.append(waiting[0].run_at - at)
            at = waiting[0].run_at
    assert len(pauses) == outbox.MAX_ATTEMPTS - 1
    assert pauses[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    with gift_database.read() as tx:
        [dead] = outbox.jobs(tx, "dead")
        assert (dead.id, dead.error) == (id, "no route")
        assert outbox.stats(tx).states == {"dead": 1}
    with gift_database.write() as tx:
        assert outbox.revive(tx, id)
        assert not outbox.revive(tx, id)
    job = outbox.claim(gift_database, "w", ("mail",), MINUTE)
    assert job is not None
    assert outbox.done(gift_database, job)
    with gift_database.write() as tx:
        assert outbox.sweep(tx, datetime.now(UTC) + MINUTE) == 1


def test_a_tick_happens_once(gift_database: Database) -> None:
    """Whoever wakes up first puts a scheduled job down; for the others there is nothing to do."""

    def work(n: int) -> bool:
        with gift_database.write() as tx:
            return outbox.put(tx, "nightly", {}, key="2026-03-01") is not None

    assert sorted(in_threads(work)) == [False] * 5 + [True]
    with gift_database.read() as tx:
        stats = outbox.stats(tx)
    assert (stats.due, stats.states) == (1, {"waiting": 1})


def test_work_is_not_done_before_its_time_or_without_its_commit(gift_database: Database) -> None:
    """A job of a transaction that was rolled back never was; one for later waits."""
    with pytest.raises(RuntimeError), gift_database.write() as tx:  # noqa: PT012 - the exception leaves the transaction
        outbox.put(tx, "mail", {})
        raise RuntimeError
    with gift_database.write() as tx:
        outbox.put(tx, "mail", {"to": "é"}, run_at=NOW + MINUTE)
    assert outbox.claim(gift_database, "w", ("mail",), MINUTE, NOW) is None
    assert outbox.claim(gift_database, "w", (), MINUTE, NOW + MINUTE) is None
    job = outbox.claim(gift_database, "w", ("mail", "other"), MINUTE, NOW + MINUTE)
    assert job is not None
    assert (job.payload, job.run_at) == ({"to": "é"}, NOW + MINUTE)


# -- locks
def test_a_lock_has_one_holder(gift_database: Database) -> None:
    """Of those who want a lock one gets it; it is free again when released or when its lease ran out."""
    fences = in_threads(lambda n: locks.take(gift_database, "plan", f"h{n}", MINUTE))
    [fence] = [f for f in fences if f is not None]
    with gift_database.write() as tx:
        assert locks.renew(tx, "plan", fence, -MINUTE)
    again = locks.take(gift_database, "plan", "other", MINUTE)
    assert again == fence + 1
    with gift_database.write() as tx:
        assert not locks.renew(tx, "plan", fence, MINUTE)
    locks.release(gift_database, "plan", again)
    assert locks.take(gift_database, "plan", "third", MINUTE) == fence + 2


def test_a_dead_process_of_this_machine_holds_no_lock(gift_database: Database) -> None:
    """The lock of a process that was killed is free for the next one; that of a living one, or of another machine, is not."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    machine, process, thread = locks.this_holder().rsplit(":", 2)
    fence = locks.take(gift_database, "plan", f"{machine}:{ended.pid}:{thread}", MINUTE)
    assert fence is not None
    assert locks.take(gift_database, "plan", f"{machine}:{process}:1", MINUTE) == fence + 1
    assert locks.take(gift_database, "plan", f"{machine}:{process}:2", MINUTE) is None
    away = locks.take(gift_database, "other", f"elsewhere.{machine}:{ended.pid}:{thread}", MINUTE)
    assert away is not None
    assert locks.take(gift_database, "other", locks.this_holder(), MINUTE) is None
