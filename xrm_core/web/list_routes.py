"""The routes of lists: the page, what changes it, saved views, cells in place, many records at once, the bin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get, post

from ..services.doors import SIGNED_IN
from .door import Door
from .later import later

if TYPE_CHECKING:
    from . import bins, bulk, exports, list_sheets, lists, several_page, similar, view_sheet
else:
    bins, bulk, exports, list_sheets = later("bins", "bulk", "exports", "list_sheets")
    lists, several_page, similar, view_sheet = later("lists", "several_page", "similar", "view_sheet")

Req = Request[Any, Any, Any]
Res = Response[Any]


def routes(door: Door) -> list[Any]:
    """All of them."""

    @get("/e/{entity:str}", opt=SIGNED_IN)
    async def list_page(request: Req) -> Res:
        return await door(request, lists.list_page)

    @get("/e/{entity:str}/list/{name:str}", opt=SIGNED_IN)
    async def list_sheet(request: Req) -> Res:
        return await door(request, list_sheets.sheet)

    @post("/e/{entity:str}/list/keep", opt=SIGNED_IN)
    async def keep_view(request: Req) -> Res:
        return await door(request, view_sheet.keep_view, write=True)

    @get("/e/{entity:str}/bin", opt=SIGNED_IN)
    async def bin_page(request: Req) -> Res:
        return await door(request, bins.bin_page)

    @get("/e/{entity:str}/similar", opt=SIGNED_IN)
    async def similar_page(request: Req) -> Res:
        return await door(request, similar.similar_page)

    @post("/e/{entity:str}/similar", opt=SIGNED_IN)
    async def tell_apart(request: Req) -> Res:
        return await door(request, similar.tell_apart, write=True)

    @get("/e/{entity:str}/export", opt=SIGNED_IN)
    async def export(request: Req) -> Res:
        return await door(request, exports.export)

    @post("/e/{entity:str}/bulk/{name:str}", opt=SIGNED_IN)
    async def bulk_sheet(request: Req) -> Res:
        return await door(request, bulk.bulk_sheet, apart=True)

    @post("/e/{entity:str}/bulk/{name:str}/run", opt=SIGNED_IN)
    async def run_bulk(request: Req) -> Res:
        return await door(request, bulk.run_bulk, write=True)

    @get("/several/{id:str}", opt=SIGNED_IN)
    async def several(request: Req) -> Res:
        return await door(request, several_page.several_page)

    @post("/several/{id:str}/undo", opt=SIGNED_IN)
    async def undo_several(request: Req) -> Res:
        return await door(request, several_page.undo_several, write=True)

    return [
        list_page,
        list_sheet,
        keep_view,
        bin_page,
        similar_page,
        tell_apart,
        export,
        bulk_sheet,
        run_bulk,
        several,
        undo_several,
        *_exports(door),
    ]


def _exports(door: Door) -> list[Any]:
    @post("/e/{entity:str}/export", opt=SIGNED_IN)
    async def export_selection(request: Req) -> Res:
        return await door(request, exports.export_asked, write=True)

    @get("/exports/{id:str}", opt=SIGNED_IN)
    async def export_page(request: Req) -> Res:
        return await door(request, exports.show)

    @get("/exports/{id:str}/file", opt=SIGNED_IN)
    async def export_file(request: Req) -> Res:
        return await door(request, exports.send)

    return [export_selection, export_page, export_file]
