"""The integrated page: a record seen over all the relationships it stands in. Other records get their plain page."""

from __future__ import annotations

from ..services.work import Work
from . import records
from .door import Asked, Shown


def record_page(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/{id}."""
    return records.record_page(work, asked)
