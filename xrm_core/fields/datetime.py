"""datetime: an instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T

from .calendar_text import in_utc, iso_datetime, read_datetime
from .characters import shown
from .date import OPERATORS, DateOptions, check_day, day_limits_fault, day_props
from .locales import show_datetime, zone_of
from .options import may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class DateTimeOptions(DateOptions):
    """Options of datetime: limits are days on the clock of the person who writes."""


class DateTimeType(ValueType):
    """An instant, kept in UTC to the microsecond and shown on the reader's clock."""

    name = "datetime"
    Options = DateTimeOptions

    def kind(self, field: Field) -> T:
        """Date and time."""
        return T("datetime", may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> datetime:
        """The instant in UTC; without a time zone it is refused."""
        if isinstance(raw, datetime):
            moment = in_utc(raw)
        elif isinstance(raw, str):
            moment = iso_datetime(raw.strip())
        else:
            raise FieldFault(
                _("{value} is not a date and time", value=shown(raw)),
                code="not_a_datetime",
                hint=_("send it as 2026-01-31T14:30:00Z"),
            )
        options = cast(DateTimeOptions, field.options)
        if options.is_limited:
            check_day(moment.astimezone(zone_of(env.time_zone)).date(), options, env)
        return moment

    def parse(self, text: str, field: Field, env: Env) -> datetime:
        """An instant with an offset, or a time on the clock of `env.time_zone`."""
        return self.value(read_datetime(text, env.language, env.date_order, env.time_zone), field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """Day and time on the reader's clock."""
        return show_datetime(value, env.language, env.time_zone, env.date_order)

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """ISO 8601 in UTC, ending in Z."""
        value = record.get(field.name)
        return {field.name: "" if value is None else iso_text(value)}

    def widget(self, field: Field) -> Widget:
        """An input of date and time."""
        return Widget("datetime", day_props(cast(DateTimeOptions, field.options)))

    def operators(self, field: Field) -> tuple[str, ...]:
        """Instants are compared."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string in RFC 3339 form."""
        return {field.name: describe(field, {"type": "string", "format": "date-time"})}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The limits must leave room."""
        return day_limits_fault(cast(DateTimeOptions, field.options))


def iso_text(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds: 2026-01-31T10:00:00.000000Z."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
