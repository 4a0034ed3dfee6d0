"""SQL that SQLAlchemy has no word for. Each is written by one method, so its compiler's recursion stays flat."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from xrm_core.metamodel.kinds import MAX_SCALE

Element = sa.ColumnElement[Any]
BIG, NUM, TEXT = sa.BigInteger(), sa.Numeric(), sa.Text()


class Clip(FunctionElement[Any]):
    """Null where abs(x) >= top. x is written once, so nested guards do not grow."""

    name, inherit_cache = "clip", True

    def __init__(self, x: Element, top: Element, type_: TypeEngine[Any]) -> None:
        super().__init__(x, top)
        self.type = type_


class Quotient(FunctionElement[Any]):
    """x / y of PostgreSQL, exact: cut at 7 digits, then rounded once to 6, half away from zero."""

    name, inherit_cache = "quotient", True

    def __init__(self, x: Element, y: Element, type_: TypeEngine[Any]) -> None:
        super().__init__(x, y)
        self.type = type_


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


def operate(a: Element, sign: str, b: Element, type_: TypeEngine[Any] | None = None) -> Element:
    """An operator as written. Without a precedence, op() of SQLAlchemy puts no brackets around its operands."""
    return a.op(sign, precedence=8 if sign == "/" else 7, return_type=type_)(b)


def number(value: object, type_: TypeEngine[Any] = BIG) -> Element:
    """A number of ours, written into the text."""
    return sa.literal_column(str(value), type_)
