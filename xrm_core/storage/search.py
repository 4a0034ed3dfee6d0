"""Search."""

from __future__ import annotations

from .transaction import Transaction


def create(tx: Transaction) -> None:
    """To be filled."""
