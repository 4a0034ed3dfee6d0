"""Sample suppliers: 45 at scale 1, with checks, certificates, contracts, half-yearly reviews and two years of spend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from xrm_core.plugin import SampleMaker

from . import rules

Row = dict[str, Any]
STAGES = (
    ("qualified", 26), ("preferred", 5), ("conditional", 4), ("screening", 4), ("suspended", 2), ("blocked", 1), ("ended", 3),
)  # fmt: skip
"""How many suppliers stand where, of 45."""
SPEND_A_YEAR = 1_200_000
TOP, TOP_SHARE = 8, 75
"""The eight largest make up three quarters of the spend."""
CATEGORIES = ("42122", "42912", "44161", "44611", "45262", "60100", "71900", "30", "50", "64", "66", "72", "79", "90")
SUBJECTS = {
    "42122": "Pumps", "42912": "Filters", "44161": "Pipes", "44611": "Tanks", "45262": "Well drilling", "60100": "Haulage",
    "71900": "Water analysis", "30": "Office supplies", "50": "Maintenance", "64": "Telephone", "66": "Insurance",
    "72": "IT services", "79": "Printing", "90": "Cleaning",
}  # fmt: skip
KINDS = {"45262": "works", "64": "service", "66": "insurance", "72": "service", "50": "maintenance", "60100": "service"}
CERTIFICATES = (
    "iso_9001",
    "iso_14001",
    "iso_45001",
    "liability_insurance",
    "tax_clearance",
    "product_conformity",
    "fsc",
    "emas",
)
MAY = ("qualified", "preferred", "conditional")


@dataclass(frozen=True, slots=True)
class Seller:
    """A supplier in the making."""

    n: int
    party: str
    stage: str
    criticality: str
    category: str
    yearly: Decimal


def make_suppliers(maker: SampleMaker) -> None:
    """Suppliers with certificates, contracts, reviews and spend"""
    sellers = _sellers(maker)
    ids = maker.add("supplier", [_supplier(maker, s) for s in sellers])
    maker.shared["suppliers"] = dict(zip((s.party for s in sellers), ids, strict=True))
    maker.add("certificate", _certificates(maker, sellers, ids))
    contracts = _contracts(maker, sellers, ids)
    maker.add("review", _reviews(maker, sellers, ids))
    maker.add("spend", _spend(maker, sellers, ids, contracts))


def _sellers(maker: SampleMaker) -> list[Seller]:
    """The first is Nordsee Pumpen: qualified, critical, pumps. Of the eight largest one is preferred twice in a row."""
    parties: Sequence[str] = maker.shared["roles"]["supplier"]
    count = len(parties)
    stages = [stage for stage, of in STAGES for _ in range(max(1, round(of * count / 45)))]
    stages = (stages + ["qualified"] * count)[:count]
    order = list(range(1, count))
    maker.rng("supplier_stages").shuffle(order)
    placed = [stages[0], *(stages[n] for n in order)]
    top = max(1, round(TOP * count / 45))
    found: list[Seller] = []
    for n, party in enumerate(parties):
        rng = maker.rng("supplier", n)
        share = Decimal(TOP_SHARE) / top if n < top else Decimal(100 - TOP_SHARE) / (count - top)
        factor = Decimal(str(round(rng.uniform(0.6, 1.4), 3)))
        criticality = "critical" if n == 0 else rng.choices(("low", "medium", "high", "critical"), (45, 32, 17, 6))[0]
        category = CATEGORIES[0] if n == 0 else CATEGORIES[n % len(CATEGORIES)]
        yearly = (SPEND_A_YEAR * Decimal(str(maker.scale)) * share / 100 * factor).quantize(Decimal(1))
        found.append(Seller(n, party, placed[n], criticality, category, yearly))
    return found


def owner_of(maker: SampleMaker, seller: Seller) -> str | None:
    """Who looks after a supplier: the lead of procurement after every third, a colleague after the others."""
    return maker.user("chiara" if seller.n % 3 == 0 else "tomas")


def _supplier(maker: SampleMaker, seller: Seller) -> Row:
    rng = maker.rng("supplier_fields", seller.n)
    since = maker.as_of - timedelta(days=rng.randrange(200, 2600))
    row: Row = {
        "party": seller.party, "department": maker.department("procurement"), "since": since, "stage": seller.stage,
        "owner": owner_of(maker, seller), "criticality": seller.criticality, "categories": [seller.category],
        "code": f"7{seller.n + 1:04}", "sme": rng.random() < 0.7, "social_enterprise": rng.random() < 0.09,
        "single_source": seller.n == 0 or rng.random() < 0.1, "handles_personal_data": seller.category in ("72", "79"),
        "risk": rng.choices(("low", "medium", "high"), (60, 30, 10))[0], "payment_terms": rng.choice(("net30", "net30", "net14", "net60")),
        "currency": "EUR", "origin": rng.choice(("tender", "referral", "web")), "checks": _checks(maker, seller, since, rng),
    }  # fmt: skip
    if seller.stage in ("qualified", "preferred") and rng.random() < 0.5:
        row |= {"next_step": rng.choice(("Call about prices", "Ask for the new certificate", "Plan the review"))}
        row["next_step_on"] = maker.as_of + timedelta(days=rng.randrange(-3, 40))
    if seller.stage == "conditional":
        row |= {
            "spend_limit": Decimal(60_000),
            "conditional_until": maker.as_of + timedelta(days=rng.randrange(30, 300)),
        }
    if seller.stage == "blocked":
        row |= {"blocked_reason": "sanctions", "blocked_on": maker.as_of - timedelta(days=60)}
    if seller.stage == "ended":
        row |= {"until": maker.as_of - timedelta(days=rng.randrange(30, 190)), "end_reason": "by_us"}
    return row


def _checks(maker: SampleMaker, seller: Seller, since: date, rng: Random) -> list[Row]:
    """Passed, but for those in screening and now and then one of a conditional supplier."""
    rows: list[Row] = []
    for kind in rules.checks_for(seller.criticality, seller.category in ("72", "79")):
        chance = {"screening": 0.6, "conditional": 0.25, "suspended": 0.2}.get(seller.stage, 0.0)
        if rng.random() < chance:
            rows.append({"kind": kind, "status": rng.choice(("open", "open", "failed"))})
            continue
        done = max(since, maker.as_of - timedelta(days=rng.randrange(20, 300)))
        rows.append({"kind": kind, "status": "passed", "done_on": done, "by": maker.user("chiara")})
    return rows


def working_days_before(day: date, count: int) -> date:
    """The day so many Mondays to Fridays earlier."""
    while count:
        day -= timedelta(days=1)
        count -= day.weekday() < 5
    return day


def _certificates(maker: SampleMaker, sellers: Sequence[Seller], ids: Sequence[str]) -> list[Row]:
    """110 of 45: three expired (the first is Nordsee's, five working days ago), six that expire soon, the rest valid."""
    rows: list[Row] = []
    for seller, id in zip(sellers, ids, strict=True):
        rng = maker.rng("certificate", seller.n)
        kinds = ["product_conformity"] if seller.n == 0 else []
        others = [k for k in CERTIFICATES if k not in kinds]
        kinds += rng.sample(others, rng.choices((1, 2, 3, 4), (15, 40, 32, 13))[0])
        for number, kind in enumerate(kinds):
            ends = maker.as_of + timedelta(days=rng.randrange(130, 900))
            if number == 0:
                ends = _special_end(maker, seller.n, ends)
            issued = min(ends - timedelta(days=1095), maker.as_of - timedelta(days=10))
            rows.append(
                {
                    "supplier": id, "kind": kind, "number": f"{kind[:3].upper()}-{rng.randrange(10_000, 99_999)}",
                    "issuer": rng.choice(("TÜV Sample", "Bureau Sample", "City of Sample")), "issued_on": issued, "expires_on": ends,
                    "mandatory": number == 0, "verified_on": min(issued + timedelta(days=9), maker.as_of), "verified_by": maker.user("chiara"),
                }
            )  # fmt: skip
    return rows


def _special_end(maker: SampleMaker, n: int, otherwise: date) -> date:
    if n == 0:
        return working_days_before(maker.as_of, 5)
    if n in (13, 29):
        return maker.as_of - timedelta(days=12 + n)
    return maker.as_of + timedelta(days=6 + n % 17) if n in (4, 9, 16, 22, 31, 40) else otherwise


def _contracts(maker: SampleMaker, sellers: Sequence[Seller], ids: Sequence[str]) -> dict[str, list[tuple[str, Row]]]:
    """60 at scale 1: ends spread over 36 months, eight with their notice day within 90 days; by supplier."""
    owners = [(s, id) for s, id in zip(sellers, ids, strict=True) if s.stage in (*MAY, "suspended", "blocked", "ended")]
    count = max(len(owners) // 2, round(60 * maker.scale))
    rows = [_contract(maker, n, *owners[n % len(owners)], count) for n in range(count)]
    found: dict[str, list[tuple[str, Row]]] = {}
    for id, row in zip(maker.add("contract", rows), rows, strict=True):
        found.setdefault(row["supplier"], []).append((id, row))
    return found


def _contract(maker: SampleMaker, n: int, seller: Seller, id: str, count: int) -> Row:
    rng = maker.rng("contract", n)
    notice = rng.choice((30, 60, 90))
    is_due = n % max(1, count // 8) == 3
    ends = maker.as_of + timedelta(days=notice + 4 + n if is_due else notice + 95 + (n * 36 * 30) // count)
    starts = maker.as_of - timedelta(days=rng.randrange(60, 900))
    status = "active" if seller.stage != "ended" else "terminated"
    if seller.stage in MAY and not is_due and n % 15 == 14:
        status = ("draft", "in_review", "expired")[n // 15 % 3]
    if status in ("expired", "terminated"):
        ends = maker.as_of - timedelta(days=rng.randrange(20, 300))
        starts = ends - timedelta(days=730)
    years = Decimal((ends - starts).days) / 365
    value = (max(seller.yearly, Decimal(2000)) * years * Decimal("0.9")).quantize(Decimal(100))
    if seller.stage == "conditional":
        value = Decimal(20_000)
    subject = SUBJECTS[seller.category]
    row: Row = {
        "supplier": id, "title": "Pumps for the well programme" if n == 0 else subject, "kind": KINDS.get(seller.category, "supply"),
        "category": seller.category, "method": rng.choices(("open", "selective", "limited", "direct"), (45, 25, 15, 15))[0],
        "status": status, "starts_on": starts, "ends_on": ends, "notice_days": notice, "renewal": "automatic" if is_due else rng.choice(("none", "by_option")),
        "renew_months": 12, "options_left": rng.randrange(1, 3), "awarded_on": starts - timedelta(days=20), "value": value,
        "ceiling": value * 2 if rng.random() < 0.4 else None, "owner": owner_of(maker, seller), "department": maker.department("procurement"),
        "payment_terms": "net30",
    }  # fmt: skip
    return row if status in ("draft", "in_review") else row | {"signed_on": starts - timedelta(days=7)}


def _reviews(maker: SampleMaker, sellers: Sequence[Seller], ids: Sequence[str]) -> list[Row]:
    """A review each half year; stars follow a beta distribution, but for one supplier that gets steadily worse."""
    rows: list[Row] = []
    for seller, id in zip(sellers, ids, strict=True):
        if seller.stage not in ("qualified", "preferred", "suspended"):
            continue
        for back in (3, 2, 1):
            rng = maker.rng(f"review:{seller.n}", back)
            ends = maker.as_of - timedelta(days=182 * back - 150)
            scores = [
                {"criterion": c, "score": _stars(seller, back, rng)}
                for c in rules.CRITERIA
                if rng.random() < 0.95 or c == "quality"
            ]
            rows.append(
                {
                    "supplier": id, "from_on": ends - timedelta(days=181), "to_on": ends, "reviewer": maker.user("chiara"),
                    "status": "published" if len(scores) > 3 else "draft", "scores": scores,
                }
            )  # fmt: skip
    return sorted(rows, key=lambda row: row["to_on"])


def _stars(seller: Seller, back: int, rng: Random) -> int:
    if seller.n == 5:
        return (2, 3, 4)[back - 1]
    if seller.stage == "preferred":
        return rng.choice((5, 5, 4))
    return 1 + round(4 * rng.betavariate(5, 2))


def _spend(
    maker: SampleMaker, sellers: Sequence[Seller], ids: Sequence[str], contracts: Mapping[str, list[tuple[str, Row]]]
) -> list[Row]:  # fmt: skip
    """Two years of invoices, monthly from the large ones and quarterly from the rest; a tenth off contract."""
    rows: list[Row] = []
    top = max(1, round(TOP * len(sellers) / 45))
    for seller, id in zip(sellers, ids, strict=True):
        if seller.stage in ("screening", "registered"):
            continue
        step = 30 if seller.n < top else 91
        for number, back in enumerate(range(10, 730, step)):
            rng = maker.rng(f"spend:{seller.n}", number)
            booked = maker.as_of - timedelta(days=back)
            amount = seller.yearly * step / 365 * Decimal(str(round(rng.uniform(0.7, 1.3), 3)))
            contract = _contract_on(contracts.get(id, ()), booked) if rng.random() < 0.9 else None
            rows.append(
                {
                    "supplier": id, "contract": contract, "invoice_no": f"{booked:%y%m}-{rng.randrange(100, 999)}-{seller.n}", "booked_on": booked,
                    "amount": amount.quantize(Decimal("0.01")), "category": seller.category, "department": maker.department("procurement"),
                }
            )  # fmt: skip
    return rows


def _contract_on(contracts: Sequence[tuple[str, Row]], day: date) -> str | None:
    """The contract that was running on a day."""
    return next(
        (id for id, row in contracts if row["starts_on"] <= day <= row["ends_on"] and row["status"] != "draft"), None
    )
