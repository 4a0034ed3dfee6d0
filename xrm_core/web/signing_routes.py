"""The routes of signing in, and of the page on which people see to how they do."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post

from ..services.doors import PUBLIC, SIGNED_IN
from . import signing
from .door import Door

Req = Request[Any, Any, Any]
Res = Response[Any]


def _ways_in(door: Door) -> list[Any]:
    @get("/sign-in", opt=PUBLIC)
    async def sign_in(request: Req) -> Res:
        return await door(request, signing.sign_in)

    @post("/sign-in", opt=PUBLIC)
    async def by_password(request: Req) -> Res:
        return await door(request, signing.by_password, apart=True)

    @get("/sign-in/code", opt=PUBLIC)
    async def ask_code(request: Req) -> Res:
        return await door(request, signing.ask_code)

    @post("/sign-in/code", opt=PUBLIC)
    async def by_code(request: Req) -> Res:
        return await door(request, signing.by_code, apart=True)

    @get("/sign-in/{secret:str}", opt=PUBLIC)
    async def sign_in_link(request: Req) -> Res:
        return await door(request, signing.sign_in_link)

    @post("/sign-in/link", opt=PUBLIC)
    async def use_link(request: Req) -> Res:
        return await door(request, signing.use_link, write=True)

    @post("/sign-out", opt=SIGNED_IN)
    async def sign_out(request: Req) -> Res:
        return await door(request, signing.sign_out, write=True)

    return [sign_in, by_password, ask_code, by_code, sign_in_link, use_link, sign_out]


def routes(door: Door) -> list[Any]:
    """All routes of this room."""
    return _ways_in(door)
