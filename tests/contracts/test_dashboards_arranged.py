"""Dashboards arranged for oneself, a department and everybody, on both databases: who may, what wins, and that nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.errors import Refused, XrmError
from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services import accounts, arranging, records
from xrm_core.testing import temporary_organisation

from .test_pages_under_access import ACCESS, ENTITIES, FORMS, MENU, VIEWS, House, words

Browser = TestClient[Any]
DASHBOARDS = """
dashboard: stay
label: Stay
tiles:
  guests: {entity: guest}
  diets: {kind: bar, entity: guest, group: diet}
  meals: {entity: meal}
  bills: {entity: guest, value: bill}
"""


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """The organisation with a dashboard, on either database."""
    files = {
        "entities/all.yaml": ENTITIES, "access/all.yaml": ACCESS, "views/all.yaml": VIEWS, "forms/all.yaml": FORMS, "menu/all.yaml": MENU,
        "dashboards/all.yaml": DASHBOARDS,
    }  # fmt: skip
    with temporary_organisation(metadata=files, url=database_url) as runtime:
        made = House(runtime)
        with runtime.work(SYSTEM, "cli", write=True) as work:
            units = {str(d["code"]): d["id"] for d in work.reader.find("department", "true")}
            for name, roles, unit in (
                ("cleo", ["carer"], "care"),
                ("nils", ["carer"], "night"),
                ("ada", ["admin"], "house"),
            ):
                person = {
                    "name": name.title(),
                    "email": f"{name}@example.com",
                    "roles": roles,
                    "department": units[unit],
                }
                records.create_record(work, "user", person)  # fmt: skip
        yield made


def tiles(page: str) -> list[str]:
    """The names of the tiles of a page, in order."""
    return re.findall(r'data-tile="([^"]+)"', page)


def seen(page: str) -> str:
    """The version of the arrangement that a page shows."""
    return re.search(r'name="seen" value="(\d+)"', page)[1]  # type: ignore[index]


def act(one: Browser, what: str, audience: str = "me", version: str | None = None) -> Any:
    """One act of arranging, on the page as it is, or as it was in an earlier version."""
    page = one.get(f"/dashboards/stay?arrange={audience}").text
    token = re.search(r'name="_csrf" value="([^"]+)"', page)[1]  # type: ignore[index]
    body = {"_csrf": token, "for": audience, "seen": seen(page) if version is None else version}
    return one.post("/dashboards/stay/arrange", data={**body, **({"act": what} if ":" in what or what in ("back", "reset") else {"size": what})})  # fmt: skip


def shown(house: House, name: str) -> list[str]:
    """The tiles that somebody sees."""
    return tiles(house.page(name, "/dashboards/stay?whole=1"))


def test_one_s_own_wins_over_the_department_s_and_that_over_everybody_s(house: House) -> None:
    """Each is shown what is nearest to him; a reset goes one step further out, and can be taken back."""
    ada, carla = house.person("ada"), house.person("carla")
    assert shown(house, "carla") == ["guests", "diets", "meals"]  # bills are not for her to know of
    assert act(ada, "hide:guests", "everybody").status_code == 303
    assert shown(house, "carla") == ["diets", "meals"] == shown(house, "nils")
    assert act(carla, "earlier:meals", "department").status_code == 303
    assert shown(house, "cleo") == ["meals", "diets"] == shown(house, "nils"), "the night watch belongs to care"
    assert shown(house, "cosmo") == ["diets", "meals"], "the kitchen does not"
    cleo = house.person("cleo")
    act(cleo, "show:guests")
    assert "Reset to the department's" in words(cleo.get("/dashboards/stay?arrange=me").text)
    assert sorted(shown(house, "cleo")) == ["diets", "guests", "meals"]
    assert act(carla, "hide:diets", "department").status_code == 303
    assert len(shown(house, "cleo")) == 3, "her own stays"
    act(cleo, "reset")
    assert shown(house, "cleo") == ["meals"]
    act(cleo, "back")
    assert len(shown(house, "cleo")) == 3
    act(carla, "back", "department")
    assert shown(house, "carla") == ["meals", "diets"]
    assert "Reset to everybody's" in words(carla.get("/dashboards/stay?arrange=department").text)
    act(carla, "reset", "department")
    assert shown(house, "carla") == ["diets", "meals"]


def test_who_arranges_for_whom(house: House) -> None:
    """For a department its own people, for everybody administrators; pages offer what one may, services and API refuse the rest."""
    page = house.page("carla", "/dashboards/stay?arrange=everybody")
    assert "My department" in words(page)
    assert "Everybody" not in words(page)
    assert 'name="for" value="me"' in page
    assert act(house.person("carla"), "hide:guests", "everybody").status_code == 400
    assert "My department" not in words(house.page("nobody", "/dashboards/stay?arrange=department", 404))
    assert "Everybody" in words(house.page("ada", "/dashboards/stay?arrange=me"))
    with house.runtime.work(SYSTEM, "cli") as work:
        kitchen = work.reader.find("department", "record.code == 'kitchen'")[0]["id"]
    for whose in ({"audience": "department", "department": kitchen}, {"audience": "everybody"}):
        with house.runtime.work(actor(house, "carla"), "api", write=True) as work, pytest.raises(Refused):
            records.create_record(work, "arrangement", {"of": "stay", "layout": {"hidden": ["guests"]}, **whose})


def actor(house: House, name: str) -> Actor:
    """Somebody with his rights of now."""
    with house.runtime.work(SYSTEM, "cli") as work:
        return accounts.actor_by_id(work, accounts.user_by_email(work, f"{name}@example.com"))


def test_who_comes_too_late_is_told_and_overwrites_nothing(house: House) -> None:
    """Of two who arrange at once the second is shown what the first made, by name; also where nobody had arranged before."""
    carla, cleo = house.person("carla"), house.person("cleo")
    for first, second, version in (("hide:meals", "hide:guests", "0"), ("show:meals", "reset", "1")):
        assert act(carla, first, "department", version).status_code == 303
        answer = act(cleo, second, "department", version)
        assert "late=1" in answer.headers["location"]
        told = words(cleo.get(answer.headers["location"]).text)
        assert "Carla arranged this meanwhile" in told
    assert shown(house, "carla") == ["guests", "diets", "meals"]
    assert act(cleo, "hide:guests", "department").status_code == 303
    assert shown(house, "carla") == ["diets", "meals"]


def test_two_who_begin_at_once_make_one(house: House) -> None:
    """The key holds where both saw nothing: the second write is a conflict, not a second arrangement."""
    with house.runtime.work(actor(house, "carla"), "web", write=True) as work:
        nothing = arranging.of_audience(work, "stay", "department", "care")
        arranging.keep(work, "stay", nothing, arranging.Layout(("meals",)), 0)
        with pytest.raises(XrmError) as fault:
            arranging.keep(work, "stay", nothing, arranging.Layout(("diets",)), 0)
        assert fault.value.code == arranging.LATE
        assert arranging.of_audience(work, "stay", "department", "care").layout.order == ("meals",)


def test_tiles_that_one_does_not_see_keep_their_place(house: House) -> None:
    """Who arranges for all moves what he sees; what only others see stays where it was, and is not lost."""
    act(house.person("ada"), "earlier:bills", "everybody")
    assert shown(house, "ada") == ["guests", "diets", "bills", "meals"]
    act(house.person("carla"), "earlier:diets", "department")
    with house.runtime.work(actor(house, "carla"), "web") as work:
        kept = arranging.of_audience(work, "stay", "department", "care").layout
    assert kept.order == ("diets", "guests", "bills", "meals")


@pytest.mark.parametrize(
    "value",
    [None, 3, [], {"order": "guests"}, {"order": [1, None, {}], "sizes": ["x"], "hidden": 7}, {"sizes": {"guests": 4, "meals": "vast"}}],
)  # fmt: skip
def test_an_arrangement_that_makes_no_sense_is_none(house: House, value: Any) -> None:
    """Whatever stands there, through the API or by hand, the page is there."""
    assert arranging.read_layout(value).order == ()
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        stored = value if isinstance(value, dict) else {}
        records.create_record(work, "arrangement", {"of": "stay", "audience": "everybody", "layout": stored})
    assert shown(house, "carla") == ["guests", "diets", "meals"]


def test_an_order_is_woven_into_a_longer_one() -> None:
    """Names that one does not see stay in their places; new ones follow."""
    assert arranging.woven("aXbYc", "cba") == tuple("cXbYa")
    assert arranging.woven("ab", "bad") == tuple("bad")
