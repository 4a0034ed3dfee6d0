"""What the statements of a listing are made of: columns, joins, conditions and order as SQLAlchemy builds them.

That takes a hundred times the room of the statements themselves, so it is made where one is missing and let go with the question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from xrm_core.errors import BadRequest
from xrm_core.expressions import SqlBuilder, Typed
from xrm_core.expressions.check_base import Sight
from xrm_core.language import _
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.kinds import T, ref
from xrm_core.metamodel.values import Query

from . import branches, keyset, newest, search, search_walk, together
from .indexes import indexes_of, tails_of
from .joins import needed
from .keyset import Segment, SortKey
from .paths import Path, path_of
from .relation import Relation
from .search_seen import SomeEyes
from .shares import shares_of
from .tables import schema_with_tables, table_of
from .transaction import Transaction

MANIFOLD = frozenset({"user", "department"})
"""Entities to one record of which very many may point."""


class Filter(Struct, frozen=True):
    """A filter without its constants: the tree, the constants by number, and a key that is equal for equal statements.
    `is_rule`: it says which rows exist for the reader, and so reads what is stored; `required`: without which it never holds."""

    typed: Typed
    constants: tuple[Any, ...]
    key: str
    is_rule: bool = False
    required: frozenset[object] = frozenset()


class Workshop:
    """What the statements of one listing are made of. `filters`, `words`, `relation`: as the question has them."""

    def __init__(
        self,
        tx: Transaction,
        catalog: Catalog,
        query: Query,
        filters: Sequence[Filter],
        words: search.Words | None,
        relation: Relation,
    ) -> None:
        self.dialect = tx.dialect
        self._catalog, self._filters, self._is_search = catalog, tuple(filters), words is not None
        self.catalog, self.query, self.relation, self.filters = catalog, query, relation, self._filters
        self.is_together = words is None and together.is_together(catalog, query, filters, relation)
        self._shares: Mapping[str, float] = {}
        builder = SqlBuilder(
            schema_with_tables(catalog), query.entity, tx.dialect, table_of(catalog, query.entity), mask=relation.mask
        )
        self.builder, table = builder, builder.table
        paths = {name: path_of(catalog, query.entity, name, relation) for name in dict.fromkeys(query.columns)}
        self.names = tuple(paths)
        self.elements = [builder.column(p.typed) for p in paths.values()]
        self.keys, self.sort = self._sort(catalog, query, table, relation)
        # What the cursor needs is read from the row where it is shown anyway, else from further columns behind those shown.
        further = [k for k in self.keys if k.name not in paths]
        self.elements_read = [*self.elements, *[k.element for k in further]]
        self.key_places = tuple(
            self.names.index(k.name) if k.name in paths else len(self.names) + further.index(k) for k in self.keys
        )
        self.kinds = [p.type for p in paths.values()]
        self.computed = [p.computed for p in paths.values()]
        self._shares = self._known_shares(tx)
        where = [
            self._rule(catalog, query.entity, f) if f.is_rule and relation.mask is not None else builder.where(f.typed)
            for f in filters
        ]
        self.held = tuple(where)  # the condition of each filter
        if query.deleted != "any":
            gone = table.c.deleted_at
            where.insert(0, gone.is_(None) if query.deleted == "no" else gone.is_not(None))
        self.searched: sa.ColumnElement[bool] | None = None  # whether a record is found by the words
        if words is not None:
            eyes = None if relation.mask is None else SomeEyes(catalog, tx.dialect, builder.compiler, relation.sight)
            self.searched = search.condition(catalog, tx.dialect, query.entity, table, words, eyes)
            where.append(self.searched)
        seen = self._seen(query.entity) if relation.sight is not None else []
        self.where_else = where
        """All conditions but that the reader sees the row."""
        self.where = [*where, *seen] if seen else where
        self.where_whole = [*where, *self._seen_whole(query.entity, seen)]
        self.source = builder.source
        self.listed: list[sa.ColumnElement[bool]] = []
        """The parts of a list of some values of a column (see `branches.listed_parts`)."""
        self.parts = self._parts(catalog, query, filters, relation, words)
        self.is_near, self._led = self._near(filters)
        self.is_late = words is not None and words.hits is None and search_walk.is_late(self)

    def _sight(self, entity: str) -> Any:
        """The reader's rule about rows; none where he sees all."""
        mask = self.builder.compiler.mask
        return mask.rows(entity, self.builder.table) if mask is not None else None

    def _known_shares(self, tx: Transaction) -> Mapping[str, float]:
        """Which part of the rows one value has of the columns that the reader's rule compares."""
        rule = self._sight(self.builder.entity)
        read = branches.columns_read(rule) if isinstance(rule, Typed) else None
        return shares_of(tx, table_of(self._catalog, self.builder.entity).name, read or ())

    def _seen(self, entity: str) -> list[sa.ColumnElement[bool]]:
        """Which rows there are for the reader."""
        compiler, table = self.builder.compiler, self.builder.table
        rule = self._sight(entity)
        rule = branches.likely_first(rule, self._shares) if isinstance(rule, Typed) else rule
        seen = compiler.ruled(rule, entity, table, self.dialect == "sqlite")
        return [] if seen is None else [seen]

    def _seen_whole(self, entity: str, seen: list[sa.ColumnElement[bool]]) -> list[sa.ColumnElement[bool]]:
        """The same for a statement that reads all rows: where the reader's rule follows links, what it asks of the records
        behind them is found once and not for each row."""
        compiler, table, rule = self.builder.compiler, self.builder.table, self._sight(entity)
        if not isinstance(rule, Typed) or not any(n.op == "path" and n.value.hops for n in rule.walk()):
            return seen
        compiler.is_whole = True
        try:
            found = compiler.ruled(rule, entity, table)
        finally:
            compiler.is_whole = False
        return seen if found is None else [found]

    def _parts(
        self, catalog: Catalog, query: Query, filters: Sequence[Filter], relation: Relation, words: search.Words | None
    ) -> tuple[Segment, list[sa.ColumnElement[bool]]]:
        """The segment that is read in parts (see `branches`), and which rows each part holds. Of what is searched only a list of some
        values, which SQLite goes through part by part no further than to a full page."""
        if words is not None and (words.hits is not None or self.dialect == "postgresql"):
            return "all", []
        compiler, table, first = self.builder.compiler, self.builder.table, self.keys[0]
        segment: Segment = "filled" if first.null else "all"
        keys = keyset.keys_in(self.keys, segment)
        if not keyset.is_one_way(keys):
            return segment, []
        indexes, names = indexes_of(catalog, catalog.entity(query.entity)), [k.name for k in keys]
        if self.where is self.where_else and first.stored is None:
            found = branches.listed_parts([f.typed for f in filters], indexes, names)
            self.listed = [self.builder.where(part) for part in found]
        if self.listed or words is not None:
            return segment, self.listed
        if relation.sight is None or compiler.mask is None:
            return segment, []
        rule = compiler.mask.rows(query.entity, table)
        if first.stored is not None:
            rule = relation.sight.both(query.entity, first.name) or compiler.mask.shown(query.entity, first.name, table)
        if not isinstance(rule, Typed):
            return segment, []
        equal = {name for f in filters for name in branches.equalities(f.typed)}
        parts = branches.parts_of(rule, indexes, names, equal, self._shares)
        held = [compiler.ruled(part, query.entity, table) for part in parts]
        return segment, [x for x in held if x is not None]

    def where_figures(self) -> list[sa.ColumnElement[bool]]:
        """All conditions, for figures of these rows: with the roll-ups of filters worked out for all records at once. To be asked
        before `builder.source`, which they add to."""
        compiler, again = self.builder.compiler, {}
        if not self._is_wide:
            return self.where_whole
        compiler.gathers = True
        try:
            for f, held in zip(self._filters, self.held, strict=True):
                if not f.is_rule and any(n.op == "rollup" for n in f.typed.walk()):
                    again[id(held)] = self.builder.where(f.typed)
        finally:
            compiler.gathers = False
        return [again.get(id(x), x) for x in self.where_whole]

    @property
    def _is_wide(self) -> bool:
        """Whether the rows may be many: no filter names a record that they point to, but people and departments."""
        columns = self._catalog.entity(self.builder.entity).columns
        names = {name for f in self._filters for name in branches.equalities(f.typed)}
        kinds = [columns[name].kind for name in names if name in columns]
        return not any(kind.kind == "ref" and not MANIFOLD.issuperset(kind.entities) for kind in kinds)

    def whole(self, paths: Sequence[Path], *, gathers: bool = False) -> list[sa.ColumnElement[Any]]:
        """The values of paths for such a statement; `asking.Asked.renew` gives the parameters that they add. `gathers`: for one
        with `where_figures`."""
        compiler = self.builder.compiler
        compiler.is_whole, compiler.gathers = True, gathers and self._is_wide
        try:
            return [self.builder.column(p.typed) for p in paths]
        finally:
            compiler.is_whole = compiler.gathers = False

    def _rule(self, catalog: Catalog, entity: str, rule: Filter) -> sa.ColumnElement[bool]:
        """A rule about rows reads what is stored, not what the reader may see; so it shares no join with his questions."""
        own = SqlBuilder(schema_with_tables(catalog), entity, self.dialect, self.builder.table)
        own.compiler.params = self.builder.compiler.params  # so that no two parameters get one name
        held = own.where(rule.typed)
        if own.source is self.builder.table:
            return held
        other = SqlBuilder(schema_with_tables(catalog), entity, self.dialect, self.builder.table.alias())
        other.compiler.params = self.builder.compiler.params
        held = other.where(rule.typed)
        return self.builder.table.c.id.in_(sa.select(other.table.c.id).select_from(other.source).where(held))

    def sorted_by(self, builder: SqlBuilder) -> tuple[SortKey, ...]:
        """The same order, as another builder writes it."""
        (other := copy(self)).builder = builder
        return other._sort(self.catalog, self.query, builder.table, self.relation)[0]

    def _sort(
        self, catalog: Catalog, query: Query, table: sa.FromClause, relation: Relation
    ) -> tuple[tuple[SortKey, ...], tuple[str, ...]]:
        keys: list[SortKey] = []
        names: list[str] = []
        for given in query.sort or ("-id",):
            name, down = given.lstrip("-"), given.startswith("-")
            if name in (n.lstrip("-") for n in names):
                continue
            names.append(given)
            if name == "id":
                keys.append(SortKey("id", table.c.id, ref(query.entity), down))
                break
            keys.append(self._sort_key(catalog, path_of(catalog, query.entity, name, relation), down, relation.sight))
        if not keys or names[-1].lstrip("-") != "id":
            keys.append(SortKey("id", table.c.id, ref(query.entity), keys[-1].descending if keys else True))
        return tuple(keys), tuple(names)

    def _sort_key(self, catalog: Catalog, path: Path, down: bool, sight: Sight | None) -> SortKey:
        if path.type.kind in ("list", "json", "null"):
            raise BadRequest(_("a list cannot be sorted by {name}", name=path.name), code="bad_sort")
        plain = not path.computed and self._is_bare(path)
        element = self.builder.column(path.typed)
        known = catalog.codes.get(path.type.codes or "")
        codes = list(known.values) if known is not None else []
        if codes != sorted(codes):
            return SortKey(f"{path.name}#", keyset.rank(element, codes), T("int", path.type.null), down, plain=False)
        if not plain and path.type.kind == "text" and self.dialect == "postgresql":
            element = element.collate("C")
        return SortKey(path.name, element, path.type, down, plain, *self._partly(path, sight))

    def _partly(
        self, path: Path, sight: Sight | None
    ) -> tuple[sa.ColumnElement[Any] | None, sa.ColumnElement[bool] | None, sa.ColumnElement[bool] | None]:
        """Of a column that the reader sees on some rows only: the column as it is stored, and on which rows he does."""
        compiler, own = self.builder.compiler, path.typed.value
        if compiler.mask is None or path.computed or own.hops or own.name == "id":
            return None, None, None
        shown = compiler.shown(self.builder.entity, own.name, self.builder.table)
        if shown is None or isinstance(shown, sa.sql.elements.False_):
            return None, None, None
        stored = self.builder.table.c[own.column]
        both = sight.both(self.builder.entity, own.name) if sight is not None else None
        rule = compiler.ruled(both, self.builder.entity, self.builder.table, self.dialect == "sqlite")
        return sa.type_coerce(stored, self.builder.column(path.typed).type), shown, rule

    def _is_bare(self, path: Path) -> bool:
        """Whether the reader sees the stored column as it is, on every row."""
        own = path.typed.value
        if self.builder.compiler.mask is None:
            return True
        return not own.hops and (own.name == "id" or self.is_shown(own.name))

    def is_shown(self, column: str) -> bool:
        """Whether the reader sees a column of the table on every row."""
        compiler = self.builder.compiler
        return compiler.mask is None or compiler.shown(self.builder.entity, column, self.builder.table) is None

    def page(self, segment: Segment, backward: bool, empty: tuple[bool, ...] | None, limit: int) -> sa.ClauseElement:
        """The statement for one segment; `empty` says which sort values of the cursor are empty, None: from the beginning."""
        is_said = segment == "filled" and self.keys[0].both is not None  # that the row is seen, with what limits it
        held = self.where_else if is_said else self.where
        keys, limits = self.limited(segment, backward, empty)
        if self.parts[1] and self.parts[0] == segment:
            return self._merged(keys, limits, backward, limit)
        read = sa.select(*self.elements_read).select_from(self.source)
        count, order = sa.literal_column(str(int(limit)), sa.Integer), keyset.order(keys, backward)
        source = needed(self.source, [*held, *limits, *order])
        is_searched = self.searched is not None and self.dialect == "sqlite"
        if not is_searched and (source is self.source or self._is_led(keys)):
            return read.where(*held, *limits).order_by(*order).limit(count)
        # what is joined to be shown would be read for all that is found before it is sorted: so first which rows, then the columns
        own = self.builder.table.c.id
        first = sa.select(own).select_from(source).where(*held, *limits).order_by(*order).limit(count)
        return read.where(own.in_(first.correlate(None))).order_by(*order)

    def limited(
        self, segment: Segment, backward: bool, empty: tuple[bool, ...] | None
    ) -> tuple[tuple[SortKey, ...], list[sa.ColumnElement[bool]]]:
        """The keys that order a segment, and what its rows have to meet, and those of a page that begins behind a cursor."""
        keys, limits = keyset.keys_in(self.keys, segment), keyset.limits(self.keys, segment)
        if empty is None:
            return keys, limits
        places = [
            None if nothing else sa.bindparam(f"k{i}", type_=key.element.type)
            for i, (key, nothing) in enumerate(zip(self.keys, empty, strict=True))
        ][len(self.keys) - len(keys) :]
        return keys, [*limits, keyset.beyond(keys, places, backward)]

    def _is_led(self, keys: Sequence[SortKey]) -> bool:
        """Whether an index gives these rows and no others, in their order: then no more are joined than are shown. PostgreSQL's planner
        may sort where there is a filter."""
        if self._is_search or (self._filters and self.dialect == "postgresql") or not keyset.is_one_way(keys):
            return False
        indexes = indexes_of(self._catalog, self._catalog.entity(self.builder.entity))
        asked = [f.typed for f in self._filters]
        return self.where is self.where_else and branches.is_given(asked, [k.name for k in keys], indexes)

    def _near(self, filters: Sequence[Filter]) -> tuple[bool, Typed | None]:
        """Whether the newest records are asked for of those that columns of few values leave. SQLite goes through all of them, and
        sorts; but they are so many that the page is among the newest of the table, or among the newest for which a comparison
        holds whose rows an index gives in that order."""
        table = self.builder.table
        is_plain = self.source is table and not self._is_search and "rowid" not in table.c
        if self.dialect != "sqlite" or len(self.keys) > 1 or not is_plain:
            return False, None
        rule = self._sight(self.builder.entity)
        asked = [f.typed for f in filters] + ([rule] if isinstance(rule, Typed) else [])
        stored = asked if self.builder.compiler.mask is None else asked[len(filters) :]
        indexes = indexes_of(self._catalog, self._catalog.entity(self.builder.entity))
        found = [(name, x) for part in stored for name, x in branches.comparisons(part).items()]
        led = next(((name, x) for name, x in found if any(i[:2] == (name, "id") for i in indexes)), (None, None))
        return not self.parts[1] and branches.are_frequent(asked, led[0], self._shares), led[1]

    def near(self, backward: bool, empty: tuple[bool, ...] | None, limit: int) -> sa.Select[Any]:
        """The page out of the next `AHEAD` of these records alone, where `is_near`."""
        return newest.page(self, self._catalog, self._led, backward, empty, limit)

    def _merged(
        self, keys: Sequence[SortKey], limits: Sequence[sa.ColumnElement[bool]], backward: bool, limit: int
    ) -> sa.ClauseElement:
        """The page of a segment that is read in parts. Where it is sorted by a column that is seen on some rows, all parts see it."""
        elements = list(self.elements_read)
        if keys[0].element is not self.keys[0].element:
            elements[self.key_places[0]] = keys[0].element
            limits = [keys[0].element.is_not(None), *limits[len(keyset.limits(self.keys, "filled")) :]]
        read = [
            sa.select(*elements).select_from(self.source).where(*self.where_else, part, *limits)
            for part in self.parts[1]
        ]
        return branches.merged(read, self.key_places, keys, backward, limit, self.dialect)

    def one(self) -> sa.Select[Any]:
        """The record of the parameter `id`."""
        key = self.keys[0].element
        found = sa.select(*self.elements).select_from(self.source)
        return found.where(key == sa.bindparam("id", type_=key.type), *self.where)

    def counted(self, cap: int | None) -> sa.Select[Any]:
        """The number of rows, at most `cap` where given."""
        source = needed(self.source, self.where_whole)
        if cap is None:
            return sa.select(sa.func.count()).select_from(source).where(*self.where_whole)
        one: sa.Select[Any] = sa.select(sa.literal_column("1").label("one")).select_from(source)
        parts = [one.where(*self.where_else, part) for part in self.listed or self._counting()]
        some: sa.GenerativeSelect = sa.union_all(*parts) if parts else one.where(*self.where_whole)
        most = some.limit(sa.literal_column(str(int(cap)), sa.Integer))
        return sa.select(sa.func.count()).select_from(most.subquery())

    def _counting(self) -> list[sa.ColumnElement[bool]]:
        """Which rows each part holds by which a count goes (see `branches.counted_parts`); none where it goes by all at once."""
        compiler, table, entity = self.builder.compiler, self.builder.table, self.builder.entity
        rule, read = self._sight(entity), [branches.columns_read(f.typed) for f in self._filters]
        if self._is_search or not isinstance(rule, Typed) or needed(self.source, self.where_whole) is not table:
            return []
        known = self._catalog.entity(entity)
        tails = tails_of(self._catalog, known)
        indexes = {columns: (*columns, *tails.get(columns, ())) for columns in indexes_of(self._catalog, known)}
        names = {name for some in read if some is not None for name in some}
        parts = branches.counted_parts(rule, indexes, {"deleted_at", *names}) if None not in read else []
        walks = [self.dialect == "sqlite" and not branches.equalities(part) for part in parts]
        held = [compiler.ruled(part, entity, table, walked) for part, walked in zip(parts, walks, strict=True)]
        return [x for x in held if x is not None]
