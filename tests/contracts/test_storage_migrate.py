"""Changes of metadata reach a database with data in it: planned, carried out exactly, nothing lost; or refused with the way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from xrm_core.errors import BadRequest, Conflict, InvalidRecord, StorageError
from xrm_core.metamodel.catalog import Catalog, CodeList, CodeValue, Entity, Key, View
from xrm_core.metamodel.kinds import DATE, INT, TEXT, T, choice, decimal, list_of, ref
from xrm_core.metamodel.values import Actor, Query
from xrm_core.storage import history, ids, install, locks, migrate, query, records, search
from xrm_core.storage.database import Database
from xrm_core.storage.migrate import Plan

PARTY = {"name": TEXT, "email": TEXT.with_null(True)}
GIFT = {"party": ref("party"), "amount": decimal(2, null=True), "note": TEXT.with_null(True)}
LINE = {"gift": ref("gift"), "text": TEXT}


@pytest.fixture
def make(make_entity: Callable[..., Entity], make_catalog: Callable[..., Catalog]) -> Callable[..., Catalog]:
    """A catalog of party, gift and gift_line (which goes with its gift), each of them replaced or changed by what is given."""

    def made(
        party: Any = None, gift: Any = None, line: Any = None, others: tuple[Entity, ...] = (), **more: Any
    ) -> Catalog:
        def entity(name: str, kinds: Any, given: Any, **extra: Any) -> Entity:
            return given if isinstance(given, Entity) else make_entity(name, {**kinds, **(given or {})}, **extra)

        entities = [
            entity("party", PARTY, party), entity("gift", GIFT, gift),
            entity("gift_line", LINE, line, on_delete={"gift": "cascade"}, parent="gift"),
        ]  # fmt: skip
        return make_catalog(*entities, *others, **more)

    return made


@pytest.fixture
def filled(database: Database, make: Callable[..., Catalog]) -> Database:
    """A database with the first catalog, and some records of each entity."""
    catalog = make()
    migrate.bring_up(database, catalog)
    with database.write() as tx:
        parties = records.insert(tx, catalog, "party", [{"name": n} for n in ("Anna", "Bea", "Anna")])
        gifts = records.insert(
            tx, catalog, "gift", [{"party": p, "amount": i, "note": f"n{i}"} for i, p in enumerate(parties)]
        )
        records.insert(tx, catalog, "gift_line", [{"gift": g, "text": "line"} for g in gifts])
    return database


def steps(plan: Plan) -> list[tuple[str, str]]:
    """Kind and safety of each step."""
    return [(s.kind, s.safety) for s in plan.steps]


def carry_out(db: Database, catalog: Catalog) -> Plan:
    """Plan, send the plan through its text, apply, and see that nothing is left to do."""
    made = migrate.plan(db, catalog)
    migrate.apply(db, catalog, Plan.from_json(made.to_json()))
    assert migrate.plan(db, catalog, thorough=True).steps == ()
    with db.read() as tx:  # nothing was lost on the way
        assert [query.count(tx, catalog, Query(e)) for e in ("gift_line",)] == [3]
    return made


def values(db: Database, catalog: Catalog, entity: str, *columns: str) -> list[Any]:
    """The values of columns, oldest record first."""
    with db.read() as tx:
        rows = query.run(tx, catalog, Query(entity, columns, sort=("id",))).rows
    return [tuple(r.values()) if len(columns) > 1 else next(iter(r.values())) for r in rows]


def test_a_second_start_has_nothing_to_do(filled: Database, make: Callable[..., Catalog]) -> None:
    """An equal catalog with another version needs no step, and is noted as in force."""
    again = make()
    assert migrate.plan(filled, again).steps == ()
    with filled.read() as tx:
        assert install.get_meta(tx, "catalog") == again.version


def test_new_fields(filled: Database, make: Callable[..., Catalog], make_entity: Callable[..., Entity]) -> None:
    """Optional fields are added; a required one takes its default; without a default it is refused with the way out."""
    gift = make_entity("gift", {**GIFT, "on": DATE.with_null(True), "helper": ref("party", null=True), "kind": TEXT},
                       field_extras={"kind": {"default": "it's 50%"}}, on_delete={"helper": "empty"})  # fmt: skip
    catalog = make(gift=gift)
    made = carry_out(filled, catalog)
    assert ("add_column", "backfill") in steps(made)
    assert values(filled, catalog, "gift", "kind", "on") == [("it's 50%", None)] * 3
    with filled.write() as tx:
        [helper, *_] = records.insert(tx, catalog, "party", [{"name": "helper"}])
        [one, *_] = query.run(tx, catalog, Query("gift", ("id",))).rows
        records.update(tx, catalog, "gift", one["id"], None, {"helper": helper})
        records.delete_row(tx, catalog, "party", helper)
    assert values(filled, catalog, "gift", "helper") == [None] * 3
    worse = make(gift={"colour": TEXT})
    plan = migrate.plan(filled, worse)
    [blocked] = plan.blocked
    assert blocked.rows == 3
    assert "default" in str(blocked)
    with pytest.raises(Conflict) as caught:
        migrate.apply(filled, worse, plan)
    assert caught.value.code == "blocked_plan"
    assert "colour" not in values(filled, catalog, "gift", "id")


def test_records_take_what_the_plan_is_told(
    filled: Database, make: Callable[..., Catalog], make_entity: Callable[..., Entity]
) -> None:
    """`fills` give records a value of a new required field, links among them; what does not fit is refused by name."""
    gift = make_entity("gift", {**GIFT, "note": TEXT, "kind": TEXT, "from": ref("party"), "on": DATE},
                       field_extras={"on": {"default": "=today()"}})  # fmt: skip
    catalog = make(gift=gift)
    assert [s.entity for s in migrate.plan(filled, catalog).blocked] == ["gift"] * 2
    assert "--fill gift.kind=VALUE" in str(migrate.plan(filled, catalog).blocked[0])
    with filled.read() as tx:
        [anna, *_] = [r["id"] for r in query.run(tx, make(), Query("party", ("id",), sort=("id",))).rows]
    told = {"gift.kind": "it's 50%", "gift.from": str(anna), "gift.note": "none"}
    for wrong, said in ({"gift.kid": "x"}, "gift.kind"), ({"gift.from": str(ids.new_id())}, "no party"):
        with pytest.raises(BadRequest, match=said) as caught:
            migrate.plan(filled, catalog, fills=told | wrong)
        assert said in f"{caught.value} {caught.value.hint}"
    made = migrate.plan(filled, catalog, fills=told)
    assert made.notes == ("not needed: gift.note is empty in no record",)
    migrate.apply(filled, catalog, Plan.from_json(made.to_json()))
    assert migrate.plan(filled, catalog, thorough=True).steps == ()
    today = datetime.now(UTC).date()
    assert values(filled, catalog, "gift", "kind", "from", "on", "note") == [
        ("it's 50%", anna, today, f"n{n}") for n in range(3)
    ]
    assert len(values(filled, catalog, "gift_line", "id")) == 3


def test_required_and_optional(
    filled: Database, make: Callable[..., Catalog], make_entity: Callable[..., Entity]
) -> None:
    """A field becomes required when no record is without it, or its default fills them; and optional again."""
    with filled.write() as tx:
        old = make()
        [one, *_] = query.run(tx, old, Query("gift", ("id",), sort=("id",))).rows
        records.update(tx, old, "gift", one["id"], None, {"note": None})
    assert steps(migrate.plan(filled, make(gift={"note": TEXT}))) == [("blocked", "blocked")]
    filling = make(gift=make_entity("gift", {**GIFT, "note": TEXT}, field_extras={"note": {"default": "none"}}))
    assert any(safety == "backfill" for _, safety in steps(carry_out(filled, filling)))
    assert values(filled, filling, "gift", "note") == ["none", "n1", "n2"]
    with filled.read() as tx:
        [party, *_] = query.run(tx, filling, Query("party", ("id",))).rows
    with pytest.raises(InvalidRecord), filled.write() as tx:
        records.insert(tx, filling, "gift", [{"party": party["id"]}])
    relaxed = make()
    carry_out(filled, relaxed)
    with filled.write() as tx:
        [one, *_] = query.run(tx, relaxed, Query("gift", ("id",))).rows
        records.update(tx, relaxed, "gift", one["id"], None, {"note": None})


def test_renames_keep_data(filled: Database, make: Callable[..., Catalog], make_entity: Callable[..., Entity]) -> None:
    """Entity and field under other names: records, links and child rows stay."""
    donation = make_entity("donation", {"giver": ref("party"), "amount": decimal(2, null=True), "remark": TEXT.with_null(True)}, was="gift",
                           field_extras={"giver": {"was": "party"}, "remark": {"was": "note"}})  # fmt: skip
    line = make_entity(
        "gift_line", {"gift": ref("donation"), "text": TEXT}, on_delete={"gift": "cascade"}, parent="gift"
    )
    first = make()
    catalog = replace(
        make(line=line),
        entities={"party": first.entities["party"], "donation": donation, "gift_line": line},
        derived={},
    )
    carry_out(filled, catalog)
    assert values(filled, catalog, "donation", "giver.name", "remark") == [
        ("Anna", "n0"),
        ("Bea", "n1"),
        ("Anna", "n2"),
    ]
    with filled.write() as tx:
        [one, *_] = query.run(tx, catalog, Query("donation", ("id",))).rows
        records.delete_row(tx, catalog, "donation", one["id"])
        assert query.count(tx, catalog, Query("gift_line")) == 2


def test_a_key_over_doubles_is_refused(
    filled: Database, make: Callable[..., Catalog], make_entity: Callable[..., Entity]
) -> None:
    """A unique key is made when no value occurs twice; else the plan says how many do."""
    plan = migrate.plan(filled, make(party=make_entity("party", PARTY, unique=("name",))))
    [blocked] = plan.blocked
    assert blocked.rows == 1
    conditional = make_entity("party", PARTY, keys=(Key(("name",), "record.email != null"),))
    carry_out(filled, make(party=conditional))
    email = make(party=make_entity("party", PARTY, unique=("email",)))
    carry_out(filled, email)
    with filled.write() as tx:
        records.insert(tx, email, "party", [{"name": "x", "email": "e"}])
    with pytest.raises(Conflict), filled.write() as tx:
        records.insert(tx, email, "party", [{"name": "y", "email": "e"}])


def test_another_type(filled: Database, make: Callable[..., Catalog]) -> None:
    """A field without values may change its type; values are never turned silently."""
    for kind in (INT.with_null(True), decimal(4, null=True)):
        [blocked] = migrate.plan(filled, make(gift={"amount": kind})).blocked
        assert "another type" in str(blocked)
        assert blocked.rows == 3
    catalog = make(party={"email": INT.with_null(True)})
    carry_out(filled, catalog)
    with filled.write() as tx:
        [id] = records.insert(tx, catalog, "party", [{"name": "x", "email": 7}])
        assert (query.get(tx, catalog, "party", id) or {})["email"] == 7


def test_what_the_metadata_drops_is_kept(
    filled: Database, make: Callable[..., Catalog], make_entity: Callable[..., Entity]
) -> None:
    """A removed field or entity keeps its data, stands in nobody's way, and is there when the metadata names it again."""
    first = make()
    smaller = make_entity("party", {"email": TEXT.with_null(True)})
    catalog = replace(make(party=smaller), derived={})
    made = carry_out(filled, catalog)
    assert any("party.name" in note for note in made.notes)
    with filled.write() as tx:
        records.insert(tx, catalog, "party", [{"email": "new"}])
        tx.do("DELETE FROM party WHERE email = ?", ("new",))
    carry_out(filled, first)
    assert values(filled, first, "party", "name") == ["Anna", "Bea", "Anna"]
    without = replace(
        first, version="without", entities={n: e for n, e in first.entities.items() if n != "gift"}, derived={}
    )
    assert any("gift" in note for note in migrate.plan(filled, without).notes)


def test_another_rule_for_a_link(
    filled: Database, make: Callable[..., Catalog], make_entity: Callable[..., Entity]
) -> None:
    """Restrict becomes empty; a link to nothing is refused."""
    gift = make_entity("gift", {**GIFT, "party": ref("party", null=True)}, on_delete={"party": "empty"})
    catalog = make(gift=gift)
    carry_out(filled, catalog)
    with filled.write() as tx:
        [one, *_] = query.run(tx, catalog, Query("party", ("id",))).rows
        assert records.delete_row(tx, catalog, "party", one["id"])
    assert sorted(values(filled, catalog, "gift", "party"), key=str).count(None) == 1
    other = make_entity("party", PARTY, was=None)
    org = make_entity("org", {"name": TEXT})
    pointing = make(party=other, gift=make_entity("gift", {**GIFT, "party": ref("org", null=True)}), others=(org,))
    [blocked, *_] = migrate.plan(filled, pointing).blocked
    assert "point to no org" in str(blocked)


def test_codes_are_renamed(database: Database, make: Callable[..., Catalog]) -> None:
    """A code with another name: values of choices and lists follow."""

    def catalog(*codes: CodeValue) -> Catalog:
        names = tuple(c.code for c in codes)
        kinds = {"kind": choice(names, "kinds", null=True), "kinds": list_of(choice(names, "kinds"), True)}
        return make(party=kinds, codes={"kinds": CodeList("kinds", {}, {}, {c.code: c for c in codes})})

    before = catalog(CodeValue("old's", {}, {}), CodeValue("other", {}, {}))
    migrate.bring_up(database, before)
    with database.write() as tx:
        parties = [
            {"name": "a", "kind": "old's", "kinds": ["other", "old's"]},
            {"name": "b", "kind": "other", "kinds": ["other"]},
        ]
        records.insert(tx, before, "party", [*parties, {"name": "c"}])
    after = catalog(CodeValue("new", {}, {}, was="old's"), CodeValue("other", {}, {}))
    plan = migrate.plan(database, after)
    assert [s.rows for s in plan.steps] == [1, 1]
    migrate.apply(database, after, plan)
    assert values(database, after, "party", "kind", "kinds") == [
        ("new", ["other", "new"]),
        ("other", ["other"]),
        (None, None),
    ]


def test_search_fields_are_entered_anew(
    filled: Database, make: Callable[..., Catalog], make_entity: Callable[..., Entity]
) -> None:
    """When other fields are to be searched, records that are there are found by them."""
    carry_out(filled, make(party=make_entity("party", PARTY, search=("name",))))
    catalog = make(party=make_entity("party", PARTY, search=("name", "email")))
    assert ("search", "safe") in steps(migrate.plan(filled, catalog))
    carry_out(filled, catalog)
    with filled.read() as tx:
        assert len(search.find(tx, catalog, "anna")) == 2


def test_views_give_indexes(filled: Database, make: Callable[..., Catalog]) -> None:
    """The filter and sort of a view are indexed, and the index goes with the view."""
    view = View("v", "gift", {}, "list", ("note",), "record.note == 'n1'", ("-amount",))
    assert [s.title for s in carry_out(filled, make(views={"v": view})).steps] == [
        "create index ix_gift_note_amount_id"
    ]
    assert [s.kind for s in carry_out(filled, make()).steps] == ["drop_index"]


OPEN = {"helper": ref("party", null=True)}


def index_of(database: Database, name: str) -> str:
    """How an index is defined."""
    with database.read() as tx:
        asked = "sqlite_master WHERE name" if tx.dialect == "sqlite" else "pg_indexes WHERE indexname"
        found = tx.ask(f"SELECT {'sql' if tx.dialect == 'sqlite' else 'indexdef'} FROM {asked} = ?", (name,))
    return str(found[0][0]).replace('"', "") if found else ""


def test_links_that_may_be_empty_are_indexed_where_they_are_not(
    database: Database, make: Callable[..., Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database with the whole index gets the smaller one by a safe step, once; the rows with the link are found by it, and it
    follows the link when that is required, and when it may be empty again."""
    with monkeypatch.context() as patch:
        patch.setattr("xrm_core.storage.shape.is_open_link", lambda *_: False)
        old = make(gift=OPEN)
        migrate.bring_up(database, old)
    with database.write() as tx:
        (anna,) = records.insert(tx, old, "party", [{"name": "Anna"}])
        rows = [{"party": anna, "note": f"n{n}", "helper": anna if n % 50 == 0 else None} for n in range(200)]
        records.insert(tx, old, "gift", rows)
    assert "WHERE" not in index_of(database, "ix_gift_helper")
    catalog = make(gift=OPEN)
    plan = migrate.plan(database, catalog)
    assert [(s.kind, s.safety, s.title) for s in plan.steps] == [
        ("create_index", "safe", "create index ix_gift_helper")
    ]
    migrate.apply(database, catalog, plan)
    assert "WHERE" in index_of(database, "ix_gift_helper")
    assert "WHERE" not in index_of(database, "ix_gift_party")
    assert steps(migrate.plan(database, catalog)) == []
    with database.write() as tx:
        assert len(query.referring(tx, catalog, "gift", "helper", anna)) == 4
        if tx.dialect == "sqlite":
            way = tx.ask(
                "EXPLAIN QUERY PLAN SELECT id FROM gift WHERE helper = ? ORDER BY created_at DESC, id DESC LIMIT 5",
                (anna,),
            )
            assert "ix_gift_helper" in str(way[0])
        tx.do("DELETE FROM gift WHERE helper IS NULL", ())
    needed = make(gift={"helper": ref("party")})
    migrate.bring_up(database, needed)
    assert "WHERE" not in index_of(database, "ix_gift_helper")
    migrate.bring_up(database, catalog)
    assert "WHERE" in index_of(database, "ix_gift_helper")


def test_a_stale_plan_is_refused(filled: Database, make: Callable[..., Catalog]) -> None:
    """A plan for other metadata, or for a database that changed meanwhile, is not carried out."""
    catalog = make(gift={"on": DATE.with_null(True)})
    plan = migrate.plan(filled, catalog)
    with pytest.raises(Conflict) as caught:
        migrate.apply(filled, make(gift={"at": DATE.with_null(True)}), plan)
    assert caught.value.code == "stale_plan"
    with filled.write() as tx:
        tx.ddl("ALTER TABLE gift ADD COLUMN by_hand TEXT")
    with pytest.raises(Conflict) as caught:
        migrate.apply(filled, catalog, plan)
    assert caught.value.code == "stale_plan"
    with pytest.raises(BadRequest):
        Plan.from_json("{}")


def test_a_plan_goes_on_where_it_stopped(
    filled: Database, make: Callable[..., Catalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan that fails half way says where; steps before it are done, and applying again does the rest and only that."""
    catalog = make(gift={"on": DATE.with_null(True)}, party={"born": DATE.with_null(True)}, views={
        "v": View("v", "gift", {}, "list", ("note",), None, ("-amount",)), "w": View("w", "gift", {}, "list", ("note",), None, ("note",)),
    })  # fmt: skip
    plan = migrate.plan(filled, catalog)
    assert len(plan.steps) == 4
    done: list[str] = []
    real = migrate._do

    def failing(tx: Any, catalog: Catalog, step: Any) -> None:
        if len(done) == 3:
            raise StorageError("no space left")
        done.append(step.title)
        real(tx, catalog, step)

    monkeypatch.setattr(migrate, "_do", failing)
    with pytest.raises(StorageError) as caught:
        migrate.apply(filled, catalog, plan)
    assert plan.steps[3].title in str(caught.value)

    def working(tx: Any, catalog: Catalog, step: Any) -> None:
        done.append(step.title)
        real(tx, catalog, step)

    monkeypatch.setattr(migrate, "_do", working)
    migrate.apply(filled, catalog, Plan.from_json(plan.to_json()))
    assert done == [s.title for s in plan.steps]
    assert migrate.plan(filled, catalog, thorough=True).steps == ()
    migrate.apply(filled, catalog, plan)
    assert len(done) == 4


def test_one_process_applies(filled: Database, make: Callable[..., Catalog]) -> None:
    """While somebody else holds the lock a plan is refused, and nothing is done."""
    catalog = make(gift={"on": DATE.with_null(True)})
    plan = migrate.plan(filled, catalog)
    assert locks.take(filled, migrate.LOCK, "somebody else", migrate.LEASE)
    with pytest.raises(Conflict) as caught:
        migrate.apply(filled, catalog, plan)
    assert caught.value.code == "plan_running"
    assert migrate.plan(filled, catalog, thorough=True).steps == plan.steps


def test_a_newer_database_is_refused(database: Database) -> None:
    """A program does not touch a database that a newer one made."""
    install.install(database)
    with database.write() as tx:
        install.set_meta(tx, install.VERSION_KEY, "999")
    with pytest.raises(StorageError) as caught:
        install.install(database)
    assert caught.value.code == "newer_database"


def test_a_history_from_before_deputies_takes_them(database: Database) -> None:
    """A database that an older program made gets the column that says in whose place somebody acted; its entries stay."""
    install.install(database)
    entry, amal, berta = history.Entry("gift", ids.new_id(), 1, "create", "api"), ids.new_id(), ids.new_id()
    with database.write() as tx:
        history.write(tx, [entry], Actor(amal, "Amal"), datetime.now(UTC))
        tx.do("ALTER TABLE xrm_history DROP COLUMN actor_for", ())
        install.set_meta(tx, install.VERSION_KEY, "3")
    install.install(database)
    with database.write() as tx:
        history.write(tx, [entry], Actor(amal, "Amal for Berta", deputy_for=berta), datetime.now(UTC))
        found = tx.ask("SELECT actor_name, actor_for FROM xrm_history ORDER BY id", ())
    assert [(name, place and str(place)) for name, place in found] == [("Amal", None), ("Amal for Berta", berta)]


def test_kinds_that_only_postgresql_could_break(database: Database, make: Callable[..., Catalog]) -> None:
    """No number that is none, and no date without an end, gets in by SQL either."""
    catalog = make(gift={"on": DATE.with_null(True), "at": T("datetime", True)})
    migrate.bring_up(database, catalog)
    if database.dialect == "postgresql":
        for column, value in (("amount", "NaN"), ('"on"', "infinity"), ("at", "-infinity")):
            with database.write() as tx:
                tx.ddl(
                    "INSERT INTO party (id, version, created_at, updated_at, name)"
                    f" VALUES ('{'0' * 32}', 1, now(), now(), 'a') ON CONFLICT DO NOTHING"
                )
            with pytest.raises(StorageError), database.write() as tx:
                tx.ddl(
                    f"INSERT INTO gift (id, version, created_at, updated_at, party, {column})"
                    f" VALUES ('{'1' * 32}', 1, now(), now(), '{'0' * 32}', '{value}')"
                )
