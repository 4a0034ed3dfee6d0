"""SQLite changes what a column may hold only by writing the table anew: the twelve steps of its manual (lang_altertable).

It is done with foreign keys off, because dropping the old table would otherwise delete its child rows, and checked after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from xrm_core.metamodel.catalog import Entity

from .ddl import Ddl
from .live import LiveTable
from .names import limited, quoted
from .plan import Step


def rebuild(
    ddl: Ddl, entity: Entity, table: sa.Table, live: LiveTable, present: Mapping[str, str], fills: Mapping[str, Any],
    retyped: set[str], reasons: Sequence[str], rows: int,
) -> Step:  # fmt: skip
    """The step that writes a table anew with the columns and links of `table`, and those live ones that are kept.

    present: future -> live names of columns; fills: values for empty ones, and of new columns; retyped: columns without values.
    """
    made = limited(f"xrm_new_{table.name}")
    kept = [name for name in present if name not in table.columns]
    old_types = {c.name: c.type for c in live.columns.values()}
    create = ddl.create_table(table, links=True).replace(
        f"CREATE TABLE {quoted(table.name)}", f"CREATE TABLE {quoted(made)}", 1
    )
    if kept:
        end = create.rindex(")")
        create = create[:end].rstrip() + "".join(f", \n\t{quoted(n)} {old_types[present[n]]}" for n in kept) + "\n)"
        create = _constraints_last(create, kept)
    into = [c.name for c in table.columns if (c.name in present and c.name not in retyped) or c.name in fills] + kept
    given = {n: ddl.literal(value, table.columns[n].type) for n, value in fills.items()}
    values = [
        quoted(n) if n not in given else f"coalesce({quoted(n)}, {given[n]})" if n in present else given[n]
        for n in into
    ]
    names = ", ".join(quoted(n) for n in into)
    indexes = [ddl.create_index(i) for i in sorted(table.indexes, key=lambda i: str(i.name))]
    return Step(
        "rebuild", entity.name, f"write {table.name} anew: {'; '.join(reasons)}",
        (
            create,
            f"INSERT INTO {quoted(made)} ({names}) SELECT {', '.join(values)} FROM {quoted(table.name)}",
            f"DROP TABLE {quoted(table.name)}",
            f"ALTER TABLE {quoted(made)} RENAME TO {quoted(table.name)}",
            *indexes,
        ),
        rows, "backfill" if fills and rows else "safe", "writers, while the table is copied", rebuild=True,
    )  # fmt: skip


def _constraints_last(create: str, kept: Sequence[str]) -> str:
    """Columns must stand before the table's constraints."""
    head, _, rest = create.partition("(")
    parts = [p.strip() for p in rest.rstrip().removesuffix(")").split(", \n\t")]
    words = ("CONSTRAINT", "PRIMARY KEY", "FOREIGN KEY", "CHECK", "UNIQUE")
    columns = [p for p in parts if not p.startswith(words)]
    constraints = [p for p in parts if p.startswith(words)]
    return f"{head}(\n\t" + ", \n\t".join([*columns, *constraints]) + "\n)"
