"""The types of values (`T`): what a field holds and what an expression gives. Pure values, no database."""

from __future__ import annotations

from decimal import Decimal
from typing import Union

from msgspec import Struct
from msgspec.structs import replace

DIGITS = 18
"""A number has at most 18 digits, counted without the point."""
LIMIT = 10**DIGITS
MAX_SCALE = 6
"""Digits after the point that a result has at most."""
KINDS = ("bool", "int", "decimal", "text", "date", "datetime", "duration", "ref", "list", "json", "null")
NUMBER = ("int", "decimal")
NAMES = {"datetime": "date and time", "bool": "yes/no", "int": "whole number", "decimal": "number"}

Of = Union[str, "tuple[str, ...]", "T", None]


class T(Struct, frozen=True):
    """The type of a value.

    kind: one of KINDS; null: may be empty; scale, bound: of numbers, abs(value) * 10**scale <= bound;
    of: the entity (or entities) of a ref, the options of a choice text, the item type of a list;
    codes: name of the code list of a choice.
    """

    kind: str
    null: bool = False
    scale: int = 0
    bound: int = LIMIT - 1
    of: Of = None
    codes: str | None = None

    def __str__(self) -> str:
        if self.kind == "ref":
            return "link to " + " or ".join(self.entities)
        if self.kind == "list":
            return f"list of {self.item}"
        return self.kind if self.kind not in ("datetime",) else NAMES[self.kind]

    def with_null(self, null: bool) -> T:
        """The same type with this nullability."""
        return self if self.null == null else replace(self, null=null)

    @property
    def entities(self) -> tuple[str, ...]:
        """The entities that a ref may point to."""
        return (self.of,) if isinstance(self.of, str) else self.of if isinstance(self.of, tuple) else ()

    @property
    def options(self) -> tuple[str, ...]:
        """The codes of a choice; empty for free text."""
        return self.of if self.kind == "text" and isinstance(self.of, tuple) else ()

    @property
    def item(self) -> T:
        """The type of a list's items."""
        return self.of if isinstance(self.of, T) else TEXT


BOOL, TEXT, DATE, DATETIME, DURATION = T("bool"), T("text"), T("date"), T("datetime"), T("duration")
INT = T("int")
JSON = T("json", True)
NULL = T("null", True)


def whole(digits: int = DIGITS, null: bool = False) -> T:
    """Type of a whole number with so many digits."""
    return T("int", null, 0, int(10**digits) - 1)


def decimal(scale: int, digits: int = DIGITS, null: bool = False) -> T:
    """Type of an exact number: `digits` in all, `scale` of them after the point."""
    return T("decimal", null, scale, int(10**digits) - 1)


def ref(*entities: str, null: bool = False) -> T:
    """Type of a link to a record of one, or of several allowed, entities."""
    return T("ref", null, of=entities[0] if len(entities) == 1 else entities)


def choice(options: tuple[str, ...], codes: str | None = None, null: bool = False) -> T:
    """Type of a text that is one of some codes."""
    return T("text", null, of=options, codes=codes)


def list_of(item: T, null: bool = False) -> T:
    """Type of a list."""
    return T("list", null, of=item)


def number(value: int | Decimal) -> T:
    """Type of a number constant: its own scale and bound."""
    if isinstance(value, int):
        return T("int", False, 0, abs(value))
    scale = max(0, -int(value.as_tuple().exponent))
    return T("decimal", False, scale, abs(int(value.scaleb(scale))))
