"""Users as actors: departments, roles, memberships with dates, deputies; and what changes holds at the next request."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.contracts.people import House, open_house
from xrm_core.errors import InvalidRecord, Refused, XrmError
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts, past, records
from xrm_core.services.deleting import delete_record
from xrm_core.services.organisation import start_organisation
from xrm_core.storage.database import Database


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """A house with departments and people, on either database."""
    with open_house(database_url) as made:
        yield made


def test_departments_are_ones_own_and_below_only_for_leads(house: House) -> None:
    """Who belongs to a department has it; who leads it has those below too, and leads all of them."""
    plain, lead = house.user("Ben", "carer", department="care"), house.user("Cay", department="care", is_lead=True)
    actor = house.actor(plain)
    assert (house.codes(actor.departments), actor.units, actor.leads) == ({"care"}, {"care"}, frozenset())
    actor = house.actor(lead)
    assert house.codes(actor.departments) == house.codes(actor.leads) == {"care", "night"}
    assert actor.units == {"care"}
    house.member(plain, "kitchen", role="cook")
    house.member(plain, "house", leads=True)
    actor = house.actor(plain)
    assert actor.roles == {"carer", "cook"}
    assert house.codes(actor.departments) == house.codes(actor.leads) == {"house", "care", "night", "kitchen"}
    assert actor.units == {"care", "kitchen", "house"}


def test_a_membership_counts_from_its_first_day_to_its_last(house: House) -> None:
    """Both days included, in the organisation's time zone; without days it always counts."""
    user = house.user("Ben")
    with house.runtime.work(SYSTEM, "cli") as work:
        today = work.today
    one = timedelta(days=1)
    for since, until, counts in (
        (None, None, True), (today, today, True), (today + one, None, False), (None, today - one, False),
        (today - one, today, True), (today, today + one, True),
    ):  # fmt: skip
        id = house.member(user, "kitchen", role="cook", since=since, until=until)
        assert ("cook" in house.actor(user).roles) is counts, (since, until)
        with house.runtime.work(SYSTEM, "cli", write=True) as work:
            delete_record(work, "membership", id)
        assert house.actor(user).roles == frozenset(), "one in the bin counts for nothing"
    with pytest.raises(InvalidRecord):
        house.member(user, "kitchen", since=today, until=today - one)


def test_the_day_is_the_organisations(house: House) -> None:
    """A membership ends with the day where the organisation is, not with that of the server."""
    user, settings = house.user("Ben"), house.runtime.settings
    there = settings.organisation.model_copy(update={"time_zone": "Pacific/Auckland"})
    house.runtime.settings = settings.model_copy(update={"organisation": there})
    house.member(user, "kitchen", role="cook", until="2026-03-10")
    for hour, roles in ((10, {"cook"}), (12, set())):  # 23:00 and 01:00 of the next day in Auckland
        with house.runtime.work(SYSTEM, "cli", now=datetime(2026, 3, 10, hour, tzinfo=UTC)) as work:
            assert accounts.actor_by_id(work, user).roles == roles


def test_what_is_not_active_gives_nothing(house: House) -> None:
    """A department that is not active gives neither itself, nor its roles, nor what is below; a user nothing at all."""
    user = house.user("Ben", "carer", department="care", is_lead=True)
    house.member(user, "kitchen", role="cook")
    with house.runtime.work(SYSTEM, "sample", write=True) as work:
        for code in ("care", "kitchen"):
            records.update_record(work, "department", house.departments[code], {"active": False})
    actor = house.actor(user)
    assert (actor.roles, actor.departments, actor.leads, actor.units) == (
        {"carer"},
        frozenset(),
        frozenset(),
        frozenset(),
    )
    secret = house.session(user)
    house.change("user", user, status="inactive")
    with pytest.raises(Refused):
        house.actor(user)
    with house.runtime.work(SYSTEM, "web") as work:
        assert accounts.session_actor(house.runtime, work, secret).kind == "anonymous"


def test_an_address_stands_for_one_user_however_it_is_typed(house: House) -> None:
    """It is kept in lower case, found in any, and nobody else gets it in another one."""
    user = house.user("Ben", email="Ben.Bell@House.Example")
    with house.runtime.work(SYSTEM, "cli") as work:
        assert records.read_record(work, "user", user)["email"] == "ben.bell@house.example"
        assert accounts.user_by_email(work, "BEN.Bell@house.example") == user
    with pytest.raises(XrmError):
        house.user("Other", email="ben.BELL@house.example")


def test_an_actor_takes_one_statement(house: House) -> None:
    """However many memberships, a session, a token, a user need one statement, one more when people changed since; one who
    stands in for another needs two."""
    user, away = house.user("Ben", department="care"), house.user("Cay", "cook", department="kitchen")
    for code in ("house", "night", "kitchen"):
        house.member(user, code, leads=True)
    house.make("deputy", user=away, deputy=user, until="2999-01-01")
    secret = house.session(user)
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        token = accounts.make_token(work, user, "t", scopes=["read"])[1]
    with house.runtime.work(SYSTEM, "web") as work:
        for ask, most in (
            (lambda: accounts.session_actor(house.runtime, work, secret), 2),
            (lambda: accounts.session_actor(house.runtime, work, secret), 1), (lambda: accounts.token_actor(house.runtime, work, token), 1),
            (lambda: accounts.session_actor(house.runtime, work, secret, away), 2),
        ):  # fmt: skip
            before = work.tx.statements
            actor = ask()
            assert (actor.id, work.tx.statements - before) == (user, most)
        assert accounts.token_actor(house.runtime, work, token).scopes == ("read",)


def test_a_change_of_people_is_seen_within_its_transaction_and_after(house: House) -> None:
    """Who somebody is, is found anew in the transaction that changed people, before it is committed, and after it; and what was
    undone is not kept."""
    user = house.user("Ben", "cook")
    secret = house.session(user)

    def roles() -> frozenset[str]:
        with house.runtime.work(SYSTEM, "web") as work:
            return accounts.session_actor(house.runtime, work, secret).roles

    assert roles() == roles() == {"cook"}
    with suppress(RuntimeError), house.runtime.work(SYSTEM, "cli", write=True) as work:
        records.update_record(work, "user", user, {"roles": []})
        assert accounts.session_actor(house.runtime, work, secret).roles == frozenset()
        raise RuntimeError
    assert roles() == {"cook"}
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        records.update_record(work, "user", user, {"roles": []})
    assert roles() == frozenset()
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        records.update_record(work, "user", user, {"status": "inactive"})
    with house.runtime.work(SYSTEM, "web") as work:
        assert accounts.session_actor(house.runtime, work, secret).kind == "anonymous"


def test_a_change_holds_at_the_next_request_of_every_process(house: House) -> None:
    """Nothing is kept beyond the transaction: a second runtime, and a process of its own, see what the first one changed."""
    user = house.user("Ben")
    secret, other = house.session(user), replace(house.runtime, database=Database(house.runtime.settings.database_url))

    def roles() -> set[str]:
        with other.work(SYSTEM, "web") as work:
            return set(accounts.session_actor(other, work, secret).roles)

    assert roles() == set()
    membership = house.member(user, "kitchen", role="cook")
    assert roles() == {"cook"}
    script = (
        "import sys; from pathlib import Path\n"
        "from xrm_core.metamodel.values import SYSTEM\n"
        "from xrm_core.services import records\n"
        "from xrm_core.services.organisation import open_organisation\n"
        "with open_organisation(Path(sys.argv[1])).work(SYSTEM, 'cli', write=True) as work:\n"
        "    records.update_record(work, 'membership', sys.argv[2], {'until': '2001-01-01', 'since': '2000-01-01'})\n"
    )
    subprocess.run([sys.executable, "-c", script, str(house.runtime.settings.root), membership], check=True)
    assert roles() == set()
    house.change("user", user, status="inactive")
    with other.work(SYSTEM, "web") as work:
        assert accounts.session_actor(other, work, secret).kind == "anonymous"
    other.database.dispose()


def test_department_records_follow_the_metadata(house: House) -> None:
    """A department that moves is below its new one at once; one that is not declared any more gives nothing, until it is again."""
    lead = house.user("Cay", department="care", is_lead=True)
    cook = house.user("Amal", department="night")
    assert house.codes(house.actor(lead).leads) == {"care", "night"}
    file = house.runtime.settings.root / "metadata/access/departments.yaml"
    written = file.read_text("utf-8")

    def rewrite(text: str) -> None:
        file.write_text(text, "utf-8")
        start_organisation(house.runtime.settings.root).database.dispose()

    rewrite(
        written.replace("department: night\nlabel: Night\nparent: care\n---\n", "").replace(
            "label: Kitchen\nparent: house", "label: Kitchen\nparent: care"
        )
    )
    assert house.codes(house.actor(lead).leads) == {"care", "kitchen"}
    assert house.actor(cook).departments == frozenset()
    rewrite(written)
    assert house.codes(house.actor(lead).leads) == {"care", "night"}
    assert house.codes(house.actor(cook).departments) == {"night"}


# -- deputies
def test_a_deputy_has_the_others_place_and_not_his_own(house: House) -> None:
    """He sees what the absent one sees, and rules about `actor.id` mean her; the history names both, with her id."""
    berta = house.user("Berta", "carer", department="care")
    amal = house.user("Amal", "cook", department="kitchen")
    house.make("deputy", user=berta, deputy=amal, until="2999-01-01")
    guest = house.make("guest", name="Gus", owner=berta)
    actor = house.actor(amal, berta)
    assert (actor.id, actor.deputy_for, actor.acts_as, actor.name) == (amal, berta, berta, "Amal for Berta")
    assert (actor.roles, actor.units) == ({"carer"}, {"care"})
    with house.runtime.work(actor, "web", write=True) as work:
        made = records.create_record(work, "guest", {"name": "New"})
        assert (made["owner"], made["created_by"]) == (berta, amal)
        records.update_record(work, "guest", guest, {"name": "Gustav"})
        entry = past.history_of(work, "guest", guest)[0]
        assert (entry.actor_id, entry.actor_name, entry.actor_for) == (amal, "Amal for Berta", berta)


def test_a_session_remembers_for_whom_and_it_ends_by_itself(house: House) -> None:
    """The switch lasts until it is taken back, or the deputy's last day is over; what was meant in her name is then refused
    once, and never done in his own."""
    berta, amal = house.user("Berta", "carer"), house.user("Amal", "cook")
    deputy = house.make("deputy", user=berta, deputy=amal, until="2999-01-01")
    secret, runtime = house.session(amal), house.runtime

    def who(write: bool = False) -> set[str]:
        with runtime.work(SYSTEM, "web", write=write) as work:
            return set(accounts.session_actor(runtime, work, secret).roles)

    def switch(user: str | None) -> None:
        with runtime.work(SYSTEM, "web", write=True) as work:
            work.actor = accounts.session_actor(runtime, work, secret)
            accounts.act_for(work, secret, user)

    switch(berta)
    assert who() == who(write=True) == {"carer"}
    switch(None)
    assert who() == {"cook"}
    switch(berta)
    house.change("deputy", deputy, since="2020-01-01", until="2020-01-02")
    with pytest.raises(Refused, match="no longer stand in"):
        who(write=True)
    assert who() == {"cook"}, "a page that only reads shows him as himself, and forgets the switch"
    assert who(write=True) == {"cook"}
    house.change("deputy", deputy, until="2999-01-01")
    switch(berta)
    house.change("user", berta, status="inactive")
    assert who() == {"cook"}, "she has no rights any more, so he has none of hers"


def test_deputies_do_not_chain_and_do_not_make_administrators(house: House) -> None:
    """Who stands in for B does not stand in for those for whom B does; the role admin is nobody's by standing in."""
    a, b, c = house.user("Amal", "cook"), house.user("Berta", "carer"), house.user("Cay", "chief")
    house.make("deputy", user=b, deputy=a, until="2999-01-01")
    house.make("deputy", user=c, deputy=b, until="2999-01-01")
    with pytest.raises(Refused, match="do not stand in"):
        house.actor(a, c)
    house.make("deputy", user=house.admin, deputy=a, until="2999-01-01")
    assert "admin" not in house.actor(a, house.admin).roles
    second = house.user("Dana", "admin")
    house.make("deputy", user=house.admin, deputy=second, until="2999-01-01")
    house.make("deputy", user=b, deputy=second, until="2999-01-01")
    assert "admin" in house.actor(second, house.admin).roles
    assert house.actor(second, b).roles == {"carer"}, "in another's place an administrator is what that one is"


@pytest.mark.parametrize("days", [(1, 2), (-2, -1)])
def test_a_deputy_counts_only_on_his_days(house: House, days: tuple[int, int]) -> None:
    """Before the first day and after the last there is nobody to stand in for."""
    a, b = house.user("Amal"), house.user("Berta")
    with house.runtime.work(SYSTEM, "cli") as work:
        since, until = (work.today + timedelta(days=n) for n in days)
    house.make("deputy", user=b, deputy=a, since=since, until=until)
    with pytest.raises(Refused):
        house.actor(a, b)
