"""Lists filtered or sorted by roll-ups: grouped once for all records, they hold the records that each of them alone says, page by page,
with their number, for each reader, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.contracts.access_worlds import Maker, filled
from tests.contracts.test_figures_of_roll_ups import METADATA, SOMEBODY, row
from xrm_core.metamodel.values import SYSTEM, Actor, Query
from xrm_core.services.lists import count_records, list_records
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.storage import listing, records, together
from xrm_core.storage.indexes import tails_of
from xrm_core.storage.transaction import Transaction

MORE = """
  first_told: {type: rollup, of: integer, is: "record.letters.min(x, x.minutes, x.kind == 'told')", class: plain}
  last_minutes: {type: rollup, of: integer, over: letters, compute: latest, value: minutes, by: kind, class: plain}
  far:
    type: formula
    of: percent
    is: "record.last_minutes == null ? 0 : record.last_minutes < 0 ? (abs(record.last_minutes - 4) <= coalesce(record.rounds, 0) ? 100 : 0) : max(0, min(120, round((record.last_minutes - 2) * 100 / (record.longest - record.last_minutes), 1)))"
    class: plain
  state:
    type: formula
    of: choice
    values: [busy, told, quiet, new]
    is: "record.spent > 9 ? (record.asked > 0 ? 'busy' : 'told') : record.asked > 0 ? 'told' : record.letters.exists(l, true) ? 'quiet' : 'new'"
    class: plain
  level: {type: formula, of: integer, is: "record.asked > 1 ? 3 : record.spent > 5 ? 2 : record.rounds", class: plain}
"""
WORLD = {**METADATA, "entities/world.yaml": METADATA["entities/world.yaml"].rstrip() + MORE}
WORLD["views/task.yaml"] = """
entity: task
views:
  - {view: told, columns: [stage], filter: "record.state == 'told' && record.first_told > 1", sort: [-spent]}
  - {view: in_order, columns: [stage], filter: "record.stage == 'open' && record.spent >= 0", sort: [rounds]}
"""
FILTERS = (
    "record.state == 'busy'",
    "record.state == 'told'",
    "record.state in ['quiet', 'told']",
    "record.state != 'new'",
    "!(record.state in ['quiet', 'new'])",
    "record.state == 'new' && record.rounds > 0",
    "record.spent > 0",
    "record.spent >= 0",
    "record.spent == 0",
    "record.asked < 2 && record.longest > 3",
    "record.first_told < 6 || record.was_asked",
    "!record.was_asked",
    "record.level > 2",
    "record.level <= 2",
    "record.level == 3",
    "record.parent.state == 'told'",
    "record.parent.spent > record.spent",
    "record.parent.spent == 0",
    "record.parent != null && record.parent.asked < 2",
    "record.parent.first_told >= record.first_told",
    "record.last_minutes > 2 && record.spent > 3",
    "record.all_rounds > 1 && record.stage == 'open'",
    "record.last_minutes > 2",
    "record.last_minutes == null ? record.stage == 'open' : abs(record.last_minutes - 4) * 100 / (record.last_minutes + 20) > record.longest",
    "record.parent.last_minutes > record.last_minutes",
    # 62 symbols deep: written whole where last values are columns, worked out in Python where they are not
    "record.stage == 'open' && !(record.far >= 10)",
    "record.state == 'quiet' ? record.asked == 0 : record.spent > 5",
)
SORTS: tuple[tuple[str, ...], ...] = (
    ("-spent",), ("first_told",), ("-first_told", "stage"), ("state", "-longest"), ("-parent.spent",), ("rounds", "-spent"), ("stage",), ("-last_minutes", "stage"),
    ("parent.last_minutes",),
)  # fmt: skip
COLUMNS = ("id", "stage", "rounds", "state", "spent", "asked", "longest", "first_told", "level", "parent.spent")


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """Tasks with letters, once on each database."""
    with filled(request, tmp_path_factory, WORLD, fill) as found:
        yield found


def fill(runtime: Runtime) -> None:
    """Tasks, parts of some, and letters about most of them; some in the bin, some amounts empty."""
    maker, catalog = Maker(5), runtime.catalog
    dice = maker.dice

    def task(ids: Sequence[str]) -> dict[str, Any]:
        parent = maker.maybe(maker.pick(ids)) if ids else None
        return row(
            maker,
            catalog,
            "task",
            stage=maker.pick(("open", "done")),
            rounds=maker.maybe(dice.randrange(4)),
            parent=parent,
        )

    with runtime.database.write() as tx:
        ids = records.insert(tx, catalog, "task", [task(()) for _ in range(40)])
        ids += records.insert(tx, catalog, "task", [task(ids) for _ in range(60)])
        letters = [
            row(maker, catalog, "letter", task=maker.maybe(maker.pick(ids)), kind=maker.pick(("asked", "told")), minutes=maker.maybe(dice.randrange(-3, 12)),
                secret=dice.random() < 0.4)
            for _ in range(220)
        ]  # fmt: skip
        records.insert(tx, catalog, "letter", letters)


def pages(work: Work, query: Query, limit: int) -> tuple[list[dict[str, Any]], set[int | None], str | None]:
    """All rows of a list, page by page, the numbers that were told with the pages, and the cursor back from the last page."""
    found: list[dict[str, Any]] = []
    counts: set[int | None] = set()
    after = back = None
    while True:
        page = list_records(
            work, Query(query.entity, query.columns, query.filter, query.sort, limit, after=after, count="capped")
        )
        found += [dict(r) for r in page.rows]
        counts.add(page.count)
        if page.next is None:
            return found, counts, page.previous
        after, back = page.next, page.previous
        assert back is not None or len(found) == limit


def one_by_one(work: Work, query: Query, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The rows as each record is asked by itself: so are lists whose filter names what their records belong to."""
    with monkeypatch.context() as patch:
        patch.setattr(together, "is_together", lambda *_: False)
        rows = list_records(work, Query("task", (*query.columns, "version"), query.filter, query.sort, 1000)).rows
    return [{name: r[name] for name in query.columns} for r in rows]


@pytest.mark.parametrize("actor", [SYSTEM, SOMEBODY], ids=["everything", "some"])
@pytest.mark.parametrize("filter", FILTERS)
def test_the_same_records_as_one_by_one(
    runtime: Runtime, actor: Actor, filter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, values, order and number, forward and back, as where each record is asked by itself."""
    with runtime.work(actor, "web") as work:
        at = FILTERS.index(filter) % len(SORTS)
        for sort in {SORTS[at], SORTS[0]}:
            query = Query("task", COLUMNS, filter, sort)
            known = one_by_one(work, query, monkeypatch)
            found, counts, back = pages(work, query, 23)
            assert found == known, sort
            assert counts == {len(known)}, sort
            if back is not None:
                at = len(found) - (len(found) % 23 or 23)
                before = list_records(work, Query("task", COLUMNS, filter, sort, 23, before=back, count="exact"))
                assert [dict(r) for r in before.rows] == found[at - 23 : at], sort
                assert before.count == len(known), sort


def test_filters_leave_some(runtime: Runtime) -> None:
    """Filters that leave nothing, or everything, would show nothing."""
    with runtime.work(SYSTEM, "web") as work:
        every = count_records(work, Query("task", ("id",)))
        left = [count_records(work, Query("task", ("id",), filter)) for filter in FILTERS]
    assert all(0 < many <= every for many in left), dict(zip(FILTERS, left, strict=True))
    assert sum(many < every for many in left) > len(FILTERS) - 3


def sent(runtime: Runtime, query: Query, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements about tasks that a list takes."""
    found: list[str] = []
    rows = Transaction.rows

    def told(tx: Transaction, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        if '"task"' in sql:
            found.append(sql)
        return rows(tx, sql, params)

    with monkeypatch.context() as patch, runtime.work(SYSTEM, "web") as work:
        patch.setattr(Transaction, "rows", told)
        list_records(work, query)
    return found


def test_one_statement_goes_through_the_set_once(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page and the number of records come with one statement, in which three roll-ups share one subquery; a list that names
    what its records belong to asks each of them."""
    wide = Query("task", ("id",), "record.state == 'busy'", ("-longest",), count="capped")
    (sql,) = sent(runtime, wide, monkeypatch)
    assert sql.count("GROUP BY") == 1, sql
    with runtime.work(SYSTEM, "web") as work:
        one = list_records(work, Query("task", ("id",), limit=1)).rows[0]["id"]
    few = Query("task", ("id",), f"record.parent == '{one}' && record.state == 'busy'", ("-longest",), count="capped")
    assert not any("GROUP BY" in sql for sql in sent(runtime, few, monkeypatch))


def test_a_last_value_is_looked_up_once(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a formula uses it; the formula itself is the database's, not Python's."""
    deep = Query("task", ("id",), "record.stage == 'open' && !(record.far >= 10)", ("stage",), count="capped")
    (sql,) = sent(runtime, deep, monkeypatch)
    assert sql.count(".i DESC") == sql.count("AS MATERIALIZED") == 1, sql
    assert "x_eval" not in sql, sql


@pytest.mark.parametrize("actor", [SYSTEM, SOMEBODY], ids=["everything", "some"])
@pytest.mark.parametrize("first", [30, 1000])
def test_a_page_that_is_full_soon_needs_no_group(
    runtime: Runtime, actor: Actor, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an index gives the order, the rows of a page that is not counted are the same, whether they stand among the first of the
    order, among more, or all have to be looked at; the number comes where it costs nothing, or later."""
    monkeypatch.setattr(together, "FIRST", first)
    monkeypatch.setattr(listing, "PAUSE", 0)
    limits = (5, 15) if first == 30 else (6, 14)  # statements are kept by them
    how = set()
    with runtime.work(actor, "web") as work:
        for sort in (("rounds",), ("-rounds",)):
            for filter in ("record.stage == 'open' && record.spent >= 0", "record.stage == 'open' && record.asked > 1"):
                query = Query("task", COLUMNS, filter, sort)
                known = one_by_one(work, query, monkeypatch)
                for limit in limits:
                    found: list[dict[str, Any]] = []
                    after = back = None
                    while True:
                        page = list_records(
                            work, Query("task", COLUMNS, filter, sort, limit, after=after, count="later")
                        )
                        found += [dict(r) for r in page.rows]
                        how.add(page.count_is)
                        assert page.count == (None if page.count_is == "later" else len(known))
                        if page.next is None:
                            back = page.previous
                            break
                        after = page.next
                    assert found == known, (sort, filter, limit)
                    if back is None:
                        assert len(found) <= limit
                        continue
                    at = len(found) - (len(found) % limit or limit)
                    before = Query("task", COLUMNS, filter, sort, limit, before=back, count="later")
                    assert [dict(r) for r in list_records(work, before).rows] == found[at - limit : at]
    assert how == {"later", "exact"}


def test_a_page_that_is_full_soon_is_one_statement(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any group; who wants the number gets it with the page, by one statement too."""
    filter = "record.stage == 'done' && record.spent >= 0"
    (sql,) = sent(runtime, Query("task", ("id",), filter, ("rounds",), 5, count="later"), monkeypatch)
    assert "GROUP BY" not in sql, sql
    (sql,) = sent(runtime, Query("task", ("id",), filter, ("rounds",), 5, count="capped"), monkeypatch)
    assert sql.count("GROUP BY") == 1, sql
    few = Query("task", ("id",), "record.stage == 'done' && record.asked > 6", ("rounds",), 5, count="later")
    assert len(sent(runtime, few, monkeypatch)) == 2  # looked for, and not found soon
    assert len(sent(runtime, few, monkeypatch)) == 1  # so the next ones do not look


def test_sums_pass_64_bits_on_the_way(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """What SQLite cannot add up at once is added up in two parts: the list holds what each record alone says."""
    top = 10**18 - 1
    with runtime.database.write() as tx:
        (id,) = records.insert(
            tx, runtime.catalog, "task", [row(Maker(1), runtime.catalog, "task") | {"deleted_at": None}]
        )
        letters = [
            row(Maker(n), runtime.catalog, "letter", task=id, kind="told", minutes=top if n < 20 else -top)
            | {"deleted_at": None}
            for n in range(39)
        ]
        put = records.insert(tx, runtime.catalog, "letter", letters)
    try:
        with runtime.work(SYSTEM, "web") as work:
            query = Query("task", COLUMNS, "record.spent > 3", ("-spent",))
            found = list_records(work, query).rows
            assert [dict(r) for r in found] == one_by_one(work, query, monkeypatch)
            assert (found[0]["id"], found[0]["spent"]) == (id, top)
    finally:
        with runtime.database.write() as tx:
            for entity, ids in (("letter", put), ("task", [id])):
                marks = ", ".join("?" for _ in ids)
                tx.do(f'DELETE FROM "{entity}" WHERE id IN ({marks})', ids)


def test_constants_that_decide_are_told_apart(runtime: Runtime) -> None:
    """`spent > -1` holds without letters, `spent > 1` does not: filters that differ in a constant may differ in what they join."""
    with runtime.work(SYSTEM, "web") as work:
        none, some = (
            {r["id"] for r in list_records(work, Query("task", ("id",), f"record.asked > {n}", limit=1000)).rows}
            for n in (-1, 1)
        )
        every = {r["id"] for r in list_records(work, Query("task", ("id",), limit=1000)).rows}
    assert none == every
    assert some < every


def test_what_lists_add_up_stands_in_the_index_of_the_link(runtime: Runtime) -> None:
    """So that the records of a roll-up are grouped without touching a row; with what rules ask of them, for readers who see some."""
    catalog = runtime.catalog
    assert tails_of(catalog, catalog.entities["letter"])["task",] == ("deleted_at", "kind", "minutes", "secret")
