"""Bulk writes in parts: bodies larger than one transaction should be, on both databases."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest

from tests.contracts.served import request, served
from tests.contracts.shop import World
from xrm_core.api import bulk
from xrm_core.app import create_app

NDJSON = {"Content-Type": "application/x-ndjson"}
BULK = "/api/client/bulk?commit=parts&key=email"


def poured(shop: World, content: bytes, address: str = BULK, **headers: str) -> Any:
    """The answer to a body."""
    return shop.api.post(address, content=content, headers={**NDJSON, **headers})


def lines(*rows: dict[str, Any] | bytes) -> bytes:
    """Rows as a body."""
    return b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)


def test_rows_are_answered_part_by_part(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many rows as there are, each with its line and result; what is refused stops nobody, in whatever part it is."""
    monkeypatch.setattr(bulk, "CHUNK", 3)
    rows = [{"email": f"p{n}@parts.example", "name": f"P{n}"} for n in range(8)]
    body = lines(
        *rows[:3], b"{", b"", b"\xff\xfe", {"nmae": "x"}, *rows[3:], {"note": "y" * 1_200_000, "name": "x"}, rows[0]
    )
    answer = poured(shop, body)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    said = [json.loads(line) for line in answer.text.splitlines()]
    assert [r["line"] for r in said] == [1, 2, 3, 4, *range(6, 15)]
    assert [r["line"] for r in said if r["status"] == "refused"] == [4, 6, 7, 13]
    assert [r["line"] for r in said if r["status"] == "unchanged"] == [14]
    again = [json.loads(line) for line in poured(shop, lines(*rows)).text.splitlines()]
    assert {r["status"] for r in again} == {"unchanged"}


def test_a_part_that_fails_is_refused_alone(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that breaks refuses the rows of its part, without its words; parts before and after are there."""
    monkeypatch.setattr(bulk, "CHUNK", 2)
    rows = [{"email": f"f{n}@parts.example", "name": "Explode" if n == 3 else f"F{n}"} for n in range(6)]
    answer = poured(shop, lines(*rows))
    said = [json.loads(line) for line in answer.text.splitlines()]
    assert [r["status"] for r in said] == ["created", "created", "refused", "refused", "created", "created"]
    assert {e["code"] for r in said for e in r.get("errors", ())} == {"internal"}
    found = shop.api.get(
        "/api/client", params={"filter": "record.email.endsWith('@parts.example') && record.email.startsWith('f')"}
    )
    assert len(found.json()["items"]) == 4


def test_a_body_that_cannot_be_taken_is_refused_whole(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong parameters, keys, sizes and media are problems, before anything is written."""
    before = shop.count("client")
    for address, headers, code in (
        ("/api/client/bulk?commit=parts&key=nmae", {}, "unknown_field"), ("/api/nothing/bulk?commit=parts", {}, "unknown_entity"), ("/api/client/bulk?commit=half", {}, "bad_parameter"),
        ("/api/client/bulk?commit=parts&x=1", {}, "bad_parameter"), (BULK, {"Idempotency-Key": "a"}, "bad_parameter"), (BULK, {"Content-Type": "text/plain"}, "media_type"),
        (BULK, {"Authorization": "Bearer xrm_no"}, "sign_in"), (BULK, {"Authorization": f"Bearer {shop.plain}"}, None),
    ):  # fmt: skip
        for content in (lines({"name": "x", "email": "x@whole.example"}), b""):
            answer = poured(shop, content, address, **headers)
            if code is None:
                assert answer.status_code in (200, 403), answer.text
            elif content or code != "media_type":
                assert answer.json().get("code") == code, (address, headers, answer.text)
    monkeypatch.setattr(bulk, "MAX_POURED_LINES", 10)
    assert poured(shop, b"{}\n" * 11).json()["code"] == "too_many"
    assert shop.count("client") <= before + 1


def test_what_was_committed_stays_when_the_client_goes_away(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that hangs up before its body ends has written nothing; one that does not wait for the answer, whole parts."""
    monkeypatch.setattr(bulk, "CHUNK", 5)
    body = lines(*({"email": f"g{n}@gone.example", "name": f"G{n}"} for n in range(20))) + b"\n"
    found = {"filter": "record.email.endsWith('@gone.example')", "count": "exact", "limit": "1"}
    head = {
        "Authorization": f"Bearer {shop.token}",
        "Content_Type": "application/x-ndjson",
        "Content_Length": str(len(body)),
    }
    with served(create_app(shop.runtime, worker=False, watch=False)) as port:
        for sent, most in ((body[: len(body) // 2], 0), (body, 20)):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(request("POST", BULK, **head) + sent)
            time.sleep(1)
            count = shop.api.get("/api/client", params=found).json()["count"]
            assert count % 5 == 0
            assert count <= most
    assert len(poured(shop, body).text.splitlines()) == 20
