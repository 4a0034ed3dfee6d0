"""How long a worker has a job without saying that it is still there, and whether one has fallen silent."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..storage import outbox

LEASE = timedelta(minutes=2)
SHORT_LEASE = timedelta(seconds=30)
SOON = frozenset({"import_run", "export", "export_shown"})
"""Kinds of jobs that somebody waits for, and that leave their worker time to say that it is there: one that was ended is followed soon."""


def lease_of(kind: str) -> timedelta:
    """How long a worker has a job of a kind without saying that it is still there."""
    return SHORT_LEASE if kind in SOON else LEASE


def is_silent(job: outbox.Standing, now: datetime) -> bool:
    """Has its worker not been heard of for longer than it takes to say twice that it is there?"""
    return job.leased_until is not None and job.leased_until - now < lease_of(job.kind) / 2
