"""Conditions that stand in the database itself, which no writer can pass by: as the text of a CHECK constraint, or as a foreign
key over several columns where a record repeats what the one says that it points to."""

from __future__ import annotations

import re

import sqlalchemy as sa
from msgspec import Struct

from .builder import SqlBuilder
from .expression import Expression
from .syntax import ExprError
from .typed import Path, Typed

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


class Tie(Struct, frozen=True):
    """What a record says as the one does that its link points to: its columns `own` hold what `theirs` hold there, by place."""

    link: str
    entity: str
    own: tuple[str, ...]
    theirs: tuple[str, ...]


def tie_of(check: Expression, when: Expression | None) -> Tie | None:
    """The tie that a rule asks for: `record.link.field == record.other`, one or several with `&&`, while `record.link != null`.
    None where it asks for anything else."""
    pairs = [_pair(part) for part in _parts(check.typed)]
    found = [pair for pair in pairs if pair is not None]
    if not found or len(found) < len(pairs) or len({theirs.hops for theirs, _ in found}) > 1:
        return None
    hop = found[0][0].hops[0]
    if when is None or not _asks_for(when.typed, hop.column):
        return None
    by = {theirs.column: own.column for theirs, own in sorted(found, key=lambda pair: pair[0].column)}
    return Tie(hop.column, hop.entity, tuple(by.values()), tuple(by)) if len(by) == len(found) else None


def _parts(typed: Typed) -> tuple[Typed, ...]:
    return typed.args if typed.op == "and" else (typed,)


def _pair(part: Typed) -> tuple[Path, Path] | None:
    """The field of the record pointed to, and that of the record itself, of an equation between the two."""
    if part.op != "cmp" or part.value != "==" or any(a.op != "path" for a in part.args):
        return None
    theirs, own = sorted((a.value for a in part.args), key=lambda path: -len(path.hops))
    return (theirs, own) if (len(theirs.hops), len(own.hops)) == (1, 0) else None


def _asks_for(when: Typed, link: str) -> bool:
    inner = when.args[0] if when.op == "notnull" else None
    return inner is not None and inner.op == "path" and not inner.value.hops and inner.value.column == link
