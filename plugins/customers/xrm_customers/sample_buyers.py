"""Who buys in the demo, as the steps of the sample hand it on."""

from __future__ import annotations

from dataclasses import dataclass

from xrm_core.plugin import SampleMaker


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer in the making; `weight` is how much it buys beside the others."""

    n: int
    party: str
    name: str
    stage: str
    weight: float


def owner_of(maker: SampleMaker, buyer: Buyer) -> str | None:
    """Who looks after a buyer: the lead of sales after every third, a colleague after the others."""
    return maker.user("samir" if buyer.n % 3 == 0 else "lena")
