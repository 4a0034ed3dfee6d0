"""Who owes whom an answer: opened, timed, paused, closed, and read by whom it concerns, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from xrm_communications.quick import understand

from tests.contracts.conftest import with_plugins
from tests.contracts.shop import plugin_folder
from xrm_core.errors import InvalidRecord
from xrm_core.metamodel.values import SYSTEM, Actor, Query
from xrm_core.services import deleting, integrated, lists, records
from xrm_core.services.runtime import Runtime
from xrm_core.services.work import Work
from xrm_core.storage.ids import new_id
from xrm_core.testing import temporary_organisation

NUMBERS = count()
MONDAY = datetime(2026, 11, 16, 10, tzinfo=UTC)
"""Eleven o'clock in Vienna, where the office of the tests is."""
NEEDS = {
    "access/needs.yaml": "needs:\n" + "".join(
        f"  {name}: {{fundraising: W, management: W}}\n" for name in ("identity", "contact", "giving", "work", "correspondence")
    )
}  # fmt: skip


runtime = with_plugins(["parties", "donors", "communications"], NEEDS)


@pytest.fixture
def work(runtime: Runtime) -> Iterator[Work]:
    """A transaction of the platform."""
    with runtime.work(SYSTEM, "api", write=True) as opened:
        yield opened


def department(work: Work, code: str = "fundraising") -> str:
    """A department by its code."""
    found = lists.list_records(work, Query("department", ("id",), filter=f"record.code == '{code}'"))
    return str(found.rows[0]["id"])


def person(work: Work) -> str:
    """A user of fundraising."""
    n = next(NUMBERS)
    values = {"name": f"User {n}", "email": f"u{n}@x.example", "department": department(work), "roles": []}
    return str(records.create_record(work, "user", values)["id"])


def party(work: Work, **values: Any) -> str:
    """A party."""
    return str(
        records.create_record(work, "party", {"kind": "organisation", "name": f"Firm {next(NUMBERS)}", **values})["id"]
    )


def said(work: Work, with_party: str | None, **values: Any) -> str:
    """A mail that came in on Monday at eleven."""
    given = {
        "direction": "in",
        "channel": "email",
        "party": with_party,
        "subject": "A question",
        "at": MONDAY,
        "owner": person(work),
        **values,
    }
    return str(records.create_record(work, "communication", given)["id"])


def owed(work: Work, for_party: str) -> list[dict[str, Any]]:
    """The answers owed by or to a party, oldest first."""
    columns = (
        "id",
        "debtor",
        "state",
        "opened_at",
        "due_at",
        "first",
        "answer",
        "working_minutes",
        "answered_by",
        "in_time",
        "subject",
    )
    found = lists.list_records(
        work, Query("obligation", columns, filter=f"record.party == '{for_party}'", sort=("opened_at",))
    )
    return [dict(row) for row in found.rows]


def test_what_comes_in_is_owed_by_its_target(work: Work) -> None:
    """A mail within a working day, a letter within three, a complaint within one whatever the way."""
    firm = party(work)
    said(work, firm)
    said(work, firm, channel="letter", at=MONDAY + timedelta(minutes=1))
    said(work, firm, channel="letter", topic="complaint", at=MONDAY + timedelta(minutes=2))
    found = owed(work, firm)
    assert [row["debtor"] for row in found] == ["we"] * 3
    days = [(row["due_at"] - row["opened_at"]).days for row in found]
    assert days == [1, 3, 1]


@pytest.mark.parametrize(
    ("values", "debtor"),
    [
        ({"topic": "no_answer"}, None),
        ({"automatic": True, "answer_wanted": "yes"}, None),
        ({"answer_wanted": "no"}, None),
        ({"channel": "phone"}, None),
        ({"channel": "phone", "answer_wanted": "yes"}, "we"),
        ({"direction": "out"}, None),
        ({"direction": "out", "answer_wanted": "yes"}, "they"),
        ({"direction": "internal", "answer_wanted": "yes"}, None),
    ],
)
def test_who_owes_an_answer(work: Work, values: dict[str, Any], debtor: str | None) -> None:
    """Not for information, not to machines, not for a call that was taken; a wish that is stated counts."""
    firm = party(work)
    said(work, firm, **values)
    assert [row["debtor"] for row in owed(work, firm)] == ([debtor] if debtor else [])


def test_our_own_bodies_are_owed_nothing(work: Work) -> None:
    """What one of our own bodies writes opens nothing."""
    own = party(work, is_own=True)
    said(work, own)
    assert owed(work, own) == []


def test_an_answer_closes_the_oldest_of_its_thread_and_is_timed(work: Work) -> None:
    """Two questions in a thread, two answers: each pays one, in working minutes; answers to them open the other side's."""
    firm, owner = party(work), person(work)
    first = said(work, firm, owner=owner)
    second = said(work, firm, owner=owner, in_reply_to=first, at=MONDAY + timedelta(hours=1))
    reply = said(
        work,
        firm,
        owner=owner,
        direction="out",
        in_reply_to=second,
        at=MONDAY + timedelta(hours=3),
        answer_wanted="yes",
    )
    rows = {row["opened_at"]: row for row in owed(work, firm)}
    paid, left, theirs = (rows[key] for key in sorted(rows))
    assert (paid["state"], paid["answer"], paid["working_minutes"], paid["answered_by"], paid["in_time"]) == (
        "answered",
        reply,
        180,
        "owner",
        True,
    )
    assert (left["state"], left["first"], paid["first"]) == ("open", False, True)
    assert (theirs["debtor"], theirs["state"]) == ("they", "open")
    said(work, firm, in_reply_to=reply, at=MONDAY + timedelta(days=7), answer_wanted="no")
    last = owed(work, firm)[-1]
    assert (last["state"], last["working_minutes"], last["in_time"]) == ("answered", 37 * 60, False)


def test_an_answer_is_with_the_same_party_and_goes_the_other_way(work: Work) -> None:
    """A mail to somebody else, and one of theirs, close nothing."""
    firm, other = party(work), party(work)
    said(work, firm)
    (debt,) = owed(work, firm)
    for wrong in (
        said(work, other, direction="out"),
        said(work, firm, answer_wanted="no", at=MONDAY + timedelta(hours=2)),
    ):
        with pytest.raises(InvalidRecord) as fault:
            records.run_transition(work, "obligation", debt["id"], "answer", {"answer": wrong})
        assert {p.field for p in fault.value.problems} == {"answer"}
    with pytest.raises(InvalidRecord):
        records.run_transition(work, "obligation", debt["id"], "not_needed", {})
    records.run_transition(work, "obligation", debt["id"], "not_needed", {"reason": "informational"})
    assert owed(work, firm)[0]["state"] == "not_needed"


def test_a_pause_moves_the_day_and_is_not_counted(work: Work) -> None:
    """A pause of a working day moves it by one; one outside hours moves nothing; while one lasts nothing is overdue; one that ends before it
    begins is refused."""
    firm = party(work)
    asked = said(work, firm)
    (debt,) = owed(work, firm)
    night = {
        "code": "waiting_for_party",
        "begins_at": MONDAY + timedelta(hours=10),
        "ends_at": MONDAY + timedelta(hours=12),
        "evidence": "Mail",
    }
    records.update_record(work, "obligation", debt["id"], {"pauses": [night]})
    assert owed(work, firm)[0]["due_at"] == debt["due_at"]
    day = {
        "code": "waiting_for_party",
        "begins_at": MONDAY + timedelta(hours=1),
        "ends_at": MONDAY + timedelta(days=1, hours=1),
        "evidence": "Mail",
    }
    assert records.read_record(work, "obligation", debt["id"], ("is_overdue",))["is_overdue"]
    records.update_record(work, "obligation", debt["id"], {"pauses": [day | {"ends_at": None}]})
    assert not records.read_record(work, "obligation", debt["id"], ("is_overdue",))["is_overdue"], "the clock stands"
    records.update_record(work, "obligation", debt["id"], {"pauses": [day]})
    assert owed(work, firm)[0]["due_at"] == debt["due_at"] + timedelta(days=1)
    said(work, firm, direction="out", in_reply_to=asked, at=MONDAY + timedelta(days=1, hours=2))
    assert owed(work, firm)[0]["working_minutes"] == 120
    again = said(work, firm, at=MONDAY + timedelta(days=2))
    debt = owed(work, firm)[-1]
    with pytest.raises(InvalidRecord):
        records.update_record(work, "obligation", debt["id"], {"pauses": [day | {"ends_at": MONDAY}]})
    assert again


def test_calendars_hold_for_their_department_with_holidays(work: Work) -> None:
    """The department's own calendar goes before the one for all; a public holiday, and a single day, is closed."""
    hours = [{"weekday": str(day), "opens": "08:00", "closes": "12:00"} for day in range(1, 6)]
    own = {
        "name": f"Mornings {next(NUMBERS)}",
        "time_zone": "Europe/Vienna",
        "department": department(work),
        "country": "AT",
        "hours": hours,
    }
    with pytest.raises(InvalidRecord) as fault:
        records.create_record(work, "business_calendar", own | {"subdivision": "XX"})
    assert {p.field for p in fault.value.problems} == {"subdivision"}
    with pytest.raises(InvalidRecord):
        records.create_record(
            work, "business_calendar", own | {"hours": [{"weekday": "1", "opens": "12:00", "closes": "08:00"}]}
        )
    made = records.create_record(work, "business_calendar", own | {"days": [{"on": "2026-12-09"}]})
    firm = party(work)
    said(work, firm, at=datetime(2026, 12, 7, 8, tzinfo=UTC))  # Monday at nine; the 8th is a holiday, the 9th closed
    (debt,) = owed(work, firm)
    assert debt["due_at"] == datetime(2026, 12, 11, 8, tzinfo=UTC)  # 3 hours, then 4, then 1 of 8 in all
    deleting.delete_record(work, "business_calendar", str(made["id"]))


def test_the_most_telling_target_counts(work: Work) -> None:
    """A donor of the first tier is answered in four hours, with or without the relationship named."""
    firm = party(work)
    donor = records.create_record(work, "donor", {"party": firm, "department": department(work)})["id"]
    work.door = "import"
    gift = {
        "donor": donor,
        "amount": "20000",
        "amount_currency": "EUR",
        "received_on": work.today,
        "status": "received",
    }
    records.create_record(work, "donation", gift)
    work.door = "api"
    said(work, firm, channel="letter")
    said(
        work, firm, channel="letter", relationship=donor, relationship_entity="donor", at=MONDAY + timedelta(minutes=1)
    )
    assert [row["due_at"] - row["opened_at"] for row in owed(work, firm)] == [timedelta(hours=4)] * 2


def test_who_reads_what_was_said(runtime: Runtime) -> None:
    """Open: everybody; the department's: its people; confidential: owner and lead. An answer owed follows its communication."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        home, firm, owner = department(work), party(work), person(work)
        made = {
            level: said(work, firm, owner=owner, sensitivity=level) for level in ("open", "department", "confidential")
        }
    elsewhere = Actor(new_id(), "Elsewhere", units=frozenset({"fundraising"}))
    colleague = Actor(new_id(), "Colleague", departments=frozenset({home}), units=frozenset({"fundraising"}))
    lead = Actor(
        new_id(), "Lead", departments=frozenset({home}), leads=frozenset({home}), units=frozenset({"fundraising"})
    )
    for actor, levels, debts in (
        (elsewhere, {"open"}, 0),
        (colleague, {"open", "department"}, 2),
        (lead, set(made), 3),
    ):
        with runtime.work(actor, "api") as work:
            rows = lists.list_records(work, Query("communication", ("id",), filter=f"record.party == '{firm}'")).rows
            assert {row["id"] for row in rows} == {made[level] for level in levels}, actor.name
            assert lists.count_records(work, Query("obligation", filter=f"record.party == '{firm}'")) == debts


def test_what_waits_to_be_sorted_is_on_nobodys_timeline(work: Work) -> None:
    """What may be from a party stands with it when somebody said so, not before."""
    firm, entity = party(work), work.entity("party")
    theirs = said(work, firm, subject="Theirs")
    work.door = "job"
    said(work, None, subject="Says it is them", status="triage", suggested=firm)
    found = integrated.events(work, entity, firm, integrated.standings(work, entity, firm), limit=10).events
    assert [event.id for event in found if event.entity.name == "communication"] == [theirs]


def test_whoever_looks_after_a_mailbox_reads_it_again(runtime: Runtime) -> None:
    """Its owner and the leads of its department, not whoever may write from it."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        owner, other, home = person(work), person(work), department(work)
        given = {
            "name": "Wells",
            "address": f"{owner}@wells.example",
            "account": "wells",
            "owner": owner,
            "department": home,
        }
        box = str(records.create_record(work, "mailbox", given)["id"])
    for who, leads, may in ((owner, set(), True), (other, {home}, True), (other, set(), False)):
        actor = Actor(who, "x", departments=frozenset({home}), leads=frozenset(leads), units=frozenset({"fundraising"}))
        with runtime.work(actor, "api") as work:
            stored = records.stored_record(work, "mailbox", box)
            assert work.access.verdict("mailbox", "resync", stored, work.context(stored)).allowed is may


PIGEON = """extend: channel
values:
  pigeon: {label: {en: Pigeon, de: Brieftaube, ar: "حمامة"}, same_time: false, same_place: true}
---
extend: response_target
values:
  pigeon: {label: {en: "Pigeon: an hour"}, channel: pigeon, first: 60, next: 60}
"""


def test_a_plugin_adds_a_channel(tmp_path: Path) -> None:
    """A channel of a plugin is chosen as any other: its time and place follow it, an answer is due by its own target, and the line in which
    a communication is noted knows its name."""
    folder = plugin_folder(tmp_path, "pigeons", "", {"codes/channel.yaml": PIGEON})
    (folder / "plugin.yaml").write_text(
        "name: pigeons\ntitle: Pigeons\nversion: '1'\nrequires: [communications]\n", "utf-8"
    )
    needs = {path: text.replace("  giving: {fundraising: W, management: W}\n", "") for path, text in NEEDS.items()}
    with (
        temporary_organisation(["parties", "communications"], needs, folders=[folder]) as runtime,
        runtime.work(SYSTEM, "api", write=True) as work,
    ):
        owner = records.create_record(work, "user", {"name": "Ben", "email": "ben@x.example"})["id"]
        party = records.create_record(work, "party", {"kind": "organisation", "name": "Loft"})["id"]
        values = {
            "direction": "in",
            "channel": "pigeon",
            "party": party,
            "subject": "Seeds",
            "owner": owner,
            "at": MONDAY,
        }
        made = records.create_record(work, "communication", values)
        assert (made["same_time"], made["same_place"]) == (False, True)
        owed = lists.list_records(
            work, Query("obligation", ("due_at", "channel"), f"record.communication == '{made['id']}'")
        ).rows
        assert [(row["channel"], row["due_at"] - MONDAY) for row in owed] == [("pigeon", timedelta(hours=1))]
        words = {told["label"]["en"].lower(): code for code, told in work.reader.codes("channel").items()}
    found = understand("pigeon from Loft, seeds", False, words)
    assert (found.channel, found.direction, found.who, found.subject) == ("pigeon", "in", "Loft", "seeds")
