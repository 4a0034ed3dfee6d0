"""Conditions that stand in the database itself: as the text of a CHECK constraint, which no writer can pass by."""

from __future__ import annotations

import re

import sqlalchemy as sa

from .builder import SqlBuilder
from .expression import Expression
from .syntax import ExprError

OURS = re.compile(r"\bx_\w+\(")
"""Functions that we bring to SQLite ourselves: a program that opens the file by itself does not have them."""


def doubts(expression: Expression) -> str:
    """Why a condition cannot stand in the database, as the end of a sentence; '' where it can: it may read the record's own
    stored fields and nothing that changes by itself."""
    needs = expression.needs
    if needs.links or needs.rollups:
        return "it reads other records"
    if needs.actor:
        return "it asks for the actor"
    if needs.clock:
        return "it asks for the time, and what was true when it was written may be false tomorrow"
    return ""


def standing(expression: Expression, dialect: sa.Dialect, table: sa.Table) -> str:
    """The condition over the columns of `table` as SQL with its constants written out, true or false and never null. Raises
    ExprError where the database has no word of its own for a part of it."""
    builder = SqlBuilder(expression.schema, expression.entity, dialect.name, table)
    made = builder.value(expression.typed)
    if builder.params:
        raise ExprError("it cannot stand in the database: it depends on more than the record")
    text = str(made.compile(dialect=dialect, compile_kwargs={"literal_binds": True, "include_table": False}))
    found = OURS.search(text)
    if found:
        raise ExprError(
            "it cannot stand in the database: SQLite alone has no such function; compare fields with constants"
        )
    return " ".join(text.split())
