"""How many statements the hot paths send, on both databases: few, and as many for one row as for hundreds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.contracts.shop import World
from xrm_core.metamodel.values import Query
from xrm_core.services import bulk, lists, records
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work


def counted(shop: World, do: Callable[[Work], Any], *, write: bool = True) -> int:
    """Statements of one piece of work."""
    with shop.work(write=write) as w:
        do(w)
        return int(w.tx.statements)


def test_reading_takes_one_statement(shop: World) -> None:
    """A record by its id, with paths through links and what is worked out too; a list however long, its count one more."""
    head = shop.make("client", name="Head")
    ids = [shop.make("client", name=f"C{n}", head=head) for n in range(20)]
    assert counted(shop, lambda w: records.read_record(w, "client", ids[0]), write=False) == 1
    paths = ("name", "display", "head.name", "per_head", "pieces")
    assert counted(shop, lambda w: records.read_record(w, "client", ids[0], paths), write=False) == 1
    for limit in (1, 20, 500):
        query = Query("client", paths, "record.name.startsWith('C')", ("-name",), limit=limit)
        assert counted(shop, lambda w, q=query: lists.list_records(w, q), write=False) == 1
        assert counted(shop, lambda w, q=query: lists.count_records(w, q), write=False) == 1


def test_writing_takes_three(shop: World) -> None:
    """A record without search: the row and its history, and what its links need; the same with every column set."""
    client = shop.make("client", name="Buyer")
    assert counted(shop, lambda w: records.create_record(w, "order", {"client": client, "total": "5"})) <= 3
    order = shop.make("order", client=client)
    assert counted(shop, lambda w: records.update_record(w, "order", order, {"total": "6"})) <= 3
    assert counted(shop, lambda w: records.update_record(w, "order", order, {"total": "6"})) == 1, "nothing to write"
    person = shop.make("person", name="P")
    assert counted(shop, lambda w: records.create_record(w, "person", {"name": "Q"})) == 2
    assert counted(shop, lambda w: records.update_record(w, "person", person, {"name": "R"})) == 3


def test_search_and_numbers_take_one_each(shop: World) -> None:
    """A searched entity enters its words, a numbered one takes its number: one statement more for each."""
    product = counted(shop, lambda w: records.create_record(w, "product", {"code": "ST1", "name": "x"}))
    assert product == 3, "row, history, search"
    entry = counted(shop, lambda w: records.create_record(w, "ledger", {"text": "x"}))
    assert entry == 3, "number, row, history"


def test_rows_take_as_many_as_one(shop: World) -> None:
    """Child rows are written together: ten need as many statements as two."""
    product = [shop.make("product", code=f"RW{n}", name="x") for n in range(12)]

    def make(many: int) -> Callable[[Work], Any]:
        rows = [{"product": p, "quantity": "1"} for p in product[:many]]
        return lambda w: records.create_record(w, "client", {"name": "Rows", "lines": rows})

    assert counted(shop, make(2)) == counted(shop, make(12))


@pytest.mark.parametrize("entity", ["person", "product", "client", "order", "ledger"])
def test_bulk_takes_as_many_for_a_thousand(shop: World, entity: str) -> None:
    """Bulk writes of any length need the same few statements."""
    client = shop.make("client", name="Owner")

    def rows(many: int, word: str) -> list[dict[str, Any]]:
        made: dict[str, Callable[[int], dict[str, Any]]] = {
            "person": lambda n: {"name": f"{word}{n}"}, "product": lambda n: {"code": f"{word}{n}", "name": "x"},
            "client": lambda n: {"name": f"{word} {n}", "email": f"{word}{n}@bulk.example"}, "order": lambda n: {"client": client, "total": str(n)}, "ledger": lambda n: {"text": f"{word}{n}"},
        }  # fmt: skip
        return [made[entity](n) for n in range(many)]

    few, many = (
        counted(shop, lambda w, m=m, word=word: bulk.upsert_records(w, entity, rows(m, word)))
        for m, word in ((10, "FE"), (1000, "MA"))
    )
    assert many <= few + 1, "a list of keys is cut at some length"
    assert many <= 10


@contextmanager
def watched(runtime: Runtime) -> Iterator[list[int]]:
    """Statements of each piece of work that the API opens."""
    seen: list[int] = []
    original = Runtime.work

    @contextmanager
    def work(self: Runtime, *args: Any, **given: Any) -> Iterator[Work]:
        with original(self, *args, **given) as w:
            yield w
            seen.append(int(w.tx.statements))

    Runtime.work = work  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        Runtime.work = original  # type: ignore[method-assign]


def test_signing_in_takes_one_more(shop: World) -> None:
    """Through the API each request takes one statement more, for who asks."""
    id = shop.make("person", name="Api")
    shop.api.get(f"/api/person/{id}")  # the token's first use is noted
    with watched(shop.runtime) as seen:
        for limit in (1, 500):
            assert shop.api.get(f"/api/person?limit={limit}&filter=record.name != 'x'").status_code == 200
        assert shop.api.get(f"/api/person/{id}").status_code == 200
        assert shop.api.post("/api/person", json={"name": "Made"}).status_code == 201
        assert (
            shop.api.patch(f"/api/person/{id}", json={"name": "Moved"}, headers={"If-Match": '"1"'}).status_code == 200
        )
        assert shop.api.get("/api/client?fields=name,lines,interests&limit=500").status_code == 200
        lines = "\n".join(json.dumps({"name": f"Bulk {n}"}) for n in range(500))
        assert (
            shop.api.post(
                "/api/person/bulk", content=lines, headers={"Content-Type": "application/x-ndjson"}
            ).status_code
            == 200
        )
    assert seen[:3] == [2, 2, 2]
    assert seen[3] == 3, "who, row, history"
    assert seen[4] == 4, "who, read, row, history"
    assert seen[5] == 4, "who, list, two child tables"
    assert seen[6] <= 5
