"""Finding records: the search over all entities, the candidates of a link, the form of a filter."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from ..errors import NotFound
from ..language import _
from ..metamodel.catalog import Entity, Field
from ..metamodel.text import say
from ..metamodel.values import Query
from ..services import finding, lists
from ..services.action_specs import action_of
from ..services.sight import is_open, reads
from ..services.work import Work
from .asked import Asked, Shown
from .candidates import MANY, candidates, columns_of, context, telling
from .models import EmptyState, LookupResults, SearchGroup, SearchHit, SearchPage
from .shell import entity_url

HITS = 5
"""Hits of each entity."""


def searchable(work: Work) -> list[Entity]:
    """Entities with a search, those of the menu first and in its order; what holds the most relationships leads."""
    menu: list[str] = []
    for item in (i for group in work.catalog.menu for i in group.items):
        view = work.catalog.views.get(item.view) if item.view else None
        menu.append(item.entity or (view.entity if view is not None else ""))
    place = {name: n for n, name in reversed(list(enumerate(menu)))}
    found = [
        e for e in work.catalog.entities.values() if e.search and e.parent is None and not e.retired and is_open(work, e.name)
    ]  # fmt: skip
    return sorted(found, key=lambda e: (e.integrates is None, place.get(e.name, len(menu))))


def search(work: Work, asked: Asked) -> Shown:
    """GET /search?q=: hits of all entities, a few of each. Where words are too frequent to look through everything at once, the
    page asks for the others when it is there (`rest=1`)."""
    q, rest = asked.get("q").strip(), asked.get("rest") == "1"
    left: list[Entity] = []
    groups = [_group(work, found, q) for found in _found(work, q, left)] if q else []
    if rest:
        groups = [made for entity in left if (made := _further(work, entity, q)) is not None]
    empty = (
        None
        if groups or (left and not rest)
        else EmptyState(
            title=(_("Nothing else has “{q}”", q=q) if rest else _("Nothing has “{q}”", q=q))
            if q
            else _("Search everything"),
            text=_("Try fewer or other words.") if q else _("Names, numbers, addresses."),
            icon="search-x" if q else "search",
        )
    )
    further = "/search?" + urlencode({"q": q, "rest": "1"}) if left and not rest else ""
    title = _("Search: {q}", q=q) if q else _("Search")
    model = SearchPage(title=title, q=q, groups=tuple(groups), empty=empty, rest_href=further)
    return Shown("search.html", model, model.title)


def _found(work: Work, q: str, left: list[Entity]) -> Iterator[finding.Group]:
    """The first records of each entity that match, with what tells them from others of their name."""
    return finding.found_in(work, q, searchable(work), HITS, lambda entity: columns_of(telling(work, entity)), left)


def _further(work: Work, entity: Entity, q: str) -> SearchGroup | None:
    """The same of one entity, looked through as a whole; None without a record."""
    columns = ("id", "display", *columns_of(telling(work, entity)))
    page = lists.list_records(work, Query(entity.name, tuple(dict.fromkeys(columns)), None, (), HITS, q=q))
    hits = [finding.Hit(str(r["id"]), str(r["display"] or r["id"]), r) for r in page.rows]
    return _group(work, finding.Group(entity, hits, page.next is not None), q) if hits else None


def _group(work: Work, found: finding.Group, q: str) -> SearchGroup:
    entity, paths, hits = found.entity, telling(work, found.entity), []
    for hit in found.hits:
        text = context(work, paths, hit.row, hit.title)
        href = entity_url(entity.name, hit.id)
        hits.append(
            SearchHit(
                label=hit.title,
                href=href,
                kind=say(entity.label, work.language),
                text=text,
                icon="" if entity.integrates else entity.icon,
            )
        )
    return SearchGroup(
        label=say(entity.plural, work.language), hits=tuple(hits), count=f"{len(hits)}{'+' if found.more else ''}", icon=entity.icon,
        all_href=entity_url(entity.name) + "?" + urlencode({"q": q}) if found.more else "",
    )  # fmt: skip


def lookup(work: Work, asked: Asked) -> Shown:
    """GET /lookup/{entity}/{field}?q=: candidates for a link."""
    lists.listed_entity(work, asked.path["entity"])
    field = _asked_field(work, asked.path["entity"], asked.path["field"])
    if not field.columns or field.columns[0].kind.kind != "ref" or "xrm_file" in field.columns[0].kind.entities:
        raise NotFound(_("that field points to nothing"), code="unknown_field")
    q, targets = asked.get("q").strip(), field.columns[0].kind.entities
    hits = candidates(work, targets, q)
    page = LookupResults(q=q, hits=hits, more=len(hits) >= MANY)
    return Shown("fragments/lookup_options.html", page, "", bare=True)


def _asked_field(work: Work, entity: str, name: str) -> Field:
    """A field of an entity, or one that an action of a plugin asks for."""
    owner = work.entity(entity)
    if name in owner.fields and _is_asked_for(work, owner, name):
        return owner.fields[name]
    asked_for = (
        f for e, n in work.host.actions if e == entity for f in action_of(work.host, work.catalog, e, n).fields
    )
    found = next((f for f in asked_for if f.name == name), None)
    if found is None:
        raise NotFound(_("{entity} has no field {name!r}", entity=entity, name=name), code="unknown_field")
    return found


def _is_asked_for(work: Work, owner: Entity, name: str) -> bool:
    """Is the field read, or typed in when a record is made?"""
    created = work.access.fields(owner.name, "create")
    return reads(work, owner, name) or created is None or name in created
