"""The kit's checks on the plugin."""

from typing import Any
from uuid import uuid4

from xrm_core.testing import PluginChecks

EXAMPLES: dict[str, dict[str, Any]] = {
    "party": {"kind": "organisation", "name": "Example Ltd"},
    "communication": {
        "direction": "in",
        "channel": "email",
        "status": "triage",
        "answer_wanted": "auto",
        "in_reply_to": None,
    },
    "obligation": {"debtor": "we"},
    "business_calendar": {"country": "IE", "subdivision": None},
    "template": {"subject": "Wells", "body": "Dear {{ party.name }}"},
    "template_variants": {"subject": "Wells", "body": "Dear {{ party.name }}"},
    "mail_ledger": {"sender": "helga@example.org", "subject": "Wells"},
    "mailing": {"view": "all_party", "segment": None},
}
KEYS = {
    "department": ["code"],
    "communication": ["message_id"],
    "mailbox": ["account"],
    "business_calendar": ["name"],
    "template": ["code"],
}


class TestCommunications(PluginChecks):
    """Metadata, records, formulas and sample of communications."""

    plugin = "communications"
    metadata = {
        "entities/partner.yaml": "entity: partner\nmixins: [relationship, subject]\nfields:\n  stage: {type: choice, codes: partner_stage, default: met}\n",
        "codes/partner.yaml": "codes: partner_stage\nattributes: {phase: codes}\nvalues: {met: {phase: forming}}\n",
    }

    def example(self, work: Any, entity: str) -> dict[str, Any]:
        """Parties with a kind and a name, a mail of which nobody knows whom it is from."""
        keys = {name: f"x{uuid4().hex[:8]}" for name in KEYS.get(entity, ())}
        if entity == "suppression":
            keys["address"] = f"x{uuid4().hex[:8]}@example.org"
        return EXAMPLES.get(entity, {}) | keys
