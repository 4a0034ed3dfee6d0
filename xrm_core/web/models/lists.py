"""Lists: the page of an entity's records, its filters, its bin."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from xrm_core.web.models.forms import SimilarRecord
from xrm_core.web.models.parts import Action, Cell, EmptyState, Link


class Column(Struct, frozen=True, kw_only=True):
    """One column. `sort_href` is the address with this column's order turned; empty means it cannot be sorted.

    `small` says what a phone does with it: "lead" in the first line, "show" as a labelled line, "hide" not at all.
    `further_href` sorts by it behind what sorts already (shift-click); `place` is its place among several, from 1. `width` in
    pixels, 0 for as wide as it needs; `frozen`: it stays in sight when one goes sideways (without scripts the first alone). `editable`: its cells may be changed in place, by those who may.
    """

    name: str
    label: str
    align: Literal["start", "end"] = "start"
    sort_href: str = ""
    sorted: Literal["", "ascending", "descending"] = ""
    small: Literal["lead", "show", "hide"] = "show"
    further_href: str = ""
    place: int = 0
    width: int = 0
    editable: bool = False
    frozen: bool = True


class Row(Struct, frozen=True, kw_only=True):
    """One record of a list; `cells` are in the order of the columns. `actions` are few and short. `version` is the one that
    the cells show."""

    id: str
    href: str
    label: str
    cells: tuple[Cell, ...]
    actions: tuple[Action, ...] = ()
    version: str = ""


class ViewTab(Struct, frozen=True, kw_only=True):
    """A saved view; `modified` when the address differs from what was saved."""

    label: str
    href: str
    current: bool = False
    modified: bool = False
    count: str = ""
    icon: str = ""


class FilterChip(Struct, frozen=True, kw_only=True):
    """One filter in force: its field ('' where it is about several), what is asked of it, the address without it, and the
    sheet in which it is changed."""

    label: str
    text: str
    remove_href: str
    field: str = ""
    edit_href: str = ""


class FilterBuilder(Struct, frozen=True, kw_only=True):
    """The whole filter as an expression for those who write it (`filter`), and what is wrong with it."""

    expression: str = ""
    error: str = ""


class ListGroup(Struct, frozen=True, kw_only=True):
    """One group of a list: its head with count and sums, and, where it is open, its first records. `href` opens or closes it,
    `all_href` is the list of its records alone."""

    id: str
    label: Cell
    count: str
    sums: tuple[str, ...] = ()
    open: bool = False
    href: str = ""
    rows: tuple[Row, ...] = ()
    all_href: str = ""


class Pager(Struct, frozen=True, kw_only=True):
    """Paging by key: addresses or empty. `text` says where we are: "1-50 of 12,430" or "1-50 of more than 10,000"."""

    text: str
    previous_href: str = ""
    next_href: str = ""
    first_href: str = ""


class RecordsPage(Struct, frozen=True, kw_only=True):
    """What every way to show the records of a list has above them: title and count, views, search, filters, ways to show them.

    `what` is the title as it stands inside a sentence. `keep` are the hidden inputs (view, sort, filters) that search and filter
    forms carry along. `displays` are list, board and so on. `own` says what the view leaves out by itself, where its name does not.
    """

    title: str
    what: str = ""
    path: str = ""
    count: str = ""
    views: tuple[ViewTab, ...] = ()
    search: str = ""
    searchable: bool = True
    keep: tuple[tuple[str, str], ...] = ()
    chips: tuple[FilterChip, ...] = ()
    clear_href: str = ""
    own: str = ""
    builder: FilterBuilder | None = None
    displays: tuple[Link, ...] = ()
    actions: tuple[Action, ...] = ()
    more: tuple[Action, ...] = ()


class ListPage(RecordsPage, frozen=True, kw_only=True):
    """Template `list.html` (and `fragments/list_results.html` for a swap of `#results`).

    `bulk` are the actions on the records ticked, posted with `selected` once per record to each action's `href`, and `next`,
    the address of this list (`here`). `tools` lead to the sheets for groups, order and columns; `view_actions` save what was
    changed. With `groups` the rows stand in them. `all_text` offers all records of the list beside those ticked ("Select all
    12,430"). `cell_url` is where cells are changed in place. `lost` says what of a kept view is not there any more.
    `order` and `grouping` say by what the list is ordered and put into groups, for paper. `count_href` is the same page with the
    number of all records, where that comes later.
    """

    entity: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    pager: Pager
    icon: str = "table-2"
    text: str = ""
    view_actions: tuple[Action, ...] = ()
    is_modified: bool = False
    lost: str = ""
    bulk: tuple[Action, ...] = ()
    sums: tuple[Cell, ...] = ()
    tools: tuple[Link, ...] = ()
    groups: tuple[ListGroup, ...] = ()
    all_text: str = ""
    cell_url: str = ""
    here: str = ""
    order: str = ""
    grouping: str = ""
    count_href: str = ""
    empty: EmptyState | None = None


class SimilarPair(Struct, frozen=True, kw_only=True):
    """Two records that look like one: why, and both as rows, each with the way to keep it. `other` is the title of the second, `apart`
    tells them apart or takes that back, `told` says who told them apart."""

    record: SimilarRecord
    rows: tuple[Row, ...]
    other: str = ""
    apart: Action | None = None
    told: str = ""


class SimilarPage(Struct, frozen=True, kw_only=True):
    """Template `similar.html`: pairs of records that look like one. `more_href` looks further, `first_href` from the beginning."""

    title: str
    kind: str
    columns: tuple[Column, ...]
    pairs: tuple[SimilarPair, ...]
    empty: EmptyState
    icon: str = "copy"
    text: str = ""
    more_href: str = ""
    first_href: str = ""
    merges: bool = False
    apart: tuple[SimilarPair, ...] = ()
