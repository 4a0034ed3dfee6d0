"""Answers on their way out: status, headers and body as the web server takes them, with nothing in between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litestar.types import Receive, Scope, Send

BARE = frozenset({204, 304})
"""Statuses whose answers have no body (RFC 9110, 15.3.5 and 15.4.5)."""


class Sent:
    """A whole answer, an ASGI application by itself: one list of headers is made of it and no object of the framework."""

    __slots__ = ("_headers", "body", "status_code")

    def __init__(self, body: bytes, status_code: int, headers: Mapping[str, str], media_type: str) -> None:
        self.status_code = status_code
        self.body = b"" if status_code in BARE else body
        self._headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        if status_code not in BARE:
            kind = f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
            self._headers.append((b"content-type", kind.encode("latin-1")))
            self._headers.append((b"content-length", b"%d" % len(body)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self._headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
