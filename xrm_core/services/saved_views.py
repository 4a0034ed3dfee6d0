"""Saved views: what people made of a list and kept, for themselves, their department or everybody. Records of `saved_view`,
read and written by right like all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from ..compiler import compiled
from ..errors import BadRequest, NotFound, XrmError
from ..expressions import quote
from ..language import N_, _
from ..metamodel.values import Query
from .deleting import delete_record
from .lists import list_records
from .records import create_record, update_record
from .sight import is_open
from .work import Work

ENTITY = "saved_view"
COLUMNS = ("id", "version", "name", "of", "base", "query", "audience", "department", "owner")
MOST = 200
"""Saved views of one entity that a reader is offered."""
FACT = "saved_views"
OFFERED = (
    "(record.owner == actor.id || record.audience == 'everybody' || "
    "(record.audience == 'department' && record.department in actor.departments))"
)
"""Whose views a reader is offered, whatever else he may look at."""
AUDIENCES = {"me": N_("Only me"), "department": N_("My department"), "everybody": N_("Everybody")}


class SavedView(Struct, frozen=True):
    """One saved view. `pairs` are its parameters as in an address; `is_own`: the reader may change it."""

    id: str
    version: int
    name: str
    base: str
    pairs: tuple[tuple[str, str], ...]
    audience: str
    department: str | None
    is_own: bool


def of_entity(work: Work, entity: str) -> tuple[SavedView, ...]:
    """The saved views of an entity that the reader sees, by name; one statement in each piece of work."""
    if work.actor.id is None or not is_open(work, ENTITY):
        return ()
    kept: dict[str, tuple[SavedView, ...]] = work.facts.setdefault(FACT, {})
    if entity not in kept:
        query = Query(ENTITY, COLUMNS, f"record.of == {quote(entity)} && {OFFERED}", ("name",), MOST)
        kept[entity] = tuple(_view(work, dict(row)) for row in list_records(work, query).rows)
    return kept[entity]


def _view(work: Work, row: dict[str, Any]) -> SavedView:
    pairs = tuple(parse_qsl(str(row["query"] or ""), keep_blank_values=True))
    own = work.access.is_unlimited or row["owner"] == work.actor.acts_as
    return SavedView(
        row["id"], row["version"], row["name"], row["base"] or "", pairs, row["audience"], row["department"], own
    )


def one(work: Work, entity: str, id: str) -> SavedView | None:
    """The saved view of that id; None where `id` is none, or one that the reader does not see."""
    return next((v for v in of_entity(work, entity) if v.id == id), None) if len(id) == 36 else None


def is_sound(work: Work, entity: str, text: str) -> bool:
    """Can a filter that was kept still be read? Fields go, and names change."""
    try:
        compiled(work.catalog, entity, text, "bool")
    except XrmError:
        return False
    return True


def audiences(work: Work) -> tuple[str, ...]:
    """For whom the reader may keep views."""
    found = ["me"]
    if own_department(work) is not None:
        found.append("department")
    if work.access.is_unlimited or work.actor.leads:
        found.append("everybody")
    return tuple(found)


def own_department(work: Work, unit: str | None = None) -> str | None:
    """The id of a department of the reader: the one of that code, else the first one that he belongs to."""
    codes = [unit] if unit in work.actor.units else sorted(work.actor.units)
    found = work.reader.find("department", f"record.code == {quote(codes[0])}", limit=1) if codes else ()
    return str(found[0]["id"]) if found else None


def keep(
    work: Work, entity: str, base: str, name: str, pairs: Sequence[tuple[str, str]], audience: str = "me", unit: str | None = None
) -> str:  # fmt: skip
    """Save a new view; its id. Raises BadRequest for an audience that is not the actor's to choose, InvalidRecord, Refused."""
    work.access.require(entity, "read")
    values = {
        "name": name.strip(),
        "of": entity,
        "base": base,
        "query": urlencode(list(pairs)),
        "owner": work.actor.acts_as,
    }
    made = create_record(work, ENTITY, {**values, **_for(work, audience, unit)})
    work.facts.pop(FACT, None)
    return str(made["id"])


def change(
    work: Work, view: SavedView, *, pairs: Sequence[tuple[str, str]] | None = None, name: str | None = None,
    audience: str | None = None, unit: str | None = None,
) -> None:  # fmt: skip
    """Save a view anew, for all who see it. Raises NotFound, Refused, InvalidRecord, BadRequest."""
    values: dict[str, Any] = {}
    if pairs is not None:
        values["query"] = urlencode(list(pairs))
    if name is not None:
        values["name"] = name.strip()
    if audience is not None and audience != view.audience:
        values |= _for(work, audience, unit)
    update_record(work, ENTITY, view.id, values)
    work.facts.pop(FACT, None)


def drop(work: Work, view: SavedView) -> None:
    """Delete a view. Raises NotFound, Refused."""
    delete_record(work, ENTITY, view.id)
    work.facts.pop(FACT, None)


def _for(work: Work, audience: str, unit: str | None) -> dict[str, Any]:
    if audience not in audiences(work):
        raise BadRequest(_("a view cannot be kept for them by you"), code="bad_audience")
    return {"audience": audience, "department": own_department(work, unit) if audience == "department" else None}


def required(work: Work, entity: str, id: str) -> SavedView:
    """The saved view of that id. Raises NotFound."""
    found = one(work, entity, id)
    if found is None:
        raise NotFound(_("there is no such saved view"), code="unknown_view")
    return found
