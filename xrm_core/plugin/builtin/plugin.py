"""Hook implementations of the built-in plugin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...fields import built_in
from ...metamodel.field_type import FieldType
from ...metamodel.values import Change
from ..marker import hook


@hook
def xrm_field_types() -> Sequence[type[FieldType]]:
    """The field types that every organisation has."""
    return built_in()


@hook(entity="user")
def xrm_before_save(change: Change) -> Mapping[str, Any]:
    """People sign in by their address, however they type it: it is kept in lower case, so that each stands for one user."""
    email = change.after.get("email")
    return {"email": email.lower()} if isinstance(email, str) and email != email.lower() else {}
