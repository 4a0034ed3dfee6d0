"""Records through the API, on both databases: create, read, change, delete, restore, purge, history, versions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.shop import World

EVERYTHING: dict[str, Any] = {
    "name": "Änne & Söhne", "email": "Anne@Example.com", "phone": "+43 1 5880 40", "site": "https://example.com/a", "note": "Two\nlines",
    "staff": 12, "weight": "1.5", "budget": "1234.50", "budget_currency": "USD", "share": "12.5", "vip": True, "since": "2020-02-29",
    "met_at": "2026-01-31T11:00:00+01:00", "visit": "PT1H30M", "where_lat": "48.2", "where_lon": "16.37", "home_line1": "Ring 1",
    "home_locality": "Wien", "home_country": "AT", "person_given": "Änne", "person_family": "Maier", "colour": "#FF8800", "mood": 4,
    "tags": ["b", "a"], "extra": {"deep": [1, 2.5, {"x": None}]}, "country": "AT", "speaks": "de", "pays_in": "EUR",
    "zone": "Europe/Vienna", "kinds": ["office", "shop"],
}  # fmt: skip


def errors(answer: Any) -> dict[str | None, str]:
    """Codes of a problem by field."""
    return {e.get("field"): e["code"] for e in answer.json()["errors"]}


def test_every_kind_of_value_goes_in_and_comes_out(shop: World) -> None:
    """Values of all field types are stored and read in one form: exact decimals as texts, times in UTC."""
    made = shop.api.post("/api/client", json=EVERYTHING)
    assert made.status_code == 201
    assert made.headers["location"] == f"/api/client/{made.json()['id']}"
    assert made.headers["etag"] == '"1"'
    read = shop.api.get(made.headers["location"])
    assert read.json() == made.json()
    record = read.json()
    assert (record["budget"], record["weight"], record["share"]) == ("1234.50", "1.500", "12.5000")
    assert (record["met_at"], record["visit"], record["extra"]) == (
        "2026-01-31T10:00:00Z",
        "PT1H30M",
        EVERYTHING["extra"],
    )
    assert record["email"] == "Anne@example.com"
    assert record["colour"] == "#ff8800"
    again = {k: v for k, v in record.items() if k in EVERYTHING or k.startswith(("home_", "person_"))}
    same = shop.api.patch(made.headers["location"], json=again)
    assert same.json()["version"] == 1, "what is read can be written back, and changes nothing"


def test_faults_of_all_fields_come_at_once(shop: World) -> None:
    """A refused record says each field and fault, with a code and a way out; nothing is stored."""
    before = shop.count("client")
    answer = shop.api.post(
        "/api/client",
        json={
            "nmae": "x",
            "email": "nobody",
            "staff": -1,
            "budget": "1e99",
            "since": "2999-01-01",
            "stage": "closed",
            "created_by": shop.admin,
            "lines": [{"quantity": "x"}, 5],
            "checked": "y",
        },
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    found = errors(answer)
    assert found.keys() >= {
        "nmae",
        "email",
        "staff",
        "budget",
        "since",
        "created_by",
        "lines[0].quantity",
        "lines[1]",
        "checked",
    }
    assert found["nmae"] == "unknown_field"
    assert found["created_by"] == found["checked"] == "read_only"
    hint = next(e["hint"] for e in answer.json()["errors"] if e["field"] == "nmae")
    assert "name" in hint
    assert answer.json()["type"] == "urn:xrm:problem:invalid_record"
    assert shop.count("client") == before


def test_rows_of_a_record_are_written_with_it(shop: World) -> None:
    """Child rows are created, matched, changed, moved and removed by one PATCH; each is a record with its own version."""
    pump, valve = (shop.make("product", code=c, name="x") for c in ("PU1", "VA1"))
    client = shop.client(
        lines=[{"product": pump, "quantity": "2"}, {"product": valve, "quantity": "1", "took": "PT5M"}]
    )
    address = f"/api/client/{client['id']}"
    first, second = shop.api.get(f"{address}?fields=lines").json()["lines"]
    assert (first["product"], second["took"], second["position"]) == (pump, "PT5M", 1)
    swapped = [{"id": second["id"], "quantity": "7"}, {"id": first["id"]}]
    assert shop.api.patch(address, json={"lines": swapped}).status_code == 200
    rows = shop.api.get(f"{address}?fields=lines,pieces").json()
    assert [(r["id"], r["quantity"], r["product"]) for r in rows["lines"]] == [
        (second["id"], "7.00", valve),
        (first["id"], "2.00", pump),
    ]
    assert rows["pieces"] == "9.00"
    assert shop.api.patch(address, json={"lines": [{"id": first["id"]}]}).json()["version"] == 3
    assert [r["id"] for r in shop.api.get(f"{address}?fields=lines").json()["lines"]] == [first["id"]]
    foreign = shop.api.patch(address, json={"lines": [{"id": second["id"], "product": pump, "quantity": "1"}]})
    assert errors(foreign) == {"lines[0].id": "not_found"}
    twice = shop.api.patch(
        address, json={"lines": [{"product": pump, "quantity": "1"}, {"product": pump, "quantity": "2"}]}
    )
    assert twice.status_code == 409, "a key of the rows holds"


def test_ties_carry_fields(shop: World) -> None:
    """Many-to-many rows name the other side and the tie's own fields."""
    pump = shop.make("product", code="TI1", name="x")
    client = shop.client(interests=[{"product": pump, "degree": 3}])
    (row,) = shop.api.get(f"/api/client/{client['id']}?fields=interests").json()["interests"]
    assert (row["product"], row["degree"]) == (pump, 3)
    assert errors(shop.api.post("/api/client", json={"name": "T", "interests": [{"product": pump, "degree": 9}]})) == {
        "interests[0].degree": "too_large"
    }


def test_reading_asks_for_paths(shop: World) -> None:
    """Stored columns, computed fields, paths through links and nested rows in one read; unknown ones are refused by name."""
    head = shop.client(name="Head office", budget="10", staff=4)
    client = shop.client(head=head["id"])
    read = shop.api.get(f"/api/client/{client['id']}?fields=name,display,head.name,head.per_head,lines").json()
    assert read == {
        "id": client["id"],
        "version": 1,
        "name": client["name"],
        "display": client["name"],
        "head.name": "Head office",
        "head.per_head": "2.50",
        "lines": [],
    }
    for wrong in ("nmae", "head.nmae", "lines.nmae", "branches.lines", "branches.nmae", "name)", "__class__"):
        answer = shop.api.get(f"/api/client/{client['id']}", params={"fields": wrong})
        assert answer.status_code == 400, wrong
        assert answer.json()["code"] == "unknown_column"


def test_a_read_can_be_saved_where_nothing_changed(shop: World) -> None:
    """If-None-Match answers 304 for stored columns; what is worked out is always sent."""
    client = shop.client()
    address = f"/api/client/{client['id']}"
    for held in ('"1"', 'W/"1"', '"7", "1"', "*"):
        answer = shop.api.get(address, headers={"If-None-Match": held})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"1"')
    assert shop.api.get(address, headers={"If-None-Match": '"2"'}).status_code == 200
    assert shop.api.get(f"{address}?fields=name", headers={"If-None-Match": '"1"'}).status_code == 304
    assert shop.api.get(f"{address}?fields=pieces", headers={"If-None-Match": '"1"'}).status_code == 200
    assert shop.api.get(f"{address}?fields=lines", headers={"If-None-Match": '"1"'}).status_code == 200


@pytest.mark.parametrize("verb", ["patch", "delete", "transition", "action"])
def test_a_lost_update_is_refused(shop: World, verb: str) -> None:
    """A write that names another version than the stored one gets 412 with the stored record, and changes nothing."""
    client = shop.client(email=f"{verb}@example.com")
    address = f"/api/client/{client['id']}"
    assert shop.api.patch(address, json={"why": "second"}, headers={"If-Match": '"1"'}).headers["etag"] == '"2"'
    stale = {"If-Match": '"1"'}
    calls = {
        "patch": lambda: shop.api.patch(address, json={"why": "mine"}, headers=stale),
        "delete": lambda: shop.api.delete(address, headers=stale),
        "transition": lambda: shop.api.post(f"{address}/activate", headers=stale),
        "action": lambda: shop.api.post(f"{address}/praise", json={"total": "1"}, headers=stale),
    }
    answer = calls[verb]()
    assert answer.status_code == 412
    assert (answer.json()["current"]["why"], answer.json()["current"]["version"]) == ("second", 2)
    assert shop.api.get(address).json()["version"] == 2


def test_a_version_must_be_one(shop: World) -> None:
    """What is no version is refused; * means any."""
    address = f"/api/client/{shop.client()['id']}"
    assert shop.api.patch(address, json={"why": "a"}, headers={"If-Match": "*"}).status_code == 200
    for wrong in ("abc", '"1', "١", '"-1"', '""', '"99999999999999999999"'):
        answer = shop.api.patch(address, json={"why": "b"}, headers={"If-Match": wrong.encode()})
        assert answer.status_code in (400, 412), wrong
    assert shop.api.get(address).json()["why"] == "a"


def test_the_bin_and_back(shop: World) -> None:
    """Delete moves to the bin, restore brings back with rows, purge is for records in the bin and for administrators."""
    pump = shop.make("product", code="BI1", name="x")
    client = shop.client(lines=[{"product": pump, "quantity": "2"}])
    address = f"/api/client/{client['id']}"
    assert shop.api.delete(f"{address}?purge=true").status_code == 409
    gone = shop.api.delete(f"{address}?reason=moved away", headers={"If-Match": '"1"'})
    assert (gone.status_code, gone.content) == (204, b"")
    assert shop.api.get(address).status_code == 404
    assert shop.api.delete(address).status_code == 404
    binned = shop.api.get("/api/client", params={"deleted": "only", "filter": f"record.id == '{client['id']}'"}).json()[
        "items"
    ]
    assert binned[0]["deleted_at"] is not None
    back = shop.api.post(f"{address}/restore")
    assert (back.status_code, back.json()["deleted_at"]) == (200, None)
    assert len(shop.api.get(f"{address}?fields=lines").json()["lines"]) == 1
    assert shop.api.post(f"{address}/restore").status_code == 409
    shop.api.delete(address)
    plain = {"Authorization": f"Bearer {shop.plain}"}
    assert shop.api.delete(f"{address}?purge=true", headers=plain).status_code == 403
    assert shop.api.delete(f"{address}?purge=true").status_code == 204
    assert shop.api.post(f"{address}/restore").status_code == 404


def test_links_say_what_goes_along(shop: World) -> None:
    """Deleting is refused where a link restricts, takes along where it cascades, and empties where it says so."""
    head, branch = shop.client(), None
    branch = shop.client(head=head["id"])
    remark = shop.make("remark", client=head["id"], text="x")
    order = shop.make("order", client=head["id"])
    refused = shop.api.delete(f"/api/client/{head['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "referred_to")
    assert shop.api.get(f"/api/remark/{remark}").status_code == 200
    assert shop.api.delete(f"/api/order/{order}").status_code == 204
    assert shop.api.delete(f"/api/client/{head['id']}").status_code == 204
    assert shop.api.get(f"/api/remark/{remark}").status_code == 404
    assert shop.api.get(f"/api/client/{branch['id']}").json()["head"] is None


def test_history_tells_and_restores(shop: World) -> None:
    """Who, when, what before and after, page by page, rows included; a former value comes back as a new entry."""
    client = shop.client(budget="5")
    address = f"/api/client/{client['id']}"
    shop.api.patch(address, json={"budget": "7", "visit": "PT2M"})
    shop.api.patch(address, json={"budget": "9"})
    page = shop.api.get(f"{address}/history?limit=2").json()
    assert [e["changes"]["budget"] for e in page["items"]] == [
        {"before": "7.00", "after": "9.00"},
        {"before": "5.00", "after": "7.00"},
    ]
    assert page["items"][1]["changes"]["visit"] == {"before": None, "after": "PT2M"}
    assert (page["items"][0]["actor_name"], page["items"][0]["door"]) == ("Ada", "api")
    older = shop.api.get(f"{address}/history", params={"before": page["next"]}).json()
    assert ([e["action"] for e in older["items"]], older["next"]) == (["create"], None)
    back = shop.api.post(
        f"{address}/restore_values", json={"entry": page["items"][1]["id"], "columns": ["budget", "visit"]}
    )
    assert (back.json()["budget"], back.json()["visit"], back.json()["version"]) == ("5.00", None, 4)
    for wrong in (
        {},
        {"entry": 1, "columns": ["budget"]},
        {"entry": page["next"], "columns": []},
        {"entry": page["next"], "columns": [1]},
    ):
        assert shop.api.post(f"{address}/restore_values", json=wrong).status_code == 400
    assert (
        shop.api.post(
            f"{address}/restore_values", json={"entry": page["items"][0]["id"], "columns": ["name"]}
        ).status_code
        == 404
    )


def test_append_only_records_stay(shop: World) -> None:
    """What is written once is neither changed nor deleted, one by one or in bulk."""
    entry = shop.api.post("/api/ledger", json={"text": "first"}).json()
    address = f"/api/ledger/{entry['id']}"
    assert shop.api.patch(address, json={"text": "second"}).status_code == 403
    assert shop.api.delete(address).status_code == 403
    row = f'{{"id": "{entry["id"]}", "text": "third"}}'
    said = shop.api.post("/api/ledger/bulk", content=row, headers={"Content-Type": "application/x-ndjson"}).json()
    assert (said["status"], said["errors"][0]["code"]) == ("refused", "append_only")
    assert shop.api.get(address).json()["text"] == "first"


def test_answers_are_those_that_are_stored(shop: World) -> None:
    """A record that a hook changes after its save is answered as it is then, with the right version."""
    made = shop.api.post("/api/client", json={"name": "Counted"})
    assert (made.json()["why"], made.json()["version"], made.headers["etag"]) == ("counted", 2, '"2"')
    assert shop.api.get(made.headers["location"]).json() == made.json()


def test_unknown_things_are_not_found(shop: World) -> None:
    """Entities, records and actions that do not exist are 404, each in our own words; foreign addresses too."""
    id = shop.client()["id"]
    nobody = "00000000-0000-7000-8000-000000000000"
    for method, path, code in (
        ("GET", "/api/nothing", "unknown_entity"), ("GET", f"/api/client/{nobody}", "not_found"), ("PATCH", f"/api/client/{nobody}", "not_found"),
        ("DELETE", f"/api/client/{nobody}", "not_found"), ("POST", f"/api/client/{nobody}/activate", "not_found"),
        ("POST", f"/api/client/{id}/fly", "unknown_action"), ("GET", f"/api/client/{nobody}/history", "not_found"),
        ("GET", "/api/client/1/2/3/4", "not_found"), ("GET", "/api", "not_found"), ("PUT", f"/api/client/{id}", "method_not_allowed"),
        ("POST", "/api/nothing/bulk", "unknown_entity"), ("GET", "/api/nothing/export", "unknown_entity"),
    ):  # fmt: skip
        body = {"json": {}} if method in ("PATCH", "PUT") else {}
        answer = shop.api.request(method, path, **body)
        assert answer.status_code == (405 if method == "PUT" else 404), (method, path, answer.text)
        assert answer.json()["code"] == code, (method, path)
        assert answer.headers["content-type"] == "application/problem+json"
