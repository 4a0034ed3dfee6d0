"""Who sees and does what: for each role and department, by entity and verb, on which rows and with which fields. It is made of
the metadata alone, so two states of them can be compared (`access_diff`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Entity
from .explaining import place_of
from .masking import NOWHERE, Opening
from .needs import class_of
from .rules import OWN, RuleBook, Rules, grants_of

NAMELESS = "unclassed"
"""Stands for fields without a data class."""


class Subject(Struct, frozen=True):
    """Somebody as the map knows him: the holder of one role, a member of a department without a role, whoever is signed in,
    or anybody. `department`: where he works."""

    name: str
    role: str | None
    department: str | None


class Cell(Struct, frozen=True):
    """What one verb opens of one entity. `rows`: conditions of which one must hold (None: all rows); `but`: conditions that
    close; `fields`: the open ones; `partly`: those that are open on some of the rows, with the condition; `classes`: their
    data classes; `places`: the grants."""

    rows: tuple[str, ...] | None
    but: tuple[str, ...]
    fields: tuple[str, ...]
    partly: tuple[tuple[str, str], ...]
    classes: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def condition(self) -> str:
        """The rows in words of the expression language."""
        opened = "all" if self.rows is None else " || ".join(self.rows)
        return f"{opened}, but not: {' || '.join(self.but)}" if self.but else opened

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "rows": None if self.rows is None else list(self.rows), "but": list(self.but), "fields": list(self.fields),
            "partly": dict(self.partly), "classes": list(self.classes), "places": list(self.places),
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Cell:
        """Back from plain values."""
        rows = value["rows"]
        return cls(
            None if rows is None else tuple(rows), tuple(value["but"]), tuple(value["fields"]),
            tuple(sorted(value["partly"].items())), tuple(value["classes"]), tuple(value["places"]),
        )  # fmt: skip


class Line(Struct, frozen=True):
    """Verbs that open the same rows of an entity with the same classes of data."""

    entity: str
    verbs: tuple[str, ...]
    condition: str
    classes: tuple[str, ...]
    rows: tuple[str, ...] | None
    but: tuple[str, ...]


class AccessMap(Struct, frozen=True):
    """The whole. `cells` by (subject, entity, verb); nothing stands there for what is closed."""

    subjects: tuple[Subject, ...]
    cells: dict[tuple[str, str, str], Cell]

    def of(self, subject: str) -> dict[tuple[str, str], Cell]:
        """(entity, verb) -> cell of one subject."""
        return {(entity, verb): cell for (who, entity, verb), cell in self.cells.items() if who == subject}

    def lines(self, subject: str) -> list[Line]:
        """The cells of one subject for readers: verbs that open the same stand together."""
        found: dict[tuple[str, str, tuple[str, ...]], tuple[Cell, list[str]]] = {}
        for (entity, verb), cell in self.of(subject).items():
            found.setdefault((entity, cell.condition, cell.classes), (cell, []))[1].append(verb)
        return [
            Line(entity, tuple(verbs), condition, classes, cell.rows, cell.but)
            for (entity, condition, classes), (cell, verbs) in found.items()
        ]

    def to_json(self) -> dict[str, Any]:
        """As plain values, for programs and to be kept."""
        made: dict[str, Any] = {
            s.name: {"role": s.role, "department": s.department, "entities": {}} for s in self.subjects
        }
        for (who, entity, verb), cell in self.cells.items():
            made[who]["entities"].setdefault(entity, {})[verb] = cell.to_json()
        return made

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> AccessMap:
        """Back from plain values."""
        subjects = tuple(Subject(name, one["role"], one["department"]) for name, one in value.items())
        cells = {
            (name, entity, verb): Cell.from_json(cell)
            for name, one in value.items() for entity, verbs in one["entities"].items() for verb, cell in verbs.items()
        }  # fmt: skip
        return cls(subjects, cells)


def subjects_of(catalog: Catalog) -> tuple[Subject, ...]:
    """Roles by the department that they work in, then departments, then everybody."""
    roles = sorted(catalog.roles.values(), key=lambda r: (r.department or "~", r.role))
    found = [Subject(r.role, r.role, r.department) for r in roles if r.role != "admin"]
    found += [Subject(f"everyone in {d}", None, d) for d in sorted(catalog.departments)]
    return (*found, Subject("everyone", None, None), Subject("anonymous", None, None))


def access_map(catalog: Catalog) -> AccessMap:
    """The map of a catalog. Administrators are left out: they do everything."""
    subjects = subjects_of(catalog)
    cells: dict[tuple[str, str, str], Cell] = {}
    for subject in subjects:
        roles = frozenset({subject.role} if subject.role else ())
        units = frozenset({subject.department} if subject.department else ())
        book = RuleBook(catalog, roles, units, subject.name != "anonymous")
        for entity in catalog.entities.values():
            if not entity.retired:
                for verb in _verbs(catalog, entity, roles):
                    cell = _cell(catalog, entity, book.rules(entity.name, verb))
                    if cell is not None:
                        cells[subject.name, entity.name, verb] = cell
    return AccessMap(subjects, cells)


def _verbs(catalog: Catalog, entity: Entity, roles: frozenset[str]) -> Iterator[str]:
    """Those of every entity, and what grants name beside them."""
    yield from OWN
    named = {
        v for g, _ in grants_of(catalog, entity) for v in g.verbs if g.role in {*roles, "everyone", "anonymous"}
    }  # fmt: skip
    yield from sorted(named - set(OWN))


def _cell(catalog: Catalog, entity: Entity, rules: Rules) -> Cell | None:
    opening = Opening.of(rules)
    if opening.is_closed or opening.fields is None:
        return None
    grants = [g for g in rules.grants if g.text != NOWHERE]
    texts = list(dict.fromkeys(g.text for g in grants))
    closed = dict.fromkeys(str(d.text) for d in rules.denies if d.fields is None and d.text != NOWHERE)
    own = tuple(sorted(opening.fields - SYSTEM_COLUMNS.keys() - {"display"}))
    partly = tuple((f, t) for f in own if (t := opening.on(f)) is not None)
    classes = {class_of(catalog, entity, entity.fields[f]) or NAMELESS for f in own if f in entity.fields}
    places = tuple(dict.fromkeys(place_of(g) for g in grants))
    rows = None if None in texts else tuple(sorted(str(t) for t in texts))
    return Cell(rows, tuple(closed), own, partly, tuple(sorted(classes)), places)
