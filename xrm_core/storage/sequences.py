"""Numbers that count up, each given once. Gapless: taken in the transaction of the record, so a rolled back record gives its
number back and writers wait for one another. Else: taken at once, and a number may stay unused."""

from __future__ import annotations

from .transaction import Transaction

TRIAL = 1_000_000_000
"""Numbers of a trial begin behind this one, so that nobody who saves meanwhile waits for the number that it holds."""


def take(tx: Transaction, name: str, key: str, count: int = 1, *, gapless: bool = False) -> int:
    """The first of `count` numbers of the sequence `name` (a field) and `key` (what it counts within); the others follow.

    On SQLite there is one writer at a time anyway, so there all numbers are taken in the transaction of the record.
    """
    if tx.trial is not None:
        return _pretend(tx, tx.trial, (name, key), count)
    if gapless or tx.dialect == "sqlite":
        return _take(tx, name, key, count)
    with tx.database.write() as own:
        return _take(own, name, key, count)


def _pretend(tx: Transaction, trial: dict[tuple[str, str], int], counter: tuple[str, str], count: int) -> int:
    """Numbers for work that will be undone: nothing is written, no counter moves and nobody waits."""
    if counter not in trial:
        rows = tx.ask("SELECT value FROM xrm_sequence WHERE name = ? AND key = ?", counter)
        trial[counter] = TRIAL + (int(rows[0][0]) if rows else 0)
    trial[counter] += count
    return trial[counter] - count + 1


def _take(tx: Transaction, name: str, key: str, count: int) -> int:
    rows = tx.ask(
        "INSERT INTO xrm_sequence (name, key, value) VALUES (?, ?, ?)"
        " ON CONFLICT (name, key) DO UPDATE SET value = xrm_sequence.value + excluded.value RETURNING value",
        (name, key, count),
    )
    return int(rows[0][0]) - count + 1


def advance(tx: Transaction, name: str, key: str, used: int, *, gapless: bool = False) -> None:
    """Go on behind a number that came in from outside (an import), so that it is not given again; when, as in `take`."""
    if tx.trial is not None:
        return
    if gapless or tx.dialect == "sqlite":
        _advance(tx, name, key, used)
        return
    with tx.database.write() as own:
        _advance(own, name, key, used)


def _advance(tx: Transaction, name: str, key: str, used: int) -> None:
    tx.do(
        "INSERT INTO xrm_sequence (name, key, value) VALUES (?, ?, ?) ON CONFLICT (name, key) DO UPDATE"
        " SET value = CASE WHEN excluded.value > xrm_sequence.value THEN excluded.value ELSE xrm_sequence.value END",
        (name, key, used),
    )
