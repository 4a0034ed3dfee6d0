"""Second factors, on both databases: codes work once, guesses at them are counted with those at the password."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pyotp
import pytest

from tests.contracts.signing import PASSWORD, Browser, Desk, field_of
from xrm_core.metamodel.values import ANONYMOUS
from xrm_core.services.signing import codes, guesses, own


def with_app(desk: Desk) -> tuple[str, str, pyotp.TOTP, list[str]]:
    """A user with an app: id, address, the app, recovery codes. No code of the present is used yet."""
    user, email = desk.person()
    with desk.work() as work:
        offer = codes.offer(work, user, email)
        app = pyotp.TOTP(offer.secret)
        work.now -= timedelta(minutes=2)
        codes.accept(work, user, offer.token, app.at(work.now), "phone")
        return user, email, app, codes.new_recovery(work, user)


def half(desk: Desk, email: str) -> Browser:
    """A browser after the first factor, which asked for the account's page in vain: that is where it comes to."""
    browser = desk.browser()
    answer = desk.enter(browser, email)
    assert answer.headers["Location"] == "/sign-in/code"
    assert not browser.session
    assert not browser.is_in()
    return browser


def test_a_code_of_the_app_works_once(desk: Desk) -> None:
    """The code leads in; the same one, seen by somebody, does not again, nor does an older one."""
    _, email, app, _ = with_app(desk)
    with desk.work() as work:
        now = int(work.now.timestamp())
    code = app.at(now)
    first = half(desk, email)
    assert first.post("/sign-in/code", code=f" {code[:3]} {code[3:]} ").headers["Location"] == "/account"
    assert first.is_in()
    for used in (code, app.at(now - 30)):
        assert half(desk, email).post("/sign-in/code", code=used).status_code == 403
    assert half(desk, email).post("/sign-in/code", code=app.at(now + 30)).headers["Location"] == "/account"


def test_codes_too_far_away_are_refused(desk: Desk) -> None:
    """One step before or after the present is taken, two are not."""
    _, email, app, _ = with_app(desk)
    with desk.work() as work:
        now = int(work.now.timestamp())
    for away in (-90, 90, -3600):
        assert half(desk, email).post("/sign-in/code", code=app.at(now + away)).status_code == 403


def test_recovery_codes_work_once(desk: Desk) -> None:
    """However they are typed; and never for somebody else."""
    _, email, _, kept = with_app(desk)
    _, other, _, _ = with_app(desk)
    assert half(desk, other).post("/sign-in/code", code=kept[0]).status_code == 403
    assert (
        half(desk, email).post("/sign-in/code", code=kept[0].upper().replace("-", " ")).headers["Location"]
        == "/account"
    )
    assert half(desk, email).post("/sign-in/code", code=kept[0]).status_code == 403


def test_guesses_at_codes_and_passwords_are_counted_together(desk: Desk) -> None:
    """Six wrong passwords and four wrong codes are ten; then neither the right code nor the right password is taken."""
    user, email, app, kept = with_app(desk)
    browser = half(desk, email)
    for n in range(6):
        assert desk.enter(desk.browser(), email, f"guess {n}").status_code == 403
    for n in range(4):
        assert browser.post("/sign-in/code", code=f"00000{n}" if n % 2 else "aaaa-aaaa-aaaa-aaaa").status_code == 403
    with desk.work() as work:
        code = app.at(work.now)
    assert browser.post("/sign-in/code", code=code).status_code == 429
    assert browser.post("/sign-in/code", code=kept[0]).status_code == 429
    assert desk.enter(desk.browser(), email).status_code == 429
    assert not browser.is_in()
    assert len(desk.rows("SELECT 1 FROM xrm_guess WHERE account = ?", f"user:{user}")) == 10


def test_guesses_at_once_are_ten_in_all(desk: Desk) -> None:
    """Thirty threads that guess together get ten guesses between them."""
    taken: list[str | None] = []

    def guess() -> None:
        with desk.runtime.work(ANONYMOUS, "web", write=True) as work:
            taken.append(guesses.take(work, "user:together", "password"))

    threads = [threading.Thread(target=guess) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 30
    assert len([one for one in taken if one]) == guesses.MOST


def test_the_step_between_factors_runs_out(desk: Desk) -> None:
    """A cookie of a step that is over, or that nobody gave, leads back to the beginning; a new password ends it too."""
    user, email, app, _ = with_app(desk)
    browser = half(desk, email)
    with desk.work() as work:
        own.set_hash(work, own.signing.person(work.tx, work.catalog, user), "x")  # type: ignore[arg-type]  # he is there
        code = app.at(work.now)
    assert browser.post("/sign-in/code", code=code).headers["Location"] == "/sign-in"
    stranger = desk.browser()
    stranger.client.cookies.set("xrm_step", "made up")
    assert stranger.post("/sign-in/code", code=code).headers["Location"] == "/sign-in"


def test_an_app_counts_once_it_showed_a_code(desk: Desk) -> None:
    """A secret that was only offered asks for nothing at the next sign-in; a removed one neither; the last takes the recovery
    codes along. Sessions elsewhere end with what is added or removed. Nobody removes a factor of somebody else."""
    browser, user, email = desk.somebody()
    page = browser.post("/account/app").text
    token = field_of(page, "token")
    before, after = desk.browser(), desk.browser()
    assert desk.enter(before, email).headers["Location"] == "/"
    assert browser.post("/account/app/add", token=token, code="000000").status_code == 403
    secret = page.split('class="secret">')[1].split("<")[0]
    shown = browser.post("/account/app/add", token=token, code=pyotp.TOTP(secret).now(), name="Phone")
    recovery = re.findall(r'class="secret"[^>]*>([^<]+)<', shown.text)
    assert len(recovery) == codes.CODES
    assert (browser.is_in(), before.is_in()) == (True, False)
    desk.enter(after, email)
    assert after.post("/sign-in/code", code=recovery[0]).headers["Location"] == "/"
    assert after.is_in()
    ((factor,),) = desk.rows("SELECT id FROM xrm_factor WHERE user_id = ?", user)
    assert desk.somebody()[0].post(f"/account/factors/{factor}/remove").status_code == 404
    assert browser.post(f"/account/factors/{factor}/remove").headers["Location"] == "/account"
    assert (browser.is_in(), after.is_in()) == (True, False)
    assert desk.enter(desk.browser(), email).headers["Location"] == "/"
    assert desk.rows("SELECT 1 FROM xrm_recovery WHERE user_id = ?", user) == []


def test_secrets_of_apps_are_sealed(desk: Desk) -> None:
    """The table holds neither the secret of the app nor a recovery code."""
    user, _, app, kept = with_app(desk)
    rows = [str(r) for t in ("xrm_factor", "xrm_recovery", "xrm_pending") for r in desk.rows(f"SELECT * FROM {t}")]
    assert user
    for secret in (app.secret, kept[0], kept[0].replace("-", "")):
        assert not [row for row in rows if secret in row]


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", "{" * 30_000, '{"response": {}}', '{"id": "x", "response": {"clientDataJSON": "%%"}}'],
)
def test_nonsense_instead_of_a_passkey_is_refused(desk: Desk, answer: str) -> None:
    """Whatever is sent instead of a browser's answer: the same refusal, no fault of ours."""
    browser = desk.browser()
    assert browser.post("/sign-in/passkey", token="x", answer=answer).status_code == 403
    signed, _, _ = desk.somebody()
    assert signed.post("/account/passkey", token="x", answer=answer).status_code == 403
    assert PASSWORD not in browser.get("/sign-in").text
