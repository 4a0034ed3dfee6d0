"""Numbers that are amounts are shown with the currency that their record says, in rows with that of the record they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.testing import temporary_organisation

BILL = """
entity: ware
title: "{name}"
fields:
  name: {type: text, required: true}
---
entity: bill
title: "{name}"
fields:
  name: {type: text, required: true}
  currency: {type: currency}
  total: {type: money}
  part: {type: formula, of: money, is: "record.total / 2", currency_from: total}
  factor: {type: decimal, scale: 4, currency_from: currency}
  lines:
    type: child_table
    fields:
      ware: {type: link, to: ware, reverse: lines}
      price: {type: decimal, scale: 4, currency_from: currency}
      half: {type: formula, of: decimal, scale: 6, is: "record.price / 2", currency_from: currency}
  exact: {type: rollup, of: decimal, scale: 6, over: lines, compute: sum, value: half, currency_from: currency}
"""
VIEW = """
entity: bill
views:
  - {view: bills, label: Bills, columns: [name, part, factor, exact], default: true}
"""
FORM = """
form: ware
tabs:
  - label: Ware
    sections: [{fields: [name]}]
    related: [lines]
"""


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient[Any]]:
    """Pages of an organisation with a bill in dollars and one without a currency."""
    with temporary_organisation(
        metadata={"entities/bill.yaml": BILL, "views/bill.yaml": VIEW, "forms/ware.yaml": FORM}, url=database_url
    ) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            session = accounts.begin_session(work, accounts.first_administrator(work, "Ada", "ada@example.com"))
            ware = records.create_record(work, "ware", {"name": "Rope"})["id"]
            lines = [{"price": "12.5", "ware": ware}, {"price": "0.0025"}]
            values = {"currency": "USD", "total": "9", "total_currency": "USD", "factor": "3", "lines": lines}
            bill = records.create_record(work, "bill", {"name": "Ours", **values})["id"]
            records.create_record(work, "bill", {"name": "Bare", "factor": "4"})
        with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as made:
            made.cookies.set("xrm_session", session)
            made.ids = {"ware": ware, "bill": bill, "runtime": runtime}  # type: ignore[attr-defined]
            yield made


def shown(client: TestClient[Any], url: str) -> str:
    """The words of a page."""
    answer = client.get(url)
    assert answer.status_code == 200, answer.text[:500]
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_amounts_carry_their_currency(client: TestClient[Any]) -> None:
    """On the record, in its rows, in a list, and on the record that the rows point to; without one they are plain numbers."""
    bill, ware = client.ids["bill"], client.ids["ware"]  # type: ignore[attr-defined]
    page = shown(client, f"/e/bill/{bill}")
    for said in ("$4.50", "$3.00", "$12.50", "$0.0025", "$6.25", "$0.00125", "$6.25125"):
        assert said in page, said
    table = shown(client, "/e/bill")
    assert "$4.50 $3.00 $6.25125" in table
    assert "Bare – empty 4 " in table
    assert "$12.50" in shown(client, f"/e/ware/{ware}")


def test_inputs_say_the_currency_and_take_plain_numbers(client: TestClient[Any]) -> None:
    """The sign stands behind the input, it is no part of what is typed; sums stay exact."""
    bill, runtime = client.ids["bill"], client.ids["runtime"]  # type: ignore[attr-defined]
    page = client.get(f"/e/bill/{bill}/edit").text
    assert page.count(">USD<") >= 3
    with runtime.work(SYSTEM, "cli") as work:
        assert records.read_record(work, "bill", bill, ("exact",))["exact"] == Decimal("6.251250")
