"""The kit's checks on the plugin."""

from typing import Any

from xrm_core.testing import PluginChecks

EXAMPLES: dict[str, dict[str, Any]] = {
    "party": {"kind": "organisation", "name": "Example Ltd"},
    "request": {"status": "unclear", "type": "access_need", "effort_left": 15, "facts": []},
    "request_facts": {"fact": "access_what", "value": "Contracts"},
    "decision": {"kind": "do_now"},
    "absence": {"from_on": "2026-01-05", "to_on": "2026-01-09", "deputy": None},
    "working_time": {"from_on": "2026-01-01", "to_on": None},
}


class TestRequests(PluginChecks):
    """Metadata, records, formulas and sample of requests."""

    plugin = "requests"
    metadata = {
        "entities/partner.yaml": "entity: partner\nmixins: [relationship, subject]\nfields:\n  stage: {type: choice, codes: partner_stage, default: met}\n",
        "codes/partner.yaml": "codes: partner_stage\nattributes: {phase: codes}\nvalues: {met: {phase: forming}}\n",
    }

    def example(self, work: Any, entity: str) -> dict[str, Any]:
        """Requests that are not sent yet, facts of their kind."""
        return EXAMPLES.get(entity, {})
