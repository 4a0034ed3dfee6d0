"""Pages under access: what a reader may not read or do has no place on any page, and layout follows his department."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, records
from xrm_core.services.runtime import Runtime
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: guest
label: Guest
title: "{name}"
search: [name]
fields:
  name: {type: text, required: true, class: stay}
  department: {type: link, to: department, class: stay}
  diet: {type: choice, values: {plain: Plain fare, vegan: Vegan fare}, default: plain, class: food}
  bill: {type: money, class: money}
  doubled: {type: formula, of: money, is: "record.bill * 2", class: money}
  note: {type: long_text, class: notes}
  companion: {type: link, to: guest, reverse: companions, class: stay}
  born_on: {type: date, class: stay}
---
entity: meal
label: Meal
title: "{dish}"
fields:
  dish: {type: text, required: true, class: food}
  guest: {type: link, to: guest, required: true, reverse: meals, class: food}
  cost: {type: money, class: money}
  status: {type: choice, values: {planned: Planned, served: Served}, default: planned, class: food}
lifecycle:
  field: status
  transitions:
    serve: {from: [planned], to: served, when: "old.status == 'planned' && record.cost > 1.0", may: [cook]}
    praise: {from: [planned], to: served, may: [carer]}
"""
ACCESS = """
department: house
label: House
---
department: care
label: Care
parent: house
---
department: night
label: Night watch
parent: care
---
department: kitchen
label: Kitchen
parent: house
---
role: carer
label: Carer
department: care
---
role: cook
label: Cook
department: kitchen
---
role: clerk
label: Clerk
---
classes: {stay: {label: Stay}, food: {label: Food}, money: {label: Money}, notes: {label: Notes}}
needs:
  stay: {care: W, kitchen: R, clerk: R}
  food: {care: R, kitchen: W, clerk: "-"}
  money: {care: "-", kitchen: "-", clerk: W}
  notes: {care: W, kitchen: "-", clerk: "-"}
---
grants:
  - {role: carer, entity: guest, verbs: [read, create, update], rows: "record.department in actor.departments"}
  - {role: carer, entity: meal, verbs: [read]}
  - {role: cook, entity: guest, verbs: [read]}
  - {role: cook, entity: meal, verbs: [read, create, update, delete]}
  - {role: clerk, entity: guest, verbs: [read, update]}
"""
VIEWS = """
views:
  - {view: guests, entity: guest, columns: [name, diet, bill], sort: [-bill], default: true}
  - {view: debtors, entity: guest, columns: [name, bill], filter: "record.bill > 100.0"}
  - {view: noted, entity: guest, columns: [name, note], departments: [care], start: true}
  - {view: menu_plan, entity: meal, columns: [dish, guest, guest.bill], departments: [kitchen], start: true}
  - {view: by_diet, entity: guest, kind: board, by: diet, card: [name, bill], sum: bill}
"""
FORMS = """
form: guest
tabs:
  - {label: Guest, sections: [{fields: [name, department, diet, companion]}]}
  - {label: Accounts, sections: [{fields: [bill, doubled]}]}
  - {label: Notes, sections: [{columns: 1, fields: [note]}], related: [meals]}
---
form: guest
department: care
tabs:
  - {label: Care first, sections: [{fields: [note, name, department, diet, companion, bill]}], related: [meals]}
"""
MENU = """
menu: rooms
label: Rooms
order: 1
items: [{entity: guest}, {view: debtors}, {view: noted, departments: [care]}]
---
menu: table
label: Table
order: 2
departments: [kitchen]
items: [{entity: meal}, {view: menu_plan, roles: [cook]}]
"""


class House:
    """The small organisation, and its people as browsers."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.app, self.ids = runtime, create_app(runtime), dict[str, str]()
        with runtime.work(SYSTEM, "cli", write=True) as work:
            units = {str(d["code"]): d["id"] for d in work.reader.find("department", "true")}

            def make(entity: str, **values: Any) -> str:
                return str(records.create_record(work, entity, values)["id"])

            people = (
                ("carla", ["carer"], "care"),
                ("cosmo", ["cook"], "kitchen"),
                ("clara", ["clerk"], "house"),
                ("nobody", [], None),
            )
            for name, roles, unit in people:
                make(
                    "user",
                    name=name.title(),
                    email=f"{name}@example.com",
                    roles=roles,
                    department=units.get(unit or ""),
                )
            both = make("user", name="Bo", email="bo@example.com", roles=["carer", "cook"], department=units["kitchen"])
            make("membership", user=both, department=units["night"])
            self.ids["hidden"] = make(
                "guest", name="Zaphod Hidden", department=units["kitchen"], bill="500.00", note="secret lamp"
            )
            self.ids["ann"] = make(
                "guest",
                name="Ann",
                department=units["care"],
                bill="123.45",
                note="likes tea",
                companion=self.ids["hidden"],
            )
            self.ids["soup"] = make("meal", dish="Soup", guest=self.ids["ann"], cost="3.21")
            self.ids["bread"] = make("meal", dish="Bread", guest=self.ids["ann"], cost="0.50")
            self.ids["stew"] = make("meal", dish="Stew", guest=self.ids["hidden"], cost="4.56")

    def person(self, name: str) -> TestClient[Any]:
        """Somebody's browser, signed in."""
        with self.runtime.work(SYSTEM, "cli", write=True) as work:
            session = accounts.begin_session(work, accounts.user_by_email(work, f"{name}@example.com"))
        made: TestClient[Any] = TestClient(self.app, base_url="http://127.0.0.1", cookies={"xrm_session": session})
        made.follow_redirects = False
        return made

    def page(self, name: str, path: str, status: int = 200) -> str:
        """A page as one person gets it."""
        answer = self.person(name).get(path)
        assert answer.status_code == status, (path, answer.status_code, words(answer.text)[:400])
        return str(answer.text)


def words(page: str) -> str:
    """The text of the main part of a page, without the id of an error."""
    main = re.search(r"(?s)<main.*</main>", re.sub(r'(?s)<dd class="mono">.*?</dd>', "", page))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main.group(0) if main else page)).split())


def menu(page: str) -> list[str]:
    """The addresses of the main menu, in order."""
    return re.findall(r'class="side-link" href="([^"]+)"', page)


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """The organisation on either database."""
    files = {
        "entities/all.yaml": ENTITIES, "access/all.yaml": ACCESS, "views/all.yaml": VIEWS, "forms/all.yaml": FORMS, "menu/all.yaml": MENU,
    }  # fmt: skip
    with temporary_organisation(metadata=files, url=database_url) as runtime:
        yield House(runtime)


def test_lists_leave_out_what_is_hidden(house: House) -> None:
    """Hidden columns, sorts by them, boards' sums and whole views that filter by them are gone; rows follow the grants."""
    page = house.page("carla", "/e/guest?view=guests")
    assert "Ann" in page
    assert "Zaphod" not in page
    assert "Bill" not in page
    assert "123.45" not in page
    assert "Plain fare" in page
    assert "view=debtors" not in page
    assert "/e/guest/list/export" in page
    assert "/e/guest/new" in page
    assert "bulk/delete" not in page
    board = house.page("carla", "/e/guest?view=by_diet")
    assert "Ann" in board
    assert "123.45" not in board
    assert "€" not in words(board)
    clerk = house.page("clara", "/e/guest")
    assert "123.45" in clerk
    assert "Fare" not in clerk
    assert "by_diet" not in clerk
    assert "/e/guest/new" not in clerk


@pytest.mark.parametrize("query", ["filter=record.{} > 1.0", "sort={}"])
def test_a_hidden_field_in_an_address_is_an_unknown_one(house: House, query: str) -> None:
    """Filters, sorts and conditions of the form that name it are answered as those that name nothing."""
    person = house.person("carla")
    hidden, unknown = (person.get(f"/e/guest?{query.format(name)}") for name in ("bill", "bilk"))
    assert hidden.status_code == unknown.status_code >= 400
    assert words(hidden.text).replace("bill", "bilk") == words(unknown.text)


@pytest.mark.parametrize(
    "path",
    [
        "/lookup/meal/guest",
        "/e/meal/list/filter",
        "/e/meal/{soup}",
        "/e/guest/{hidden}",
        "/e/meal/new",
    ],
)
def test_closed_pages_are_missing_pages(house: House, path: str) -> None:
    """What somebody may not see is not found, in a sentence with a way on, and its name is not told."""
    person = "carla" if "hidden" in path else "clara"
    page = house.page(person, path.format(**house.ids), 404)
    assert "Zaphod" not in page
    assert "Soup" not in page
    if not path.startswith("/lookup"):
        assert "Back to the start" in page


def test_a_closed_view_is_a_missing_view(house: House) -> None:
    """The address of a view that filters by a hidden field leads to the list, in the words of a view that never was."""
    told = []
    for name in ("debtors", "nowhere"):
        answer = house.person("carla").get(f"/e/guest?view={name}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/e/guest")
        told.append(unquote(answer.headers["set-cookie"]).replace(name, "…"))
    assert told[0] == told[1]
    assert "have no view '…'" in told[0]


def test_record_page_and_stub(house: House) -> None:
    """Fields, tabs, lists and buttons that are closed are absent; a link to a record out of sight is a stub without its name."""
    page = house.page("carla", f"/e/guest/{house.ids['ann']}")
    assert "likes tea" in page
    assert "Edit" in page
    assert "Accounts" not in page
    assert "123.45" not in page
    assert "246.90" not in page
    assert "/delete" not in page
    assert "Not visible to you" in page
    assert "Zaphod" not in page
    assert house.ids["hidden"] not in page
    assert "Soup" in page
    assert "3.21" not in page
    assert "/e/meal/new" not in page
    cook = house.page("cosmo", f"/e/guest/{house.ids['ann']}")
    assert "Zaphod Hidden" in cook
    assert "/edit" not in cook
    assert "likes tea" not in cook
    history = house.page("cosmo", f"/e/guest/{house.ids['ann']}?tab=history")
    assert "Ann" in history
    assert "tea" not in history
    assert "123.45" not in history
    assert "restore-value" not in history


def test_forms_write_what_is_open(house: House) -> None:
    """Inputs for what may be written, text for what may be read, nothing for the rest; saving leaves a link to a record out of
    sight as it was."""
    person, path = house.person("carla"), f"/e/guest/{house.ids['ann']}/edit"
    page = person.get(path).text
    assert 'name="note"' in page
    assert 'name="bill"' not in page
    assert 'name="diet"' not in page
    assert "Plain fare" in page
    assert 'name="companion"' not in page
    assert "Not visible to you" in page
    assert "Zaphod" not in page
    token = re.search(r'name="_csrf" value="([^"]+)"', page)
    hidden = dict(re.findall(r'<input type="hidden" name="(_fields|_version)" value="([^"]*)"', page))
    assert token is not None
    sent = {"_csrf": token.group(1), **hidden, "name": "Anna", "note": "likes tea"}
    assert person.post(path, data=sent).status_code == 303
    with house.runtime.work(SYSTEM, "cli") as work:
        stored = work.load("guest", house.ids["ann"])
    assert stored is not None
    assert stored["name"] == "Anna"
    assert stored["companion"] == house.ids["hidden"]
    assert stored["bill"] is not None
    assert "not yours to change" in words(house.page("cosmo", f"/e/guest/{house.ids['ann']}/edit", 403))
    new = house.page("carla", "/e/guest/new")
    assert 'name="note"' in new
    assert 'name="bill"' not in new


def test_search_and_lookups_find_what_is_seen(house: House) -> None:
    """The search over everything and the candidates of a link are those of the reader."""
    assert "Zaphod" not in house.page("carla", "/search?q=Hidden")
    assert "Zaphod Hidden" in house.page("cosmo", "/search?q=Hidden")
    assert "Zaphod" not in house.page("carla", "/lookup/guest/companion?q=")
    assert "Zaphod" in house.page("cosmo", "/lookup/guest/companion?q=")


def test_candidates_of_a_link_are_told_apart_by_what_is_seen(house: House) -> None:
    """Beside each title stand the first values of the list that the reader sees, and no other."""
    carer, clerk = (words(house.page(name, "/lookup/guest/companion?q=Ann")) for name in ("carla", "clara"))
    assert "Plain fare" in carer
    assert "€" not in carer
    assert "€" in clerk
    assert "fare" not in clerk


def test_menu_and_start_by_department(house: House) -> None:
    """The menu holds what is open, the own department's first; the start page begins with its lists."""
    cook, carer, clerk = (house.page(name, "/") for name in ("cosmo", "carla", "clara"))
    assert menu(cook)[1:3] == ["/e/meal", "/e/meal?view=menu_plan"]
    assert "/e/guest?view=noted" not in menu(cook)
    assert menu(carer)[1:3] == ["/e/guest", "/e/guest?view=noted"]
    assert "/e/meal?view=menu_plan" not in menu(carer)
    assert menu(clerk)[1:3] == ["/e/guest", "/e/guest?view=debtors"]
    assert "/e/meal" not in menu(clerk)
    assert "Stew" in words(cook)
    assert "likes tea" in words(carer)
    assert "/jobs" not in menu(cook)
    assert "/import" in menu(cook)
    assert "/import" not in menu(clerk)
    assert "/e/" not in "".join(h for h in menu(house.page("nobody", "/")) if "guest" in h or "meal" in h)


def test_focus_is_switched_and_opens_nothing(house: House) -> None:
    """Somebody in two departments chooses whose forms and lists come first; what he may see stays the same."""
    bo = house.person("bo")
    page = bo.get(f"/e/guest/{house.ids['ann']}").text
    assert "Care first" not in page
    assert "Night watch" in page
    assert "Kitchen" in page
    token = re.search(r'name="_csrf" value="([^"]+)"', page)
    assert token is not None
    bo.post("/preferences", data={"_csrf": token.group(1), "focus": "night", "next": "/"})
    page = bo.get(f"/e/guest/{house.ids['ann']}").text
    assert "Care first" in page
    assert 'aria-pressed="true">Night watch' in page
    assert "likes tea" not in page
    assert "123.45" not in page
    bo.post("/preferences", data={"_csrf": token.group(1), "focus": "house", "next": "/"})
    assert 'aria-pressed="true">Kitchen' in bo.get("/").text


def test_transitions_are_those_of_the_reader(house: House) -> None:
    """A step of another role is not there; one that a hidden field closes says so without naming it."""
    soup, bread = (house.page("cosmo", f"/e/meal/{house.ids[name]}") for name in ("soup", "bread"))
    assert 'id="do-serve"' in soup
    assert "praise" not in soup.lower()
    assert "not possible now" in bread
    assert "cost" not in words(bread).lower()
    carer = house.page("carla", f"/e/meal/{house.ids['soup']}")
    assert "do-serve" not in carer
    assert "do-praise" not in carer
