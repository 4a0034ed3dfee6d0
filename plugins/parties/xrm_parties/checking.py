"""What metadata cannot say against a connection, an identifier or an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import BatchReader, Change, Problem, Reader

from . import rules

Row = Mapping[str, Any]


def check_identifier(change: Change, reader: Reader) -> list[Problem]:
    """A number that cannot be right is refused, unless it is marked as a claim of somebody else."""
    row = change.after
    if row.get("claimed") or not {"scheme", "value", "claimed"} & change.changed:
        return []
    fault = rules.identifier_fault(
        row.get("scheme"), row.get("value_norm") or "", reader.code("identifier_scheme", row.get("scheme") or "")
    )
    return [Problem(f"{fault}.", "identifier", "value", hint="correct it, or mark it as claimed")] if fault else []


def check_account(change: Change) -> list[Problem]:
    """Length, country and check digits of the IBAN; the shape of the BIC (ISO 9362)."""
    after, found = change.after, []
    if after.get("iban") and not rules.is_iban(after["iban"]):
        found.append(Problem("This is no valid IBAN: a character is wrong or missing.", "iban", "iban"))
    if after.get("bic") and len(after["bic"]) not in (8, 11):
        found.append(Problem("A BIC has 8 or 11 characters.", "bic", "bic"))
    return found


def check_connections(changes: Sequence[Change], reader: BatchReader) -> list[list[Problem]]:
    """Ends that the kind allows, no period told twice, and no circle in a hierarchy. One answer per change."""
    parties = reader.get_many("party", {change.after[end] for change in changes for end in ("from", "to")})
    earlier: dict[str, list[Row]] = {}
    answers: list[list[Problem]] = []
    for change in changes:
        touched = {"from", "to", "kind", "since", "until"} & change.changed
        found = _check_connection(change, parties, earlier, reader) if touched and change.action != "delete" else []
        answers.append(found)
        if touched and not found:
            earlier.setdefault(change.after["from"], []).append({**change.after, "id": change.id})
    return answers


def _check_connection(
    change: Change, parties: Mapping[str, Row], earlier: Mapping[str, Sequence[Row]], reader: Reader
) -> list[Problem]:
    row = {**change.after, "id": change.id}
    kind = reader.code("connection_kind", row["kind"])
    start, end = parties.get(row["from"], {}), parties.get(row["to"], {})
    if not rules.ends_allowed(kind.get("ends"), start.get("kind"), end.get("kind")):
        told = f"{start.get('name')} ({start.get('kind')}) to {end.get('name')} ({end.get('kind')})"
        return [Problem(f"{row['kind']} cannot lead from {told}; it allows {kind['ends']}.", "ends", "kind")]

    def ties(party: str) -> list[Row]:
        return [*reader.children("party", "connections_from", party), *earlier.get(party, ())]

    twin = rules.overlapping(row, ties(row["from"]))
    if twin is not None:
        message = f"This tie is on record already {_period(twin)}."
        return [Problem(message, "overlap", "since", hint="change the period, or that record")]

    def above(party: str) -> list[str]:
        return [t["to"] for t in ties(party) if t["kind"] == row["kind"] and t["id"] != change.id]

    if kind.get("hierarchical") and rules.closes_circle(row["from"], row["to"], above):
        message = f"That would make a circle: {end.get('name')} already stands below {start.get('name')}."
        return [Problem(message, "circle", "to")]
    return []


def _period(row: Mapping[str, Any]) -> str:
    since, until = row.get("since"), row.get("until")
    if since and until:
        return f"from {since} to {until}"
    return f"since {since}" if since else f"until {until}" if until else "without dates"


def check_consent(change: Change, reader: Reader) -> list[Problem]:
    """Consent as a legal basis needs somebody to have given it: proof in words or as a file, but for imports."""
    row = change.after
    if (
        change.action != "create"
        or change.door in ("import", "sample")
        or row.get("basis") != "consent"
        or row.get("status") != "given"
    ):
        return []
    if row.get("proof") or row.get("proof_file") or row.get("source") == "double_opt_in":
        return []
    return [Problem("Say how consent was given: in words or as a file.", "proof", "proof")]
