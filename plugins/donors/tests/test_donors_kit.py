"""The kit's checks on the plugin."""

from typing import Any

from xrm_core.testing import PluginChecks

EXAMPLES: dict[str, dict[str, Any]] = {
    "party": {"kind": "organisation", "name": "Example Ltd"},
    "donation": {"amount": "500.00", "amount_currency": "EUR"},
    "soft_credit": {"amount": "5.00", "amount_currency": "EUR"},
    "pledge": {"amount": "120.00", "amount_currency": "EUR", "instalments": 12},
}
"""Values that field types alone cannot make up."""


class TestDonors(PluginChecks):
    """Metadata, records, formulas and sample of donors."""

    plugin = "donors"

    def example(self, work: Any, entity: str) -> dict[str, Any]:
        """Organisations, gifts larger than what is credited of them, a pledge that can be parted."""
        return EXAMPLES.get(entity, {})
