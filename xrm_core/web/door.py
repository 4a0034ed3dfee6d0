"""The door of the pages: who asks, in which transaction, on which thread; answers as HTML, redirects, error pages."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from uuid import uuid4

from litestar import Request, Response
from litestar.background_tasks import BackgroundTask
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.datastructures.cookie import Cookie
from litestar.response import Stream
from markupsafe import Markup
from msgspec.structs import replace

from ..errors import BadRequest, NotFound, Refused, SignInNeeded, XrmError, in_log
from ..language import _, speak
from ..metamodel.values import ANONYMOUS
from ..services import access_log, accounts, desk
from ..services.doors import FactorNeeded, let_in
from ..services.runtime import Runtime
from ..services.signing.sessions import cookie_name
from ..services.work import Work
from ..storage.faults import DriverFault
from . import faults, focus, tongue, undoing, viewing
from .asked import Answer, Apart, Asked, Go, Handler, Sent, Shown, Slot, Upload, whole_number
from .assets import names_of
from .guards import FLASH_COOKIE, HEADERS, SAFE, csrf_field, flash, is_foreign, is_token, told_path, unflash
from .last_page import last_page
from .models import Toast
from .shell import build_shell
from .signing_cookies import next_cookie, wanted
from .typed import is_of_a_record
from .widgets import plugin_widgets

if TYPE_CHECKING:
    from jinja2 import Environment

log = logging.getLogger("xrm.web")
PREFERENCES_COOKIE = "xrm_look"
SECOND_FACTOR = "/account/second-factor"
"""Where somebody is led who owes a second factor."""
MAX_FIELDS, MAX_QUERY = 20_000, 16_000
"""Inputs of one form; bytes of the query of an address."""
SMALL = 2**18
"""Bytes of a form with places for files that is read before it is known who sends it."""
PIECE = 2**18
"""Bytes of a file that are read at a time while it is sent."""
ATTEMPTS = 3
"""How often a write is tried that met another one in the database."""


class Door:
    """Runs page handlers: in a thread, in one transaction, for whoever the session names."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.cookie = cookie_name(runtime.settings)
        self._statics = names_of(runtime.host.static_folders())
        plugin_widgets(runtime.host)  # a clash of names stops the start

    @cached_property
    def templates(self) -> Environment:
        """The templates, made and their library imported when the first page is drawn: a server that is asked for no page does
        without."""
        from jinja2 import FileSystemLoader

        from .environment import build_environment

        loaders = [FileSystemLoader(str(path)) for path in self.runtime.host.template_folders()]
        return build_environment(loaders=loaders, statics=self._statics)

    async def __call__(
        self, request: Request[Any, Any, Any], handler: Handler | Apart, *, write: bool = False, apart: bool = False
    ) -> Response[Any]:
        """Answer a request by the policy of its route. `write` opens a transaction that writes; `apart` handlers get the
        runtime, and open their transactions themselves."""
        policy = str(request.route_handler.opt["policy"])
        public = policy == "public"
        secret = request.cookies.get(self.cookie, "")
        uploads = request.headers.get("content-type", "").startswith("multipart/")
        large = uploads and not _is_small(request)
        try:
            if request.method not in SAFE and large and not (public or await sync_to_thread(self._is_known, secret)):
                return self._to_sign_in(self._asked(request, []))  # nobody's files are taken in
            form = await _form_of(request, uploads) if request.method not in SAFE else []
        except XrmError as fault:
            return await sync_to_thread(self._failed_freshly, self._asked(request, []), fault)
        run = self._steps(handler, policy) if apart else self._one_step(handler, policy, write)  # type: ignore[arg-type]  # `apart` says which it is
        return await sync_to_thread(self._answer, run, self._asked(request, form), public)

    def missing(self, request: Request[Any, Any, Any], status: int, cause: Exception) -> Response[Any]:
        """The page for an address or a method that no route takes, and for what failed before a page was begun."""
        asked, reference = self._asked(request, []), _reference()
        if status == 404:
            fault: XrmError = NotFound(_("there is no page at this address"))
        elif status >= 500:
            log.error("%s: failed before a page was begun", reference, exc_info=cause)
            fault = cause if isinstance(cause, XrmError) else XrmError(str(cause), code="internal")
        else:
            fault = BadRequest(_(faults.OPENED.get(status, faults.OPENED[400])))
        try:
            with self.runtime.work(ANONYMOUS, "web") as work:
                self._sign_in(work, asked)  # who asks has a language
                return self._failed(work, asked, fault, status, reference)
        except Exception as worse:
            return self._left(asked, fault, status, reference, worse)

    def _asked(self, request: Request[Any, Any, Any], form: list[tuple[str, Any]]) -> Asked:
        url = str(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
        cookies = request.cookies
        speak(tongue.before_sign_in(self.runtime.settings, cookies, request.headers))
        return Asked(
            str(request.method), url, request.path_params if "path_params" in request.scope else {}, pairs_of(request.scope["query_string"][:MAX_QUERY]),
            form, request.headers, cookies, unflash(cookies.get(FLASH_COOKIE, "")), client=request.client.host if request.client else "",
        )  # fmt: skip

    def _is_known(self, secret: str) -> bool:
        with self.runtime.work(ANONYMOUS, "web") as work:
            return bool(secret) and accounts.session_actor(self.runtime, work, secret).kind != "anonymous"

    def _sign_in(self, work: Work, asked: Asked) -> None:
        work.facts[access_log.CLIENT] = asked.client
        secret = asked.cookies.get(self.cookie, "")
        if secret:
            work.actor = accounts.session_actor(self.runtime, work, secret)
        work.facts[focus.FACT] = focus.chosen_in(asked.cookies.get(PREFERENCES_COOKIE, ""))
        if work.actor.kind == "anonymous":
            work.actor = accounts.foreign_actor(self.runtime, asked.method, asked.url, asked.headers)
        tongue.speak_to(work, asked)

    def _one_step(self, handler: Handler, policy: str, write: bool) -> Callable[[Asked], Response[Any]]:
        """How a handler is run in one transaction with the drawing of its page."""

        def run(asked: Asked) -> Response[Any]:
            with self.runtime.work(ANONYMOUS, "web", write) as work:
                self._let_in(work, asked, policy)
                answer = handler(work, asked)
                made = self._respond(work, asked, undoing.attach(work, answer) if write else answer)
                opened = work.facts.get(desk.FACT)
            if opened is not None:
                made.background = BackgroundTask(desk.keep_opened, self.runtime, opened)
            return made

        return run

    def _steps(self, handler: Apart, policy: str) -> Callable[[Asked], Response[Any]]:
        """How a handler is run that opens its transactions itself: its page is drawn in one more."""

        def run(asked: Asked) -> Response[Any]:
            with self.runtime.work(ANONYMOUS, "web") as work:
                self._let_in(work, asked, policy)
                actor = work.actor
            answer = handler(self.runtime, actor, asked)
            with self.runtime.work(ANONYMOUS, "web") as work:
                self._sign_in(work, asked)
                return self._respond(work, asked, answer)

        return run

    def _let_in(self, work: Work, asked: Asked, policy: str) -> None:
        self._sign_in(work, asked)
        let_in(policy, work.actor, work.catalog.roles)
        viewing.refuse_writes(work, asked)

    def _answer(self, run: Callable[[Asked], Response[Any]], asked: Asked, public: bool) -> Response[Any]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._refuse_foreign(asked, public)
                return run(asked)
            except DriverFault as fault:
                if fault.fault.kind != "retry" or attempt == ATTEMPTS:
                    return self._failed_freshly(asked, fault)
                time.sleep(0.01 * 3**attempt)
            except SignInNeeded:
                return self._to_sign_in(asked)
            except FactorNeeded as fault:
                return self._to_second_factor(asked, fault)
            except XrmError as fault:
                return self._failed_freshly(asked, fault)
            except Exception as fault:  # the reader gets an id, the log the rest
                reference = _reference()
                log.exception("%s: page failed", reference, exc_info=fault)
                return self._failed_freshly(asked, XrmError(str(fault), code="internal"), reference)
        raise AssertionError("unreachable")

    def _refuse_foreign(self, asked: Asked, public: bool) -> None:
        """What a browser says of another site's doing, and forms without their token, are refused before anything is opened."""
        if asked.method not in SAFE:
            secret = asked.cookies.get(self.cookie, "")
            if is_foreign(asked.headers):
                raise Refused(
                    _("this came from another site"), code="cross_site", hint=_("open the page here, then repeat")
                )
            if not public and secret and not is_token(asked.posted("_csrf"), secret):
                raise Refused(_("this form is out of date"), code="csrf", hint=_("load the page again, then repeat"))

    def _respond(self, work: Work, asked: Asked, answer: Answer) -> Response[Any]:
        if isinstance(answer, Sent):
            return _sent(answer)
        if isinstance(answer, Go):
            secure = work.settings.server.base_url.startswith("https:")
            notes = (
                [flash(Toast(text=answer.toast, tone=answer.tone, undo=answer.undo, more=answer.more), secure)]
                if answer.toast
                else []
            )
            told = asked.headers.get("x-go") == "tell"  # a script that sends a form goes there itself
            where = {"HX-Redirect": answer.url} if told else {"Location": answer.url}
            return Response(
                b"", status_code=204 if told else 303, headers={**HEADERS, **where}, cookies=[*answer.cookies, *notes]
            )
        return self._page(work, asked, answer)

    def _page(self, work: Work, asked: Asked, shown: Shown) -> Response[Any]:
        values: dict[str, Any] = {"page": shown.page, "csrf_field": csrf_field(asked.cookies.get(self.cookie, ""))}
        cookies = []
        if not shown.bare:
            toasts = (asked.toast,) if asked.toast else ()
            values["shell"] = build_shell(
                self.runtime,
                work,
                asked.url,
                shown.title,
                shown.crumbs,
                toasts,
                asked.cookies.get(PREFERENCES_COOKIE, ""),
            )
            if FLASH_COOKIE in asked.cookies:
                cookies.append(Cookie(key=FLASH_COOKIE, value="", path="/", max_age=0))
        if shown.slots:
            values["page"] = replace(shown.page, **self._drawn(shown.slots, values))
        html = self.templates.get_template(shown.template).render(values)
        return Response(
            html,
            media_type="text/html",
            status_code=shown.status,
            headers={**HEADERS, **shown.headers},
            cookies=cookies,
        )

    def _drawn(self, slots: Sequence[Slot], values: dict[str, Any]) -> dict[str, tuple[Markup, ...]]:
        """The pieces of plugins by place, drawn with the values they gave. One that fails says so, and the page stays."""
        made: dict[str, list[Markup]] = {}
        for slot in sorted(slots, key=lambda s: s.piece.order):
            try:
                template = self.templates.get_template(
                    "fragments/slot.html" if slot.piece.title else slot.piece.template
                )
                inner = {
                    **values,
                    **slot.piece.values,
                    "slot_title": slot.piece.title,
                    "slot_template": slot.piece.template,
                }
                html = template.render(inner)
            except Exception as fault:  # a stranger's template may raise anything
                log.warning("plugin %s: the template %s failed: %s", slot.plugin, slot.piece.template, in_log(fault))
                html = self.templates.get_template("fragments/slot_failed.html").render(
                    {**values, "plugin": slot.plugin}
                )
            made.setdefault(f"slots_{slot.place}", []).append(Markup(html))  # noqa: S704  # drawn with escaping on
        return {place: tuple(pieces) for place, pieces in made.items()}

    def _to_sign_in(self, asked: Asked) -> Response[Any]:
        """To the page for signing in, and from there back to what was asked for; who was signed in is told that the session has ended. A
        form that comes too late gets a page that says what was kept."""
        target, had = "/sign-in", bool(asked.cookies.get(self.cookie, ""))
        page = wanted(asked)
        back = [next_cookie(self.runtime.settings, page)] if page else []
        if asked.by_htmx:
            return Response(b"", status_code=204, headers={**HEADERS, "HX-Redirect": target}, cookies=back)
        if asked.method not in SAFE and (had or is_of_a_record(asked)):
            return self._failed_freshly(asked, SignInNeeded(_("your session has ended"), code="session_ended"))
        secure = self.runtime.settings.server.base_url.startswith("https:")
        ended = Toast(text=_("Your session has ended. Sign in to go on."), tone="info")
        notes = [flash(ended, secure)] if had else []
        return Response(b"", status_code=303, headers={**HEADERS, "Location": target}, cookies=[*notes, *back])

    def _to_second_factor(self, asked: Asked, fault: FactorNeeded) -> Response[Any]:
        """To the page on which a second factor is set up; a piece of a page is refused, so that nothing goes round in a ring."""
        if asked.by_htmx or asked.wants_problem:
            return self._failed_freshly(asked, fault)
        return Response(b"", status_code=303, headers={**HEADERS, "Location": SECOND_FACTOR})

    def _failed_freshly(self, asked: Asked, fault: XrmError, reference: str = "") -> Response[Any]:
        """The error page in a transaction of its own: the one that failed is over."""
        reference = reference or _reference()
        try:
            with self.runtime.work(ANONYMOUS, "web", now=datetime.now(UTC)) as work:
                self._sign_in(work, asked)
                at = {"method": asked.method, "path": told_path(asked.url), "reference": reference}
                access_log.refused(
                    self.runtime, work.actor, "web", fault, entity=asked.path.get("entity"), record=asked.path.get("id"),
                    detail=at, client=asked.client,
                )  # fmt: skip
                return self._failed(work, asked, fault, reference=reference)
        except Exception as worse:
            return self._left(asked, fault, fault.status, reference, worse)

    def _left(self, asked: Asked, fault: XrmError, status: int, reference: str, worse: Exception) -> Response[Any]:
        """The page without database and templates, where the error page failed, too."""
        log.error("%s: %s %s %s: %s", reference, status, asked.method, told_path(asked.url), in_log(fault))
        cause = None if isinstance(worse, XrmError) else worse
        log.error("%s: the error page failed: %s", reference, in_log(worse), exc_info=cause)
        look, token = asked.cookies.get(PREFERENCES_COOKIE, ""), csrf_field(asked.cookies.get(self.cookie, ""))
        return last_page(asked, fault, status, reference, look, token)

    def _failed(self, work: Work, asked: Asked, fault: XrmError, status: int = 0, reference: str = "") -> Response[Any]:
        status = status or fault.status
        reference = reference or _reference()
        if status >= 500:
            log.error("%s: %s", reference, in_log(fault))
        else:
            log.info("%s: %s %s %r: %s", reference, status, asked.method, told_path(asked.url), fault.code)
        if asked.wants_problem:
            told = faults.told(fault)
            detail = (
                " ".join(faults.sentence(p.message) for p in fault.problems)
                if status == 422 and fault.problems
                else told
            )
            body = {
                "title": faults.title_of(status), "status": status, "detail": detail, "code": fault.code, "reference": reference,
            }  # fmt: skip
            return Response(body, media_type="application/problem+json", status_code=status, headers=dict(HEADERS))
        page = faults.page_of(work, asked, fault, status, reference)
        template = "error_bare.html" if work.actor.kind == "anonymous" or work.actor.owes_factor else "error.html"
        return self._page(work, asked, Shown(template, page, page.title, status))


def _is_small(request: Request[Any, Any, Any]) -> bool:
    """Is a form with places for files small enough to be read of anybody, so that what was typed is not lost with a session?"""
    length = whole_number(request.headers.get("content-length", ""))
    return length is not None and length <= SMALL


def _reference() -> str:
    """An id for one fault: the page says it, the log has it."""
    return uuid4().hex[:12]


def pairs_of(encoded: bytes) -> list[tuple[str, str]]:
    """Names and values in the order in which they came. Raises BadRequest where they are too many."""
    if encoded.count(b"&") >= MAX_FIELDS:
        raise BadRequest(_("more than {most} inputs came with one form", most=MAX_FIELDS), code="too_many")
    return parse_qsl(encoded.decode("ascii", "replace"), keep_blank_values=True)


def _sent(answer: Sent) -> Response[Any]:
    """A download; a file is opened now, and read in pieces while it is sent."""
    headers = {**HEADERS, **answer.headers}
    kind = answer.media_type.removesuffix("; charset=utf-8")  # the framework says it of every text
    if isinstance(answer.body, Path):
        return Stream(_pieces(answer.body.open("rb")), media_type=kind, headers=headers, status_code=answer.status)
    return Response(answer.body, media_type=kind, headers=headers, status_code=answer.status)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        yield from iter(partial(file.read, PIECE), b"")


async def _form_of(request: Request[Any, Any, Any], uploads: bool) -> list[tuple[str, Any]]:
    """The inputs of a form in their order: rows of a table come as they stand."""
    if not uploads:
        return list(pairs_of(await request.body()))
    return [
        (name, await _upload(value) if isinstance(value, UploadFile) else value)
        for name, value in (await request.form()).items()
    ]


async def _upload(file: UploadFile) -> Upload:
    return Upload(file.filename or "", file.content_type or "", await file.read())
