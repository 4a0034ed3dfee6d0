"""A call noted in one line, and a mailing that is sent against its warning, in the demo organisation."""

from __future__ import annotations

from .conftest import NewPerson, Server


def at(name: str) -> str:
    """The address of one of the demo's people."""
    return f"{name}@brightwater.example"


def test_a_call_in_one_line_and_a_mailing_with_a_warning(server: Server, person: NewPerson) -> None:
    """Mei notes a call in one line beside the party; her mailing says that it would bring more answers than there is time for, before she sends
    it all the same and holds it again; the sent one of Ben shows its funnel."""
    mei = person(at("mei"))
    party = server.one("party", "record.name == 'Hotel Albatros'")
    mei.go(f"/e/party/{party['id']}")
    mei.tab.fill("#quick-line", "call from, 5 min, zz asks for filters")
    mei.tab.press("#quick-line", "Enter")
    mei.tab.wait_for_selector("#save")
    mei.tab.click("#save")
    mei.tab.wait_for_url(f"**/e/party/{party['id']}*")
    noted = server.one("communication", f"record.party == '{party['id']}' && record.subject == 'zz asks for filters'")
    assert (noted["channel"], noted["direction"], noted["minutes"]) == ("phone", "in", 5)

    mailing = server.one("mailing", "record.name == 'Filters for coolers: offer'")
    mei.go(f"/e/mailing/{mailing['id']}")
    assert "More answers are to be expected" in mei.text("#too-many")
    for step, state in (("send", "sending"), ("pause", "paused")):
        mei.tab.click(f"main [formaction$='/{step}'], main form[action$='/{step}'] button")
        mei.tab.wait_for_selector("#toasts .toast")
        assert server.one("mailing", f"record.id == '{mailing['id']}'")["status"] == state
        mei.go(f"/e/mailing/{mailing['id']}")
    ben = person(at("ben"))
    sent = server.one("mailing", "record.name == 'Wells of Turkana: appeal'")
    ben.go(f"/e/mailing/{sent['id']}")
    ben.tab.click("[aria-labelledby=funnel] a >> nth=2")
    ben.tab.wait_for_url("**/e/mailing_recipient?**")
    assert ben.tab.locator("table.list tbody tr").count() > 0
