"""The kit's checks on the plugin."""

from typing import Any
from uuid import uuid4

from xrm_core.testing import PluginChecks

EXAMPLES: dict[str, dict[str, Any]] = {
    "party": {"kind": "organisation", "name": "Example Ltd"},
    "outcome": {
        "baseline": "0",
        "target": "10",
        "baseline_on": "2026-01-01",
        "due_on": "2026-12-31",
        "direction": "more",
        "type": None,
    },
}
PARTNER = """
entity: partner
label: Partner
mixins: [relationship]
fields:
  stage: {type: choice, codes: partner_stage, default: met, required: true}
"""
CODES = """\
codes: partner_stage
attributes: {phase: codes}
values: {met: {phase: forming}, kept: {phase: maintaining}, gone: {phase: ended}}
---
extend: outcome_type
values: {visits: {over: partner, side: ours, direction: more, target: 4, months: 6, measure: "record.health == null ? 1.5 : 2.5"}}
---
extend: stage_rule
values: {keep: {over: partner, when: "record.stage == 'met' && record.health >= 90"}}
"""
KEYS = {"department": ["code"]}


class TestOutcomes(PluginChecks):
    """Metadata, records, formulas and sample of outcomes."""

    plugin = "outcomes"
    metadata = {"entities/partner.yaml": PARTNER, "codes/partner.yaml": CODES}

    def example(self, work: Any, entity: str) -> dict[str, Any]:
        """Parties with a kind and a name, outcomes with a way to go."""
        keys = {name: f"x{uuid4().hex[:8]}" for name in KEYS.get(entity, ())}
        return EXAMPLES.get(entity, {}) | keys
