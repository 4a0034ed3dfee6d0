"""The database: connections set up alike, and transactions that read or write.

SQLite (WAL, synchronous=FULL): one writer at a time in this process, by a lock; `BEGIN IMMEDIATE` keeps other processes off.
PostgreSQL: connections only to a server that takes writes; session time zone UTC; statements end after a time.
Connections are in the driver's autocommit mode; transactions are begun and ended here by their words. The one used last is taken
first: each keeps statements and pages of its own, so that no more of them fill up than work at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import sqlalchemy as sa
from sqlalchemy import event

from xrm_core.errors import SettingsError, StorageError
from xrm_core.expressions import register_sqlite_functions

from . import faults
from .analysis import Growth, analyse
from .transaction import VALUE_ERRORS, Transaction
from .values import decode

log = logging.getLogger("xrm.storage")
Made = TypeVar("Made")


class WriteLock:
    """One writer at a time per database file, whichever `Database` values of this process point to it."""

    def __init__(self) -> None:
        self._lock, self._owner = threading.Lock(), 0

    def acquire(self, timeout: float) -> bool:
        """Wait for the turn, `timeout` seconds at most. Raises StorageError where the thread waits for itself."""
        if self._owner == threading.get_ident():
            raise StorageError("a transaction that writes was begun inside of another one", code="storage")
        if not self._lock.acquire(timeout=timeout):
            return False
        self._owner = threading.get_ident()
        return True

    def release(self) -> None:
        """Let the next one write."""
        self._owner = 0
        self._lock.release()


_locks: WeakValueDictionary[str, WriteLock] = WeakValueDictionary()
_locks_guard = threading.Lock()


def _write_lock(path: str) -> WriteLock:
    with _locks_guard:
        lock = _locks.get(path)
        if lock is None:
            lock = _locks[path] = WriteLock()
        return lock


class Database:
    """Gives transactions on the database at `url` (`sqlite:///path/file` or `postgresql://user:password@host/name`).

    pool: connections kept, as many as threads that work at once; statement_timeout, busy_timeout: seconds that a statement
    may take on PostgreSQL, and that a writer waits for others.
    """

    def __init__(
        self,
        url: str,
        *,
        pool: int = 16,
        statement_timeout: float = 60.0,
        busy_timeout: float = 30.0,
        functions: Sequence[Any] = (),
    ) -> None:
        self.functions = functions
        self.url = _address(url)
        self.dialect = self.url.get_backend_name()
        self.busy_timeout = busy_timeout
        self.growth = Growth()
        self._writers: WriteLock | None = None
        common: dict[str, Any] = {
            "pool_size": pool, "max_overflow": pool, "pool_timeout": busy_timeout, "pool_reset_on_return": None, "pool_recycle": 3600,
            "query_cache_size": 500, "isolation_level": "AUTOCOMMIT", "pool_use_lifo": True,
        }  # fmt: skip
        if self.dialect == "sqlite":
            self.engine = self._sqlite(common)
        else:
            self.engine = self._postgresql(common, statement_timeout)
        self.errors: tuple[type[Exception], ...] = (self.engine.dialect.loaded_dbapi.Error, *VALUE_ERRORS)
        self.any_errors: tuple[type[Exception], ...] = (*self.errors, sa.exc.SQLAlchemyError)
        event.listen(self.engine, "handle_error", _mark_dead)

    def _sqlite(self, common: dict[str, Any]) -> sa.Engine:
        path = Path(str(self.url.database)).resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writers = _write_lock(str(path))
        connect = {
            "check_same_thread": False,
            "isolation_level": None,
            "timeout": self.busy_timeout,
            "cached_statements": 256,
        }
        engine = sa.create_engine(self.url, connect_args=connect, poolclass=sa.QueuePool, **common)
        event.listen(engine, "connect", self._set_up_sqlite)
        return engine

    def _set_up_sqlite(self, connection: Any, record: Any) -> None:
        """Pragmas, and the functions of expressions, those of plugins too."""
        _pragmas(connection)
        register_sqlite_functions(connection, self.functions)

    def _postgresql(self, common: dict[str, Any], statement_timeout: float) -> sa.Engine:
        options = (
            f"-c timezone=UTC -c statement_timeout={int(statement_timeout * 1000)} -c lock_timeout={int(self.busy_timeout * 1000)}"
            " -c idle_in_transaction_session_timeout=600000 -c client_encoding=UTF8 -c jit=off"
        )
        connect = {
            "target_session_attrs": "read-write",
            "options": options,
            "application_name": "xrm",
            "connect_timeout": 10,
        }
        engine = sa.create_engine(self.url, connect_args=connect, paramstyle="format", **common)
        event.listen(engine, "connect", _set_up_postgresql)
        return engine

    def read(self, *, snapshot: bool = False) -> Transaction:
        """A context manager: statements that only read. With `snapshot` they all see one state of the data; SQLite always
        gives that, PostgreSQL at the price of two round trips."""
        return Transaction(self, self._writers, writing=False, snapshot=snapshot)

    def write(self, *, unchecked: bool = False) -> Transaction:
        """A context manager: one transaction that writes, committed at its end and rolled back when an exception leaves it.

        unchecked: SQLite does not watch foreign keys in it (a table that is written anew needs that); check them after.
        """
        return Transaction(self, self._writers, writing=True, unchecked=unchecked)

    def run(self, work: Callable[[Transaction], Made], *, attempts: int = 3) -> Made:
        """`work` in a transaction that writes, done again when it met another change (deadlock, serialisation). So `work`
        must do nothing outside of the transaction."""
        for attempt in range(1, attempts + 1):
            try:
                with self.write() as tx:
                    return work(tx)
            except faults.DriverFault as fault:
                if fault.fault.kind != "retry" or attempt == attempts:
                    raise
                time.sleep(0.01 * 3**attempt)
        raise StorageError("no attempt was allowed", code="storage")

    def grew(self, table: str, rows: int) -> None:
        """Rows were committed to a table: once it has doubled, its statistics are renewed."""
        if self.growth.add(self, table, rows):
            analyse(self, table)

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _address(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise SettingsError(
            "the address of the database cannot be read", hint="write sqlite:///file or postgresql://..."
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if not parsed.database or parsed.database == ":memory:" or parsed.database.startswith("file:"):
            raise SettingsError("the database must be a file", code="database", hint="write sqlite:///data/xrm.sqlite3")
        return parsed.set(drivername="sqlite+pysqlite")
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise SettingsError(f"no support for the database {backend!r}", code="database", hint="use sqlite or postgresql")


def _pragmas(connection: Any) -> None:
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-16000",
        "recursive_triggers=OFF",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


def _set_up_postgresql(connection: Any, record: Any) -> None:
    from psycopg.types.json import set_json_loads  # imported only where PostgreSQL is used
    from psycopg.types.string import TextLoader

    connection.adapters.register_loader("uuid", TextLoader)
    set_json_loads(decode, connection)


def _mark_dead(context: Any) -> None:
    """A server that became a standby refuses writes with 25006: the connection is of no more use."""
    if getattr(context.original_exception, "sqlstate", None) == "25006":
        context.is_disconnect = True
