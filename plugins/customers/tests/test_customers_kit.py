"""The kit's checks on the plugin."""

from typing import Any
from uuid import uuid4

from xrm_core.testing import PluginChecks

EXAMPLES: dict[str, dict[str, Any]] = {
    "party": {"kind": "organisation", "name": "Example Ltd"},
    "quote": {"quoted_on": "2026-01-01", "valid_until": "2026-02-01"},
    "invoice": {"issued_on": "2026-01-01", "due_on": "2026-02-01"},
}
"""Values that field types alone cannot make up."""
KEYS = {"department": ["code"], "invoice": ["number"], "product": ["sku"], "price_list": ["code"]}
"""Fields that must differ each time."""


class TestCustomers(PluginChecks):
    """Metadata, records, formulas and sample of customers."""

    plugin = "customers"

    def example(self, work: Any, entity: str) -> dict[str, Any]:
        """Parties with a kind and a name, periods that begin before they end."""
        keys = {name: f"x{uuid4().hex[:8]}" for name in KEYS.get(entity, ())}
        return EXAMPLES.get(entity, {}) | keys
