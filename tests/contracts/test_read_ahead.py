"""Pages that ask a rule of many records read what it asks for at once, also behind links."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.cli.benching.pages import Counted
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.testing import temporary_organisation
from xrm_core.web.calendars import FOLDED, ROOM

FILES = {
    "entities/all.yaml": """
entity: team
title: "{name}"
fields:
  name: {type: text}
  lead: {type: link, to: user}
---
entity: guest
title: "{name}"
fields:
  name: {type: text}
  team: {type: link, to: team}
---
entity: meal
title: "{dish}"
fields:
  dish: {type: text}
  guest: {type: link, to: guest}
  about: {type: link, to: [guest, team]}
  state: {type: choice, values: {planned: Planned, served: Served}, default: planned}
  served_on: {type: date}
""",
    "access/all.yaml": """
role: waiter
label: Waiter
---
grants:
  - {role: waiter, entity: meal, verbs: [read]}
  - {role: waiter, entity: meal, verbs: [update], rows: "record.guest.team.lead == actor.id && record.about.name != 'no'"}
""",
    "views/all.yaml": """
views:
  - {view: days, entity: meal, kind: calendar, by: served_on, columns: [dish]}
  - {view: states, entity: meal, kind: board, by: state, card: [dish]}
""",
}


@pytest.mark.parametrize(("view", "mark"), [("days&on=2026-05-06", "data-id="), ("states", "data-id=")])
def test_what_rules_ask_behind_links_is_read_at_once(database_url: str, view: str, mark: str) -> None:
    """A calendar and a board of many records that the reader may move take no more statements than those of a few."""
    with temporary_organisation(metadata=FILES, url=database_url) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            user = records.create_record(
                work, "user", {"name": "Wanda", "email": "wanda@example.com", "roles": ["waiter"]}
            )
            session = accounts.begin_session(work, accounts.user_by_email(work, "wanda@example.com"))
        counted = Counted(runtime.database)
        client = TestClient(create_app(runtime), base_url="http://127.0.0.1", cookies={"xrm_session": session})
        taken = []
        for more in (2, 20):
            with runtime.work(SYSTEM, "cli", write=True) as work:
                for number in range(more):
                    team = records.create_record(work, "team", {"name": f"Team {number}", "lead": user["id"]})
                    guest = records.create_record(work, "guest", {"name": f"Guest {number}", "team": team["id"]})
                    about = ("guest", guest) if number % 2 else ("team", team)
                    meal = {"dish": f"Dish {number}", "guest": guest["id"], "served_on": "2026-05-06"}
                    records.create_record(work, "meal", {**meal, "about": about[1]["id"], "about_entity": about[0]})
            client.get(f"/e/meal?view={view}")
            counted.take()
            page = client.get(f"/e/meal?view={view}").text
            taken.append(counted.take())
        assert page.count("Dish ") >= 4
        assert mark in page
        assert taken[0] == taken[1]


def test_a_full_day_of_a_month_leads_on_to_the_day() -> None:
    """Few entries stand in the month, some more unfold, and the day has them all: a page does not grow with them."""
    with temporary_organisation(metadata=FILES) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            user = accounts.first_administrator(work, "A", "a@example.com")
            session = accounts.begin_session(work, user)
            for number in range(30):
                records.create_record(work, "meal", {"dish": f"Dish {number}", "served_on": "2026-05-06"})
        client = TestClient(create_app(runtime), base_url="http://127.0.0.1", cookies={"xrm_session": session})
        page = client.get("/e/meal?view=days&on=2026-05-06").text
        shown = ROOM["month"] + FOLDED
        assert page.count('class="entry-name"') == shown
        assert f"+{30 - ROOM['month']} more" in page
        (href,) = re.findall(rf'class="day-all" href="([^"]+)">\+{30 - shown} more', page)
        assert client.get(html.unescape(href)).text.count('class="entry-name"') == 30


def test_the_head_of_a_column_leads_to_the_list_that_waits() -> None:
    """With its columns, order and groups, narrowed to the column; from a board that one came to by itself, to the first list."""
    with temporary_organisation(metadata=FILES) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            session = accounts.begin_session(work, accounts.first_administrator(work, "A", "a@example.com"))
            records.create_record(work, "meal", {"dish": "Soup"})
        client = TestClient(create_app(runtime), base_url="http://127.0.0.1", cookies={"xrm_session": session})

        def led(address: str) -> dict[str, list[str]]:
            page = client.get(address).text
            (href,) = re.findall(r'href="([^"]+planned[^"]+)"[^>]*>\s*(?:<[^>]+>)*\s*Planned', page)
            assert client.get(html.unescape(href)).status_code == 200
            return parse_qs(urlsplit(html.unescape(href)).query)

        waiting = urlencode({"sort": "-dish", "group": "served_on", "cols": "dish"})
        found = led("/e/meal?" + urlencode({"view": "states", "list": waiting, "filter": "record.dish != 'x'"}))
        assert (found["sort"], found["group"], found["cols"]) == (["-dish"], ["served_on"], ["dish"])
        assert found["filter"] == ["record.dish != 'x'", "record.state == 'planned'"]
        assert led("/e/meal?view=states")["filter"] == ["record.state == 'planned'"]
