"""What metadata may say about dashboards: pages of figures over the records of several entities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct, field
from pydantic import Field

from .definitions import Def, Expression, Label, Name
from .text import Text

TileKind = Literal["number", "bar", "line", "donut", "stacked", "list", "text"]
TileSize = Literal["small", "medium", "large", "full"]
Part = Literal["day", "week", "month", "quarter", "year", "fiscal_year"]
Compute = Literal["count", "sum", "average", "median", "p90", "distinct"]
Period = Literal[
    "this_month", "last_month", "this_quarter", "last_quarter", "this_year", "last_year", "this_fiscal_year",
    "last_fiscal_year", "last_30_days", "last_12_months", "all",
]  # fmt: skip
PERIODS: tuple[Period, ...] = (
    "this_month", "last_month", "this_quarter", "last_quarter", "this_year", "last_year", "this_fiscal_year",
    "last_fiscal_year", "last_30_days", "last_12_months", "all",
)  # fmt: skip


class TileDef(Def):
    """One tile: a figure, a chart, the first records of a list, or a text."""

    kind: TileKind = Field("number", description="What it shows")
    label: Label | None = Field(None, description="Its heading; default: its name in words")
    text: Label | None = Field(None, description="text: what it says, in Markdown; others: a line under the heading")
    view: Name | None = Field(None, description="The list whose records it is about, with its filter")
    entity: Name | None = Field(None, description="The entity that it is about, where no view is named")
    filter: Expression | None = Field(None, description="Which records, further to those of the view")
    value: str | None = Field(
        None, description="Field path that is added up, averaged or ranked, or an expression after '='; without it records are counted"
    )  # fmt: skip
    compute: Compute | None = Field(None, description="What is worked out; default: sum with a value, else count")
    group: str | None = Field(None, description="charts: field path whose values are the bars, dots or slices")
    part: Part | None = Field(None, description="charts over dates: how long each bar is; default: month")
    stack: str | None = Field(None, description="stacked: field path whose values stand upon one another")
    on: str | None = Field(None, description="Date by which the page's period chooses records; without it they are all")
    owner: str | None = Field(None, description="Link to a user by which the page's owner chooses records")
    mine: str | None = Field(None, description="Link to a user: only the records of whoever looks at the tile")
    search: str | None = Field(
        None, max_length=200, description="Words that are searched for, as in the search of the list"
    )
    goal: float | None = Field(
        None, description="number: what is to be reached; with 'less_is_better' what is not to be passed"
    )
    previous: bool = Field(False, description="number: compare with the period before, up to the same day (needs 'on')")
    less_is_better: bool = Field(False, description="number: a fall is good news")
    columns: list[str] = Field([], description="list: field paths; default: the first of the view's")
    sort: list[str] = Field([], description="list: field paths; default: those of the view")
    limit: int | None = Field(
        None, ge=1, le=24, description="Bars, slices or rows at most; the others are one, or left out"
    )
    size: TileSize | None = Field(None, description="Its width; default: small for a number, else medium")


class DashboardDef(Def):
    """A page of tiles. Departments and roles may have their own (focus, never access)."""

    dashboard: Name = Field(description="Its name")
    label: Label | None = Field(None, description="What people call it; default: its name in words")
    text: Label | None = Field(None, description="A line under its heading")
    icon: str | None = Field(None, description="Name of a Lucide icon")
    order: int = Field(100, description="Dashboards stand in this order")
    departments: list[Name] = Field([], description="Whose it is: its first tiles stand on their start page")
    roles: list[Name] = Field([], description="The same for those who hold one of these roles")
    period: Period = Field("this_year", description="The period at first")
    periods: list[Period] = Field([], description="The periods that may be chosen; default: all of them")
    tiles: dict[Name, TileDef] = Field({}, description="Its tiles by name, in order; a layer may change or add some")


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile in force; see `TileDef`. `entity` is empty for a text."""

    name: str
    kind: TileKind
    label: Text
    text: Text
    entity: str = ""
    view: str | None = None
    filter: str | None = None
    value: str | None = None
    compute: Compute = "count"
    group: str | None = None
    part: Part | None = None
    stack: str | None = None
    on: str | None = None
    owner: str | None = None
    goal: float | None = None
    previous: bool = False
    less_is_better: bool = False
    columns: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    limit: int = 8
    size: TileSize = "small"
    mine: str | None = None
    search: str = ""


class Dashboard(Struct, frozen=True):
    """A dashboard in force; see `DashboardDef`."""

    name: str
    label: Text
    text: Text
    icon: str
    order: int = 100
    departments: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    period: Period = "this_year"
    periods: tuple[Period, ...] = PERIODS
    tiles: Mapping[str, Tile] = field(default_factory=dict)
