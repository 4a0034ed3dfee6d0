"""Step 4: what the pieces say about one another: references by name, and the types of all expressions."""

from __future__ import annotations

from .draft import Draft


def check_draft(draft: Draft) -> None:
    """Add every fault to `draft.problems`, every doubt to `draft.warnings`."""
