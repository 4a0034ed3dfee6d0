"""Acts: which entries of the history one transaction wrote, for whom, so that he can take it back as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from xrm_core.metamodel.values import Actor

from .ids import is_id
from .transaction import Transaction
from .values import from_json, to_json_text, to_jsonb, utc_text, utc_value

NAMES = "id, at, actor_id, actor_for, entries, undoes, undone_by"


class Act(Struct, frozen=True):
    """One act. `entries` are ids of the history; `undoes` is the act that this one took back, `undone_by` the one that took
    this one back."""

    id: str
    at: datetime
    actor_id: str | None
    actor_for: str | None
    entries: tuple[str, ...]
    undoes: str | None
    undone_by: str | None


def put(
    tx: Transaction, id: str, actor: Actor, now: datetime, entries: Sequence[str], undoes: str | None = None
) -> None:
    """Keep an act, in the transaction of its writes."""
    sqlite = tx.dialect == "sqlite"
    kept = (to_json_text if sqlite else to_jsonb)(list(entries))
    values = (id, utc_text(now) if sqlite else now, actor.id, actor.deputy_for, kept, undoes)
    tx.do("INSERT INTO xrm_act (id, at, actor_id, actor_for, entries, undoes) VALUES (?, ?, ?, ?, ?, ?)", values)


def find(tx: Transaction, id: str) -> Act | None:
    """The act of that id, or None."""
    rows = tx.ask(f"SELECT {NAMES} FROM xrm_act WHERE id = ?", (id,)) if is_id(id) else ()
    if not rows:
        return None
    return _act(tx, rows[0])


def _act(tx: Transaction, row: Sequence[Any]) -> Act:
    own, at, actor, acting, entries, undoes, undone_by = row
    if tx.dialect == "sqlite":
        at, entries = utc_value(at), from_json(entries)
    return Act(own, at, actor, acting, tuple(entries), undoes, undone_by)


def newest(tx: Transaction, actor: Actor, since: datetime, limit: int) -> list[Act]:
    """The newest acts of somebody from a moment on that nothing took back, the last one first."""
    moment = utc_text(since) if tx.dialect == "sqlite" else since
    rows = tx.ask(
        f"SELECT {NAMES} FROM xrm_act WHERE at >= ? AND actor_id = ? AND undone_by IS NULL ORDER BY at DESC, id DESC LIMIT ?",
        (moment, actor.id, limit),
    )
    return [made for row in rows if (made := _act(tx, row)).actor_for == actor.deputy_for]


def mark(tx: Transaction, id: str, undone_by: str) -> bool:
    """Say which act took this one back; False where another one did before."""
    return tx.do("UPDATE xrm_act SET undone_by = ? WHERE id = ? AND undone_by IS NULL", (undone_by, id)) == 1


def forget(tx: Transaction, before: datetime) -> int:
    """Remove acts from before that moment; how many there were. The history stays."""
    moment = utc_text(before) if tx.dialect == "sqlite" else before
    return tx.do("DELETE FROM xrm_act WHERE at < ?", (moment,))
