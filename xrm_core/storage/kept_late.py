"""Kept paths that are behind (`kept`): which ones are not to be believed now, bringing them up, and whether all hold what they should."""

from __future__ import annotations

from xrm_core.metamodel.catalog import Catalog

from .database import Database
from .kept import Kept, kept_paths
from .kept_read import KeptReader
from .kept_triggers import LATE, differs, fill, hop_of, led_to, lock, value
from .names import limited, quoted
from .relation import Relation
from .transaction import Transaction

BATCH = 2000
"""Rows that the worker writes in one transaction."""
NONE: frozenset[str] = frozenset()


def late(tx: Transaction, catalog: Catalog) -> frozenset[str]:
    """Keys of the kept paths that rules do not read now: asked once in a transaction, and again when something was moved in it."""
    if not kept_paths(catalog):
        return NONE
    if tx.late is None or tx.late[0] != tx.moved:
        tx.late = (tx.moved, frozenset(str(key) for (key,) in tx.rows(f"SELECT DISTINCT kept FROM {LATE}")))
    return tx.late[1]


def reader_of(tx: Transaction, catalog: Catalog, entity: str, relation: Relation) -> KeptReader | None:
    """Reads what is kept for an entity, but what is late; None where nothing is kept."""
    kept = kept_paths(catalog).of(entity)
    if not kept:
        return None
    return KeptReader(catalog, entity, relation, late(tx, catalog) & {one.key for one in kept})


def catch_up(db: Database, catalog: Catalog) -> int:
    """Write the rows that marks stand for, some in each transaction, and take the marks away. The number of rows looked at."""
    known = {k.key: k for k in kept_paths(catalog)}
    if not known:
        return 0
    with db.read() as tx:
        marks = tx.ask(f"SELECT kept, hop, record_id FROM {LATE} WHERE hop > 0 ORDER BY kept, hop, record_id")
    done = 0
    for key, hop, id in marks:
        if key in known:
            done += _brought_up(db, known[key], int(hop), str(id))
    return done


def astray(tx: Transaction, catalog: Catalog) -> dict[str, int]:
    """How many rows hold something else than their links lead to, by the key of the path; those that are late are left out."""
    behind = late(tx, catalog)
    found = {}
    for kept in kept_paths(catalog):
        if kept.key not in behind:
            sql = f"SELECT count(*) FROM {quoted(limited(kept.entity))} WHERE {differs(kept, tx.dialect)}"
            found[kept.key] = int(tx.ask(sql)[0][0])
    return {key: count for key, count in found.items() if count}


def mend(db: Database, catalog: Catalog) -> int:
    """Write all rows that hold something else than their links lead to, whatever the reason. How many there were."""
    done = 0
    for entity, kept in kept_paths(catalog).by_entity.items():
        with db.write() as tx:
            if tx.dialect == "postgresql":
                tx.rows(f"SELECT pg_advisory_xact_lock({lock(entity)})")
            done += sum(tx.do(sql) for sql in fill(entity, kept, tx.dialect))
    return done


def _brought_up(db: Database, kept: Kept, mark: int, id: str) -> int:
    table, column = quoted(limited(kept.entity)), quoted(limited(kept.column.name))
    through = led_to(*hop_of(kept, mark), "?")
    write = f"UPDATE {table} SET {column} = {value(kept, table)}"
    done, last = 0, ""
    while True:
        with db.write() as tx:
            beyond, given = ("AND id > ?", [id, last]) if last else ("", [id])
            rows = tx.ask(f"SELECT id FROM {table} WHERE {through} {beyond} ORDER BY id LIMIT {BATCH}", given)
            if rows:
                span, ends = "id BETWEEN ? AND ?", [str(rows[0][0]), str(rows[-1][0])]
                tx.do(f"{write} WHERE {through} AND {span} AND {differs(kept, tx.dialect)}", [id, *ends])
                done, last = done + len(rows), ends[1]
            if len(rows) < BATCH:
                break
    with db.write() as tx:  # what was linked or moved meanwhile, with nobody at it
        if tx.dialect == "postgresql":
            tx.rows(f"SELECT pg_advisory_xact_lock({lock(kept.entity)})")
        tx.do(f"{write} WHERE {through} AND {differs(kept, tx.dialect)}", [id])
        tx.do(f"DELETE FROM {LATE} WHERE kept = ? AND hop = ? AND record_id = ?", (kept.key, mark, id))
    return done
