"""sequence: a number given by the platform."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.definitions import Name
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T

from .characters import check_length, clean, text_of
from .link import nearest
from .options import Options
from .schemas import describe
from .text import OPERATORS

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)(?::0?([1-9][0-9]?))?\}", re.ASCII)
_DATES = ("year", "yy", "month", "day")
MAX_DIGITS = 18
"""Longer numbers come from elsewhere, and no counter goes on behind them."""


class SequenceOptions(Options):
    """Options of sequence."""

    pattern: str = Key(
        "{n}",
        max_length=100,
        description="Text with `{n}` for the number (`{n:05}`: five digits), `{year}`, `{yy}`, `{month}`, `{day}`, "
        "and other fields by name",
    )
    gapless: bool = Key(False, description="Numbers follow one another without a gap; writers wait for one another")
    per: tuple[Name, ...] = Key(
        (),
        description="Count afresh for each value of these: `year`, `month`, "
        "or fields of the record; default: the dates in the pattern",
    )
    at: Name | None = Key(
        None, description="Transition at which the number is given; default: when the record is created"
    )
    start: int = Key(1, ge=0, description="First number")
    may_be_given: bool = Key(False, description="A number may be supplied from outside when the record is created")


class SequenceType(ValueType):
    """A number that the platform gives, as text: `DN-2026-00042`. People do not type it; an import may bring numbers
    along."""

    name = "sequence"
    Options = SequenceOptions

    def kind(self, field: Field) -> T:
        """Text; empty until the number is given."""
        return T("text", True)

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """Refused, unless the field says that numbers may be given."""
        if raw == "":
            return None
        if not cast(SequenceOptions, field.options).may_be_given:
            raise FieldFault(_("The number is given by the platform"), code="assigned", hint=_("leave it out"))
        return self._kept(text_of(raw))

    def parse(self, text: str, field: Field, env: Env) -> str | None:
        """A number that a file brings along."""
        return self._kept(text)

    @staticmethod
    def _kept(raw: str) -> str:
        text = clean(raw)
        check_length(text, 1, 100)
        return text

    def widget(self, field: Field) -> Widget:
        """Shown, not typed."""
        return Widget("readonly")

    def operators(self, field: Field) -> tuple[str, ...]:
        """Texts are compared and searched."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string that the platform writes."""
        schema: dict[str, Any] = {"type": "string", "maxLength": 100}
        if not cast(SequenceOptions, field.options).may_be_given:
            schema["readOnly"] = True
        return {field.name: describe(field, schema, optional=True)}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """One `{n}`, known places, and counters that start afresh must show in the number."""
        options = cast(SequenceOptions, field.options)
        rest = _PLACE.sub("", options.pattern)
        faults = (
            [f"pattern {options.pattern!r} has a brace that opens no known place"] if "{" in rest or "}" in rest else []
        )
        used = places(options.pattern)
        if used.count("n") != 1:
            faults.append(f"pattern {options.pattern!r} needs {{n}} exactly once")
        known = names.get("fields")
        for name in (*used, *options.per):
            if known is not None and name not in (*_DATES, "n", *known):
                faults.append(f"{name!r} is neither a date part nor a field" + nearest(name, [*_DATES, *known]))
        moves = names.get("transitions")
        if options.at is not None and moves is not None and options.at not in moves:
            faults.append(f"there is no transition {options.at!r}" + nearest(options.at, moves))
        return faults


def places(pattern: str) -> list[str]:
    """Names of the places of a pattern in their order: `DN-{year}-{n:05}` -> year, n."""
    return [found[1] for found in _PLACE.finditer(pattern)]


def counter_parts(options: SequenceOptions) -> tuple[str, ...]:
    """What a counter is kept for: `per`, else the date parts of the pattern, the year before the month."""
    if options.per:
        return options.per
    used = places(options.pattern)
    return tuple(name for name in ("year", "month", "day") if name in used or (name == "year" and "yy" in used))


def counter_of(field: Field, record: Mapping[str, Any], today: date) -> str:
    """Name of the counter that the record's number is taken from: `donation.number/2026`."""
    options = cast(SequenceOptions, field.options)
    parts = [str(_filled(name, record, today)) for name in counter_parts(options)]
    return "/".join([f"{field.entity}.{field.name}", *parts])


def number_text(field: Field, number: int, record: Mapping[str, Any], today: date) -> str:
    """The number as it is written: the pattern with its places filled. `record` maps column names to values."""
    before, width, after = _around(field, record, today)
    return f"{before}{str(number).rjust(width, '0')}{after}"


def number_in(field: Field, text: str, record: Mapping[str, Any], today: date) -> int | None:
    """The number in a text that `number_text` could write for this record on that day; None in any other text."""
    before, _, after = _around(field, record, today)
    digits = text[len(before) : len(text) - len(after)]
    fits = text.startswith(before) and text.endswith(after) and digits.isascii() and digits.isdigit()
    return int(digits) if fits and len(digits) < MAX_DIGITS else None


def _around(field: Field, record: Mapping[str, Any], today: date) -> tuple[str, int, str]:
    """What the pattern says before the number, the number's width, and what follows it."""
    pattern = cast(SequenceOptions, field.options).pattern

    def fill(found: re.Match[str]) -> str:
        value = _filled(found[1], record, today)
        return str(value).rjust(int(found[2] or 0), "0") if isinstance(value, int) else str(value)

    number = next(found for found in _PLACE.finditer(pattern) if found[1] == "n")
    before, after = pattern[: number.start()], pattern[number.end() :]
    return _PLACE.sub(fill, before), int(number[2] or 0), _PLACE.sub(fill, after)


def _filled(name: str, record: Mapping[str, Any], today: date) -> Any:
    dates = {"year": today.year, "yy": f"{today.year % 100:02}", "month": f"{today.month:02}", "day": f"{today.day:02}"}
    if record.get(name) is not None:
        return record[name]
    return dates.get(name, "")
