"""Signing in as people do: by link, password, app, passkey and mail; and what they see to on their account."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pyotp
import pytest
import uvicorn

from tests.contracts.signing import METADATA, PASSWORD, Desk
from tests.journeys.conftest import HURRIED, absent
from xrm_core.app import create_app
from xrm_core.services import accounts
from xrm_core.services.jobs import Worker
from xrm_core.testing.organisation import temporary_organisation

NEW = "three brass kettles on the moor"


@dataclass
class Place:
    """The organisation behind a real server, and a browser that makes people's tabs."""

    desk: Desk
    browser: Any
    faults: list[str] = field(default_factory=list)

    def tab(self, **looks: Any) -> Any:
        """A fresh tab of nobody."""
        context = self.browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **looks})
        context.set_default_timeout(15_000)
        tab = context.new_page()
        tab.on(
            "pageerror",
            lambda error: None if str(error).startswith(HURRIED) else self.faults.append(f"script error: {error}"),
        )
        tab.on("console", lambda said: self._heard(said))
        return tab

    def _heard(self, said: Any) -> None:
        if said.type == "error" and "the server responded with a status of 4" not in said.text:
            self.faults.append(said.text)

    def enter(self, tab: Any, email: str, password: str = PASSWORD) -> None:
        """Type address and password, and send them, by keys alone."""
        tab.goto(self.desk.base + "/sign-in")
        tab.wait_for_selector("#f-email:focus")
        tab.keyboard.type(email)
        tab.keyboard.press("Tab")
        tab.keyboard.type(password)
        tab.keyboard.press("Enter")

    def out(self, tab: Any) -> None:
        """Sign out by the menu behind the name."""
        tab.goto(self.desk.base + "/account")
        tab.click("header .menu >> nth=-1 >> summary")
        tab.click("text=Sign out")
        tab.wait_for_url("**/sign-in")


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """Served under a name (passkeys need one), seen by Chromium, which can resolve no other."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        absent("there is no Chromium on the PATH")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed here")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://localhost:{port}"
    with temporary_organisation(metadata=METADATA) as runtime:
        server = runtime.settings.server.model_copy(update={"base_url": base})
        runtime = replace(runtime, settings=runtime.settings.model_copy(update={"server": server}))
        app = create_app(runtime, worker=False, watch=False)
        running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
        thread = threading.Thread(target=running.run, daemon=True)
        thread.start()
        until = time.monotonic() + 60
        while not running.started and time.monotonic() < until:
            time.sleep(0.05)
        with api.sync_playwright() as started:
            only_here = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
            browser = started.chromium.launch(executable_path=path, args=["--no-sandbox", only_here])
            made = Place(Desk(runtime, app, base), browser)
            yield made
            browser.close()
        running.should_exit = True
        thread.join(20)
    assert made.faults == []


def test_a_link_then_a_password(place: Place) -> None:
    """The first sign-in is by link; a password is set by keys alone, and is what one signs in with from then on."""
    user, email = place.desk.person(password=None)
    with place.desk.work() as work:
        link = accounts.make_link(work, user)
    tab = place.tab()
    tab.goto(f"{place.desk.base}/sign-in/{link}")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_url(place.desk.base + "/")
    tab.goto(place.desk.base + "/account")
    tab.click("#change-password")
    tab.wait_for_selector("#f-new:focus")
    tab.keyboard.type("password1234")
    tab.keyboard.press("Tab")
    tab.keyboard.type("password1234")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("[role=alert]")
    assert "among the first that a guesser tries" in tab.inner_text("main")
    tab.fill("#f-new", NEW)
    tab.fill("#f-again", NEW)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/account")
    assert "Set on" in tab.inner_text("#password")
    place.out(tab)
    place.enter(tab, email, "not the right one")
    tab.wait_for_selector("[role=alert]")
    assert "not right" in tab.inner_text("main")
    place.enter(tab, email, NEW)
    tab.wait_for_url(place.desk.base + "/")


def test_an_app_and_recovery_codes(place: Place) -> None:
    """An authenticator app is added by its secret; then the sign-in asks for its code, once; a recovery code does as well. The page
    that was asked for before comes after both."""
    _, email = place.desk.person()
    tab = place.tab()
    place.enter(tab, email)
    tab.wait_for_url(place.desk.base + "/")
    tab.goto(place.desk.base + "/account")
    tab.click("#add-app")
    assert tab.locator("svg.qr path").get_attribute("d")
    tab.click("text=Type it instead")
    app = pyotp.TOTP(tab.inner_text(".secret").strip())
    tab.fill("#f-code", "000000")
    tab.click("#save")
    tab.wait_for_selector("[role=alert]")
    tab.fill("#f-code", app.now())
    tab.fill("#f-name", "My phone")
    tab.click("#save")
    tab.wait_for_selector("text=Your recovery codes")
    kept = [one.strip() for one in tab.locator(".secret").all_inner_texts()]
    assert len(kept) == 10
    tab.click("text=I have kept them")
    assert "My phone" in tab.inner_text("#factors")
    place.out(tab)
    place.enter(tab, email)
    tab.wait_for_url("**/sign-in/code")
    tab.goto(place.desk.base + "/e/note")
    assert tab.url.endswith("/sign-in"), "half is not in"
    place.enter(tab, email)
    tab.wait_for_url("**/sign-in/code")
    tab.wait_for_selector("#f-code:focus")
    tab.keyboard.type(kept[0].upper())
    tab.keyboard.press("Enter")
    tab.wait_for_url(place.desk.base + "/e/note")  # what was asked for before
    place.out(tab)
    place.enter(tab, email)
    tab.fill("#f-code", kept[0])
    tab.keyboard.press("Enter")
    tab.wait_for_selector("[role=alert]")
    tab.fill("#f-code", app.at(time.time() + 30))
    tab.keyboard.press("Enter")
    tab.wait_for_url(place.desk.base + "/")
    tab.goto(place.desk.base + "/account")
    assert "9 left" in tab.inner_text("#factors")


def authenticator(tab: Any) -> Any:
    """A device of Chromium's own that holds passkeys and knows its holder."""
    session = tab.context.new_cdp_session(tab)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.authenticator = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return session


def test_a_passkey_alone_and_after_the_password(place: Place) -> None:
    """A passkey is added, signs in alone with nothing typed, and is asked for after the password; where the device does not
    make sure of its holder it does not sign in alone."""
    _, email = place.desk.person()
    tab = place.tab()
    device = authenticator(tab)
    place.enter(tab, email)
    tab.wait_for_url(place.desk.base + "/")
    tab.goto(place.desk.base + "/account")
    tab.click("#add-passkey")
    tab.fill("#f-name", "My laptop")
    tab.click("#passkey")
    tab.wait_for_selector("text=Your recovery codes")
    tab.click("text=I have kept them")
    assert "My laptop" in tab.inner_text("#factors")
    place.out(tab)
    tab.click("#passkey")
    tab.wait_for_url(place.desk.base + "/")
    place.out(tab)
    place.enter(tab, email)
    tab.wait_for_url("**/sign-in/code")
    tab.click("#passkey")
    tab.wait_for_url(place.desk.base + "/")
    place.out(tab)
    device.send("WebAuthn.setUserVerified", {"authenticatorId": device.authenticator, "isUserVerified": False})
    tab.click("#passkey")
    tab.wait_for_selector("[data-said]:not([hidden])")
    assert tab.url.endswith("/sign-in")


def test_a_passkey_of_another_page_is_worthless(place: Place) -> None:
    """An answer given once does not work twice, nor for another question."""
    _, email = place.desk.person()
    tab = place.tab()
    authenticator(tab)
    place.enter(tab, email)
    tab.wait_for_url(place.desk.base + "/")
    tab.goto(place.desk.base + "/account/passkey")
    tab.click("#passkey")
    tab.wait_for_selector("text=Your recovery codes")
    place.out(tab)
    sent: list[str] = []
    tab.on(
        "request", lambda asked: sent.append(asked.post_data or "") if asked.url.endswith("/sign-in/passkey") else None
    )
    tab.click("#passkey")
    tab.wait_for_url(place.desk.base + "/")
    assert len(sent) == 1
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with httpx.Client(base_url=place.desk.base) as thief:
        assert thief.post("/sign-in/passkey", content=sent[0], headers=form).status_code == 403
        fresh = thief.post("/sign-in/passkey/options").json()["token"]
        other = re.sub(r"token=[^&]*", f"token={fresh}", sent[0])
        assert thief.post("/sign-in/passkey", content=other, headers=form).status_code == 403


def test_tokens_are_made_limited_and_revoked(place: Place) -> None:
    """A token for reading is shown once, works for programs, shows when it was used, and ends at once."""
    _, email = place.desk.person(roles=["admin"])
    tab = place.tab()
    place.enter(tab, email)
    tab.wait_for_url(place.desk.base + "/")
    tab.goto(place.desk.base + "/account/tokens/new")
    tab.fill("#f-name", "Nightly report")
    tab.check("input[name=limit][value=some]")
    tab.fill("#f-scopes", "nothing:read")
    tab.click("#save")
    tab.wait_for_selector("[role=alert]")
    tab.fill("#f-scopes", "note:read")
    tab.click("#save")
    tab.wait_for_selector("text=Your token")
    secret = tab.inner_text(".secret").strip()
    tab.click("text=I have kept it")
    assert "note:read" in tab.inner_text("#tokens")
    assert secret not in tab.content()
    bearer = {"Authorization": f"Bearer {secret}"}
    assert httpx.get(place.desk.base + "/api/note", headers=bearer).status_code == 200
    assert httpx.post(place.desk.base + "/api/note", headers=bearer, json={"title": "x"}).status_code in (403, 404)
    tab.reload()
    assert "Used " in tab.inner_text("#tokens")
    tab.click("#tokens >> text=Revoke")
    confirm = tab.locator("dialog[open] button.danger, dialog[open] button.primary")
    if confirm.count():
        confirm.first.click()
    tab.wait_for_selector("text=The token is worthless now")
    assert httpx.get(place.desk.base + "/api/note", headers=bearer).status_code == 401


def test_a_forgotten_password(place: Place) -> None:
    """The page asks for the address; the mail's link, from the settings, leads to a form, and the new password in."""
    _, email = place.desk.person()
    tab = place.tab()
    tab.goto(place.desk.base + "/sign-in")
    tab.click("text=Forgot the password?")
    tab.wait_for_url("**/forgotten")
    tab.wait_for_selector("#f-email:focus")
    tab.keyboard.type(email)
    tab.keyboard.press("Enter")
    tab.wait_for_selector("text=Look into your mail")
    worker = Worker(place.desk.runtime)
    while worker.run_once():
        pass
    (letter,) = (place.desk.runtime.settings.root / "mail").glob("*.eml")
    link = re.search(
        rf"{place.desk.base}/sign-in/password/\S+", letter.read_text("utf-8").replace("=\r\n", "").replace("=\n", "")
    )
    assert link
    tab.goto(link[0])
    tab.fill("#f-new", NEW)
    tab.fill("#f-again", NEW)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/sign-in")
    place.enter(tab, email, NEW)
    tab.wait_for_url(place.desk.base + "/")


@pytest.mark.parametrize(
    "path",
    ["/sign-in", "/sign-in/forgotten", "/account", "/account/password", "/account/tokens/new", "/account/passkey"],
)
@pytest.mark.parametrize("looks", ["light", "dark"])
def test_the_pages_are_accessible(place: Place, path: str, looks: str) -> None:
    """No breach of WCAG 2.2 AA that axe can find, nothing to scroll sideways on a phone."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed here").Axe()
    tab = place.tab(viewport={"width": 390, "height": 800}, color_scheme=looks, bypass_csp=True)
    if path.startswith("/account"):
        _, email = place.desk.person()
        place.enter(tab, email)
        tab.wait_for_url(place.desk.base + "/")
    tab.goto(place.desk.base + path)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    found = axe.run(tab, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).response[
        "violations"
    ]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []
    tab.context.close()
