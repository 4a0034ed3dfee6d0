"""What somebody tries who means harm: rights borrowed through a record, days that never end, forms that are none, secrets in logs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.errors import InvalidRecord
from xrm_core.metamodel.values import SYSTEM, Actor, NewRecord, Query
from xrm_core.services import accounts, actions, lists, records, seen_by
from xrm_core.services.errandjobs import WorkDesk
from xrm_core.services.runtime import Runtime
from xrm_core.services.signing.sessions import cookie_name
from xrm_core.services.work import Work
from xrm_core.storage.ids import new_id
from xrm_core.testing.organisation import temporary_organisation
from xrm_core.web.drawing import form_title
from xrm_core.web.guards import csrf_token

NUMBERS = count()
CLASSES = ("identity", "contact", "consent", "work", "correspondence", "giving")
METADATA = {
    "access/needs.yaml": "needs:\n" + "".join(f"  {name}: {{fundraising: W, finance: W}}\n" for name in CLASSES),
    "access/units.yaml": "department: finance\nlabel: Finance\n",
    "access/guarded.yaml": "role: guarded\nlabel: Guarded\nsecond_factor: required\n",
    "access/grants.yaml": "grants:\n  - {role: everyone, entity: mailing_recipient, verbs: [read], public: acknowledged}\n  - {role: finance, entity: fund, verbs: [read]}\n",
}


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    """An organisation with mail and requests, on SQLite: what is tried here is decided before the database is asked."""
    with temporary_organisation(["parties", "donors", "communications", "requests"], METADATA) as made:
        yield made


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[TestClient[Any]]:
    """Its pages."""
    with TestClient(create_app(runtime, worker=False, watch=False), base_url=runtime.settings.server.base_url) as made:
        yield made


def unit(work: Work, code: str) -> str:
    """A department by its code."""
    found = lists.list_records(work, Query("department", ("id",), filter=f"record.code == '{code}'"))
    return str(found.rows[0]["id"])


def person(runtime: Runtime, code: str = "fundraising", **values: Any) -> Actor:
    """Somebody of a department."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        n = next(NUMBERS)
        given = {"name": f"User {n}", "email": f"u{n}@x.example", "department": unit(work, code), **values}
        id = str(records.create_record(work, "user", given)["id"])
        return accounts.actor_by_id(work, id)


def session(runtime: Runtime, client: TestClient[Any], actor: Actor) -> str:
    """Signs the client in; the token of its forms."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        secret = accounts.begin_session(work, str(actor.id))
    client.cookies.set(cookie_name(runtime.settings), secret)
    return csrf_token(secret)


# ---- rights that are somebody else's
def mailing(runtime: Runtime, sender: Actor, text: str = "Dear {{ party.name }}", **values: Any) -> tuple[str, str]:
    """A mailing of somebody to all parties, with its template."""
    n = next(NUMBERS)
    with runtime.work(sender, "api", write=True) as work:
        own = {"code": f"t_{n}", "name": "T", "subject": "S", "body": text, "department": unit(work, "fundraising")}
        template = str(records.create_record(work, "template", own)["id"])
        given = {"name": "M", "template": template, "view": "all_party", **values}
        return str(records.create_record(work, "mailing", given)["id"]), template


def test_nobody_is_made_the_sender_of_a_mailing_by_others(runtime: Runtime) -> None:
    """Letters tell what their sender may read: a lead puts nobody else in that place, and does not check in his name."""
    lead = person(runtime, is_lead=True)
    other = person(runtime, "finance", roles=["finance"])
    mine, _template = mailing(runtime, lead)
    with runtime.work(lead, "api", write=True) as work, pytest.raises(InvalidRecord) as fault:
        records.update_record(work, "mailing", mine, {"owner": other.id})
    assert [problem.field for problem in fault.value.problems] == ["owner"]
    with runtime.work(SYSTEM, "api", write=True) as work:
        records.update_record(work, "mailing", mine, {"owner": other.id, "view": "persons"})
    with runtime.work(lead, "api", write=True) as work, pytest.raises(InvalidRecord) as fault:
        actions.run_action(work, "mailing", mine, "check")
    assert [problem.field for problem in fault.value.problems] == ["owner"]
    with runtime.work(lead, "api", write=True) as work:
        records.update_record(work, "mailing", mine, {"owner": lead.id})
        done = actions.run_action(work, "mailing", mine, "check")
    assert done.record["status"] == "checked"


def test_rights_are_borrowed_by_the_platform_alone(runtime: Runtime) -> None:
    """What a person asks for is answered with his own rights, whatever user is named; a job may read as somebody."""
    one, other = person(runtime), person(runtime, "finance")
    with runtime.work(one, "web") as work:
        assert seen_by.as_user(work, str(other.id)) is None
        assert seen_by.as_user(work, str(one.id)) is work
        assert work.reader.as_seen("user", str(one.id), ("name",), str(other.id)) is None
    with runtime.work(SYSTEM, "job") as work:
        found = seen_by.as_user(work, str(other.id))
        assert found is not None
        assert found.actor.id == other.id
    token = Actor(
        one.id, "token", one.roles, units=one.units, kind="token", scopes=("party:read",), deputy_for=other.id
    )
    with runtime.work(token, "api") as work:
        assert seen_by.as_user(work, str(other.id)) is work, "a limited token of a deputy stays limited"


def test_nobody_sends_in_the_name_of_another_department(runtime: Runtime) -> None:
    """The mailbox of another department is not for one's own mail and mailings."""
    one, other = person(runtime), person(runtime, "finance")
    with runtime.work(SYSTEM, "api", write=True) as work:
        given = {
            "kind": "person",
            "person_name_family": "Kern",
            "contact_points": [{"kind": "email", "value": "k@x.example"}],
        }
        party = str(records.create_record(work, "party", given)["id"])
        box = {
            "name": "F",
            "address": "f@y.example",
            "account": "f",
            "owner": other.id,
            "department": unit(work, "finance"),
        }
        theirs = str(records.create_record(work, "mailbox", box)["id"])
    mail = {"channel": "email", "party": party, "subject": "S", "body": "B", "status": "to_send"}
    for chosen in ({"mailbox": theirs}, {"mailbox": theirs, "status": "draft"}, {"department": box["department"]}):
        with runtime.work(one, "api", write=True) as work, pytest.raises(InvalidRecord) as fault:
            records.create_record(work, "communication", mail | chosen)
        assert "mailbox" in [problem.field for problem in fault.value.problems]
    with pytest.raises(InvalidRecord):
        mailing(runtime, one, mailbox=theirs)
    with runtime.work(other, "api", write=True) as work:
        assert records.create_record(work, "communication", mail | {"mailbox": theirs})


def test_what_was_checked_is_what_goes(runtime: Runtime) -> None:
    """A template that others change after the check holds the mailing up before its next letter."""
    from xrm_communications.mailing import pacing

    lead = person(runtime, is_lead=True)
    with runtime.work(SYSTEM, "api", write=True) as work:
        given = {
            "kind": "person",
            "person_name_family": "Brandt",
            "contact_points": [{"kind": "email", "value": "b@x.example"}],
        }
        records.create_record(work, "party", given)
        box = {"name": "B", "address": "b@y.example", "account": "b", "owner": lead.id}
        records.create_record(work, "mailbox", box)
    mine, template = mailing(runtime, lead)
    with runtime.work(lead, "api", write=True) as work:
        actions.run_action(work, "mailing", mine, "check")
        records.run_transition(work, "mailing", mine, "send")
        records.update_record(work, "template", template, {"body": "{{ party.tax_number }}"})
    with runtime.work(SYSTEM, "job") as work:
        record = work.load("mailing", mine)
        assert record is not None
        changes = pacing.step(record, work)  # type: ignore[arg-type]  # of a desk it takes the reader alone
    assert [(one.transition, one.id) for one in changes] == [("hold", mine)]  # type: ignore[union-attr]


def test_who_owes_a_second_factor_gets_in_nowhere(runtime: Runtime, client: TestClient[Any]) -> None:
    """A feed whose address was made before ends, and nothing is decided by mail, until the factor is set up."""
    free, guarded = person(runtime), person(runtime, roles=["guarded"])
    addresses = {}
    with runtime.work(SYSTEM, "job", write=True) as work:
        desk = WorkDesk(work)
        for actor, code in ((free, "not_found"), (guarded, "second_factor")):
            problems = desk.act(str(actor.id), "request", new_id(), "do_now", {})
            assert [one.code for one in problems] == [code]
            (feed,) = desk.save([NewRecord("calendar_feed", {"user": actor.id})])
            row = work.reader.get("calendar_feed", feed) or {}
            token = work.reader.sign(f"calendar:{feed}:{row['mark']}").removeprefix("calendar:")
            addresses[code] = f"/p/communications/calendar/{token}"
    assert client.get(addresses["not_found"]).status_code == 200
    assert client.get(addresses["second_factor"]).status_code == 404


# ---- forms and days that are none
@pytest.mark.parametrize("posted", [{}, {"_run": "x"}, {"_run": "party/1/purge"}, {"_run": "request//do_now"}])
def test_forms_that_are_none_are_refused(runtime: Runtime, client: TestClient[Any], posted: dict[str, str]) -> None:
    """A form that nobody was given is answered with what is missing, not with a failure."""
    token = session(runtime, client, person(runtime))
    answer = client.post("/p/requests/inbox", data={"_csrf": token, **posted}, follow_redirects=False)
    assert answer.status_code == 422


def test_days_far_away_cost_nothing(runtime: Runtime, client: TestClient[Any]) -> None:
    """Weeks at the ends of the calendar are this week; the room until the year 9999 is looked at for some hundred days."""
    from xrm_requests import capacity

    actor = person(runtime)
    session(runtime, client, actor)
    for day in ("9999-12-31", "0001-01-01", "nonsense"):
        assert client.get(f"/p/requests/week?week={day}").status_code == 200
    with runtime.work(SYSTEM, "job") as work:
        found = capacity.days(str(actor.id), work.today, work.today.replace(year=9999), work.reader)
    assert len(found) == capacity.FURTHEST + 1


# ---- what logs keep
def test_logs_keep_no_secret(client: TestClient[Any], caplog: pytest.LogCaptureFixture) -> None:
    """The secret of a link does not stand in the log, whatever goes wrong with it."""
    secret = "s" * 43
    with caplog.at_level(logging.INFO, "xrm.web"):
        client.post(f"/sign-in/{secret}")
        client.get(f"/p/communications/calendar/{secret}.{secret}")
    told = " ".join(one.getMessage() for one in caplog.records if one.name == "xrm.web")
    assert "/p/communications/calendar/…" in told
    assert secret not in told


def test_what_a_link_may_point_to_names_no_stranger(runtime: Runtime) -> None:
    """The refusal of a link names the entities that there are for whoever asks, and no others."""
    actor = person(runtime, "finance")
    with runtime.work(actor, "api", write=True) as work:
        given = {
            "subject": "x",
            "relationship": new_id(),
            "relationship_entity": "x",
            "department": unit(work, "finance"),
        }
        with pytest.raises(InvalidRecord) as fault:
            records.create_record(work, "communication", given)
    assert "donor" not in str(fault.value.problems)


def test_forms_show_titles_as_their_reader_sees_them(runtime: Runtime) -> None:
    """The title of a form is made of what its reader sees: the name behind a link to a record that he does not see is not in it."""
    one, other = person(runtime, "finance"), person(runtime)
    hidden, _template = mailing(runtime, other, name="Layoffs of spring")
    with runtime.work(SYSTEM, "job", write=True) as work:
        found = records.create_record(work, "party", {"kind": "person", "person_name_family": "Lund"})["id"]
        told = {"mailing": hidden, "party": found}
        (row,) = WorkDesk(work).save([NewRecord("mailing_recipient", told)])
    with runtime.work(one, "web") as work:
        assert "Layoffs" not in form_title(work, work.entity("mailing_recipient"), {"id": row})
    with runtime.work(other, "web") as work:
        assert "Layoffs" in form_title(work, work.entity("mailing_recipient"), {"id": row})
