"""Writes and the actor's rights, through the services and through the API, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.contracts.guarded import Charity
from xrm_core.errors import Conflict, InvalidRecord, NotFound, Refused, VersionConflict
from xrm_core.metamodel.values import Query
from xrm_core.services import actions, bulk, deleting, lists, past, records
from xrm_core.services.work import Work

NUMBERS = count(1)


def name() -> str:
    """A name that nobody has yet."""
    return f"Donor {next(NUMBERS)}"


def donor(charity: Charity, office: str = "north", **values: Any) -> str:
    """A donor, made by the platform."""
    return charity.make("donor", **{"name": name(), "office": office, **values})


def refused(charity: Charity, who: str, do: Callable[[Work], object], kind: type[Exception] = Refused) -> Any:
    """The error of something that is refused and leaves everything as it was."""
    before = charity.mark()
    with pytest.raises(kind) as fault, charity.work(who) as work:
        do(work)
    assert charity.mark() == before
    return fault.value


def codes(fault: Any) -> dict[str | None, str]:
    """The problems' codes by their fields."""
    return {p.field: p.code for p in fault.problems}


def unchanged(charity: Charity, who: str, method: str, url: str, status: int, **more: Any) -> Any:
    """A request that is refused with this status and leaves everything as it was."""
    before = charity.mark()
    answer = charity.ask(who, method, url, **more)
    assert answer.status_code == status, answer.text
    assert charity.mark() == before
    return answer.json()


# ---- create
def test_what_is_made_must_be_the_actors_to_make(charity: Charity) -> None:
    """Rules see the whole new record; outside of them nothing is made, and an entity without the right says so."""
    with charity.work("nora") as work:
        made = records.create_record(work, "donor", {"name": name(), "office": "north", "lines": [{"what": "x"}]})
    assert set(made) >= {"id", "version", "name", "limit"}
    assert "note" not in made
    assert "tax_no" not in made
    assert charity.stored("donor", made["id"])["phone"] == "none yet", "defaults are not given"
    fault = refused(charity, "nora", lambda w: records.create_record(w, "donor", {"name": name(), "office": "south"}))
    assert fault.hint is not None
    unchanged(charity, "nora", "POST", "donor", 403, json={"name": name(), "office": "south"})
    unchanged(charity, "rita", "POST", "donor", 403, json={"name": name(), "office": "north"})
    assert unchanged(charity, "eve", "POST", "donor", 404, json={"name": "x"})["code"] == "unknown_entity"


def test_a_gift_is_made_for_a_donor_that_is_seen(charity: Charity) -> None:
    """A rule through a link; a donor who is not seen is as one that there is not."""
    mine, other = donor(charity), donor(charity, "south")
    assert charity.ask("nora", "POST", "gift", json={"donor": mine, "what": "x"}).status_code == 201
    told = unchanged(charity, "nora", "POST", "gift", 422, json={"donor": other, "what": "x"})
    nothing = unchanged(charity, "nora", "POST", "gift", 422, json={"donor": charity.users["eve"], "what": "x"})
    assert told == nothing
    by_key = unchanged(charity, "nora", "POST", "gift", 422, json={"donor": {"tax_no": "T"}, "what": "x"})
    assert by_key["errors"][0]["code"] == "unknown_key"


def test_only_open_fields_are_given(charity: Charity) -> None:
    """A field that is not read is unknown, one that is only read may not be set; by whatever way, everything stays."""
    for hidden in ({"note": "x"}, {"banks": [{"iban": "X"}]}, {"closed_on": "2020-01-01"}):
        fault = refused(charity, "nora", lambda w, h=hidden: records.create_record(w, "donor", {"name": name(), "office": "north", **h}), InvalidRecord)  # fmt: skip
        (field,) = hidden
        assert codes(fault) == {field: "unknown_field"}
        said = unchanged(charity, "nora", "POST", "donor", 422, json={"name": "n", "office": "north", **hidden})
        none = unchanged(charity, "nora", "POST", "donor", 422, json={"name": "n", "office": "north", "nothing": 1})
        assert said["errors"][0]["message"] == none["errors"][0]["message"].replace("nothing", field)
    fault = refused(
        charity, "nora", lambda w: records.create_record(w, "donor", {"name": name(), "office": "north", "limit": "3"})
    )
    assert codes(fault) == {"limit": "not_allowed"}
    line = {"name": name(), "office": "north", "lines": [{"what": "x", "cost": "3"}]}
    assert codes(refused(charity, "nora", lambda w: records.create_record(w, "donor", line))) == {
        "lines[0].cost": "not_allowed"
    }


# ---- update
def test_a_change_holds_before_and_after(charity: Charity) -> None:
    """Foreign records are missing ones; a record is neither moved out of what is one's own nor into it."""
    mine, other = donor(charity), donor(charity, "south")
    with charity.work("nora") as work:
        assert records.update_record(work, "donor", mine, {"phone": "1"})["phone"] == "1"
    refused(charity, "nora", lambda w: records.update_record(w, "donor", mine, {"office": "south"}))
    refused(charity, "nora", lambda w: records.update_record(w, "donor", other, {"office": "north"}), NotFound)
    refused(charity, "rita", lambda w: records.update_record(w, "donor", mine, {"phone": "2"}))
    foreign = unchanged(charity, "nora", "PATCH", f"donor/{other}", 404, json={"phone": "2"})
    absent = unchanged(charity, "nora", "PATCH", f"donor/{charity.users['eve']}", 404, json={"phone": "2"})
    assert foreign["detail"].replace(other, "") == absent["detail"].replace(charity.users["eve"], "")
    unchanged(charity, "nora", "PATCH", f"donor/{mine}", 403, json={"office": "south"})


def test_closed_fields_stay_as_they_are(charity: Charity) -> None:
    """Masked and read-only fields are refused; what is not named stays; what is given as it is counts as not given."""
    id = donor(charity, note="secret", limit="5", tax_no=f"T{next(NUMBERS)}", banks=[{"iban": "X"}])
    assert codes(refused(charity, "nora", lambda w: records.update_record(w, "donor", id, {"note": None}), InvalidRecord)) == {"note": "unknown_field"}  # fmt: skip
    assert codes(refused(charity, "nora", lambda w: records.update_record(w, "donor", id, {"limit": "6"}))) == {"limit": "not_allowed"}  # fmt: skip
    answer = charity.ask("nora", "PATCH", f"donor/{id}", json={"phone": "3", "limit": "5.00"})
    assert answer.status_code == 200
    assert "note" not in answer.json()
    kept = charity.stored("donor", id)
    assert (kept["note"], str(kept["limit"]), kept["phone"]) == ("secret", "5.00", "3")
    with charity.work() as work:
        assert len(work.reader.children("donor", "banks", id)) == 1


def test_a_grants_own_fields_are_all_that_it_opens(charity: Charity) -> None:
    """The treasurer sets three fields of fresh donors."""
    id = donor(charity)
    with charity.work("tom") as work:
        records.update_record(work, "donor", id, {"note": "n", "limit": "7", "banks": [{"iban": "Y"}]})
    refused(charity, "tom", lambda w: records.update_record(w, "donor", id, {"phone": "1"}))
    with charity.work() as work:
        records.run_transition(work, "donor", id, "activate")
    refused(charity, "tom", lambda w: records.update_record(w, "donor", id, {"note": "m"}))


def test_another_version_is_told_as_it_is_seen(charity: Charity) -> None:
    """What is shown of the stored record in a conflict is what the actor sees of it."""
    id = donor(charity, note="secret")
    fault = refused(
        charity, "nora", lambda w: records.update_record(w, "donor", id, {"phone": "1"}, 7), VersionConflict
    )
    assert fault.current["version"] == 1
    assert "note" not in fault.current
    answer = unchanged(charity, "nora", "PATCH", f"donor/{id}", 412, json={"phone": "1"}, headers={"If-Match": '"7"'})
    assert "note" not in answer["current"]
    other = donor(charity, "south")
    unchanged(charity, "nora", "PATCH", f"donor/{other}", 404, json={"phone": "1"}, headers={"If-Match": '"7"'})


# ---- transitions, actions
def test_a_transition_is_a_verb(charity: Charity) -> None:
    """Named, or covered by update; what it asks for goes with it, what it sets is its own."""
    id = donor(charity)
    answer = charity.ask("tom", "POST", f"donor/{id}/activate", json={"limit": "9"})
    assert answer.json()["stage"] == "active", answer.text
    refused(charity, "tom", lambda w: records.run_transition(w, "donor", id, "close"))
    refused(charity, "rita", lambda w: records.run_transition(w, "donor", id, "close"))
    offers = {o["name"]: o["allowed"] for o in charity.ask("rita", "GET", f"donor/{id}/transitions").json()["items"]}
    assert offers == {"close": False}
    closed = charity.ask("nora", "POST", f"donor/{id}/close")
    assert closed.json()["stage"] == "closed"
    assert "closed_on" not in closed.json()
    assert charity.stored("donor", id)["closed_on"] is not None


def test_an_action_is_a_verb(charity: Charity) -> None:
    """Named, or covered by update, or by read where it only reads; what it changes is the platform's doing, recorded by name."""
    id = donor(charity)
    done = charity.ask("max", "POST", f"donor/{id}/mark", json={})
    assert done.status_code == 200, done.text
    assert "note" not in done.json()["record"]
    assert [c["entity"] for c in done.json()["changes"]] == ["donor"], "the memo is not his to know"
    kept = charity.stored("donor", id)
    assert (kept["note"], kept["updated_by"]) == ("marked well", charity.users["max"])
    refused(charity, "rita", lambda w: actions_run(w, "donor", id, "mark"))
    unchanged(charity, "eve", "POST", f"donor/{id}/mark", 404, json={})
    other = donor(charity, "south")
    unchanged(charity, "nora", "POST", f"donor/{other}/mark", 404, json={})
    told = unchanged(charity, "nora", "POST", f"donor/{id}/mark", 422, json={"other": other})
    assert told == unchanged(charity, "nora", "POST", f"donor/{id}/mark", 422, json={"other": charity.users["eve"]})
    gift = charity.make("gift", donor=other, what="x", amount="3")
    assert charity.ask("rita", "POST", f"gift/{gift}/weigh").json()["result"] == {"amount": "3.00"}
    assert charity.ask("nora", "GET", f"gift/{gift}/actions").status_code == 404


def actions_run(work: Work, *of: str) -> object:
    """Run an action."""
    return actions.run_action(work, *of)


def test_a_condition_over_what_is_hidden_is_not_told(charity: Charity) -> None:
    """That it does not hold is told, not what it asks for; to those who read it, it is."""
    id = donor(charity, note="keep")
    said = unchanged(charity, "nora", "POST", f"donor/{id}/close", 422)
    assert [p["message"] for p in said["errors"]] == ["not possible now"]
    assert "Note" in str(charity.ask("ada", "POST", f"donor/{id}/close").json()["errors"])
    never = donor(charity, note="never")
    said = unchanged(charity, "max", "POST", f"donor/{never}/mark", 422, json={})
    assert [p["message"] for p in said["errors"]] == ["not possible now"]
    (offer,) = charity.ask("max", "GET", f"donor/{never}/actions").json()["items"]
    assert (offer["allowed"], offer["reason"]) == (False, "not possible now")


# ---- the bin
def test_the_bin_goes_by_delete(charity: Charity) -> None:
    """Delete and restore are one right, purge another; what stands in the way unseen has no name and no number."""
    id, other = donor(charity), donor(charity, "south")
    refused(charity, "rita", lambda w: deleting.delete_record(w, "donor", id))
    refused(charity, "nora", lambda w: deleting.delete_record(w, "donor", other), NotFound)
    memo = charity.make("memo", donor=id)
    fault = refused(charity, "nora", lambda w: deleting.delete_record(w, "donor", id), Conflict)
    assert (fault.message, fault.code) == ("it is still referred to", "referred_to")
    with charity.work() as work:
        deleting.delete_record(work, "memo", memo)
        deleting.purge_record(work, "memo", memo)
    gift = charity.make("gift", donor=id, what="g")
    assert "1 gift" in refused(charity, "nora", lambda w: deleting.delete_record(w, "donor", id), Conflict).message
    with charity.work() as work:
        deleting.delete_record(work, "gift", gift)
    assert charity.ask("nora", "DELETE", f"donor/{id}").status_code == 204
    refused(charity, "rita", lambda w: deleting.restore_record(w, "donor", id))
    refused(charity, "nora", lambda w: deleting.purge_record(w, "donor", id))
    back = charity.ask("nora", "POST", f"donor/{id}/restore")
    assert (back.status_code, "note" in back.json()) == (200, False)


# ---- many
def test_rows_are_refused_one_by_one(charity: Charity) -> None:
    """Each row by its own verdict; what is not seen is not there, and hidden fields are no keys."""
    mine, other = donor(charity), donor(charity, "south")
    with charity.work("nora") as work:
        told = bulk.upsert_records(work, "donor", [
            {"id": mine, "phone": "1"}, {"id": mine, "office": "south"}, {"id": other, "phone": "1"}, {"id": mine, "note": "x"},
            {"name": name(), "office": "north"}, {"name": name(), "office": "south"}, {"id": mine, "limit": "3"},
        ])  # fmt: skip
    assert [(r.status, [p.code for p in r.problems]) for r in told] == [
        ("updated", []), ("refused", ["not_allowed"]), ("refused", ["not_found"]), ("refused", ["unknown_field"]),
        ("created", []), ("refused", ["not_allowed"]), ("refused", ["not_allowed"]),
    ]  # fmt: skip
    assert charity.stored("donor", mine)["phone"] == "1"
    rows = [{"name": name(), "office": ("north", "south")[n % 2]} for n in range(60)]
    with charity.work("nora") as work:
        told = bulk.upsert_records(work, "donor", rows)
    assert [r.status for r in told] == ["created", "refused"] * 30
    body = json.dumps({"tax_no": "T1", "phone": "2"})
    unchanged(charity, "nora", "POST", "donor/bulk?key=tax_no", 400, content=body, headers={"Content-Type": "application/x-ndjson"})  # fmt: skip
    unchanged(
        charity, "rita", "POST", "donor/bulk", 403, content=body, headers={"Content-Type": "application/x-ndjson"}
    )
    unchanged(charity, "eve", "POST", "donor/bulk", 404, content=body, headers={"Content-Type": "application/x-ndjson"})


# ---- what is told of others
def test_a_value_in_use_is_not_told(charity: Charity) -> None:
    """Who reads the field of every record is told which one it is; others only that it is not accepted."""
    other = donor(charity, "south")
    taken = charity.stored("donor", other)["name"]
    mine = donor(charity)
    with charity.work() as work:
        records.update_record(work, "donor", mine, {"name": taken})
    fresh = donor(charity)
    values = {"name": taken, "office": "north"}
    fault = refused(charity, "nora", lambda w: records.create_record(w, "donor", values), Conflict)
    assert (fault.code, fault.problems) == ("not_accepted", ())
    assert taken not in fault.message
    unchanged(charity, "nora", "PATCH", f"donor/{fresh}", 409, json={"name": taken})
    with pytest.raises(Conflict) as told, charity.work() as work:
        records.create_record(work, "donor", values)
    assert told.value.code == "not_unique"


def test_unread_rows_are_not_taken_away(charity: Charity) -> None:
    """Rows that are written as they are keep what the actor does not read of them."""
    id = donor(charity, lines=[{"what": "a", "cost": "1"}, {"what": "b", "cost": "2"}])
    with charity.work() as work:
        first, second = work.reader.children("donor", "lines", id)
    rows = [{"id": first["id"], "what": "a2"}, {"what": "c"}]
    assert charity.ask("nora", "PATCH", f"donor/{id}", json={"lines": rows}).status_code == 200
    with charity.work() as work:
        assert [(r["what"], str(r["cost"])) for r in work.reader.children("donor", "lines", id)] == [("a2", "1.00"), ("c", "None")]  # fmt: skip
    assert charity.stored("donor_lines", second["id"])["deleted_at"] is not None


# ---- what it costs
def test_rights_take_few_statements(charity: Charity) -> None:
    """Reading takes one, as without limits, and one of the transaction that asks which kept paths are behind; the first time, one
    more asks what the database knows of the columns of the rule. Writes take what they do without, and one for each record that a
    rule or a link follows."""
    id = donor(charity)
    gift = charity.make("gift", donor=id, what="x")
    nora = charity.actor("nora")

    def statements(do: Callable[[Work], object]) -> int:
        with charity.runtime.work(nora, "api", write=True) as work:
            do(work)
            return int(work.tx.statements)

    for first in (1, 0):
        assert statements(lambda w: records.read_record(w, "gift", gift)) <= 2 + first
        assert statements(lambda w: lists.list_records(w, Query("gift", ("what", "donor.name")))) <= 2 + first
    assert statements(lambda w: records.create_record(w, "donor", {"name": name(), "office": "north"})) <= 4
    assert statements(lambda w: records.update_record(w, "donor", id, {"phone": "5"})) <= 4
    assert statements(lambda w: records.create_record(w, "gift", {"donor": id, "what": "y"})) <= 5
    assert statements(lambda w: records.update_record(w, "gift", gift, {"what": "z"})) <= 5, "the answer is asked anew"
    assert statements(lambda w: past.history_of(w, "donor", id)) <= 4


def test_a_rule_may_ask_who_made_it(charity: Charity) -> None:
    """A new record is asked with the one who makes it; links of several kinds know only entities that are read."""
    with charity.work("nora") as work:
        made = records.create_record(work, "errand", {"what": "x", "about": donor_of(work), "about_entity": "donor"})
        assert made["created_by"] == charity.users["nora"]
    told = refused(
        charity, "nora", lambda w: records.create_record(w, "errand", {"what": "x", "about": made["id"], "about_entity": "memo"}), InvalidRecord
    )  # fmt: skip
    assert [p.message for p in told.problems] == ["About may point to donor"]
    with charity.work() as work:
        other = str(records.create_record(work, "errand", {"what": "y"})["id"])
    refused(charity, "nora", lambda w: records.read_record(w, "errand", other), NotFound)


def donor_of(work: Work) -> str:
    """A donor that is seen."""
    return str(records.create_record(work, "donor", {"name": name(), "office": "north"})["id"])


def test_what_is_needed_unseen_has_no_name(charity: Charity) -> None:
    """A required field that does not exist for the actor is not named in what is wrong."""
    fault = refused(charity, "nora", lambda w: records.create_record(w, "errand", {"what": "secret"}), InvalidRecord)
    assert codes(fault) == {None: "required"}
    assert "Reason" not in str(fault)
