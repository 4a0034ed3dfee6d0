"""The kit's checks on the plugin."""

from typing import Any

from xrm_core.testing import PluginChecks

EXAMPLES: dict[str, dict[str, Any]] = {
    "party": {"kind": "organisation", "name": "Example Ltd"},
    "bank_account": {"iban": "AT483200000012345864"},
    "connection": {"kind": "subsidiary_of"},
}
"""Values that field types alone cannot make up."""


class TestParties(PluginChecks):
    """Metadata, records, formulas and sample of parties."""

    plugin = "parties"

    def example(self, work: Any, entity: str) -> dict[str, Any]:
        """Organisations, an account with a valid number, a tie that two organisations may have."""
        return EXAMPLES.get(entity, {})
