"""Idempotency-Key and writes that meet, on both databases: one record for each key, one winner, nothing lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.contracts.served import served
from tests.contracts.shop import World
from xrm_core.app import create_app


@pytest.fixture(scope="module")
def http(shop: World) -> Iterator[httpx.Client]:
    """A client of a server with many threads."""
    with served(create_app(shop.runtime, worker=False, watch=False)) as port:
        headers = {"Authorization": f"Bearer {shop.token}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
            yield client


def keyed(key: str) -> dict[str, str]:
    """The header."""
    return {"Idempotency-Key": key}


def test_a_repeated_request_gets_the_first_answer(shop: World) -> None:
    """The same request with the same key: same status, body, location and tag, and one record."""
    before = shop.count("client")
    body = {"name": "Once", "lines": []}
    first, again = (shop.api.post("/api/client", json=body, headers=keyed("k1")) for _ in range(2))
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert {h: again.headers[h] for h in ("location", "etag", "content-type")} == {
        h: first.headers[h] for h in ("location", "etag", "content-type")
    }
    assert (again.headers.get("idempotency-replayed"), first.headers.get("idempotency-replayed")) == ("true", None)
    assert shop.count("client") == before + 1


def test_every_kind_of_write_has_keys(shop: World) -> None:
    """PATCH, DELETE, actions and bulk too are done once."""
    client = shop.client()
    address = f"/api/client/{client['id']}"
    for _ in range(2):
        assert (
            shop.api.patch(address, json={"why": "x"}, headers={**keyed("p1"), "If-Match": '"1"'}).json()["version"]
            == 2
        )
        assert (
            shop.api.post(f"{address}/praise", json={"total": "1"}, headers=keyed("a1")).json()["record"]["version"]
            == 3
        )
        said = shop.api.post(
            "/api/client/bulk",
            content=b'{"name": "Bulk once"}',
            headers={**keyed("b1"), "Content-Type": "application/x-ndjson"},
        )
        assert said.json()["status"] == "created"
        assert said.headers["content-type"].startswith("application/x-ndjson")
    assert len(shop.api.get("/api/order", params={"filter": f"record.client == '{client['id']}'"}).json()["items"]) == 1
    with_order = shop.client()
    for _ in range(2):
        assert shop.api.delete(f"/api/client/{with_order['id']}", headers=keyed("d1")).status_code == 204


def test_a_key_is_for_one_request(shop: World) -> None:
    """Another request with a used key is a conflict; another person's key is another key; a refused request gives its key back."""
    assert shop.api.post("/api/client", json={"name": "One"}, headers=keyed("k2")).status_code == 201
    for method, path, body in (
        ("POST", "/api/client", {"name": "Two"}),
        ("POST", "/api/person", {"name": "One"}),
        ("PATCH", "/api/client/x", {"name": "One"}),
    ):
        other = shop.api.request(method, path, json=body, headers=keyed("k2"))
        assert (other.status_code, other.json()["code"]) == (409, "idempotency")
    theirs = shop.api.post(
        "/api/client", json={"name": "Theirs"}, headers={**keyed("k2"), "Authorization": f"Bearer {shop.plain}"}
    )
    assert theirs.status_code == 201
    assert shop.api.post("/api/client", json={"name": ""}, headers=keyed("k3")).status_code == 422
    assert shop.api.post("/api/client", json={"name": "Mended"}, headers=keyed("k3")).status_code == 201
    for wrong in ("", "x" * 201, "a\tb"):
        assert shop.api.post("/api/client", json={"name": "x"}, headers=keyed(wrong)).status_code == 400


def test_twins_at_the_same_moment_make_one_record(shop: World, http: httpx.Client) -> None:
    """Requests with one key that run at the same time give one record and one answer."""
    for turn in range(5):
        before = shop.count("person")
        with ThreadPoolExecutor(6) as threads:
            answers = list(
                threads.map(
                    lambda _, turn=turn: http.post(
                        "/api/person", json={"name": f"Twin {turn}"}, headers=keyed(f"twin{turn}")
                    ),
                    range(6),
                )
            )
        assert {a.status_code for a in answers} == {201}, [a.text for a in answers]
        assert len({a.json()["id"] for a in answers}) == 1
        assert sum(a.headers.get("idempotency-replayed") == "true" for a in answers) == 5
        assert shop.count("person") == before + 1


def test_of_two_who_name_a_version_one_wins(shop: World, http: httpx.Client) -> None:
    """Of many that change the version they read, one succeeds; the others get 412 with what is stored now."""
    address = f"/api/client/{shop.client()['id']}"
    with ThreadPoolExecutor(6) as threads:
        answers = list(
            threads.map(
                lambda n: http.patch(address, json={"why": f"writer {n}"}, headers={"If-Match": '"1"'}), range(6)
            )
        )
    assert Counter(a.status_code for a in answers) == {200: 1, 412: 5}, [a.text for a in answers]
    winner = next(a for a in answers if a.status_code == 200).json()
    assert all(
        a.json()["current"]["why"] == winner["why"] and a.json()["current"]["version"] == 2
        for a in answers
        if a.status_code == 412
    )


def test_writes_that_name_no_version_all_happen(shop: World, http: httpx.Client) -> None:
    """Changes of different columns at the same time are all kept: a write that met another is tried again."""
    address = f"/api/client/{shop.client()['id']}"
    changes: list[dict[str, Any]] = [{"why": "a"}, {"staff": 5}, {"mood": 3}, {"share": "7"}]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda c: http.patch(address, json=c), changes))
    assert [a.status_code for a in answers].count(200) >= 3, [a.text for a in answers]
    record = shop.api.get(address).json()
    kept = [c for c, a in zip(changes, answers, strict=True) if a.status_code == 200]
    assert all(str(record[k]).startswith(str(v)) for c in kept for k, v in c.items())
    assert record["version"] == 1 + len(kept)


def test_a_used_key_of_records_is_told_to_the_second(shop: World, http: httpx.Client) -> None:
    """Two new records with the same unique value at the same time: one is created, the other is a conflict naming the field."""
    with ThreadPoolExecutor(4) as threads:
        answers = list(
            threads.map(
                lambda n: http.post("/api/client", json={"name": f"N{n}", "email": "unique@example.com"}), range(4)
            )
        )
    assert Counter(a.status_code for a in answers) == {201: 1, 409: 3}, [a.text for a in answers]
    assert all(a.json()["errors"][0]["field"] == "email" for a in answers if a.status_code == 409)


def test_numbers_have_no_gap(shop: World, http: httpx.Client) -> None:
    """Gapless numbers that are taken at the same time, some in vain, follow one another."""

    def post(n: int) -> httpx.Response:
        return http.post("/api/ledger", json={"text": "x" if n % 3 else None})

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(post, range(18)))
    assert Counter(a.status_code for a in answers) == {201: 12, 422: 6}
    numbers = sorted(int(r["no"][2:]) for r in shop.api.get("/api/ledger?fields=no&limit=500").json()["items"])
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_reader_who_goes_away_holds_nothing(shop: World, http: httpx.Client) -> None:
    """Exports that are left half read end; the next ones are answered."""
    for n in range(3):
        said = http.post(
            "/api/person/bulk",
            content="\n".join(f'{{"name": "Crowd {n} {m}"}}' for m in range(2000)),
            headers={"Content-Type": "application/x-ndjson"},
        )
        assert said.status_code == 200
    for _ in range(8):
        with http.stream("GET", "/api/person/export?format=ndjson") as answer:
            assert answer.status_code == 200
            next(answer.iter_bytes())
    whole = http.get("/api/person/export?format=ndjson")
    assert len(whole.text.splitlines()) >= 6000
