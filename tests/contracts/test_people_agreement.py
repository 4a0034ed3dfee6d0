"""Actors against a naive oracle: everything is loaded, and each day, user and deputy is worked out by loops."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from tests.contracts.people import METADATA, House
from xrm_core.errors import Refused
from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services import accounts, records
from xrm_core.services.deleting import delete_record
from xrm_core.testing import temporary_organisation

DAY = date(2026, 6, 15)
ROLES = ("carer", "cook", "chief", "admin")
UNITS = 9


def _tree(dice: Random) -> str:
    """Departments d0 to d8, each below one before it or on its own."""
    parents = [None, *(dice.choice([None, *range(n), *range(n)]) for n in range(1, UNITS))]
    return "\n---\n".join(
        f"department: d{n}\nlabel: D{n}" + (f"\nparent: d{p}" if p is not None else "") for n, p in enumerate(parents)
    )


def _days(dice: Random) -> dict[str, date]:
    """A first and a last day around DAY; either may be missing."""
    since, until = sorted(DAY + timedelta(days=dice.randrange(-3, 4)) for _ in range(2))
    return {k: v for k, v in (("since", since), ("until", until)) if dice.random() < 0.75}


def _fill(house: House, dice: Random) -> None:
    """People, memberships and deputies by chance; some inactive, some in the bin."""
    codes = sorted(house.departments)
    users = [house.admin]
    for n in range(9):
        roles = dice.sample(ROLES, dice.randrange(3))
        department = dice.choice([None, *codes])
        lead = department is not None and dice.random() < 0.5
        users.append(house.user(f"U{n}", *roles, department=department, is_lead=lead))
    made = []
    for _ in range(30):
        values: dict[str, Any] = {"role": dice.choice((None, *ROLES)), "leads": dice.random() < 0.4, **_days(dice)}
        made.append(("membership", house.member(dice.choice(users), dice.choice(codes), **values)))
    for _ in range(15):
        user, deputy = dice.sample(users, 2)
        days = {"since": DAY - timedelta(days=dice.randrange(4)), "until": DAY + timedelta(days=dice.randrange(4))}
        made.append(("deputy", house.make("deputy", user=user, deputy=deputy, **days)))
    with house.runtime.work(SYSTEM, "sample", write=True) as work:
        for entity, id in dice.sample(made, 6):
            delete_record(work, entity, id)
        for code in dice.sample(codes, 2):
            records.update_record(work, "department", house.departments[code], {"active": False})
        for id in dice.sample(users[1:], 2):
            records.update_record(work, "user", id, {"status": "inactive"})


class Oracle:
    """What is stored, and what follows from it."""

    def __init__(self, house: House) -> None:
        with house.runtime.work(SYSTEM, "cli") as work:
            self.users, self.memberships, self.deputies, self.departments = (
                list(work.reader.find(entity, "record.created_at != null", limit=1000))
                for entity in ("user", "membership", "deputy", "department")
            )
        self.active = {d["id"]: d for d in self.departments if d["active"]}

    def below(self, id: str) -> set[str]:
        """A department and all below it, down to the first that is not active."""
        found = {id}
        for other in self.active.values():
            if other["parent"] == id:
                found |= self.below(other["id"])
        return found

    def parts(self, id: str, day: date) -> tuple[set[str], set[str], set[str]] | None:
        """Roles, own departments and led ones of an active user."""
        user = next(u for u in self.users if u["id"] == id)
        if user["status"] != "active":
            return None
        roles, own, led = set(user["roles"] or ()), set(), set()
        places = [(user["department"], None, user["is_lead"])] if user["department"] else []
        for m in self.memberships:
            if m["user"] == id and (m["since"] or day) <= day <= (m["until"] or day):
                places.append((m["department"], m["role"], m["leads"]))
        for department, role, leads in places:
            if department in self.active:
                own.add(department)
                roles |= {role} if role else set()
                led |= self.below(department) if leads else set()
        return roles, own, led

    def actor(self, id: str, away: str | None, day: date) -> tuple[set[str], set[str], set[str], set[str]] | None:
        """Roles, departments, leads and units; None where he may not act so."""
        mine = self.parts(id, day)
        place = mine if away is None else self.parts(away, day)
        if mine is None or place is None:
            return None
        if away is not None and not any(
            d["user"] == away and d["deputy"] == id and d["since"] <= day <= d["until"] for d in self.deputies
        ):
            return None
        roles, own, led = place
        if away is not None and "admin" not in mine[0]:
            roles = roles - {"admin"}
        return roles, own | led, led, {self.active[d]["code"] for d in own}


def _said(house: House, id: str, away: str | None, day: date) -> tuple[set[str], ...] | None:
    with house.runtime.work(SYSTEM, "cli", now=datetime(day.year, day.month, day.day, 12, tzinfo=UTC)) as work:
        try:
            actor: Actor = accounts.actor_by_id(work, id, away)
        except Refused:
            return None
    return set(actor.roles), set(actor.departments), set(actor.leads), set(actor.units)


@pytest.mark.parametrize("seed", range(3))
def test_actors_are_as_loops_would_make_them(database_url: str, seed: int) -> None:
    """Every user on seven days, as himself and in the place of every other one."""
    dice = Random(seed)
    metadata = {
        **METADATA,
        "access/departments.yaml": _tree(dice),
        "access/needs.yaml": "classes:\n  stay: {label: Stay}\n",
    }
    with temporary_organisation(metadata=metadata, url=database_url) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            admin = accounts.first_administrator(work, "Ada", "ada@house.example")
            codes = {str(code): str(id) for code, id in work.tx.ask("SELECT code, id FROM department", ())}
        house = House(runtime, codes, admin)
        _fill(house, dice)
        oracle, cells, open_ones = Oracle(house), 0, 0
        for day in (DAY + timedelta(days=n) for n in range(-3, 4)):
            for user in oracle.users:
                for away in (None, *(u["id"] for u in oracle.users if u is not user)):
                    expected = oracle.actor(user["id"], away, day)
                    assert _said(house, user["id"], away, day) == expected, (day, user["name"], away)
                    cells, open_ones = cells + 1, open_ones + (away is not None and expected is not None)
        assert cells == 700
        assert open_ones >= 10
