"""Rules that stand in the database: no writer passes them by, changes of them are planned, and they are told in their own words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from xrm_core.errors import Conflict, InvalidRecord
from xrm_core.metamodel.catalog import Catalog, Entity, Rule
from xrm_core.metamodel.kinds import DATE, INT, TEXT, T, decimal
from xrm_core.storage import migrate, records
from xrm_core.storage.database import Database
from xrm_core.storage.faults import DriverFault

KINDS = {
    "status": TEXT, "amount": decimal(2, null=True), "count": INT.with_null(True), "on": DATE.with_null(True),
    "thanked": T("bool", True),
}  # fmt: skip
TOLD = {"en": "A paid gift has an amount.", "de": "Eine bezahlte Spende hat einen Betrag."}
PAID = Rule(
    "record.status != 'paid' || (record.amount != null && record.amount > 0.50)", TOLD, "amount", None, None, True
)
Make = Callable[..., Catalog]


@pytest.fixture
def make(make_entity: Callable[..., Entity], make_catalog: Callable[..., Catalog]) -> Make:
    """A catalog of gifts with the rules given."""

    def made(*rules: Rule, **more: Any) -> Catalog:
        return make_catalog(replace(make_entity("gift", {**KINDS, **more}), rules=rules))

    return made


def kinds(plan: migrate.Plan) -> list[str]:
    """The kinds of a plan's steps."""
    return [step.kind for step in plan.steps]


def test_the_database_refuses_what_a_rule_refuses(database: Database, make: Make) -> None:
    """Whoever writes past the platform is refused by the database; what holds is taken, an empty side counts as false."""
    catalog = make(PAID)
    migrate.bring_up(database, catalog)
    with database.write() as tx:
        (id,) = records.insert(tx, catalog, "gift", [{"status": "paid", "amount": 1}])
        for values in ('"amount" = NULL', '"amount" = 0'):
            with pytest.raises(DriverFault), tx.savepoint():
                tx.do(f'UPDATE "gift" SET {values} WHERE "id" = ?', (id,))
        tx.do('UPDATE "gift" SET "status" = ?, "amount" = NULL WHERE "id" = ?', ("open", id))


def test_it_is_told_in_the_words_of_the_rule(database: Database, make: Make) -> None:
    """Where the platform itself meets the constraint, the answer is the rule's message at its field."""
    catalog = make(PAID)
    migrate.bring_up(database, catalog)
    with database.write() as tx, pytest.raises(InvalidRecord) as fault, tx.savepoint():
        records.insert(tx, catalog, "gift", [{"status": "paid", "amount": None}])
    (problem,) = fault.value.problems
    assert (problem.message, problem.code, problem.field) == (TOLD["en"], "rule", "amount")


def test_a_new_rule_is_planned_and_nothing_twice(database: Database, make: Make) -> None:
    """A rule that comes to a table with records is a step; applied, there is nothing left to do, and it holds."""
    first, second = make(), make(PAID)
    migrate.bring_up(database, first)
    with database.write() as tx:
        records.insert(tx, first, "gift", [{"status": "paid", "amount": 5}, {"status": "open"}])
    plan = migrate.plan(database, second)
    assert kinds(plan) in (["rebuild"], ["rules"])
    migrate.apply(database, second, plan)
    assert not migrate.plan(database, replace(second, version="again"), thorough=True).steps
    with database.write() as tx, pytest.raises(InvalidRecord), tx.savepoint():
        records.insert(tx, second, "gift", [{"status": "paid"}])


def test_records_that_break_it_stand_in_its_way(database: Database, make: Make) -> None:
    """Records that break a new rule are counted, and the plan is refused with the way out."""
    first, second = make(), make(PAID)
    migrate.bring_up(database, first)
    with database.write() as tx:
        records.insert(tx, first, "gift", [{"status": "paid"}, {"status": "paid", "amount": 0}, {"status": "open"}])
    plan = migrate.plan(database, second)
    assert [(step.safety, step.rows) for step in plan.steps] == [("blocked", 2)]
    with pytest.raises(Conflict):
        migrate.apply(database, second, plan)


def test_a_changed_rule_takes_the_place_of_the_former(database: Database, make: Make) -> None:
    """Another text is another constraint; one that is gone from the metadata goes from the table, and its records stay."""
    stricter = replace(PAID, check="record.status != 'paid' || record.count > 1")
    first, second, third = make(PAID), make(stricter), make()
    migrate.bring_up(database, first)
    with database.write() as tx:
        records.insert(tx, first, "gift", [{"status": "paid", "amount": 5, "count": 2}])
    migrate.bring_up(database, second)
    with database.write() as tx:
        records.insert(tx, second, "gift", [{"status": "paid", "count": 3}])
        with pytest.raises(InvalidRecord), tx.savepoint():
            records.insert(tx, second, "gift", [{"status": "paid", "amount": 5, "count": 1}])
    migrate.bring_up(database, third)
    with database.write() as tx:
        records.insert(tx, third, "gift", [{"status": "paid"}])
        assert tx.rows('SELECT count(*) FROM "gift"')[0][0] == 3


def test_a_rule_may_speak_of_a_field_that_comes_with_it(database: Database, make: Make) -> None:
    """A rule and the field that it reads come in one plan: the records there have the field empty."""
    fund = Rule("record.fund == null || record.status == 'paid'", TOLD, None, None, None, True)
    first, second = make(), make(fund, fund=TEXT.with_null(True))
    migrate.bring_up(database, first)
    with database.write() as tx:
        records.insert(tx, first, "gift", [{"status": "open"}])
    migrate.bring_up(database, second)
    with database.write() as tx, pytest.raises(InvalidRecord), tx.savepoint():
        records.insert(tx, second, "gift", [{"status": "open", "fund": "W"}])
