"""Syntax tree -> typed tree: resolves names, checks kinds, decides where null is possible and where a number can leave
the range, so that both compilers only translate."""

from __future__ import annotations

from collections.abc import Mapping

from .check_base import Sight
from .check_calls import Calls
from .schema import Schema
from .syntax import ExprError, Node
from .typed import Typed


class Checker(Calls):
    """The whole checker: names, operators, calls."""


def check(
    syntax: Node,
    schema: Schema,
    entity: str,
    text: str | None = None,
    want: str | None = None,
    extra: Mapping[str, str] | None = None,
    nullable: bool = False,
    sight: Sight | None = None,
) -> Typed:
    """Typed tree, or ExprError.

    want: kind that the result must have (an int serves as decimal); extra: more record variables and their entities,
    such as {'old': 'deal'}; nullable: treat every field as one that may be empty, for readers who may not see all;
    sight: the same, said field by field, and which fields do not exist for the reader.
    """
    typed = Checker(schema, text, {"record": entity, **(extra or {})}, nullable=nullable, sight=sight).check(syntax)
    kind = typed.type.kind
    fits = want is None or kind == want or (want == "decimal" and kind == "int")
    if kind in ("null", "list", "json") or not fits:
        message = f"the result must be {want or 'a value'}, found {typed.type}"
        raise ExprError(message, syntax.start, syntax.end, text)
    return typed
