"""Lists page by key: every row once, in order, under any sort, forward and backward, with empty values and ties."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from xrm_core.errors import BadRequest
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Query
from xrm_core.storage import query, records
from xrm_core.storage.database import Database

SORTS = [
    "amount",
    "on",
    "at",
    "count",
    "number",
    "thanked",
    "took",
    "status",
    "party.name",
    "helper.name",
    "created_at",
    "version",
    "id",
]


def fill(db: Database, catalog: Catalog, seed: int, many: int = 60) -> list[dict[str, Any]]:
    """Gifts with few distinct values, a third of them empty."""
    rng = random.Random(seed)
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    def maybe(value: Any) -> Any:
        return None if rng.random() < 0.3 else value

    with db.write() as tx:
        parties = records.insert(
            tx, catalog, "party", [{"name": name} for name in ("Zoë", "anna", "Anna", "Äsop", "", "\U0001f600")]
        )
        rows = [
            {
                "party": rng.choice(parties), "helper": maybe(rng.choice(parties)), "status": rng.choice("ab"), "number": f"{rng.choice('xyzXé')}{n}",
                "amount": maybe(Decimal(rng.randrange(-3, 3)) / 4), "count": maybe(rng.randrange(3)), "thanked": maybe(rng.random() < 0.5),
                "on": maybe(date(2026, 1, 1) + timedelta(days=rng.randrange(3))), "at": maybe(moment + timedelta(microseconds=rng.randrange(3))),
                "took": maybe(timedelta(seconds=rng.randrange(2))), "created_at": moment + timedelta(days=rng.randrange(3)),
            }
            for n in range(many)
        ]  # fmt: skip
        records.insert(tx, catalog, "gift", rows)
    with db.read() as tx:
        return [dict(r) for r in query.run(tx, catalog, Query("gift", tuple(SORTS), sort=("id",), limit=1000)).rows]


def expected(rows: Sequence[dict[str, Any]], sort: Sequence[str]) -> list[str]:
    """The order by its definition: empty values last in both directions, the id in the direction of the last column."""
    if sort[-1].lstrip("-") != "id":
        sort = (*sort, "-id" if sort[-1].startswith("-") else "id")
    ordered = list(rows)
    for name in reversed(sort):
        column, down = name.lstrip("-"), name.startswith("-")
        filled = [r for r in ordered if r[column] is not None]
        filled.sort(key=lambda r, c=column: r[c].encode("utf-32-be") if isinstance(r[c], str) else r[c], reverse=down)
        if down:  # sorted() keeps the order of equals when it reverses; so no more is to do
            pass
        ordered = filled + [r for r in ordered if r[column] is None]
    return [r["id"] for r in ordered]


def walk(
    db: Database, catalog: Catalog, sort: tuple[str, ...], limit: int, filter: str | None = None
) -> tuple[list[str], list[str]]:
    """Ids by going forward to the end, and by going back from there."""
    forward: list[str] = []
    after = None
    with db.read() as tx:
        while True:
            page = query.run(tx, catalog, Query("gift", ("id",), filter, sort, limit, after=after))
            forward += [r["id"] for r in page.rows]
            assert len(page.rows) <= limit
            if page.next is None:
                break
            after = page.next
        back = [r["id"] for r in page.rows]
        before = page.previous
        while before is not None:
            page = query.run(tx, catalog, Query("gift", ("id",), filter, sort, limit, before=before))
            back = [r["id"] for r in page.rows] + back
            assert page.next is not None
            before = page.previous
    return forward, back


@pytest.mark.parametrize("seed", range(3))
def test_every_row_once_in_order(gift_database: Database, gifts: Catalog, seed: int) -> None:
    """Under one, two and three sort columns of all kinds and directions the pages join to the whole, both ways."""
    rows = fill(gift_database, gifts, seed)
    rng = random.Random(seed)
    sorts = [(s,) for name in SORTS for s in (name, f"-{name}")]
    pairs = [p for p in itertools.product(SORTS[:-1], repeat=2) if p[0] != p[1]]
    for names in [*rng.sample(pairs, 25), *[tuple(rng.sample(SORTS[:-1], 3)) for _ in range(10)]]:
        sorts.append(tuple(rng.choice(("", "-")) + n for n in names))
    for sort in sorts:
        forward, back = walk(gift_database, gifts, sort, rng.choice((7, 13, 20, 59, 60, 61)))
        assert forward == expected(rows, sort), sort
        assert back == forward, sort


def test_paging_with_a_filter(gift_database: Database, gifts: Catalog) -> None:
    """Filters over links and computed conditions page alike."""
    rows = fill(gift_database, gifts, 9)
    for filter, holds in (
        ("record.status == 'a'", lambda r: r["status"] == "a"),
        (
            "record.party.name == 'anna' || record.amount > 0",
            lambda r: r["party.name"] == "anna" or (r["amount"] or 0) > 0,
        ),
        ("record.status == 'none'", lambda r: False),
    ):
        forward, back = walk(gift_database, gifts, ("-amount", "on"), 9, filter)
        assert forward == expected([r for r in rows if holds(r)], ("-amount", "on"))
        assert back == forward


def test_equal_shapes_share_a_statement(gift_database: Database, gifts: Catalog) -> None:
    """Filters that differ in constants only are compiled once."""
    from xrm_core.storage.listing import listings

    fill(gift_database, gifts, 1, 5)
    with gift_database.read() as tx:
        before = len(listings(gifts, tx.dialect)._items)
        for n in range(20):
            query.run(
                tx,
                gifts,
                Query("gift", ("id",), f"record.amount > {n} && record.status in ['a', 'b{n}']", ("-amount",)),
            )
        assert len(listings(gifts, tx.dialect)._items) == before + 1


def test_counts(gift_database: Database, gifts: Catalog) -> None:
    """A count is exact while it is small, and an estimate is a number."""
    fill(gift_database, gifts, 2, 40)
    with gift_database.read() as tx:
        for how in ("exact", "capped", "estimate"):
            page = query.run(tx, gifts, Query("gift", ("id",), limit=5, count=how))  # type: ignore[arg-type]
            assert (page.count, page.count_is) == (40, "exact")
        assert query.run(tx, gifts, Query("gift", ("id",))).count is None
        groups = query.group(tx, gifts, Query("gift"), "status", "amount")
        rows = query.run(tx, gifts, Query("gift", ("status", "amount"), limit=100)).rows
    for status, (count, total) in groups.items():
        own = [r["amount"] for r in rows if r["status"] == status]
        assert count == len(own)
        assert total == sum(a for a in own if a is not None)


def test_the_bin(gift_database: Database, gifts: Catalog) -> None:
    """Records in the bin are seen only by those who ask for them."""
    fill(gift_database, gifts, 3, 10)
    with gift_database.write() as tx:
        [first, *_] = query.run(tx, gifts, Query("gift", ("id",))).rows
        records.update(tx, gifts, "gift", first["id"], None, {"deleted_at": datetime.now(UTC)})
    with gift_database.read() as tx:
        assert [query.count(tx, gifts, Query("gift", deleted=d)) for d in ("no", "only", "any")] == [9, 1, 10]  # type: ignore[arg-type]
        assert query.get(tx, gifts, "gift", first["id"]) is None
        assert query.get(tx, gifts, "gift", first["id"], deleted=True) is not None
        assert query.get(tx, gifts, "gift", first["id"], ("id", "party.name"), deleted=True) is not None


BAD = {
    "unknown column": Query("gift", ("amout",)),
    "unknown sort": Query("gift", ("id",), sort=("amout",)),
    "children as column": Query("gift", ("id", "party.nothing")),
    "sort by list": Query("gift", ("id",), sort=("tags",)),
    "not a name": Query("gift", ("id; drop table gift",)),
    "limit": Query("gift", ("id",), limit=0),
    "large limit": Query("gift", ("id",), limit=10**9),
    "cursor": Query("gift", ("id",), after="nonsense"),
    "cursor of bytes": Query("gift", ("id",), after="\udcff"),
    "cursor of another sort": Query("gift", ("id",), after="WzEyMywiYSJd"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_malformed_question_is_refused(gift_database: Database, gifts: Catalog, case: str) -> None:
    """A wrong column, cursor or limit is a bad request, with the nearest name where there is one."""
    with gift_database.read() as tx, pytest.raises(BadRequest) as caught:
        query.run(tx, gifts, BAD[case])
    if "amout" in str(BAD[case]):
        assert "amount" in str(caught.value)


def test_a_hidden_field_is_an_unknown_field(gift_database: Database, gifts: Catalog) -> None:
    """Columns, sorts and filters over a hidden field are refused as if it did not exist; a row rule may read it."""
    fill(gift_database, gifts, 4, 20)
    relation = query.Relation(where="record.amount > 0", hidden=frozenset({"amount"}), key="r1")
    with gift_database.read() as tx:
        for bad in (
            Query("gift", ("amount",)),
            Query("gift", ("id",), sort=("amount",)),
            Query("gift", ("id",), "record.amount > 1"),
        ):
            with pytest.raises(BadRequest):
                query.run(tx, gifts, bad, relation=relation)
        seen = query.count(tx, gifts, Query("gift", ("id",)), relation=relation)
        assert seen == query.count(tx, gifts, Query("gift", ("id",), "record.amount > 0"))
        everything = query.run(tx, gifts, Query("gift", ("id", "amount"), limit=100)).rows
        for row in everything:
            found = query.get(tx, gifts, "gift", row["id"], ("id",), relation=relation)
            assert (found is not None) == ((row["amount"] or 0) > 0)


class Half:
    """A reader who sees the amount of some gifts only, and not every party."""

    def rows(self, entity: str, table: sa.FromClause) -> sa.ColumnElement[bool] | None:
        """Not the parties named anna."""
        return table.c.name != "anna" if entity == "party" else None

    def shown(self, entity: str, field: str, table: sa.FromClause) -> sa.ColumnElement[bool] | None:
        """The amount where the status is a."""
        return table.c.status == "a" if (entity, field) == ("gift", "amount") else None


def test_a_masked_value_is_an_empty_one(gift_database: Database, gifts: Catalog) -> None:
    """Values that the reader may not see are empty in columns, filters, sorts, counts, sums and cursors; so are linked records."""
    raw = fill(gift_database, gifts, 5)
    seen = [
        {**r, "amount": r["amount"] if r["status"] == "a" else None, "party.name": None if r["party.name"] == "anna" else r["party.name"]} for r in raw
    ]  # fmt: skip
    relation = query.Relation(mask=Half(), key="half")
    for sort in (("-amount",), ("amount", "on"), ("party.name", "-amount")):
        found: list[Any] = []
        after = None
        with gift_database.read() as tx:
            while True:
                page = query.run(
                    tx,
                    gifts,
                    Query("gift", ("id", "amount", "party.name"), None, sort, 7, after=after),
                    relation=relation,
                )
                found += page.rows
                if page.next is None:
                    break
                after = page.next
        assert [r["id"] for r in found] == expected(seen, sort)
        by_id = {r["id"]: r for r in seen}
        assert all(
            r["amount"] == by_id[r["id"]]["amount"] and r["party.name"] == by_id[r["id"]]["party.name"] for r in found
        )
    with gift_database.read() as tx:
        for filter, holds in (
            ("record.amount > -10", lambda r: r["amount"] is not None),
            ("record.amount == null", lambda r: r["amount"] is None),
            ("!(record.amount < 0)", lambda r: r["amount"] is None or r["amount"] >= 0),
            ("record.party.name != 'Anna'", lambda r: r["party.name"] != "Anna"),
        ):
            assert query.count(tx, gifts, Query("gift", filter=filter), relation=relation) == sum(map(holds, seen)), (
                filter
            )
        sums = query.group(tx, gifts, Query("gift"), "status", "amount", relation=relation)
        assert sums["b"][1] is None
        one = query.get(
            tx, gifts, "gift", next(r["id"] for r in raw if r["status"] == "b"), ("amount", "status"), relation=relation
        )
        assert one == {"amount": None, "status": "b"}


def test_a_rule_about_rows_reads_what_is_stored(gift_database: Database, gifts: Catalog) -> None:
    """The rule sees values and linked records that its own reader does not; his filters and labels stay masked."""
    raw = fill(gift_database, gifts, 6)
    rules = {
        "record.amount > 0": lambda r: (r["amount"] or 0) > 0,
        "record.party.name == 'anna' && record.amount != 0.25": lambda r: (
            r["party.name"] == "anna" and r["amount"] != Decimal("0.25")
        ),
    }
    for n, (where, holds) in enumerate(rules.items()):
        relation = query.Relation(where=where, mask=Half(), key=("rule", n))
        visible = [r for r in raw if holds(r)]
        with gift_database.read() as tx:
            asked = Query(
                "gift",
                ("id", "amount", "party.name"),
                "record.status == 'a' || record.status == 'b'",
                ("party.name", "id"),
                100,
            )
            rows = query.run(tx, gifts, asked, relation=relation).rows
            assert {r["id"] for r in rows} == {r["id"] for r in visible}
            assert all(r["party.name"] != "anna" for r in rows)
            assert query.count(tx, gifts, Query("gift", filter="record.party.name == 'anna'"), relation=relation) == 0
