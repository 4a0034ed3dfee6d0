"""The plugin author's kit: an organisation in a temporary folder, made-up values for any field, and checks for nothing.

from xrm_core.testing import PluginChecks

class TestDonors(PluginChecks):
    plugin = "donors"
"""

from .kit import PluginChecks
from .organisation import temporary_organisation
from .values import made_up

__all__ = ["PluginChecks", "made_up", "temporary_organisation"]
