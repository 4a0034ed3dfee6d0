"""Forms that come to nothing without scripts: what was typed stands on the page that says so, and can be sent again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation
from xrm_core.web.guards import csrf_token

PORT = """
entity: port
title: "{name}"
fields:
  name: {type: text, label: Name of the port, required: true}
  notes: {type: long_text}
  plan: {type: file}
  sister: {type: link, to: port}
"""
TYPED = {"name": "Cobh <b>1</b>", "notes": "Two\nlines", "_fields": "name,notes", "_then": "open"}


class Browser:
    """Somebody whose sessions come and go."""

    def __init__(self, runtime: Runtime, client: TestClient[Any]) -> None:
        self.runtime, self.client = runtime, client
        with runtime.work(SYSTEM, "cli", write=True) as work:
            self.user = accounts.first_administrator(work, "Ada", "ada@example.com")

    def session(self) -> str:
        """The secret of a new session."""
        with self.runtime.work(SYSTEM, "cli", write=True) as work:
            return accounts.begin_session(work, self.user)

    def send(
        self, path: str, secret: str, token: str, site: str = "same-origin", files: Any = None, **values: str
    ) -> Any:
        """Send a form as a page without scripts does."""
        headers = {"Sec-Fetch-Site": site, **({"Cookie": f"xrm_session={secret}"} if secret else {})}
        data = {"_csrf": token, **values}
        return self.client.post(path, data=data, files=files, headers=headers, follow_redirects=False)


def resent(page: str) -> dict[str, str]:
    """The inputs of the form that sends what was typed again."""
    form = next((f for f in re.findall(r"<form.*?</form>", page, re.S) if "Send it again" in f), "")
    return {n: unescape(v) for n, v in re.findall(r'name="([^"]+)" value="([^"]*)"', form)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all tests."""
    with (
        temporary_organisation(metadata={"entities/port.yaml": PORT}) as runtime,
        TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client,
    ):
        yield Browser(runtime, client)


@pytest.mark.parametrize("had", ["", "x" * 43])
@pytest.mark.parametrize("files", [None, {"plan": ("plan.txt", b"a plan")}])
def test_a_session_that_ended(browser: Browser, had: str, files: Any) -> None:
    """The page shows what was typed; signing in is for another tab. Sent again in the new session it says that the form is of another
    one, and offers it once more; then it is saved as it was typed."""
    ended = browser.send("/e/port/new", had, csrf_token(had) if had else "", files=files, **TYPED)
    assert ended.status_code == 401
    assert "Cobh &lt;b&gt;1&lt;/b&gt;" in ended.text
    assert "Name of the port" not in ended.text  # what fields are called is not for everybody
    assert '<a class="btn default " href="/sign-in" target="_blank"' in ended.text
    assert "kept here" in ended.text
    assert ("plan.txt" in ended.text) == (files is not None)
    secret = browser.session()
    again = resent(ended.text)
    assert {**TYPED, "notes": "Two\nlines"}.items() <= again.items()
    stale = browser.send("/e/port/new", secret, again.pop("_csrf"), **again)
    assert (stale.status_code, "This form is out of date" in stale.text) == (403, True)
    assert "Name of the port" in stale.text
    again = resent(stale.text)
    saved = browser.send("/e/port/new", secret, again.pop("_csrf"), **again)
    assert saved.status_code == 303
    with browser.runtime.work(SYSTEM, "cli") as work:
        found = work.reader.get("port", saved.headers["location"].rsplit("/", 1)[1]) or {}
    assert (found["name"], found["notes"].split()) == (TYPED["name"], ["Two", "lines"])


def test_what_breaks_on_our_side(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the server keeps what was typed, with a reference, and takes it when it is sent again."""
    secret = browser.session()

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret of ours")

    with monkeypatch.context() as patched:
        patched.setattr(records, "create_record", broken)
        page = browser.send("/e/port/new", secret, csrf_token(secret), **TYPED)
    assert (page.status_code, "a secret of ours" in page.text) == (500, False)
    assert "what you typed is kept here" in page.text
    assert re.search(r'<dd class="mono">[0-9a-f]{12}</dd>', page.text)
    again = resent(page.text)
    assert browser.send("/e/port/new", secret, again.pop("_csrf"), **again).status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", ""])
def test_what_others_may_have_made_up(browser: Browser, site: str) -> None:
    """What does not surely come from a page of ours is neither shown nor offered."""
    for secret in ("", browser.session()):
        page = browser.send("/e/port/new", secret, "wrong", site=site, **TYPED)
        assert page.status_code in (303, 401, 403)
        assert "Cobh" not in page.text


def test_nobodys_large_files_are_taken_in(browser: Browser) -> None:
    """A large file of somebody who is not signed in is not read."""
    page = browser.send("/e/port/new", "", "", files={"plan": ("plan.txt", b"x" * 300_000)}, **TYPED)
    assert page.status_code in (303, 401)
    assert "plan.txt" not in page.text


def test_a_changed_record_is_told_in_words(browser: Browser) -> None:
    """No versions by number: what happened, and the way to the record as it is."""
    secret = browser.session()
    made = browser.send("/e/port/new", secret, csrf_token(secret), **TYPED).headers["location"]
    page = browser.send(f"{made}/delete", secret, csrf_token(secret), _version="7")
    assert page.status_code == 412
    assert "Somebody changed this after you opened it." in page.text
    assert f'href="{made}"' in page.text
    assert "version" not in re.sub(r"<[^>]*>", "", page.text)


def test_an_empty_file_is_told(browser: Browser) -> None:
    """A file with nothing in it is not passed over in silence; that none was chosen is no fault."""
    secret = browser.session()
    token, typed = csrf_token(secret), {**TYPED, "_fields": "name,notes,plan"}
    refused = browser.send("/e/port/new", secret, token, files={"plan": ("plan.txt", b"")}, **typed)
    assert refused.status_code == 422
    assert "Plan.txt is empty" in refused.text or "plan.txt is empty" in refused.text
    assert browser.send("/e/port/new", secret, token, files={"plan": ("", b"")}, **typed).status_code == 303
