"""Sample customers: 60 at scale 1, with products, price lists, opportunities, quotes, orders and invoices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from xrm_core.plugin import SampleMaker

from .sample_buyers import Buyer, owner_of
from .sample_opportunities import make_opportunities
from .sample_orders import make_orders

Row = dict[str, Any]
STAGES = (("active", 41), ("qualified", 8), ("lead", 5), ("dormant", 4), ("unqualified", 1), ("ended", 1))
"""How many customers stand where, of 60."""
PRODUCTS = (
    ("BF-100", "Tap filter", "filters", "29.90", "11.40"), ("BF-200", "Under-sink filter", "filters", "89.00", "38.50"),
    ("BF-300", "House filter", "filters", "249.00", "121.00"), ("BF-400", "Hotel filter", "filters", "98.00", "44.00"),
    ("BF-900", "Village filter", "filters", "1450.00", "790.00"), ("BC-100", "Cartridge for tap filter", "cartridges", "12.50", "3.90"),
    ("BC-200", "Cartridge for under-sink filter", "cartridges", "24.00", "8.20"), ("BC-300", "Cartridge for house filter", "cartridges", "59.00", "22.10"),
    ("BC-400", "Cartridge for hotel filter", "cartridges", "27.50", "9.80"), ("BD-100", "Table dispenser", "dispensers", "189.00", "94.00"),
    ("BD-200", "Standing dispenser", "dispensers", "420.00", "231.00"), ("BD-300", "Dispenser with chiller", "dispensers", "780.00", "455.00"),
    ("BT-100", "Test kit, ten tests", "test_kits", "34.00", "9.10"), ("BT-200", "Test kit, laboratory", "test_kits", "119.00", "47.00"),
    ("BP-100", "Seal set", "spare_parts", "6.80", "1.15"), ("BP-200", "Valve", "spare_parts", "18.40", "6.30"),
    ("BP-300", "Pressure gauge", "spare_parts", "22.75", "8.75"), ("BP-400", "Hose, 1 m", "spare_parts", "3.25", "0.80"),
    ("BM-100", "Yearly maintenance", "maintenance", "160.00", "70.00"), ("BM-200", "Call-out", "maintenance", "85.00", "42.00"),
)  # fmt: skip
"""Article number, name, category, list price and cost in euros."""
SERVICES = ("BM-100", "BM-200")
TERRITORIES = {
    "IE": "ireland", "GB": "united_kingdom", "DE": "german_speaking", "AT": "german_speaking", "CH": "german_speaking",
    "ES": "southern_europe", "IT": "southern_europe", "FR": "southern_europe", "PL": "eastern_europe", "TR": "overseas",
}  # fmt: skip
EUROPEAN = ("DE", "AT", "ES", "IT", "FR", "PL")


def make_customers(maker: SampleMaker) -> None:
    """Customers with opportunities, orders and invoices"""
    products = dict(zip((p[0] for p in PRODUCTS), maker.add("product", [_product(p) for p in PRODUCTS]), strict=True))
    lists = maker.add("price_list", [_standard(maker, products), _resellers(maker, products)])
    buyers = _buyers(maker)
    ids = maker.add("customer", [_customer(maker, b, lists) for b in buyers])
    maker.shared["customers"] = dict(zip((b.party for b in buyers), ids, strict=True))
    pairs = list(zip(buyers, ids, strict=True))
    make_opportunities(maker, pairs, products)
    make_orders(maker, pairs, products)


def _product(product: tuple[str, str, str, str, str]) -> Row:
    sku, name, category, price, cost = product
    unit = "HUR" if sku == "BM-200" else "MTR" if sku == "BP-400" else "C62"
    own = {"unit": unit, "list_price": Decimal(price), "cost": Decimal(cost), "tax_category": "S"}
    return {"sku": sku, "name": name, "category": known_category(category), **own}


def known_category(category: str) -> str:
    """The plugin's own category of goods or services; an organisation's finer ones are its own business."""
    return "services" if category == "maintenance" else "goods"


def _standard(maker: SampleMaker, products: dict[str, str]) -> Row:
    """Everybody's prices: the list price, a little less from ten pieces on."""
    prices = [
        {
            "product": products[sku],
            "from_quantity": quantity,
            "price": (Decimal(price) * factor).quantize(Decimal("0.0001")),
        }
        for sku, _, _, price, _ in PRODUCTS
        for quantity, factor in ((1, Decimal(1)), (10, Decimal("0.95")), (50, Decimal("0.9")))
    ]
    return {"code": "STD", "name": "Standard prices", "currency": "EUR", "standard": True, "prices": prices}


def _resellers(maker: SampleMaker, products: dict[str, str]) -> Row:
    """Resellers pay a fifth less for goods."""
    goods = [p for p in PRODUCTS if p[0] not in SERVICES]
    prices = [
        {"product": products[p[0]], "price": (Decimal(p[3]) * Decimal("0.8")).quantize(Decimal("0.0001"))}
        for p in goods
    ]
    since = date(maker.as_of.year - 3, 1, 1)
    return {"code": "RES", "name": "Resellers", "currency": "EUR", "from_on": since, "prices": prices}


def _buyers(maker: SampleMaker) -> list[Buyer]:
    """The first is Hotel Albatros, the second Nordsee Pumpen; both are active."""
    parties: Sequence[str] = maker.shared["roles"]["customer"]
    count = len(parties)
    stages = [stage for stage, of in STAGES for _ in range(max(1, round(of * count / 60)))]
    stages = (stages + ["active"] * count)[:count]
    order = list(range(2, count))
    maker.rng("customer_stages").shuffle(order)
    placed = [stages[0], stages[1], *(stages[n] for n in order)]
    records = maker.records("party", parties)
    found: list[Buyer] = []
    for n, (party, record) in enumerate(zip(parties, records, strict=True)):
        weight = maker.rng("customer", n).paretovariate(1.2)
        found.append(Buyer(n, party, str(record["name"]), placed[n], min(weight, 12.0)))
    return found


def _customer(maker: SampleMaker, buyer: Buyer, lists: Sequence[str]) -> Row:
    rng = maker.rng("customer_fields", buyer.n)
    party = maker.records("party", [buyer.party])[0]
    person, country = party["kind"] == "person", party["country"]
    segment = (
        "consumer" if person else rng.choices(("small", "mid", "large", "public", "reseller"), (40, 25, 8, 12, 15))[0]
    )
    since = maker.as_of - timedelta(days=rng.randrange(30, 1500))
    row: Row = {
        "party": buyer.party, "department": maker.department("sales"), "owner": owner_of(maker, buyer), "since": since,
        "stage": buyer.stage, "code": f"1{buyer.n + 1:04}", "segment": segment, "territory": "domestic" if country == "IE" else "abroad",
        "price_list": lists[1] if segment == "reseller" else None, "payment_terms": "net14" if person else "net30",
        "tax_status": "eu_business" if country in EUROPEAN and not person else "domestic" if country in (*EUROPEAN, "IE") else "third_country",
        "origin": rng.choice(("referral", "web", "event", "mailing", "walk_in")),
    }  # fmt: skip
    if buyer.n == 0:
        row |= {"segment": "mid", "price_list": None, "credit_limit": Decimal(5000), "tax_status": "domestic"}
    elif buyer.stage in ("active", "dormant"):
        row["credit_limit"] = Decimal(rng.choice((2000, 5000, 10_000, 20_000))) if not person else None
    if buyer.n == 7:
        row |= {"credit_hold": True, "hold_reason": "Two reminders without an answer"}
    if buyer.stage in ("qualified", "active") and rng.random() < 0.6:
        row |= {"need": "Clean water for guests and staff, with a yearly check."}
        row |= {
            "next_step": rng.choice(("Call back", "Send samples", "Visit")),
            "next_step_on": maker.as_of + timedelta(days=rng.randrange(-4, 30)),
        }
    if buyer.stage in ("unqualified", "ended"):
        row |= {
            "until": maker.as_of - timedelta(days=rng.randrange(1, 20)),
            "end_reason": "no_response",
            "lost_reason": "not_qualified",
        }
    return row
