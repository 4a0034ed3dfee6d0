"""What is filled in before a party, a connection or an account is saved: names, kept forms, primaries, summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from xrm_core.plugin import Change, Reader

from . import rules

Row = Mapping[str, Any]
Rows = list[dict[str, Any]]
NAME = tuple(f"person_name_{p}" for p in ("prefix", "given", "middle", "family", "suffix"))
TABLES = ("contact_points", "addresses", "names", "identifiers")
WORDS = 4000
"""Characters kept of the words that a party is found by."""


def complete_party(change: Change, reader: Reader) -> dict[str, Any]:
    """The name of a person, child rows in their kept form, and what lists and search show of them."""
    after = change.after
    patch: dict[str, Any] = _name(change)
    name = patch.get("name", after.get("name"))
    patch["name_key"] = rules.fold_spaces(name)[:400] if name else None
    given = {t: _rows(change, reader, t) for t in TABLES if t in change.children}
    done = {t: _complete(t, rows, stored, change, reader) for t, (rows, stored) in given.items()}
    patch |= done
    names = ("name", "legal_name", "number")
    if done or change.action == "create" or any(after.get(n) != change.before.get(n) for n in names):
        patch |= _summary(change, done, reader)
    return patch


def _name(change: Change) -> dict[str, Any]:
    """A person's name follows its parts; parts follow the name where only that is known."""
    after = change.after
    if after.get("kind") != "person":
        return {}
    parts = {p.removeprefix("person_name_"): after.get(p) for p in NAME}
    if not any(parts.values()) and after.get("name"):
        return {f"person_name_{k}": v for k, v in rules.split_name(after["name"]).items()}
    touched = any(after.get(p) != change.before.get(p) for p in NAME)
    if (after.get("name") and not touched) or (change.action == "create" and after.get("name")):
        return {}
    composed = rules.compose_name(parts, after.get("language"))
    return {"name": composed[:200]} if composed else {}


def _rows(change: Change, reader: Reader, table: str) -> tuple[Rows, Sequence[Row]]:
    """The rows a table will have, each whole (rows may name only what changes), and the rows it has."""
    stored = reader.children("party", table, change.id) if change.action == "update" else ()
    known = {row["id"]: row for row in stored}
    return [{**known.get(row.get("id"), {}), **row} for row in change.children[table]], stored


def _complete(table: str, rows: Rows, stored: Sequence[Row], change: Change, reader: Reader) -> Rows:
    if table == "contact_points":
        country = change.after.get("country") or reader.settings.get("country")
        return rules.one_primary([rules.normalise_row(r, country) for r in rows], stored, "kind")
    if table == "addresses":
        return rules.one_primary([rules.complete_row(r) for r in rows], stored, "purpose")
    if table == "identifiers":
        return [complete_identifier(row, change.door, reader) for row in rows]
    return rows


def note_stage(change: Change, today: date) -> dict[str, Any]:
    """Since when a relationship is in its stage: one that is new since it began, every other since the stage became another."""
    if change.action == "create" and change.after.get("stage_since") is None:
        return {"stage_since": change.after.get("since") or today}
    moved = change.action == "update" and "stage" in change.changed
    return {"stage_since": today} if moved else {}


def complete_identifier(row: Row, door: str, reader: Reader) -> dict[str, Any]:
    """An identifier row with its compare form; one from a file that cannot be right is kept as a claim."""
    scheme = row.get("scheme")
    norm = rules.normalise_identifier(scheme, row.get("value") or "")
    if row.get("claimed") or door not in ("import", "sample"):
        return {**row, "value_norm": norm}
    fault = rules.identifier_fault(scheme, norm, reader.code("identifier_scheme", scheme or ""))
    return {**row, "value_norm": norm, **({"claimed": True} if fault else {})}


def _summary(change: Change, done: Mapping[str, Rows], reader: Reader) -> dict[str, Any]:
    """E-mail, phone, postcode and town of the party, and the words it is found by beside its name."""
    tables: dict[str, Sequence[Row]] = dict(done)
    for table in TABLES:
        if table not in tables:
            tables[table] = reader.children("party", table, change.id) if change.action == "update" else ()
    best = rules.mailing_address(tables["addresses"], reader.today)
    return {
        "email": rules.primary_value(tables["contact_points"], ("email",)),
        "phone": rules.primary_value(tables["contact_points"], ("phone", "mobile")),
        "postcode": (best or {}).get("address_postcode"),
        "locality": (best or {}).get("address_locality"),
        "search_words": search_words(tables),
    }


def search_words(tables: Mapping[str, Sequence[Row]]) -> str | None:
    """Other names, numbers, contacts and addresses in one text, each once."""
    words: dict[str, None] = {}
    for row in tables["names"]:
        words[row.get("name") or ""] = None
    for row in tables["identifiers"]:
        words |= dict.fromkeys((row.get("value") or "", row.get("value_norm") or ""))
    for row in tables["contact_points"]:
        words |= dict.fromkeys((row.get("value") or "", row.get("raw") or ""))
    for row in tables["addresses"]:
        words[row.get("one_line") or ""] = None
    return "\n".join(w for w in words if w)[:WORDS] or None


def complete_contact(change: Change, reader: Reader) -> dict[str, Any]:
    """A contact point that is saved by itself, in its kept form."""
    if change.after.get("raw") and ("value" not in change.changed or "raw" in change.changed):
        return {}
    party = reader.get("party", change.after["party"]) or {}
    row = rules.normalise_row({**change.after, "raw": None}, party.get("country") or reader.settings.get("country"))
    return {k: row[k] for k in ("value", "raw", "quality") if k in row}


def complete_address(change: Change) -> dict[str, Any]:
    """An address that is saved by itself, with what is derived from it."""
    row = rules.complete_row(change.after)
    return {k: row[k] for k in ("one_line", "season_first", "season_last")}


def complete_connection(change: Change, reader: Reader) -> dict[str, Any]:
    """A symmetric tie is stored from the smaller id, so that told from the other end it is the same."""
    kind = reader.code("connection_kind", change.after.get("kind") or "")
    start, end = change.after.get("from"), change.after.get("to")
    if not start or not end:
        return {}
    start, end = rules.ordered_ends(bool(kind.get("symmetric")), start, end)
    return {"from": start, "to": end}


def complete_account(change: Change) -> dict[str, Any]:
    """IBAN and BIC in their kept form, and what the account is called where its number must not be seen."""
    after = change.after
    iban = rules.normalise_iban(after["iban"]) if after.get("iban") else None
    bic = after["bic"].replace(" ", "").upper() if after.get("bic") else None
    return {
        "iban": iban,
        "bic": bic,
        "label": rules.account_label(after.get("holder"), iban, after.get("account_no"))[:240],
    }
