"""Named locks among processes: a row with a holder and a lease. A holder that dies loses it when the lease runs out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .database import Database
from .transaction import Transaction
from .values import utc_text


def take(db: Database, name: str, holder: str, lease: timedelta) -> int | None:
    """Take the lock for the length of the lease: its fencing number, or None while somebody else has it."""
    now = datetime.now(UTC)
    with db.write() as tx:
        rows = tx.ask(
            "INSERT INTO xrm_lock (name, holder, until, fence) VALUES (?, ?, ?, 1) ON CONFLICT (name) DO UPDATE"
            " SET holder = excluded.holder, until = excluded.until, fence = xrm_lock.fence + 1"
            " WHERE xrm_lock.until < ? OR xrm_lock.holder = excluded.holder RETURNING fence",
            (name, holder, _sent(tx, now + lease), _sent(tx, now)),
        )
        return int(rows[0][0]) if rows else None


def renew(tx: Transaction, name: str, fence: int, lease: timedelta) -> bool:
    """Keep the lock for another lease, in a transaction. False when it was lost."""
    return tx.do("UPDATE xrm_lock SET until = ? WHERE name = ? AND fence = ?", (_sent(tx, datetime.now(UTC) + lease), name, fence)) == 1


def release(db: Database, name: str, fence: int) -> None:
    """Give the lock back."""
    with db.write() as tx:
        past = _sent(tx, datetime.now(UTC) - timedelta(seconds=1))
        tx.do("UPDATE xrm_lock SET holder = NULL, until = ? WHERE name = ? AND fence = ?", (past, name, fence))


def _sent(tx: Transaction, value: datetime) -> object:
    return utc_text(value) if tx.dialect == "sqlite" else value
