"""Sample stores of OpenFGA, translated into our rules: every assertion that can be asked is decided as it is stated, in Python
and by the database; what our rules have no word for is listed with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from tests.contracts.fga import DEEP, CannotSay, Case, Translation, askers, cases_of, load_store, name_of, stores, until
from xrm_core.access.access import Access
from xrm_core.errors import MetadataError
from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services import records
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.storage import query
from xrm_core.storage.relation import Relation
from xrm_core.testing import temporary_organisation

FAMILIES = 12
"""So many of the twenty families, at least, are expressed."""
REQUEST, TOO_DEEP = "facts of the request", "deep|parts"
UNSAID = {
    "advanced-entitlements/store.fga.yaml": REQUEST,
    "banking/store.fga.yaml": REQUEST,
    "condition-data-types/store.fga.yaml": REQUEST,
    "custom-roles/store.fga.yaml": TOO_DEEP,
    "groups-resource-attributes/store.fga.yaml": REQUEST,
    "ip-based-access/store.fga.yaml": REQUEST,
    "modeling-guide/step-10-fine-grained-api-access.fga.yaml": TOO_DEEP,
    "modeling-guide/step-3-groups.fga.yaml": TOO_DEEP,
    "modeling-guide/step-4-public-access.fga.yaml": TOO_DEEP,
    "modeling-guide/step-5-relation-based-abac.fga.yaml": TOO_DEEP,
    "modeling-guide/step-6-super-admin.fga.yaml": TOO_DEEP,
    "modeling-guide/step-7-conditional-relationships-abac.fga.yaml": TOO_DEEP,
    "modeling-guide/step-8-custom-roles.fga.yaml": TOO_DEEP,
    "modeling-guide/step-9-application-access.fga.yaml": TOO_DEEP,
    "multitenant-rbac/store.fga.yaml": TOO_DEEP,
}
"""Stores that our rules cannot express, with the reason. A rule knows the record, the actor and the clock, and not what a client
says of the request. And it has an end: groups within groups within folders within folders, each unrolled, are deeper than an
expression may be (there one keeps what follows from them on the record)."""


@pytest.fixture(scope="session")
def folder(data_dir: Path) -> Path:
    """The sample stores."""
    found = data_dir / "access_control" / "openfga"
    if not found.is_dir():
        pytest.skip("no sample stores of OpenFGA in the folder of real data")
    return found


class Place:
    """A case in the database: its people, its objects, its ties."""

    def __init__(self, work: Work, told: Translation, case: Case) -> None:
        self.work, self.told = work, told
        self.users: dict[str, str] = {}
        self.objects: dict[str, str] = {}
        for one in case.tuples:
            self.tie(one)

    def user(self, name: str) -> str:
        """The id of somebody, made when first named."""
        if name not in self.users:
            kind = name_of(name.partition(":")[0])
            values = {"name": name, "email": f"u{len(self.users)}@example.org", "roles": [f"is_{kind}"]}
            self.users[name] = str(records.create_record(self.work, "user", values)["id"])
        return self.users[name]

    def object(self, name: str) -> str:
        """The id of an object, made when first named."""
        if name not in self.objects:
            entity = self.told.entity(name.partition(":")[0])
            self.objects[name] = str(records.create_record(self.work, entity, {"key": name})["id"])
        return self.objects[name]

    def tie(self, one: Mapping[str, str]) -> None:
        """A tuple as a record."""
        type, who = one["object"].partition(":")[0], one["user"]
        subject, _, via = who.partition("#")
        kind, _, id = subject.partition(":")
        values: dict[str, object] = {"object": self.object(one["object"]), "via": via or None, "until": until(one)}
        if id == "*":
            values["everyone"] = kind
        elif kind in self.told.people and not via:
            values["person"] = self.user(subject)
        tie = self.told.tie(type, one["relation"])
        if id != "*" and self.told.entity(kind) in self.work.catalog.entities[tie].fields:
            values[self.told.entity(kind)] = self.object(subject)
        records.create_record(self.work, tie, values)

    def decide(self, user: str, relation: str, target: str, at: str = "") -> tuple[bool, bool]:
        """Whether the user has the relation: by Python on the record, and by the database."""
        entity, id = self.told.entity(target.partition(":")[0]), self.object(target)
        verb = f"may_{name_of(relation)}"
        actor = Actor(self.user(user), user, frozenset({f"is_{name_of(user.partition(':')[0])}"}))
        work = self.work
        theirs = Work(
            work.host,
            work.settings,
            work.catalog,
            work.tx,
            actor,
            "api",
            datetime.fromisoformat(at) if at else work.now,
            work.files,
        )
        access = Access(work.catalog, work.host, actor)
        record = query.get(work.tx, work.catalog, entity, id)
        assert record is not None
        by_python = access.verdict(entity, verb, record, theirs.context(record)).allowed
        where = access.opening(entity, verb).where
        if where == "false":
            return by_python, False
        relation_of = Relation(where=where, key=("fga", where))
        found = query.get(work.tx, work.catalog, entity, id, ("id",), theirs.context(), relation=relation_of)
        return by_python, found is not None


class Undo(Exception):
    """Takes back what a case put into the database."""


def decided(runtime: Runtime, told: Translation, case: Case) -> list[str]:
    """The assertions of a case that come out otherwise than stated. Nothing of it stays in the database."""
    wrong = []
    with suppress(Undo), runtime.work(SYSTEM, "sample", write=True) as work:
        place = Place(work, told, case)
        for check in case.checks:
            found = place.decide(check.user, check.relation, check.object, check.now)
            if found != (check.expected, check.expected):
                asked = f"{check.user} {check.relation} {check.object}"
                wrong.append(f"{asked}: stated {check.expected}, Python and SQL say {found}")
        raise Undo
    return wrong


def test_assertions_are_decided_as_stated(folder: Path) -> None:
    """Each store that can be expressed decides all that it asserts, in Python and by the database; the others are listed."""
    wrong: list[str] = []
    expressed: dict[str, int] = {}
    unsaid: dict[str, str] = {}
    for family, path in stores(folder):
        name = f"{family}/{path.name}"
        try:
            store, model, tuples = load_store(path)
        except CannotSay as fault:
            unsaid[name] = str(fault)
            continue
        for deep in DEEP:
            told = Translation(model, askers(store), deep)
            try:
                with temporary_organisation(metadata=told.metadata()) as runtime:
                    cases = cases_of(store, tuples, told.people)
                    wrong += [
                        f"{name}: {line}" for case in cases for line in (*decided(runtime, told, case), *case.left)
                    ]
                    expressed[family] = expressed.get(family, 0) + sum(len(case.checks) for case in cases)
                unsaid.pop(name, None)
                break
            except (CannotSay, MetadataError) as fault:
                unsaid[name] = str(fault)
    assert not wrong, "\n".join(wrong)
    assert len(expressed) >= FAMILIES
    assert all(expressed.values())
    assert unsaid.keys() == UNSAID.keys()
    assert all(re.search(UNSAID[name], reason) for name, reason in unsaid.items())
