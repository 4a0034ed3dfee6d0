"""A random mask: rows that a reader may not see and fields that he may not read, in SQL and on rows in Python."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from xrm_core.expressions import Ctx

from .dice import Dice
from .worlds import DELETED, World

ALWAYS = ("id", DELETED)


class FullMask:
    """Hides some records altogether, some fields always, and some fields on some records."""

    def __init__(self, dice: Dice, world: World) -> None:
        self.world = world
        self.gone = {id for id in world.by_id if dice.one_in(5)} - {r["id"] for r in world.rows["deal"]}
        self.partly = {id for id in world.by_id if dice.one_in(3)}
        self.hidden = {(e, f.name): dice.randrange(5) for e, entity in world.schema.entities.items() for f in
                       entity.fields.values() if f.name not in ALWAYS and not f.is_computed}  # fmt: skip

    def rows(self, entity: str, table: sa.FromClause) -> Any:
        """Which rows are seen."""
        return table.c.id.not_in(sorted(self.gone)) if self.gone else None

    def shown(self, entity: str, field: str, table: sa.FromClause) -> Any:
        """On which rows the field is read: 0 never, 1 on some, else on all."""
        how = self.hidden.get((entity, field), 4)
        return sa.false() if how == 0 else table.c.id.not_in(sorted(self.partly)) if how == 1 and self.partly else None

    def row(self, entity: str, row: dict[str, Any]) -> dict[str, Any]:
        """What is left of a record."""
        out = dict(row)
        for f in self.world.schema.entities[entity].fields.values():
            how = self.hidden.get((entity, f.name), 4)
            if not f.children and (how == 0 or (how == 1 and row["id"] in self.partly)):
                out[f.stored_as] = None
        return out

    def context(self, ctx: Ctx) -> Ctx:
        """The same with masked records."""
        entity_of = {r["id"]: e for e, many in self.world.rows.items() for r in many}
        masked = {id: self.row(entity_of[id], r) for id, r in self.world.by_id.items() if id not in self.gone}
        other = ctx.copy()
        other.load = lambda entity, key: masked.get(key)
        other.children = lambda entity, by, key: [
            r for i, r in masked.items() if entity_of[i] == entity and r[by] == key
        ]
        return other
