"""many_to_many: several records of another entity, with fields on each tie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from pydantic import Field as Key

from xrm_core.metamodel.definitions import Label, Name
from xrm_core.metamodel.field_type import Widget

from .child_table import RowOptions, RowsType
from .link import target_faults
from .options import Target

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class ManyToManyOptions(Target, RowOptions):
    """Options of many_to_many."""

    as_: Name | None = Key(
        None,
        alias="as",
        description="Name of the tie's link to the other side; default: the name of its entity or mixin",
    )
    reverse: Name | None = Key(None, description="Name of the ties at the other end; default `{entity}_via_{field}`")
    reverse_label: Label | None = Key(None, description="Heading of the ties where they are shown at the other end")


class ManyToManyType(RowsType):
    """Ties to several records. Each tie is a record of the entity `{entity}_{field}` with a link to either side and
    the fields declared; it is deleted with either of them."""

    name = "many_to_many"
    Options = ManyToManyOptions

    def widget(self, field: Field) -> Widget:
        """A table of ties that is edited in place."""
        options = cast(ManyToManyOptions, field.options)
        return Widget(
            "children", {"entity": f"{field.entity}_{field.name}", "targets": options.targets, "tie": tie_of(field)}
        )

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The targets must exist; the tie's links and fields need different names."""
        options = cast(ManyToManyOptions, field.options)
        faults = target_faults(options.targets, names)
        for name in {field.entity, tie_of(field)} & options.fields.keys():
            faults.append(f"the field {name!r} has the name of one of the tie's links; rename it or use as:")
        return faults


def tie_of(field: Field) -> str:
    """Name of the tie's link to the other side: `as`, else the one entity or mixin it leads to, else `target`."""
    options = cast(ManyToManyOptions, field.options)
    single = options.targets[0].removeprefix("mixin:") if len(options.targets) == 1 else "target"
    name = options.as_ or single
    return f"other_{name}" if name == field.entity else name
