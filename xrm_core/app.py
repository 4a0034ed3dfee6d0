"""The composition root: the only place that knows every room. It makes the web application out of a runtime.

What the web application is made of is imported when one is made: the command line begins here too, and most commands serve
nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .errors import PluginError, SettingsError
from .services.doors import is_policy

if TYPE_CHECKING:
    from litestar import Litestar, Request, Response, Router
    from litestar.handlers import HTTPRouteHandler
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

    from .services.jobs import Worker
    from .services.organisation import Watcher
    from .services.runtime import Runtime
    from .services.settings import ServerSettings

NO_METHOD = "NONE"
"""A method that no route answers to."""


def worker_of(runtime: Runtime) -> Worker:
    """A worker that does all jobs, those too that draw what pages show."""
    from .services.jobs import Worker
    from .web.shown_jobs import shown_jobs

    return Worker(runtime, shown_jobs())


def create_app(runtime: Runtime, *, worker: bool = True, watch: bool = True) -> Litestar:
    """The web application: API and pages. With it run a worker of the outbox and the watcher of the metadata."""
    from litestar.concurrency import set_asyncio_executor
    from litestar.exceptions import HTTPException

    from .api.routes import api_router
    from .services.organisation import Watcher
    from .web.later import bring_pages
    from .web.routes import web_router

    of_plugins = plugin_routes(runtime)
    set_asyncio_executor(ThreadPoolExecutor(runtime.settings.server.threads, thread_name_prefix="xrm"))

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        parts: list[Worker | Watcher] = [worker_of(runtime)] if worker else []
        if watch:
            parts.append(Watcher(runtime))
        for part in parts:
            part.start()
        bring_pages()
        try:
            yield
        finally:
            for part in parts:
                part.stop()

    app = _application(plain=not of_plugins)(
        route_handlers=[api_router(runtime), web_router(runtime), *of_plugins],
        lifespan=[lifespan],
        openapi_config=None,
        exception_handlers={HTTPException: no_route(runtime), Exception: no_route(runtime)},
        multipart_form_part_limit=10_000,
        debug=False,
    )
    check_policies(app)
    app.asgi_handler = only_hosts(runtime.settings.server)(
        app.asgi_handler
    )  # before any route, so for unknown ones too
    return app


def _application(*, plain: bool) -> type[Litestar]:
    """Litestar; `plain`: without its support for models in handlers, which ours do not use and which takes 0.3 s to import."""
    from litestar import Litestar, Router

    class Application(Litestar):
        def _validate_registration_value(self, value: Any) -> Any:
            if isinstance(value, Router):  # registered here and nowhere else: no need to copy it with all its handlers
                value.owner = self
                share_signatures(value)
                return value
            return super()._validate_registration_value(value)

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            method = scope.get("method")
            if method == "HEAD":
                scope, send = {**scope, "method": "GET"}, without_body(send)
            elif method == "OPTIONS":
                scope, send = {**scope, "method": NO_METHOD}, told_methods(send)
            await super().__call__(scope, receive, send)

    class Plain(Application):
        @staticmethod
        def _get_default_plugins(plugins: list[Any]) -> list[Any]:
            return plugins

    return Plain if plain else Application


def share_signatures(router: Router) -> None:
    """Work out the signature of a router's handlers once for all that are written alike. Most of ours take the request and
    nothing else, and half of all are answers to OPTIONS, made by the framework: each by itself takes a twentieth of a start."""
    from litestar.routes import HTTPRoute

    known: dict[object, HTTPRouteHandler] = {}
    for route in router.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            written = getattr(handler.fn, "__code__", None)
            if written is None or handler.dependency_name_set or handler.fn.__defaults__ or handler.fn.__kwdefaults__:
                continue
            names = written.co_varnames[: written.co_argcount + written.co_kwonlyargcount]
            first = known.setdefault((handler.fn.__module__, names, *handler.fn.__annotations__.items()), handler)
            if first is not handler:
                handler._parsed_fn_signature = first.parsed_fn_signature
                handler._signature_model = first.signature_model


def without_body(send: Send) -> Send:
    """The answer to HEAD is that to GET without its body (RFC 9110, 9.3.2)."""

    async def only_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return only_head


def kept_secure(send: Send) -> Send:
    """Every answer with the word that this host is reached by https alone, for a year."""

    async def promised(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"strict-transport-security", b"max-age=31536000")]}
        await send(message)

    return promised


def told_methods(send: Send) -> Send:
    """The answer to OPTIONS is what an address answers to (RFC 9110, 9.3.7), taken from its refusal of a method that is none."""
    refused = False

    async def only_methods(message: Message) -> None:
        nonlocal refused
        if message["type"] == "http.response.start" and message["status"] == 405:
            refused = True
            allowed = [(k, v) for k, v in message["headers"] if k.lower() == b"allow"]
            message = {**message, "status": 204, "headers": allowed}
        elif message["type"] == "http.response.body" and refused:
            message = {**message, "body": b""}
        await send(message)

    return only_methods


def no_route(runtime: Runtime) -> Callable[[Request[Any, Any, Any], Exception], Response[Any]]:
    """The answer to an address or a method that no route takes, and to what no route foresaw: a problem below `/api`, else the
    error page."""
    from litestar.exceptions import HTTPException

    from .api.problems import allowed
    from .api.problems import handle as api_problem
    from .web.routes import page_of_fault

    page = page_of_fault(runtime)

    def answer(request: Request[Any, Any, Any], fault: Exception) -> Response[Any]:
        if request.url.path.startswith("/api"):
            return api_problem(request, fault)
        return page(request, fault, allowed(fault) if isinstance(fault, HTTPException) else {})

    return answer


def check_policies(app: Litestar) -> None:
    """Raise SettingsError where a route does not say who may come in: the server does not start with it."""
    from litestar.routes import HTTPRoute

    nameless = []
    for route in app.routes:
        handlers = route.route_handlers if isinstance(route, HTTPRoute) else [route.route_handler]
        said = [
            h for h in handlers if getattr(h, "http_methods", None) != {"OPTIONS"}
        ]  # those are made, and never reached
        nameless += [f"{route.path} ({h.fn.__qualname__})" for h in said if not is_policy(h.opt.get("policy"))]
    if nameless:
        raise SettingsError(
            f"{len(nameless)} route(s) do not say who may come in: {', '.join(sorted(nameless)[:10])}", code="no_policy",
            hint="write opt=SIGNED_IN, opt=PUBLIC or opt={'policy': 'role:NAME'} into the decorator",
        )  # fmt: skip


def plugin_routes(runtime: Runtime) -> list[Any]:
    """Routes of plugins, each behind a guard that holds it to the policy it names (`opt={"policy": ...}`); one that names
    none stops the start. Raises PluginError."""
    from litestar import Router

    from .api.guard import guard

    routes: list[Any] = []
    owners: dict[str, str] = {}
    for plugin, handlers in runtime.host.answers("xrm_routes"):
        for handler in handlers:
            if not is_policy(handler.opt.get("policy")):
                raise PluginError(
                    f"plugin {plugin!r}: a route names no policy",
                    hint="write opt={'policy': 'signed_in'} into its decorator; others are public and role:NAME",
                )
            for path in handler.paths:
                if owners.get(path, plugin) != plugin:
                    raise PluginError(f"the route {path} comes from plugin {owners[path]!r} and from {plugin!r}")
                owners[path] = plugin
            routes.append(handler)
    return [Router("/", route_handlers=routes, guards=[guard(runtime)])] if routes else []


BARE: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
}  # fmt: skip
"""Headers of an answer that is no page."""


def only_hosts(server: ServerSettings) -> Callable[[ASGIApp], ASGIApp]:
    """A middleware that answers only to the configured names, on any port: what a request says of its host is never believed.
    Where links are made with https, browsers are told to keep to it (RFC 6797)."""
    from litestar import Response

    address = urlsplit(server.base_url)
    names = frozenset({*server.hosts, address.hostname or ""})

    def wrap(app: ASGIApp) -> ASGIApp:
        async def checked(scope: Scope, receive: Receive, send: Send) -> None:
            if str(scope["type"]) == "http":
                host = next((v for k, v in scope["headers"] if k == b"host"), b"").decode("latin-1")
                name, _, port = host.rpartition(":")
                if host not in names and not (name in names and port.isdecimal()):
                    await Response(
                        b"unknown host", status_code=400, media_type="text/plain", headers=BARE
                    ).to_asgi_response(
                        None,
                        None,  # type: ignore[arg-type]
                    )(scope, receive, send)
                    return
            await app(scope, receive, kept_secure(send) if address.scheme == "https" else send)

        return checked

    return wrap


class Composed:
    """What the command line gets of what it may not know: the web application of a runtime, and a worker for its jobs."""

    def __call__(self, runtime: Runtime, *, worker: bool = True, watch: bool = True) -> Litestar:
        """The web application."""
        return create_app(runtime, worker=worker, watch=watch)

    def worker(self, runtime: Runtime) -> Worker:
        """A worker for all jobs."""
        return worker_of(runtime)


def main() -> None:
    """The command `xrm`."""
    from .cli import main as run

    run(Composed())
