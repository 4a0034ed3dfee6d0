"""Many records out of a few: the sample of the plugins in use, copied until an entity has as many as asked for.

What points to a record that is copied is copied with it, and points to the copy; what does not (products, campaigns, users)
is shared by all copies. So each record keeps as many others around it as in the sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...metamodel.catalog import Catalog, Entity
from ...metamodel.values import SYSTEM, Query
from ...services.runtime import Runtime
from ...storage import query, records, search
from ...storage.analysis import analyse
from ...storage.ddl import Ddl, plain_dialect
from ...storage.ids import new_id
from ...storage.names import limited
from ...storage.shape import shape_of
from ...storage.tables import stored_columns

TOGETHER, MOST_TIMES = 8, 3
"""Copies made in one transaction; and how many records of one entity there may be for one of the entity that is asked for."""
APART = frozenset({"user", "department", "membership", "deputy"})
Rows = list[dict[str, Any]]


def multiply(runtime: Runtime, entity: str, count: int, move: Callable[[int, int], None]) -> dict[str, int]:
    """Copy records until there are `count` of `entity`; how many there are of each entity that was copied."""
    catalog = runtime.catalog
    with runtime.work(SYSTEM, "cli") as work:
        sample = {name: _all(work.tx, catalog, name) for name in _around(catalog, entity)}
    most = MOST_TIMES * max(1, len(sample[entity]))
    sample = {name: rows for name, rows in sample.items() if 0 < len(rows) <= most and _may_copy(catalog, name)}
    copies = max(0, count // max(1, len(sample[entity])) - 1)
    ties = _ties(catalog, sample) if runtime.database.dialect == "postgresql" else []
    _do(runtime, [drop for drop, _ in ties])
    for first in range(0, copies, TOGETHER):
        _copy(runtime, sample, range(first, min(first + TOGETHER, copies)))
        move(min((first + TOGETHER + 1) * len(sample[entity]), count), count)
    _do(runtime, [add for _, add in ties])
    analyse(runtime.database, *sample, "xrm_search")
    return {name: len(rows) * (copies + 1) for name, rows in sample.items()}


def _ties(catalog: Catalog, sample: Mapping[str, Rows]) -> list[tuple[str, str]]:
    """The statements that drop, and that make anew and check, each rule by which a record repeats what another one says: a copy comes
    before what it points to. SQLite looks at none of them while records are copied."""
    ddl = Ddl("postgresql")
    return [
        (ddl.drop_constraint(table.name, str(tie.name)), ddl.add_link(tie))
        for table in shape_of(catalog, plain_dialect("postgresql")).tables.values()
        if table.name in {limited(name) for name in sample}
        for tie in table.foreign_key_constraints
        if len(tie.column_keys) > 1
    ]


def _do(runtime: Runtime, statements: Sequence[str]) -> None:
    with runtime.database.write() as tx:
        for statement in statements:
            tx.ddl(statement)


def _all(tx: Any, catalog: Catalog, entity: str) -> Rows:
    return [dict(row) for row in query.run(tx, catalog, Query(entity, sort=("id",), limit=10_000)).rows]


def _links(entity: Entity) -> Iterator[tuple[str, Sequence[str]]]:
    """Columns that hold one other record, and the entities that it may be of."""
    for column in stored_columns(entity):
        if column.kind.kind == "ref":
            yield column.name, column.kind.entities


def _around(catalog: Catalog, root: str) -> list[str]:
    """The entity, and those that lead to it by links, each behind what it must point to; behind what it may point to where that
    is possible."""
    names = [e.name for e in catalog.entities.values() if not e.retired and e.name not in APART]
    near = {root}
    while more := {n for n in names if any(near & targets for targets in _targets(catalog, n))} - near:
        near |= more
    found: list[str] = [root]
    left = [n for n in names if n in near and n != root]
    while left:
        waiting = set(left)
        ready = [n for n in left if not any(t & (waiting - {n}) for t in _targets(catalog, n))]
        ready = ready or [n for n in left if not any(t & (waiting - {n}) for t in _targets(catalog, n, required=True))]
        found.append((ready or left)[0])
        left.remove(found[-1])
    return found


def _targets(catalog: Catalog, name: str, *, required: bool = False) -> Iterator[set[str]]:
    """The entities that each link of an entity may point to; of those links only that may not be empty."""
    entity = catalog.entities[name]
    kinds = {c.name: c.kind for c in stored_columns(entity)}
    for column, targets in _links(entity):
        if not (required and kinds[column].null):
            yield set(targets)


def _may_copy(catalog: Catalog, entity: str) -> bool:
    """Whether a copy can keep every key: one of its columns is a text or a number, or a link that changes."""
    kinds = {c.name: c.kind.kind for c in stored_columns(catalog.entities[entity])}
    return all(
        any(kinds.get(c) in ("text", "ref", "int") for c in key.columns) for key in catalog.entities[entity].keys
    )


def _copy(runtime: Runtime, sample: Mapping[str, Rows], numbers: Sequence[int]) -> None:
    catalog, ids = (
        runtime.catalog,
        {n: {row["id"]: new_id() for rows in sample.values() for row in rows} for n in numbers},
    )
    with runtime.database.write(unchecked=True) as tx:
        there: set[str] = set()
        waiting: list[tuple[str, Rows]] = []
        for name, rows in sample.items():
            entity = catalog.entities[name]
            there.add(name)
            made = [_copied(entity, row, n, ids[n], there) for n in numbers for row in rows]
            records.insert(tx, catalog, name, made)
            search.index(tx, catalog, name, made, new=True)
            for column in [c for c, targets in _links(entity) if c != "id" and there.isdisjoint(targets)]:
                pairs = [(ids[n][row["id"]], ids[n].get(row[column])) for n in numbers for row in rows]
                waiting.append((name, [{"id": id, column: to} for id, to in pairs if to]))
        for name, found in waiting:
            records.update_many(tx, catalog, name, found)


BEYOND = 1_000_000
"""More than any number in a key of the sample, so that those of copies are their own."""


def _copied(
    entity: Entity, row: Mapping[str, Any], number: int, ids: Mapping[str, str], there: set[str]
) -> dict[str, Any]:
    """A copy of a record: keys that are texts or numbers get its number, links go to what was copied before it; one that only one
    record may have, to what is not copied or comes later, is left empty. Those to what comes later follow when it is there."""
    made = {**row, "id": ids[row["id"]]}
    kinds = {c.name: c.kind for c in stored_columns(entity)}
    for name, targets in _links(entity):
        if name != "id" and made[name] in ids and (not set(targets).isdisjoint(there) or not kinds[name].null):
            made[name] = ids[made[name]]
    for key in entity.keys:
        for name in [c for c in key.columns if kinds[c].kind == "text" and not kinds[c].codes and made[c]]:
            made[name] = f"{row[name]}-{number}"
        if all(made[c] == row[c] for c in key.columns):  # its links go to what is not copied
            for name in [c for c in key.columns if kinds[c].kind == "int" and made[c] is not None]:
                made[name] = row[name] + (number + 1) * BEYOND
            for name in [c for c in key.columns if kinds[c].kind == "ref" and kinds[c].null and len(key.columns) == 1]:
                made[name] = None
    return made
