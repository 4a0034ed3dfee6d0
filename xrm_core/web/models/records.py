"""Records: the page of one record, its path through the lifecycle, its related lists, its history; the integrated
page.
"""

from __future__ import annotations

from typing import Literal

from markupsafe import Markup
from msgspec import Struct

from xrm_core.web.models.forms import FormField, Option
from xrm_core.web.models.lists import Column, Row
from xrm_core.web.models.panels import ChartPanel, GraphPanel
from xrm_core.web.models.parts import Action, Banner, Cell, EmptyState, Link, Pill, Stat, Tone


class FieldValue(Struct, frozen=True, kw_only=True):
    """A field of a record as it is read. `span` is in columns of its section; `note` says where a value comes from; `edit` is
    the address of the input of this field, for a value that can be changed where it stands.
    """

    name: str
    label: str
    cell: Cell
    span: Literal[1, 2, 3] = 1
    note: str = ""
    edit: str = ""


class FieldSection(Struct, frozen=True, kw_only=True):
    """Values under one heading in one to three columns."""

    fields: tuple[FieldValue, ...]
    title: str = ""
    columns: Literal[1, 2, 3] = 2

    @property
    def is_blank(self) -> bool:
        """Is nothing of it filled in?"""
        return all(value.cell.kind == "empty" for value in self.fields)


class PathStep(Struct, frozen=True, kw_only=True):
    """A state of the lifecycle as seen from this record."""

    label: str
    standing: Literal["done", "current", "ahead", "ended"]
    tone: Tone = "accent"
    text: str = ""


class LifecyclePath(Struct, frozen=True, kw_only=True):
    """The way of a record: its steps, and the transitions, each open or closed for a reason (`Action.closed`)."""

    label: str
    steps: tuple[PathStep, ...]
    transitions: tuple[Action, ...] = ()


class RelatedList(Struct, frozen=True, kw_only=True):
    """Records that point here: a short table with a count and the way to all of them."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    icon: str = "list"
    count: str = ""
    all_href: str = ""
    actions: tuple[Action, ...] = ()
    empty: EmptyState | None = None


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """Something that happened: a communication, a decision, a gift. `when` is for the reader, `iso` for the machine."""

    title: str
    when: str
    iso: str = ""
    icon: str = "circle"
    tone: Tone = "neutral"
    href: str = ""
    by: str = ""
    text: str = ""
    kind: str = ""


class HistoryChange(Struct, frozen=True, kw_only=True):
    """One field before and after; `restore` puts the old value back."""

    label: str
    before: Cell
    after: Cell
    restore: Action | None = None


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """One write: who, when, through which door, what. `folded`: its changes are shown when they are asked for."""

    who: str
    when: str
    what: str
    iso: str = ""
    door: str = ""
    changes: tuple[HistoryChange, ...] = ()
    restore: Action | None = None
    folded: bool = False


class RecordHeader(Struct, frozen=True, kw_only=True):
    """The top of a record: who or what it is, at one glance."""

    title: str
    kind: str
    subtitle: str = ""
    icon: str = ""
    image: str = ""
    pills: tuple[Pill, ...] = ()
    roles: tuple[Link, ...] = ()
    facts: tuple[FieldValue, ...] = ()
    actions: tuple[Action, ...] = ()
    more: tuple[Action, ...] = ()
    previous_href: str = ""
    next_href: str = ""


class RecordPage(Struct, frozen=True, kw_only=True):
    """Template `record.html`. `tabs` are links that the server answers; the tab shown decides which of the parts are
    filled.

    `aside` stands beside the sections on a wide screen. `slots_*` hold markup that plugins' own
    templates have rendered, by the place where it stands.
    """

    header: RecordHeader
    path: LifecyclePath | None = None
    tabs: tuple[Link, ...] = ()
    sections: tuple[FieldSection, ...] = ()
    related: tuple[RelatedList, ...] = ()
    aside_facts: tuple[FieldValue, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    timeline_more: str = ""
    history: tuple[HistoryEntry, ...] = ()
    history_more: str = ""
    slots_header: tuple[Markup, ...] = ()
    slots_overview: tuple[Markup, ...] = ()
    slots_aside: tuple[Markup, ...] = ()
    banners: tuple[Banner, ...] = ()
    show: Literal["record", "history"] = "record"


class IntegratedPage(Struct, frozen=True, kw_only=True):
    """Template `integrated.html`: a party over all its relationships. Each part is left out when it is empty.

    `tabs` hold one entry for the overview and one per relationship; a relationship's tab fills `path`, `sections`,
    `related`. On the overview `sections` and `lead` are what the reader's department looks at first, `steps` what comes next,
    `side` short tables beside the facts; `timeline_newest` leads back from older entries, and
    `timeline_on` asks for those of a day and before.
    """

    header: RecordHeader
    tabs: tuple[Link, ...] = ()
    stats: tuple[Stat, ...] = ()
    facts: tuple[FieldSection, ...] = ()
    details_href: str = ""
    timeline: tuple[TimelineEntry, ...] = ()
    timeline_filters: tuple[Link, ...] = ()
    timeline_more: str = ""
    timeline_newest: str = ""
    timeline_on: FormField | None = None
    timeline_keep: tuple[tuple[str, str], ...] = ()
    timeline_path: str = ""
    steps: tuple[TimelineEntry, ...] = ()
    side: tuple[RelatedList, ...] = ()
    timeline_actions: tuple[Action, ...] = ()
    graph: GraphPanel | None = None
    charts: tuple[ChartPanel, ...] = ()
    path: LifecyclePath | None = None
    sections: tuple[FieldSection, ...] = ()
    lead: tuple[RelatedList, ...] = ()
    related: tuple[RelatedList, ...] = ()
    slots_header: tuple[Markup, ...] = ()
    slots_overview: tuple[Markup, ...] = ()
    slots_aside: tuple[Markup, ...] = ()
    banners: tuple[Banner, ...] = ()


class TieRow(Struct, frozen=True, kw_only=True):
    """A tie between two records in words: the one end, what it is called, the other end, from when to when."""

    a: Link
    label: Link
    b: Link
    when: str = ""
    over: bool = False


class NetworkPage(Struct, frozen=True, kw_only=True):
    """Template `network.html`: the relationship picture on a page of its own, and the same ties as a table. `on` is the input
    for the day; `clear` leads to the picture without filters.
    """

    title: str
    back: str
    name: str
    depths: tuple[Link, ...]
    depth: int
    kinds: tuple[Option, ...]
    on: FormField
    graph: GraphPanel | None = None
    rows: tuple[TieRow, ...] = ()
    empty: EmptyState
    clear: str = ""
