"""Lists as their readers arrange them, on both databases: filters, groups, saved views under rights, acts on many records."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from litestar.testing import TestClient

from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import records, several, severaljobs
from xrm_core.services.jobs import Worker
from xrm_core.services.lists import count_records

from .test_pages_under_access import House, house, words

__all__ = ["house"]
Browser = TestClient[Any]


def token(one: Browser) -> str:
    """The token that forms of this session carry."""
    found = re.search(r'name="_csrf" value="([^"]+)"', one.get("/e/guest").text)
    assert found is not None
    return found[1]


def post(one: Browser, path: str, *pairs: tuple[str, str]) -> Any:
    """Send a form of the session."""
    body: dict[str, list[str]] = {"_csrf": [token(one)]}
    for name, value in pairs:
        body.setdefault(name, []).append(value)
    return one.post(path, data=body)


def keep(one: Browser, name: str, audience: str, *pairs: tuple[str, str]) -> Any:
    """Save the list of guests as a view."""
    return post(one, "/e/guest/list/keep", ("do", "new"), ("name", name), ("audience", audience), *pairs)


def view_of(answer: Any) -> str:
    """The id of the view that an answer leads to."""
    assert answer.status_code == 303, words(answer.text)
    return parse_qs(urlsplit(answer.headers["location"]).query)["view"][0]


def guests(house: House, n: int, **values: Any) -> list[str]:
    """More guests."""
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        return [str(records.create_record(work, "guest", {"name": f"Guest {i:03}", **values})["id"]) for i in range(n)]


def unit(house: House, code: str) -> str:
    """The id of a department."""
    with house.runtime.work(SYSTEM, "cli") as work:
        return str(work.reader.find("department", f"record.code == '{code}'")[0]["id"])


def test_saved_views_are_seen_by_those_they_are_for(house: House) -> None:
    """One's own is nobody else's, a department's is its people's; for everybody they are kept by those who lead, or administrators."""
    carla, bo, cosmo = house.person("carla"), house.person("bo"), house.person("cosmo")
    mine = view_of(keep(carla, "My vegans", "me", ("filter", "record.diet == 'vegan'"), ("sort", "-name")))
    ours = view_of(keep(carla, "Our vegans", "department", ("filter", "record.diet == 'vegan'")))
    assert "My vegans" in carla.get("/e/guest").text
    assert "Diet: Vegan fare" in words(carla.get(f"/e/guest?view={mine}").text).replace(" :", ":")
    for other in (bo, cosmo):
        assert "My vegans" not in other.get("/e/guest").text
        answer = other.get(f"/e/guest?view={mine}&sort=name")
        assert (answer.status_code, answer.headers["location"]) == (303, "/e/guest?sort=name")
        assert "Vegan" not in answer.text + answer.headers["set-cookie"]
    assert "Our vegans" not in cosmo.get("/e/guest").text
    assert keep(carla, "All", "everybody").status_code == 422
    assert post(cosmo, "/e/guest/list/keep", ("do", "delete"), ("id", ours)).status_code == 404
    with house.runtime.work(SYSTEM, "cli") as work:
        assert {r["name"] for r in work.reader.find("saved_view", "true")} == {"My vegans", "Our vegans"}


def test_a_view_of_others_shows_nothing_that_its_reader_may_not_read(house: House) -> None:
    """Filters, columns and orders by hidden fields are left out of a view that somebody else saved: it is said that something is, by the
    words for a field that is gone, not what."""
    clara = house.person("clara")
    shared = view_of(
        keep(clara, "Debts", "me", ("filter", "record.bill > 1.0"), ("sort", "-bill"), ("cols", "name,bill"))
    )
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        records.update_record(work, "saved_view", shared, {"audience": "everybody"})
    assert "Bill" in words(clara.get(f"/e/guest?view={shared}").text)
    page = house.page("carla", f"/e/guest?view={shared}")
    assert "Debts" in page
    assert "Bill" not in words(page)
    assert "record.bill" not in page
    assert "filters by a field that is not there, or not for you: it shows more records than it should" in words(page)
    columns = view_of(keep(clara, "Bills", "me", ("cols", "name,bill")))
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        records.update_record(work, "saved_view", columns, {"audience": "everybody"})
    page = words(house.page("carla", f"/e/guest?view={columns}"))
    assert "name a field that is not there, or not for you: it does without." in page
    assert "Bill " not in page
    assert "not for you" not in words(clara.get(f"/e/guest?view={columns}").text)


def test_a_view_whose_field_went_away_says_so(house: House) -> None:
    """It does without the field, and says that it shows more than it should, or that a column is missing."""
    clara = house.person("clara")
    ids = {
        column: view_of(keep(clara, "Old", "me", (column, said)))
        for column, said in (("filter", "record.diet == 'plain'"), ("cols", "name,diet"))
    }
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        for column, id in ids.items():
            gone = {"filter": "filter=record.gone+%3D%3D+1", "cols": "cols=name%2Cgone"}[column]
            records.update_record(work, "saved_view", id, {"query": gone})
    assert "it shows more records than it should" in words(clara.get(f"/e/guest?view={ids['filter']}").text)
    assert "name a field that is not there" in words(clara.get(f"/e/guest?view={ids['cols']}").text)


def test_a_changed_view_is_private_until_it_is_saved(house: House) -> None:
    """What an address changes of a view is marked; saved, it is the view's own; reset is the address without it."""
    carla = house.person("carla")
    id = view_of(keep(carla, "Plain", "me", ("filter", "record.diet == 'plain'")))
    still = words(carla.get(f"/e/guest?view={id}").text)
    assert "Modified" not in still
    changed = words(carla.get(f"/e/guest?view={id}&filter=&sort=-name").text)
    assert "Modified" in changed
    assert "Modified" not in words(carla.get(f"/e/guest?view={id}").text)
    assert (
        post(carla, "/e/guest/list/keep", ("do", "save"), ("id", id), ("filter", ""), ("sort", "-name")).status_code
        == 303
    )
    assert "Modified" not in words(carla.get(f"/e/guest?view={id}").text)
    with house.runtime.work(SYSTEM, "cli") as work:
        assert work.reader.get("saved_view", id)["query"] == "sort=-name"  # type: ignore[index]


def test_a_filter_is_clicked_together_through_links(house: House) -> None:
    """Fields behind links are offered as far as they are read; what is chosen becomes a chip; wrong values are told and kept."""
    carla, cosmo = house.person("carla"), house.person("cosmo")
    assert "Bill" not in words(carla.get("/e/guest/list/filter").text)
    walked = carla.get("/e/meal/list/filter?do=walk:0.0:guest").text
    assert "field:0.0:guest.name" in walked
    assert "guest.bill" not in walked
    found = [words(one.get("/e/meal/list/filter?do=walk:0.0:&find=guest+na").text) for one in (carla, cosmo)]
    assert all("Guest › Name" in page for page in found)
    hidden = "/e/meal/list/{}?do=walk:0.0:&find=bill"
    assert not any("Bill" in words(carla.get(hidden.format(sheet)).text) for sheet in ("filter", "columns", "sort"))
    assert "Guest › Diet" in words(carla.get("/e/meal/list/columns?find=diet").text)
    row = "c.0.0.path=guest.name&c.0.0.op=contains&c.0.0.value=Ann"
    other = "c.1.0.path=cost&c.1.0.op=ge&c.1.0.value="
    refused = cosmo.get(f"/e/meal/list/filter?{row}&do=apply")
    assert refused.status_code == 303, words(refused.text)
    assert (
        "record.guest.name.lower().contains('ann')" in parse_qs(urlsplit(refused.headers["location"]).query)["filter"]
    )
    both = carla.get(f"/e/meal/list/filter?{row}&{other}4&do=apply")
    assert both.status_code == 422  # the cost is none of hers
    wrong = house.person("clara").get("/e/guest/list/filter?c.0.0.path=bill&c.0.0.op=ge&c.0.0.value=a+lot&do=apply")
    assert wrong.status_code == 422
    assert "is no value for Bill" in words(wrong.text)


def test_groups_have_counts_and_sums_under_access(house: House) -> None:
    """A list in groups counts what its reader sees, and sums what he reads; a field that is none of his makes no groups."""
    guests(house, 3, bill="10.00", department=unit(house, "care"))
    clara = words(house.page("clara", "/e/guest?group=department"))
    assert re.search(r"Care 4 Bill: €153.45", clara), clara
    assert "Kitchen 1 Bill: €500.00" in clara
    carla = words(house.page("carla", "/e/guest?group=department"))
    assert "Care 4" in carla
    assert "Kitchen" not in carla
    assert "Bill" not in carla
    assert "1–4 of 4" in words(house.page("carla", "/e/guest?group=bill"))


def test_days_are_grouped_by_parts_of_time(house: House) -> None:
    """Months with their counts and sums, the newest first, those without a day last; each leads to its own records."""
    for day, bill in (("2026-01-03", "1.00"), ("2026-01-30", "2.00"), ("2025-12-31", "4.00")):
        guests(house, 1, bill=bill, born_on=day, department=unit(house, "care"))
    told = words(house.page("clara", "/e/guest?group=born_on:month"))
    assert re.search(r"Jan 2026 2 Bill: €3.00.*Dec 2025 1 Bill: €4.00.*No Born on", told), told
    assert re.search(r"2026 2 Bill: €3.00", words(house.page("clara", "/e/guest?group=born_on:year")))
    assert "Guest 000" in words(house.page("clara", "/e/guest?filter=record.born_on+%3E%3D+date('2026-01-01')"))
    assert "Jan 2026" not in words(house.page("clara", "/e/guest?group=born_on:decade"))


def test_a_preview_says_what_would_happen_and_writes_nothing(house: House) -> None:
    """How many would change, and who is refused and why; records out of sight are told of by nothing but their number."""
    ids = guests(house, 2, department=unit(house, "care"))
    carla = house.person("carla")
    chosen = [("selected", i) for i in (*ids, house.ids["hidden"])]
    asks = post(carla, "/e/guest/bulk/edit", *chosen, ("field", "name"))
    assert 'name="name"' in asks.text
    told = post(
        carla,
        "/e/guest/bulk/edit",
        *chosen,
        ("field", "name"),
        ("_fields", "name"),
        ("name", "Same"),
        ("check", "true"),
    )
    assert told.status_code == 200
    said = words(told.text)
    assert "2 will change" in said
    assert "Refused 1" in said
    assert "Zaphod" not in said
    with house.runtime.work(SYSTEM, "cli") as work:
        assert count_records(work, Query("guest", filter="record.name == 'Same'")) == 0
        assert not work.reader.find("saved_view", "true")
    done = post(carla, "/e/guest/bulk/edit/run", *chosen, ("field", "name"), ("_fields", "name"), ("name", "Same"))
    assert done.status_code == 303
    with house.runtime.work(SYSTEM, "cli") as work:
        found = {r["id"] for r in work.reader.find("guest", "record.name == 'Same'")}
    assert found == set(ids)
    closed = post(carla, "/e/guest/bulk/edit", *chosen, ("field", "bill"))
    assert 'name="bill"' not in closed.text
    nothing = post(carla, "/e/guest/bulk/edit/run", *chosen, ("field", "bill"), ("_fields", "bill"), ("bill", "1.00"))
    assert nothing.status_code == 400


@pytest.mark.parametrize("undo", [False, True], ids=["done", "undone"])
def test_a_large_act_is_the_workers(house: House, undo: bool) -> None:
    """All records of a list, more than a page: the worker changes them, tells how many, and takes them back where that is asked."""
    guests(house, 230, department=unit(house, "care"))
    carla = house.person("carla")
    form = (
        ("all", "true"),
        ("filter", "record.name.startsWith('Guest')"),
        ("field", "name"),
        ("_fields", "name"),
        ("name", "Same"),
    )
    assert "Change 230" in words(post(carla, "/e/guest/bulk/edit", *form, ("check", "true")).text)
    answer = post(carla, "/e/guest/bulk/edit/run", *form)
    assert answer.status_code == 303
    path = answer.headers["location"]
    assert path.startswith("/several/")
    assert house.person("cosmo").get(path).status_code == 404
    worker = Worker(house.runtime)
    while worker.run_once():
        pass
    assert "Changed 230" in words(carla.get(path).text)
    if undo:
        assert post(carla, f"{path}/undo").status_code == 303
        while worker.run_once():
            pass
        assert "Taken back" in words(carla.get(path).text)
    with house.runtime.work(SYSTEM, "cli") as work:
        same = count_records(work, Query("guest", filter="record.name == 'Same'"))
    assert same == (0 if undo else 230)


def test_a_step_is_not_done_twice(house: House) -> None:
    """A job that is taken again goes on where it stood."""
    ids = guests(house, 3, department=unit(house, "care"))
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        from xrm_core.services import accounts

        work.actor = accounts.actor_by_id(work, accounts.user_by_email(work, "carla@example.com"))
        id = severaljobs.queue(work, "guest", ids, several.Act("edit", {"name": "Same"}), "t", "/")
        user = str(work.actor.id)
    payload = {
        "id": id,
        "actor": user,
        "acting": None,
        "entity": "guest",
        "ids": ids,
        "act": "edit",
        "values": {"name": "Same"},
    }
    severaljobs.carry_out(house.runtime, payload)
    severaljobs.carry_out(house.runtime, payload)
    with house.runtime.work(SYSTEM, "cli") as work:
        work.actor = accounts.actor_by_id(work, user)
        state = severaljobs.state_of(work, id)
    assert (state["at"], state["changed"], state["state"]) == (3, 3, "done")


def test_a_filter_that_cannot_be_read_is_told_with_its_place(house: House) -> None:
    """What is wrong, the way out, and where in the line that people write it stands; brackets of our own are nobody's fault."""
    carla = house.person("carla")

    def fault(*filters: str) -> str:
        answer = carla.get("/e/guest", params=[("filter", f) for f in filters])
        assert answer.status_code == 422
        found = re.search(r'id="filter-error".*?<span>(.*?)</span>', answer.text, re.DOTALL)
        assert found is not None
        return words(found[1])

    assert fault("record.nam == 'x'").endswith("(did you mean 'name'?): at “nam”, character 8")
    assert fault("record.name == 'x'", "record.nam != 'y'").endswith("at “nam”, character 33")
    assert fault("record.name ==") == "a value expected, found the end: at the end"
    assert fault("record.name == 'x' & true").endswith("at “&”, character 20")
