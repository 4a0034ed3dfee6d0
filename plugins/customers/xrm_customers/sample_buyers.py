"""Who buys in the demo, as the steps of the sample hand it on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer in the making; `weight` is how much it buys beside the others."""

    n: int
    party: str
    name: str
    stage: str
    weight: float
