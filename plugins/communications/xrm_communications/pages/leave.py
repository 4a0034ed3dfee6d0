"""Leaving a mailing: a page for people, and one click for their mail program (RFC 8058). The address is the secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xrm_core.plugin import Answered, Query, ScreenAsked, ScreenReader, _

from ..gate import hash_of
from ..mailing.unsubscribing import left, recipient_of


def show(asked: ScreenAsked, reader: ScreenReader) -> Mapping[str, Any] | None:
    """Whose letters these are, and whether they are stopped. The address is shown in part: whoever was sent the letter on
    learns no more from it."""
    found = _found(asked, reader)
    if found is None:
        return None
    row, mailing = found
    name, __, domain = str(row["address"] or "").rpartition("@")
    return {
        "title": _("Letters by e-mail"), "address": isolated(f"{name[:1]}…@{domain}"), "is_left": row["unsubscribed_at"] is not None,
        "organisation": isolated(reader.settings["name"]), "mailing": isolated(mailing["name"]),
    }  # fmt: skip


def isolated(text: object) -> str:
    """A text of any direction as a part of a sentence (Unicode UAX 9)."""
    return f"\u2068{text}\u2069"


def act(asked: ScreenAsked, reader: ScreenReader) -> Answered:
    """Leave: consent is withdrawn for this purpose, and the address closed for it."""
    found = _found(asked, reader)
    if found is None:
        return Answered(stay=True)
    row, mailing = found
    purpose = str(mailing["purpose"])
    query = Query("suppression", ("id",), "record.address_hash == given.hash && record.purpose == given.purpose")
    known = reader.find(query, {"hash": hash_of(row["address"] or ""), "purpose": purpose})
    return Answered(left(row, purpose, reader.today, reader.now, bool(known)), stay=True)


def _found(asked: ScreenAsked, reader: ScreenReader) -> tuple[Any, Any] | None:
    """The recipient and the mailing that an address is for."""
    id = recipient_of(asked.get("token"), reader)
    row = reader.get("mailing_recipient", id) if id else None
    mailing = reader.get("mailing", str(row["mailing"])) if row is not None else None
    return (row, mailing) if row is not None and mailing is not None else None
