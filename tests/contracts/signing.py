"""A desk at which people sign in: an organisation with its web application, browsers, and users with passwords."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services import records
from xrm_core.services.runtime import Runtime
from xrm_core.services.signing import passwords
from xrm_core.services.signing.sessions import cookie_name
from xrm_core.storage import signing
from xrm_core.testing.organisation import temporary_organisation
from xrm_core.web.guards import csrf_token

PASSWORD = "seven quiet herons over the bay"
METADATA = {
    "access/roles.yaml": "role: admin\nlabel: Administrator\n---\nrole: clerk\nlabel: Clerk\n---\n"
    "grants:\n  - {role: clerk, entity: note, verbs: [read, create, update], rows: true, public: acknowledged}\n",
    "entities/note.yaml": "entity: note\nlabel: Note\ntitle: '{title}'\nfields:\n  title: {type: text, required: true}\n",
}


@dataclass
class Browser:
    """Somebody with a browser: keeps cookies, sends what forms of ours send."""

    client: TestClient[Any]
    name: str

    def get(self, path: str, **more: Any) -> Any:
        """Open a page; a redirect is not followed."""
        return self.client.get(path, follow_redirects=False, **more)

    def post(self, path: str, /, **fields: Any) -> Any:
        """Send a form, with its token."""
        sent = {"_csrf": csrf_token(self.session), **fields}
        return self.client.post(path, data=sent, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)

    @property
    def session(self) -> str:
        """The secret in the session's cookie."""
        return self.client.cookies.get(self.name) or ""

    def take(self, secret: str) -> None:
        """Have this session's cookie from now on."""
        self.client.cookies.delete(self.name) if self.session else None
        self.client.cookies.set(self.name, secret, domain=self.client.base_url.host, path="/")

    def is_in(self) -> bool:
        """Does the browser see its own account?"""
        return self.get("/account").status_code == 200


@dataclass
class Desk:
    """The organisation, and who has come."""

    runtime: Runtime
    app: Any
    base: str
    count: int = 0

    def browser(self) -> Browser:
        """A fresh browser."""
        return Browser(TestClient(self.app, base_url=self.base), cookie_name(self.runtime.settings))

    def person(self, password: str | None = PASSWORD, **values: Any) -> tuple[str, str]:
        """A new user: id and e-mail address."""
        self.count += 1
        given = {
            "name": f"Person {self.count}",
            "email": f"person{self.count}@example.org",
            "roles": ["clerk"],
            **values,
        }
        with self.runtime.work(SYSTEM, "cli", write=True) as work:
            id = str(records.create_record(work, "user", given)["id"])
            if password is not None:
                signing.set_password(work.tx, id, passwords.hash_password(password), work.now)
        return id, str(given["email"])

    def enter(self, browser: Browser, email: str, password: str = PASSWORD) -> Any:
        """Sign in by password."""
        return browser.post("/sign-in", email=email, password=password)

    def somebody(self, **values: Any) -> tuple[Browser, str, str]:
        """A new user who is signed in: his browser, id, address."""
        id, email = self.person(**values)
        browser = self.browser()
        assert self.enter(browser, email).headers["Location"] == "/"
        return browser, id, email

    def work(self, actor: Actor = SYSTEM) -> Any:
        """A transaction of the platform's own."""
        return self.runtime.work(actor, "cli", write=True)

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """What the database holds."""
        with self.runtime.database.read() as tx:
            return tx.ask(sql, params)


@contextmanager
def open_desk(
    url: str, base: str = "http://127.0.0.1:8000", metadata: dict[str, str] = METADATA, **server: Any
) -> Iterator[Desk]:
    """The organisation on a database. `server` changes its settings."""
    with temporary_organisation(metadata=metadata, url=url) as runtime:
        settings = runtime.settings
        changed = settings.server.model_copy(update={"base_url": base})
        runtime = replace(runtime, settings=settings.model_copy(update={"server": changed, **server}))
        yield Desk(runtime, create_app(runtime, worker=False, watch=False), base)


def field_of(page: str, name: str) -> str:
    """The value of a hidden input."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]
