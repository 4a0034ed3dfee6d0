"""Paths that rules read through links are kept in columns: whatever is written, they hold what the links lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contracts.access_worlds import MOMENT, Maker, postgres
from xrm_core.services.runtime import Runtime
from xrm_core.storage import kept_late, migrate, records
from xrm_core.storage.kept import kept_paths
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
---
entity: thanks
fields:
  gift: {type: link, to: gift, on_delete: cascade}
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
"""
METADATA = {"entities/kept.yaml": ENTITIES, "access/kept.yaml": ACCESS}
TABLES = ("department", "party", "gift", "thanks")


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
            return {"party": self.any("party"), "other": self.any("party"), "note": "n"}
        return {"gift": self.any("gift")}

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
        return {name: values[name] for name in self.dice.sample(list(values), self.dice.randrange(1, len(values) + 1))}

    def update(self, tx: Any, entity: str) -> None:
        """One record."""
        for id in self.some(entity, 1):
            records.update(tx, self.catalog, entity, id, None, self.part(entity))

    def several(self, tx: Any, entity: str) -> None:
        """Several at once."""
        rows = [(id, None, self.part(entity)) for id in self.some(entity, 6)]
        records.update_each(tx, self.catalog, entity, rows)
        known = self.some(entity, 3)
        names = self.part(entity)
        records.update_many(
            tx, self.catalog, entity, [{"id": id, **{n: self.values(entity)[n] for n in names}} for id in known]
        )

    def purge(self, tx: Any, entity: str) -> None:
        """For good: links to it become empty, or what has them goes along."""
        records.delete_rows(tx, self.catalog, entity, self.some(entity, 1))
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
        "thanks._gift_party_team",
    ]  # fmt: skip
    assert not migrate.plan(runtime.database, runtime.catalog, thorough=True).steps


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_write_keeps_them_true(runtime: Runtime, seed: int) -> None:
    """Inserts of one and of many, updates of links and of what they lead to, records that go, records that point to themselves."""
    writing = Writing(runtime, seed)
    gifts = table_of(runtime.catalog, "gift")
    filled = sa.select(sa.func.count()).where(gifts.c["_party_team"].is_not(None))
    most = 0
    for _ in range(60):
        writing.step()
        with runtime.database.read() as tx:
            assert not kept_late.late(tx, runtime.catalog)
            most = max(most, int(tx.conn.execute(filled).scalar() or 0))
    assert most > 10
