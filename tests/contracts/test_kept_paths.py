"""Paths that rules read through links are kept in columns: whatever is written, they hold what the links lead to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contracts.access_worlds import MOMENT, Maker, postgres
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import SYSTEM, Actor, Query
from xrm_core.services import lists
from xrm_core.services.jobs import Worker
from xrm_core.services.organisation import compile_organisation
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.storage import kept_late, migrate, records
from xrm_core.storage.compare_kept import live_triggers
from xrm_core.storage.kept import kept_paths
from xrm_core.storage.kept_triggers import AT_ONCE, triggers
from xrm_core.storage.live import live_tables
from xrm_core.storage.tables import table_of
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: party
fields:
  name: {type: text}
  sealed: {type: boolean}
  score: {type: integer}
  team: {type: link, to: department, on_delete: empty}
  boss: {type: link, to: party, on_delete: empty}
---
entity: gift
fields:
  party: {type: link, to: party, on_delete: empty}
  other: {type: link, to: party, on_delete: cascade}
  note: {type: text}
  team: {type: link, to: department, on_delete: empty}
---
entity: thanks
fields:
  gift: {type: link, to: gift, on_delete: cascade}
---
entity: letter
fields:
  about: {type: link, to: [party, gift], on_delete: empty}
---
entity: reply
fields:
  letter: {type: link, to: letter, on_delete: empty}
"""
ACCESS = """
role: one
label: One
---
grants:
  - {role: one, entity: party, verbs: [read], rows: "record.boss.team in actor.departments || record.boss.boss.score > 2"}
  - {role: one, entity: gift, verbs: [read], rows: "record.party.team in actor.departments || record.party.boss.team in actor.departments"}
  - {role: one, entity: gift, verbs: [read], rows: "record.other.sealed", deny: true}
  - {role: one, entity: thanks, verbs: [read], rows: "record.gift.party.team in actor.departments"}
  - {role: one, entity: letter, verbs: [read], rows: "record.about.team in actor.departments"}
  - {role: one, entity: reply, verbs: [read], rows: "record.letter.about.team in actor.departments"}
"""
METADATA = {"entities/kept.yaml": ENTITIES, "access/kept.yaml": ACCESS}
TABLES = ("department", "party", "gift", "thanks", "letter", "reply")


@pytest.fixture(params=("sqlite", "postgresql"))
def runtime(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Runtime]:
    """The organisation, with nothing in it, on each database."""
    if request.param == "sqlite":
        with temporary_organisation((), METADATA, url=f"sqlite:///{tmp_path / 'kept.sqlite3'}") as found:
            yield found
    else:
        with postgres(request.getfixturevalue("pg_url")) as url, temporary_organisation((), METADATA, url=url) as found:
            yield found


class Writing:
    """Random writes of every kind, by the functions that all services write with."""

    def __init__(self, runtime: Runtime, seed: int) -> None:
        self.runtime, self.catalog, self.dice, self.maker = runtime, runtime.catalog, Random(seed), Maker(seed)
        self.ids: dict[str, list[str]] = {name: [] for name in TABLES}
        with runtime.database.write() as tx:
            teams = [self.row("department", code=f"t{n}", name=f"T{n}") for n in range(4)]
            self.ids["department"] = records.insert(tx, self.catalog, "department", teams)
            for entity in ("party", "party", "gift", "gift"):
                self.insert(tx, entity, 12)

    def row(self, entity: str, **values: Any) -> dict[str, Any]:
        """A record as it is stored."""
        return self.maker.row(self.catalog, entity, deleted_at=None, **values)

    def values(self, entity: str) -> dict[str, Any]:
        """Some values for it."""
        some = self.maker
        if entity == "party":
            return {
                "team": self.any("department"),
                "boss": self.any("party"),
                "sealed": some.maybe(some.pick((True, False))),
                "score": some.maybe(self.dice.randrange(5)),
            }
        if entity == "gift":
            return {"party": self.any("party"), "other": self.any("party"), "note": "n", "team": self.any("department")}
        if entity == "letter":
            return self.about()
        return {"gift": self.any("gift")} if entity == "thanks" else {"letter": self.any("letter")}

    def about(self) -> dict[str, Any]:
        """A link to a record of one of two entities, or to none."""
        kind = self.maker.pick(("party", "gift"))
        id = self.any(kind)
        return {"about": id, "about_entity": kind if id else None}

    def any(self, entity: str) -> str | None:
        """A record to point to, or none."""
        known = self.ids[entity]
        return self.maker.maybe(self.maker.pick(known), 0.2) if known else None

    def step(self) -> None:
        """One write."""
        entity = self.maker.pick(TABLES[1:])
        with self.runtime.database.write() as tx:
            self.maker.pick((self.insert, self.insert, self.update, self.update, self.several, self.purge, self.bin))(
                tx, entity
            )
        self.look()

    def insert(self, tx: Any, entity: str, count: int = 0) -> None:
        """One record, or many at once."""
        count = count or self.maker.pick((1, 3, 25, 600 if entity == "gift" else 2))
        rows = [self.row(entity, **self.values(entity)) for _ in range(count)]
        self.ids[entity] += records.insert(tx, self.catalog, entity, rows)

    def some(self, entity: str, most: int) -> list[str]:
        """A few that are there."""
        known = self.ids[entity]
        return self.dice.sample(known, min(len(known), most))

    def part(self, entity: str) -> Mapping[str, Any]:
        """Some columns of it."""
        values = self.values(entity)
        if entity == "letter":  # the two parts of a link are written together
            return values
        return {name: values[name] for name in self.dice.sample(list(values), self.dice.randrange(1, len(values) + 1))}

    def update(self, tx: Any, entity: str) -> None:
        """One record."""
        for id in self.some(entity, 1):
            records.update(tx, self.catalog, entity, id, None, self.part(entity))

    def several(self, tx: Any, entity: str) -> None:
        """Several at once."""
        rows = [(id, None, self.part(entity)) for id in self.some(entity, 6)]
        records.update_each(tx, self.catalog, entity, rows)
        known, names = self.some(entity, 3), self.part(entity)
        anew = [(id, self.values(entity)) for id in known]
        records.update_many(
            tx, self.catalog, entity, [{"id": id, **{n: values[n] for n in names}} for id, values in anew]
        )

    def purge(self, tx: Any, entity: str) -> None:
        """For good: links to it become empty, or what has them goes along; links to one of several entities have been emptied before, as
        services do."""
        ids = self.some(entity, 1)
        gifts, letters = table_of(self.catalog, "gift"), table_of(self.catalog, "letter")
        gone = sa.or_(
            letters.c.about.in_(ids), letters.c.about.in_(sa.select(gifts.c.id).where(gifts.c.other.in_(ids)))
        )
        for (id,) in tx.conn.execute(sa.select(letters.c.id).where(gone)).all():
            records.update(tx, self.catalog, "letter", id, None, {"about": None, "about_entity": None})
        records.delete_rows(tx, self.catalog, entity, ids)
        for name in TABLES[1:]:
            self.ids[name] = [r[0] for r in tx.conn.execute(sa.select(table_of(self.catalog, name).c.id))]

    def bin(self, tx: Any, entity: str) -> None:
        """Into the bin, or out of it: rules follow links there."""
        for id in self.some(entity, 2):
            records.update(tx, self.catalog, entity, id, None, {"deleted_at": self.maker.maybe(MOMENT, 0.5)})

    def look(self) -> None:
        """All columns hold what they should."""
        with self.runtime.database.read() as tx:
            assert kept_late.astray(tx, self.catalog) == {}


def test_what_is_kept(runtime: Runtime) -> None:
    """Each path of a grant has a column; the rule of a record further on is read from where it is kept."""
    assert [k.key for k in kept_paths(runtime.catalog)] == [
        "party._boss_boss_score", "party._boss_team", "gift._other_sealed", "gift._party_boss_team", "gift._party_team",
        "thanks._gift_party_team", "letter._about_team", "reply._letter_about_team",
    ]  # fmt: skip
    ways = [k.ways for k in kept_paths(runtime.catalog)][-2:]
    assert [[way.kinds for way in led] for led in ways] == [[("about_entity",)] * 2, [("", "about_entity")] * 2]
    assert not migrate.plan(runtime.database, runtime.catalog, thorough=True).steps


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_write_keeps_them_true(runtime: Runtime, seed: int) -> None:
    """Inserts of one and of many, updates of links and of what they lead to, records that go, records that point to themselves."""
    writing = Writing(runtime, seed)
    most: dict[str, int] = {}
    for _ in range(90):
        writing.step()
        with runtime.database.read() as tx:
            assert not kept_late.late(tx, runtime.catalog)
            for entity, column in (("gift", "_party_team"), ("letter", "_about_team"), ("reply", "_letter_about_team")):
                table = table_of(runtime.catalog, entity)
                filled = sa.select(sa.func.count()).where(table.c[column].is_not(None))
                most[entity] = max(most.get(entity, 0), int(tx.conn.execute(filled).scalar() or 0))
    assert most["gift"] > 10
    assert most["letter"] > 2
    assert most["reply"] > 2


class Moved:
    """A party with more gifts than are written at once, and a reader in one department."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.catalog = runtime, runtime.catalog
        maker = Maker(9)
        with runtime.database.write() as tx:
            teams = [
                maker.row(self.catalog, "department", code=f"t{n}", name=f"T{n}", deleted_at=None) for n in range(2)
            ]
            self.teams = records.insert(tx, self.catalog, "department", teams)
            party = maker.row(self.catalog, "party", name="p", team=self.teams[0], deleted_at=None)
            self.party = records.insert(tx, self.catalog, "party", [party])[0]
            other = records.insert(
                tx, self.catalog, "party", [maker.row(self.catalog, "party", sealed=False, deleted_at=None)]
            )[0]
            rows = [
                maker.row(self.catalog, "gift", party=self.party, other=other, deleted_at=None)
                for _ in range(AT_ONCE + 5)
            ]
            records.insert(tx, self.catalog, "gift", rows)

    def counted(self, work: Work) -> tuple[int, int]:
        """How many gifts members of either department count."""
        found = []
        for team in self.teams:
            actor = Actor("01a00000-0000-7000-8000-000000000001", "a", frozenset({"one"}), frozenset({team}))
            with self.runtime.work(actor, "api") as mine:
                mine.tx, mine.now = work.tx, work.now
                found.append(lists.count_records(mine, Query("gift")))
        return found[0], found[1]

    def move(self, work: Work, team: str) -> None:
        """The party goes to another department."""
        records.update(work.tx, self.catalog, "party", self.party, None, {"team": team})


def test_too_many_at_once(runtime: Runtime) -> None:
    """Where more rows than some go along with a record, rules follow the links at once, in the same transaction and in others,
    until a worker has written them."""
    moved, all_of_them = Moved(runtime), AT_ONCE + 5
    with runtime.work(SYSTEM, "api", write=True) as work:
        assert moved.counted(work) == (all_of_them, 0)
        moved.move(work, moved.teams[1])
        assert kept_late.late(work.tx, runtime.catalog) == {"gift._party_team"}
        assert moved.counted(work) == (0, all_of_them)
    with runtime.work(SYSTEM, "api") as work:
        assert moved.counted(work) == (0, all_of_them)
        table = table_of(runtime.catalog, "gift")
        kept = {str(t) for (t,) in work.tx.conn.execute(sa.select(table.c["_party_team"]).distinct())}
        assert kept == {moved.teams[0]}
    assert Worker(runtime).run_once()
    with runtime.work(SYSTEM, "api") as work:
        assert not kept_late.late(work.tx, runtime.catalog)
        assert kept_late.astray(work.tx, runtime.catalog) == {}
        assert moved.counted(work) == (0, all_of_them)
    assert kept_late.catch_up(runtime.database, runtime.catalog) == 0


def test_too_many_behind_one_of_several(runtime: Runtime) -> None:
    """So where a link leads to one of several entities: in each of them a record may have too many, and a worker writes those alone."""
    moved, catalog = Moved(runtime), runtime.catalog
    maker = Maker(11)
    with runtime.database.write() as tx:
        gift = records.insert(tx, catalog, "gift", [maker.row(catalog, "gift", team=moved.teams[0], deleted_at=None)])[
            0
        ]
        for kind, id, count in (("party", moved.party, AT_ONCE + 1), ("gift", gift, 2)):
            row = {"about": id, "about_entity": kind, "deleted_at": None}
            records.insert(tx, catalog, "letter", [maker.row(catalog, "letter", **row) for _ in range(count)])

    def counted(work: Work) -> list[int]:
        found = []
        for team in moved.teams:
            actor = Actor("01a00000-0000-7000-8000-000000000001", "a", frozenset({"one"}), frozenset({team}))
            with runtime.work(actor, "api") as mine:
                mine.tx, mine.now = work.tx, work.now
                found.append(lists.count_records(mine, Query("letter")))
        return found

    with runtime.work(SYSTEM, "api", write=True) as work:
        assert counted(work) == [AT_ONCE + 3, 0]
        records.update(work.tx, catalog, "gift", gift, None, {"team": moved.teams[1]})
        assert not kept_late.late(work.tx, catalog)
        assert counted(work) == [AT_ONCE + 1, 2]
        moved.move(work, moved.teams[1])
        assert "letter._about_team" in kept_late.late(work.tx, catalog)
        assert counted(work) == [0, AT_ONCE + 3]
    assert Worker(runtime).run_once()
    with runtime.work(SYSTEM, "api") as work:
        assert not kept_late.late(work.tx, catalog)
        assert kept_late.astray(work.tx, catalog) == {}
        assert counted(work) == [0, AT_ONCE + 3]


def test_a_move_that_is_undone_leaves_no_mark(runtime: Runtime) -> None:
    """What is rolled back moved nothing."""
    moved = Moved(runtime)
    with runtime.work(SYSTEM, "api", write=True) as work:
        undone = work.tx.savepoint()
        undone.__enter__()
        moved.move(work, moved.teams[1])
        undone.__exit__(RuntimeError, RuntimeError(), None)
    with runtime.work(SYSTEM, "api") as work:
        assert not kept_late.late(work.tx, runtime.catalog)
        assert moved.counted(work) == (AT_ONCE + 5, 0)


def test_two_at_once(runtime: Runtime) -> None:
    """Some add records to a party while another moves it: none is left with the department of before."""
    moved, stop, faults = Moved(runtime), threading.Event(), []
    maker, catalog = Maker(10), runtime.catalog

    def add() -> None:
        while not stop.is_set():
            with runtime.database.write() as tx:
                records.insert(
                    tx, catalog, "thanks", [maker.row(catalog, "thanks", gift=gift, deleted_at=None) for gift in gifts]
                )

    def link() -> None:
        dice = Random(3)
        while not stop.is_set():
            with runtime.database.write() as tx:
                records.update(
                    tx, catalog, "gift", dice.choice(gifts), None, {"party": dice.choice([moved.party, None])}
                )

    def guarded(call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as fault:
            faults.append(fault)

    with runtime.database.read() as tx:
        gifts = [str(id) for (id,) in tx.rows("SELECT id FROM gift LIMIT 3")]
    with runtime.database.write() as tx:
        tx.do(f"UPDATE gift SET party = NULL WHERE id NOT IN ({', '.join('?' * len(gifts))})", gifts)
    threads = [threading.Thread(target=guarded, args=(call,)) for call in (add, link)]
    for thread in threads:
        thread.start()
    for n in range(30):
        with runtime.work(SYSTEM, "api", write=True) as work:
            moved.move(work, moved.teams[n % 2])
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults
    with runtime.database.read() as tx:
        assert kept_late.astray(tx, catalog) == {}


def in_force(runtime: Runtime, metadata: Mapping[str, str]) -> Catalog:
    """Other metadata brought into force as a start does; the catalog."""
    for name, text in metadata.items():
        (runtime.settings.root / "metadata" / name).write_text(text, "utf-8")
    catalog = compile_organisation(runtime.settings, runtime.host)
    made = migrate.plan(runtime.database, catalog)
    assert {s.safety for s in made.steps} <= {"safe"}
    migrate.apply(runtime.database, catalog, made)
    assert not migrate.plan(runtime.database, catalog, thorough=True).steps
    with runtime.database.read() as tx:
        assert kept_late.astray(tx, catalog) == {}
        assert not kept_late.late(tx, catalog)
        assert live_triggers(tx) == set(triggers(kept_paths(catalog), tx.dialect))
    return catalog


def test_other_rules(runtime: Runtime) -> None:
    """A plan fills the columns of new rules, drops those of rules that are gone, and keeps them through other names of what
    they read and through tables that are written anew."""
    writing = Writing(runtime, 5)
    for _ in range(10):
        writing.step()
    catalog = in_force(
        runtime,
        {
            "access/kept.yaml": ACCESS.replace(
                "record.party.team in", "record.party.boss.score == 2 || record.party.team in"
            )
        },
    )
    assert "_party_boss_score" in {k.column.name for k in kept_paths(catalog).of("gift")}
    catalog = in_force(runtime, {"access/kept.yaml": ACCESS.replace(" || record.boss.boss.score > 2", "")})
    with runtime.database.read() as tx:
        assert "_boss_boss_score" not in live_tables(tx)["party"].columns
        assert "_party_boss_score" not in live_tables(tx)["gift"].columns
    renamed = ENTITIES.replace("  boss: {type: link, to: party", "  chief: {type: link, was: boss, to: party")
    catalog = in_force(runtime, {"entities/kept.yaml": renamed, "access/kept.yaml": ACCESS.replace("boss", "chief")})
    assert {k.column.name for k in kept_paths(catalog).of("party")} == {"_chief_chief_score", "_chief_team"}
    anew = renamed.replace("note: {type: text}", "note: {type: text, required: true, default: x}").replace(
        "entity: gift\n", "entity: present\nwas: gift\n"
    )
    anew = (
        anew.replace("to: gift,", "to: present,")
        .replace("[party, gift]", "[party, present]")
        .replace("score: {type: integer}", "score: {type: integer, required: true, default: 1}")
    )
    access = ACCESS.replace("boss", "chief").replace("entity: gift", "entity: present")
    for name, text in {"entities/kept.yaml": anew, "access/kept.yaml": access}.items():
        (runtime.settings.root / "metadata" / name).write_text(text, "utf-8")
    catalog = compile_organisation(runtime.settings, runtime.host)
    migrate.apply(runtime.database, catalog, migrate.plan(runtime.database, catalog))
    assert not migrate.plan(runtime.database, catalog, thorough=True).steps
    with runtime.database.read() as tx:
        assert kept_late.astray(tx, catalog) == {}
        assert live_triggers(tx) == set(triggers(kept_paths(catalog), tx.dialect))
    in_force(runtime, {"access/kept.yaml": "role: one\nlabel: One\n"})
    with runtime.database.read() as tx:
        assert not live_triggers(tx)
        assert not [c for t in live_tables(tx).values() for c in t.columns if c.startswith("_")]


def test_what_somebody_wrote_past_the_triggers(runtime: Runtime) -> None:
    """A column that holds something else than its links lead to is found, and mended."""
    moved, catalog = Moved(runtime), runtime.catalog
    with runtime.database.write() as tx:
        tx.do("UPDATE gift SET _party_team = NULL WHERE id = (SELECT min(CAST(id AS TEXT)) FROM gift)" if tx.dialect == "sqlite" else
              "UPDATE gift SET _party_team = NULL WHERE id = (SELECT id FROM gift LIMIT 1)")  # fmt: skip
    with runtime.database.read() as tx:
        assert kept_late.astray(tx, catalog) == {"gift._party_team": 1}
    assert kept_late.mend(runtime.database, catalog) == 1
    with runtime.work(SYSTEM, "api") as work:
        assert kept_late.astray(work.tx, catalog) == {}
        assert moved.counted(work) == (AT_ONCE + 5, 0)


def test_what_is_left_out() -> None:
    """A rule that reads too much through links is followed, and the plan says so."""
    rows = " || ".join(f"record.party.{name} == 'x'" for name in "abcde") + " || record.party.version == 1"
    fields = "".join(f"  {name}: {{type: text}}\n" for name in "abcde")
    entities = f"entity: party\nfields:\n{fields}---\nentity: gift\nfields:\n  party: {{type: link, to: party}}\n"
    access = f'role: one\nlabel: One\n---\ngrants:\n  - {{role: one, entity: gift, verbs: [read], rows: "{rows}"}}\n'
    with temporary_organisation((), {"entities/left.yaml": entities, "access/left.yaml": access}) as runtime:
        left = kept_paths(runtime.catalog).left_out
        assert [p.code for p in left] == ["path_not_kept"] * 2
        assert "4 others" in str(left[0])
        assert "every write changes it" in str(left[1])
        assert len(kept_paths(runtime.catalog).of("gift")) == 4
