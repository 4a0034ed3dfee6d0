"""What the rules of purchasing say."""

from datetime import date
from decimal import Decimal

import pytest
from xrm_suppliers.phrases import PHRASES, day, money, tell

WHY = {"en": "sanctions", "de": "Sanktionen"}


def test_refusal_in_words() -> None:
    """The refusal names the supplier, the day, the reason and the way out."""
    said = tell(
        "blocked",
        "en",
        name="Nordsee Pumpen GmbH",
        day=day(date(2026, 3, 4), "en"),
        why=WHY,
    )
    assert said == (
        "Nordsee Pumpen GmbH is blocked since 4 March 2026 (sanctions). "
        "A contract can be made after unblock by procurement."
    )


def test_refusal_in_german() -> None:
    """The same in the language of the one who asks, also from a regional tag."""
    said = tell(
        "blocked",
        "de-AT",
        name="Nordsee",
        day=day(date(2026, 3, 4), "de-AT"),
        why=WHY,
    )
    assert said.startswith("Nordsee ist seit 4. März 2026 gesperrt (Sanktionen).")


def test_unknown_language_falls_back() -> None:
    """A language without phrases gets English."""
    assert tell("no_reason", "pl") == "no reason given"


@pytest.mark.parametrize("key", PHRASES)
def test_every_phrase_is_in_both_languages(key: str) -> None:
    """English and German have the same places for values."""
    english, german = (
        sorted(part.split("}")[0] for part in PHRASES[key][lang].split("{")[1:]) for lang in ("en", "de")
    )
    assert english == german


def test_money_is_written_as_people_do() -> None:
    """Symbol and separators follow the language."""
    assert money(Decimal("20000"), "EUR", "en") == "€20,000.00"
    assert money(Decimal("20000"), "EUR", "de").replace("\xa0", " ") == "20.000,00 €"
