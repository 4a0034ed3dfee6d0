"""What the databases make of boards, tiles and counts: an index holds all that they read, and gives cards in their order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contracts.access_worlds import Maker, filled
from xrm_core.metamodel.catalog import View
from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services import boards, lists
from xrm_core.services.figures import Key, Question, figures_of, number_of
from xrm_core.services.runtime import Runtime
from xrm_core.services.spans import in_span
from xrm_core.services.work import Work
from xrm_core.storage.analysis import analyse
from xrm_core.storage.figured import figured
from xrm_core.storage.indexes import MAX_FIGURES, figures_left_out, indexes_of, tails_of
from xrm_core.storage.left_out import index_doubts
from xrm_core.storage.listing import AHEAD
from xrm_core.storage.tables import table_of
from xrm_core.storage.transaction import Transaction
from xrm_core.testing import temporary_organisation

ROWS = 9_000
METADATA = {
    "access/more.yaml": """
department: north
label: North
---
department: south
label: South
---
role: keeper
label: Keeper
---
classes: {plain: {}}
---
needs: {plain: {keeper: R}}
---
grants:
  - {role: keeper, entity: gift, verbs: [read], rows: "record.team in actor.departments"}
""",
    "entities/gift.yaml": """
entity: gift
title: "{name}"
fields:
  name: {type: text, required: true, class: plain}
  team: {type: link, to: department, class: plain}
  stage: {type: choice, values: [promised, received, thanked, void], required: true, class: plain}
  given_on: {type: date, class: plain}
  amount: {type: decimal, class: plain}
  way: {type: choice, values: [cash, bank], class: plain}
  note: {type: long_text, class: plain}
""",
    "views/gift.yaml": """
view: gift_board
entity: gift
kind: board
by: stage
sum: amount
card: [name, given_on]
---
view: to_thank
entity: gift
columns: [name]
filter: "record.stage == 'received' && record.way == 'bank'"
""",
    "menu/gift.yaml": """
menu: gifts
label: Gifts
items:
  - {view: to_thank, count: true}
""",
    "dashboards/gifts.yaml": """
dashboard: gifts
tiles:
  received: {entity: gift, filter: "record.stage == 'received'", value: amount, "on": given_on}
  ways: {kind: donut, entity: gift, filter: "record.stage == 'received'", group: way, "on": given_on}
""",
}


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """Many gifts of two departments, once on each database."""
    with filled(request, tmp_path_factory, METADATA, fill) as found:
        yield found


def fill(runtime: Runtime) -> None:
    """Gifts of all stages and days."""
    maker, catalog = Maker(5), runtime.catalog
    departments = table_of(catalog, "department")
    with runtime.database.write() as tx:
        teams = [str(id) for (id,) in tx.conn.execute(sa.select(departments.c.id).order_by(departments.c.code))]
        gifts = [
            maker.row(
                catalog, "gift", name=f"gift {n}", team=maker.pick(teams), stage=maker.pick(("promised", "received", "thanked", "void")),
                given_on=date(2026, 1, 1) + timedelta(days=maker.dice.randrange(300)), amount=maker.dice.randrange(1000),
                way=maker.pick(("cash", "bank")), note="a long note " * 80, deleted_at=None,
            )
            for n in range(ROWS)
        ]  # fmt: skip
        tx.conn.execute(sa.insert(table_of(catalog, "gift")), gifts)
    analyse(runtime.database, "gift")
    if (
        runtime.database.dialect == "postgresql"
    ):  # an index alone is read where the table says that its pages are all visible
        with runtime.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM gift"))


def keeper(runtime: Runtime) -> Actor:
    """Somebody who reads the gifts of the first department."""
    with runtime.work(SYSTEM, "cli") as work:
        row = lists.list_records(work, lists.Query("department", ("id",), sort=("code",))).rows[0]
    return Actor("018f0000-0000-7000-8000-000000000001", "Kim", frozenset({"keeper"}), frozenset({str(row["id"])}))


def plans(
    runtime: Runtime, actor: Actor, ask: Callable[[Work], object], monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, str]]:
    """The statements about gifts that a question takes, and what the database does for each."""
    sent: list[tuple[str, Sequence[Any]]] = []
    rows = Transaction.rows

    def told(tx: Transaction, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        if 'FROM "gift"' in sql:
            sent.append((sql, params))
        return rows(tx, sql, params)

    with monkeypatch.context() as patch, runtime.work(actor, "web") as work:
        patch.setattr(Transaction, "rows", told)
        ask(work)
    found = []
    with runtime.database.read() as tx:
        for sql, params in sent:
            if tx.dialect == "sqlite":
                found.append((sql, "\n".join(str(row[3]) for row in tx.rows(f"EXPLAIN QUERY PLAN {sql}", params))))
            else:
                plan = tx.rows(f"EXPLAIN (FORMAT JSON) {sql}", params)[0][0]
                found.append((sql, json.dumps(json.loads(plan) if isinstance(plan, str) else plan)))
    assert found
    return found


def reads_an_index_alone(done: str) -> bool:
    """Does the database read no row of the table?"""
    return "USING COVERING INDEX" in done or '"Index Only Scan"' in done


@pytest.fixture(params=("everything", "one department"))
def actor(request: pytest.FixtureRequest, runtime: Runtime) -> Actor:
    """Who asks: nobody is restricted, or a reader of one department."""
    return SYSTEM if request.param == "everything" else keeper(runtime)


def test_a_board_counts_and_adds_up_from_an_index(
    runtime: Runtime, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counts and sums of the columns read an index alone, or the index of the reader's department; cards come in the order of an
    index, or out of a few hundred that do."""
    view = runtime.catalog.views["gift_board"]
    counted, *cards = plans(runtime, actor, lambda work: lists.board(work, view), monkeypatch)
    assert "GROUP BY" in counted[0]
    assert reads_an_index_alone(counted[1]) or "(team=?)" in counted[1], counted
    assert len(cards) == 4
    ahead = f"LIMIT {AHEAD}"  # looked at first: as many of the reader's newest are put in order, whatever the size of the table
    assert not any(("TEMP B-TREE" in done or '"Sort"' in done) and ahead not in sql for sql, done in cards), cards


def test_further_cards_begin_at_a_key(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cards that follow are not counted to."""
    view = runtime.catalog.views["gift_board"]
    with runtime.work(SYSTEM, "web") as work:
        after = lists.board(work, view)[0].next
    ((_, done),) = plans(runtime, SYSTEM, lambda work: boards.more_cards(work, view, "promised", after), monkeypatch)
    assert "TEMP B-TREE" not in done
    assert '"Sort"' not in done


def test_tiles_read_an_index_alone(runtime: Runtime, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sum and the slices of a chart within a period read the index that begins with their filter and their day."""
    filters = (
        "record.stage == 'received'",
        "record.given_on >= date('2026-03-01')",
        "record.given_on <= date('2026-04-30')",
    )
    total = Question("gift", filters, "", "sum", "amount")
    ((_, done),) = plans(runtime, actor, lambda work: number_of(work, total), monkeypatch)
    assert reads_an_index_alone(done), done
    ways = Question("gift", filters)
    ((_, done),) = plans(runtime, actor, lambda work: figures_of(work, ways, Key("way")), monkeypatch)
    assert reads_an_index_alone(done), done


def test_a_count_of_the_menu_reads_an_index_alone(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a filter compares stands in one index."""
    view = runtime.catalog.views["to_thank"]
    query = lists.Query("gift", ("id",), view.filter)
    ((_, done),) = plans(runtime, SYSTEM, lambda work: lists.count_records(work, query), monkeypatch)
    assert reads_an_index_alone(done), done


def test_a_calendar_of_moments_begins_at_its_first_day(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The moments of some days are found by their index: the days are turned into moments, not each moment into a day."""
    view = View("written", "gift", {}, "calendar", ("name",), by="created_at")
    day = date(2026, 5, 4)
    ((_, done),) = plans(runtime, SYSTEM, lambda work: in_span(work, view, day, day, ("name",)), monkeypatch)
    assert "created_at" in done, done
    assert "SCAN" not in done
    assert '"Seq Scan"' not in done


def test_months_are_worked_out_by_day(runtime: Runtime, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are added up by day within an index, and days by month: what comes out is what the records come to."""
    asked = Question("gift", ("record.stage == 'received'",), "", "sum", "amount")
    ((sql, done),) = plans(runtime, actor, lambda work: figures_of(work, asked, Key("given_on", "month")), monkeypatch)
    assert sql.count("GROUP BY") == 2
    if actor is SYSTEM:
        assert reads_an_index_alone(done), done
    with runtime.work(actor, "web") as work:
        stacked = figures_of(work, asked, Key("given_on", "month"), Key("way"))
        rows = lists.list_records(
            work, lists.Query("gift", ("given_on", "amount", "way"), "record.stage == 'received'", limit=10_000)
        ).rows
    wanted: dict[tuple[date, object], Any] = {}
    for row in rows:
        key = (row["given_on"].replace(day=1), row["way"])
        wanted[key] = wanted.get(key, 0) + row["amount"]
    told = {
        (mark.key, stack.key): cell
        for mark, cells in stacked.rows
        for stack, cell in zip(stacked.stacks, cells, strict=True)
        if cell is not None
    }
    assert wanted
    assert told == wanted


def test_counts_that_stop(runtime: Runtime) -> None:
    """A count that nobody needs to know exactly stops one behind the most that is told."""
    with runtime.work(SYSTEM, "web") as work:
        assert lists.count_records(work, lists.Query("gift", ("id",)), 99) == 100
        assert lists.count_records(work, lists.Query("gift", ("id",), "record.name == 'gift 1'"), 99) == 1
        assert lists.count_records(work, lists.Query("gift", ("id",))) == ROWS


def test_the_figures_agree_with_the_records(runtime: Runtime, actor: Actor) -> None:
    """What is read from an index is what the records come to, for each reader."""
    view = runtime.catalog.views["gift_board"]
    with runtime.work(actor, "web") as work:
        rows = lists.list_records(work, lists.Query("gift", ("stage", "amount"), limit=10_000)).rows
        for column in lists.board(work, view):
            mine = [row["amount"] for row in rows if row["stage"] == column.code]
            assert (column.count, column.total) == (len(mine), sum(mine))


def test_which_indexes_follow(runtime: Runtime) -> None:
    """One index serves the board, one both tiles, that of the list in the menu its count; what rules read stands behind."""
    catalog = runtime.catalog
    gift = catalog.entities["gift"]
    made, tails = indexes_of(catalog, gift), tails_of(catalog, gift)
    assert ("stage", "id") in made
    assert ("stage", "given_on") in made
    assert tails["stage", "id"] == ("deleted_at", "amount", "team")
    assert tails["stage", "given_on"] == ("deleted_at", "amount", "way", "team")
    assert not any(problem.code == "figure_without_index" for problem in index_doubts(catalog))


def test_what_has_no_index_is_told() -> None:
    """An entity gets a few indexes for figures, and lists are read by stored columns; what goes without is told to those who look
    after the metadata."""
    ways = [f"f{n}" for n in range(MAX_FIGURES + 1)]
    fields = "".join(f"  {n}: {{type: choice, values: [a, b]}}\n" for n in ways)
    tiles = "".join(f"  {n}: {{kind: donut, entity: thing, group: {n}}}\n" for n in ways)
    sorted_by = "view: by_{0}\nentity: thing\ncolumns: [name]\nsort: [{0}]\n"
    metadata = {
        "entities/thing.yaml": f"entity: thing\nfields:\n  name: {{type: text}}\n  size: {{type: formula, of: integer, is: 1 + 1}}\n{fields}",
        "views/things.yaml": sorted_by.format("name") + "---\n" + sorted_by.format("size"),
        "dashboards/things.yaml": f"dashboard: things\ntiles:\n{tiles}",
    }
    with temporary_organisation((), metadata) as found:
        catalog = found.catalog
        thing = catalog.entities["thing"]
        assert len([q for q in figured(catalog, thing) if q.begins]) == len(ways)
        assert figures_left_out(catalog, thing) == (f"tile {ways[-1]} of things",)
        doubts = index_doubts(catalog)
        told = {p.code: p.message for p in doubts}
    lists = [p.where for p in doubts if p.code == "list_without_index"]
    assert [(place.file.rsplit("/", 1)[-1], place.line) for place in lists if place] == [("things.yaml", 9)]
    assert ways[-1] in told["figure_without_index"]
    assert told["list_without_index"] == "no index gives the list by_size of thing in its order"
