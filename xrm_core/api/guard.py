"""What stands before routes of plugins: their policies, held to before anything of theirs runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from msgspec import Struct

from ..errors import Refused, SignInNeeded
from ..metamodel.values import ANONYMOUS
from ..services.doors import let_in
from ..services.runtime import Runtime
from ..services.signing.sessions import cookie_name
from .door import who_asks


class Plain(Struct, frozen=True):
    """A request to a route of a plugin, as far as it tells who asks."""

    method: str
    url: str
    headers: Mapping[str, str]


def guard(runtime: Runtime) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]:
    """Holds routes of plugins to their policies, before anything of theirs runs."""

    def look(asked: Plain, cookie: str | None, policy: str) -> None:
        with runtime.work(ANONYMOUS, "api") as work:
            try:
                let_in(policy, who_asks(runtime, work, asked, cookie))
            except SignInNeeded as fault:
                raise NotAuthorizedException(fault.message) from fault
            except Refused as fault:
                raise PermissionDeniedException(fault.message) from fault

    async def checked(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        asked = Plain(str(connection.scope.get("method", "GET")), str(connection.url.path), connection.headers)
        await sync_to_thread(look, asked, connection.cookies.get(cookie_name(runtime.settings)), handler.opt["policy"])

    return checked
