"""Files through the API: bytes in for a file field, and out through the record that holds them."""

from __future__ import annotations

from urllib.parse import quote

from ..errors import BadRequest, NotFound
from ..fields.file import FileType
from ..language import _
from ..services import files, lists, records
from ..services.permits import hidden
from ..services.work import Work
from .asked import Answer, Asked

MAX_NAME = 200


def upload(work: Work, asked: Asked) -> Answer:
    """POST /{entity}/files?field=&name=: keep a file for a field; its id is what the field is then set to."""
    asked.only("field", "name")
    asked.names_no_version()
    entity = lists.listed_entity(work, asked.path["entity"])
    name = asked.query.get("name", "")
    if not name.strip() or len(name) > MAX_NAME:
        raise BadRequest(
            _("name is the name of the file, at most {max_name} characters", max_name=MAX_NAME), code="bad_parameter"
        )
    media = asked.headers.get("content-type", "application/octet-stream").partition(";")[0].strip().lower()
    id = files.keep(work, name, media, asked.body, entity.name, asked.query.get("field", ""))
    return Answer({"id": id, "size": len(asked.body)}, 201)


def download(work: Work, asked: Asked) -> Answer:
    """GET /{entity}/{id}/files/{field}: the file that a record holds, always as a download."""
    asked.only()
    entity, name = lists.listed_entity(work, asked.path["entity"]), asked.path["field"]
    field = entity.fields.get(name)
    if field is None or not isinstance(field.type, FileType) or name in hidden(work, entity.name):
        raise NotFound(
            _("{entity} has no field {name!r} that holds a file", entity=entity.name, name=name), code="not_found"
        )
    held = records.read_record(work, entity.name, asked.path["id"], ("id", name))[name]
    if held is None:
        raise NotFound(_("this {entity} holds no file in {name}", entity=entity.name, name=name), code="not_found")
    etag = f'"{held}"'
    if asked.has(etag):
        return Answer(b"", 304, {"ETag": etag})
    kept = files.held(work, str(held))
    headers = {
        "ETag": etag, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }  # fmt: skip
    return Answer(kept.body, 200, headers, kept.media_type)
