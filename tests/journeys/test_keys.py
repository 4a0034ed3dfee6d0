"""Main jobs by keys alone: each shortcut works where it says, and the focus is seen at every step."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from .conftest import NewPerson, Person, Server

SEEN = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at.id === "main") return "nowhere";
  const part = at.closest(".input-box, .day, label") ?? at;
  const rings = [at, part].flatMap((one) => ["", "::after", "::before"].map((kind) => getComputedStyle(one, kind || null)));
  if (!rings.some((css) => (css.outlineStyle !== "none" && parseFloat(css.outlineWidth) > 0) || css.boxShadow !== "none")) return "no ring: " + at.outerHTML.slice(0, 120);
  const box = part.getBoundingClientRect();
  if (box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth) return "out of sight: " + at.outerHTML.slice(0, 120);
  return "";
}"""


def seen(one: Person) -> None:
    """Has something the focus, and does it show that?"""
    fault = one.tab.evaluate(SEEN)
    assert fault == "", fault


def tabs_to(one: Person, selector: str, most: int) -> int:
    """Go on by Tab until an element has the focus; how many presses it took, each of which showed where one is."""
    for n in range(most):
        if one.tab.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return n
        one.tab.keyboard.press("Tab")
        seen(one)
    assert one.tab.evaluate("(selector) => document.activeElement.matches(selector)", selector), (
        f"{selector} is more than {most} presses away"
    )
    return most


def ready(one: Person) -> Any:
    """The tab, when the scripts of its page are there."""
    one.tab.wait_for_selector("html[data-js][data-later=here]", state="attached")
    return one.tab


def test_each_shortcut_of_the_sheet_works_where_it_says(server: Server, person: NewPerson) -> None:
    """What stands under `?` is tried: on a list, on a record, in a form; and every place behind `g`."""
    for n in range(4):
        server.make("campaign", code=f"ZKEY{n}", name=f"Zz key {n}")
    ben = person()
    tab = ben.tab
    ben.go("/e/campaign")
    tab.keyboard.press("?")
    expect(tab.locator("#shortcuts")).to_be_visible()
    known = tab.locator("#shortcuts [data-shortcut]").evaluate_all(
        "all => all.map((one) => [one.dataset.shortcut, one.dataset.keys, one.dataset.href ?? ''])"
    )
    tab.keyboard.press("Escape")
    expect(tab.locator("#shortcuts")).to_be_hidden()
    tried = {"help", "close"}

    def press(name: str) -> None:
        """The keys of a shortcut as the sheet names them."""
        for keys in next(keys for one, keys, _href in known if one == name).split(" "):
            tab.keyboard.press(keys)
        tried.add(name)

    press("search")
    expect(tab.locator("#list-q")).to_be_focused()
    seen(ben)
    tab.keyboard.press("Escape")
    ben.go("/e/campaign")
    press("next")
    press("next")
    press("previous")
    seen(ben)
    first = tab.evaluate("document.activeElement.href")
    press("select")
    press("next")
    press("next")
    press("select_range")
    assert tab.locator("input[name=selected]:checked").count() == 3
    press("filter")
    tab.locator("dialog[open]").wait_for()
    seen(ben)
    tab.keyboard.press("Escape")
    tab.locator("dialog[open]").wait_for(state="detached")
    for page in ("/e/donor", "/e/donor?view=donor_board", "/e/campaign"):
        ben.go(page)
        if page != "/e/campaign":
            press("views")
            assert tab.evaluate("Boolean(document.activeElement.closest('#views'))"), page
            seen(ben)
            press("next")
            assert "row-link" in tab.evaluate("document.activeElement.className"), page
            seen(ben)
    press("palette")
    tab.locator("#palette[open]").wait_for()
    tab.keyboard.press("Escape")
    press("next")
    press("open")
    tab.wait_for_url(first)
    ready(ben)
    press("next_record")
    tab.wait_for_url(lambda url: "/e/campaign/" in url and url.split("?")[0] != first.split("?")[0])
    ready(ben)
    press("previous_record")
    tab.wait_for_url(lambda url: url.split("?")[0] == first.split("?")[0])
    ready(ben)
    press("edit")
    tab.wait_for_url("**/edit*")
    ready(ben)
    assert tabs_to(ben, "#f-name", 3) <= 2  # the form begins at its first field
    tab.keyboard.press("End")
    tab.keyboard.type(" changed")
    press("save")
    tab.wait_for_url(lambda url: "/edit" not in url)
    ready(ben)
    press("undo")
    tab.locator("#toasts .toast", has_text="Undone").wait_for()
    ready(ben)
    ben.go("/e/campaign")
    press("create")
    tab.wait_for_url("**/e/campaign/new")
    ready(ben)
    tab.fill("#f-code", "ZKEYNEW")
    tab.fill("#f-name", "Zz key new")
    press("save_close")
    tab.wait_for_url(lambda url: "/e/campaign/" in url and not url.endswith("/new"))
    for name, _keys, href in known:
        if name.startswith("go-"):
            ben.go("/account")
            press(name)
            tab.wait_for_url(f"**{href}")
            ready(ben)
    left = {name for name, _keys, _href in known} - tried
    assert left == {f"choice_{n}" for n in range(1, 6)}, left  # those of the inbox have a journey of their own


def test_a_gift_is_recorded_by_keys(server: Server, person: NewPerson) -> None:
    """The donor is found by the palette, the gift begun from his page, and saved; nothing needs many presses of Tab."""
    ben = person()
    tab = ben.tab
    ben.go("/")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("nordsee pumpen")
    tab.locator("#palette [aria-selected=true]").filter(has_text="Nordsee Pumpen").wait_for()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/e/**")
    ready(ben)
    tab.keyboard.press("Control+k")
    tab.keyboard.type("+donation")
    tab.locator("#palette [aria-selected=true]").filter(has_text="onation").wait_for()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/e/donation/new*")
    ready(ben)
    assert tabs_to(ben, "#f-donor", 3) <= 1  # the form begins at its first field
    tab.keyboard.type("nordsee")
    tab.locator("#f-donor-options [aria-selected=true]").wait_for()
    tab.keyboard.press("Enter")
    expect(tab.locator("#f-donor")).to_have_value("Nordsee Pumpen GmbH")
    steps = tabs_to(ben, "#f-amount", 12)
    tab.keyboard.type("25")
    tab.keyboard.press("Control+s")
    tab.wait_for_url(lambda url: "/e/donation/" in url and "/new" not in url)
    assert "25.00" in ben.text()
    assert steps <= 6
