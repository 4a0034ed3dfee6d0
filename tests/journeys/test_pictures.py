"""Pictures on pages as people see them: the names of the relationship picture, however many there are."""

from __future__ import annotations

from .conftest import NewPerson, Server

SIZE = """() => {
  const drawn = document.querySelector("svg.graph");
  const scale = drawn.getBoundingClientRect().width / drawn.viewBox.baseVal.width;
  return Math.min(...[...drawn.querySelectorAll(".name")].map((one) => parseFloat(getComputedStyle(one).fontSize) * scale));
}"""
WORDS = SIZE.replace("svg.graph", "svg.chart").replace('".name"', '"text"')
TOUCHING = """() => {
  const boxes = [...document.querySelectorAll("svg.graph .name")].map((one) => one.getBoundingClientRect());
  return boxes.flatMap((a, n) => boxes.slice(n + 1).filter((b) => a.left < b.right && b.left < a.right && a.top + 2 < b.bottom - 2 && b.top + 2 < a.bottom - 2)).length;
}"""


def test_names_of_many_connections_are_readable_at_every_width(server: Server, person: NewPerson) -> None:
    """Of 40 connections none stands smaller than the smallest text of the interface, none on another; on a phone the picture is
    scrolled, with the middle in sight at first."""
    hub = server.make("party", kind="organisation", name="Hub of the many")
    names = ("Bogumiła Mączyńska", "Uwe Immel", "Émile Orsay", "Wwwww Mmmmm Wwwww")
    for n in range(40):
        last = server.make("party", kind="organisation", name=f"{names[n % 4]} {n}")
        server.make("connection", **{"from": hub, "to": last, "kind": "adviser_of"})
    path = f"/e/party/{hub}?show=network&depth=1"
    ben = person()
    ben.go(path)
    assert ben.tab.locator("svg.graph a").count() == 24
    assert ben.tab.evaluate(SIZE) >= 11
    assert ben.tab.evaluate(TOUCHING) == 0
    mei = person(width=390, height=844)
    mei.go(path)
    assert mei.tab.evaluate(SIZE) >= 11
    assert mei.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    middle = mei.tab.locator("svg.graph .centre circle").bounding_box()
    assert abs(middle["x"] + middle["width"] / 2 - 195) < 30


def test_a_chart_of_many_groups_keeps_its_words_readable(server: Server, person: NewPerson) -> None:
    """A bar for each of two dozen donors and one for all others: as high as it needs, its words as large as those of a chart of few, on
    a phone too; a bar leads to exactly its records."""
    for width, height in ((1366, 850), (390, 844)):
        ben = person(width=width, height=height)
        ben.go("/e/donation?view=donation_chart&group=donor")
        assert ben.tab.locator("svg.chart-rows a.mark").count() >= 24
        assert ben.tab.evaluate(WORDS) >= 10
        assert ben.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    mark = ben.tab.locator("svg.chart-rows a.mark").first
    count = str(mark.get_attribute("aria-label")).rpartition(": ")[2]
    mark.locator("rect").first.click()
    ben.tab.wait_for_url("**/e/donation?view=donations**")
    assert ben.text("#count") == count
