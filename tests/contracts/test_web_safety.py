"""The web application as a stranger tries it: policies of routes, forms from elsewhere, cookies, hosts, redirects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from litestar import Litestar, get
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from tests.contracts.shop import plugin_folder
from tests.contracts.signing import METADATA, Desk, open_desk
from xrm_core.app import check_policies, create_app
from xrm_core.errors import PluginError, SettingsError
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts
from xrm_core.services.doors import is_policy
from xrm_core.services.records import create_record
from xrm_core.testing.organisation import temporary_organisation

PUBLIC = {
    "GET /sign-in", "POST /sign-in", "GET /sign-in/code", "POST /sign-in/code", "GET /sign-in/forgotten", "POST /sign-in/forgotten",
    "POST /sign-in/link", "POST /sign-in/passkey", "POST /sign-in/passkey/options", "POST /sign-in/password",
    "GET /sign-in/password/{secret:str}", "GET /sign-in/with/{name:str}", "GET /sign-in/with/{name:str}/back", "GET /sign-in/{secret:str}",
    "POST /language", "POST /preferences",
}  # fmt: skip
"""What anybody may ask, beside the static files. Whoever adds to it says so here."""
SAFE = ("GET", "HEAD", "OPTIONS")
ROUTES = '''
"""Routes of a plugin, each with another policy."""

from litestar import get, post

from xrm_core.plugin import hook


def routes():
    @get("/library/open", opt={"policy": "public"})
    async def is_open() -> str:
        return "open"

    @get("/library/inside", opt={"policy": "signed_in"})
    async def inside() -> str:
        return "inside"

    @post("/library/inside", opt={"policy": "signed_in"})
    async def write() -> str:
        return "written"

    @get("/library/office", opt={"policy": "role:admin"})
    async def office() -> str:
        return "office"

    return [is_open, inside, write, office]


@hook
def xrm_routes():
    """All of them."""
    return routes()
'''


def routes_of(app: Litestar) -> list[tuple[str, str, str]]:
    """Method, path and policy of every route, but for the static files and the answers to OPTIONS."""
    return sorted(
        (method, route.path, str(handler.opt.get("policy")))
        for route in app.routes
        if isinstance(route, HTTPRoute) and not route.path.startswith("/static/")
        for handler in route.route_handlers
        for method in handler.http_methods
        if method not in ("OPTIONS", "HEAD")
    )


def filled(path: str) -> str:
    """A path with something in each of its places."""
    named = {"entity:str": "note", "field:str": "title"}
    return re.sub(r"\{([^}]+)\}", lambda m: named.get(m[1], "0196f0c0-0000-7000-8000-000000000000"), path)


def rows_in(desk: Desk) -> dict[str, int]:
    """How many rows each table has; what only tells who asked, and what a reader opened last, is left out."""
    with desk.runtime.database.read() as tx:
        names = [
            n
            for n in sa.inspect(tx.conn).get_table_names()
            if n not in ("xrm_access_log", "xrm_personal") and "search" not in n
        ]
        return {name: int(tx.ask(f'SELECT count(*) FROM "{name}"')[0][0]) for name in names}


@pytest.fixture(scope="module")
def sqlite_desk() -> Iterator[Desk]:
    """An organisation on one database: routes are the same on each."""
    with open_desk("sqlite:///xrm.sqlite3") as made:
        yield made


def test_every_route_says_who_may_come_in(sqlite_desk: Desk) -> None:
    """Each has a policy, and the public ones are those that this test knows."""
    found = routes_of(sqlite_desk.app)
    assert len(found) > 60
    assert not [route for route in found if not is_policy(route[2])]
    assert {f"{method} {path}" for method, path, policy in found if policy == "public"} == PUBLIC
    assert {policy for _, path, policy in found if path.startswith("/api")} == {"signed_in"}


def test_a_route_without_a_policy_stops_the_start() -> None:
    """One of ours and one of a plugin's: refused by name; so is a policy that is none."""

    @get("/forgotten")
    async def forgotten() -> str:
        return "x"

    @get("/misspelt", opt={"policy": "signed-in"})
    async def misspelt() -> str:
        return "x"

    with pytest.raises(SettingsError, match=r"2 route.*/forgotten .*/misspelt "):
        check_policies(Litestar([forgotten, misspelt], openapi_config=None))


@pytest.mark.parametrize("policy", ["", ', opt={"policy": "everybody"}'])
def test_a_plugin_without_a_policy_stops_the_start(tmp_path: Path, policy: str) -> None:
    """The plugin is named."""
    folder = plugin_folder(tmp_path, "library", ROUTES.replace(', opt={"policy": "role:admin"}', policy))
    with (
        temporary_organisation(metadata=METADATA, folders=[folder]) as runtime,
        pytest.raises(PluginError, match="library"),
    ):
        create_app(runtime, worker=False, watch=False)


def test_policies_of_plugins_are_held_to(tmp_path: Path) -> None:
    """Nobody, a clerk, an administrator; by session and by token; a form from elsewhere."""
    folder = plugin_folder(tmp_path, "library", ROUTES)
    with temporary_organisation(metadata=METADATA, folders=[folder]) as runtime:
        secrets: dict[str, dict[str, str]] = {"nobody": {}}
        for role in ("clerk", "admin"):
            with runtime.work(SYSTEM, "cli", write=True) as work:
                id = str(create_record(work, "user", {"name": role, "email": f"{role}@x.org", "roles": [role]})["id"])
                secrets[role] = {"Cookie": f"xrm_session={accounts.begin_session(work, id)}"}
                secrets[f"{role} by token"] = {"Authorization": f"Bearer {accounts.make_token(work, id, 't')[1]}"}
        client = TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1")
        got = {
            who: [client.get(f"/library/{place}", headers=sent).status_code for place in ("open", "inside", "office")]
            for who, sent in secrets.items()
        }
        assert got == {
            "nobody": [200, 401, 401], "clerk": [200, 200, 403], "clerk by token": [200, 200, 403], "admin": [200, 200, 200],
            "admin by token": [200, 200, 200],
        }  # fmt: skip
        elsewhere = {**secrets["clerk"], "Sec-Fetch-Site": "cross-site"}
        assert client.post("/library/inside", headers=elsewhere).status_code == 403
        assert (
            client.post("/library/inside", headers={**secrets["clerk"], "Sec-Fetch-Site": "same-origin"}).status_code
            == 201
        )


def test_nobody_gets_anything(desk: Desk) -> None:
    """Every address but the public ones, in its method: the way to the sign-in or 401, and nothing is changed."""
    before, browser = rows_in(desk), desk.browser()
    for method, path, policy in routes_of(desk.app):
        if policy != "public":
            answer = browser.client.request(
                method, filled(path), follow_redirects=False, headers={"Sec-Fetch-Site": "same-origin"}
            )
            where = answer.headers.get("Location")
            assert (answer.status_code, where) in ((303, "/sign-in"), (401, None)), (method, path, answer.status_code)
    assert rows_in(desk) == before


def test_forms_from_elsewhere_and_without_their_token_are_refused(desk: Desk) -> None:
    """Every unsafe address of the pages: refused when a browser names another site, and without the session's token."""
    browser = desk.somebody(roles=["admin"])[0]
    before = rows_in(desk)
    for method, path, policy in routes_of(desk.app):
        if method in SAFE or path.startswith("/api"):
            continue
        for headers in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
        ):
            answer = browser.client.post(filled(path), data={"_csrf": "x"}, headers=headers, follow_redirects=False)
            assert answer.status_code == 403, (path, headers, answer.status_code)
        if policy != "public":
            for token in ({}, {"_csrf": ""}, {"_csrf": "0" * 64}):
                answer = browser.client.post(
                    filled(path), data=token, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False
                )
                assert answer.status_code == 403, (path, token, answer.status_code)
    assert rows_in(desk) == before
    assert browser.is_in()


def test_reading_changes_nothing(desk: Desk) -> None:
    """Every GET, asked by an administrator and by nobody: no table has a row more or less."""
    browser, stranger = desk.somebody(roles=["admin"])[0], desk.browser()
    with desk.work() as work:
        note = create_record(work, "note", {"title": "Kept"})["id"]
    before = rows_in(desk)
    for method, path, _ in routes_of(desk.app):
        if method == "GET":
            for who in (browser, stranger):
                assert (
                    who.get(filled(path).replace("0196f0c0-0000-7000-8000-000000000000", str(note))).status_code < 500
                ), path
    assert rows_in(desk) == before


def test_a_link_that_was_looked_at_still_works(desk: Desk) -> None:
    """Scanners that open a one-time link use nothing up; the button does."""
    user, _ = desk.person()
    with desk.work() as work:
        link = accounts.make_link(work, user)
    for _ in range(3):
        assert desk.browser().get(f"/sign-in/{link}").status_code == 200
    browser = desk.browser()
    assert browser.post("/sign-in/link", token=link).headers["Location"] == "/"
    assert browser.is_in()
    assert desk.browser().post("/sign-in/link", token=link).status_code == 403


def test_cookies_by_https_are_for_this_host_alone() -> None:
    """Secure, for no script, for no other site, and under a name that no other host and no plain page can set."""
    with open_desk("sqlite:///xrm.sqlite3", "https://127.0.0.1") as made:
        _, email = made.person()
        browser = made.browser()
        cookies = made.enter(browser, email).headers.get_list("set-cookie")
        cookies += browser.post("/preferences", theme="dark", next="/").headers.get_list("set-cookie")
        assert len(cookies) >= 3
        for cookie in cookies:
            words = {word.strip().lower() for word in cookie.split(";")[1:]}
            assert {"secure", "httponly", "samesite=lax", "path=/"} <= words, cookie
            assert not [word for word in words if word.startswith("domain")], cookie
        assert cookies[0].startswith("__Host-xrm_session=")
        assert browser.is_in()
        kept = [browser.get(path).headers.get("strict-transport-security") for path in ("/", "/nowhere", "/api/v1")]
        assert kept == ["max-age=31536000"] * 3


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\\\evil.example", "\\\\\\\\evil.example", "javascript:alert(1)", "/\\t/evil.example", "http:evil", " //evil.example", "///evil.example", "/%0d%0aSet-Cookie: x=1\\r\\nX: y"],
)  # fmt: skip
def test_redirects_stay_here(sqlite_desk: Desk, target: str) -> None:
    """Whatever is asked for as the next page, it is one of ours, and no header is made of it."""
    answer = sqlite_desk.browser().post("/preferences", theme="dark", next=target)
    where = answer.headers["Location"]
    assert where == "/" or (
        where.startswith("/")
        and not where.startswith(("//", "/\\"))
        and "evil" not in where.split("?")[0].split("/")[1]
    )
    assert "X" not in answer.headers


def test_forged_hosts_are_refused(sqlite_desk: Desk) -> None:
    """Only the configured names are answered, before any route; no page names another one."""
    client = sqlite_desk.browser().client
    for host in (
        "127.0.0.1:8000@evil.example",
        "evil.example",
        "127.0.0.1.evil.example",
        "evil.example:8000",
        "",
        "127.0.0.1@evil.example",
    ):
        answer = client.get("/sign-in", headers={"Host": host})
        assert (answer.status_code, answer.headers["Content-Security-Policy"]) == (400, "default-src 'none'"), host
    page = client.get("/sign-in", headers={"X-Forwarded-Host": "evil.example", "X-Original-URL": "/account"})
    assert "strict-transport-security" not in page.headers
    assert page.status_code == 200
    assert "evil" not in page.text


def test_every_page_carries_the_strict_policy(sqlite_desk: Desk) -> None:
    """Scripts and styles come from files of ours alone, on pages, errors and redirects; nothing is framed, nothing kept."""
    browser: Any = sqlite_desk.somebody(roles=["admin"])[0]
    for path in ("/", "/account", "/sign-in", "/nowhere", "/e/note", "/e/nothing", "/account/tokens/new"):
        headers = browser.get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        is_short = int(headers.get("Content-Length", "0")) < 900
        assert is_short or headers.get("Content-Encoding") == "gzip", f"{path} is sent compressed"
