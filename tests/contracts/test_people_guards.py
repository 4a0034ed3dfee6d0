"""Nobody gives a right that he lacks, and the last administrator stays: on every path, on both databases."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from litestar.testing import TestClient

from tests.contracts.people import House, open_house
from xrm_core.app import create_app
from xrm_core.errors import InvalidRecord, Refused, XrmError
from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services import accounts, bulk, records
from xrm_core.services.deleting import delete_record, restore_record
from xrm_core.services.work import Work
from xrm_core.web.guards import csrf_token

FAR = "2999-01-01"


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """A house with departments and people, on either database."""
    with open_house(database_url) as made:
        yield made


def as_(house: House, actor: Actor, do: Callable[[Work], Any], door: str = "api") -> Any:
    """What somebody does, in a transaction."""
    with house.runtime.work(actor, door, write=True) as work:
        return do(work)


def refused(house: House, actor: Actor, do: Callable[[Work], Any], door: str = "api") -> Refused:
    """The refusal of what somebody does."""
    with pytest.raises(Refused) as caught:
        as_(house, actor, do, door)
    return caught.value


def chief_of(house: House) -> Actor:
    """Somebody whom grants let write all about people, and who is no administrator."""
    return house.actor(house.user("Chief", "chief", department="care", is_lead=True))


@pytest.mark.parametrize("door", ["api", "web", "import", "cli", "job", "hook"])
def test_whoever_is_no_administrator_gives_no_rights(house: House, door: str) -> None:
    """Grants open the records; what decides about rights stays with administrators, through whatever door."""
    chief, other = chief_of(house), house.user("Ben", "cook", department="kitchen")
    me = str(chief.id)
    for id in (other, me):
        for values in (
            {"roles": ["admin"]}, {"roles": ["chief", "carer"]}, {"roles": []}, {"department": house.departments["care"] if id != me else None},
            {"is_lead": id != me}, {"status": "inactive"}, {"email": "new@house.example"},
        ):  # fmt: skip
            found = refused(house, chief, lambda w, i=id, v=values: records.update_record(w, "user", i, v), door)
            assert "administrator" in found.message, values
    as_(house, chief, lambda w: records.update_record(w, "user", other, {"name": "Benjamin", "language": "de"}), door)
    made = as_(
        house, chief, lambda w: records.create_record(w, "user", {"name": "New", "email": "n@house.example"}), door
    )
    assert house.actor(str(made["id"])).roles == frozenset()
    for values in ({"roles": ["chief"]}, {"department": house.departments["care"]}, {"is_lead": True}):
        given = {"name": "More", "email": "m@house.example", **values}
        refused(house, chief, lambda w, v=given: records.create_record(w, "user", v), door)
    refused(house, chief, lambda w: delete_record(w, "user", other), door)
    as_(house, SYSTEM, lambda w: delete_record(w, "user", other))
    refused(house, chief, lambda w: restore_record(w, "user", other), door)


def test_memberships_are_given_by_administrators(house: House) -> None:
    """Also those of departments that somebody leads himself, and of roles that he has."""
    chief, other = chief_of(house), house.user("Ben")
    membership = house.member(other, "care", role="chief", until=FAR)
    for user in (str(chief.id), other):
        values = {"user": user, "department": house.departments["care"], "role": "chief"}
        refused(house, chief, lambda w, v=values: records.create_record(w, "membership", v))
    refused(house, chief, lambda w: records.update_record(w, "membership", membership, {"until": None}))
    refused(house, chief, lambda w: delete_record(w, "membership", membership))
    admin = house.actor(house.admin)
    as_(house, admin, lambda w: records.update_record(w, "membership", membership, {"until": None, "leads": True}))
    assert house.codes(house.actor(other).leads) == {"care", "night"}


def test_a_deputy_is_named_by_the_one_who_is_away(house: House) -> None:
    """Or by an administrator; not by his lead, and not by the deputy himself; nor for somebody else afterwards."""
    chief, away, deputy = (
        chief_of(house),
        house.user("Berta", "carer", department="care"),
        house.user("Amal", "carer", department="care"),
    )
    values = {"user": away, "deputy": deputy, "until": FAR}
    for actor in (chief, house.actor(deputy)):
        with pytest.raises(XrmError):
            as_(house, actor, lambda w: records.create_record(w, "deputy", values))
    assert "named by" in refused(house, chief, lambda w: records.create_record(w, "deputy", values)).message
    made = as_(house, house.actor(away), lambda w: records.create_record(w, "deputy", values))["id"]
    assert house.actor(deputy, away).roles == {"carer"}
    with pytest.raises(XrmError):
        as_(house, house.actor(away), lambda w: records.update_record(w, "deputy", made, {"user": str(chief.id)}))
    with pytest.raises(XrmError):
        as_(
            house,
            house.actor(deputy, away),
            lambda w: records.update_record(w, "deputy", made, {"until": "2999-02-02"}),
        )
    for wrong in ({"deputy": away}, {"since": "2999-01-02"}):
        with pytest.raises(InvalidRecord):
            as_(house, SYSTEM, lambda w, v=wrong: records.create_record(w, "deputy", {**values, **v}))
    as_(house, house.actor(away), lambda w: delete_record(w, "deputy", made))
    refused(house, SYSTEM, lambda _: house.actor(deputy, away))


def test_an_administrator_gives_only_as_himself(house: House) -> None:
    """Not in another's place, and not with a token that has limits."""
    second, user = house.user("Dana", "admin"), house.user("Ben")
    house.make("deputy", user=house.admin, deputy=second, until=FAR)
    acting, limited = house.actor(second, house.admin), replace(house.actor(second), scopes=("read", "write"))
    for actor, hint in ((acting, "as yourself"), (limited, "limited")):
        found = refused(house, actor, lambda w: records.update_record(w, "user", user, {"roles": ["cook"]}))
        assert hint in str(found.hint)
    as_(house, house.actor(second), lambda w: records.update_record(w, "user", user, {"roles": ["cook"]}))
    assert house.actor(user).roles == {"cook"}


def test_the_tree_of_departments_is_for_administrators(house: House) -> None:
    """An import may set what forms show as read-only; not who is below whom."""
    chief, kitchen = chief_of(house), house.departments["kitchen"]
    refused(
        house,
        chief,
        lambda w: records.update_record(w, "department", kitchen, {"parent": house.departments["care"]}),
        "import",
    )
    as_(house, chief, lambda w: records.update_record(w, "department", kitchen, {"name": "Canteen"}), "import")


def test_only_roles_that_there_are(house: House) -> None:
    """A role must be declared, for users and memberships, whoever gives it; the error names the nearest."""
    for entity, values in (
        ("user", {"name": "Ben", "email": "b@house.example", "roles": ["coook"]}),
        ("membership", {"user": house.admin, "department": house.departments["care"], "role": "coook"}),
    ):  # fmt: skip
        for actor in (SYSTEM, house.actor(house.admin)):
            with pytest.raises(InvalidRecord) as caught:
                as_(house, actor, lambda w, e=entity, v=values: records.create_record(w, e, v))
            problem = caught.value.problems[0]
            assert (problem.code, problem.hint) == ("unknown_code", "did you mean cook?")


def test_bulk_refuses_row_by_row(house: House) -> None:
    """What a row may not do is refused for that row, the others are written, by any key and through the import's door too."""
    chief, ben = chief_of(house), house.user("Ben", "cook")
    rows = [
        {"email": "ben@house.example", "roles": ["admin"]}, {"email": "ben@house.example", "name": "Benno"},
        {"email": "new@house.example", "name": "New", "roles": ["cook"]}, {"email": "plain@house.example", "name": "Plain"},
    ]  # fmt: skip
    for door in ("api", "import"):
        results = as_(house, chief, lambda w: bulk.upsert_records(w, "user", rows, ("email",)), door)
        assert [r.problems[0].code if r.problems else "" for r in results] == ["refused", "", "refused", ""]
    assert house.actor(ben).roles == {"cook"}


# -- the last administrator
def strip(house: House, id: str) -> list[Callable[[Work], Any]]:
    """All ways to lose an administrator."""
    return [
        lambda w: records.update_record(w, "user", id, {"roles": ["cook"]}),
        lambda w: records.update_record(w, "user", id, {"status": "inactive"}),
        lambda w: records.update_record(w, "user", id, {"status": "invited", "name": "Gone"}),
        lambda w: delete_record(w, "user", id),
    ]


def test_the_last_administrator_stays(house: House) -> None:
    """Neither he himself, nor the system, nor bulk takes his role, his activity or him; with a second one, all are open."""
    house.member(house.user("Temp"), "care", role="admin", until=FAR)  # for a time only: he does not count
    house.user("Away", "admin", status="inactive")
    for actor in (SYSTEM, house.actor(house.admin)):
        for do in strip(house, house.admin):
            assert "last active administrator" in refused(house, actor, do).message
        rows = [{"id": house.admin, "roles": []}]
        result = as_(house, actor, lambda w, r=rows: bulk.upsert_records(w, "user", r))[0]
        assert (result.status, result.problems[0].code) == ("refused", "refused")
    assert house.actor(house.admin).roles == {"admin"}
    for n in range(4):
        second = house.user(f"Second{n}", "admin")
        as_(house, SYSTEM, strip(house, second)[n])
        refused(house, SYSTEM, strip(house, house.admin)[n])


def test_the_last_two_cannot_go_at_once(house: House) -> None:
    """Two requests that each take one of the last two administrators: one is done, the other refused."""
    for n in range(4):
        second, start = house.user(f"Second{n}", "admin"), Barrier(2)

        def take(id: str, way: int = n, start: Barrier = start) -> str:
            start.wait(10)
            try:
                as_(house, SYSTEM, strip(house, id)[way])
            except Refused as fault:
                return fault.message
            return "done"

        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(take, (house.admin, second)))
        assert sorted("last" if "last active" in t else t for t in told) == ["done", "last"], told
        with house.runtime.work(SYSTEM, "cli") as work:
            left = accounts.first_administrator(work, "Nobody", "nobody@house.example")
        assert left == (house.admin if told[1] == "done" else second)
        house.admin = left


# -- through the API and the pages
def test_the_api_and_the_pages_say_so(house: House) -> None:
    """403 with our sentence through the API; the same sentence on the page of the form, and nothing is changed."""
    chief = chief_of(house)
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        token, secret = accounts.make_token(work, str(chief.id), "t")[1], accounts.begin_session(work, str(chief.id))
    with TestClient(create_app(house.runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.patch(f"/api/user/{chief.id}", json={"roles": ["admin"]}, headers=headers)
        assert (answer.status_code, "only an administrator" in answer.json()["detail"].lower()) == (403, True), (
            answer.text
        )
        lines = json.dumps({"id": chief.id, "roles": ["admin"]})
        sent = {**headers, "Content-Type": "application/x-ndjson"}
        told = client.post("/api/user/bulk", content=lines, headers=sent)
        assert json.loads(told.text.splitlines()[0])["status"] == "refused", told.text
        client.cookies.set("xrm_session", secret)
        page = client.get(f"/e/user/{chief.id}/edit").text
        hidden = dict(re.findall(r'type="hidden" name="(_version|_fields)" value="([^"]*)"', page))
        form = {
            **hidden, "_csrf": csrf_token(secret), "name": "Chief", "email": "chief@house.example", "department": house.departments["care"],
            "department__text": "Care", "is_lead": "true", "status": "active", "roles": ["chief", "admin"],
        }  # fmt: skip
        page = client.post(f"/e/user/{chief.id}/edit", data=form, headers={"Sec-Fetch-Site": "same-origin"})
        assert (page.status_code, "administrator" in page.text) == (403, True)
    assert house.actor(str(chief.id)).roles == {"chief"}


def test_acting_through_the_api_and_the_pages(house: House) -> None:
    """`X-Acting-For` by id or address for one request; the switch on the pages for the session; each says both names."""
    berta, amal = house.user("Berta", "carer", department="care"), house.user("Amal", "cook", department="kitchen")
    house.make("deputy", user=berta, deputy=amal, until=FAR)
    guest = house.make("guest", name="Gus", owner=berta)
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        token, secret = accounts.make_token(work, amal, "t")[1], accounts.begin_session(work, amal)
    with TestClient(create_app(house.runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
        plain = {"Authorization": f"Bearer {token}"}
        assert client.get(f"/api/guest/{guest}", headers=plain).status_code == 404
        for who in (berta, "berta@house.example"):
            assert client.get(f"/api/guest/{guest}", headers={**plain, "X-Acting-For": who}).status_code == 200
        for nobody in (house.admin, amal, "x", "nobody@house.example", ""):
            answer = client.get("/api/guest", headers={**plain, "X-Acting-For": nobody})
            assert answer.status_code == 403, nobody
        acting = {**plain, "X-Acting-For": berta}
        assert client.patch(f"/api/guest/{guest}", json={"name": "Gustav"}, headers=acting).status_code == 200
        entry = client.get(f"/api/guest/{guest}/history", headers=acting).json()["items"][0]
        assert (entry["actor_name"], entry["actor_id"], entry["actor_for"]) == ("Amal for Berta", amal, berta)
        client.cookies.set("xrm_session", secret)
        assert "Act for Berta" in client.get("/").text
        form = {"_csrf": csrf_token(secret), "for": house.admin}
        ours = {"Sec-Fetch-Site": "same-origin"}
        assert client.post("/acting", data=form, headers=ours).status_code == 403
        page = client.post("/acting", data={**form, "for": berta}, headers=ours)
        assert "in the place of Berta" in page.text
        assert "Act as yourself again" in page.text
        page = client.get(f"/e/guest/{guest}?tab=history")
        assert "Amal for Berta" in page.text
        page = client.post("/acting", data={**form, "for": ""}, headers=ours)
        assert "in the place of" not in page.text
        assert client.get(f"/e/guest/{guest}").status_code == 404
