"""What of the layout a reader is offered, after access: entities, views, tabs and buttons. What he may not read has no place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from ..access.access import Verdict
from ..compiler import compiled
from ..metamodel.catalog import Entity, Section, Tab, View
from ..services import arranging, made_tiles, saved_views
from ..services.sight import is_open, reads, reads_path, reads_text, shows_rows
from ..services.work import Work
from . import focus

MOST_KEPT = 20_000
"""Answers that are kept with a catalog; then they are worked out anew."""
KEPT = (saved_views.ENTITY, arranging.ENTITY, made_tiles.ENTITY)
"""Entities of what readers keep of pages: nobody's work."""


def offered(work: Work, view: View) -> View | None:
    """A view without what the reader may not read; None where its entity, its filter, or what it is laid out by is closed."""
    if work.access.is_unlimited and work.relation(view.entity).mask is None:
        return view
    if not is_open(work, view.entity):
        return None
    kept: dict[Any, View | None] = work.catalog.derive("web.offered", dict)
    key = (work.relation(view.entity).key, view.name)
    if key not in kept:
        if len(kept) > MOST_KEPT:
            kept.clear()
        kept[key] = _cut(work, view)
    return kept[key]


def _cut(work: Work, view: View) -> View | None:
    entity = work.entity(view.entity)
    if not reads_text(work, view.entity, view.filter):
        return None
    laid = [n for n in (view.by, view.until, view.group if view.kind == "chart" else None) if n is not None]
    if view.kind != "list" and (not laid or not all(reads_path(work, entity, n) for n in laid)):
        return None
    columns = readable_paths(work, entity, view.columns)
    if view.columns and not columns:
        return None
    summed = view.sum if view.sum and reads_path(work, entity, view.sum) else None
    sort = readable_paths(work, entity, view.sort)
    further = {
        n: p for n in ("lanes", "stack", "value", "group") if (p := getattr(view, n)) and reads_path(work, entity, p)
    }
    lanes, stack, value, group = (further.get(n) for n in ("lanes", "stack", "value", "group"))
    compute = view.compute if value == view.value else None
    return replace(
        view, columns=columns, sort=sort, card=readable_paths(work, entity, view.card), sum=summed, lanes=lanes, stack=stack,
        value=value, group=group, compute=compute,
    )  # fmt: skip


def readable_paths(work: Work, entity: Entity, paths: Iterable[str]) -> tuple[str, ...]:
    """Those of some paths (a '-' before them stays) that exist for the reader."""
    return tuple(p for p in paths if reads_path(work, entity, p.removeprefix("-")))


def views_of(work: Work, entity: str, *, everybodys: bool = False) -> tuple[View, ...]:
    """The views of an entity that the reader is offered: the default one (of his department, else of everybody), then those of
    his department, then the others. `everybodys`: with those that are laid out for other departments."""
    found = [cut for view in work.catalog.views_of(entity) if (cut := offered(work, view)) is not None]
    mine = [v for v in focus.first(work, found) if everybodys or focus.is_offered(work, v)]
    default = next((v for v in mine if v.default), None)
    return tuple(sorted(mine, key=lambda v: v is not default))


def list_of(work: Work, entity: str) -> View | None:
    """The list that an entity is shown as first; None where there is none for the reader."""
    return next((v for v in views_of(work, entity) if v.kind == "list"), None)


def cut_tabs(work: Work, entity: Entity, tabs: Iterable[Tab], may: Verdict | None = None) -> tuple[Tab, ...]:
    """The tabs of a form without what the reader may neither read nor write (`may`); sections and tabs of nothing are left out."""
    made = []
    for tab in tabs:
        sections = tuple(cut for s in tab.sections if (cut := _cut_section(work, entity, s, may)) is not None)
        related = tuple(n for n in tab.related if n in entity.children and shows_rows(work, entity.children[n]))
        if sections or related:
            made.append(replace(tab, sections=sections, related=related))
    return tuple(made) or (Tab({}, ()),)


def _cut_section(work: Work, entity: Entity, section: Section, may: Verdict | None) -> Section | None:
    fields = tuple(n for n in section.fields if reads(work, entity, n) or (may is not None and may.opens(n)))
    return replace(section, fields=fields) if fields else None


def verdict(work: Work, entity: Entity, verb: str, id: str) -> Verdict:
    """Whether a verb is open on a stored record that the reader sees, and on which of its fields."""
    opening = work.access.opening(entity.name, verb)
    if opening.is_closed:
        return Verdict(False, frozenset())
    if opening.where is None and not opening.parts:
        return Verdict(True, opening.fields)
    record = work.load(entity.name, id)
    return (
        Verdict(False, frozenset())
        if record is None
        else work.access.verdict(entity.name, verb, record, work.context())
    )


def writable(work: Work, entity: Entity, id: str | None) -> Verdict:
    """What of a record the reader may write: of a stored one, or of a new one (None), whatever he will say in it."""
    if id is not None:
        return verdict(work, entity, "update", id)
    opening = work.access.opening(entity.name, "create")
    return Verdict(not opening.is_closed, opening.fields)


def open_on(work: Work, entity: Entity, verb: str, ids: Iterable[str]) -> frozenset[str]:
    """Those of some records on which a verb is open; they are read at once, and so is what its rule reads through links."""
    wanted = list(dict.fromkeys(ids))
    opening = work.access.opening(entity.name, verb)
    if opening.is_closed:
        return frozenset()
    _read_ahead(work, entity, opening.where, wanted)
    return frozenset(id for id in wanted if verdict(work, entity, verb, id).allowed)


def writable_on(work: Work, entity: Entity, ids: Iterable[str], field: str) -> frozenset[str]:
    """Those of some records in which the reader may write a field."""
    return frozenset(
        id for id in open_on(work, entity, "update", ids) if verdict(work, entity, "update", id).opens(field)
    )


def _read_ahead(work: Work, entity: Entity, rule: str | None, ids: Sequence[str]) -> None:
    """Read the records of which a rule is asked one after the other, and those that it reads through links, in a statement for each link."""
    if rule is None:
        return
    work.reader.get_many(entity.name, ids)
    for n in compiled(work.catalog, entity.name, rule).typed.walk():
        if n.op != "path" or n.value.var != "record":
            continue
        at, of = entity.name, list(ids)
        for hop in n.value.hops:
            rows = work.reader.get_many(at, of).values()
            at, of = hop.entity, [str(row[hop.column]) for row in rows if row.get(hop.column) is not None]
        if n.value.hops:
            work.reader.get_many(at, of)


def whole(entity: Entity, record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as it was read, what is not for the reader as empty: for conditions, which name any field."""
    return {**dict.fromkeys(entity.columns), **record}


def may_import(work: Work, entity: str) -> bool:
    """May the reader bring in records of an entity?"""
    return is_open(work, entity, "import") and is_open(work, entity, "create")


def mappings_of(work: Work) -> tuple[str, ...]:
    """The mappings of imports all of whose records the reader may bring in."""
    found = work.catalog.imports.items()
    return tuple(n for n, of in found if all(may_import(work, t.entity) for f in of.files for t in f.targets))


def imports_any(work: Work) -> bool:
    """May the reader import anything at all? What readers keep of pages is not what anybody imports."""
    found = (
        e.name for e in work.catalog.entities.values() if e.parent is None and not e.retired and e.name not in KEPT
    )
    return any(may_import(work, name) for name in found)
