"""What templates, mailings and the gate answer to the platform's hooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import (
    N_,
    ActionSpec,
    Actor,
    Change,
    Errand,
    FurtherChange,
    NewRecord,
    Patch,
    Problem,
    Reader,
    Record,
    _,
    hook,
)

from .. import gate
from ..mail.sending import FOREIGN, is_foreign
from . import checking, letters, pacing, writing

SAID = {
    "no_address": N_("There is no e-mail address to send it to."),
    "dead_address": N_("The address came back or belongs to somebody else. Choose another one."),
    "do_not_contact": N_("This party is not to be contacted."),
    "no_consent": N_("There is no consent to write for this purpose by e-mail."),
    "opted_out": N_("Consent to write for this purpose by e-mail was refused, withdrawn or has expired."),
    "suppressed": N_("This address is not to be written to for this purpose."),
}
SETTLED = ("template", "segment", "view", "mailbox", "owner")
"""What a mailing is checked by: it changes in a draft alone."""


# ---- the gate
@hook("xrm_before_save", entity="communication")
def take_purpose(change: Change, reader: Reader) -> Mapping[str, Any]:
    """A reply belongs to the mailing that it answers."""
    after = change.after
    if change.action != "create" or after["mailing"] or not after["in_reply_to"]:
        return {}
    before = reader.get("communication", after["in_reply_to"])
    return {"mailing": before["mailing"]} if before and before["mailing"] else {}


@hook("xrm_validate", entity="communication")
def pass_the_gate(change: Change, reader: Reader) -> Sequence[Problem]:
    """A mail that is to be sent passes the gate, whoever saves it."""
    after = change.after
    begins = after["status"] == "to_send" and change.before.get("status") != "to_send"
    if not begins or change.transition == "put_back" or not (after["mail_to"] or after["party"]):
        return []
    stop = gate.stop(reader, after)
    return (
        []
        if stop is None
        else [Problem(_(SAID[stop.code]), "not_to_be_sent", "mail_to" if after["mail_to"] else "party")]
    )


@hook("xrm_validate", entity="communication")
def purpose_is_the_templates(change: Change, reader: Reader) -> Sequence[Problem]:
    """What was written from a template for a purpose that takes consent is for that purpose: nobody sends it as something else."""
    after, before = change.after, change.before
    id = after["template"] or before.get("template")
    touched = change.action == "create" or bool({"purpose", "template"} & change.changed)
    if not id or after["direction"] != "out" or not touched:
        return []
    template = reader.get("template", id)
    if template is None or template["purpose"] in gate.ALWAYS:
        return []
    if not after["template"] or (before.get("template") and after["template"] != before["template"]):
        return [
            Problem(
                _("It was written from this template. For something else, write a new mail."), "refused", "template"
            )
        ]
    if after["purpose"] != template["purpose"]:
        return [Problem(_("What is written from a template is for the template's purpose."), "refused", "purpose")]
    return []


@hook("xrm_before_save", entity="suppression")
def keep_the_fingerprint(change: Change) -> Mapping[str, Any]:
    """Of an address that is not to be written to, its fingerprint is kept and nothing else."""
    address = change.after["address"]
    return {"address": None, "address_hash": gate.hash_of(address)} if address else {}


@hook("xrm_validate", entity="suppression")
def name_an_address(change: Change) -> Sequence[Problem]:
    """There is an address."""
    return [] if change.after["address_hash"] else [Problem(_("Name the address."), "required", "address")]


@hook("xrm_after_save", entity="party_contact_points")
def close_dead_address(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """An address that came back for good is written to no more, by whatever party it is held."""
    after = change.after
    if after["kind"] != "email" or after["quality"] != "bounced_hard" or change.before.get("quality") == "bounced_hard":
        return []
    told = gate.suppressed(reader, [after["value"]])
    if None in told.get(gate.hash_of(after["value"]), ()):
        return []
    return [
        NewRecord(
            "suppression", {"address_hash": gate.hash_of(after["value"]), "reason": "bounced", "since": reader.today}
        )
    ]


# ---- templates
@hook("xrm_validate", entity="template")
def template_can_be_read(change: Change) -> Sequence[Problem]:
    """Subject and body are sound; a fault names its line and place."""
    return [Problem(fault.told, "bad_template", name) for name, fault in letters.faults(change.after).items()]


@hook("xrm_validate", entity="template_variants")
def variant_can_be_read(change: Change) -> Sequence[Problem]:
    """The same for the other languages."""
    return [Problem(fault.told, "bad_template", name) for name, fault in letters.faults(change.after).items()]


# ---- mailings
@hook("xrm_before_save", entity="mailing")
def complete_mailing(change: Change, reader: Reader) -> Mapping[str, Any]:
    """The purpose is the template's, the department the sender's; when it began and ended."""
    after, found = change.after, dict[str, Any]()
    if change.action == "create" or "template" in change.changed:
        template = reader.get("template", after["template"])
        found["purpose"] = template["purpose"] if template else None
    if after["department"] is None and after["owner"]:
        user = reader.get("user", after["owner"])
        found["department"] = user["department"] if user else None
    if change.transition == "send":
        found |= {"started_at": reader.now, "fault": None}
    if change.transition == "resume":
        found["fault"] = None
    if change.transition == "stop":
        found["ended_at"] = reader.now
    return found


@hook("xrm_validate", entity="mailing")
def mailing_stays_as_checked(change: Change, actor: Actor, reader: Reader) -> Sequence[Problem]:
    """Nobody puts somebody else in the sender's place, whose rights its letters take; and what was checked is what is sent."""
    problems = []
    free = actor.is_system or "admin" in actor.roles or change.after["owner"] == actor.acts_as
    if "owner" in change.changed and not free:
        told = _("Its letters tell what the sender may read. Only you yourself can be put down as the sender.")
        problems.append(Problem(told, "refused", "owner"))
    if "mailbox" in change.changed and is_foreign(change.after["mailbox"], actor, reader):
        problems.append(Problem(_(FOREIGN), "refused", "mailbox"))
    if change.action == "update" and change.before["status"] != "draft":
        told = _("It was checked already. Take it back with Change it first.")
        problems += [Problem(told, "refused", name) for name in SETTLED if name in change.changed]
    return problems


@hook("xrm_after_save", entity="communication")
def follow_the_letter(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """What becomes of a letter, and the first answer to it, is noted with its recipient."""
    after = change.after
    if change.action == "create" and after["direction"] == "in" and after["in_reply_to"] and not after["automatic"]:
        return _answered(change, reader)
    if after["recipient"] is None:
        return _served(change, reader)
    values: dict[str, Any] = {"letter": change.id} if change.action == "create" else {}
    if after["status"] != change.before.get("status"):
        noted = {
            "sent": {"state": "sent", "sent_at": after["sent_at"] or reader.now},
            "failed": {"state": "failed"},
            "bounced": {"state": "bounced", "bounced_at": reader.now},
        }
        values |= noted.get(after["status"], {})
    return [Patch("mailing_recipient", after["recipient"], values)] if values else []


def _answered(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    row = _recipient_behind(change.after, reader)
    if row is None or row["answered_at"] is not None:
        return []
    values = {"answered_at": change.after["at"], "answer": change.id}
    if change.after["about_entity"] == "outcome":
        values["outcome_at"] = reader.now
    return [Patch("mailing_recipient", row["id"], values)]


def _recipient_behind(communication: Record, reader: Reader) -> Record | None:
    """The recipient of the letter that a communication goes back to."""
    at: Record | None = communication
    for _step in range(20):
        if at is None:
            return None
        if at["recipient"] is not None:
            return reader.get("mailing_recipient", at["recipient"])
        at = reader.get("communication", at["in_reply_to"]) if at["in_reply_to"] else None
    return None


def _served(change: Change, reader: Reader) -> Sequence[FurtherChange]:
    """An answer that now is about an outcome."""
    after, outcome = change.after, "outcome"
    if after["about_entity"] != outcome or change.before.get("about_entity") == outcome or after["mailing"] is None:
        return []
    row = _recipient_behind(change.after, reader)
    return [Patch("mailing_recipient", row["id"], {"outcome_at": reader.now})] if row and not row["outcome_at"] else []


# ---- actions
@hook("xrm_actions")
def mailing_actions() -> Sequence[ActionSpec]:
    """Check a mailing, write a letter from a template, see a template with the values of a party."""
    return [
        ActionSpec(
            "check", "mailing", {"en": "Check", "de": "Prüfen", "ar": "فحص"}, lambda record, actor, reader, values: checking.check(record, actor, reader),
            when="record.status in ['draft', 'checked', 'paused']", icon="list-checks",
        ),
        ActionSpec(
            "write", "party", {"en": "Write from a template", "de": "Aus Vorlage schreiben", "ar": "كتابة من قالب"}, writing.write, makes="communication", icon="mail-plus",
            fields={
                "template": {"type": "link", "to": "template", "required": True, "label": {"en": "Template", "de": "Vorlage", "ar": "قالب"}},
                "relationship": {"type": "link", "to": {"mixin": "relationship"}, "label": {"en": "Relationship", "de": "Beziehung", "ar": "العلاقة"}},
            },
        ),
        ActionSpec(
            "preview", "template", {"en": "Preview", "de": "Vorschau", "ar": "معاينة"}, writing.preview, effect="read", screen="preview/{id}",
            fields={
                "party": {"type": "link", "to": "party", "required": True, "label": {"en": "Party", "de": "Partei", "ar": "طرف"}},
                "relationship": {"type": "link", "to": {"mixin": "relationship"}, "label": {"en": "Relationship", "de": "Beziehung", "ar": "العلاقة"}},
            },
        ),
    ]  # fmt: skip


@hook("xrm_errands")
def mailing_errands() -> Sequence[Errand]:
    """Each minute the next letters of the mailings under way."""
    return [
        Errand(
            "pace_mailings",
            pacing.pace,
            every="minutely",
            needed=pacing.is_needed,
            label={
                "en": "Send the next letters of mailings",
                "de": "Nächste Briefe der Aussendungen senden",
                "ar": "إرسال الرسائل التالية من المراسلات",
            },
        )
    ]
