"""Child rows of drafts: matched with the stored rows, so that a save creates, changes and removes just what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import Problem
from ..language import _
from ..metamodel.catalog import Children
from ..metamodel.values import Record
from ..storage import query
from ..storage.ids import new_id
from .drafts import Draft, apply_defaults
from .permits import sees
from .work import Work
from .writer import Writer, writer_of


def draft_parts(work: Work, writer: Writer, drafts: Sequence[Draft], only: str | None = None) -> dict[str, list[Draft]]:
    """Make drafts of all child rows that are part of these drafts (`only`: of one table); they are kept in `Draft.parts` and
    returned by field."""
    made: dict[str, list[Draft]] = {}
    for name, children in writer.rows.items():
        concerned = [d for d in drafts if name in d.children and only in (None, name)]
        if not concerned:
            continue
        updating = [d.id for d in concerned if d.action == "update"]
        stored = query.referring_many(work.tx, work.catalog, children.entity, children.by, updating) if updating else {}
        for draft in concerned:
            parts = _match(work, children, draft, stored.get(draft.id, ()))
            draft.parts[name] = parts
            made.setdefault(name, []).extend(parts)
            work.rows[(children.entity, children.by, draft.id)] = [p.after for p in parts if p.action != "delete"]
            draft.children[name] = [p.after for p in parts if p.action != "delete"]
    return made


def _match(work: Work, children: Children, parent: Draft, stored: Sequence[Record]) -> list[Draft]:
    """Rows with an id change that row; rows equal to a stored one keep it; the rest is new; stored rows left over go."""
    writer = writer_of(work.catalog, children.entity)
    left = {row["id"]: row for row in stored}
    matched: list[Record | None] = []
    rows = parent.children[children.name]
    for n, row in enumerate(rows):
        found = left.pop(row["id"], None) if row.get("id") else None
        if row.get("id") and found is None:
            parent.problems.append(Problem(_("there is no such row here"), "not_found", f"{children.name}[{n}].id"))
        matched.append(found)
    for n, row in enumerate(rows):
        if matched[n] is None and not row.get("id"):
            same = next((r for r in left.values() if _equal(writer, row, r)), None)
            matched[n] = left.pop(same["id"]) if same is not None else None
    parts = [_part(work, writer, children, parent, n, row, matched[n]) for n, row in enumerate(rows)]
    asked = parent.wanted is not None and children.name in parent.wanted
    if asked:
        _claim(parent, children.name, parts)
    for gone in left.values():
        place = parent.id, children.name
        if asked and not sees(work, children.entity, gone):  # what is left out unseen is not meant
            parts.append(Draft("update", gone["id"], dict(gone), dict(gone), parent=place))
            continue
        after = {**gone, "deleted_at": work.now}
        parts.append(Draft("delete", gone["id"], dict(gone), after, parent=place, verb="delete" if asked else None))
    return parts


def _claim(parent: Draft, name: str, parts: Sequence[Draft]) -> None:
    """Rows that the actor named are his to be allowed; what hooks put into them, or beside them, is not."""
    rows = (parent.wanted or {})[name]
    by_id = {row["id"]: row for row in rows if row.get("id")}
    fresh = frozenset(column for row in rows if not row.get("id") for column in row)
    for part in parts:
        own = by_id.get(part.id)
        named = fresh if own is None else own.keys()
        part.verb = part.action
        part.asked = frozenset(named) & part.after.keys() - {"id"}
        part.wanted = {k: tuple(v) for k, v in part.children.items()}


def _equal(writer: Writer, row: Mapping[str, Any], stored: Record) -> bool:
    return all(stored.get(k) == v for k, v in row.items() if k in writer.owner)


def _part(
    work: Work, writer: Writer, children: Children, parent: Draft, n: int, row: Mapping[str, Any], stored: Record | None
) -> Draft:
    own = {k: v for k, v in row.items() if k in writer.owner}
    nested = {k: list(v) for k, v in row.items() if k in writer.rows}
    place = {"position": n} if "position" in writer.owner else {}
    if stored is not None:
        before = dict(stored)
        keep = place if before.get("position") != n else {}
        return Draft(
            "update",
            before["id"],
            before,
            {**before, **own, **keep},
            frozenset(own),
            nested,
            parent=(parent.id, children.name),
        )
    values = {children.by: parent.id, **place, **own}
    draft = Draft(
        "create", new_id(), {}, {**writer.blank, **values}, frozenset(values), nested, parent=(parent.id, children.name)
    )
    apply_defaults(work, writer, draft)
    return draft


def lift_problems(drafts: Sequence[Draft]) -> None:
    """Say the problems of child rows at their parent, as `lines[2].quantity`."""
    for draft in drafts:
        for name, parts in draft.parts.items():
            for n, part in enumerate(p for p in parts if p.action != "delete"):
                draft.problems += lifted(name, n, part.problems)


def lifted(name: str, n: int, problems: Sequence[Problem]) -> list[Problem]:
    """Problems of row `n` of a table as problems of its owner."""
    return [
        Problem(p.message, p.code, f"{name}[{n}].{p.field}" if p.field else f"{name}[{n}]", p.where, p.hint)
        for p in problems
    ]
