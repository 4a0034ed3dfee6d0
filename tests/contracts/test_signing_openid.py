"""Signing in at a certified provider, on both databases: who comes in, with which roles, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest

from tests.contracts.conftest import _postgres
from tests.contracts.signing import Browser, Desk, open_desk
from tests.oidc import SECRET, Provider, running
from xrm_core.app import create_app
from xrm_core.errors import SettingsError
from xrm_core.services.records import update_record
from xrm_core.services.settings import Provider as Known
from xrm_core.services.settings import SignInSettings
from xrm_core.services.signing import openid

BASE = "http://127.0.0.1:8000"
NAMES = ("work", "open")
PEOPLE: dict[str, dict[str, Any]] = {
    "mara": {"email": "mara@example.org", "email_verified": True, "name": "Mara Lind", "groups": ["clerks", "others"]},
    "boss": {"email": "boss@example.org", "email_verified": True, "name": "The Boss", "groups": ["admins"]},
    "sly": {"email": "boss@example.org", "email_verified": False, "name": "Sly", "groups": ["admins"]},
    "twin": {"email": "mara@example.org", "email_verified": True, "name": "Another Mara", "groups": []},
    "new": {"email": "new@example.org", "email_verified": True, "name": "Nina New", "groups": ["clerks"]},
    "gone": {"email": "gone@example.org", "email_verified": True, "name": "Gone", "groups": ["admins"]},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """The provider, on this machine."""
    with running([f"{BASE}/sign-in/with/{name}/back" for name in NAMES], PEOPLE) as started:
        yield started


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def office(request: pytest.FixtureRequest, provider: Provider) -> Iterator[Desk]:
    """An organisation that knows the provider twice: for those it knows by address, and for everybody."""
    shared = {
        "title": "Work",
        "issuer": provider.issuer,
        "client_id": "xrm",
        "scopes": ("openid", "email", "profile", "groups"),
    }
    roles = {"clerks": ("clerk",), "admins": ("admin",)}
    settings = SignInSettings(
        providers={
            "work": Known(**shared, by_email=True, roles=roles),
            "open": Known(**shared, create=True, roles={"clerks": ("clerk",)}),
        }
    )
    with pytest.MonkeyPatch.context() as patched:
        for name in NAMES:
            patched.setenv(f"XRM_OIDC_{name.upper()}_SECRET", SECRET)
        if request.param == "sqlite":
            with open_desk("sqlite:///xrm.sqlite3", BASE, sign_in=settings) as made:
                yield made
            return
        with _postgres(str(request.getfixturevalue("pg_url"))) as url, open_desk(url, BASE, sign_in=settings) as made:
            yield made


def go(office: Desk, provider: Provider, login: str, name: str = "work") -> tuple[Browser, str]:
    """Somebody signs in at the provider: his browser, and the address that he comes back to."""
    browser = office.browser()
    away = browser.get(f"/sign-in/with/{name}")
    assert away.status_code == 303
    asked = parse_qs(urlsplit(away.headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    return browser, provider.sign_in(away.headers["Location"], login, BASE).removeprefix(BASE)


def roles_of(office: Desk, email: str) -> list[str]:
    """The roles of a user."""
    with office.work() as work:
        (found,) = work.reader.find("user", "record.email == given.email", {"email": email})
    return sorted(found["roles"] or ())


def test_somebody_known_by_his_verified_address_comes_in(office: Desk, provider: Provider) -> None:
    """His groups give him roles, and take them away again; other roles stay."""
    office.person(password=None, email="mara@example.org", roles=["admin"])
    browser, back = go(office, provider, "mara")
    assert browser.get(back).headers["Location"] == "/"
    assert roles_of(office, "mara@example.org") == ["admin", "clerk"], "the last administrator stays"
    office.person(roles=["admin"])
    browser, back = go(office, provider, "mara")
    assert browser.get(back).headers["Location"] == "/"
    assert browser.is_in()
    assert roles_of(office, "mara@example.org") == ["clerk"]
    with office.work() as work:
        (user,) = work.reader.find("user", "record.email == 'mara@example.org'")
        update_record(work, "user", user["id"], {"email": "renamed@example.org"})
    browser, back = go(office, provider, "mara")
    assert browser.get(back).headers["Location"] == "/", "known by who he is there, whatever his address"


def test_another_account_with_the_same_address_stays_out(office: Desk, provider: Provider) -> None:
    """An address that went to somebody else there, and one that is not verified, lead nowhere."""
    office.person(password=None, email="boss@example.org", roles=["clerk"])
    with office.work() as work:
        (user,) = work.reader.find("user", "record.email == 'renamed@example.org'")
        update_record(work, "user", user["id"], {"email": "mara@example.org"})
    for login in ("twin", "sly"):
        browser, back = go(office, provider, login)
        answer = browser.get(back)
        assert answer.status_code == 403
        assert "nobody here is known by this account" in answer.text.lower()
        assert not browser.is_in()
    assert roles_of(office, "boss@example.org") == ["clerk"]


def test_users_are_made_only_where_the_settings_say_so(office: Desk, provider: Provider) -> None:
    """The one provider lets in whom it knows; the other makes a user of whoever has a verified address, with his groups' roles."""
    browser, back = go(office, provider, "new")
    assert browser.get(back).status_code == 403
    browser, back = go(office, provider, "new", "open")
    assert browser.get(back).headers["Location"] == "/"
    assert roles_of(office, "new@example.org") == ["clerk"]
    browser, back = go(office, provider, "sly", "open")
    assert browser.get(back).status_code == 403


def test_users_who_are_not_active_stay_out(office: Desk, provider: Provider) -> None:
    """What the provider says opens nothing for a user who was closed here, and makes no second one."""
    office.person(password=None, email="gone@example.org", status="inactive")
    for name in NAMES:
        browser, back = go(office, provider, "gone", name)
        assert browser.get(back).status_code == 403
        assert not browser.is_in()


def test_a_way_back_works_once_and_only_in_its_browser(office: Desk, provider: Provider) -> None:
    """Another browser, another state, a code used before, another provider's way: refused."""
    browser, back = go(office, provider, "boss")
    assert office.browser().get(back).status_code == 403, "another browser"
    parts = urlsplit(back)
    query = {k: v[0] for k, v in parse_qs(parts.query).items()}
    forged = urlunsplit(("", "", parts.path, urlencode({**query, "state": "x" * 43}), ""))
    assert browser.get(forged).status_code == 403
    assert browser.get(back.replace("/with/work/", "/with/open/")).status_code == 403
    assert (
        browser.get(
            urlunsplit(("", "", parts.path, urlencode({**query, "iss": "http://evil.example"}), ""))
        ).status_code
        == 403
    )
    kept = browser.client.cookies["xrm_openid"]
    assert browser.get(back).headers["Location"] == "/"
    other = office.browser()
    other.client.cookies.set("xrm_openid", kept, domain="127.0.0.1", path="/")
    assert other.get(back).status_code in (403, 502), "the code was used"
    assert not other.is_in()


@pytest.mark.parametrize("wrong", ["nonce", "verifier"])
def test_tokens_for_another_question_are_refused(office: Desk, provider: Provider, wrong: str) -> None:
    """The nonce in the signed token, and the verifier behind the code, must be ours."""
    import json

    from xrm_core.services.signing.secrets import seal, unseal

    browser, back = go(office, provider, "boss")
    kept = json.loads(unseal(office.runtime.settings, browser.client.cookies["xrm_openid"]))
    sealed = seal(office.runtime.settings, json.dumps({**kept, wrong: "y" * 43}))
    browser.client.cookies.delete("xrm_openid")
    browser.client.cookies.set("xrm_openid", sealed, domain="127.0.0.1", path="/")
    assert browser.get(back).status_code in (403, 502)
    assert not browser.is_in()


def test_unsigned_and_foreign_tokens_are_refused(office: Desk, provider: Provider) -> None:
    """A token without a signature, or with somebody else's, says nothing."""
    from joserfc import jwt
    from joserfc.jwk import OctKey, RSAKey

    known = office.runtime.settings.sign_in.providers["work"]
    described = openid._described(known)
    claims = {"iss": known.issuer, "aud": "xrm", "sub": "boss", "nonce": "n", "exp": 9_999_999_999, "iat": 1}
    foreign = jwt.encode({"alg": "RS256"}, claims, RSAKey.generate_key(2048))
    shared = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
    unsigned = "eyJhbGciOiJub25lIn0." + foreign.split(".")[1] + "."
    for token in (foreign, shared, unsigned, "", "a.b.c"):
        with pytest.raises(openid.NotLetIn):
            openid._identity(known, described, token, "n", None)


def test_a_start_away_changes_nothing(office: Desk) -> None:
    """The link to a provider is a GET: no table knows of it."""
    before = [len(office.rows(f"SELECT 1 FROM {t}")) for t in ("xrm_pending", "xrm_session", "xrm_outbox", "xrm_guess")]
    assert office.browser().get("/sign-in/with/work").status_code == 303
    assert office.browser().get("/sign-in/with/nobody").status_code == 404
    assert before == [
        len(office.rows(f"SELECT 1 FROM {t}")) for t in ("xrm_pending", "xrm_session", "xrm_outbox", "xrm_guess")
    ]


def test_a_group_with_an_unknown_role_stops_the_start(office: Desk) -> None:
    """A role that nothing declares is told with the provider's name."""
    from dataclasses import replace

    settings = office.runtime.settings
    wrong = settings.sign_in.providers["work"].model_copy(update={"roles": {"g": ("clerc",)}})
    changed = settings.model_copy(update={"sign_in": SignInSettings(providers={"work": wrong})})
    with pytest.raises(SettingsError, match=r"work.*clerc"):
        create_app(replace(office.runtime, settings=changed), worker=False, watch=False)
