"""The door of the pages: who asks, in which transaction, on which thread; answers as HTML, redirects, error pages."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.datastructures.cookie import Cookie
from markupsafe import Markup

from ..errors import Refused, SignInNeeded, XrmError
from ..metamodel.values import ANONYMOUS
from ..services import accounts
from ..services.runtime import Runtime
from ..services.work import Work
from .environment import build_environment
from .models import Action, ErrorPage, Link, Shell, Toast
from .shell import build_shell

log = logging.getLogger("xrm.web")
SESSION_COOKIE = "xrm_session"
FLASH_COOKIE = "xrm_flash"
PREFERENCES_COOKIE = "xrm_look"
CSRF_FIELD = "_csrf"
MAX_FORM = 60 * 1024 * 1024
SAFE = frozenset({"GET", "HEAD"})
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "HX-Request",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form."""

    name: str
    media_type: str
    body: bytes


@dataclass(slots=True)
class Asked:
    """What was asked: path and query parameters, the form with its values in order, cookies."""

    method: str
    url: str
    path: Mapping[str, Any]
    query: Sequence[tuple[str, str]]
    form: Sequence[tuple[str, Any]]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    toast: str = ""

    def get(self, name: str, default: str = "") -> str:
        """The first query parameter of that name."""
        return next((v for k, v in self.query if k == name), default)

    def all(self, name: str) -> list[str]:
        """All query parameters of that name that are not empty."""
        return [v for k, v in self.query if k == name and v]

    def posted(self, name: str, default: str = "") -> str:
        """The first text of that name in the form."""
        return next((v for k, v in self.form if k == name and isinstance(v, str)), default)

    def posted_all(self, name: str) -> list[str]:
        """All texts of that name in the form."""
        return [v for k, v in self.form if k == name and isinstance(v, str)]

    @property
    def by_htmx(self) -> bool:
        """Did htmx ask (and not a full page load)?"""
        return self.headers.get("hx-request") == "true"


@dataclass(slots=True)
class Shown:
    """A page: its template, its model, and what the frame says."""

    template: str
    page: Any
    title: str
    status: int = 200
    crumbs: tuple[Link, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    bare: bool = False


@dataclass(slots=True)
class Go:
    """Somewhere else, with a word on what was done."""

    url: str
    toast: str = ""
    cookies: tuple[Cookie, ...] = ()


@dataclass(slots=True)
class Sent:
    """Bytes as they are: a download."""

    body: bytes
    media_type: str
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200


Handler = Callable[[Work, Asked], "Shown | Go | Sent"]


class Door:
    """Runs page handlers: in a thread, in one transaction, for whoever the session names."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        from jinja2 import FileSystemLoader

        loaders = [FileSystemLoader(str(path)) for path in runtime.host.template_folders()]
        self.templates = build_environment(loaders=loaders)

    async def __call__(self, request: Request[Any, Any, Any], handler: Handler, *, write: bool = False, public: bool = False) -> Response[Any]:
        """Answer a request. `public` pages need no sign-in; `write` opens a transaction that writes."""
        form: list[tuple[str, Any]] = []
        if request.method not in SAFE:
            for name, value in (await request.form()).multi_items():
                form.append((name, await _upload(value) if isinstance(value, UploadFile) else value))
        asked = Asked(
            request.method, str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""), request.path_params,
            list(request.query_params.multi_items()), form, request.headers, request.cookies, unquote(request.cookies.get(FLASH_COOKIE, "")),
        )  # fmt: skip
        return await sync_to_thread(self._answer, handler, asked, write, public)

    def _answer(self, handler: Handler, asked: Asked, write: bool, public: bool) -> Response[Any]:
        work: Work | None = None
        secret = asked.cookies.get(SESSION_COOKIE, "")
        try:
            with self.runtime.work(ANONYMOUS, "web", write) as work:
                if secret:
                    work.actor = accounts.session_actor(self.runtime, work, secret)
                if work.actor.kind == "anonymous":
                    work.actor = accounts.foreign_actor(self.runtime, asked.method, asked.url, asked.headers)
                if work.actor.kind == "anonymous" and not public:
                    raise SignInNeeded("sign in first")
                if asked.method not in SAFE and not public and not hmac.compare_digest(asked.posted(CSRF_FIELD), csrf_token(secret)):
                    raise Refused("this form is out of date", code="csrf", hint="load the page again, then repeat")
                return self._respond(work, asked, handler(work, asked))
        except SignInNeeded:
            return self._to_sign_in(asked)
        except XrmError as fault:
            return self._failed(work, asked, fault)
        except Exception as fault:  # the reader gets an id, the log the rest
            log.exception("page failed", exc_info=fault)
            return self._failed(work, asked, XrmError("Something broke on our side.", code="internal"))

    def _respond(self, work: Work, asked: Asked, answer: Shown | Go | Sent) -> Response[Any]:
        if isinstance(answer, Sent):
            return Response(answer.body, media_type=answer.media_type, headers={**HEADERS, **answer.headers}, status_code=answer.status)
        if isinstance(answer, Go):
            cookies = [*answer.cookies, *([_flash(answer.toast)] if answer.toast else [])]
            return Response(b"", status_code=303, headers={**HEADERS, "Location": answer.url}, cookies=cookies)
        return self._page(work, asked, answer)

    def _page(self, work: Work, asked: Asked, shown: Shown) -> Response[Any]:
        values: dict[str, Any] = {"page": shown.page, "csrf_field": csrf_field(asked.cookies.get(SESSION_COOKIE, ""))}
        if not shown.bare:
            toasts = (Toast(text=asked.toast),) if asked.toast else ()
            values["shell"] = build_shell(self.runtime, work, asked.url, shown.title, shown.crumbs, toasts, asked.cookies.get(PREFERENCES_COOKIE, ""))
        html = self.templates.get_template(shown.template).render(values)
        cookies = [Cookie(key=FLASH_COOKIE, value="", path="/", max_age=0)] if asked.toast and not shown.bare else []
        return Response(html, media_type="text/html", status_code=shown.status, headers={**HEADERS, **shown.headers}, cookies=cookies)

    def _to_sign_in(self, asked: Asked) -> Response[Any]:
        target = "/sign-in"
        if asked.by_htmx:
            return Response(b"", status_code=204, headers={**HEADERS, "HX-Redirect": target})
        return Response(b"", status_code=303, headers={**HEADERS, "Location": target})

    def _failed(self, work: Work | None, asked: Asked, fault: XrmError) -> Response[Any]:
        """The error page. It is drawn in a transaction of its own: the one that failed is over."""
        reference = uuid4().hex[:12] if fault.status >= 500 else ""
        if reference:
            log.error("%s: %s", reference, fault)
        if asked.headers.get("accept", "").startswith("application/problem+json") or "application/problem+json" in asked.headers.get("accept", ""):
            from ..errors import VersionConflict

            detail = "; ".join([fault.message, *(p.message for p in fault.problems)]) if not isinstance(fault, VersionConflict) else fault.message
            body = {"title": "Refused", "status": fault.status, "detail": detail}
            return Response(body, media_type="application/problem+json", status_code=fault.status, headers=HEADERS)
        lines = tuple(str(p) for p in fault.problems) + ((fault.hint,) if fault.hint else ())
        kept = "Nothing was changed." if asked.method not in SAFE else ""
        page = ErrorPage(
            status=fault.status, title=TITLES.get(fault.status, "Something broke on our side"), text=_sentence(fault.message), kept=kept, lines=lines,
            reference=reference, actions=(Action(label="Back to the start", href="/"),),
        )  # fmt: skip
        with self.runtime.work(work.actor if work is not None else ANONYMOUS, "web", now=datetime.now(UTC)) as fresh:
            return self._page(fresh, asked, Shown("error.html", page, page.title, fault.status))


TITLES = {400: "That address does not make sense", 403: "Not for you to do", 404: "Not found", 409: "Not possible now", 412: "Changed meanwhile", 422: "Not accepted"}


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."


async def _upload(file: UploadFile) -> Upload:
    return Upload(file.filename or "", file.content_type or "", await file.read(MAX_FORM))


def csrf_token(secret: str) -> str:
    """The token that forms of a session carry: bound to the session, worthless without its cookie."""
    return hmac.new(secret.encode(), b"xrm form", hashlib.sha256).hexdigest()


def csrf_field(secret: str) -> Markup:
    """The hidden input with the token."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, csrf_token(secret))


def _flash(text: str) -> Cookie:
    return Cookie(key=FLASH_COOKIE, value=quote(text), path="/", max_age=60, httponly=True, samesite="lax")
