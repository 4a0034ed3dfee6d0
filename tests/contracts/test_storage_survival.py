"""What was committed survives a killed process, what was not is gone; slow questions end; and the plans of lists use their indexes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from xrm_core.metamodel.catalog import Catalog, Entity, View
from xrm_core.metamodel.kinds import DATE, TEXT, decimal, ref
from xrm_core.metamodel.values import Query
from xrm_core.storage import migrate, query, records
from xrm_core.storage.analysis import analyse
from xrm_core.storage.database import Database
from xrm_core.storage.faults import DriverFault
from xrm_core.storage.listing import MAX_PAGE

ROOT = Path(__file__).resolve().parents[2]

WRITER = textwrap.dedent(
    """
    import sys
    from xrm_core.storage.database import Database
    from xrm_core.storage import outbox
    from datetime import UTC, datetime
    db = Database(sys.argv[1])
    n = 0
    while True:
        with db.write() as tx:
            tx.do("INSERT INTO xrm_sequence (name, key, value) VALUES ('w', 'k', 1) ON CONFLICT (name, key) DO UPDATE SET value = xrm_sequence.value + 1")
            for i in range(20):
                outbox.put(tx, "w", {"n": n, "i": i})
        n += 1
        print(n, flush=True)
    """
)


def test_a_killed_writer_leaves_whole_transactions(gift_database: Database) -> None:
    """A process killed while it writes leaves every transaction that it reported, and no half one; others write at once."""
    url = gift_database.url.render_as_string(hide_password=False)
    for pause in (0.3, 0.45, 0.6):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, url],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        reported = process.stdout.read().split()
        process.wait()
        with gift_database.read(snapshot=True) as tx:
            [(count,)] = tx.rows("SELECT coalesce(sum(value), 0) FROM xrm_sequence WHERE name = 'w'")
            [(jobs,)] = tx.rows("SELECT count(*) FROM xrm_outbox")
        assert jobs == 20 * count
        assert count >= int(reported[-1] if reported else 1)
        with gift_database.write() as tx:
            tx.do("DELETE FROM xrm_outbox")
            tx.do("DELETE FROM xrm_sequence")
    if gift_database.dialect == "sqlite":
        with gift_database.read() as tx:
            assert tx.rows("PRAGMA integrity_check") == [("ok",)]
            assert tx.rows("PRAGMA synchronous") == [(2,)]
            assert tx.rows("PRAGMA foreign_keys") == [(1,)]
            assert tx.rows("PRAGMA journal_mode") == [("wal",)]


def test_a_slow_question_ends(postgres_database: str) -> None:
    """A statement that takes too long is stopped, in our words, and the connection serves on."""
    db = Database(postgres_database, statement_timeout=0.2)
    with pytest.raises(DriverFault) as caught, db.read() as tx:
        tx.rows("SELECT pg_sleep(5)")
    assert caught.value.fault.kind == "slow"
    with db.read() as tx:
        assert tx.rows("SELECT 1") == [(1,)]
        assert tx.rows("SHOW timezone") == [("UTC",)]
    db.dispose()


def test_a_dead_connection_is_replaced(postgres_database: str) -> None:
    """After the server ended a connection, or became read only, the next transaction has a good one."""
    db = Database(postgres_database)
    with db.read() as tx:
        [(pid,)] = tx.rows("SELECT pg_backend_pid()")
    with Database(postgres_database).write() as other:
        other.rows("SELECT pg_terminate_backend(%s)", (pid,))
    with db.write() as tx:
        [(again,)] = tx.rows("SELECT pg_backend_pid()")
    assert again != pid
    with Database(postgres_database).write() as other:
        other.rows("SELECT pg_terminate_backend(%s)", (again,))
    with db.read() as tx:
        assert tx.rows("SELECT 1") == [(1,)]
        [(again,)] = tx.rows("SELECT pg_backend_pid()")
    with pytest.raises(DriverFault) as caught, db.write() as tx:  # noqa: PT012 - the refusal leaves the transaction
        tx.ddl("SET TRANSACTION READ ONLY")
        tx.ddl("CREATE TABLE t (x int)")
    assert caught.value.fault.kind == "gone"
    with db.read() as tx:
        assert tx.rows("SELECT pg_backend_pid()") != [(again,)]
    db.dispose()


def test_deadlocks_are_tried_again(postgres_database: str) -> None:
    """Work that met another change is done again, from its beginning."""
    db = Database(postgres_database)
    calls: list[int] = []

    def work(tx: Any) -> str:
        calls.append(1)
        if len(calls) < 3:
            tx.ddl("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$")
        return "done"

    assert db.run(work) == "done"
    assert len(calls) == 3
    db.dispose()


@pytest.fixture
def large(
    database: Database, make_entity: Callable[..., Entity], make_catalog: Callable[..., Catalog]
) -> tuple[Database, Catalog]:
    """Twenty thousand gifts with a view over them."""
    party = make_entity("party", {"name": TEXT})
    gift = make_entity(
        "gift", {"party": ref("party"), "amount": decimal(2, null=True), "on": DATE.with_null(True), "status": TEXT}
    )
    view = View("v", "gift", {"en": "v"}, "list", ("amount",), "record.status == 'a'", ("-on",))
    catalog = make_catalog(party, gift, views={"v": view})
    migrate.bring_up(database, catalog)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with database.write() as tx:
        parties = records.insert(tx, catalog, "party", [{"name": f"p{n}"} for n in range(50)])
        rows = [
            {
                "party": parties[n % 50], "status": "abcd"[n % 4], "amount": Decimal(n), "created_at": start + timedelta(seconds=n * 7919 % 20000),
                "on": None if n % 10 == 0 else date(2020, 1, 1) + timedelta(days=n * 31 % 2000),
            }
            for n in range(20_000)
        ]  # fmt: skip
        records.insert(tx, catalog, "gift", rows)
    if database.dialect == "postgresql":
        analyse(database)
    return database, catalog


def test_lists_read_what_they_show(large: tuple[Database, Catalog]) -> None:
    """The first page, a deep page and both directions of the view's sort walk an index and sort nothing but the rows of the page."""
    db, catalog = large
    columns = ("amount", "status", "party.name")
    view = Query("gift", columns, "record.status == 'a'", ("-on",), limit=50)
    with db.read() as tx:
        deep = query.run(tx, catalog, Query("gift", columns, "record.status == 'a'", ("-on",), limit=3000)).next
        last = query.run(tx, catalog, Query("gift", columns, "record.status == 'a'", ("-on",), limit=4600)).next
    asked = [
        view, Query("gift", columns, "record.status == 'a'", ("on",), 50), Query("gift", columns, None, ("-created_at",), 50),
        Query("gift", columns, "record.status == 'a'", ("-on",), 50, after=deep), Query("gift", columns, "record.status == 'a'", ("-on",), 50, after=last),
        Query("gift", columns, "record.status == 'a'", ("-on",), 50, before=deep), Query("gift", columns, "record.status == 'b'", ("-created_at",), 50),
        Query("gift", columns, None, (), 50),
    ]  # fmt: skip
    for one in asked:
        with db.read() as tx:
            for sql, params in sent(tx, catalog, one):
                plan = "\n".join(
                    str(row)
                    for row in tx.rows(("EXPLAIN QUERY PLAN " if db.dialect == "sqlite" else "EXPLAIN ") + sql, params)
                )
                assert not re.search(
                    r"TEMP B-TREE|Sort|Seq Scan on gift|SCAN gift(?! USING)", but_for_the_page(plan)
                ), (one, plan)


def but_for_the_page(plan: str) -> str:
    """A plan without the sort of the page's rows at its top, where what is below it has found these already and stopped."""
    first, _, rest = plan.partition("\n")
    if "->  Limit" in rest and first.startswith("('Sort "):
        return re.sub(r"\A\('  Sort Key: [^\n]*\n", "", rest)
    return re.sub(r"\n\(\d+, 0, 0, 'USE TEMP B-TREE FOR ORDER BY'\)\Z", "", plan) if "LIST SUBQUERY" in plan else plan


def sent(tx: Any, catalog: Catalog, asked: Query) -> list[tuple[str, Any]]:
    """The statements that a query sends."""
    found: list[tuple[str, Any]] = []
    real = type(tx).rows

    class Watching:
        """Notes what is sent."""

        def __getattr__(self, name: str) -> Any:
            return getattr(tx, name)

        def rows(self, sql: str, params: Any = ()) -> Any:
            found.append((sql, params))
            return real(tx, sql, params)

    query.run(Watching(), catalog, asked)  # type: ignore[arg-type]
    return found


def test_analysis_follows_growth(large: tuple[Database, Catalog]) -> None:
    """A table that has grown large without anybody's doing is analysed."""
    db, _ = large
    with db.read() as tx:
        if db.dialect == "sqlite":
            stats = dict(tx.rows("SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 'gift'"))
            assert stats["ix_gift_status_on_id"].startswith("20000 5000 ")
        else:
            assert tx.rows("SELECT reltuples::int FROM pg_class WHERE relname = 'gift'") == [(20000,)]


def test_a_page_has_its_limit(large: tuple[Database, Catalog]) -> None:
    """The largest page is read in one statement, and its shape is kept apart from smaller ones."""
    db, catalog = large
    with db.read() as tx:
        page = query.run(tx, catalog, Query("gift", ("id",), limit=MAX_PAGE, count="capped"))
        assert (len(page.rows), page.count, page.count_is) == (MAX_PAGE, 10_000, "capped")
        estimate = query.run(tx, catalog, Query("gift", ("id",), limit=1, count="estimate"))
        assert estimate.count_is == "estimate"
        assert estimate.count is not None
        assert 15_000 <= estimate.count <= 25_000
