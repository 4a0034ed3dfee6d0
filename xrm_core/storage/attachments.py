"""Rows that describe attached files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .system import file
from .transaction import Transaction


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is known of a file; `sha256` names its bytes."""

    id: str
    sha256: str
    name: str
    size: int
    media_type: str
    entity: str | None


def add(
    tx: Transaction,
    id: str,
    sha256: str,
    name: str,
    size: int,
    media_type: str,
    now: datetime,
    by: str | None,
    entity: str,
    field: str,
) -> None:
    """Describe a file."""
    tx.conn.execute(
        file.insert().values(
            id=id,
            sha256=sha256,
            name=name,
            size=size,
            media_type=media_type,
            created_at=now,
            created_by=by,
            entity=entity,
            field=field,
        )
    )


def get(tx: Transaction, id: str) -> Attachment | None:
    """A file by its id; None where there is none, or the id is none."""
    if len(id) != 36:
        return None
    try:
        row = tx.conn.execute(
            sa.select(file.c.id, file.c.sha256, file.c.name, file.c.size, file.c.media_type, file.c.entity).where(
                file.c.id == id
            )
        ).first()
    except sa.exc.DBAPIError:
        return None
    return None if row is None else Attachment(*row)
