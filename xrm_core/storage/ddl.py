"""SQL that changes a schema, as text: made by Alembic's operations, so a plan holds exactly what will be carried out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from .names import quoted
from .values import to_json_text

if TYPE_CHECKING:
    from alembic.operations import Operations


def plain_dialect(name: str) -> sa.Dialect:
    """A dialect whose texts go to the driver without parameters, so that no sign in them has a second meaning."""
    kind: Any = import_module(f"sqlalchemy.dialects.{name}")  # PostgreSQL's only where it is used: it takes 0.1 s
    made: sa.Dialect = kind.dialect(paramstyle="named")
    return made


class Ddl:
    """Writes the statements for one kind of database ('sqlite' or 'postgresql')."""

    def __init__(self, name: str) -> None:
        self.dialect = plain_dialect(name)

    def _written(self, do: Callable[[Operations], object]) -> tuple[str, ...]:
        from alembic.operations import Operations  # imported here: most starts change nothing, and it takes 0.7 s
        from alembic.runtime.migration import MigrationContext

        context = MigrationContext.configure(dialect=self.dialect, opts={"as_sql": True, "literal_binds": True})
        found: list[str] = []
        context.impl.static_output = lambda text: found.append(text.strip().rstrip(";"))  # type: ignore[method-assign]
        do(Operations(context))
        return tuple(found)

    def create_table(self, table: sa.Table, *, links: bool) -> str:
        """CREATE TABLE, with its foreign keys where `links`."""
        include: list[sa.ForeignKeyConstraint] | None = None if links else []
        return str(CreateTable(table, include_foreign_key_constraints=include).compile(dialect=self.dialect)).strip()

    def create_index(self, index: sa.Index) -> str:
        """CREATE INDEX, conditions written out."""
        return str(CreateIndex(index).compile(dialect=self.dialect, compile_kwargs={"literal_binds": True})).strip()

    def drop_index(self, name: str) -> str:
        """DROP INDEX."""
        return f"DROP INDEX IF EXISTS {quoted(name)}"

    def rename_table(self, old: str, new: str) -> tuple[str, ...]:
        """Another name for a table."""
        return self._written(lambda op: op.rename_table(_q(old), _q(new)))

    def rename_column(self, table: str, old: str, new: str) -> tuple[str, ...]:
        """Another name for a column."""
        return (f"ALTER TABLE {quoted(table)} RENAME COLUMN {quoted(old)} TO {quoted(new)}",)

    def add_column(
        self, table: str, column: sa.Column[Any], fill: Any = None, link: str | None = None
    ) -> tuple[str, ...]:
        """A new column; `fill` is the value that existing rows get (needed where it may not be empty), `link` the words of a
        foreign key, for SQLite, which takes it only here."""
        copy = sa.Column(_q(column.name), column.type, nullable=column.nullable)
        if fill is not None:
            copy = sa.Column(
                copy.name,
                copy.type,
                nullable=copy.nullable,
                server_default=sa.literal_column(self.literal(fill, column.type)),
            )
        made = list(self._written(lambda op: op.add_column(_q(table), copy)))
        if link is not None:
            made[-1] += " " + link
        if fill is not None and self.dialect.name == "postgresql":
            made.append(f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column.name)} DROP DEFAULT")
        return tuple(made)

    def set_null(self, table: str, column: str, null: bool) -> tuple[str, ...]:
        """Whether a column may be empty (PostgreSQL)."""
        return self._written(lambda op: op.alter_column(_q(table), _q(column), nullable=null))

    def retype(self, table: str, column: sa.Column[Any]) -> tuple[str, ...]:
        """Another type for a column that holds no value (PostgreSQL)."""
        kind = column.type.compile(dialect=self.dialect)
        name = quoted(column.name)
        return (f"ALTER TABLE {quoted(table)} ALTER COLUMN {name} TYPE {kind} USING CAST(NULL AS {kind})",)

    def fill(self, table: str, column: sa.Column[Any], value: Any) -> str:
        """Give a value to the rows that have none."""
        name = quoted(column.name)
        return f"UPDATE {quoted(table)} SET {name} = {self.literal(value, column.type)} WHERE {name} IS NULL"

    def add_link(self, constraint: sa.ForeignKeyConstraint) -> str:
        """A foreign key on a table that is there (PostgreSQL)."""
        return str(sa.schema.AddConstraint(constraint).compile(dialect=self.dialect)).strip()

    def drop_constraint(self, table: str, name: str) -> str:
        """Drop a foreign key or check (PostgreSQL)."""
        return f"ALTER TABLE {quoted(table)} DROP CONSTRAINT IF EXISTS {quoted(name)}"

    def add_check(self, constraint: sa.CheckConstraint) -> str:
        """A check on a table that is there (PostgreSQL)."""
        return str(sa.schema.AddConstraint(constraint).compile(dialect=self.dialect)).strip()

    def literal(self, value: Any, kind: Any) -> str:
        """A constant as SQL, in the form that the column stores."""
        stored = kind.dialect_impl(self.dialect).bind_processor(self.dialect)
        sent = value if stored is None else stored(value)
        if isinstance(sent, (list, dict)):
            sent = to_json_text(sent)
        if isinstance(sent, bool) and self.dialect.name == "postgresql":
            return "true" if sent else "false"
        if isinstance(sent, (int, Decimal)):
            return str(int(sent) if isinstance(sent, bool) else sent)
        return "'" + str(sent).replace("'", "''") + "'"


def _q(name: str) -> sa.sql.quoted_name:
    return sa.sql.quoted_name(name, True)
