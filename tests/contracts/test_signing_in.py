"""Signing in by password, on both databases: what is answered, what is counted, what ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time

import pytest

from tests.contracts.signing import PASSWORD, Browser, Desk
from xrm_core.services import accounts
from xrm_core.services.deleting import delete_record, restore_record
from xrm_core.services.records import update_record
from xrm_core.services.signing import passwords
from xrm_core.storage import signing
from xrm_core.storage.credentials import add_link


def test_the_right_password_opens_a_session(desk: Desk) -> None:
    """Address and password lead in, whatever the case of the address; the cookie is for this host and for no script."""
    _, email = desk.person(email="Mara@Example.org")
    for typed in (email, "mara@example.org", " MARA@example.org "):
        browser = desk.browser()
        answer = desk.enter(browser, typed)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        assert browser.is_in()


def test_known_and_unknown_addresses_get_one_answer(desk: Desk) -> None:
    """A wrong password, an address that nobody has, a user without a password, one who is not active: the same page."""
    _, email = desk.person()
    _, bare = desk.person(password=None)
    _, closed = desk.person(status="inactive")
    pages = []
    for typed in (email, "nobody@example.org", bare, closed, "no address at all", ""):
        answer = desk.enter(desk.browser(), typed, "not the right password")
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
        pages.append(answer.text.replace(typed, "") if typed else answer.text)
    assert len({page.split("<main")[1].replace(" autofocus", "").replace(' value=""', "") for page in pages}) == 1
    assert "The address or the password is not right" in pages[0]


def test_known_and_unknown_addresses_take_as_long(desk: Desk) -> None:
    """Where nobody has the address a password is looked at all the same. Counted is the work, not what else the machine does."""
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    desk.enter(desk.browser(), "warm@example.org", "up")
    for n in range(7):
        _, email = desk.person()
        for kind, typed in (("known", email), ("unknown", f"nobody{n}@example.org")):
            browser = desk.browser()
            began = process_time()
            desk.enter(browser, typed, "not the right password")
            took[kind].append(process_time() - began)
    known, unknown = median(took["known"]), median(took["unknown"])
    assert abs(known - unknown) < 0.5 * max(known, unknown), took
    began = process_time()
    assert not passwords.is_right(None, "x")
    assert process_time() - began > 0.005, "nothing was looked at"


def test_ten_guesses_then_none_for_a_while(desk: Desk) -> None:
    """After ten wrong ones even the right password is refused, from any machine and with any header; others come in. When
    the time is over it opens again."""
    user, email = desk.person()
    _, other = desk.person()
    for n in range(10):
        answer = desk.browser().client.post(
            "/sign-in", data={"email": email.upper() if n % 2 else email, "password": f"guess {n}"},
            headers={"X-Forwarded-For": f"10.0.0.{n}", "User-Agent": f"agent {n}", "Forwarded": f"for=10.1.0.{n}"},
        )  # fmt: skip
        assert answer.status_code == 403
    blocked = desk.enter(desk.browser(), email)
    assert blocked.status_code == 429
    assert "Too many tries" in blocked.text
    assert desk.enter(desk.browser(), other).status_code == 303
    assert len(desk.rows("SELECT 1 FROM xrm_guess WHERE account = ?", f"user:{user}")) == 10, "counted in the database"
    with desk.work() as work:
        work.tx.do("UPDATE xrm_guess SET at = ? WHERE account = ?", (_sent(work.tx, -16), f"user:{user}"))
    assert desk.enter(desk.browser(), email).status_code == 303


def test_unknown_addresses_are_blocked_alike(desk: Desk) -> None:
    """An address that nobody has gets the same ten guesses and the same refusal."""
    for n in range(10):
        assert desk.enter(desk.browser(), "ghost@example.org", f"guess {n}").status_code == 403
    assert desk.enter(desk.browser(), "Ghost@example.org", PASSWORD).status_code == 429


def test_right_passwords_are_not_counted(desk: Desk) -> None:
    """Somebody who signs in twelve times in a row is not kept out."""
    _, email = desk.person()
    for _ in range(12):
        assert desk.enter(desk.browser(), email).status_code == 303


def test_a_session_is_new_at_each_sign_in(desk: Desk) -> None:
    """A session that was there before (given by somebody else, too) ends and is not taken over."""
    browser, _, email = desk.somebody()
    first = browser.session
    browser.take("chosen by somebody else")
    desk.enter(browser, email)
    second = browser.session
    assert second not in (first, "chosen by somebody else")
    desk.enter(browser, email)
    old = desk.browser()
    old.take(second)
    assert not old.is_in()


def test_a_new_password_ends_all_other_sessions_and_links(desk: Desk) -> None:
    """The browser that changed it stays in, under a new secret; others are out, and the old password opens nothing."""
    browser, user, email = desk.somebody()
    other = desk.browser()
    desk.enter(other, email)
    with desk.work() as work:
        add_link(work.tx, "waiting", user, work.now, work.now + timedelta(hours=1))
    before = browser.session
    new = "three brass kettles on the moor"
    assert browser.post("/account/password", old="wrong", new=new, again=new).status_code == 403
    assert browser.post("/account/password", old=PASSWORD, new=new, again=new + "!").status_code == 422
    assert browser.post("/account/password", old=PASSWORD, new=new, again=new).headers["Location"] == "/account"
    assert browser.is_in()
    assert browser.session != before
    assert not other.is_in()
    assert desk.rows("SELECT 1 FROM xrm_signin_link WHERE hash = 'waiting'") == []
    assert desk.enter(desk.browser(), email).status_code == 403
    assert desk.enter(desk.browser(), email, new).status_code == 303


@pytest.mark.parametrize(
    "weak", ["short", "password1234", "qwertyuiop12", "the own address", "111111111111", "x" * 201]
)
def test_weak_passwords_are_refused(desk: Desk, weak: str) -> None:
    """Too short, too common, one's own address: refused with a way out, and nothing is changed."""
    browser, _, email = desk.somebody()
    weak = email if weak == "the own address" else weak
    answer = browser.post("/account/password", old=PASSWORD, new=weak, again=weak)
    assert answer.status_code == 422
    assert desk.enter(desk.browser(), email).status_code == 303


def test_hashes_follow_the_parameters(desk: Desk) -> None:
    """A hash of older parameters is renewed at the next sign-in; the password stays."""
    from argon2 import PasswordHasher

    user, email = desk.person()
    older = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with desk.work() as work:
        signing.set_password(work.tx, user, older, work.now)
    assert desk.enter(desk.browser(), email).status_code == 303
    ((kept,),) = desk.rows("SELECT hash FROM xrm_password WHERE user_id = ?", user)
    assert "m=19456,t=2,p=1" in kept
    assert desk.enter(desk.browser(), email).status_code == 303


def test_people_see_and_end_their_sessions(desk: Desk) -> None:
    """The account lists the own sessions, and ends one, or all others; never those of somebody else."""
    browser, _, email = desk.somebody()
    other, stranger = desk.browser(), desk.somebody()[0]
    desk.enter(other, email)
    page = browser.get("/account").text
    handles = [part.split("/end")[0] for part in page.split("/account/sessions/")[1:] if not part.startswith("end")]
    assert len(handles) == 1
    assert stranger.post(f"/account/sessions/{handles[0]}/end").status_code == 404
    assert other.is_in()
    assert browser.post(f"/account/sessions/{handles[0]}/end").status_code == 303
    assert not other.is_in()
    desk.enter(other, email)
    assert browser.post("/account/sessions/end").status_code == 303
    assert (browser.is_in(), other.is_in(), stranger.is_in()) == (True, False, True)


def test_signing_out_ends_the_session_in_the_database(desk: Desk) -> None:
    """The secret is worthless afterwards, also for who kept it."""
    browser, _, _ = desk.somebody()
    secret = browser.session
    assert browser.post("/sign-out").headers["Location"] == "/sign-in"
    thief = desk.browser()
    thief.take(secret)
    assert not thief.is_in()


def test_an_old_session_shows_again_who_it_is(desk: Desk) -> None:
    """Half an hour after the sign-in a change of factors asks for the password again, and the session gets a new secret."""
    browser, user, _ = desk.somebody()
    with desk.work() as work:
        data = {"method": "password", "proved_at": (datetime.now(UTC) - timedelta(minutes=31)).isoformat()}
        for row in signing.sessions_of(work.tx, user, work.now):
            signing.describe_session(work.tx, row["id"], data)
    assert browser.post("/account/app").headers["Location"] == "/account/confirm"
    before = browser.session
    assert browser.post("/account/confirm", password="wrong").status_code == 403
    assert browser.post("/account/confirm", password=PASSWORD).status_code == 303
    assert browser.session != before
    assert browser.post("/account/app").status_code == 200


def test_secrets_are_kept_only_as_hashes(desk: Desk) -> None:
    """Neither the password nor the secret of a session, a link or a token stands in the database."""
    browser, user, _ = desk.somebody()
    with desk.work() as work:
        link, (_, token) = accounts.make_link(work, user), accounts.make_token(work, user, "t")
    kept = [
        str(row)
        for table in ("xrm_session", "xrm_password", "xrm_signin_link", "xrm_token", "xrm_pending", "xrm_guess")
        for row in desk.rows(f"SELECT * FROM {table}")
    ]
    for secret in (browser.session, link, token, PASSWORD):
        assert not [row for row in kept if secret in row]


def _sent(tx: object, minutes: int) -> object:
    from xrm_core.storage.values import utc_text

    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    return utc_text(moment) if getattr(tx, "dialect", "") == "sqlite" else moment


def test_what_a_user_left_behind_does_not_come_back_with_him(desk: Desk) -> None:
    """Who is closed and opened again, or binned and brought back, comes in anew: his sessions and links ended. With a new address
    the links end that went to the old one; he stays in."""
    browser, user, _ = desk.somebody()

    def change(**values: object) -> None:
        with desk.work() as work:
            update_record(work, "user", user, values)

    def link(do: Callable[[], None]) -> bool:
        with desk.work() as work:
            secret = accounts.make_link(work, user)
        do()
        return desk.browser().post("/sign-in/link", token=secret).status_code == 303

    def bin_and_back() -> None:
        with desk.work() as work:
            delete_record(work, "user", user)
            restore_record(work, "user", user)

    assert link(lambda: change(name="Somebody"))
    assert not link(lambda: change(email="moved@example.org"))
    assert browser.is_in()
    for away in (lambda: [change(status=status) for status in ("inactive", "active")], bin_and_back):
        assert not link(away)
        assert not browser.is_in()
        with desk.work() as work:
            browser.take(accounts.begin_session(work, user))
        assert browser.is_in()


def test_the_sign_in_leads_to_the_page_that_was_asked_for(desk: Desk) -> None:
    """A link in a mail, a page of a session that ended, the page around a piece: one comes back to it, once. What is no page of ours
    leads to the start."""
    user, email = desk.person()

    def comes_to(browser: Browser) -> str:
        with desk.work() as work:
            secret = accounts.make_link(work, user)
        return str(browser.post("/sign-in/link", token=secret).headers["Location"])

    browser = desk.browser()
    asked = "/e/note?q=a%20b&filter=record.title%20==%20%22%C3%A4%22"
    assert browser.get(asked).headers["Location"] == "/sign-in"
    assert desk.enter(browser, email).headers["Location"] == asked
    assert comes_to(browser) == "/"
    browser.client.cookies.clear()
    here = {"HX-Request": "true", "HX-Current-URL": f"{desk.base}/e/note?view=all_note"}
    assert browser.get("/menu/counts", headers=here).headers["HX-Redirect"] == "/sign-in"
    assert comes_to(browser) == "/e/note?view=all_note"
    for headers in (
        {"Sec-Fetch-Dest": "empty"},
        {"HX-Request": "true", "HX-Current-URL": "https://evil.example//evil.example"},
    ):
        browser = desk.browser()
        browser.get("/e/note", headers=headers)
        assert comes_to(browser) == "/"
    for hostile in (
        "https://evil.example",
        "//evil.example",
        "/%5Cevil.example",
        "%2F%2Fevil.example",
        "/x%0D%0AX: 1",
        "javascript:1",
    ):
        browser = desk.browser()
        browser.client.cookies.set("xrm_next", hostile, domain="127.0.0.1", path="/")
        assert comes_to(browser) == "/", hostile


def test_a_link_says_whom_it_signs_in(desk: Desk) -> None:
    """Before it is used a link names the organisation and the address, veiled, and the account that it takes the place of; one that
    does not work says so at once. Looking uses nothing up."""
    browser, user, email = desk.somebody()
    with desk.work() as work:
        secret = accounts.make_link(work, user)
    stranger = desk.browser()
    for _ in range(2):
        page = stranger.get(f"/sign-in/{secret}")
        assert page.status_code == 200
        assert desk.runtime.settings.organisation.name in page.text
        assert f"{email[0]}…@{email.split('@')[1]}" in page.text
        assert email not in page.text
        assert "You are signed in as" not in page.text
    assert "You are signed in as" not in browser.get(f"/sign-in/{secret}").text
    other, _, _ = desk.somebody()
    assert "You are signed in as" in other.get(f"/sign-in/{secret}").text
    assert other.post("/sign-in/link", token=secret).headers["Location"] == "/"
    for gone in (secret, "nonsense"):
        page = stranger.get(f"/sign-in/{gone}")
        assert page.status_code == 403
        assert "does not work" in page.text
        assert "@" not in page.text
