"""The components in a real browser: accessible, within the screen, under the strict policy, in every direction and light."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from markupsafe import Markup

from xrm_core.web.assets import STATIC, VENDOR
from xrm_core.web.design import design_page
from xrm_core.web.environment import build_environment
from xrm_core.web.models import Link, MenuGroup, Shell, UserBox
from xrm_core.web.shortcuts import SHORTCUTS

from .conftest import absent

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed here")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Look:
    """A way in which a reader sees the pages."""

    name: str
    width: int = 1366
    scheme: str = "light"
    direction: str = "ltr"
    density: str = "comfortable"


LOOKS = (
    Look("light"),
    Look("dark", scheme="dark"),
    Look("phone", width=390),
    Look("narrow", width=320),
    Look("dark-phone", width=390, scheme="dark"),
    Look("right-to-left", direction="rtl"),
    Look("right-to-left-phone", width=390, direction="rtl"),
    Look("compact", density="compact"),
)


def page(query: str) -> bytes:
    """The page of all components, as the query asks for it: `direction-density`."""
    direction, _, density = query.partition("-")
    shell = Shell(
        app_name="Riverside Trust",
        title="Design",
        dir="rtl" if direction == "rtl" else "ltr",
        density="compact" if density == "compact" else "comfortable",
        user=UserBox(name="Aiko Tan", role="Fundraising"),
        menu=(
            MenuGroup(label="Donors", items=(Link(label="Donors", href="/", icon="users", current=True, count="4"),)),
        ),
        dock=(Link(label="Start", href="/", icon="house"),),
        create=(Link(label="Donor", href="/"),),
        crumbs=(Link(label="Start", href="/"), Link(label="Design", href="")),
    )
    template = build_environment().get_template("design.html")
    return template.render(shell=shell, page=design_page(), csrf_field=Markup("")).encode()


class Handler(BaseHTTPRequestHandler):
    """Serves the page and the static files, with the policy of the pages."""

    def do_GET(self) -> None:
        """Answer a static file or the page."""
        path, _, query = self.path.partition("?")
        file = STATIC.joinpath(*path.split("/")[3:]) if path.startswith("/static/") else None
        body = page(query) if file is None else file.read_bytes() if file.is_file() else b""
        self.send_response(200)
        self.send_header(
            "Content-Type", "text/html; charset=utf-8" if file is None else TYPES.get(file.suffix, "text/plain")
        )
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a server with the page."""
    if not all((STATIC / "vendor" / name).is_file() for name in VENDOR):
        absent("the browser libraries are not here: run `pip install -e .` once")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_components_are_accessible_and_fit(chromium: Any, address: str, look: Look) -> None:
    """No breach of WCAG 2.2 AA that axe can find, no scrolling sideways, no breach of the policy, no script error."""
    context = chromium.new_context(viewport={"width": look.width, "height": 820}, color_scheme=look.scheme)
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(f"{address}/design?{look.direction}-{look.density}")
    tab.wait_for_selector("html[data-js][data-later=here]")
    assert said == []
    width, room = tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= room, f"{width} px on a screen of {room} px"
    context.close()

    checked = chromium.new_context(  # axe itself needs what the policy forbids
        viewport={"width": look.width, "height": 820}, color_scheme=look.scheme, bypass_csp=True
    )
    tab = checked.new_page()
    tab.goto(f"{address}/design?{look.direction}-{look.density}")
    tab.wait_for_selector("html[data-js][data-later=here]")
    found = axe.Axe().run(tab, options={"resultTypes": ["violations"]}).response["violations"]
    checked.close()
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


def test_single_keys_leave_typing_alone(chromium: Any, address: str) -> None:
    """Every shortcut letter typed into every kind of text field arrives there, and none acts."""
    tab = chromium.new_page()
    tab.goto(f"{address}/design?ltr-")
    tab.wait_for_selector("html[data-js][data-later=here]")
    letters = "".join(one.keys for one in SHORTCUTS if one.is_single and len(one.keys) == 1) + "gdgh"
    for selector in ("#f-text", "#f-long_text", "#f-json", "#f-email", "#f-search", "#f-password", "#f-phone"):
        tab.locator(selector).fill("")
        tab.locator(selector).press_sequentially(letters)
        assert tab.input_value(selector) == letters, selector
    for other in tab.locator("main :is(input:not([role=combobox]), select, textarea):visible").all():
        if other.is_enabled() and other.get_attribute("type") not in ("checkbox", "radio", "file", "submit"):
            other.focus()
            other.press_sequentially(letters)
    assert tab.url.endswith("/design?ltr-")
    assert not tab.locator("#shortcuts").is_visible()
    tab.close()


def test_single_keys_can_be_switched_off(chromium: Any, address: str) -> None:
    """The list of shortcuts opens by its key, and after switching single keys off it does not."""
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto(f"{address}/design?ltr-")
    tab.wait_for_selector("html[data-js][data-later=here]")
    tab.keyboard.press("?")
    assert tab.locator("#shortcuts").is_visible()
    tab.locator("#single-keys").uncheck()
    tab.keyboard.press("Escape")
    tab.keyboard.press("?")
    assert not tab.locator("#shortcuts").is_visible()
    context.close()
