"""Files that people attach: kept on disk by their SHA-256, described by a row; handed out only through a record."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

from msgspec import Struct

from ..errors import BadRequest, NotFound
from ..expressions import quote
from ..fields.file import FileType
from ..fields.uploads import check_upload
from ..language import _
from ..metamodel.field_type import FieldFault
from ..metamodel.values import Query
from ..storage import attachments, query
from ..storage.ids import new_id
from .permits import hidden, sees_all
from .work import Work

SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Media types that may be shown in a page; all others are downloads."""

UNFINISHED = ".new"
"""End of the name of bytes that are still being written."""


class Kept(Struct, frozen=True):
    """A stored file with its bytes."""

    name: str
    media_type: str
    body: bytes


def keep(work: Work, name: str, media_type: str, body: bytes, entity: str, field: str) -> str:
    """Keep a file for a field; its id. The bytes are on disk before the row is committed. Raises BadRequest when it is too
    large, or of a kind that the field does not take."""
    if not any(_may_set(work, entity, field, verb) for verb in ("create", "update")):
        work.access.require(entity, "update")
        raise BadRequest(
            _("{entity} has no field {field!r} that you may put a file into", entity=entity, field=field),
            code="unknown_field",
        )
    media_type = _checked(work, name, media_type, body, entity, field)
    limit = work.settings.files.max_megabytes
    if len(body) > limit * 2**20:
        raise BadRequest(
            _("{name} is larger than {limit} MB", name=name, limit=limit),
            code="too_large",
            hint=_("keep it elsewhere and link to it"),
        )
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
        raise BadRequest(
            _("{entity} has no field {field!r} that holds a file", entity=entity, field=field), code="unknown_field"
        )
    try:
        return check_upload(owner, name, media_type, body)
    except FieldFault as fault:
        raise BadRequest(fault.message, code=fault.code, hint=fault.hint) from None


def _may_set(work: Work, entity: str, field: str, verb: str) -> bool:
    """Whether the actor may set a field, on some record."""
    open_ = work.access.fields(entity, verb) if work.access.opens(entity, verb) else frozenset()
    return open_ is None or field in open_


def fetch(work: Work, id: str) -> Kept:
    """A file by its id: one in a field that the actor reads on a record that he sees, or one that he uploaded and that no
    record holds yet. Raises NotFound, the same for what is not there."""
    row = attachments.get(work.tx, id)
    if row is None or not _is_his(work, row):
        raise NotFound(_("there is no such file"), code="not_found")
    return _read(work, row)


def held(work: Work, id: str) -> Kept:
    """The file that a record holds which the actor has just read it from. Raises NotFound."""
    row = attachments.get(work.tx, id)
    if row is None:
        raise NotFound(_("there is no such file"), code="not_found")
    return _read(work, row)


def _is_his(work: Work, row: attachments.Attachment) -> bool:
    entity = work.catalog.entities.get(row.entity or "")
    if entity is None or entity.retired:
        return sees_all(work)
    names = [f.name for f in entity.fields.values() if isinstance(f.type, FileType) and not f.retired]
    seen = (
        [name for name in names if name not in hidden(work, entity.name)]
        if work.access.opens(entity.name, "read")
        else []
    )
    if any(_holds(work, entity.name, name, row.id, work.relation(entity.name)) for name in seen):
        return True
    if row.created_by is None or row.created_by != work.actor.id:
        return sees_all(work)
    return not any(_holds(work, entity.name, name, row.id, query.ALL) for name in names)


def _holds(work: Work, entity: str, field: str, id: str, relation: query.Relation) -> bool:
    """Whether a record, also one in the bin, has the file in this field."""
    asked = Query(entity, ("id",), f"record.{field} == {quote(id)}", limit=1, deleted="any")
    return bool(query.run(work.tx, work.catalog, asked, work.context(), relation).rows)


def _read(work: Work, row: attachments.Attachment) -> Kept:
    path = work.files / row.sha256[:2] / row.sha256
    try:
        return Kept(row.name, row.media_type, path.read_bytes())
    except FileNotFoundError:
        raise NotFound(_("the bytes of {row} are missing", row=row.name), code="not_found") from None
