"""What people type and send is never run: stored texts, file names, forged posts, foreign addresses."""

from __future__ import annotations

import http.client
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts
from xrm_core.services.deleting import delete_record
from xrm_core.services.records import create_record

from .conftest import ADMIN, NewPerson, Person, Server
from .vectors import vectors

EVIL = "<script>window.hit=1</script>\"'><img src=x onerror=window.hit=2>{{7*7}}"
"""Opens a script, closes an attribute, loads a broken picture, looks like a template."""


def harmless(one: Person, where: str) -> None:
    """Nothing of the text ran or became an element."""
    found = one.tab.evaluate("[window.hit ?? 0, document.querySelectorAll('img[src=x], main script').length]")
    assert found == [0, 0], where


def ask(server: Server, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """A request as a program sends it, with any headers."""
    address = urlsplit(server.base)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    told = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    connection.close()
    return told


def form(**values: str) -> bytes:
    """A form as a body."""
    return urlencode(values).encode()


FORM = "application/x-www-form-urlencoded"


def test_stored_texts_run_nowhere(server: Server, person: NewPerson, tmp_path: Path) -> None:
    """A hostile name in list, record, form, lookup, search, related list, timeline, board, history, note and bin stays a text."""
    party = server.make("party", kind="organisation", name=EVIL, description=EVIL, tags=[EVIL[:30]])
    donor = server.make("donor", party=party, department=server.one("department")["id"])
    gift = server.make(
        "donation",
        donor=donor,
        amount="5",
        purpose=EVIL,
        expected_on="2026-12-24",
        remark=f"[x](javascript:window.hit=3) {EVIL}",
    )
    customer = server.make("customer", party=party, department=server.one("department")["id"])
    server.make("opportunity", customer=customer, name=EVIL, amount="7", expected_on="2027-01-01")
    ben = person()
    tab = ben.tab
    for path in (
        "/e/party?sort=-created_at", f"/e/party/{party}", f"/e/party/{party}/edit", f"/e/party/{party}?tab=history", f"/e/donor/{donor}",
        f"/e/donation/{gift}", f"/e/donation/{gift}?tab=1", f"/e/donation/{gift}?tab=2", f"/e/donation/{gift}/edit", f"/e/party/{party}?in=donor",
        "/e/opportunity?view=opportunity_board&" + urlencode({"q": "window"}), "/search?" + urlencode({"q": "window.hit"}),
        "/search?" + urlencode({"q": EVIL}), "/e/party?" + urlencode({"q": EVIL}), "/e/party?" + urlencode({"filter": f"record.name == {EVIL!r}"}),
        "/e/party?" + urlencode({"filter": EVIL}), "/e/party?" + urlencode({"sort": EVIL}), "/e/party?" + urlencode({"view": EVIL}), "/" + urlencode({"a": EVIL}),
    ):  # fmt: skip
        ben.go(path)
        harmless(ben, path)
    for path in (
        f"/e/party/{party}",
        f"/e/donor/{donor}",
        "/search?" + urlencode({"q": "window.hit"}),
        f"/e/party/{party}?tab=history",
    ):
        ben.go(path)
        assert "<script>window.hit=1</script>" in ben.text(), path  # it is there, as a text
    ben.go("/e/donation/new")
    tab.locator("#f-donor").press_sequentially("window")
    tab.wait_for_selector("#f-donor-options:not([hidden]) [role=option][data-value]")
    harmless(ben, "lookup")
    tab.click("[data-palette]")
    tab.locator("#palette-q").press_sequentially("window")
    tab.wait_for_selector("#palette-list [data-group=records] [href*='/e/']")
    harmless(ben, "hits of the palette")
    ben.go(f"/e/party/{party}/edit")
    tab.fill("#f-legal_name", EVIL)
    tab.set_input_files(
        "#f-image-file", {"name": 'x"><img src=x onerror=hit>.png', "mimeType": "image/png", "buffer": picture()}
    )
    tab.click("#save")
    tab.wait_for_url(f"**/e/party/{party}")
    harmless(ben, "note after saving")
    ben.go(f"/e/party/{party}/edit")
    harmless(ben, "name of the file")
    ben.go(f"/e/donation/{gift}")
    tab.click("[aria-label='More actions']")
    tab.click("button:has-text('Delete')")
    tab.wait_for_selector("#toasts .toast")
    harmless(ben, "note after deleting")
    ben.go("/e/donation/bin")
    harmless(ben, "bin")


ALIVE = """() => {
  const bad = [];
  if (window.hit) bad.push("something ran");
  for (const one of document.querySelectorAll("body *")) {
    for (const {name, value} of one.attributes) {
      const isAddress = ["href", "src", "action", "formaction", "data", "xlink:href", "srcdoc"].includes(name);
      const runs = isAddress && /^[\\s\\u0000-\\u001f]*(javascript|vbscript|data:text|data:image.svg)/i.test(value);
      if (/^on|^hx-on|^data-hx-on/.test(name) || name === "style" || name === "srcdoc" || runs) bad.push(`${one.tagName} ${name}=${value}`.slice(0, 120));
    }
    if (/^(iframe|object|embed|marquee|base|math|style)$/i.test(one.tagName) || (one.tagName === "SCRIPT" && !one.src)) bad.push(one.outerHTML.slice(0, 120));
  }
  return bad;
}"""
"""What of a page could run, though none of ours is written so."""


def test_two_hundred_vectors_run_nowhere(server: Server, person: NewPerson) -> None:
    """Scripts in names, labels of tags and views, file names and Markdown are texts in lists, calendars, charts, boards, forms,
    histories, search and palette: no element, attribute or address of theirs comes alive."""
    tried = vectors()
    assert len(tried) >= 200
    with server.runtime.work(SYSTEM, "cli", write=True) as work:
        for n, text in enumerate(tried):
            create_record(
                work,
                "campaign",
                {
                    "code": f"ZV{n:03}",
                    "name": " ".join(text.split()),
                    "starts_on": "2026-11-10",
                    "ends_on": "2026-11-20",
                },
            )
        everything = "\n\n".join(tried)
        party = create_record(
            work,
            "party",
            {
                "kind": "organisation",
                "name": tried[0] + tried[9],
                "description": everything,
                "tags": [" ".join(t.replace(",", "").split())[:50] for t in tried[::10]],
            },
        )["id"]
        user = accounts.user_by_email(work, ADMIN)
        for text in tried[::25]:
            create_record(
                work,
                "saved_view",
                {
                    "name": " ".join(text.split())[:60],
                    "of": "campaign",
                    "base": "all_campaign",
                    "query": "",
                    "audience": "everybody",
                    "owner": user,
                },
            )
    ben = person()
    pages = [
        "/e/campaign?q=ZV&group=kind&open=none",
        "/e/campaign?q=ZV",
        "/e/campaign?q=ZV1&cols=name,code",
        "/e/campaign?view=campaign_calendar&on=2026-11-10",
    ]
    pages += [
        "/e/campaign?view=campaign_timeline&on=2026-11-10&q=ZV",
        "/e/campaign?view=campaign_chart",
        f"/e/party/{party}",
        f"/e/party/{party}/edit",
        f"/e/party/{party}?tab=history",
    ]
    pages += [
        "/e/campaign/list/columns",
        "/e/campaign/list/view",
        "/search?q=window.hit",
        "/palette/hits?q=window.hit",
        "/lookup/campaign/parent?q=ZV",
        "/",
    ]
    for path in pages:
        ben.tab.goto(server.base + path)
        assert ben.tab.evaluate(ALIVE) == [], path
    ben.go("/e/campaign?q=ZV009")
    assert tried[9] in ben.text()  # they are there, as texts
    with server.runtime.work(SYSTEM, "cli", write=True) as work:
        for one in work.reader.find("saved_view", "record.of == 'campaign'", limit=100):
            delete_record(work, "saved_view", str(one["id"]))


def picture() -> bytes:
    """The smallest picture."""
    head, tail = (
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489",
        "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082",
    )
    return bytes.fromhex(head + tail)


def test_an_import_report_runs_nothing(person: NewPerson, data_dir: Path, tmp_path: Path) -> None:
    """Names of files and values of rows in the report of an import stay texts."""
    folder = data_dir / "parties_customers_suppliers" / "northwind"
    files = [{"name": f.name, "mimeType": "text/csv", "buffer": f.read_bytes()} for f in sorted(folder.glob("*.csv"))]
    for one in files:
        if one["name"] == "suppliers.csv":
            one["buffer"] = one["buffer"].replace(b"Exotic Liquids", EVIL.replace('"', "").encode())  # type: ignore[attr-defined]
    files.append({"name": "<img src=x onerror=hit>.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
    ben = person()
    ben.go("/import")
    ben.tab.select_option("#f-of", "m:northwind")
    ben.tab.set_input_files("#f-file", files)
    for step in ("file", "mapping", "check"):
        ben.tab.click("#save")
        ben.tab.wait_for_url(f"**/{step}*")
        harmless(ben, step)
    ben.tab.wait_for_selector(".stat, .summary", timeout=90_000)
    harmless(ben, "check of an import")


def test_a_post_without_the_token_is_refused(server: Server) -> None:
    """A form without the session's token, or with that of another, changes nothing; so does one that another site sent."""
    secret, other = server.session(), server.session("mei@brightwater.example")
    from xrm_core.web.guards import csrf_token

    id = server.make("campaign", code="ZCSRF", name="Zz csrf")
    cookie = f"xrm_session={secret}"
    for path in (
        f"/e/campaign/{id}/delete",
        f"/e/campaign/{id}/edit",
        "/e/campaign/new",
        "/sign-out",
        "/e/campaign/bulk/delete",
    ):
        for token in ("", "x", csrf_token(other), "ü" * 64):
            status, _, _ = ask(server, "POST", path, form(_csrf=token, selected=id), Cookie=cookie, Content_Type=FORM)
            assert status == 403, (path, token)
    good = form(_csrf=csrf_token(secret))
    for header in (
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://evil.example"},
    ):
        status, _, _ = ask(server, "POST", f"/e/campaign/{id}/delete", good, Cookie=cookie, Content_Type=FORM, **header)
        assert status == 403, header
    assert server.one("campaign", f"record.id == '{id}'")["deleted_at"] is None


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie:a=b", "/\r\nX: y"]
)  # fmt: skip
def test_preferences_lead_only_back_to_us(server: Server, target: str) -> None:
    """After choosing a theme one lands on an address of ours, whatever the form said."""
    status, headers, _ = ask(server, "POST", "/preferences", form(theme="dark", next=target), Content_Type=FORM)
    assert status == 303
    landing = headers["location"]
    assert landing == "/" or (landing.startswith("/%0d") and "\n" not in landing)
    assert "evil" not in landing


def test_files_come_as_downloads(server: Server) -> None:
    """What is no picture is a download of no type, in a sandbox; nobody without a session gets it; a forged name breaks no header."""
    from xrm_core.metamodel.values import SYSTEM
    from xrm_core.services import files

    with server.runtime.work(SYSTEM, "cli", write=True) as work:
        page = files.keep(work, 'a"b\r\nX: 1.html', "text/html", b"<script>alert(1)</script>", "contract", "file")
        shown = files.keep(work, "a.png", "image/png", picture(), "party", "image")
    cookie = f"xrm_session={server.session()}"
    status, headers, body = ask(server, "GET", f"/file/{page}", Cookie=cookie)
    assert (status, headers["content-type"].split(";")[0], body) == (
        200,
        "application/octet-stream",
        b"<script>alert(1)</script>",
    )
    assert headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "x" not in headers
    status, headers, _ = ask(server, "GET", f"/file/{shown}", Cookie=cookie)
    assert (headers["content-type"], "sandbox" in headers["content-security-policy"]) == ("image/png", True)
    assert ask(server, "GET", f"/file/{page}")[0] == 303


def test_an_unknown_host_gets_nothing(server: Server) -> None:
    """Only the configured names are answered, whatever the header says."""
    for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:80", ""):
        status, _, body = ask(server, "GET", "/sign-in", Host=host)
        assert (status, b"Sign in" in body) == (400, False), host


def test_every_page_carries_the_policy(server: Server) -> None:
    """The strict policy and its company stand on pages, errors, redirects and refusals alike."""
    cookie = f"xrm_session={server.session()}"
    for method, path in (
        ("GET", "/"),
        ("GET", "/nowhere"),
        ("GET", "/e/nothing"),
        ("PUT", "/e/party"),
        ("POST", "/e/party/new"),
        ("GET", "/sign-in"),
    ):
        _, headers, _ = ask(server, method, path, Cookie=cookie)
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'"), path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
