"""Search by one who does not see everything: an entry holds for him the words of the parts that he may read, on the rows that
he may see; so what is hidden is never found, and makes no difference to what is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from xrm_core.expressions import Typed
from xrm_core.metamodel.catalog import Catalog

from .search_parts import Parts, is_marked, is_parted, parts_of, section, titled
from .search_where import Entry, Place, Spot, inside, is_met, is_there
from .system import search as table
from .tables import table_of

if TYPE_CHECKING:
    from xrm_core.expressions.check_base import Sight
    from xrm_core.expressions.sql_common import Common

Conditions = list[sa.ColumnElement[bool]]


class Glimpse(Entry):
    """An entry of which some parts are seen: for each of them under which conditions. None: the part is not seen at all."""

    def __init__(self, dialect: str, search: Sequence[str], names: Parts, parts: list[Conditions | None]) -> None:
        super().__init__(dialect)
        part_of = {name: n for n, several in enumerate(names) for name in several}
        last = [max(search.index(name) for name in several) for several in names]
        self.before = [{part_of[name] for name in search[:at] if name in part_of} for at in last]
        """For each part those that have fields before its last one."""
        self.names, self.parts, self.is_marked = names, parts, is_marked(names)

    @property
    def is_free(self) -> bool:
        """Whether all of it is seen."""
        return bool(self.parts) and all(p is not None and not p for p in self.parts)

    @property
    def is_dark(self) -> bool:
        """Whether nothing of it is ever seen."""
        return all(p is None for p in self.parts)

    def word(self, number: int) -> sa.ColumnElement[bool]:
        """Whether a part that is seen has a word that begins with this one."""
        name = f"q{number}"
        if self.is_free or not self.is_marked:
            return self._of_parts(lambda _: inside(self.dialect, table.c.body, name), once=True)
        count = len(self.parts)
        found = self._of_parts(lambda n: inside(self.dialect, section(self.dialect, table.c.body, n, count), name))
        return sa.and_(is_parted(self.dialect, table.c.body, self.names), found)

    def part(self) -> sa.ColumnElement[bool]:
        """Whether the part stands in the title, where that is of a part that is seen. A title tells that the search fields
        before its own are empty: so they must be seen as well."""
        if self.is_free or not self.is_marked:
            return self._of_parts(lambda _: super(Glimpse, self).part(), once=True)
        titles: list[sa.ColumnElement[bool]] = [sa.false()]
        for number in range(len(self.parts)):
            needed = [self.parts[n] for n in sorted(self.before[number] | {number})]
            if all(held is not None for held in needed):
                conditions = [x for held in needed for x in held or ()]
                titles.append(sa.and_(*conditions, titled(self.dialect, table.c.body, number, self.names)))
        return sa.and_(sa.or_(*titles), super().part())

    def _of_parts(self, test: Callable[[int], sa.ColumnElement[bool]], *, once: bool = False) -> sa.ColumnElement[bool]:
        seen = [(n, held) for n, held in enumerate(self.parts) if held is not None]
        return sa.or_(sa.false(), *[sa.and_(*held, test(n)) for n, held in (seen[:1] if once else seen)])


class SomeEyes:
    """`search_where.Eyes` of the one whom a statement is compiled for."""

    def __init__(self, catalog: Catalog, dialect: str, compiler: Common, sight: Sight | None) -> None:
        self.catalog, self.dialect, self.compiler, self.sight = catalog, dialect, compiler, sight

    def spot(self, entity: str, record: sa.FromClause) -> Spot:
        """The entries of the records of an entity: their own, and those of records that they point to and that are seen."""
        links = self.catalog.entities[entity].field_of_column

        def spot(place: Place, test: Callable[[Entry], sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
            if place.through is not None:
                return self._through(entity, place, place.through, test, record)
            at = [table.c.entity == place.entity, table.c.record_id == record.c[place.column]]
            if place.column == "id":
                own = self._glimpse(entity, record)
                if own.is_dark:
                    return sa.false()
                return is_met(sa.select(test(own)).select_from(table).where(*at), record)
            rule = self.compiler.shown(entity, links[place.column], record)
            if isinstance(rule, sa.sql.elements.False_):
                return rule
            target = table_of(self.catalog, place.entity).alias()
            seen = self.compiler.seen(place.entity, target)
            glimpse = self._glimpse(place.entity, target)
            if glimpse.is_dark:
                return sa.false()
            source: sa.FromClause = table
            if seen is not None or not glimpse.is_free:
                source = table.join(target, target.c.id == table.c.record_id)
                at += [] if seen is None else [seen]
            found = is_met(sa.select(test(glimpse)).select_from(source).where(*at), record)
            return found if rule is None else sa.and_(rule, found)

        return spot

    def _through(
        self, entity: str, place: Place, through: tuple[str, str],
        test: Callable[[Entry], sa.ColumnElement[bool]], record: sa.FromClause,
    ) -> sa.ColumnElement[bool]:  # fmt: skip
        """The entry of a record two links away: both links, and the record between them, must be seen as well."""
        column, name = through
        between, target = table_of(self.catalog, name).alias(), table_of(self.catalog, place.entity).alias()
        further = self.catalog.entities[name].field_of_column[place.column]
        rules = [
            self.compiler.shown(entity, self.catalog.entities[entity].field_of_column[column], record),
            self.compiler.shown(name, further, between),
            self.compiler.seen(name, between),
            self.compiler.seen(place.entity, target),
        ]
        if any(isinstance(rule, sa.sql.elements.False_) for rule in rules):
            return sa.false()
        glimpse = self._glimpse(place.entity, target)
        if glimpse.is_dark:
            return sa.false()
        source = between.join(target, target.c.id == between.c[place.column]).join(
            table, sa.and_(table.c.entity == place.entity, table.c.record_id == target.c.id)
        )
        at = [between.c.id == record.c[column], *is_there(between), *(rule for rule in rules[1:] if rule is not None)]
        found = is_met(sa.select(test(glimpse)).select_from(source).where(*at), record)
        return found if rules[0] is None else sa.and_(rules[0], found)

    def _glimpse(self, entity: str, record: sa.FromClause) -> Glimpse:
        known = self.catalog.entities[entity]
        parts = parts_of(self.catalog, known)
        return Glimpse(self.dialect, known.search, parts, [self._conditions(entity, names, record) for names in parts])

    def _conditions(self, entity: str, names: tuple[str, ...], record: sa.FromClause) -> Conditions | None:
        """Under which conditions all fields of a part are read."""
        assert self.compiler.mask is not None
        rules: dict[object, Typed | sa.ColumnElement[bool]] = {}
        for name in names:
            holder, _, inner = name.partition(".")
            if inner and not self._follows(entity, holder, inner):
                return None
            rule = self.compiler.mask.shown(entity, holder, record)
            if isinstance(rule, sa.sql.elements.False_):
                return None
            if rule is not None:
                rules[id(rule)] = rule
        held = [self.compiler.ruled(rule, entity, record) for rule in rules.values()]
        return [x for x in held if x is not None]

    def _follows(self, entity: str, holder: str, inner: str) -> bool:
        """Whether a field of child rows is read wherever the field that holds the rows is. If that depends on the rows, their
        texts are not searched: found or not found would tell of rows that are not seen."""
        child = self.catalog.entities[entity].children[holder].entity
        if self.sight is None:
            return False
        return self.sight.follows(child) and not self.sight.hides(child, inner) and not self.sight.masks(child, inner)
