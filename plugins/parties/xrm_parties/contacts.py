"""Contact points: the one form an e-mail address or phone number is kept in, and which one is the primary."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import idna
import phonenumbers

Row = Mapping[str, Any]
PHONES = ("phone", "mobile", "fax")
EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@]+\Z")
WEB = re.compile(r"(?:https?://)?(?:[^\s/@]+@)?(?P<host>[^\s/:@?#]+)(?::\d{1,5})?(?:[/?#]\S*)?\Z", re.I)
DIGITS = 3
"""The shortest numbers that are dialled: 112."""
READABLE = frozenset({None, "unchecked", "unparsed"})
"""Qualities that reading the value may change; what a person or a bounce said stays."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact in its kept form; `parsed` is False where it was not understood and is kept as typed."""

    value: str
    parsed: bool


def normalise_email(text: str) -> Contact:
    """Trimmed, domain in lower case and as IDNA (RFC 5891); the local part stays as typed, for it may be case-sensitive."""
    typed = text.strip().removeprefix("mailto:")
    local, _, domain = typed.rpartition("@")
    if not EMAIL.match(typed):
        return Contact(text.strip(), False)
    try:
        return Contact(f"{local}@{idna.encode(domain.strip('.').lower(), uts46=True).decode('ascii')}", "." in domain)
    except idna.IDNAError:
        return Contact(text.strip(), False)


def normalise_phone(text: str, country: str | None) -> Contact:
    """E.164 (ITU-T) where the number is valid; national numbers are read in the party's country (ISO 3166 alpha-2)."""
    try:
        number = phonenumbers.parse(text, (country or "").upper() or None)
    except phonenumbers.NumberParseException:
        return Contact(text.strip(), False)
    if not phonenumbers.is_valid_number(number):
        return Contact(text.strip(), False)
    kept = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Contact(f"{kept};ext={number.extension}" if number.extension else kept, True)


def is_web_address(text: str) -> bool:
    """Whether a text names a page: a host with a dot in it, perhaps with http(s) before and a path behind."""
    found = WEB.match(text.strip())
    if found is None:
        return False
    try:
        return "." in idna.encode(found["host"].strip(".").lower(), uts46=True).decode("ascii")
    except idna.IDNAError:
        return False


def is_of_kind(kind: str | None, text: str) -> bool:
    """Whether a text can be a contact of this kind at all. A number that is not valid (an extension by itself, one of another time)
    can; what has no digits to dial cannot."""
    if kind == "email":
        return normalise_email(text).parsed
    if kind in PHONES:
        return sum(c.isdigit() for c in text) >= DIGITS
    return kind != "web" or is_web_address(text)


def normalise_contact(kind: str | None, text: str, country: str | None) -> Contact:
    """The kept form of a contact of this kind; other kinds than e-mail and phone are only trimmed."""
    if kind == "web":
        return Contact(text.strip(), is_web_address(text))
    if kind == "email":
        return normalise_email(text)
    if kind in PHONES:
        return normalise_phone(text, country)
    return Contact(text.strip(), True)


def normalise_row(row: Row, country: str | None) -> dict[str, Any]:
    """A contact row with `value` in its kept form, what was typed in `raw`, and the quality that follows from both."""
    typed = row.get("value")
    if not isinstance(typed, str):
        return dict(row)
    contact = normalise_contact(row.get("kind"), typed, country)
    quality = row.get("quality")
    if quality in READABLE:
        quality = "unparsed" if not contact.parsed else "unchecked"
    raw = row.get("raw") if row.get("raw") and contact.value == typed else typed
    return {**row, "value": contact.value, "raw": raw, "quality": quality}


def one_primary(rows: Sequence[Row], stored: Sequence[Row], group: str) -> list[dict[str, Any]]:
    """Exactly one primary for each value of the column `group`: the newly marked one (the last of several), else the one
    that was primary before, else the first. `stored` are the rows as they were."""
    was = {row["id"] for row in stored if row.get("primary") and row.get("id")}
    chosen: dict[Any, int] = {}
    for n, row in enumerate(rows):
        best = chosen.get(row.get(group))
        if best is None or _rank(row, was) > _rank(rows[best], was) or (_rank(row, was) == _rank(rows[best], was) == 2):
            chosen[row.get(group)] = n
    return [{**row, "primary": chosen[row.get(group)] == n} for n, row in enumerate(rows)]


def _rank(row: Row, was: set[Any]) -> int:
    return 0 if not row.get("primary") else 1 if row.get("id") in was else 2


def primary_value(rows: Sequence[Row], kinds: Sequence[str]) -> str | None:
    """The primary value among rows of these kinds, in the order of the kinds; values known to be wrong are passed over."""
    usable = [r for r in rows if r.get("quality") not in ("bounced_hard", "wrong") and r.get("until") is None]
    for kind in kinds:
        of_kind = [r for r in usable if r.get("kind") == kind]
        for row in sorted(of_kind, key=lambda r: not r.get("primary")):
            return str(row["value"]) if row.get("value") else None
    return None
