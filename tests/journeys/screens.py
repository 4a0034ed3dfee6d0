"""The screens that people see, each by its address and by what opens it: what tests of the look walk through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .conftest import Person, Server

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

    def open(self, one: Person) -> None:
        """Go there and do it."""
        one.go(self.path)
        if self.act:
            self.act(one.tab)


def clicks(*selectors: str, then: str) -> Callable[[Any], None]:
    """Click one after the other, then wait for something."""

    def act(tab: Any) -> None:
        for selector in selectors:
            tab.locator(selector).first.click()
        tab.locator(then).first.wait_for()

    return act


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
    """All of them, but those of an import, which follow one another (`steps_of_an_import`)."""
    ids = {e: server.one(e)["id"] for e in ("donation", "order", "donor", "campaign")}
    pumps = server.one("party", "record.name == 'Nordsee Pumpen GmbH'")["id"]
    gift = server.one("donation", "record.status == 'pledged'")["id"]
    long = server.make("party", kind="organisation", name=LONG, description=LONG)
    sheet = "#sheet #sheet-title"
    few = "/e/campaign"
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
        Screen("party", f"/e/party/{pumps}"),
        Screen("party as a donor", f"/e/party/{pumps}?in=donor"),
        Screen("connections", f"/e/party/{pumps}?show=network&depth=3"),
        Screen("notifications", "/notifications"),
        Screen("record", f"/e/donation/{ids['donation']}"),
        Screen("related lists", f"/e/donor/{ids['donor']}?tab=1"),
        Screen("history", f"/e/party/{pumps}?tab=history"),
        Screen("new form", "/e/party/new"),
        Screen("form with rows", f"/e/order/{ids['order']}/edit"),
        Screen("form with faults", "/e/donation/new", clicks("#save", then="[role=alert]")),
        Screen("transition", f"/e/donation/{gift}/do/receive"),
        Screen("dialog", f"/e/campaign/{ids['campaign']}", clicks("main .actions .menu > summary", then="main .menu-item"), "#main"),
        Screen("search", "/search?q=pump"),
        Screen("palette", few, palette, "#palette"),
        Screen("keys", few, keys, "#shortcuts"),
        Screen("jobs", "/jobs"),
        Screen("bin", "/e/donation/bin"),
        Screen("account", "/account"),
        Screen("token", "/account/tokens/new"),
        Screen("access map", "/access/map?who=finance"),
        Screen("access explained", "/access/explain"),
        Screen("access log", "/access/log"),
        Screen("nothing there", "/nowhere"),
        Screen("forgotten", "/sign-in/forgotten"),
    ]  # fmt: skip


TABLE = b"Name,Kind,City\nZz Screen One,organisation,Bonn\n,nonsense,Essen\nZz Screen Two,organisation,Kiel\n"


def steps_of_an_import(one: Person) -> Iterator[str]:
    """Walk through an import; the name of each page that comes."""
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
