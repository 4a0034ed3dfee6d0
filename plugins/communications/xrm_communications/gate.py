"""The gate that every outgoing mail passes: whether this address may be written to, for this purpose, now.

It is asked when a communication is to be sent, whoever saves it and through whichever door, and once more by the sender right
before a message leaves. There is no other way out, so consent, opt-out and dead addresses hold for mailings and single letters alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xrm_parties.consents import ALWAYS, DEAD, STOPPED, may_contact, newest_consent

from xrm_core.plugin import BatchReader, Record

from .addresses import wired

CHANNEL = "email"
AT_ONCE = 200
"""Parties that are asked about in one question."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a mail does not go: a code of `mail_stop`, and the reason in words (with dates of consents: of class consent)."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a party when it is to be written to."""

    party: Record | None
    consents: Sequence[Record] = ()
    points: Sequence[Record] = ()


def normal(address: str | None) -> str:
    """An address as it is compared: no spaces around it, small letters, its domain as it goes over the wire."""
    plain = (address or "").strip().casefold()
    try:
        return plain if plain.isascii() else wired(plain)
    except ValueError:
        return plain


def hash_of(address: str) -> str:
    """What is kept of an address that is not to be written to: SHA-256 of its compared form, so that it may be forgotten itself."""
    return hashlib.sha256(normal(address).encode("utf-8", "replace")).hexdigest()


def stop(reader: BatchReader, communication: Record, at: date | None = None) -> Stop | None:
    """Why an outgoing mail must not be sent, or None. `communication` has party, mail_to and purpose; without `mail_to` it goes to
    the party's own address."""
    party, purpose = communication["party"], str(communication["purpose"] or "service")
    known = known_of(reader, [party])[str(party)] if party is not None else Known(None)
    address = communication["mail_to"] or address_of(known)
    hashes = suppressed(reader, [address] if address else [])
    return verdict(known, address, purpose, hashes, at or reader.today)


def verdict(
    known: Known, address: str | None, purpose: str, suppressions: Mapping[str, Sequence[str | None]], at: date
) -> Stop | None:
    """The same from what is known already; `suppressions` as `suppressed` gives them."""
    if not address:
        return Stop("no_address", "there is no e-mail address")
    if not at_home(suppressions.get(hash_of(address), ()), purpose):
        return Stop("suppressed", "the address is on the list of those not to be written to")
    if known.party is None:
        return None if purpose in ALWAYS else Stop("no_consent", "nobody is known behind the address")
    point = next((p for p in known.points if normal(p["value"]) == normal(address)), None)
    quality = point["quality"] if point is not None else None
    answer = may_contact(known.party, known.consents, purpose, CHANNEL, at, quality=quality)
    if answer.allowed:
        return None
    return Stop(_code(known, purpose, quality, at), answer.reason)


def at_home(scopes: Iterable[str | None], purpose: str) -> bool:
    """Whether suppressions leave a purpose open: one without a purpose closes all, others close their own. What must be told
    (`legal`) is closed by the former alone."""
    return not any(scope is None or scope == purpose for scope in scopes)


def _code(known: Known, purpose: str, quality: str | None, at: date) -> str:
    assert known.party is not None
    if known.party["do_not_contact"] or known.party["status"] in STOPPED:
        return "do_not_contact"
    if quality in DEAD:
        return "dead_address"
    newest = newest_consent(known.consents, purpose, CHANNEL, at)
    return "opted_out" if newest is not None and newest["status"] != "given" else "no_consent"


def address_of(known: Known) -> str | None:
    """The e-mail address of a party that letters go to: its primary one, of those that work and are still in use."""
    if known.party is None:
        return None
    alive = [p for p in known.points if p["quality"] not in DEAD and p["quality"] != "unparsed"]
    chosen = next((p for p in alive if p["primary"]), None) or next(iter(alive), None)
    if chosen is not None:
        return str(chosen["value"])
    return next((str(p["value"]) for p in known.points if p["primary"]), None)


def known_of(reader: BatchReader, parties: Sequence[Any]) -> dict[str, Known]:
    """What is known of parties, by id; some questions for all of them."""
    wanted = list(dict.fromkeys(str(p) for p in parties if p is not None))
    found: dict[str, Known] = {}
    for n in range(0, len(wanted), AT_ONCE):
        some = wanted[n : n + AT_ONCE]
        records = reader.get_many("party", some)
        held = f"record.party in {_listed(some)}"
        consents = _by_party(reader.find("consent", held, limit=10_000))
        today = reader.today
        points = _by_party(
            p
            for p in reader.find("party_contact_points", f"record.kind == 'email' && {held}", limit=10_000)
            if (p["since"] is None or p["since"] <= today) and (p["until"] is None or p["until"] >= today)
        )
        found |= {id: Known(records.get(id), consents.get(id, ()), points.get(id, ())) for id in some}
    return found


def _by_party(rows: Iterable[Record]) -> dict[str, list[Record]]:
    made: dict[str, list[Record]] = {}
    for row in rows:
        made.setdefault(str(row["party"]), []).append(row)
    return made


def suppressed(reader: BatchReader, addresses: Iterable[str]) -> dict[str, list[str | None]]:
    """Hash of an address -> the purposes for which it is not to be written to (None: for none at all)."""
    hashes = sorted({hash_of(a) for a in addresses if a})
    made: dict[str, list[str | None]] = {}
    for n in range(0, len(hashes), AT_ONCE):
        some = hashes[n : n + AT_ONCE]
        for row in reader.find("suppression", f"record.address_hash in {_listed(some)}", limit=10_000):
            made.setdefault(row["address_hash"], []).append(row["purpose"])
    return made


def _listed(ids: Sequence[str]) -> str:
    """Ids and hashes as a list of the expression language. They are hexadecimal digits and dashes."""
    return "[" + ", ".join(f"'{id}'" for id in ids if set(id) <= set("0123456789abcdef-")) + "]"
