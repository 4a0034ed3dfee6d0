"""A transaction: statements on the driver for the paths that must be fast, a SQLAlchemy connection for everything else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from xrm_core.errors import StorageError
from xrm_core.expressions import exact_sums

from . import faults
from .wire import Wire

if TYPE_CHECKING:
    from sqlalchemy.pool import PoolProxiedConnection

    from .database import Database, WriteLock

log = logging.getLogger("xrm.storage")

LARGE = ("PRAGMA wal_autocheckpoint=8000", "PRAGMA cache_size=-64000")
USUAL = ("PRAGMA wal_autocheckpoint=1000", "PRAGMA cache_size=-16000")
"""SQLite, for transactions that touch much of the indexes, and after them: how many pages the log may hold before they are
carried into the file, and how much of the file is kept in memory (KiB)."""
PASSED = "integer overflow"
"""What SQLite says where a sum passes 64 bits."""
VALUE_ERRORS: tuple[type[Exception], ...] = (OverflowError, UnicodeError, ValueError)
"""What is raised for values that a driver cannot send, beside its own errors."""


class Transaction:
    """Made by `Database.read` and `Database.write`; used by one thread, with `with`.

    `statements` counts what was sent to the database in it, but for the words that begin and end it. `trial`: not None where
    the work will be undone; then numbers of sequences are only counted here (`sequences.py`). `moved` counts writes after which
    kept paths may be late, `late` is what `kept_late` found.
    """

    __slots__ = (
        "_after", "_along", "_conn", "_cursor", "_ending", "_held", "_large", "_lock", "_raw", "_savepoints", "_snapshot", "_unchecked", "_wire", "database", "dialect",
        "driver", "late", "moved", "statements", "trial", "writing",
    )  # fmt: skip

    def __init__(
        self,
        database: Database,
        lock: WriteLock | None,
        *,
        writing: bool,
        snapshot: bool = False,
        unchecked: bool = False,
    ) -> None:
        self.database, self.dialect, self.writing = database, database.dialect, writing
        self.statements = 0
        self.trial: dict[tuple[str, str], int] | None = None
        self.late: tuple[int, frozenset[str]] | None = None
        self.moved = 0
        self.driver: Any = None
        self._lock = lock if writing else None
        self._held = self._large = False
        self._snapshot, self._unchecked = snapshot, unchecked and database.dialect == "sqlite"
        self._raw: PoolProxiedConnection | None = None
        self._conn: sa.Connection | None = None
        self._cursor: Any = None
        self._wire: Wire | None = None
        self._after: list[Callable[[], None]] = []
        self._ending: dict[str, Callable[[Transaction], None]] = {}
        self._along: tuple[str, Sequence[Any]] | None = None
        self._savepoints = 0

    # -- begin and end
    def __enter__(self) -> Transaction:
        if self._lock is not None:
            self._held = self._lock.acquire(self.database.busy_timeout)
            if not self._held:
                raise faults.DriverFault(faults.Fault("busy"))
        try:
            self._open()
        except BaseException:
            self._release()
            raise
        return self

    def _open(self) -> None:
        for attempt in (1, 2):
            try:
                self._raw = self.database.engine.raw_connection()
                self.driver = self._raw.dbapi_connection
                if self.dialect == "sqlite":
                    self._cursor = self.driver
                    if self._unchecked:
                        self.driver.execute("PRAGMA foreign_keys=OFF")
                    self.driver.execute("BEGIN IMMEDIATE" if self.writing else "BEGIN")
                else:
                    kept = self._raw.info
                    self._cursor = kept.get("cursor")
                    if self._cursor is None:
                        self._cursor = kept["cursor"] = self.driver.cursor()
                        kept["wire"] = Wire(self.driver)
                    self._wire = kept["wire"]
                    self._begin_postgresql(kept["wire"])
                return
            except self.database.any_errors as error:
                fault = faults.read(error)
                if self._raw is not None:
                    self._raw.invalidate()
                    self._raw = None
                if fault.kind != "gone" or attempt == 2:  # a connection that died while idle is replaced once
                    raise faults.DriverFault(fault) from None

    def _begin_postgresql(self, wire: Wire) -> None:
        if self.writing:
            wire.plain(b"BEGIN")
        elif self._snapshot:
            wire.plain(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failed: BaseException | None = None
        try:
            self._end(commit=kind is None and self.writing)
        except self.database.any_errors as fault:
            failed = fault
        finally:
            self._release()
        if error is None and failed is not None:
            raise faults.DriverFault(faults.read(failed)) from None
        if isinstance(error, (sa.exc.DBAPIError, sa.exc.TimeoutError)):
            raise faults.DriverFault(faults.read(error)) from None
        if error is None:
            self._run_after()

    def _end(self, *, commit: bool) -> None:
        raw = self._raw
        if raw is None or raw.dbapi_connection is None:
            return
        try:
            if commit:
                for call in self._ending.values():
                    call(self)
                self.send_along()
            if self._wire is None:
                (self.driver.commit if commit else self.driver.rollback)()
            elif not self._wire.is_idle:
                self._wire.plain(b"COMMIT" if commit else b"ROLLBACK")
            if self._unchecked:
                self.driver.execute("PRAGMA foreign_keys=ON")
            if self._large:
                for pragma in USUAL:
                    self.driver.execute(pragma)
        except BaseException:
            raw.invalidate()
            raise

    def _release_connection(self) -> None:
        raw, self._raw, conn, self._conn = self._raw, None, self._conn, None
        self.driver = self._cursor = self._wire = None
        if conn is not None:
            conn.close()
        elif raw is not None:
            raw.close()

    def _release(self) -> None:
        try:
            self._release_connection()
        finally:
            if self._held and self._lock is not None:
                self._held = False
                self._lock.release()

    def _run_after(self) -> None:
        for call in self._after:
            try:
                call()
            except Exception:
                log.exception("work after a commit failed")
        self._after.clear()  # it knows this transaction, and what was written
        self._ending.clear()

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call it once the transaction is committed; what it raises is logged and undoes nothing."""
        self._after.append(call)

    def before_commit(self, name: str, call: Callable[[Transaction], None]) -> None:
        """Call it as the last thing before the transaction is committed: once, however often it is asked for by that name.
        What it raises undoes the transaction."""
        self._ending[name] = call

    def is_awaited(self, name: str) -> bool:
        """Whether something of that name will be called before the commit."""
        return name in self._ending

    def expect_much(self) -> None:
        """Thousands of rows will be written: SQLite does well to take more memory, and to carry the log over less often."""
        if self.dialect == "sqlite" and not self._large:
            self._large = True
            for pragma in LARGE:
                self.driver.execute(pragma)

    # -- statements
    @property
    def conn(self) -> sa.Connection:
        """A SQLAlchemy connection in this same transaction. Begin, commit and roll back nothing on it."""
        self.send_along()
        if self._conn is None:
            if self._raw is None:
                raise StorageError("the transaction is over", code="storage")
            self._conn = sa.Connection(self.database.engine, self._raw)
        self._leave_wire()
        return self._conn

    def _leave_wire(self) -> None:
        """From here on psycopg sends everything, for what it sends may make it drop all that is prepared on the connection."""
        if self._wire is not None:
            self._wire.is_doubtful = True
            self._wire = None

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement on the driver; `params` by position, in the driver's form. Raises DriverFault."""
        self.send_along()
        self.statements += 1
        try:
            if self._wire is not None:
                return self._wire.rows(sql, params)
            return self._cursor.execute(sql, params).fetchall()  # type: ignore[no-any-return]
        except self.database.errors as error:
            if self.dialect == "sqlite" and str(error) == PASSED and (exact := exact_sums(sql)) != sql:
                return self.rows(exact, params)
            fault = self.fault(error)
            if fault.fault.kind != "gone" or self.writing or self.statements > 1 or self._snapshot:
                raise fault from None
        self._release_connection()
        self._open()  # the server went away since the last question: the first one of a reader is asked once more
        self.statements += 1
        return self.rows(sql, params)

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        """The number of rows that a statement changed. Raises DriverFault."""
        self.send_along()
        self.statements += 1
        try:
            if self._wire is not None:
                return self._wire.run(sql, params)
            return self._cursor.execute(sql, params).rowcount  # type: ignore[no-any-return]
        except self.database.errors as error:
            raise self.fault(error) from None

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        """The statement once for each row of parameters, counted as one; the number of rows changed. Raises DriverFault."""
        self.send_along()
        self.statements += 1
        try:
            if self.dialect == "sqlite":
                return self._cursor.executemany(sql, rows).rowcount  # type: ignore[no-any-return]
            self._cursor.executemany(sql, rows)
            return self._cursor.rowcount  # type: ignore[no-any-return]
        except self.database.errors as error:
            raise self.fault(error) from None

    # The platform's own small statements are written once, with `?` for each parameter on both databases.
    def ask(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement with `?` for parameters. Raises DriverFault."""
        return self.rows(sql if self.dialect == "sqlite" else _marked(sql), params)

    def do(self, sql: str, params: Sequence[Any] = ()) -> int:
        """The number of rows that a statement with `?` for parameters changed. Raises DriverFault."""
        return self.run(sql if self.dialect == "sqlite" else _marked(sql), params)

    def insert_along(self, sql: str, params: Sequence[Any]) -> None:
        """An INSERT with `?` for parameters that nothing waits for: PostgreSQL gets it together with the next `insert` or, where
        none comes, before whatever comes; so it is one question less to the server. Raises DriverFault, now or then."""
        if self.dialect == "sqlite":
            self.run(sql, params)
            return
        self.send_along()
        self._along = (sql, params)
        self.statements += 1

    def insert(self, sql: str, params: Sequence[Any]) -> None:
        """An INSERT with `?` for parameters. Raises DriverFault."""
        held, self._along = self._along, None
        if held is None:
            self.do(sql, params)
            return
        self.do(f"WITH along AS ({held[0]}) {sql}", [*held[1], *params])

    def send_along(self) -> None:
        """Send what waits for company."""
        if self._along is not None:
            held, self._along = self._along, None
            self.statements -= 1  # it was counted
            self.do(*held)

    def drop_along(self) -> None:
        """Forget what waits for company, which is undone before it was sent."""
        self._along = None

    def do_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """A statement with `?` for parameters, once for each row of them. Raises DriverFault."""
        self.run_many(sql if self.dialect == "sqlite" else _marked(sql), rows)

    def ddl(self, sql: str) -> None:
        """A statement without parameters, no sign of which has a second meaning. Raises DriverFault."""
        self.send_along()
        self._leave_wire()
        self.statements += 1
        try:
            self._cursor.execute(sql)
        except self.database.errors as error:
            raise self.fault(error) from None

    def copy(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """COPY of rows into a table, on PostgreSQL. Raises DriverFault."""
        self.send_along()
        self.statements += 1
        try:
            with self._cursor.copy(sql) as copy:
                for row in rows:
                    copy.write_row(row)
        except self.database.errors as error:
            raise self.fault(error) from None

    def copy_text(self, sql: str, pieces: Iterable[bytes]) -> None:
        """COPY of rows that are in its text form already, on PostgreSQL. Raises DriverFault."""
        self.send_along()
        self.statements += 1
        try:
            with self._cursor.copy(sql) as copy:
                for piece in pieces:
                    copy.write(piece)
        except self.database.errors as error:
            raise self.fault(error) from None

    def fault(self, error: BaseException) -> faults.DriverFault:
        """The fault in our words; a connection that is of no more use is not given out again."""
        fault = faults.read(error)
        if fault.kind == "gone" and self._raw is not None:
            self._raw.invalidate()
        return faults.DriverFault(fault)

    def word(self, sql: str) -> None:
        """Words that begin or end a part of the transaction; they are not counted. Raises errors of the driver."""
        if self._wire is not None:
            self._wire.plain(sql.encode())
        else:
            self.driver.execute(sql)

    def savepoint(self) -> Savepoint | nullcontext[None]:
        """A context manager: what is done in it is undone, and only that, when an exception leaves it."""
        self.send_along()
        if not (self.writing or self._snapshot or self.dialect == "sqlite"):
            return (
                nullcontext()
            )  # each question of a reader stands by itself on PostgreSQL, and one that fails leaves nothing
        self._savepoints += 1
        return Savepoint(self, f"s{self._savepoints}")


@lru_cache(512)
def _marked(sql: str) -> str:
    """The statement with the marks of psycopg."""
    return sql.replace("%", "%%").replace("?", "%s")


class Savepoint:
    """A part of a transaction that can be undone by itself."""

    __slots__ = ("_name", "_tx")

    def __init__(self, tx: Transaction, name: str) -> None:
        self._tx, self._name = tx, name

    def __enter__(self) -> Savepoint:
        self._tx.word(f"SAVEPOINT {self._name}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._tx.drop_along()
            self._tx.word(f"ROLLBACK TO SAVEPOINT {self._name}")
        else:
            self._tx.send_along()
        self._tx.word(f"RELEASE SAVEPOINT {self._name}")
