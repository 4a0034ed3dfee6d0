"""What metadata may say about imports: a set of files in order, and for each file the records its rows become."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from .definitions import Def, Label, Name

Path = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A column of the file by its header, a value named by `let`, `joined.column`, or in nested data a path: `value.amount`.
`$.x` starts at the whole record, `^.x` one array further out, `.` is the item itself, `#` its position from 0.
A `?` at the end says that the file may lack the column."""

SOURCES = ("column", "const", "template", "first", "list", "target", "link")
STEPS = (
    "remove", "strip_prefix", "strip_suffix", "replace", "extract", "split", "part", "join", "fold", "single_spaces", "lower", "upper",
    "pad", "shorten", "map", "date", "number", "times", "yes_no", "invert", "country", "whole", "default",
)  # fmt: skip
"""Steps, done in the order written; skipped for a blank value, except `map` with a key '' and `default`."""


class Step(Def):
    """One step of a value: its name (one of STEPS) and what it needs."""

    name: str
    argument: Any = None


class ValueDef(Def):
    """Where a value comes from, then steps. A bare text is short for `column`."""

    column: Path | list[Path] | None = Field(None, description="A column; of several, the first that is not blank")
    columns: list[Path] = Field([], description="Several columns, for the step join; the list of their filled values")
    const: Any = Field(None, description="Always this value")
    template: str | None = Field(None, description="Text with {columns}; blank if one without ? is blank")
    first: list[ValueDef] = Field([], description="The first of these values that is not blank")
    list_: list[ValueDef] = Field([], alias="list", description="The filled ones of these values as a list")
    target: Name | None = Field(None, description="The record that another target of this row became")
    match: dict[Path, Path] = Field({}, description="target of another array: {path in its item: path in this one}")
    link: Name | None = Field(None, description="An existing record of this entity, found by `key` or `by`")
    key: ValueDef | None = Field(None, description="link: its source_key in this set's source")
    by: dict[Name, ValueDef] = Field({}, description="link: values of the columns that identify it")
    source: str | None = Field(None, description="link by key: another set's source")
    on_missing: Literal["refuse", "empty"] = Field("refuse", description="link: what if there is none; both are listed")
    when: ConditionDef | None = Field(None, description="Blank where this does not hold")
    steps: list[Step] = Field(
        [], description="What is done to it; the steps may also stand beside the source, by their names"
    )

    @model_validator(mode="before")
    @classmethod
    def _collect_steps(cls, data: Any) -> Any:
        """Turn a bare text into a column, and the step keys, in the order written, into `steps`."""
        if isinstance(data, str):
            return {"column": data}
        if not isinstance(data, dict):
            return {"const": data}
        steps = [{"name": key, "argument": data[key]} for key in data if key in STEPS]
        rest = {key: value for key, value in data.items() if key not in STEPS}
        return {**rest, "steps": [*rest.get("steps", []), *steps]} if steps else rest

    @model_validator(mode="after")
    def _one_source(self) -> ValueDef:
        """Exactly one place that the value comes from."""
        given: list[str] = [n for n in ("column", "const", "template", "target", "link") if n in self.model_fields_set]
        given += [n for n in ("columns", "first") if getattr(self, n)] + (["list"] if self.list_ else [])
        if len(given) != 1:
            told = ", ".join(given) or "none"
            raise ValueError(f"a value comes from exactly one of {', '.join(SOURCES)}; here: {told}")
        if self.link and bool(self.key) == bool(self.by):
            raise ValueError("a link is found by either `key` or `by`")
        return self


class ConditionDef(Def):
    """A condition on a row. A bare text means: that column is not blank."""

    column: Path | None = None
    is_: Any = Field(None, alias="is", description="Equals this text, or one of these")
    is_not: Any = None
    filled: bool | None = None
    matches: str | None = Field(None, description="Regular expression that the whole value matches")
    all_: list[ConditionDef] = Field([], alias="all")
    any_: list[ConditionDef] = Field([], alias="any")
    not_: ConditionDef | None = Field(None, alias="not")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        """A bare text is a column that must be filled."""
        return {"column": data, "filled": True} if isinstance(data, str) else data


ValueDef.model_rebuild()


class TargetDef(Def):
    """A record that each row (or each item of an array in it) becomes."""

    entity: Name = Field(description="The entity of the records")
    target: Name | None = Field(None, description="Its name in this file; default the entity's")
    main: bool = Field(False, description="Decides what is said of the row; the first target unless one says so")
    each: Path | None = Field(None, description="Path of an array: one record per item, e.g. awards[].suppliers[]")
    let: dict[Name, ValueDef] = Field({}, description="Values named for use in this target")
    when: ConditionDef | None = Field(None, description="Only rows or items for which it holds")
    key: list[Name] = Field([], description="Fields that identify the record; default source and source_key")
    fold: list[Name] = Field([], description="Key fields compared without regard to case and runs of spaces")
    stored_as: dict[Name, Name] = Field({}, description="child row: key fields compared with another stored column")
    unordered: list[Name] = Field([], description="Two key fields that may change places: a tie told from either end")
    fields: dict[Name, ValueDef] = Field({}, description="Field -> where its value comes from")
    create: dict[Name, ValueDef] = Field({}, description="Fields set when the record is first seen, and never again")
    add: dict[Name, ValueDef] = Field({}, description="Lists (tags, several codes): values added to those there are")
    repeated: Literal["each", "last"] = Field(
        "each", description="last: of several items with one key only the last counts"
    )
    existing: Literal["update", "keep"] = Field("update", description="keep: find or create, never change")
    blank: Literal["clear", "keep"] = Field("clear", description="What a blank cell does to a stored value")
    on_problem: Literal["refuse", "skip"] = Field("refuse", description="skip: list it and take the rest of the row")
    pass_: Literal[1, 2] = Field(1, alias="pass", description="2: after all rows of the file, for links among them")

    @property
    def name(self) -> str:
        """The name by which other targets of the file refer to it."""
        return self.target or self.entity


class JoinDef(Def):
    """Columns of another file of the set, found by `on: {column here: column there}`; used as `name.column`."""

    file: str
    on: dict[Path, Path]


class FileDef(Def):
    """A file of the set, or several of one shape, and what its rows become."""

    file: str | list[str] = Field(description="File name or pattern with *, without regard to case")
    name: Name | None = Field(None, description="Its name for joins and the report; default the file's")
    optional: bool = Field(False, description="The set is complete without it")
    format: Literal["csv", "xlsx", "xls", "ods", "json", "ndjson", "vcard", "icalendar", "dbf"] | None = Field(
        None, description="What it is, where its contents do not tell"
    )
    encoding: str | None = Field(None, description="Where it is not found by itself, e.g. cp1252")
    delimiter: str | None = Field(None, description="Where it is not found by itself")
    header: bool = Field(True, description="false: no header row; name the columns in `columns`")
    columns: list[str] = Field([], description="Names of the columns of a file without a header row")
    skip_lines: int = Field(0, ge=0, le=1000, description="Lines before the header")
    sheet: str | None = Field(None, description="Name of the sheet; default the first")
    records: Path | None = Field(None, description="JSON: path of the array of records")
    sort: Path | None = Field(None, description="Rows of all files of the pattern are taken in the order of this text")
    short_rows: Literal["refuse", "fill"] = Field("refuse", description="What to do with rows shorter than the header")
    blank: list[str] = Field([], description="Texts that mean nothing, beside the empty one")
    dates: list[str] = Field([], description="Date forms, e.g. dd/mm/yyyy; ISO is always understood")
    numbers: Literal["en", "de", "fr"] | None = Field(None, description="1,234.50 or 1.234,50 or 1 234,50")
    join: dict[Name, JoinDef] = Field(
        {}, description="Columns of other files of the set, by the name they are used under"
    )
    let: dict[Name, ValueDef] = Field({}, description="Values named for use in all targets")
    when: ConditionDef | None = Field(None, description="Other rows are left out and counted")
    ignore: list[str] = Field([], description="Columns deliberately not taken")
    targets: list[TargetDef] = Field(description="The records that each row becomes")

    @property
    def patterns(self) -> tuple[str, ...]:
        """The file names or patterns."""
        return (self.file,) if isinstance(self.file, str) else tuple(self.file)

    @model_validator(mode="after")
    def _targets(self) -> FileDef:
        """Names of targets differ, at most one is main, and there is one."""
        names = [target.name for target in self.targets]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"two targets are named {doubled[0]!r}; give one a name with `target:`")
        if sum(target.main for target in self.targets) > 1:
            raise ValueError("only one target is `main: true`")
        if not self.targets:
            raise ValueError("a file needs at least one target")
        return self

    @property
    def main(self) -> TargetDef:
        """The target that decides what is said of a row."""
        return next((target for target in self.targets if target.main), self.targets[0])


class ImportDef(Def):
    """A set of files of one source and how they become records."""

    import_: Name = Field(alias="import", description="Its name; what `xrm import run` is told")
    label: Label | None = Field(None, description="What people call it")
    description: Label | None = Field(None, description="What the files are, and where they come from")
    source: str | None = Field(None, description="Kept with each record; default the set's name", max_length=40)
    blank: list[str] = Field([], description="Texts that mean nothing in all files, beside the empty one")
    dates: list[str] = Field([], description="Date forms of all files, e.g. dd/mm/yyyy; ISO is always understood")
    numbers: Literal["en", "de", "fr"] = Field("en", description="1,234.50 or 1.234,50 or 1 234,50")
    currency: str | None = Field(None, description="Currency of amounts that name none; default the organisation's")
    files: list[FileDef] = Field(description="The files in the order they are taken")

    @property
    def name(self) -> str:
        """The set's name."""
        return self.import_

    @property
    def origin(self) -> str:
        """What is kept as `source` with each record."""
        return self.source or self.import_
