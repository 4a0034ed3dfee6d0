"""Pictures drawn on the server: bar, line and donut charts and the relationship picture.

They need no script, take their colours from the style sheet (light, dark, print), and are the same bytes for the same
values. Each says its figures in words; pages offer the same figures as a table.
"""

from xrm_core.web.svg.charts import chart
from xrm_core.web.svg.graph import graph
from xrm_core.web.svg.patterns import swatch

__all__ = ["chart", "graph", "swatch"]
