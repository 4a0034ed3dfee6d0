"""Tiles made on pages, on both databases: for whom they are, what they show to whom, and what becomes of those that break."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import unquote_plus, urlencode

import pytest

from xrm_core.metamodel.catalog import View
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import records
from xrm_core.web import tile_links, tile_whose

from .test_dashboards_arranged import Browser, act, house, tiles
from .test_pages_under_access import House, words

__all__ = ["house"]


def token(one: Browser) -> str:
    """The token that forms of this session carry."""
    return re.search(r'name="_csrf" value="([^"]+)"', one.get("/dashboards/stay?arrange=me").text)[1]  # type: ignore[index]


def make(one: Browser, **values: Any) -> Any:
    """Send the form of a tile."""
    body = {"_csrf": token(one), "do": "keep", "dashboard": "stay", **values}
    return one.post("/tiles/keep", data=body)


def made(answer: Any) -> str:
    """The id of the tile that an answer leads to."""
    assert answer.status_code == 303, words(answer.text)
    return str(answer.headers["location"].partition("#tile-")[2])


def stored(house: House, **values: Any) -> str:
    """A tile as the API, or an older version, left it."""
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        owner = work.reader.find("user", "record.email == 'ada@example.com'")[0]["id"]
        told = {"name": "Odd", "of": "stay", "audience": "everybody", "owner": owner, **values}
        return str(records.create_record(work, "dashboard_tile", told)["id"])


def panel(page: str, id: str) -> str:
    """One tile of a page."""
    return re.search(rf'(?s)<section class="card tile[^>]*id="tile-{id}".*?</section>', page)[0]  # type: ignore[index]


def test_tiles_are_seen_by_those_they_are_for(house: House) -> None:
    """One's own by oneself, a department's by its people, everybody's by all; others change none of them."""
    carla, ada = house.person("carla"), house.person("ada")
    mine = made(make(carla, kind="number", entity="guest", title="Mine"))
    ours = made(make(carla, kind="bar", entity="guest", group="diet", title="Ours", audience="department"))
    alls = made(make(ada, kind="list", entity="guest", title="All", audience="everybody"))
    assert make(carla, kind="number", entity="guest", audience="everybody").status_code == 422
    for name, expected in (("carla", {mine, ours, alls}), ("cleo", {ours, alls}), ("cosmo", {alls}), ("clara", {alls})):
        assert {t for t in tiles(house.page(name, "/dashboards/stay?whole=1")) if len(t) == 36} == expected
    cleo = house.person("cleo")
    assert cleo.get(f"/tiles/{mine}").status_code == 404
    assert cleo.get(f"/tiles/{ours}").status_code == 404, "seen, but not hers to change"
    assert make(cleo, id=ours, kind="number", entity="guest").status_code == 404
    assert carla.get(f"/tiles/{ours}").status_code == 200


def test_a_tile_is_drawn_opened_counted_and_sent_as_those_of_the_metadata(house: House) -> None:
    """Its figures are those of the records that the reader reads; it leads to them, is a table, and a file."""
    ada = house.person("ada")
    id = made(make(ada, kind="bar", entity="guest", group="diet", filter="record.name != 'Bob'", audience="everybody"))
    number = made(make(ada, kind="number", entity="guest", title="Guests here", audience="everybody"))
    for name, count in (("ada", 2), ("carla", 1)):
        one = house.person(name)
        page = one.get("/dashboards/stay?whole=1").text
        assert "As a table" in panel(page, id)
        assert re.search(rf"<bdi>{count}</bdi>", panel(page, number))
        assert "record.name != 'Bob'" in unquote_plus(html.unescape(panel(page, id)))
        assert one.get(f"/dashboards/stay/{id}/csv").text.splitlines()[1] == f"Plain fare,{count}"
        assert one.get(f"/dashboards/stay/{number}").status_code == 200


def test_a_tile_of_what_is_hidden_says_so_and_tells_nothing(house: House) -> None:
    """Values, groups, filters, orders and columns that the reader does not read: calm words, no figure, no file; others see it whole."""
    clara, carla = house.person("clara"), house.person("carla")
    hidden: list[dict[str, Any]] = [
        {"kind": "number", "entity": "guest", "value": "bill"}, {"kind": "number", "entity": "guest", "filter": "record.bill > 100.0"},
        {"kind": "bar", "entity": "guest", "group": "bill"}, {"kind": "number", "entity": "guest", "value": "= record.bill * 2"},
        {"kind": "number", "view": "debtors"},
    ]  # fmt: skip
    ids = [stored(house, declaration=one) for one in hidden]
    page = carla.get("/dashboards/stay?whole=1").text
    whole = clara.get("/dashboards/stay?whole=1").text
    for id in ids:
        assert "Not all that this tile is about is for you to see." in words(panel(page, id))
        assert carla.get(f"/dashboards/stay/{id}/csv").status_code == 404
        assert "is for you to see" not in words(panel(whole, id))
    listed = stored(
        house, declaration={"kind": "list", "entity": "guest", "columns": ["name", "bill"], "sort": ["-bill"]}
    )
    assert "Ann" in panel(carla.get("/dashboards/stay?whole=1").text, listed)
    assert "123" not in panel(carla.get("/dashboards/stay?whole=1").text, listed)
    for name in ("value", "group", "filter"):
        said = {"value": "sum:bill", "group": "bill", "filter": "record.bill > 100.0"}[name]
        answer = carla.get("/tiles/new?" + urlencode({"entity": "guest", "kind": "bar", name: said}))
        assert "Bill" not in words(answer.text)
    assert make(carla, kind="number", entity="guest", filter="record.bill > 100.0").status_code == 422


@pytest.mark.parametrize(
    "declaration",
    [
        {"kind": "bar", "entity": "guest", "group": "gone"}, {"kind": "number", "entity": "gone"}, {"kind": "list", "view": "gone"},
        {"kind": "number", "entity": "guest", "filter": "record.gone == 1"}, {"kind": "vast"}, {"entity": "guest", "kind": "bar"},
        {"kind": "number", "entity": "guest", "value": "name"}, {"kind": "text"}, {"nonsense": [1, {}]}, {"kind": "number", "entity": "guest", "filter": "((("},
    ],
)  # fmt: skip
def test_a_tile_that_broke_says_so_and_the_page_stands(house: House, declaration: dict[str, Any]) -> None:
    """Fields go and names change: the tile says so calmly, its owner opens and deletes it, the others are there."""
    id = stored(house, declaration=declaration)
    for name in ("carla", "ada"):
        page = house.page(name, "/dashboards/stay?whole=1")
        assert "This tile names something that is not there any more." in words(panel(page, id))
        assert "tile-value" in page
    ada = house.person("ada")
    assert ada.get(f"/tiles/{id}").status_code == 200
    assert ada.get(f"/dashboards/stay/{id}/csv").status_code == 404
    assert make(ada, id=id, do="delete").status_code == 303
    assert id not in ada.get("/dashboards/stay?whole=1").text


def test_a_tile_is_changed_deleted_and_brought_back(house: House) -> None:
    """The form has what was chosen; who saves what somebody changed meanwhile is told; what is deleted comes back by undo."""
    carla = house.person("carla")
    id = made(
        make(
            carla,
            kind="stacked",
            entity="guest",
            group="diet",
            stack="department",
            title="Old",
            filter="record.name != ''",
        )
    )
    form = carla.get(f"/tiles/{id}").text
    for chosen in ('value="stacked" selected', 'value="diet" selected', 'value="department" selected', 'value="Old"'):
        assert chosen in form
    version = re.search(r'name="version" value="(\d+)"', form)[1]  # type: ignore[index]
    changed = {"id": id, "version": version, "kind": "donut", "entity": "guest", "group": "diet", "title": "New"}
    assert made(make(carla, **changed)) == id
    late = make(carla, **{**changed, "title": "Late"})
    assert (late.status_code, "Somebody changed this tile meanwhile" in words(late.text)) == (422, True)
    assert "New" in words(panel(carla.get("/dashboards/stay?whole=1").text, id))
    assert make(carla, id=id, do="delete").status_code == 303
    undo = re.search(r'action="(/undo/[^"]+)"', carla.get("/dashboards/stay?whole=1").text)
    assert undo is not None
    carla.post(undo[1], data={"_csrf": token(carla)})
    assert id in tiles(carla.get("/dashboards/stay?whole=1").text)


def test_the_form_stands_without_scripts_and_puts_choices_right(house: House) -> None:
    """Another entity takes its own fields; a line takes a date; what makes no sense is left out; each kind shows itself."""
    carla = house.person("carla")
    for kind in ("number", "bar", "line", "donut", "stacked", "list", "text", "vast", ""):
        page = carla.get(
            "/tiles/new?"
            + urlencode(
                {"dashboard": "stay", "kind": kind, "entity": "guest", "group": "nothing", "on": "name", "view": "gone"}
            )
        )
        assert page.status_code == 200, kind
        assert 'id="tile-preview"' in page.text, kind
        assert 'role="alert"' not in page.text, kind
    body = {
        "_csrf": token(carla),
        "dashboard": "stay",
        "of": "guest",
        "entity": "meal",
        "kind": "bar",
        "group": "diet",
        "filter": "record.diet == 'plain'",
    }
    page = carla.post("/tiles/preview", data=body).text
    assert 'value="meal" selected' in page
    assert "record.diet" not in page
    answer = make(carla, kind="text", text="", title="Empty")
    assert (answer.status_code, "Write what the tile says." in words(answer.text)) == (422, True)
    id = made(make(carla, kind="text", text="**Read** <script>alert(1)</script>", title="<b>x</b>"))
    shown = panel(carla.get("/dashboards/stay").text, id)
    assert "<strong>Read</strong>" in shown
    assert "<script" not in shown
    assert "&lt;b&gt;x" in shown
    assert house.person("nobody").get("/tiles/new").status_code == 404


def test_lists_boards_and_charts_lead_to_tiles(house: House) -> None:
    """*Add to dashboard* carries records, filters and what is shown of them; the tile shows the same."""
    carla = house.person("carla")
    for address, kind in (
        ("/e/guest?filter=record.diet+%3D%3D+%27plain%27&cols=name%2Cdiet&sort=-name", "list"),
        ("/e/guest?view=by_diet", "bar"),
        ("/e/guest?view=guests&group=diet", "bar"),
    ):
        page = carla.get(address).text
        href = re.search(r'href="(/tiles/new\?[^"]+)"', page)[1].replace("&amp;", "&")  # type: ignore[index]
        form = carla.get(href).text
        assert f'value="{kind}" selected' in form
        assert 'value="guest" selected' in form
        assert (("Diet" in words(form)) and "Ann" in words(form)) or kind == "bar"
    assert "/tiles/new" not in house.page("nobody", "/e/guest", 404)


def test_calendars_and_timelines_lead_to_lists_of_what_is_to_come(house: House) -> None:
    """The tile holds what ends today or later, the next first, beside the filters of the page; it can be kept as it is offered."""
    carla = house.person("carla")
    with house.runtime.work(SYSTEM, "cli") as work:
        for kind in ("calendar", "timeline"):
            view = View("born", "guest", {}, kind, (), by="born_on", until="born_on", card=("name",))  # type: ignore[arg-type]
            told = dict(tile_links._to_come(work, view))
            assert told["filter"].startswith("record.born_on >= today()")
            assert (told["kind"], told["columns"], told["sort"]) == ("list", "name,born_on", "born_on")
            started = dict(tile_links._to_come(work, View("made", "guest", {}, "calendar", (), by="created_at")))
            assert started["filter"] == "record.created_at >= now()"
    id = made(make(carla, entity="guest", **told, title="To come"))
    assert "Nothing waits here." in words(panel(carla.get("/dashboards/stay?whole=1").text, id))


def test_what_is_arranged_for_others_names_none_of_one_s_own_tiles(house: House) -> None:
    """Arranging for the department shows what the department sees; a tile of one's own is no part of it."""
    carla = house.person("carla")
    mine = made(make(carla, kind="number", entity="guest", title="Mine"))
    ours = made(make(carla, kind="number", entity="guest", title="Ours", audience="department"))
    page = carla.get("/dashboards/stay?arrange=department&whole=1").text
    assert ours in tiles(page)
    assert mine not in page
    act(carla, f"earlier:{ours}", "department")
    with house.runtime.work(SYSTEM, "cli") as work:
        (kept,) = work.reader.find("arrangement", "true")
    assert ours in str(kept["layout"])
    assert mine not in str(kept["layout"])


def test_a_department_s_tiles_reach_the_teams_below_it(house: House) -> None:
    """As its arrangement does: care's tile stands for the night watch too, the night watch's not for the kitchen nor for the house."""
    carla, nils = house.person("carla"), house.person("nils")
    ours = made(make(carla, kind="number", entity="guest", title="Ours", audience="department"))
    theirs = made(make(nils, kind="number", entity="guest", title="Theirs", audience="department"))
    seen = {n: {t for t in tiles(house.page(n, "/dashboards/stay?whole=1")) if len(t) == 36} for n in PEOPLE_OF_TILES}
    assert seen == {"carla": {ours}, "nils": {ours, theirs}, "cosmo": set()}
    assert nils.get(f"/tiles/{ours}").status_code == 404, "seen, but not his to change"


PEOPLE_OF_TILES = ("carla", "nils", "cosmo")


def test_a_goal_says_how_far_it_is_in_words(house: House) -> None:
    """Reached, to go, within and over; what is no number is told at its input; it is there again when the tile is edited."""
    ada = house.person("ada")
    count = int(re.search(r"<bdi>(\d+)</bdi>", panel(ada.get("/dashboards/stay?whole=1").text, "guests"))[1])  # type: ignore[index]
    for values, said in (
        ({"goal": str(count)}, f"Goal of {count} reached"), ({"goal": str(2 * count)}, f"50% of {2 * count}, {count} to go"),
        ({"goal": str(count), "less": "true"}, f"Within {count}"), ({"goal": str(count - 1), "less": "true"}, f"1 over {count - 1}"),
    ):  # fmt: skip
        id = made(make(ada, kind="number", entity="guest", title="Guests", **values))
        assert said in words(panel(ada.get("/dashboards/stay?whole=1").text, id))
    form = ada.get(f"/tiles/{id}").text
    assert re.search(rf'value="{count - 1}"[^>]*name="goal"|name="goal"[^>]*value="{count - 1}"', form)
    assert re.search(r'name="less"[^>]*checked|checked[^>]*name="less"', form)
    assert "This is no number." in words(make(ada, kind="number", entity="guest", goal="many", do="show").text)


def test_words_searched_for_are_kept_with_the_tile(house: House) -> None:
    """A tile of a list that is searched shows what the search finds, as a figure, a chart, a list; it leads to that search."""
    ada = house.person("ada")
    href = re.search(r'href="(/tiles/new\?[^"]+)"', ada.get("/e/guest?q=Ann").text)[1].replace("&amp;", "&")  # type: ignore[index]
    assert re.search(r'name="q"[^>]*value="Ann"|value="Ann"[^>]*name="q"', ada.get(href).text)
    for kind in ("number", "bar", "list"):
        id = made(make(ada, kind=kind, entity="guest", group="diet", q="Ann", title="Anns"))
        shown = panel(ada.get("/dashboards/stay?whole=1").text, id)
        assert "q=Ann" in shown
        assert "Ann" in words(shown)
        if kind == "list":
            assert len(re.findall(r'class="line-main"', shown)) == 1
        if kind == "number":
            assert re.search(r"<bdi>1</bdi>", shown), re.findall(r"tile-value.*", shown)
        if kind == "bar":
            assert ada.get(f"/dashboards/stay/{id}/csv").text.splitlines()[1].endswith(",1")


def test_a_tile_of_one_s_own_follows_whoever_looks(house: House) -> None:
    """'Only mine' shows each reader his own records, and leads to them; one of whom the page chooses follows that choice."""
    ada = house.person("ada")
    with house.runtime.work(SYSTEM, "cli") as work:
        entity = work.entity("dashboard_tile")
        told = [tile_whose.written(work, entity, choice) for choice in ("mine:owner", "page:owner", "mine:name", "")]
        assert told == [{"mine": "owner"}, {"owner": "owner"}, {}, {}]
        values = [one.value for one in tile_whose.options(work, entity, "")]
        assert values == ["", "mine:owner", "page:owner"]
        assert not tile_whose.options(work, work.entity("guest"), "")
    mine, chosen = (stored(house, declaration={"entity": "dashboard_tile", **one}) for one in told[:2])
    for name, count in (("ada", 2), ("carla", 0)):
        one = house.person(name)
        shown = panel(one.get("/dashboards/stay?whole=1").text, mine)
        assert re.search(rf"<bdi>{count}</bdi>", shown), name
        assert "record.owner == actor.id" in unquote_plus(html.unescape(shown))
    with house.runtime.work(SYSTEM, "cli") as work:
        carla = str(work.reader.find("user", "record.email == 'carla@example.com'")[0]["id"])
    page = ada.get(f"/dashboards/stay?whole=1&owner={carla}").text
    assert re.search(r"<bdi>0</bdi>", panel(page, chosen))
    assert re.search(r"<bdi>2</bdi>", panel(page, mine))
