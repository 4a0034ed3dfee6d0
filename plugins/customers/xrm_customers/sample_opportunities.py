"""Sample opportunities: three a week, each walked through its stages; and what the forecast said on past Mondays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from xrm_core.plugin import SampleMaker

from . import forecasting
from .sample_buyers import Buyer, owner_of

Row = dict[str, Any]
STAGES = ("qualify", "discover", "propose", "negotiate")
MEDIANS = (9, 14, 18, 12)
"""Median days in each stage; log-normal with sigma 0.7."""
CONVERSION = (0.60, 0.55, 0.50, 0.65)
"""Share that goes on from each stage, which says where those that are lost stop."""
WIN_RATE = 0.24
"""Of what is decided, by number; the lost ones are larger, so by money it comes to some 19 %."""
LOST_FACTOR = Decimal("1.35")
BROUGHT = {
    "qualify": (10, "pipeline"), "discover": (25, "pipeline"), "propose": (50, "best_case"), "negotiate": (75, "commit"),
    "won": (100, "closed"), "lost": (0, "omitted"),
}  # fmt: skip
SUBJECTS = (
    "Filters for the kitchen",
    "Dispensers for two floors",
    "Yearly cartridges",
    "Test kits",
    "Filters for all rooms",
    "Village filters",
)
REASONS = ("price", "timing", "competitor", "no_budget", "no_decision", "feature", "relationship")
SNAPSHOTS = 12
QUOTED = {"propose": "draft", "negotiate": "sent", "won": "accepted", "lost": "declined"}
"""What became of the quote of an opportunity at a stage."""


@dataclass
class Chance:
    """An opportunity in the making: the days on which it entered its stages, in order."""

    opened: date
    amount: Decimal
    path: list[tuple[date, str]] = field(default_factory=list)

    def stage_on(self, day: date) -> str | None:
        """Its stage on a day, None before it was opened."""
        return next((stage for since, stage in reversed(self.path) if since <= day), None)


def make_opportunities(maker: SampleMaker, pairs: Sequence[tuple[Buyer, str]], products: Mapping[str, str]) -> None:
    """Opportunities, the quotes of those that are being proposed, and forecast snapshots."""
    buyers = [(b, id) for b, id in pairs if b.stage not in ("unqualified", "ended")]
    count = round(140 * maker.scale)
    chances = [_chance(maker, n, count) for n in range(count)]
    rows = [_row(maker, n, chance, *buyers[n % len(buyers)]) for n, chance in enumerate(chances)]
    ids = maker.add("opportunity", rows)
    maker.shared["opportunities"] = ids
    _quotes(maker, rows, ids, products)
    maker.add("forecast_snapshot", _snapshots(maker, chances, rows))


def _chance(maker: SampleMaker, n: int, count: int) -> Chance:
    """Walk it from its opening until it is decided or today is reached."""
    rng = maker.rng("opportunity", n)
    opened = maker.as_of - timedelta(days=round((count - n) * 7 / 3 / maker.scale))
    wins = rng.random() < WIN_RATE
    stops = len(STAGES) if wins else _stop(rng)
    amount = Decimal(str(round(rng.lognormvariate(8.987, 0.6) / 100))) * 100
    chance = Chance(
        opened, max(Decimal(300), amount if wins else (amount * LOST_FACTOR / 100).quantize(Decimal(1)) * 100)
    )
    day = opened
    for number, stage in enumerate(STAGES[: stops + 1]):
        chance.path.append((day, stage))
        stay = max(1, round(MEDIANS[number] * rng.lognormvariate(0, 0.7)))
        if day + timedelta(days=stay) > maker.as_of:
            return _open_end(maker, n, chance, number)
        day += timedelta(days=stay)
    chance.path.append((day, "won" if wins else "lost"))
    return chance


def _stop(rng: Random) -> int:
    """The stage in which a lost one stops, by the shares that go on."""
    for number, share in enumerate(CONVERSION):
        if rng.random() > share:
            return number
    return len(STAGES) - 1


def _open_end(maker: SampleMaker, n: int, chance: Chance, number: int) -> Chance:
    """Still open: one in seven is stuck, the others are not."""
    since, stage = chance.path[-1]
    limit = 2 * MEDIANS[number]
    if n % 7 == 3:
        chance.path[-1] = (min(since, maker.as_of - timedelta(days=limit + 5)), stage)
        chance.opened = min(chance.opened, chance.path[-1][0])
    else:
        chance.path[-1] = (max(since, maker.as_of - timedelta(days=limit)), stage)
    return chance


def quarter_end(day: date) -> date:
    """The last day of the day's quarter."""
    month = (day.month - 1) // 3 * 3 + 3
    return date(day.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _row(maker: SampleMaker, n: int, chance: Chance, buyer: Buyer, customer: str) -> Row:
    rng = maker.rng("opportunity_fields", n)
    since, stage = chance.path[-1]
    first = chance.opened + timedelta(days=rng.randrange(30, 90))
    first = quarter_end(first) if rng.random() < 0.55 else first
    pushes = rng.choices((0, 1, 2, 3), (68, 20, 8, 4))[0]
    expected = first + timedelta(days=30 * pushes)
    is_open = stage in STAGES
    if is_open and expected < maker.as_of and rng.random() < 0.8:
        pushes = max(1, pushes)
        expected = quarter_end(maker.as_of + timedelta(days=rng.randrange(5, 80)))
    probability, forecast = BROUGHT[stage]
    row: Row = {
        "customer": customer, "name": f"{rng.choice(SUBJECTS)}, {buyer.name}"[:200], "stage": stage, "amount": chance.amount,
        "probability": probability, "forecast": forecast, "opened_on": chance.opened, "stage_since": since, "expected_on": expected,
        "first_expected_on": first, "pushes": pushes, "owner": owner_of(maker, buyer), "department": maker.department("sales"),
        "source": rng.choice(("referral", "web", "event", "mailing")),
    }  # fmt: skip
    contact = maker.shared.get("contacts", {}).get(buyer.party, buyer.party)
    if stage in ("propose", "negotiate", "won"):
        row["people"] = [{"party": contact, "role": "decider"}]
    if stage == "won":
        row |= {"won_on": since, "expected_on": since}
    if stage == "lost":
        row |= {"lost_on": since, "lost_reason": rng.choice(REASONS)}
    if is_open:
        row |= {
            "next_step": rng.choice(("Call", "Send offer", "Visit", "Wait for the budget")),
            "next_step_on": maker.as_of + timedelta(days=rng.randrange(-5, 21)),
        }
    return row


def _quotes(maker: SampleMaker, rows: Sequence[Row], ids: Sequence[str], products: Mapping[str, str]) -> None:
    """Quotes for most opportunities that came as far."""
    skus = list(products)
    quotes: list[Row] = []
    for n, (row, id) in enumerate(zip(rows, ids, strict=True)):
        rng = maker.rng("quote", n)
        status = QUOTED.get(row["stage"])
        if status is None or rng.random() < (0.7 if status == "declined" else 0.2):
            continue
        is_over = status in ("accepted", "declined")
        quoted = min(maker.as_of, row["stage_since"] - timedelta(days=12 if is_over else -2))
        holds = quoted + timedelta(days=30)
        lines = [
            {"product": products[sku], "quantity": Decimal(rng.choice((2, 5, 10, 20)))}
            for sku in rng.sample(skus, rng.randrange(1, 4))
        ]
        quotes.append(
            {
                "customer": row["customer"], "opportunity": id, "owner": row["owner"], "quoted_on": quoted,
                "valid_until": holds if is_over else max(holds, maker.as_of + timedelta(days=5)), "status": status, "lines": lines,
            }
        )  # fmt: skip
    maker.add("quote", quotes)


def _snapshots(maker: SampleMaker, chances: Sequence[Chance], rows: Sequence[Row]) -> list[Row]:
    """The forecast of the last Mondays, worked out from where each opportunity stood then."""
    found: list[Row] = []
    monday = forecasting.monday(maker.as_of)
    for back in range(SNAPSHOTS - 1, -1, -1):
        day = monday - timedelta(weeks=back)
        then = [
            {"stage": stage, "forecast": BROUGHT[stage][1], "amount_base": chance.amount, "owner": row["owner"]}
            for chance, row in zip(chances, rows, strict=True)
            if (stage := chance.stage_on(day)) is not None
        ]
        found += forecasting.snapshot(then, day)
    return found
