"""What the rules of purchasing say to people, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency

from xrm_core.plugin import say

PHRASES: Mapping[str, Mapping[str, str]] = {
    "blocked": {
        "en": "{name} is blocked since {day} ({why}). A contract can be made after unblock by procurement.",
        "de": "{name} ist seit {day} gesperrt ({why}). Ein Vertrag ist möglich, sobald der Einkauf die Sperre aufhebt.",
    },
    "suspended": {
        "en": "{name} is suspended. A contract can be made after procurement resumes the supplier.",
        "de": "{name} ist ausgesetzt. Ein Vertrag ist möglich, sobald der Einkauf den Lieferanten wieder aufnimmt.",
    },
    "not_yet": {
        "en": "{name} is at the stage “{stage}”. A contract can be made once procurement has qualified it.",
        "de": "{name} hat die Stufe „{stage}“. Ein Vertrag ist möglich, sobald der Einkauf qualifiziert.",
    },
    "over_limit": {
        "en": "{name} is only accepted conditionally, up to {limit}. With this contract it would be {over} more.",
        "de": "{name} ist nur bedingt zugelassen, bis {limit}. Mit diesem Vertrag wären es {over} mehr.",
    },
    "certificate": {
        "en": "{name} has no valid certificate: {kind} expired on {day}. Enter the renewed one first.",
        "de": "{name} hat keinen gültigen Nachweis: {kind} ist am {day} abgelaufen. Zuerst den erneuerten eintragen.",
    },
    "approval": {
        "en": "From {limit} on, a manager activates the contract.",
        "de": "Ab {limit} setzt die Geschäftsleitung den Vertrag in Kraft.",
    },
    "finance_block": {
        "en": "Finance blocks for sanctions, fraud or insolvency; for “{why}” ask the procurement lead.",
        "de": "Finanzen sperren bei Sanktionen, Betrug oder Insolvenz; bei „{why}“ bitte die Leitung Einkauf fragen.",
    },
    "no_reason": {"en": "no reason given", "de": "ohne Angabe"},
}


def tell(key: str, language: str, **values: Any) -> str:
    """The sentence in the language (English where it is missing) with its values; labels may be in several."""
    spoken = language.split("-")[0]
    shown = {name: label(value, spoken) for name, value in values.items()}
    return say(PHRASES[key], spoken).format(**shown)


def label(value: Any, language: str) -> str:
    """A label of a code in the language, or the text itself."""
    if isinstance(value, Mapping):
        return str(value.get(language) or value.get("en") or next(iter(value.values()), ""))
    return str(value)


def day(value: date | None, language: str) -> str:
    """A day as people write it."""
    return (
        ""
        if value is None
        else format_date(
            value, "d. MMMM y" if language.startswith("de") else "d MMMM y", locale=language.replace("-", "_")
        )
    )


def money(amount: Decimal, currency: str, language: str) -> str:
    """An amount as people write it."""
    return format_currency(amount, currency, locale=language.replace("-", "_"))
