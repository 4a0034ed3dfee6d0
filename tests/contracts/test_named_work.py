"""Work in the background by the names that its plugins give it, in the reader's language; one way to what a plugin shows on a page."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.contracts.conftest import with_plugins
from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, notices, records
from xrm_core.services.runtime import Runtime
from xrm_core.storage import outbox

runtime = with_plugins(["parties", "donors", "communications"], {})
CLOCK = timedelta(minutes=1)


@pytest.fixture
def german(runtime: Runtime) -> Iterator[TestClient[Any]]:
    """The pages of an administrator who reads German."""
    with runtime.work(SYSTEM, "cli", write=True) as work:
        ada = accounts.first_administrator(work, "Ada", "ada@example.com")
        records.update_record(work, "user", ada, {"language": "de"})
        session = accounts.begin_session(work, ada)
    with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
        client.cookies.set("xrm_session", session)
        yield client


def test_jobs_are_called_as_their_plugins_call_them(runtime: Runtime, german: TestClient[Any]) -> None:
    """Schedules and errands by the labels of their plugins, the platform's own work by its words, work of nobody by its name."""
    with runtime.work(SYSTEM, "cli", write=True) as work:
        outbox.put(work.tx, "schedule", {"name": "book_due"})
        outbox.put(work.tx, "errand", {"name": "fetch_mail", "given": {}})
        outbox.put(work.tx, "after_commit", {"entity": "donation"})
        outbox.put(work.tx, "schedule", {"name": "left_the_house"})
        outbox.put(work.tx, "zz_other", {})
    page = html.unescape(german.get("/jobs?state=waiting").text)
    for title in (
        "Fällige Spenden buchen",
        "E-Mails abholen",
        "Was auf ein Speichern folgt: Spende",
        "Left the house",
        "Zz other",
    ):
        assert f"<bdi>{title}" in page or f": {title}</bdi>" in page, title
    assert "Book due" not in page


def test_work_that_failed_is_told_by_its_name(runtime: Runtime, german: TestClient[Any]) -> None:
    """The notice to those who look after the house says what failed as the page of jobs does."""
    with runtime.work(SYSTEM, "job", write=True) as work:
        notices.tell_failure(work, "errand", "job-1", {"name": "send_mail", "given": {"secret": "x"}})
    assert "E-Mail senden" in html.unescape(german.get("/notifications").text)


def test_a_dead_letter_says_in_words_what_failed(runtime: Runtime, german: TestClient[Any]) -> None:
    """What happened and what to do stand in the reader's language; what the program said stands under the details."""
    with runtime.work(SYSTEM, "cli", write=True) as work:
        id = outbox.put(work.tx, "zz_dead", {})
    job = outbox.claim(runtime.database, "test", ("zz_dead",), CLOCK)
    assert job is not None
    outbox.dead(runtime.database, job, "SMTPRecipientsRefused: <b>550</b> no such box")
    page = german.get("/jobs?state=dead").text
    row = page[page.index(f'id="job-{id}"') :]
    shown, __, details = row.partition("<details>")
    assert "Der Mailserver nahm die Nachricht nicht an." in html.unescape(shown)
    assert "no such box" not in shown
    assert "SMTPRecipientsRefused: &lt;b&gt;550" in details


def test_a_template_has_one_way_to_its_preview(runtime: Runtime, german: TestClient[Any]) -> None:
    """The button of the action leads to the screen that asks for a party and shows the letter; so does the action's own address."""
    with runtime.work(SYSTEM, "cli", write=True) as work:
        values = {
            "code": "thanks",
            "owner": accounts.user_by_email(work, "ada@example.com"),
            "name": "Thanks",
            "purpose": "fundraising",
            "subject": "Hello",
            "body": "Dear {{ party.name }}",
        }
        id = str(records.create_record(work, "template", values)["id"])
    page = german.get(f"/e/template/{id}").text
    assert page.count(f"/p/communications/preview/{id}") == 1
    assert f"/e/template/{id}/run/preview" not in page
    answer = german.get(f"/e/template/{id}/run/preview", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/p/communications/preview/{id}"
    assert german.get(f"/p/communications/preview/{id}").status_code == 200
