"""Typed trees -> the parts of one SQL statement, which share their joins and parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from xrm_core.fields.columns import sql_type
from xrm_core.metamodel.kinds import T

from .check import Checker
from .context import Ctx
from .parser import parse
from .schema import Schema
from .sql_common import Common
from .sql_elements import Element
from .sql_frame import Mask, Place, Scope
from .sql_postgres import Postgres
from .sql_sqlite import Sqlite
from .typed import Typed

DIALECTS: dict[str, type[Common]] = {"sqlite": Sqlite, "postgresql": Postgres}
NEEDS_CAST = ("int", "decimal", "duration")


class SqlBuilder:
    """One statement over one entity.

    dialect_name: 'sqlite' or 'postgresql'; table: another table or alias to read the entity from; ctx: fill parameters
    in now and simplify what is known (else give `bind(ctx)` at execution); mask: what the reader may see.

        b = SqlBuilder(schema, 'donation', 'sqlite')
        query = sa.select(b.value(total.typed)).select_from(b.source).where(b.where(rule.typed))
        connection.execute(query, b.bind(ctx))

    Read `source` after all values and conditions were made: they add the joins.
    """

    def __init__(
        self,
        schema: Schema,
        entity: str,
        dialect_name: str,
        table: sa.FromClause | None = None,
        *,
        ctx: Ctx | None = None,
        mask: Mask | None = None,
    ) -> None:
        self.schema, self.entity = schema, entity
        self.table: sa.FromClause = schema.tables(entity) if table is None else table
        self.scope = Scope(self.table, self.table)
        self.compiler = DIALECTS[dialect_name](schema, ctx, mask)
        self.compiler.places["record"] = Place(self.scope, (), entity, self.table)

    @property
    def source(self) -> sa.FromClause:
        """The table with the joins that links needed so far: `select(...).select_from(source)`."""
        return self.scope.source

    @property
    def params(self) -> dict[str, Callable[[Ctx], Any]]:
        """Name -> what gives the parameter's value."""
        return self.compiler.params

    def bind(self, ctx: Ctx, constants: Sequence[Any] = ()) -> dict[str, Any]:
        """The parameters for one execution; `constants` of lifted expressions, in their order."""
        ctx = ctx.with_constants(constants) if constants else ctx
        return {name: f(ctx) for name, f in self.params.items()}

    def where(self, typed: Typed) -> Element:
        """The condition, in the loose form: null stands for false. Only for WHERE, AND, OR and CASE WHEN."""
        return self.compiler.begin(typed).bool(typed, False)

    def value(self, typed: Typed) -> Element:
        """The value, with the column type of its kind; a yes/no is never null."""
        if typed.type.kind == "bool":
            return sa.type_coerce(self.compiler.begin(typed).bool(typed, True), sa.Boolean())
        x = self.compiler.begin(typed).value(typed)
        if typed.type.kind in NEEDS_CAST and isinstance(x, sa.BindParameter):
            x = sa.cast(x, x.type)  # no parameter any more, so that type_coerce leaves it alone
        return sa.type_coerce(x, sql_type(typed.type))

    def path(self, text: str) -> tuple[Element, T]:
        """A field, through links where dotted ('donor.party.name'), and its type. Raises ExprError."""
        full = f"record.{text}"
        nullable = self.compiler.mask is not None
        typed = Checker(self.schema, full, {"record": self.entity}, nullable=nullable).check(parse(full))
        return self.column(typed), typed.type

    def column(self, typed: Typed) -> Element:
        """The value of a path of any kind, also of a list."""
        return sa.type_coerce(self.compiler.begin(typed).value(typed), sql_type(typed.type))
