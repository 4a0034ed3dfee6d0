"""Rows that describe attached files. `record_id` names the first record that took the file: one that has none is an upload
that was never saved with a record, and may go after a while."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from msgspec import Struct

from xrm_core.metamodel.catalog import Catalog

from .system import file, history
from .tables import table_of
from .transaction import Transaction

MANY = 500
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Attachment(Struct, frozen=True):
    """What is known of a file; `sha256` names its bytes."""

    id: str
    sha256: str
    name: str
    size: int
    media_type: str
    entity: str | None
    field: str | None = None
    created_by: str | None = None


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
            sa.select(
                file.c.id,
                file.c.sha256,
                file.c.name,
                file.c.size,
                file.c.media_type,
                file.c.entity,
                file.c.field,
                file.c.created_by,
            ).where(file.c.id == id)
        ).first()
    except sa.exc.DBAPIError:
        return None
    return None if row is None else Attachment(*row)


def hold(tx: Transaction, id: str, record: str) -> bool:
    """A record takes the file, in the transaction that saves it; False where the file has been swept away meanwhile."""
    return tx.do("UPDATE xrm_file SET record_id = COALESCE(record_id, ?) WHERE id = ?", (record, id)) == 1


def release(tx: Transaction, entity: str, records: Sequence[str]) -> None:
    """Records are purged: their files belong to nobody, unless another record is found to hold them."""
    for start in range(0, len(records), MANY):
        some = records[start : start + MANY]
        tx.conn.execute(
            sa.update(file).where(file.c.entity == entity, file.c.record_id.in_(some)).values(record_id=None)
        )


def unheld(tx: Transaction, before: datetime, after: str = "") -> list[tuple[str, str]]:
    """Id and entity of some files of before that moment that no record is known to hold, from the one after id `after` on."""
    asked = sa.select(file.c.id, file.c.entity).where(
        file.c.record_id.is_(None), file.c.entity.is_not(None), file.c.created_at < before
    )
    if after:
        asked = asked.where(file.c.id > after)
    return [(str(id), entity) for id, entity in tx.conn.execute(asked.order_by(file.c.id).limit(MANY))]


def holders(tx: Transaction, catalog: Catalog, entity: str, ids: Collection[str]) -> dict[str, str]:
    """Which of these files records of the entity hold, those in the bin too, or held once, as their history tells: a past
    value can be put back. File to record."""
    known = catalog.entity(entity)
    table = table_of(catalog, entity)
    columns = [c.name for c in known.columns.values() if c.kind.kind == "ref" and "xrm_file" in c.kind.entities]
    found: dict[str, str] = {}
    for name in columns:
        rows = tx.conn.execute(sa.select(table.c[name], table.c.id).where(table.c[name].in_(ids)))
        found |= {str(id): str(record) for id, record in rows}
    return _held_once(tx, entity, columns, set(ids) - found.keys()) | found


def _held_once(tx: Transaction, entity: str, columns: Iterable[str], ids: set[str]) -> dict[str, str]:
    """Files that the history of an entity names."""
    found: dict[str, str] = {}
    changes = sa.cast(history.c.changes, sa.Text)
    for name in columns if ids else ():
        asked = sa.select(history.c.record_id, changes).where(history.c.entity == entity, changes.like(f'%"{name}"%'))
        for record, text in tx.conn.execute(asked):
            found |= {id: str(record) for id in ids.intersection(UUID.findall(str(text)))}
    return found


def remove(tx: Transaction, ids: Sequence[str], before: datetime) -> int:
    """Remove files that are still held by none: a record that took one meanwhile keeps it. How many went."""
    gone = tx.conn.execute(
        sa.delete(file).where(file.c.id.in_(ids), file.c.record_id.is_(None), file.c.created_at < before)
    )
    return gone.rowcount


def described(tx: Transaction, digests: Collection[str]) -> set[str]:
    """Those of the digests that a file has."""
    return set(tx.conn.execute(sa.select(file.c.sha256).where(file.c.sha256.in_(digests))).scalars())
