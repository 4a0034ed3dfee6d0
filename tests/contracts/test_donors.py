"""Donors through the services, on both databases: stages by evidence, shares, schedules, receipts, trees, rates."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from xrm_core.errors import InvalidRecord, XrmError
from xrm_core.metamodel.values import SYSTEM, Query, Record
from xrm_core.services import actions, bulk, lists, records
from xrm_core.services.runtime import Runtime
from xrm_core.services.schedules import carry_out_schedule
from xrm_core.services.work import Work
from xrm_core.storage import query

Open = Callable[..., AbstractContextManager[Work]]
D = Decimal
number = itertools.count(1)


def make(w: Work, entity: str, **values: Any) -> str:
    """Create a record; its id."""
    return str(records.create_record(w, entity, values)["id"])


def stored(w: Work, entity: str, id: str) -> Record:
    """The stored record."""
    found = query.get(w.tx, w.catalog, entity, id)
    assert found is not None
    return found


def figures(w: Work, entity: str, id: str, *columns: str) -> tuple[Any, ...]:
    """Values of formulas and roll-ups."""
    found = records.read_record(w, entity, id, columns)
    return tuple(found[c] for c in columns)


def rows(w: Work, entity: str, id: str, table: str) -> Sequence[Record]:
    """Child rows."""
    return w.reader.children(entity, table, id)


def donor(w: Work, kind: str = "person", **values: Any) -> str:
    """A new party as a donor."""
    department = query.by_key(w.tx, w.catalog, "department", ("code",), [("major_gifts",)])
    party = make(
        w,
        "party",
        kind=kind,
        name=f"Giver {next(number)}",
        addresses=[{"address_line1": "1 Quay", "address_locality": "Cork"}],
    )
    return make(w, "donor", party=party, department=next(iter(department.values()))["id"], **values)


def gift(w: Work, who: str, amount: str = "100", days: int = 0, **values: Any) -> str:
    """A gift received some days ago."""
    return make(
        w,
        "donation",
        donor=who,
        amount=D(amount),
        status="received",
        received_on=w.today - timedelta(days=days),
        method="transfer",
        **values,
    )


def test_stage_moves_by_evidence(work: Open) -> None:
    """The first gift makes a first-time donor, a second on another day an active one, a new one brings a lapsed one back."""
    with work() as w:
        who = donor(w)
        assert (stored(w, "donor", who)["stage"], stored(w, "donor", who)["type"]) == ("prospect", "individual")
        gift(w, who, days=5)
        gift(w, who, days=5)
        assert stored(w, "donor", who)["stage"] == "first_time"
        gift(w, who, "50")
        assert stored(w, "donor", who)["stage"] == "active"
        assert stored(w, "donor", who)["suggested_ask"] == D("100")
        assert figures(w, "donor", who, "total", "number_of", "average", "largest", "last_amount") == (
            D(250),
            3,
            D("83.33"),
            D(100),
            D(50),
        )
        assert figures(w, "donor", who, "phase", "tier", "recency") == ("maintaining", "T3", "active")
    with work(door="import") as w:
        lapsed = donor(w, stage="lapsed")
        gift(w, lapsed, days=900)
        assert stored(w, "donor", lapsed)["stage"] == "lapsed"
        gift(w, lapsed, days=3)
        assert stored(w, "donor", lapsed)["stage"] == "active"


def test_receiving_pays_and_asks_for_thanks(work: Open) -> None:
    """A received gift has a payment and is to be thanked for; a public body and an imported gift are not thanked."""
    with work() as w:
        who = donor(w)
        id = make(w, "donation", donor=who, amount=D(80))
        assert stored(w, "donation", id)["thanks"] == "not_wanted"
        with pytest.raises(InvalidRecord):
            records.run_transition(w, "donation", id, "receive")
        records.run_transition(w, "donation", id, "receive", {"received_on": w.today, "method": "card"})
        assert [(p["amount"], p["status"]) for p in rows(w, "donation", id, "payments")] == [(D(80), "received")]
        assert stored(w, "donation", id)["thanks"] == "due"
        records.update_record(w, "donation", id, {"thanks": "thanked"})
        assert stored(w, "donation", id)["thanked_on"] == w.today
        records.run_transition(w, "donation", id, "refund", {"reason": "donor_wish"}, reason="asked for it")
        assert sum(p["amount"] for p in rows(w, "donation", id, "payments")) == 0
        office = donor(w, "organisation", type="public_body")
        assert stored(w, "donation", gift(w, office))["thanks"] == "not_wanted"
        with pytest.raises(InvalidRecord):
            make(w, "donation", donor=who, amount=D(1), status="received")
        with pytest.raises(InvalidRecord):
            gift(w, who, kind="in_kind", in_kind_kind="goods")
    with work(door="import") as w:
        id = gift(w, donor(w))
        assert (stored(w, "donation", id)["thanks"], list(rows(w, "donation", id, "payments"))) == ("not_wanted", [])


def test_shares_add_up(work: Open) -> None:
    """Shares of funds add up to the cent; what is not allocated goes to the default fund; closed funds are refused."""
    with work() as w:
        n = next(number)
        a, b, c, rest = (make(w, "fund", code=f"F{n}{k}", name=k) for k in "abcr")
        campaign = make(w, "campaign", code=f"C{n}", name="C", default_fund=rest)
        who = donor(w)
        id = gift(
            w,
            who,
            "100",
            allocations=[{"fund": f, "percent": p} for f, p in ((a, D("33.33")), (b, D("33.33")), (c, D("33.34")))],
        )
        assert [r["share"] for r in rows(w, "donation", id, "allocations")] == [D("33.33"), D("33.33"), D("33.34")]
        id = gift(
            w,
            who,
            "0.05",
            campaign=campaign,
            allocations=[{"fund": a, "percent": D(50)}, {"fund": b, "percent": D(30)}],
        )
        assert [r["share"] for r in rows(w, "donation", id, "allocations")] == [D("0.03"), D("0.01")]
        assert (stored(w, "donation", id)["rest"], stored(w, "donation", id)["rest_fund"]) == (D("0.01"), rest)
        assert figures(w, "fund", rest, "raised") == (D("0.01"),)
        make(w, "donation_allocations", donation=id, fund=c, percent=D(20))
        assert sum(r["share"] for r in rows(w, "donation", id, "allocations")) == D("0.05")
        assert (stored(w, "donation", id)["rest"], figures(w, "fund", rest, "raised")) == (D(0), (D(0),))
        shut = make(w, "fund", code=f"S{n}", name="Shut", closes_on=w.today - timedelta(days=9))
        for faulty in (
            [{"fund": a}],
            [{"fund": a, "percent": D(101)}],
            [{"fund": a, "amount": D(7)}],
            [{"fund": shut, "percent": D(1)}],
        ):
            with pytest.raises(InvalidRecord):
                gift(w, who, "5", allocations=faulty)


def test_pledge_is_paid_line_by_line(work: Open) -> None:
    """A pledge gets its schedule; received gifts tick off its lines, and the last one fulfils it."""
    with work() as w:
        who = donor(w)
        first = w.today.replace(day=1) - timedelta(days=1)
        id = make(w, "pledge", donor=who, amount=D(100), instalments=3, frequency="monthly", first_due_on=first)
        lines = rows(w, "pledge", id, "schedule")
        assert [line["amount"] for line in lines] == [D("33.33"), D("33.33"), D("33.34")]
        assert figures(w, "pledge", id, "balance", "overdue") == (D(100), D("33.33"))
        one = gift(w, who, "33.33", pledge=id)
        assert [line["donation"] for line in rows(w, "pledge", id, "schedule")] == [one, None, None]
        two = gift(w, who, "66.67", pledge=id)
        assert stored(w, "pledge", id)["status"] == "fulfilled"
        records.run_transition(w, "donation", two, "fail", {"reason": "chargeback"}, reason="returned")
        assert stored(w, "pledge", id)["status"] == "active"
        assert figures(w, "donor", who, "open_pledges") == (D("66.67"),)


def test_recurring_gift_is_booked_once(work: Open, trust: Runtime) -> None:
    """Booking what is due makes one expected gift and sets the next day; failures in a row are counted."""
    with work() as w:
        who = donor(w)
        id = make(
            w, "recurring_gift", donor=who, amount=D(10), frequency="monthly", day=31, starts_on=w.today.replace(day=1)
        )
        due = stored(w, "recurring_gift", id)["next_due_on"]
        assert due.month == w.today.month
        assert (due + timedelta(days=1)).day == 1
        assert figures(w, "recurring_gift", id, "yearly_value") == (D(120),)
        book = trust.host.actions[("recurring_gift", "book_due")]
        new, after = book.run(stored(w, "recurring_gift", id), {}, w.actor, w.reader)
        assert (new.values["instalment_no"], after.values["next_due_on"] > due) == (1, True)
        one = make(w, new.entity, **new.values)
        for _ in range(2):
            records.run_transition(w, "donation", one, "receive", {"received_on": w.today})
            assert stored(w, "recurring_gift", id)["failures"] == 0
            records.run_transition(w, "donation", one, "fail", {"reason": "insufficient_funds"}, reason="bank")
            assert stored(w, "recurring_gift", id)["failures"] == 1
    with work() as w, pytest.raises(XrmError):
        make(w, new.entity, **new.values)


def issue_and_fail(work: Open, draft: str) -> None:
    """Issue a receipt in a transaction that does not come to its end."""
    with work() as w:
        records.run_transition(w, "receipt", draft, "issue")
        raise RuntimeError("the power fails")


def test_receipts_have_no_gap_and_never_change(work: Open) -> None:
    """Numbers follow one another over rollbacks; an issued receipt stays, and so does the gift it is for."""
    with work() as w:
        who = donor(w)
        party = stored(w, "donor", who)["party"]
        gifts = [gift(w, who, str(n), days=n) for n in range(1, 6)]
        drafts = [make(w, "receipt", party=party, series="T", donations=[{"donation": g}]) for g in gifts]
        assert stored(w, "receipt", drafts[0])["address_as_printed"] == "1 Quay\nCork"
    taken = []
    for n, draft in enumerate(drafts):
        if n in (1, 3):
            with pytest.raises(RuntimeError):
                issue_and_fail(work, draft)
        with work() as w:
            taken.append(records.run_transition(w, "receipt", draft, "issue")["number"])
    with work() as w:
        year = w.today.year
        assert taken == [f"R-T-{year}-{n:06}" for n in range(1, 6)]
        twice = make(w, "receipt", party=party, series="T", donations=[{"donation": gifts[0]}])
        for change in (
            lambda: records.run_transition(w, "receipt", twice, "issue"),
            lambda: records.update_record(w, "receipt", drafts[0], {"name_as_printed": "Somebody"}),
            lambda: records.update_record(w, "donation", gifts[0], {"amount": D(7)}),
            lambda: records.run_transition(w, "donation", gifts[0], "refund", {"reason": "donor_wish"}, reason="x"),
        ):
            with pytest.raises(InvalidRecord):
                change()
        records.run_transition(w, "receipt", drafts[0], "void", {"void_reason": "wrong name"})
        assert records.run_transition(w, "receipt", twice, "issue")["number"] == f"R-T-{year}-000006"
        assert figures(w, "donation", gifts[0], "receipt_state") == ("issued",)


def test_campaign_figures_count_what_is_below(work: Open) -> None:
    """A campaign counts the money and the donors of everything below it, each donor once, also after it moved."""
    with work() as w:
        n = next(number)
        top = make(w, "campaign", code=f"T{n}", name="Top", cost=D(10))
        part = make(w, "campaign", code=f"P{n}", name="Part", parent=top)
        leaf = make(w, "campaign", code=f"L{n}", name="Leaf", parent=part)
        one, two = donor(w), donor(w)
        for who, campaign, amount in ((one, leaf, "30"), (one, top, "20"), (two, part, "10"), (two, leaf, "5")):
            gift(w, who, amount, campaign=campaign)
        assert figures(w, "campaign", top, "raised", "gifts", "donors", "return_on_cost") == (D(65), 4, 2, D("5.5"))
        assert figures(w, "campaign", part, "raised", "donors") == (D(45), 2)
        with pytest.raises(InvalidRecord, match="circle"):
            records.update_record(w, "campaign", top, {"parent": leaf})
        other = make(w, "campaign", code=f"O{n}", name="Other")
        records.update_record(w, "campaign", part, {"parent": other})
        assert (figures(w, "campaign", top, "raised"), figures(w, "campaign", other, "raised", "donors")) == (
            (D(20),),
            (D(45), 2),
        )


def test_gifts_wait_for_their_rate(work: Open) -> None:
    """A gift in another currency counts at the rate of its day; one without a rate waits until there is one."""
    with work() as w:
        who = donor(w)
        id = gift(w, who, "100", amount_currency="SEK")
        assert stored(w, "donation", id)["amount_base"] is None
        make(w, "exchange_rate", currency="SEK", on=w.today - timedelta(days=30), rate=D("0.0885"))
        assert stored(w, "donation", id)["amount_base"] == D("8.85")
        assert figures(w, "donor", who, "total") == (D("8.85"),)


def test_award_is_expected_and_reported(work: Open) -> None:
    """An award becomes an expected gift and brings reports; it is closed when no report is open."""
    with work() as w:
        who = donor(w, "organisation", type="trust_foundation")
        id = make(w, "funding", donor=who, title="Pumps", status="drafting")
        records.run_transition(w, "funding", id, "submit", {"submitted_on": w.today, "applied": D(9000)})
        records.run_transition(w, "funding", id, "award", {"decided_on": w.today, "awarded": D(8000)})
        assert [(g["status"], g["amount"]) for g in rows(w, "funding", id, "donations")] == [("pledged", D(8000))]
        assert [r["kind"] for r in rows(w, "funding", id, "reports")] == ["final"]
        with pytest.raises(InvalidRecord, match="report"):
            records.run_transition(w, "funding", id, "close")


def test_merged_donor_hands_over_gifts(work: Open) -> None:
    """When two parties that both give are merged, the gifts go to the one that is kept."""
    with work() as w:
        kept, gone = donor(w), donor(w)
        gift(w, gone, "25")
        gift(w, kept, "10", days=2)
        records.run_transition(
            w, "party", stored(w, "donor", gone)["party"], "merge", {"merged_into": stored(w, "donor", kept)["party"]}
        )
        assert figures(w, "donor", kept, "total", "number_of") == (D(35), 2)
        assert stored(w, "donor", gone)["stage"] == "former"


def test_only_finance_books(work: Open) -> None:
    """Issuing, failing and writing off are for finance."""
    with work() as w:
        id = make(w, "donation", donor=donor(w), amount=D(5))
    with work(replace(SYSTEM, name="Ben", roles=frozenset({"fundraiser"}), kind="user")) as w, pytest.raises(XrmError):
        records.run_transition(w, "donation", id, "write_off", reason="gone")


def test_imported_rows_are_quick_and_stable(work: Open) -> None:
    """Many gifts in one go: worth, shares and stages as if one by one; once more, nothing changes."""
    with work(door="import") as w:
        who = donor(w)
        given = [
            {"donor": who, "amount": D(n), "status": "received", "accepted_on": w.today - timedelta(days=n), "source": "t", "source_key": f"{who}:{n}"} for n in range(1, 60)
        ]  # fmt: skip
        assert {r.status for r in bulk.upsert_records(w, "donation", given, ("source", "source_key"))} == {"created"}
        assert figures(w, "donor", who, "total", "number_of") == (D(1770), 59)
        assert stored(w, "donor", who)["stage"] == "active"
    with work(door="import") as w:
        assert {r.status for r in bulk.upsert_records(w, "donation", given, ("source", "source_key"))} == {"unchanged"}


def test_refused_rows_take_no_receipt_number(work: Open) -> None:
    """Issuing many at once: the ones that are refused leave no gap between the others."""
    with work() as w:
        who = donor(w)
        party = stored(w, "donor", who)["party"]
        gifts = [gift(w, who, days=n) for n in range(5)]
        pledged = make(w, "donation", donor=who, amount=D(5))
        drafts = [
            make(w, "receipt", party=party, series="BULK", donations=[{"donation": g}])
            for g in (gifts[0], pledged, *gifts[1:])
        ]
    with work() as w:
        results = bulk.upsert_records(w, "receipt", [{"id": d, "status": "issued"} for d in drafts])
        assert [r.status for r in results] == ["updated", "refused", *["updated"] * 4]
        taken = [stored(w, "receipt", d)["number"] for d in drafts]
        assert [n and n[-6:] for n in taken] == ["000001", None, "000002", "000003", "000004", "000005"]


def test_members_show_what_the_household_gave(work: Open) -> None:
    """The household is the donor; its members show its giving by connection, without copies."""
    with work() as w:
        home = donor(w, "household")
        gift(w, home, "75")
        member = make(w, "party", kind="person", name="Helga Brandt")
        make(w, "connection", **{"from": member, "to": stored(w, "donor", home)["party"]}, kind="household_member_of")
        assert figures(w, "party", member, "household_giving") == (D(75),)
        assert stored(w, "donor", home)["type"] == "household"


def test_actions_of_donors(work: Open) -> None:
    """Thanking, drafting a receipt for one gift and for a year, booking what is due: through the platform's door for actions."""
    with work() as w:
        who = donor(w)
        party = stored(w, "donor", who)["party"]
        one, old = gift(w, who, "30"), gift(w, who, "20", days=w.today.timetuple().tm_yday + 30)
        actions.run_action(w, "donation", one, "thank")
        assert stored(w, "donation", one)["thanks"] == "thanked"
        with pytest.raises(InvalidRecord):
            actions.run_action(w, "donation", one, "thank")
        actions.run_action(w, "donation", one, "draft_receipt")
        actions.run_action(w, "donor", who, "draft_yearly_receipt", {"year": w.today.year - 1})
        drafts = w.reader.children("party", "receipts", party)
        assert sorted((d["kind"], *figures(w, "receipt", d["id"], "amount")) for d in drafts) == [
            ("single", D(30)),
            ("yearly", D(20)),
        ]
        assert [
            t["donation"] for d in drafts if d["kind"] == "yearly" for t in rows(w, "receipt", d["id"], "donations")
        ] == [old]
        recurring = make(w, "recurring_gift", donor=who, amount=D(5), starts_on=w.today)
        actions.run_action(w, "recurring_gift", recurring, "book_due")
        with pytest.raises(InvalidRecord):
            actions.run_action(w, "recurring_gift", recurring, "book_due")
        assert [g["status"] for g in rows(w, "recurring_gift", recurring, "donations")] == ["pledged"]


def test_many_issuers_leave_no_gap(work: Open) -> None:
    """Six issue at once, a third of the transactions fail half-way: the numbers are exactly 1 to n."""
    with work() as w:
        who = donor(w)
        party = stored(w, "donor", who)["party"]
        gifts = [gift(w, who, days=n % 300) for n in range(30)]
        drafts = [make(w, "receipt", party=party, series="MANY", donations=[{"donation": g}]) for g in gifts]

    def issue(draft: str) -> str | None:
        if int(draft[-3:], 16) % 3 == 0:
            with contextlib.suppress(RuntimeError):
                issue_and_fail(work, draft)
            return None
        with work() as w:
            return str(records.run_transition(w, "receipt", draft, "issue")["number"])

    with ThreadPoolExecutor(6) as pool:
        taken = sorted(n for n in pool.map(issue, drafts) if n)
    assert [int(n[-6:]) for n in taken] == list(range(1, len(taken) + 1))
    assert len(taken) > 5


def test_due_gifts_are_booked_by_themselves(work: Open, trust: Runtime) -> None:
    """Each run books what is due, one gift for each day, until the next day lies ahead."""
    with work() as w:
        who, start = donor(w), w.today - timedelta(days=10)
        weekly = make(w, "recurring_gift", donor=who, amount=D(5), frequency="weekly", starts_on=start)
        ahead = make(w, "recurring_gift", donor=who, amount=D(5), starts_on=w.today + timedelta(days=1))
    for _ in range(3):
        carry_out_schedule(trust, {"name": "book_due"})
    with work() as w:
        gifts = rows(w, "recurring_gift", weekly, "donations")
        assert [(g["instalment_no"], g["expected_on"]) for g in gifts] == [(1, start), (2, start + timedelta(days=7))]
        assert stored(w, "recurring_gift", weekly)["next_due_on"] == start + timedelta(days=14)
        assert not rows(w, "recurring_gift", ahead, "donations")


def test_gifts_are_found_by_the_name_of_their_donor(work: Open) -> None:
    """Donations, pledges, recurring gifts and fundings are found by the donor's name, by the one that he has now, and a number with it."""
    with work() as w:
        who = donor(w)
        party = stored(w, "donor", who)["party"]
        records.update_record(w, "party", party, {"name": "Quillfeather"})
        one = gift(w, who)
        made = {
            "donation": one, "pledge": make(w, "pledge", donor=who, amount=D(50), instalments=1, first_due_on=w.today),
            "recurring_gift": make(w, "recurring_gift", donor=who, amount=D(5), starts_on=w.today),
        }  # fmt: skip

        def found(entity: str, q: str) -> list[str]:
            return [str(r["id"]) for r in lists.list_records(w, Query(entity, ("id",), q=q)).rows]

        for entity, id in made.items():
            assert found(entity, "quillf") == [id]
        assert found("donation", f"{stored(w, 'donation', one)['number']} quillfeather") == [one]
        records.update_record(w, "party", party, {"name": "Nightingale-Root"})
        assert (found("donation", "quillfeather"), found("donation", "nightingale")) == ([], [one])
