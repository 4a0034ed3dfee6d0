"""What else changes after a save: a party follows its rows, a changed account loses its verification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import BatchReader, Change, FurtherChange, Patch

Row = Mapping[str, Any]
TABLE_OF = {
    "party_contact_points": "contact_points", "party_addresses": "addresses",
    "party_names": "names", "party_identifiers": "identifiers",
}  # fmt: skip
WORD = {"contact_points": "value", "addresses": "one_line", "names": "name", "identifiers": "value"}
GROUP = {"contact_points": "kind", "addresses": "purpose"}
"""Of which there is one primary for each value of this column."""
SYSTEM = frozenset(
    {"id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "party", "position"}
)


def follow_rows(changes: Sequence[Change], reader: BatchReader) -> list[list[FurtherChange]]:
    """Rows that were saved by themselves: their party is saved again, so that primaries and summaries fit.

    Rows saved with their party are reflected in it already and call for nothing. One answer per change.
    """
    parties = reader.get_many("party", {change.after["party"] for change in changes})
    asked: set[tuple[str, str]] = set()
    answers: list[list[FurtherChange]] = []
    for change in changes:
        id, table = change.after["party"], TABLE_OF[change.entity]
        party = parties.get(id)
        if party is None or party.get("deleted_at") or (id, table) in asked or is_reflected(party, table, change):
            answers.append([])
            continue
        asked.add((id, table))
        rows = [plain(r) for r in reader.children("party", table, id)]
        answers.append([Patch("party", id, {table: clear_others(rows, change.after, GROUP.get(table))})])
    return answers


def clear_others(rows: list[dict[str, Any]], new: Row, group: str | None) -> list[dict[str, Any]]:
    """A new primary clears the others of its group."""
    if group is None or not new.get("primary") or new.get("deleted_at"):
        return rows
    return [{**r, "primary": False} if r["id"] != new["id"] and r.get(group) == new.get(group) else r for r in rows]


def plain(row: Row) -> dict[str, Any]:
    """A stored row as it may be given back: with its id, without what the platform keeps."""
    return {k: v for k, v in row.items() if k == "id" or k not in SYSTEM}


def is_reflected(party: Row, table: str, change: Change) -> bool:
    """Does the party's summary already say what this row says?"""
    row, old = change.after, change.before
    words = (party.get("search_words") or "").split("\n")
    if change.action == "delete":
        shown = (party.get("email"), party.get("phone"))
        return old.get(WORD[table]) not in words and (table != "contact_points" or old.get("value") not in shown)
    if row.get(WORD[table]) not in (None, *words) and len("\n".join(words)) < 3900:
        return False
    if table == "contact_points" and row.get("primary") and row.get("until") is None:
        field = {"email": "email", "phone": "phone"}.get(row.get("kind") or "")
        return field is None or party.get(field) == row.get("value") or row.get("quality") in ("bounced_hard", "wrong")
    return not (change.action == "update" and old.get("primary") and not row.get("primary"))


def follow_account(change: Change) -> list[FurtherChange]:
    """Another IBAN, holder or BIC has not been verified."""
    touched = any(
        change.before.get(k) != change.after.get(k) for k in ("iban", "holder", "bic", "account_no", "routing_no")
    )
    if (
        change.action != "update"
        or change.after.get("status") != "verified"
        or not touched
        or change.transition == "verify"
    ):
        return []
    values = {"verified_on": None, "verified_by": None, "proof_checked": False}
    return [
        Patch(
            "bank_account",
            change.id,
            values,
            transition="doubt",
            reason="the account was changed after it was verified",
        )
    ]
