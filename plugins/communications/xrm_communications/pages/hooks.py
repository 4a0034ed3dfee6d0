"""The pages of communications, and what they add to the pages of others."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xrm_core.plugin import ActionSpec, Actor, Change, Errand, FurtherChange, PageSlot, Reader, Record, Screen, hook

from .. import guests, inviting
from ..quick import is_quick
from . import calendar, cards, funnel, leave, log, preview


@hook("xrm_templates")
def page_templates() -> Sequence[Path]:
    """Templates of these pages."""
    return [Path(__file__).parents[1] / "templates"]


@hook("xrm_screens")
def communication_pages() -> Sequence[Screen]:
    """One line for a call, the preview of a template, leaving a mailing, one's calendar, cards."""
    return [
        Screen(
            "log", {"en": "Note a communication", "de": "Kommunikation notieren", "ar": "تدوين تواصل"}, "communications/log.html",
            show=log.show, act=log.act, icon="notebook-pen", entity="communication", verb="create", menu="communications",
            line="line", takes=is_quick,
        ),
        Screen(
            "preview/{template}", {"en": "Preview", "de": "Vorschau", "ar": "معاينة"}, "communications/preview.html",
            show=preview.show, act=preview.act, icon="eye", entity="template",
        ),
        Screen(
            "unsubscribe/{token}", {"en": "Letters by e-mail", "de": "Briefe per E-Mail", "ar": "رسائل البريد"}, "communications/leave.html",
            show=leave.show, act=leave.act, policy="public",
        ),
        Screen(
            "my-calendar", {"en": "My calendar", "de": "Mein Kalender", "ar": "تقويمي"}, "communications/calendar.html",
            show=calendar.show, act=calendar.act, icon="calendar-sync", entity="communication", menu="communications",
        ),
        Screen(
            "calendar/{token}", {"en": "Calendar", "de": "Kalender", "ar": "تقويم"}, "communications/calendar.html", show=calendar.feed,
            policy="public",
        ),
        Screen(
            "card/{party}", {"en": "Card", "de": "Karte", "ar": "بطاقة"}, "communications/calendar.html", show=cards.one, entity="party",
        ),
        Screen(
            "cards/{view}", {"en": "Cards (vCard)", "de": "Karten (vCard)", "ar": "بطاقات (vCard)"}, "communications/calendar.html", show=cards.several,
            icon="contact-round", entity="party",
        ),
    ]  # fmt: skip


@hook("xrm_page_slot")
def quick_entry(slot: str, entity: Any, record: Record, actor: Actor) -> PageSlot | None:
    """Beside a party or one of its relationships: a line to note a call, and its card; beside a mailing what came of it."""
    if slot == "header" and entity.name == "mailing":
        return funnel.warning(record)
    if slot != "aside" or actor.id is None:
        return None
    if entity.name == "mailing":
        return funnel.slot(record)
    if entity.name == "party":
        return PageSlot("communications/aside.html", {"quick_party": record["id"], "quick_relationship": ""}, order=50)
    if "relationship" in entity.mixins and record.get("party"):
        mark = f"{entity.name}/{record['id']}"
        return PageSlot(
            "communications/aside.html", {"quick_party": record["party"], "quick_relationship": mark}, order=50
        )
    return None


@hook("xrm_before_save", entity="calendar_feed")
def renew_mark(change: Change) -> Mapping[str, Any]:
    """A new address is a new mark; what was signed with the old one finds nothing."""
    return {"mark": secrets.token_hex(16)} if change.action == "create" or "renewed_at" in change.changed else {}


@hook("xrm_before_save", entity="communication")
def tell_that_it_changed(change: Change) -> Mapping[str, Any]:
    """A meeting that is another one than those who were invited were told says so."""
    return {"stale": True} if inviting.is_stale(change) else {}


@hook("xrm_before_save", entity="communication")
def find_the_guests(change: Change, reader: Reader) -> Mapping[str, Any]:
    """A meeting out of a calendar is with those whose addresses are in it."""
    return guests.found(change, reader) if change.action == "create" and guests.is_event(change) else {}


@hook("xrm_after_save", entity="communication")
def write_invitations(change: Change) -> Sequence[FurtherChange]:
    """Invitations are written after the save."""
    return inviting.errands_of(change)


@hook("xrm_errands")
def invitation_errands() -> Sequence[Errand]:
    """Invitations to meetings."""
    return [
        Errand(
            inviting.ERRAND,
            inviting.send_invitations,
            label={"en": "Send invitations", "de": "Einladungen senden", "ar": "إرسال الدعوات"},
        )
    ]


@hook("xrm_actions")
def meeting_actions() -> Sequence[ActionSpec]:
    """Invite to a meeting, and call it off."""
    return [
        ActionSpec(
            "invite", "communication", {"en": "Invite", "de": "Einladen", "ar": "دعوة"}, inviting.invite,
            when="record.same_time && record.at > now() && record.direction != 'in'", icon="mails",
        ),
        ActionSpec(
            "call_off", "communication", {"en": "Call off", "de": "Absagen", "ar": "إلغاء"}, inviting.call_off,
            when="record.invitation != null && !record.called_off && record.at > now()", icon="calendar-x",
        ),
    ]  # fmt: skip
