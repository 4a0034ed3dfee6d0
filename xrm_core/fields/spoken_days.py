"""Days as people say them while they type: today, tomorrow, +2w, friday, 3.12.; what only makes sense on a certain day."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

from .locales import locale_of

WORDS = {
    "today": 0, "tomorrow": 1, "yesterday": -1, "heute": 0, "morgen": 1, "ubermorgen": 2, "gestern": -1, "vorgestern": -2,
    "اليوم": 0, "غدا": 1, "امس": -1, "أمس": -1,
}  # fmt: skip
"""Days by their names, counted from today. English is understood everywhere."""
STEP = re.compile(r"([+-])\s*(\d{1,4})\s*([a-zäöü]*)")
UNITS = {"": "d", "d": "d", "t": "d", "day": "d", "days": "d", "tag": "d", "tage": "d", "w": "w", "week": "w", "weeks": "w", "woche": "w", "wochen": "w",
         "m": "m", "month": "m", "months": "m", "monat": "m", "monate": "m", "y": "y", "j": "y", "year": "y", "years": "y", "jahr": "y", "jahre": "y"}  # fmt: skip
SHORT = re.compile(r"(\d{1,2})\s*([./-])\s*(\d{1,2})\s*\2?(?:(\d{2}))?", re.ASCII)
NEAR = 183
"""Days that a day without a year may lie behind; else the next one of that name is meant."""


def spoken_day(text: str, today: date, language: str = "en", order: str = "dmy") -> date | None:
    """The day that a text means when it is typed on `today`; None where it is no such text (a full date, or nonsense).

    Words and weekdays (the next one of that name), steps as `+2w` or `-3`, and day and month without a year: the nearest
    one, not more than half a year back. Two digits of a year are of this century.
    """
    said = _folded(text)
    if said in WORDS:
        return _moved(today, WORDS[said])
    step = STEP.fullmatch(said)
    if step and step[3] in UNITS:
        return _stepped(today, int(step[1] + step[2]), UNITS[step[3]])
    weekday = weekdays(language).get(said.removeprefix("next ").removeprefix("nachsten "))
    if weekday is not None:
        return _moved(today, (weekday - today.weekday() - 1) % 7 + 1)
    short = SHORT.fullmatch(said)
    return _without_year(short, today, order) if short else None


def _without_year(found: re.Match[str], today: date, order: str) -> date | None:
    first, second = int(found[1]), int(found[3])
    day, month = (second, first) if found[2] != "." and order == "mdy" else (first, second)
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    if found[4]:
        return _day(2000 + int(found[4]), month, day)
    years = (y for y in range(today.year - 1, today.year + 9) if day <= monthrange(y, month)[1])
    return next((one for y in years if (one := date(y, month, day)) >= today - timedelta(days=NEAR)), None)


def _stepped(today: date, many: int, unit: str) -> date | None:
    if unit in "dw":
        return _moved(today, many * (7 if unit == "w" else 1))
    months = today.year * 12 + today.month - 1 + many * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    return _day(year, month + 1, min(today.day, monthrange(year, month + 1)[1])) if 1 <= year <= 9999 else None


def _moved(today: date, days: int) -> date | None:
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@lru_cache(maxsize=64)
def weekdays(language: str) -> dict[str, int]:
    """Weekdays (Monday is 0) by their folded names, long and short, of the language and of English."""
    table: dict[str, int] = {}
    for locale in (locale_of(language), locale_of("en")):
        for width in ("wide", "abbreviated"):
            for number, name in locale.days["format"][width].items():
                table.setdefault(_folded(name).rstrip("."), number)
    return table


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", " ".join(text.casefold().split()))
    return "".join(c for c in plain if not unicodedata.combining(c))
