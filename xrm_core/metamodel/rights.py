"""What metadata may say about who may do what: departments, roles, grants and the needs matrix."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .definitions import Def, Expression, Label, Name


class DepartmentDef(Def):
    """A unit that people work in; `parent` makes the tree."""

    department: Name
    label: Label
    parent: Name | None = None


class RoleDef(Def):
    """A named set of grants."""

    role: Name
    label: Label
    department: Name | None = None
    description: Label | None = None


class GrantDef(Def):
    """Opens an entity (or all that carry a mixin) to a role. `rows` is an expression over `record` and `actor`; `true` opens all."""

    role: Name | Literal["anonymous", "everyone"]
    entity: Name | None = None
    mixin: Name | None = None
    verbs: list[Name]
    rows: Expression | bool = True
    fields: list[Name] | None = Field(None, description="Exception to the needs matrix: exactly these fields")
    without: list[Name] = []
    deny: bool = False
    public: Literal["acknowledged"] | None = None


class GrantsDef(Def):
    """The grants of one file."""

    grants: list[GrantDef]


class ClassDef(Def):
    """A data class of fields; `read_logged` asks for a record of every read."""

    label: Label | None = None
    read_logged: bool = False


class NeedsDef(Def):
    """The needs matrix: for each data class, which department (or `steward`) reads (R) or writes (W) it."""

    classes: dict[Name, ClassDef] = {}
    needs: dict[Name, dict[Name, Literal["R", "W", "-"]]] = {}
