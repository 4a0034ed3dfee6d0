"""The rules of selling."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xrm_customers import rules

D = Decimal
TODAY = date(2026, 6, 30)
RATES = {"S": D(20), "AA": D(5), "Z": D(0)}


def line(quantity: str, price: str, discount: str = "0", category: str = "S") -> dict[str, Any]:
    """A line of a document."""
    return {"quantity": D(quantity), "unit_price": D(price), "discount": D(discount), "tax_category": category}


def test_line_net_is_exact() -> None:
    """Nothing is rounded in a line."""
    assert rules.line_net(line("3", "7.1234", "12.5")) == D("18.698925")
    assert rules.line_net({"quantity": D(1), "unit_price": None}) == 0


def test_document_rounds_once() -> None:
    """Three nets of 0.005 are 0.015, rounded half up to 0.02; rounding each line would give 0.03."""
    sums = rules.totals([line("1", "0.005", category="Z")] * 3, RATES.__getitem__)
    assert (sums.net, sums.tax, sums.total) == (D("0.02"), D(0), D("0.02"))


def test_tax_is_rounded_for_each_category() -> None:
    """Tax is the rounded share of each category's net; freight is added untaxed."""
    sums = rules.totals(
        [line("1", "0.13"), line("1", "0.13"), line("1", "1.10", category="AA")], RATES.__getitem__, D(5)
    )
    assert sums == rules.Totals(net=D("1.36"), tax=D("0.05") + D("0.06"), total=D("1.36") + D("0.11") + D(5))


@given(st.lists(st.tuples(st.integers(1, 999), st.integers(0, 99999), st.sampled_from([0, 5, 15, 25])), max_size=8))
def test_totals_do_not_depend_on_the_order_of_lines(rows: list[tuple[int, int, int]]) -> None:
    """Adding up is exact, so lines may stand in any order."""
    lines = [line(str(q), str(D(p) / 100), str(d)) for q, p, d in rows]
    assert rules.totals(lines, RATES.__getitem__) == rules.totals(lines[::-1], RATES.__getitem__)


def price(quantity: str, amount: str, since: date | None = None, until: date | None = None) -> dict[str, Any]:
    """A row of a price list."""
    return {"product": "p", "from_quantity": D(quantity), "price": D(amount), "since": since, "until": until}


def test_price_by_quantity() -> None:
    """The largest quantity that is reached decides."""
    prices = [price("1", "10"), price("10", "9"), price("100", "8")]
    assert [rules.price_on(prices, "p", D(q), TODAY) for q in ("1", "9.99", "10", "250")] == [D(10), D(10), D(9), D(8)]
    assert rules.price_on(prices, "other", D(5), TODAY) is None


def test_price_by_date() -> None:
    """Only prices in force count; of two, the one that began later."""
    prices = [
        price("1", "10"),
        price("1", "11", since=date(2026, 1, 1)),
        price("1", "12", since=date(2027, 1, 1)),
        price("1", "5", until=date(2025, 1, 1)),
    ]
    assert rules.price_on(prices, "p", D(1), TODAY) == D(11)


def test_credit_within_the_limit() -> None:
    """Exactly the available credit may be ordered; without a limit there is no check."""
    standing = rules.Standing(D(1000), D(400), D(0))
    assert rules.credit_check(D(600), standing, None, TODAY) is None
    assert rules.credit_check(D(10**9), rules.Standing(None, D(400), D(0)), None, TODAY) is None


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (rules.Standing(D(1000), D(400), D(0)), rules.Refusal("limit", D("0.01"))),
        (rules.Standing(D(0), D(0), D(0)), rules.Refusal("prepayment", D("600.01"))),
        (rules.Standing(D(9999), D(0), D("0.01")), rules.Refusal("overdue")),
        (rules.Standing(None, D(0), D(0), hold=True), rules.Refusal("hold")),
    ],
)
def test_credit_refusals(standing: rules.Standing, expected: rules.Refusal) -> None:
    """Above the limit, without any, with payments overdue, on hold; the shortfall is told to the cent."""
    assert rules.credit_check(D("600.01"), standing, None, TODAY) == expected


def test_release_opens_up_to_amount_and_day() -> None:
    """A release covers its amount until its day, and no more."""
    standing = rules.Standing(D(0), D(0), D(5), hold=True)
    assert rules.credit_check(D(600), standing, rules.Release(D(600), TODAY), TODAY) is None
    assert rules.credit_check(D("600.01"), standing, rules.Release(D(600), TODAY), TODAY) is not None
    assert rules.credit_check(D(600), standing, rules.Release(D(600), date(2026, 6, 29)), TODAY) is not None


def test_pushes_count_only_later_days() -> None:
    """Moving the expected day later counts, moving it earlier does not."""
    assert rules.pushes(date(2026, 1, 1), date(2026, 2, 1), 1) == 2
    assert rules.pushes(date(2026, 2, 1), date(2026, 1, 1), 1) == 1
    assert rules.pushes(None, date(2026, 1, 1), 0) == 0


def test_stuck() -> None:
    """More than twice the typical days."""
    assert rules.is_stuck(19, 9)
    assert not rules.is_stuck(18, 9)
    assert not rules.is_stuck(500, None)
