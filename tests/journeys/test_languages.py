"""A day's work in another language: Arabic from the right, on a desk and on a phone; German; before sign-in and after."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from .conftest import NewPerson, Server

AMAL = "amal@brightwater.example"


def fits(tab: Any) -> bool:
    """Nothing scrolls sideways."""
    return bool(tab.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def reads(tab: Any) -> tuple[str, str]:
    """Language and direction of the page."""
    return tuple(tab.evaluate("[document.documentElement.lang, document.documentElement.dir]"))


def test_from_sign_in_to_done_in_arabic(server: Server, person: NewPerson) -> None:
    """Somebody chooses Arabic before signing in, keeps it in the account, is told in Arabic what is wrong in a form, makes a
    person, and finds her in the list; the pages run from the right, and fit on a phone too."""
    server.make("user", name="Amal Rahman", email=AMAL, roles=["admin"])
    one = person(signed_in=False)
    tab = one.tab
    one.go("/sign-in")
    tab.click("#language-ar")
    tab.wait_for_selector("html[dir=rtl]")
    assert tab.locator("h1").inner_text() == "تسجيل الدخول"
    tab.goto(server.link(AMAL))
    tab.locator("form button").first.click()
    tab.wait_for_selector("header.top")
    tab.locator("header.top details.menu > summary").last.click()
    tab.click("#language-ar")
    tab.wait_for_selector("html[dir=rtl] header.top")
    assert reads(tab) == ("ar", "rtl")
    assert "أهلًا، Amal Rahman" in one.text()
    menu, page = tab.locator("#menu").bounding_box(), tab.locator("#main").bounding_box()
    assert menu["x"] > page["x"]
    one.go("/e/party/new")
    tab.select_option("#f-kind", "person")
    tab.locator("#save").click()
    tab.wait_for_selector("[role=alert]")
    assert "الاسم ناقص." in one.text("[role=alert]")
    assert fits(tab)
    tab.fill("[name$=_given]", "ليلى")
    tab.fill("[name$=_family]", "الأحمد")
    tab.locator("#save").click()
    tab.wait_for_selector(".toast")
    assert "أُضيف" in one.toast()
    one.go("/e/party?q=" + "ليلى")
    assert "ليلى الأحمد" in one.text()
    assert fits(tab)
    for path in ("/", "/e/donation", "/e/party/new", "/dashboards"):
        tab.set_viewport_size({"width": 390, "height": 820})
        one.go(path)
        assert reads(tab) == ("ar", "rtl")
        assert fits(tab), path


def test_german_for_whom_the_browser_asks(server: Server) -> None:
    """Before sign-in a page speaks what the browser asks for; the API answers in it, under the same codes."""

    def ask(path: str, language: str) -> Any:
        request = urllib.request.Request(server.base + path, headers={"Accept-Language": language})
        try:
            return urllib.request.urlopen(request, timeout=10).read().decode()
        except urllib.error.HTTPError as refused:
            return json.loads(refused.read())

    assert "<h1>Anmelden</h1>" in ask("/sign-in", "de-AT,de;q=0.9,en;q=0.5")
    assert "<h1>Sign in</h1>" in ask("/sign-in", "fr")
    told = {tag: ask("/api/v1/party", tag) for tag in ("en", "de", "ar")}
    assert {one["code"] for one in told.values()} == {"sign_in"}
    assert told["de"]["title"] == "Anmeldung nötig"
    assert len({one["detail"] for one in told.values()}) == 3


def test_labels_of_the_menu_are_not_cut(server: Server, person: NewPerson) -> None:
    """In German and Arabic, on a desk, on a phone and at 200 %: a long label takes a second line."""
    server.make("user", name="Lea Lang", email="lea@brightwater.example", roles=["admin"])
    one = person("lea@brightwater.example")
    tab = one.tab
    for language in ("de", "ar"):
        one.go("/account")
        tab.evaluate(
            """async language => { const token = document.querySelector("[name=_csrf]").value;
            await fetch("/language", {method: "POST", body: new URLSearchParams({_csrf: token, language, next: "/"})}) }""",
            language,
        )
        for width in (1366, 683, 390):
            tab.set_viewport_size({"width": width, "height": 900})
            one.go("/e/donor")
            tab.evaluate("document.querySelectorAll('.side-fold').forEach(one => one.open = true)")
            if width < 1000:
                tab.locator("header.top button:visible").first.click()
                tab.locator("#menu a:visible").first.wait_for()
            cut = tab.evaluate(
                """[...document.querySelectorAll("#menu .cut")].filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent)"""
            )
            assert not cut, (language, width)
            assert fits(tab), (language, width)
