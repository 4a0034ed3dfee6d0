"""Rules by which a record repeats what the one says that it points to: the database compares the two, whoever writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from xrm_core.errors import Conflict, InvalidRecord
from xrm_core.metamodel.catalog import Catalog, Entity, Rule
from xrm_core.metamodel.kinds import TEXT, T
from xrm_core.storage import migrate, records
from xrm_core.storage.database import Database
from xrm_core.storage.faults import DriverFault

TOLD = {"en": "The decision in force is of the kind it says.", "de": "Die geltende Entscheidung ist von dieser Art."}
AGREE = Rule(
    "record.current.kind == record.decided && record.current.request == record.id", TOLD, "current",
    "record.current != null", None, True,
)  # fmt: skip
Make = Callable[..., Catalog]


@pytest.fixture
def make(make_entity: Callable[..., Entity], make_catalog: Callable[..., Catalog]) -> Make:
    """A catalog of requests with the rules given, and of decisions about them."""

    def made(*rules: Rule, was: str | None = None, **more: Any) -> Catalog:
        current = T("ref", True, of="decision")
        request = make_entity("request", {"subject": TEXT, "current": current, "decided": TEXT.with_null(True), **more})
        decision = make_entity("decision", {"request": T("ref", False, of="request"), "kind": TEXT})
        return make_catalog(replace(request, rules=rules), decision)

    return made


def asked(database: Database, catalog: Catalog) -> tuple[str, str, str, str]:
    """Two requests, and two decisions about the first: ('do_now', 'plan')."""
    with database.write() as tx:
        first, second = records.insert(tx, catalog, "request", [{"subject": "a"}, {"subject": "b"}])
        now, plan = records.insert(
            tx, catalog, "decision", [{"request": first, "kind": "do_now"}, {"request": first, "kind": "plan"}]
        )
    return first, second, now, plan


def attack(database: Database, sql: str, *values: Any) -> None:
    """A statement past the platform."""
    with database.write() as tx:
        tx.do(sql, values)


DECIDE = 'UPDATE "request" SET "current" = ?, "decided" = ? WHERE "id" = ?'


def test_nothing_else_can_be_stored(database: Database, make: Make) -> None:
    """Another kind, none, or a decision about another request is refused by the database; what agrees is taken."""
    catalog = make(AGREE)
    migrate.bring_up(database, catalog)
    first, second, now, plan = asked(database, catalog)
    for told in ((now, "plan", first), (now, None, first), (now, "do_now", second), (plan, "decline", first)):
        with pytest.raises(DriverFault):
            attack(database, DECIDE, *told)
    attack(database, DECIDE, now, "do_now", first)
    for sql in (
        'UPDATE "decision" SET "kind" = \'plan\' WHERE "id" = ?',
        'UPDATE "request" SET "decided" = \'plan\' WHERE "current" = ?',
        'DELETE FROM "decision" WHERE "id" = ?',
    ):
        with pytest.raises(DriverFault):
            attack(database, sql, now)
    with pytest.raises(DriverFault):
        attack(database, 'UPDATE "decision" SET "request" = ? WHERE "id" = ?', second, now)
    attack(database, DECIDE, plan, "plan", first)
    attack(database, DECIDE, None, None, first)


def test_who_has_none_may_say_what_he_likes(database: Database, make: Make) -> None:
    """The rule speaks of records that point to one."""
    catalog = make(AGREE)
    migrate.bring_up(database, catalog)
    first, *_ = asked(database, catalog)
    attack(database, DECIDE, None, "plan", first)


def test_it_is_told_in_the_words_of_the_rule(database: Database, make: Make) -> None:
    """Where the platform meets it, the answer is the rule's message, or on SQLite, which names no foreign key, that of a link."""
    catalog = make(AGREE)
    migrate.bring_up(database, catalog)
    _, _, now, _ = asked(database, catalog)
    with database.write() as tx, pytest.raises(InvalidRecord) as empty, tx.savepoint():
        records.insert(tx, catalog, "request", [{"subject": "c", "current": now}])
    assert [p.message for p in empty.value.problems] == [TOLD["en"]]
    with database.write() as tx, pytest.raises(InvalidRecord) as other, tx.savepoint():
        records.insert(tx, catalog, "request", [{"subject": "c", "current": now, "decided": "plan"}])
    (problem,) = other.value.problems
    told = (TOLD["en"], "rule") if database.dialect == "postgresql" else (problem.message, "no_such_record")
    assert (problem.message, problem.code, problem.field) == (*told, "current")


def test_it_comes_and_goes_by_plan(database: Database, make: Make) -> None:
    """A rule that comes to tables with records is planned and holds; taken out again, it holds no more and nothing is lost."""
    without, held = make(), make(AGREE)
    migrate.bring_up(database, without)
    first, _, now, _ = asked(database, without)
    attack(database, DECIDE, now, "do_now", first)
    plan = migrate.plan(database, held)
    assert not plan.blocked
    assert plan.steps
    migrate.apply(database, held, plan)
    assert not migrate.plan(database, replace(held, version="again"), thorough=True).steps
    with pytest.raises(DriverFault):
        attack(database, DECIDE, now, "plan", first)
    migrate.bring_up(database, without)
    assert not migrate.plan(database, replace(without, version="again"), thorough=True).steps
    attack(database, DECIDE, now, "plan", first)


def test_records_that_disagree_stand_in_its_way(database: Database, make: Make) -> None:
    """They are counted, and the plan is refused with the way out."""
    without, held = make(), make(AGREE)
    migrate.bring_up(database, without)
    first, second, now, plan = asked(database, without)
    attack(database, DECIDE, now, "plan", first)
    attack(database, DECIDE, plan, "plan", second)
    made = migrate.plan(database, held)
    assert [step.rows for step in made.blocked] == [2]
    assert "correct these records first" in str(made.blocked[0].hint)
    with pytest.raises(Conflict):
        migrate.apply(database, held, made)


def test_the_link_may_come_with_it(
    database: Database, make_entity: Callable[..., Entity], make_catalog: Callable[..., Catalog], make: Make
) -> None:
    """The link, the repeated field and the rule come in one plan to a table with records."""
    plain = make_entity("request", {"subject": TEXT})
    decision = make_entity("decision", {"request": T("ref", False, of="request"), "kind": TEXT})
    before = make_catalog(plain, decision)
    migrate.bring_up(database, before)
    first, _, now, _ = asked(database, before)
    migrate.bring_up(database, make(AGREE))
    with pytest.raises(DriverFault):
        attack(database, DECIDE, now, "plan", first)
    attack(database, DECIDE, now, "do_now", first)


def test_it_outlives_other_names(
    database: Database, make_entity: Callable[..., Entity], make_catalog: Callable[..., Catalog], make: Make
) -> None:
    """Fields on both sides get other names: the records stay, the rule holds under the new ones, and nothing is left to do."""
    catalog = make(AGREE)
    migrate.bring_up(database, catalog)
    first, _, now, _ = asked(database, catalog)
    attack(database, DECIDE, now, "do_now", first)
    request = make_entity(
        "request", {"subject": TEXT, "current": T("ref", True, of="decision"), "as": TEXT.with_null(True)},
        field_extras={"as": {"was": "decided"}},
    )  # fmt: skip
    decision = make_entity(
        "decision", {"request": T("ref", False, of="request"), "sort": TEXT}, field_extras={"sort": {"was": "kind"}}
    )
    rule = replace(AGREE, check="record.current.sort == record.as && record.current.request == record.id")
    after = make_catalog(replace(request, rules=(rule,)), decision)
    migrate.bring_up(database, after)
    assert not migrate.plan(database, replace(after, version="again"), thorough=True).steps
    with pytest.raises(DriverFault):
        attack(database, DECIDE.replace("decided", "as"), now, "plan", first)
    attack(database, DECIDE.replace("decided", "as"), now, "do_now", first)
