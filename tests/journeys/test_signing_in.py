"""Signing in and out."""

from __future__ import annotations

from .conftest import NewPerson, Server


def test_a_link_signs_in_once(server: Server, person: NewPerson) -> None:
    """The link asks before it signs in, signs in, and is worthless the second time."""
    link = server.link()
    ben = person(signed_in=False)
    ben.tab.goto(link)
    assert "as \u2068a…@brightwater.example\u2069. It works once" in ben.text()
    ben.tab.click("#save")
    ben.tab.wait_for_url(server.base + "/")
    assert "Welcome" in ben.text("h1")
    thief = person(signed_in=False)
    thief.tab.goto(link)
    assert "does not work" in thief.text("h1")
    thief.go("/e/party")
    assert thief.path() == "/sign-in"


def test_signing_out_ends_the_session(server: Server, person: NewPerson) -> None:
    """After signing out the same cookie opens nothing."""
    ben = person()
    ben.go("/")
    ben.tab.click("header .menu >> nth=-1 >> summary")
    ben.tab.click("text=Sign out")
    ben.tab.wait_for_url("**/sign-in")
    ben.go("/e/donation")
    assert ben.path() == "/sign-in"


def test_without_a_session_every_page_leads_to_the_sign_in(server: Server, person: NewPerson) -> None:
    """Nobody who is not signed in sees more than the sign-in page and the bare error page."""
    nobody = person(signed_in=False)
    for path in (
        "/",
        "/e/party",
        "/e/party/new",
        "/search?q=a",
        "/jobs",
        "/import",
        "/design",
        "/file/x",
        "/lookup/donation/donor",
    ):
        nobody.go(path)
        assert nobody.path() == "/sign-in", path
    answer = nobody.go("/nowhere")
    assert answer.status == 404
    assert nobody.tab.locator("nav").count() == 0
