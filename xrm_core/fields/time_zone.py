"""time_zone: a time zone by its IANA name."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T

from .characters import shown, text_of
from .country import CHOICE_OPERATORS
from .locales import locale_of
from .options import may_be_empty
from .schemas import describe
from .standards import fold

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class TimeZoneType(ValueType):
    """A time zone by its IANA name, as in `Europe/Berlin`."""

    name = "time_zone"

    def kind(self, field: Field) -> T:
        """Text."""
        return T("text", may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """The name in its exact spelling."""
        name = text_of(raw).strip()
        if not name:
            return None
        if name in time_zones():
            return name
        near = get_close_matches(name, time_zones(), 1, 0.7)
        hint = _("did you mean {near}?", near=near[0]) if near else _("write it as Europe/Berlin")
        raise FieldFault(_("{value} is not a time zone", value=shown(name)), code="not_a_time_zone", hint=hint)

    def parse(self, text: str, field: Field, env: Env) -> str | None:
        """By name in any case, or by the city alone where only one zone has it."""
        return self.value(_folded().get(fold(text), text), field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """The place that gives the zone its name."""
        return _place(value, env.language)

    def widget(self, field: Field) -> Widget:
        """A select."""
        return Widget("select", {"source": "time_zones"})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Is it one of these."""
        return CHOICE_OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """An IANA name."""
        return {field.name: describe(field, {"type": "string", "maxLength": 60})}


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """The names known to this installation: UTC and those by region and place."""
    skip = ("Etc/", "SystemV/", "posix/", "right/", "US/")
    return frozenset(z for z in available_timezones() if z == "UTC" or ("/" in z and not z.startswith(skip)))


@lru_cache(maxsize=1)
def _folded() -> dict[str, str]:
    cities: dict[str, list[str]] = {}
    for zone in time_zones():
        cities.setdefault(fold(zone.rpartition("/")[2]), []).append(zone)
    single = {city: zones[0] for city, zones in cities.items() if len(zones) == 1}
    return {**single, **{fold(zone): zone for zone in time_zones()}}


@lru_cache(maxsize=4096)
def _place(zone: str, language: str) -> str:
    from babel.dates import get_timezone_location

    return get_timezone_location(zone, locale=locale_of(language), return_city=True)
