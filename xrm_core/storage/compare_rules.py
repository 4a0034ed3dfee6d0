"""The rules that stand in the database against those that the metadata wants there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from .names import RULE, quoted

if TYPE_CHECKING:
    from .compare_table import TableComparison

HINT = "correct these records first, or take in_database out of the rule"


def compare_rules(of: TableComparison) -> None:
    """Steps for one table: checks that are new, and those whose rule is gone or says something else now."""
    wanted = {
        str(c.name): c
        for c in of.table.constraints
        if isinstance(c, sa.CheckConstraint) and str(c.name).startswith(RULE)
    }
    there = {name for name in of.live.checks if name.startswith(RULE)}
    gone, new = sorted(there - wanted.keys()), sorted(wanted.keys() - there)
    if not gone and not new:
        return
    title = f"{of.table.name} holds its rules" if wanted else f"{of.table.name} holds no rules any more"
    broken = sum(_broken(of, wanted[name]) for name in new)
    if broken:
        of.block(title, f"{broken:,} records break a rule: {HINT}", broken)
    elif of.of.sqlite:
        of.needs_rebuild.append(title)
    else:
        if gone:  # before the columns change that the old rules speak of
            drops = [of.of.ddl.drop_constraint(of.live.name, name) for name in gone]
            of.of.first.append(of.step("rules", f"{title} (former ones go)", drops))
        if new:
            adds = [of.of.ddl.add_check(wanted[name]) for name in new]
            of.of.links.append(of.step("rules", title, adds, of.rows, locks="writers, while the table is read"))


def _broken(of: TableComparison, check: sa.CheckConstraint) -> int:
    """How many records a rule would refuse, by the columns as they are; a column that is still to come is empty, or has the
    constant that it will be filled with."""
    if not of.rows:
        return 0
    text = str(check.sqltext)
    for column in of.table.columns:
        now = of.present.get(column.name)
        if now is None:
            fill = None if column.nullable else of.filling(column)
            text = text.replace(quoted(column.name), "NULL" if fill is None else of.of.ddl.literal(fill, column.type))
        elif now != column.name:
            text = text.replace(quoted(column.name), quoted(now))
    return of.of.number(f"SELECT count(*) FROM {quoted(of.live.name)} WHERE NOT ({text})")
