"""The platform's own tables: made at the first start, brought up to date by numbered steps after that."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from xrm_core.errors import StorageError

from . import people
from .database import Database
from .system import PARTIAL, system
from .transaction import Transaction

VERSION_KEY = "system_version"
LOCK_KEY = 7_215_046_118_903_251
"""Key of the PostgreSQL advisory lock that lets one process make the tables."""


def _first(tx: Transaction) -> None:
    """All tables as they are today; on PostgreSQL with the columns and functions that search needs."""
    from . import search

    for table in system.tables.values():
        for index in table.indexes:
            if str(index.name) in PARTIAL:
                index.dialect_options[tx.dialect]["where"] = sa.text(PARTIAL[str(index.name)])
    system.create_all(tx.conn, checkfirst=True)
    search.create(tx)


def _signing(tx: Transaction) -> None:
    """Passwords, second factors, guesses, what stands between two steps of a sign-in, and who people are elsewhere."""
    made = [system.tables[f"xrm_{n}"] for n in ("password", "factor", "recovery", "guess", "pending", "identity")]
    system.create_all(tx.conn, made, checkfirst=True)


def _access_log(tx: Transaction) -> None:
    """The log of access, and what keeps it from being changed."""
    from . import access_log

    system.create_all(tx.conn, [system.tables["xrm_access_log"]], checkfirst=True)
    access_log.protect(tx)


def _standing_in(tx: Transaction) -> None:
    """The history says in whose place somebody acted."""
    if "actor_for" not in {column["name"] for column in sa.inspect(tx.conn).get_columns("xrm_history")}:
        kind = "UUID" if tx.dialect == "postgresql" else "TEXT"
        tx.do(f"ALTER TABLE xrm_history ADD COLUMN actor_for {kind}", ())


def _acts(tx: Transaction) -> None:
    """What people did lately, so that it can be taken back."""
    system.create_all(tx.conn, [system.tables["xrm_act"]], checkfirst=True)


def _personal(tx: Transaction) -> None:
    """What is kept for one person."""
    system.create_all(tx.conn, [system.tables["xrm_personal"]], checkfirst=True)


def _notices(tx: Transaction) -> None:
    """What people are told."""
    system.create_all(tx.conn, [system.tables["xrm_notice"]], checkfirst=True)


def _kept(tx: Transaction) -> None:
    """Marks of kept paths that are behind."""
    system.create_all(tx.conn, [system.tables["xrm_kept_late"]], checkfirst=True)


STEPS: tuple[Callable[[Transaction], None], ...] = (
    _first,
    _signing,
    _access_log,
    _standing_in,
    _acts,
    _personal,
    _notices,
    _kept,
)
"""What each version of the platform's tables adds; the number of steps done is kept in xrm_meta. Only ever append."""


def install(db: Database) -> None:
    """Make or update the platform's own tables. Raises StorageError when a newer program has been at work here."""
    with db.read() as tx:
        if version(tx) == len(STEPS):
            return
    with db.write() as tx:
        if tx.dialect == "postgresql":
            tx.ask("SELECT pg_advisory_xact_lock(?)", (LOCK_KEY,))
        done = version(tx)
        if done > len(STEPS):
            raise StorageError(
                "this database was made by a newer version of the program",
                code="newer_database",
                hint="update the program",
            )
        for step in STEPS[done:]:
            step(tx)
        people.renew(tx)
        set_meta(tx, VERSION_KEY, str(len(STEPS)))


def version(tx: Transaction) -> int:
    """How many steps this database has; 0 for an empty one."""
    if not sa.inspect(tx.conn).has_table("xrm_meta"):
        return 0
    return int(get_meta(tx, VERSION_KEY) or 0)


def get_meta(tx: Transaction, name: str) -> str | None:
    """A value that the platform keeps about this database."""
    found = tx.ask("SELECT value FROM xrm_meta WHERE name = ?", (name,))
    return str(found[0][0]) if found else None


def set_meta(tx: Transaction, name: str, value: str) -> None:
    """Keep a value about this database."""
    tx.do(
        "INSERT INTO xrm_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
