"""Search finds a record by what its reader may read of it, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.contracts.access_worlds import (
    MOMENT,
    Maker,
    access_of,
    context_of,
    fill,
    kept_as_in,
    organisation,
    postgres,
    replace_needs,
)
from xrm_core.access.oracle import Person
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.rights import GrantDef
from xrm_core.metamodel.values import Query
from xrm_core.services.runtime import Runtime
from xrm_core.storage import query as storage
from xrm_core.storage import search, search_weigh
from xrm_core.storage.search_parts import layout, parts_of
from xrm_core.storage.tables import table_of
from xrm_core.storage.transaction import Transaction


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The organisation, once on each database."""
    if request.param == "sqlite":
        with organisation(f"sqlite:///{tmp_path_factory.mktemp('search') / 'world.sqlite3'}") as found:
            yield found
    else:
        with postgres(request.getfixturevalue("pg_url")) as url, organisation(url) as found:
            yield found


@pytest.fixture(params=("gone through", "collected"))
def plan(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways that a search is carried out: the list is gone through, or what is hit is collected first."""
    if request.param == "collected":
        monkeypatch.setattr(search_weigh, "SAMPLE", 1)
        monkeypatch.setattr(search_weigh, "FREQUENT", 2.0)


def rights(catalog: Catalog, *grants: GrantDef, cells: dict[str, dict[str, str]] | None = None) -> Catalog:
    """The catalog with just these grants."""
    needs = replace_needs(catalog.needs, cells or {"green": {"two": "R"}, "blue": {"two": "R"}})
    return replace(catalog, grants=grants, grant_places=(), needs=needs, derived=kept_as_in(catalog))


def open_to_two(entity: str, rows: str | bool = True, **more: object) -> GrantDef:
    """A grant to the role two."""
    return GrantDef(role="two", entity=entity, verbs=["read"], rows=rows, **more)  # type: ignore[arg-type]


def world_of(maker: Maker, catalog: Catalog, tx: Transaction) -> list[str]:
    """Three parties and their gifts, one of each."""
    world = maker.world(catalog, 1)
    party = next(iter(world.records["party"].values()))
    parties = [
        {**party, "id": maker.id(), "name": name, "tax": tax, "score": score, "boss": None, "deleted_at": None}
        for name, tax, score in (("anna berg", "at123", 1), ("bruno", "anna99", 2), (None, "carl", 3))
    ]
    gift = next(iter(world.records["gift"].values()))
    gifts = [
        {**gift, "id": maker.id(), "party": p["id"], "about": None, "about_entity": None, "note": "secret word", "code": "open word", "deleted_at": None, "amount": None}
        for p in parties
    ]  # fmt: skip
    line = {
        **maker.row(catalog, "gift_lines", deleted_at=None),
        "gift": gifts[0]["id"],
        "position": 1,
        "memo": "lining",
    }
    world.records |= {
        "party": {p["id"]: p for p in parties},
        "gift": {g["id"]: g for g in gifts},
        "gift_lines": {line["id"]: line},
    }
    fill(tx, catalog, world)
    return [p["id"] for p in parties]


PERSON = Person(roles=frozenset({"two"}))


def found(runtime: Runtime, tx: Transaction, catalog: Catalog, entity: str, q: str, role: str = "two") -> int:
    """How many records a search finds."""
    person = replace(PERSON, roles=frozenset({role}))
    relation = access_of(runtime, catalog, person).relation(entity)
    asked = Query(entity, ("id",), q=q, count="exact")
    page = storage.run(tx, catalog, asked, context_of(person), relation)
    assert page.count == len(page.rows)
    return len(page.rows)


@pytest.mark.usefixtures("plan")
def test_found_by_what_is_read(runtime: Runtime) -> None:
    """Words and parts of titles of closed fields find nothing; an administrator finds by all of them."""
    with runtime.database.write() as tx:
        catalog = rights(runtime.catalog, open_to_two("party"), open_to_two("gift"))
        world_of(Maker(5), catalog, tx)
        assert len(parts_of(catalog, catalog.entities["party"])) == 2
        for q, his, everything in (
            ("anna", 1, 2),
            ("nna", 1, 1),
            ("at123", 0, 1),
            ("carl", 0, 1),
            ("arl", 0, 1),
            ("anna berg", 1, 1),
            ("anna at123", 0, 1),
        ):
            assert found(runtime, tx, catalog, "party", q) == his, q
            assert found(runtime, tx, catalog, "party", q, "admin") == everything, q
        assert found(runtime, tx, catalog, "gift", "secret") == 0
        assert found(runtime, tx, catalog, "gift", "open") == 3
        assert found(runtime, tx, catalog, "gift", "open berg") == 1
        assert found(runtime, tx, catalog, "gift", "at123") == 0
        assert found(runtime, tx, catalog, "gift", "lining") == 1
        assert found(runtime, tx, catalog, "gift", "secret word") == 0
        assert found(runtime, tx, catalog, "gift", "ecret wo") == 0


@pytest.mark.usefixtures("plan")
def test_found_where_it_is_read(runtime: Runtime) -> None:
    """A field that is read on some rows finds these; a record that is not seen finds nobody who points to it."""
    with runtime.database.write() as tx:
        more = open_to_two("party", "record.score == 2", fields=["tax"])
        catalog = rights(runtime.catalog, open_to_two("party", "record.score <= 2"), more, open_to_two("gift"))
        world_of(Maker(6), catalog, tx)
        assert [found(runtime, tx, catalog, "party", q) for q in ("anna", "at123", "anna99", "carl")] == [2, 0, 1, 0]
        assert [found(runtime, tx, catalog, "gift", q) for q in ("anna99", "at123", "carl", "bruno word")] == [
            1,
            0,
            0,
            1,
        ]


@pytest.mark.usefixtures("plan")
def test_found_two_links_away(runtime: Runtime) -> None:
    """A gift is found by the name of its party's boss, by the name that he has now, and by nobody who does not read both links, the
    party and the boss; nothing is found by the way of what lies in the bin."""
    whole, green = open_to_two("party"), {"green": {"two": "R"}}
    cases = (
        ((whole,), None, 1),
        ((open_to_two("party", "record.score == 2"),), None, 0),
        ((open_to_two("party", "record.score == 1"),), None, 0),
        ((open_to_two("party", "record.score <= 2"),), None, 1),
        ((whole,), green, 0),
        ((whole,), {"green": {"two": "-"}, "blue": {"two": "R"}}, 0),
        (
            (open_to_two("party", "record.score == 2", fields=["name"]), open_to_two("party", "record.score == 1")),
            None,
            0,
        ),
        (
            (open_to_two("party", "record.score == 2", fields=["boss"]), open_to_two("party", "record.score == 1")),
            None,
            1,
        ),
        ((open_to_two("party", fields=["boss"]),), None, 0),
    )
    with runtime.database.write() as tx:
        for grants, cells, his in cases:
            catalog = rights(runtime.catalog, *grants, open_to_two("gift"), cells=cells)
            gift = replace(catalog.entities["gift"], search=("code", "party.boss"))
            catalog = replace(catalog, entities={**catalog.entities, "gift": gift}, derived=kept_as_in(catalog))
            anna, bruno, _carl = world_of(Maker(8), catalog, tx)
            parties = table_of(catalog, "party")
            tx.conn.execute(parties.update().where(parties.c.id == bruno).values(boss=anna))
            search.rebuild(tx, catalog, ("gift",))
            for q, hits in (
                ("anna", his),
                ("open anna", his),
                ("anna-berg", his),
                ("open anna-berg", his),
                ("nna ber", his),
                ("open-anna", 0),
                ("bruno", 0),
                ("at123", 0),
            ):
                assert found(runtime, tx, catalog, "gift", q) == hits, (grants, q)
            assert found(runtime, tx, catalog, "gift", "anna", "admin") == 1
        tx.conn.execute(parties.update().where(parties.c.id == anna).values(name="zora"))
        search.rebuild(tx, catalog, ("party",))
        assert [found(runtime, tx, catalog, "gift", q, "admin") for q in ("zora", "anna")] == [1, 0]
        tx.conn.execute(parties.update().where(parties.c.id == bruno).values(deleted_at=MOMENT))
        assert found(runtime, tx, catalog, "gift", "zora", "admin") == 0


def test_who_reads_no_word_is_told_at_once(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """No record is asked for words by a search of somebody who reads none of the searched fields."""
    sent: list[str] = []
    rows = Transaction.rows

    def told(tx: Transaction, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        sent.append(sql)
        return rows(tx, sql, params)

    with runtime.database.write() as tx:
        for fields, counts in ((["amount"], 0), (["code"], 3)):
            catalog = rights(runtime.catalog, open_to_two("gift", fields=fields))
            world_of(Maker(9), catalog, tx)
            search.rebuild(tx, catalog, ("gift",))
            relation = access_of(runtime, catalog, PERSON).relation("gift")
            asked = Query("gift", ("id",), q="open", count="exact")
            with monkeypatch.context() as patch:
                patch.setattr(Transaction, "rows", told)
                page = storage.run(tx, catalog, asked, context_of(PERSON), relation)
            of_gifts = [sql for sql in sent if "deleted_at" in sql and "gift" in sql]
            assert (len(page.rows), page.count) == (counts, counts)
            assert of_gifts
            assert any("xrm_search" in sql for sql in of_gifts) == bool(counts)
            sent.clear()


@pytest.mark.usefixtures("plan")
def test_rows_with_rules_of_their_own_are_not_searched(runtime: Runtime) -> None:
    """Where a deny speaks of child rows alone, their texts find nothing: that would tell of rows that are not seen."""
    with runtime.database.write() as tx:
        deny = open_to_two("gift_lines", "record.memo == 'other'", deny=True)
        catalog = rights(runtime.catalog, open_to_two("party"), open_to_two("gift"), deny)
        world_of(Maker(7), catalog, tx)
        assert found(runtime, tx, catalog, "gift", "lining") == 0
        assert found(runtime, tx, catalog, "gift", "lining", "admin") == 1


def test_other_parts_are_entered_anew(runtime: Runtime) -> None:
    """A grant that names one of the fields, or another data class, makes other parts: the plan enters the records anew."""
    party = runtime.catalog.entities["party"]
    alike = replace(party, search=("kind", "sealed"))
    assert layout(rights(runtime.catalog, open_to_two("party")), alike) == ["kind", "sealed"]
    named = rights(runtime.catalog, open_to_two("party", fields=["kind"]))
    assert layout(named, alike)[:-1] == ["kind", "sealed", "kind", "sealed"]
    assert layout(rights(runtime.catalog), party)[:-1] == ["name", "tax", "name", "tax"]


def test_entries_parted_otherwise_tell_nothing(runtime: Runtime) -> None:
    """Until entries are made anew for other rights, they are searched by those alone who may read all of them."""
    with runtime.database.write() as tx:
        before = rights(runtime.catalog, open_to_two("fund"), open_to_two("gift"), cells={"red": {"two": "R"}})
        world_of(Maker(8), before, tx)
        other = replace(before.entities["gift"], search=("code", "note", "stage"))
        after = replace(before, entities={**before.entities, "gift": other}, derived={})
        assert found(runtime, tx, before, "gift", "secret") == 3
        assert found(runtime, tx, after, "gift", "secret") == 0
        assert found(runtime, tx, after, "gift", "secret", "admin") == 3
