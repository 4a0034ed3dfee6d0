"""duration: a length of time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import BeforeValidator
from pydantic import Field as Key

from xrm_core.language import _, spoken
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import LIMIT, T

from .characters import shown
from .locales import locale_of
from .options import Options, may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

MICRO = timedelta(microseconds=1)
_ISO = re.compile(
    r"([+-]?)P(?=.)(?:(\d{1,9})W)?(?:(\d{1,12})D)?(?:T(?=.)(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,12})(?:[.,](\d{1,6}))?S)?)?",
    re.ASCII | re.IGNORECASE,
).fullmatch
_CLOCK = re.compile(r"([+-]?)(\d{1,9}):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,6}))?)?", re.ASCII).fullmatch
_UNIT = re.compile(r"(\d{1,9})(?:[.,](\d{1,6}))?\s*([^\W\d_]+)\.?\s*(?:,\s*|(?:and|und|et|y|e)\s+)?", re.IGNORECASE)
_SIZES = {
    "w week weeks wk wks woche wochen semaine semaines أسبوع أسبوعًا أسابيع": 604_800_000_000,
    "d day days t tg tag tage tagen j jour jours ي يوم يومًا يوما أيام": 86_400_000_000,
    "h hour hours hr hrs std stunde stunden heure heures س ساعة ساعات": 3_600_000_000,
    "m min mins minute minutes minuten د دقيقة دقائق": 60_000_000,
    "s sec secs second seconds sek sekunde sekunden seconde secondes ث ثانية ثوان ثوانٍ": 1_000_000,
    "ms": 1000,
}
_UNITS = {word: size for words, size in _SIZES.items() for word in words.split()}


def _length(raw: Any) -> Any:
    """A length in metadata: `PT8H`, `1d 2h` or `8:00`."""
    return read_duration(raw) if isinstance(raw, str) else raw


Length = Annotated[timedelta, BeforeValidator(_length)]


class DurationOptions(Options):
    """Options of duration."""

    min: Length | None = Key(None, description="Least length: `PT30M`, `30min` or `0:30`")
    max: Length | None = Key(None, description="Greatest length")


class DurationType(ValueType):
    """A length of time, exact to the microsecond. Months and years are none, since they differ in length: use dates
    for those."""

    name = "duration"
    Options = DurationOptions

    def kind(self, field: Field) -> T:
        """Duration."""
        return T("duration", may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> timedelta:
        """The length within its limits."""
        if isinstance(raw, str):
            raw = read_iso(raw.strip())
        if not isinstance(raw, timedelta):
            raise FieldFault(
                _("{value} is not a length of time", value=shown(raw)),
                code="not_a_duration",
                hint=_("send ISO 8601, as in PT1H30M"),
            )
        if abs(raw // MICRO) >= LIMIT:
            raise FieldFault(_("The length of time has more than 18 digits of microseconds"), code="too_large")
        options = cast(DurationOptions, field.options)
        if options.min is not None and raw < options.min:
            raise FieldFault(
                _(
                    "{short_text} is less than {short_text2}, the least allowed",
                    short_text=show_duration(raw, spoken()),
                    short_text2=show_duration(options.min, spoken()),
                ),
                code="too_small",
            )
        if options.max is not None and raw > options.max:
            raise FieldFault(
                _(
                    "{short_text} is more than {short_text2}, the most allowed",
                    short_text=show_duration(raw, spoken()),
                    short_text2=show_duration(options.max, spoken()),
                ),
                code="too_large",
            )
        return raw

    def parse(self, text: str, field: Field, env: Env) -> timedelta:
        """`PT1H30M`, `1d 2h 30m`, `1.5h`, `1:30` (hours and minutes)."""
        return self.value(read_duration(text), field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """Days, hours, minutes and seconds in the reader's language."""
        return show_duration(value, env.language)

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """ISO 8601."""
        value = record.get(field.name)
        return {field.name: "" if value is None else iso_text(value)}

    def widget(self, field: Field) -> Widget:
        """An input for a length of time."""
        options = cast(DurationOptions, field.options)
        return Widget(
            "duration", {name: iso_text(v) for name in ("min", "max") if (v := getattr(options, name)) is not None}
        )

    def operators(self, field: Field) -> tuple[str, ...]:
        """Lengths are compared."""
        return ("eq", "ne", "lt", "le", "gt", "ge", "between", "empty", "notEmpty")

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string in ISO 8601 form."""
        return {field.name: describe(field, {"type": "string", "format": "duration"})}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The limits must leave room."""
        options = cast(DurationOptions, field.options)
        if options.min is not None and options.max is not None and options.min > options.max:
            return [f"min {short_text(options.min)} is more than max {short_text(options.max)}"]
        return []


def iso_text(length: timedelta) -> str:
    """ISO 8601, exact: `PT1H30M`, `P1DT0.5S`, `-PT5M`; zero is `PT0S`."""
    micros = length // MICRO
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    seconds, micros = divmod(micros, 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    fraction = f".{micros:06}".rstrip("0") if micros else ""
    clock = (
        (f"{hours}H" if hours else "")
        + (f"{minutes}M" if minutes else "")
        + (f"{seconds}{fraction}S" if seconds or micros else "")
    )
    return f"{sign}P{days}D{'T' if clock else ''}{clock}" if days else f"{sign}PT{clock or '0S'}"


def read_iso(text: str) -> timedelta:
    """A length in ISO 8601 form. Raises FieldFault; years and months are refused."""
    found = _ISO(text)
    if not found:
        hint = (
            _("months and years differ in length; write days")
            if re.match(r"-?P\d+[YM]", text, re.I)
            else _("write it as PT1H30M")
        )
        raise FieldFault(_("{value} is not a length of time", value=shown(text)), code="not_a_duration", hint=hint)
    sign, weeks, days, hours, minutes, seconds, micros = found.groups()
    return _sum(sign == "-", ((weeks, 604_800), (days, 86_400), (hours, 3600), (minutes, 60), (seconds, 1)), micros)


def read_duration(text: str) -> timedelta:
    """A length as people write it: ISO 8601, `1:30` (hours and minutes), `1d 2h 30m`, `1,5 Std`. Raises FieldFault."""
    text = text.strip()
    if text[:1] in ("P", "p") or text[1:2] in ("P", "p"):
        return read_iso(text)
    clock = _CLOCK(text)
    if clock:
        sign, hours, minutes, seconds, micros = clock.groups()
        return _sum(sign == "-", ((hours, 3600), (minutes, 60), (seconds, 1)), micros)
    negative = text[:1] in ("-", "−")
    micros_total, at, body = 0, 0, text[1:].strip() if negative else text
    while at < len(body):
        found = _UNIT.match(body, at)
        size = _UNITS.get(found[3].lower()) if found else None
        if found is None or size is None:
            hint = (
                _("write the unit too, as in 90 min")
                if body.replace(".", "").replace(",", "").isdigit()
                else _("write it as 1d 2h 30m or 1:30")
            )
            raise FieldFault(_("{value} is not a length of time", value=shown(text)), code="not_a_duration", hint=hint)
        part = int(found[1]) * size
        if found[2]:
            fraction, over = divmod(int(found[2]) * size, int(10 ** len(found[2])))
            if over:
                raise FieldFault(_("{value} is finer than a microsecond", value=shown(text)), code="too_many_places")
            part += fraction
        micros_total, at = micros_total + part, found.end()
    if not body:
        raise FieldFault(
            _("{value} is not a length of time", value=shown(text)),
            code="not_a_duration",
            hint=_("write it as 1d 2h 30m or 1:30"),
        )
    return _made(-micros_total if negative else micros_total)


def _sum(negative: bool, parts: Sequence[tuple[str | None, int]], micros: str | None) -> timedelta:
    total = sum(int(number or 0) * size for number, size in parts) * 1_000_000 + int((micros or "").ljust(6, "0"))
    return _made(-total if negative else total)


def _made(micros: int) -> timedelta:
    if abs(micros) >= LIMIT:
        raise FieldFault(_("The length of time has more than 18 digits of microseconds"), code="too_large")
    return timedelta(microseconds=micros)


def short_text(length: timedelta) -> str:
    """As the expression language writes it: `1d2h30m`."""
    return iso_text(length).replace("PT", "").replace("P", "").replace("T", "").lower()


_PARTS: tuple[tuple[int, Literal["day", "hour", "minute", "second"]], ...] = (
    (86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"),
)  # fmt: skip


_TYPED = {"ar": ("ي", "س", "د", "ث")}
"""What stands behind days, hours, minutes and seconds in an input; elsewhere the signs of the SI."""


def _split(length: timedelta) -> tuple[str, tuple[int, ...], int]:
    """The sign, the number of each of the parts, and the microseconds that are left."""
    micros = length // MICRO
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    numbers = []
    for size, _unit in _PARTS:
        number, micros = divmod(micros, size * 1_000_000)
        numbers.append(number)
    return sign, tuple(numbers), micros


@lru_cache(maxsize=4096)
def show_duration(length: timedelta, language: str, width: Literal["short", "long"] = "short") -> str:
    """Days, hours, minutes and seconds as a language writes them: `1 hr 30 min`, or in whole words where it stands in a sentence."""
    from babel.dates import format_timedelta
    from babel.lists import format_list

    locale = locale_of(language)
    sign, numbers, micros = _split(length)
    parts = [
        format_timedelta(timedelta(seconds=number * size), unit, threshold=10**12, format=width, locale=locale)
        for number, (size, unit) in zip(numbers, _PARTS, strict=True)
        if number
    ]
    if micros:
        parts.append(f"{micros} µs")
    if width == "long" and len(parts) > 1:
        return sign + format_list(parts, locale=locale)
    return sign + " ".join(parts) if parts else format_timedelta(timedelta(0), "minute", format=width, locale=locale)


def typed_duration(length: timedelta, language: str) -> str:
    """As it stands in an input, each part with its number, so that it is read back alike: `1 h 30 min`."""
    sign, numbers, micros = _split(length)
    if micros:
        return short_text(length)
    marks = _TYPED.get(language.split("-")[0], ("d", "h", "min", "s"))
    parts = [f"{number} {mark}" for number, mark in zip(numbers, marks, strict=True) if number]
    return sign + " ".join(parts or [f"0 {marks[2]}"])
