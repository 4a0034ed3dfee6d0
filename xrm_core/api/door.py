"""The door of the API: who asks, in which transaction, on which thread. There is no other way to a handler."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Protocol

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.types import ASGIApp

from ..errors import Refused, SignInNeeded, VersionConflict, XrmError
from ..language import _, best_of, speak
from ..metamodel.values import ANONYMOUS, Actor
from ..services import access_log, accounts
from ..services.doors import require_factor
from ..services.runtime import Runtime
from ..services.signing.sessions import cookie_name
from ..services.work import Work
from ..storage.faults import DriverFault
from . import once, problems
from .asked import Answer, Asked, parameters
from .bodies import IN_MEMORY, Laid, body_of
from .encoding import NDJSON, encode
from .sent import Sent
from .streaming import Streams

MAX_BODY = 4 * 1024 * 1024
"""Bytes of one record with its child rows."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ATTEMPTS = 3
"""How often a write is tried that met another one."""
HEADERS: Mapping[str, str] = {
    "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie, X-Acting-For, Accept-Language", "X-Content-Type-Options": "nosniff",
}  # fmt: skip

Handler = Callable[[Work, Asked], Answer]
Parts = Callable[[Asked, IO[bytes]], Iterable["Part"]]


class Part(Protocol):
    """A part of a large body."""

    def run(self, work: Work) -> bytes:
        """Do it; what is said of it once it is committed."""

    def refused(self, fault: XrmError) -> bytes:
        """What is said of it where all of it is refused."""


class Door:
    """Runs handlers: in a thread, in one transaction, on behalf of whoever the request's credentials name."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.cookie = cookie_name(runtime.settings)
        self.streams = Streams()

    async def __call__(
        self, request: Request[Any, Any, Any], handler: Handler, *, write: bool = False, takes: tuple[str, ...] = ("application/json",),
        most: int = MAX_BODY,
    ) -> ASGIApp:  # fmt: skip
        """Answer a request. `takes` are the media types of the body, `most` its bytes."""
        try:
            asked = await self._read(request, takes, most)
        except XrmError as fault:
            return _ready(request, problems.of_error(fault))
        answer = await sync_to_thread(self._answer, handler, asked, self._cookie(request, asked), write)
        return answer if isinstance(answer, Sent) else _ready(request, answer)

    async def stream(self, request: Request[Any, Any, Any], handler: Handler) -> ASGIApp:
        """Answer a question piece by piece; the transaction stays open until the last one is sent."""
        try:
            asked = await self._read(request, (), 0)
        except XrmError as fault:
            return _ready(request, problems.of_error(fault))
        cookie = self._cookie(request, asked)

        def produce(feed: Callable[[Any], None]) -> None:
            try:
                answer_all(feed)
            except XrmError as fault:
                self._tell(asked, fault)
                raise

        def answer_all(feed: Callable[[Any], None]) -> None:
            with self.runtime.work(ANONYMOUS, "api") as work:
                self._sign_in(work, asked, cookie)
                answer = handler(work, asked)
                chunks = iter(answer.chunks or ())
                first = next(chunks, b"")  # a fault of the question shows here, while the status is still open
                feed(Answer(None, answer.status, {**HEADERS, **answer.headers}, answer.media_type))
                feed(first)
                for chunk in chunks:
                    feed(chunk)

        return _ready(request, await self.streams.response(produce))

    async def pour(
        self, request: Request[Any, Any, Any], parts: Parts, *, takes: tuple[str, ...], most: int, lines: int
    ) -> ASGIApp:
        """Take a large body in parts, each a transaction of its own, and answer each when it is committed. The body is laid
        down in a temporary file first, so that a client may send all of it before it reads."""
        body = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (closed where the last part is made)
        try:
            asked = await self._read(request, takes, most, Laid(body, lines))
        except XrmError as fault:
            body.close()
            return _ready(request, problems.of_error(fault))
        cookie = self._cookie(request, asked)

        def produce(feed: Callable[[Any], None]) -> None:
            with body:
                body.seek(0)
                for n, part in enumerate(parts(asked, body)):
                    try:
                        said = self._tried(part, asked, cookie)
                    except Exception as fault:
                        if isinstance(fault, XrmError):
                            self._tell(asked, fault)
                        if n == 0:  # nothing is committed yet, and the status is still open
                            raise
                        said = part.refused(problems.tellable(fault))
                    if n == 0:
                        feed(Answer(None, 200, dict(HEADERS), NDJSON))
                    feed(said)

        return _ready(request, await self.streams.response(produce))

    def _tried(self, part: Part, asked: Asked, cookie: str | None) -> bytes:
        """Do a part, again where it met another write."""
        attempt = 0
        while True:
            attempt += 1
            try:
                with self.runtime.work(ANONYMOUS, "api", write=True) as work:
                    self._sign_in(work, asked, cookie)
                    return part.run(work)
            except XrmError as fault:
                if attempt == ATTEMPTS or not _met_another(fault, asked):
                    raise
                time.sleep(0.01 * 3**attempt)

    async def _read(
        self, request: Request[Any, Any, Any], takes: tuple[str, ...], most: int, laid: Laid | None = None
    ) -> Asked:
        scope = request.scope
        # As plain values, the first of several headers of one name: the framework's objects for them cost a tenth of a read.
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in [*scope["headers"]][::-1]}
        method = scope["method"]
        if "accept-language" in headers:
            speak(best_of(headers["accept-language"]) or "en")
        body = b"" if method in SAFE else await body_of(request, headers, takes, most, laid)
        query = parameters(scope["query_string"]) if scope["query_string"] else {}
        client = scope["client"][0] if scope["client"] else ""
        return Asked(method, scope["path_params"], query, headers, body, scope["path"], client)

    def _answer(self, handler: Handler, asked: Asked, cookie: str | None, write: bool) -> Sent | Response[bytes]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._attempt(handler, asked, cookie, write)
            except XrmError as fault:
                if attempt == ATTEMPTS or not (write and _met_another(fault, asked)):
                    self._tell(asked, fault)
                    return problems.of_error(fault)
                time.sleep(0.01 * 3**attempt)
            except Exception as fault:  # the client gets an id, the log the rest
                return problems.unexpected(fault)
        raise AssertionError("unreachable")

    def _attempt(self, handler: Handler, asked: Asked, cookie: str | None, write: bool) -> Sent:
        with self.runtime.work(ANONYMOUS, "api", write) as work:
            self._sign_in(work, asked, cookie)
            answer = (
                once.answer(work, handler, asked)
                if write and "idempotency-key" in asked.headers
                else handler(work, asked)
            )
            body = (
                answer.value
                if isinstance(answer.value, bytes)
                else b""
                if answer.status == 204
                else encode(answer.value)
            )
        return Sent(body, answer.status, {**HEADERS, **answer.headers}, answer.media_type)

    def _cookie(self, request: Request[Any, Any, Any], asked: Asked) -> str | None:
        """The secret of the session, where one came along."""
        return request.cookies.get(self.cookie) if "cookie" in asked.headers else None

    def _sign_in(self, work: Work, asked: Asked, cookie: str | None) -> None:
        work.facts[access_log.CLIENT] = asked.client
        work.actor = asked.actor = self._actor(work, asked, cookie)
        speak_to(work, asked)
        if work.actor.kind == "anonymous":
            raise SignInNeeded(_("sign in, or send a token: Authorization: Bearer xrm_..."), code="sign_in")
        require_factor(work.actor)

    def _tell(self, asked: Asked, fault: XrmError) -> None:
        """Tell of a refusal in the log of access, after its transaction is over."""
        path, at = asked.path, {"method": asked.method, "path": asked.url[:200]}
        access_log.refused(
            self.runtime, asked.actor, "api", fault, entity=path.get("entity"), record=path.get("id"), detail=at, client=asked.client
        )  # fmt: skip

    def _actor(self, work: Work, asked: Asked, cookie: str | None) -> Actor:
        return who_asks(self.runtime, work, asked, cookie)


class Question(Protocol):
    """What of a request tells who asks."""

    @property
    def method(self) -> str:
        """GET, POST, ..."""

    @property
    def url(self) -> str:
        """The address without its host."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, by names in lower case."""


def speak_to(work: Work, asked: Question) -> None:
    """Say texts in the language that the request asks for, else in that of who asks."""
    actor, header = work.actor, asked.headers.get("accept-language")
    wanted = best_of(header) if header is not None else None
    if wanted is not None and wanted != actor.language:
        work.actor = actor = replace(actor, language=wanted)
    speak(actor.language)


def who_asks(runtime: Runtime, work: Work, asked: Question, cookie: str | None) -> Actor:
    """Whom the credentials of a request name: a token before a session before what a plugin knows; in the place of the user
    that `X-Acting-For` names by id or e-mail address. Raises Refused for a write with a session from elsewhere than our own
    pages, and where he does not stand in for that user."""
    header, acting = asked.headers.get("authorization"), asked.headers.get("x-acting-for")
    if header is not None:
        scheme, __, secret = header.partition(" ")
        return accounts.token_actor(runtime, work, secret.strip(), acting) if scheme.lower() == "bearer" else ANONYMOUS
    if cookie is not None:
        if asked.method not in SAFE and asked.headers.get("sec-fetch-site") != "same-origin":
            raise Refused(
                _("a write with a session cookie must come from our own pages; programs send a token"),
                code="cross_site",
            )
        return accounts.session_actor(runtime, work, cookie, acting)
    if acting is not None:
        raise Refused(_("only users of ours stand in for others"), code="not_deputy", hint=_("leave X-Acting-For out"))
    if asked.method not in SAFE and asked.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return ANONYMOUS  # what a plugin knows people by may come along from another site's page
    return accounts.foreign_actor(runtime, asked.method, asked.url, asked.headers)


def _ready(request: Request[Any, Any, Any], response: Response[Any]) -> ASGIApp:
    """A response of the framework as the web server takes it."""
    return response.to_asgi_response(app=None, request=request)


def _met_another(fault: XrmError, asked: Asked) -> bool:
    """Did two writes meet, so that a new attempt can succeed? A version that the client named is the client's to decide."""
    if isinstance(fault, VersionConflict):
        return "if-match" not in asked.headers
    return isinstance(fault, DriverFault) and fault.fault.kind == "retry"
