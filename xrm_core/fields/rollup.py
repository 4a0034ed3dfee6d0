"""rollup: a value worked out over the records that belong or point to this one."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as Key
from pydantic import model_validator

from xrm_core.metamodel.definitions import Expression, Name

from .computed import ComputedOptions, ComputedType, Of


class RollupOptions(ComputedOptions):
    """Options of rollup: an expression, or what to compute over which records."""

    of: Of | None = Key(None, description="Type that the value is shown as; integer for counts")
    is_: Expression | None = Key(
        None, alias="is", description="Expression, as in `record.gifts.sum(g, g.amount, g.status == 'received')`"
    )
    over: Name | None = Key(None, description="Child table, many-to-many field or reverse link whose records count")
    compute: Literal["count", "sum", "min", "max", "latest", "first"] | None = Key(
        None, description="What is worked out"
    )
    value: str | None = Key(None, description="Field of those records, or an expression over `row`")
    by: str | None = Key(None, description="Field that says which is the latest or first")
    where: Expression | None = Key(None, description="Condition over `row`: which records count")

    @model_validator(mode="after")
    def _complete(self) -> RollupOptions:
        if (self.is_ is None) == (self.over is None):
            raise ValueError("give either is (an expression) or over and compute")
        if self.is_ is not None and self.of is None:
            raise ValueError("say of which type the value is (of: money)")
        if self.over is not None:
            self._check_declared()
        return self

    def _check_declared(self) -> None:
        if self.compute is None:
            raise ValueError("say what to compute (compute: count, sum, min, max, latest or first)")
        if self.compute != "count" and (self.value is None or self.of is None):
            raise ValueError(f"compute: {self.compute} needs value (a field of the records) and of (its type)")
        if self.compute in ("latest", "first") and self.by is None:
            raise ValueError(f"compute: {self.compute} needs by (the field that orders them)")

    @property
    def kind_of(self) -> str:
        """The type that the value is shown as."""
        return self.of or "integer"

    @property
    def expression(self) -> str:
        """The expression that gives the value."""
        if self.is_ is not None:
            return self.is_
        parts = ["row"]
        if self.compute != "count":
            parts.append(_over_row(self.value or ""))
        if self.compute in ("latest", "first"):
            parts.append(_over_row(self.by or ""))
        if self.where is not None:
            parts.append(self.where)
        elif self.compute == "count":
            parts.append("true")
        return f"record.{self.over}.{self.compute}({', '.join(parts)})"


def _over_row(value: str) -> str:
    """A bare field name means that field of the row."""
    return f"row.{value}" if value.isidentifier() else value


class RollupType(ComputedType):
    """Count, sum, least, greatest, latest or first value over the records that belong or point to this one."""

    name = "rollup"
    Options = RollupOptions
