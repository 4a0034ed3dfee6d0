"""Answers kept by the key of their request, so that a repeated request gets the first answer and changes nothing."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

import sqlalchemy as sa
from msgspec import Struct

from .system import idempotency
from .transaction import Transaction
from .values import utc_text

KEPT = timedelta(hours=24)
FORGET = "DELETE FROM xrm_idempotency WHERE created_at < ?"
CLAIM = 'INSERT INTO xrm_idempotency (actor, "key", request, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (actor, "key") DO NOTHING'


class Kept(Struct, frozen=True):
    """The answer that a request got; `request` is a hash of what was asked."""

    request: str
    status: int
    headers: str
    body: bytes


def claim(tx: Transaction, actor: str, key: str, request: str, now: datetime) -> bool:
    """Take a key in the transaction that will answer; False where another one has it. One that has it and is not yet
    committed is waited for; where that one is rolled back the key is free. Answers older than a day go."""
    sent = utc_text if tx.dialect == "sqlite" else lambda moment: moment
    tx.do(FORGET, (sent(now - KEPT),))
    return tx.do(CLAIM, (actor, key, request, sent(now))) == 1


def find(tx: Transaction, actor: str, key: str) -> Kept | None:
    """The answer kept for an actor's key."""
    row = tx.conn.execute(sa.select(idempotency).where(idempotency.c.actor == actor, idempotency.c.key == key)).first()
    if row is None:
        return None
    return Kept(row.request, row.status or 0, row.headers or "", base64.b64decode(row.body or ""))


def keep(tx: Transaction, actor: str, key: str, answer: Kept) -> None:
    """Keep the answer for a key that was claimed in this transaction."""
    body = base64.b64encode(answer.body).decode()
    values = {"status": answer.status, "headers": answer.headers, "body": body}
    tx.conn.execute(idempotency.update().where(idempotency.c.actor == actor, idempotency.c.key == key).values(**values))
