"""What metadata may say about entities and their fields: the authored form (names end in `Def`), checked by pydantic."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=80)]
FieldPath = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=200)]
CodesOf = Annotated[str, StringConstraints(pattern=r"^codes(:[a-z][a-z0-9_]{0,62})?$")]
Label = str | dict[str, str]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class Def(BaseModel):
    """Base of every authored form: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FieldDef(BaseModel):
    """A field. Keys beside these belong to the field type and are checked against its `Options`."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    type: Name = Field(description="Field type, e.g. text, money, link")
    label: Label | None = None
    help: Label | None = Field(None, description="A sentence shown below the input")
    required: bool = False
    default: Any = Field(None, description="A constant, or '= expression' evaluated when a record is created")
    unique: bool = False
    read_only: bool = Field(False, description="Shown, never typed by people; hooks and the platform may set it")
    hidden: bool = Field(False, description="Not in generated forms and lists unless named there")
    index: bool = False
    data_class: Name | None = Field(None, alias="class", description="Data class of the needs matrix")
    visible_when: Expression | None = None
    required_when: Expression | None = None
    read_only_when: Expression | None = None
    was: Name | None = Field(None, description="Former name: data is kept under the new one")
    retired: bool = Field(False, description="Kept in the database, hidden everywhere")
    overrides: str | None = Field(None, description="Plugin whose setting of this field is deliberately replaced")


class RuleDef(Def):
    """A check over the fields of a record; `check` must be true or the record is refused with `message`."""

    check: Expression
    message: Label
    field: Name | None = Field(None, description="Field the message is shown at")
    when: Expression | None = None


class KeyDef(Def):
    """A key: these fields together are unique, among the records for which `when` holds."""

    fields: list[Name]
    when: Expression | None = None


class TransitionDef(Def):
    """A way from states to a state."""

    label: Label | None = None
    from_: list[Code] | Literal["any"] = Field(alias="from")
    to: Code
    require: list[Name] = []
    when: Expression | None = Field(None, description="Guard over `record` (after the change) and `old`")
    message: Label | None = Field(None, description="What to tell when the guard does not hold")
    may: list[Name] = Field([], description="Roles that may do it; empty: whoever may update the record")
    set: dict[Name, Expression] = Field({}, description="Fields set by the transition, as expressions")
    reason: Literal["no", "asked", "required"] = "no"
    automatic: bool = Field(False, description="Done by rules only, not offered as a button")


class LifecycleDef(Def):
    """The states of an entity (the codes of a choice field) and the transitions between them."""

    field: Name
    create_in: list[Code] = Field([], description="States a record may be born in; empty: only the default")
    transitions: dict[Name, TransitionDef] = {}


class EntityDef(Def):
    """A kind of thing that is stored."""

    entity: Name
    label: Label | None = None
    plural: Label | None = None
    description: Label | None = None
    icon: str | None = Field(None, description="Name of a Lucide icon")
    title: str | None = Field(None, description="Template of a record's title, e.g. '{number} {donor}'")
    mixins: list[Name] = []
    fields: dict[Name, FieldDef] = {}
    keys: list[list[Name] | KeyDef] = []
    search: list[FieldPath] = []
    rules: list[RuleDef] = []
    lifecycle: LifecycleDef | None = None
    history: bool = True
    append_only: bool = Field(False, description="No update and no delete but purge")
    was: Name | None = None
    retired: bool = False
    overrides: str | None = None


class MixinDef(Def):
    """Fields and rules shared by several entities. A mixin without fields is a marker that links may point to."""

    mixin: Name
    label: Label | None = None
    description: Label | None = None
    fields: dict[Name, FieldDef] = {}
    keys: list[list[Name] | KeyDef] = []
    rules: list[RuleDef] = []
    title: str | None = None
    search: list[FieldPath] = []


class CodeDef(BaseModel):
    """One code. Keys beside these are attributes, typed by the list's `attributes`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    label: Label | None = None
    help: Label | None = None
    valid_from: str | None = Field(None, description="ISO date")
    valid_until: str | None = None
    replaced_by: Code | None = None
    was: Code | None = None
    parent: Code | None = None
    colour: Literal["neutral", "info", "ok", "warn", "bad"] | None = None
    retired: bool = False


class CodeListDef(Def):
    """A codified reference list."""

    codes: Name
    label: Label | None = None
    description: Label | None = None
    steward: Name | None = Field(None, description="Role that looks after the list")
    scheme: str | None = Field(None, description="Outside standard the codes come from")
    attributes: dict[Name, Literal["text", "integer", "decimal", "boolean", "date"] | CodesOf] = Field(
        {}, description="Typed attributes of each code; `codes` is a code of the list named like the attribute, `codes:x` of x"
    )
    values: dict[Code, CodeDef | None] = {}
