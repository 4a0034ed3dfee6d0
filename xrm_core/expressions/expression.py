"""A checked expression, and the cache of them that each schema has."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from xrm_core.metamodel.kinds import T

from .builder import SqlBuilder
from .check import check
from .context import Ctx
from .needs import Needs, needs
from .parser import parse
from .schema import Schema
from .syntax import Node
from .text import unparse
from .to_python import Closure, to_python
from .typed import Typed


class Expression:
    """A checked expression. It does not change; what is made from it is made on first use."""

    def __init__(self, text: str, syntax: Node, typed: Typed, schema: Schema, entity: str) -> None:
        self.source, self.syntax, self.typed, self.schema, self.entity = text, syntax, typed, schema, entity

    def __repr__(self) -> str:
        return f"<Expression {self.entity}: {self.source}>"

    @property
    def type(self) -> T:
        """What it gives."""
        return self.typed.type

    @cached_property
    def closure(self) -> Closure:
        """The Python function of it."""
        return to_python(self.typed)

    def python(self, ctx: Ctx) -> Any:
        """Its value for one record."""
        return self.closure(ctx)

    def sql(self, dialect: str, table: sa.FromClause | None = None, *, ctx: Ctx | None = None) -> SqlBuilder:
        """A builder for a statement over its entity; take `.where(e.typed)` or `.value(e.typed)` from it."""
        return SqlBuilder(self.schema, self.entity, dialect, table, ctx=ctx)

    @cached_property
    def needs(self) -> Needs:
        """What it reads."""
        return needs(self.typed)

    def text(self) -> str:
        """Its canonical text."""
        return unparse(self.syntax)


def compile_text(
    text: str,
    schema: Schema,
    entity: str,
    want: str | None = None,
    extra: Mapping[str, str] | None = None,
    *,
    nullable: bool = False,
) -> Expression:
    """Parse and check, or ExprError; compiled rules are kept by the schema.

    want: kind that the place needs ('bool' for rules); extra: more record variables and their entities, such as
    {'old': 'deal'} in guards (Python only); nullable: for a reader who may not see every field.
    """
    key = (text, entity, want, tuple(sorted((extra or {}).items())), nullable)
    found = schema.rules.get(key)
    if found is None:
        syntax = parse(text)
        typed = check(syntax, schema, entity, text, want, extra, nullable)
        found = Expression(text, syntax, typed, schema, entity)
        schema.rules.put(key, found)
    return found
