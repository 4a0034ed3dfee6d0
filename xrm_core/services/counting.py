"""How many records point to one, list by list: for the tabs of its page. Cheap, and as far as the actor sees them."""

from __future__ import annotations

from collections.abc import Sequence

from ..expressions import quote
from ..metamodel.catalog import Children
from ..metamodel.values import Query
from ..storage.lookup import pointed_at
from .lists import count_records
from .work import Work


def pointing(work: Work, id: str, lists: Sequence[Children], most: int) -> dict[str, int]:
    """Name of a list -> how many of its records the actor sees, `most` + 1 where there are more; lists without any are left out.

    Indexes tell in one statement which lists have records at all: most have none, and need not be counted. Lists that the actor may
    not see must not be among `lists`."""
    known = [c for c in lists if c.by in work.entity(c.entity).columns]
    there = pointed_at(work.tx, work.catalog, [(c.entity, c.by, id) for c in known])
    found = {
        known[n].name: count_records(
            work, Query(known[n].entity, ("id",), f"record.{known[n].by} == {quote(id)}"), most
        )
        for n in sorted(there)
    }  # fmt: skip
    return {name: count for name, count in found.items() if count}
