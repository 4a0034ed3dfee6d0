"""What the rules of selling say to people, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import format_currency

from xrm_core.plugin import say

PHRASES: Mapping[str, Mapping[str, str]] = {
    "hold": {
        "en": "{name} is on credit hold. Ask finance to release the order.",
        "de": "Für {name} gilt eine Kreditsperre. Bitte Finanzen um Freigabe des Auftrags.",
    },
    "limit": {
        "en": "{shortfall} more than {name} has left in credit. Reduce the order, or ask finance to release it.",
        "de": "{shortfall} mehr, als {name} an Kredit frei hat. Auftrag verkleinern oder Finanzen um Freigabe bitten.",
    },
    "prepayment": {
        "en": "{name} pays in advance: {shortfall} must come in first, or finance releases the order.",
        "de": "{name} zahlt im Voraus: Zuerst müssen {shortfall} eingehen, oder Finanzen geben den Auftrag frei.",
    },
    "overdue": {
        "en": "{name} has payments overdue. Finance decides whether the order may go out.",
        "de": "{name} ist mit Zahlungen im Rückstand. Finanzen entscheiden, ob der Auftrag hinausgeht.",
    },
    "discount": {
        "en": "Line {n}: a discount over {free} % is the sales lead's to give.",
        "de": "Position {n}: Einen Rabatt über {free} % gewährt die Leitung Vertrieb.",
    },
    "no_price": {
        "en": "Line {n} has no price, and no price list names one.",
        "de": "Position {n} hat keinen Preis, und keine Preisliste nennt einen.",
    },
    "credit_role": {
        "en": "A credit release is given by finance.",
        "de": "Eine Kreditfreigabe erteilen Finanzen.",
    },
}


def tell(key: str, language: str, **values: object) -> str:
    """The sentence in the language (English where it is missing), with its values."""
    return say(PHRASES[key], language).format(**values)


def money(amount: Decimal, currency: str, language: str) -> str:
    """An amount as people write it."""
    return format_currency(amount, currency, locale=language.replace("-", "_"))
