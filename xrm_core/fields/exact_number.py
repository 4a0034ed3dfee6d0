"""What types of exact numbers share: places, limits, and digits that every language reads alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, cast

from xrm_core.metamodel.field_type import Env, ValueType
from xrm_core.metamodel.kinds import T
from xrm_core.metamodel.kinds import decimal as decimal_kind

from .integer import OPERATORS, limits_fault
from .numerals import are_within, check_range, exact, exact_many, export_number
from .options import may_be_empty
from .schemas import decimal_schema

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class Limits(Protocol):
    """The options that these types have in common."""

    scale: int
    min: Decimal | None
    max: Decimal | None


def limits(field: Field) -> Limits:
    """Places and limits of a field."""
    return cast(Limits, field.options)


class ExactNumberType(ValueType):
    """Base of numbers with a fixed number of places."""

    def kind(self, field: Field) -> T:
        """Decimal of the scale."""
        return decimal_kind(limits(field).scale, null=may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> Decimal:
        """The number with exactly `scale` places, within its limits."""
        options = limits(field)
        number = exact(raw, options.scale)
        if options.min is not None or options.max is not None:
            check_range(number, options.min, options.max)
        return number

    def many(self, given: Mapping[str, Sequence[Any]], field: Field, env: Env) -> Mapping[str, Sequence[Any]] | None:
        """Numbers, no texts, within the limits."""
        options = limits(field)
        numbers = exact_many(given[field.name], options.scale)
        return {field.name: numbers} if numbers is not None and are_within(numbers, options.min, options.max) else None

    def operators(self, field: Field) -> tuple[str, ...]:
        """Numbers are compared."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string of digits."""
        options = limits(field)
        return {field.name: decimal_schema(field, options.scale, options.min, options.max)}

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """Digits that every language reads alike, without a unit or a sign behind them."""
        value = record.get(field.name)
        return {field.name: "" if value is None else export_number(value)}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The limits must leave room."""
        options = limits(field)
        return limits_fault(options.min, options.max)
