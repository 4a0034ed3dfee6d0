"""The demo organisation as a whole, on both databases: its own domain, its needs matrix, and the profile of its sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from xrm_core.errors import InvalidRecord
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import lists, records
from xrm_core.services.runtime import Runtime

METADATA = Path(__file__).resolve().parents[2] / "metadata"
Rows = Callable[..., list[dict[str, Any]]]
DEPARTMENTS = (
    "management",
    "fundraising",
    "individual_giving",
    "major_gifts",
    "procurement",
    "sales",
    "finance",
    "service",
)
ROLES = (
    "fundraiser", "fundraising_lead", "researcher", "buyer", "procurement_lead", "sales", "sales_lead", "finance",
    "finance_lead", "service", "service_lead", "manager", "data_steward", "auditor", "implementer", "admin",
)  # fmt: skip


@pytest.fixture
def rows(brightwater: Runtime) -> Rows:
    """Lists records: entity, columns, filter."""

    def listed(entity: str, *columns: str, where: str | None = None) -> list[dict[str, Any]]:
        with brightwater.work(SYSTEM, "cli") as work:
            return [dict(r) for r in lists.list_records(work, Query(entity, columns, where, limit=5000)).rows]

    return listed


def view(runtime: Runtime, name: str) -> int:
    """How many records a view shows."""
    with runtime.work(SYSTEM, "cli") as work:
        found = work.catalog.views[name]
        return len(lists.list_records(work, Query(found.entity, ("id",), found.filter, limit=5000)).rows)


def test_investors_are_made_of_sixty_lines() -> None:
    """The organisation's own domain needs an entity, its codes, a form and views, together sixty lines at most, and no Python."""
    files = [METADATA / folder / "investor.yaml" for folder in ("entities", "codes", "forms", "views")]
    assert sum(len(f.read_text("utf-8").splitlines()) for f in files) <= 60
    assert not list(METADATA.rglob("*.py"))


def test_investor_takes_its_stages(brightwater: Runtime, rows: Rows) -> None:
    """An investor goes from identified to invested; what a stage needs is asked for; rules hold."""
    party = rows("party", "id", where="record.kind == 'organisation'")[-1]["id"]
    with brightwater.work(SYSTEM, "api", write=True) as work:
        invested = len(work.reader.find("investor", "record.stage == 'invested'"))
        department = next(iter(work.reader.find("department", "record.code == 'management'")))["id"]
        id = records.create_record(work, "investor", {"party": party, "department": department})["id"]
        for step, values in (
            ("contact", {}),
            ("examine", {"target": "50000"}),
            ("commit", {"committed": "40000", "instrument": "loan"}),
        ):
            records.run_transition(work, "investor", id, step, values)
        with pytest.raises(InvalidRecord):
            records.run_transition(work, "investor", id, "invest", {"drawn": "40001"})
        records.run_transition(work, "investor", id, "invest", {"drawn": "15000"})
        found = records.read_record(work, "investor", id, ("number", "phase", "undrawn", "display"))
        assert (found["phase"], found["undrawn"]) == ("maintaining", Decimal("25000.00"))
        board = lists.board(work, work.catalog.views["investor_board"])
        assert {c.code: c.count for c in board}["invested"] == invested + 1


def test_departments_and_roles(brightwater: Runtime) -> None:
    """Every department and role of the organisation is declared, and departments are records."""
    catalog = brightwater.catalog
    assert set(catalog.departments) == set(DEPARTMENTS)
    assert set(ROLES) <= set(catalog.roles)
    assert {catalog.departments[d].parent for d in ("individual_giving", "major_gifts")} == {"fundraising"}
    with brightwater.work(SYSTEM, "cli") as work:
        assert {r["code"] for r in work.reader.find("department", "true")} >= set(DEPARTMENTS)


def test_every_field_has_a_class_that_somebody_needs(brightwater: Runtime) -> None:
    """No field is without a data class, and the needs matrix speaks of every class."""
    catalog = brightwater.catalog
    for entity in catalog.entities.values():
        if entity.domain == "core" or entity.parent is not None:
            continue
        loose = [f.name for f in entity.fields.values() if f.name != "display" and f.data_class is None]
        assert not loose, f"{entity.name}: {loose}"
        unknown = {f.data_class for f in entity.fields.values() if f.data_class} - set(catalog.needs.needs)
        assert not unknown, f"{entity.name}: {unknown}"


def test_sample_suppliers_have_their_profile(brightwater: Runtime, rows: Rows) -> None:
    """Stages, the Pareto share of spend, certificates and contracts come out as planned."""
    found = rows("supplier", "stage", "spend_12m", "party.name")
    assert Counter(r["stage"] for r in found) == {
        "qualified": 26, "preferred": 5, "conditional": 4, "screening": 4, "suspended": 2, "blocked": 1, "ended": 3,
    }  # fmt: skip
    spend = sorted((r["spend_12m"] for r in found), reverse=True)
    assert 65 <= sum(spend[:8]) * 100 / sum(spend) <= 85
    assert Counter(r["validity"] for r in rows("certificate", "validity"))["expired"] == 3
    assert Counter(r["validity"] for r in rows("certificate", "validity"))["expiring"] == 6
    assert len(rows("contract", "id")) == 60
    assert view(brightwater, "notice_due") == 8
    assert {r["grade"] for r in rows("supplier", "grade") if r["grade"]} >= {"A", "B"}


def test_sample_customers_have_their_profile(rows: Rows) -> None:
    """Orders, discounts, opportunities and payments come out as planned."""
    assert len(rows("customer", "id")) == 60
    assert len(rows("order", "id")) == 400
    lines = rows("order_lines", "discount")
    assert 0.5 <= sum(r["discount"] == 0 for r in lines) / len(lines) <= 0.7
    chances = rows("opportunity", "stage", "pushes")
    decided = Counter(r["stage"] for r in chances)
    assert len(chances) == 140
    assert 0.16 <= decided["won"] / (decided["won"] + decided["lost"]) <= 0.32
    assert 0.3 <= sum(r["pushes"] > 0 for r in chances) / 140 <= 0.5
    late = [r["days_to_pay"] - 30 for r in rows("invoice", "days_to_pay") if r["days_to_pay"] is not None]
    assert 0 <= sorted(late)[len(late) // 2] <= 8


def test_sample_totals_are_the_sums_of_their_lines(rows: Rows) -> None:
    """What is stored as net is the exact sum rounded once."""
    for order in rows("order", "net", "net_exact", "tax", "total", "freight"):
        assert abs(order["net"] - order["net_exact"]) <= Decimal("0.005")
        assert order["total"] == order["net"] + order["tax"] + (order["freight"] or 0)


def test_story_is_set(rows: Rows) -> None:
    """Nordsee Pumpen is supplier, customer and donor with an expired certificate; the hotel waits for 40 filters within its limit."""
    name = "record.party.name == 'Nordsee Pumpen GmbH'"
    assert [len(rows(e, "id", where=name)) for e in ("supplier", "customer", "donor")] == [1, 1, 1]
    assert rows("supplier", "stage", "expired_certificates", where=name)[0] == {
        "stage": "qualified",
        "expired_certificates": 1,
    }
    hotel = rows("customer", "available", "exposure", where="record.party.name == 'Hotel Albatros'")[0]
    assert Decimal(0) <= hotel["available"] < hotel["exposure"] / 2
    (order,) = rows(
        "order", "id", "status", where="record.customer.party.name == 'Hotel Albatros' && record.status == 'confirmed'"
    )
    assert [r["quantity"] for r in rows("order_lines", "quantity", where=f"record.order == '{order['id']}'")] == [
        Decimal(40)
    ]


def test_all_views_answer(brightwater: Runtime) -> None:
    """Every list and board over records of their own can be read."""
    with brightwater.work(SYSTEM, "cli") as work:
        for found in work.catalog.views.values():
            if found.kind == "board":
                lists.board(work, found)
            elif work.entity(found.entity).parent is None:
                lists.list_records(work, lists.query_of_view(work, found))
