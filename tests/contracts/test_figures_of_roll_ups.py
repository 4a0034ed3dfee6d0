"""Figures whose value or filter is a roll-up: worked out once for all records, they come to what the records come to, for each reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.contracts.access_worlds import Maker, filled
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import SYSTEM, Actor, Query
from xrm_core.services.figures import Key, Question, figures_of, number_of
from xrm_core.services.lists import list_records
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.storage import records
from xrm_core.storage.transaction import Transaction

METADATA = {
    "entities/world.yaml": """
entity: letter
fields:
  task: {type: link, to: task, on_delete: cascade, reverse: letters, class: plain}
  kind: {type: choice, values: [asked, told], class: plain}
  minutes: {type: integer, class: plain}
  secret: {type: boolean, class: plain}
---
entity: task
fields:
  stage: {type: choice, values: [open, done], class: plain}
  parent: {type: link, to: task, on_delete: empty, reverse: parts, class: plain}
  rounds: {type: integer, class: plain}
  asked: {type: rollup, of: integer, is: "record.letters.count(l, l.kind == 'asked')", class: plain}
  spent: {type: rollup, of: integer, is: "record.letters.sum(l, l.minutes, l.kind == 'told')", class: plain}
  longest: {type: rollup, of: integer, is: "record.letters.max(l, l.minutes)", class: plain}
  was_asked: {type: formula, of: boolean, is: "record.letters.exists(l, l.kind == 'asked' && l.minutes > 5)", class: plain}
  as_long: {type: formula, of: boolean, is: "record.letters.exists(l, l.minutes == record.rounds)", class: plain}
  all_rounds: {type: formula, of: integer, is: "coalesce(record.rounds, 0) + record.asked", class: plain}
""",
    "access/world.yaml": """
department: one
label: One
---
role: some
label: Some
---
classes: {plain: {}}
---
needs: {plain: {some: R}}
---
grants:
  - {role: some, entity: task, verbs: [read], rows: "record.stage != 'done' || record.rounds > 1"}
  - {role: some, entity: letter, verbs: [read], rows: "!record.secret"}
""",
}
VALUES = ("asked", "spent", "longest", "all_rounds", "parent.asked", "parent.spent")
FILTERS = (
    "record.all_rounds > 1",
    "record.was_asked",
    "!record.was_asked",
    "record.as_long",
    "record.parent.was_asked || record.spent == 0",
    "!record.parent.was_asked",
)
SOMEBODY = Actor("018f0000-0000-7000-8000-000000000001", "Kim", frozenset({"some"}), frozenset())


def row(maker: Maker, catalog: Catalog, entity: str, **values: Any) -> dict[str, Any]:
    """A record, one in ten of them in the bin."""
    gone = {} if maker.dice.random() < 0.1 else {"deleted_at": None}
    return maker.row(catalog, entity, **values, **gone)


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """Tasks with letters, once on each database."""
    with filled(request, tmp_path_factory, METADATA, fill) as found:
        yield found


def fill(runtime: Runtime) -> None:
    """Some tasks that are parts of others, and letters about most of them."""
    maker, catalog = Maker(11), runtime.catalog
    dice = maker.dice
    with runtime.database.write() as tx:
        first = [
            row(maker, catalog, "task", stage=maker.pick(("open", "done")), rounds=dice.randrange(4), parent=None)
            for _ in range(40)
        ]
        ids = records.insert(tx, catalog, "task", first)
        parts = [
            row(maker, catalog, "task", stage=maker.pick(("open", "done")), rounds=maker.maybe(dice.randrange(4)), parent=maker.maybe(maker.pick(ids)))
            for _ in range(80)
        ]  # fmt: skip
        ids += records.insert(tx, catalog, "task", parts)
        letters = [
            row(maker, catalog, "letter", task=maker.maybe(maker.pick(ids)), kind=maker.pick(("asked", "told")), minutes=maker.maybe(dice.randrange(12)),
                secret=dice.random() < 0.4)
            for _ in range(300)
        ]  # fmt: skip
        records.insert(tx, catalog, "letter", letters)


@pytest.mark.parametrize("actor", [SYSTEM, SOMEBODY], ids=["everything", "some"])
@pytest.mark.parametrize("filter", ["record.rounds == null || record.rounds >= 0", *FILTERS])
def test_figures_come_to_what_the_records_come_to(runtime: Runtime, actor: Actor, filter: str) -> None:
    """Sums, averages and groups, with roll-ups in the value, in the filter, behind a link and in a formula."""
    with runtime.work(actor, "web") as work:
        rows = list_records(work, Query("task", ("id", "stage", *VALUES), filter, limit=1000)).rows
        assert rows
        assert number_of(work, Question("task", (filter,))) == len(rows)
        for value in VALUES:
            known = [r[value] for r in rows if r[value] is not None]
            assert (number_of(work, Question("task", (filter,), "", "sum", value)) or 0) == sum(known), value
            of: dict[Any, Any] = {}
            for r in rows:
                if r[value] is not None:
                    of[r["stage"]] = of.get(r["stage"], 0) + r[value]
            found = figures_of(work, Question("task", (filter,), "", "sum", value), Key("stage"))
            assert {mark.key: cells[0] for mark, cells in found.rows if cells[0] is not None} == of, value
        share = Question("task", (filter,), "", "sum", "= record.was_asked ? 100 : 0")
        asked = list_records(work, Query("task", ("id",), f"({filter}) && record.was_asked", limit=1000)).rows
        assert number_of(work, share) == 100 * len(asked)


def sent(runtime: Runtime, ask: Callable[[Work], object], monkeypatch: pytest.MonkeyPatch) -> str:
    """The statement about tasks that a question takes."""
    found: list[str] = []
    rows = Transaction.rows

    def told(tx: Transaction, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        if '"task"' in sql or " task" in sql:
            found.append(sql)
        return rows(tx, sql, params)

    with monkeypatch.context() as patch, runtime.work(SYSTEM, "web") as work:
        patch.setattr(Transaction, "rows", told)
        ask(work)
    (sql,) = found
    return sql


def test_roll_ups_are_worked_out_once(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The records of a roll-up are grouped once for a figure of many; where a filter names what they belong to, each is asked for."""
    rounds = Question("task", ("record.all_rounds > 0",), "", "sum", "all_rounds")
    wide = sent(runtime, lambda work: number_of(work, rounds), monkeypatch)
    assert wide.count("GROUP BY") == 1, wide
    assert "x_eval" not in wide
    with runtime.work(SYSTEM, "web") as work:
        one = list_records(work, Query("task", ("id",), limit=1)).rows[0]["id"]
    few = Question("task", (f"record.parent == '{one}'", "record.all_rounds > 0"), "", "sum", "all_rounds")
    narrow = sent(runtime, lambda work: number_of(work, few), monkeypatch)
    assert "GROUP BY" not in narrow, narrow
