"""Boards, calendars, timelines and charts as what they are another look at: a list, with its view, columns, order and groups. It
waits in one parameter of their address (`list`), so that the way back leads to the same list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from ..metamodel.catalog import Entity, View
from ..services import saved_views
from ..services.work import Work
from .offered import views_of
from .viewstate import EMPTY, State, read_state

if TYPE_CHECKING:
    from .listing import Address


def records_of(view: View, address: Address) -> tuple[str, ...]:
    """All filters in force: that of the view itself, and those of the address."""
    return tuple(dict.fromkeys([*((view.filter,) if view.filter else ()), *address.filters]))


def as_list(work: Work, entity: Entity, view: View, address: Address) -> tuple[View | None, Address]:
    """The list that shows the same records, and its address: the page itself where it is one; the one that waits in the address; else
    the first whose own filter is in force. None where the reader is offered no list."""
    from .listing import Address

    if view.kind == "list":
        return view, address
    filters = records_of(view, address)
    lists = [v for v in views_of(work, entity.name, everybodys=True) if v.kind == "list"]
    pairs = parse_qsl(address.listed)
    name = dict(pairs).get("view", "")
    found, base = _waiting(work, entity, lists, name)
    if found is None or not is_in_force(found, filters):
        offered = [v for v in views_of(work, entity.name) if v.kind == "list"]
        found = next((v for v in offered if is_in_force(v, filters)), offered[0] if offered else None)
        if found is None:
            return None, address
        name, base = found.name, EMPTY
    state = read_state([p for p in pairs if p[0] != "filter"], base)
    state = replace(state, filters=tuple(f for f in filters if f != found.filter))
    return found, Address(entity.name, name or found.name, q=address.q, base=base, state=state)


def _waiting(work: Work, entity: Entity, lists: Sequence[View], name: str) -> tuple[View | None, State]:
    """The list of the metadata of that name, or that of the saved view of that id with what it has by itself."""
    from .listing import base_of, readable_state

    saved = saved_views.one(work, entity.name, name)
    if saved is not None:
        name = base_of(work, entity, saved)
    found = next((v for v in lists if v.name == name), None) if name else lists[0] if saved and lists else None
    return found, readable_state(work, entity, read_state(saved.pairs)) if saved else EMPTY


def is_in_force(view: View, filters: Sequence[str]) -> bool:
    """Are the records of a list those that such filters leave over, and no fewer?"""
    return not view.filter or view.filter in filters


def shown_as(target: View, listed: Address, filters: Sequence[str]) -> Address:
    """The address of a board, calendar, timeline or chart of those records, in which the list waits."""
    from .listing import Address

    waiting = urlencode([p for p in listed.pairs(without="q") if p[0] != "filter"])
    own = tuple(f for f in filters if f != target.filter)
    return Address(target.entity, target.name, q=listed.q, state=State(own), listed=waiting)


def under_tab(work: Work, entity: Entity, target: View, tab: str) -> Address:
    """The records of another tab (a list of the metadata, or a saved view) as `target` shows them."""
    from .listing import Address

    lists = [v for v in views_of(work, entity.name, everybodys=True) if v.kind == "list"]
    found, base = _waiting(work, entity, lists, tab)
    own = (found.filter,) if found is not None and found.filter else ()
    return shown_as(target, Address(entity.name, tab, base=base, state=base), (*own, *base.filters))
