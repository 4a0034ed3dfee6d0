"""What the platform clears away once a day: jobs that are done, sessions and sign-in links that have run out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..storage import credentials, outbox

if TYPE_CHECKING:
    from .runtime import Runtime

KIND = "sweep"
"""The kind of these jobs. Their key is the day."""
KEPT = timedelta(days=30)
"""How long jobs are kept after they were done. Dead ones stay until a person has seen to them."""


def sweep(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Remove what nobody asks for any more. Safe to run twice."""
    now = datetime.now(UTC)
    with runtime.database.write() as tx:
        outbox.sweep(tx, now - KEPT)
        credentials.end_sessions(tx, before=now)
        credentials.forget_links(tx, now)


HANDLERS = {KIND: sweep}
