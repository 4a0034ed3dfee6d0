"""Lists: the page of an entity's records, its filters, its bin."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from xrm_core.web.models.forms import FormField, Option
from xrm_core.web.models.parts import Action, Cell, EmptyState, Link


class Column(Struct, frozen=True, kw_only=True):
    """One column. `sort_href` is the address with this column's order turned; empty means it cannot be sorted.

    `small` says what a phone does with it: "lead" in the first line, "show" as a labelled line, "hide" not at all.
    """

    name: str
    label: str
    align: Literal["start", "end"] = "start"
    sort_href: str = ""
    sorted: Literal["", "ascending", "descending"] = ""
    small: Literal["lead", "show", "hide"] = "show"


class Row(Struct, frozen=True, kw_only=True):
    """One record of a list; `cells` are in the order of the columns. `actions` are few and short."""

    id: str
    href: str
    label: str
    cells: tuple[Cell, ...]
    actions: tuple[Action, ...] = ()


class ViewTab(Struct, frozen=True, kw_only=True):
    """A saved view; `modified` when the address differs from what was saved."""

    label: str
    href: str
    current: bool = False
    modified: bool = False
    count: str = ""


class FilterChip(Struct, frozen=True, kw_only=True):
    """One condition in force: field, what is asked of it, and the address without it."""

    label: str
    text: str
    remove_href: str
    field: str = ""


class FilterBuilder(Struct, frozen=True, kw_only=True):
    """The plain form (GET to the list) that adds one condition: `filter_field`, `filter_op`, `filter_value`.

    `options_url` (with htmx) answers the operators and the value input for the field chosen, as
    `fragments/filter_value.html`. `expression` is the whole filter as an expression for those who write it (`filter`).
    """

    fields: tuple[Option, ...]
    operators: tuple[Option, ...]
    value: FormField
    options_url: str = ""
    expression: str = ""
    error: str = ""


class Pager(Struct, frozen=True, kw_only=True):
    """Paging by key: addresses or empty. `text` says where we are: "1-50 of 12,430" or "1-50 of more than 10,000"."""

    text: str
    previous_href: str = ""
    next_href: str = ""
    first_href: str = ""


class ListPage(Struct, frozen=True, kw_only=True):
    """Template `list.html` (and `fragments/list_results.html` for a swap of `#results`).

    `keep` are the hidden inputs (view, sort, filters) that search and filter forms carry along. `bulk` are the
    actions on the records ticked, posted with `selected` once per record to each action's `href`, and `next`, the
    address of this list (`here`). `displays` are list, board and so on. `what` is the title as it stands inside a
    sentence.
    """

    title: str
    entity: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    pager: Pager
    what: str = ""
    icon: str = "table-2"
    path: str = ""
    count: str = ""
    text: str = ""
    views: tuple[ViewTab, ...] = ()
    view_actions: tuple[Action, ...] = ()
    search: str = ""
    searchable: bool = True
    keep: tuple[tuple[str, str], ...] = ()
    chips: tuple[FilterChip, ...] = ()
    clear_href: str = ""
    builder: FilterBuilder | None = None
    displays: tuple[Link, ...] = ()
    actions: tuple[Action, ...] = ()
    more: tuple[Action, ...] = ()
    bulk: tuple[Action, ...] = ()
    sums: tuple[Cell, ...] = ()
    here: str = ""
    empty: EmptyState | None = None
