"""What an actor sees of every entity, as statements are compiled with it: rules checked, with his facts, folded.

It is kept with the catalog for all who have the same rights: the same roles and departments (by code), as many departments
to compare with, the same limits of a token, the same narrowing by plugins.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ..compiler import compiled
from ..expressions import Typed
from ..storage.kept import kept_paths, without_links
from .folding import Facts, folded, implies, is_false, is_true, together

if TYPE_CHECKING:
    from .access import Access

MOST = 100
"""Rights of so many kinds are kept; then all are made again."""


class Narrowed:
    """What plugins leave of the entities that a statement reads: two are equal when they say the same of these. So a plugin is
    asked only about entities that somebody asks for."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.touched: dict[str, tuple[str, ...]] = {}

    def of(self, entity: str) -> tuple[str, ...]:
        """The conditions that plugins add for an entity."""
        found = self.touched.get(entity)
        if found is None:
            found = self.touched[entity] = self.access.narrowed(entity)
        return found

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Narrowed):
            return NotImplemented
        return all(self.of(entity) == other.of(entity) for entity in self.touched.keys() | other.touched.keys())


class Seen:
    """The rows of one entity that are seen, and on which of them each field is."""

    def __init__(self, access: Access, entity: str, facts: Facts, late: frozenset[str]) -> None:
        self.access, self.entity, self.facts, self.late = access, entity, facts, late
        self.opening = access.opening(entity)
        self.rows = self._rule(self.opening.where)
        self._fields: dict[str, Typed | None] = {}

    def field(self, name: str) -> Typed | None:
        """On which of the seen rows a field is; None: on all."""
        if name not in self._fields:
            rule = self._rule(self.opening.on(name))
            if rule is not None and self.rows is not None and implies(self.rows, rule):
                rule = None
            self._fields[name] = rule
        return self._fields[name]

    def _rule(self, text: str | None) -> Typed | None:
        if text is None:
            return None
        catalog = self.access.catalog
        typed = without_links(compiled(catalog, self.entity, text).typed, self.entity, kept_paths(catalog), self.late)
        rule = folded(typed, self.facts)
        return None if is_true(rule) else rule


class RowMask:
    """`expressions.Mask` and `expressions.Sight` of one actor."""

    def __init__(self, access: Access, late: frozenset[str] = frozenset()) -> None:
        self.access, self.late = access, late
        actor = access.actor
        self.facts = Facts(
            actor.roles,
            (("departments", len(actor.departments)), ("leads", len(actor.leads))),
            actor.acts_as is not None,
        )
        self.narrowed = Narrowed(access) if access.is_narrowed else None
        self.key: Hashable = (
            access.is_unlimited, self.facts, actor.units, actor.kind == "anonymous", actor.scopes, self.narrowed,
            late,
        )  # fmt: skip
        self._seen: dict[str, Seen] = self._kept()

    def _kept(self) -> dict[str, Seen]:
        if self.narrowed is not None:
            return {}
        kept: dict[Hashable, dict[str, Seen]] = self.access.catalog.derive("access.seen", dict)
        if len(kept) > MOST:
            kept.clear()
        return kept.setdefault(self.key, {})

    def seen(self, entity: str) -> Seen:
        """What he sees of an entity."""
        if self.narrowed is not None:
            self.narrowed.of(entity)
        found = self._seen.get(entity)
        if found is None:
            found = self._seen[entity] = Seen(self.access, entity, self.facts, self.late)
        return found

    def rows(self, entity: str, table: sa.FromClause) -> Typed | sa.ColumnElement[bool] | None:
        """Which rows are seen."""
        return _said(self.seen(entity).rows)

    def shown(self, entity: str, field: str, table: sa.FromClause) -> Typed | sa.ColumnElement[bool] | None:
        """On which of these rows a field is read."""
        return _said(self.seen(entity).field(self._field(entity, field)))

    def both(self, entity: str, field: str) -> Typed | None:
        """On which rows at all a field is read: those that are seen and on which it is; None: that is no shorter said at once."""
        seen = self.seen(entity)
        shown = seen.field(self._field(entity, field))
        return None if seen.rows is None or shown is None else together(seen.rows, shown)

    def hides(self, entity: str, field: str) -> bool:
        """Whether there is no such field for him."""
        return self.access.is_hidden(entity, field)

    def masks(self, entity: str, field: str | None) -> bool:
        """Whether a field may be empty, or (None) a row missing, because he may not see it."""
        seen = self.seen(entity)
        return (seen.rows if field is None else seen.field(self._field(entity, field))) is not None

    def follows(self, entity: str) -> bool:
        """Whether child rows are seen just where the field that holds them is: nothing is said of them alone."""
        access = self.access
        if access.narrowed(entity):
            return False
        return access.is_unlimited or not access.book.has_own(entity, "read")

    def _field(self, entity: str, name: str) -> str:
        known = self.access.catalog.entities.get(entity)
        return known.field_of_column.get(name, name) if known is not None else name


def _said(rule: Typed | None) -> Typed | sa.ColumnElement[bool] | None:
    return sa.false() if is_false(rule) else rule
