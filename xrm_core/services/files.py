"""Files that people attach: kept on disk by their SHA-256, described by a row; handed out only through a record."""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadRequest, NotFound
from ..fields.file import FileType
from ..fields.uploads import check_upload
from ..metamodel.field_type import FieldFault
from ..storage import attachments
from ..storage.ids import new_id
from .work import Work

SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Media types that may be shown in a page; all others are downloads."""

UNFINISHED = ".new"
"""End of the name of bytes that are still being written."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored file with its bytes."""

    name: str
    media_type: str
    body: bytes


def keep(work: Work, name: str, media_type: str, body: bytes, entity: str, field: str) -> str:
    """Keep a file for a field; its id. The bytes are on disk before the row is committed. Raises BadRequest when it is too
    large, or of a kind that the field does not take."""
    media_type = _checked(work, name, media_type, body, entity, field)
    limit = work.settings.files.max_megabytes
    if len(body) > limit * 2**20:
        raise BadRequest(f"{name} is larger than {limit} MB", code="too_large", hint="keep it elsewhere and link to it")
    digest = hashlib.sha256(body).hexdigest()
    _lay_down(work.files / digest[:2] / digest, body)
    id = new_id()
    clean = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable())[:200] or "file"
    attachments.add(
        work.tx,
        id,
        digest,
        clean,
        len(body),
        media_type[:100] or "application/octet-stream",
        work.now,
        work.actor.id,
        entity,
        field,
    )
    return id


def _lay_down(path: Path, body: bytes) -> None:
    """Have these bytes on disk. Those that are there are touched, so that no sweep takes them before their row is committed."""
    try:
        os.utime(path)
        return
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}{UNFINISHED}")
    with fresh.open("wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


def _checked(work: Work, name: str, media_type: str, body: bytes, entity: str, field: str) -> str:
    """The media type that the bytes bear out. Raises BadRequest when the field does not take the file."""
    known = work.catalog.entities.get(entity)
    owner = known.fields.get(field) if known is not None else None
    if owner is None or not isinstance(owner.type, FileType):
        raise BadRequest(f"{entity} has no field {field!r} that holds a file", code="unknown_field")
    try:
        return check_upload(owner, name, media_type, body)
    except FieldFault as fault:
        raise BadRequest(fault.message, code=fault.code, hint=fault.hint) from None


def fetch(work: Work, id: str) -> Kept:
    """A file by its id. Raises NotFound."""
    row = attachments.get(work.tx, id)
    if row is None:
        raise NotFound("there is no such file", code="not_found")
    work.access.require(row.entity or "user", "read")
    path = work.files / row.sha256[:2] / row.sha256
    try:
        return Kept(row.name, row.media_type, path.read_bytes())
    except FileNotFoundError:
        raise NotFound(f"the bytes of {row.name} are missing", code="not_found") from None
