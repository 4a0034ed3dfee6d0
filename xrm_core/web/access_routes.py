"""The routes of the pages about access. The log and the map are for auditors and administrators: their services say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get, post

from ..services.doors import ADMIN, SIGNED_IN
from .door import Door
from .later import later

if TYPE_CHECKING:
    from . import access, viewing
else:
    access, viewing = later("access", "viewing")

Req = Request[Any, Any, Any]
Res = Response[Any]


def routes(door: Door) -> list[Any]:
    """All of them."""

    @get("/access/log", opt=SIGNED_IN)
    async def log(request: Req) -> Res:
        return await door(request, access.log)

    @get("/access/log/export", opt=SIGNED_IN)
    async def log_export(request: Req) -> Res:
        return await door(request, access.log_export)

    @get("/access/explain", opt=ADMIN)
    async def explain(request: Req) -> Res:
        return await door(request, access.explain)

    @get("/access/map", opt=SIGNED_IN)
    async def who_does_what(request: Req) -> Res:
        return await door(request, access.who_does_what)

    @post("/access/view-as", opt=ADMIN)
    async def view_as(request: Req) -> Res:
        return await door(request, viewing.begin, write=True)

    @post("/access/view-as/end", opt=SIGNED_IN)
    async def stop_viewing(request: Req) -> Res:
        return await door(request, viewing.end, write=True)

    return [log, log_export, explain, who_does_what, view_as, stop_viewing]
