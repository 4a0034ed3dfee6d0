"""What tiles group by through a link is kept where they read it; whoever does not see all that it leads through follows the link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.contracts.access_worlds import Maker, filled
from xrm_core.metamodel.values import SYSTEM, Actor, Query
from xrm_core.services.figures import Key, Question, figures_of
from xrm_core.services.lists import list_records
from xrm_core.services.runtime import Runtime
from xrm_core.storage import records
from xrm_core.storage.indexes import indexes_of, tails_of
from xrm_core.storage.kept import kept_paths
from xrm_core.storage.kept_triggers import LATE
from xrm_core.storage.transaction import Transaction

METADATA = {
    "entities/world.yaml": """
entity: letter
fields:
  channel: {type: choice, values: [post, mail, call], class: plain}
  secret: {type: boolean, class: plain}
---
entity: debt
fields:
  letter: {type: link, to: letter, required: true, on_delete: cascade, class: plain}
  state: {type: choice, values: [open, closed], required: true, class: plain}
  minutes: {type: integer, class: plain}
  way: {type: formula, of: choice, codes: letter_channel, is: "record.letter.channel", class: plain}
""",
    "dashboards/debts.yaml": """
dashboard: debts
tiles:
  ways: {kind: bar, entity: debt, filter: "record.state == 'open' && record.way != null", group: way, value: minutes}
  channels: {kind: bar, entity: debt, filter: "record.state == 'open'", group: letter.channel}
""",
    "access/world.yaml": """
department: one
label: One
---
role: some
label: Some
---
role: most
label: Most
---
classes: {plain: {}}
---
needs: {plain: {some: R, most: R}}
---
grants:
  - {role: some, entity: debt, verbs: [read]}
  - {role: some, entity: letter, verbs: [read], rows: "!record.secret"}
  - {role: most, entity: debt, verbs: [read], rows: "record.minutes > 3"}
  - {role: most, entity: letter, verbs: [read]}
""",
}
ASKED = Question("debt", ("record.state == 'open'", "record.way != null"), "", "sum", "minutes")


def reader(role: str) -> Actor:
    """Somebody who holds one role."""
    return Actor("018f0000-0000-7000-8000-000000000001", "Kim", frozenset({role}), frozenset())


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """Debts by letters, once on each database."""
    with filled(request, tmp_path_factory, METADATA, fill) as found:
        yield found


def fill(runtime: Runtime) -> None:
    """Letters by every channel and by none, some of them secret."""
    maker, catalog = Maker(3), runtime.catalog
    with runtime.database.write() as tx:
        letters = [
            maker.row(catalog, "letter", channel=maker.maybe(maker.pick(("post", "mail", "call"))), secret=n % 3 == 0, deleted_at=None)
            for n in range(30)
        ]  # fmt: skip
        ids = records.insert(tx, catalog, "letter", letters)
        debts = [
            maker.row(catalog, "debt", letter=maker.pick(ids), state=maker.pick(("open", "closed")), minutes=maker.dice.randrange(9), deleted_at=None)
            for _ in range(200)
        ]  # fmt: skip
        records.insert(tx, catalog, "debt", debts)


def figures(runtime: Runtime, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[Any, Any], bool]:
    """Minutes by way, and whether they were read from what is kept alone; they are what the records come to."""
    sent: list[str] = []
    rows = Transaction.rows

    def told(tx: Transaction, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        sent.extend([sql] if "GROUP BY" in sql else [])
        return rows(tx, sql, params)

    with monkeypatch.context() as patch, runtime.work(actor, "web") as work:
        patch.setattr(Transaction, "rows", told)
        found = figures_of(work, ASKED, Key("way"))
        patch.undo()
        of: dict[Any, Any] = {}
        for r in list_records(
            work, Query("debt", ("id", "way", "minutes"), " && ".join(ASKED.filters), limit=1000)
        ).rows:
            of[r["way"]] = of.get(r["way"], 0) + r["minutes"]
        assert {mark.key: cells[0] for mark, cells in found.rows} == of
    (sql,) = sent
    return of, "_letter_channel" in sql and "JOIN" not in sql


def test_what_tiles_group_by_is_kept(runtime: Runtime) -> None:
    """The path, written as a field of the record or out in full, has one column, which stands in the index that serves the tiles."""
    catalog = runtime.catalog
    assert [kept.key for kept in kept_paths(catalog)] == ["debt._letter_channel"]
    debt = catalog.entities["debt"]
    index = next(columns for columns in indexes_of(catalog, debt) if columns[0] == "state")
    assert "_letter_channel" in tails_of(catalog, debt)[index]


def test_who_sees_all_letters_reads_what_is_kept(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """No link is followed for those who see each record behind it, whatever they see of the records themselves."""
    whole, is_kept = figures(runtime, SYSTEM, monkeypatch)
    assert is_kept
    part, is_kept = figures(runtime, reader("most"), monkeypatch)
    assert is_kept
    assert sum(part.values()) < sum(whole.values())


def test_who_sees_some_letters_follows_the_link(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel of a letter that the reader does not see is none of his figures."""
    whole, _ = figures(runtime, SYSTEM, monkeypatch)
    part, is_kept = figures(runtime, reader("some"), monkeypatch)
    assert not is_kept
    assert sum(part.values()) < sum(whole.values())


def test_what_is_late_is_not_believed(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a worker has yet to write what moved, links are followed."""
    mark = "'debt._letter_channel', 1, '00000000-0000-0000-0000-000000000001'"
    with runtime.database.write(unchecked=True) as tx:
        tx.do(f"INSERT INTO {LATE} (kept, hop, record_id) VALUES ({mark})")
    try:
        _, is_kept = figures(runtime, SYSTEM, monkeypatch)
        assert not is_kept
    finally:
        with runtime.database.write(unchecked=True) as tx:
            tx.do(f"DELETE FROM {LATE}")
    assert figures(runtime, SYSTEM, monkeypatch)[1]
