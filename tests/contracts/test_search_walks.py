"""Lists that are searched for frequent words find the same records in the same order, whichever way they are gone through: sorted first
where no index gives the order, value by value where the list shows some values of a column, or with what is hit collected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contracts.access_worlds import Maker, filled
from xrm_core.metamodel.values import Page, Query
from xrm_core.services.runtime import Runtime
from xrm_core.storage import branches, query, search, search_walk, search_weigh
from xrm_core.storage.analysis import analyse
from xrm_core.storage.listing import listings
from xrm_core.storage.tables import table_of

ROWS, GIVERS = 900, 150
METADATA = {
    "entities/gift.yaml": """
entity: giver
title: "{name}"
fields:
  name: {type: text, required: true}
search: [name]
---
entity: gift
title: "{name}"
fields:
  name: {type: text, required: true}
  giver: {type: link, to: giver}
  stage: {type: choice, values: [promised, received, thanked, void], required: true}
  given_on: {type: date}
search: [name, giver]
""",
    "views/gift.yaml": """
view: some_stages
entity: gift
columns: [name, giver]
filter: "record.stage in ['void', 'promised']"
sort: [-given_on]
""",
}
SOME = METADATA["views/gift.yaml"].split('"')[1]
SHOWN = ("id", "name", "giver", "giver.name", "stage", "given_on")


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """Gifts of some givers, once on each database."""
    with filled(request, tmp_path_factory, METADATA, fill) as found:
        yield found


def fill(runtime: Runtime) -> None:
    """Half of all gifts hold a word by their own names, a third by those of their givers, who stand at the end of the alphabet; one
    gift in four has no giver, one in five no day."""
    maker, catalog = Maker(5), runtime.catalog
    givers = [
        maker.row(catalog, "giver", name=f"{'zz rare' if n % 3 == 0 else 'giver'} {n}", deleted_at=None)
        for n in range(GIVERS)
    ]
    gifts = [
        maker.row(
            catalog, "gift", name=f"{'common' if n % 2 else 'other'} {n}", giver=maker.pick(givers)["id"] if n % 4 else None,
            stage=maker.pick(("promised", "received", "thanked", "void")),
            given_on=date(2026, 1, 1) + timedelta(days=maker.dice.randrange(300)) if n % 5 else None, deleted_at=None,
        )
        for n in range(ROWS)
    ]  # fmt: skip
    with runtime.database.write() as tx:
        tx.conn.execute(sa.insert(table_of(catalog, "giver")), givers)
        tx.conn.execute(sa.insert(table_of(catalog, "gift")), gifts)
        search.rebuild(tx, catalog)
    analyse(runtime.database, "giver", "gift")


def anew(runtime: Runtime) -> None:
    """Statements made before are made again: what they look at first is written in them."""
    listings(runtime.catalog, runtime.database.dialect)._items.clear()


def all_pages(runtime: Runtime, asked: Query) -> list[dict[str, Any]]:
    """All rows of a list, page by page; then the same backward."""
    with runtime.database.read() as tx:

        def page(**more: str) -> Page:
            return query.run(
                tx, runtime.catalog, Query(asked.entity, SHOWN, asked.filter, asked.sort, 41, q=asked.q, **more)
            )  # type: ignore[arg-type]

        found = page()
        rows = list(found.rows)
        while found.next:
            last, found = found, page(after=found.next)
            rows += found.rows
            before = page(before=found.previous) if found.previous else last
            assert [r["id"] for r in before.rows] == [r["id"] for r in last.rows]
    return rows


def matching(runtime: Runtime, asked: Query) -> list[str]:
    """The ids of a list without the search, of what holds the words."""
    with runtime.database.read() as tx:
        every = query.run(tx, runtime.catalog, Query(asked.entity, SHOWN, asked.filter, asked.sort, 10_000)).rows
    words = (asked.q or "").split()
    return [r["id"] for r in every if all(w in f"{r['name']} {r['giver.name'] or ''}" for w in words)]


@pytest.mark.parametrize("first", [200, 1], ids=["full", "too few"])
@pytest.mark.parametrize("soon", [0, 10_000], ids=["walked", "collected"])
@pytest.mark.parametrize("sort", [("giver.name",), ("-giver.name", "given_on"), ("-given_on",), ("name",)])
def test_the_same_records_in_the_same_order(
    runtime: Runtime, sort: tuple[str, ...], soon: int, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page, forward and backward, for words of the records, of what they point to, and of both."""
    monkeypatch.setattr(search_walk, "FIRST", first)
    monkeypatch.setattr(query, "SOON", soon)
    anew(runtime)
    for q in ("common", "rare", "common rare", "nobody"):
        for filter in (None, SOME):
            asked = Query("gift", SHOWN, filter, sort, q=q)
            assert [r["id"] for r in all_pages(runtime, asked)] == matching(runtime, asked), (q, filter)


def test_an_order_that_no_index_gives_is_sorted_first(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of a list by what it points to takes one statement, that asks the first records of the order; a list by a column of its
    own does not sort itself as a whole."""
    made: list[str] = []
    for name in ("page", "ahead"):
        told = getattr(search_walk, name)
        monkeypatch.setattr(search_walk, name, lambda *given, told=told, name=name: made.append(name) or told(*given))
    anew(runtime)
    with runtime.database.read() as tx:
        query.run(tx, runtime.catalog, Query("gift", SHOWN, None, ("giver.name",), 50, q="common"))
        assert made == ["page"]
        query.run(tx, runtime.catalog, Query("gift", SHOWN, None, ("name",), 50, q="common"))
        assert made == ["page", "ahead"]


def test_some_values_are_gone_through_one_by_one(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite a list of some stages is merged of one for each also while it is searched, and looked ahead in the same way."""
    merged: list[int] = []
    told = branches.merged

    def counted(parts: Any, *given: Any) -> Any:
        merged.append(len(parts))
        return told(parts, *given)

    monkeypatch.setattr(branches, "merged", counted)
    anew(runtime)
    with runtime.database.read() as tx:
        query.run(tx, runtime.catalog, Query("gift", SHOWN, SOME, ("-given_on",), 50, q="common"))
    assert merged == ([2, 2] if runtime.database.dialect == "sqlite" else [])


def test_many_that_were_collected_are_counted_to_300(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the list is gone through; few are counted to the end."""
    monkeypatch.setattr(query, "SOON", 10_000)
    asked = Query("gift", SHOWN, None, ("name",), 50, q="common", count="capped")
    for few, told in ((10_000, (ROWS // 2, "exact")), (100, (300, "capped"))):
        monkeypatch.setattr(search_weigh, "FEW", few)
        anew(runtime)
        with runtime.database.read() as tx:
            page = query.run(tx, runtime.catalog, asked)
        assert (page.count, page.count_is) == told
