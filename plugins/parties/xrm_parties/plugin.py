"""What the parties plugin answers to the platform's hooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xrm_core.plugin import BatchReader, Change, FurtherChange, Problem, Reader, SampleStep, hook

from . import checking, completing, following, merging, sample, unmerging


@hook("xrm_before_save", entity="party")
def complete_party(change: Change, reader: Reader) -> dict[str, Any]:
    """Name, kept forms, primaries and summaries."""
    return completing.complete_party(change, reader)


@hook("xrm_before_save", entity="party_contact_points")
def complete_contact(change: Change, reader: Reader) -> dict[str, Any]:
    """E-mail and phone in their kept form."""
    return completing.complete_contact(change, reader)


@hook("xrm_before_save", entity="party_addresses")
def complete_address(change: Change) -> dict[str, Any]:
    """One line and season of an address."""
    return completing.complete_address(change)


@hook("xrm_before_save", entity="party_identifiers")
def complete_identifier(change: Change, reader: Reader) -> dict[str, Any]:
    """The compare form of a number."""
    row = completing.complete_identifier(change.after, change.door, reader)
    return {"value_norm": row["value_norm"], "claimed": row.get("claimed")}


@hook("xrm_before_save", entity="connection")
def complete_connection(change: Change, reader: Reader) -> dict[str, Any]:
    """One order of ends for symmetric ties."""
    return completing.complete_connection(change, reader)


@hook("xrm_before_save", entity="bank_account")
def complete_account(change: Change) -> dict[str, Any]:
    """Kept form and label of an account."""
    return completing.complete_account(change)


@hook("xrm_before_save", mixin="relationship")
def note_stage(change: Change, reader: Reader) -> dict[str, Any]:
    """Since when a relationship is in its stage: from the beginning, or from the day on which it came into it."""
    return completing.note_stage(change, reader.today)


@hook("xrm_validate", entity="party_identifiers")
def check_identifier(change: Change, reader: Reader) -> list[Problem]:
    """Numbers that cannot be right."""
    return checking.check_identifier(change, reader)


@hook("xrm_validate", entity="party_contact_points")
def check_contact(change: Change) -> list[Problem]:
    """Contacts that can be none of their kind."""
    return checking.check_contact(change)


@hook("xrm_validate", entity="connection", batch=True)
def check_connections(changes: Sequence[Change], reader: BatchReader) -> list[list[Problem]]:
    """Ends, overlaps, circles."""
    return checking.check_connections(changes, reader)


@hook("xrm_validate", entity="consent")
def check_consent(change: Change, reader: Reader) -> list[Problem]:
    """Proof of consent."""
    return checking.check_consent(change, reader)


@hook("xrm_validate", entity="bank_account")
def check_account(change: Change) -> list[Problem]:
    """IBAN and BIC."""
    return checking.check_account(change)


@hook("xrm_after_save", entity=tuple(following.TABLE_OF), batch=True)
def follow_rows(changes: Sequence[Change], reader: BatchReader) -> list[list[FurtherChange]]:
    """A party follows its rows."""
    return following.follow_rows(changes, reader)


@hook("xrm_after_save", entity="bank_account")
def follow_account(change: Change) -> list[FurtherChange]:
    """A changed account is no longer verified."""
    return following.follow_account(change)


@hook("xrm_after_save", entity="party")
def follow_merge(change: Change, reader: Reader) -> list[FurtherChange]:
    """All that points to a merged party moves."""
    return merging.follow_merge(change, reader)


@hook("xrm_after_save", entity="party")
def follow_unmerge(change: Change, reader: BatchReader) -> list[FurtherChange]:
    """What a merge moved goes back when it is undone."""
    return unmerging.follow_unmerge(change, reader)


@hook
def xrm_sample() -> list[SampleStep]:
    """Persons, households and organisations of the demo."""
    return [sample.make_parties]
