"""Reading dates and times that people write."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from xrm_core.language import _
from xrm_core.metamodel.field_type import FieldFault

from .characters import shown
from .locales import locale_of, zone_of

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_NUMBERS = re.compile(r"(\d{1,4})\s*([./-])\s*(\d{1,2})\s*\2\s*(\d{1,4})\.?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_TIME = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2}))?(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*(am|pm|a\.m\.|p\.m\.|uhr|h)?", re.ASCII | re.I
)
_MIDNIGHT = re.compile(r"(?:T|\s+)00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?")
_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$", re.I)


def read_date(text: str, language: str = "en", order: str = "dmy") -> date:
    """A day: ISO, `31/01/2026` or `01/31/2026` by `order` (dmy, mdy, ymd), `31.1.2026`, `31 January 2026`. Raises
    FieldFault.

    Years need four digits. A month over 12 is refused and not taken for a day, since other rows of the same file
    would be read the wrong way round without a word.
    """
    midnight = _MIDNIGHT.search(text)
    if midnight and midnight.end() == len(text):
        text = text[: midnight.start()]
    iso = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if iso:
        return _day(int(iso[1]), int(iso[2]), int(iso[3]), text)
    numbers = _NUMBERS.fullmatch(text)
    if numbers:
        return _by_order(numbers, text, order)
    return _with_month_name(text, language)


def _by_order(found: re.Match[str], text: str, order: str) -> date:
    first, mark, second, third = found.groups()
    if len(first) == 4:
        return _day(int(first), int(second), int(third), text)
    if len(third) != 4:
        raise FieldFault(
            _("{value} leaves the century open", value=shown(text)),
            code="ambiguous",
            hint=_("write the year with four digits"),
        )
    if mark == "." or order != "mdy":
        day, month, other = int(first), int(second), "mdy"
    else:
        month, day, other = int(first), int(second), "dmy"
    if month > 12 >= day:
        raise FieldFault(
            _("{value} has no month {month}", value=shown(text), month=month),
            code="not_a_date",
            hint=_("if the month is written first, choose the date order {order}", order=other)
            if other == "mdy"
            else _("if the day is written first, choose the date order {order}", order=other),
        )
    return _day(int(third), month, day, text)


def _with_month_name(text: str, language: str) -> date:
    words = _fold(text).replace(",", " ").replace(".", " ").replace(" de ", " ").replace("-", " ").split()
    numbers = [w for w in words if w.isdecimal() and w.isascii()] + [
        w[:-2] for w in words if w[:-2].isdecimal() and w[-2:] in ("st", "nd", "rd", "th") and w.isascii()
    ]
    months = [found for w in words if (found := month_names(language).get(w)) is not None]
    if len(numbers) == 2 and len(months) == 1 and len(words) in (3, 4):
        year = next((n for n in numbers if len(n) == 4), None)
        day = next((n for n in numbers if len(n) < 3), None)
        if year and day:
            return _day(int(year), months[0], int(day), text)
        if day and not year:
            raise FieldFault(
                _("{value} leaves the century open", value=shown(text)),
                code="ambiguous",
                hint=_("write the year with four digits"),
            )
    raise _no_date(text)


@lru_cache(maxsize=64)
def month_names(language: str) -> dict[str, int]:
    """Months by their folded names and short names, of the language and of English."""
    table: dict[str, int] = {}
    for locale in (locale_of(language), locale_of("en")):
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[context][width].items():
                    table.setdefault(_fold(name).replace(".", "").strip(), number)
    table.setdefault("sept", 9)
    return table


def _fold(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _day(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise FieldFault(
            _("{value} is no day of the calendar", value=shown(text)), code="not_a_date", hint=_("check day and month")
        ) from None


def _no_date(text: object) -> FieldFault:
    return FieldFault(
        _("{value} is not a date", value=shown(text)), code="not_a_date", hint=_("write it as 2026-01-31")
    )


def iso_date(text: str) -> date:
    """A day in the one form that the API takes, 2026-01-31. Raises FieldFault."""
    if len(text) == 10 and text[4] == "-" == text[7]:
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise _no_date(text)


def iso_datetime(text: str) -> datetime:
    """An instant in the form that the API takes, 2026-01-31T10:00:00Z or with an offset, in UTC. Raises FieldFault."""
    if len(text) >= 16 and text[4] == "-" == text[7] and text[10] in "Tt ":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise _no_datetime(text) from None
        if moment.tzinfo is None:
            raise FieldFault(
                _("{value} has no time zone", value=shown(text)),
                code="no_time_zone",
                hint=_("add Z for UTC or an offset, as in +02:00"),
            )
        return in_utc(moment)
    raise _no_datetime(text)


def in_utc(moment: datetime) -> datetime:
    """The instant in UTC. Raises FieldFault when it has no zone, or leaves the calendar."""
    if moment.tzinfo is None:
        raise FieldFault(_("The date and time has no time zone"), code="no_time_zone", hint=_("give an aware datetime"))
    try:
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except OverflowError:
        raise FieldFault(_("{value} lies outside the calendar", value=shown(moment)), code="not_a_datetime") from None


def read_datetime(text: str, language: str, order: str, zone: str) -> datetime:
    """An instant: with `Z` or an offset as it says, else on the clock of `zone`. Raises FieldFault.

    A local time that does not exist (clocks go forward) or exists twice (clocks go back) is refused.
    """
    if _OFFSET.search(text) and len(text) > 16:
        return iso_datetime(text)
    day, clock = _split(text)
    hour, minute, second, micro = _clock(clock, text)
    local = datetime.combine(read_date(day, language, order), datetime.min.time()).replace(
        hour=hour, minute=minute, second=second, microsecond=micro
    )
    return _on_clock(local, zone_of(zone), text)


def _split(text: str) -> tuple[str, str]:
    if len(text) > 10 and text[10] in "Tt":
        return text[:10], text[11:]
    found = re.search(
        r"(?:,?\s+(?:at|um|à|alle)?\s*)(\d{1,2}(?::\d{2}){1,2}(?:[.,]\d+)?\s*(?:[ap]\.?m\.?|uhr)?)$", text, re.I
    )
    return (text[: found.start()], found[1]) if found else (text, "0")


def _clock(clock: str, text: str) -> tuple[int, int, int, int]:
    found = _TIME.fullmatch(clock.strip().replace("\u202f", " "))
    if not found:
        raise _no_datetime(text)
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    half = (found[5] or "").lower().replace(".", "")
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            raise _no_datetime(text)
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise _no_datetime(text)
    return hour, minute, second, int((found[4] or "").ljust(6, "0") or 0)


def _on_clock(local: datetime, zone: ZoneInfo, text: str) -> datetime:
    try:
        first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
        back = first.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        raise _no_datetime(text) from None
    if first == second:
        return first
    if back != local:
        raise FieldFault(
            _("{value} does not exist: the clocks go forward in {key}", value=shown(text), key=zone.key),
            code="no_such_time",
            hint=_("write the hour after it"),
        )
    gap = second - first
    raise FieldFault(
        _(
            "{value} comes twice: the clocks go back by {gap} minutes in {key}",
            value=shown(text),
            gap=gap // timedelta(minutes=1),
            key=zone.key,
        ),
        code="ambiguous",
        hint=_(
            "write {first:%Y-%m-%dT%H:%M}Z for the first or {second:%Y-%m-%dT%H:%M}Z for the second",
            first=first,
            second=second,
        ),
    )


def _no_datetime(text: object) -> FieldFault:
    return FieldFault(
        _("{value} is not a date and time", value=shown(text)),
        code="not_a_datetime",
        hint=_("write it as 2026-01-31 14:30"),
    )
