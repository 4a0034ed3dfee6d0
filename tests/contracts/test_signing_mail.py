"""Links by mail, on both databases: what is sent to whom, when, and what it opens."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage

import pytest

from tests.contracts.signing import PASSWORD, Desk
from xrm_core.services.jobs import Worker
from xrm_core.services.signing import mails
from xrm_core.storage.signing import Person

NEW = "three brass kettles on the moor"


def post_round(desk: Desk) -> list[EmailMessage]:
    """Let the worker do what waits; the mails that lie in the folder then, which is emptied."""
    worker = Worker(desk.runtime)
    while worker.run_once():
        pass
    folder = desk.runtime.settings.root / "mail"
    found = sorted(folder.glob("*.eml")) if folder.is_dir() else []
    letters = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in found]
    assert all(file.stat().st_mode & 0o077 == 0 for file in found), "others could read it"
    for file in found:
        file.unlink()
    return letters  # type: ignore[return-value]  # the policy makes them EmailMessage


def link_in(letter: EmailMessage) -> str:
    """The path of the link in a mail."""
    found = re.search(r"http://127\.0\.0\.1:8000(/sign-in/password/\S+)", letter.get_content())
    assert found, letter.get_content()
    return found[1]


def test_a_forgotten_password_is_set_anew_by_mail(desk: Desk) -> None:
    """The mail comes after the commit, its link works once and ends every session; opening it uses nothing up."""
    post_round(desk)
    inside, _, address = desk.somebody()
    browser = desk.browser()
    assert browser.post("/sign-in/forgotten", email=address.upper()).status_code == 200
    (letter,) = post_round(desk)
    assert [a.addr_spec for a in letter["To"].addresses] == [address]
    path = link_in(letter)
    for _ in range(3):  # scanners of mails open links
        assert desk.browser().get(path).status_code == 200
    secret = path.rsplit("/", 1)[1]
    assert browser.post("/sign-in/password", token=secret, new="short", again="short").status_code == 422
    assert browser.post("/sign-in/password", token=secret, new=NEW, again=NEW + "!").status_code == 422
    assert browser.post("/sign-in/password", token=secret, new=NEW, again=NEW).headers["Location"] == "/sign-in"
    assert browser.post("/sign-in/password", token=secret, new=NEW, again=NEW).status_code == 403
    assert not inside.is_in()
    assert desk.enter(desk.browser(), address).status_code == 403
    assert desk.enter(desk.browser(), address, NEW).status_code == 303


def test_known_and_unknown_addresses_get_one_answer(desk: Desk) -> None:
    """The page says the same, the same is written, and only to a real user something is sent."""
    post_round(desk)
    _, known = desk.person()
    _, closed = desk.person(status="inactive")
    answers = [
        desk.browser().post("/sign-in/forgotten", email=a)
        for a in (known, "ghost2@example.org", closed, "no address", "")
    ]
    assert {a.status_code for a in answers} == {200}
    assert len({a.text for a in answers}) == 1
    assert len(desk.rows("SELECT 1 FROM xrm_outbox WHERE kind = ? AND state = 'waiting'", mails.KIND)) == 5
    assert [a.addr_spec for letter in post_round(desk) for a in letter["To"].addresses] == [known]


def test_an_address_gets_one_mail_in_five_minutes(desk: Desk) -> None:
    """Nobody is flooded, however often somebody asks."""
    post_round(desk)
    _, known = desk.person()
    for _ in range(5):
        desk.browser().post("/sign-in/forgotten", email=known)
    assert 1 <= len(post_round(desk)) <= 2, "two where the five minutes end between them"


def test_links_come_from_the_settings(desk: Desk) -> None:
    """A forged host is refused and reaches no mail; forwarded hosts are not looked at."""
    post_round(desk)
    _, known = desk.person()
    client = desk.browser().client
    assert client.post("/sign-in/forgotten", data={"email": known}, headers={"Host": "evil.example"}).status_code == 400
    assert post_round(desk) == []
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
    assert client.post("/sign-in/forgotten", data={"email": known}, headers=forged).status_code == 200
    (letter,) = post_round(desk)
    assert "evil" not in letter.as_string()
    assert link_in(letter)


def test_an_invitation_sets_the_first_password(desk: Desk) -> None:
    """An administrator sends it; others may not; the link leads in once a password is chosen."""
    post_round(desk)
    user, address = desk.person(password=None)
    clerk = desk.somebody()[0]
    admin = desk.somebody(roles=["admin"])[0]
    assert f'action="/account/invite/{user}"' in admin.get(f"/e/user/{user}").text
    assert clerk.post(f"/account/invite/{user}").status_code == 403
    assert admin.post(f"/account/invite/{user}").status_code == 303
    (letter,) = post_round(desk)
    assert "seven days" in letter.get_content()
    secret = link_in(letter).rsplit("/", 1)[1]
    desk.browser().post("/sign-in/password", token=secret, new=NEW, again=NEW)
    assert desk.enter(desk.browser(), address, NEW).status_code == 303


def test_no_secret_of_a_mail_stands_in_the_database(desk: Desk) -> None:
    """Neither in the queue nor beside it: only the hash."""
    post_round(desk)
    _, address = desk.person()
    desk.browser().post("/sign-in/forgotten", email=address)
    (letter,) = post_round(desk)
    secret = link_in(letter).rsplit("/", 1)[1]
    for table in ("xrm_outbox", "xrm_pending", "xrm_access_log"):
        assert not [row for row in desk.rows(f"SELECT * FROM {table}") if secret in str(row)]


@pytest.mark.parametrize(
    "name", ["Eve\r\nBcc: all@example.org", "Eve\nSubject: you won", '"Eve" <other@evil.example>', "Zoë Ærø"]
)
def test_names_cannot_add_headers(desk: Desk, name: str) -> None:
    """A name with line ends or addresses in it stays a name: one receiver, one subject."""
    with desk.work() as work:
        letter = mails.letter(work, "invite", Person("1", name, "eve@example.org", (), None), "http://127.0.0.1:8000/x")
    read = email.message_from_bytes(letter.as_bytes(), policy=email.policy.default)
    assert [a.addr_spec for a in read["To"].addresses] == ["eve@example.org"]
    assert read["Bcc"] is None
    assert read.get_all("Subject") == ["Welcome to Test organisation"]
    assert sorted({k.lower() for k in read}) == sorted({k.lower() for k in letter})


def test_an_old_link_opens_nothing(desk: Desk) -> None:
    """After its time, and once the password was changed otherwise, a link is worthless."""
    post_round(desk)
    browser, user, address = desk.somebody()
    desk.browser().post("/sign-in/forgotten", email=address)
    (letter,) = post_round(desk)
    browser.post("/account/password", old=PASSWORD, new=NEW, again=NEW)
    assert desk.browser().get(link_in(letter)).status_code == 403
    assert user
