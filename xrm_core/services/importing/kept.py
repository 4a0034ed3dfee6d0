"""Mappings that people made on the page and kept for next time: for themselves, or for everybody who may import these records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ...errors import BadRequest, NotFound
from ...language import _
from ...storage import imports as store
from ..sight import is_open
from ..work import Work
from .drafts import Part, Plan

STATE = "mapping"
"""Mappings lie beside the imports, in a state of their own."""
MOST = 200
LABEL = 80


class Kept(Struct, frozen=True):
    """A kept mapping: what it is called, of what records, whether everybody has it, and whether the actor made it."""

    id: str
    label: str
    entity: str
    shared: bool
    mine: bool
    plan: Plan

    @property
    def columns(self) -> frozenset[str]:
        """The columns that it takes, of all its files."""
        return frozenset(c for part in self.plan.parts for c, slot in part.columns.items() if slot)


def keep(work: Work, plan: Plan, label: str, shared: bool) -> str:
    """Keep what a plan says; its id. One of the same name that the actor made is replaced. Raises BadRequest without a name,
    Refused where the actor may not import these records."""
    label = " ".join(label.split())[:LABEL]
    if not label:
        raise BadRequest(_("a mapping that is kept needs a name"), code="required", hint=_("give it a name"))
    entity = plan.parts[0].entity
    work.access.require(entity, "import")
    for one in every(work):
        if one.mine and one.label.casefold() == label.casefold():
            store.remove(work.tx, one.id)
    bare = msgspec.structs.replace(plan, parts=[msgspec.structs.replace(p, path="") for p in plan.parts])
    return store.create(
        work.tx,
        {
            "mapping": label, "entity": entity, "source": plan.origin, "state": STATE, "position": 0, "error": None,
            "settings": {"plan": msgspec.to_builtins(bare), "shared": shared}, "counts": {}, "problems": [],
            "created_at": work.now, "created_by": work.actor.id, "ended_at": None,
        },
    )  # fmt: skip


def every(work: Work) -> Iterator[Kept]:
    """The kept mappings that the actor has: his own, and those for everybody whose records he may import."""
    for row in store.newest(work.tx, MOST, state=STATE):
        mine = row["created_by"] == work.actor.id or work.actor.is_system
        shared = bool(row["settings"].get("shared"))
        if (mine or shared) and row["entity"] in work.catalog.entities and is_open(work, row["entity"], "import"):
            plan = msgspec.convert(row["settings"]["plan"], Plan)
            yield Kept(row["id"], row["mapping"], row["entity"], shared, mine, plan)


def get(work: Work, id: str) -> Kept:
    """One of them. Raises NotFound."""
    found = next((one for one in every(work) if one.id == id), None)
    if found is None:
        raise NotFound(_("there is no such mapping"), code="not_found")
    return found


def forget(work: Work, id: str) -> None:
    """Remove a mapping that the actor made (an administrator: any). Raises NotFound."""
    found = get(work, id)
    if not found.mine and "admin" not in work.actor.roles:
        raise NotFound(_("this mapping is somebody else's"), code="not_found")
    store.remove(work.tx, id)


def fitting(work: Work, columns: Sequence[str]) -> list[Kept]:
    """Those all of whose columns a file has, the ones that take most of them first."""
    have = set(columns)
    found = [one for one in every(work) if one.columns and one.columns <= have]
    return sorted(found, key=lambda one: (-len(one.columns), not one.mine))


def apply(kept: Kept, parts: Sequence[Part]) -> None:
    """Say of parts what a kept mapping says; each part takes the one of its columns, what it lacks stays out."""
    for part in parts:
        fits = [p for p in kept.plan.parts if {c for c, slot in p.columns.items() if slot} <= set(part.headings)]
        if fits:
            said: dict[str, Any] = {n: getattr(fits[0], n) for n in ("entity", "links", "constants", "key", "dates", "numbers", "blanks", "existing", "blank")}  # fmt: skip
            for name, value in said.items():
                setattr(part, name, value)
            part.columns = {c: fits[0].columns.get(c, "") for c in part.headings}
            part.sure = {c: "kept" for c, slot in part.columns.items() if slot}
