"""Answers kept by the key of their request, so that a repeated request gets the first answer and changes nothing."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from .system import idempotency
from .transaction import Transaction

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that a request got; `request` is a hash of what was asked."""

    request: str
    status: int
    headers: str
    body: bytes


def find(tx: Transaction, actor: str, key: str) -> Kept | None:
    """The answer kept for an actor's key."""
    row = tx.conn.execute(sa.select(idempotency).where(idempotency.c.actor == actor, idempotency.c.key == key)).first()
    if row is None:
        return None
    return Kept(row.request, row.status or 0, row.headers or "", base64.b64decode(row.body or ""))


def keep(tx: Transaction, actor: str, key: str, answer: Kept, now: datetime) -> None:
    """Keep an answer in the transaction that made it; answers older than a day go. Raises Conflict where the key is taken."""
    tx.conn.execute(idempotency.delete().where(idempotency.c.created_at < now - KEPT))
    body = base64.b64encode(answer.body).decode()
    tx.conn.execute(
        idempotency.insert().values(
            actor=actor, key=key, request=answer.request, status=answer.status, headers=answer.headers, body=body, created_at=now
        )
    )
