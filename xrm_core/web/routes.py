"""The routes of the pages: generic over entities. Each goes through the door and says who may come in (`services/doors.py`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from litestar import Request, Response, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.config.compression import CompressionConfig
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import HTTPException
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware
from litestar.static_files import create_static_files_router
from litestar.types import Receive, Scope, Send

from ..services.doors import ADMIN, PUBLIC, SIGNED_IN
from ..services.runtime import Runtime
from . import access_routes, desk_routes, import_routes, list_routes, record_routes, signing_routes, tongue, undoing
from .assets import STATIC, check_assets, names_of, static_version
from .door import Door
from .later import later
from .lean import LeanFiles

if TYPE_CHECKING:
    from . import (
        boards_moves,
        desk,
        doing,
        finding,
        forms,
        naming,
        notices,
        pages,
        palette,
        records,
        screens,
        standing_in,
    )
else:
    boards_moves, desk, doing, finding, forms = later("boards_moves", "desk", "doing", "finding", "forms")
    notices, pages, palette, records, screens = later("notices", "pages", "palette", "records", "screens")
    naming, standing_in = later("naming", "standing_in")

MAX_BODY = 4 * 2**20
"""Bytes of a form without files."""
SQUEEZED = CompressionConfig(backend="gzip", minimum_size=900, gzip_compress_level=7)
"""How pages and files are compressed for the way, those about faults too."""
Req = Request[Any, Any, Any]
Res = Response[Any]


def _single_pages(door: Door) -> list[Any]:
    @post("/preferences", opt=PUBLIC)
    async def preferences(request: Req) -> Res:
        return await door(request, pages.preferences)

    @post("/language", opt=PUBLIC)
    async def language(request: Req) -> Res:
        return await door(request, tongue.choose, write=True)

    @post("/acting", opt=SIGNED_IN)
    async def acting(request: Req) -> Res:
        return await door(request, standing_in.act_for, write=True)

    @get("/undo", opt=SIGNED_IN)
    async def undo_last(request: Req) -> Res:
        return await door(request, undoing.last)

    @post("/undo/{id:str}", opt=SIGNED_IN)
    async def undo(request: Req) -> Res:
        return await door(request, undoing.undo, write=True)

    @get("/search", opt=SIGNED_IN)
    async def search(request: Req) -> Res:
        return await door(request, finding.search)

    @get("/palette", opt=SIGNED_IN)
    async def open_palette(request: Req) -> Res:
        return await door(request, palette.palette)

    @get("/palette/hits", opt=SIGNED_IN)
    async def palette_hits(request: Req) -> Res:
        return await door(request, palette.hits)

    @get("/notifications", opt=SIGNED_IN)
    async def notifications(request: Req) -> Res:
        return await door(request, notices.notices_page)

    @post("/notifications/read", opt=SIGNED_IN)
    async def read_notices(request: Req) -> Res:
        return await door(request, notices.read, write=True)

    @get("/menu/counts", opt=SIGNED_IN)
    async def menu_counts(request: Req) -> Res:
        return await door(request, notices.counts)

    @get("/lookup/{entity:str}/{field:str}", opt=SIGNED_IN)
    async def lookup(request: Req) -> Res:
        return await door(request, finding.lookup)

    @get("/names/{source:str}", opt=SIGNED_IN)
    async def names(request: Req) -> Res:
        return await door(request, naming.names)

    @get("/jobs", opt=ADMIN)
    async def jobs(request: Req) -> Res:
        return await door(request, pages.jobs)

    @post("/jobs/{id:str}/retry", opt=ADMIN)
    async def retry_job(request: Req) -> Res:
        return await door(request, pages.retry_job, write=True)

    @get("/design", opt=SIGNED_IN)
    async def design(request: Req) -> Res:
        return await door(request, pages.design)

    @get("/file/{id:str}", opt=SIGNED_IN)
    async def file(request: Req) -> Res:
        return await door(request, pages.file)

    return [
        preferences,
        language,
        acting,
        undo,
        undo_last,
        search,
        open_palette,
        palette_hits,
        notifications,
        read_notices,
        menu_counts,
        lookup,
        names,
        jobs,
        retry_job,
        design,
        file,
    ]


def _entity_pages(door: Door) -> list[Any]:
    with_files = MAX_BODY + 2 * door.runtime.settings.files.max_megabytes * 2**20

    @get("/e/{entity:str}/new", opt=SIGNED_IN)
    async def new_form(request: Req) -> Res:
        return await door(request, forms.new_form)

    @post("/e/{entity:str}/new", request_max_body_size=with_files, opt=SIGNED_IN)
    async def save_new(request: Req) -> Res:
        return await door(request, forms.save_new, write=True)

    @post("/e/{entity:str}/move", opt=SIGNED_IN)
    async def move(request: Req) -> Res:
        return await door(request, boards_moves.move_card, write=True)

    @get("/e/{entity:str}/{id:str}", opt=SIGNED_IN)
    async def record_page(request: Req) -> Res:
        return await door(request, desk.record_page)

    @get("/e/{entity:str}/{id:str}/edit", opt=SIGNED_IN)
    async def edit_form(request: Req) -> Res:
        return await door(request, forms.edit_form)

    @post("/e/{entity:str}/{id:str}/edit", request_max_body_size=with_files, opt=SIGNED_IN)
    async def save_changes(request: Req) -> Res:
        return await door(request, forms.save_changes, write=True)

    @post("/e/{entity:str}/{id:str}/delete", opt=SIGNED_IN)
    async def delete(request: Req) -> Res:
        return await door(request, records.delete, write=True)

    @post("/e/{entity:str}/{id:str}/restore", opt=SIGNED_IN)
    async def restore(request: Req) -> Res:
        return await door(request, records.restore, write=True)

    @post("/e/{entity:str}/{id:str}/restore-value", opt=SIGNED_IN)
    async def restore_value(request: Req) -> Res:
        return await door(request, records.restore_value, write=True)

    @get("/e/{entity:str}/{id:str}/do/{name:str}", opt=SIGNED_IN)
    async def transition_form(request: Req) -> Res:
        return await door(request, doing.transition_form)

    @post("/e/{entity:str}/{id:str}/do/{name:str}", request_max_body_size=with_files, opt=SIGNED_IN)
    async def make_transition(request: Req) -> Res:
        return await door(request, doing.make_transition, write=True)

    @get("/e/{entity:str}/{id:str}/run/{name:str}", opt=SIGNED_IN)
    async def action_form(request: Req) -> Res:
        return await door(request, doing.action_form)

    @post("/e/{entity:str}/{id:str}/run/{name:str}", request_max_body_size=with_files, opt=SIGNED_IN)
    async def run_action(request: Req) -> Res:
        return await door(request, doing.run_action, write=True)

    return [
        new_form, save_new, move, record_page, edit_form, save_changes, delete, restore, restore_value,
        transition_form, make_transition, action_form, run_action,
    ]  # fmt: skip


class LatePage(Response[bytes]):
    """An answer that is made on a thread of its own when it is sent: exception handlers run where nothing may wait."""

    def __init__(self, make: Callable[[], Res]) -> None:
        super().__init__(b"")
        self.make = make

    def to_asgi_response(self, app: Any, request: Req, **more: Any) -> Any:
        """An ASGI application that makes the page and sends it."""

        async def send_page(scope: Scope, receive: Receive, send: Send) -> None:
            made = (await sync_to_thread(self.make)).to_asgi_response(app, request)
            if "route_handler" not in scope:  # else the route's own middleware does it, and twice is not readable
                made = CompressionMiddleware(made, SQUEEZED)
            await made(scope, receive, send)

        return send_page


def page_of_fault(runtime: Runtime) -> Callable[..., Res]:
    """What answers for addresses and methods that no route takes, and for bodies that cannot be read: the error page, with
    further headers where they are given."""
    door = Door(runtime)

    def answer(request: Req, fault: Exception, headers: Mapping[str, str] | None = None) -> Res:
        def make() -> Res:
            status = fault.status_code if isinstance(fault, HTTPException) else getattr(fault, "status", 500)
            made = door.missing(request, status, fault)
            made.headers.update(headers or {})
            return made

        return LatePage(make)

    return answer


def web_router(runtime: Runtime) -> Router:
    """All pages, and the static files under an address that changes with them."""
    check_assets()
    door = Door(runtime)
    root, of_plugins = f"/static/{static_version()}", runtime.host.static_folders()
    folders = {root: STATIC, **{f"{root}/of/{name}": of_plugins[p] for p, name in names_of(of_plugins).items()}}
    static = [
        create_static_files_router(
            path=path, directories=[folder], send_as_attachment=False, opt=PUBLIC, name=path, file_system=LeanFiles(),
            cache_control=CacheControlHeader(public=True, max_age=365 * 24 * 3600, immutable=True),
        )
        for path, folder in folders.items()
    ]  # fmt: skip
    squeezed = DefineMiddleware(CompressionMiddleware, config=SQUEEZED)
    return Router(
        "/",
        route_handlers=[
            *_single_pages(door),
            *_entity_pages(door),
            *desk_routes.routes(door),
            *list_routes.routes(door),
            *import_routes.routes(door),
            *signing_routes.routes(door),
            *access_routes.routes(door),
            *record_routes.routes(door),
            *(screens.routes(door) if runtime.host.screens else ()),
            *static,
        ],
        middleware=[squeezed],
        request_max_body_size=MAX_BODY,
    )
