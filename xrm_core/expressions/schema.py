"""What expressions are checked against: entities, their fields, code lists, the actor's facts and a few settings."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from msgspec import Struct

from xrm_core.errors import XrmError
from xrm_core.metamodel.kinds import TEXT, T, list_of, ref
from xrm_core.metamodel.text import Text

if TYPE_CHECKING:
    from .expression import Expression
    from .typed import Typed

MAX_RULES = 4096
"""Compiled rules kept for each schema."""

ACTOR: Mapping[str, T] = {
    "id": ref("user"),
    "roles": list_of(TEXT),
    "departments": list_of(ref("department")),
    "leads": list_of(ref("department")),
}
"""What every actor has: his id, his roles, his departments (with sub-departments), the departments that he leads."""


class Children(Struct, frozen=True):
    """A set of records that point here: a child table, a reverse link, or the rows of a many-to-many tie.

    entity: the entity of those records; by: their link field that points here;
    where_deleted: whether records marked as deleted are left out.
    """

    entity: str
    by: str
    where_deleted: bool = True


class ExprField(Struct, frozen=True):
    """A field as expressions see it.

    type: kind of the value (of a set of children: that of nothing, so any); children: set for a set of records;
    formula: text of the expression over `record` that gives the value; column: name of the stored column.
    A formula that is stored has both, and is read from its column. Without either the column is named as the field.
    label: what people call it, by language.
    """

    name: str
    type: T = TEXT
    children: Children | None = None
    formula: str | None = None
    column: str | None = None
    label: Text = MappingProxyType({})

    @property
    def is_computed(self) -> bool:
        """Whether the value is worked out where it is read."""
        return self.formula is not None and self.column is None

    @property
    def stored_as(self) -> str:
        """Name of the column."""
        return self.column or self.name


class ExprEntity(Struct, frozen=True):
    """An entity as expressions see it. soft_delete: records have `deleted_at`, set while they are in the bin."""

    name: str
    fields: Mapping[str, ExprField]
    soft_delete: bool = False


class CodeTable(Struct, frozen=True):
    """A code list: the types of its attributes, and for each code its attribute values and a `label`; `labels`: the same label
    in every language that it is written in."""

    name: str
    attributes: Mapping[str, T]
    rows: Mapping[str, Mapping[str, Any]]
    labels: Mapping[str, Mapping[str, str]] = {}


class ExprFunction(Protocol):
    """A function that a plugin adds: pure, called without null arguments; null where an argument is null.

    python: its meaning; postgresql: name of a function of the database, or None where it cannot be used there. SQLite
    calls the Python one (see `register_sqlite_functions`).
    """

    @property
    def name(self) -> str:
        """As it is written."""

    @property
    def arguments(self) -> tuple[T, ...]:
        """Kinds of the arguments."""

    @property
    def result(self) -> T:
        """Kind of the result."""

    @property
    def python(self) -> Callable[..., Any]:
        """What it computes."""

    @property
    def postgresql(self) -> str | None:
        """Its name in PostgreSQL."""


class ExprSettings(Struct, frozen=True):
    """Settings of the organisation that functions depend on. fiscal_year_start: 'MM-DD'."""

    fiscal_year_start: str = "01-01"

    @property
    def fiscal_year(self) -> tuple[int, int]:
        """Month and day on which a fiscal year begins."""
        month, _, day = self.fiscal_year_start.partition("-")
        found = (int(month), int(day)) if month.isdigit() and day.isdigit() else (0, 0)
        if not (1 <= found[0] <= 12 and 1 <= found[1] <= DAYS[found[0] - 1]):
            raise XrmError(
                f"fiscal_year_start: '{self.fiscal_year_start}' is not a day of every year",
                code="setting",
                hint="write month and day, as in '04-01'",
            )
        return found


DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _no_table(name: str) -> sa.Table:
    raise XrmError(f"no table for '{name}'", code="schema")


@dataclass(eq=False)
class Schema:
    """All entities with what surrounds them. `entities` and `codes` may look their items up lazily.

    `tables` gives the table of an entity; only the SQL compilers ask. Checked formulas and compiled rules are kept
    here, so a schema lives as long as the catalog that it was made from.
    """

    entities: Mapping[str, ExprEntity]
    actor: Mapping[str, T] = field(default_factory=lambda: ACTOR)
    codes: Mapping[str, CodeTable] = field(default_factory=dict)
    tables: Callable[[str], sa.Table] = _no_table
    settings: ExprSettings = field(default_factory=ExprSettings)
    functions: Mapping[str, ExprFunction] = field(default_factory=dict)
    formulas: dict[tuple[str, str, bool], Typed] = field(default_factory=dict, repr=False)
    rules: RuleCache = field(default_factory=lambda: RuleCache(), repr=False)


class RuleCache:
    """The compiled rules last used, at most MAX_RULES of them."""

    def __init__(self, size: int = MAX_RULES) -> None:
        self.size, self.lock = size, threading.Lock()
        self.items: OrderedDict[tuple[object, ...], Expression] = OrderedDict()

    def get(self, key: tuple[object, ...]) -> Expression | None:
        """A rule, or None."""
        with self.lock:
            found = self.items.get(key)
            if found is not None:
                self.items.move_to_end(key)
            return found

    def put(self, key: tuple[object, ...], rule: Expression) -> None:
        """Keep a rule, and let the one go that was not used for longest."""
        with self.lock:
            self.items[key] = rule
            if len(self.items) > self.size:
                self.items.popitem(last=False)

    def __len__(self) -> int:
        return len(self.items)
