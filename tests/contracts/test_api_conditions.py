"""What headers say about a write is heeded or refused, never passed over; on both databases."""

from __future__ import annotations

import gzip
import logging
import socket
from typing import Any

import pytest

from tests.contracts.served import request, say, served
from tests.contracts.shop import World
from xrm_core.app import create_app

JSON = {"Content-Type": "application/json"}


def said(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


def test_a_version_is_named_where_there_is_one(shop: World) -> None:
    """If-Match guards a restore too; for a new record and for many at once it is refused."""
    address = f"/api/client/{shop.client()['id']}"
    assert shop.api.delete(address, headers={"If-Match": '"1"'}).status_code == 204
    old = shop.api.post(f"{address}/restore", headers={"If-Match": '"1"'})
    assert (said(old), old.json()["current"]["version"]) == ((412, "version_conflict"), 2)
    assert shop.api.post(f"{address}/restore", headers={"If-Match": '"2"'}).status_code == 200
    before = shop.count("client")
    assert said(shop.api.post("/api/client", json={"name": "x"}, headers={"If-Match": '"1"'})) == (400, "bad_parameter")
    bulk = {"If-Match": '"1"', "Content-Type": "application/x-ndjson"}
    assert said(shop.api.post("/api/client/bulk", content=b'{"name": "x"}', headers=bulk)) == (400, "bad_parameter")
    assert shop.count("client") == before


@pytest.mark.parametrize("name", ["If-Unmodified-Since", "If-None-Match", "Content-Range"])
def test_conditions_of_other_kinds_are_refused(shop: World, name: str) -> None:
    """A condition that is not heeded would lose an update: it is refused with what to send instead."""
    made = shop.client()
    answer = shop.api.patch(
        f"/api/client/{made['id']}", json={"why": "x"}, headers={name: "Thu, 01 Jan 1970 00:00:00 GMT"}
    )
    assert said(answer) == (400, "bad_parameter"), answer.text
    assert name in answer.json()["detail"]
    assert shop.api.get(f"/api/client/{made['id']}").json()["version"] == 1


def test_headers_that_count_are_given_once(shop: World) -> None:
    """Two headers of which only one could be heeded are refused by name."""
    made = shop.client()
    head = {"Authorization": f"Bearer {shop.token}", "Content_Type": "application/json"}
    given = {
        "Idempotency-Key": ("a", "b"),
        "If-Match": ('"1"', '"2"'),
        "Content-Type": ("text/plain",),
        "Authorization": ("Bearer xrm_x",),
    }
    with served(create_app(shop.runtime, worker=False, watch=False)) as port:
        for name, values in given.items():
            first, _, rest = request("PATCH", f"/api/client/{made['id']}", body=b'{"why": "x"}', **head).partition(
                b"\r\n"
            )
            more = b"".join(f"{name}: {value}\r\n".encode() for value in values)
            status, answer = say(port, first + b"\r\n" + more + rest)
            assert (status, b"is given twice" in answer, name.encode() in answer) == (400, True, True), (name, answer)
    assert shop.api.get(f"/api/client/{made['id']}").json()["version"] == 1


def test_bodies_are_utf_8_as_they_are(shop: World) -> None:
    """A compressed body is never unpacked, and one in another encoding is never guessed at."""
    bomb = gzip.compress(b" " * 50_000_000)
    for coding in ("gzip", "br", "deflate", "gzip, gzip"):
        answer = shop.api.post("/api/client", content=bomb, headers={**JSON, "Content-Encoding": coding})
        assert said(answer) == (415, "media_type"), answer.text
    for charset in ("latin-1", "utf-16", '"windows-1252"', "utf-7"):
        content = '{"name": "Ä"}'.encode("latin-1")
        answer = shop.api.post(
            "/api/client", content=content, headers={"Content-Type": f"application/json; charset={charset}"}
        )
        assert said(answer) == (415, "media_type"), answer.text
    for charset in ("utf-8", "UTF-8", '"utf8"'):
        made = shop.api.post(
            "/api/client",
            content='{"name": "Ä"}'.encode(),
            headers={"Content-Type": f"application/json;charset={charset}"},
        )
        assert made.status_code == 201, made.text


def test_a_client_that_goes_away_is_no_fault_of_ours(shop: World, caplog: pytest.LogCaptureFixture) -> None:
    """A body that ends early changes nothing, and the log has no fault."""
    before = shop.count("client")
    head = {"Authorization": f"Bearer {shop.token}", "Content_Type": "application/x-ndjson", "Content_Length": "1000"}
    with served(create_app(shop.runtime, worker=False, watch=False)) as port:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(request("POST", "/api/client/bulk", **head) + b'{"name": "Half"}\n')
        assert say(port, request("GET", "/api/client?limit=1", Authorization=f"Bearer {shop.token}"))[0] == 200
    assert shop.count("client") == before
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR], caplog.text
