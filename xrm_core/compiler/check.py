"""Step 4: what the pieces say about one another: references by name, and the types of all expressions."""

from __future__ import annotations

from .check_access import check_access
from .check_codes import check_codes
from .check_entities import check_entities
from .check_expressions import check_expressions
from .check_imports import check_imports
from .check_layouts import check_layouts
from .check_samples import check_samples
from .dashboards import check_dashboards
from .draft import Draft
from .warn import warn


def check_draft(draft: Draft) -> None:
    """Add every fault to `draft.problems`, every doubt to `draft.warnings`."""
    check_entities(draft)
    check_codes(draft)
    check_layouts(draft)
    check_dashboards(draft)
    check_access(draft)
    check_imports(draft)
    check_samples(draft)
    check_expressions(draft)
    warn(draft)
