"""What the databases make of restricted lists: an index gives their rows in order, nothing is sorted as a whole."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import FunctionType, ModuleType
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contracts.access_worlds import (
    Maker,
    access_of,
    context_of,
    kept_as_in,
    organisation,
    postgres,
    replace_needs,
)
from xrm_core.access.oracle import Person
from xrm_core.metamodel.catalog import Catalog, View
from xrm_core.metamodel.rights import GrantDef
from xrm_core.metamodel.values import Page, Query
from xrm_core.services.runtime import Runtime
from xrm_core.storage import query
from xrm_core.storage.analysis import analyse
from xrm_core.storage.asking import Asked
from xrm_core.storage.indexes import indexes_of, tails_of
from xrm_core.storage.listing import MAX_STATEMENTS
from xrm_core.storage.query import run
from xrm_core.storage.relation import ALL
from xrm_core.storage.shares import shares_of
from xrm_core.storage.tables import table_of
from xrm_core.storage.transaction import Transaction
from xrm_core.storage.workshop import Workshop

ROWS = 16000
ONE = GrantDef(role="two", entity="party", verbs=["read"], rows="record.team in actor.departments")
EITHER = ONE.model_copy(update={"rows": "record.team in actor.departments || record.boss.team in actor.departments"})
MORE = [
    ONE.model_copy(update={"fields": ["name", "team", "kind", "sealed"]}),
    GrantDef(role="two", entity="party", verbs=["read"], rows="record.kind == 'shop'"),
    GrantDef(role="two", entity="party", verbs=["read"], rows="record.sealed == true", deny=True),
]


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """Many parties in many departments, once on each database."""
    if request.param == "sqlite":
        with organisation(f"sqlite:///{tmp_path_factory.mktemp('plans') / 'world.sqlite3'}") as found:
            fill(found)
            yield found
    else:
        with postgres(request.getfixturevalue("pg_url")) as url, organisation(url) as found:
            fill(found)
            yield found


def fill(runtime: Runtime) -> None:
    """Departments, parties, and the indexes of the grants."""
    maker, catalog = Maker(3), runtime.catalog
    teams = [maker.row(catalog, "department", code=f"t{n}", name=f"Team {n}", deleted_at=None) for n in range(16)]
    parties = [
        maker.row(
            catalog, "party", name=f"n{maker.dice.randrange(ROWS)}", score=maker.maybe(maker.dice.randrange(ROWS)), team=maker.pick(teams)["id"],
            kind=maker.pick(("shop", "club", "band")), deleted_at=None,
        )
        for _ in range(ROWS)
    ]  # fmt: skip
    for party in parties[400:]:
        party["boss"] = maker.pick(parties[:400])["id"]
    with runtime.database.write() as tx:
        tx.conn.execute(sa.insert(table_of(catalog, "department")), teams)
        tx.conn.execute(sa.insert(table_of(catalog, "party")), parties)
        granted = rights(catalog, EITHER)
        for n, columns in enumerate(indexes_of(granted, granted.entities["party"])):
            tx.ddl(f"CREATE INDEX ix_plan_{n} ON party ({', '.join(columns)})")
        tx.ddl("CREATE INDEX ix_plan_score ON party (score, id)")
    analyse(runtime.database, "party", "department")


def rights(catalog: Catalog, *grants: GrantDef) -> Catalog:
    """The catalog with these grants, and a list by name."""
    by_name = View("by_name", "party", {"en": "By name"}, "list", ("name",), sort=("name",), default=True)
    needs = replace_needs(catalog.needs, {c: {"two": "R"} for c in ("red", "green", "blue")})
    return replace(
        catalog, grants=grants, grant_places=(), needs=needs, derived=kept_as_in(catalog), views={"by_name": by_name}
    )


def person(tx: Transaction, catalog: Catalog, teams: int) -> Person:
    """Somebody of so many departments."""
    table = table_of(catalog, "department")
    found = tx.conn.execute(sa.select(table.c.id).where(table.c.code.like("t%")).order_by(table.c.code).limit(teams))
    return Person(roles=frozenset({"two"}), departments=tuple(str(id) for (id,) in found))


def first_page(made: Asked) -> tuple[str, Sequence[Any]]:
    """The statement of the first fifty records, and its parameters."""
    segment = made.listing.segments[False][0]
    statement = made.statement("page", lambda shop: shop.page(segment, False, None, 51))
    return statement.send(made.given(statement))


def plan(runtime: Runtime, grants: list[GrantDef], asked: Query, teams: int = 1) -> tuple[str, str]:
    """The statement of a page and what the database does for it."""
    catalog = rights(runtime.catalog, *grants)
    with runtime.database.read() as tx:
        who = person(tx, catalog, teams)
        relation = access_of(runtime, catalog, who).relation("party")
        made = Asked(tx, catalog, asked, context_of(who), relation)
        sql, params = first_page(made)
        if tx.dialect == "sqlite":
            return sql, "\n".join(str(row[3]) for row in tx.rows(f"EXPLAIN QUERY PLAN {sql}", params))
        found = tx.rows(f"EXPLAIN (FORMAT JSON) {sql}", params)[0][0]
        return sql, json.dumps(json.loads(found) if isinstance(found, str) else found)


@pytest.mark.parametrize("sort", [(), ("name",), ("-name",)])
def test_one_grant(runtime: Runtime, sort: tuple[str, ...]) -> None:
    """One department: its rows come in order from the index that begins with it, no value is wrapped, nothing is sorted."""
    sql, done = plan(runtime, [ONE], Query("party", ("id", "name", "score"), sort=sort))
    assert "CASE" not in sql
    assert " IN (" not in sql
    assert "TEMP B-TREE" not in done
    assert '"Sort"' not in done


def test_a_column_that_is_seen_on_some_rows(runtime: Runtime) -> None:
    """The list by such a column is read from the column's own index, where it is seen."""
    sql, done = plan(runtime, MORE, Query("party", ("id", "score"), sort=("-score",)))
    order = sql.rpartition("ORDER BY")[2]
    assert "CASE" not in order
    assert "TEMP B-TREE" not in done
    assert "MULTI-INDEX OR" not in done
    assert '"Sort"' not in done


def test_a_filter_is_a_plain_comparison(runtime: Runtime) -> None:
    """A filter by a column that is seen on some rows asks for the rows and for the column itself, so that an index serves it."""
    sql, done = plan(runtime, MORE, Query("party", ("id",), "record.score == 7", ("id",)))
    where = sql.partition("WHERE")[2]
    assert "CASE" not in where
    assert "ix_plan_score" in done


def test_several_departments_share_a_statement(runtime: Runtime) -> None:
    """The text depends on how many departments there are, not on which: two people share one prepared statement."""
    one = plan(runtime, [ONE], Query("party", ("id",)), teams=3)[0]
    assert one == plan(runtime, [ONE], Query("party", ("id",)), teams=3)[0]
    assert one != plan(runtime, [ONE], Query("party", ("id",)), teams=2)[0]


def test_everything_open_is_asked_plainly(runtime: Runtime) -> None:
    """A grant without conditions on all fields gives the administrator's own statement."""
    everything = ONE.model_copy(update={"rows": True})
    asked = Query("party", ("id", "name"), "record.score > 3", ("-name",))
    sql = plan(runtime, [everything], asked)[0]
    catalog = rights(runtime.catalog, everything)
    with runtime.database.read() as tx:
        admin = access_of(runtime, catalog, Person(roles=frozenset({"admin"}))).relation("party")
        made = Asked(tx, catalog, asked, context_of(Person()), admin)
        assert first_page(made)[0] == sql


def test_parts_of_a_list(runtime: Runtime) -> None:
    """His department, and what is led from there: two parts, each from an index of its own, merged in their order."""
    sql, done = plan(runtime, [EITHER], Query("party", ("id", "name")))
    assert sql.count("UNION ALL") == 1
    assert "_boss_team" in sql
    assert "TEMP B-TREE" not in done
    assert "MULTI-INDEX OR" not in done
    assert "SCAN" not in done.replace("SCAN b", "")
    assert '"Seq Scan"' not in done


def test_a_count_ends_within_its_first_part(runtime: Runtime) -> None:
    """A count up to a number goes through the index of one part after the other: it reads no row, and asks none for the other parts.
    A question for what no such index holds is counted at once."""
    catalog = rights(runtime.catalog, EITHER)
    with runtime.database.read() as tx:
        who = person(tx, catalog, 1)
        relation = access_of(runtime, catalog, who).relation("party")

        def counted(filter: str | None) -> tuple[str, str]:
            made = Asked(tx, catalog, Query("party", ("id",), filter), context_of(who), relation)
            statement = made.statement("count", lambda shop: shop.counted(11))
            sql, params = statement.send(made.given(statement))
            kind = "QUERY PLAN" if tx.dialect == "sqlite" else "(FORMAT JSON)"
            return sql, str([row[-1] for row in tx.rows(f"EXPLAIN {kind} {sql}", params)])

        sql, done = counted(None)
        assert sql.count("UNION ALL") == 1
        assert "MULTI-INDEX OR" not in done
        assert tx.dialect != "sqlite" or done.count("USING INDEX") == 2
        assert "UNION ALL" not in counted("record.kind == 'shop'")[0]


def test_a_rule_over_links_is_a_plain_comparison(runtime: Runtime) -> None:
    """The rule over two links reads the column that keeps what they lead to, and asks nothing of other tables."""
    led = ONE.model_copy(update={"rows": "record.boss.team in actor.departments"})
    sql, done = plan(runtime, [led], Query("party", ("id", "name")))
    assert sql.count("FROM") == 1
    assert '"Seq Scan"' not in done
    assert "TEMP B-TREE" not in done
    assert '"Sort"' not in done


def test_a_count_reads_an_index_alone(runtime: Runtime) -> None:
    """What rules ask for stands in the index that a restricted reader counts by."""
    catalog = rights(runtime.catalog, EITHER)
    found = tails_of(catalog, catalog.entities["party"])
    assert found["team", "id"] == ("deleted_at", "_boss_team")
    assert found["_boss_team", "id"] == ("deleted_at", "team")


NEAR = replace(Query("party", ("id", "name"), "record.kind == 'shop'"), limit=7)
"""The newest of a kind: no index gives them in that order."""


@pytest.mark.parametrize("grants", [[ONE], [EITHER], MORE[:2], [ONE.model_copy(update={"rows": True})]])
def test_the_newest_of_many_are_found_among_the_newest_of_all(
    runtime: Runtime, grants: list[GrantDef], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages forward and back are the same, whether they are first looked for among the next records of the table or not; and on
    SQLite the page is found there, where its condition holds for many records, and the list is not read in parts."""
    catalog = rights(runtime.catalog, *grants)
    walked: list[list[Any]] = []
    with runtime.database.read() as tx:
        who = person(tx, catalog, 1)
        relation = access_of(runtime, catalog, who).relation("party")

        def page(**place: Any) -> Page:
            return run(tx, catalog, replace(NEAR, **place), context_of(who), relation)

        for most in (query.NEAR, 0):
            monkeypatch.setattr(query, "NEAR", most)
            first = page()
            second = page(after=first.next)
            back = page(before=second.previous)
            walked.append([first, second, back])
            assert list(back.rows) == list(first.rows)
        assert walked[0] == walked[1]
        assert len(first.rows) == NEAR.limit
        made = Asked(tx, catalog, NEAR, context_of(who), relation)
        assert made.listing.is_near is (tx.dialect == "sqlite" and len(grants) == 1 and EITHER not in grants)
        if made.listing.is_near:
            assert made.listing.looks_near(), "nothing was found there"
            statement = made.statement("near", lambda shop: shop.near(False, None, 8))
            sql, params = statement.send(made.given(statement))
            done = [str(row[3]) for row in tx.rows(f"EXPLAIN QUERY PLAN {sql}", params)]
            assert any(line.startswith(("SCAN near USING", "SEARCH near USING COVERING INDEX")) for line in done)
            assert "SEARCH party USING INTEGER PRIMARY KEY (rowid=?)" in done


def test_few_are_not_looked_for_among_the_newest(runtime: Runtime) -> None:
    """Records of one owner come from their index: the newest of the table are not gone through for them."""
    with runtime.database.read() as tx:
        relation = access_of(runtime, runtime.catalog, Person(roles=frozenset({"admin"}))).relation("party")
        boss = run(tx, runtime.catalog, Query("party", ("id",), limit=1)).rows[0]["id"]
        asked = Query("party", ("id",), f"record.kind == 'shop' && record.boss == '{boss}'")
        made = Asked(tx, runtime.catalog, asked, context_of(Person(id=None)), relation)
        assert not made.listing.is_near


def test_a_listing_keeps_its_statements_and_not_what_they_were_made_of(runtime: Runtime) -> None:
    """What is kept of a list that was answered is small: no part of SQLAlchemy's expressions stays with it."""
    catalog = rights(runtime.catalog, *MORE)
    with runtime.database.read() as tx:
        who = person(tx, catalog, 2)
        relation = access_of(runtime, catalog, who).relation("party")
        made = Asked(tx, catalog, replace(NEAR, count="capped"), context_of(who), relation)
        run(tx, catalog, replace(NEAR, count="capped"), context_of(who), relation)
        for n in range(1, 30):
            run(tx, catalog, replace(NEAR, limit=n), context_of(who), relation)
        kept = made.listing
        del made
    found, todo, elements = {id(kept)}, [kept], []
    while todo:
        one = todo.pop()
        for other in gc.get_referents(one):
            if id(other) in found or isinstance(
                other, (type, ModuleType, sa.engine.Dialect, sa.engine.Engine, sa.MetaData, Catalog)
            ):
                continue
            if isinstance(other, FunctionType):
                other = (other.__closure__, other.__defaults__)
            found.add(id(other))
            todo.append(other)
            if isinstance(other, (sa.ClauseElement, Workshop)) and not isinstance(other, sa.BindParameter):
                elements.append(other)
    assert not elements, elements[:3]
    assert len(kept._made) <= MAX_STATEMENTS


def test_no_estimate_tells_of_what_is_hidden(runtime: Runtime) -> None:
    """What the database believes of all records is told to nobody who sees some: his count stops, and says so; where a search
    stops does not hang on how many others hold the word."""
    some = ONE.model_copy(update={"rows": "record.kind != 'band' || record.score > 99"})
    catalog = rights(runtime.catalog, some)
    with runtime.database.read() as tx:
        access = access_of(runtime, catalog, Person(roles=frozenset({"two"})))
        found = run(tx, catalog, Query("party", ("id",), limit=1, count="estimate"), relation=access.relation("party"))
        asked = Query("party", ("id",), q="n1", limit=1, count="capped")
        made = [Asked(tx, catalog, asked, relation=r, ctx=None) for r in (access.relation("party"), ALL)]
    assert (found.count, found.count_is) == (10_000, "capped")
    assert [one.is_restricted for one in made] == [True, False]


def test_most_of_the_rows_are_not_read_in_parts(runtime: Runtime) -> None:
    """Who sees a few of sixteen departments gets a part for each; who sees half of them gets one statement over all, for the
    databases' statistics say that he skips few rows."""
    assert plan(runtime, [ONE], Query("party", ("id", "name")), teams=4)[0].count("UNION ALL") == 3
    sql, done = plan(runtime, [ONE], Query("party", ("id", "name")), teams=8)
    assert "UNION ALL" not in sql
    assert "TEMP B-TREE" not in done
    assert "MULTI-INDEX OR" not in done
    with runtime.database.read() as tx:
        shares = shares_of(tx, "party", ("team", "name"))
        assert shares_of(tx, "party", ()) == shares_of(tx, "nothing", ("team",)) == {}
    assert 0.04 < shares["team"] < 0.1
    assert shares.get("name", 0.0) < 0.01
