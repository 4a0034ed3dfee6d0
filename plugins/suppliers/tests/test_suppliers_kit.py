"""The kit's checks on the plugin."""

from typing import Any
from uuid import uuid4

from xrm_core.testing import PluginChecks

EXAMPLES: dict[str, dict[str, Any]] = {
    "party": {"kind": "organisation", "name": "Example Ltd"},
    "contract": {"starts_on": "2026-01-01", "ends_on": "2027-01-01"},
    "review": {"from_on": "2026-01-01", "to_on": "2026-06-30"},
}
"""Values that field types alone cannot make up."""
KEYS = {"department": ["code"]}
"""Fields that must differ each time."""


class TestSuppliers(PluginChecks):
    """Metadata, records, formulas and sample of suppliers."""

    plugin = "suppliers"

    def example(self, work: Any, entity: str) -> dict[str, Any]:
        """Parties with a kind and a name, periods that begin before they end."""
        keys = {name: f"x{uuid4().hex[:8]}" for name in KEYS.get(entity, ())}
        return EXAMPLES.get(entity, {}) | keys
