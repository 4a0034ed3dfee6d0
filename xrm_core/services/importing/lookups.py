"""Finding records by key for a whole chunk at once, remembering what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...metamodel.field_type import FieldFault
from ...storage import query
from ..columns import read_column, reader
from ..permits import seen_by_key
from ..work import Work
from ..writer import writer_of

Key = tuple[Any, ...]
KEPT = 500_000
NAMED = 5
"""Records that are named where a link fits several."""
AS_GIVEN = ("id", "source")
"""Columns of keys that are compared as they are."""


class Lookups:
    """Ids by entity, key columns and key. What an attempt adds is kept only when it is confirmed."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, tuple[str, ...]], dict[Key, str]] = {}
        self.fresh: list[tuple[tuple[str, tuple[str, ...]], Iterable[Key]]] = []
        self.several: dict[tuple[str, tuple[str, ...]], dict[Key, tuple[str, ...]]] = {}
        """Of columns that are no key: what fits more than one record, and titles of those that the actor sees."""

    def find(self, work: Work, entity: str, columns: tuple[str, ...], keys: Iterable[Key]) -> dict[Key, str]:
        """The ids of the records that have these keys (values as stored). Keys with an empty part find nothing."""
        known = self.known.setdefault((entity, columns), {})
        wanted = dict.fromkeys(key for key in keys if None not in key)
        missing = [key for key in wanted if key not in known]
        if missing:
            if len(known) > KEPT:
                known.clear()
            if columns == ("id",):
                found = {
                    (id,): record
                    for id, record in query.get_many(work.tx, work.catalog, entity, [k[0] for k in missing]).items()
                }
            else:
                found = query.by_key(work.tx, work.catalog, entity, columns, missing)
            for key, record in seen_by_key(work, entity, found, columns).items():
                self.put(entity, columns, key, record["id"])
        return {key: known[key] for key in wanted if key in known}

    def choose(self, work: Work, entity: str, columns: tuple[str, ...], keys: Iterable[Key]) -> None:
        """Find what links ask for. By columns that are no key a link is found where just one record that the actor sees has
        the values; where several have, it is none of them, and `several` names them."""
        if columns == ("id",) or any(
            set(k.columns) <= set(columns) and k.when is None for k in work.entity(entity).keys
        ):
            self.find(work, entity, columns, keys)
            return
        known, several = self.known.setdefault((entity, columns), {}), self.several.setdefault((entity, columns), {})
        missing = [key for key in dict.fromkeys(keys) if None not in key and key not in known and key not in several]
        if not missing:
            return
        for key, records in query.all_by_key(work.tx, work.catalog, entity, columns, missing).items():
            seen = [r for r in records if seen_by_key(work, entity, {key: r}, columns)]
            if len(seen) == 1:
                self.put(entity, columns, key, seen[0]["id"])
            elif seen:
                several[key] = tuple(_titled(work, entity, record["id"]) for record in seen[:NAMED])

    def fitting(self, entity: str, columns: tuple[str, ...], key: Key | None) -> tuple[str, ...]:
        """Titles of the records that a key fits, where that is more than one."""
        return () if key is None else self.several.get((entity, columns), {}).get(key, ())

    def put(self, entity: str, columns: tuple[str, ...], key: Key, id: str) -> None:
        """Remember a record that was found or made."""
        self.known.setdefault((entity, columns), {})[key] = id
        self.fresh.append(((entity, columns), (key,)))

    def put_many(self, entity: str, columns: tuple[str, ...], found: Mapping[Key, str]) -> None:
        """Remember many records; `found` is not changed afterwards."""
        place = (entity, columns)
        self.known.setdefault(place, {}).update(found)
        self.fresh.append((place, found.keys()))

    def confirm(self) -> None:
        """What was added is committed. What columns find that are no key may be another thing now."""
        for place in self.several:
            self.known.pop(place, None)
        self.several.clear()
        self.fresh.clear()

    def clear(self) -> None:
        """What is known may have changed meanwhile."""
        self.known.clear()
        self.several.clear()
        self.fresh.clear()

    def forget(self) -> None:
        """What was added is rolled back."""
        for place, keys in self.fresh:
            known = self.known.get(place, {})
            for key in keys:
                known.pop(key, None)
        self.fresh.clear()


def _titled(work: Work, entity: str, id: str) -> str:
    """A record as the actor reads it, with its id: titles may be the same."""
    relation = work.relation(entity)
    shown = query.get(work.tx, work.catalog, entity, id, ("display",), work.context(), relation=relation) or {}
    return f"{shown.get('display') or entity} ({id})"


def stored_keys(work: Work, entity: str, columns: Sequence[str], keys: Sequence[Key]) -> list[Key | None]:
    """`stored_key` of many keys, column by column where all its fields have one column."""
    writer = writer_of(work.catalog, entity)
    if not keys or not all(name in AS_GIVEN or name in writer.plain for name in columns):
        return [stored_key(work, entity, columns, key) for key in keys]
    bad: set[int] = set()
    read = [
        values if name in AS_GIVEN else read_column(values, reader(work, writer, name, True), None, None, bad)
        for name, values in zip(columns, zip(*keys, strict=True), strict=True)
    ]
    return [None if n in bad else key for n, key in enumerate(zip(*read, strict=True))]


def stored_key(work: Work, entity: str, columns: Sequence[str], values: Sequence[Any]) -> Key | None:
    """A key as the database holds it; None where a value cannot be of its field."""
    owner = writer_of(work.catalog, entity).owner
    key: list[Any] = []
    for name, value in zip(columns, values, strict=True):
        if value is None or name in AS_GIVEN:
            key.append(value)
            continue
        field = owner.get(name)
        if field is None:
            return None
        try:
            given = {name: value}
            read = (
                field.type.read(given, field, work.env)
                if isinstance(value, str)
                else field.type.accept(given, field, work.env)
            )
        except (FieldFault, KeyError):
            return None
        key.append(read.get(name))
    return tuple(key)
