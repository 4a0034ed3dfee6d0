"""Lists, exports and many records at once through the API, on both databases."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.contracts.shop import World

NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture(scope="module")
def staffed(shop: World) -> list[dict[str, Any]]:
    """Thirty clients with 0 to 9 people each; every third has no number."""
    return [
        shop.client(name=f"Staffed {n:02}", staff=None if n % 3 == 2 else n % 10, note="staffed", visit=f"PT{n}M")
        for n in range(30)
    ]


def listed(shop: World, **parameters: Any) -> dict[str, Any]:
    """A page of the staffed clients."""
    given = {"filter": "record.note == 'staffed'", **parameters}
    answer = shop.api.get("/api/client", params=given)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_pages_follow_one_another(shop: World, staffed: list[dict[str, Any]]) -> None:
    """Forwards by `after` and backwards by `before` each record comes once, in order, empty values last or first."""
    for sort in ("staff,name", "-staff,-name", "name", "-visit"):
        names: list[str] = []
        page = listed(shop, sort=sort, limit=7, fields="name,staff")
        assert page["previous"] is None
        pages = [page]
        while page["next"]:
            page = listed(shop, sort=sort, limit=7, fields="name,staff", after=page["next"])
            pages.append(page)
        names = [row["name"] for p in pages for row in p["items"]]
        assert len(names) == len(set(names)) == 30, sort
        back = listed(shop, sort=sort, limit=7, fields="name,staff", before=pages[-1]["previous"])
        assert back["items"] == pages[-2]["items"], sort
        assert set(page["items"][0]) == {"id", "version", "name", "staff"}


def test_choices_are_sorted_as_they_are_declared(shop: World) -> None:
    """The order of a code list is the order of a list sorted by it, forwards, backwards and across pages."""
    for n, way in enumerate(("close", "", "activate", "", "close", "activate")):
        made = shop.client(name=f"Ranked {n}", note="ranked", email=f"ranked{n}@example.org")
        if way:
            reason = {"reason": "over"} if way == "close" else {}
            done = shop.api.post(f"/api/client/{made['id']}/{way}", json=reason, headers={"If-Match": '"1"'})
            assert done.status_code == 200, done.text
    want = ["fresh", "fresh", "active", "active", "closed", "closed"]
    for sort, order in (("stage", want), ("-stage", want[::-1])):
        page = listed(shop, filter="record.note == 'ranked'", sort=sort, limit=4, fields="stage")
        rest = listed(shop, filter="record.note == 'ranked'", sort=sort, limit=4, fields="name", after=page["next"])
        assert [r["stage"] for r in page["items"]] == order[:4]
        assert len(rest["items"]) == 2
        back = listed(
            shop, filter="record.note == 'ranked'", sort=sort, limit=4, fields="stage", before=rest["previous"]
        )
        assert [r["stage"] for r in back["items"]] == order[:4]


def test_filters_are_expressions(shop: World, staffed: list[dict[str, Any]]) -> None:
    """Any yes/no expression over the record filters; one that is none is refused with what is wrong."""
    rows = listed(
        shop, filter="record.note == 'staffed' && record.staff >= 8 && record.name.endsWith('9')", fields="name"
    )["items"]
    assert sorted(r["name"] for r in rows) == ["Staffed 09", "Staffed 19"]
    for wrong, word in (
        ("record.nmae == 'a'", "nmae"),
        ("record.staff + 1", "bool"),
        ("record.staff == 'a'", "used with"),
        ("((", ""),
        ("drop table x", ""),
    ):
        answer = shop.api.get("/api/client", params={"filter": wrong})
        assert answer.status_code == 422, wrong
        assert word in answer.json()["detail"], answer.json()


def test_counts(shop: World, staffed: list[dict[str, Any]]) -> None:
    """No count by default; capped, estimated and exact ones say which they are."""
    assert "count" not in listed(shop, limit=1)
    for how in ("capped", "estimate", "exact"):
        page = listed(shop, limit=1, count=how)
        assert (page["count"], page["count_is"], len(page["items"])) == (30, "exact", 1)


def test_search_finds_words(shop: World) -> None:
    """`q` finds by the entity's search fields, however they are written."""
    shop.client(name="Größenwahn & Partner")
    for q in ("grossenwahn", "GRÖSSEN", "größ part"):
        found = [r["name"] for r in shop.api.get("/api/client", params={"q": q, "fields": "name"}).json()["items"]]
        assert found == ["Größenwahn & Partner"], q


def test_rows_and_paths_in_lists(shop: World) -> None:
    """Lists nest child rows and follow links; how many statements that takes does not depend on the number of records."""
    pump = shop.make("product", code="LI1", name="x")
    head = shop.client(name="Head")
    for n in range(3):
        shop.client(head=head["id"], note="nested", lines=[{"product": pump, "quantity": str(n + 1)}])
    items = listed(shop, filter="record.note == 'nested'", sort="number", fields="head.name,lines,pieces")["items"]
    assert [(i["head.name"], i["lines"][0]["quantity"], i["pieces"]) for i in items] == [
        ("Head", f"{n}.00", f"{n}.00") for n in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"limit": "0"}, "bad_parameter"), ({"limit": "501"}, "bad_parameter"), ({"limit": "x"}, "bad_parameter"), ({"limit": "٣"}, "bad_parameter"),
        ({"count": "yes"}, "bad_parameter"), ({"deleted": "yes"}, "bad_parameter"), ({"nonsense": "1"}, "bad_parameter"),
        ({"after": "x"}, "bad_cursor"), ({"after": "a", "before": "b"}, "bad_parameter"), ({"sort": "nmae"}, "unknown_column"),
        ({"sort": "tags"}, "bad_sort"), ({"fields": "nmae"}, "unknown_column"), ({"fields": "orders.totl"}, "unknown_column"),
        ({"sort": ",".join(f"f{n}" for n in range(9))}, "bad_parameter"), ({"filter": "a" * 4001}, "bad_parameter"), ({"q": "a" * 4001}, "bad_parameter"),
    ],
)  # fmt: skip
def test_wrong_parameters_are_told(shop: World, parameters: dict[str, str], code: str) -> None:
    """Each wrong parameter is refused by name; none is passed over."""
    answer = shop.api.get("/api/client", params=parameters)
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text


def test_parameters_come_once(shop: World) -> None:
    """A parameter given twice could mean either: refused."""
    assert shop.api.get("/api/client?limit=1&limit=2").json()["code"] == "bad_parameter"


def test_exports_hold_all_records(shop: World, staffed: list[dict[str, Any]]) -> None:
    """CSV, JSON, NDJSON and XLSX hold every record of the query, with the same values."""
    given = {"filter": "record.note == 'staffed'", "sort": "name", "fields": "name,staff,visit"}
    texts = {
        kind: shop.api.get("/api/client/export", params={**given, "format": kind})
        for kind in ("csv", "json", "ndjson", "xlsx")
    }
    assert all(t.status_code == 200 for t in texts.values())
    assert texts["csv"].headers["content-disposition"] == 'attachment; filename="client.csv"'
    rows = list(csv.DictReader(io.StringIO(texts["csv"].text)))
    assert (len(rows), rows[1]) == (30, {"name": "Staffed 01", "staff": "1", "visit": "PT1M"})
    assert json.loads(texts["json"].text)[1] == {"name": "Staffed 01", "staff": 1, "visit": "PT1M"}
    assert [json.loads(line) for line in texts["ndjson"].text.splitlines()] == json.loads(texts["json"].text)
    sheet = load_workbook(io.BytesIO(texts["xlsx"].content)).active
    assert [c.value for c in sheet[3]] == ["Staffed 01", 1, "PT1M"]
    assert shop.api.get("/api/client/export", params={"format": "pdf"}).status_code == 400
    assert shop.api.get("/api/client/export", params={"filter": "record.nmae"}).status_code == 422


# ---- many at once
def bulk(shop: World, *rows: Any, entity: str = "client", **parameters: str) -> list[dict[str, Any]]:
    """Results of a bulk request."""
    lines = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    answer = shop.api.post(
        f"/api/{entity}/bulk", params=parameters, content=lines.encode("utf-8", "surrogatepass"), headers=NDJSON
    )
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_rows_are_created_updated_or_left(shop: World) -> None:
    """Upsert by key: one result per row, in order; nothing is written where nothing differs."""
    first = bulk(shop, {"email": "b1@x.example", "name": "B1"}, {"email": "b2@x.example", "name": "B2"}, key="email")
    assert [r["status"] for r in first] == ["created", "created"]
    again = bulk(
        shop,
        {"email": "b1@x.example", "name": "B1"},
        {"email": "b2@x.example", "name": "B2b"},
        {"email": "b3@x.example", "name": "B3"},
        key="email",
    )
    assert [(r["line"], r["status"]) for r in again] == [(1, "unchanged"), (2, "updated"), (3, "created")]
    assert again[1]["id"] == first[1]["id"]
    assert shop.api.get(f"/api/client/{first[0]['id']}").json()["version"] == 1


def test_refused_rows_say_why_and_stop_nobody(shop: World) -> None:
    """Broken JSON, unknown fields, failed rules and used keys are told row by row, by the line they stand in; the rest is saved."""
    said = bulk(
        shop, {"name": "R1", "email": "r1@x.example"}, "{", "", [1], {"nmae": "x"}, {"name": "R2", "email": "r1@x.example"}, {"name": "Forbidden"},
        {"id": 7, "name": "x"}, {"id": {"a": 1}, "name": "x"}, {"id": "00000000-0000-7000-8000-000000000000", "name": "x"}, '{"name": "\\ud800"}', {"name": "R3"},
    )  # fmt: skip
    assert [(r["line"], r["status"]) for r in said] == [(1, "created")] + [
        (n, "refused") for n in range(2, 12) if n != 3
    ] + [(12, "created")]
    codes = {r["line"]: r["errors"][0]["code"] for r in said if "errors" in r}
    assert codes[2] == codes[4] == "bad_json"
    assert (codes[5], codes[6], codes[8]) == ("unknown_field", "not_unique", "not_found")


def test_a_key_that_stands_twice_in_a_row_or_body(shop: World) -> None:
    """Neither of two values wins: the row is refused by the key's name and the others are written, a whole body likewise."""
    said = bulk(shop, '{"name": "K1", "name": "K2"}', {"name": "K3", "note": "a: b"})
    assert [r["status"] for r in said] == ["refused", "created"]
    assert (said[0]["errors"][0]["code"], "'name'" in said[0]["errors"][0]["message"]) == ("repeated_key", True)
    sent = b'{"name": "K4", "lines": [{"quantity": 1, "quantity": 2}]}'
    answer = shop.api.post("/api/client", content=sent, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "repeated_key")
    assert "'quantity' twice" in answer.json()["detail"]


def test_modes(shop: World) -> None:
    """`create` refuses what is there, `update` what is not."""
    bulk(shop, {"email": "m1@x.example", "name": "M1"}, key="email")
    both = ({"email": "m1@x.example", "name": "M1"}, {"email": "m2@x.example", "name": "M2"})
    assert [r["status"] for r in bulk(shop, *both, key="email", mode="update")] == ["unchanged", "refused"]
    assert [r["status"] for r in bulk(shop, *both, key="email", mode="create")] == ["refused", "created"]


def test_the_same_key_twice(shop: World) -> None:
    """A later row of the same key is applied to what the earlier made, however many there are."""
    said = bulk(shop, *({"email": "t@x.example", "name": f"T{n}"} for n in range(5)), key="email")
    assert [r["status"] for r in said] == ["created", *["updated"] * 4]
    assert shop.api.get(f"/api/client/{said[0]['id']}").json()["name"] == "T4"


def test_a_bulk_request_has_limits(shop: World) -> None:
    """Too many rows, too long a row, an unknown key or parameter are refused before anything is written."""
    assert shop.api.post("/api/client/bulk", content=b"{}\n" * 20_001, headers=NDJSON).json()["code"] == "too_many"
    assert shop.api.post("/api/client/bulk?key=nmae", content=b"{}", headers=NDJSON).json()["code"] == "unknown_field"
    assert shop.api.post("/api/client/bulk?key=nmae", content=b"", headers=NDJSON).json()["code"] == "unknown_field"
    assert shop.api.post("/api/client/bulk?mode=all", content=b"{}", headers=NDJSON).json()["code"] == "bad_parameter"
    (long,) = bulk(shop, {"name": "x", "note": "y" * 1_100_000})
    assert long["errors"][0]["code"] == "too_large"
