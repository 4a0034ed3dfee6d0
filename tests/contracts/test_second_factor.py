"""A role may ask for a second factor: whoever has it gets nothing before he has set one up, whichever way he came in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest

from tests.contracts.signing import METADATA, Browser, Desk, field_of, open_desk
from xrm_core.metamodel.values import Actor
from xrm_core.services import accounts
from xrm_core.services.records import create_record, update_record
from xrm_core.services.signing import codes, own, sessions

STRICT = "role: {role}\nlabel: {role}\nsecond_factor: required\n"
OWED = "/account/second-factor"
CLOSED = (
    "/",
    "/e/note",
    "/e/note/new",
    "/account",
    "/account/tokens/new",
    "/account/password",
    "/search?q=a",
    "/notifications",
    "/e/note/export",
)


@pytest.fixture
def strict(database_url: str) -> Iterator[Desk]:
    """A desk at which clerks and administrators need a second factor."""
    more = {f"access/{role}.yaml": STRICT.format(role=role) for role in ("clerk", "admin")}
    roles = "grants:\n" + METADATA["access/roles.yaml"].partition("grants:\n")[2]
    with open_desk(database_url, metadata={**METADATA, "access/roles.yaml": roles, **more}) as desk:
        yield desk


def token_of(desk: Desk, user: str) -> str:
    """A new token of a user for the API."""
    with desk.work() as work:
        return accounts.make_token(work, user, "program")[1]


def asks(browser: Browser, path: str, token: str = "") -> int:
    """The status of a question put to the API, with a token or with the session."""
    headers = {"Authorization": f"Bearer {token}"} if token else {"Sec-Fetch-Site": "same-origin"}
    return int(browser.get(path, headers=headers).status_code)


def set_up(browser: Browser) -> None:
    """Add an app on the page."""
    page = browser.post("/account/app").text
    secret = page.split('class="secret">')[1].split("<")[0]
    added = browser.post("/account/app/add", token=field_of(page, "token"), code=pyotp.TOTP(secret).now())
    assert added.text.count('class="secret"') == codes.CODES


def test_nothing_opens_before_there_is_a_factor(strict: Desk) -> None:
    """Every page leads to the one that sets a factor up, pieces of pages and the API are refused; with it all opens at once."""
    browser, user, _ = strict.somebody()
    for path in CLOSED:
        answer = browser.get(path)
        assert (answer.status_code, answer.headers.get("Location")) == (303, OWED), path
    assert browser.post("/e/note/new", title="x").headers["Location"] == OWED
    assert browser.get("/e/note", headers={"HX-Request": "true"}).status_code == 403
    assert asks(browser, "/api/note") == 403
    page = browser.get(OWED)
    assert page.status_code == 200
    assert "add-app" in page.text
    assert "/e/note" not in page.text
    set_up(browser)
    assert browser.get(OWED).headers["Location"] == "/account"
    assert browser.get("/e/note").status_code == 200
    assert asks(browser, "/api/note") == 200
    with strict.work() as work:
        own.reset_factors(work, own.signing.person(work.tx, work.catalog, user))  # type: ignore[arg-type]  # he is there
    assert not browser.is_in()


def test_no_way_in_goes_round_it(strict: Desk) -> None:
    """A link of the command line signs an administrator in to that page alone; so does the role by a membership."""
    user, _ = strict.person(roles=["admin"])
    with strict.work() as work:
        secret = accounts.make_link(work, user)
    browser = strict.browser()
    assert browser.post("/sign-in/link", token=secret).status_code == 303
    assert browser.get("/e/user").headers["Location"] == OWED
    assert asks(browser, "/api/user") == 403
    with strict.work() as work:
        session = accounts.session_actor(strict.runtime, work, browser.session)
    assert (session.roles, session.scopes, session.owes_factor) == (frozenset(), (), True)


def test_tokens_count_from_the_factor_on(strict: Desk) -> None:
    """A token made before its owner had a factor opens nothing, also afterwards; one made after it does."""
    browser, user, _ = strict.somebody()
    before = token_of(strict, user)
    assert asks(browser, "/api/note", before) == 403
    set_up(browser)
    assert asks(browser, "/api/note", before) == 403
    assert asks(browser, "/api/note", token_of(strict, user)) == 200


def test_who_stands_in_needs_it_as_well(strict: Desk) -> None:
    """A deputy without a factor gets nothing in the place of somebody whose role asks for one; in his own name he goes on."""
    clerk, _ = strict.person()
    browser, deputy, _ = strict.somebody(roles=[])
    with strict.work() as work:
        days = {"since": work.today, "until": work.today + timedelta(days=3)}
        create_record(work, "deputy", {"user": clerk, "deputy": deputy, **days})
        assert not accounts.session_actor(strict.runtime, work, browser.session).owes_factor
        acting = accounts.session_actor(strict.runtime, work, browser.session, clerk)
    assert (acting.owes_factor, acting.roles, acting.deputy_for) == (True, frozenset(), None)


def test_it_binds_from_the_next_request_on(strict: Desk) -> None:
    """Who is given such a role while he works is led to the page with his next request; without the role he goes on."""
    browser, user, _ = strict.somebody(roles=[])
    assert browser.get("/account").status_code == 200
    with strict.work() as work:
        update_record(work, "user", user, {"roles": ["clerk"]})
    assert browser.get("/account").headers["Location"] == OWED


def test_an_old_session_shows_first_who_holds_it(strict: Desk) -> None:
    """Setting a factor up asks again for the password where the sign-in was long ago: the page for that is open too."""
    browser, user, _ = strict.somebody()
    with strict.runtime.work(Actor(user, "somebody"), "web", write=True) as work:
        work.now -= timedelta(hours=2)
        browser.take(sessions.renew(work, user, browser.session))
    assert browser.post("/account/app").headers["Location"] == "/account/confirm"
    assert browser.get("/account/confirm").status_code == 200
