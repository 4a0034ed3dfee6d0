"""Two hundred texts that try to run, as labels, options, names, tags, file names and Markdown: on every page they are texts."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, files, records
from xrm_core.testing import temporary_organisation

RUN = "window.hit=1"
ELEMENTS = (
    "<script>{run}</script>", "<img src=x onerror={run}>", "<svg onload={run}>", "<body onload={run}>", "<input autofocus onfocus={run}>",
    "<details open ontoggle={run}>", "<video><source onerror={run}>", "<iframe srcdoc='<script>{run}</script>'>", "<marquee onstart={run}>",
    "<math><a xlink:href=javascript:{run}>x", "<object data=javascript:{run}>", "<embed src=javascript:{run}>", "<a href=javascript:{run}>x</a>",
    "<form action=javascript:{run}><button>x", "<button formaction=javascript:{run}>x", "<base href=//evil.example/>", "<meta http-equiv=refresh content='0;url=javascript:{run}'>",
    "<link rel=stylesheet href=//evil.example/x.css>", "<style>@import '//evil.example'</style>", "<svg><animate onbegin={run} attributeName=x>",
)  # fmt: skip
WAYS = (
    "{x}", "\">{x}", "'>{x}", "--><!-- -->{x}", "</textarea>{x}", "</title>{x}", "</script>{x}", "{{{{{x}}}}}", "]]>{x}", "\" onmouseover={run} x=\"{x}",
)  # fmt: skip
MARKDOWN = (
    "[x](javascript:{run})", "[x](JaVaScRiPt:{run})", "[x](data:text/html,<script>{run}</script>)", "![x](x\" onerror=\"{run})", "<javascript:{run}>",
    "[x]: javascript:{run}\n[x]", "<img src=x onerror={run}>", "[x](&#106;avascript:{run})", "`<script>{run}</script>`", "[x](vbscript:{run})",
)  # fmt: skip
VECTORS = [
    way.replace("{{", "{").replace("}}", "}").replace("{x}", one).replace("{run}", RUN) if "{{{{" not in way else "{{" + one.replace("{run}", RUN) + "}}"
    for way, one in itertools.product(WAYS, ELEMENTS)
]  # fmt: skip
VOID = {"src", "href", "action", "formaction", "data", "xlink:href", "srcdoc", "content"}


class Page(HTMLParser):
    """The texts of a page, and what of it could run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.runs: list[str] = []
        self.feed(html)
        self.said = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what runs: handlers, scripts that are not ours, addresses that are code, elements that nobody of us writes."""
        found = dict(attrs)
        if tag in ("iframe", "object", "embed", "base", "marquee", "math", "animate", "style", "form-x", "video"):
            self.runs.append(f"<{tag}>")
        if tag == "script" and not (found.get("src") or "").startswith("/static/"):
            self.runs.append("<script>")
        if tag == "meta" and "http-equiv" in found:
            self.runs.append("<meta>")
        for name, value in attrs:
            if name.startswith("on") or (name == "style" and tag != "svg"):
                self.runs.append(f"{tag} {name}={value}")
            if (
                name in VOID
                and tag != "meta"
                and "".join((value or "").split()).lower().startswith(("javascript:", "vbscript:", "data:text", "//"))
            ):
                self.runs.append(f"{tag} {name}={value}")
        self.texts += [
            value for name, value in attrs if name in ("value", "aria-label", "title", "placeholder") and value
        ]

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.texts.append(data)


def metadata() -> str:
    """An entity whose labels, help and options are hostile."""
    text = json.dumps
    options = ", ".join(f"o{n}: {text(one)}" for n, one in enumerate(VECTORS))
    fields = "\n".join(
        f"  f{n}: {{type: text, label: {text(one)}, help: {text(one)}}}" for n, one in enumerate(VECTORS[::20])
    )
    return f"""
entity: thing
label: {text(VECTORS[0])}
plural: {text(VECTORS[1])}
title: "{{name}}"
search: [name]
fields:
  name: {{type: text, required: true, label: {text(VECTORS[2])}}}
  note: {{type: long_text}}
  state: {{type: choice, values: {{{options}}}, default: o0}}
  marks: {{type: tags}}
  paper: {{type: file}}
  other: {{type: link, to: thing, reverse: others}}
  rows: {{type: child_table, fields: {{what: {{type: text}}}}}}
{fields}
"""


@pytest.fixture(scope="module")
def things() -> Iterator[tuple[TestClient[Any], str]]:
    """Two hundred things with hostile values, and somebody who looks at them."""
    with temporary_organisation(metadata={"entities/thing.yaml": metadata()}) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            session = accounts.begin_session(work, accounts.first_administrator(work, VECTORS[3], "ada@example.com"))
            paper = files.keep(work, 'x"><img src=x onerror=hit>.txt', "text/plain", b"x", "thing", "paper")
            made = ""
            for n, one in enumerate(VECTORS):
                made = str(
                    records.create_record(
                        work, "thing", {"name": one, "state": f"o{n}", "marks": [one[:40].replace(",", "")]}
                    )["id"]
                )
            text = "\n\n".join([*VECTORS, *(m.replace("{run}", RUN) for m in MARKDOWN)])
            rows = [{"what": one} for one in VECTORS]
            values = {
                "note": text,
                "paper": paper,
                "other": made,
                "rows": rows,
                **{f"f{n}": one for n, one in enumerate(VECTORS[::20])},
            }
            full = str(records.create_record(work, "thing", {"name": VECTORS[4], **values})["id"])
        with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
            client.cookies.set("xrm_session", session)
            yield client, full


def read(client: TestClient[Any], path: str) -> Page:
    """A page, on which nothing may run."""
    answer = client.get(path, headers={"HX-Request": "true"} if "/field/" in path or path.startswith("/lookup") else {})
    assert answer.status_code < 500, path
    page = Page(answer.text)
    assert page.runs == [], path
    return page


def test_there_are_two_hundred() -> None:
    """The vectors are many and all different."""
    assert len(set(VECTORS)) == 200


def test_nothing_runs_on_any_screen(things: tuple[TestClient[Any], str]) -> None:
    """Lists, filters, records, forms, one field, history, search, lookups, deletion, import and errors show them as texts."""
    client, full = things
    for path in (
        "/", "/e/thing", "/e/thing?sort=name", "/e/thing?q=window", "/e/thing/new", f"/e/thing/{full}", f"/e/thing/{full}/edit", f"/e/thing/{full}?tab=history",
        f"/e/thing/{full}/field/state", f"/e/thing/{full}/field/note", f"/e/thing/{full}/field/paper", "/search?q=window", "/lookup/thing/other?q=window",
        "/e/thing/bin", "/import", "/account", "/notifications", "/palette", "/e/thing?filter=" + "x%22%3E%3Cimg%20src=x%20onerror=y%3E", "/e/%3Csvg%20onload=x%3E",
    ):  # fmt: skip
        read(client, path)


def test_every_vector_is_shown_as_the_text_that_it_is(things: tuple[TestClient[Any], str]) -> None:
    """All of them stand in the form: as rows, as options, and in the long text."""
    client, full = things
    page = read(client, f"/e/thing/{full}/edit")
    missing = [one for one in VECTORS if " ".join(one.split()) not in page.said]
    assert missing == []
    assert client.get(f"/e/thing/{full}/edit").text.count("&lt;script&gt;") > 20


def test_markdown_of_a_preview_runs_nothing(things: tuple[TestClient[Any], str]) -> None:
    """What is being typed is cleaned as what is stored."""
    from xrm_core.web.guards import csrf_token

    client, _ = things
    text = "\n\n".join([*VECTORS, *(m.replace("{run}", RUN) for m in MARKDOWN)])
    token = csrf_token(str(client.cookies.get("xrm_session")))
    answer = client.post("/preview", data={"text": text, "_csrf": token}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 200
    assert Page(answer.text).runs == []
