"""Parties as files for address books: one, or those of a list, with what the reader may see of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xrm_core.plugin import Download, Query, ScreenAsked, ScreenReader

from .. import vcards

TYPE = "text/vcard; charset=utf-8"
PARTY = (
    "id", "kind", "name", "person_name_family", "person_name_given", "person_name_middle", "person_name_prefix", "person_name_suffix",
    "person_name_called", "website", "born_on", "tags", "description", "language", "updated_at",
)  # fmt: skip
POINT = ("kind", "value", "purpose", "primary", "label")
ADDRESS = (
    "purpose",
    "primary",
    *(f"address_{n}" for n in ("care_of", "line1", "line2", "line3", "locality", "region", "postcode", "country")),
)
MOST = 5_000
AT_ONCE = 80
"""Ids that one filter takes."""


def one(asked: ScreenAsked, reader: ScreenReader) -> Download | None:
    """The card of one party."""
    id = asked.get("party")
    party = reader.get("party", id, PARTY)
    if party is None:
        return None
    return Download(_cards(reader, [party]), TYPE, vcards.file_name(str(party["name"])))


def several(asked: ScreenAsked, reader: ScreenReader) -> Download | None:
    """The cards of the parties of a list, by the name of its view or the id of a saved one; of a list of relationships, their
    parties."""
    found = reader.listed(asked.get("view"))
    if found is None:
        return None
    entity, ids = found
    rows: list[Any] = []
    for n in range(0, min(len(ids), MOST), AT_ONCE):
        some = list(ids[n : n + AT_ONCE])
        if entity != "party":
            some = list(dict.fromkeys(_parties(reader, entity, some)))
        rows += (
            reader.page(Query("party", PARTY, f"record.id in {_list(some)}", ("name",), AT_ONCE)).rows if some else []
        )
    seen = {row["id"]: row for row in rows}
    return Download(_cards(reader, list(seen.values())), TYPE, vcards.file_name(asked.get("view")))


def _parties(reader: ScreenReader, entity: str, ids: Sequence[str]) -> list[str]:
    found = reader.page(Query(entity, ("id", "party"), f"record.id in {_list(ids)}", ("id",), AT_ONCE)).rows
    return [str(row["party"]) for row in found if row.get("party")]


def _list(ids: Sequence[str]) -> str:
    return "[" + ", ".join(f"'{id}'" for id in ids) + "]"


def _cards(reader: ScreenReader, parties: Sequence[Any]) -> bytes:
    made: list[Any] = []
    for n in range(0, len(parties), AT_ONCE):
        some = parties[n : n + AT_ONCE]
        ids = [str(p["id"]) for p in some]
        points = (
            reader.children("party", "contact_points", ids, POINT)
            if reader.reads("party_contact_points", "value")
            else {}
        )
        addresses = (
            reader.children("party", "addresses", ids, ADDRESS) if reader.reads("party_addresses", "purpose") else {}
        )
        made += [(p, points.get(str(p["id"]), ()), addresses.get(str(p["id"]), ())) for p in some]
    return vcards.cards(made)
