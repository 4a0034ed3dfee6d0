"""Search finds words by their beginnings and parts of titles, whatever case, accents and signs; alike on both databases."""

from __future__ import annotations

import pytest

from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Query
from xrm_core.storage import query, records, search, search_weigh
from xrm_core.storage.database import Database

PEOPLE = {
    "Zoë Größmann": "zoe@example.org", "Łukasz O'Neil": "l.oneil@example.net", "Anna-Maria Smith": None, "100% Co_op": None,
    "Smithers": "anna@smith.example", "東京 協会": None,
}  # fmt: skip


@pytest.fixture
def people(gift_database: Database, gifts: Catalog) -> Database:
    """A database with some people in the search table, and a gift of each."""
    with gift_database.write() as tx:
        rows = [{"name": name, "email": email} for name, email in PEOPLE.items()]
        ids = records.insert(tx, gifts, "party", rows)
        search.index(tx, gifts, "party", [{**row, "id": id} for row, id in zip(rows, ids, strict=True)])
        given = [{"party": id, "status": "x", "number": f"DN-2026-{n:05}"} for n, id in enumerate(ids)]
        made = records.insert(tx, gifts, "gift", given)
        search.index(tx, gifts, "gift", [{**row, "id": id} for row, id in zip(given, made, strict=True)])
    return gift_database


def found(db: Database, catalog: Catalog, q: str) -> set[str]:
    """Names of the parties found."""
    with db.read() as tx:
        return {r["name"] for r in query.run(tx, catalog, Query("party", ("name",), q=q)).rows}


CASES = {
    "zoe": {"Zoë Größmann"}, "GROSS": {"Zoë Größmann"}, "größ zoë": {"Zoë Größmann"}, "lukasz": {"Łukasz O'Neil"},
    "o'neil": {"Łukasz O'Neil"}, "anna smith": {"Anna-Maria Smith", "Smithers"}, "smith": {"Anna-Maria Smith", "Smithers"},
    "ithers": {"Smithers"}, "maria sm": {"Anna-Maria Smith"}, "100%": {"100% Co_op"}, "co_o": {"100% Co_op"}, "coXo": set(),
    "zoe@example.org": {"Zoë Größmann"}, "東京": {"東京 協会"}, "nobody": set(), "smith nobody": set(), '"': set(PEOPLE), "*": set(PEOPLE),
    "a\x00nna": set(), "smith' OR 1=1 --": set(), "AND OR NOT NEAR": set(), "  ": set(PEOPLE),
}  # fmt: skip


@pytest.mark.parametrize("q", CASES)
def test_what_is_found(people: Database, gifts: Catalog, q: str) -> None:
    """Each question finds just these; a question without letters asks for nothing and leaves the list as it is."""
    assert found(people, gifts, q) == CASES[q]


@pytest.mark.parametrize(("frequent", "few"), [(0.0, 0), (2.0, 0), (2.0, 10)], ids=["walked", "too many", "collected"])
def test_frequent_and_rare_words_find_alike(
    people: Database, gifts: Catalog, frequent: float, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the list is gone through or the hits are collected first, the same records are found, by their own words and
    by those of what they point to."""
    monkeypatch.setattr(search_weigh, "FREQUENT", frequent)
    monkeypatch.setattr(search_weigh, "FEW", few)
    monkeypatch.setattr(search_weigh, "SAMPLE", 1)
    for q, names in CASES.items():
        assert found(people, gifts, q) == names, q
    with people.read() as tx:
        for q, count in (("zoe", 1), ("smith 2026", 2), ("zoe 00003", 0), ("ithers", 1), ("dn-2026", 6)):
            assert len(query.run(tx, gifts, Query("gift", ("id",), q=q)).rows) == count, q


def test_a_record_is_found_by_what_it_points_to(people: Database, gifts: Catalog) -> None:
    """A gift is found by the name of its party, together with its own number, and the name is never out of date."""
    with people.read() as tx:
        for q, count in (
            ("zoe", 1),
            ("2026", 6),
            ("smith 2026", 2),
            ("DN-2026-00003", 1),
            ("zoe 00003", 0),
            ("ithers", 1),
        ):
            assert len(query.run(tx, gifts, Query("gift", ("id",), q=q)).rows) == count, q
    with people.write() as tx:
        [row] = query.find(tx, gifts, "party", "record.name == 'Smithers'")
        records.update(tx, gifts, "party", row["id"], None, {"name": "Jones"})
        search.index(tx, gifts, "party", [{**row, "name": "Jones"}])
    with people.read() as tx:
        assert len(query.run(tx, gifts, Query("gift", ("id",), q="jones")).rows) == 1
        assert len(query.run(tx, gifts, Query("gift", ("id",), q="smithers")).rows) == 0


@pytest.mark.parametrize("collected", [False, True], ids=["walked", "collected"])
def test_a_number_stands_in_one_record(
    people: Database, gifts: Catalog, collected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A party with the digits of a gift's number: digits alone find that gift and the party's, the whole number just the gift, and
    with spaces each word is found where it stands."""
    if collected:
        monkeypatch.setattr(search_weigh, "SAMPLE", 1)
        monkeypatch.setattr(search_weigh, "FREQUENT", 2.0)
    with people.write() as tx:
        row = {"name": "Zoë Größmann", "email": "00003@example.org"}
        [zoe] = query.find(tx, gifts, "party", "record.name == 'Zoë Größmann'")
        search.index(tx, gifts, "party", [{**row, "id": zoe["id"]}])
    own, hers = "DN-2026-00003", "DN-2026-00000"
    with people.read() as tx:
        for q, numbers in (
            ("00003", {own, hers}),
            ("DN-2026-00003", {own}),
            ("2026-00003", {own}),
            ("DN 2026 00003", {own, hers}),
            ("zoe DN-2026-00000", {hers}),
            ("zoe 00003-example", {hers}),
            ("zoe DN-2026-00003", set()),
            ("00003@example.org dn", {hers}),
        ):
            for how in ("exact", "capped", "none"):
                page = query.run(tx, gifts, Query("gift", ("number",), q=q, count=how))  # type: ignore[arg-type]
                assert {r["number"] for r in page.rows} == numbers, q
                assert page.count in (None, len(numbers))


def test_entries_follow_their_records(people: Database, gifts: Catalog) -> None:
    """A removed entry is found no more; what is rolled back never was."""
    with people.read() as tx:
        [row] = query.find(tx, gifts, "party", "record.name == 'Smithers'")
    with pytest.raises(RuntimeError), people.write() as tx:  # noqa: PT012 - the exception leaves the transaction
        search.remove(tx, "party", [row["id"]])
        raise RuntimeError
    assert "Smithers" in found(people, gifts, "smithers")
    with people.write() as tx:
        search.remove(tx, "party", [row["id"]])
    assert found(people, gifts, "smithers") == set()


def test_rebuild(people: Database, gifts: Catalog) -> None:
    """Entering everything anew gives the same answers."""
    with people.write() as tx:
        assert search.rebuild(tx, gifts, chunk=4) == 2 * len(PEOPLE)
    for q in ("zoe", "smith", "ithers"):
        assert found(people, gifts, q) == CASES[q]


def test_over_all_entities(people: Database, gifts: Catalog) -> None:
    """One question over everything names entity and id; entities can be chosen."""
    with people.read() as tx:
        assert {e for e, _ in search.find(tx, gifts, "2026")} == {"gift"}
        assert {e for e, _ in search.find(tx, gifts, "smith")} == {"party"}
        assert search.find(tx, gifts, "smith", ("gift",)) == []
        assert len(search.find(tx, gifts, "ithers")) == 1
        assert search.find(tx, gifts, "+++") == []
        assert len(search.find(tx, gifts, "2026", limit=2)) == 2


def test_postgresql_knows_how_large_the_list_of_words_is(gift_database: Database, gifts: Catalog) -> None:
    """After many new entries its statistics are renewed; without them it reads the whole list for every search."""
    if gift_database.dialect != "postgresql":
        return  # SQLite's full-text index plans without statistics
    with gift_database.write() as tx:
        rows = [{"name": f"Person {n}", "email": None} for n in range(600)]
        ids = records.insert(tx, gifts, "party", rows)
        search.index(tx, gifts, "party", [{**r, "id": i} for r, i in zip(rows, ids, strict=True)], new=True)
    with gift_database.read() as tx:
        assert tx.rows("SELECT reltuples::int FROM pg_class WHERE relname = 'xrm_search'") == [(600,)]
