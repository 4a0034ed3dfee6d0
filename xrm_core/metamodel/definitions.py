"""What metadata may say about entities and their fields: the authored form (names end in `Def`), checked by pydantic."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=80)]
FieldPath = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=200)]
CodesOf = Annotated[str, StringConstraints(pattern=r"^codes(:[a-z][a-z0-9_]{0,62})?$")]
IntegerWithin = Annotated[str, StringConstraints(pattern=r"^integer:(-?[0-9]{1,9})?\.\.(-?[0-9]{1,9})?$")]
ExpressionOver = Annotated[
    str, StringConstraints(pattern=r"^expression:[a-z][a-z0-9_]{0,62}(:(boolean|integer|decimal|date|text))?$")
]
EntityNamed = Annotated[str, StringConstraints(pattern=r"^entity:[a-z][a-z0-9_]{0,62}$")]
PartOver = Annotated[str, StringConstraints(pattern=r"^(transition|field):[a-z][a-z0-9_]{0,62}$")]
Label = str | dict[str, str]
Expression = Annotated[
    str, StringConstraints(min_length=1, max_length=4000), Field(json_schema_extra={"format": "expression"})
]


class Def(BaseModel):
    """Base of every authored form: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class FieldDef(BaseModel):
    """A field. Keys beside these belong to the field type and are checked against its `Options`."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True, defer_build=True)

    type: Name = Field(description="Field type, e.g. text, money, link")
    label: Label | None = Field(None, description="What people call it; default: the name in words")
    help: Label | None = Field(None, description="A sentence shown below the input")
    required: bool = Field(False, description="A record cannot be saved without it")
    default: Any = Field(None, description="A constant, or '= expression' evaluated when a record is created")
    unique: bool = Field(False, description="No two records have the same value")
    read_only: bool = Field(False, description="Shown, never typed by people; hooks and the platform may set it")
    hidden: bool = Field(False, description="Not in generated forms and lists unless named there")
    index: bool = Field(False, description="Often filtered or sorted by, beyond what views say")
    data_class: Name | None = Field(None, alias="class", description="Data class of the needs matrix")
    visible_when: Expression | None = Field(
        None, description="Shown in forms only while this holds; required only then, too"
    )
    required_when: Expression | None = Field(None, description="Required while this holds, through every door")
    read_only_when: Expression | None = Field(None, description="Not to be changed while this holds")
    was: Name | None = Field(None, description="Former name: data is kept under the new one")
    retired: bool = Field(False, description="Kept in the database, hidden everywhere")
    overrides: str | None = Field(None, description="Plugin whose setting of this field is deliberately replaced")


class RuleDef(Def):
    """A check over the fields of a record; `check` must be true or the record is refused with `message`."""

    check: Expression = Field(description="Must be true of the record")
    message: Label = Field(description="What to tell when it is not")
    field: Name | None = Field(None, description="Field the message is shown at")
    when: Expression | None = Field(None, description="Checked only while this holds")
    in_database: bool = Field(
        False,
        description="The database refuses such records too, whoever writes them; reads the record's own stored fields alone, or says that they "
        "repeat those of the record a link points to (`record.link.kind == record.kind`, while `record.link != null`)",
    )


class KeyDef(Def):
    """A key: these fields together are unique, among the records for which `when` holds."""

    fields: list[Name] = Field(description="Fields that are unique together")
    when: Expression | None = Field(None, description="Only among the records for which this holds")


class TransitionDef(Def):
    """A way from states to a state."""

    label: Label | None = Field(None, description="Text of its button")
    from_: list[Code] | Literal["any"] = Field(alias="from", description="States it starts from")
    to: Code = Field(description="State it leads to")
    require: list[Name] = Field([], description="Fields that must be filled")
    when: Expression | None = Field(None, description="Guard over `record` (after the change) and `old`")
    message: Label | None = Field(None, description="What to tell when the guard does not hold")
    may: list[Name] = Field([], description="Roles that may do it; empty: whoever may update the record")
    set: dict[Name, Expression] = Field({}, description="Fields set by the transition, as expressions")
    reason: Literal["no", "asked", "required"] = Field("no", description="Whether people say why; kept in the history")
    automatic: bool = Field(False, description="Done by rules only, not offered as a button")


class LifecycleDef(Def):
    """The states of an entity (the codes of a choice field) and the transitions between them."""

    field: Name = Field(description="The choice field whose codes are the states")
    create_in: list[Code] = Field([], description="States a record may be born in; empty: only the default")
    transitions: dict[Name, TransitionDef] = Field({}, description="The ways between states, by name")


class TimelineDef(Def):
    """How records of an entity show on the timeline of what they belong to."""

    on: Name = Field(description="Date or date-time field that places a record")
    amount: Name | None = Field(None, description="Money that is shown, and summed by year")
    when: Expression | None = Field(None, description="Only records for which this holds; sums count these too")


class NextStepDef(Def):
    """Which fields say what is to be done next about a record."""

    what: Name = Field(description="Text field that says it")
    on: Name | None = Field(None, description="Date on which it is due")
    who: Name | None = Field(None, description="User who is to do it")
    when: Expression | None = Field(None, description="Only records for which this holds: those that are not over")


class MergeDef(Def):
    """The transition by which a record is merged into another one."""

    transition: Name = Field(description="Transition of the lifecycle")
    into: Name = Field(description="Link to the record that is kept; the transition asks for it")


class SimilarDef(Def):
    """What makes two records look like one and the same. Fields of a child table are named with a dot: `names.name`."""

    like: list[FieldPath] = Field(
        min_length=1, description="Names: compared by their words, so that spelling and order count little"
    )
    by: Name | None = Field(
        None, description="Stored text by which names stand in order, folded; default: the first of `like`"
    )
    sure: list[FieldPath] = Field([], description="Numbers: an equal one is enough to be sure")
    same: list[FieldPath] = Field([], description="Ways to reach: an equal one makes two records look alike")
    near: list[FieldPath] = Field([], description="Places and days: an equal one counts beside a similar name only")
    when: Expression | None = Field(None, description="Only records for which this holds are named")
    merge: MergeDef | None = Field(None, description="How two records become one")


class EntityDef(Def):
    """A kind of thing that is stored."""

    entity: Name = Field(description="Its name: the table, the address and the API path")
    label: Label | None = Field(None, description="What people call one; default: the name in words")
    plural: Label | None = Field(None, description="What people call several")
    description: Label | None = Field(None, description="A sentence that says what it is for")
    icon: str | None = Field(None, description="Name of a Lucide icon")
    title: str | None = Field(None, description="Template of a record's title, e.g. '{number} {donor}'")
    mixins: list[Name] = Field([], description="Mixins whose fields, keys and rules it has too")
    fields: dict[Name, FieldDef] = Field({}, description="Its fields, in the order of generated forms")
    keys: list[list[Name] | KeyDef] = Field([], description="Fields that are unique together")
    search: list[FieldPath] = Field(
        [],
        description="Fields the search looks at; of a child table with a dot: names.name; of what a link leads to its link: donor.party",
    )
    rules: list[RuleDef] = Field([], description="Checks over several fields")
    lifecycle: LifecycleDef | None = Field(None, description="States and transitions")
    integrates: Name | None = Field(
        None, description="Mixin of relationships: the page of a record shows all records with it that point here"
    )
    connects: list[Name] = Field(
        [], max_length=2, description="Two links to one entity: records are ties in its relationship picture"
    )
    timeline: TimelineDef | None = Field(None, description="How records show on the timeline of what they belong to")
    next_step: NextStepDef | None = Field(
        None, description="What is to be done next; the integrated page shows it for all that point to its record"
    )
    similar: SimilarDef | None = Field(
        None, description="What makes two of its records look like one; forms of new records then name those there are"
    )
    history: bool = Field(True, description="Every write leaves who, when, before and after")
    append_only: bool = Field(False, description="No update and no delete but purge")
    was: Name | None = Field(None, description="Former name: data is kept under the new one")
    retired: bool = Field(False, description="Kept in the database, hidden everywhere")
    overrides: str | None = Field(None, description="Plugin whose settings are deliberately replaced")


class MixinDef(Def):
    """Fields and rules shared by several entities. A mixin without fields is a marker that links may point to."""

    mixin: Name = Field(description="Its name")
    label: Label | None = Field(None, description="Heading of its fields in generated forms")
    description: Label | None = Field(None, description="A sentence that says what it is for")
    fields: dict[Name, FieldDef] = Field({}, description="Fields that every entity with the mixin gets")
    keys: list[list[Name] | KeyDef] = Field([], description="Keys that every such entity gets")
    rules: list[RuleDef] = Field([], description="Rules that every such entity gets")
    title: str | None = Field(None, description="Title template of entities that have none")
    search: list[FieldPath] = Field([], description="Search fields that every such entity gets")
    next_step: NextStepDef | None = Field(None, description="What says the next step, of entities that do not say it")


class CodeDef(BaseModel):
    """One code. Keys beside these are attributes, typed by the list's `attributes`."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    label: Label | None = Field(None, description="What people read; default: the code in words")
    help: Label | None = Field(None, description="When to choose it")
    valid_from: str | None = Field(None, description="First day it may be chosen (2026-01-31)")
    valid_until: str | None = Field(None, description="Last day it may be chosen")
    replaced_by: Code | None = Field(None, description="Code to choose in its place")
    was: Code | None = Field(None, description="Former code: data is kept under the new one")
    parent: Code | None = Field(None, description="Code above it in a tree")
    colour: Literal["neutral", "info", "ok", "warn", "bad"] | None = Field(None, description="Colour of its badge")
    retired: bool = Field(False, description="Kept for old records, not to be chosen any more")


class CodeListDef(Def):
    """A codified reference list."""

    codes: Name = Field(description="Its name, as fields refer to it")
    label: Label | None = Field(None, description="What people call it")
    description: Label | None = Field(None, description="A sentence that says what it is for")
    steward: Name | None = Field(None, description="Role that looks after the list")
    scheme: str | None = Field(None, description="Outside standard the codes come from")
    attributes: dict[
        Name,
        Literal["text", "integer", "decimal", "boolean", "date", "entity", "department", "list"]
        | IntegerWithin
        | CodesOf
        | EntityNamed
        | ExpressionOver
        | PartOver,
    ] = Field(
        {},
        description="Typed attributes of each code; `integer:1..4` is a whole number from 1 to 4 (`0..` has no end); `codes` is a code "
        "of the list named like the attribute, `codes:x` of x; `entity` the name of an entity or mixin, `entity:x` of x or one that carries the mixin x, `department` of a department, "
        "`list` of a code list; `expression:x` an expression over records of the entity that attribute x names, `expression:x:decimal` one that "
        "gives a number (`boolean`, `integer`, `date` and `text` likewise); `transition:x` a step of that entity's lifecycle, "
        "`field:x` the path of a field of it",
    )
    required: list[Name] = Field([], description="Attributes that every code has a value for")
    required_when: dict[Name, dict[Name, str | int | bool]] = Field(
        {},
        description="Attributes that a code has a value for where its others hold this: `{list: {kind: choice}}`",
    )
    values: dict[Code, CodeDef | None] = Field(
        {}, description="The codes in order: `{low: Low, high: {label: High, colour: bad}}`, or `[low, high]`"
    )
