"""What metadata may say about how things are shown: forms, views, menu."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .dashboards import Compute, Part
from .definitions import Def, Expression, Label, Name


class SectionDef(Def):
    """Fields under a heading, in one to three columns."""

    label: Label | None = Field(None, description="Its heading")
    columns: Literal[1, 2, 3] = Field(2, description="Fields side by side")
    fields: list[Name] = Field([], description="Fields in reading order; a child table takes the whole width")
    visible_when: Expression | None = Field(None, description="Shown only while this holds")


class TabDef(Def):
    """A tab of a form; `related` names reverse links shown as lists on the record page."""

    label: Label = Field(description="Its heading; an extending form adds to the tab of the same label")
    sections: list[SectionDef] = Field([], description="Its fields, in groups")
    related: list[str] = Field([], description="Names of reverse links, shown as lists")


class FormDef(Def):
    """How a record of `form` (an entity) is laid out. Departments may have their own (focus, never access)."""

    form: Name = Field(description="The entity")
    tabs: list[TabDef] = Field([], description="Its pages, in order")
    department: Name | None = Field(
        None,
        description="Whose form it is, and of the departments below without one; everybody else keeps the general one",
    )


class ViewDef(Def):
    """A named list, board, calendar, timeline or chart over one entity."""

    view: Name = Field(description="Its name, unique among all views")
    entity: Name | None = Field(None, description="Default: the entity the file is named after")
    label: Label | None = Field(None, description="What people call it; default: its name in words")
    kind: Literal["list", "board", "calendar", "timeline", "chart"] = Field(
        "list", description="How the records are shown"
    )
    columns: list[str] = Field([], description="Field paths, through links with dots")
    filter: Expression | None = Field(None, description="Which records, over `record` and `actor`")
    sort: list[str] = Field([], description="Field paths; a leading '-' sorts downwards")
    by: Name | None = Field(
        None, description="board: choice or lifecycle field; calendar and timeline: date on which a record begins"
    )
    until: Name | None = Field(None, description="calendar and timeline: date on which it ends")
    card: list[str] = Field([], description="board, calendar, timeline: fields on a card")
    sum: str | None = Field(None, description="board: number or money summed in each column head")
    lanes: Name | None = Field(None, description="board: a second field, whose values are lanes across the columns")
    limits: dict[str, int] = Field({}, description="board: most cards that should stand in a column, by its code")
    group: str | None = Field(None, description="chart: field path of its bars or slices; timeline: of its groups")
    part: Part | None = Field(None, description="chart over dates: how long each bar is; default: month")
    stack: str | None = Field(None, description="chart: field path whose values stand upon one another")
    value: str | None = Field(None, description="chart: number or amount; without it records are counted")
    compute: Compute | None = Field(
        None, description="chart: what is worked out; default: sum with a value, else count"
    )
    chart: Literal["bar", "line", "donut", "stacked"] = Field("bar", description="chart: how it is drawn")
    default: bool = Field(False, description="Shown first")
    departments: list[Name] = Field(
        [],
        description="Whose view it is: it stands first for them, and others are not offered it (focus, never access)",
    )
    roles: list[Name] = Field([], description="The same for those who hold one of these roles")
    start: bool = Field(False, description="list: its first records stand on the start page of those whose view it is")
    due: str | None = Field(
        None,
        description="list: path of the date or moment when a record is due, marked on the start page; default: the date it is sorted by; empty: none",
    )


class ViewsDef(Def):
    """Several views in one file."""

    entity: Name | None = Field(None, description="Entity of all of them")
    views: list[ViewDef] = Field(description="The views, each as a document of its own would have it")


class MenuItemDef(Def):
    """An entry: an entity's list, or a named view, or a page address."""

    entity: Name | None = Field(None, description="Leads to the entity's default view")
    view: Name | None = Field(None, description="Leads to this view")
    page: str | None = Field(None, description="Leads to this address")
    label: Label | None = Field(None, description="Default: that of the view or entity")
    icon: str | None = Field(None, description="Name of a Lucide icon")
    departments: list[Name] = Field([], description="Offered to these departments alone (focus, never access)")
    roles: list[Name] = Field([], description="Offered to holders of these roles alone")
    count: bool = Field(False, description="Say beside it how many records wait there; for lists of what is to be done")


class MenuGroupDef(Def):
    """A group of the menu, normally one domain."""

    menu: Name = Field(description="Its name; layers may add items to it")
    label: Label = Field(description="Its heading")
    icon: str | None = Field(None, description="Name of a Lucide icon")
    order: int = Field(100, description="Groups stand in this order")
    departments: list[Name] = Field([], description="For these departments it stands before the others")
    roles: list[Name] = Field([], description="The same for holders of these roles")
    items: list[MenuItemDef] = Field([], description="Its entries, in order")
