"""Customers through the services, on both databases: prices, exact totals, credit, opportunities, quotes to orders."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from xrm_core.errors import InvalidRecord, Refused
from xrm_core.metamodel.values import Actor, NewRecord, Patch, Record
from xrm_core.services import records
from xrm_core.services.runtime import Runtime
from xrm_core.services.saving import _carry_out
from xrm_core.services.schedules import carry_out_schedule
from xrm_core.services.work import Work
from xrm_core.storage import query

Open = Callable[..., AbstractContextManager[Work]]
D = Decimal
SALES = Actor(id=None, name="Samir", roles=frozenset({"sales"}))
FINANCE = Actor(id=None, name="Mei", roles=frozenset({"finance"}))


def make(w: Work, entity: str, **values: Any) -> str:
    """Create a record; its id."""
    return str(records.create_record(w, entity, values)["id"])


def move(w: Work, entity: str, id: str, transition: str, **values: Any) -> Record:
    """Make a transition."""
    return records.run_transition(w, entity, id, transition, values, reason="because")


def shown(w: Work, entity: str, id: str, *columns: str) -> list[Any]:
    """Values of a record, formulas included."""
    found = records.read_record(w, entity, id, columns)
    return [found[c] for c in columns]


def customer(w: Work, name: str, **values: Any) -> str:
    """A customer of a new party."""
    found = query.by_key(w.tx, w.catalog, "department", ("code",), [("sales",)])
    party = make(w, "party", kind="organisation", name=name)
    return make(w, "customer", party=party, department=next(iter(found.values()))["id"], **values)


def seller(w: Work, customer: str) -> Actor:
    """Sales, in the department of a customer."""
    return replace(SALES, departments=frozenset({str(w.reader.get("customer", customer)["department"])}))  # type: ignore[index]


def product(w: Work, price: str = "10.00", **values: Any) -> str:
    """A product."""
    return make(w, "product", **{"sku": f"P-{Random().random()}", "name": "Filter", "list_price": price, **values})


def lines(w: Work, entity: str, id: str) -> list[Record]:
    """Lines of a document, in order."""
    return sorted(w.reader.children(entity, "lines", id), key=lambda r: r["position"])


def said(caught: pytest.ExceptionInfo[InvalidRecord]) -> str:
    """The sentences of a refusal."""
    return " ".join(p.message for p in caught.value.problems)


def test_totals_are_exact_and_rounded_once(work: Open) -> None:
    """The net of three lines of 0.005 is 0.02, not 0.03; the unrounded sum is kept beside it."""
    with work() as w:
        id = customer(w, "Exact")
        tiny = product(w, "0.005", tax_category="Z")
        order = make(w, "order", customer=id, lines=[{"product": tiny, "quantity": 1, "unit_price": "0.005"}] * 3)
        assert shown(w, "order", order, "net_exact", "net", "total") == [D("0.015"), D("0.02"), D("0.02")]


def test_tax_by_category_and_freight(work: Open) -> None:
    """Tax is rounded once for each category; freight comes on top."""
    with work() as w:
        id = customer(w, "Taxed")
        rows = [
            {"product": product(w, price), "quantity": 1, "tax_category": kind}
            for price, kind in (("0.13", "S"), ("0.13", "S"), ("1.10", "AA"))
        ]
        order = make(w, "order", customer=id, freight="5.00", lines=rows)
        assert shown(w, "order", order, "net", "tax", "total", "total_currency") == [
            D("1.36"),
            D("0.11"),
            D("6.47"),
            "EUR",
        ]


def test_prices_come_from_the_lists(work: Open) -> None:
    """The customer's own list goes before the standard one, that before the product; a price by hand is kept and marked."""
    with work() as w:
        filter, valve = product(w, "10.00"), product(w, "7.00", name="Valve")
        own = make(
            w,
            "price_list",
            code=f"A{Random().random()}",
            name="A",
            currency="EUR",
            prices=[{"product": filter, "from_quantity": 10, "price": "8"}],
        )
        standard = make(
            w,
            "price_list",
            code=f"S{Random().random()}",
            name="S",
            currency="EUR",
            standard=True,
            prices=[{"product": filter, "price": "9.5"}],
        )
        id = customer(w, "Priced", price_list=own)
        rows = [
            {"product": filter, "quantity": 10},
            {"product": filter, "quantity": 9},
            {"product": valve, "quantity": 1},
            {"product": valve, "quantity": 1, "unit_price": "6.5"},
        ]
        order = make(w, "order", customer=id, lines=rows)
        found = [(r["unit_price"], r["price_by_hand"], r["description"]) for r in lines(w, "order", order)]
        assert found == [
            (D("8"), False, "Filter"),
            (D("9.5"), False, "Filter"),
            (D("7"), False, "Valve"),
            (D("6.5"), True, "Valve"),
        ]
        records.update_record(w, "price_list", standard, {"standard": False})


def test_line_saved_by_itself_moves_the_totals(work: Open) -> None:
    """A line created, changed or deleted directly keeps its document right."""
    with work() as w:
        order = make(w, "order", customer=customer(w, "Line by line"), lines=[])
        line = make(w, "order_lines", order=order, product=product(w, "10.00"), quantity=2)
        assert shown(w, "order", order, "net") == [D("20.00")]
        records.update_record(w, "order_lines", line, {"quantity": 5})
        assert shown(w, "order", order, "net", "total_base") == [D("50.00"), shown(w, "order", order, "total")[0]]


def test_high_discount_is_the_leads(work: Open) -> None:
    """Sales gives up to 20 %."""
    with work() as w:
        id, filter = customer(w, "Discounted"), product(w)
        w.actor = seller(w, id)
        make(w, "order", customer=id, lines=[{"product": filter, "quantity": 1, "discount": 20}])
        with pytest.raises(InvalidRecord) as caught:
            make(
                w,
                "order",
                customer=id,
                lines=[{"product": filter, "quantity": 1}, {"product": filter, "quantity": 1, "discount": 21}],
            )
        assert said(caught) == "Line 2: a discount over 20 % is the sales lead's to give."


def test_credit_check_tells_the_shortfall(work: Open) -> None:
    """Open invoices and orders use up the limit; the refusal names what is missing and no invoice; finance may release."""
    with work() as w:
        id, filter = customer(w, "Hotel Albatros", credit_limit="1000"), product(w, tax_category="Z")
        today = w.today
        make(
            w,
            "invoice",
            number=f"I{Random().random()}",
            customer=id,
            issued_on=str(today),
            due_on=str(today),
            amount="300",
        )
        w.actor = sales = seller(w, id)
        first = make(w, "order", customer=id, lines=[{"product": filter, "quantity": 40, "unit_price": "10"}])
        move(w, "order", first, "confirm")
        w.actor = FINANCE
        assert shown(w, "customer", id, "stage", "exposure", "available") == ["active", D("700.00"), D("300.00")]
        w.actor = sales
        second = make(w, "order", customer=id, lines=[{"product": filter, "quantity": 30, "unit_price": "10.01"}])
        with pytest.raises(InvalidRecord) as caught:
            move(w, "order", second, "confirm")
        assert said(caught).startswith("€0.30 more than Hotel Albatros has left in credit.")
        release = {"released_amount": "300.30", "released_until": str(today), "release_reason": "pays tomorrow"}
        with pytest.raises(InvalidRecord) as caught:
            records.update_record(w, "order", second, release)
        assert "order has no field 'released_amount'" in said(caught)
        w.actor = FINANCE
        records.update_record(w, "order", second, release)
        w.actor = sales
        assert move(w, "order", second, "confirm")["status"] == "confirmed"


def test_overdue_and_hold_stop_orders(work: Open) -> None:
    """Payments overdue or a hold keep an order from being confirmed, whatever the limit."""
    with work() as w:
        id, filter = customer(w, "Late"), product(w)
        past = str(w.today - timedelta(days=40))
        invoice = make(
            w, "invoice", number=f"I{Random().random()}", customer=id, issued_on=past, due_on=past, amount="10"
        )
        assert shown(w, "invoice", invoice, "open", "overdue_days", "ageing") == [D("10.00"), 40, "up_to_60"]
        order = make(w, "order", customer=id, lines=[{"product": filter, "quantity": 1}])
        with pytest.raises(InvalidRecord) as caught:
            move(w, "order", order, "confirm")
        assert "overdue" in said(caught)
        assert records.update_record(w, "invoice", invoice, {"paid": "10"})["paid_on"] == w.today
        records.update_record(w, "customer", id, {"credit_hold": True, "hold_reason": "two reminders"})
        with pytest.raises(InvalidRecord) as caught:
            move(w, "order", order, "confirm")
        assert "on credit hold" in said(caught)


def test_order_in_another_currency(work: Open) -> None:
    """Totals stay in the order's currency; the organisation's currency at the rate of the day beside them."""
    with work() as w:
        make(w, "exchange_rate", currency="ISK", on="2020-01-01", rate="0.006543")
        order = make(
            w,
            "order",
            customer=customer(w, "Far"),
            currency="ISK",
            lines=[{"description": "By hand", "quantity": 1, "unit_price": "10000", "tax_category": "Z"}],
        )
        assert shown(w, "order", order, "total", "total_currency", "exchange_rate", "total_base") == [
            D("10000.00"),
            "ISK",
            D("0.006543"),
            D("65.43"),
        ]


def test_stage_brings_probability(work: Open) -> None:
    """A stage brings probability and forecast unless the same save sets them; won is 100; a later day counts as put off."""
    with work() as w:
        id, person = customer(w, "Chance"), make(w, "party", kind="person", name="Anna Decides")
        day = w.today + timedelta(days=10)
        chance = make(w, "opportunity", customer=id, name="Filters", amount="5000", expected_on=str(day))
        assert shown(w, "opportunity", chance, "probability", "forecast", "weighted") == [10, "pipeline", D("500.00")]
        with pytest.raises(InvalidRecord) as caught:
            move(w, "opportunity", chance, "propose")
        assert "who decides" in said(caught)
        records.update_record(
            w,
            "opportunity",
            chance,
            {"people": [{"party": person, "role": "decider"}], "expected_on": str(day + timedelta(days=5))},
        )
        move(w, "opportunity", chance, "propose")
        assert shown(w, "opportunity", chance, "probability", "forecast", "pushes", "first_expected_on") == [
            50,
            "best_case",
            1,
            day,
        ]
        move(w, "opportunity", chance, "negotiate", probability=60)
        assert shown(w, "opportunity", chance, "probability", "forecast") == [60, "commit"]
        assert shown(w, "customer", id, "open_pipeline", "weighted_pipeline") == [D("5000.00"), D("3000.00")]
        with pytest.raises(InvalidRecord):
            records.update_record(w, "opportunity", chance, {"probability": 100})
        move(w, "opportunity", chance, "win", won_on=str(w.today))
        assert shown(w, "opportunity", chance, "probability", "forecast", "cycle_days") == [100, "closed", 0]
        assert shown(w, "customer", id, "open_pipeline", "stage") == [D("0.00"), "active"]


def test_lines_make_the_amount(work: Open) -> None:
    """An opportunity with lines is worth their sum."""
    with work() as w:
        rows = [{"product": product(w, "10.00"), "quantity": 3, "discount": 10}]
        chance = make(
            w,
            "opportunity",
            customer=customer(w, "Summed"),
            name="Sum",
            amount="1",
            expected_on=str(w.today),
            lines=rows,
        )
        assert shown(w, "opportunity", chance, "amount") == [D("27.00")]


def test_accepted_quote_becomes_an_order(work: Open) -> None:
    """The order has the quote's lines and prices, whatever the lists say by then."""
    with work() as w:
        filter = product(w, "10.00")
        quote = make(
            w,
            "quote",
            customer=customer(w, "Quoted"),
            valid_until=str(w.today),
            lines=[{"product": filter, "quantity": 3, "discount": 5}],
        )
        records.update_record(w, "product", filter, {"list_price": "99"})
        move(w, "quote", quote, "send")
        move(w, "quote", quote, "accept")
        (order,) = w.reader.find("order", "record.quote == given.quote", {"quote": quote})
        assert (order["status"], order["net"]) == ("draft", D("28.50"))
        assert [(r["unit_price"], r["discount"]) for r in lines(w, "order", order["id"])] == [(D("10"), D("5"))]


def test_revision_supersedes(work: Open) -> None:
    """A new revision has the same number and lines; the old one is superseded."""
    with work() as w:
        quote = make(
            w,
            "quote",
            customer=customer(w, "Revised"),
            valid_until=str(w.today),
            lines=[{"product": product(w), "quantity": 3}],
        )
        action = w.host.actions[("quote", "revise")]
        w.door = "hook"  # further changes of an action may set what people may not
        for change in action.run(w.reader.get("quote", quote), {}, SALES, w.reader):
            assert isinstance(change, NewRecord | Patch)
            _carry_out(w, change)
        number, status, net = shown(w, "quote", quote, "number", "status", "net")
        both = w.reader.find("quote", "record.number == given.number", {"number": number})
        assert sorted((q["revision"], q["status"], q["net"]) for q in both) == [
            (1, "superseded", net),
            (2, "draft", net),
        ]
        assert status == "superseded"


def test_first_order_activates_by_itself(work: Open) -> None:
    """Nobody makes a customer active by hand; a confirmed order does."""
    with work() as w:
        id = customer(w, "First")
        with pytest.raises(Refused):
            move(w, "customer", id, "activate")
        order = make(w, "order", customer=id, lines=[{"product": product(w), "quantity": 1}])
        with pytest.raises(InvalidRecord):
            move(w, "order", make(w, "order", customer=id), "confirm")
        move(w, "order", order, "confirm")
        assert shown(w, "customer", id, "stage", "last_order_on") == ["active", w.today]


def test_sent_quotes_expire_by_themselves(work: Open, trust: Runtime) -> None:
    """The day after the last one on which they are valid."""
    with work(door="import") as w:
        who = customer(w, "Silent")
        days = {"ended": w.today - timedelta(days=1), "valid": w.today}
        quotes = {
            name: make(w, "quote", customer=who, quoted_on=str(day), valid_until=str(day), status="sent")
            for name, day in days.items()
        }
    for _ in range(2):
        carry_out_schedule(trust, {"name": "expire_quotes"})
    with work() as w:
        stored = w.reader.get_many("quote", quotes.values())
        assert {name: stored[id]["status"] for name, id in quotes.items()} == {"ended": "expired", "valid": "sent"}
