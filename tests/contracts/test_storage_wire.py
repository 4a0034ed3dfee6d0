"""Statements of PostgreSQL that are prepared on their connection: they answer as before after the table changed under them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from xrm_core.storage import wire
from xrm_core.storage.database import Database
from xrm_core.storage.faults import DriverFault

READ = "SELECT amount, word FROM thing WHERE number = ?"


@pytest.fixture
def db(postgres_database: str) -> Iterator[Database]:
    """A database with one table and one connection."""
    database = Database(postgres_database, pool=1)
    with database.write() as tx:
        tx.ddl("CREATE TABLE thing (number bigint, amount integer, word text, day date, price numeric(12, 2))")
        tx.do("INSERT INTO thing VALUES (1, 5, 'five %', '2026-01-31', 1.50)")
    yield database
    database.dispose()


def ask(db: Database, sql: str = READ, params: Any = (1,)) -> list[tuple[Any, ...]]:
    """One question in a transaction of its own."""
    with db.read() as tx:
        return tx.ask(sql, params)


def prepared(db: Database) -> set[str]:
    """Texts that are prepared on the one connection."""
    return {row[0] for row in ask(db, "SELECT statement FROM pg_prepared_statements", ())}


def test_recurring_statement_is_prepared(db: Database) -> None:
    """What is asked for the third time is prepared, and answers the same."""
    assert [ask(db) for _ in range(4)] == [[(5, "five %")]] * 4
    assert any("FROM thing" in text for text in prepared(db))


def test_other_types_of_parameters(db: Database) -> None:
    """The same statement takes small and large numbers, and nothing, in any order."""
    sql = "INSERT INTO thing VALUES (?, ?, ?, ?, ?)"
    rows = [
        (2, None, "a", date(2026, 2, 1), Decimal("0.10")),
        (3, 70_000, None, None, None),
        (2**40, None, None, date(2026, 2, 2), Decimal(7)),
    ]
    for row in rows * 5:
        with db.write() as tx:
            assert tx.do(sql, row) == 1
    found = ask(
        db,
        "SELECT number, amount, word, day, price, count(*) FROM thing WHERE number > 1 GROUP BY 1, 2, 3, 4, 5 ORDER BY number",
        (),
    )
    assert found == [(*row, 5) for row in rows]


def test_percent_signs(db: Database) -> None:
    """A percent sign in a statement is one, prepared or not."""
    assert [ask(db, "SELECT word FROM thing WHERE word LIKE '%five%' AND number = ?", (1,)) for _ in range(4)] == [
        [("five %",)]
    ] * 4


def test_column_of_another_type(db: Database) -> None:
    """When the type of a column changed under a prepared statement, a question is asked anew; in the middle of a write the
    work is done anew."""
    for _ in range(4):
        ask(db)
    change = Database(db.url.render_as_string(hide_password=False))
    with change.write() as tx:
        tx.ddl("ALTER TABLE thing ALTER amount TYPE text")
    assert ask(db) == [("5", "five %")]
    for _ in range(4):
        ask(db)
    with change.write() as tx:
        tx.ddl("ALTER TABLE thing ALTER amount TYPE bigint USING amount::bigint")
    change.dispose()
    seen: list[Any] = []
    db.run(lambda tx: seen.append(tx.ask(READ, (1,))))
    assert seen == [[(5, "five %")]]


def test_what_psycopg_drops(db: Database) -> None:
    """psycopg drops all that is prepared when a table is altered: that is noticed."""
    for _ in range(6):
        with db.read() as tx:
            tx.conn.execute(sa.text("SELECT 1"))
        ask(db)
    with db.write() as tx:
        for n in range(8):
            tx.conn.execute(sa.text("SELECT number FROM thing WHERE number = :n"), {"n": n})
        tx.conn.execute(sa.text("ALTER TABLE thing ADD more text"))
    with db.write() as tx:
        assert tx.ask(READ, (1,)) == [(5, "five %")]


def test_refusal_and_part_undone(db: Database) -> None:
    """A refusal in a part of a transaction undoes that part only, and prepared statements go on."""
    with db.write() as tx:
        tx.ddl("CREATE UNIQUE INDEX thing_number ON thing (number)")
    for n in range(5):
        with db.write() as tx:
            assert tx.do("INSERT INTO thing (number) VALUES (?)", (100 + n,)) == 1
            with pytest.raises(DriverFault) as caught, tx.savepoint():
                tx.do("INSERT INTO thing (number) VALUES (?)", (1,))
            assert caught.value.fault.kind == "unique"
            assert tx.ask(READ, (1,)) == [(5, "five %")]
    assert ask(db, "SELECT count(*) FROM thing WHERE number >= 100", ()) == [(5,)]


def test_connection_that_died(db: Database) -> None:
    """A connection that the server ended while it was idle is replaced, also between prepared questions."""
    for _ in range(4):
        ask(db)
    (pid,) = ask(db, "SELECT pg_backend_pid()", ())[0]
    other = Database(db.url.render_as_string(hide_password=False))
    with other.write() as tx:
        tx.ask("SELECT pg_terminate_backend(?)", (pid,))
    other.dispose()
    assert ask(db) == [(5, "five %")]


def test_so_many_are_kept(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of statements the one not used for longest is dropped on the server, too."""
    monkeypatch.setattr(wire, "MOST", 3)
    for n in range(6):
        for _ in range(4):
            assert ask(db, f"SELECT {n}, number FROM thing WHERE number = ?", (1,)) == [(n, 1)]
    assert len([text for text in prepared(db) if "FROM thing" in text]) == 3


def test_a_reader_passes_over_what_fails(db: Database) -> None:
    """A question that fails within a savepoint of a reader leaves the others as they are, as tiles of a dashboard are drawn."""
    with db.read() as tx:
        with pytest.raises(DriverFault), tx.savepoint():
            tx.rows("SELECT nothing FROM nowhere")
        with tx.savepoint():
            assert tx.rows("SELECT 1")[0][0] == 1
