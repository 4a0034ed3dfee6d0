"""Customers of the demo."""

from __future__ import annotations

from xrm_core.plugin import SampleMaker


def make_customers(maker: SampleMaker) -> None:
    """Customers, opportunities, orders and invoices."""
