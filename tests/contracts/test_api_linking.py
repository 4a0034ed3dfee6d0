"""Links by key through the API, on both databases: `{"code": "P1"}` in place of an id."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contracts.shop import World

NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(scope="module")
def known(shop: World) -> dict[str, str]:
    """Two products, a head and a person."""
    return {
        "pump": shop.make("product", code="LK1", name="Pump"), "valve": shop.make("product", code="LK2", name="Valve"),
        "head": shop.client(name="Head", email="head@linking.example")["id"], "person": shop.make("person", name="P"),
    }  # fmt: skip


def errors(answer: Any) -> dict[str, str]:
    """Codes of a refusal by field."""
    assert answer.status_code == 422, answer.text
    return {e["field"]: e["code"] for e in answer.json()["errors"]}


def test_records_are_linked_by_their_keys(shop: World, known: dict[str, str]) -> None:
    """Links of a record, of its rows and of its ties are found by the keys of what they point to, also in a change."""
    made = shop.client(
        head={"email": "head@LINKING.example"}, contact={"email": "head@linking.example"}, contact_entity="client",
        lines=[{"product": {"code": "LK1"}, "quantity": "2"}], interests=[{"product": {"code": "LK2"}, "degree": 3}],
    )  # fmt: skip
    assert (made["head"], made["contact"]) == (known["head"], known["head"])
    address = f"/api/client/{made['id']}"
    rows = shop.api.get(f"{address}?fields=lines.product,interests.product").json()
    assert (rows["lines"][0]["product"], rows["interests"][0]["product"]) == (known["pump"], known["valve"])
    changed = shop.api.patch(address, json={"head": None, "lines": [{"product": {"code": "LK2"}, "quantity": "1"}]})
    assert (changed.status_code, changed.json()["head"]) == (200, None)
    assert shop.api.get(f"{address}?fields=lines.product").json()["lines"][0]["product"] == known["valve"]
    closed = shop.api.post(f"{address}/close", json={"reason": "over", "head": {"email": "head@linking.example"}})
    assert (closed.status_code, closed.json()["head"]) == (200, known["head"]), closed.text


def test_keys_that_are_not_found_are_told_by_their_place(shop: World, known: dict[str, str]) -> None:
    """No such record, no such key, a key without a value, an entity without keys: each by its field, with all other faults."""
    body = {
        "name": "x", "staff": "x", "head": {"email": "nobody@linking.example"}, "contact": {"name": "P"}, "contact_entity": "person",
        "lines": [{"product": {"code": "LK1"}, "quantity": "1"}, {"product": {"cod": "LK1"}, "quantity": "1"}, {"product": {"code": None}, "quantity": "1"}],
    }  # fmt: skip
    before = shop.count("client")
    said = errors(shop.api.post("/api/client", json=body))
    assert said["head"] == "not_found"
    assert said["contact"] == "unknown_key"
    assert said["lines[1].product"] == "unknown_key"
    assert said["lines[2].product"] == "not_found"
    assert "staff" in said
    for wrong in (
        {},
        {"email": 5},
        {"email": "head@linking.example", "name": "Head"},
        {"email": {"x": 1}},
        {"id": known["head"]},
        {"email": "a\x00"},
    ):
        assert set(errors(shop.api.post("/api/client", json={"name": "x", "head": wrong}))) == {"head"}, wrong
    assert shop.count("client") == before
    gone = shop.client(email="gone@linking.example")["id"]
    assert shop.api.delete(f"/api/client/{gone}").status_code == 204
    assert errors(shop.api.post("/api/client", json={"name": "x", "head": {"email": "gone@linking.example"}})) == {
        "head": "not_found"
    }


@pytest.mark.parametrize("commit", ["once", "parts"])
def test_many_rows_are_linked_by_key(shop: World, known: dict[str, str], commit: str) -> None:
    """Bulk rows name what they point to by key; a row whose key is not found is refused alone, in these words."""
    rows = [
        {"email": f"{commit}1@linking.example", "name": "B1", "head": {"email": "head@linking.example"}, "lines": [{"product": {"code": "LK1"}, "quantity": "1"}]},
        {"email": f"{commit}2@linking.example", "name": "B2", "head": {"email": "nobody@linking.example"}},
        {"email": f"{commit}3@linking.example", "name": "B3", "lines": [{"product": {"code": "LK9"}, "quantity": "1"}]},
    ]  # fmt: skip
    content = "\n".join(map(json.dumps, rows)).encode()
    answer = shop.api.post(f"/api/client/bulk?key=email&commit={commit}", content=content, headers=NDJSON)
    said = [json.loads(line) for line in answer.text.splitlines()]
    assert [r["status"] for r in said] == ["created", "refused", "refused"], answer.text
    assert (said[1]["errors"][0]["field"], said[1]["errors"][0]["code"]) == ("head", "not_found")
    assert (said[2]["errors"][0]["field"], said[2]["errors"][0]["code"]) == ("lines[0].product", "not_found")
    assert shop.api.get(f"/api/client/{said[0]['id']}").json()["head"] == known["head"]
    content = json.dumps(
        {"client": {"email": f"{commit}1@linking.example"}, "product": {"code": "LK1"}, "quantity": "7"}
    ).encode()
    row = shop.api.post(f"/api/client_lines/bulk?key=client,product&commit={commit}", content=content, headers=NDJSON)
    assert json.loads(row.text)["status"] == "updated", row.text
