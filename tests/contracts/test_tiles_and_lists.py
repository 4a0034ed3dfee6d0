"""Every tile of every dashboard against the list that it opens: as many records, whoever looks, and for each bar as well."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts
from xrm_core.services.figures import number_of
from xrm_core.services.runtime import Runtime
from xrm_core.services.sight import is_open
from xrm_core.web.tiles import Choice, draw_tile, question_of

PEOPLE = ("", "ben@brightwater.example")
"""Somebody with every right, and a reader who sees a part."""
BARS = 4
"""Bars of a chart that are opened."""


def counted(client: TestClient[Any], href: str) -> int:
    """How many records the list at an address says that it has."""
    for address in (href, f"{href}{'&' if '?' in href else '?'}counted=yes"):
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        found = re.search(r'(?s)id="count">(.*?)</span>', answer.text)
        assert found is not None, address
        said = re.sub(r"<[^>]+>|[^0-9]", "", html.unescape(re.sub(r"<[^>]+>", "", found[1])))
        if said:
            return int(said)
    raise AssertionError(f"{href} says no number")


@pytest.mark.parametrize("email", PEOPLE)
def test_tiles_open_what_they_count(brightwater: Runtime, email: str) -> None:
    """Whatever a tile works out (an amount, a median, a share), the list behind it has the records that it is worked out of."""
    with brightwater.work(SYSTEM, "cli", write=True) as work:
        user = (
            accounts.user_by_email(work, email) if email else accounts.first_administrator(work, "A", "a@example.com")
        )
        session = accounts.begin_session(work, user)
        actor = accounts.actor_by_id(work, user)
    client = TestClient(create_app(brightwater, worker=False, watch=False), base_url="http://127.0.0.1")
    client.cookies.set("xrm_session", session)
    opened: list[tuple[str, int]] = []
    for dashboard in brightwater.catalog.dashboards.values():
        choice = Choice(period=dashboard.period)
        for tile in dashboard.tiles.values():
            if tile.kind == "text":
                continue
            with brightwater.work(actor, "web") as work:
                if not is_open(work, tile.entity):
                    continue
                plain = replace(tile, compute="count", value=None, goal=None) if tile.kind != "list" else tile
                panel = draw_tile(work, dashboard, plain, choice)
                if panel.state != "shown":
                    continue
                asked, _own = question_of(work, plain, choice)
                total = number_of(work, asked) if tile.kind == "number" else None
            place = f"{dashboard.name}.{tile.name}"
            if total is not None and panel.href:
                opened.append((place, int(total)))
                assert counted(client, panel.href) == total, place
            for point in panel.chart.points[:BARS] if panel.chart is not None else ():
                if point.href:
                    opened.append((f"{place}: {point.label}", int(point.value)))
                    assert counted(client, point.href) == point.value, (place, point.label, point.href)
    assert len({place.partition(":")[0] for place, _n in opened}) >= 8
    assert sum(n > 0 for _place, n in opened) >= 12
