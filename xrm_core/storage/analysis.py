"""Statistics for the planners of the databases. SQLite has none until it is told, and then takes a poor index for a list that
is filtered by a field of few values; so a table is analysed again each time it has doubled."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from .names import quoted

if TYPE_CHECKING:
    from .database import Database
    from .transaction import Transaction

SMALLEST = 500
"""Rows that a table has before it is analysed for the first time."""


class Growth:
    """How many rows of each table were known at its last analysis, and how many came since."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, int] = {}
        self._since: dict[str, int] = {}

    def add(self, db: Database, table: str, rows: int) -> bool:
        """Count rows that were committed; True where the table should be analysed now."""
        with self._lock:
            since = self._since[table] = self._since.get(table, 0) + rows
        if since < SMALLEST:
            return False
        if table not in self._known:
            with db.read() as tx:
                known = known_rows(tx, table)
            with self._lock:
                self._known.setdefault(table, known)
        with self._lock:
            if self._since[table] < max(SMALLEST, self._known[table]):
                return False
            self._known[table] += self._since.pop(table)
            return True


def known_rows(tx: Transaction, table: str) -> int:
    """Rows of a table at its last analysis; 0 where there was none."""
    if tx.dialect == "sqlite":
        if not tx.rows("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"):
            return 0
        found = tx.ask("SELECT stat FROM sqlite_stat1 WHERE tbl = ? LIMIT 1", (table,))
        return int(str(found[0][0]).split(" ", 1)[0]) if found and found[0][0] else 0
    found = tx.ask("SELECT reltuples::bigint FROM pg_class WHERE relname = ? AND relkind = 'r'", (table,))
    return max(0, int(found[0][0])) if found else 0


def analyse(db: Database, *tables: str) -> None:
    """Renew the statistics of tables, of all when none are named."""
    with db.write() as tx:
        for sql in [f"ANALYZE {quoted(t)}" for t in tables] or ["ANALYZE"]:
            tx.ddl(sql)
    if db.dialect == "sqlite":
        db.engine.dispose()  # a connection of SQLite reads the statistics when it is opened
