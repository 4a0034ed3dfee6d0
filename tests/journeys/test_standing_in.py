"""Standing in for a colleague who is away: from the menu behind one's name, and back."""

from __future__ import annotations

from .conftest import NewPerson, Server

INES, BEN = "ines@brightwater.example", "ben@brightwater.example"
MENU = "header .menu >> nth=-1 >> summary"


def test_ines_acts_for_ben(server: Server, person: NewPerson) -> None:
    """She changes what only he may, every page says in whose place she acts, the history names both; then she is herself again."""
    donor = server.one("donor", f"record.owner.email == '{BEN}' && record.department.code == 'major_gifts'")["id"]
    ines = person(INES)
    assert ines.go(f"/e/donor/{donor}").status == 404
    ines.go("/")
    ines.tab.click(MENU)
    ines.tab.click("text=Act for Ben Okafor")
    ines.tab.wait_for_selector("text=You act in the place of Ben Okafor")
    ines.go(f"/e/donor/{donor}/edit")
    ines.tab.fill("[name=next_step]", "Call about the well")
    ines.tab.keyboard.press("Control+s")
    ines.tab.wait_for_url(f"**/e/donor/{donor}")
    ines.go(f"/e/donor/{donor}?tab=history")
    assert "Inês Duarte for Ben Okafor" in ines.text()
    assert "You act in the place of Ben Okafor" in ines.text()
    ines.tab.click("main >> text=Act as yourself again")
    ines.tab.wait_for_selector("text=Welcome, Inês Duarte")
    assert "in the place of" not in ines.text()
    assert ines.go(f"/e/donor/{donor}").status == 404


def test_a_deputy_is_named_before_a_holiday(server: Server, person: NewPerson) -> None:
    """Lena names Samir on her own page, may not name anybody for him, and he finds her in his menu."""
    lena, samir = (
        server.one("user", f"record.email == '{name}@brightwater.example'")["id"] for name in ("lena", "samir")
    )
    one = person("lena@brightwater.example")
    one.go(f"/e/user/{lena}")
    assert "Sales" in one.text()
    for away, deputy, status in ((samir, "Dana Kowalski", 403), (lena, "Samir Haddad", 200)):
        one.go(f"/e/deputy/new?user={away}")
        one.tab.fill("[name=deputy__text]", deputy)
        one.tab.click(f"role=option >> text={deputy}")
        one.tab.fill("[name=until]", "2999-01-01")
        with one.tab.expect_response(lambda answer: answer.request.method == "POST") as shown:
            one.tab.keyboard.press("Control+s")
        assert (shown.value.status < 400) is (status < 400), one.text()
        one.tab.wait_for_load_state()
    other = person("samir@brightwater.example")
    other.go("/")
    other.tab.click(MENU)
    assert "Act for Lena Fischer" in other.text("header .menu >> nth=-1")
