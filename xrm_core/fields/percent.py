"""percent: a share in hundredths."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.metamodel.field_type import Env, Widget
from xrm_core.metamodel.kinds import MAX_SCALE

from .exact_number import ExactNumberType
from .locales import number_style, show_percent
from .numerals import read_number
from .options import Number, Options

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class PercentOptions(Options):
    """Options of percent."""

    scale: int = Key(4, ge=0, le=MAX_SCALE, description="Digits after the point")
    min: Number | None = Key(None, description="Least value allowed; 0 for shares")
    max: Number | None = Key(None, description="Greatest value allowed; 100 for shares")


class PercentType(ExactNumberType):
    """A percentage: the value 12.5 means 12.5 %, in the database, in expressions and in the API alike."""

    name = "percent"
    Options = PercentOptions

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
