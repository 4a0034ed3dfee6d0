"""What metadata cannot say against a connection, an identifier or an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xrm_core.plugin import Change, Problem, Reader

from . import rules


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


def check_connection(change: Change, reader: Reader) -> list[Problem]:
    """Ends that the kind allows, no period told twice, and no circle in a hierarchy."""
    row = change.after
    if not {"from", "to", "kind", "since", "until"} & change.changed:
        return []
    kind = reader.code("connection_kind", row["kind"])
    start, end = reader.get("party", row["from"]) or {}, reader.get("party", row["to"]) or {}
    if not rules.ends_allowed(kind.get("ends"), start.get("kind"), end.get("kind")):
        told = f"{start.get('name')} ({start.get('kind')}) to {end.get('name')} ({end.get('kind')})"
        return [Problem(f"{row['kind']} cannot lead from {told}; it allows {kind['ends']}.", "ends", "kind")]
    others = reader.find(
        "connection", "record.from == given.start && record.to == given.end && record.kind == given.kind",
        {"start": row["from"], "end": row["to"], "kind": row["kind"]},
    )  # fmt: skip
    twin = rules.overlapping({**row, "id": change.id}, others)
    if twin is not None:
        return [
            Problem(
                f"This tie is on record already {_period(twin)}.",
                "overlap",
                "since",
                hint="change the period, or that record",
            )
        ]
    if kind.get("hierarchical") and rules.closes_circle(
        row["from"], row["to"], lambda p: _above(reader, row["kind"], p, change.id)
    ):
        return [
            Problem(
                f"That would make a circle: {end.get('name')} already stands below {start.get('name')}.", "circle", "to"
            )
        ]
    return []


def _above(reader: Reader, kind: str, party: str, without: str) -> list[str]:
    found = reader.find(
        "connection", "record.from == given.party && record.kind == given.kind", {"party": party, "kind": kind}
    )
    return [row["to"] for row in found if row["id"] != without]


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
