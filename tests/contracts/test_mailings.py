"""Templates, the gate of sending, and mailings from the check to what came of them, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import make_msgid
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from litestar.testing import TestClient
from xrm_communications import icalendars, inviting
from xrm_communications.mail import composing, intake, parsing
from xrm_communications.mailing import pacing

from tests.contracts.conftest import with_plugins
from xrm_core.app import create_app
from xrm_core.errors import InvalidRecord, Refused, XrmError
from xrm_core.metamodel.values import SYSTEM, Patch, Query
from xrm_core.services import accounts, actions, imports, lists, records
from xrm_core.services.errandjobs import RuntimeOffice
from xrm_core.services.runtime import Runtime
from xrm_core.services.saving import carry_out
from xrm_core.services.work import Work
from xrm_core.web.guards import csrf_token

NUMBERS = count()
NEEDS = {
    "access/needs.yaml": "needs:\n" + "".join(
        f"  {name}: {{fundraising: W, management: W, readers: R}}\n"
        for name in ("identity", "contact", "consent", "giving", "work", "correspondence")
    ),
    "access/readers.yaml": "department: readers\nlabel: Readers\n",
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


def person(work: Work, **values: Any) -> str:
    """A user of fundraising."""
    n = next(NUMBERS)
    given = {"name": f"User {n}", "email": f"u{n}@x.example", "department": department(work), "roles": [], **values}
    return str(records.create_record(work, "user", given)["id"])


def party(work: Work, address: str | None = None, consent: str | None = "given", **values: Any) -> str:
    """A person with an address and a consent to be asked for gifts by mail."""
    n = next(NUMBERS)
    given = {"kind": "person", "person_name_given": "Helga", "person_name_family": f"Brandt{n}", **values}
    if address:
        given["contact_points"] = [{"kind": "email", "value": address, "primary": True}]
    id = str(records.create_record(work, "party", given)["id"])
    if consent:
        told = {"party": id, "purpose": "fundraising", "channel": "email", "status": consent, "proof": "form 1"}
        records.create_record(work, "consent", told)
    return id


def template(work: Work, **values: Any) -> str:
    """A template of an appeal."""
    n = next(NUMBERS)
    given = {
        "code": f"appeal_{n}", "name": f"Appeal {n}", "purpose": "fundraising", "subject": "Wells, {{ party.name }}",
        "body": "{{ party.salutation }},\n\nplease give.\n\n{{ sender.name }}", "owner": person(work), **values,
    }  # fmt: skip
    return str(records.create_record(work, "template", given)["id"])


def mailbox(work: Work) -> str:
    """The mailbox that letters go out from."""
    found = lists.list_records(work, Query("mailbox", ("id",)))
    if found.rows:
        return str(found.rows[0]["id"])
    given = {"name": "Wells", "address": "wells@wells.example", "account": "wells", "owner": person(work)}
    return str(records.create_record(work, "mailbox", given)["id"])


def letter_to(work: Work, to: str, purpose: str, **values: Any) -> str:
    """A mail that is to be sent."""
    given = {
        "direction": "out", "channel": "email", "party": to, "subject": "Wells", "body": "Please", "purpose": purpose,
        "owner": person(work), "mailbox": mailbox(work), "status": "to_send", **values,
    }  # fmt: skip
    return str(records.create_record(work, "communication", given)["id"])


def test_no_sender_passes_the_gate_by(work: Work) -> None:
    """A mail for a purpose that needs consent is refused without it, whoever saves it; one that is owed is not."""
    willing, silent = party(work, "a@x.example"), party(work, "b@x.example", consent=None)
    refused = party(work, "c@x.example", consent="refused")
    assert letter_to(work, willing, "fundraising")
    assert letter_to(work, silent, "service")
    for who, purpose in ((silent, "fundraising"), (refused, "fundraising"), (willing, "marketing")):
        with pytest.raises(InvalidRecord) as fault:
            letter_to(work, who, purpose)
        assert [p.code for p in fault.value.problems] == ["not_to_be_sent"]
    draft = records.create_record(work, "communication", {
        "direction": "out", "channel": "email", "party": silent, "subject": "x", "purpose": "fundraising", "status": "draft",
        "owner": person(work), "mailbox": mailbox(work),
    })  # fmt: skip
    with pytest.raises(InvalidRecord):
        records.update_record(work, "communication", str(draft["id"]), {}, transition="send")


def test_an_address_that_is_closed_is_written_to_no_more(work: Work) -> None:
    """One that came back for good is closed for everything and everybody; one that was unsubscribed for its purpose."""
    one, other = party(work, "Dead@x.example"), party(work, "dead@x.example")
    (point,) = lists.list_records(work, Query("party_contact_points", ("id",), filter=f"record.party == '{one}'")).rows
    records.update_record(work, "party_contact_points", str(point["id"]), {"quality": "bounced_hard"})
    with pytest.raises(InvalidRecord, match=r".*"):
        letter_to(work, other, "service")
    stays = party(work, "stays@x.example")
    records.create_record(work, "suppression", {"address": " STAYS@x.example", "purpose": "fundraising"})
    (row,) = lists.list_records(
        work, Query("suppression", ("address", "address_hash"), filter="record.reason == 'wish'")
    ).rows
    assert row["address"] is None
    assert len(row["address_hash"]) == 64
    assert letter_to(work, stays, "service")
    with pytest.raises(InvalidRecord):
        letter_to(work, stays, "fundraising")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("Dear\n{{ parti.name }}", "Line 2"),
        ("{% for n in range(9) %}x{% endfor %}", "Line 1"),
        ("{{ party.name", "Line 1"),
        ("{{ ''.__class__.__mro__ }}", None),
        ("{{ party.name|attr('x') }}", "filter"),
    ],
)
def test_a_template_that_cannot_be_read_says_where(work: Work, body: str, told: str | None) -> None:
    """Its fault names the field, the line and the place; what only a value can tell is told when a letter is written."""
    if told is None:
        id = template(work, body=body)
        done = actions.run_action(work, "template", id, "preview", {"party": party(work)})
        assert "Line 1" in done.result["fault"]
        return
    with pytest.raises(InvalidRecord) as fault:
        template(work, body=body)
    assert told in fault.value.problems[0].message
    assert fault.value.problems[0].field == "body"


def test_a_letter_tells_what_its_sender_may_read(runtime: Runtime) -> None:
    """A preview shows a real party with the reader's rights: a field that is closed to him is as if it did not exist."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        reader = accounts.actor_by_id(work, person(work))
        who = party(work, "h@x.example", address_form="formal_f", born_on=date(1950, 5, 1))
        open_one = template(work, body="{{ party.salutation }} {{ party.person_name_family }}")
        closed = template(work, body="Dear\n{{ party.born_on }}")
        german = {"language": "de", "subject": "Brunnen", "body": "{{ party.salutation }}"}
        spoken = template(work, variants=[german])
        records.update_record(work, "party", who, {"language": "de"})
    with runtime.work(reader, "web", write=True) as work:
        told = actions.run_action(work, "template", open_one, "preview", {"party": who}).result
        assert told["body"].startswith("Dear Helga Brandt"), "the form of address is not for him"
        told = actions.run_action(work, "template", closed, "preview", {"party": who}).result
        assert "Line 2" in told["fault"]
        assert "1950" not in str(told)
        told = actions.run_action(work, "template", spoken, "preview", {"party": who}).result
        assert told["subject"] == "Brunnen"
        assert told["body"].startswith("Guten Tag Helga")
        done = actions.run_action(work, "party", who, "write", {"template": open_one})
        draft = records.read_record(work, "communication", done.changes[0].id)
        assert (draft["status"], draft["purpose"], draft["template"]) == ("draft", "fundraising", open_one)
        for change in ({"purpose": "service"}, {"template": None}, {"template": None, "purpose": "service"}):
            with pytest.raises(InvalidRecord):
                records.update_record(work, "communication", str(draft["id"]), change)


def test_who_may_not_write_is_offered_no_letter(runtime: Runtime) -> None:
    """Who reads correspondence and writes none is neither offered a letter from a template nor lets him make one."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        writer = accounts.actor_by_id(work, person(work))
        reader = accounts.actor_by_id(work, person(work, department=department(work, "readers")))
        who, letter = party(work, "h@x.example"), template(work)
    for actor, may in ((writer, True), (reader, False)):
        with runtime.work(actor, "web", write=True) as work:
            shown = records.read_record(work, "party", who)
            assert ("write" in {one.name for one in actions.actions_of(work, "party", shown)}) is may
            if not may:
                with pytest.raises(Refused):
                    actions.run_action(work, "party", who, "write", {"template": letter})


def mailing(work: Work, people: dict[str, str], **values: Any) -> str:
    """A mailing to the parties with one tag."""
    tag = f"t{next(NUMBERS)}"
    for id in people.values():
        records.update_record(work, "party", id, {"tags": [tag]})
    owner = values.pop("owner", None) or person(work)
    view = {
        "name": tag,
        "of": "party",
        "query": f"filter='{tag}'+in+record.tags",
        "audience": "everybody",
        "owner": owner,
    }
    segment = str(records.create_record(work, "saved_view", view)["id"])
    mailbox(work)
    given = {
        "name": f"Wells {tag}",
        "template": template(work, owner=owner),
        "segment": segment,
        "owner": owner,
        **values,
    }
    return str(records.create_record(work, "mailing", given)["id"])


def recipients(work: Work, of: str) -> dict[str, dict[str, Any]]:
    """The recipients of a mailing by party."""
    columns = (
        "id",
        "party",
        "state",
        "stop",
        "address",
        "letter",
        "sent_at",
        "bounced_at",
        "answered_at",
        "unsubscribed_at",
    )
    found = lists.list_records(work, Query("mailing_recipient", columns, filter=f"record.mailing == '{of}'"))
    return {str(row["party"]): dict(row) for row in found.rows}


def figures(work: Work, of: str, *names: str) -> tuple[Any, ...]:
    """Figures of a mailing."""
    found = records.read_record(work, "mailing", of, names)
    return tuple(found[name] for name in names)


def test_the_check_says_who_gets_it_and_who_does_not(work: Work) -> None:
    """Each party of the list is a recipient or left out with the reason; a second check takes in what changed meanwhile."""
    people = {
        "yes": party(work, "m1@x.example"), "no_consent": party(work, "m2@x.example", consent=None),
        "opted_out": party(work, "m3@x.example", consent="withdrawn"), "no_address": party(work),
        "doubled": party(work, "M1@x.example"), "do_not_contact": party(work, "m5@x.example", do_not_contact=True, do_not_contact_reason="wish"),
    }  # fmt: skip
    id = mailing(work, people, answer_wanted=True)
    actions.run_action(work, "mailing", id, "check")
    found = recipients(work, id)
    stops = {name: found[who]["stop"] for name, who in people.items()}
    assert {stops.pop("yes"), stops.pop("doubled")} == {None, "doubled"}
    assert stops == {name: name for name in stops}
    assert figures(work, id, "chosen", "left_out", "status", "expected_answers") == (1, 5, "checked", 0)
    told = {"party": people["no_consent"], "purpose": "fundraising", "channel": "any", "status": "given", "proof": "p"}
    records.create_record(work, "consent", told)
    records.update_record(work, "party", people["no_address"], {"tags": []})
    actions.run_action(work, "mailing", id, "check")
    found = recipients(work, id)
    assert found[people["no_consent"]]["state"] == "planned"
    assert len(found) == 6
    with pytest.raises(InvalidRecord):
        records.update_record(work, "mailing", id, {"template": template(work)})
    records.update_record(work, "mailing", id, {}, transition="change")
    segment = records.read_record(work, "mailing", id, ("segment",))["segment"]
    carry_out(work, "test", [Patch("saved_view", str(segment), {"query": "filter=record.no_such_field+==+1"})])
    with pytest.raises(InvalidRecord) as fault:  # saved when a field had another name
        actions.run_action(work, "mailing", id, "check")
    assert [p.field for p in fault.value.problems] == ["segment"]


def test_a_mailing_goes_out_once_and_is_followed(runtime: Runtime) -> None:
    """So many letters a minute, each recipient once; what comes back, is answered or withdrawn meanwhile is told of each."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        people = {f"p{n}": party(work, f"g{n}@x.example") for n in range(5)}
        id = mailing(work, people, per_minute=2)
        actions.run_action(work, "mailing", id, "check")
        records.update_record(work, "mailing", id, {}, transition="send")
    office = RuntimeOffice(runtime)
    assert pacing.is_needed(office)
    pacing.pace(office, {})
    with runtime.work(SYSTEM, "api", write=True) as work:
        assert figures(work, id, "planned", "chosen") == (3, 5)
        letters = lists.list_records(
            work,
            Query(
                "communication", ("id", "party", "status", "headers", "body", "recipient"), f"record.mailing == '{id}'"
            ),
        ).rows
        assert [row["status"] for row in letters] == ["to_send"] * 2
        assert len({row["recipient"] for row in letters}) == 2
        for row in letters:
            assert row["headers"]["List-Unsubscribe"].startswith("<http")
            assert "get no more" in row["body"]
        again = dict(records.read_record(work, "communication", str(letters[0]["id"])))
        with pytest.raises(XrmError):  # the same recipient again
            letter_to(work, again["party"], "fundraising", recipient=again["recipient"])
        records.update_record(work, "mailing", id, {}, transition="pause")
    pacing.pace(office, {})
    with runtime.work(SYSTEM, "api", write=True) as work:
        assert figures(work, id, "planned") == (3,)
        gone = next(row for row in recipients(work, id).values() if row["state"] == "planned")
        told = {
            "party": gone["party"],
            "purpose": "fundraising",
            "channel": "email",
            "status": "withdrawn",
            "proof": "p",
        }
        records.create_record(work, "consent", told)
        records.update_record(work, "mailing", id, {}, transition="resume")
    for _minute in range(3):
        pacing.pace(office, {})
    with runtime.work(SYSTEM, "api", write=True) as work:
        found = recipients(work, id)
        assert found[gone["party"]]["stop"] == "opted_out"
        assert sum(row["letter"] is not None for row in found.values()) == 4
        sent = [row for row in found.values() if row["letter"]]
        steps(work, sent[0]["letter"], "claim", "sent")
        steps(work, sent[1]["letter"], "claim", "sent", "bounce")
        steps(work, sent[2]["letter"], "claim", "fail")
        steps(work, sent[3]["letter"], "claim", "sent")
        reply = {
            "direction": "in",
            "channel": "email",
            "party": sent[0]["party"],
            "subject": "Re",
            "in_reply_to": sent[0]["letter"],
            "owner": person(work),
        }
        records.create_record(work, "communication", {**reply, "automatic": True})
        answer = records.create_record(work, "communication", reply)
        assert answer["mailing"] == id
    pacing.pace(office, {})
    with runtime.work(SYSTEM, "api") as work:
        assert figures(work, id, "status", "sent", "delivered", "bounced", "answered", "left_out") == (
            "sent",
            3,
            2,
            1,
            1,
            1,
        )
    assert not pacing.is_needed(office)


def steps(work: Work, letter: str, *transitions: str) -> None:
    """What becomes of a letter, as its sender notes it."""
    for step in transitions:
        carry_out(work, "test", [Patch("communication", letter, {}, transition=step)])


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient[Any]]:
    """The organisation as a server."""
    with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as found:
        yield found


def signed_in(runtime: Runtime, user: str) -> str:
    """The secret of a session."""
    with runtime.work(SYSTEM, "cli", write=True) as work:
        return accounts.begin_session(work, user)


def test_one_click_leaves_a_mailing(runtime: Runtime, client: TestClient[Any]) -> None:
    """A mail program's post without session or token leaves; a page read does not; nobody makes an address up."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        people = {"one": party(work, "leaver@x.example")}
        id = mailing(work, people)
        actions.run_action(work, "mailing", id, "check")
        records.update_record(work, "mailing", id, {}, transition="send")
    pacing.pace(RuntimeOffice(runtime), {})
    with runtime.work(SYSTEM, "api") as work:
        (row,) = lists.list_records(work, Query("communication", ("headers",), f"record.mailing == '{id}'")).rows
        path = row["headers"]["List-Unsubscribe"].strip("<>").partition("8000")[2]
    assert client.get(path).status_code == 200
    assert 'lang="ar" dir="rtl"' in client.get(path, headers={"Accept-Language": "ar"}).text
    assert client.get(path[:-3] + "abc").status_code == 404
    with runtime.work(SYSTEM, "api") as work:
        assert recipients(work, id)[people["one"]]["unsubscribed_at"] is None
    for _again in range(2):
        answer = client.post(path, data={"List-Unsubscribe": "One-Click"}, follow_redirects=False)
        assert answer.status_code == 200
        assert "l…@x.example" in answer.text
    assert client.post(path[:-3] + "abc", data={"List-Unsubscribe": "One-Click"}).status_code == 404
    with runtime.work(SYSTEM, "api", write=True) as work:
        assert figures(work, id, "unsubscribed") == (1,)
        told = lists.list_records(
            work, Query("consent", ("status",), f"record.party == '{people['one']}'", ("-created_at",))
        )
        assert sorted(row["status"] for row in told.rows) == ["given", "withdrawn"]
        with pytest.raises(InvalidRecord):
            letter_to(work, people["one"], "fundraising")
        assert letter_to(work, people["one"], "service")


def test_a_feed_shows_its_owner_s_meetings_until_it_is_renewed(runtime: Runtime, client: TestClient[Any]) -> None:
    """The address needs no sign-in; what its owner may not see, and what is called off, is not in it; a new address ends the old one."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        me, other, who = person(work), person(work), party(work, "meet@x.example")
        soon = work.now + timedelta(days=3)
        told = {"direction": "out", "channel": "meeting", "party": who, "at": soon, "minutes": 30}
        for owner, subject in ((me, "My wells"), (other, "Somebody else's")):
            records.create_record(work, "communication", {**told, "owner": owner, "subject": subject})
        off = {**told, "owner": me, "subject": "Off", "called_off": True}
        records.create_record(work, "communication", off)
    secret = signed_in(runtime, me)
    cookie = {"Cookie": f"xrm_session={secret}", "Sec-Fetch-Site": "same-origin"}
    addresses = []
    for _time in range(2):
        form = {"_csrf": csrf_token(secret)}
        assert (
            client.post("/p/communications/my-calendar", data=form, headers=cookie, follow_redirects=False).status_code
            == 303
        )
        page = client.get("/p/communications/my-calendar", headers=cookie).text
        addresses.append(re.findall(r"http://[^\"]+(/p/communications/calendar/[^\"]+)", page)[0])
    assert client.get(addresses[0]).status_code == 404
    answer = client.get(addresses[1])
    assert answer.headers["content-type"].startswith("text/calendar")
    __, events = icalendars.read(answer.content)
    assert [(e.title.partition(" · ")[2], e.at) for e in events] == [("My wells", soon.replace(microsecond=0))]


def test_a_call_is_noted_in_one_line(runtime: Runtime, client: TestClient[Any]) -> None:
    """What is understood is shown first, then saved; the palette offers the line; a card comes as a file."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        me, who = (
            person(work),
            party(
                work,
                "nordsee@x.example",
                kind="organisation",
                name="Nordsee Pumpen",
                person_name_given=None,
                person_name_family=None,
            ),
        )
    secret = signed_in(runtime, me)
    cookie = {"Cookie": f"xrm_session={secret}", "Sec-Fetch-Site": "same-origin"}
    line = "call Nordsee, 5 min, asks for the invoice"
    assert "/p/communications/log?line=call" in client.get("/palette/hits", params={"q": line}, headers=cookie).text
    page = client.get("/p/communications/log", params={"line": line}, headers=cookie).text
    assert who in page
    assert 'value="asks for the invoice"' in page
    form = {
        "_csrf": csrf_token(secret),
        "line": line,
        "party": who,
        "channel": "phone",
        "direction": "out",
        "minutes": "5",
        "subject": "asks for the invoice",
    }
    assert client.post("/p/communications/log", data=form, headers=cookie, follow_redirects=False).status_code == 303
    with runtime.work(SYSTEM, "api") as work:
        (row,) = lists.list_records(
            work, Query("communication", ("channel", "minutes", "subject", "owner"), f"record.party == '{who}'")
        ).rows
        assert (row["channel"], row["minutes"], row["subject"], row["owner"]) == (
            "phone",
            5,
            "asks for the invoice",
            me,
        )
    card = client.get(f"/p/communications/card/{who}", headers=cookie)
    assert card.headers["content-type"].startswith("text/vcard")
    assert b"FN:Nordsee Pumpen" in card.content
    assert client.get(f"/e/party/{who}", headers=cookie).text.count("quick-line") >= 1
    assert "/p/communications/cards/all_party" in client.get("/e/party?view=all_party", headers=cookie).text
    assert "/p/communications/cards/" not in client.get("/e/party?view=all_party&q=x", headers=cookie).text
    several = client.get("/p/communications/cards/all_party", headers=cookie)
    assert several.content.count(b"BEGIN:VCARD") >= 1


def invited(runtime: Runtime, id: str) -> dict[str, dict[str, Any]]:
    """The rows of those who were invited to a meeting, by address."""
    with runtime.work(SYSTEM, "api") as work:
        columns = ("address", "answer", "note", "answered_at")
        found = lists.list_records(work, Query("communication_invited", columns, f"record.communication == '{id}'"))
        return {str(row["address"]): dict(row) for row in found.rows}


def told(runtime: Runtime, party: str) -> list[tuple[str, str, int]]:
    """Method, subject and sequence of the invitations that a party was sent, in order."""
    office, found = RuntimeOffice(runtime), []
    with office.open() as desk:
        rows = desk.reader.find("communication", "record.party == given.p && record.status == 'to_send'", {"p": party})
        for row in sorted(rows, key=lambda row: row["id"]):
            (file,) = desk.reader.children("communication", "files", row["id"])
            body = desk.file(file["file"])[2]
            method, (event,) = icalendars.read(body)
            assert event.place == "Here"
            sequence = re.search(rb"SEQUENCE:(\d+)", body)
            assert sequence is not None
            found.append((method, row["subject"], int(sequence[1])))
    return found


def meeting(runtime: Runtime, *people: str) -> str:
    """A meeting to come that people were invited to; its id."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        mailbox(work)
        told = {
            "direction": "out", "channel": "meeting", "party": people[0], "at": work.now + timedelta(days=2), "subject": "Wells", "place": "Here",
            "owner": person(work), "participants": [{"party": one} for one in people[1:]],
        }  # fmt: skip
        id = str(records.create_record(work, "communication", told)["id"])
        actions.run_action(work, "communication", id, "invite")
    inviting.send_invitations(RuntimeOffice(runtime), {"id": id, "sequence": 1})
    return id


def guest(runtime: Runtime, address: str | None, **values: Any) -> str:
    """Somebody to invite."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        return party(work, address, None, **values)


def test_an_invitation_goes_to_all_who_take_part(runtime: Runtime) -> None:
    """Each gets a mail with the meeting as a file, and those who cannot be written to are named; when it moves all are told anew, who is no
    longer asked is told so, and calling it off cancels the same meeting with a later number."""
    first, second = guest(runtime, "i1@x.example", language="de"), guest(runtime, "i2@x.example")
    dead = guest(runtime, "i3@x.example", do_not_contact=True, do_not_contact_reason="wish")
    id, office = meeting(runtime, first, second, dead), RuntimeOffice(runtime)
    inviting.send_invitations(office, {"id": id, "sequence": 1})
    assert told(runtime, first) == [("REQUEST", "Einladung: Wells", 0)]
    assert {address: row["answer"] for address, row in invited(runtime, id).items()} == {
        "i1@x.example": "needs_action", "i2@x.example": "needs_action", "None": "not_told",
    }  # fmt: skip
    with runtime.work(SYSTEM, "api", write=True) as work:
        assert not records.read_record(work, "communication", id)["stale"]
        later = {"at": work.now + timedelta(days=3), "participants": [{"party": dead}]}
        assert records.update_record(work, "communication", id, later)["stale"]
        assert not actions.run_action(work, "communication", id, "invite").record["stale"]
    inviting.send_invitations(office, {"id": id, "sequence": 2})
    assert told(runtime, first)[1:] == [("REQUEST", "Geändert: Wells", 1)]
    assert told(runtime, second)[1:] == [("CANCEL", "Called off: Wells", 1)]
    assert invited(runtime, id)["i2@x.example"]["answer"] == "released"
    with runtime.work(SYSTEM, "api", write=True) as work:
        actions.run_action(work, "communication", id, "call_off")
    inviting.send_invitations(office, {"id": id, "sequence": 1})
    inviting.send_invitations(office, {"id": id, "sequence": 3})
    assert told(runtime, first)[2:] == [("CANCEL", "Abgesagt: Wells", 2)]
    assert len(told(runtime, second)) == 2
    assert told(runtime, dead) == []


def answer(runtime: Runtime, id: str, sender: str, status: str, **more: Any) -> str:
    """Take in the answer to an invitation; the reason that the ledger keeps."""
    values = {"attendee": sender, "sequence": 0, "stamp": "20260101T100000Z", "trusted": "", **more}
    calendar = (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:{id}@wells.example\r\n"
        f"DTSTAMP:{values['stamp']}\r\nSEQUENCE:{values['sequence']}\r\nATTENDEE;PARTSTAT={status};CN=A:MAILTO:{values['attendee']}\r\n"
        "COMMENT:I come\r\n by train\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "wells@wells.example", f"{status}: Wells"
    message["Message-ID"] = make_msgid(domain="x.example")
    if values["trusted"]:
        message["Authentication-Results"] = f"mx.wells.example; dmarc={values['trusted']}"
    message.set_content("See the calendar.")
    message.add_alternative(calendar, subtype="calendar", params={"method": "REPLY"})
    office, raw, uid = RuntimeOffice(runtime), message.as_bytes(), next(NUMBERS)
    with office.open() as desk:
        (box,) = desk.reader.find("mailbox", "record.account == 'wells'")
        now = desk.reader.now
    assert intake.take(office, intake.Arrived(box, 7, uid, raw, len(raw), now, trusted="mx.wells.example")) == "taken"
    with office.open() as desk:
        (row,) = desk.reader.find("mail_ledger", "record.uid == given.uid", {"uid": uid})
        return str(row["why"])


def test_answers_to_an_invitation_are_kept_at_the_meeting(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer counts where it comes from the address that was invited, and for nobody else; the latest counts; one to an earlier time
    of the meeting does not, nor one whose sender our server calls forged."""
    monkeypatch.setattr(intake, "_child", lambda function, raw: getattr(parsing, function)(raw))
    n = next(NUMBERS)
    one, two = f"a{n}@x.example", f"b{n}@x.example"
    first, second = guest(runtime, one), guest(runtime, two)
    id = meeting(runtime, first, second)

    def now() -> tuple[str, str]:
        rows = invited(runtime, id)
        return rows[one]["answer"], rows[two]["answer"]

    assert answer(runtime, id, one, "ACCEPTED") == "accepted"
    assert now() == ("accepted", "needs_action")
    assert invited(runtime, id)[one]["note"] == "I comeby train"
    for reason, sender, more in (
        ("not_own", one, {"attendee": two}),
        ("not_invited", "stranger@x.example", {}),
        ("no_word", two, {"status": "DELEGATED"}),
        ("forged", two, {"trusted": "fail"}),
        ("later_known", one, {"stamp": "20250101T100000Z"}),
    ):
        why = answer(runtime, id, sender, **{"status": "DECLINED", **more})
        assert why == reason
    assert now() == ("accepted", "needs_action")
    assert answer(runtime, id, one.upper(), "TENTATIVE", stamp="20260201T100000Z", trusted="pass") == "tentative"
    answer(runtime, id, two, "DECLINED")
    assert now() == ("tentative", "declined")
    with runtime.work(SYSTEM, "api", write=True) as work:
        found = records.read_record(work, "communication", id, ("accepted", "declined", "unanswered"))
        assert dict(found) | {"id": 0, "version": 0} == {
            "id": 0, "version": 0, "accepted": 0, "declined": 1, "unanswered": 0,
        }  # fmt: skip
        came = lists.list_records(
            work, Query("communication", ("party", "status"), f"record.about == '{id}' && record.direction == 'in'")
        )
        assert {(row["party"], row["status"]) for row in came.rows} == {(first, "done"), (second, "done")}
        assert lists.count_records(work, Query("obligation", ("id",), f"record.party == '{first}'")) == 2, (
            "the odd ones alone are answered"
        )
        records.update_record(work, "communication", id, {"place": "There"})
        actions.run_action(work, "communication", id, "invite")
    inviting.send_invitations(RuntimeOffice(runtime), {"id": id, "sequence": 2})
    assert now() == ("needs_action", "needs_action")
    assert answer(runtime, id, one, "ACCEPTED", stamp="20260301T100000Z") == "earlier"
    assert answer(runtime, id, one, "ACCEPTED", stamp="20260301T100000Z", sequence=1) == "accepted"
    assert now() == ("accepted", "needs_action")


def proposal(runtime: Runtime, sender: str, uid: str, **more: Any) -> str:
    """Take in an invitation of somebody else to a meeting, or its end; the id of the communication."""
    values = {
        "method": "REQUEST",
        "sequence": 0,
        "at": "20300301T090000",
        "organiser": sender,
        "trusted": "",
        "lines": "",
        **more,
    }
    calendar = (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:{values['method']}\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
        f"DTSTAMP:20260101T100000Z\r\nSEQUENCE:{values['sequence']}\r\nDTSTART;TZID=Europe/Berlin:{values['at']}\r\nDURATION:PT45M\r\n"
        f"{values['lines']}SUMMARY:Their wells\r\nLOCATION:https://meet.example/1\r\nORGANIZER;CN=A:mailto:{values['organiser']}\r\n"
        "ATTENDEE;RSVP=TRUE:MAILTO:Wells@wells.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "wells@wells.example", "Invitation: Their wells"
    message["Message-ID"] = make_msgid(domain="x.example")
    if values["trusted"]:
        message["Authentication-Results"] = f"mx.wells.example; dmarc={values['trusted']}"
    message.set_content("See the calendar.")
    message.add_alternative(calendar, subtype="calendar", params={"method": values["method"]})
    office, raw, uid_of = RuntimeOffice(runtime), message.as_bytes(), next(NUMBERS)
    with office.open() as desk:
        (box,) = desk.reader.find("mailbox", "record.account == 'wells'")
        now = desk.reader.now
    arrived = intake.Arrived(box, 9, uid_of, raw, len(raw), now, trusted="mx.wells.example")
    assert intake.take(office, arrived) == "taken"
    with office.open() as desk:
        (row,) = desk.reader.find("mail_ledger", "record.uid == given.uid && record.uid_validity == 9", {"uid": uid_of})
        return str(row["communication"])


def test_invitations_of_others_are_answered_by_a_person(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accepting makes the meeting, tells the organiser in his calendar's words and pays the answer owed; a change moves that meeting,
    its end takes it off; nobody else's message about the same meeting touches it, and a forged one proposes nothing."""
    monkeypatch.setattr(intake, "_child", lambda function, raw: getattr(parsing, function)(raw))
    n = next(NUMBERS)
    theirs, uid = f"org{n}@x.example", f"meet-{n}@their.example"
    host, stranger = guest(runtime, theirs), guest(runtime, f"other{n}@x.example")
    with runtime.work(SYSTEM, "api", write=True) as work:
        mailbox(work)
    first = proposal(runtime, theirs, uid)

    def act(id: str, action: str) -> Any:
        with runtime.work(SYSTEM, "api", write=True) as work:
            return actions.run_action(work, "communication", id, action).record

    def read(id: str) -> Any:
        with runtime.work(SYSTEM, "api") as work:
            return records.read_record(work, "communication", id)

    assert (read(first)["proposed"], read(first)["proposal_answer"], read(first)["party"]) == (
        "invitation",
        "needs_action",
        host,
    )
    accepted = act(first, "accept_invitation")
    meeting = read(accepted["meeting"])
    assert {name: meeting[name] for name in ("subject", "channel", "minutes", "place", "party", "called_off", "at")} == {
        "subject": "Their wells", "channel": "video", "minutes": 45, "place": "https://meet.example/1", "party": host, "called_off": False,
        "at": datetime(2030, 3, 1, 8, tzinfo=UTC),
    }  # fmt: skip
    office = RuntimeOffice(runtime)
    with office.open(write=True) as desk:
        (mail,) = desk.reader.find("communication", "record.in_reply_to == given.id", {"id": first})
        box = desk.reader.get("mailbox", mail["mailbox"])
        assert box is not None
        assert mail["mail_to"] == theirs
        assert mail["subject"] == "Accepted: Their wells"
        sent = message_from_bytes(composing.message(desk, mail, box), policy=default)
        (part,) = [one for one in sent.walk() if one.get_content_type() == "text/calendar"]
        assert part.get_param("method") == "REPLY"
        told = icalendars.reply(part.get_content().encode())
        assert told is not None
        assert told["uid"] == uid
        assert told["answers"] == [{"address": "Wells@wells.example", "status": "ACCEPTED", "note": ""}]
    with runtime.work(SYSTEM, "api", write=True) as work:
        steps(work, str(mail["id"]), "claim", "sent")
        (owed,) = lists.list_records(work, Query("obligation", ("state",), f"record.communication == '{first}'")).rows
        assert owed["state"] == "answered"

    moved = proposal(runtime, theirs, uid, sequence=1, at="20300302T090000")
    assert (read(moved)["proposed"], read(moved)["meeting"]) == ("changed", accepted["meeting"])
    with pytest.raises(InvalidRecord):
        act(first, "decline_invitation")
    assert act(moved, "perhaps_invitation")["meeting"] == accepted["meeting"]
    assert read(accepted["meeting"])["at"] == datetime(2030, 3, 2, 8, tzinfo=UTC)

    foreign = proposal(runtime, f"other{n}@x.example", uid, method="CANCEL", sequence=2, organiser=theirs)
    assert (read(foreign)["party"], read(foreign)["meeting"]) == (stranger, None)
    with pytest.raises(InvalidRecord):
        act(foreign, "take_off")
    forged = proposal(runtime, theirs, uid, method="CANCEL", sequence=2, trusted="fail")
    assert (read(forged)["status"], read(forged)["proposed"]) == ("triage", None)
    assert not read(accepted["meeting"])["called_off"]
    end = proposal(runtime, theirs, uid, method="CANCEL", sequence=2)
    assert act(end, "take_off")["proposal_answer"] == "released"
    assert read(accepted["meeting"])["called_off"]

    assert read(proposal(runtime, theirs, f"never-{uid}", at="00010101T090000"))["proposed"] is None
    other = proposal(runtime, theirs, f"no-{uid}", organiser="victim@elsewhere.example")
    assert act(other, "decline_invitation")["meeting"] is None
    with office.open() as desk:
        (mail,) = desk.reader.find("communication", "record.in_reply_to == given.id", {"id": other})
        assert mail["mail_to"] == theirs, "a file sends nobody mail of ours"


def test_each_time_of_an_invitation_that_repeats_is_a_meeting(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accepted, its times come into the calendar but for those left out; one time moves alone, or with all after it; the whole
    changes and ends; what moves later times of a meeting that nobody accepted is refused with the way out."""
    monkeypatch.setattr(intake, "_child", lambda function, raw: getattr(parsing, function)(raw))
    n = next(NUMBERS)
    theirs, uid = f"series{n}@x.example", f"series-{n}@their.example"
    guest(runtime, theirs)
    with runtime.work(SYSTEM, "api", write=True) as work:
        mailbox(work)
    start = datetime.now(ZoneInfo("Europe/Berlin")).replace(
        hour=9, minute=0, second=0, microsecond=0, tzinfo=None
    ) + timedelta(days=3)
    weeks = [start + timedelta(weeks=week) for week in range(4)]
    rule = f"RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=Europe/Berlin:{weeks[1]:%Y%m%dT%H%M%S}\r\n"

    def act(id: str, action: str) -> Any:
        with runtime.work(SYSTEM, "api", write=True) as work:
            return actions.run_action(work, "communication", id, action).record

    def meetings(*, off: bool = False) -> list[datetime]:
        with runtime.work(SYSTEM, "api") as work:
            query = Query("communication", ("at", "called_off"), f"record.series_uid == '{uid}'", ("at",))
            rows = [row for row in lists.list_records(work, query).rows if row["called_off"] is off]
            return [row["at"].astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None) for row in rows]

    def sent(sequence: int, at: datetime, **more: Any) -> str:
        return proposal(runtime, theirs, uid, sequence=sequence, at=f"{at:%Y%m%dT%H%M%S}", **more)

    def time(at: datetime, range: str = "") -> str:
        return f"RECURRENCE-ID;TZID=Europe/Berlin{range}:{at:%Y%m%dT%H%M%S}\r\n"

    onward = ";RANGE=THISANDFUTURE"
    early = sent(0, weeks[2], lines=time(weeks[2], onward))
    with pytest.raises(InvalidRecord, match="accept the invitation to the whole"):
        act(early, "accept_invitation")
    first = sent(0, start, lines=rule)
    with runtime.work(SYSTEM, "api") as work:
        told = records.read_record(work, "communication", first)
        assert (told["proposed_repeats"], told["proposed_times"]) == (True, 3)
    act(first, "accept_invitation")
    assert meetings() == [weeks[0], weeks[2], weeks[3]]
    one = sent(1, weeks[0] + timedelta(hours=2), lines=time(weeks[0]))
    act(one, "perhaps_invitation")
    assert meetings() == [weeks[0] + timedelta(hours=2), weeks[2], weeks[3]]
    later = sent(2, weeks[2] + timedelta(hours=1), lines=time(weeks[2], onward))
    assert act(later, "accept_invitation")["proposed_onward"]
    assert meetings() == [weeks[0] + timedelta(hours=2), weeks[2] + timedelta(hours=1), weeks[3] + timedelta(hours=1)]
    whole = sent(3, start + timedelta(minutes=30), lines="RRULE:FREQ=WEEKLY;COUNT=2\r\n")
    act(whole, "accept_invitation")
    half = [week + timedelta(minutes=30) for week in weeks[:2]]
    assert meetings() == half
    end = sent(4, half[1], method="CANCEL", lines=time(half[1]))
    act(end, "take_off")
    assert meetings() == half[:1]
    act(sent(5, half[0], method="CANCEL"), "take_off")
    assert meetings() == []


CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
BEGIN:VEVENT\r
UID:one@theirs\r
SUMMARY:Wells\\, and pumps\r
LOCATION:Room 2\r
DTSTART;TZID=Europe/Berlin:20260301T093000\r
DURATION:PT45M\r
ORGANIZER;CN=Ann:mailto:Known@x.example\r
ATTENDEE:mailto:o'ther@x.example\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:two@theirs\r
SUMMARY:Nobody we know\r
DTSTART:20260302T100000Z\r
LOCATION:https://meet.example/1\r
STATUS:CANCELLED\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:three@theirs\r
SUMMARY:Broken\r
DTSTART:tomorrow\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_a_calendar_is_imported_once(runtime: Runtime, tmp_path: Path) -> None:
    """Each event is a meeting with whom its addresses belong to; the same file changes nothing, a moved event its meeting alone; an event
    that cannot be read is named with its line."""
    known, other = guest(runtime, "known@x.example"), guest(runtime, "o'ther@x.example")
    with runtime.work(SYSTEM, "api", write=True) as work:
        me = person(work, roles=["admin"])
        actor = accounts.actor_by_id(work, me)
    file = tmp_path / "mine.ics"
    file.write_bytes(CALENDAR.encode())

    def bring_in(text: str = CALENDAR) -> tuple[int, ...]:
        file.write_bytes(text.encode())
        told = imports.import_files(runtime, actor, "calendar", list(imports.sources_in(file)))
        return tuple(told.counts[name] for name in ("created", "updated", "unchanged", "refused"))

    assert bring_in() == (2, 0, 0, 1)
    assert bring_in() == (0, 0, 2, 1)
    with runtime.work(SYSTEM, "api") as work:
        columns = ("subject", "at", "minutes", "party", "status", "channel", "place", "called_off", "owner")
        rows = lists.list_records(work, Query("communication", columns, "record.source == 'calendar'", ("at",))).rows
        assert [tuple(row[c] for c in columns) for row in rows] == [
            ("Wells, and pumps", datetime(2026, 3, 1, 8, 30, tzinfo=UTC), 45, known, "done", "meeting", "Room 2", False, me),
            ("Nobody we know", datetime(2026, 3, 2, 10, tzinfo=UTC), None, None, "triage", "video", "https://meet.example/1", True, me),
        ]  # fmt: skip
        ties = lists.list_records(
            work, Query("communication_participants", ("party",), 'record.address == "o\'ther@x.example"')
        ).rows
        assert [row["party"] for row in ties] == [other]
        assert lists.count_records(work, Query("obligation", ("id",), f"record.party == '{known}'")) == 0
    assert bring_in(CALENDAR.replace("T0930", "T1030")) == (0, 1, 1, 1)
    with runtime.work(SYSTEM, "api") as work:
        mine = records.read_record(work, "user", me)["email"]
    actor = SYSTEM  # as from the command line
    own = CALENDAR.replace("one@theirs", "own@theirs").replace("mailto:Known@x.example", f"mailto:{mine}")
    assert bring_in(own.replace("T0930", "T1130")) == (1, 0, 1, 1)
    with runtime.work(SYSTEM, "api") as work:
        rows = lists.list_records(
            work, Query("communication", ("owner", "party"), "startsWith(record.source_key, 'event:own')")
        ).rows
        assert [(row["owner"], row["party"]) for row in rows] == [(me, other)]
