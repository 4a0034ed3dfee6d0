"""Somebody who sees few of many records, for `xrm bench --pages`: rules that no index serves go through all of them before the first is
found, and an administrator, whom no rule holds back, never notices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...metamodel.values import SYSTEM
from ...services import accounts, records
from ...services.runtime import Runtime

ADMIN = "admin"


def reader_of_few(runtime: Runtime) -> tuple[str, frozenset[str]]:
    """The session of a new user who has every role but the administrator's and belongs to no department, and the entities of which he
    may see any record."""
    catalog = runtime.catalog
    values = {"name": "Reader", "email": "reader@example.org", "roles": [r for r in catalog.roles if r != ADMIN]}
    with runtime.work(SYSTEM, "cli", write=True) as work:
        user = str(records.create_record(work, "user", values)["id"])
        session = accounts.begin_session(work, user)
        actor = accounts.actor_by_id(work, user)
    with runtime.work(actor, "web") as work:
        closed = {name for name in catalog.entities if work.access.opening(name).is_closed}
    return session, frozenset(catalog.entities) - closed


def lists_of(
    entities: frozenset[str], runtime: Runtime, numbers: Mapping[str, int], number: int, least: int
) -> Iterator[tuple[str, list[str]]]:
    """The first list of each of these entities that has `least` records or more: its name and its address, so many times."""
    for name in sorted(entities, key=lambda n: -numbers.get(n, 0)):
        entity = runtime.catalog.entities[name]
        if numbers.get(name, 0) >= least and entity.parent is None and not entity.retired:
            yield name, [f"/e/{name}"] * number
