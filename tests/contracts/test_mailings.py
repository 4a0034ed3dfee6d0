"""Templates, the gate of sending, and mailings from the check to what came of them, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from litestar.testing import TestClient
from xrm_communications import icalendars, inviting
from xrm_communications.mailing import pacing

from tests.contracts.conftest import with_plugins
from xrm_core.app import create_app
from xrm_core.errors import InvalidRecord, XrmError
from xrm_core.metamodel.values import SYSTEM, Patch, Query
from xrm_core.services import accounts, actions, lists, records
from xrm_core.services.errandjobs import RuntimeOffice
from xrm_core.services.runtime import Runtime
from xrm_core.services.saving import carry_out
from xrm_core.services.work import Work
from xrm_core.web.guards import csrf_token

NUMBERS = count()
NEEDS = {
    "access/needs.yaml": "needs:\n" + "".join(
        f"  {name}: {{fundraising: W, management: W}}\n"
        for name in ("identity", "contact", "consent", "giving", "work", "correspondence")
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
    """The address needs no sign-in; what its owner may not see is not in it; a new address ends the old one."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        me, other, who = person(work), person(work), party(work, "meet@x.example")
        soon = work.now + timedelta(days=3)
        told = {"direction": "out", "channel": "meeting", "party": who, "at": soon, "minutes": 30}
        for owner, subject in ((me, "My wells"), (other, "Somebody else's")):
            records.create_record(work, "communication", {**told, "owner": owner, "subject": subject})
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


def test_an_invitation_goes_to_all_who_take_part(runtime: Runtime) -> None:
    """Each gets a mail with the meeting as a file; calling it off cancels the same meeting with a later number."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        mailbox(work)
        first, second = party(work, "i1@x.example"), party(work, "i2@x.example")
        told = {
            "direction": "out", "channel": "meeting", "party": first, "at": work.now + timedelta(days=2), "subject": "Wells", "place": "Here",
            "owner": person(work), "participants": [{"party": second}],
        }  # fmt: skip
        id = str(records.create_record(work, "communication", told)["id"])
        actions.run_action(work, "communication", id, "invite")
    office = RuntimeOffice(runtime)
    inviting.send_invitations(office, {"id": id, "sequence": 1})
    with runtime.work(SYSTEM, "api", write=True) as work:
        actions.run_action(work, "communication", id, "call_off")
    inviting.send_invitations(office, {"id": id, "sequence": 1})
    inviting.send_invitations(office, {"id": id, "sequence": 2})
    found = []
    with office.open() as desk:
        for who in (first, second):
            for row in desk.reader.find(
                "communication", "record.party == given.p && record.status == 'to_send'", {"p": who}
            ):
                (file,) = desk.reader.children("communication", "files", row["id"])
                method, (event,) = icalendars.read(desk.file(file["file"])[2])
                found.append((row["mail_to"], method, event.uid.partition("@")[0], event.place))
    assert sorted(found) == sorted(
        (to, method, id, "Here") for to in ("i1@x.example", "i2@x.example") for method in ("CANCEL", "REQUEST")
    )
