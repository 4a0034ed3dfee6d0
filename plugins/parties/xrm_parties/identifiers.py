"""Identifiers: the form that register numbers are compared in, and whether they can be right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import stdnum.ch.uid
import stdnum.eu.vat
import stdnum.fr.siren
import stdnum.iban
import stdnum.lei
import stdnum.us.ein

from xrm_core.plugin import _

CHECKS = {
    "XI-LEI": stdnum.lei.is_valid,
    "FR-RCS": stdnum.fr.siren.is_valid,
    "US-EIN": stdnum.us.ein.is_valid,
    "CH-FDJP": stdnum.ch.uid.is_valid,
}
"""Schemes whose numbers carry a check digit or a known range."""
EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "EL",
        "ES",
        "FI",
        "FR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
        "XI",
    ]
)


def normalise_identifier(scheme: str | None, value: str) -> str:
    """Compare form of a number: upper case, without spaces and punctuation; Companies House numbers padded to 8 places."""
    kept = re.sub(r"[\s:./]", "", value).upper()
    if scheme in ("DUNS", "US-EIN", "CH-FDJP", "NL-KVK", "FR-RCS", "GB-CHC", "VAT", "XI-LEI"):
        kept = kept.replace("-", "")
    if scheme == "GB-COH" and kept.isdigit():
        kept = kept.zfill(8)
    if scheme == "GB-SC" and re.fullmatch(r"SC[0-9O]{6}", kept):
        kept = "SC" + kept[2:].replace("O", "0")
    return kept[:60]


def identifier_fault(scheme: str | None, norm: str, attributes: Mapping[str, Any]) -> str | None:
    """What is wrong with a normalised number, as a sentence; None when it can be right."""
    pattern = attributes.get("pattern")
    if pattern and not re.search(pattern, norm):
        return _("{number} does not look like a number of {scheme}.", number=norm, scheme=scheme)
    check = CHECKS.get(scheme or "")
    if check is not None and not check(norm):
        return _("{number} is no number of {scheme}: the check digit is wrong.", number=norm, scheme=scheme)
    if scheme == "VAT" and norm[:2] in EU - {"XI"} and not stdnum.eu.vat.is_valid(norm):
        return _("{number} is no VAT number: the check digit is wrong.", number=norm)
    return None


def normalise_iban(text: str) -> str:
    """Without spaces, in upper case (ISO 13616)."""
    return re.sub(r"\s", "", text).upper()


def is_iban(text: str) -> bool:
    """Are country, length and check digits of a normalised IBAN right? National bank codes are not looked up."""
    return bool(stdnum.iban.is_valid(text, check_country=False))


def account_label(holder: str | None, iban: str | None, account_no: str | None) -> str:
    """What an account is called where its number must not be seen: holder and last four characters."""
    number = iban or account_no or ""
    return f"{(holder or '').strip()} …{number[-4:]}".strip() if number else (holder or "").strip()
