"""location: a point on the globe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xrm_core.language import _
from xrm_core.metamodel.field_type import Column, Env, FieldFault, FieldType, Widget
from xrm_core.metamodel.kinds import decimal as decimal_kind
from xrm_core.metamodel.text import say

from .characters import shown
from .locales import number_style
from .numerals import exact, export_number, plain, read_number
from .options import may_be_empty
from .schemas import decimal_schema

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

PLACES = 6
LIMITS = {"lat": Decimal(90), "lon": Decimal(180)}
_WORDS = {"lat": "latitude", "lon": "longitude"}
_PAIR = re.compile(
    r"(-?\d{1,3}(?:\.\d+)?)°?\s*([NS]?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)°?\s*([EWO]?)", re.ASCII | re.IGNORECASE
).fullmatch


class LocationType(FieldType):
    """A point in degrees north and east (WGS 84), in two columns `{field}_lat` and `{field}_lon` with six places: to
    a decimetre."""

    name = "location"

    def columns(self, field: Field) -> tuple[Column, ...]:
        """Latitude and longitude."""
        return tuple(
            Column(f"{field.name}_{part}", decimal_kind(PLACES, 9, null=may_be_empty(field)), 9) for part in LIMITS
        )

    def accept(self, given: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """Each within the globe, of those given."""
        result: dict[str, Any] = {}
        for part in LIMITS:
            name = f"{field.name}_{part}"
            if name in given:
                raw = given[name]
                result[name] = None if raw is None or raw == "" else degrees(raw, part, name)
        return result

    def settle(self, record: Mapping[str, Any], before: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """Both numbers have a value, or none."""
        empty = [name for part in LIMITS if record.get(name := f"{field.name}_{part}") is None]
        if len(empty) == 1:
            raise FieldFault(
                _("A point needs latitude and longitude"), code="incomplete", part=empty[0], hint=_("give both or none")
            )
        return {}

    def read(self, given: Mapping[str, str], field: Field, env: Env) -> dict[str, Any]:
        """Two numbers, or both in the first: `51.5074, -0.1278`, `51.5° N, 0.13° W`."""
        lat, lon = f"{field.name}_lat", f"{field.name}_lon"
        pair = _PAIR(given.get(lat, "").strip())
        if pair and not given.get(lon, "").strip():
            north, south, east, west = pair.groups()
            texts = {
                lat: ("-" if south.upper() == "S" else "") + north,
                lon: ("-" if west.upper() == "W" else "") + east,
            }
        else:
            texts = {name: given[name].strip() for name in (lat, lon) if name in given}
        return self.accept(
            {name: _number(text, name, env) if text else None for name, text in texts.items()}, field, env
        )

    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """`51.5074, -0.1278`, the same in all languages."""
        lat, lon = record.get(f"{field.name}_lat"), record.get(f"{field.name}_lon")
        return "" if lat is None or lon is None else f"{_short(lat)}, {_short(lon)}"

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """Digits that every language reads alike."""
        names = [f"{field.name}_{part}" for part in LIMITS]
        return {name: "" if (value := record.get(name)) is None else export_number(value) for name in names}

    def widget(self, field: Field) -> Widget:
        """Inputs for both numbers."""
        return Widget("location", {"step": str(Decimal(1).scaleb(-PLACES))})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Numbers are compared."""
        return ("lt", "le", "gt", "ge", "between", "empty", "notEmpty")

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """Two strings of digits."""
        title = say(field.label) or field.name
        return {
            f"{field.name}_{part}": decimal_schema(field, PLACES, -limit, limit, title=f"{title}: {_WORDS[part]}")
            for part, limit in LIMITS.items()
        }


def degrees(raw: Any, part: str, name: str) -> Decimal:
    """Degrees with six places. Raises FieldFault."""
    try:
        number = exact(raw, PLACES)
    except FieldFault as fault:
        raise FieldFault(fault.message, code=fault.code, part=name, hint=fault.hint) from None
    if abs(number) > LIMITS[part]:
        told = f"{plain(number)} is no {_WORDS[part]}"
        raise FieldFault(
            told, code="out_of_range", part=name, hint=_("give degrees from -{limits} to {limits}", limits=LIMITS[part])
        )
    return number


def _number(text: str, name: str, env: Env) -> Decimal:
    """A point is always written with a decimal point on maps; the language decides only for a comma."""
    try:
        if re.fullmatch(r"[+-]?\d{1,3}(\.\d+)?", text, re.ASCII):
            return Decimal(text)
        style = number_style(env.language)
        return read_number(text, style.decimal, style.group)
    except FieldFault as fault:
        raise FieldFault(
            _("{value} is not a number of degrees", value=shown(text)),
            code=fault.code,
            part=name,
            hint=_("write it as 51.5074"),
        ) from None


def _short(number: Decimal) -> str:
    text = plain(number)
    return text.rstrip("0").rstrip(".") if "." in text else text
