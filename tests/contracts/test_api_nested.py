"""Records nested in records by `fields`: child rows, ties and reverse links, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.shop import World
from xrm_core.storage import nesting


@pytest.fixture(scope="module")
def tree(shop: World) -> dict[str, str]:
    """A head with two branches; one of them has orders, lines and interests."""
    pump, valve = shop.make("product", code="NP1", name="Pump"), shop.make("product", code="NP2", name="Valve")
    head = shop.client(name="Head", note="nest")["id"]
    lines = [{"product": pump, "quantity": "2", "took": "PT5M"}, {"product": valve, "quantity": "1"}]
    one = shop.client(name="One", note="nest", head=head, lines=lines, interests=[{"product": valve, "degree": 3}])[
        "id"
    ]
    two = shop.client(name="Two", note="nest", head=head)["id"]
    orders = [shop.make("order", client=one, total=total) for total in ("10", "20")]
    gone = shop.make("order", client=one, total="30")
    assert shop.api.delete(f"/api/order/{gone}").status_code == 204
    return {"head": head, "one": one, "two": two, "first": orders[0], "second": orders[1]}


def listed(shop: World, fields: str) -> dict[str, dict[str, Any]]:
    """The clients of the tree by name."""
    answer = shop.api.get("/api/client", params={"filter": "record.note == 'nest'", "fields": f"name,{fields}"})
    assert answer.status_code == 200, answer.text
    return {row["name"]: row for row in answer.json()["items"]}


def test_reverse_links_are_nested(shop: World, tree: dict[str, str]) -> None:
    """Records that point to a record come whole under the name of the set, in their order, without those in the bin."""
    rows = listed(shop, "orders,branches")
    assert [o["id"] for o in rows["One"]["orders"]] == [tree["first"], tree["second"]]
    assert rows["One"]["orders"][0] == {
        k: v for k, v in shop.api.get(f"/api/order/{tree['first']}").json().items() if k != "client"
    } | {"client": tree["one"]}
    assert [b["name"] for b in rows["Head"]["branches"]] == ["One", "Two"]
    assert (rows["Two"]["orders"], rows["Two"]["branches"]) == ([], [])


def test_sets_have_paths_of_their_own(shop: World, tree: dict[str, str]) -> None:
    """Paths after the name of a set say what of its records comes, computed fields and links included."""
    rows = listed(
        shop,
        "lines.quantity,lines.product.name,lines.took,interests.degree,branches.display,branches.pieces,orders.total",
    )
    assert [{k: v for k, v in line.items() if k != "id"} for line in rows["One"]["lines"]] == [
        {"version": 1, "quantity": "2.00", "product.name": "Pump", "took": "PT5M"},
        {"version": 1, "quantity": "1.00", "product.name": "Valve", "took": None},
    ]
    assert [tie["degree"] for tie in rows["One"]["interests"]] == [3]
    assert [(b["display"], b["pieces"]) for b in rows["Head"]["branches"]] == [("One", "3.00"), ("Two", "0.00")]
    assert [set(o) for o in rows["One"]["orders"]] == [{"id", "version", "total"}] * 2
    both = listed(shop, "lines,lines.product.name")["One"]["lines"][0]
    assert (both["quantity"], both["product.name"], "created_at" in both, "client" in both) == (
        "2.00",
        "Pump",
        False,
        False,
    )


def test_sets_behind_a_link_are_nested(shop: World, tree: dict[str, str]) -> None:
    """A set of the linked record comes under its path; empty where the link is."""
    rows = listed(shop, "head.branches.name,head.lines")
    assert [b["name"] for b in rows["One"]["head.branches"]] == ["One", "Two"]
    assert (rows["Head"]["head.branches"], rows["One"]["head.lines"]) == ([], [])
    assert set(rows["One"]) == {"id", "version", "name", "head.branches", "head.lines"}
    one = shop.api.get(f"/api/client/{tree['two']}", params={"fields": "head,head.branches.name"}).json()
    assert (one["head"], len(one["head.branches"])) == (tree["head"], 2)


def test_what_sets_do_not_have_is_refused(shop: World, tree: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown paths, sets inside of sets, and more records than a page may bring are refused with what to do."""
    for path in ("orders.totl", "branches.lines", "branches.", "orders.client.nmae", ".orders", "contact.orders"):
        answer = shop.api.get("/api/client", params={"fields": path, "limit": "1"})
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_column"), (path, answer.text)
    monkeypatch.setattr(nesting, "MOST", 1)
    answer = shop.api.get("/api/client", params={"filter": "record.name == 'One'", "fields": "orders.id"})
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many"), answer.text
    assert "GET /api/order" in answer.json()["hint"]
