"""The shape of a question: which columns, joins, conditions and order it needs, compiled once and run with other values.

A listing is made for each combination of entity, columns, filter *shape* (constants are parameters), sort, bin and search;
its statements, one for each segment and direction of paging, are kept ready for the driver.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from xrm_core.errors import BadRequest
from xrm_core.expressions import SqlBuilder, Typed, compile_text, lift_constants, parse, shape
from xrm_core.expressions.check import check
from xrm_core.expressions.check_base import Sight
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.kinds import T, ref
from xrm_core.metamodel.values import Query

from . import branches, keyset, search
from .indexes import indexes_of
from .keyset import Segment, SortKey
from .paths import Path, path_of
from .relation import Relation
from .search_seen import SomeEyes
from .statements import Prepared
from .tables import schema_with_tables, table_of
from .transaction import Transaction
from .values import reader, row_reader, rows_reader

MAX_LISTINGS = 2000
"""Shapes kept for each catalog and kind of database; the one not used for longest goes first."""
MAX_PAGE = 10_000
"""Rows of one page, at most."""
MAX_ROLL_UPS = 2
"""Roll-ups inside of one another in a filter that a person writes."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter without its constants: the tree, the constants by number, and a key that is equal for equal statements.
    `is_rule`: it says which rows exist for the reader, and so reads what is stored."""

    typed: Typed
    constants: tuple[Any, ...]
    key: str
    is_rule: bool = False


class Listing:
    """What all pages of one shape share. See the module."""

    def __init__(
        self,
        tx: Transaction,
        catalog: Catalog,
        query: Query,
        filters: Sequence[Filter],
        words: search.Words | None,
        relation: Relation,
    ) -> None:
        self.engine, self.dialect = tx.database.engine, tx.dialect
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
        kinds = [p.type for p in paths.values()]
        computed = [p.computed for p in paths.values()]
        self.read = row_reader(self.names, kinds, tx.dialect, computed)
        self.read_all = rows_reader(self.names, kinds, tx.dialect, computed)
        where = [
            self._rule(catalog, query.entity, f) if f.is_rule and relation.mask is not None else builder.where(f.typed)
            for f in filters
        ]
        if query.deleted != "any":
            gone = table.c.deleted_at
            where.insert(0, gone.is_(None) if query.deleted == "no" else gone.is_not(None))
        if words is not None:
            eyes = None if relation.mask is None else SomeEyes(catalog, tx.dialect, builder.compiler, relation.sight)
            where.append(search.condition(catalog, tx.dialect, query.entity, table, words, eyes))
        seen = self._seen(query.entity) if relation.sight is not None else []
        self.where_else = where
        """All conditions but that the reader sees the row."""
        self.where = [*where, *seen]
        self.where_whole = [*where, *self._seen_whole(query.entity, seen)]
        self.source = builder.source
        self.key_readers = tuple(reader(k.kind, tx.dialect, computed=not k.plain) for k in self.keys)
        self.parts = self._parts(catalog, query, filters, relation) if words is None else ("all", [])
        self._pages: dict[tuple[object, ...], Prepared] = {}
        self._made: dict[object, Prepared] = {}

    def _seen(self, entity: str) -> list[sa.ColumnElement[bool]]:
        """Which rows there are for the reader."""
        compiler, table = self.builder.compiler, self.builder.table
        rule = compiler.mask.rows(entity, table) if compiler.mask is not None else None
        seen = compiler.ruled(rule, entity, table, self.dialect == "sqlite")
        return [] if seen is None else [seen]

    def _seen_whole(self, entity: str, seen: list[sa.ColumnElement[bool]]) -> list[sa.ColumnElement[bool]]:
        """The same for a statement that reads all rows: where the reader's rule follows links, what it asks of the records
        behind them is found once and not for each row."""
        compiler, table = self.builder.compiler, self.builder.table
        rule = compiler.mask.rows(entity, table) if compiler.mask is not None else None
        if not isinstance(rule, Typed) or not any(n.op == "path" and n.value.hops for n in rule.walk()):
            return seen
        compiler.is_whole = True
        try:
            found = compiler.ruled(rule, entity, table)
        finally:
            compiler.is_whole = False
        return seen if found is None else [found]

    def _parts(
        self, catalog: Catalog, query: Query, filters: Sequence[Filter], relation: Relation
    ) -> tuple[Segment, list[sa.ColumnElement[bool]]]:
        """The segment that is read in parts (see `branches`), and which rows each part holds."""
        compiler, table, first = self.builder.compiler, self.builder.table, self.keys[0]
        segment: Segment = "filled" if first.null else "all"
        keys = keyset.keys_in(self.keys, segment)
        if relation.sight is None or compiler.mask is None or not keyset.is_one_way(keys):
            return segment, []
        rule = compiler.mask.rows(query.entity, table)
        if first.stored is not None:
            rule = relation.sight.both(query.entity, first.name) or compiler.mask.shown(query.entity, first.name, table)
        if not isinstance(rule, Typed):
            return segment, []
        equal = {name for f in filters for name in branches.equalities(f.typed)}
        indexes = indexes_of(catalog, catalog.entity(query.entity))
        parts = branches.parts_of(rule, indexes, [k.name for k in keys], equal)
        held = [compiler.ruled(part, query.entity, table) for part in parts]
        return segment, [x for x in held if x is not None]

    def whole(self, paths: Sequence[Path]) -> list[sa.ColumnElement[Any]]:
        """The values of paths for such a statement; `asking.Asked.renew` gives the parameters that they add."""
        compiler = self.builder.compiler
        compiler.is_whole = True
        try:
            return [self.builder.column(p.typed) for p in paths]
        finally:
            compiler.is_whole = False

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
            raise BadRequest(f"a list cannot be sorted by {path.name}", code="bad_sort")
        plain = not path.computed and self._is_bare(path)
        element = self.builder.column(path.typed)
        known = catalog.codes.get(path.type.codes or "")
        codes = list(known.values) if known is not None else []
        if codes != sorted(codes):
            return SortKey(f"{path.name}#", _rank(element, codes), T("int", path.type.null), down, plain=False)
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
        compiler, own = self.builder.compiler, path.typed.value
        if compiler.mask is None:
            return True
        return not own.hops and (
            own.name == "id" or compiler.shown(self.builder.entity, own.name, self.builder.table) is None
        )

    def page(self, segment: Segment, backward: bool, empty: tuple[bool, ...] | None, limit: int) -> Prepared:
        """The statement for one segment; `empty` says which sort values of the cursor are empty, None: from the beginning."""
        at = (segment, backward, empty, limit)
        found = self._pages.get(at)
        if found is None:
            keys = keyset.keys_in(self.keys, segment)
            is_said = segment == "filled" and self.keys[0].both is not None  # that the row is seen, with what limits it
            where = [*(self.where_else if is_said else self.where), *keyset.limits(self.keys, segment)]
            if empty is not None:
                skipped = len(self.keys) - len(keys)
                places = [
                    None if nothing else sa.bindparam(f"k{i}", type_=key.element.type)
                    for i, (key, nothing) in enumerate(zip(self.keys, empty, strict=True))
                ][skipped:]
                where.append(keyset.beyond(keys, places, backward))
            if self.parts[1] and self.parts[0] == segment:
                statement = self._merged(
                    keys, where[len(self.where_else if is_said else self.where) :], backward, limit
                )
            else:
                read = sa.select(*self.elements_read).select_from(self.source).where(*where)
                count = sa.literal_column(str(int(limit)), sa.Integer)
                statement = read.order_by(*keyset.order(keys, backward)).limit(count)
            found = self._pages[at] = Prepared(statement, self.engine)
        return found

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

    def statement(self, key: object, make: Callable[[], sa.ClauseElement]) -> Prepared:
        """Another statement over the same rows (a count, a group), made once."""
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Prepared(make(), self.engine)
        return found

    def counted(self, cap: int | None) -> sa.Select[Any]:
        """The number of rows, at most `cap` where given."""
        if cap is None:
            return sa.select(sa.func.count()).select_from(self.source).where(*self.where_whole)
        some: sa.Select[Any] = (
            sa.select(sa.literal_column("1").label("one")).select_from(self.source).where(*self.where_whole)
        )
        return sa.select(sa.func.count()).select_from(
            some.limit(sa.literal_column(str(int(cap)), sa.Integer)).subquery()
        )


def _rank(element: sa.ColumnElement[Any], codes: Sequence[str]) -> sa.ColumnElement[int]:
    """The place of a code in its list: choices are sorted as they are declared, what is not in the list behind them."""
    places = [(element == code, n) for n, code in enumerate(codes)]
    return sa.case(*places, (element.is_not(None), len(codes)), else_=None)


def _roll_ups_deep(node: Typed) -> int:
    """How many roll-ups stand inside of one another: what a statement costs grows with that power of the rows."""
    return max(map(_roll_ups_deep, node.args), default=0) + (node.op == "rollup")


def _checked(catalog: Catalog, entity: str, text: str, relation: Relation) -> Typed:
    """A filter as its reader may ask it: what is hidden from him is unknown to the check. Raises ExprError, BadRequest."""
    schema = schema_with_tables(catalog)
    if relation.sight is not None:
        return check(parse(text), schema, entity, text, "bool", sight=relation.sight)
    typed = compile_text(text, schema, entity, "bool", nullable=relation.mask is not None).typed
    unknown = relation.hidden_in(entity, typed)
    if unknown is not None:
        raise BadRequest("{} has no field {!r}".format(*unknown), code="unknown_column")
    return typed


class Listings:
    """The shapes last used, for one catalog and kind of database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: OrderedDict[object, Listing] = OrderedDict()
        self._filters: OrderedDict[object, Filter] = OrderedDict()

    def filter(
        self, catalog: Catalog, entity: str, text: str, relation: Relation, start: int = 0, *, is_rule: bool = False
    ) -> Filter:
        """A filter of a person (or a rule), checked. Raises ExprError; BadRequest where it reads a hidden field."""
        key = (entity, text, relation.key, start, is_rule)
        found = self._filters.get(key)
        if found is None:
            checked = _checked(catalog, entity, text, relation)
            if not is_rule and _roll_ups_deep(checked) > MAX_ROLL_UPS:
                raise BadRequest(
                    f"a filter has roll-ups inside of roll-ups, more than {MAX_ROLL_UPS} deep",
                    code="too_deep",
                    hint="ask in steps",
                )
            typed, constants = lift_constants(checked, start)
            found = Filter(typed, tuple(constants), shape(typed), is_rule)
            with self._lock:
                self._filters[key] = found
                if len(self._filters) > MAX_LISTINGS:
                    self._filters.popitem(last=False)
        return found

    def listing(self, key: object, make: Callable[[], Listing]) -> Listing:
        """The listing of that key."""
        with self._lock:
            found = self._items.get(key)
            if found is not None:
                self._items.move_to_end(key)
                return found
        made = make()
        with self._lock:
            self._items[key] = made
            if len(self._items) > MAX_LISTINGS:
                self._items.popitem(last=False)
        return made


def listings(catalog: Catalog, dialect: str) -> Listings:
    """The shapes of a catalog."""
    return catalog.derive(f"storage.listings.{dialect}", Listings)


def kinds_of(keys: Sequence[SortKey]) -> list[T]:
    """The kinds of the sort values."""
    return [k.kind for k in keys]
