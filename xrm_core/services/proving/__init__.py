"""Proof of access: every role before every entity through every channel, against the oracle that says its meaning a second time."""

from .channels import CHANNELS, EXEMPT, covered
from .copy import proving_ground
from .prove import Cell, Report, prove

__all__ = ["CHANNELS", "EXEMPT", "Cell", "Report", "covered", "prove", "proving_ground"]
