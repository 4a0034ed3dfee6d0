"""The desk: dashboards and their tiles, a chart of a list, the reader's start."""

from __future__ import annotations

from typing import Literal

from markupsafe import Markup
from msgspec import Struct

from xrm_core.web.models.forms import FormField, Option
from xrm_core.web.models.lists import RecordsPage
from xrm_core.web.models.panels import ChartPanel
from xrm_core.web.models.parts import Action, EmptyState, Link, Pill, Tone
from xrm_core.web.models.records import RelatedList


class FigureRow(Struct, frozen=True, kw_only=True):
    """A row of a table of figures."""

    label: str
    cells: tuple[str, ...]
    href: str = ""


class FigureTable(Struct, frozen=True, kw_only=True):
    """A chart's figures as a table; the first of `heads` stands over the names."""

    heads: tuple[str, ...]
    rows: tuple[FigureRow, ...]


class TilePanel(Struct, frozen=True, kw_only=True):
    """A tile. State "waits": it is fetched from `src` when the page is there, into a place of the same size; "failed": `error` says
    why, and the others stand; "closed": `error` says why there is nothing for this reader. `moves` are the acts of arranging (posted to the page's `arrange_url`).
    """

    name: str
    title: str
    kind: Literal["number", "bar", "line", "donut", "stacked", "list", "text"]
    size: Literal["small", "medium", "large", "full"] = "small"
    state: Literal["shown", "waits", "failed", "closed"] = "shown"
    text: str = ""
    error: str = ""
    src: str = ""
    href: str = ""
    csv_href: str = ""
    edit_href: str = ""
    value: str = ""
    change: str = ""
    change_tone: Tone = "neutral"
    change_icon: str = ""
    goal: str = ""
    goal_tone: Tone = "neutral"
    reached: float = 0.0
    chart: ChartPanel | None = None
    table: FigureTable | None = None
    records: RelatedList | None = None
    html: Markup | None = None
    is_hidden: bool = False
    moves: tuple[Action, ...] = ()
    sizes: tuple[Option, ...] = ()


class Arranging(Struct, frozen=True, kw_only=True):
    """What stands around tiles that are arranged: for `whose` eyes, what each of its forms sends, tiles that are left out, the ways
    back; `late` says that somebody else was quicker."""

    hint: str
    whose: tuple[Link, ...] = ()
    sent: tuple[tuple[str, str], ...] = ()
    hidden: tuple[TilePanel, ...] = ()
    can_go_back: bool = False
    reset: str = ""
    late: str = ""


class DashboardPage(Struct, frozen=True, kw_only=True):
    """Template `dashboard.html`. The choices are sent to `path` as `period` and `owner`. `arranging`: each tile can be moved."""

    title: str
    path: str
    tiles: tuple[TilePanel, ...]
    text: str = ""
    tabs: tuple[Link, ...] = ()
    periods: tuple[Option, ...] = ()
    owners: tuple[Option, ...] = ()
    keep: tuple[tuple[str, str], ...] = ()
    arranging: Arranging | None = None
    chosen: tuple[tuple[str, str], ...] = ()
    arrange_url: str = ""
    arrange_href: str = ""
    whole_href: str = ""
    add_href: str = ""
    empty: EmptyState | None = None


class ChartPage(RecordsPage, frozen=True, kw_only=True):
    """Template `chart.html`: the records of a list as a chart. `choices` are selects by name, each with its label and options."""

    chart: ChartPanel | None = None
    table: FigureTable | None = None
    choices: tuple[tuple[str, str, tuple[Option, ...]], ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    csv_href: str = ""
    error: str = ""


class DeskCard(Struct, frozen=True, kw_only=True):
    """A list of what waits, with how much of it is due."""

    records: RelatedList
    pills: tuple[Pill, ...] = ()


class HouseLine(Struct, frozen=True, kw_only=True):
    """Something that administrators look after: where it is, and how it stands; `pill` where it wants them."""

    label: str
    href: str
    icon: str
    text: str = ""
    pill: Pill | None = None


class DeskPage(Struct, frozen=True, kw_only=True):
    """Template `start.html`: the reader's desk. `waits` are lists of what is to be done; `quiet` is said where nothing is; `pins` and
    `recent` lead back to what he works at; `house` is what administrators look after; `tiles` are the first of his own `dashboard`, one of the `dashboards`.
    """

    title: str
    text: str = ""
    waits: tuple[DeskCard, ...] = ()
    quiet: str = ""
    pins: tuple[Link, ...] = ()
    recent: tuple[Link, ...] = ()
    tiles: tuple[TilePanel, ...] = ()
    dashboards: tuple[Link, ...] = ()
    dashboard: Link | None = None
    steps: tuple[Action, ...] = ()
    house: tuple[HouseLine, ...] = ()


class TileForm(Struct, frozen=True, kw_only=True):
    """Template `tile_form.html`: the few choices of which a tile is made, and the tile as it would be. `keep` are hidden inputs,
    `filters` in words; `error` says why there is nothing to show."""

    title: str
    back: str
    fields: tuple[FormField, ...]
    last: tuple[FormField, ...] = ()
    keep: tuple[tuple[str, str], ...] = ()
    filters: tuple[str, ...] = ()
    panel: TilePanel | None = None
    error: str = ""
    save: str = ""
    others: tuple[Action, ...] = ()
