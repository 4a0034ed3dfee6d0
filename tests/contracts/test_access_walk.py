"""A long walk: grants, people, memberships and records change at random, and after each step the statements answer what the oracle says.

`XRM_WALK_STEPS=10000 python -m pytest tests/contracts/test_access_walk.py` walks further than every build does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.contracts.access_worlds import (
    COLUMNS,
    FIELDS,
    MOMENT,
    ROLES,
    TEXTS,
    Maker,
    actor_of,
    fill,
    kept_as_in,
    organisation,
    postgres,
    replace_needs,
)
from tests.contracts.test_access_agreement import FORMS, Asking, compare
from xrm_core.access.oracle import Person
from xrm_core.metamodel.catalog import Catalog
from xrm_core.services.accounts import actor_of as actor_of_holder
from xrm_core.services.runtime import Runtime
from xrm_core.storage import kept_late, records
from xrm_core.storage.credentials import user_holder
from xrm_core.storage.transaction import Transaction

STEPS = int(os.environ.get("XRM_WALK_STEPS", "1000"))
"""Steps on each database, over all walks."""
WALKS = 10
"""Each begins in another world."""
TODAY = date(2026, 1, 2)
ENTITIES = ("gift", "party", "gift", "gift_lines", "fund")
TOGETHER = 25
"""Steps of one transaction."""
MOST = 15
"""Grants, and memberships, at one time: so a step late in a walk takes no longer than an early one."""


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The organisation, once on each database."""
    if request.param == "sqlite":
        with organisation(f"sqlite:///{tmp_path_factory.mktemp('walk') / 'world.sqlite3'}") as found:
            yield found
    else:
        with postgres(request.getfixturevalue("pg_url")) as url, organisation(url) as found:
            yield found


class Walk:
    """A world that changes step by step: in the database, and beside it as plain values."""

    def __init__(self, runtime: Runtime, seed: int) -> None:
        self.runtime, self.maker = runtime, Maker(seed)
        self.base = runtime.catalog
        self.world = self.maker.world(self.base, 8)
        self.world.records["membership"] = {}
        for department in self.world.records["department"].values():
            department["active"] = True
        with runtime.database.write() as tx:
            fill(tx, self.base, self.world)
        self.catalog = self.maker.rights(self.base)
        self.compared = 0

    def steps(self, first: int, many: int) -> None:
        """Some steps in one transaction; then all paths that rules read are kept as their links lead."""
        with self.runtime.database.write() as tx:
            for number in range(first, first + many):
                try:
                    self.step(tx)
                except AssertionError as fault:
                    raise AssertionError(f"step {number}: {fault}") from fault
            assert kept_late.astray(tx, self.base) == {}

    def step(self, tx: Transaction) -> None:
        """One change, and one question of somebody in one of its forms: a list, numbers, or a single record."""
        change = self.maker.pick(
            (self.grant, self.matrix, self.user, self.member, self.member, self.unit, self.move, self.move, self.link, self.bin, self.add)
        )  # fmt: skip
        change(tx)
        person = self.person(tx, self.maker.pick(self.world.users))
        asking = Asking(self.runtime, tx, self.catalog, self.world, person)
        for entity in dict.fromkeys(ENTITIES):
            assert asking.access.opens(entity, "read") == asking.oracle.exists(entity), (entity, person)
        known = [entity for entity in ENTITIES if asking.oracle.exists(entity)]
        self.compared += compare(self.maker, asking, self.maker.pick(known or ENTITIES), self.maker.pick(FORMS))

    # ---- rights
    def grant(self, tx: Transaction) -> None:
        """A grant or a deny comes, or goes."""
        grants = list(self.catalog.grants)
        if len(grants) >= MOST or (len(grants) > 3 and self.maker.dice.random() < 0.5):
            grants.pop(self.maker.dice.randrange(len(grants)))
        else:
            entity = self.maker.pick(tuple(FIELDS))
            names = FIELDS[entity]
            fields = (
                self.maker.dice.sample(names, self.maker.dice.randrange(1, len(names)))
                if self.maker.dice.random() < 0.4
                else None
            )
            grants.append(self.maker.grant(entity, fields, deny=self.maker.dice.random() < 0.3))
        self._put(grants=tuple(grants))

    def matrix(self, tx: Transaction) -> None:
        """A cell of the needs matrix."""
        cells = {c: dict(row) for c, row in self.catalog.needs.needs.items()}
        row = cells.setdefault(self.maker.pick(("red", "green", "blue")), {})
        row[self.maker.pick(COLUMNS)] = self.maker.pick(("R", "W", "-"))
        self._put(needs=replace_needs(self.catalog.needs, cells))

    def _put(self, **changed: Any) -> None:
        self.catalog = replace(self.catalog, **changed, derived=kept_as_in(self.base), version=self.maker.id())

    # ---- people
    def user(self, tx: Transaction) -> None:
        """Roles, the home department, whether he leads it, whether he is active."""
        roles = self.maker.dice.sample(ROLES, self.maker.dice.randrange(3))
        self._change(tx, "user", self.maker.pick((
            {"roles": roles}, {"department": self.maker.maybe(self.maker.pick(self.world.teams))}, {"is_lead": self.maker.pick((True, False))},
        )))  # fmt: skip

    def member(self, tx: Transaction) -> None:
        """A membership begins, in the past or not yet; or one is changed."""
        known = len(self.world.records["membership"])
        if known >= MOST or (known and self.maker.dice.random() < 0.4):
            days = self.maker.pick((-1, 0, 1, 9))
            until = {"until": TODAY + timedelta(days=days)}
            self._change(
                tx, "membership", self.maker.pick((until, {"leads": self.maker.pick((True, False))}, {"until": None}))
            )
            return
        since = self.maker.maybe(TODAY + timedelta(days=self.maker.pick((-30, -1, 0, 1))))
        self._insert(tx, "membership", user=self.maker.pick(self.world.users), department=self.maker.pick(self.world.teams),
                     role=self.maker.maybe(self.maker.pick(ROLES)), leads=self.maker.pick((True, False)), since=since)  # fmt: skip

    def unit(self, tx: Transaction) -> None:
        """A department comes under another one, or is closed."""
        rows = list(self.world.records["department"].values())
        at = self.maker.dice.randrange(len(rows))
        above = [r["id"] for r in rows[:at]]  # no ring: only under one that stands before it
        parent = self.maker.pick(above) if above and self.maker.dice.random() < 0.7 else None
        values = (
            {"parent": parent} if self.maker.dice.random() < 0.8 else {"active": self.maker.pick((True, True, False))}
        )
        self._change(tx, "department", values, rows[at])

    def person(self, tx: Transaction, user: str) -> Person:
        """Who somebody is, worked out in loops; the platform must find the same."""
        found = self.world.records
        record, here = (
            found["user"][user],
            {i: d for i, d in found["department"].items() if d["active"] and not d["deleted_at"]},
        )
        own = [(record["department"], record["is_lead"], None)]
        for m in found["membership"].values():
            begun = m["since"] is None or m["since"] <= TODAY
            if m["user"] == user and begun and (m["until"] is None or m["until"] >= TODAY) and not m["deleted_at"]:
                own.append((m["department"], m["leads"], m["role"]))
        own = [one for one in own if one[0] in here]
        leads = {d for d, is_lead, _ in own if is_lead}
        while more := {i for i, d in here.items() if d["parent"] in leads} - leads:
            leads |= more
        roles = frozenset(record["roles"] or ()) | {role for *_, role in own if role}
        mine = {d for d, *_ in own}
        units = frozenset(here[d]["code"] for d in mine)
        person = Person(roles, units, tuple(sorted(mine | leads)), tuple(sorted(leads)), user)
        holder = user_holder(tx, self.base, user, TODAY)
        assert holder is not None
        built, plain = actor_of_holder(holder, "UTC", "en"), actor_of(person)
        for name in ("id", "roles", "departments", "leads", "units"):
            assert getattr(built, name) == getattr(plain, name), (name, own)
        return person

    # ---- records
    def move(self, tx: Transaction) -> None:
        """Some records come to other departments, leaders and parties."""
        self.maker.move(tx, self.base, self.world)

    def link(self, tx: Transaction) -> None:
        """A line gets another piece, a party another kind, a fund another size."""
        parties = list(self.world.records["party"])
        entity, values = self.maker.pick((
            ("gift_lines", {"piece": self.maker.maybe(self.maker.pick(parties))}), ("gift_lines", {"quantity": self.maker.dice.randrange(4)}),
            ("party", {"tax": self.maker.maybe(self.maker.pick(TEXTS))}), ("fund", {"size": self.maker.dice.randrange(4)}),
            ("gift", {"owner": self.maker.maybe(self.maker.pick(self.world.users))}),
        ))  # fmt: skip
        if self.world.records[entity]:
            self._change(tx, entity, values)

    def bin(self, tx: Transaction) -> None:
        """A record goes to the bin, or comes back."""
        entity = self.maker.pick(("party", "gift", "fund"))
        record = self.maker.pick(list(self.world.records[entity].values()))
        self._change(tx, entity, {"deleted_at": None if record["deleted_at"] else MOMENT}, record)

    def add(self, tx: Transaction) -> None:
        """A gift of somebody, as long as there are not too many."""
        if len(self.world.records["gift"]) < 2 * MOST:
            party = self.maker.maybe(self.maker.pick(list(self.world.records["party"])))
            self._insert(
                tx,
                "gift",
                party=party,
                note=self.maker.pick(TEXTS),
                team=self.maker.maybe(self.maker.pick(self.world.teams)),
            )

    def _insert(self, tx: Transaction, entity: str, **values: Any) -> None:
        row = self.maker.row(self.base, entity, **{"deleted_at": None, **values})
        records.insert(tx, self.base, entity, [row])
        self.world.records[entity][row["id"]] = row

    def _change(
        self, tx: Transaction, entity: str, values: dict[str, Any], record: dict[str, Any] | None = None
    ) -> None:
        record = record if record is not None else self.maker.pick(list(self.world.records[entity].values()))
        records.update(tx, self.base, entity, record["id"], None, values)
        record.update(values, version=record["version"] + 1)


def assert_same_catalog(catalog: Catalog, base: Catalog) -> None:
    """Rights change, entities do not: what the database keeps for rules is that of the catalog it was made for."""
    assert catalog.entities is base.entities


@pytest.mark.parametrize("seed", range(WALKS))
def test_after_each_step_all_is_as_the_oracle_says(runtime: Runtime, seed: int) -> None:
    """Lists in all their pages, counts, groups, single records, verdicts of all verbs, and who somebody is."""
    walk = Walk(runtime, 500 + seed)
    for first in range(0, STEPS // WALKS, TOGETHER):
        walk.steps(first, TOGETHER)
    assert_same_catalog(walk.catalog, walk.base)
    assert walk.compared > TOGETHER  # the walk met rows, and not only empty answers
