"""The shape of a question: which columns, joins, conditions and order it needs, compiled once and run with other values.

A listing is kept for each combination of entity, columns, filter *shape* (constants are parameters), sort, bin and search:
how its rows are read, and its statements, ready for the driver. What these are made of is let go (see `workshop`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

import sqlalchemy as sa

from xrm_core.errors import BadRequest
from xrm_core.expressions import Typed, compile_text, decided, lift_constants, parse, required, shape
from xrm_core.expressions.check import check
from xrm_core.language import _
from xrm_core.metamodel.catalog import Catalog

from . import keyset, together
from .newest import AHEAD
from .relation import Relation
from .statements import Prepared
from .tables import schema_with_tables
from .values import reader, row_reader, rows_reader
from .workshop import Filter, Workshop

MAX_LISTINGS = 2000
"""Shapes kept for each catalog and kind of database; the one not used for longest goes first. Each takes some 10 kB."""
MAX_STATEMENTS = 12
"""Statements kept of each: pages of so many lengths, counts, groups; the oldest goes first."""
PAUSE = 20
"""Questions that do not look among the newest records, after one that found too few there."""
MAX_PAGE = 10_000
"""Rows of one page, at most."""
MAX_ROLL_UPS = 2
"""Roll-ups inside of one another in a filter that a person writes."""


class Listing:
    """What all pages of one shape share, as it is kept. See the module."""

    __slots__ = (
        "_engine", "_made", "_wait", "is_late", "is_near", "is_soon", "is_together", "key_kinds", "key_places", "key_readers", "names", "read", "read_all", "segments", "sort",
    )  # fmt: skip

    def __init__(self, shop: Workshop, engine: sa.Engine) -> None:
        self._engine, self._made = engine, dict[object, Prepared]()
        self.is_near, self.is_late, self._wait = shop.is_near, shop.is_late, 0
        self.names, self.sort, self.key_places = shop.names, shop.sort, shop.key_places
        self.key_kinds = tuple(k.kind for k in shop.keys)
        self.key_readers = tuple(reader(k.kind, shop.dialect, computed=not k.plain) for k in shop.keys)
        self.is_together, self.is_soon = shop.is_together, shop.is_together and bool(together.leading(shop))
        self.segments = keyset.segments(shop.keys, False), keyset.segments(shop.keys, True)
        """The parts that it is read in, forward and backward."""
        self.read = row_reader(shop.names, shop.kinds, shop.dialect, shop.computed)
        self.read_all = rows_reader(shop.names, shop.kinds, shop.dialect, shop.computed)

    def looks_near(self) -> bool:
        """Whether the page is asked for among the next records of the table first (`Workshop.near`)."""
        return self.is_near and self._looks()

    def looks_soon(self) -> bool:
        """Whether the page of a list by roll-ups is asked for among the next records of its order first (`together.soon`)."""
        return self.is_soon and self._looks()

    def _looks(self) -> bool:
        if self._wait:
            self._wait -= 1
            return False
        return True

    def was_far(self) -> None:
        """It was not there: the next questions do not look."""
        self._wait = PAUSE

    def statement(
        self, key: object, make: Callable[[Workshop], sa.ClauseElement], shop: Callable[[], Workshop]
    ) -> Prepared:
        """A statement over the rows, made once. `shop` gives what it is made of, where it is not there yet."""
        found = self._made.get(key)
        if found is None:
            given = shop()
            found = Prepared(make(given), self._engine, given.builder.params)
            kept = tuple(self._made)  # at once: another thread may add one meanwhile
            if len(kept) >= MAX_STATEMENTS:
                self._made.pop(kept[0], None)
            self._made[key] = found
        return found


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
        raise BadRequest(_("{entity} has no field {name!r}", entity=unknown[0], name=unknown[1]), code="unknown_column")
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
            checked = checked if is_rule else decided(checked)
            without = frozenset() if is_rule else required([checked])
            typed, constants = lift_constants(checked, start)
            key_of_shape = f"{shape(typed)} {sorted(map(repr, without))}" if without else shape(typed)
            found = Filter(typed, tuple(constants), key_of_shape, is_rule, without)
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


__all__ = ["AHEAD", "MAX_PAGE", "Filter", "Listing", "Listings", "listings"]
