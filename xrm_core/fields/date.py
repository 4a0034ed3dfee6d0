"""date: a day of the calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T

from .calendar_text import iso_date, read_date
from .characters import shown
from .locales import show_date
from .options import Day, Options, may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "between", "empty", "notEmpty")


class DateOptions(Options):
    """Options of date and datetime."""

    not_before: Day | None = Key(None, description="Earliest day allowed: `2026-01-31` or `today`")
    not_after: Day | None = Key(None, description="Latest day allowed: `2026-01-31` or `today`")
    min: Day | None = Key(None, description="The same as `not_before`")
    max: Day | None = Key(None, description="The same as `not_after`")

    @property
    def is_limited(self) -> bool:
        """True when some days are refused."""
        return not (self.not_before is self.not_after is self.min is self.max is None)

    def limits(self, today: date) -> tuple[date | None, date | None]:
        """Earliest and latest day allowed, on the day `today`."""
        lows = [today if day == "today" else day for day in (self.not_before, self.min) if day is not None]
        highs = [today if day == "today" else day for day in (self.not_after, self.max) if day is not None]
        return max(lows, default=None), min(highs, default=None)


class DateType(ValueType):
    """A day, without time and zone: birthdays, due dates, dates of booking."""

    name = "date"
    Options = DateOptions

    def kind(self, field: Field) -> T:
        """Date."""
        return T("date", may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> date:
        """The day within its limits; a date and time is refused, since its day depends on the zone."""
        if type(raw) is not date:
            if isinstance(raw, str):
                raw = iso_date(raw.strip())
            elif isinstance(raw, datetime):
                raise FieldFault(
                    _("A date and time is not a day"), code="not_a_date", hint=_("give its date in the right time zone")
                )
            else:
                raise FieldFault(
                    _("{value} is not a date", value=shown(raw)), code="not_a_date", hint=_("write it as 2026-01-31")
                )
        options = cast(DateOptions, field.options)
        if options.is_limited:
            check_day(raw, options, env)
        return cast(date, raw)

    def many(self, given: Mapping[str, Sequence[Any]], field: Field, env: Env) -> Mapping[str, Sequence[Any]] | None:
        """Days within the limits."""
        days = given[field.name]
        if set(map(type, days)) != {date}:
            return None
        low, high = cast(DateOptions, field.options).limits(env.today)
        return given if (low is None or low <= min(days)) and (high is None or max(days) <= high) else None

    def parse(self, text: str, field: Field, env: Env) -> date:
        """A day as people write it."""
        return self.value(read_date(text, env.language, env.date_order), field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """The day in medium length."""
        return show_date(value, env.language, env.date_order)

    def widget(self, field: Field) -> Widget:
        """A date input."""
        return Widget("date", day_props(cast(DateOptions, field.options)))

    def operators(self, field: Field) -> tuple[str, ...]:
        """Days are compared."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string in ISO 8601 form."""
        return {field.name: describe(field, {"type": "string", "format": "date"})}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The limits must leave room."""
        return day_limits_fault(cast(DateOptions, field.options))


def check_day(day: date, options: DateOptions, env: Env) -> None:
    """Raise FieldFault when the day lies outside the limits."""
    low, high = options.limits(env.today)
    if low is not None and day < low:
        date, least = show_date(day, env.language, env.date_order), show_date(low, env.language, env.date_order)
        raise FieldFault(
            _("{date} is in the past", date=date)
            if low == env.today
            else _("{date} is before {least}", date=date, least=least),
            code="too_early",
            hint=_("choose a later day"),
        )
    if high is not None and day > high:
        date, most = show_date(day, env.language, env.date_order), show_date(high, env.language, env.date_order)
        raise FieldFault(
            _("{date} is in the future", date=date)
            if high == env.today
            else _("{date} is after {most}", date=date, most=most),
            code="too_late",
            hint=_("choose an earlier day"),
        )


def day_props(options: DateOptions) -> dict[str, Literal["today"] | str | None]:
    """Limits for the input: ISO dates or `today`."""
    low, high = options.not_before or options.min, options.not_after or options.max
    return {"min": str(low) if low else None, "max": str(high) if high else None}


def day_limits_fault(options: DateOptions) -> list[str]:
    """A sentence when no day lies within the fixed limits."""
    lows = [day for day in (options.not_before, options.min) if isinstance(day, date)]
    highs = [day for day in (options.not_after, options.max) if isinstance(day, date)]
    if lows and highs and max(lows) > min(highs):
        return [f"not_before {max(lows)} is after not_after {min(highs)}"]
    return []
