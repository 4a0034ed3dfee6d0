"""Files that people attach: the content in a folder, named by its SHA-256, and what is said about it in a row of xrm_file.

The same content is kept once. It is on the disk before the row is committed, so a row never points to nothing; content whose
row was rolled back, or is gone, is removed by `sweep`.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from xrm_core.errors import InvalidRecord, NotFound

from .ids import is_id, new_id
from .system import file as table
from .transaction import Transaction

BLOCK = 1 << 20
MAX_SIZE = 200 * 1024 * 1024
"""Bytes of one file, at most, unless the caller says otherwise."""
MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What is known about a file. `size` in bytes; `entity`, `record_id`, `field` tell which record shows it."""

    id: str
    sha256: str
    name: str
    size: int
    media_type: str
    created_at: datetime
    created_by: str | None
    entity: str | None = None
    record_id: str | None = None
    field: str | None = None


class Store:
    """The files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(
        self, tx: Transaction, content: bytes | BinaryIO, name: str, media_type: str, *, by: str | None = None,
        limit: int = MAX_SIZE,
    ) -> FileInfo:  # fmt: skip
        """Keep content under a name. Raises InvalidRecord when it is larger than `limit`."""
        sha256, size = self._write(content, limit)
        made = FileInfo(new_id(), sha256, _clean(name), size, media_type[:200], datetime.now(UTC), by)
        tx.conn.execute(
            table.insert().values(
                id=made.id, sha256=sha256, name=made.name, size=size, media_type=made.media_type, created_at=made.created_at, created_by=by
            )
        )
        return made

    def _write(self, content: bytes | BinaryIO, limit: int) -> tuple[str, int]:
        self.folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as out:
                blocks = (content,) if isinstance(content, bytes) else iter(lambda: content.read(BLOCK), b"")
                for block in blocks:
                    size += len(block)
                    if size > limit:
                        raise InvalidRecord(f"a file may have {limit // (1 << 20)} MB at most", code="too_large")
                    digest.update(block)
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())
            target = self.path(digest.hexdigest())
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return digest.hexdigest(), size

    def path(self, sha256: str) -> Path:
        """Where content is."""
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def attach(self, tx: Transaction, id: str, entity: str, record_id: str, field: str) -> None:
        """Say which record shows the file; its rights follow that record's."""
        tx.conn.execute(table.update().where(table.c.id == id).values(entity=entity, record_id=record_id, field=field))

    def info(self, tx: Transaction, id: str) -> FileInfo | None:
        """What is known about a file, or None."""
        row = tx.conn.execute(sa.select(table).where(table.c.id == id)).one_or_none() if is_id(id) else None
        return FileInfo(*row) if row is not None else None

    def open(self, tx: Transaction, id: str) -> tuple[FileInfo, Path]:
        """A file and where its content is. Raises NotFound."""
        found = self.info(tx, id)
        if found is None or not self.path(found.sha256).is_file():
            raise NotFound("there is no such file", code="not_found")
        return found, self.path(found.sha256)

    def remove(self, tx: Transaction, id: str) -> bool:
        """Forget a file; its content goes with the next sweep unless another file has the same."""
        return bool(tx.conn.execute(table.delete().where(table.c.id == id)).rowcount)

    def sweep(self, tx: Transaction, older: timedelta = timedelta(hours=24)) -> int:
        """Remove content that no row names and that is older than that, and say how many pieces there were."""
        known = set(tx.conn.scalars(sa.select(table.c.sha256).distinct()))
        limit = (datetime.now(UTC) - older).timestamp()
        count = 0
        for path in [*self.folder.glob("??/??/*"), *self.folder.glob(".new-*")]:
            if path.is_file() and path.name not in known and path.stat().st_mtime < limit:
                path.unlink()
                count += 1
        return count


def _clean(name: str) -> str:
    """The last part of a file's name, without signs that no file should have in its name."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable())[:MAX_NAME] or "file"
