"""The routes of the API: generic over entities, so a new entity is served without a restart."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import Any

from litestar import Request, Router, delete, get, patch, post
from litestar.types import ASGIApp

from .. import __version__
from ..services.doors import SIGNED_IN
from ..services.runtime import Runtime
from ..services.work import Work
from . import bulk, files, queries, records, visible
from .asked import Answer, Asked
from .door import MAX_BODY, Door
from .encoding import encode
from .problems import handle

Req = Request[Any, Any, Any]
Res = ASGIApp


def openapi(work: Work, asked: Asked) -> Answer:
    """GET /openapi.json: the document for the catalog in force, as far as the one who asks reads it; made once per catalog,
    language and set of rights."""
    from .openapi import document

    asked.only()
    catalog, name, key = visible.catalog_of(work), work.settings.organisation.name, f"openapi:{work.language}"

    def made() -> bytes:
        if catalog is work.catalog:
            return document(catalog, work.host, name, __version__, work.language)
        whole = json.loads(
            document(catalog, work.host, name, __version__, work.language, partial(visible.actions_on, work))
        )
        return encode(visible.without_closed(whole, catalog))

    body = catalog.derive(key, made)
    etag = catalog.derive(f"{key}:etag", lambda: f'"{hashlib.sha256(body).hexdigest()[:32]}-{work.language}"')
    if asked.has(etag):
        return Answer(b"", 304, {"ETag": etag})
    return Answer(body, headers={"ETag": etag})


def export(work: Work, asked: Asked) -> Answer:
    """GET /{entity}/export: all records of a query as a file, sent while it is read."""
    from ..services import exporting

    asked.only("format", "filter", "sort", "fields", "q", "deleted")
    entity = asked.path["entity"]
    kind = asked.choice("format", "csv", "json", "ndjson", "xlsx")
    made = exporting.export(work, queries.query_of(asked, asked.names("fields", queries.MAX_PATHS)), kind)
    disposition = f'attachment; filename="{entity}.{kind}"'
    return Answer(None, 200, {"Content-Disposition": disposition}, made.media_type, iter(made.chunks))


def _questions(door: Door) -> list[Any]:
    @get("/openapi.json", opt=SIGNED_IN)
    async def api_document(request: Req) -> Res:
        return await door(request, openapi)

    @get("/{entity:str}", opt=SIGNED_IN)
    async def api_list(request: Req) -> Res:
        return await door(request, queries.list_all)

    @get("/{entity:str}/export", opt=SIGNED_IN)
    async def api_export(request: Req) -> Res:
        return await door.stream(request, export)

    @get("/{entity:str}/{id:str}", opt=SIGNED_IN)
    async def api_read(request: Req) -> Res:
        return await door(request, queries.read_one)

    @get("/{entity:str}/{id:str}/history", opt=SIGNED_IN)
    async def api_history(request: Req) -> Res:
        return await door(request, records.history)

    @get("/{entity:str}/{id:str}/transitions", opt=SIGNED_IN)
    async def api_transitions(request: Req) -> Res:
        return await door(request, records.offers)

    @get("/{entity:str}/{id:str}/actions", opt=SIGNED_IN)
    async def api_actions(request: Req) -> Res:
        return await door(request, records.offered_actions)

    @get("/{entity:str}/{id:str}/files/{field:str}", opt=SIGNED_IN)
    async def api_download(request: Req) -> Res:
        return await door(request, files.download)

    return [api_document, api_list, api_export, api_read, api_history, api_transitions, api_actions, api_download]


def _writes(door: Door) -> list[Any]:
    @post("/{entity:str}", request_max_body_size=MAX_BODY, opt=SIGNED_IN)
    async def api_create(request: Req) -> Res:
        return await door(request, records.create, write=True)

    @post("/{entity:str}/bulk", request_max_body_size=bulk.MAX_POURED, opt=SIGNED_IN)
    async def api_bulk(request: Req) -> Res:
        if bulk.is_in_parts(request.scope["query_string"]):
            return await door.pour(
                request, bulk.parts, takes=bulk.TAKES, most=bulk.MAX_POURED, lines=bulk.MAX_POURED_LINES
            )
        return await door(request, bulk.upsert, write=True, takes=bulk.TAKES, most=bulk.MAX_BODY)

    @patch("/{entity:str}/{id:str}", request_max_body_size=MAX_BODY, opt=SIGNED_IN)
    async def api_change(request: Req) -> Res:
        return await door(request, records.change, write=True)

    @delete("/{entity:str}/{id:str}", status_code=200, request_max_body_size=MAX_BODY, opt=SIGNED_IN)
    async def api_delete(request: Req) -> Res:
        return await door(request, records.delete, write=True)

    @post("/{entity:str}/{id:str}/restore", request_max_body_size=MAX_BODY, opt=SIGNED_IN)
    async def api_restore(request: Req) -> Res:
        return await door(request, records.restore, write=True)

    @post("/{entity:str}/{id:str}/restore_values", request_max_body_size=MAX_BODY, opt=SIGNED_IN)
    async def api_restore_values(request: Req) -> Res:
        return await door(request, records.restore_values, write=True)

    @post("/{entity:str}/{id:str}/{action:str}", request_max_body_size=MAX_BODY, opt=SIGNED_IN)
    async def api_act(request: Req) -> Res:
        return await door(request, records.act, write=True)

    largest = door.runtime.settings.files.max_megabytes * 2**20

    @post("/{entity:str}/files", request_max_body_size=largest, opt=SIGNED_IN)
    async def api_upload(request: Req) -> Res:
        return await door(request, files.upload, write=True, takes=(), most=largest)

    return [api_create, api_bulk, api_upload, api_change, api_delete, api_restore, api_restore_values, api_act]


def api_router(runtime: Runtime) -> Router:
    """All routes under /api. Each goes through the door: no sign-in, no answer."""
    door = Door(runtime)
    return Router("/api", route_handlers=[*_questions(door), *_writes(door)], exception_handlers={Exception: handle})
