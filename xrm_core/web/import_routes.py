"""The routes of imports: files, their mapping, the check, the run and its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get, post

from ..services.doors import SIGNED_IN
from .door import Door
from .later import later

if TYPE_CHECKING:
    from . import import_check, import_choice, import_file, import_mapping, import_wizard, importing
else:
    import_check, import_choice, import_file = later("import_check", "import_choice", "import_file")
    import_mapping, import_wizard, importing = later("import_mapping", "import_wizard", "importing")

MAX_FILES = 4
"""How many files of the greatest size may come at once; smaller ones are more."""
Req = Request[Any, Any, Any]
Res = Response[Any]


def routes(door: Door) -> list[Any]:
    """The routes of imports."""
    return [*_begin(door), *_steps(door), *_acts(door)]


def _begin(door: Door) -> list[Any]:
    most = MAX_FILES * door.runtime.settings.files.max_megabytes * 2**20

    @get("/import", opt=SIGNED_IN)
    async def import_choose(request: Req) -> Res:
        return await door(request, import_choice.choose)

    @post("/import", request_max_body_size=most, opt=SIGNED_IN)
    async def import_upload(request: Req) -> Res:
        return await door(request, import_choice.Uploads(door.runtime))

    @post("/import/mappings/{id:str}/forget", opt=SIGNED_IN)
    async def import_forget(request: Req) -> Res:
        return await door(request, import_choice.forget, write=True)

    @get("/import/{id:str}", opt=SIGNED_IN)
    async def import_goto(request: Req) -> Res:
        return await door(request, import_wizard.goto)

    return [import_choose, import_upload, import_forget, import_goto]


def _steps(door: Door) -> list[Any]:
    @get("/import/{id:str}/file", opt=SIGNED_IN)
    async def import_file_page(request: Req) -> Res:
        return await door(request, import_file.show)

    @post("/import/{id:str}/file", opt=SIGNED_IN)
    async def import_file_save(request: Req) -> Res:
        return await door(request, import_file.save, write=True)

    @get("/import/{id:str}/mapping", opt=SIGNED_IN)
    async def import_mapping_page(request: Req) -> Res:
        return await door(request, import_mapping.show)

    @post("/import/{id:str}/mapping", opt=SIGNED_IN)
    async def import_mapping_save(request: Req) -> Res:
        return await door(request, import_mapping.save, apart=True)

    @get("/import/{id:str}/check", opt=SIGNED_IN)
    async def import_check_page(request: Req) -> Res:
        return await door(request, import_check.show)

    @get("/import/{id:str}/run", opt=SIGNED_IN)
    async def import_run_page(request: Req) -> Res:
        return await door(request, importing.run)

    @get("/import/{id:str}/report", opt=SIGNED_IN)
    async def import_report(request: Req) -> Res:
        return await door(request, importing.report)

    return [
        import_file_page, import_file_save, import_mapping_page, import_mapping_save, import_check_page, import_run_page, import_report,
    ]  # fmt: skip


def _acts(door: Door) -> list[Any]:
    @post("/import/{id:str}/mend", opt=SIGNED_IN)
    async def import_mend(request: Req) -> Res:
        return await door(request, import_check.put, apart=True)

    @post("/import/{id:str}/values", opt=SIGNED_IN)
    async def import_values(request: Req) -> Res:
        return await door(request, import_check.put_values, apart=True)

    @post("/import/{id:str}/again", opt=SIGNED_IN)
    async def import_again(request: Req) -> Res:
        return await door(request, import_check.again, apart=True)

    @post("/import/{id:str}/stop", opt=SIGNED_IN)
    async def import_stop(request: Req) -> Res:
        return await door(request, import_check.stop)

    @post("/import/{id:str}/run", opt=SIGNED_IN)
    async def import_start(request: Req) -> Res:
        return await door(request, import_check.start, write=True)

    @post("/import/{id:str}/cancel", opt=SIGNED_IN)
    async def import_cancel(request: Req) -> Res:
        return await door(request, import_check.cancel, write=True)

    @post("/import/{id:str}/undo", opt=SIGNED_IN)
    async def import_undo(request: Req) -> Res:
        return await door(request, importing.undo, write=True)

    @post("/import/{id:str}/discard", opt=SIGNED_IN)
    async def import_discard(request: Req) -> Res:
        return await door(request, importing.discard, write=True)

    @get("/import/{id:str}/errors", opt=SIGNED_IN)
    async def import_errors(request: Req) -> Res:
        return await door(request, importing.error_file)

    return [
        import_mend, import_values, import_again, import_stop, import_start, import_cancel, import_undo, import_discard, import_errors,
    ]  # fmt: skip
