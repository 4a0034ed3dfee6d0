"""Where the error page fails, too: what is left says what happened, what was kept and where to go, with an id that the log has."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from litestar.testing import TestClient

from tests.contracts.conftest import with_plugins
from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts
from xrm_core.services.runtime import Runtime
from xrm_core.storage.faults import DriverFault, Fault
from xrm_core.web.door import Door
from xrm_core.web.guards import csrf_token

runtime = with_plugins(["parties"], {})
LANGUAGES = ("en", "de", "ar")


@pytest.fixture(scope="module")
def ada(runtime: Runtime) -> str:
    """An administrator."""
    with runtime.work(SYSTEM, "cli", write=True) as work:
        return accounts.first_administrator(work, "Ada", "ada@example.com")


@pytest.fixture
def client(runtime: Runtime, ada: str) -> Iterator[TestClient[Any]]:
    """The pages of an administrator."""
    with runtime.work(SYSTEM, "cli", write=True) as work:
        session = accounts.begin_session(work, ada)
    with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
        client.cookies.set("xrm_session", session)
        yield client


def gone(*_: Any, **__: Any) -> NoReturn:
    """The database is away."""
    raise DriverFault(Fault("gone"))


def broken(*_: Any, **__: Any) -> NoReturn:
    """What nobody foresaw."""
    raise RuntimeError("secret words of the machine")


def told_id(page: str, log: str) -> str:
    """The id that a page says, which stands in the log too."""
    found = re.search(r'<dd class="mono">([0-9a-f]{12})</dd>', page)
    assert found is not None, page
    assert found[1] in log
    return found[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_database_there_is_a_page(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, language: str
) -> None:
    """Read, not found, and an action: each has words in the reader's language, a way on and an id of its own."""
    monkeypatch.setattr(Runtime, "work", gone)
    caplog.set_level(logging.INFO)
    said = {"en": "The database cannot be reached", "de": "Die Datenbank ist nicht zu erreichen", "ar": ""}[language]
    kept = {"en": "Your data is as it was.", "de": "Die Daten sind unverändert.", "ar": ""}[language]
    seen = set()
    for path, status in (("/e/party", 503), ("/", 503), ("/nowhere", 404)):
        answer = client.get(path, headers={"Accept-Language": language})
        page = html.unescape(answer.text)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
        assert "Content-Security-Policy" in answer.headers
        assert 'href="/"' in page
        assert status != 503 or (said in page and kept in page)
        seen.add(told_id(page, caplog.text))
    assert len(seen) == 3


def test_what_was_typed_is_sent_again_from_there(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A form of a record goes on from the page with all that was typed, and with its token; a script gets a problem with the id."""
    form = {"_csrf": csrf_token(str(client.cookies["xrm_session"])), "name": '"><b>Ünal</b>'}
    monkeypatch.setattr(Runtime, "work", gone)
    own = {"Sec-Fetch-Site": "same-origin"}
    page = client.post("/e/party/new", data=form, headers=own).text
    told_id(page, caplog.text)
    assert '<form method="post" action="/e/party/new">' in page
    assert 'name="name" value="&#34;&gt;&lt;b&gt;Ünal&lt;/b&gt;"' in page
    assert page.count(f'name="_csrf" value="{form["_csrf"]}"') == 1
    answer = client.post(
        "/e/party/new", data=form, headers={**own, "HX-Request": "true", "Accept": "application/problem+json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "unreachable")
    assert answer.json()["reference"] in caplog.text
    files = {"picture": ("big.png", b"x" * 300_000, "image/png")}
    answer = client.post("/e/party/new", data=form, files=files, headers=own)
    assert answer.status_code == 503
    told_id(answer.text, caplog.text)


def test_a_template_that_fails_leaves_a_page(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The page and its error page cannot be drawn: the reader sees our words and the id, the log has the rest."""
    monkeypatch.setattr(Door, "_page", broken)
    answer = client.get("/e/party")
    assert answer.status_code == 500
    assert told_id(answer.text, caplog.text)
    assert "secret words" not in answer.text
    assert "secret words" in caplog.text


def test_what_fails_before_a_page_is_begun_has_an_id(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What no route foresaw is told by the error page, not by the words of the server's library."""
    monkeypatch.setattr(Door, "__call__", broken)
    answer = client.get("/e/party")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    told_id(answer.text, caplog.text)
    assert "secret words" not in answer.text
    assert "secret words" in caplog.text


def test_a_form_that_cannot_be_read_is_told_in_our_words(
    client: TestClient[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A form with places for files that ends too early: 400, in the reader's language."""
    caplog.set_level(logging.INFO)
    sent = {"Content-Type": "multipart/form-data", "Sec-Fetch-Site": "same-origin", "Accept-Language": "de"}
    answer = client.post("/e/party/new", content=b"--x", headers=sent)
    assert answer.status_code == 400
    told_id(answer.text, caplog.text)
    assert "boundary" not in answer.text.lower()
