"""The foreign keys by which records repeat what others say, against those that the metadata wants."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from .compare_rules import HINT
from .names import limited, quoted

if TYPE_CHECKING:
    from .compare_table import TableComparison
    from .live import LiveTie


def compare_ties(of: TableComparison) -> None:
    """Steps for one table: ties that are new, and those whose rule is gone or says something else now. PostgreSQL makes those anew
    whose target has other names now: the index that they lead to has another name then, and cannot go while they are there."""
    wanted = {_said(of, c): c for c in of.table.foreign_key_constraints if len(c.column_keys) > 1}
    moved = set() if of.of.sqlite else {tie for tie, c in wanted.items() if tie[2] != _theirs(c)}
    gone = [(tie, name) for tie, name in sorted(of.live.ties.items()) if tie not in wanted or tie in moved]
    new = [(tie, c) for tie, c in sorted(wanted.items()) if tie not in of.live.ties or tie in moved]
    for tie, constraint in new:
        title = f"{of.table.name}: {', '.join(constraint.column_keys[1:])} as {tie[1]} says"
        broken = _broken(of, tie)
        if broken:
            of.block(title, f"{broken:,} records break a rule: {HINT}", broken)
        elif of.of.sqlite:
            of.needs_rebuild.append(title)
        else:
            add = of.of.ddl.add_link(constraint)
            of.of.links.append(of.step("rules", title, [add], of.rows, locks="writers, while the table is read"))
    for tie, name in gone:
        title = f"{of.table.name}: {', '.join(tie[0][1:])} need not be as {tie[1]} says"
        if of.of.sqlite:
            of.needs_rebuild.append(title)
        else:
            of.of.first.append(of.step("rules", title, [of.of.ddl.drop_constraint(of.live.name, name)]))


def _said(of: TableComparison, constraint: sa.ForeignKeyConstraint) -> LiveTie:
    """A wanted tie in the names that its columns and its target have now."""
    target = constraint.elements[0].target_fullname.rpartition(".")[0]
    live = of.of.live.get(target)
    theirs = tuple(_present(of, target, name) for name in _theirs(constraint))
    own = tuple(of.present.get(name, name) for name in constraint.column_keys)
    return own, live.name if live is not None else target, theirs


def _theirs(constraint: sa.ForeignKeyConstraint) -> tuple[str, ...]:
    return tuple(e.target_fullname.rpartition(".")[2] for e in constraint.elements)


def _present(of: TableComparison, target: str, column: str) -> str:
    """The name that a column of another table has now."""
    live = of.of.live.get(target)
    entity = next((e for e in of.of.catalog.entities.values() if limited(e.name) == target), None)
    if live is None or entity is None or column in live.columns:
        return column
    return replace(of, entity=entity, table=of.of.shape.tables[target], live=live).former(column) or column


def _broken(of: TableComparison, tie: LiveTie) -> int:
    """How many records say otherwise than the ones that they point to. Columns that are still to come are empty, and break nothing."""
    own, target, theirs = tie
    if not of.rows or not set(own) <= of.live.columns.keys():
        return 0
    filled = " AND ".join(f"s.{quoted(name)} IS NOT NULL" for name in own)
    live = next((t for t in of.of.live.values() if t.name == target), None)
    same = ""
    if live is not None and set(theirs) <= live.columns.keys():
        equal = " AND ".join(f"t.{quoted(a)} = s.{quoted(b)}" for a, b in zip(theirs, own, strict=True))
        same = f" AND NOT EXISTS (SELECT 1 FROM {quoted(target)} t WHERE {equal})"
    return of.of.number(f"SELECT count(*) FROM {quoted(of.live.name)} s WHERE {filled}{same}")
