"""Suppliers of the demo."""

from __future__ import annotations

from xrm_core.plugin import SampleMaker


def make_suppliers(maker: SampleMaker) -> None:
    """Suppliers, certificates, contracts, reviews and spend."""
