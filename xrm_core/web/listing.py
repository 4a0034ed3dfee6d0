"""What lists and boards of an entity share: which view is meant, the address with all that is in force, the ways to show it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from ..errors import NotFound
from ..language import _
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..services.sight import is_open
from ..services.work import Work
from .cells import in_sentence
from .filtering import chip_of
from .models import Action, FilterChip, Link, ViewTab
from .offered import views_of
from .shell import entity_url


def view_of(work: Work, entity: Entity, name: str) -> View:
    """The view asked for, else the entity's default. Raises NotFound for an unknown one."""
    work.access.require(entity.name, "read")
    views = views_of(work, entity.name)
    if name:
        found = next((v for v in views_of(work, entity.name, everybodys=True) if v.name == name), None)
        if found is None:
            raise NotFound(f"{say(entity.plural)} have no view {name!r}", code="unknown_view")
        return found
    return next((v for v in views if v.kind == "list"), _plain(entity))


def _plain(entity: Entity) -> View:
    """The list of those who read too little for any of the lists that somebody wrote."""
    return View(f"all_{entity.name}", entity.name, entity.plural, "list", ("display",))


class Address:
    """The address of a list: everything that is in force, and the same with one thing changed."""

    def __init__(self, entity: str, view: str, filters: Sequence[str], sort: str, q: str) -> None:
        self.entity, self.view, self.filters, self.sort, self.q = entity, view, tuple(filters), sort, q

    def pairs(
        self,
        *,
        without: str = "",
        sort: str | None = None,
        filters: Sequence[str] | None = None,
        view: str | None = None,
    ) -> list[tuple[str, str]]:
        """The parameters, for hidden inputs and links."""
        found = [("view", self.view if view is None else view)]
        found += [("filter", f) for f in (self.filters if filters is None else filters)]
        found += [("sort", self.sort if sort is None else sort), ("q", self.q)]
        return [(k, v) for k, v in found if v and k != without]

    def href(
        self, *, sort: str | None = None, filters: Sequence[str] | None = None, view: str | None = None, **extra: str
    ) -> str:
        """An address with some of it changed; `extra` are further parameters (cursors)."""
        pairs = self.pairs(sort=sort, filters=filters, view=view) + list(extra.items())
        return entity_url(self.entity) + (f"?{urlencode(pairs)}" if pairs else "")


def tabs_of(work: Work, entity: Entity, view: View, address: Address) -> tuple[ViewTab, ...]:
    """The saved lists of an entity as tabs. The list that is made for every entity is called so where another has its name."""
    views = [v for v in views_of(work, entity.name) if v.kind == "list"]
    if len(views) < 2 and not address.filters:
        return ()
    changed = bool(address.filters or address.sort or address.q)
    labels = [say(v.label, work.language) for v in views]
    return tuple(
        ViewTab(
            label=label if label not in labels[:n] else f"{label} (without a filter)",
            href=entity_url(entity.name) + "?" + urlencode({"view": v.name}),
            current=v.name == view.name,
            modified=changed and v.name == view.name,
        )
        for n, (v, label) in enumerate(zip(views, labels, strict=True))
    )


def displays_of(work: Work, entity: Entity, view: View, address: Address) -> tuple[Link, ...]:
    """List and boards of an entity, as ways to show the same records."""
    views = views_of(work, entity.name)
    boards = [v for v in views if v.kind == "board"]
    if not boards:
        return ()
    listed = next((v for v in views if v.kind == "list"), view)
    own = [
        ("List", listed, "table-2"),
        *((say(b.label, work.language) if len(boards) > 1 else "Board", b, "square-kanban") for b in boards),
    ]
    return tuple(
        Link(
            label=name,
            href=address.href(view=v.name, sort=""),
            icon=icon,
            current=v.name == view.name or (v is listed and view.kind == "list"),
        )
        for name, v, icon in own
    )


def chips_of(work: Work, entity: Entity, address: Address) -> tuple[FilterChip, ...]:
    """The filters in force, each with the address without it."""
    made = []
    for text in address.filters:
        label, said = chip_of(work, entity, text)
        rest = list(address.filters)
        rest.remove(text)
        made.append(FilterChip(label=label, text=said, remove_href=address.href(filters=rest)))
    return tuple(made)


def create_actions(work: Work, entity: Entity) -> tuple[Action, ...]:
    """The button that makes a new record."""
    if entity.parent is not None or not is_open(work, entity.name, "create"):
        return ()
    label = _("New {what}", what=in_sentence(work, say(entity.label, work.language)))
    return (Action(label=label, href=entity_url(entity.name, "new"), style="primary", icon="plus", shortcut="create"),)
