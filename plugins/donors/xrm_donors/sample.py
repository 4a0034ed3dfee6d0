"""Sample donors: who gives, how much and how often, with the campaigns, funds, pledges and funding around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from xrm_core.plugin import SampleMaker

from . import rules
from .planning import Giver, balance, first_day, plan_givers

Row = dict[str, Any]
METHODS = (("direct_debit", 38), ("transfer", 34), ("card", 16), ("online_wallet", 6), ("cheque", 4), ("cash", 2))
FUNDS = (
    ("GEN", "General purposes", "unrestricted"), ("WELLS", "Wells for Turkana", "restricted"), ("SCHOOL", "Water in schools", "designated"),
    ("EMERG", "Emergency relief", "restricted"), ("END", "Endowment", "endowment"),
)  # fmt: skip


def make_donors(maker: SampleMaker) -> None:
    """Donors with gifts of four years, pledges, recurring gifts, receipts and funding"""
    givers = plan_givers(maker)
    balance(givers)
    funds = dict(zip((c for c, _, _ in FUNDS), maker.add("fund", [_fund(*f) for f in FUNDS]), strict=True))
    campaigns = _campaigns(maker, funds)
    donors = maker.add("donor", [_donor(maker, g, funds) for g in givers])
    maker.shared["donors"] = dict(zip((g.party for g in givers), donors, strict=True))
    recurring = _recurring(maker, givers, donors)
    gifts = _donations(maker, givers, donors, recurring, campaigns, funds)
    _in_kind(maker, givers, donors)
    _pledges(maker, givers, donors, campaigns)
    _receipts(maker, givers, donors, gifts)
    _soft_credits(maker, gifts)
    _funding(maker, givers, donors, funds)


def _fund(code: str, name: str, restriction: str) -> Row:
    return {
        "code": code,
        "name": name,
        "restriction": restriction,
        "is_default": code == "GEN",
        "target": Decimal(80000) if code == "WELLS" else None,
    }


def _campaigns(maker: SampleMaker, funds: Mapping[str, str]) -> dict[tuple[int, str], str]:
    """A campaign a year with a spring and a Christmas part, each with an appeal; and the wells."""
    found: dict[tuple[int, str], str] = {}
    for back in range(3, -1, -1):
        year = maker.as_of.year - back
        top = {
            "code": f"AF{year}",
            "name": f"Annual fund {year}",
            "kind": "annual",
            "starts_on": date(year, 1, 1),
            "ends_on": date(year, 12, 31),
        }
        found[(back, "year")] = maker.add(
            "campaign",
            [
                {
                    **top,
                    "goal": Decimal(60000),
                    "default_fund": funds["GEN"],
                    "budget": Decimal(4000),
                    "cost": Decimal(2600),
                }
            ],
        )[0]
        for code, name, start, end in (("SP", "Spring letter", 3, 5), ("XM", "Christmas letter", 11, 12)):
            part = {
                "code": f"{code}{year}",
                "name": f"{name} {year}",
                "kind": "mailing",
                "parent": found[(back, "year")],
                "cost": Decimal(900),
            }
            found[(back, code)] = maker.add(
                "campaign", [{**part, "starts_on": date(year, start, 1), "ends_on": date(year, end, 28)}]
            )[0]
    wells = {
        "code": "WELLS",
        "name": "Ten wells for Turkana",
        "kind": "capital",
        "goal": Decimal(120000),
        "default_fund": funds["WELLS"],
    }
    found[(0, "wells")] = maker.add("campaign", [{**wells, "starts_on": first_day(maker, 2)}])[0]
    appeals = [
        {"code": f"{code}{maker.as_of.year - back}-L", "name": f"Letter {maker.as_of.year - back}, {code}", "campaign": id, "channel": "letter", "audience": 900, "cost": Decimal(620)}
        for (back, code), id in found.items() if code in ("SP", "XM")
    ]  # fmt: skip
    for (back, code), id in zip([k for k in found if k[1] in ("SP", "XM")], maker.add("appeal", appeals), strict=True):
        found[(back, f"{code}-appeal")] = id
    return found


def _donor(maker: SampleMaker, giver: Giver, funds: Mapping[str, str]) -> Row:
    rng = maker.rng("donor", giver.n)
    total = sum((a for _, a in giver.gifts), Decimal(0))
    major = giver.n == 0 or total >= 5000
    stage = "active" if len({d for d, _ in giver.gifts}) > 1 or giver.recurring else "first_time"
    if giver.segment == "sybunt":
        stage = rng.choice(("lapsed", "lapsed", "lapsed", "former"))
    types = {"persons": "individual", "households": "household", "firms": "company", "associations": "association"}
    row: Row = {
        "party": giver.party, "stage": stage, "since": giver.gifts[0][0], "department": maker.department("major_gifts" if major else "individual_giving"),
        "owner": maker.user("ben" if major else "ada" if giver.n % 4 == 0 else "ines"), "origin": rng.choice(("event", "web", "mailing", "referral", "walk_in")),
        "type": types.get(giver.kind) or ("public_body" if giver.n % 4 == 1 else "trust_foundation"), "receipt_wish": rng.choices(("yearly", "each", "none"), (70, 20, 10))[0],
    }  # fmt: skip
    if stage == "former":
        row |= {
            "until": maker.as_of - timedelta(days=rng.randrange(10, 300)),
            "end_reason": rng.choice(("by_them", "no_response", "moved")),
        }
    if giver.n == 0:
        row |= {
            "preferred_fund": funds["WELLS"], "next_step": "Write which wells run by now, and why it took longer", "next_step_on": maker.as_of,
            "motivation": "Helga grew up beside the pumping station of her village.", "interests": ["water", "Kenya"], "capacity": "C", "inclination": 4,
        }  # fmt: skip
    elif rng.random() < 0.15:
        row |= {
            "next_step": rng.choice(("Call", "Send the yearly report", "Invite to the open day")),
            "next_step_on": maker.as_of + timedelta(days=rng.randrange(-5, 30)),
        }
    return row


def _recurring(maker: SampleMaker, givers: Sequence[Giver], donors: Sequence[str]) -> dict[int, str]:
    """Recurring gifts of those who have one, and the gifts that came of it, on the 1st or 15th of each month."""
    rows, numbers = [], []
    for giver in givers:
        if not giver.recurring:
            continue
        rng = maker.rng("recurring", giver.n)
        day, amount = rng.choice((1, 15)), Decimal(rng.choice((5, 10, 10, 15, 20, 25, 50)))
        start = rules.first_due(first_day(maker, rng.choice((1, 1, 2))) + timedelta(days=30 * rng.randrange(6)), day)
        failures = 2 if rng.random() < 0.1 else 0
        due = start
        giver.gifts = []
        while due <= maker.as_of:
            giver.gifts.append((due, amount))
            due = rules.add_months(due, 1, day)
        rows.append({
            "donor": donors[giver.n], "amount": amount, "frequency": "monthly", "day": day, "starts_on": start, "made_on": start - timedelta(days=12), "method": "direct_debit",
            "status": "active", "next_due_on": due, "failures": failures, "mandate_ref": f"BW-{giver.n:05}", "mandate_signed_on": start - timedelta(days=12), "mandate_type": "core",
        })  # fmt: skip
        numbers.append(giver.n)
    return dict(zip(numbers, maker.add("recurring_gift", rows), strict=True))


def _donations(
    maker: SampleMaker, givers: Sequence[Giver], donors: Sequence[str], recurring: Mapping[int, str], campaigns: Mapping[tuple[int, str], str], funds: Mapping[str, str],
) -> dict[str, list[tuple[str, date, Decimal]]]:  # fmt: skip
    """All gifts, donor by donor; those received by donor's number as (id, day, amount)."""
    rows: list[Row] = []
    marks: list[tuple[int, date, Decimal, str]] = []
    counters: dict[int, int] = {}
    for giver in givers:
        for n, (day, amount) in enumerate(giver.gifts):
            rng = maker.rng(f"gift:{giver.n}", n)
            row = _donation(maker, rng, giver, day, amount, campaigns, funds)
            row["donor"] = donors[giver.n]
            if giver.n in recurring:
                row |= {"recurring": recurring[giver.n], "instalment_no": n + 1, "method": "direct_debit"}
            if day.year < maker.as_of.year:
                counters[day.year] = counters.get(day.year, 0) + 1
                row["number"] = f"DN-{day.year}-{counters[day.year]:05}"
            rows.append(row)
            marks.append((giver.n, day, amount, row["status"]))
    found: dict[str, list[tuple[str, date, Decimal]]] = {}
    for id, (n, day, amount, status) in zip(maker.add("donation", rows), marks, strict=True):
        if status == "received":
            found.setdefault(donors[n], []).append((id, day, amount))
    return found


def _donation(
    maker: SampleMaker, rng: Random, giver: Giver, day: date, amount: Decimal, campaigns: Mapping[tuple[int, str], str], funds: Mapping[str, str],
) -> Row:  # fmt: skip
    back = maker.as_of.year - day.year
    method = rng.choices([m for m, _ in METHODS], [w for _, w in METHODS])[0]
    status = (
        rng.choices(("received", "failed", "refunded"), (98.2, 1.5, 0.3))[0]
        if giver.n and len(giver.gifts) > 1 and (day, amount) != giver.gifts[-1]
        else "received"
    )
    fee = rules.cents(amount * Decimal("0.014") + Decimal("0.25")) if method in ("card", "online_wallet") else None
    recent = (maker.as_of - day).days < 6
    row: Row = {
        "amount": amount, "status": status, "received_on": day, "method": "transfer" if amount >= 2000 else method, "fee": fee,
        "thanks": "due" if recent and not giver.recurring else "thanked" if not giver.recurring else "not_wanted",
        "payments": [{"amount": amount, "paid_on": day, "due_on": day, "status": status, "method": method, "fee": fee}],
    }  # fmt: skip
    if row["thanks"] == "thanked":
        row["thanked_on"] = min(maker.as_of, day + timedelta(days=rng.randrange(0, 5)))
    if status == "failed":
        row["reason"] = rng.choice(("insufficient_funds", "account_closed", "chargeback"))
    elif status == "refunded":
        row["reason"] = "donor_wish"
    part = "SP" if 3 <= day.month <= 5 else "XM" if day.month >= 11 else "year"
    row["campaign"] = campaigns[(0, "wells")] if giver.n == 0 else campaigns[(back, part)]
    if part != "year" and giver.n and rng.random() < 0.6:
        row["appeal"] = campaigns[(back, f"{part}-appeal")]
    if giver.n == 0:
        row["allocations"] = [{"fund": funds["WELLS"], "percent": Decimal(100)}]
    elif rng.random() < 0.3:
        first, second = rng.sample(sorted(funds), 2)
        split = rng.random() < 0.4
        row["allocations"] = [{"fund": funds[first], "percent": Decimal(60 if split else 100)}]
        row["allocations"] += [{"fund": funds[second], "percent": Decimal(40)}] if split else []
    return row


def _in_kind(maker: SampleMaker, givers: Sequence[Giver], donors: Sequence[str]) -> None:
    """A pump from Nordsee Pumpen, given in kind."""
    pumps = maker.shared["named"]["nordsee_pumpen"]
    donor = next(id for g, id in zip(givers, donors, strict=True) if g.party == pumps)
    day = maker.as_of - timedelta(days=200)
    maker.add("donation", [{
        "donor": donor, "kind": "in_kind", "amount": Decimal(4200), "status": "received", "received_on": day, "method": "in_kind", "in_kind_kind": "goods",
        "in_kind_description": "One submersible pump for a depth of 80 metres, with cable", "valued_by": "market", "thanks": "thanked", "thanked_on": day + timedelta(days=2),
    }])  # fmt: skip


def _pledges(
    maker: SampleMaker, givers: Sequence[Giver], donors: Sequence[str], campaigns: Mapping[tuple[int, str], str]
) -> None:
    """Pledges of some who give every year; most lines of the past were paid, the next one is expected."""
    rows: list[Row] = []
    lines: list[list[tuple[date, Decimal]]] = []
    for giver in [g for g in givers if g.segment == "retained" and not g.recurring and g.n][::2][:12]:
        rng = maker.rng("pledge", giver.n)
        made = maker.as_of - timedelta(days=rng.randrange(20, 300))
        count = rng.choice((1, 2, 4, 12))
        step = {"months": 3 if count == 4 else 1}
        row: Row = {
            "donor": donors[giver.n],
            "amount": Decimal(rng.choice((120, 240, 500, 1000, 2000))),
            "made_on": made,
            "instalments": count,
            "campaign": campaigns[(0, "wells")],
        }
        row |= {
            "frequency": "once" if count == 1 else "quarterly" if count == 4 else "monthly",
            "first_due_on": made + timedelta(days=30),
        }
        rows.append(row)
        lines.append(rules.pledge_lines(row["amount"], count, step, row["first_due_on"]))
    gifts: list[Row] = []
    for n, (row, id) in enumerate(zip(rows, maker.add("pledge", rows), strict=True)):
        rng = maker.rng("pledge:paid", n)
        for number, (due, amount) in enumerate(lines[n], 1):
            gift: Row = {
                "donor": row["donor"],
                "pledge": id,
                "amount": amount,
                "expected_on": due,
                "instalment_no": number,
                "campaign": row["campaign"],
            }
            if due > maker.as_of:
                gifts.append(gift)
                break
            if rng.random() < 0.8:
                gifts.append({**gift, "status": "received", "received_on": due, "method": "transfer"})
    maker.add("donation", gifts)


def _receipts(
    maker: SampleMaker,
    givers: Sequence[Giver],
    donors: Sequence[str],
    gifts: Mapping[str, list[tuple[str, date, Decimal]]],
) -> None:
    """The receipts of two years ago, issued in January of last year: numbers 1 to n without a gap, one of them void."""
    rows: list[Row] = []
    for giver, donor in zip(givers, donors, strict=True):
        listed = [(id, a) for id, d, a in gifts.get(donor, ()) if d.year == maker.as_of.year - 2]
        if listed and sum(a for _, a in listed) >= 50:
            rows.append(
                {
                    "party": giver.party,
                    "kind": "yearly",
                    "donations": [{"donation": id} for id, _ in listed],
                    "status": "issued",
                }
            )
    for n, row in enumerate(rows, 1):
        year = maker.as_of.year - 1
        row |= {
            "series": "A",
            "year": year,
            "number": f"R-A-{year}-{n:06}",
            "issued_on": date(year, 1, 20),
        }
    for row in rows[2:3]:
        row |= {"status": "void", "void_reason": "Wrong address"}
    maker.add("receipt", rows)


def _soft_credits(maker: SampleMaker, gifts: Mapping[str, list[tuple[str, date, Decimal]]]) -> None:
    """People recognised for gifts of others."""
    people = maker.shared["parties"]["persons"]
    rows = []
    for n, (donation, _, amount) in enumerate([g for some in gifts.values() for g in some][::40]):
        rng = maker.rng("soft", n)
        rows.append(
            {
                "donation": donation,
                "party": rng.choice(people),
                "role": rng.choice(("influencer", "solicitor", "workplace", "matched")),
                "amount": amount,
            }
        )
    rows += [
        {
            "donation": gifts[d][-1][0],
            "party": maker.shared["named"]["helga"],
            "role": "household_member",
            "amount": gifts[d][-1][2],
        }
        for d in list(gifts)[:1]
    ]
    maker.add("soft_credit", rows)


def _funding(maker: SampleMaker, givers: Sequence[Giver], donors: Sequence[str], funds: Mapping[str, str]) -> None:
    """Applications to foundations in every state."""
    states = (
        "researching",
        "drafting",
        "drafting",
        "submitted",
        "submitted",
        "awarded",
        "reporting",
        "reporting",
        "closed",
        "closed",
        "declined",
        "withdrawn",
    )
    funders = [(g, d) for g, d in zip(givers, donors, strict=True) if g.kind == "foundations"]
    own, rows = maker.shared["named"]["trust"], []
    for n, status in enumerate(states):
        rng = maker.rng("funding", n)
        _, donor = funders[n % len(funders)]
        ask = Decimal(rng.choice((5000, 10000, 15000, 25000, 40000)))
        deadline = maker.as_of + timedelta(days=rng.randrange(5, 90))
        row: Row = {
            "donor": donor,
            "recipient": own,
            "title": rng.choice(("Pumps for schools", "Training of well keepers", "Water tests", "Rain tanks"))
            + f" {n + 1}",
            "status": status,
        }
        row |= {
            "programme": rng.choice(("Water and health", "Open call", "Small grants")),
            "applied": ask,
            "open_call": rng.random() < 0.5,
            "deadline_on": deadline,
        }
        if status not in ("researching", "drafting"):
            sent = maker.as_of - timedelta(days=rng.randrange(60, 500))
            row |= {"deadline_on": sent, "submitted_on": sent - timedelta(days=3)}
            if status in ("awarded", "reporting", "closed"):
                start = sent + timedelta(days=60)
                row |= {
                    "awarded": ask,
                    "decided_on": sent + timedelta(days=45),
                    "starts_on": start,
                    "ends_on": rules.add_months(start, 12),
                    "months": 12,
                }
                done = status == "closed"
                due = rules.add_months(start, 14)
                row["reports"] = [{"kind": "final", "due_on": due, "sent_on": min(due, maker.as_of) if done else None}]
                row["allocations"] = [{"fund": funds["SCHOOL"], "percent": Decimal(100)}]
        rows.append(row)
    maker.add("funding", rows)
