"""What metadata cannot say against a connection, an identifier or an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import N_, BatchReader, Change, Problem, Reader, _, called, joined

from . import rules
from .contacts import is_of_kind

Row = Mapping[str, Any]
NO_PHONE = N_("“{value}” is no number: it has no digits to dial. A name belongs to the label beside it.")
NO_CONTACT = {
    "email": N_("“{value}” is no e-mail address. It has a name, an @ and a domain, as in anna@example.org."),
    "web": N_("“{value}” is no web address. It has a host with a dot in it, as in www.example.org."),
}


def check_identifier(change: Change, reader: Reader) -> list[Problem]:
    """A number that cannot be right is refused, unless it is marked as a claim of somebody else."""
    row = change.after
    if row.get("claimed") or not {"scheme", "value", "claimed"} & change.changed:
        return []
    fault = rules.identifier_fault(
        row.get("scheme"), row.get("value_norm") or "", reader.code("identifier_scheme", row.get("scheme") or "")
    )
    hint = _("correct it, or mark it as claimed")
    return [Problem(fault, "identifier", "value", hint=hint)] if fault else []


def check_contact(change: Change) -> list[Problem]:
    """What can be no contact of its kind is refused when people write it; what stands there already stays as it is, and what comes
    from a file is kept as it stands there, marked as not understood."""
    row = change.after
    if change.door in ("import", "sample"):
        return []
    value, kind = row.get("value"), row.get("kind")
    if not {"kind", "value"} & change.changed or not isinstance(value, str) or is_of_kind(kind, value):
        return []
    told = NO_CONTACT.get(str(kind), NO_PHONE)
    return [Problem(_(told, value=value[:80]), "contact", "value")]


def check_account(change: Change) -> list[Problem]:
    """Length, country and check digits of the IBAN; the shape of the BIC (ISO 9362)."""
    after, found = change.after, []
    if after.get("iban") and not rules.is_iban(after["iban"]):
        found.append(Problem(_("This is no valid IBAN: a character is wrong or missing."), "iban", "iban"))
    if after.get("bic") and len(after["bic"]) not in (8, 11):
        found.append(Problem(_("A BIC has 8 or 11 characters."), "bic", "bic"))
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
        return [Problem(_wrong_ends(kind, row["kind"], start, end, reader), "ends", "kind")]

    def ties(party: str) -> list[Row]:
        return [*reader.children("party", "connections_from", party), *earlier.get(party, ())]

    twin = rules.overlapping(row, ties(row["from"]))
    if twin is not None:
        return [Problem(_on_record(twin, reader), "overlap", "since", hint=_("change the period, or that record"))]

    def above(party: str) -> list[str]:
        return [t["to"] for t in ties(party) if t["kind"] == row["kind"] and t["id"] != change.id]

    if kind.get("hierarchical") and rules.closes_circle(row["from"], row["to"], above):
        names = {"below": end.get("name"), "above": start.get("name")}
        return [Problem(_("That would make a circle: {below} already stands below {above}.", **names), "circle", "to")]
    return []


def _label(code: Row, name: str | None) -> str:
    """What people call a code."""
    return called(code.get("label") or name)


def _wrong_ends(kind: Row, name: str, start: Row, end: Row, reader: Reader) -> str:
    """Between what a tie of the kind may be, and what its ends are here."""

    def kind_of(party_kind: str | None) -> str:
        return _label(reader.code("party_kind", party_kind or ""), party_kind)

    first, second = (joined([kind_of(k) for k in kinds], "or") for kinds in rules.kinds_at_ends(kind["ends"]))
    return _(
        "“{tie}” goes from {first} to {second}; here they are {start} ({start_kind}) and {end} ({end_kind}).",
        tie=_label(kind, name), first=first, second=second, start=start.get("name"), end=end.get("name"),
        start_kind=kind_of(start.get("kind")), end_kind=kind_of(end.get("kind")),
    )  # fmt: skip


def _on_record(row: Row, reader: Reader) -> str:
    """That the same tie is there already, and when it holds."""
    since, until = (reader.shown(day) if (day := row.get(name)) else None for name in ("since", "until"))
    if since and until:
        return _("This tie is on record already from {since} to {until}.", since=since, until=until)
    if since:
        return _("This tie is on record already since {since}.", since=since)
    if until:
        return _("This tie is on record already until {until}.", until=until)
    return _("This tie is on record already without dates.")


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
    return [Problem(_("Say how consent was given: in words or as a file."), "proof", "proof")]
