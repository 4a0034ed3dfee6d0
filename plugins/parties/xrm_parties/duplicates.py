"""Finding doubles: keys that bring candidates together, and how sure one can be that two are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from rapidfuzz import fuzz

from .names import fold_name

Grade = Literal["certain", "probable", "possible"]
PROBABLE, POSSIBLE = 92.0, 85.0
"""Name similarity from which two may be the same (rapidfuzz token_set_ratio of folded names)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is compared of a party. `identifiers` holds (scheme, normalised value) of unique schemes that are not claimed."""

    name: str
    country: str | None = None
    family: str | None = None
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    postcodes: frozenset[str] = frozenset()
    localities: frozenset[str] = frozenset()
    born_on: date | None = None
    identifiers: frozenset[tuple[str, str]] = frozenset()


def facts_of(party: Mapping[str, Any], contacts: Sequence[Mapping[str, Any]], addresses: Sequence[Mapping[str, Any]],
             identifiers: Sequence[tuple[str, str]] = ()) -> Facts:  # fmt: skip
    """The facts of a stored party and its rows."""
    phones = {"phone", "mobile"}
    return Facts(
        name=fold_name(party.get("name") or ""),
        country=party.get("country"),
        family=fold_name(party["person_name_family"]) if party.get("person_name_family") else None,
        emails=frozenset(c["value"].casefold() for c in contacts if c["kind"] == "email" and c["value"]),
        phones=frozenset(c["value"] for c in contacts if c["kind"] in phones and c["value"]),
        postcodes=frozenset(
            a["address_postcode"].replace(" ", "").casefold() for a in addresses if a.get("address_postcode")
        ),
        localities=frozenset(fold_name(a["address_locality"]) for a in addresses if a.get("address_locality")),
        born_on=party.get("born_on"),
        identifiers=frozenset(identifiers),
    )


def blocking_keys(facts: Facts) -> frozenset[str]:
    """Parties that share none of these keys are never compared: start of the name with country, postcode, phone, e-mail."""
    start = facts.name.replace(" ", "")[:4]
    keys = {f"n:{start}:{facts.country or ''}"} if start else set()
    keys |= {f"z:{z}" for z in facts.postcodes} | {f"t:{t}" for t in facts.phones} | {f"m:{m}" for m in facts.emails}
    return frozenset(keys | {f"i:{s}:{v}" for s, v in facts.identifiers})


def grade(a: Facts, b: Facts) -> tuple[Grade, str] | None:
    """How sure it is that two are the same, and why in words; None: they are not taken for doubles."""
    shared = a.identifiers & b.identifiers
    if shared:
        scheme, value = min(shared)
        return "certain", f"same number {value} ({scheme})"
    if a.emails & b.emails and a.family and a.family == b.family and _same_given(_given(a), _given(b)):
        return "certain", "same e-mail and same name"
    score = fuzz.token_set_ratio(a.name, b.name)
    if score >= PROBABLE:
        same = [
            w
            for w, x, y in (
                ("postcode", a.postcodes, b.postcodes),
                ("phone", a.phones, b.phones),
                ("e-mail", a.emails, b.emails),
            )
            if x & y
        ]
        same += ["birth date"] if a.born_on and a.born_on == b.born_on else []
        if same:
            return "probable", f"similar name ({score:.0f}%) and same {', '.join(same)}"
    if score >= POSSIBLE and a.localities & b.localities:
        return "possible", f"similar name ({score:.0f}%) in the same town"
    return None


def _same_given(a: str, b: str) -> bool:
    """Equal, an initial of the other, or not told: couples share e-mail and family name, but not this."""
    short, long = sorted((a, b), key=len)
    return a == b or not short or (len(short) == 1 and long.startswith(short))


def _given(facts: Facts) -> str:
    """The folded name without the family name."""
    words = [w for w in facts.name.split() if w not in (facts.family or "").split()]
    return " ".join(words)
