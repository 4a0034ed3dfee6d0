"""Days and amounts in what the rules of purchasing say to people, as their language writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency

from xrm_core.plugin import spoken


def day(value: date | None) -> str:
    """A day as people write it."""
    if value is None:
        return ""
    language = spoken()
    return format_date(value, "d. MMMM y" if language.startswith("de") else "d MMMM y", locale=_locale(language))


def money(amount: Decimal, currency: str) -> str:
    """An amount as people write it."""
    return format_currency(amount, currency, locale=_locale(spoken()))


def _locale(language: str) -> str:
    return language.replace("-", "_")
