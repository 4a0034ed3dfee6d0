"""The addresses of what is done on a record's page and in its form beside saving the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get, post

from ..services.doors import SIGNED_IN
from .door import Door
from .later import later

if TYPE_CHECKING:
    from . import helping, inline, joining
else:
    helping, inline, joining = later("helping", "inline", "joining")

Req = Request[Any, Any, Any]
Res = Response[Any]


def routes(door: Door) -> list[Any]:
    """One field of a record; two records made one; what helps while one types: a day read, Markdown as it will look."""

    @get("/e/{entity:str}/{id:str}/field/{name:str}", opt=SIGNED_IN)
    async def field_form(request: Req) -> Res:
        return await door(request, inline.field_form)

    @post("/e/{entity:str}/{id:str}/field/{name:str}", opt=SIGNED_IN)
    async def save_field(request: Req) -> Res:
        return await door(request, inline.save_field, write=True)

    @get("/e/{entity:str}/{id:str}/merge", opt=SIGNED_IN)
    async def join_page(request: Req) -> Res:
        return await door(request, joining.join_page, apart=True)

    @post("/e/{entity:str}/{id:str}/merge", opt=SIGNED_IN)
    async def join(request: Req) -> Res:
        return await door(request, joining.join, write=True)

    @get("/e/{entity:str}/people", opt=SIGNED_IN)
    async def people(request: Req) -> Res:
        return await door(request, helping.people)

    @get("/read/day", opt=SIGNED_IN)
    async def read_day(request: Req) -> Res:
        return await door(request, helping.read_day)

    @post("/preview", opt=SIGNED_IN)
    async def preview(request: Req) -> Res:
        return await door(request, helping.preview)

    return [field_form, save_field, join_page, join, people, read_day, preview]
