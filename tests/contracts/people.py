"""A small organisation with a tree of departments, and a few people, for the tests about who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services import accounts, records
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

TREE = "\n---\n".join(
    f"department: {name}\nlabel: {name.title()}" + (f"\nparent: {parent}" if parent else "")
    for name, parent in (("house", ""), ("care", "house"), ("night", "care"), ("kitchen", "house"))
)
ROLES = "role: carer\nlabel: {en: Carer, de: Pflege}\n---\nrole: cook\nlabel: Cook\n---\nrole: chief\nlabel: Chief"
GRANTS = """
grants:
  - {role: carer, entity: guest, verbs: [read, create, update], rows: "record.owner == actor.id || record.department in actor.departments"}
  - {role: chief, entity: user, verbs: [read, create, update, delete]}
  - {role: chief, entity: membership, verbs: [read, create, update, delete]}
  - {role: chief, entity: deputy, verbs: [read, create, update, delete]}
  - {role: chief, entity: department, verbs: [read, update]}
  - {role: everyone, entity: deputy, verbs: [create, update, delete], rows: "record.user == actor.id", fields: [user, deputy, since, until, reason]}
"""
GUEST = """
entity: guest
label: Guest
title: "{name}"
fields:
  name: {type: text, required: true, class: stay}
  owner: {type: user, class: stay, default: "= actor.id"}
  department: {type: link, to: department, class: stay}
"""
NEEDS = """
classes:
  stay: {label: Stay}
  staff: {label: Staff}
needs:
  stay: {house: W, care: W, kitchen: R}
  staff: {house: W, care: W, kitchen: R}
"""
METADATA = {
    "access/departments.yaml": TREE, "access/roles.yaml": ROLES, "access/grants.yaml": GRANTS, "access/needs.yaml": NEEDS,
    "entities/guest.yaml": GUEST,
}  # fmt: skip


@dataclass
class House:
    """The organisation, ids of its departments by code, and ways to make people and to be them."""

    runtime: Runtime
    departments: dict[str, str]
    admin: str

    def user(self, name: str, *roles: str, department: str | None = None, **values: Any) -> str:
        """A new user; his id."""
        given = {"name": name, "email": f"{name.lower()}@house.example", "roles": list(roles), **values}
        if department is not None:
            given["department"] = self.departments[department]
        return self.make("user", **given)

    def make(self, entity: str, **values: Any) -> str:
        """A new record, made by the system; its id."""
        with self.runtime.work(SYSTEM, "cli", write=True) as work:
            return str(records.create_record(work, entity, values)["id"])

    def change(self, entity: str, id: str, **values: Any) -> None:
        """Change a record, as the system."""
        with self.runtime.work(SYSTEM, "cli", write=True) as work:
            records.update_record(work, entity, id, values)

    def member(self, user: str, department: str, **values: Any) -> str:
        """A membership; its id."""
        return self.make("membership", user=user, department=self.departments[department], **values)

    def actor(self, user: str, acting: str | None = None) -> Actor:
        """A user as he is at this moment."""
        with self.runtime.work(SYSTEM, "cli") as work:
            return accounts.actor_by_id(work, user, acting)

    def session(self, user: str) -> str:
        """The secret of a new session."""
        with self.runtime.work(SYSTEM, "cli", write=True) as work:
            return accounts.begin_session(work, user)

    def codes(self, ids: frozenset[str]) -> set[str]:
        """Codes of departments by their ids."""
        return {code for code, id in self.departments.items() if id in ids}


@contextmanager
def open_house(url: str) -> Iterator[House]:
    """The organisation on a database, with one administrator."""
    with temporary_organisation(metadata=METADATA, url=url) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            admin = accounts.first_administrator(work, "Ada", "ada@house.example")
            found = work.tx.ask("SELECT code, id FROM department", ())
        yield House(runtime, {str(code): str(id) for code, id in found}, admin)
