"""Values in the reader's language, from Babel's data (CLDR). What is costly is worked out once for each language and
kept. Babel is imported where a value is shown: a start shows none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

if TYPE_CHECKING:
    from babel import Locale

NBSP = "\u00a0"


@lru_cache(maxsize=256)
def locale_of(language: str) -> Locale:
    """Babel's locale for a BCP 47 tag: itself, else its base language, else English."""
    from babel import Locale, UnknownLocaleError

    for tag in (language, language.split("-")[0].split("_")[0]):
        try:
            return Locale.parse(tag.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


class NumberStyle(Struct, frozen=True):
    """How numbers are written in a language: the marks, the sign, sizes of the last and of the other groups."""

    decimal: str
    group: str
    minus: str
    last_group: int
    other_groups: int
    percent: tuple[str, str]


@lru_cache(maxsize=256)
def number_style(language: str) -> NumberStyle:
    """The style of a language."""
    locale = locale_of(language)
    symbols = locale.number_symbols.get("latn") or next(iter(locale.number_symbols.values()))
    pattern = locale.decimal_formats[None]
    shape = locale.percent_formats[None]
    sign = symbols["percentSign"]
    around = (shape.prefix[0].replace("%", sign), shape.suffix[0].replace("%", sign))
    last, other = pattern.grouping
    return NumberStyle(symbols["decimal"], symbols["group"], symbols["minusSign"], last, other, around)


def show_number(number: Decimal | int, language: str, least: int = 0) -> str:
    """Grouped digits: at least `least` places, more when they are not zeros."""
    sign = number_style(language).minus if number < 0 else ""
    return sign + show_digits(number, language, least)


def show_digits(number: Decimal | int, language: str, least: int = 0) -> str:
    """As `show_number`, without the sign."""
    style = number_style(language)
    head, _, tail = format(abs(number), ",f" if isinstance(number, Decimal) else ",d").partition(".")
    tail = tail.rstrip("0").ljust(least, "0")
    if style.other_groups != 3 or style.last_group != 3:
        head = _regroup(head.replace(",", ""), style)
    elif style.group != ",":
        head = head.replace(",", style.group)
    return head + style.decimal + tail if tail else head


def _regroup(digits: str, style: NumberStyle) -> str:
    if style.last_group > 100:
        return digits
    parts, rest = [digits[-style.last_group :]], digits[: -style.last_group]
    while rest:
        parts.append(rest[-style.other_groups :])
        rest = rest[: -style.other_groups]
    return style.group.join(reversed(parts))


class MoneyStyle(Struct, frozen=True):
    """What stands around an amount, for positive and negative ones, and the usual number of places."""

    around: tuple[str, str]
    around_negative: tuple[str, str]
    places: int


@lru_cache(maxsize=2048)
def money_style(currency: str, language: str) -> MoneyStyle:
    """The style of a currency in a language."""
    from babel.numbers import get_currency_precision, get_currency_symbol

    locale = locale_of(language)
    pattern = locale.currency_formats["standard"]
    symbol = get_currency_symbol(currency, locale)
    minus = number_style(language).minus
    befores = [_spaced(text, symbol, minus, before=True) for text in pattern.prefix]
    afters = [_spaced(text, symbol, minus, before=False) for text in pattern.suffix]
    return MoneyStyle((befores[0], afters[0]), (befores[1], afters[1]), get_currency_precision(currency))


def _spaced(text: str, symbol: str, minus: str, *, before: bool) -> str:
    """The symbol in its place; a symbol that ends in a letter does not touch the digits (CLDR currency spacing)."""
    text = text.replace("-", minus).replace("¤", symbol)
    if before and text[-1:].isalpha():
        return text + NBSP
    return NBSP + text if not before and text[:1].isalpha() else text


def show_money(amount: Decimal, currency: str, language: str) -> str:
    """An amount with its currency, at least with the currency's usual places, never rounded."""
    style = money_style(currency, language)
    before, after = style.around_negative if amount < 0 else style.around
    places = style.places or (0 if amount == amount.to_integral_value() else 2)
    return before + show_digits(amount, language, places) + after


def currency_in(record: Mapping[str, Any], name: str | None) -> str | None:
    """The currency that a field of the record says: a money field's, or a field that is one. None where it says none."""
    for column in (f"{name}_currency", name) if name else ():
        if isinstance(found := record.get(column), str) and found:
            return found
    return None


def show_percent(number: Decimal, language: str) -> str:
    """12.5 as `12.5%` or `12,5 %`."""
    before, after = number_style(language).percent
    return before + show_number(number, language) + after


@lru_cache(maxsize=8192)
def show_date(day: date, language: str, order: str = "dmy") -> str:
    """A date in medium length; English follows the date order (31 Jan 2026, Jan 31, 2026)."""
    from babel.dates import format_date

    return format_date(day, "medium", locale=date_locale(language, order))


def date_pattern(language: str, order: str = "dmy") -> str:
    """CLDR's pattern of the dates that `show_date` writes."""
    return str(date_locale(language, order).date_formats["medium"].pattern)


def month_names(language: str, order: str, width: str, *, is_alone: bool = False) -> tuple[str, ...]:
    """The names of the twelve months: `abbreviated` or `wide`, within a date or alone."""
    names = date_locale(language, order).months["stand-alone" if is_alone else "format"][width]
    return tuple(str(names[n]) for n in range(1, 13))


def show_day(day: date, language: str, order: str = "dmy") -> str:
    """A date in full, with its weekday: Thursday, 3 December 2026."""
    from babel.dates import format_date

    return format_date(day, "full", locale=date_locale(language, order))


def show_datetime(moment: datetime, language: str, zone: str, order: str = "dmy") -> str:
    """An instant on the reader's clock, to the minute; seconds are shown when they are not zero."""
    local = moment.astimezone(zone_of(zone))
    clock = show_time(local.hour, local.minute, local.second, language, order)
    frame = _datetime_frame(language, order)
    return frame.replace("{1}", show_date(local.date(), language, order)).replace("{0}", clock)


@lru_cache(maxsize=4096)
def show_time(hour: int, minute: int, second: int, language: str, order: str = "dmy") -> str:
    """A time of day."""
    from babel.dates import format_time

    length: Literal["medium", "short"] = "medium" if second else "short"
    return format_time(time(hour, minute, second), length, locale=date_locale(language, order))


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name; UTC when it is unknown here."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


@lru_cache(maxsize=256)
def _datetime_frame(language: str, order: str) -> str:
    return str(date_locale(language, order).datetime_formats["medium"]).replace("'", "")


@lru_cache(maxsize=256)
def date_locale(language: str, order: str) -> Locale:
    """`en` alone means American dates to CLDR; where dates begin with the day, it is British."""
    from babel import Locale

    return Locale("en", "GB") if language == "en" and order != "mdy" else locale_of(language)
