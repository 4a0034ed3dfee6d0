"""What the databases make of lists whose filter leaves few of many records: what is shown of linked records is read for the page alone,
and what is counted is not joined with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contracts.access_worlds import Maker, filled
from xrm_core.metamodel.values import SYSTEM, Page, Query
from xrm_core.services.lists import list_records
from xrm_core.services.runtime import Runtime
from xrm_core.storage import query
from xrm_core.storage.analysis import analyse
from xrm_core.storage.asking import Asked
from xrm_core.storage.indexes import indexes_of
from xrm_core.storage.relation import ALL
from xrm_core.storage.tables import table_of
from xrm_core.storage.transaction import Transaction
from xrm_core.web.cells import cell_of
from xrm_core.web.paths import resolve
from xrm_core.web.several import with_titles

ROWS, GIVERS = 6_000, 300
METADATA = {
    "entities/gift.yaml": """
entity: giver
title: "{name}"
fields:
  name: {type: text, required: true}
  town: {type: text}
---
entity: gift
title: "{name}"
fields:
  name: {type: text, required: true}
  giver: {type: link, to: giver}
  helper: {type: link, to: giver}
  about: {type: link, to: [giver, gift]}
  way: {type: choice, values: [cash, bank, card], required: true}
  stage: {type: choice, values: [promised, received, thanked, void], required: true}
  given_on: {type: date}
  amount: {type: decimal}
""",
    "views/gift.yaml": """
view: by_day
entity: gift
columns: [name, giver]
filter: "record.stage == 'received'"
sort: [given_on]
---
view: some_stages
entity: gift
columns: [name, giver]
filter: "record.stage in ['void', 'promised']"
sort: [-amount]
""",
}
SHOWN = ("id", "name", "giver", "giver.name", "helper.town")


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """Gifts of some givers, once on each database."""
    with filled(request, tmp_path_factory, METADATA, fill) as found:
        yield found


def fill(runtime: Runtime) -> None:
    """Gifts of all stages; one in three has no giver, one in five no day."""
    maker, catalog = Maker(5), runtime.catalog
    givers = [
        maker.row(catalog, "giver", name=f"giver {n}", town=f"town {n % 7}", deleted_at=None) for n in range(GIVERS)
    ]
    gifts = [
        maker.row(
            catalog, "gift", name=f"gift {n}", giver=maker.pick(givers)["id"] if n % 3 else None, helper=maker.pick(givers)["id"],
            stage=maker.pick(("promised", "received", "thanked", "void")), way=maker.pick(("cash", "bank", "card")),
            given_on=date(2026, 1, 1) + timedelta(days=maker.dice.randrange(300)) if n % 5 else None,
            amount=maker.dice.randrange(1000), about=maker.pick(givers)["id"] if n % 4 else None, about_entity="giver" if n % 4 else None,
            deleted_at=None,
        )
        for n in range(ROWS)
    ]  # fmt: skip
    with runtime.database.write() as tx:
        tx.conn.execute(sa.insert(table_of(catalog, "giver")), givers)
        tx.conn.execute(sa.insert(table_of(catalog, "gift")), gifts)
    analyse(runtime.database, "giver", "gift")


def statements(runtime: Runtime, asked: Query, monkeypatch: pytest.MonkeyPatch) -> tuple[Page, list[str]]:
    """A page and the statements that it took."""
    sent: list[str] = []
    rows = Transaction.rows

    def told(tx: Transaction, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        sent.append(" ".join(sql.split()))
        return rows(tx, sql, params)

    with monkeypatch.context() as patch, runtime.database.read() as tx:
        patch.setattr(Transaction, "rows", told)
        return query.run(tx, runtime.catalog, asked), sent


def stored(runtime: Runtime) -> list[dict[str, Any]]:
    """All gifts with the names of those who gave and helped, by id."""
    with runtime.database.read() as tx:
        givers = {r["id"]: r for r in query.run(tx, runtime.catalog, Query("giver", limit=10_000)).rows}
        gifts = query.run(tx, runtime.catalog, Query("gift", sort=("id",), limit=10_000)).rows
    return [
        {**g, "giver.name": (givers.get(g["giver"]) or {}).get("name"), "helper.town": givers[g["helper"]]["town"]} for g in gifts
    ]  # fmt: skip


FILTERS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "record.amount > 900": lambda g: g["amount"] > 900,
    "record.stage == 'received' && record.amount > 500": lambda g: g["stage"] == "received" and g["amount"] > 500,
    "record.giver.town == 'town 3'": lambda g: g["giver"] is not None and g["giver_town"] == "town 3",
    "record.stage in ['void', 'promised', 'void']": lambda g: g["stage"] in ("void", "promised"),
    "record.stage in ['void', 'promised'] && record.way == 'bank'": lambda g: (
        g["stage"] in ("void", "promised") and g["way"] == "bank"
    ),
    "record.stage == 'received'": lambda g: g["stage"] == "received",
    "true": lambda g: True,
}


@pytest.mark.parametrize(
    "sort", [("given_on",), ("-given_on",), ("-amount",), ("-amount", "name"), ("giver.name", "-given_on"), ()]
)
@pytest.mark.parametrize("held", FILTERS)
def test_the_same_records_in_the_same_order(runtime: Runtime, held: str, sort: tuple[str, ...]) -> None:
    """Each page, forward and back, shows what sorting all records in Python shows, with what their links point to."""
    rows = stored(runtime)
    with runtime.database.read() as tx:
        towns = {r["id"]: r["town"] for r in query.run(tx, runtime.catalog, Query("giver", limit=10_000)).rows}
    wanted = [g for g in rows if FILTERS[held]({**g, "giver_town": towns.get(g["giver"])})]
    wanted.sort(key=lambda g: g["id"], reverse=(sort or ("-id",))[-1].startswith("-"))
    for name in reversed(sort):
        key, is_down = name.lstrip("-"), name.startswith("-")
        filled = [g for g in wanted if g[key] is not None]
        filled.sort(key=lambda g, key=key: g[key], reverse=is_down)  # type: ignore[misc]
        wanted = filled + [g for g in wanted if g[key] is None]
    asked = Query("gift", SHOWN, held, sort, 400, count="exact")
    shown, after = list[Mapping[str, Any]](), None
    with runtime.database.read() as tx:
        for _ in range(3):
            page = query.run(tx, runtime.catalog, replace(asked, after=after))
            assert page.count == len(wanted)
            shown += page.rows
            after = page.next
            if after is None:
                break
        assert [tuple(r[c] for c in SHOWN) for r in shown] == [tuple(g[c] for c in SHOWN) for g in wanted[: len(shown)]]
        assert len(shown) == min(1200, len(wanted))
        if page.previous is not None:
            back = query.run(tx, runtime.catalog, replace(asked, before=page.previous)).rows
            start = len(shown) - len(page.rows)
            assert [r["id"] for r in back] == [r["id"] for r in shown[max(0, start - 400) : start]]


def test_what_is_shown_is_joined_for_the_page_alone(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which records there are is found without the givers, and so is their number; the givers are read for those of the page."""
    asked = Query("gift", SHOWN, "record.amount > 900", ("given_on",), 50, count="capped")
    page, (read, *more) = statements(runtime, asked, monkeypatch)
    assert len(page.rows) == 50
    inner = read[read.index(" IN (SELECT ") :]
    assert '"giver"' in read
    assert "JOIN" not in inner
    assert more  # the number
    assert all("JOIN" not in sql for sql in more)


def test_a_condition_keeps_its_join(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the filter reads is joined where records are found and counted, and nothing else is."""
    asked = Query("gift", SHOWN, "record.giver.town == 'town 3'", ("given_on",), 50, count="capped")
    _, (read, count) = statements(runtime, asked, monkeypatch)
    assert read[read.index(" IN (SELECT ") :].count("JOIN") == 1
    assert count.count("JOIN") == 1


def test_a_list_that_an_index_gives_is_read_at_once(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no more is joined than is shown, nothing is asked twice."""
    _, (read, *_) = statements(runtime, Query("gift", SHOWN, None, ("-id",), 50), monkeypatch)
    assert " IN (SELECT " not in read


def test_titles_of_links_of_several_kinds_are_asked_for_together(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cells of a page say the same as when each row asks for itself, and take one statement for all."""
    sent: list[str] = []
    rows = Transaction.rows

    def told(tx: Transaction, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        sent.append(sql)
        return rows(tx, sql, params)

    with runtime.work(SYSTEM, "web") as work:
        paths = [resolve(work, "gift", "name"), resolve(work, "gift", "about")]
        page = list_records(work, Query("gift", ("id", *(c for p in paths for c in p.columns)), sort=("id",), limit=50))
        alone = [cell_of(work, paths[1], row) for row in page.rows]
        with monkeypatch.context() as patch:
            patch.setattr(Transaction, "rows", told)
            together = [cell_of(work, paths[1], row) for row in with_titles(work, paths, page.rows)]
        assert together == alone
        assert len({cell.text for cell in together}) > 20
        assert len(sent) == 1


def test_some_values_of_a_column_are_read_one_by_one(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of some stages is merged of one list for each, as an index gives them in order; and each is counted by itself."""
    catalog = runtime.catalog
    assert ("stage", "amount", "id") in indexes_of(catalog, catalog.entities["gift"])
    asked = Query("gift", SHOWN, catalog.views["some_stages"].filter, ("-amount",), 50, count="capped")
    page, (read, count) = statements(runtime, asked, monkeypatch)
    assert read.count("UNION ALL") == count.count("UNION ALL") == 1
    with runtime.database.read() as tx:
        made = Asked(tx, catalog, asked, None, ALL)
        statement = made.statement("page", lambda shop: shop.page("filled", False, None, 51))
        sql, params = statement.send(made.given(statement))
        if tx.dialect == "sqlite":
            done = "\n".join(str(row[3]) for row in tx.rows(f"EXPLAIN QUERY PLAN {sql}", params))
            assert done.count("SEARCH gift USING INDEX ix_gift_stage_amount_id (stage=? AND amount>?)") == 2
            assert "TEMP B-TREE" not in done
        else:
            done = str(tx.rows(f"EXPLAIN (FORMAT JSON) {sql}", params)[0][0])
            assert done.count("ix_gift_stage_amount_id") == 2
            assert "'Seq Scan'" not in done.replace("giver", "")
    assert [r["id"] for r in page.rows] == [g["id"] for g in _highest(runtime)]


def _highest(runtime: Runtime) -> list[dict[str, Any]]:
    gifts = [g for g in stored(runtime) if g["stage"] in ("void", "promised")]
    return sorted(gifts, key=lambda g: (g["amount"], g["id"]), reverse=True)[:50]
