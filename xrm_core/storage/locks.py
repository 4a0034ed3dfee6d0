"""Named locks among processes: a row with a holder and a lease. A holder that dies loses it when the lease runs out, or as
soon as somebody on the same machine asks for it. Fencing numbers keep out a holder that lost its lock and does not know."""

from __future__ import annotations

import os
import socket
import threading
from datetime import UTC, datetime, timedelta

from .database import Database
from .transaction import Transaction
from .values import utc_text


def this_holder() -> str:
    """The name of this thread among all holders: machine, process, thread."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"


def take(db: Database, name: str, holder: str, lease: timedelta) -> int | None:
    """Take the lock for the length of the lease: its fencing number, or None while somebody else has it."""
    now = datetime.now(UTC)
    with db.write() as tx:
        held = tx.ask("SELECT holder FROM xrm_lock WHERE name = ?", (name,))
        if held and held[0][0] is not None and _is_dead(held[0][0]):
            tx.do(
                "UPDATE xrm_lock SET until = ? WHERE name = ? AND holder = ?",
                (_sent(tx, now - timedelta(seconds=1)), name, held[0][0]),
            )
        rows = tx.ask(
            "INSERT INTO xrm_lock (name, holder, until, fence) VALUES (?, ?, ?, 1) ON CONFLICT (name) DO UPDATE"
            " SET holder = excluded.holder, until = excluded.until, fence = xrm_lock.fence + 1"
            " WHERE xrm_lock.until < ? OR xrm_lock.holder = excluded.holder RETURNING fence",
            (name, holder, _sent(tx, now + lease), _sent(tx, now)),
        )
        return int(rows[0][0]) if rows else None


def renew(tx: Transaction, name: str, fence: int, lease: timedelta) -> bool:
    """Keep the lock for another lease, in a transaction. False when it was lost."""
    return (
        tx.do(
            "UPDATE xrm_lock SET until = ? WHERE name = ? AND fence = ?",
            (_sent(tx, datetime.now(UTC) + lease), name, fence),
        )
        == 1
    )


def release(db: Database, name: str, fence: int) -> None:
    """Give the lock back."""
    with db.write() as tx:
        past = _sent(tx, datetime.now(UTC) - timedelta(seconds=1))
        tx.do("UPDATE xrm_lock SET holder = NULL, until = ? WHERE name = ? AND fence = ?", (past, name, fence))


def hold(tx: Transaction, name: str) -> None:
    """Hold a name until the transaction ends, after whoever holds it now. SQLite lets one transaction write at a time anyway;
    one that only reads holds nothing."""
    if tx.writing and tx.dialect != "sqlite":
        tx.ask("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (f"xrm_hold:{name}",))


def _is_dead(holder: str) -> bool:
    """Was the holder a process of this machine that is no more? Of other machines nobody can say."""
    machine, _, rest = holder.rpartition(":")[0].rpartition(":")
    if os.name != "posix" or machine != socket.gethostname() or not rest.isdecimal():
        return False
    try:
        os.kill(int(rest), 0)  # asks whether it is there; nothing is sent
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _sent(tx: Transaction, value: datetime) -> object:
    return utc_text(value) if tx.dialect == "sqlite" else value
