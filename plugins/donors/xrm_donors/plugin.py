"""What the donors plugin answers to the platform's hooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xrm_core.plugin import (
    ActionSpec,
    Actor,
    BatchReader,
    Change,
    FurtherChange,
    Problem,
    Reader,
    SampleStep,
    Schedule,
    hook,
)

from . import acting, checking, completing, following, promises, sample


@hook("xrm_before_save", entity="donation", batch=True)
def complete_donations(changes: Sequence[Change], actor: Actor, reader: BatchReader) -> list[dict[str, Any]]:
    """Worth in our currency, shares, payments, thanks."""
    return completing.complete_donations(changes, actor, reader)


@hook("xrm_before_save", entity="donation_allocations")
def complete_allocation(change: Change) -> dict[str, Any]:
    """A stale share is dropped."""
    return completing.complete_allocation(change)


@hook("xrm_before_save", entity="donor")
def complete_donor(change: Change, reader: Reader) -> dict[str, Any]:
    """The type of a donor."""
    return promises.complete_donor(change, reader)


@hook("xrm_before_save", entity="pledge")
def complete_pledge(change: Change, reader: Reader) -> dict[str, Any]:
    """The schedule of a pledge."""
    return promises.complete_pledge(change, reader)


@hook("xrm_before_save", entity="recurring_gift")
def complete_recurring(change: Change) -> dict[str, Any]:
    """The next due day."""
    return promises.complete_recurring(change)


@hook("xrm_before_save", entity="receipt")
def complete_receipt(change: Change, reader: Reader) -> dict[str, Any]:
    """Name and address as printed."""
    return promises.complete_receipt(change, reader)


@hook("xrm_before_save", entity="funding")
def complete_funding(change: Change, reader: Reader) -> dict[str, Any]:
    """Reports that an award brings."""
    return promises.complete_funding(change, reader)


@hook("xrm_before_save", entity="campaign", batch=True)
def complete_campaigns(changes: Sequence[Change], reader: Reader) -> list[dict[str, Any]]:
    """The line of ancestors."""
    return promises.complete_campaigns(changes, reader)


@hook("xrm_validate", entity="donation")
def check_donation(change: Change, reader: Reader) -> list[Problem]:
    """Allocations, gifts in kind, issued receipts."""
    return checking.check_donation(change, reader)


@hook("xrm_validate", entity=("pledge", "recurring_gift", "funding"))
def check_allocations(change: Change, reader: Reader) -> list[Problem]:
    """Allocations of promises."""
    return checking.check_allocations(change, reader)


@hook("xrm_validate", entity="receipt")
def check_receipt(change: Change, reader: Reader) -> list[Problem]:
    """What may be issued, and that it stays."""
    return checking.check_receipt(change, reader)


@hook("xrm_validate", entity="campaign")
def check_campaign(change: Change, reader: Reader) -> list[Problem]:
    """No circles."""
    return checking.check_campaign(change, reader)


@hook("xrm_after_save", entity="donation", batch=True)
def follow_donations(changes: Sequence[Change], reader: BatchReader) -> list[list[FurtherChange]]:
    """Donors, pledges and recurring gifts take note."""
    return following.follow_donations(changes, reader)


@hook("xrm_after_save", entity="donation_allocations", batch=True)
def follow_allocations(changes: Sequence[Change], reader: Reader) -> list[list[FurtherChange]]:
    """Shares are worked out anew."""
    return following.follow_allocations(changes, reader)


@hook("xrm_after_save", entity="funding")
def follow_funding(change: Change, reader: Reader) -> list[FurtherChange]:
    """An award is expected as a gift."""
    return following.follow_funding(change, reader)


@hook("xrm_after_save", entity="campaign")
def follow_campaign(change: Change, reader: Reader) -> list[FurtherChange]:
    """A tree moves as a whole."""
    return following.follow_campaign(change, reader)


@hook("xrm_after_save", entity="exchange_rate")
def follow_rate(change: Change, reader: Reader) -> list[FurtherChange]:
    """Gifts that waited for a rate."""
    return following.follow_rate(change, reader)


@hook("xrm_after_save", entity="party")
def follow_party_merge(change: Change, reader: Reader) -> list[FurtherChange]:
    """Of two donors merged into one, one ends."""
    return following.follow_party_merge(change, reader)


@hook("xrm_after_save", entity="party")
def follow_party_unmerge(change: Change, reader: Reader) -> list[FurtherChange]:
    """A donor that ended with a merge is taken up again when that is undone."""
    return following.follow_party_unmerge(change, reader)


@hook("xrm_after_save", entity="donor")
def follow_undone_end(change: Change) -> list[FurtherChange]:
    """A donor whose end with a merge was undone may give again."""
    return following.follow_undone_end(change)


@hook
def xrm_actions() -> Sequence[ActionSpec]:
    """Thank, book, draft receipts."""
    return acting.ACTIONS


@hook
def xrm_schedule() -> Sequence[Schedule]:
    """Recurring gifts are booked by themselves."""
    return acting.SCHEDULES


@hook
def xrm_sample() -> list[SampleStep]:
    """Donors, gifts, pledges, campaigns and funding of the demo."""
    return [sample.make_donors]
