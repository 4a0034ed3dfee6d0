"""Two records that are one and the same: seen beside each other, made one by keys alone, without scripts too, and taken back."""

from __future__ import annotations

from secrets import token_hex

import pytest

from .conftest import NewPerson, Server

SENTENCE = "Merge two records"


def pair(server: Server) -> tuple[str, str, str]:
    """Two parties of this run: the one that stays, the other, and what both are called."""
    name = f"Zzq {token_hex(3)}"
    first = server.make("party", kind="organisation", name=f"{name} One", country="BE")
    second = server.make(
        "party", kind="organisation", name=f"{name} Two", country="NL", website="https://two.example",
        contact_points=[{"kind": "email", "value": f"{token_hex(4)}@two.example"}],
    )  # fmt: skip
    return first, second, name


def test_two_ticked_records_are_made_one_by_keys(server: Server, person: NewPerson) -> None:
    """From a list with two ticked to the page of both; arrows choose, Enter merges, Z takes it back; one alone is asked for the other."""
    first, second, name = pair(server)
    ben = person()
    tab = ben.tab
    ben.go(f"/e/party?q={name.replace(' ', '+')}&sort=name")
    tab.locator("#results .tick input[name=selected]").nth(0).check()
    tab.locator(".bulk button", has_text="Merge two").click()
    tab.wait_for_selector("#toasts .toast:has-text('Tick the two records')")
    ben.go(f"/e/party?q={name.replace(' ', '+')}&sort=name")
    for place in (0, 1):
        tab.locator("#results .tick input[name=selected]").nth(place).check()
    tab.locator(".bulk button", has_text="Merge two").click()
    tab.wait_for_url(f"**/e/party/{second}/merge?into={first}")
    tab.wait_for_selector("html[data-js][data-later=here]", state="attached")
    assert ben.text("h1") == SENTENCE
    country = tab.get_by_role("radiogroup", name="Country")
    assert country.get_by_role("radio").count() == 2
    country.get_by_role("radio").first.focus()
    tab.keyboard.press("ArrowRight")
    assert country.get_by_role("radio").nth(1).is_checked()
    assert tab.get_by_role("radiogroup", name="Website").get_by_role("radio").nth(1).is_checked(), "filled before empty"
    assert "Contact points" in ben.text(".join-effect")
    tab.locator("#save").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**/e/party/{first}")
    assert ben.toast() == f"{name} Two was merged into {name} One"
    stays = server.one("party", f"record.id == '{first}'")
    assert (stays["name"], stays["country"], stays["website"]) == (f"{name} One", "NL", "https://two.example")
    tab.wait_for_selector("html[data-js][data-later=here]", state="attached")
    tab.keyboard.press("z")
    tab.wait_for_selector("#toasts .toast:has-text('Undone')")
    stays, other = (server.one("party", f"record.id == '{id}'") for id in (first, second))
    assert (stays["country"], stays["website"], other["status"], other["merged_into"]) == ("BE", None, "active", None)


@pytest.mark.parametrize("width", [390, 1366])
def test_without_scripts_the_other_is_kept(server: Server, person: NewPerson, width: int) -> None:
    """The step asks for the other record; both stand beside each other without scrolling sideways, on a phone too; the other one is kept
    by a link, all values are taken by a link, and the form alone does the rest."""
    first, second, name = pair(server)
    ben = person(scripts=False, width=width, dark=width < 500)
    tab = ben.tab
    ben.go(f"/e/party/{first}/do/merge")
    tab.fill("[name=merged_into__text]", f"{name} Two")
    tab.get_by_role("button", name="Compare the two").click()
    tab.wait_for_url(f"**/e/party/{first}/merge?into={second}")
    tab.click("#swap")
    tab.wait_for_url(f"**/e/party/{second}/merge?into={first}")
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sides = [tab.locator(".join-row label.join-value").nth(n).bounding_box() for n in (0, 1)]
    assert sides[0]["y"] == sides[1]["y"], "beside each other"
    assert sides[0]["height"] >= 34
    tab.click("#all-gone")
    tab.wait_for_url("**all=gone")
    assert tab.locator("label.join-value input[value=gone]:checked").count() == 3
    tab.click("#save")
    tab.wait_for_url(f"**/e/party/{first}")
    stays = server.one("party", f"record.id == '{first}'")
    assert (stays["name"], stays["country"]) == (f"{name} Two", "NL")
