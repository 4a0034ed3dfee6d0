"""Suppliers through the services, on both databases: qualification, contracts, certificates, reviews, spend."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xrm_core.errors import InvalidRecord, Refused
from xrm_core.language import speaking
from xrm_core.metamodel.values import Actor, Record
from xrm_core.services import bulk, files, records
from xrm_core.services.runtime import Runtime
from xrm_core.services.schedules import carry_out_schedule
from xrm_core.services.work import Work
from xrm_core.storage import query

Open = Callable[..., AbstractContextManager[Work]]
LEAD = Actor(id=None, name="Chiara", roles=frozenset({"buyer", "procurement_lead"}))
FINANCE = Actor(id=None, name="Mei", roles=frozenset({"finance", "finance_lead"}))


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


def department(w: Work, code: str) -> str:
    """Id of a department."""
    return str(next(iter(query.by_key(w.tx, w.catalog, "department", ("code",), [(code,)]).values()))["id"])


def lead(w: Work) -> Actor:
    """The procurement lead, in the department of the suppliers."""
    return replace(LEAD, departments=frozenset({department(w, "procurement")}))


def supplier(w: Work, name: str, **values: Any) -> str:
    """A registered supplier of a new party."""
    party = make(w, "party", kind="organisation", name=name)
    return make(w, "supplier", party=party, department=department(w, "procurement"), **values)


def qualified(w: Work, name: str, **values: Any) -> str:
    """A supplier with all checks passed."""
    id = supplier(w, name, **values)
    move(w, "supplier", id, "screen")
    rows = [{"id": r["id"], "kind": r["kind"], "status": "passed"} for r in w.reader.children("supplier", "checks", id)]
    records.update_record(w, "supplier", id, {"checks": rows})
    move(w, "supplier", id, "qualify")
    return id


def deal(supplier: str, **more: Any) -> dict[str, Any]:
    """A contract of two years."""
    return {
        "supplier": supplier,
        "title": "Pumps",
        "starts_on": "2026-01-01",
        "ends_on": "2027-12-31",
        "value": "50000",
        **more,
    }


@pytest.fixture
def said() -> Callable[[pytest.ExceptionInfo[InvalidRecord]], str]:
    """The sentences of a refusal in one text."""
    return lambda caught: " ".join(p.message for p in caught.value.problems)


def test_screening_opens_the_checks_of_the_criticality(work: Open) -> None:
    """Screening opens what the criticality asks for, once; open checks keep a supplier from being qualified."""
    with work() as w:
        id = supplier(w, "Checked", criticality="medium", handles_personal_data=True)
        move(w, "supplier", id, "screen")
        kinds = [r["kind"] for r in w.reader.children("supplier", "checks", id)]
        assert kinds == ["identity", "bank", "tax", "conduct", "insurance", "data_protection"]
        assert shown(w, "supplier", id, "open_checks", "phase") == [6, "forming"]
        with pytest.raises(InvalidRecord, match="see stage"):
            move(w, "supplier", id, "qualify")


def test_outdated_check_is_open_again(work: Open) -> None:
    """A passed check counts as open once it is no longer valid; a waived one never does."""
    with work() as w:
        past = str(w.today - timedelta(days=1))
        checks = [
            {"kind": "tax", "status": "passed", "valid_until": past},
            {"kind": "bank", "status": "waived", "valid_until": past},
        ]
        id = supplier(w, "Outdated", checks=checks)
        assert shown(w, "supplier", id, "open_checks") == [1]


def test_contract_is_refused_in_words(work: Open, said: Any) -> None:
    """A blocked supplier gets no contract, and the refusal names the day, the reason and the way out, in the language that is spoken."""
    with work() as w:
        w.actor = lead(w)
        id = qualified(w, "Nordsee Pumpen GmbH")
        draft = make(w, "contract", **deal(id))
        move(w, "supplier", id, "block", blocked_reason="sanctions")
        with pytest.raises(InvalidRecord) as caught:
            make(w, "contract", **deal(id))
        assert said(caught).startswith("Nordsee Pumpen GmbH is blocked since")
        assert "(sanctions)" in said(caught)
        move(w, "contract", draft, "submit")
        w.actor = replace(lead(w), language="de")
        with pytest.raises(InvalidRecord) as caught:
            move(w, "contract", draft, "activate", signed_on="2026-01-01")
        assert "Signed" in said(caught) or "Unterschrieben" in said(caught)
        for language, words in (("de", "gesperrt (Sanktionen)"), ("ar", "محظور")):
            with speaking(language), pytest.raises(InvalidRecord) as caught:
                make(w, "contract", **deal(id))
            assert words in said(caught)


def test_every_supplier_of_a_contract_is_checked(work: Open, said: Any) -> None:
    """A member of a consortium that is only registered stops the contract too."""
    with work() as w:
        lead, member = qualified(w, "Leading"), supplier(w, "Merely registered")
        with pytest.raises(InvalidRecord) as caught:
            make(
                w,
                "contract",
                **deal(lead, suppliers=[{"supplier": lead, "role": "lead"}, {"supplier": member, "role": "member"}]),
            )
        assert said(caught).startswith("Merely registered is at the stage “Registered”")


def test_conditional_supplier_has_a_limit(work: Open, said: Any) -> None:
    """Active contracts and the new one together stay within the spend limit."""
    with work() as w:
        id = supplier(w, "Conditional")
        move(w, "supplier", id, "screen")
        move(w, "supplier", id, "accept_conditionally", spend_limit="60000", conditional_until="2030-01-01")
        make(w, "contract", **deal(id, value="60000"))
        with pytest.raises(InvalidRecord) as caught:
            make(w, "contract", **deal(id, value="60000.01"))
        assert "€0.01 more" in said(caught)


def test_contracts_from_elsewhere_are_taken_as_they_are(work: Open) -> None:
    """An import brings active contracts of suppliers that are only registered."""
    with work(door="import") as w:
        id = supplier(w, "Imported")
        row = deal(id, status="active", source="test", source_key="a1", value="100", value_currency="EUR")
        assert [r.status for r in bulk.upsert_records(w, "contract", [row], ("source", "source_key"))] == ["created"]
        assert [r.status for r in bulk.upsert_records(w, "contract", [row], ("source", "source_key"))] == ["unchanged"]
        assert shown(w, "supplier", id, "contract_value") == [Decimal("100.00")]


def test_finance_blocks_for_its_reasons(work: Open, said: Any) -> None:
    """Finance blocks for sanctions, fraud and insolvency; quality is procurement's."""
    with work() as w:
        id = qualified(w, "Watched")
        w.actor = FINANCE
        with pytest.raises(InvalidRecord) as caught:
            move(w, "supplier", id, "block", blocked_reason="quality")
        assert "ask the procurement lead" in said(caught)
        move(w, "supplier", id, "block", blocked_reason="insolvency")
        assert shown(w, "supplier", id, "stage", "blocked_on") == ["blocked", w.today]
        with pytest.raises(Refused):
            move(w, "supplier", id, "unblock")
        w.actor = lead(w)
        assert move(w, "supplier", id, "unblock")["blocked_reason"] is None


def test_renewed_certificate_takes_the_place_of_the_old(work: Open) -> None:
    """An expired mandatory certificate counts until a newer one of its kind is entered."""
    with work() as w:
        id = supplier(w, "Certified")
        old = make(
            w,
            "certificate",
            supplier=id,
            kind="iso_9001",
            issued_on="2020-01-01",
            expires_on="2023-01-01",
            mandatory=True,
        )
        assert shown(w, "certificate", old, "validity") == ["expired"]
        assert shown(w, "supplier", id, "expired_certificates") == [1]
        soon = str(w.today + timedelta(days=90))
        new = make(
            w, "certificate", supplier=id, kind="iso_9001", issued_on="2023-01-01", expires_on=soon, mandatory=True
        )
        assert shown(w, "certificate", new, "validity") == ["expiring"]
        assert shown(w, "certificate", old, "replaced_by") == [new]
        assert shown(w, "supplier", id, "expired_certificates") == [0]
        endless = make(w, "certificate", supplier=id, kind="fsc", issued_on="2023-01-01")
        assert shown(w, "certificate", endless, "validity") == ["open"]


def test_published_reviews_make_the_score(work: Open) -> None:
    """A review asks for all criteria, is published with 60 % of the weight scored, and moves score and grade."""
    with work() as w:
        w.actor = lead(w)
        id = supplier(w, "Reviewed")
        ends = w.today - timedelta(days=10)
        scores = [{"criterion": "quality", "score": 5}, {"criterion": "delivery", "score": 4}]
        review = make(w, "review", supplier=id, from_on=str(ends - timedelta(days=180)), to_on=str(ends), scores=scores)
        rows = w.reader.children("review", "scores", review)
        assert [(r["criterion"], r["weight"]) for r in rows][:3] == [("quality", 30), ("delivery", 25), ("price", 15)]
        assert shown(w, "review", review, "scored_share") == [Decimal("55.0")]
        with pytest.raises(InvalidRecord):
            move(w, "review", review, "publish")
        asked = [
            {"id": r["id"], "criterion": r["criterion"], "weight": r["weight"], "score": r["score"] or 3} for r in rows
        ]
        records.update_record(w, "review", review, {"scores": asked})
        move(w, "review", review, "publish")
        assert shown(w, "review", review, "score") == [Decimal("71.3")]  # (30 * 100 + 25 * 75 + 45 * 50) / 100 = 71.25
        assert shown(w, "supplier", id, "score", "grade") == [Decimal("71.3"), "B"]
        move(w, "review", review, "withdraw")
        assert shown(w, "supplier", id, "score", "grade") == [None, None]


def test_spend_is_summed_in_our_currency(work: Open) -> None:
    """Amounts of other currencies count at the rate of their day; an invoice is booked once."""
    with work() as w:
        id = qualified(w, "Spent")
        make(w, "exchange_rate", currency="NOK", on="2020-01-01", rate="0.1")
        make(w, "exchange_rate", currency="NOK", on=str(w.today), rate="0.2")
        contract = make(
            w, "contract", **deal(id, category="42", starts_on=str(w.today - timedelta(days=30)), ends_on=str(w.today))
        )
        today, earlier = str(w.today), str(w.today - timedelta(days=5))
        one = make(w, "spend", supplier=id, contract=contract, invoice_no="1", booked_on=earlier, amount="100.00")
        make(w, "spend", supplier=id, booked_on=today, amount="100", amount_currency="NOK")
        make(w, "spend", supplier=id, booked_on=earlier, amount="100", amount_currency="NOK")
        unknown = make(w, "spend", supplier=id, booked_on=today, amount="100", amount_currency="SEK")
        assert shown(w, "supplier", id, "spend_12m", "off_contract_12m") == [Decimal("130.00"), Decimal("30.00")]
        assert shown(w, "spend", one, "category", "outside_period") == ["42", False]
        assert shown(w, "spend", unknown, "amount_base") == [None]
        assert shown(w, "contract", contract, "spent", "used") == [Decimal("100.00"), Decimal("0.2")]
        with pytest.raises(Exception, match="already used"):
            make(w, "spend", supplier=id, invoice_no="1", booked_on=earlier, amount="7")


def test_renewal_takes_an_option(work: Open) -> None:
    """Renewing sets a later end and takes one option; without an option left it is refused."""
    with work() as w:
        id = qualified(w, "Renewed")
        w.door = "import"
        contract = make(w, "contract", **deal(id, renewal="by_option", options_left=1, notice_days=90, status="active"))
        w.door = "api"
        assert shown(w, "contract", contract, "notice_by") == [date(2027, 10, 2)]
        assert move(w, "contract", contract, "renew", ends_on="2028-12-31")["options_left"] == 0
        with pytest.raises(InvalidRecord):
            move(w, "contract", contract, "renew", ends_on="2029-12-31")


def test_large_contract_is_activated_by_a_manager(work: Open, said: Any) -> None:
    """From 100,000 on the procurement lead alone cannot activate."""
    with work() as w:
        id = qualified(w, "Large")
        w.door = "import"
        contract = make(w, "contract", **deal(id, value="100000", status="in_review"))
        file = files.keep(w, "contract.pdf", "application/pdf", b"%PDF-1.7", "contract", "file")
        w.door, w.actor = "api", lead(w)
        with pytest.raises(InvalidRecord) as caught:
            move(w, "contract", contract, "activate", signed_on="2026-01-01", file=file)
        assert said(caught) == "From €100,000.00 on, a manager activates the contract."
        w.actor = replace(LEAD, roles=frozenset({"manager"}))
        assert move(w, "contract", contract, "activate", signed_on="2026-01-01", file=file)["status"] == "active"


def test_expired_mandatory_certificate_stops_activation(work: Open, said: Any) -> None:
    """Activation names the certificate that has expired."""
    with work() as w:
        w.actor = lead(w)
        id = qualified(w, "Expired")
        contract = make(w, "contract", **deal(id))
        move(w, "contract", contract, "submit")
        make(
            w,
            "certificate",
            supplier=id,
            kind="product_conformity",
            issued_on="2020-01-01",
            expires_on="2023-01-01",
            mandatory=True,
        )
        file = files.keep(w, "contract.pdf", "application/pdf", b"%PDF-1.7", "contract", "file")
        with pytest.raises(InvalidRecord) as caught:
            move(w, "contract", contract, "activate", signed_on="2026-01-01", file=file)
        assert said(caught) == (
            "Expired has no valid certificate: Product conformity expired on 1 January 2023. Enter the renewed one first."
        )


def test_ended_contracts_expire_by_themselves(work: Open, trust: Runtime) -> None:
    """The day after the end; those that renew, by themselves or by an option, and those that run today stay."""
    with work() as w:
        id, w.door = qualified(w, "Ending"), "import"
        days = {"ends_on": w.today - timedelta(days=1), "status": "active"}
        ended, today = (
            make(w, "contract", **deal(id, **days)),
            make(w, "contract", **deal(id, **{**days, "ends_on": w.today})),
        )
        renews = make(w, "contract", **deal(id, **days, renewal="automatic", notice_days=90))
    for _ in range(2):
        carry_out_schedule(trust, {"name": "expire_contracts"})
    with work() as w:
        assert [shown(w, "contract", id, "status") for id in (ended, today, renews)] == [
            ["expired"],
            ["active"],
            ["active"],
        ]
