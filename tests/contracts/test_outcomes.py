"""Outcomes over a relationship: readings that are taken and entered, health with its parts, stages proposed and decided, on
both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from xrm_outcomes import pieces

from tests.contracts.conftest import with_plugins
from xrm_core.errors import InvalidRecord
from xrm_core.metamodel.values import SYSTEM, Actor, Query
from xrm_core.services import actions, lists, records
from xrm_core.services.runtime import Runtime
from xrm_core.services.schedules import carry_out_schedule
from xrm_core.services.work import Work, WorkReader
from xrm_core.web.asked import Asked
from xrm_core.web.screen_reader import WorkScreenReader

TODAY = datetime.now(ZoneInfo("Europe/Vienna")).date()
"""The day where the organisation of the tests is."""
NUMBERS = count()
PARTNERS = {
    "entities/partner.yaml": "entity: partner\nmixins: [relationship]\nfields:\n  stage: {type: choice, codes: partner_stage, default: met}\n",
    "codes/partner.yaml": "codes: partner_stage\nattributes: {phase: codes}\nvalues: {met: {phase: forming}}\n---\n"
    "extend: outcome_type\nvalues: {visits: {over: partner, side: ours, direction: more}}\n",
}
ROLES = PARTNERS | {
    "access/needs.yaml": "needs:\n" + "".join(
        f"  {name}: {{fundraising: W, management: R}}\n"
        for name in ("identity", "contact", "giving", "work", "outcome", "health", "payment", "consent")
    )
}  # fmt: skip


runtime = with_plugins(["parties", "donors", "outcomes"], ROLES)


@pytest.fixture
def work(runtime: Runtime) -> Iterator[Work]:
    """A transaction of the platform."""
    with runtime.work(SYSTEM, "api", write=True) as opened:
        yield opened


def person(work: Work, name: str) -> str:
    """A user of fundraising."""
    values = {"name": name, "email": f"{name}.{next(NUMBERS)}@x.example", "department": department(work), "roles": []}
    return str(records.create_record(work, "user", values)["id"])


def department(work: Work) -> str:
    """The department fundraising."""
    found = lists.list_records(work, Query("department", ("id",), filter="record.code == 'fundraising'"))
    return str(found.rows[0]["id"])


def donor(work: Work, **values: Any) -> str:
    """A donor who gave 100 last year and 150 this year."""
    party = records.create_record(work, "party", {"kind": "organisation", "name": "Aldwater Ltd"})["id"]
    with replaced(work, "import"):
        made = records.create_record(work, "donor", {"party": party, "department": department(work), **values})["id"]
    for days, amount in ((400, "100"), (20, "150")):
        gift = {"donor": made, "amount": amount, "amount_currency": "EUR", "received_on": TODAY - timedelta(days=days), "status": "received"}  # fmt: skip
        with replaced(work, "import"):
            records.create_record(work, "donation", gift)
    return str(made)


class replaced:  # reads as a sentence: `with replaced(work, "import")`
    """The transaction through another door for a while."""

    def __init__(self, work: Work, door: str) -> None:
        self.work, self.door, self.before = work, door, work.door

    def __enter__(self) -> None:
        self.work.door = self.door

    def __exit__(self, *_: object) -> None:
        self.work.door = self.before


def outcome(work: Work, relationship: str, **values: Any) -> str:
    """An agreed outcome from 0 to 10 in a year, half of which has passed."""
    given = {
        "relationship": relationship, "relationship_entity": "donor", "statement": "More wells run", "side": "ours", "owner": person(work, "ada"),
        "baseline": "0", "target": "10", "baseline_on": TODAY - timedelta(days=100), "due_on": TODAY + timedelta(days=100), **values,
    }  # fmt: skip
    made = str(records.create_record(work, "outcome", given)["id"])
    records.run_transition(work, "outcome", made, "agree", {})
    return made


def read(work: Work, entity: str, id: str, *columns: str) -> tuple[Any, ...]:
    """Some values of a record, computed ones among them."""
    (row,) = lists.list_records(work, Query(entity, columns, filter=f"record.id == '{id}'")).rows
    return tuple(row[column] for column in columns)


def reading(work: Work, of: str, value: str, days: int) -> None:
    """A reading by hand some days ago."""
    records.create_record(work, "reading", {"outcome": of, "value": value, "on": TODAY - timedelta(days=days)})


def test_progress_is_the_way_done_and_expected_the_time_passed(work: Work) -> None:
    """The latest reading counts, whichever was entered last; less works by the same signs; reach is all or nothing."""
    found = outcome(work, donor(work))
    assert read(work, "outcome", found, "progress", "expected", "on_track") == (Decimal(0), Decimal(50), False)
    reading(work, found, "6", 5)
    reading(work, found, "2", 50)
    assert read(work, "outcome", found, "last_value", "progress", "on_track", "reached") == (
        Decimal(6),
        Decimal(60),
        True,
        False,
    )
    reading(work, found, "14", 0)
    assert read(work, "outcome", found, "progress", "reached") == (Decimal(120), True)
    records.update_record(work, "outcome", found, {"direction": "reach", "tolerance": "1"})
    assert read(work, "outcome", found, "progress", "reached") == (Decimal(0), False)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"target": "0"}, "target"),
        ({"target": "-3"}, "direction"),
        ({"direction": "less"}, "direction"),
        ({"due_on": TODAY - timedelta(days=200)}, "due_on"),
        ({"side": "theirs"}, "when"),
    ],
)
def test_an_outcome_that_cannot_be_is_refused(work: Work, values: dict[str, Any], field: str) -> None:
    """A target that moves nothing or the wrong way, a day before the start, an outcome of theirs agreed with nobody."""
    with pytest.raises(InvalidRecord) as fault:
        outcome(work, donor(work), **values)
    assert field == "when" or field in {problem.field for problem in fault.value.problems}


def test_a_type_gives_what_is_left_empty_and_measures(work: Work) -> None:
    """Side, unit, target and day come from the type; agreed, it is measured at once, and again each night where it changes."""
    giver = donor(work)
    given = {
        "relationship": giver,
        "relationship_entity": "donor",
        "type": "renewed_gift",
        "statement": "Renews",
        "owner": person(work, "ben"),
        "baseline": "0",
    }
    made = str(records.create_record(work, "outcome", given)["id"])
    assert read(work, "outcome", made, "side", "unit", "target", "measured") == ("ours", "%", Decimal(100), True)
    records.run_transition(work, "outcome", made, "agree", {})
    this, last = read(work, "donor", giver, "this_fy", "last_fy")
    wanted = round(this * 100 / last, 2) if last else None
    assert read(work, "outcome", made, "last_value")[0] == wanted
    before = lists.count_records(work, Query("reading", filter=f"record.outcome == '{made}'"))
    actions.run_action(work, "outcome", made, "take_reading", {})
    assert lists.count_records(work, Query("reading", filter=f"record.outcome == '{made}'")) == before


def test_a_type_is_for_its_own_kind_of_relationship(work: Work) -> None:
    """A type of partners is refused for a donor; what a plugin that is not in use would add is not there."""
    with pytest.raises(InvalidRecord) as fault:
        outcome(work, donor(work), type="visits")
    assert {problem.field for problem in fault.value.problems} == {"type"}
    assert "quality_kept" not in work.catalog.codes["outcome_type"].values


def test_achieved_takes_a_reading_and_evidence(work: Work) -> None:
    """Reached but not shown, then shown; after that no reading is entered any more."""
    found = outcome(work, donor(work))
    reading(work, found, "10", 1)
    with pytest.raises(InvalidRecord, match="evidence"):
        records.run_transition(work, "outcome", found, "achieve", {})
    records.update_record(work, "outcome", found, {"evidence": [{"what": "Photographs of the wells"}]})
    records.run_transition(work, "outcome", found, "achieve", {})
    with pytest.raises(InvalidRecord, match="Achieved"):
        reading(work, found, "11", 0)


def test_health_tells_its_parts_and_a_fall_becomes_the_next_step(runtime: Runtime) -> None:
    """Each signal stands with its weight and value; the weighted mean is the health; who fell has a next step once."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        owner = person(work, "cleo")
        giver = donor(work, owner=owner, health_band="good")
        found = outcome(work, giver, owner=owner)
        reading(work, found, "1", 2)
    carry_out_schedule(runtime, {"name": "keep_health"})
    with runtime.work(SYSTEM, "api", write=True) as work:
        (row,) = lists.list_records(
            work,
            Query(
                "health_reading",
                ("id", "health", "band", "band_before", "known"),
                filter=f"record.relationship == '{giver}'",
            ),
        ).rows
        parts = {
            p["signal"]: (p["weight"], p["value"]) for p in work.reader.children("health_reading", "parts", row["id"])
        }
        assert parts == {
            "outcomes": (Decimal(35), Decimal(20)),
            "next_step": (Decimal(15), None),
            "stage_age": (Decimal(10), None),
            "giving_trend": (Decimal(20), Decimal(100)),
        }
        assert (row["health"], row["band"], row["band_before"], row["known"]) == (49, "watch", "good", Decimal("68.8"))
        assert read(work, "donor", giver, "health", "health_band") == (49, "watch")
        step, on = read(work, "donor", giver, "next_step", "next_step_on")
        assert "Outcomes on their way" in step
        assert on == work.today
    carry_out_schedule(runtime, {"name": "keep_health"})
    with runtime.work(SYSTEM, "api") as work:
        assert lists.count_records(work, Query("health_reading", filter=f"record.relationship == '{giver}'")) == 1


def test_a_rule_proposes_and_a_person_moves(runtime: Runtime) -> None:
    """A donor silent for two years is proposed as lapsed, once; confirmed with a reason he is; a gift outdates a proposal."""
    with runtime.work(SYSTEM, "import", write=True) as work:
        givers = []
        for name in ("Silent", "Returning", "Refused"):
            party = records.create_record(work, "party", {"kind": "organisation", "name": name})["id"]
            made = records.create_record(
                work, "donor", {"party": party, "department": department(work), "stage": "active"}
            )["id"]
            gift = {
                "donor": made,
                "amount": "10",
                "amount_currency": "EUR",
                "received_on": TODAY - timedelta(days=800),
                "status": "received",
            }
            records.create_record(work, "donation", gift)
            givers.append(str(made))
    carry_out_schedule(runtime, {"name": "propose_stages"})
    carry_out_schedule(runtime, {"name": "propose_stages"})
    with runtime.work(SYSTEM, "api", write=True) as work:
        rows = lists.list_records(
            work, Query("stage_proposal", ("id", "relationship", "stage_then"), filter="record.status == 'open'")
        ).rows
        open_ones = {row["relationship"]: str(row["id"]) for row in rows}
        assert set(givers) <= set(open_ones)
        records.run_transition(work, "stage_proposal", open_ones[givers[0]], "confirm", {}, reason="Called: no reply")
        records.run_transition(work, "stage_proposal", open_ones[givers[2]], "refuse", {}, reason="Legacy is planned")
        assert read(work, "donor", givers[0], "stage") == ("lapsed",)
        work.door = "import"
        gift = {
            "donor": givers[1],
            "amount": "10",
            "amount_currency": "EUR",
            "received_on": TODAY,
            "status": "received",
        }
        records.create_record(work, "donation", gift)
    carry_out_schedule(runtime, {"name": "propose_stages"})
    with runtime.work(SYSTEM, "api") as work:
        assert read(work, "stage_proposal", open_ones[givers[1]], "status") == ("outdated",)
        left = lists.count_records(work, Query("stage_proposal", filter="record.status == 'open'"))
        assert left == 0


def test_a_stage_has_an_age(work: Work) -> None:
    """A new relationship is in its stage since it began, one that moved since that day; a beginning that drags on is told by its signal."""
    party = records.create_record(work, "party", {"kind": "organisation", "name": "Slow Ltd"})["id"]
    given = {"party": party, "department": department(work), "since": TODAY - timedelta(days=180)}
    made = str(records.create_record(work, "donor", given)["id"])
    assert read(work, "donor", made, "stage_since") == (TODAY - timedelta(days=180),)
    measure = work.reader.code("health_signal", "stage_age")["measure"]
    row = work.reader.get("donor", made) or {}
    assert work.reader.evaluate("donor", row, measure) == 50
    assert [work.reader.evaluate("donor", {**row, "stage_usual": usual}, measure) for usual in (200, 90, 60)] == [
        100,
        50,
        0,
    ]
    gift = {"donor": made, "amount": "10", "amount_currency": "EUR", "received_on": TODAY, "status": "received", "method": "transfer"}  # fmt: skip
    records.create_record(work, "donation", gift)
    assert read(work, "donor", made, "stage", "stage_since") == ("first_time", work.today)


def test_outcomes_are_for_those_of_the_relationship(runtime: Runtime) -> None:
    """Somebody of the department reads them, whoever owns them also changes them, another department sees none."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        owner, other = person(work, "dora"), person(work, "emil")
        found = outcome(work, donor(work), owner=owner)
        home = department(work)
    for id, places, may_see, may_write in (
        (owner, {home}, True, True),
        (other, {home}, True, False),
        (other, set(), False, False),
    ):
        actor = Actor(id, "x", departments=frozenset(places), units=frozenset({"fundraising"} if places else ()))
        with runtime.work(actor, "api") as work:
            assert (lists.count_records(work, Query("outcome", filter=f"record.id == '{found}'")) == 1) is may_see
            if may_see:
                stored = records.stored_record(work, "outcome", found)
                assert work.access.verdict("outcome", "update", stored, work.context(stored)).allowed is may_write


def test_a_measure_is_checked_as_it_is_written_and_worked_out_with_its_authors_rights(runtime: Runtime) -> None:
    """A fault names its place and the way out, what is not the author's has no name; the nightly value is over what he sees, nobody
    else takes it now, and whoever turns the measure to another relationship is its author from then on."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        owner, home = person(work, "fay"), department(work)
        records.update_record(work, "user", owner, {"roles": ["fundraiser"]})
        giver, other = donor(work, owner=owner), donor(work, owner=owner)
        found = outcome(work, giver, owner=owner)
    fay = Actor(
        owner, "x", roles=frozenset({"fundraiser"}), departments=frozenset({home}), units=frozenset({"fundraising"})
    )
    with runtime.work(fay, "api", write=True) as work:
        for wrong, said in (
            ("record.giftz", "giftz"),
            ("record.capacity", "capacity"),
            ("record.party.name", "number"),
            ("1 +", "character"),
        ):
            with pytest.raises(InvalidRecord, match=said) as fault:
                records.update_record(work, "outcome", found, {"measure": wrong})
            assert [problem.field for problem in fault.value.problems] == ["measure"]
        text = "record.donations.sum(d, d.amount_base, d.status == 'received')"
        made = records.update_record(work, "outcome", found, {"measure": text})
        assert (made["measure_by"], read(work, "outcome", found, "measured")) == (owner, (True,))
        actions.run_action(work, "outcome", found, "take_reading", {})
        assert read(work, "outcome", found, "last_value") == (Decimal(250),)
        assert work.reader.fault_in("donor", text) is None
        assert work.reader.worked_out("donor", giver, "record.donations.count(d, true)") == 2
    with runtime.work(SYSTEM, "api", write=True) as work:
        assert work.reader.worked_out("donor", giver, text, user=owner) == 250, "as each night"
        records.update_record(work, "user", owner, {"roles": []})
    gil = Actor(str(other), "x", departments=frozenset({home}), units=frozenset())
    with runtime.work(gil, "api") as work:
        assert work.reader.fault_in("donor", text) is not None
        assert work.reader.worked_out("donor", giver, text) is None
        assert work.reader.worked_out("donor", giver, text, user=owner) is None, "nobody borrows the rights of another"
    with runtime.work(SYSTEM, "api", write=True) as work:
        assert work.reader.worked_out("donor", giver, text, user=owner) is None, (
            "its author sees nothing of it any more"
        )
        records.update_record(work, "outcome", found, {"relationship": other})
        assert read(work, "outcome", found, "measure_by") != (None,)


def test_a_changed_formula_is_a_new_version_and_no_fall(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each score says by which version it was made; where the formula alone makes it lower nobody has a next step of it, where the
    relationship fell by the old one too he has."""
    with runtime.work(SYSTEM, "api", write=True) as work:
        owner = person(work, "hal")
        same, fallen = (donor(work, owner=owner, health_band="good") for _ in range(2))
        for one, value in ((same, "9"), (fallen, "9")):
            reading(work, outcome(work, one, owner=owner), value, 2)
    carry_out_schedule(runtime, {"name": "keep_health"})
    with runtime.work(SYSTEM, "api", write=True) as work:
        first = read(work, "donor", same, "health_band", "health_model")
        assert first[0] == "good"
        (row,) = lists.list_records(work, Query("outcome", ("id",), f"record.relationship == '{fallen}'")).rows
        reading(work, str(row["id"]), "0", 0)
    told = WorkReader.codes

    def changed(self: WorkReader, name: str) -> Any:
        codes = dict(told(self, name))
        if name == "health_signal":
            codes["giving_trend"] = {**codes["giving_trend"], "measure": "0 * 1", "weight": Decimal(90)}
        return codes

    monkeypatch.setattr(WorkReader, "codes", changed)
    with runtime.work(SYSTEM, "api", write=True) as work:
        for one in (same, fallen):
            query = Query("health_reading", ("id", "model.number"), f"record.relationship == '{one}'")
            (row,) = lists.list_records(work, query).rows
            actions.run_action(work, "health_reading", str(row["id"]), "work_out_health", {})
            assert lists.list_records(work, query).rows[0]["model.number"] == row["model.number"] + 1
        assert read(work, "donor", same, "health_band", "next_step") == ("risk", None)
        assert read(work, "donor", fallen, "health_band", "health_model") == ("risk", first[1] + 1)
        assert "At risk" in read(work, "donor", fallen, "next_step")[0]


def test_a_relationship_without_readings_stands_on_its_page(work: Work) -> None:
    """Before its first health a relationship shows that no outcome is agreed, and the way to one; afterwards its health as well."""
    id = donor(work)
    reader = WorkScreenReader(work, "outcomes", Asked("GET", "/", {}, (), (), {}, {}))
    found = pieces.standing("donor", id, reader)
    assert found is not None
    assert (found["health_now"], found["outcomes"], found["health_past"]) == (None, [], [])
    assert found["new_outcome"]
    for days in (2, 1):
        values = {
            "relationship": id,
            "relationship_entity": "donor",
            "on": TODAY - timedelta(days=days),
            "health": 40 * days,
        }
        with replaced(work, "import"):
            records.create_record(work, "health_reading", {**values, "band": "good", "parts": []})
    later = pieces.standing("donor", id, reader)
    assert later is not None
    assert [one["health"] for one in later["health_past"]] == [80, 40]
