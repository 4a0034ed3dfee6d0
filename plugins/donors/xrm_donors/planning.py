"""Who gives how much and when: the plan of the sample donors, made before any record is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from xrm_core.plugin import SampleMaker

SEGMENTS = (("retained", 34), ("new", 14), ("reactivated", 6), ("lybunt", 22), ("sybunt", 24))
"""Segments of the donors who give, in percent."""
MONTHS = (6, 6, 8, 7, 7, 6, 5, 5, 7, 9, 12, 22)
"""Share of one-off gifts by month, in percent."""
STORY_DAY = 169
"""The Brandts' last gift falls on day 170 of the last fiscal year, so they are LYBUNT whatever the day of the demo."""


@dataclass
class Giver:
    """A donor in the making: party, segment, level 0 (few who give most) to 2, and his gifts as (day, amount)."""

    n: int
    party: str
    kind: str
    segment: str
    level: int
    recurring: bool = False
    gifts: list[tuple[date, Decimal]] = field(default_factory=list)


def first_day(maker: SampleMaker, back: int) -> date:
    """The first of January so many years back."""
    return date(maker.as_of.year - back, 1, 1)


def plan_givers(maker: SampleMaker) -> list[Giver]:
    """Segment and level of each donor by his number, so that the shares come out as planned."""
    kinds = {id: kind for kind, ids in maker.shared["parties"].items() for id in ids}
    parties: Sequence[str] = maker.shared["roles"]["donor"]
    plan = [name for name, share in SEGMENTS for _ in range(round(share * len(parties) / 100))]
    plan += ["sybunt"] * (len(parties) - len(plan))
    order = list(range(len(parties)))
    maker.rng("segments").shuffle(order)
    givers = []
    for n, party in enumerate(parties):
        kind = kinds[party]
        big = kind in ("foundations", "firms") or n == 0
        level = 0 if big and n % 3 == 0 else 1 if big or n % 6 == 0 else 2
        giver = Giver(n, party, kind, "lybunt" if n == 0 else plan[order[n]], level)
        giver.recurring = giver.segment == "retained" and kind in ("persons", "households") and n % 2 == 0
        _gifts(maker, giver)
        givers.append(giver)
    return givers


def _gifts(maker: SampleMaker, giver: Giver) -> None:
    rng = maker.rng("gifts", giver.n)
    if giver.n == 0:
        giver.gifts = [
            (first_day(maker, back) + timedelta(days=STORY_DAY), amount)
            for back, amount in ((3, Decimal(12000)), (2, Decimal(15000)), (1, Decimal(20000)))
        ]
        return
    loyal = rng.random() < 0.62
    back = {
        "retained": [0, 1, *([2] if loyal else []), *([3] if loyal and rng.random() < 0.62 else [])],
        "new": [0], "reactivated": [0, rng.choice((2, 3))],
        "lybunt": [1, *([2] if rng.random() < 0.28 else [])], "sybunt": [rng.choice((2, 3))],
    }[giver.segment]  # fmt: skip
    size = _size(rng, giver)
    for year in back:
        for _ in range(rng.choices((1, 2, 3), (70, 20, 10))[0]):
            giver.gifts.append(
                (_day(rng, maker.as_of, year), _round(size * Decimal(str(round(rng.lognormvariate(0, 0.25), 4))), rng))
            )
    giver.gifts.sort()


def _size(rng: Random, giver: Giver) -> Decimal:
    """The donor's usual gift: log-normal around 60 for individuals, steps from 2,500 to 60,000 for foundations."""
    if giver.kind == "foundations":
        return Decimal(rng.choice((2500, 5000, 5000, 10000, 10000, 20000, 30000, 60000)))
    return Decimal(str(round(rng.lognormvariate(4.094, 1.1), 2))) * (1, 4, 1)[giver.level]


def _round(amount: Decimal, rng: Random) -> Decimal:
    """Most people give sums that end in 0 or 5."""
    if rng.random() < 0.85:
        return max(Decimal(5), (amount / 5).quantize(Decimal(1)) * 5).quantize(Decimal("0.01"))
    return max(Decimal(3), amount).quantize(Decimal(1)).quantize(Decimal("0.01"))


def _day(rng: Random, as_of: date, back: int) -> date:
    """A day of a year by the season of giving; of this year, up to today."""
    month = rng.choices(range(1, 13), MONTHS)[0]
    day = date(as_of.year - back, month, rng.randrange(1, 29))
    if day <= as_of:
        return day
    first = date(as_of.year, 1, 1)
    return first + timedelta(days=rng.randrange((as_of - first).days + 1))


def balance(givers: Sequence[Giver]) -> None:
    """Scale the gifts so that the top 5% of donors give some 65% of the money and the top 20% some 85%."""
    ranked = sorted(givers, key=lambda g: -sum((a for _, a in g.gifts), Decimal(0)))
    cut, wide = max(1, len(ranked) // 20), max(2, len(ranked) // 5)
    groups = (ranked[:cut], ranked[cut:wide], ranked[wide:])
    sums = [sum((a for g in group for _, a in g.gifts), Decimal(0)) for group in groups]
    for group, total, share in zip(groups[:2], sums[:2], (65, 20), strict=True):
        fixed = sum((a for g in group if g.n == 0 for _, a in g.gifts), Decimal(0))
        wanted = sums[2] * share / 15 - fixed
        factor = wanted / (total - fixed) if total > fixed and wanted > 0 else Decimal(1)
        for giver in group:
            if giver.n:
                giver.gifts = [
                    (d, max(Decimal(5), (a * factor / 5).quantize(Decimal(1)) * 5).quantize(Decimal("0.01")))
                    for d, a in giver.gifts
                ]
