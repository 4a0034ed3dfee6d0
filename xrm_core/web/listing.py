"""What lists and boards of an entity share: which view is meant, the address with all that is in force, the ways to show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from ..errors import NotFound
from ..language import _
from ..metamodel.catalog import Entity, View
from ..metamodel.text import say
from ..services import saved_views
from ..services.saved_views import SavedView
from ..services.sight import is_open, reads_text
from ..services.work import Work
from ..storage.ids import is_id
from .as_list import as_list, is_in_force, records_of, under_tab
from .asked import Asked
from .cells import in_sentence
from .filtering import chip_of
from .models import Action, FilterChip, ViewTab
from .offered import readable_paths, views_of
from .shell import entity_url
from .targets import target
from .undoing import sentence
from .viewstate import EMPTY, Pairs, State, read_state, write_state

ICONS = {"me": "lock", "department": "users", "everybody": ""}
"""What stands before a saved view: for whom it is."""


class Address:
    """The address of a list: everything that is in force, and the same with one thing changed. `base` is what the view has by
    itself: a saved one its own filters, order and columns, one of the metadata nothing. `listed`: of a board and what else is no list,
    the list that it stands for (its view, columns, order, groups), as parameters in one."""

    def __init__(
        self, entity: str, view: str, filters: Sequence[str] = (), sort: str = "", q: str = "", *, base: State = EMPTY,
        state: State | None = None, listed: str = "",
    ) -> None:  # fmt: skip
        self.entity, self.view, self.q, self.base, self.listed = entity, view, q, base, listed
        self.state = state or State(tuple(filters), tuple(s for s in sort.split(",") if s))

    @property
    def filters(self) -> tuple[str, ...]:
        """The filters in force beside the view's own."""
        return self.state.filters

    @property
    def sort(self) -> str:
        """The order as it stands in an address; '' where it is the view's."""
        return ",".join(self.state.sort)

    @property
    def is_modified(self) -> bool:
        """Is anything but the words searched for other than the view has it?"""
        return self.state != self.base

    def pairs(
        self, *, without: str = "", sort: str | None = None, filters: Sequence[str] | None = None, view: str | None = None,
        state: State | None = None,
    ) -> Pairs:  # fmt: skip
        """The parameters, for hidden inputs and links. Under another view all stand there, since its own are others."""
        new = state or self.state
        new = State(
            new.filters if filters is None else tuple(filters),
            new.sort if sort is None else tuple(s for s in sort.split(",") if s),
            new.columns, new.group, new.widths, new.frozen,
        )  # fmt: skip
        other = view is not None and view != self.view
        if other:  # columns and groups are those of a list
            new = State(new.filters, new.sort)
        found = [
            ("view", self.view if view is None else view),
            *write_state(new, EMPTY if other else self.base),
            ("q", self.q),
            ("list", "" if other else self.listed),
        ]
        return [(k, v) for k, v in found if (v or k not in ("view", "q", "list")) and k != without]

    def href(
        self, *, sort: str | None = None, filters: Sequence[str] | None = None, view: str | None = None,
        state: State | None = None, **extra: str,
    ) -> str:  # fmt: skip
        """An address with some of it changed; `extra` are further parameters (cursors)."""
        pairs = self.pairs(sort=sort, filters=filters, view=view, state=state) + list(extra.items())
        return entity_url(self.entity) + (f"?{urlencode(pairs)}" if pairs else "")

    def sheet(self, name: str, **extra: str) -> str:
        """The address of a sheet that changes this list: filter, sort, columns, group, view."""
        return entity_url(self.entity, "list", name) + "?" + urlencode([*self.pairs(), *extra.items()])


def view_of(work: Work, entity: Entity, name: str) -> View:
    """The view of the metadata asked for, else the entity's default. Raises NotFound for an unknown one."""
    work.access.require(entity.name, "read")
    views = views_of(work, entity.name)
    if name:
        found = next((v for v in views_of(work, entity.name, everybodys=True) if v.name == name), None)
        if found is None and is_id(name):
            raise NotFound(_("this view is deleted, or nobody shares it with you"), code="unknown_view")
        if found is None:
            raise NotFound(
                _("{what} have no view {name}", what=say(entity.plural, work.language), name=repr(name)),
                code="unknown_view",
            )
        return found
    return next((v for v in views if v.kind == "list"), _plain(entity))


def open_view(work: Work, entity: Entity, asked: Asked) -> tuple[View, Address, SavedView | None]:
    """The view that an address means, all that is in force on it, and the saved view where it is one. Raises NotFound."""
    work.access.require(entity.name, "read")
    name = asked.get("view")
    saved = saved_views.one(work, entity.name, name)
    view = view_of(work, entity, base_of(work, entity, saved) if saved else name)
    base = readable_state(work, entity, read_state(saved.pairs)) if saved else EMPTY
    listed = asked.get("list") if view.kind != "list" else ""
    made = Address(entity.name, name, q=asked.get("q"), base=base, state=read_state(asked.query, base), listed=listed)
    return view, made, saved


def base_of(work: Work, entity: Entity, saved: SavedView) -> str:
    """The view of the metadata that a saved one was made of; '' where it is gone."""
    return saved.base if _is_there(work, entity, saved.base) else ""


def _is_there(work: Work, entity: Entity, name: str) -> bool:
    return any(v.name == name for v in views_of(work, entity.name, everybodys=True))


def readable_state(work: Work, entity: Entity, state: State) -> State:
    """What somebody else kept, without what does not exist for this reader."""
    return State(
        tuple(f for f in state.filters if saved_views.is_sound(work, entity.name, f) and reads_text(work, entity.name, f)),
        readable_paths(work, entity, state.sort), readable_paths(work, entity, state.columns),
        state.group if state.group and readable_paths(work, entity, (state.group.partition(":")[0],)) else "", state.widths, state.frozen,
    )  # fmt: skip


def lost(work: Work, entity: Entity, saved: SavedView | None) -> str:
    """What is said where a view that somebody kept does without some of it; '' where all is there. A field that is gone and one that is
    not for the reader are told by the same words: nobody learns which it is, nor what it is called."""
    if saved is None:
        return ""
    kept = read_state(saved.pairs)
    left = readable_state(work, entity, kept)
    if left.filters != kept.filters:
        return _("This view filters by a field that is not there, or not for you: it shows more records than it should. Change its filters and save it as your own, or tell who made it.")  # fmt: skip
    if (left.columns, left.sort, left.group) != (kept.columns, kept.sort, kept.group):
        return _("A column, the order or the groups of this view name a field that is not there, or not for you: it does without.")  # fmt: skip
    return ""


def without_view(entity: Entity, asked: Asked) -> str:
    """The address of the list without a view that is not there; the filters, order and columns that the address says itself stay."""
    rest = [(k, v) for k, v in asked.query if k not in ("view", "list", "after", "before") and v]
    return entity_url(entity.name) + (f"?{urlencode(rest)}" if rest else "")


def gone_text(fault: NotFound) -> str:
    """That a view is not there, and what is shown in its place."""
    return _("{reason} This is the list without it.", reason=sentence(fault.message))


def _plain(entity: Entity) -> View:
    """The list of those who read too little for any of the lists that somebody wrote."""
    return View(f"all_{entity.name}", entity.name, entity.plural, "list", ("display",))


def tabs_of(work: Work, entity: Entity, view: View, address: Address) -> tuple[ViewTab, ...]:
    """The lists of an entity as tabs: those of the metadata, then those that people saved. The list that is made for every
    entity is called so where another has its name. On a board, calendar, timeline or chart the list is marked whose records it shows, and
    a tab shows its own in the same way."""
    views = [v for v in views_of(work, entity.name) if v.kind == "list"]
    kept = saved_views.of_entity(work, entity.name)
    if len(views) < 2 and not kept and not address.is_modified:
        return ()
    here, at = as_list(work, entity, view, address)
    shown = (
        here.name if here is not None and (view.kind == "list" or is_in_force(here, records_of(view, address))) else ""
    )
    now = next((one.id for one in kept if one.id == at.view), shown)
    apart = view.filter if view.kind != "list" else None
    modified = replace(at.state, filters=tuple(f for f in at.filters if f != apart)) != at.base

    def href(name: str) -> str:
        if view.kind == "list":
            return entity_url(entity.name) + "?" + urlencode({"view": name})
        return under_tab(work, entity, view, name).href()

    labels = [say(v.label, work.language) for v in views]
    made = [
        ViewTab(
            label=label if label not in labels[:n] else _("{label} (without a filter)", label=label),
            href=href(v.name), current=v.name == now, modified=modified and v.name == now,
        )
        for n, (v, label) in enumerate(zip(views, labels, strict=True))
    ]  # fmt: skip
    own = [
        ViewTab(
            label=one.name, href=href(one.id), current=one.id == now, modified=modified and one.id == now,
            icon=ICONS[one.audience],
        )
        for one in kept
    ]  # fmt: skip
    return (*made, *own)


def chips_of(work: Work, entity: Entity, address: Address) -> tuple[FilterChip, ...]:
    """The filters in force, each with the address without it and the sheet in which it is changed."""
    made = []
    for n, text in enumerate(address.filters):
        label, said = chip_of(work, entity, text)
        rest = [f for i, f in enumerate(address.filters) if i != n]
        made.append(
            FilterChip(
                label=label,
                text=said,
                remove_href=address.href(filters=rest),
                edit_href=address.sheet("filter", chip=str(n)),
            )
        )
    return tuple(made)


def own_filter(work: Work, entity: Entity, view: View) -> str:
    """In words what a board, calendar, timeline or chart leaves out by itself, as far as it is for the reader; '' for nothing."""
    if not view.filter or not reads_text(work, entity.name, view.filter):
        return ""
    label, said = chip_of(work, entity, view.filter)
    return _("{label}: {value}", label=label, value=said) if label else said


def order_text(work: Work, entity: Entity, sort: Sequence[str]) -> str:
    """By what a list is ordered, in words."""
    made = []
    for one in sort:
        found = target(work, entity, one.removeprefix("-"))
        if found is not None:
            made.append(_("{field}, descending", field=found.label) if one.startswith("-") else found.label)
    return _(", then ").join(made)


def export_actions(work: Work, entity: Entity, address: Address) -> tuple[Action, ...]:
    """What is shown as a file, whichever way it is shown: with its filters, search, order and columns."""
    if not is_open(work, entity.name, "export"):
        return ()
    href = entity_url(entity.name, "list", "export") + "?" + urlencode(address.pairs())
    return (Action(label=_("Export"), href=href, icon="download", sheet=True, id="export"),)


def create_actions(work: Work, entity: Entity) -> tuple[Action, ...]:
    """The button that makes a new record."""
    if entity.parent is not None or not is_open(work, entity.name, "create"):
        return ()
    label = _("New {what}", what=in_sentence(work, say(entity.label, work.language)))
    return (Action(label=label, href=entity_url(entity.name, "new"), style="primary", icon="plus", shortcut="create"),)
