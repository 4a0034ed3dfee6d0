"""The routes of the API: generic over entities, so a new entity is served without a restart."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, delete, get, patch, post

from .. import __version__
from ..metamodel.values import Query

from ..services import exporting
from ..services.runtime import Runtime
from ..services.work import Work
from . import bulk, records
from .door import Answer, Asked, Door
from .openapi import document
from .problems import handle

Req = Request[Any, Any, Any]
Res = Response[bytes]


def openapi(work: Work, _: Asked) -> Answer:
    """GET /openapi.json: the document for the catalog in force, made once per catalog."""
    name = work.settings.organisation.name
    return Answer(work.catalog.derive(f"openapi:{work.language}", lambda: document(work.catalog, name, __version__, work.language)))


def export(work: Work, asked: Asked) -> Answer:
    """GET /{entity}/export: all records of a query as a file."""
    asked.only("format", "filter", "sort", "fields", "q")
    kind = asked.query.get("format", "csv")
    asked_query: Query = records.query_of(asked)
    made = exporting.export(work, asked_query, kind)
    disposition = f'attachment; filename="{asked_query.entity}.{kind}"'
    return Answer(made.body, 200, {"Content-Disposition": disposition}, made.media_type)


def api_router(runtime: Runtime) -> Router:
    """All routes under /api. Each goes through the door: no sign-in, no answer."""
    door = Door(runtime)

    @get("/openapi.json")
    async def api_document(request: Req) -> Res:
        return await door(request, openapi)

    @get("/{entity:str}")
    async def api_list(request: Req) -> Res:
        return await door(request, records.list_all)

    @post("/{entity:str}")
    async def api_create(request: Req) -> Res:
        return await door(request, records.create, write=True)

    @post("/{entity:str}/bulk")
    async def api_bulk(request: Req) -> Res:
        return await door(request, bulk.upsert, write=True)

    @get("/{entity:str}/export")
    async def api_export(request: Req) -> Res:
        return await door(request, export)

    @get("/{entity:str}/{id:str}")
    async def api_read(request: Req) -> Res:
        return await door(request, records.read_one)

    @patch("/{entity:str}/{id:str}")
    async def api_change(request: Req) -> Res:
        return await door(request, records.change, write=True)

    @delete("/{entity:str}/{id:str}", status_code=200)
    async def api_delete(request: Req) -> Res:
        return await door(request, records.delete, write=True)

    @get("/{entity:str}/{id:str}/history")
    async def api_history(request: Req) -> Res:
        return await door(request, records.history)

    @get("/{entity:str}/{id:str}/transitions")
    async def api_offers(request: Req) -> Res:
        return await door(request, records.offers)

    @post("/{entity:str}/{id:str}/{action:str}")
    async def api_act(request: Req) -> Res:
        return await door(request, records.act, write=True)

    handlers = [
        api_document, api_list, api_create, api_bulk, api_export, api_read, api_change, api_delete, api_history, api_offers, api_act,
    ]  # fmt: skip
    return Router("/api", route_handlers=handlers, exception_handlers={Exception: handle})
