"""Methods and hosts, as the whole application answers to them: HEAD, OPTIONS, methods that are none, foreign names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.served import request, say, served
from tests.contracts.shop import World
from xrm_core.app import create_app


@pytest.fixture(scope="module")
def port(shop: World) -> Iterator[int]:
    """A real server."""
    with served(create_app(shop.runtime, worker=False, watch=False)) as port:
        yield port


def allowed(answer: bytes) -> set[str]:
    """The methods that an answer allows."""
    head = answer.partition(b"\r\n\r\n")[0].decode().lower()
    line = next((v for v in head.split("\r\n") if v.startswith("allow:")), "allow:")
    return {m.strip().upper() for m in line.removeprefix("allow:").split(",") if m.strip()}


def test_addresses_say_what_they_answer_to(shop: World, port: int) -> None:
    """OPTIONS and the refusal of a method name all methods of an address, of the API and of pages, and no others."""
    id = shop.client()["id"]
    for path, methods in (
        ("/api/client", {"GET", "HEAD", "POST"}), (f"/api/client/{id}", {"GET", "HEAD", "PATCH", "DELETE"}), ("/api/client/bulk", {"POST"}), (f"/api/client/{id}/history", {"GET", "HEAD"}),
        ("/api/client/export", {"GET", "HEAD"}), ("/api/openapi.json", {"GET", "HEAD"}), ("/", {"GET", "HEAD"}), ("/e/client", {"GET", "HEAD"}), ("/sign-out", {"POST"}),
    ):  # fmt: skip
        status, answer = say(port, request("OPTIONS", path))
        assert (status, allowed(answer) - {"OPTIONS"}, answer.partition(b"\r\n\r\n")[2]) == (204, methods, b""), (
            path,
            answer,
        )
        status, answer = say(port, request("PROPFIND", path, Authorization=f"Bearer {shop.token}"))
        assert (status, allowed(answer) - {"OPTIONS"}) == (405, methods), (path, answer)
    for path in ("/api/x/y/z/w", "/nothing"):
        assert say(port, request("OPTIONS", path))[0] == 404, path


def test_head_is_get_without_its_body(shop: World, port: int) -> None:
    """Status, type and tag are those of GET, refusals too; nothing is sent after the headers."""
    id, key = shop.client()["id"], {"Authorization": f"Bearer {shop.token}"}
    for path, want in (
        (f"/api/client/{id}", 200),
        ("/api/client?limit=1", 200),
        ("/api/client/export", 200),
        ("/api/client/x", 404),
        ("/api/client?x=1", 400),
        ("/sign-in", 200),
    ):
        status, answer = say(port, request("HEAD", path, **key))
        got, whole = say(port, request("GET", path, **key))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert (status, got, body) == (want, want, b""), (path, answer)
        for name in (b"content-type", b"etag"):
            lines = [
                [v for v in text.lower().split(b"\r\n") if v.startswith(name)]
                for text in (head, whole.partition(b"\r\n\r\n")[0])
            ]
            assert lines[0] == lines[1], (path, lines)


def test_foreign_names_get_nothing_wherever_they_ask(port: int) -> None:
    """A request for another host is refused at addresses that are none and with methods that are none too."""
    for path in ("/api/client", "/api/x/y/z/w", "/nothing", "/", "/static/x"):
        for method in ("GET", "HEAD", "OPTIONS", "PROPFIND", "POST"):
            status, answer = say(port, request(method, path, "evil.example"))
            assert (status, b"evil" in answer, b"<html" in answer) == (400, False, False), (method, path, answer)


def test_what_no_door_foresaw_is_told_in_the_language_asked_for(port: int) -> None:
    """A method that an address has not: a problem in German to whoever reads German, the code as ever."""
    __, answer = say(port, request("PUT", "/api/client", **{"Accept-Language": "de-DE,de;q=0.9"}))
    body = answer.partition(b"\r\n\r\n")[2].decode()
    assert "Diese Adresse" in body, body
    assert '"code":"method_not_allowed"' in body
    __, answer = say(port, request("PUT", "/api/client"))
    assert b"This address does not answer to that method." in answer
