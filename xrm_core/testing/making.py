"""Records that the checks of a plugin make up: what is required, and what that must point to."""

from __future__ import annotations

from itertools import count
from random import Random
from typing import Any, ClassVar

from ..errors import InvalidRecord
from ..services import records
from ..services.work import Work
from .values import linked, made_up, made_up_record

COUNTER = count()
"""Numbers the records that checks make up, so that no two have the same key."""


class Making:
    """Makes records of any entity up. `plugin` is the name of the plugin that is checked."""

    plugin: ClassVar[str] = ""

    def example(self, work: Work, entity: str) -> dict[str, Any] | None:
        """Values for a new record of an entity, over those made up; None: the entity cannot be made alone and is left out."""
        del work, entity
        return {}

    def make(self, work: Work, entity: str, depth: int = 0) -> str | None:
        """The id of a new record of an entity, with the records it must point to; None where `example` leaves it out.
        Raises AssertionError where it cannot be made up, InvalidRecord where it is refused for another reason."""
        if depth > 6:
            return None
        given = self.example(work, entity)
        if given is None:
            return None
        random = Random(f"{self.plugin}:{entity}:{depth}:{next(COUNTER)}")  # noqa: S311  # test data

        def other(target: str) -> str | None:
            return self.make(work, target, depth + 1)

        found = work.entity(entity)
        values = made_up_record(work.catalog, found, random, other, all_fields=False)
        for _ in range(4):
            try:
                with work.tx.savepoint():
                    return str(records.create_record(work, entity, {**values, **given})["id"])
            except InvalidRecord as fault:
                work.forget()
                missing = [
                    found.fields[str(p.field)]
                    for p in fault.problems
                    if p.code == "required" and p.field in found.fields
                ]
                if len(missing) < len(fault.problems):
                    raise
                for field in missing:
                    values |= made_up(work.catalog, field, random) or linked(field, other)
        raise AssertionError(f"{entity} cannot be made up; override example() for it")
