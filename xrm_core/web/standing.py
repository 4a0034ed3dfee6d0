"""How a job stands that somebody waits for on a page: what is said where it does not go on, because its worker was ended or has too much to do."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..language import _, ngettext
from ..services.standing import is_silent
from ..services.work import Work
from ..storage import outbox
from .cells import figure

PATIENCE = timedelta(seconds=4)
"""So long a job may lie before its page says that it does."""


def waits(work: Work, job: outbox.Standing | None) -> str:
    """Why a job does not go on just now, and when it does; '' where it is at work."""
    if job is None:
        return ""
    if job.state == "running":
        return _again(work, job.leased_until) if job.leased_until is not None and is_silent(job, work.now) else ""
    if job.attempts:
        return _again(work, job.run_at)
    if work.now - job.run_at < PATIENCE:
        return ""
    return _("It waits for its turn: it begins as soon as a worker is free.")


def _again(work: Work, at: datetime) -> str:
    seconds = int((at - work.now).total_seconds()) + 1
    if seconds < 1:
        return _("It was interrupted, and goes on by itself as soon as a worker is free.")
    return ngettext(
        "It was interrupted, and goes on by itself in about {n} second.",
        "It was interrupted, and goes on by itself in about {n} seconds.",
        seconds,
        n=figure(work, seconds),
    )
