"""What metadata may say about how things are shown: forms, views, menu."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .definitions import Def, Expression, Label, Name


class SectionDef(Def):
    """Fields under a heading, in one to three columns."""

    label: Label | None = None
    columns: Literal[1, 2, 3] = 2
    fields: list[Name] = []
    visible_when: Expression | None = None


class TabDef(Def):
    """A tab of a form; `related` names reverse links shown as lists on the record page."""

    label: Label
    sections: list[SectionDef] = []
    related: list[str] = []


class FormDef(Def):
    """How a record of `form` (an entity) is laid out. Departments may have their own (focus, never access)."""

    form: Name
    tabs: list[TabDef] = []
    department: Name | None = None


class ViewDef(Def):
    """A named list, board or calendar over one entity."""

    view: Name
    entity: Name | None = Field(None, description="Default: the entity the file is named after")
    label: Label | None = None
    kind: Literal["list", "board", "calendar"] = "list"
    columns: list[str] = Field([], description="Field paths, through links with dots")
    filter: Expression | None = None
    sort: list[str] = Field([], description="Field paths; a leading '-' sorts downwards")
    by: Name | None = Field(None, description="board: choice or lifecycle field; calendar: date field")
    card: list[str] = Field([], description="board: fields on a card")
    sum: str | None = Field(None, description="board: number or money summed in each column head")
    default: bool = Field(False, description="Shown first")


class ViewsDef(Def):
    """Several views in one file."""

    entity: Name | None = None
    views: list[ViewDef]


class MenuItemDef(Def):
    """An entry: an entity's list, or a named view, or a page address."""

    entity: Name | None = None
    view: Name | None = None
    page: str | None = None
    label: Label | None = None
    icon: str | None = None


class MenuGroupDef(Def):
    """A group of the menu, normally one domain."""

    menu: Name
    label: Label
    icon: str | None = None
    order: int = 100
    items: list[MenuItemDef] = []
