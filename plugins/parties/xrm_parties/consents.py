"""Consent: may a party be contacted for a purpose by a channel? One function for every sender."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Row = Mapping[str, Any]
ALWAYS = frozenset({"service", "legal"})
"""Purposes that need no consent: the contract or the law asks for them."""
STOPPED = {
    "deceased": "the person has died",
    "dissolved": "the organisation was dissolved",
    "merged": "the record was merged into another",
}
DEAD = {
    "bounced_hard": "the address bounced for good",
    "wrong": "the address belongs to somebody else",
    "undeliverable": "the address is undeliverable",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether contact is allowed, why in words, and the id of the consent record that decided (None: none did)."""

    allowed: bool
    reason: str
    consent: str | None = None


def may_contact(
    party: Row, consents: Sequence[Row], purpose: str, channel: str, at: date, *,
    quality: str | None = None, suppressed: bool = False, post_by_legitimate_interest: bool = False,
) -> Answer:  # fmt: skip
    """May this party be contacted for this purpose by this channel on this day?

    `consents` are the party's records; `quality` and `suppressed` tell of the address that would be used. Order of the
    checks: nobody who must not be contacted; purposes that need no consent; the newest consent for purpose and channel
    (the exact channel beats `any`); post without any record, where the organisation relies on legitimate interest.
    """
    if party.get("do_not_contact"):
        return Answer(
            False, f"marked as not to be contacted ({party.get('do_not_contact_reason') or 'no reason given'})"
        )
    if party.get("status") in STOPPED:
        return Answer(False, STOPPED[party["status"]])
    if suppressed:
        return Answer(False, "the address is on the suppression list")
    if quality in DEAD:
        return Answer(False, DEAD[quality])
    if purpose in ALWAYS:
        return Answer(True, f"purpose {purpose} needs no consent")
    newest = newest_consent(consents, purpose, channel, at)
    if newest is None:
        if channel == "post" and post_by_legitimate_interest:
            return Answer(True, "no record; letters rest on legitimate interest")
        return Answer(False, f"no consent on record for {purpose} by {channel}")
    if newest["status"] != "given":
        return Answer(False, f"{newest['status']} on {newest['given_on']}", newest.get("id"))
    if newest.get("expires_on") and newest["expires_on"] < at:
        return Answer(False, f"expired on {newest['expires_on']}", newest.get("id"))
    return Answer(True, f"given on {newest['given_on']}", newest.get("id"))


def newest_consent(consents: Sequence[Row], purpose: str, channel: str, at: date) -> Row | None:
    """The newest record for the purpose up to the day: one for exactly this channel, else one for any channel."""
    fitting = [
        c for c in consents if c["purpose"] == purpose and c["given_on"] <= at and c["channel"] in (channel, "any")
    ]
    exact = [c for c in fitting if c["channel"] == channel]
    return max(exact or fitting, key=lambda c: (c["given_on"], c.get("id") or ""), default=None)
