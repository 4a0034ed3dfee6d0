"""Journeys: the demo organisation behind a real server, and people who use it in a real browser."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts
from xrm_core.services.organisation import start_organisation
from xrm_core.services.runtime import Runtime
from xrm_core.web.assets import STATIC, VENDOR

ADMIN = "admin@brightwater.example"
SECOND = "second@brightwater.example"
"""Somebody else who may do everything."""
HURRIED = "Transition was "
"""How Chromium's own errors begin when somebody goes on before the fade between two pages is over; no script of ours is in it."""


def absent(reason: str) -> None:
    """Skip, saying why; on a build server a missing part is a failure, never a skip."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(eq=False)
class Server:
    """The demo as it runs: its address, its folder, and its inside for what no page does."""

    base: str
    root: Path
    runtime: Runtime

    def link(self, email: str = ADMIN) -> str:
        """A fresh one-time sign-in link."""
        with self.runtime.work(SYSTEM, "cli", write=True) as work:
            return f"{self.base}/sign-in/{accounts.make_link(work, accounts.user_by_email(work, email))}"

    def session(self, email: str = ADMIN) -> str:
        """The secret of a fresh session."""
        with self.runtime.work(SYSTEM, "cli", write=True) as work:
            return accounts.begin_session(work, accounts.user_by_email(work, email))

    def one(self, entity: str, filter: str = "true") -> dict[str, Any]:
        """The first record for which an expression holds."""
        with self.runtime.work(SYSTEM, "cli") as work:
            found = work.reader.find(entity, filter, limit=1)
        assert found, f"no {entity} with {filter}"
        return dict(found[0])

    def make(self, entity: str, **values: Any) -> str:
        """A new record, made as the importer would; its id."""
        from xrm_core.services.records import create_record

        with self.runtime.work(SYSTEM, "cli", write=True) as work:
            return str(create_record(work, entity, values)["id"])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo organisation on a free port of this machine, with worker and watcher; its folder is thrown away."""
    if not all((STATIC / "vendor" / name).is_file() for name in VENDOR):
        absent("the browser libraries are not here: run `pip install -e .` once")
    root = tmp_path_factory.mktemp("demo") / "brightwater"
    command = [sys.executable, "-m", "xrm_core", "demo", "--folder", str(root), "--no-serve"]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    runtime = start_organisation(root)
    config = uvicorn.Config(create_app(runtime), host="127.0.0.1", port=port, log_level="warning", lifespan="on")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not running.started and time.monotonic() < until:
        time.sleep(0.05)
    assert running.started, "the server did not start"
    made = Server(f"http://127.0.0.1:{port}", root, runtime)
    made.make("user", name="Mei Second", email=SECOND, roles=["admin"])
    yield made
    running.should_exit = True
    thread.join(20)
    runtime.database.dispose()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One Chromium for the journeys of a file; it can resolve no name but this machine's.

    Playwright keeps an event loop running in this thread until it stops: one for the whole run would take `asyncio` from all later tests."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        absent("there is no Chromium on the PATH")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed here")
    with api.sync_playwright() as started:
        only_here = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        browser = started.chromium.launch(executable_path=path, args=["--no-sandbox", only_here])
        yield browser
        browser.close()


@dataclass
class Person:
    """Somebody with a browser: a tab, and what went wrong in it."""

    server: Server
    tab: Any
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """What the tab asked the server for, in order: method, path and the status of the answer; `...` before it has come."""

    def go(self, path: str) -> Any:
        """Open a page and wait until its scripts are there, those too that come when somebody does something."""
        answer = self.arrive(path)
        if self.tab.evaluate("document.documentElement.dataset.js !== undefined"):
            self.tab.dispatch_event("body", "pointermove")
            self.tab.wait_for_selector("html[data-later=here]", state="attached")
        return answer

    def arrive(self, path: str) -> Any:
        """Open a page and do nothing on it yet."""
        answer = self.tab.goto(self.server.base + path)
        if self.tab.evaluate("Boolean(document.querySelector('script[type=module]'))") and self.scripts:
            self.tab.wait_for_selector("html[data-js][data-later=here]", state="attached")
        return answer

    def sign_in(self, email: str = ADMIN) -> None:
        """Come in by a one-time link, as somebody does whose session has ended."""
        self.tab.goto(self.server.link(email))
        self.tab.click("#save")
        self.tab.wait_for_selector("header.top")

    @property
    def scripts(self) -> bool:
        """Does this browser run scripts?"""
        return bool(getattr(self, "_scripts", True))

    def path(self) -> str:
        """Where the tab is, without the server."""
        return str(self.tab.url).removeprefix(self.server.base)

    def toast(self) -> str:
        """The last short message."""
        self.tab.wait_for_selector("#toasts .toast")
        return str(self.tab.locator("#toasts .toast p").last.inner_text())

    def listen(self, asked: Any) -> None:
        """Keep in mind a request that writes or asks for a page."""
        if "/static/" not in asked.url:
            self.asked.append(f"{asked.method} {asked.url.removeprefix(self.server.base)} ...")
            at = len(self.asked) - 1
            self._open = {**getattr(self, "_open", {}), asked: at}

    def answered(self, answer: Any) -> None:
        """Keep in mind how a request was answered."""
        at = getattr(self, "_open", {}).get(answer.request)
        if at is not None:
            self.asked[at] = f"{self.asked[at].removesuffix('...')}{answer.status}"

    def state(self) -> str:
        """Where the tab is and what it shows of faults, messages and dialogs, for the report of a failure."""
        self.tab.context.set_default_timeout(2000)
        seen = self.tab.evaluate(
            """() => ({
              focus: document.activeElement?.outerHTML.slice(0, 200),
              said: [...document.querySelectorAll(".summary li, #toasts .toast p, :modal, #form[data-sending]")].map((e) => e.innerText.slice(0, 400)),
              sending: document.querySelector("form[data-sending]") !== null,
              later: document.documentElement.dataset.later ?? null,
            })"""
        )
        return "\n".join(
            [self.path(), *(f"{name}: {value}" for name, value in seen.items()), *self.asked[-25:], *self.faults]
        )

    def text(self, selector: str = "main") -> str:
        """The visible text of a part of the page."""
        return str(self.tab.locator(selector).first.inner_text())


NewPerson = Callable[..., Person]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a journey that failed what its pages show."""
    report = yield
    if report.when == "call" and report.failed:
        make = getattr(item, "funcargs", {}).get("person")
        for one in getattr(make, "people", ()):
            with contextlib.suppress(Exception):
                report.sections.append(("the page of somebody", one.state()))
    return report


@pytest.fixture
def person(server: Server, chromium: Any) -> Iterator[NewPerson]:
    """Makes people: `person()` is the signed-in administrator at a desk; width, theme, scripts and user can differ.

    At the end nobody may have met a script error, a breach of the policy, or asked another machine for anything.
    """
    made: list[tuple[Any, Person]] = []

    def make(
        email: str = ADMIN, *, width: int = 1366, height: int = 850, dark: bool = False, scripts: bool = True, signed_in: bool = True,
        bypass_csp: bool = False,
    ) -> Person:  # fmt: skip
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", java_script_enabled=scripts,
            bypass_csp=bypass_csp, has_touch=width < 500, locale="en-GB",
        )  # fmt: skip
        context.set_default_timeout(15_000)
        if signed_in:
            context.add_cookies([{"name": "xrm_session", "value": server.session(email), "url": server.base}])
        tab = context.new_page()
        one = Person(server, tab)
        one._scripts = scripts  # type: ignore[attr-defined]
        tab.on(
            "pageerror",
            lambda error: None if str(error).startswith(HURRIED) else one.faults.append(f"script error: {error}"),
        )
        tab.on(
            "console",
            lambda said: (
                one.faults.append(said.text)
                if said.type == "error" and "the server responded with a status of 4" not in said.text
                else None
            ),
        )
        context.on(
            "request",
            lambda asked: (
                one.faults.append(f"asked elsewhere: {asked.url}")
                if not asked.url.startswith((server.base, "data:", "blob:"))
                else None
            ),
        )
        tab.on("request", one.listen)
        tab.on("response", one.answered)
        made.append((context, one))
        make.people.append(one)  # type: ignore[attr-defined]
        return one

    make.people = []  # type: ignore[attr-defined]
    yield make
    for context, _one in made:
        context.close()
    assert [fault for _, one in made for fault in one.faults] == []
