"""What a comparison of the live schema with the catalog finds: steps by their kind of work, so that each finds what it builds on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from xrm_core.metamodel.catalog import Catalog

from .ddl import Ddl
from .fills import Fills
from .live import LiveTable
from .names import quoted
from .plan import Step
from .shape import shape_of
from .transaction import Transaction


@dataclass
class Findings:
    """live: tables by the name that they will have; applied: what `logical_shape` said of the catalog applied last."""

    tx: Transaction
    catalog: Catalog
    live: dict[str, LiveTable]
    applied: Mapping[str, Any]
    fills: Fills
    ddl: Ddl = field(init=False)
    shape: sa.MetaData = field(init=False)
    first: list[Step] = field(default_factory=list)
    renames: list[Step] = field(default_factory=list)
    creates: list[Step] = field(default_factory=list)
    columns: list[Step] = field(default_factory=list)
    rebuilds: list[Step] = field(default_factory=list)
    links: list[Step] = field(default_factory=list)
    kept: list[Step] = field(default_factory=list)
    indexes: list[Step] = field(default_factory=list)
    others: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ddl = Ddl(self.tx.dialect)
        self.shape = shape_of(self.catalog, self.ddl.dialect)

    @property
    def sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.tx.dialect == "sqlite"

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps in the order of carrying out."""
        return (
            *self.first, *self.renames, *self.creates, *self.columns, *self.rebuilds, *self.links, *self.kept, *self.indexes,
            *self.others,
        )  # fmt: skip

    def number(self, sql: str) -> int:
        """The number that a question of ours gives."""
        return int(self.tx.rows(sql if self.sqlite else sql.replace("%", "%%"))[0][0])

    def count(self, table: str) -> int:
        """Rows of a live table, by its present name."""
        if table not in self.counts:
            self.counts[table] = self.number(f"SELECT count(*) FROM {quoted(table)}")
        return self.counts[table]


def ours(names: Iterable[str]) -> frozenset[str]:
    """Indexes that the platform made, by their names; others are left alone."""
    return frozenset(n for n in names if n.startswith(("ix_", "uq_")))


def text_literal(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
