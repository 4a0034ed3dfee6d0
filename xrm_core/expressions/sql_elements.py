"""SQL that SQLAlchemy has no word for. Each is written by one method, so its compiler's recursion stays flat."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from xrm_core.metamodel.kinds import LIMIT, MAX_SCALE

Element = sa.ColumnElement[Any]
BIG, NUM, TEXT = sa.BigInteger(), sa.Numeric(), sa.Text()


class Clip(FunctionElement[Any]):
    """Null where abs(x) >= top. x is written once, so nested guards do not grow."""

    name, inherit_cache = "clip", True

    def __init__(self, x: Element, top: Element, type_: TypeEngine[Any]) -> None:
        super().__init__(x, top)
        self.type = type_


class QuickSum(FunctionElement[Any]):
    """sum() of SQLite over a column of a subquery, 0 over nothing, null with more than 18 digits (SQLite works out once what stands
    there three times). It raises where it passes 64 bits; `exact_sums` writes what does not."""

    name, inherit_cache = "quick_sum", True

    def __init__(self, x: Element, type_: TypeEngine[Any]) -> None:
        super().__init__(x)
        self.type = type_


class Quotient(FunctionElement[Any]):
    """x / y of PostgreSQL, exact: cut at 7 digits, then rounded once to 6, half away from zero."""

    name, inherit_cache = "quotient", True

    def __init__(self, x: Element, y: Element, type_: TypeEngine[Any]) -> None:
        super().__init__(x, y)
        self.type = type_


@compiles(QuickSum, "sqlite")
def _quick_sum(e: QuickSum, compiler: SQLCompiler, **kw: Any) -> str:
    (x,) = (compiler.process(c, **kw) for c in e.clauses)
    total = f"coalesce(sum({x}), 0)"
    return f"CASE WHEN {total} > -{LIMIT} AND {total} < {LIMIT} THEN {total} END"


QUICK = re.compile(r"coalesce\(sum\((\w+\.\w+)\), 0\)")
EXACT = r"(coalesce(sum(\1 / 1000000000), 0) * 1000000000 + coalesce(sum(\1 % 1000000000), 0))"
"""The upper and the lower digits are added up apart, which takes twice as long."""


def exact_sums(sql: str) -> str:
    """A statement of SQLite with the sums of `QuickSum` written so that they pass 64 bits on the way."""
    return QUICK.sub(EXACT, sql)


@compiles(Clip, "sqlite")
def _clip_sqlite(e: Clip, compiler: SQLCompiler, **kw: Any) -> str:
    x, top = (compiler.process(c, **kw) for c in e.clauses)
    return f"nullif(nullif(min(max({x}, -{top}), {top}), {top}), -{top})"


@compiles(Clip, "postgresql")
def _clip_postgres(e: Clip, compiler: SQLCompiler, **kw: Any) -> str:
    x, top = (compiler.process(c, **kw) for c in e.clauses)
    return f"nullif(nullif(least(greatest({x}, -{top}), {top}), {top}), -{top})"


@compiles(Quotient, "postgresql")
def _quotient_postgres(e: Quotient, compiler: SQLCompiler, **kw: Any) -> str:
    x, y = (compiler.process(c, **kw) for c in e.clauses)
    return f"round(div({x} * {10 ** (MAX_SCALE + 1)}, nullif({y}, 0)) * 0.{'0' * MAX_SCALE}1, {MAX_SCALE})"


SHIFT = 14_609_700
"""Days of 40 000 years, which are 100 cycles of the calendar."""
LIMITS = "nullif(nullif(least(greatest({{0}}, {low}), {high}), {high}), {low})"


class Flat(FunctionElement[Any]):
    """PostgreSQL text around its argument. A class for each text, so that the class tells cached statements apart."""

    name, inherit_cache = "flat", True
    template = "{0}"

    def __init__(self, x: Element, type_: TypeEngine[Any] | None = None) -> None:
        super().__init__(x)
        self.type = type_ or x.type


@compiles(Flat, "postgresql")
def _flat_postgres(e: Flat, compiler: SQLCompiler, **kw: Any) -> str:
    (x,) = (compiler.process(c, **kw) for c in e.clauses)
    return e.template.format(x)


class Lower(Flat):
    """Lower case by the simple mapping of PostgreSQL's own collation (17 and later)."""

    inherit_cache = True
    template = '(lower(({0}) COLLATE pg_c_utf8) COLLATE "C")'


class Upper(Flat):
    """Upper case by the simple mapping of PostgreSQL's own collation (17 and later)."""

    inherit_cache = True
    template = '(upper(({0}) COLLATE pg_c_utf8) COLLATE "C")'


class InYears(Flat):
    """A date, null outside of years 1 to 9999."""

    inherit_cache = True
    template = LIMITS.format(low="(DATE '0001-01-01' - 1)", high="(DATE '9999-12-31' + 1)")


class BackInYears(Flat):
    """A date that is SHIFT days late: brought back, null outside of years 1 to 9999."""

    inherit_cache = True
    template = f"({LIMITS} - {SHIFT})".format(
        low=f"(DATE '0001-01-01' + {SHIFT - 1})", high=f"(DATE '9999-12-31' + {SHIFT + 1})"
    )


class MomentBackInYears(Flat):
    """A moment that is SHIFT days late: brought back, null outside of years 1 to 9999."""

    inherit_cache = True
    late = f"interval '{SHIFT * 24} hours'"
    template = f"({LIMITS} - {late})".format(
        low=f"(TIMESTAMPTZ '0001-01-01 00:00:00+00' + {late} - interval '1 microsecond')",
        high=f"(TIMESTAMPTZ '9999-12-31 23:59:59.999999+00' + {late} + interval '1 microsecond')",
    )


class LateDays(Flat):
    """Whole days of a duration in microseconds, and SHIFT."""

    inherit_cache = True
    template = f"CAST(floor(CAST({{0}} AS NUMERIC) / 86400000000) + {SHIFT} AS INTEGER)"


class LateInterval(Flat):
    """A duration in microseconds, and SHIFT. Hours and seconds apart: interval * bigint loses microseconds."""

    inherit_cache = True
    template = (
        f"make_interval(0, 0, 0, 0, CAST(({{0}}) / 3600000000 + {SHIFT * 24} AS INTEGER), 0, "
        "mod({0}, 3600000000) * 0.000001::float8)"
    )


class LateMonths(Flat):
    """So many months, and those of SHIFT."""

    inherit_cache = True
    template = "make_interval(0, CAST(least(greatest({0}, -130000), 130000) AS INTEGER) + 480000)"


def operate(a: Element, sign: str, b: Element, type_: TypeEngine[Any] | None = None) -> Element:
    """An operator as written. Without a precedence, op() of SQLAlchemy puts no brackets around its operands."""
    return a.op(sign, precedence=8 if sign == "/" else 7, return_type=type_)(b)


def number(value: object, type_: TypeEngine[Any] = BIG) -> Element:
    """A number of ours, written into the text."""
    return sa.literal_column(str(value), type_)
