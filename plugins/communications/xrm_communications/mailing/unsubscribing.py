"""Leaving a mailing by one click (RFC 8058): the address in each letter is signed, and using it needs no sign-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_parties.consents import ALWAYS

from xrm_core.plugin import FurtherChange, NewRecord, Patch, Reader, Record

from ..gate import hash_of

PATH = "/p/communications/unsubscribe/"
MARK = "unsubscribe:"


WAY_OUT = {
    "en": "To get no more of these letters: {link}",
    "de": "Um keine solchen Briefe mehr zu bekommen: {link}",
    "fr": "Pour ne plus recevoir ces lettres : {link}",
    "ar": "لعدم تلقي مثل هذه الرسائل: {link}",
}
"""The last line of a letter that does not say itself how to leave, in its language."""


def with_way_out(body: str, link: str, language: str) -> str:
    """A letter with the line that says how to get no more of them."""
    line = WAY_OUT.get(language.partition("-")[0], WAY_OUT["en"]).format(link=link)
    return f"{body.rstrip()}\n\n--\n{line}\n"


def link_of(reader: Reader, recipient: str) -> str:
    """The address by which a recipient leaves."""
    return reader.address(PATH + reader.sign(MARK + recipient).removeprefix(MARK))


def headers_of(mailing: Record, link: str) -> dict[str, str]:
    """The headers of a letter that can be unsubscribed from: none where its purpose needs no consent. One click is offered where
    the address is safe from being read on the way (https), as RFC 8058 asks."""
    if mailing["purpose"] in ALWAYS:
        return {}
    found = {"List-Unsubscribe": f"<{link}>", "Precedence": "bulk"}
    return found | ({"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if link.startswith("https:") else {})


def recipient_of(token: str, reader: Any) -> str | None:
    """Id of the recipient whom an address is for; None where it is not signed by us."""
    text = reader.signed(MARK + token)
    return str(text).removeprefix(MARK) if text else None


def left(row: Mapping[str, Any], purpose: str, today: Any, now: Any, known: bool) -> Sequence[FurtherChange]:
    """What is saved when a recipient leaves: the withdrawn consent, the address closed for the purpose (`known`: it is already),
    and the time. A second click changes nothing."""
    if row["unsubscribed_at"] is not None:
        return []
    changes: list[FurtherChange] = [
        NewRecord("consent", {
            "party": row["party"], "purpose": purpose, "channel": "email", "status": "withdrawn", "basis": "consent",
            "given_on": today, "source": "web", "proof": f"One click in a letter to {row['address']}",
        }),
        Patch("mailing_recipient", str(row["id"]), {"unsubscribed_at": now}),
    ]  # fmt: skip
    if not known and row["address"]:
        told = {"address_hash": hash_of(row["address"]), "purpose": purpose, "reason": "unsubscribed", "since": today}
        changes.append(NewRecord("suppression", told))
    return changes
