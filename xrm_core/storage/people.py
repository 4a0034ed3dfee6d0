"""A mark that is another one after every write to users, to what they belong to, and to who stands in for them.

Who somebody is, with his roles and departments, takes several tables to find. A process may keep it for as long as it reads
the same mark in the transaction in which it uses it (`holders.py`). The mark is written in the transaction of the write, as
the last thing before it is committed: so writers that meet wait for one another only then, and nobody waits in a ring.
"""

from __future__ import annotations

from .ids import new_id
from .transaction import Transaction

PEOPLE = frozenset({"user", "membership", "deputy", "department"})
MARK = "people"
"""Name of the mark in xrm_meta. It is made up anew, not counted: a database that was put back from a copy must not come
to a mark again that it had with other people in it."""


def wrote(tx: Transaction, entity: str) -> None:
    """Note that records of an entity are written."""
    if entity in PEOPLE:
        tx.before_commit(MARK, renew)


def renew(tx: Transaction) -> None:
    """Put another mark."""
    tx.do(
        "INSERT INTO xrm_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (MARK, new_id()),
    )


def is_moving(tx: Transaction) -> bool:
    """Whether this transaction wrote people itself, so that the mark does not hold any more."""
    return tx.is_awaited(MARK)
