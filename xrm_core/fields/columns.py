"""Column types: how values are stored so that both databases compute on them exactly and Python reads them alike.

kind      Python             SQLite                                  PostgreSQL
bool      bool               INTEGER 0/1                             BOOLEAN
int       int                INTEGER                                 BIGINT
decimal   Decimal            INTEGER, value * 10**scale              NUMERIC(digits, scale)
text      str                TEXT (BINARY collation)                 TEXT COLLATE "C"
date      date               TEXT YYYY-MM-DD                         DATE
datetime  datetime in UTC    TEXT YYYY-MM-DD HH:MM:SS.ffffff, UTC    TIMESTAMPTZ
duration  timedelta          INTEGER microseconds                    BIGINT microseconds
ref       str (UUID)         TEXT                                    UUID
list      list of str        TEXT, JSON array                        JSONB
json      any JSON value     TEXT, JSON                              JSONB
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, TypeEngine

from xrm_core.metamodel.kinds import T

EXACT = Context(prec=60)
MICRO = timedelta(microseconds=1)


def on_postgres(dialect: Dialect) -> bool:
    """Whether the dialect is PostgreSQL's."""
    return dialect.name == "postgresql"


class Scaled(TypeDecorator[Decimal]):
    """Exact decimal: `digits` in all, `scale` of them after the point; an integer on SQLite. More places are cut."""

    impl = sa.BigInteger
    cache_ok = True

    def __init__(self, scale: int, digits: int = 18) -> None:
        super().__init__()
        self.scale, self.digits = scale, digits

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """NUMERIC on PostgreSQL, an integer elsewhere."""
        return dialect.type_descriptor(sa.Numeric(self.digits, self.scale) if on_postgres(dialect) else sa.BigInteger())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Value to storage."""
        if value is None or on_postgres(dialect):
            return value
        return int(Decimal(value).scaleb(self.scale, EXACT))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Storage to value, always with `scale` places."""
        if value is None or on_postgres(dialect):
            return value if value is None else Decimal(value)
        return Decimal(value).scaleb(-self.scale, EXACT)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware datetimes in and out, in UTC."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TIMESTAMPTZ on PostgreSQL, text of fixed width on SQLite."""
        return dialect.type_descriptor(sa.DateTime(timezone=on_postgres(dialect)))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Value to storage; a datetime without a zone is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        value = value.astimezone(UTC)
        return value if on_postgres(dialect) else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Storage to value."""
        if value is None:
            return None
        return value.astimezone(UTC) if on_postgres(dialect) else value.replace(tzinfo=UTC)


class Duration(TypeDecorator[timedelta]):
    """A length of time, stored in microseconds."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        """Value to storage."""
        return None if value is None else value // MICRO

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        """Storage to value."""
        return None if value is None else timedelta(microseconds=value)


class Ref(TypeDecorator[str]):
    """The id of a record: a UUID, in Python always its text form in lower case."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """UUID on PostgreSQL, TEXT elsewhere."""
        return dialect.type_descriptor(sa.Uuid(as_uuid=False) if on_postgres(dialect) else sa.Text())


class TextC(TypeDecorator[str]):
    """Text in code point order on both databases (COLLATE "C" on PostgreSQL)."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """TEXT COLLATE "C" on PostgreSQL, TEXT elsewhere."""
        return dialect.type_descriptor(sa.Text(collation="C") if on_postgres(dialect) else sa.Text())


class JsonText(sa.JSON):
    """JSON on SQLite in a column declared TEXT: declared JSON, the column would turn the text `0` into a number."""


@compiles(JsonText, "sqlite")
def _declared(type_: JsonText, compiler: Any, **more: Any) -> str:
    return "TEXT"


class JsonValue(TypeDecorator[Any]):
    """Any JSON value: JSONB on PostgreSQL, JSON text on SQLite. None is stored as NULL."""

    impl = sa.JSON
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(none_as_null=True)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """JSONB on PostgreSQL, JSON text elsewhere."""
        if on_postgres(dialect):
            from sqlalchemy.dialects.postgresql import JSONB  # takes 0.1 s: only where PostgreSQL is used

            return dialect.type_descriptor(JSONB(none_as_null=True))
        return JsonText(none_as_null=True)  # as it is: the dialect would put its own type, declared JSON, in its place


class JsonList(JsonValue):
    """A list of texts, stored as a JSON array."""

    cache_ok = True


def sql_type(t: T, digits: int = 18) -> TypeEngine[Any]:
    """The column type of a value of type `t`; `digits` of a decimal, all places counted."""
    if t.kind == "decimal":
        return Scaled(t.scale, digits)
    return PLAIN[t.kind]()


PLAIN: dict[str, type[TypeEngine[Any]]] = {
    "bool": sa.Boolean,
    "int": sa.BigInteger,
    "text": TextC,
    "date": sa.Date,
    "datetime": UtcDateTime,
    "duration": Duration,
    "ref": Ref,
    "list": JsonList,
    "json": JsonValue,
}
