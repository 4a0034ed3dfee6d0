"""The door of the API: who asks, in which transaction, on which thread."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from litestar import Request, Response
from litestar.concurrency import sync_to_thread

from ..errors import BadRequest, Conflict, Refused, SignInNeeded, XrmError
from ..metamodel.values import ANONYMOUS, Actor
from ..services import accounts
from ..services.runtime import Runtime
from ..services.work import Work
from ..storage import idempotency
from . import problems
from .encoding import JSON, encode

SESSION_COOKIE = "xrm_session"
MAX_BODY = 20 * 1024 * 1024
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class Answer:
    """What a handler says: a value for JSON (or bytes as they are), status and headers."""

    value: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = JSON

    def response(self) -> Response[bytes]:
        """The answer as the web server sends it."""
        body = self.value if isinstance(self.value, bytes) else b"" if self.status == 204 else encode(self.value)
        return Response(body, status_code=self.status, headers=self.headers, media_type=self.media_type)


Handler = Callable[[Work, "Asked"], Answer]


@dataclass(slots=True)
class Asked:
    """What was asked: path parameters, query parameters, headers, body."""

    method: str
    path: Mapping[str, Any]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    url: str

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number among the query parameters. Raises BadRequest."""
        raw = self.query.get(name)
        if raw is None:
            return default
        if not raw.isascii() or not raw.isdigit() or not low <= int(raw[:9]) <= high or len(raw) > 9:
            raise BadRequest(f"{name} is a whole number from {low} to {high}", code="bad_parameter")
        return int(raw)

    def only(self, *names: str) -> None:
        """Refuse query parameters that are not among these. Raises BadRequest naming them."""
        unknown = [n for n in self.query if n not in names]
        if unknown:
            raise BadRequest(f"unknown parameter {', '.join(map(repr, unknown))}", code="bad_parameter", hint=f"known are {', '.join(names)}")

    @property
    def version(self) -> int | None:
        """The version that If-Match names; None without one. Raises BadRequest."""
        raw = self.headers.get("if-match")
        if raw is None or raw == "*":
            return None
        text = raw.removeprefix("W/").strip('"')
        if not text.isdigit() or len(text) > 18 or not text.isascii():
            raise BadRequest('If-Match is the ETag of the record, as "3"', code="bad_parameter")
        return int(text)


class Door:
    """Runs handlers: in a thread, in one transaction, on behalf of whoever the request's credentials name."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    async def __call__(self, request: Request[Any, Any, Any], handler: Handler, *, write: bool = False) -> Response[bytes]:
        """Answer a request."""
        body = b"" if request.method in SAFE else await request.body()
        if len(body) > MAX_BODY:
            return problems.problem(413, f"The body is larger than {MAX_BODY // 2**20} MiB.", "too_large")
        asked = Asked(request.method, request.path_params, request.query_params, request.headers, body, str(request.url.path))
        cookie = request.cookies.get(SESSION_COOKIE)
        return await sync_to_thread(self._answer, handler, asked, cookie, write)

    def _answer(self, handler: Handler, asked: Asked, cookie: str | None, write: bool) -> Response[bytes]:
        try:
            with self.runtime.work(ANONYMOUS, "api", write) as work:
                work.actor = self._actor(work, asked, cookie)
                if work.actor.kind == "anonymous":
                    raise SignInNeeded("sign in, or send a token: Authorization: Bearer xrm_...", code="sign_in")
                if write and "idempotency-key" in asked.headers and asked.method == "POST":
                    return self._once(work, handler, asked).response()
                return handler(work, asked).response()
        except XrmError as fault:
            return problems.of_error(fault)
        except Exception as fault:  # the client gets an id, the log the rest
            return problems.unexpected(fault)

    def _actor(self, work: Work, asked: Asked, cookie: str | None) -> Actor:
        header = asked.headers.get("authorization")
        if header is not None:
            scheme, _, secret = header.partition(" ")
            return accounts.token_actor(self.runtime, work, secret.strip()) if scheme.lower() == "bearer" else ANONYMOUS
        if cookie is None:
            return ANONYMOUS
        if asked.method not in SAFE and asked.headers.get("sec-fetch-site", "cross-site") not in ("same-origin",):
            raise Refused("a write with a session cookie must come from our own pages; programs send a token", code="cross_site")
        return accounts.session_actor(self.runtime, work, cookie)

    def _once(self, work: Work, handler: Handler, asked: Asked) -> Answer:
        """A request with an Idempotency-Key: the first answer again where the key was used, for the same request only."""
        key = asked.headers["idempotency-key"]
        if not 1 <= len(key) <= 200 or not key.isprintable():
            raise BadRequest("an Idempotency-Key has 1 to 200 printable characters", code="bad_parameter")
        request = hashlib.sha256(b"\0".join((asked.method.encode(), asked.url.encode(), asked.body))).hexdigest()
        actor = str(work.actor.id)
        kept = idempotency.find(work.tx, actor, key)
        if kept is not None:
            if kept.request != request:
                raise Conflict("this Idempotency-Key was used for another request", code="idempotency", hint="use a new key for each request")
            media, _, location = kept.headers.partition("\n")
            headers = {"Idempotency-Replayed": "true", **({"Location": location} if location else {})}
            return Answer(kept.body, kept.status, headers, media)
        answer = handler(work, asked)
        body = answer.value if isinstance(answer.value, bytes) else encode(answer.value)
        keep = idempotency.Kept(request, answer.status, f"{answer.media_type}\n{answer.headers.get('Location', '')}", body)
        idempotency.keep(work.tx, actor, key, keep, work.now)
        return answer
