"""formula: a value worked out from other fields."""

from __future__ import annotations

from pydantic import Field as Key

from xrm_core.metamodel.definitions import Expression

from .computed import ComputedOptions, ComputedType, Of


class FormulaOptions(ComputedOptions):
    """Options of formula."""

    of: Of = Key(description="Type that the value is shown as")
    is_: Expression = Key(alias="is", description="Expression over `record`, as in `record.amount - record.fee`")

    @property
    def kind_of(self) -> str:
        """The type that the value is shown as."""
        return self.of

    @property
    def expression(self) -> str:
        """The expression that gives the value."""
        return self.is_


class FormulaType(ComputedType):
    """A value that follows from other fields of the record, and through links from others. It is worked out when it
    is read."""

    name = "formula"
    Options = FormulaOptions
