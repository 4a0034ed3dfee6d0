"""Paths through links to one of several entities, through the API on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.shop import World
from xrm_core.compiler import compiled
from xrm_core.services import records

MINE = "record.note == 'several'"


@pytest.fixture(scope="module")
def linked(shop: World) -> dict[str, Any]:
    """Clients whose contact is a person, a client, or nobody."""
    person = shop.make("person", name="Pia")
    other = shop.client(name="Otto", email="otto@several.example", staff=7, budget="12.50", since="2020-01-02")["id"]
    made = {
        "person": shop.client(note="several", contact=person, contact_entity="person")["id"],
        "client": shop.client(note="several", contact=other, contact_entity="client")["id"],
        "nobody": shop.client(note="several")["id"],
    }
    return made | {"pia": person, "otto": other}


def rows(shop: World, **parameters: str) -> list[dict[str, Any]]:
    """Rows of a list of clients."""
    answer = shop.api.get("/api/client", params={"filter": MINE, **parameters})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_lists_show_what_such_a_link_leads_to(shop: World, linked: dict[str, Any]) -> None:
    """A field of the linked record comes whichever entity it belongs to, empty where that entity has no such field."""
    paths = "contact.name,contact.display,contact.email,contact.staff,contact.budget,contact.since,contact.id"
    found = {r["id"]: r for r in rows(shop, fields=paths)}
    person, client, nobody = (found[linked[k]] for k in ("person", "client", "nobody"))
    assert (person["contact.name"], person["contact.display"], person["contact.id"]) == ("Pia", "Pia", linked["pia"])
    assert (person["contact.email"], person["contact.staff"]) == (None, None)
    assert (client["contact.name"], client["contact.email"], client["contact.staff"]) == (
        "Otto",
        "otto@several.example",
        7,
    )
    assert (client["contact.budget"], client["contact.since"]) == ("12.50", "2020-01-02")
    assert {v for k, v in nobody.items() if k.startswith("contact")} == {None}
    one = shop.api.get(f"/api/client/{linked['client']}?fields=contact.name,contact.head.name")
    assert (one.json()["contact.name"], one.json()["contact.head.name"]) == ("Otto", None)


def test_lists_are_sorted_and_filtered_through_it(shop: World, linked: dict[str, Any]) -> None:
    """Pages follow one another sorted by such a path, empty last; filters compare it; files have it."""
    order = [linked["client"], linked["person"], linked["nobody"]]
    first = shop.api.get(
        "/api/client", params={"filter": MINE, "sort": "contact.name", "limit": 2, "fields": "contact.name"}
    ).json()
    assert [r["id"] for r in first["items"]] == order[:2]
    rest = rows(shop, sort="contact.name", after=first["next"], fields="id")
    assert [r["id"] for r in rest] == order[2:]
    assert [r["id"] for r in rows(shop, sort="-contact.name", fields="id")] == [order[1], order[0], order[2]]
    for text, want in (
        ("record.contact.name == 'Pia'", ["person"]), ("record.contact.staff > 5", ["client"]), ("record.contact.email == null", ["person", "nobody"]),
        ("record.contact.display.startsWith('O') && record.contact.budget == 12.5", ["client"]), ("!(record.contact.name == 'Otto')", ["person", "nobody"]),
        ("record.contact.contact.name == null", ["person", "client", "nobody"]),
    ):  # fmt: skip
        found = {r["id"] for r in rows(shop, filter=f"{MINE} && {text}", fields="id")}
        assert found == {linked[name] for name in want}, text
    file = shop.api.get("/api/client/export", params={"filter": MINE, "fields": "contact.name", "format": "json"})
    assert sorted(str(r["contact.name"]) for r in file.json()) == ["None", "Otto", "Pia"], file.text


def test_what_cannot_be_read_through_it_is_told(shop: World) -> None:
    """A field that none of the entities has, lists, and paths with too many ways are refused by name."""
    for path in (
        "contact.nmae",
        "contact.tags",
        "contact.lines",
        "contact.extra",
        "contact" + ".contact" * 8 + ".name",
    ):
        for name in ("fields", "sort"):
            answer = shop.api.get("/api/client", params={name: path})
            assert (answer.status_code, answer.json()["code"]) == (400, "unknown_column"), (path, answer.text)
    said = shop.api.get("/api/client", params={"fields": "contact.nmae"}).json()
    assert ("person has no field 'nmae'" in said["detail"], "name" in said["hint"]) == (True, True), said


def test_the_database_and_rules_in_python_agree(shop: World, linked: dict[str, Any]) -> None:
    """What a filter says of a record, a rule over it says too."""
    texts = (
        "record.contact.name == 'Pia'", "record.contact.staff > 5", "record.contact.email == null", "record.contact.budget + 1.0 == 13.5", "record.contact.head == null",
        "record.contact.display + '!' == 'Otto!'", "record.contact.since < date('2021-01-01')", "record.contact.stage == 'fresh'", "record.contact.vip", "!record.contact.vip",
    )  # fmt: skip
    with shop.work(write=False) as work:
        held = {i: records.read_record(work, "client", linked[i]) for i in ("person", "client", "nobody")}
        for text in texts:
            rule = compiled(work.catalog, "client", text)
            in_python = {linked[i] for i, record in held.items() if rule.python(work.context(record=record))}
            assert {r["id"] for r in rows(shop, filter=f"{MINE} && ({text})", fields="id")} == in_python, text
