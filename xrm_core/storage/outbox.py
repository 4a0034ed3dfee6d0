"""Work to do after a commit, put down in the transaction that calls for it, and taken by workers one job at a time.

At least once: a worker has a job for the length of its lease; when the lease runs out another one takes it, with a higher
fencing number, and what the first one reports then counts no more. A failed job is tried again, later each time; after
MAX_ATTEMPTS it is dead and waits for a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from .database import Database
from .ids import new_id
from .system import outbox as table
from .transaction import Transaction
from .values import from_json, to_json_text, to_jsonb, utc_text, utc_value

MAX_ATTEMPTS = 10
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=6)
MAX_ERROR = 2000
"""Characters kept of what went wrong."""


class Job(Struct, frozen=True):
    """A job that a worker has taken. `fence` rises each time the job is taken; receivers may refuse a lower one."""

    id: str
    kind: str
    payload: Mapping[str, Any]
    attempts: int
    fence: int
    key: str | None = None
    run_at: datetime | None = None
    error: str | None = None
    ended_at: datetime | None = None


def put(
    tx: Transaction, kind: str, payload: Mapping[str, Any], key: str | None = None, run_at: datetime | None = None
) -> str | None:
    """Put a job down, to be done after the commit and not before `run_at`. None where a job of this kind and `key` was put
    down before, be it done or not: so a scheduled tick happens once, whoever wakes up first."""
    id, now = new_id(), datetime.now(UTC)
    send = to_json_text if tx.dialect == "sqlite" else to_jsonb
    values = (id, kind, send(dict(payload)), key, _time(tx, now), _time(tx, run_at or now))
    count = tx.do(
        "INSERT INTO xrm_outbox (id, kind, payload, key, created_at, run_at, state, attempts, fence)"
        " VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, 0) ON CONFLICT (kind, key) DO NOTHING",
        values,
    )
    return id if count == 1 else None


def _time(tx: Transaction, value: datetime) -> Any:
    return utc_text(value) if tx.dialect == "sqlite" else value


DUE = "kind IN ({}) AND ((state = 'waiting' AND run_at <= ?) OR (state = 'running' AND leased_until < ?))"
LOOK = "SELECT 1 FROM xrm_outbox WHERE {due} LIMIT 1"
CLAIM = (
    "UPDATE xrm_outbox SET state = 'running', worker = ?, leased_until = ?, fence = fence + 1, attempts = attempts + 1"
    " WHERE id = (SELECT id FROM xrm_outbox WHERE {due} ORDER BY run_at, id LIMIT 1{skip})"
    " RETURNING id, kind, payload, attempts, fence, key, run_at, error"
)


def claim(db: Database, worker: str, kinds: Sequence[str], lease: timedelta, now: datetime | None = None) -> Job | None:
    """Take the job that is due longest, for the length of the lease; None where none is due."""
    if not kinds:
        return None
    now = now or datetime.now(UTC)
    due = DUE.format(", ".join("?" * len(kinds)))
    if db.dialect == "sqlite":
        with db.read() as look:  # so that an idle worker does not take the write lock again and again
            if not look.ask(LOOK.format(due=due), (*kinds, utc_text(now), utc_text(now))):
                return None
    sql = CLAIM.format(due=due, skip="" if db.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED")
    with db.write() as tx:
        rows = tx.ask(sql, (worker, _time(tx, now + lease), *kinds, _time(tx, now), _time(tx, now)))
        return _job(rows[0], db.dialect) if rows else None


def _job(row: Sequence[Any], dialect: str) -> Job:
    id, kind, payload, attempts, fence, key, run_at, error = row
    if dialect == "sqlite":
        payload, run_at = from_json(payload), utc_value(run_at)
    return Job(id, kind, payload, attempts, fence, key, run_at, error)


def done(db: Database, job: Job, did: Mapping[str, int] | None = None) -> bool:
    """The job is done; `did` is how many changes it brought about, by entity, kept in its payload under that name. False when the
    lease had run out and the job is no longer this worker's."""
    return _end(db, job, "done", None, None, {**job.payload, "did": dict(did)} if did is not None else None)


def failed(db: Database, job: Job, error: str, now: datetime | None = None) -> bool:
    """The job failed: it is tried again after a pause that doubles, or is dead after MAX_ATTEMPTS. False as `done`."""
    if job.attempts >= MAX_ATTEMPTS:
        return _end(db, job, "dead", error, None)
    pause = min(FIRST_PAUSE * 2 ** (job.attempts - 1), LONGEST_PAUSE)
    return _end(db, job, "waiting", error, (now or datetime.now(UTC)) + pause)


def dead(db: Database, job: Job, error: str) -> bool:
    """The job cannot be done, and trying again would not help. False as `done`."""
    return _end(db, job, "dead", error, None)


def extend(db: Database, job: Job, lease: timedelta, now: datetime | None = None) -> bool:
    """Go on having the job for another lease. False when it is no longer this worker's: then stop."""
    with db.write() as tx:
        until = _time(tx, (now or datetime.now(UTC)) + lease)
        sql = "UPDATE xrm_outbox SET leased_until = ? WHERE id = ? AND fence = ? AND state = 'running'"
        return tx.do(sql, (until, job.id, job.fence)) == 1


def _end(
    db: Database,
    job: Job,
    state: str,
    error: str | None,
    run_at: datetime | None,
    payload: Mapping[str, Any] | None = None,
) -> bool:
    with db.write() as tx:
        ended = None if state == "waiting" else _time(tx, datetime.now(UTC))
        again = _time(tx, run_at or job.run_at or datetime.now(UTC))
        send = to_json_text if tx.dialect == "sqlite" else to_jsonb
        sql = (
            "UPDATE xrm_outbox SET state = ?, error = ?, run_at = ?, ended_at = ?, payload = ?, worker = NULL, leased_until = NULL"
            " WHERE id = ? AND fence = ? AND state = 'running'"
        )
        said = error and error[:MAX_ERROR].replace("\x00", " ")
        told = send(dict(job.payload if payload is None else payload))
        return tx.do(sql, (state, said, again, ended, told, job.id, job.fence)) == 1


# -- for people
class Stats(Struct, frozen=True):
    """Jobs by state, how many of them are due now, and since when the oldest of these waits."""

    states: Mapping[str, int]
    due: int
    oldest: datetime | None


def stats(tx: Transaction, now: datetime | None = None) -> Stats:
    """How the outbox stands."""
    c = table.c
    states = {row[0]: row[1] for row in tx.conn.execute(sa.select(c.state, sa.func.count()).group_by(c.state))}
    due = sa.select(sa.func.count(), sa.func.min(c.run_at, type_=c.run_at.type))
    count, oldest = tx.conn.execute(due.where(c.state == "waiting", c.run_at <= (now or datetime.now(UTC)))).one()
    return Stats(states, count, oldest)


def jobs(tx: Transaction, state: str, limit: int = 100, before: str | None = None) -> list[Job]:
    """Jobs in a state (waiting, running, done, dead), the newest first; `before` is the id to go on from."""
    c = table.c
    columns = [c.id, c.kind, c.payload, c.attempts, c.fence, c.key, c.run_at, c.error, c.ended_at]
    statement = sa.select(*columns).where(c.state == state).order_by(c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(c.id < before)
    return [Job(*row) for row in tx.conn.execute(statement)]


class Standing(Struct, frozen=True):
    """A job that waits or is at work, as whoever waits for it sees it: due when, and leased until when."""

    kind: str
    state: str
    attempts: int
    run_at: datetime
    leased_until: datetime | None


def under_way(tx: Transaction, kinds: Sequence[str], name: str, value: str) -> Standing | None:
    """The oldest job of these kinds that waits or is at work and has this value of that name in its payload."""
    c = table.c
    statement = sa.select(c.payload, c.kind, c.state, c.attempts, c.run_at, c.leased_until)
    for payload, *rest in tx.conn.execute(
        statement.where(c.kind.in_(kinds), c.state.in_(("waiting", "running"))).order_by(c.id)
    ):
        if payload.get(name) == value:
            return Standing(*rest)
    return None


def revive(tx: Transaction, id: str) -> bool:
    """Let a dead job be tried again from the beginning. False where there is no such dead job."""
    c = table.c
    found = tx.conn.execute(
        sa.update(table)
        .where(c.id == id, c.state == "dead")
        .values(state="waiting", attempts=0, run_at=datetime.now(UTC), ended_at=None)
    )
    return bool(found.rowcount)


def sweep(tx: Transaction, older: datetime) -> int:
    """Remove jobs that were done before a time, and say how many. Dead ones stay until a person has seen to them."""
    c = table.c
    return int(tx.conn.execute(sa.delete(table).where(c.state == "done", c.ended_at < older)).rowcount)
