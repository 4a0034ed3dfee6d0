"""Records go in and come out alike on both databases, and refusals speak our own words."""

from __future__ import annotations

import threading
import weakref
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest

from xrm_core.errors import BadRequest, Conflict, InvalidRecord, StorageError, XrmError
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Query
from xrm_core.services.collector import without_collector
from xrm_core.storage import install, query, records
from xrm_core.storage.database import Database
from xrm_core.storage.ids import new_id

FULL = {
    "amount": Decimal("1234567890123.45"), "count": 10**18 - 1, "on": date(2026, 2, 28), "thanked": True, "tags": ["a", "é", "it's"],
    "at": datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC), "took": timedelta(days=3, microseconds=1), "extra": {"a": [1, None]},
    "status": "received", "number": "DN-1",
}  # fmt: skip


def a_party(db: Database, catalog: Catalog, **values: object) -> str:
    """The id of a new party."""
    with db.write() as tx:
        return records.insert(tx, catalog, "party", [{"name": "Anna", **values}])[0]


def test_install_is_done_once(database: Database) -> None:
    """A second start finds the platform's tables and does nothing."""
    install.install(database)
    install.install(database)
    with database.read() as tx:
        assert install.version(tx) == len(install.STEPS)


def test_every_kind_of_value_comes_back(gift_database: Database, gifts: Catalog) -> None:
    """What was written is read back, equal and of the same type, by id and in a list."""
    party = a_party(gift_database, gifts)
    with gift_database.write() as tx:
        [id] = records.insert(tx, gifts, "gift", [{"party": party, **FULL}])
    with gift_database.read() as tx:
        one = query.get(tx, gifts, "gift", id)
        [row] = query.run(tx, gifts, Query("gift", tuple(FULL))).rows
    assert one is not None
    for name, value in FULL.items():
        assert one[name] == value
        assert row[name] == value
        assert type(one[name]) is type(value)
    assert str(one["amount"]) == "1234567890123.45"
    assert one["version"] == 1
    assert one["created_at"].utcoffset() == timedelta(0)


@pytest.mark.parametrize("many", [3, 700])
def test_many_at_once(gift_database: Database, gifts: Catalog, many: int) -> None:
    """Many rows go in together, also by the path for large numbers of them."""
    party = a_party(gift_database, gifts)
    rows = [{"party": party, **FULL, "number": f"N{i}", "tags": ["\t", "\\N", f"{i}"]} for i in range(many)]
    with gift_database.write() as tx:
        ids = records.insert(tx, gifts, "gift", rows)
        records.update_many(tx, gifts, "gift", [{"id": id, "status": f"s{i}"} for i, id in enumerate(ids)])
    with gift_database.read() as tx:
        found = query.get_many(tx, gifts, "gift", ids)
    assert [found[id]["status"] for id in ids] == [f"s{i}" for i in range(many)]
    assert {r["version"] for r in found.values()} == {2}
    assert found[ids[-1]]["tags"] == ["\t", "\\N", f"{many - 1}"]


def test_a_changed_record_is_not_overwritten(gift_database: Database, gifts: Catalog) -> None:
    """An update that names a version the record no longer has changes nothing."""
    party = a_party(gift_database, gifts)
    with gift_database.write() as tx:
        assert records.update(tx, gifts, "party", party, 1, {"name": "Bea"})
    with gift_database.write() as tx:
        assert not records.update(tx, gifts, "party", party, 1, {"name": "Clara"})
    with gift_database.read() as tx:
        found = query.get(tx, gifts, "party", party)
    assert found is not None
    assert (found["name"], found["version"]) == ("Bea", 2)


def test_of_two_writers_one_wins(gift_database: Database, gifts: Catalog) -> None:
    """Of writers that read the same version exactly one gets through."""
    party = a_party(gift_database, gifts)
    won: list[int] = []

    def write(n: int) -> None:
        with gift_database.write() as tx:
            if records.update(tx, gifts, "party", party, 1, {"name": f"writer {n}"}):
                won.append(n)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_an_exception_undoes_all(gift_database: Database, gifts: Catalog) -> None:
    """A transaction that an exception leaves has written nothing; a savepoint undoes its own part only."""
    with pytest.raises(RuntimeError), gift_database.write() as tx:  # noqa: PT012 - the exception leaves the transaction
        records.insert(tx, gifts, "party", [{"name": "never"}])
        raise RuntimeError
    called: list[str] = []
    with gift_database.write() as tx:
        tx.after_commit(lambda: called.append("yes"))
        records.insert(tx, gifts, "party", [{"name": "stays"}])
        with pytest.raises(RuntimeError), tx.savepoint():  # noqa: PT012 - the exception leaves the savepoint
            records.insert(tx, gifts, "party", [{"name": "goes"}])
            raise RuntimeError
        assert not called
    with gift_database.read() as tx:
        assert [r["name"] for r in query.run(tx, gifts, Query("party", ("name",))).rows] == ["stays"]
    assert called == ["yes"]


def test_nothing_is_held_once_it_is_committed(gift_database: Database) -> None:
    """What was to be called after a commit is let go of at once, with all that it knows: no search for cycles has to find it."""
    rows: set[str] = {"many"}
    mark = weakref.ref(rows)
    with without_collector(), gift_database.write() as tx:
        tx.after_commit(partial(len, rows))
        del rows
    assert mark() is None


NOTE = "INSERT INTO xrm_meta (name, value) VALUES (?, ?)"


def notes(db: Database) -> list[str]:
    """What the tests below noted."""
    with db.read() as tx:
        return [name for (name,) in tx.ask("SELECT name FROM xrm_meta WHERE value = 'along' ORDER BY name")]


def test_an_insert_that_nothing_waits_for_is_seen_by_all_that_follows(gift_database: Database, gifts: Catalog) -> None:
    """It goes along with the next insert, or before any other statement, savepoint or commit, and is counted once."""
    with gift_database.write() as tx:
        tx.insert_along(NOTE, ("a", "along"))
        tx.insert(NOTE, ("b", "along"))
        tx.insert_along(NOTE, ("c", "along"))
        tx.insert_along(NOTE, ("d", "along"))
        assert tx.statements == 4
        assert tx.ask("SELECT count(*) FROM xrm_meta WHERE value = 'along'") == [(4,)]
        tx.insert_along(NOTE, ("e", "along"))
        assert tx.do("UPDATE xrm_meta SET value = value WHERE value = 'along'") == 5
        tx.insert_along(NOTE, ("f", "along"))
        assert tx.conn.exec_driver_sql("SELECT count(*) FROM xrm_meta WHERE value = 'along'").scalar() == 6
        tx.insert_along(NOTE, ("g", "along"))
        assert tx.statements == 9
    assert notes(gift_database) == list("abcdefg")


def test_what_is_undone_takes_along_what_waited(gift_database: Database) -> None:
    """An exception undoes it with its savepoint or transaction, and what was there before the savepoint stays."""
    with gift_database.write() as tx:
        tx.insert_along(NOTE, ("before", "along"))
        with pytest.raises(RuntimeError), tx.savepoint():  # noqa: PT012 - the exception leaves the savepoint
            tx.insert_along(NOTE, ("within", "along"))
            raise RuntimeError
        with tx.savepoint():
            tx.insert_along(NOTE, ("kept", "along"))
    with pytest.raises(RuntimeError), gift_database.write() as tx:  # noqa: PT012 - the exception leaves the transaction
        tx.insert_along(NOTE, ("never", "along"))
        raise RuntimeError
    assert notes(gift_database) == ["before", "kept"]
    with pytest.raises(XrmError), gift_database.write() as tx:
        tx.insert_along(NOTE, ("kept", "along"))
    assert notes(gift_database) == ["before", "kept"]


REFUSED = {
    "key": ("party", {"name": "B", "email": "a@example.org"}, Conflict, "not_unique"),
    "link": ("gift", {"party": "01890000-0000-7000-8000-00000000dead", "status": "x"}, InvalidRecord, "invalid"),
    "empty": ("gift", {"party": None, "status": "x"}, InvalidRecord, "invalid"),
    "large": ("gift", {"count": 10**30, "status": "x"}, InvalidRecord, "invalid"),
    "digits": ("gift", {"amount": Decimal(10) ** 25, "status": "x"}, InvalidRecord, "invalid"),
    "surrogate": ("party", {"name": "\ud800"}, InvalidRecord, "invalid"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_leak_nothing(gift_database: Database, gifts: Catalog, case: str) -> None:
    """What the database refuses is told in our own words: no SQL, no value, no name of a constraint."""
    party = a_party(gift_database, gifts, email="a@example.org")
    entity, values, kind, code = REFUSED[case]
    values = {"party": party, **values} if entity == "gift" else values
    with pytest.raises(XrmError) as caught, gift_database.write() as tx:
        records.insert(tx, gifts, entity, [values])
    error = caught.value
    assert isinstance(error, kind)
    assert error.code == code
    said = str(error).lower()
    for word in ("constraint", "insert", "sql", "uq_", "fk_", "example.org", "dead", "detail", "gift.", "party."):
        assert word not in said
    assert error.__cause__ is None
    with gift_database.read() as tx:
        assert query.count(tx, gifts, Query("party")) == 1
        assert query.count(tx, gifts, Query("gift")) == 0


def test_a_key_is_free_again_in_the_bin(gift_database: Database, gifts: Catalog) -> None:
    """Records in the bin do not count for keys; the refusal names the field."""
    first = a_party(gift_database, gifts, email="a@example.org")
    with pytest.raises(Conflict) as caught:
        a_party(gift_database, gifts, email="a@example.org")
    assert [p.field for p in caught.value.problems] == ["email"]
    with gift_database.write() as tx:
        records.update(tx, gifts, "party", first, None, {"deleted_at": datetime.now(UTC)})
    a_party(gift_database, gifts, email="a@example.org")


def test_purge_follows_the_rule_of_the_link(gift_database: Database, gifts: Catalog) -> None:
    """A record that a `restrict` link points to cannot be purged; an `empty` link is emptied."""
    giver, helper = a_party(gift_database, gifts), a_party(gift_database, gifts)
    with gift_database.write() as tx:
        [gift] = records.insert(tx, gifts, "gift", [{"party": giver, "helper": helper, "status": "x"}])
    with pytest.raises(Conflict) as caught, gift_database.write() as tx:
        records.delete_row(tx, gifts, "party", giver)
    assert caught.value.code == "still_referred_to"
    with gift_database.write() as tx:
        assert records.delete_row(tx, gifts, "party", helper)
        assert not records.delete_row(tx, gifts, "party", new_id())
    with gift_database.read() as tx:
        found = query.get(tx, gifts, "gift", gift)
    assert found is not None
    assert found["helper"] is None


def test_statements_are_counted(gift_database: Database, gifts: Catalog) -> None:
    """One statement reads one record, one lists, one inserts however many: the number does not grow with the rows."""
    party = a_party(gift_database, gifts)
    with gift_database.write() as tx:
        ids = records.insert(tx, gifts, "gift", [{"party": party, "status": "x", "number": str(n)} for n in range(60)])
        assert tx.statements == 1
    with gift_database.read() as tx:
        query.get(tx, gifts, "gift", ids[0])
        assert tx.statements == 1
        page = query.run(
            tx, gifts, Query("gift", ("number", "party.name"), "record.status == 'x'", ("-created_at",), limit=50)
        )
        assert (tx.statements, len(page.rows)) == (2, 50)
        query.referring_many(tx, gifts, "gift", "party", [party])
        query.get_many(tx, gifts, "gift", ids)
        query.exists_links(tx, gifts, {"gift": ids, "party": [party]})
        query.by_key(tx, gifts, "gift", ("number", "status"), [("1", "x"), ("2", "x")])
        assert tx.statements == 6


def test_a_nested_writer_is_refused(gift_database: Database) -> None:
    """On SQLite a thread that would wait for itself is told at once."""
    if gift_database.dialect != "sqlite":
        pytest.skip("writers do not wait for one another on PostgreSQL")
    with gift_database.write(), pytest.raises(StorageError), gift_database.write():
        pass


def test_each_update_names_its_version(gift_database: Database, gifts: Catalog) -> None:
    """Many updates with different columns go in together; one that names a wrong version is told."""
    with gift_database.write() as tx:
        ids = records.insert(tx, gifts, "party", [{"name": f"p{n}"} for n in range(6)])
        rows = [
            (id, 1, {"name": "x"} if n % 2 else {"name": "y", "email": f"{n}@example.org"}) for n, id in enumerate(ids)
        ]
        assert records.update_each(tx, gifts, "party", rows)
        assert tx.statements == 3
    with gift_database.write() as tx:
        assert not records.update_each(tx, gifts, "party", [(ids[0], 2, {"name": "z"}), (ids[1], 1, {"name": "z"})])
    with gift_database.read() as tx:
        assert [
            r["version"] for r in query.run(tx, gifts, Query("party", ("version",), "record.name == 'x'")).rows
        ] == [2, 2, 2]


def test_sums_are_exact_beyond_what_a_column_holds(gift_database: Database, gifts: Catalog) -> None:
    """Sums of the largest values of both signs are exact, on SQLite too."""
    party = a_party(gift_database, gifts)
    largest = Decimal("9999999999999999.99")
    with gift_database.write() as tx:
        rows = [{"party": party, "status": "plus", "amount": largest} for _ in range(40)]
        rows += [
            {"party": party, "status": "minus", "amount": -largest, "count": -(10**18) + 1, "took": timedelta(days=-1)}
            for _ in range(40)
        ]
        records.insert(tx, gifts, "gift", [*rows, {"party": party, "status": "none"}])
    with gift_database.read() as tx:
        sums = query.group(tx, gifts, Query("gift"), "status", "amount")
        counts = query.group(tx, gifts, Query("gift"), "status", "count")
        times = query.group(tx, gifts, Query("gift", filter="record.status == 'minus'"), "status", "took")
        assert query.group(tx, gifts, Query("gift"), "party.name") == {"Anna": (81, None)}
        with pytest.raises(BadRequest):
            query.group(tx, gifts, Query("gift"), "status", "number")
    assert sums == {"plus": (40, largest * 40), "minus": (40, -largest * 40), "none": (1, None)}
    assert str(sums["minus"][1]) == "-399999999999999999.60"
    assert counts["minus"] == (40, -40 * (10**18 - 1))
    assert times == {"minus": (40, timedelta(days=-40))}
