"""`written(…)`: dates and numbers as the one who reads writes them, alike in Python, on SQLite and on PostgreSQL. What depends on
the language goes into a statement as parameters, so that one statement serves all languages."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from msgspec import Struct

from xrm_core.fields.locales import date_pattern, month_names, number_style, show_date

EXACT = "iso"
"""The order of dates where dates and numbers are to be exact: in exports."""
MONTH = "\x01"
"""Where PostgreSQL's pattern has the name of the month."""
PIECE = re.compile(r"'([^']*)'|(dd?|M{1,4}|LLL?L?|y{1,4})|([^A-Za-z'])")
FIELDS = {
    "d": "FMDD",
    "dd": "DD",
    "M": "FMMM",
    "MM": "MM",
    "L": "FMMM",
    "LL": "MM",
    "y": "FMYYYY",
    "yyyy": "YYYY",
    "yy": "YY",
}
WIDTHS = {"MMM": "abbreviated", "LLL": "abbreviated", "MMMM": "wide", "LLLL": "wide"}


class DateForm(Struct, frozen=True):
    """How dates are written in a language, for PostgreSQL's to_char: its pattern, and the names of months joined by bars."""

    pattern: str
    months: str


class NumberForm(Struct, frozen=True):
    """The marks of numbers in a language: of groups of three, of decimals, of negative ones."""

    group: str
    decimal: str
    minus: str


ISO = DateForm("YYYY-MM-DD", "")
PLAIN = NumberForm("", ".", "-")


@lru_cache(maxsize=256)
def date_form(language: str, order: str) -> DateForm:
    """The form of medium dates in a language; ISO 8601 where PostgreSQL has no word for a part of it."""
    if order == EXACT:
        return ISO
    written, months, at = "", "", 0
    pattern = date_pattern(language, order)
    while at < len(pattern):
        found = PIECE.match(pattern, at)
        if found is None or any(mark in found[0] for mark in '"\\'):
            return ISO
        quoted, field, mark = found.groups()
        if field in WIDTHS:
            months = "|".join(month_names(language, order, WIDTHS[field], is_alone=field.startswith("L")))
            written += f'"{MONTH}"'
        elif field:
            if field not in FIELDS:
                return ISO
            written += FIELDS[field]
        else:
            written += f'"{quoted if mark is None else mark}"'
        at = found.end()
    return DateForm(written, months)


@lru_cache(maxsize=256)
def number_form(language: str, order: str) -> NumberForm:
    """The marks of a language; plain ones where numbers are to be exact."""
    if order == EXACT:
        return PLAIN
    style = number_style(language)
    return NumberForm(style.group if style.last_group == 3 else "", style.decimal, style.minus)


def least_places(scale: int) -> int:
    """Places that are written even where they are zeros."""
    return min(scale, 2)


def number_pattern(scale: int) -> str:
    """PostgreSQL's pattern of a number with so many places, with the marks of English."""
    places = "0" * least_places(scale) + "9" * (scale - least_places(scale))
    return "FM" + "999," * 6 + "990" + ("." + places if places else "")


def written_date(day: date, language: str, order: str) -> str:
    """A date in medium length: 31 Jan 2026, 31.01.2026."""
    return day.isoformat() if date_form(language, order) is ISO else show_date(day, language, order)


def written_number(number: Decimal | int, scale: int, language: str, order: str) -> str:
    """A number with groups of three; of its places, zeros after the second are left out."""
    form = number_form(language, order)
    head, _, tail = f"{abs(Decimal(number)):,.{scale}f}".partition(".")
    tail = tail.rstrip("0").ljust(least_places(scale), "0")
    head = head.replace(",", form.group)
    return (form.minus if number < 0 else "") + (head + form.decimal + tail if tail else head)
