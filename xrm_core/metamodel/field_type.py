"""The eight questions a field type answers. Built-in types and a plugin's types are made with the same class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct
from msgspec import field as filled
from pydantic import BaseModel, ConfigDict

from .kinds import T

if TYPE_CHECKING:
    from .catalog import CodeList, Field


class FieldFault(Exception):
    """A value is not acceptable. `part` names the column when a field has several; `hint` says the way out."""

    def __init__(
        self, message: str, *, code: str = "invalid", part: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.part, self.hint = message, code, part, hint


class Column(Struct, frozen=True):
    """One stored column of a field. `kind` is its type in expressions; `digits` of numbers; `references` the entity of a link;
    `stored` is False for values computed when read."""

    name: str
    kind: T
    digits: int = 18
    references: str | None = None
    stored: bool = True


class Widget(Struct, frozen=True):
    """How a field is edited: the name of a template macro, and what the macro needs."""

    name: str
    props: Mapping[str, Any] = filled(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Env:
    """What reading and showing values may depend on."""

    codes: Mapping[str, CodeList] = field(default_factory=dict)
    language: str = "en"
    currency: str = "EUR"
    country: str | None = None
    time_zone: str = "UTC"
    today: date = date(1970, 1, 1)
    now: datetime | None = None
    date_order: str = "dmy"


class NoOptions(BaseModel):
    """A field type without keys of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class FieldType(ABC):
    """What kind of value a field holds. Stateless: one instance serves all fields of the type.

    A subclass that leaves a question open cannot be made (it stays abstract), so it fails to load.
    """

    name: ClassVar[str]
    Options: ClassVar[type[BaseModel]] = NoOptions
    virtual: ClassVar[bool] = False

    @abstractmethod
    def columns(self, field: Field) -> tuple[Column, ...]:
        """1, 7. Storage and expression type: the columns, first the main one. A compound's are named `{field}_{part}`."""

    @abstractmethod
    def accept(self, given: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """2. Validation: typed or JSON values by column name -> stored values by column name, of the columns given. Raises FieldFault."""

    @abstractmethod
    def widget(self, field: Field) -> Widget:
        """3. The input that edits it."""

    @abstractmethod
    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """4. The value as people read it, in `env.language`; '' when empty. `record` maps column names to values."""

    @abstractmethod
    def operators(self, field: Field) -> tuple[str, ...]:
        """5. Filter operators, of: eq ne lt le gt ge in contains startsWith empty notEmpty between."""

    @abstractmethod
    def read(self, given: Mapping[str, str], field: Field, env: Env) -> dict[str, Any]:
        """6. Import and form reading: texts by column name -> stored values by column name. Blank is None. Raises FieldFault."""

    @abstractmethod
    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """8. JSON Schema of each column, by column name (OpenAPI 3.1)."""

    def many(self, given: Mapping[str, Sequence[Any]], field: Field, env: Env) -> Mapping[str, Sequence[Any]] | None:
        """2. Validation of many records at once, for speed alone: values by column name, one for each record and none of them
        None -> what `accept` and, of texts, `read` would answer for each. None where that cannot be said, or one of them
        is refused: then each is asked by itself."""
        return None

    def settle(self, record: Mapping[str, Any], before: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """2. Validation of the whole, where a column of the field changed: its columns together, and against what was stored
        (`before`, empty for a new record). Answers columns to fill in. Raises FieldFault."""
        return {}

    def settles(self, field: Field, env: Env) -> bool:
        """Could `settle` find or fill in anything, whatever the record? Asked once where many records are written."""
        return True

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """The values as `read` takes them back, by column name, exact and independent of language."""
        return {c.name: "" if (v := record.get(c.name)) is None else str(v) for c in self.columns(field)}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """Faults of the field's options beyond their types, as sentences; `names` has the known 'entities', 'codes', 'mixins'."""
        return []


class ValueType(FieldType):
    """A type with one column named as the field. Subclasses give `value`, and `parse` where reading text differs."""

    @abstractmethod
    def kind(self, field: Field) -> T:
        """The type in expressions (nullable unless the field is required)."""

    @abstractmethod
    def value(self, raw: Any, field: Field, env: Env) -> Any:
        """Check and normalise one value that is not None. Raises FieldFault."""

    def parse(self, text: str, field: Field, env: Env) -> Any:
        """Read one text that is not blank. Raises FieldFault."""
        return self.value(text, field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """Show one value that is not None."""
        return str(value)

    digits: ClassVar[int] = 18

    def columns(self, field: Field) -> tuple[Column, ...]:
        """One column."""
        return (Column(field.name, self.kind(field), self.digits),)

    def accept(self, given: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """One value."""
        raw = given[field.name]
        return {field.name: None if raw is None else self.value(raw, field, env)}

    def read(self, given: Mapping[str, str], field: Field, env: Env) -> dict[str, Any]:
        """One text."""
        text = given[field.name].strip()
        return {field.name: self.parse(text, field, env) if text else None}

    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """One value shown."""
        value = record.get(field.name)
        return "" if value is None else self.format(value, field, env)
