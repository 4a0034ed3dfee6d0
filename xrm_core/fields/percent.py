"""percent: a share in hundredths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.metamodel.field_type import Env, ValueType, Widget
from xrm_core.metamodel.kinds import MAX_SCALE, T
from xrm_core.metamodel.kinds import decimal as decimal_kind

from .integer import OPERATORS, limits_fault
from .locales import number_style, show_percent
from .numerals import check_range, exact, export_number, read_number
from .options import Number, Options, may_be_empty
from .schemas import decimal_schema

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class PercentOptions(Options):
    """Options of percent."""

    scale: int = Key(4, ge=0, le=MAX_SCALE, description="Digits after the point")
    min: Number | None = Key(None, description="Least value allowed; 0 for shares")
    max: Number | None = Key(None, description="Greatest value allowed; 100 for shares")


class PercentType(ValueType):
    """A percentage: the value 12.5 means 12.5 %, in the database, in expressions and in the API alike."""

    name = "percent"
    Options = PercentOptions

    def kind(self, field: Field) -> T:
        """Decimal of the scale."""
        return decimal_kind(cast(PercentOptions, field.options).scale, null=may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> Decimal:
        """The number with exactly `scale` places, within its limits."""
        options = cast(PercentOptions, field.options)
        number = exact(raw, options.scale)
        if options.min is not None or options.max is not None:
            check_range(number, options.min, options.max)
        return number

    def parse(self, text: str, field: Field, env: Env) -> Decimal:
        """A number as the language writes it, with or without a percent sign."""
        style = number_style(env.language)
        number = text.replace("%", "").replace("٪", "").strip()
        return self.value(read_number(number, style.decimal, style.group), field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """The number with a percent sign, without trailing zeros."""
        return show_percent(value, env.language)

    def widget(self, field: Field) -> Widget:
        """A number input with a percent sign."""
        options = cast(PercentOptions, field.options)
        return Widget(
            "percent", {"step": str(Decimal(1).scaleb(-options.scale)), "min": options.min, "max": options.max}
        )

    def operators(self, field: Field) -> tuple[str, ...]:
        """Numbers are compared."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string of digits."""
        options = cast(PercentOptions, field.options)
        return {field.name: decimal_schema(field, options.scale, options.min, options.max)}

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """Digits that every language reads alike, without a percent sign."""
        value = record.get(field.name)
        return {field.name: "" if value is None else export_number(value)}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The limits must leave room."""
        options = cast(PercentOptions, field.options)
        return limits_fault(options.min, options.max)
