"""integer: a whole number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.metamodel.field_type import Env, ValueType, Widget
from xrm_core.metamodel.kinds import DIGITS, T
from xrm_core.metamodel.kinds import whole as whole_kind

from .locales import number_style, show_number
from .numerals import are_whole, check_range, read_number, whole
from .options import Options, may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "between", "in", "empty", "notEmpty")


class IntegerOptions(Options):
    """Options of integer."""

    min: int | None = Key(None, description="Least number allowed")
    max: int | None = Key(None, description="Greatest number allowed")
    digits: int = Key(DIGITS, ge=1, le=DIGITS, description="Most digits; formulas over short numbers are quicker")


class IntegerType(ValueType):
    """A whole number of at most 18 digits."""

    name = "integer"
    Options = IntegerOptions

    def kind(self, field: Field) -> T:
        """Whole number with the digits declared."""
        return whole_kind(cast(IntegerOptions, field.options).digits, may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> int:
        """The number within its limits; a yes or no is none."""
        options = cast(IntegerOptions, field.options)
        number = whole(raw)
        if options.min is not None or options.max is not None:
            check_range(number, options.min, options.max)
        if options.digits != DIGITS:
            most = int(10**options.digits) - 1
            check_range(number, -most, most)
        return number

    def many(self, given: Mapping[str, Sequence[Any]], field: Field, env: Env) -> Mapping[str, Sequence[Any]] | None:
        """Whole numbers within the limits."""
        options = cast(IntegerOptions, field.options)
        fits = options.digits == DIGITS and are_whole(given[field.name], options.min, options.max)
        return given if fits else None

    def parse(self, text: str, field: Field, env: Env) -> int:
        """Digits, grouped as the language has it."""
        style = number_style(env.language)
        return self.value(read_number(text, style.decimal, style.group), field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """Grouped digits."""
        return show_number(value, env.language)

    def widget(self, field: Field) -> Widget:
        """A number input without places."""
        options = cast(IntegerOptions, field.options)
        return Widget("number", {"step": "1", "min": options.min, "max": options.max})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Numbers are compared."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """An integer with its limits."""
        options = cast(IntegerOptions, field.options)
        most = int(10**options.digits) - 1
        low = -most if options.min is None else options.min
        high = most if options.max is None else options.max
        return {field.name: describe(field, {"type": "integer", "minimum": low, "maximum": high})}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The limits must leave room."""
        options = cast(IntegerOptions, field.options)
        return limits_fault(options.min, options.max)


def limits_fault(low: Decimal | int | None, high: Decimal | int | None) -> list[str]:
    """A sentence when no number lies within the limits."""
    return [f"min {low} is more than max {high}"] if low is not None and high is not None and low > high else []
