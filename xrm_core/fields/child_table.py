"""child_table: rows that belong to the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.language import _, ngettext
from xrm_core.metamodel.definitions import FieldDef, KeyDef, Label, LifecycleDef, Name, RuleDef
from xrm_core.metamodel.field_type import Column, Env, FieldFault, FieldType, Widget

from .characters import shown
from .options import Options
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

MAX_ROWS = 1000
"""Rows that one write may bring along."""


class RowOptions(Options):
    """Options of the entity behind a child table or a many-to-many field."""

    fields: dict[Name, FieldDef] = Key({}, description="Fields of a row")
    keys: list[list[Name] | KeyDef] = Key([], description="Fields that are unique together")
    rules: list[RuleDef] = Key([], description="Checks over the fields of a row")
    title: str | None = Key(None, description="Template of a row's title, as in `{kind} {value}`")
    plural: Label | None = Key(None, description="Name of several rows")
    description: Label | None = Key(None, description="What a row is")
    icon: str | None = Key(None, description="Name of a Lucide icon")
    search: list[Name] = Key([], description="Fields that the search looks at")


class ChildTableOptions(RowOptions):
    """Options of child_table."""

    lifecycle: LifecycleDef | None = Key(None, description="States of a row and the transitions between them")
    min: int = Key(0, ge=0, description="Fewest rows")
    max: int = Key(MAX_ROWS, ge=1, le=MAX_ROWS, description="Most rows")


class RowsType(FieldType):
    """Base of types whose values are records of an entity of their own; nothing is stored in the owner's table.

    The rows travel as a list of objects under the field's name and are saved with the record.
    """

    virtual = True

    def columns(self, field: Field) -> tuple[Column, ...]:
        """None: rows are records of their own."""
        return ()

    def accept(self, given: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """The rows as they are, when they have the form of rows; each is checked by the fields of its entity."""
        rows = given.get(field.name)
        if rows is None:
            return {}
        if not isinstance(rows, (list, tuple)) or not all(isinstance(row, Mapping) for row in rows):
            raise FieldFault(
                _("{value} is not a list of rows", value=shown(rows)),
                code="not_a_list",
                hint=_("send a list of objects"),
            )
        most = getattr(field.options, "max", MAX_ROWS)
        if len(rows) > most:
            raise FieldFault(_("There are {n} rows; {most} fit", n=len(rows), most=most), code="too_many")
        least = getattr(field.options, "min", 0)
        if len(rows) < least:
            raise FieldFault(
                ngettext(
                    "There is {n} row; at least {least} are needed",
                    "There are {n} rows; at least {least} are needed",
                    len(rows),
                    least=least,
                ),
                code="too_few",
            )
        return {field.name: [dict(row) for row in rows]}

    def read(self, given: Mapping[str, str], field: Field, env: Env) -> dict[str, Any]:
        """Nothing: rows are read by the form or the import, field by field."""
        return {}

    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """The number of rows where the record brings them along."""
        rows = record.get(field.name)
        return "" if not rows else str(len(rows)) if isinstance(rows, (list, tuple)) else str(rows)

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """Nothing: rows are exported as records of their entity."""
        return {}

    def operators(self, field: Field) -> tuple[str, ...]:
        """Are there rows."""
        return ("empty", "notEmpty")

    def widget(self, field: Field) -> Widget:
        """A table that is edited in place."""
        return Widget("children", {"entity": f"{field.entity}_{field.name}"})

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A list of objects, told by the schema of the rows' entity."""
        rows = {
            "type": "array",
            "items": {"type": "object", "x-entity": f"{field.entity}_{field.name}"},
            "maxItems": MAX_ROWS,
        }
        return {field.name: describe(field, rows, optional=True)}


class ChildTableType(RowsType):
    """Rows that belong to the record and are edited with it: addresses, lines, checks. Each row is a record of the
    entity `{entity}_{field}` with an id, a version and a history; it is deleted with its owner."""

    name = "child_table"
    Options = ChildTableOptions

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """A row needs a field."""
        options = cast(ChildTableOptions, field.options)
        faults = [] if options.fields else ["fields: a child table needs at least one field"]
        return faults + ([f"min {options.min} is more than max {options.max}"] if options.min > options.max else [])
