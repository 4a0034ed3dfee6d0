"""Answers go to the web server as they are."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any, cast

import pytest

from xrm_core.api.sent import Sent


def sent(answer: Sent) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body as the server gets them."""
    messages: list[MutableMapping[str, Any]] = []

    async def send(message: Any) -> None:
        messages.append(message)

    asyncio.run(answer(cast("Any", {}), cast("Any", None), send))
    start, body = messages
    return start["status"], dict(start["headers"]), body["body"]


def test_headers_and_body() -> None:
    """Names of headers are sent in small letters, with the kind and the length of the body."""
    status, headers, body = sent(Sent(b'{"a":1}', 201, {"ETag": '"1"', "Location": "/api/x/1"}, "application/json"))
    assert (status, body) == (201, b'{"a":1}')
    assert headers == {
        b"etag": b'"1"', b"location": b"/api/x/1", b"content-type": b"application/json", b"content-length": b"7",
    }  # fmt: skip


def test_texts_say_their_encoding() -> None:
    """A text of any kind is UTF-8 and says so."""
    assert sent(Sent(b"a,b", 200, {}, "text/csv"))[1][b"content-type"] == b"text/csv; charset=utf-8"


@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body(status: int) -> None:
    """Where the status says that there is no body, neither body nor its kind and length are sent."""
    answer = Sent(b"lost", status, {"ETag": '"1"'}, "application/json")
    assert sent(answer) == (status, {b"etag": b'"1"'}, b"")
