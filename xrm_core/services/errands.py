"""Errands that plugins ask for in a save: put down in the outbox, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ..plugin.errands import Later
from ..storage import outbox
from .work import Work

KIND = "errand"


def misdirected(work: Work, what: Later) -> str:
    """What is wrong with where an errand goes; '' where nothing is."""
    return "" if what.errand in work.host.errands else f"asks for the errand {what.errand!r}, which no plugin brings"


def put_down(work: Work, asked: Sequence[Later]) -> None:
    """Put errands down, to be run after the commit."""
    for what in asked:
        key = None if what.key is None else f"{what.errand}:{what.key}"
        when = datetime.now(UTC) + timedelta(seconds=what.seconds) if what.seconds else None
        outbox.put(work.tx, KIND, {"name": what.errand, "given": dict(what.given)}, key=key, run_at=when)
