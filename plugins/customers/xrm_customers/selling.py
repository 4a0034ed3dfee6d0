"""What hooks read to apply the rules: prices for lines, totals of documents, how a customer stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from xrm_parties.rates import MANY, Rates

from xrm_core.plugin import Actor, Change, Problem, Reader, Record, _

from . import rules
from .phrases import REFUSALS, money

COPIED = (
    "line_no",
    "product",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "price_by_hand",
    "discount",
    "tax_category",
)
"""What a line takes along from a quote to its next revision, and to the order."""
COMPLETED = ("line_no", "description", "unit", "unit_price", "price_by_hand", "tax_category")
"""What a line gets where it does not say."""
OFFERED = ("product", "description", "quantity", "unit_price", "discount")
"""What a line takes along from an opportunity to an order."""


def document_day(record: Record) -> date | None:
    """The day that prices and rates of a quote or an order are those of."""
    return record.get("ordered_on") or record.get("quoted_on")


class Shelf:
    """What one batch of documents needs to know of products and prices, each read once."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.standard: Sequence[Record] | None = None
        self.prices: dict[str, Sequence[Record]] = {}

    def lists(self, customer: Record | None, on: date) -> list[Record]:
        """The price lists to look in, the customer's own first, then the standard ones; only those in force."""
        if self.standard is None:
            self.standard = self.reader.find("price_list", "record.standard", {})
        own = self.reader.get("price_list", customer["price_list"]) if customer and customer["price_list"] else None
        found = [own, *(p for p in self.standard if own is None or p["id"] != own["id"])]
        return [p for p in found if p is not None and rules.is_in_force(p, on)]

    def prices_of(self, price_list: str) -> Sequence[Record]:
        """The rows of a list."""
        if price_list not in self.prices:
            self.prices[price_list] = self.reader.children("price_list", "prices", price_list)
        return self.prices[price_list]


class Pricing:
    """Prices for one document."""

    def __init__(self, customer: Record | None, currency: str, on: date, shelf: Shelf) -> None:
        self.shelf, self.currency, self.on = shelf, currency, on
        self.lists = [p for p in shelf.lists(customer, on) if p["currency"] == currency]
        self.status = customer["tax_status"] if customer else None

    def price(self, product: Record, quantity: Decimal) -> Decimal | None:
        """From the first list that names one, else the product's list price in that currency."""
        for price_list in self.lists:
            found = rules.price_on(self.shelf.prices_of(price_list["id"]), product["id"], quantity, self.on)
            if found is not None:
                return found
        return product["list_price"] if product["list_price_currency"] == self.currency else None

    def complete(self, line: Mapping[str, Any], number: int) -> dict[str, Any]:
        """The line with number, text, unit, tax category and price; a price given that differs is marked as by hand."""
        row = dict(line)
        product = self.shelf.reader.get("product", row["product"]) if row.get("product") else None
        row["line_no"] = row.get("line_no") or number
        if product is not None:
            row["description"] = row.get("description") or product["name"]
            row["unit"] = row.get("unit") or product["unit"]
            listed = self.price(product, row.get("quantity") or Decimal(1))
            given = row.get("unit_price")
            row["price_by_hand"] = given is not None and listed is not None and given != listed
            row["unit_price"] = listed if given is None else given
        row["tax_category"] = (
            row.get("tax_category")
            or rules.DEFAULT_TAX.get(self.status or "")
            or (product or {}).get("tax_category")
            or "S"
        )
        return row


def currency_of(record: Record, customer: Record | None, reader: Reader) -> str:
    """The document's currency: its own, its customer's price list's, the organisation's."""
    if record["currency"]:
        return str(record["currency"])
    own = reader.get("price_list", customer["price_list"]) if customer and customer["price_list"] else None
    return str(own["currency"] if own else reader.settings["currency"])


def rate_of(reader: Reader) -> Callable[[str], Decimal]:
    """The rate of a tax category, in percent."""

    def rate(category: str) -> Decimal:
        return Decimal(reader.code("tax_category", category).get("rate") or 0)

    return rate


def document_totals(
    entity: str, record: Record, lines: Sequence[Record], rates: Rates, reader: Reader
) -> dict[str, Any]:
    """The stored totals of a quote or an order with these lines."""
    currency, on = record["currency"], document_day(record)
    sums = rules.totals(lines, rate_of(reader), record.get("freight"))
    found: dict[str, Any] = {"exchange_rate": rates.rate(currency, on)}
    for name in ("net", "tax", "total"):
        found |= {name: getattr(sums, name), f"{name}_currency": currency}
    if entity == "order":
        found |= rates.base("total_base", sums.total, currency, on)
    return found


def complete_document(change: Change, rates: Rates, shelf: Shelf, reader: Reader) -> dict[str, Any]:
    """Currency, completed lines and totals of a quote or an order."""
    after = dict(change.after)
    customer = reader.get("customer", after["customer"]) if after["customer"] else None
    after["currency"] = currency_of(after, customer, reader)
    patch: dict[str, Any] = {"currency": after["currency"]}
    lines: Sequence[Record]
    if "lines" in change.children:
        lines = [dict(row) for row in change.children["lines"]]
        if change.door != "import":
            pricing = Pricing(customer, after["currency"], document_day(after) or reader.today, shelf)
            lines = [pricing.complete(row, n) for n, row in enumerate(lines, 1)]
            patch["lines"] = lines
    else:
        lines = reader.children(change.entity, "lines", change.id) if change.action != "create" else ()
    return patch | document_totals(change.entity, after, lines, rates, reader)


def complete_line(change: Change, reader: Reader) -> dict[str, Any]:
    """What a line that is saved by itself takes from its document's customer and its product."""
    after = change.after
    document = reader.get(change.entity.removesuffix("_lines"), after[change.entity.removesuffix("_lines")])
    if document is None or after["unit_price"] is not None or after["product"] is None:
        return {}
    customer = reader.get("customer", document["customer"])
    on = document_day(document) or reader.today
    row = Pricing(customer, document["currency"], on, Shelf(reader)).complete(
        after, after["line_no"] or after["position"] + 1
    )
    return {name: row[name] for name in COMPLETED}


def line_problems(change: Change, actor: Actor) -> list[Problem]:
    """Lines without a price, and discounts that the sales lead gives."""
    found: list[Problem] = []
    free = actor.is_system or bool(actor.roles & {"sales_lead", "admin"})
    for n, line in enumerate(change.children.get("lines", ()), 1):
        if line.get("unit_price") is None:
            told = _("Line {n} has no price, and no price list names one.", n=n)
            found.append(Problem(told, "no_price", f"lines[{n - 1}].unit_price"))
        if not free and (line.get("discount") or 0) > rules.FREE_DISCOUNT:
            text = _("Line {n}: a discount over {free} % is the sales lead's to give.", n=n, free=rules.FREE_DISCOUNT)
            found.append(Problem(text, "refused", f"lines[{n - 1}].discount"))
    return found


def standing(customer: Record, reader: Reader, without: str | None = None) -> rules.Standing:
    """How the customer stands; `without` names an order that is not counted."""
    invoices = reader.find(
        "invoice", "record.customer == given.customer && record.open > 0", {"customer": customer["id"]}, limit=MANY
    )
    orders = reader.find(
        "order",
        "record.customer == given.customer && record.status in ['confirmed', 'shipped']",
        {"customer": customer["id"]},
        limit=MANY,
    )
    open_of = {i["id"]: _open_base(i) for i in invoices}
    ordered = sum((o["total_base"] or rules.ZERO for o in orders if o["id"] != without), rules.ZERO)
    overdue = sum((open_of[i["id"]] for i in invoices if i["due_on"] < reader.today), rules.ZERO)
    limit = Rates(reader).to_base(customer["credit_limit"], customer["credit_limit_currency"], None)
    return rules.Standing(limit, sum(open_of.values(), rules.ZERO) + ordered, overdue, bool(customer["credit_hold"]))


def _open_base(invoice: Record) -> Decimal:
    return rules.cents((invoice["amount"] - (invoice["paid"] or 0)) * (invoice["exchange_rate"] or 1))


def credit_problems(change: Change, reader: Reader) -> list[Problem]:
    """Why an order cannot be confirmed. It tells what is missing, not which invoices are open."""
    after = change.after
    customer = reader.get("customer", after["customer"])
    if customer is None:
        return []
    release = None
    if after["released_amount"] is not None and after["released_until"] is not None:
        amount = Rates(reader).to_base(after["released_amount"], after["released_amount_currency"], None)
        release = rules.Release(amount or rules.ZERO, after["released_until"])
    total = after["total_base"] if after["total_base"] is not None else after["total"]
    refusal = rules.credit_check(total or rules.ZERO, standing(customer, reader, change.id), release, reader.today)
    if refusal is None:
        return []
    party = reader.get("party", customer["party"])
    shortfall = money(refusal.shortfall, reader.settings["currency"])
    text = _(REFUSALS[refusal.kind], name=party["name"] if party else customer["number"], shortfall=shortfall)
    return [Problem(text, f"credit_{refusal.kind}", "customer")]


def taken(rows: Sequence[Record], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Lines of another document, without what belongs to that one."""
    return [{name: row.get(name) for name in columns} for row in sorted(rows, key=lambda r: r.get("position") or 0)]
