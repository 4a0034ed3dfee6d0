"""The routes of lists: the page, what changes it, saved views, cells in place, many records at once, the bin."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post

from ..services.doors import SIGNED_IN
from . import bins, bulk, exports, list_sheets, lists, several_page, view_sheet
from .door import Door

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

    return [list_page, list_sheet, keep_view, bin_page, export, bulk_sheet, run_bulk, several, undo_several]
