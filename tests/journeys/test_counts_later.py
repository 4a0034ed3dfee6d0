"""A list whose number of records takes longer than its page: the page comes first, the number follows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services.lists import count_records

from .conftest import NewPerson, Server
from .test_early import slow

LATER = re.compile(r"counted=yes")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_the_number_follows_the_page(server: Server, person: NewPerson, scripts: bool) -> None:
    """The records can be read before they are counted; who has no scripts asks for the number."""
    with server.runtime.work(SYSTEM, "cli") as work:
        view = work.catalog.views["receipts_to_issue"]
        all = count_records(work, Query("donation", ("id",), view.filter))
    assert all > 50
    ben: Any = person(scripts=scripts)
    tab = ben.tab
    held = slow(tab, "counted=yes") if scripts else None
    ben.go("/e/donation?view=receipts_to_issue")
    expect(tab.locator("table.list tbody tr")).to_have_count(50)
    expect(tab.locator(".pager bdi")).to_have_text("1–50")
    title = tab.title()
    if held is None:
        tab.click("#count a")
        tab.wait_for_url(LATER)
        expect(tab.locator(".pager bdi")).to_have_text(re.compile(rf"1–50 of {all}"))
    else:
        held.let()
    expect(tab.locator("#count")).to_have_text(str(all))
    expect(tab.locator("#count a")).to_have_count(0)
    assert tab.title() == title


def test_a_number_that_comes_too_late_is_not_shown(person: NewPerson) -> None:
    """Who filters meanwhile sees the number of what is shown now."""
    ben: Any = person()
    tab = ben.tab
    held = slow(tab, r"view=receipts_to_issue&counted=yes$")
    ben.go("/e/donation?view=receipts_to_issue")
    held.wait()
    tab.fill("input[type=search][name=q]", "zzqx")
    expect(tab.locator(".empty")).to_be_visible()
    expect(tab.locator("#count")).to_have_text("0")
    held.let()
    tab.wait_for_timeout(500)
    expect(tab.locator("#count")).to_have_text("0")
