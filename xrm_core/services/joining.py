"""Two records made one: the values that are chosen go to the record that stays, then the other is merged into it by the transition that
its entity names; and what that would do, tried out and told as far as the actor sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct

from ..errors import BadRequest, NotFound, Problem, XrmError
from ..expressions import one_of
from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.definitions import MergeDef
from ..metamodel.values import Query
from ..storage import history
from ..storage.history import Past
from .lists import list_records, nested_records
from .permits import changed_since
from .records import read_record, run_transition, update_record
from .sight import is_open, reads, shows_rows
from .similar import lots
from .work import Work

COUNTED = 1_000
"""Records of one kind that are counted."""
TRIED = "?"
"""Stands for the reason while a merge that asks for one is only tried."""


class Group(Struct, frozen=True):
    """Records of a kind that the actor sees, and how many; `name`: what happens to them, by its name in the metadata: the field of
    child rows, a transition, the set that they stand in; `why`: for what stays, `kept` (never changed), `copied` or `double`."""

    entity: str
    count: int
    name: str = ""
    why: str = ""

    @property
    def is_more(self) -> bool:
        """Are there more than were counted?"""
        return self.count > COUNTED


class Foreseen(Struct):
    """What a merge would do: records that would point to the one that stays, rows it would be given, records made for it, steps that
    others would take, what would stay with the one that goes; or why it is refused."""

    moves: Sequence[Group] = ()
    rows: Sequence[Group] = ()
    copies: Sequence[Group] = ()
    steps: Sequence[Group] = ()
    stays: Sequence[Group] = ()
    refused: Sequence[Problem] = ()


class _TakenBack(Exception):
    """Ends a merge that was only tried."""


def way_of(entity: Entity) -> MergeDef:
    """How two records of an entity become one. Raises NotFound where the metadata does not say."""
    if entity.similar is None or entity.similar.merge is None or entity.lifecycle is None:
        raise NotFound(_("nothing says how two of these records become one"), code="not_found")
    return entity.similar.merge


def join_records(
    work: Work, entity: str, gone: str, stays: str, taken: Iterable[str] = (), reason: str | None = None,
    versions: tuple[int | None, int | None] = (None, None),
) -> None:  # fmt: skip
    """Give the record `stays` the values that `gone` has in the fields `taken`, then merge `gone` into it; `versions` of both as the
    actor saw them, that of `gone` first. Raises NotFound, BadRequest, VersionConflict, Refused, InvalidRecord, PluginError."""
    known = work.entity(entity)
    way = way_of(known)
    if gone == stays:
        raise BadRequest(_("choose two different records"), code="same_record")
    fields = [known.fields[name] for name in dict.fromkeys(taken) if name in known.fields and reads(work, known, name)]
    columns = [column.name for field in fields for column in field.columns]
    other, kept = (read_record(work, entity, id, ("id", "version", *columns)) for id in (gone, stays))
    if versions[1] is not None and kept["version"] != versions[1]:
        raise changed_since(work, entity, kept, versions[1])
    values: dict[str, Any] = {}
    for field in fields:
        found = {column.name: other[column.name] for column in field.columns}
        if any(value not in (None, "", []) for value in found.values()):
            values |= found
    if values:
        update_record(work, entity, stays, values)
    run_transition(work, entity, gone, way.transition, {way.into: stays}, versions[0], reason)


def foresee(work: Work, entity: str, gone: str, stays: str, taken: Iterable[str] = ()) -> Foreseen:
    """What merging would do: done in this transaction, which writes, and taken back. Counts hold what the actor sees. Raises faults
    of the platform, and NotFound where one of the two is not there for him."""
    made: list[Foreseen] = []
    before = len(work.told)
    known = work.entity(entity)
    way = way_of(known)
    asks = known.lifecycle is not None and known.lifecycle.transitions[way.transition].reason == "required"
    try:
        with work.tx.savepoint():
            join_records(work, entity, gone, stays, taken, TRIED if asks else None)
            made.append(_told(work, known, gone, stays, history.many(work.tx, work.catalog, work.told[before:])))
            raise _TakenBack
    except _TakenBack:
        pass
    except XrmError as fault:
        if fault.status >= 500 or fault.status == 404:
            raise
        made.append(Foreseen(refused=fault.problems or (Problem(fault.message, fault.code, hint=fault.hint),)))
    work.forget()
    del work.told[before:]
    return made[0]


def _told(work: Work, entity: Entity, gone: str, stays: str, entries: Sequence[Past]) -> Foreseen:
    """What entries of the history say of a merge, in groups."""
    moved: dict[tuple[str, str], dict[str, str]] = {}
    given: dict[str, int] = {}
    copied: dict[str, list[str]] = {}
    stepped: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        own = entry.entity == entity.name and entry.record_id in (gone, stays)
        if own or entry.entity not in work.catalog.entities:
            continue
        if entry.action == "create" and entry.parent_id == stays:
            given[entry.entity] = given.get(entry.entity, 0) + 1
        elif entry.action == "create":
            copied.setdefault(entry.entity, []).append(entry.record_id)
        if entry.transition:
            stepped.setdefault((entry.entity, entry.transition), []).append(entry.record_id)
        if entry.action == "update":
            for column in _turned(work, entry):
                moved.setdefault((entry.entity, column), {})[entry.record_id] = str(entry.changes[column][1])
    moves: dict[str, int] = {}
    for (name, column), ids in moved.items():
        moves[name] = moves.get(name, 0) + _seen(work, name, ids, column)
    tables = {c.entity: n for n, c in entity.children.items() if c.kind == "child_table" and shows_rows(work, c) and reads(work, entity, n)}  # fmt: skip
    copies = [Group(name, _seen(work, name, dict.fromkeys(ids, ""))) for name, ids in copied.items()]
    return Foreseen(
        moves=_ordered(Group(name, n) for name, n in moves.items()),
        rows=_ordered(Group(name, n, tables[name]) for name, n in given.items() if name in tables),
        copies=_ordered(copies),
        steps=_ordered(Group(name, _seen(work, name, dict.fromkeys(ids, "")), step) for (name, step), ids in stepped.items()),
        stays=_ordered(_staying(work, entity, gone, copied)),
    )  # fmt: skip


def _turned(work: Work, entry: Past) -> list[str]:
    """The links of a record that pointed to one record before and to another after."""
    columns = work.entity(entry.entity).columns
    return [
        name for name, (before, after) in entry.changes.items()
        if before and after and name in columns and columns[name].kind.kind == "ref"
    ]  # fmt: skip


def _ordered(groups: Iterable[Group]) -> list[Group]:
    return sorted((g for g in groups if g.count), key=lambda g: (-g.count, g.entity))


def _seen(work: Work, entity: str, ids: Mapping[str, str], column: str = "") -> int:
    """How many of some records the actor sees, as far as they are counted; with `column` those of which he sees where it points to."""
    known = work.entity(entity)
    if not is_open(work, entity) or (column and not reads(work, known, column)):
        return 0
    names = ("id", column) if column else ("id",)
    found = 0
    for few in lots(list(islice(ids, COUNTED + 1))):
        page = list_records(work, Query(entity, names, one_of("record.id", few), (), len(few)))
        found += sum(1 for row in page.rows if not column or row[column] == ids[str(row["id"])])
    return found


def _staying(work: Work, entity: Entity, gone: str, copied: Mapping[str, Sequence[str]]) -> list[Group]:
    """What the actor sees still point to the record that is gone, and why."""
    groups = []
    for name, children in entity.children.items():
        if children.kind == "child_table" or not shows_rows(work, children) or not reads(work, entity, name):
            continue
        try:
            count = min(len(nested_records(work, children, [gone], ("id",)).get(gone, ())), COUNTED + 1)
        except BadRequest:  # more than stand below one record
            count = COUNTED + 1
        of = work.entity(children.entity)
        why = "copied" if of.name in copied else "kept" if of.append_only else "double"
        groups.append(Group(of.name, count, name, why))
    return groups
