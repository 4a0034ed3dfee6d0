"""The screens that people see, each by its address and by what opens it: what tests of the look walk through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import accounts, exportjobs, severaljobs
from xrm_core.services.records import create_record
from xrm_core.services.several import Act
from xrm_core.services.signing import mails
from xrm_core.services.signing.secrets import hash_of, new_secret
from xrm_core.storage.factors import add_factor
from xrm_core.storage.signing import add_pending

from .conftest import ADMIN, Person, Server

LONG = "Gesellschaft-zur-Pflege-ungewöhnlich-langer-Namen-" * 4 + " e. V. in Sankt Blasien"
"""A name that no line holds; it stands on the pages of its record, and on the start page of who opened it."""


@dataclass(frozen=True)
class Screen:
    """A page, and what is done on it before it is looked at."""

    name: str
    path: str
    act: Callable[[Any], None] | None = None
    part: str = ""
    """What of the page is looked at, where the rest has its own screen."""
    outside: bool = False
    """Is it looked at by somebody who is not signed in?"""
    reaches: str = ""
    """The page that it is about, where what is done leads to another."""
    status: int = 200

    def open(self, one: Person) -> None:
        """Go there and do it."""
        one.go(self.path)
        self.do(one)

    def do(self, one: Person) -> None:
        """What is done there."""
        if self.act:
            self.act(one.tab)


def clicks(*selectors: str, then: str) -> Callable[[Any], None]:
    """Click one after the other, then wait for something."""

    def act(tab: Any) -> None:
        for selector in selectors:
            tab.locator(selector).first.click()
        tab.locator(then).first.wait_for()

    return act


def there(selector: str) -> Callable[[Any], None]:
    """Wait for something."""
    return lambda tab: tab.locator(selector).first.wait_for(timeout=60_000)


def in_the_background(server: Server) -> tuple[str, str]:
    """An export and an act on several records that the administrator asked for; their ids."""
    with server.runtime.work(SYSTEM, "cli") as work:
        actor = accounts.actor_by_id(work, accounts.user_by_email(work, ADMIN))
    with server.runtime.work(actor, "web", write=True) as work:
        ids = [str(row["id"]) for row in work.reader.find("campaign", "true", limit=3)]
        export = exportjobs.queue_export(work, Query("campaign", ("id", "name")), "csv", len(ids))
        change = Act("edit", {"name": ""})  # refused: each has its reason
        return export, severaljobs.queue(work, "campaign", ids, change, "Edit 3 campaigns", "/e/campaign")


def letters(server: Server) -> tuple[str, str]:
    """A template, and the secret by which somebody leaves a mailing."""
    owner = server.one("user", f"record.email == '{ADMIN}'")["id"]
    text = {"subject": "The well, {{ party.name }}", "body": "{{ party.salutation }},\n\nit gives water.\n"}
    template = server.make("template", code="zz_wells", name="Zz Wells", purpose="fundraising", owner=owner, **text)
    persons = {"of": "party", "query": "filter=record.kind+%3D%3D+%27person%27", "audience": "everybody"}
    segment = server.make("saved_view", name="Zz Persons", owner=owner, **persons)
    box = {"address": "zz@brightwater.example", "account": "zz", "owner": owner}
    mailbox = server.make("mailbox", name="Zz Friends", **box)
    mailing = server.make("mailing", name="Zz Wells", template=template, segment=segment, owner=owner)
    party = server.one("party", "record.kind == 'person'")["id"]
    with server.runtime.work(SYSTEM, "sample", write=True) as work:
        one = {"mailing": mailing, "party": party, "address": "helga@example.org"}
        recipient = create_record(work, "mailing_recipient", one)["id"]
        mail = {
            "direction": "in",
            "channel": "email",
            "status": "triage",
            "mail_from": "h.brandt@example.org",
            "mailbox": mailbox,
        }
        create_record(
            work, "communication", {**mail, "at": work.now, "subject": "Where is my receipt?", "owner": owner}
        )
        return template, work.reader.sign(f"unsubscribe:{recipient}").removeprefix("unsubscribe:")


def tick(tab: Any) -> None:
    """Tick rows of a list and ask for a change of them."""
    for row in (0, 1, 2):
        tab.locator("table.list tbody input[name=selected]").nth(row).check()
    tab.locator("#bulk button").first.click()
    tab.wait_for_selector("#sheet #sheet-title")


def palette(tab: Any) -> None:
    """The palette with hits."""
    tab.keyboard.press("Control+k")
    tab.keyboard.type("nordsee")
    tab.wait_for_selector("#palette-list [data-hits] [role=option]")


def keys(tab: Any) -> None:
    """The sheet of shortcuts."""
    tab.keyboard.press("?")
    tab.wait_for_selector("#shortcuts[open]")


def screens(server: Server) -> list[Screen]:
    """All of them, but those of an import, which follow one another (`steps_of_an_import`). What they show is made once for a server."""
    if server not in MADE:
        MADE[server] = _screens(server)
    return MADE[server]


def _screens(server: Server) -> list[Screen]:
    ids = {e: server.one(e)["id"] for e in ("donation", "order", "donor", "campaign")}
    pumps = server.one("party", "record.name == 'Nordsee Pumpen GmbH'")["id"]
    gift = server.one("donation", "record.status == 'pledged'")["id"]
    long = server.make("party", kind="organisation", name=LONG, description=LONG)
    sheet = "#sheet #sheet-title"
    few = "/e/campaign"
    export, act = in_the_background(server)
    template, leave = letters(server)
    return [
        Screen("long name", f"/e/party/{long}"),
        Screen("form with a long name", f"/e/party/{long}/edit"),
        Screen("start", "/"),
        Screen("list", few),
        Screen("filtered list", "/e/donation?filter=record.status+%3D%3D+%27failed%27"),
        Screen("grouped list", f"{few}?group=kind"),
        Screen("empty list", "/e/donation?q=zzzzqqq"),
        Screen("filter", few, clicks("#add-filter", then=sheet), "#sheet"),
        Screen("columns", few, clicks("#tools a[href*='/list/columns']", then=sheet), "#sheet"),
        Screen("groups", few, clicks("#tools a[href*='/list/group']", then=sheet), "#sheet"),
        Screen("order", f"{few}/list/sort", part="#main"),
        Screen("saved view", f"{few}/list/view", part="#main"),
        Screen("bulk", few, tick, "#sheet"),
        Screen("board", "/e/opportunity?view=opportunity_board&q=pumps"),
        Screen("calendar", "/e/opportunity?view=opportunity_calendar"),
        Screen("timeline", "/e/contract?view=contract_timeline"),
        Screen("chart", "/e/opportunity?view=opportunity_chart"),
        Screen("dashboard", "/dashboards/fundraising?whole=1", clicks(".as-table summary", then="table")),
        Screen("arranging", "/dashboards/fundraising?arrange=1&whole=1"),
        Screen("tile form", "/tiles/new?dashboard=fundraising&entity=donation&kind=bar&filter=record.amount+%3E+10"),
        Screen("party", f"/e/party/{pumps}"),
        Screen("party as a donor", f"/e/party/{pumps}?in=donor"),
        Screen("connections", f"/e/party/{pumps}?show=network&depth=3"),
        Screen("notifications", "/notifications"),
        Screen("record", f"/e/donation/{ids['donation']}"),
        Screen("related lists", f"/e/donor/{ids['donor']}?tab=1"),
        Screen("history", f"/e/party/{pumps}?tab=history"),
        Screen("merge", f"/e/party/{long}/merge?into={pumps}"),
        Screen("new form", "/e/party/new"),
        Screen("form with rows", f"/e/order/{ids['order']}/edit"),
        Screen("form with faults", "/e/donation/new", clicks("#save", then="[role=alert]")),
        Screen("transition", f"/e/donation/{gift}/do/receive"),
        Screen("dialog", f"/e/campaign/{ids['campaign']}", clicks("main .actions .menu > summary", then="main .menu-item"), "#main"),
        Screen("search", "/search?q=pump"),
        Screen("palette", few, palette, "#palette"),
        Screen("keys", few, keys, "#shortcuts"),
        Screen("jobs", "/jobs"),
        Screen("export that is written", f"/exports/{export}", there("main a[href*='/file'], main .btn.primary")),
        Screen("bulk job", f"/several/{act}", there("#several:not([hx-get])")),
        Screen("bin", "/e/donation/bin"),
        Screen("likely duplicates", "/e/party/similar"),
        Screen("account", "/account"),
        Screen("token", "/account/tokens/new"),
        Screen("proof that it is you", "/account/confirm"),
        Screen("second factor", "/account/second-factor"),
        Screen("passkey", "/account/passkey"),
        Screen("password", "/account/password"),
        Screen("access map", "/access/map?role=finance"),
        Screen("access explained", "/access/explain"),
        Screen("access log", "/access/log"),
        Screen("note of a call", "/p/communications/log?line=call+Helga,+5+min,+asks+for+the+receipt"),
        Screen("preview of a template", f"/p/communications/preview/{template}"),
        Screen("own calendar", "/p/communications/my-calendar", clicks("#renew", then="#feed")),
        Screen("mail to be sorted", "/e/communication?view=mail_triage"),
        Screen("leaving a mailing", f"/p/communications/unsubscribe/{leave}"),
        Screen("nothing there", "/nowhere", status=404),
        *[Screen(f"components: {group}", f"/design?of={group}") for group in COMPONENTS],
        *desks(server),
        *door(server),
    ]  # fmt: skip


MADE: WeakKeyDictionary[Server, list[Screen]] = WeakKeyDictionary()
COMPONENTS = ("basics", "record", "forms", "lists", "desk")
"""What the page of components is cut into."""


def desks(server: Server) -> list[Screen]:
    """What an action asks, a tile by itself, and the pages of plugins for who decides and who measures."""
    undecided = server.one("request", "record.status == 'undecided'")["id"]
    donor, outcome, party = (server.one(entity)["id"] for entity in ("donor", "outcome", "party"))
    return [
        Screen("what an action asks", f"/e/party/{party}/run/write"),
        Screen("one tile", "/dashboards/fundraising/raised"),
        Screen("effort and outcomes", "/p/outcomes/effort"),
        Screen("without an outcome", "/p/outcomes/without"),
        Screen("health", f"/p/outcomes/health/donor/{donor}"),
        Screen("measure", f"/p/outcomes/measure/{outcome}"),
        Screen("inbox", "/p/requests/inbox"),
        Screen("request to decide", f"/p/requests/inbox/{undecided}"),
        Screen("week", "/p/requests/week"),
        Screen("order of work", "/p/requests/order"),
        Screen("place in the order", f"/p/requests/order/{undecided}"),
        Screen("ask for work", "/p/requests/ask"),
        Screen("ask for work of a kind", f"/p/requests/ask/{ASKED}"),
        Screen("who does it", f"/p/requests/send/{undecided}"),
        Screen("mail about requests", "/p/requests/mail"),
    ]


ASKED = "address_check"
"""A kind of request."""


def door(server: Server) -> list[Screen]:
    """Ways in, as they are for who stands outside: by a link to a second factor too, which a newcomer has."""
    email = "zz.newcomer@brightwater.example"
    new, invited = server.make("user", name="Zz Newcomer", email=email), new_secret()
    with server.runtime.work(SYSTEM, "cli", write=True) as work:
        add_pending(work.tx, hash_of(invited), mails.SET, new, {}, work.now, mails.LASTS["invite"])
        add_factor(work.tx, new, "totp", "Zz phone", "", work.now)
    by_link, to_code = (server.link(one).removeprefix(server.base) for one in (ADMIN, email))
    return [
        Screen("sign in", "/sign-in", outside=True),
        Screen("sign in by a link", by_link, outside=True),
        Screen("one more step", to_code, clicks("#save", then="#f-code"), outside=True, reaches="/sign-in/code"),
        Screen("forgotten", "/sign-in/forgotten", outside=True),
        Screen("first password", f"/sign-in/password/{invited}", outside=True),
        Screen("link that is over", "/sign-in/nothing", outside=True, status=403),
    ]


TABLE = b"Name,Kind,City\nZz Screen One,organisation,Bonn\n,nonsense,Essen\nZz Screen Two,organisation,Kiel\n"


def stay(route: Any) -> None:
    """Answer a page that asks how far its job is with nothing: it stays as it is while it is looked at, though the job ends."""
    if route.request.headers.get("hx-request"):
        route.fulfill(status=204)
    else:
        route.fallback()


STEPS = {
    "import": "/import",
    "file of an import": "/import/one/file",
    "mapping of an import": "/import/one/mapping",
    "check of an import": "/import/one/check",
    "run of an import": "/import/one/run",
    "report of an import": "/import/one/report",
}
"""Pages of an import by name, in order, each with an address like its own."""


def steps_of_an_import(one: Person) -> Iterator[str]:
    """Walk through an import; the name of each page that comes (`STEPS`)."""
    one.go("/import")
    yield "import"
    one.tab.set_input_files("#f-file", {"name": "screens.csv", "mimeType": "text/csv", "buffer": TABLE})
    one.tab.click("#save")
    one.tab.wait_for_url("**/file*")
    one.tab.select_option("#f-of", "e:party")
    yield "file of an import"
    for step in ("mapping", "check"):
        one.tab.click("#save")
        one.tab.wait_for_url(f"**/{step}*")
        if step == "check":
            one.tab.wait_for_selector(".stat, .summary", timeout=90_000)
        yield f"{step} of an import"
    one.tab.route("**/run", stay)
    one.tab.click("#save")
    one.tab.wait_for_selector("[role=progressbar], progress, #report")
    yield "run of an import"
    one.tab.unroute("**/run", stay)
    one.tab.wait_for_selector("#report", timeout=90_000)
    yield "report of an import"
