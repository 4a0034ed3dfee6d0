"""The routes of the desk: the start page and what stands on it, dashboards and their tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get, post

from ..services.doors import SIGNED_IN
from .door import Door
from .later import later

if TYPE_CHECKING:
    from . import arranging, charts, dashboards, desk, tile_form
else:
    arranging, charts, dashboards, desk = later("arranging", "charts", "dashboards", "desk")
    tile_form = later("tile_form")[0]

Req = Request[Any, Any, Any]
Res = Response[Any]


def routes(door: Door) -> list[Any]:
    """All of them."""

    @get("/", opt=SIGNED_IN)
    async def start(request: Req) -> Res:
        return await door(request, desk.start_page)

    @post("/desk/pin", opt=SIGNED_IN)
    async def pin(request: Req) -> Res:
        return await door(request, desk.pin, write=True)

    @post("/desk/unpin", opt=SIGNED_IN)
    async def unpin(request: Req) -> Res:
        return await door(request, desk.unpin, write=True)

    @get("/dashboards", opt=SIGNED_IN)
    async def first_dashboard(request: Req) -> Res:
        return await door(request, dashboards.first_dashboard)

    @get("/dashboards/{name:str}", opt=SIGNED_IN)
    async def dashboard(request: Req) -> Res:
        return await door(request, dashboards.dashboard_page)

    @post("/dashboards/{name:str}/arrange", opt=SIGNED_IN)
    async def arrange(request: Req) -> Res:
        return await door(request, arranging.arrange, write=True)

    @get("/dashboards/{name:str}/{tile:str}", opt=SIGNED_IN)
    async def tile(request: Req) -> Res:
        return await door(request, dashboards.tile_page)

    @get("/dashboards/{name:str}/{tile:str}/csv", opt=SIGNED_IN)
    async def tile_csv(request: Req) -> Res:
        return await door(request, dashboards.tile_csv)

    @get("/e/{entity:str}/chart.csv", opt=SIGNED_IN)
    async def chart_csv(request: Req) -> Res:
        return await door(request, charts.chart_csv)

    @get("/tiles/new", opt=SIGNED_IN)
    async def new_tile(request: Req) -> Res:
        return await door(request, tile_form.new_tile)

    @post("/tiles/preview", opt=SIGNED_IN)
    async def preview(request: Req) -> Res:
        return await door(request, tile_form.preview)

    @post("/tiles/keep", opt=SIGNED_IN)
    async def keep_tile(request: Req) -> Res:
        return await door(request, tile_form.keep_tile, write=True)

    @get("/tiles/{id:str}", opt=SIGNED_IN)
    async def made_tile(request: Req) -> Res:
        return await door(request, tile_form.tile_page)

    made = [new_tile, preview, keep_tile, made_tile]
    return [*made, chart_csv, start, pin, unpin, first_dashboard, dashboard, arrange, tile, tile_csv]
