"""Pages of plugins: values in, values out; what they read and write goes by the rights of whoever asks, or they are public."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.contracts.test_undoing_pages import note
from xrm_core.app import create_app
from xrm_core.errors import PluginError
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

CODE = '''
"""A lending desk."""

from pathlib import Path

from xrm_core.plugin import ActionSpec, Answered, NewRecord, Patch, Problem, Query, Run, Screen, hook


def _lend(record, values, actor, reader):
    return [Patch("book", record["id"], {"borrower": values["to"]})]


def _desk(asked, actor, reader):
    books = reader.page(Query("book", ("title", "price", "borrower"), sort=("title",))).rows
    chosen = asked.get("request")
    return {
        "books": [(b, reader.cell("book", b, "price"), reader.here(f"desk/{b['id']}")) for b in books],
        "offer": reader.offer("book", chosen, "lend") if chosen else None,
        "who": actor.name,
        "sum": dict(reader.total(Query("book"), "secret")) if reader.reads("book", "secret") else {},
    }


def _one(asked, reader):
    book = reader.get("book", asked.get("request"), ("title",))
    return None if book is None else {**_desk(asked, type("A", (), {"name": "one"}), reader), "title": book["title"]}


def _act(asked, reader):
    what = asked.posted("what")
    if what == "object":
        return Answered(problems=[Problem("Not today.", field="to")])
    if what == "add":
        return Answered([NewRecord("book", {"title": asked.posted("title"), "price": asked.posted("price")})], "Added", "desk", texts=True)
    if what == "both":
        return Answered([NewRecord("book", {"title": "half"}), Patch("book", asked.get("request"), {"title": ""})])
    if what == "explode":
        raise RuntimeError("the desk fell over")
    if what == "away":
        return Answered((), "Gone", "//evil.example/x")
    return Answered([Run("book", asked.get("request"), "lend")], "Lent", "desk")


def _leave(asked, reader):
    found = reader.find(Query("book", ("title",), "record.title == given.t"), {"t": asked.get("title")})
    return {"book": found[0]["title"]} if found else None


def _left(asked, reader):
    (book,) = reader.find(Query("book", ("id",), "record.title == given.t"), {"t": asked.get("title")})
    return Answered([Patch("book", book["id"], {"borrower": "nobody"})], "Thank you", f"leave/{asked.get('title')}")


@hook
def xrm_screens():
    """A desk, a book on it, and a way out for everybody."""
    return [
        Screen("desk", {"en": "Desk", "de": "Tresen"}, "library/desk.html", show=_desk, act=_act, icon="book", entity="book", menu="Library",
               count=lambda reader: reader.count(Query("book"))),
        Screen("desk/{request}", "Book", "library/desk.html", show=_one, act=_act, entity="book"),
        Screen("leave/{title}", "Leave", "library/leave.html", show=_leave, act=_left, policy="public"),
        Screen("vault", "Vault", "library/desk.html", show=_desk, policy="role:admin"),
    ]


@hook
def xrm_actions():
    """Lend a book."""
    return [ActionSpec("lend", "book", "Lend", run=_lend, fields={"to": {"type": "text", "required": True}}, when="record.borrower == null")]


@hook
def xrm_templates():
    """Own templates."""
    return [Path(__file__).parent / "templates"]
'''
DESK = """{% extends "base.html" %}
{% from "macros/ui.html" import cell with context %}
{% from "macros/screens.html" import asks, problems with context %}
{% block head %}<link rel="stylesheet" href="{{ asset('library:desk.css') }}">{% endblock %}
{% block main %}<div data-module="{{ module('library:desk') }}"><h1>{{ page.title }}</h1>{{ problems(page.problems) }}
<ul>{% for book, price, href in page.books %}<li><a href="{{ href }}">{{ book.title }}</a> {{ cell(price) }}</li>{% endfor %}</ul>
{% if page.offer %}<form method="post">{{ csrf_field }}{{ asks(page.offer) }}<button>{{ page.offer.label }}</button></form>{% endif %}
<p id="sum">{{ page.sum }}</p></div>{% endblock %}
"""
LEAVE = """{% extends "base.html" %}{% block body %}<main id="main"><h1>{{ page.title }}</h1>
<p>{{ page.book }}</p><form method="post">{{ csrf_field }}<button>Leave</button></form></main>{% endblock %}
"""
ENTITIES = """
entity: book
title: "{title}"
fields:
  title: {type: text, required: true}
  price: {type: decimal}
  secret: {type: boolean}
  borrower: {type: text}
"""
ACCESS = """
role: reader
label: Reader
---
role: lender
label: Lender
---
grants:
  - {role: reader, entity: book, verbs: [read], rows: "!record.secret", fields: [title]}
  - {role: lender, entity: book, verbs: [read, create, update, lend]}
"""


@dataclass
class Desk:
    """The library as a server, with a session of each role."""

    runtime: Runtime
    client: TestClient[Any]
    sessions: dict[str, str]
    books: dict[str, str]

    def get(self, role: str, path: str) -> Any:
        """A page as somebody sees it."""
        cookie = {"Cookie": f"xrm_session={self.sessions[role]}"} if role else {}
        return self.client.get(path, headers=cookie, follow_redirects=False)

    def send(self, role: str, path: str, **values: str) -> Any:
        """A form sent by somebody, with its token."""
        from xrm_core.web.guards import csrf_token

        headers = {"Sec-Fetch-Site": "same-origin"}
        if role:
            headers["Cookie"] = f"xrm_session={self.sessions[role]}"
            values = {"_csrf": csrf_token(self.sessions[role]), **values}
        return self.client.post(path, data=values, headers=headers, follow_redirects=False)

    def lend(self, role: str, title: str, **values: str) -> Any:
        """The form of the action, as its macro draws it."""
        id = self.books[title]
        fixed = {"_run": f"book/{id}/lend", "_fields": "lend.to", "_version": "1"}
        return self.send(role, f"/p/library/desk/{id}", **{**fixed, **values})

    def book(self, title: str) -> dict[str, Any]:
        """A book as it is stored."""
        with self.runtime.work(SYSTEM, "cli") as work:
            (found,) = work.reader.find("book", "record.title == given.t", {"t": title})
            return dict(found)


def folder(root: Path) -> Path:
    """The plugin, written to a folder."""
    for name, text in {
        "plugin.yaml": "name: library\ntitle: Library\nversion: 0.1.0\n", "plugin.py": CODE, "entities/book.yaml": ENTITIES,
        "access/roles.yaml": ACCESS, "templates/library/desk.html": DESK, "templates/library/leave.html": LEAVE,
        "static/desk.css": "@layer pages {}", "static/desk.js": "document.documentElement.dataset.desk = 'here';",
    }.items():  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Iterator[Desk]:
    """Three books, one of them secret; a reader, a lender, and somebody without a role."""
    with temporary_organisation(folders=[folder(tmp_path / "library")], url=database_url) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            sessions = {
                "admin": accounts.begin_session(work, accounts.first_administrator(work, "Ada", "ada@example.com"))
            }
            for role in ("reader", "lender", "nobody"):
                roles = [] if role == "nobody" else [role]
                made = records.create_record(
                    work, "user", {"name": role, "email": f"{role}@example.com", "roles": roles}
                )
                sessions[role] = accounts.begin_session(work, str(made["id"]))
            rows = (("Emma", "4711.5", False), ("Dune", "12", False), ("Hush", "1", True))
            books = {
                t: str(records.create_record(work, "book", {"title": t, "price": p, "secret": s})["id"])
                for t, p, s in rows
            }
        with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
            yield Desk(runtime, client, sessions, books)


def test_a_screen_shows_what_its_reader_may_see(desk: Desk) -> None:
    """The same function: the lender sees every book with its price, the reader neither the secret one nor a price nor sums of what
    he does not read; somebody without a role finds no page, nobody signs in first."""
    whole, part = desk.get("lender", "/p/library/desk"), desk.get("reader", "/p/library/desk")
    assert re.findall(r"<li><a[^>]*>(\w+)", whole.text) == ["Dune", "Emma", "Hush"]
    assert "4,711.5" in whole.text
    assert re.findall(r"<li><a[^>]*>(\w+)", part.text) == ["Dune", "Emma"]
    assert "4,711.5" not in part.text
    assert '<p id="sum">{}</p>' in part.text
    assert desk.get("reader", f"/p/library/desk/{desk.books['Hush']}").status_code == 404
    assert desk.get("nobody", "/p/library/desk").status_code == 404
    assert desk.get("", "/p/library/desk").headers["location"] == "/sign-in"
    assert (desk.get("reader", "/p/library/vault").status_code, desk.get("admin", "/p/library/vault").status_code) == (
        403,
        200,
    )


def test_menu_palette_and_files(desk: Desk) -> None:
    """The menu and the palette offer the screen to those for whom it is there, with its count; its files are served for ever."""
    page = desk.get("lender", "/p/library/desk").text
    assert re.search(
        r'href="/p/library/desk"[^>]*aria-current="page"|aria-current="page"[^>]*href="/p/library/desk"', page
    )
    assert desk.get("lender", "/menu/counts").json()["/p/library/desk"] == "3"
    assert desk.get("reader", "/menu/counts").json()["/p/library/desk"] == "2"
    assert "/p/library/desk" in desk.get("lender", "/palette").text
    assert "/p/library/desk" not in desk.get("nobody", "/palette").text
    assert "/p/library/vault" in desk.get("admin", "/palette").text
    (style,) = re.findall(r'href="(/static/[^"]*/of/library-\w+/desk\.css)"', page)
    (module,) = re.findall(r'data-module="(of/library-\w+/desk)"', page)
    found = desk.client.get(style)
    assert (found.status_code, "immutable" in found.headers["cache-control"]) == (200, True)
    assert desk.client.get(style.replace("desk.css", "desk.js")).status_code == 200
    assert module.split("/")[1] in style
    assert desk.client.get(style.replace("desk.css", "../plugin.py")).status_code == 404


def test_what_a_form_asks_for_goes_through_the_services(desk: Desk) -> None:
    """An action takes its inputs, is refused to whom it is closed, and shows what was wrong beside what was typed; its undo is offered."""
    assert desk.lend("reader", "Emma", **{"lend.to": "Bo"}).status_code in (403, 422)
    missing = desk.lend("lender", "Emma", **{"lend.to": ""})
    assert missing.status_code == 422
    assert "To is required" in missing.text
    done = desk.lend("lender", "Emma", **{"lend.to": "Bo"})
    assert (done.status_code, done.headers["location"], note(done)["text"]) == (303, "/p/library/desk", "Lent")
    assert note(done)["undo"][0] == "Undo"
    assert desk.book("Emma")["borrower"] == "Bo"
    late = desk.lend("lender", "Emma", **{"lend.to": "Cy"})
    assert late.status_code == 409, "somebody else was first"
    assert desk.book("Emma")["borrower"] == "Bo"


def test_changes_are_saved_together_or_not_at_all(desk: Desk) -> None:
    """Texts are read as forms read them; a problem of the screen's own, a refused change or an exception leaves nothing behind."""
    path = f"/p/library/desk/{desk.books['Dune']}"
    assert desk.send("lender", path, what="add", title="Neu", price="1.5").status_code == 303
    assert str(desk.book("Neu")["price"]) == "1.50"
    told = desk.send("lender", path, what="object")
    assert (told.status_code, "Not today." in told.text) == (422, True)
    assert desk.send("lender", path, what="both").status_code == 422
    with desk.runtime.work(SYSTEM, "cli") as work:
        assert not work.reader.find("book", "record.title == 'half'")
    broken = desk.send("lender", path, what="explode")
    assert (broken.status_code, "fell over" in broken.text) == (500, False)
    assert desk.send("lender", path, what="away").headers["location"] == "/"
    assert desk.send("lender", path, what="add", _csrf="x").status_code == 403


def test_a_public_screen_knows_nobody(desk: Desk) -> None:
    """Without signing in, and also for somebody who is, it is nobody who asks: it has no menu, takes a form without a token, and
    saves as the platform; what its function does not find is no page."""
    for role in ("", "reader"):
        page = desk.get(role, "/p/library/leave/Hush")
        assert page.status_code == 200
        assert "<p>Hush</p>" in page.text
        assert 'id="menu"' not in page.text
    assert desk.get("", "/p/library/leave/None").status_code == 404
    assert desk.send("", "/p/library/leave/Hush").status_code == 303
    assert desk.book("Hush")["borrower"] == "nobody"
    foreign = desk.client.post("/p/library/leave/Hush", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('Screen("De sk", "x", "t", show=_desk)', "has no path"),
        ('Screen("desk", "x", "t", show=lambda app: {})', "asks for app"),
        ('Screen("desk", "x", "t", show=_desk, policy="everyone")', "policy 'everyone'"),
        ('Screen("desk", "x", "t", show=_desk), Screen("desk", "y", "t", show=_desk)', "two screens"),
        ('"desk"', "answers a str"),
        ('Screen("desk", "x", "none.html", show=_desk)', "none.html"),
        ('Screen("desk", "x", "library/desk.html", show=_desk, entity="boook")', "boook"),
    ],
)
def test_a_wrong_screen_stops_the_start(tmp_path: Path, wrong: str, said: str) -> None:
    """Paths, policies, arguments, templates and entities are checked when the server starts, in one clear line."""
    root = folder(tmp_path / "library")
    code = re.sub(r"    return \[\n.*?\n    \]\n", f"    return [{wrong}]\n", CODE, count=1, flags=re.S)
    (root / "plugin.py").write_text(code, "utf-8")
    with pytest.raises(PluginError, match=said), temporary_organisation(folders=[root]) as runtime:
        create_app(runtime, worker=False, watch=False)
