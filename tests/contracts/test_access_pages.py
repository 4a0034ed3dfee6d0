"""The pages about access, as a browser asks for them: who may open them, what they say, the log as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.contracts.clinic import METADATA
from xrm_core.app import create_app
from xrm_core.language import speaking
from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services import access_log, accounts, records
from xrm_core.services.runtime import Runtime
from xrm_core.services.signing.sessions import cookie_name
from xrm_core.storage import access_log as storage
from xrm_core.storage.access_log import Event, Wanted
from xrm_core.testing import temporary_organisation
from xrm_core.web.guards import csrf_token
from xrm_core.web.logged import actor_text, detail_text


@dataclass
class Clinic:
    """The clinic with its web application, users and one patient."""

    runtime: Runtime
    client: TestClient[Any]
    ids: dict[str, str]

    def get(self, user: str, url: str) -> Any:
        """A page as a user gets it."""
        with self.runtime.work(SYSTEM, "cli", write=True) as work:
            secret = accounts.begin_session(work, self.ids[user])
        self.client.cookies.clear()
        self.client.cookies.set(cookie_name(self.runtime.settings), secret)
        return self.client.get(url, follow_redirects=False)

    def told(self, *kinds: str) -> list[Event]:
        """The log, the newest first."""
        with self.runtime.work(SYSTEM, "cli") as work:
            return access_log.read(work, Wanted(kinds=kinds))


@pytest.fixture(scope="module")
def clinic() -> Iterator[Clinic]:
    """Users of each role, and a patient."""
    with temporary_organisation(metadata=METADATA) as runtime:
        ids = {}
        with runtime.work(SYSTEM, "sample", write=True) as work:
            for role in ("admin", "auditor", "clerk", "doctor"):
                values = {"name": role.title(), "email": f"{role}@x.org", "roles": [role]}
                ids[role] = str(records.create_record(work, "user", values)["id"])
            ids["patient"] = str(records.create_record(work, "patient", {"name": "<b>Pat</b>", "diagnosis": "d"})["id"])
        with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
            yield Clinic(runtime, client, ids)


@pytest.mark.parametrize(
    ("url", "open_to"),
    [("/access/log", {"admin", "auditor"}), ("/access/log/export", {"admin", "auditor"}), ("/access/map", {"admin", "auditor"}), ("/access/explain", {"admin"})],
)  # fmt: skip
def test_who_may_open_them(clinic: Clinic, url: str, open_to: set[str]) -> None:
    """Auditors read the log and the map; only administrators ask why; whoever is not signed in goes to the sign-in."""
    for user in ("admin", "auditor", "clerk"):
        assert clinic.get(user, url).status_code == (200 if user in open_to else 403), user
    clinic.client.cookies.clear()
    assert clinic.client.get(url, follow_redirects=False).headers["location"].startswith("/sign-in")


def test_the_menu_offers_them_to_those_who_may(clinic: Clinic) -> None:
    """The entries stand in the menu of auditors and administrators, and nobody else's."""
    assert 'href="/access/log"' in clinic.get("auditor", "/").text
    assert 'href="/access/explain"' in clinic.get("admin", "/").text
    assert 'href="/access/explain"' not in clinic.get("auditor", "/").text
    assert "/access/" not in clinic.get("clerk", "/").text


def test_explain_answers_and_says_what_is_wrong(clinic: Clinic) -> None:
    """The page says the verdict with its reasons; what cannot be answered is said on the same page."""
    id = clinic.ids["patient"]
    page = clinic.get("admin", f"/access/explain?user=clerk@x.org&entity=patient&id={id}&field=diagnosis").text
    assert "Refused: Clerk, read this record Patient: Diagnosis" in page
    assert "metadata/access/clinic.yaml:" in page
    assert str(clinic.runtime.settings.root) not in page
    assert "the role Auditor" in page
    explained = clinic.get("admin", "/access/explain?user=doctor@x.org&entity=patient&verb=update").text
    assert " is you</bdi>" in explained
    assert "<code><bdi>record.doctor == actor.id</bdi></code>" in explained
    assert (
        "Allowed: Clerk"
        in clinic.get("admin", f"/access/explain?user={clinic.ids['clerk']}&entity=patient&verb=update").text
    )
    assert "no active user" in clinic.get("admin", "/access/explain?user=x@y.org&entity=patient").text
    assert "There is no entity" in clinic.get("admin", "/access/explain?user=clerk@x.org&entity=%3Cb%3E").text


def test_records_and_users_lead_to_it(clinic: Clinic) -> None:
    """An administrator's page of a record, and of a user, has the way to the answer; nobody else's."""
    assert (
        f"/access/explain?entity=patient&amp;id={clinic.ids['patient']}"
        in clinic.get("admin", f"/e/patient/{clinic.ids['patient']}").text
    )
    assert f"/access/explain?user={clinic.ids['clerk']}" in clinic.get("admin", f"/e/user/{clinic.ids['clerk']}").text
    assert "/access/" not in clinic.get("clerk", f"/e/patient/{clinic.ids['patient']}").text


def test_the_map(clinic: Clinic) -> None:
    """Each role with its entities, verbs, rows and classes; one role alone, the first where none is named, or all, and all of one
    entity."""
    page = clinic.get("auditor", "/access/map?role=clerk").text
    assert "<summary><bdi>all, but not: " in page
    assert 0 < page.count("record.sealed") == page.count("<code><bdi>record.sealed</bdi></code>")
    assert "record.doctor == actor.id" not in page
    assert "record.doctor == actor.id" in clinic.get("auditor", "/access/map?role=*").text
    assert "record.doctor == actor.id" in clinic.get("auditor", "/access/map?entity=patient").text
    assert clinic.get("auditor", "/access/map").text.count('class="card access-card"') == 1


def test_the_log_tells_of_refusals_and_reads_on_pages(clinic: Clinic) -> None:
    """A page that is refused, a record that is closed, and a look at a diagnosis stand in the log, with the address of the
    client, escaped."""
    id = clinic.ids["patient"]
    assert clinic.get("doctor", f"/e/patient/{id}").status_code == 404
    assert clinic.get("auditor", f"/e/patient/{id}").status_code == 200
    (refused, *_) = clinic.told("refused")
    assert (refused.record_id, refused.actor_name, refused.detail["exists"]) == (id, "Doctor", True)
    assert refused.client
    assert any(e.record_id == id and e.detail["fields"] == ["diagnosis"] for e in clinic.told("read"))
    page = clinic.get("auditor", f"/access/log?record={id}&kind=read").text
    assert "Diagnosis of 1 record" in page
    assert "Patient · &lt;b&gt;Pat" in page  # by its title: the auditor may read it
    assert "Refused" not in page.split("</form>")[-1]


def test_the_log_speaks_the_readers_language(clinic: Clinic) -> None:
    """Labels of fields and codes, actions and ways of signing in: nothing of what is stored as it is stored."""
    with clinic.runtime.database.write() as tx:
        at, user = datetime(2026, 5, 6, tzinfo=UTC), clinic.ids["clerk"]
        changes = {"name": [None, "Eva"], "status": ["active", "closed"], "roles": [["clerk"], None]}
        storage.add(tx, [
            Event(at, None, "system", "user_changed", "cli", entity="user", record_id=user, detail={"action": "update", "changes": changes}),
            Event(at, None, "system", "sign_in", "web", entity="user", record_id=user, detail={"method": "link"}),
        ])  # fmt: skip
    with clinic.runtime.work(Actor(None, "Eva", language="de", kind="system"), "web") as work, speaking("de"):
        told = {
            e.kind: (actor_text(e), detail_text(work, e))
            for e in access_log.read(work, Wanted(until=at + timedelta(days=1)))
            if e.at == at
        }
    assert told["sign_in"] == ("System", "Weg: Anmeldelink")
    who, text = told["user_changed"]
    assert who == "System"
    assert text.startswith("geändert: Name: neu: Eva; Status: ")
    assert "statt aktiv" in text.lower()
    assert "nothing" not in text
    assert "->" not in text


def test_pages_of_the_log(clinic: Clinic) -> None:
    """Fifty rows to a page, the next by key; a day that is none is said."""
    with clinic.runtime.database.write() as tx:
        storage.add(tx, clinic_events(60))
    page = clinic.get("auditor", "/access/log?who=Busy").text
    assert page.count("Busy") >= 50
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert clinic.get("auditor", older).text.count('data-label="Who"') == 10
    for wrong in ("since=soonish", "until=9999-12-31", "since=0001-01-01"):
        answer = clinic.get("auditor", f"/access/log?who=Busy&{wrong}")
        assert answer.status_code == 400, wrong
        assert 'aria-invalid="true"' in answer.text, wrong
        assert f'value="{wrong.partition("=")[2]}"' in answer.text, wrong
        assert 'data-label="Who"' not in answer.text, wrong
        assert clinic.get("auditor", f"/access/log/export?{wrong}").status_code == 400, wrong
    with clinic.runtime.work(SYSTEM, "cli") as work:
        today = work.today
    page = clinic.get("auditor", "/access/log?who=Busy&since=yesterday&until=tomorrow").text
    assert 'type="date" class="day-picker"' in page
    assert f"since={today - timedelta(days=1)}" in page.split("/access/log/export?")[1].split('"')[0]
    assert page.count("Busy") >= 50
    assert "Nothing to show" in clinic.get("auditor", "/access/log?until=2020-01-01").text


def clinic_events(many: int) -> list[Event]:
    """So many sign-outs of somebody busy, one of them with a name that a spreadsheet would calculate."""
    return [Event(datetime.now(UTC), None, "Busy" if n else "=1+1 Busy", "sign_out", "web") for n in range(many)]


def test_the_log_as_a_file(clinic: Clinic) -> None:
    """All rows of the filter as CSV, no formula in it; taking it is told."""
    answer = clinic.get("auditor", "/access/log/export?who=Busy")
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.splitlines()) == 61
    assert "'=1+1 Busy" in answer.text
    (event, *_) = clinic.told("export")
    assert (event.detail["of"], event.detail["who"], event.actor_name) == ("the log of access", "Busy", "Auditor")


def test_the_api_tells_of_refusals(clinic: Clinic) -> None:
    """What the API refuses stands in the log, with the address that asked, whichever way the answer is sent."""
    with clinic.runtime.work(SYSTEM, "cli", write=True) as work:
        token = accounts.make_token(work, clinic.ids["clerk"], "t")[1]
    clinic.client.cookies.clear()
    before = len(clinic.told("refused"))
    headers = {"Authorization": f"Bearer {token}"}
    for method, url in (("DELETE", f"/api/patient/{clinic.ids['patient']}"), ("GET", "/api/patient_visits/export")):
        assert clinic.client.request(method, url, headers=headers).status_code in (403, 404)
    events = clinic.told("refused")[: len(clinic.told("refused")) - before]
    assert [(e.entity, e.door, e.detail["method"]) for e in events] == [
        ("patient_visits", "api", "GET"),
        ("patient", "api", "DELETE"),
    ]
    assert all(e.client for e in events)


def posted(clinic: Clinic, secret: str, url: str, **form: str) -> Any:
    """A form as the browser of that session sends it."""
    clinic.client.cookies.clear()
    clinic.client.cookies.set(cookie_name(clinic.runtime.settings), secret)
    return clinic.client.post(url, data={**form, "_csrf": csrf_token(secret)}, follow_redirects=False)


def test_view_as(clinic: Clinic) -> None:
    """An administrator sees what a clerk sees, with a notice; he changes nothing meanwhile, comes back, and both stand in the
    log under his own name. He may sign out on the way, which ends it too."""
    with clinic.runtime.work(SYSTEM, "cli", write=True) as work:
        secret = accounts.begin_session(work, clinic.ids["admin"])
    patient = f"/e/patient/{clinic.ids['patient']}"
    assert 'id="view-as"' in clinic.get("admin", f"/e/user/{clinic.ids['clerk']}").text
    assert posted(clinic, secret, "/access/view-as", user=clinic.ids["clerk"]).headers["location"] == "/"

    def seen(url: str) -> Any:
        return clinic.client.get(url, follow_redirects=False)

    page = seen(patient)
    assert "You view the pages as Clerk" in page.text
    assert "diagnosis" not in page.text.lower().split("<main")[1]
    assert seen("/access/explain").status_code == 403
    for url in (f"{patient}/edit", "/access/view-as", "/account/password", "/e/patient/new"):
        assert posted(clinic, secret, url, name="New", user=clinic.ids["doctor"]).status_code == 403, url
    back = posted(clinic, secret, "/access/view-as/end")
    assert back.headers["location"] == f"/e/user/{clinic.ids['clerk']}"
    assert "You view the pages" not in seen(patient).text
    assert [(e.detail["action"], e.actor_id, e.record_id) for e in clinic.told("view_as")] == [
        ("end", clinic.ids["admin"], clinic.ids["clerk"]), ("begin", clinic.ids["admin"], clinic.ids["clerk"]),
    ]  # fmt: skip
    posted(clinic, secret, "/access/view-as", user=clinic.ids["clerk"])
    assert posted(clinic, secret, "/preferences", theme="dark", next="/").status_code == 303
    assert posted(clinic, secret, "/sign-out").headers["location"] == "/sign-in"
    assert seen(patient).headers["location"] == "/sign-in"
    assert [e.detail["action"] for e in clinic.told("view_as")] == ["end", "begin"] * 2


def test_what_is_meant_as_another_is_not_done_as_oneself(clinic: Clinic) -> None:
    """The user as whom somebody views the pages is closed: the next form is refused, the next page is the viewer's own."""
    with clinic.runtime.work(SYSTEM, "cli", write=True) as work:
        gone = str(records.create_record(work, "user", {"name": "Gone", "email": "gone@clinic.example"})["id"])
        secret = accounts.begin_session(work, clinic.ids["admin"])
    posted(clinic, secret, "/access/view-as", user=gone)
    with clinic.runtime.work(SYSTEM, "cli", write=True) as work:
        records.update_record(work, "user", gone, {"status": "inactive"})
    patient = f"/e/patient/{clinic.ids['patient']}"
    answer = posted(clinic, secret, f"{patient}/delete")
    assert (answer.status_code, "nothing was done" in answer.text) == (403, True)
    page = clinic.client.get(patient, follow_redirects=False)
    assert (page.status_code, "You view the pages" in page.text) == (200, False)


def test_only_administrators_view_as(clinic: Clinic) -> None:
    """Nobody else may begin; nobody views as one who does not exist, nor as himself."""
    for user, target, status in (("auditor", "clerk", 403), ("admin", "nobody", 404), ("admin", "admin", 403)):
        with clinic.runtime.work(SYSTEM, "cli", write=True) as work:
            secret = accounts.begin_session(work, clinic.ids[user])
        assert posted(clinic, secret, "/access/view-as", user=clinic.ids.get(target, target)).status_code == status
