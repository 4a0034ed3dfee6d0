"""decimal: an exact number with a fixed number of places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.metamodel.definitions import Name
from xrm_core.metamodel.field_type import Env, Widget
from xrm_core.metamodel.kinds import MAX_SCALE

from .exact_number import ExactNumberType
from .locales import currency_in, number_style, show_money, show_number
from .numerals import read_number
from .options import Number, Options

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class DecimalOptions(Options):
    """Options of decimal."""

    scale: int = Key(2, ge=0, le=MAX_SCALE, description="Digits after the point; more are refused, never rounded")
    min: Number | None = Key(None, description="Least number allowed")
    max: Number | None = Key(None, description="Greatest number allowed")
    unit: str | None = Key(None, max_length=20, description="Unit shown behind the number, as in `kg`")
    currency_from: Name | None = Key(
        None,
        description="Money or currency field, here or on the record that the row belongs to, in whose currency the number is shown",
    )


class DecimalType(ExactNumberType):
    """An exact number: 18 digits in all, `scale` of them after the point. In JSON it travels as text, so that no
    digit is lost."""

    name = "decimal"
    Options = DecimalOptions

    def parse(self, text: str, field: Field, env: Env) -> Decimal:
        """A number as the language writes it; the field's unit may stand behind it."""
        unit = cast(DecimalOptions, field.options).unit
        if unit and text.endswith(unit):
            text = text.removesuffix(unit).strip()
        style = number_style(env.language)
        return self.value(read_number(text, style.decimal, style.group), field, env)

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The limits must leave room; an amount has no unit beside its currency."""
        options = cast(DecimalOptions, field.options)
        both = options.unit is not None and options.currency_from is not None
        return [*super().check_options(field, names), *(["unit does not go with currency_from"] if both else [])]

    def format(self, value: Any, field: Field, env: Env) -> str:
        """Grouped digits without trailing zeros, and the unit."""
        unit = cast(DecimalOptions, field.options).unit
        text = show_number(value, env.language)
        return f"{text}\u00a0{unit}" if unit else text

    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """The number; as an amount, where it is one and the record says its currency."""
        currency = currency_in(record, cast(DecimalOptions, field.options).currency_from)
        value = record.get(field.name)
        if currency is None or value is None:
            return super().text(record, field, env)
        return show_money(value, currency, env.language)

    def widget(self, field: Field) -> Widget:
        """A number input with the field's places."""
        options = cast(DecimalOptions, field.options)
        step = str(Decimal(1).scaleb(-options.scale))
        limits = {"step": step, "min": options.min, "max": options.max}
        return Widget("number", {**limits, "unit": options.unit, "currency_from": options.currency_from})
