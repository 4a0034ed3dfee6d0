"""Which part of a table's rows one value of a column has, on average: what the databases' own statistics say of it.

It decides between shapes of a statement that answer the same (`branches`); what it says may be old or wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .transaction import Transaction

ASK = {
    "sqlite": "SELECT i.name, s.stat FROM sqlite_stat1 AS s, pragma_index_info(s.idx) AS i WHERE s.tbl = ? AND i.seqno = 0",
    "postgresql": "SELECT attname, n_distinct FROM pg_stats WHERE schemaname = current_schema() AND tablename = %s",
}


def shares_of(tx: Transaction, table: str, columns: Collection[str]) -> Mapping[str, float]:
    """Column -> the part of the rows that one of its values has; without columns that nothing is known of."""
    if not columns:
        return {}
    if tx.dialect == "sqlite":
        if not tx.rows("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'", ()):
            return {}
        found = {str(name): _average(str(stat)) for name, stat in tx.rows(ASK["sqlite"], (table,))}
    else:
        known = tx.rows(ASK["postgresql"], (table,))
        found = {str(name): 1 / float(many) if float(many) >= 1 else 0.0 for name, many in known if many is not None}
    return {name: share for name, share in found.items() if name in columns}


def _average(stat: str) -> float:
    """Of `rows, rows of one value, ...`, as SQLite keeps it of an index."""
    numbers = [int(word) for word in stat.split() if word.isdigit()]
    return numbers[1] / numbers[0] if len(numbers) > 1 and numbers[0] else 0.0


__all__ = ["shares_of"]
