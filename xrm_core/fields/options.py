"""Parts of the `Options` models: what authors may write beside the keys that every field has."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from xrm_core.metamodel.definitions import Name

from .numerals import exact_float

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field as CatalogField


class Options(BaseModel):
    """Base of every field type's options: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


def _exact(raw: Any) -> Any:
    """YAML reads `0.01` as a float; its shortest text is what the author wrote."""
    return exact_float(raw) if isinstance(raw, float) else raw


def _day(raw: Any) -> Any:
    """A day of the calendar or the word `today`."""
    if raw == "today" or isinstance(raw, date):
        return raw
    if isinstance(raw, str) and len(raw) == 10:
        return date.fromisoformat(raw)
    raise ValueError("write a date as 2026-01-31, or today")


Number = Annotated[Decimal, BeforeValidator(_exact), Field(allow_inf_nan=False)]
"""An exact number in metadata; `0.01` means 0.01."""
Day = Annotated[date | Literal["today"], BeforeValidator(_day)]
"""A day in metadata: `2026-01-31` or `today` (the day on which the value is checked)."""


def may_be_empty(field: CatalogField) -> bool:
    """Whether the field's columns may be empty: a field that is not required, hidden at times, or retired."""
    return not field.required or field.visible_when is not None or field.retired


class MixinRef(Options):
    """`{mixin: relationship}`: every entity that carries the mixin."""

    mixin: Name = Field(description="Name of the mixin")


class Target(Options):
    """The `to` of links: what `Catalog.targets` takes."""

    to: Name | MixinRef | list[Name | MixinRef] = Field(
        description="Entity that is linked to, a list of entities, or `{mixin: name}` for all that carry the mixin"
    )

    @field_validator("to", mode="before")
    @classmethod
    def _said(cls, to: Any) -> Any:
        """Other mappings and empty lists are told in words."""
        if to == [] or (isinstance(to, dict) and set(to) != {"mixin"}):
            raise ValueError("write the name of an entity, a list of names, or {mixin: name}")
        return to

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of entities, and `mixin:name` for mixins, in the order written."""
        given = self.to if isinstance(self.to, list) else [self.to]
        return tuple(one if isinstance(one, str) else f"mixin:{one.mixin}" for one in given)

    @property
    def is_single(self) -> bool:
        """True when the link names exactly one entity, so that no column for the entity is needed."""
        return len(self.targets) == 1 and not self.targets[0].startswith("mixin:")
