"""A small folder of metadata to break, and small field types, so that the compiler is tested by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Option

from xrm_core.compiler import Report, inspect
from xrm_core.metamodel.catalog import Field
from xrm_core.metamodel.field_type import Column, Env, FieldFault, FieldType, ValueType, Widget
from xrm_core.metamodel.kinds import BOOL, DATE, TEXT, T, decimal, ref, whole
from xrm_core.plugin.contributions import MetadataRoot


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Simple(ValueType):
    """A type whose only point is its kind."""

    name = "simple"
    of: ClassVar[T] = TEXT

    def kind(self, field: Field) -> T:
        return self.of.with_null(not field.required)

    def value(self, raw: Any, field: Field, env: Env) -> Any:
        return raw

    def widget(self, field: Field) -> Widget:
        return Widget("input")

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("eq",)

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        return {field.name: {}}


class Text(Simple):
    name = "text"

    class Options(Options):
        max: int = 200

    def value(self, raw: Any, field: Field, env: Env) -> Any:
        if not isinstance(raw, str):
            raise FieldFault("a text is expected")
        return raw


class Integer(Simple):
    name, of = "integer", whole()

    class Options(Options):
        min: int | None = None


class Boolean(Simple):
    name, of = "boolean", BOOL


class Day(Simple):
    name, of = "date", DATE


class Money(Simple):
    name = "money"

    class Options(Options):
        min: float | None = None

    def columns(self, field: Field) -> tuple[Column, ...]:
        null = not field.required
        return (Column(field.name, decimal(2, null=null)), Column(f"{field.name}_currency", TEXT.with_null(null)))


class Choice(Simple):
    name = "choice"

    class Options(Options):
        codes: str

    def kind(self, field: Field) -> T:
        return T("text", not field.required, codes=field.options.codes)


class Link(Simple):
    name = "link"

    class Options(Options):
        to: str | dict[str, str] | list[str]
        on_delete: str = "restrict"
        reverse: str | None = None
        reverse_label: str | None = None

        @property
        def targets(self) -> tuple[str, ...]:
            given = self.to if isinstance(self.to, list) else [self.to]
            return tuple(one if isinstance(one, str) else f"mixin:{one['mixin']}" for one in given)

    def columns(self, field: Field) -> tuple[Column, ...]:
        names = field.options.targets
        main = Column(field.name, ref(*names, null=not field.required))
        several = len(names) > 1 or names[0].startswith("mixin:")
        return (main, Column(f"{field.name}_entity", TEXT.with_null(True))) if several else (main,)


class Virtual(Simple):
    virtual = True

    def columns(self, field: Field) -> tuple[Column, ...]:
        return ()


class ChildTable(Virtual):
    name = "child_table"

    class Options(Options):
        fields: dict[str, Any]
        keys: list[Any] = []
        title: str | None = None


class ManyToMany(Virtual):
    name = "many_to_many"

    class Options(Options):
        to: str | dict[str, str]
        fields: dict[str, Any] = {}
        as_: str | None = Option(None, alias="as")


class Formula(Virtual):
    name = "formula"

    class Options(Options):
        of: str
        is_: str = Option(alias="is")

        @property
        def expression(self) -> str:
            return self.is_

    def columns(self, field: Field) -> tuple[Column, ...]:
        kinds = {"text": TEXT, "integer": whole(), "money": decimal(2), "boolean": BOOL, "date": DATE}
        return (Column(field.name, kinds[field.options.of].with_null(True), stored=False),)


class Rollup(Formula):
    name = "rollup"

    class Options(Options):
        of: str
        is_: str | None = Option(None, alias="is")
        over: str | None = None
        compute: str = "count"
        value: str | None = None
        by: str | None = None
        where: str | None = None

        @property
        def expression(self) -> str:
            return self.is_ or f"record.{self.over}.sum(row, row.{self.value})"


TYPES: Mapping[str, FieldType] = {
    t.name: t() for t in (Text, Integer, Boolean, Day, Money, Choice, Link, ChildTable, ManyToMany, Formula, Rollup)
}


class Folder:
    """Layers of metadata files in a folder of the test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.requires: dict[str, tuple[str, ...]] = {}

    def write(self, name: str, text: str | bytes, layer: str = "organisation", requires: tuple[str, ...] = ()) -> Path:
        """Write one file, `entities/donation.yaml`, of a layer."""
        file = self.path / layer / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        self.requires[layer] = requires or self.requires.get(layer, ())
        return file

    @property
    def roots(self) -> list[MetadataRoot]:
        return [
            MetadataRoot(layer, self.path / layer, requires, layer.title()) for layer, requires in self.requires.items()
        ]

    def report(self, **settings: Any) -> Report:
        return inspect(self.roots, TYPES, settings)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """An empty folder; files are shown by their path below it."""
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path)


@pytest.fixture
def types() -> Mapping[str, FieldType]:
    """The small field types."""
    return TYPES


@pytest.fixture
def faults() -> Callable[[Report], list[str]]:
    """The problems of a report as texts."""
    return lambda report: [str(problem) for problem in report.problems]
