"""Hook implementations of the built-in plugin."""

from __future__ import annotations

from collections.abc import Sequence

from ...fields import built_in
from ...metamodel.field_type import FieldType
from ..marker import hook


@hook
def xrm_field_types() -> Sequence[type[FieldType]]:
    """The field types that every organisation has."""
    return built_in()
