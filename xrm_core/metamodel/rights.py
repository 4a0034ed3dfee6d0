"""What metadata may say about who may do what: departments, roles, grants and the needs matrix."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .definitions import Def, Expression, Label, Name


class DepartmentDef(Def):
    """A unit that people work in; `parent` makes the tree."""

    department: Name = Field(description="Its name")
    label: Label = Field(description="What people call it")
    parent: Name | None = Field(None, description="The department that it is part of")


class RoleDef(Def):
    """A named set of grants."""

    role: Name = Field(description="Its name")
    label: Label = Field(description="What people call it")
    department: Name | None = Field(None, description="Where the people with this role work")
    description: Label | None = Field(None, description="What those who have it do")
    steward: bool = Field(
        False, description="Looks after the codified reference: the needs matrix's column `steward` is theirs"
    )
    second_factor: Literal["required"] | None = Field(
        None, description="required: who has the role gets nothing before he has set up a second factor"
    )


class GrantDef(Def):
    """Opens an entity (or all that carry a mixin) to a role. `rows` is an expression over `record` and `actor`; `true` opens all."""

    role: Name | Literal["anonymous", "everyone"] = Field(
        description="Who gets it: a role, everyone who is signed in, or everybody"
    )
    entity: Name | None = Field(None, description="The entity that it opens")
    mixin: Name | None = Field(None, description="In place of entity: all that carry the mixin")
    verbs: list[Name] = Field(description="read, create, update, delete, or names of actions")
    rows: Expression | bool = Field(True, description="Which records")
    fields: list[Name] | None = Field(None, description="Exception to the needs matrix: exactly these fields")
    without: list[Name] = Field([], description="Fields that stay closed")
    deny: bool = Field(False, description="Closes in place of opening; goes before every grant")
    public: Literal["acknowledged"] | None = Field(
        None,
        description="acknowledged: it is meant that everybody gets this, be it on the network (`anonymous`) or signed in (`everyone` with all rows)",
    )


class GrantsDef(Def):
    """The grants of one file."""

    grants: list[GrantDef]


class ClassDef(Def):
    """A data class of fields; `read_logged` asks for a record of every read."""

    label: Label | None = Field(None, description="What people call it")
    read_logged: bool = Field(False, description="Every read is recorded")


class NeedsDef(Def):
    """The needs matrix: for each data class, which department (or `steward`) reads (R) or writes (W) it."""

    classes: dict[Name, ClassDef] = Field({}, description="The data classes by name")
    needs: dict[Name, dict[Name, Literal["R", "W", "-"]]] = Field(
        {}, description="Data class -> department or role -> read, write or nothing"
    )
