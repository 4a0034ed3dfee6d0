"""What the rules of purchasing say, in the language that is spoken."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import xrm_suppliers
from xrm_suppliers.phrases import day, money
from xrm_suppliers.qualifying import _stage_refusal

from xrm_core.language import add_texts
from xrm_core.plugin import Reader, called, speaking

add_texts(Path(xrm_suppliers.__file__).parent / "language")  # as the host does for plugins in use

WHY = {"en": "Sanctions", "de": "Sanktionen", "ar": "عقوبات"}
BLOCKED: dict[str, Any] = {"stage": "blocked", "blocked_reason": "sanctions", "blocked_on": date(2026, 3, 4)}


def told(supplier: dict[str, Any], language: str, reason: dict[str, Any]) -> str:
    """The refusal of a contract with the supplier."""
    reader = cast(Reader, SimpleNamespace(code=lambda codes, code: {"label": reason} if reason else {}))
    with speaking(language):
        return _stage_refusal(supplier, "Nordsee", reader)


def test_refusal_in_words() -> None:
    """The refusal names the supplier, the day, the reason and the way out."""
    assert told(BLOCKED, "en", WHY) == (
        "Nordsee is blocked since 4 March 2026 (sanctions). A contract can be made after unblock by procurement."
    )


def test_refusal_in_other_languages() -> None:
    """The same in the language of the one who asks, also from a regional tag."""
    assert told(BLOCKED, "de-AT", WHY).startswith("Nordsee ist seit 4. März 2026 gesperrt (Sanktionen).")
    assert "(عقوبات)" in told(BLOCKED, "ar", WHY)
    assert "blocked" not in told(BLOCKED, "ar", WHY)


def test_reason_that_is_not_known() -> None:
    """A reason without a label is said to be missing, in the language."""
    assert "(no reason given)" in told(BLOCKED, "en", {})
    assert "(ohne Angabe)" in told(BLOCKED, "de", {})


@pytest.mark.parametrize(("language", "name"), [("en", "Sanctions"), ("de", "Sanktionen"), ("pl", "Sanctions")])
def test_label_in_the_language(language: str, name: str) -> None:
    """English stands in for a language without a label."""
    with speaking(language):
        assert (called(WHY), called("as it is"), called(None)) == (name, "as it is", "")


def test_money_and_days_are_written_as_people_do() -> None:
    """Symbol, separators and months follow the language."""
    with speaking("en"):
        assert (money(Decimal("20000"), "EUR"), day(None)) == ("€20,000.00", "")
    with speaking("de"):
        assert money(Decimal("20000"), "EUR").replace("\xa0", " ") == "20.000,00 €"
        assert day(date(2026, 3, 4)) == "4. März 2026"
