"""The meaning of access said a second time, as simply as can be: every record in memory, one loop after the other.

`prove` and the property tests compare it with what the statements answer. It shares nothing with them but the parser and the
catalog: rules are worked out here on the syntax tree, grants and the needs matrix are read anew, nothing is folded or kept
ready. Where it is slow, it is meant to be.

    oracle = Oracle(catalog, records, Person(roles={"sales"}, units={"sales"}, departments=[id], id=user))
    oracle.rows("donation")                                   # {id: {column: value}}, closed fields empty
    oracle.listed("donation", ("amount",), filter, sort)      # as a list answers
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Entity
from ..metamodel.rights import GrantDef
from .oracle_values import Evaluator, Moment, View

Row: TypeAlias = Mapping[str, Any]
Records: TypeAlias = Mapping[str, Mapping[str, Row]]
ALWAYS = frozenset(SYSTEM_COLUMNS) | {"display"}
READING = ("read", "history", "export")
COVERED = {"history": "read", "export": "read", "import": "update", "restore": "delete"}


@dataclass(frozen=True)
class Person:
    """Who asks: roles and departments by name, facts for the rules by id."""

    roles: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    departments: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    id: str | None = None
    signed_in: bool = True

    def facts(self) -> dict[str, Any]:
        """What rules call `actor`."""
        return {
            "id": self.id,
            "roles": list(self.roles),
            "departments": list(self.departments),
            "leads": list(self.leads),
        }


@dataclass(frozen=True)
class Ground:
    """A grant or deny that holds for a record: the fields that it opens or closes (None: the record), and whether it names them."""

    fields: frozenset[str] | None
    exact: bool = False


class Oracle:
    """One person before all records, those in the bin too. `records`: entity -> id -> stored columns."""

    def __init__(self, catalog: Catalog, records: Records, person: Person, now: Moment | None = None) -> None:
        self.catalog, self.records, self.person = catalog, records, person
        self.stored = Evaluator(catalog, View(self._stored, self._stored_children), person.facts(), now)
        self.seen = Evaluator(catalog, View(self._seen, self._seen_children, self._shows), person.facts(), now)
        self._known: dict[tuple[str, str], tuple[bool, frozenset[str]]] = {}

    # ---- what is open
    def verdict(self, entity: str, id: str, verb: str = "read") -> tuple[bool, frozenset[str]]:
        """Whether the verb is open on a record, and the fields that it is open on."""
        row = self.records[entity].get(id)
        return (False, frozenset()) if row is None else self._verdict(self.catalog.entities[entity], row, verb)

    def _verdict(self, entity: Entity, row: Row, verb: str) -> tuple[bool, frozenset[str]]:
        if "admin" in self.person.roles:
            return True, frozenset(entity.fields) | ALWAYS
        grants, denies = list(self._grants(entity, row, verb)), list(self._denies(entity, row, verb))
        if not grants or any(deny.fields is None for deny in denies):
            return False, frozenset()
        opened = frozenset().union(*(g.fields or frozenset() for g in grants))
        return True, opened.difference(*(deny.fields or frozenset() for deny in denies))

    def exists(self, entity: str, field: str | None = None, verb: str = "read") -> bool:
        """Whether an entity, or a field of it, is open on any record that there could be."""
        if "admin" in self.person.roles:
            return True
        found = self.catalog.entities[entity]
        grants = list(self._all_grants(found, verb))
        shut = [fields for text, fields in self._all_denies(found, verb) if text is None]
        if not grants or None in shut:
            return False
        closed = frozenset().union(*(fields for fields in shut if fields is not None))
        return field is None or any(field in g and field not in closed for g in grants)

    def _grants(self, entity: Entity, row: Row, verb: str) -> Iterator[Ground]:
        for grant in self._speaking(entity, verb, deny=False):
            if self._holds(grant, entity, row):
                yield Ground(self._opened(entity, grant, verb), grant.fields is not None)
        owner, above, field = self._owner(entity, row)
        if owner is None or above is None:
            return
        for role, ground in self._above(owner, above, verb):
            if ground.fields is not None and field in ground.fields:
                fields = self._by_matrix(entity, role, verb)
                loose = self._loose(entity) if ground.exact else set()
                yield Ground(fields | loose, ground.exact)

    def _above(self, owner: Entity, row: Row, verb: str) -> Iterator[tuple[str, Ground]]:
        """Grants of the owner's record, for its rows: reading goes with reading, all else with changing it."""
        for asked in _asked_above(verb):
            for grant in self._speaking(owner, asked, deny=False):
                if self._holds(grant, owner, row):
                    yield grant.role, Ground(self._opened(owner, grant, asked), grant.fields is not None)

    def _denies(self, entity: Entity, row: Row, verb: str) -> Iterator[Ground]:
        for grant in self._speaking(entity, verb, deny=True):
            if self._closes(grant, entity, row):
                yield Ground(None if grant.fields is None else frozenset(grant.fields))
        owner, above, field = self._owner(entity, row)
        if owner is None or above is None:
            return
        for asked in _asked_above(verb):
            if any(g.fields is None or field in g.fields for g in self._denies(owner, above, asked)):
                yield Ground(None)

    def _all_grants(self, entity: Entity, verb: str) -> Iterator[frozenset[str]]:
        """The fields of every grant that could hold for some record."""
        for grant in self._speaking(entity, verb, deny=False):
            if grant.rows is not False:
                yield self._opened(entity, grant, verb)
        if entity.parent is None:
            return
        owner, field = self._holder(entity)
        for asked in _asked_above(verb):
            for grant in self._speaking(owner, asked, deny=False):
                if grant.rows is not False and field in self._opened(owner, grant, asked):
                    loose = self._loose(entity)
                    yield self._by_matrix(entity, grant.role, verb) | (loose if grant.fields is not None else set())

    def _all_denies(self, entity: Entity, verb: str) -> Iterator[tuple[str | None, frozenset[str] | None]]:
        for grant in self._speaking(entity, verb, deny=True):
            text = None if grant.rows is True else str(grant.rows)
            yield text, None if grant.fields is None else frozenset(grant.fields)
        if entity.parent is not None:
            owner, field = self._holder(entity)
            for asked in _asked_above(verb):
                yield from (
                    (t, None) for t, fields in self._all_denies(owner, asked) if fields is None or field in fields
                )

    def _speaking(self, entity: Entity, verb: str, *, deny: bool) -> Iterator[GrantDef]:
        person = self.person
        for grant in self.catalog.grants:
            is_his = grant.role in person.roles or grant.role == "anonymous"
            is_his = is_his or (grant.role == "everyone" and person.signed_in)
            is_of = grant.entity == entity.name or (grant.mixin is not None and grant.mixin in entity.mixins)
            if grant.deny == deny and is_his and is_of and _covers(grant, verb):
                yield grant

    def _holds(self, grant: GrantDef, entity: Entity, row: Row) -> bool:
        if isinstance(grant.rows, bool):
            return grant.rows
        return self.stored.yes(grant.rows, entity.name, row)

    def _closes(self, deny: GrantDef, entity: Entity, row: Row) -> bool:
        """A deny closes wherever it is not surely false."""
        if isinstance(deny.rows, bool):
            return deny.rows
        return self.stored.perhaps(deny.rows, entity.name, row) is not False

    # ---- which fields
    def _opened(self, entity: Entity, grant: GrantDef, verb: str) -> frozenset[str]:
        if grant.fields is not None:
            return frozenset(grant.fields) | ALWAYS
        return self._by_matrix(entity, grant.role, verb) - frozenset(grant.without)

    def _by_matrix(self, entity: Entity, role: str, verb: str) -> frozenset[str]:
        wanted = ("R", "W") if verb in READING else ("W",)
        who = self._columns(role)
        opened = set(ALWAYS)
        for name, field in entity.fields.items():
            data_class = field.data_class
            if data_class is None and entity.parent is not None:
                owner, holder = self._holder(entity)
                data_class = owner.fields[holder].data_class if holder in owner.fields else None
            if data_class is None or any(self._cell(data_class, one) in wanted for one in who):
                opened.add(name)
        return frozenset(opened)

    def _columns(self, role: str) -> set[str]:
        """Who speaks for a role in the matrix."""
        roles, known = self.person.roles, self.catalog.roles
        if role in ("everyone", "anonymous"):
            homes = {d for r in roles if r in known and (d := known[r].department)}
            return {"everyone", *self.person.units, *homes} | (
                {"steward"} if any(r in known and known[r].steward for r in roles) else set()
            )
        home = known[role].department if role in known else None
        steward = {"steward"} if role in known and known[role].steward else set()
        return {role, "everyone"} | ({home} if home else set(self.person.units)) | steward

    def _cell(self, data_class: str, who: str) -> str:
        matrix = self.catalog.needs.needs
        here: str | None = who
        for _ in range(len(self.catalog.departments) + 1):
            if here is None or any(here in row for row in matrix.values()):
                break
            department = self.catalog.departments.get(here)
            here = department.parent if department is not None else None
        return matrix.get(data_class, {}).get(here or "", "-")

    def _holder(self, entity: Entity) -> tuple[Entity, str]:
        """The owner of child rows, and its field that holds them."""
        owner = self.catalog.entities[entity.fields[str(entity.parent)].columns[0].kind.entities[0]]
        return owner, next(c.name for c in owner.children.values() if c.entity == entity.name and c.kind != "reverse")

    def _loose(self, entity: Entity) -> set[str]:
        """The fields of child rows that have no data class but that of the field which holds the rows."""
        owner, holder = self._holder(entity)
        own = owner.fields[holder].data_class if holder in owner.fields else None
        return {name for name, field in entity.fields.items() if field.data_class is None or field.data_class == own}

    def _owner(self, entity: Entity, row: Row) -> tuple[Entity | None, Row | None, str]:
        if entity.parent is None:
            return None, None, ""
        owner, field = self._holder(entity)
        return owner, self.records[owner.name].get(row[entity.fields[entity.parent].columns[0].name]), field

    # ---- what is seen
    def _open(self, entity: str, id: str) -> tuple[bool, frozenset[str]]:
        key = (entity, id)
        if key not in self._known:
            self._known[key] = self.verdict(entity, id)
        return self._known[key]

    def row(self, entity: str, id: str) -> dict[str, Any] | None:
        """A record as it is seen; None: there is none. Links still hold the ids of records that are not seen."""
        is_open, fields = self._open(entity, id)
        if not is_open:
            return None
        known = self.catalog.entities[entity]
        return {
            name: value if known.field_of_column.get(name, name) in fields or name in SYSTEM_COLUMNS else None
            for name, value in self.records[entity][id].items()
        }

    def rows(self, entity: str, *, deleted: bool = False) -> dict[str, dict[str, Any]]:
        """All records that are seen, by id; `deleted`: those in the bin."""
        found = {
            id: self.row(entity, id)
            for id, raw in self.records[entity].items()
            if (raw["deleted_at"] is not None) == deleted
        }
        return {id: row for id, row in found.items() if row is not None}

    def _stored(self, entity: str, id: str) -> Row | None:
        return self.records.get(entity, {}).get(id)

    def _stored_children(self, entity: str, by: str, id: str) -> list[Row]:
        return [r for r in self.records[entity].values() if r["deleted_at"] is None and r[self._link(entity, by)] == id]

    def _seen(self, entity: str, id: str) -> Row | None:
        return self.row(entity, id) if id in self.records.get(entity, {}) else None

    def _seen_children(self, entity: str, by: str, id: str) -> list[Row]:
        return [r for r in self.rows(entity).values() if r[self._link(entity, by)] == id]

    def _link(self, entity: str, by: str) -> str:
        known = self.catalog.entities[entity]
        return known.fields[by].columns[0].name if by in known.fields and known.fields[by].columns else by

    def _shows(self, entity: str, id: str, field: str) -> bool:
        return field in ALWAYS or field in self._open(entity, id)[1]

    # ---- what is answered
    def value(self, entity: str, row: Row, path: str) -> Any:
        """The value of a path of a record that is seen."""
        return self.seen.value(f"record.{path}", entity, row)

    def listed(
        self,
        entity: str,
        columns: Sequence[str],
        filter: str | None = None,
        sort: Sequence[str] = ("-id",),
        *,
        deleted: bool = False,
    ) -> list[dict[str, Any]]:
        """The whole list, in its order; empty values last, the id decides."""
        found = [
            r for r in self.rows(entity, deleted=deleted).values() if filter is None or self.seen.yes(filter, entity, r)
        ]
        keys = list(sort)
        if not any(k.lstrip("-") == "id" for k in keys):
            keys.append("-id" if not keys or keys[-1].startswith("-") else "id")
        for key in reversed(keys):
            path, down = key.lstrip("-"), key.startswith("-")
            pairs = [(self._rank(entity, path, self.value(entity, r, path)), r) for r in found]
            filled = [p for p in pairs if p[0] is not None]
            filled.sort(key=lambda p: p[0], reverse=down)
            found = [r for _, r in filled] + [r for v, r in pairs if v is None]
        return [{path: self.value(entity, r, path) for path in columns} for r in found]

    def _rank(self, entity: str, path: str, value: Any) -> Any:
        """Choices are sorted as they are declared."""
        column = self.catalog.entities[entity].columns.get(path)
        known = self.catalog.codes.get(column.kind.codes or "") if column is not None else None
        if known is None or value is None:
            return value
        codes = list(known.values)
        return codes.index(value) if value in codes else len(codes)

    def grouped(
        self, entity: str, by: str, total: str | None = None, filter: str | None = None
    ) -> dict[Any, tuple[int, Any]]:
        """Value of `by` -> number of records and sum of `total`."""
        made: dict[Any, tuple[int, Any]] = {}
        for row in self.rows(entity).values():
            if filter is None or self.seen.yes(filter, entity, row):
                key, more = self.value(entity, row, by), self.value(entity, row, total) if total else None
                count, found = made.get(key, (0, None))
                made[key] = (count + 1, found if more is None else more if found is None else found + more)
        return made


def _covers(grant: GrantDef, verb: str) -> bool:
    if verb in grant.verbs or (grant.deny and "read" in grant.verbs):
        return True
    if verb in ("read", "create", "update", "delete", "purge"):
        return False
    return COVERED.get(verb, "update") in grant.verbs


def _asked_above(verb: str) -> tuple[str, ...]:
    if verb in (*READING, "purge"):
        return (verb,)
    return ("update", "create") if verb == "create" else ("update",)
